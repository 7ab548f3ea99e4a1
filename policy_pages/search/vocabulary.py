"""What people say and what policies write: words taken as equal, turns of speech, and words that carry nothing.

The rows here, written by hand from the field's general usage in the normal form of `rules.normalise` (Simplified, lower
case), are what an installation begins with; from then on the bureau edits them (`models.SearchWord`, docs/search.md).
Pure: no Django, no database.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

#: Words that policies use for the same thing; searching one finds the others at a lower weight.
EQUAL_WORDS: tuple[tuple[str, ...], ...] = (
    ("补贴", "补助", "奖补", "资助", "奖励"),
    ("贴息", "贷款利息", "利息补贴", "财政贴息"),
    ("设备更新", "购置设备", "设备购置", "设备投资"),
    ("技术改造", "技改"),
    ("免费", "零收费", "不收费", "免收"),
    ("开办企业", "企业开办", "新开办企业", "企业设立"),
    ("刻章", "公章刻制", "印章刻制", "印章"),
    ("展位费", "参展费用", "展位"),
    ("境外展会", "境外展览会", "国际性展会", "境外参展"),
    ("个体工商户", "个体户", "个体经营"),
    ("小微企业", "小型微型企业", "小型微利企业"),
    ("高校毕业生", "大学毕业生", "高等学校毕业生"),
    ("税收优惠", "减税", "免税", "税收减免", "减税降费"),
    ("社会保险", "社保"),
    ("稳岗返还", "稳岗补贴", "失业保险稳岗"),
    ("职业培训", "技能培训"),
    ("招用", "吸纳就业", "招聘"),
    ("房租", "租金"),
    ("人才公寓", "人才住房", "人才安居"),
    ("知识产权", "专利", "商标"),
    ("跨境电商", "跨境电子商务"),
    ("人工智能", "ai"),
    ("研发", "研究开发"),
    ("高新技术企业", "高企"),
    ("专精特新", "小巨人"),
    ("外贸", "进出口", "对外贸易"),
    ("外资", "外商投资"),
    ("节能减排", "节能降碳", "节能"),
    ("数字化转型", "智能化改造", "智改数转"),
    ("人社局", "人力资源社会保障局", "人力资源和社会保障局"),
    ("工信局", "工业和信息化局"),
    ("经信厅", "经济和信息化厅"),
    ("科技局", "科学技术局"),
    ("发改委", "发展和改革委员会", "发展改革委"),
    ("市场监管局", "市场监督管理局"),
)

#: A turn of everyday speech, and the words of policies that answer it.
SPOKEN: dict[str, tuple[str, ...]] = {
    "开公司": ("开办企业", "企业开办"),
    "办公司": ("开办企业", "企业开办"),
    "开店": ("创业", "个体工商户"),
    "开个店": ("创业", "个体工商户"),
    "小店": ("个体工商户", "小微企业"),
    "店铺": ("个体工商户",),
    "厂里": ("企业", "工业企业"),
    "工厂": ("工业企业", "制造业"),
    "老板": ("企业",),
    "大学生": ("高校毕业生",),
    "应届生": ("高校毕业生",),
    "买设备": ("设备更新", "设备购置", "技术改造"),
    "买新设备": ("设备更新", "设备购置", "技术改造"),
    "换设备": ("设备更新", "技术改造"),
    "买机器": ("设备更新", "设备购置", "技术改造"),
    "买新机器": ("设备更新", "设备购置", "技术改造"),
    "新机器": ("设备更新", "设备购置", "技术改造"),
    "给不给补": ("补助", "补贴", "奖补"),
    "补一点": ("补助", "补贴", "贴息"),
    "补钱": ("补助", "补贴"),
    "给钱": ("补助", "补贴", "奖励"),
    "报销": ("补助", "补贴", "给予支持"),
    "要钱": ("免费", "收费"),
    "花钱": ("免费", "收费"),
    "利息": ("贴息",),
    "借钱": ("贷款", "融资"),
    "贷不到款": ("融资", "贷款", "担保"),
    "出国参展": ("境外展会", "境外展览会", "参加展会"),
    "国外参展": ("境外展会", "境外展览会"),
    "摊位费": ("展位费", "展位"),
    "卖到国外": ("出口", "外贸"),
    "网上卖": ("电子商务", "电商"),
    "招人": ("招用", "招聘", "吸纳就业"),
    "交社保": ("社会保险", "社会保险补贴"),
    "少交税": ("税收优惠", "减税"),
    "免税": ("税收优惠", "免征"),
    "租房": ("租金", "人才公寓", "住房"),
    "关门": ("注销",),
    "办执照": ("营业执照", "开办企业"),
    "老厂房": ("老旧厂房",),
    # As it is said in Taiwan and Hong Kong: their characters are converted, their words are others.
    "云端": ("上云", "云计算", "云服务"),
    "数位": ("数字化", "数字经济"),
    "数位化": ("数字化",),
    "软体": ("软件",),
    "网路": ("网络",),
    "资讯": ("信息",),
    "程式": ("程序",),
    "伺服器": ("服务器",),
    "晶片": ("芯片",),
    "电脑": ("计算机",),
    "智慧财产": ("知识产权",),
    "专案": ("项目",),
    "品质": ("质量",),
    "薪资": ("工资", "薪酬"),
    "劳工": ("职工", "劳动者"),
}

#: What carries no meaning for a search, wherever it stands. Taken out where a text is read word by word, never from
#: an exact phrase. No single characters here: 能 is also half of 智能, 不 of 不动产.
STOP_PHRASES: tuple[str, ...] = (
    *("请问", "我想", "想要", "我们", "咱们", "怎么", "怎么样", "怎么办", "如何"),
    *("怎样", "哪些", "哪里", "哪儿", "什么", "有没有", "有啥", "有什么", "是不是"),
    *("能不能", "可不可以", "给不给", "要不要", "可以", "能否", "是否", "需要", "多少"),
    *("多久", "一点", "一下"),
)
#: Particles taken out only where a run of characters begins or ends. Not 要 (要素), 能 (能源), 吧 (网吧).
STOP_OPENINGS = "请想"
STOP_ENDINGS = "吗呢啊呀么不"


@dataclass(frozen=True)
class Vocabulary:
    """The words one search goes by, all in normal form. Build a new one to change anything: what is derived is kept."""

    equal_words: Sequence[Sequence[str]]
    spoken: Mapping[str, Sequence[str]]
    stop_phrases: Sequence[str]

    @cached_property
    def other_words(self) -> dict[str, tuple[str, ...]]:
        """For each word, the words that are searched beside it."""
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for row in self.equal_words:
            for word in row:
                found[word].update((other, None) for other in row if other != word)
        for word, answers in self.spoken.items():
            found[word].update((answer, None) for answer in answers if answer != word)
        return {word: tuple(others) for word, others in found.items()}

    @cached_property
    def known(self) -> re.Pattern[str]:
        """Finds words and stop phrases in a run, and particles at its ends."""
        # Longest first: 买新机器 must win over 新机器, 有什么 over 什么.
        words = sorted({*self.other_words, *self.stop_phrases}, key=lambda word: (-len(word), word))
        ends = f"^[{STOP_OPENINGS}]+|[{STOP_ENDINGS}]+$"
        return re.compile("|".join([*map(re.escape, words), ends]))


#: What an installation begins with.
WRITTEN = Vocabulary(EQUAL_WORDS, SPOKEN, STOP_PHRASES)
