"""Traditional script: our own words help OpenCC where it is wrong and leave it alone where it is right."""

from __future__ import annotations

import re
from time import perf_counter

import pytest

from policy_pages.tests.import_rows import needs_real_file
from policy_pages.tests.public_reading import leftovers
from policy_pages.tests.script_reading import changes, real_text
from policy_pages.variants.script import converter, opencc_alone, own_forms, own_terms, to_traditional

#: What everybody writes: nobody's output, but what the words mean.
RIGHT = [
    ("无锡市行政审批局", "無錫市行政審批局"),
    ("企业应当当场签订合同", "企業應當當場簽訂合同"),
    ("机制作用", "機制作用"),
    ("申请表后面的里面", "申請表後面的裡面"),
    ("皇后镇", "皇后鎮"),
    ("已經是繁體的", "已經是繁體的"),
    ("ABC 123，。", "ABC 123，。"),
    ("\x00发\x00<展\x1f里面", "發<展\x1f裡面"),
    ("", ""),
]
#: A term of ours begins within a word that is one: the word holds.
NOT_CUT = [
    ("合并为一家", "合併為一家"),
    ("合并成立", "合併成立"),
    ("兼并产生", "兼併產生"),
    ("约定并购", "約定併購"),
    ("确定并网电价", "確定併網電價"),
    ("恢复审批", "恢復審批"),
    ("恢复核准", "恢復核准"),
    ("重复审查", "重複審查"),
    ("发动机制造", "發動機製造"),
    ("控制造价", "控制造價"),
    ("编制造价", "編制造價"),
    ("限制造成", "限制造成"),
    ("体制造成", "體制造成"),
    ("机制造成", "機制造成"),
    ("机制造就", "機制造就"),
    ("每平方公里面积", "每平方公里面積"),
    ("劳动关系统筹", "勞動關係統籌"),
    ("劳动关系统一", "勞動關係統一"),
    ("联系统计部门", "聯繫統計部門"),
    ("增加注册资本", "增加註冊資本"),
    ("参加注册", "參加註冊"),
    ("标签字号", "標籤字號"),
    ("抽签合同", "抽籤合同"),
    ("金发碧眼", "金髮碧眼"),
    ("一只基金", "一隻基金"),
    ("海关征管", "海關徵管"),
    ("关注销售情况", "關注銷售情況"),
    ("标签名称", "標籤名稱"),
]
#: Two words meet so that OpenCC takes the end of one and the beginning of the other for a third: our term holds.
NOT_JOINED = [
    ("补助资金发放名单", "補助資金發放名單"),
    ("毕业生发放补贴", "畢業生發放補貼"),
    ("足额发放", "足額發放"),
    ("预留发展空间", "預留發展空間"),
    ("公开发布政府采购信息", "公開發布政府採購信息"),
    ("开发布局", "開發布局"),
    ("梳理并发布", "梳理並發布"),
    ("提交并产生", "提交並產生"),
    ("核实并发放", "核實並發放"),
    ("进行复审", "進行複審"),
    ("意见复核", "意見複核"),
    ("国家制造业", "國家製造業"),
    ("传统制造业", "傳統製造業"),
    ("飞机制造", "飛機製造"),
    ("计算机制造成本", "計算機製造成本"),
    ("机器人制造", "機器人製造"),
    ("城市制造业", "城市製造業"),
    ("半导体制造", "半導體製造"),
    ("加强制造业", "加強製造業"),
    ("做强制造业", "做強製造業"),
    ("构建制造体系", "構建製造體系"),
    ("所有制造企业", "所有製造企業"),
    ("生产制度", "生產制度"),
    ("按规定制定", "按規定制定"),
    ("相关系统", "相關系統"),
    ("报关系统", "報關系統"),
    ("海关系统一体化", "海關系統一體化"),
    ("运维系统", "運維系統"),
    ("互联系统", "互聯系統"),
    ("核心系统", "核心系統"),
    ("最多只有两个", "最多只有兩個"),
    ("统一出具", "統一出具"),
    ("进一步出台面向企业的措施", "進一步出臺面向企業的措施"),
    ("抵押注销", "抵押註銷"),
    ("海关征收", "海關徵收"),
    ("海关注册企业", "海關註冊企業"),
    ("相关注销业务", "相關註銷業務"),
    ("包括发明专利", "包括發明專利"),
    ("证书签发", "證書簽發"),
    ("集中签约", "集中簽約"),
    ("线上签订", "線上簽訂"),
    ("以便签字", "以便簽字"),
]
#: The same word in a form of its own, also within a longer word.
OUR_FORMS = [
    ("新闻发布会", "新聞發布會"),
    ("分布式能源", "分布式能源"),
    ("公布于众", "公布於眾"),
    ("资金周转", "資金周轉"),
    ("人才回归", "人才回歸"),
    ("网签备案", "網簽備案"),
    ("服务台", "服務臺"),
]


