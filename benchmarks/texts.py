"""Made-up policies: the same number gives the same text on every side. No Django here: the peers read it too.

A vocabulary of 30,000 words, the first of them of policy language and the rest of random characters, chosen as words of a
language are (the n-th word about 1/n as often as the first). So a query may find anything from no page to every page.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from itertools import accumulate, zip_longest
from random import Random
from typing import NamedTuple

UNITS, CATEGORIES = 20, 12
#: The lists of terms besides the category, and how many terms each has where a side must make its own.
VOCABULARIES = {"theme": 16, "industry": 20, "size": 4, "stage": 4, "qualification": 8, "region": 7}
CHAPTERS, ARTICLES = 3, 17
WORDS = 30_000
#: A text of fewer characters has fewer blocks.
SHORT = 2_000
KINDS = ("document", "guide")
_POLICY_WORDS = """
企业 补贴 申报 条件 材料 研发 投入 奖励 资金 项目 认定 支持 培育 中小 科技 创新 人才 引进 贷款 贴息 担保 融资 税收 减免 费用
降低 用地 用能 保障 数字化 转型 升级 技术 改造 设备 更新 绿色 低碳 节能 减排 外贸 出口 信保 展会 市场 开拓 品牌 质量 标准 专利
知识产权 高新技术 专精特新 小巨人 单项冠军 孵化器 众创空间 创业 就业 稳岗 返还 社保 缓缴 培训 补助 标准化 验收 审核 公示 拨付
主管部门 责任单位 实施细则 有效期 施行 废止 解释
"""
_MARKS = ("，", "，", "，", "、", "；", "。", "。", "。")
_START = date(2018, 1, 1)


class Policy(NamedTuple):
    """One made-up policy; `chapters` and `articles` in the order in which they stand, each as number and text."""

    number: int
    kind: str
    title: str
    summary: str
    doc_number: str
    unit: int
    category: int
    terms: tuple[int, ...]
    amount: int | None
    written_on: date
    window: tuple[date, date] | None
    blocks: tuple[tuple[str, str, str], ...]

    def words(self) -> str:
        """Everything that a search may find, one text a line."""
        return "\n".join([self.title, self.summary, *(text for _kind, _number, text in self.blocks)])


@cache
def characters(first: int = 0xB0, last: int = 0xD7) -> tuple[str, ...]:
    """The common characters of GB 2312 (its first level), or those of other rows."""
    found = []
    for row in range(first, last + 1):
        for cell in range(0xA1, 0xFF):
            try:
                found.append(bytes([row, cell]).decode("gb2312"))
            except UnicodeDecodeError:  # the last row is not full
                continue
    return tuple(found)


@cache
def vocabulary() -> tuple[tuple[str, ...], tuple[float, ...]]:
    """The words and their cumulated weights."""
    rng = Random("vocabulary")  # noqa: S311 -- data, no secrets
    words = dict.fromkeys(_POLICY_WORDS.split())
    while len(words) < WORDS:
        words["".join(rng.choices(characters(), k=rng.choice((2, 2, 2, 3, 4))))] = None
    return tuple(words), tuple(accumulate(1 / (rank + 3) for rank in range(WORDS)))


def planted(place: int) -> str:
    """A word of four rare characters that stands in no other text: the n-th of those whose number of hits is known."""
    return "".join(characters(0xD8, 0xD8)[place * 4 : place * 4 + 4])


def is_planted(number: int, hits: int, pages: int) -> bool:
    """Whether a page holds a planted word: `hits` of all `pages`, evenly spread."""
    return number * hits // pages != (number + 1) * hits // pages


def prose(rng: Random, length: int) -> str:
    """About so many characters of sentences."""
    words, weights = vocabulary()
    chosen = rng.choices(words, cum_weights=weights, k=length * 2 // 5)
    parts, left = [], length
    for place, word in enumerate(chosen):
        mark = rng.choice(_MARKS) if place % 5 == 4 else ""
        parts.append(word + mark)
        left -= len(word) + len(mark)
        if left <= 0:
            break
    return "".join(parts).rstrip("".join(_MARKS)) + "。"


def policy(number: int, length: int, planted_hits: tuple[tuple[int, int], ...] = ()) -> Policy:
    """The policy of that number with about `length` characters of text; `planted_hits` are pairs of hits and pages."""
    rng = Random(number)  # noqa: S311 -- data, no secrets
    written = _START + timedelta(days=rng.randrange(3000))
    blocks = []
    marks = [planted(place) for place, (hits, pages) in enumerate(planted_hits) if is_planted(number, hits, pages)]
    chapters, articles = (CHAPTERS, ARTICLES) if length >= SHORT else (1, 2)
    each = length // articles
    for place in range(chapters + articles):
        if place % 7 == 0:
            blocks.append(("chapter", f"第{place // 7 + 1}章", prose(rng, 8)))
        else:
            blocks.append(("article", f"第{place + 1}条", prose(rng, each)))
    if marks:
        kind, label, text = blocks[-1]
        blocks[-1] = (kind, label, text + "".join(f"，{mark}，" for mark in marks))
    is_guide = number % 5 == 4
    start = date.today() + timedelta(days=rng.randrange(-120, 60))  # windows around today, whatever day it is
    return Policy(
        number=number,
        kind=KINDS[is_guide],
        title="关于" + prose(rng, 14).rstrip("。") + "的若干措施",
        summary=prose(rng, 40),
        doc_number=f"锡府发〔{written.year}〕{number}号",
        unit=rng.randrange(UNITS),
        category=rng.randrange(CATEGORIES),
        terms=tuple(rng.randrange(size) for size in VOCABULARIES.values()),
        amount=rng.randrange(1, 600) * 10_000 if is_guide else None,
        written_on=written,
        window=(start, start + timedelta(days=rng.randrange(5, 90))) if is_guide else None,
        blocks=tuple(blocks),
    )


def queries(pages: int, length: int, number: int = 60) -> list[str]:
    """So many texts of 2 to 6 characters out of the pages: a third each of rare, middling and frequent ones.

    Rare stand in at most 0.5 % of a sample of pages, frequent ones in more than 5 %.
    """
    rng = Random("queries")  # noqa: S311 -- data, no secrets
    sample = [policy(number, length).words() for number in rng.sample(range(pages), min(pages, 600))]
    classes: dict[int, list[str]] = {0: [], 1: [], 2: []}
    each = number // 3
    for attempt in range(6000):
        wanted = (2, 2, 2, 3, 4, 6)[attempt % 6]
        text = rng.choice(sample)
        start = rng.randrange(len(text) - 6)
        found = text[start : start + wanted]
        if not all("\u4e00" <= character <= "\u9fff" for character in found) or found[0] in "关第":
            continue
        share = sum(found in text for text in sample) / len(sample)
        rare = max(0.005, 1.5 / len(sample))  # of a few pages one is all that is rare
        kept = classes[(share > rare) + (share > max(rare, 0.05))]
        if len(kept) < each and found not in kept:
            kept.append(found)
        if all(len(kept) == each for kept in classes.values()):
            break
    return [query for group in zip_longest(*classes.values()) for query in group if query]