@pytest.mark.parametrize(("simplified", "traditional"), [*RIGHT, *NOT_CUT, *NOT_JOINED, *OUR_FORMS])
def test_words_in_traditional_script(simplified: str, traditional: str) -> None:
    assert to_traditional(simplified) == traditional


def test_every_own_term_holds_and_stays_as_long_as_it_was() -> None:
    for simplified, traditional in own_terms().items():
        assert to_traditional(simplified) == traditional
        assert len(simplified) == len(traditional)
        # MediaWiki's tables, not OpenCC's: no own term leaves a simplified character standing.
        assert not leftovers(traditional)


def test_every_own_form_is_one_that_opencc_does_not_write() -> None:
    without = converter(own_terms(), {})
    for theirs, ours in own_forms().items():
        assert len(theirs) == len(ours)
        assert without.convert(theirs) == theirs != ours == to_traditional(theirs)


def test_a_left_over_character_is_found() -> None:
    assert leftovers("政策发布") == {"发"}
    assert not leftovers("政策發布")


def test_a_long_page_takes_no_time() -> None:
    text = "补助资金发放名单，由发动机制造企业与行政审批局签订。\n" * 2400
    to_traditional("先读入词典")
    began = perf_counter()
    assert len(to_traditional(text)) == len(text) > 60_000
    assert perf_counter() - began < 1


# --- Against a second opinion -----------------------------------------------------------------------

#: Where our words change OpenCC's result and the tables, or the two characters alone, say otherwise: each was looked at,
#: and ours is right. Simplified word → the character that is doubted.
LOOKED_AT = {
    "行复审": "複",  # the tables write 覆審 everywhere
    "行复核": "複",
    "金发放": "發",
    "金发挥": "發",
    "留发展": "發",
    "结发展": "發",
    "握发展": "發",
    "短发证": "發",
    "发签字": "簽",
    "家制造": "製",
    "体制造业": "製",
    "加强制造": "製",
    "规定制定": "制",
    "关系统功能": "系",
    "关系统运行": "系",
    "多只有": "只",
    "押注销": "註",
    "关注销": "註",
    "书签名": "簽",
    "推广部": "廣",
    "服务台": "臺",
    "出台面": "臺",
    "湖里区": "里",
}


def doubts(text, convert):
    """Changes that the tables do not share and nobody has looked at."""
    return [
        change
        for change in changes(text, convert)
        if change.is_doubtful
        and not any(word in change.around and char == change.ours for word, char in LOOKED_AT.items())
    ]


@needs_real_file
def test_no_own_word_spoils_a_real_text() -> None:
    text = real_text()
    assert len(changes(text, to_traditional)) > 300, "our words do something"
    assert not (found := doubts(text, to_traditional)), "\n".join(map(str, found))


#: Where a term of ours stands in a real text and does not hold, for its characters belong to other words there.
OTHER_WORDS = ("标签", "一并发放", "合并产品", "恢复审理")


@needs_real_file
def test_own_words_hold_in_a_real_text() -> None:
    text = real_text()
    written = to_traditional(text)
    found = {
        text[max(at.start() - 2, 0) : at.end() + 2]
        for simplified, traditional in own_terms().items()
        for at in re.finditer(simplified, text)
        if written[slice(*at.span())] != traditional
    }
    assert {around for around in found if not any(word in around for word in OTHER_WORDS)} == set()


def test_a_word_that_is_cut_is_named() -> None:
    text = "两公司合并为一家，暂停后恢复审批；编制造价文件，每平方公里面积，劳动关系统筹。"
    assert doubts(text, to_traditional) == []
    # As it was once: our terms taken out of the text before OpenCC sees the words around them.
    terms = {"并为": "並為", "复审": "複審", "制造": "製造", "里面": "裡面", "系统": "系統"}
    parts = re.compile("(" + "|".join(terms) + ")")

    def cutting(text: str) -> str:
        return "".join(terms.get(part) or opencc_alone().convert(part) for part in parts.split(text))

    found = [(change.around[1:5], change.alone, change.ours) for change in doubts(text, cutting)]
    assert found == [
        ("司合并为", "併", "並"),
        ("后恢复审", "復", "複"),
        ("；编制造", "制", "製"),
        ("方公里面", "里", "裡"),
        ("动关系统", "係", "系"),
    ]


def test_an_own_term_that_is_wrong_is_named() -> None:
    wrong = converter({**own_terms(), "恢复": "恢複", "关系": "關系", "核准": "核準"}, own_forms())
    found = [(change.alone, change.ours) for change in doubts("劳动关系恢复以前须经核准。", wrong.convert)]
    assert found == [("係", "系"), ("復", "複"), ("准", "準")]
