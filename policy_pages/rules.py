"""Pure rules of the policy domain: no Django, no clock, no database. Every rule names its article."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from accounts.rules import is_phone

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ORDER_NUMBER = re.compile(r"^[^\d]{1,30}(令|公告)(\d{4}年)?第\d{1,5}号$")
NUMBER = re.compile(
    r"^(?P<organ>[^\d〔\[(（［﹝【]{1,30})[〔\[(（［﹝【](?P<year>(19|20)\d{2})[〕\])）］﹞】]\s*(?P<serial>[^号]*?第?\d{1,5})\s*号$"
)


@dataclass(frozen=True)
class Fault:
    """One thing that keeps an item from being handed in.

    Attributes:
        field: name of the field it belongs to.
        message: a whole Chinese sentence saying what to do.
        is_absence: whether something is merely not there: stock may lack it, and the page then says so (要素待补).
    """

    field: str
    message: str
    is_absence: bool = False


@dataclass(frozen=True)
class Window:
    """Application window of a guide (A11): a type code and, for a fixed one, first and last day (both inclusive)."""

    type: str
    start: datetime.date | None = None
    end: datetime.date | None = None


def window_status(window: Window, today: datetime.date, *, soon_days: int, basis_ended: bool = False) -> str:
    """Status code of a window on a day (T11.5); the last day is open until its end (24:00).

    `soon_days` counts calendar days before the end; `basis_ended` says that every document it rests on was
    repealed or lapsed, which closes it (T12.5). An undecided type, or a fixed
    one of which the missing day would decide, counts as pending.
    """
    if basis_ended:
        return "closed"
    if window.type == "year_round":
        return "year_round"
    if window.type != "fixed_window":
        return "pending"
    if window.end and today > window.end:
        return "closed"
    if window.start and today < window.start:
        return "upcoming"
    if window.start is None or window.end is None:
        return "pending"
    return "closing" if (window.end - today).days < soon_days else "open"


def window_faults(window: Window) -> list[Fault]:
    """Contradictions between type and dates (T11.1, T11.2)."""
    faults = []
    if not window.type:
        faults.append(Fault("window_type", "请选择申报期限类型：常年申报、固定期限或期限待定。", is_absence=True))
    elif window.type == "year_round" and window.end:
        faults.append(Fault("window_end", "常年申报没有截止日期，请清空截止日期，或改选“固定期限”。"))
    elif window.type == "window_pending":
        for name, value in (("window_start", window.start), ("window_end", window.end)):
            if value:
                faults.append(Fault(name, "期限待定的事项不能填写日期；日期已确定的，请改选“固定期限”。"))
    elif window.type == "fixed_window":
        for name, value, word in (("window_start", window.start, "开始"), ("window_end", window.end, "截止")):
            if value is None:
                faults.append(Fault(name, f"固定期限须填写申报{word}日期。", is_absence=True))
        if window.start and window.end and window.end < window.start:
            faults.append(Fault("window_end", "申报截止日期早于开始日期，请核对两个日期。"))
    return faults


@dataclass(frozen=True)
class Limit:
    """A time limit: a number and its unit code (T10.3)."""

    number: int | None
    unit: str = "working_days"


def limit_faults(promised: Limit, statutory: Limit) -> list[Fault]:
    """The promised limit may not exceed the statutory one (A19, T19.1); both speak one unit, or they cannot be compared."""
    faults = []
    for name, limit in (("promised_limit", promised), ("statutory_limit", statutory)):
        if limit.number is not None and limit.number < 0:
            faults.append(Fault(name, "时限不能是负数。当场办结请填 0。"))
    if promised.number is None or statutory.number is None or faults:
        return faults
    if promised.unit != statutory.unit:
        return [Fault("promised_unit", "承诺时限与法定时限的单位不同，无法比较，请改用同一种单位。")]
    if promised.number > statutory.number:
        return [
            Fault(
                "promised_limit",
                f"承诺时限（{promised.number}）超过法定时限（{statutory.number}），承诺时限不得超过法定时限。",
            )
        ]
    return []


def normalise_number(text: str) -> str:
    """文号 with hexagon brackets 〔〕 and no blanks; what is no single 文号 comes back stripped, otherwise unchanged.

    `锡政办发[2023] 1 号` becomes `锡政办发〔2023〕1号`.
    """
    compact = re.sub(r"\s+", "", text)
    match = NUMBER.match(compact)
    if not match:
        return text.strip()
    serial = re.sub(r"(?<!\d)0+(?=\d)", "", match["serial"])
    return f"{match['organ']}〔{match['year']}〕{serial}号"


def is_document_number(text: str) -> bool:
    """Whether a text has the form 机关代字〔年〕序号号 after normalising, or that of an order (…令第722号)."""
    compact = re.sub(r"\s+", "", text)
    return bool(NUMBER.match(compact) or ORDER_NUMBER.match(compact))


@dataclass(frozen=True)
class GuideFacts:
    """What the completeness rule needs to know of a guide."""

    title: str = ""
    conditions: list[str] = field(default_factory=list)
    materials: list[str] = field(default_factory=list)
    no_materials: bool = False
    steps: list[str] = field(default_factory=list)
    promised: Limit = Limit(None)
    statutory: Limit = Limit(None)
    division: str = ""
    hotlines: list[str] = field(default_factory=list)
    window: Window = Window("")
    other_phones: list[tuple[str, str]] = field(default_factory=list)


def missing_elements(facts: GuideFacts) -> list[Fault]:
    """Those of the six elements of A10 that a guide lacks, in the fixed order of the public page."""
    absent = [
        (not any(row.strip() for row in facts.conditions), "conditions", "请至少填写一条申报条件。"),
        (
            not facts.no_materials and not any(row.strip() for row in facts.materials),
            "materials",
            "请至少填写一项申报材料；确实无需提交材料的，勾选“无需提交材料”。",
        ),
        (not any(row.strip() for row in facts.steps), "steps", "请至少填写一个办理环节。"),
        (facts.promised.number is None, "promised_limit", "请填写承诺时限（数字）；当场办结填 0。"),
        (not facts.division.strip(), "responsible_division", "请填写责任处室，例如“高新技术处”。"),
        (not any(row.strip() for row in facts.hotlines), "hotlines", "请填写咨询电话，例如 0510-81820000。"),
    ]
    return [Fault(name, message, is_absence=True) for is_absent, name, message in absent if is_absent]


def guide_faults(facts: GuideFacts) -> list[Fault]:
    """Everything that keeps a guide from being handed in, all at once (T10.1–T10.4, T11.1–T11.2, T19.1)."""
    faults = [] if facts.title.strip() else [Fault("title", "请填写事项名称。")]
    faults += missing_elements(facts)
    faults += limit_faults(facts.promised, facts.statutory)
    faults += window_faults(facts.window)
    faults += [
        Fault("hotlines", f"“{row}”不像一个电话号码；请填写固定电话（带区号）、手机号或 12345 这样的短号，一行一个。")
        for row in facts.hotlines
        if row.strip() and not is_phone(row)
    ]
    faults += [
        Fault(name, f"“{value}”不像一个电话号码，请核对。")
        for name, value in facts.other_phones
        if value.strip() and not is_phone(value)
    ]
    return faults


@dataclass(frozen=True)
class DocumentFacts:
    """What the completeness rule needs to know of a policy document. Dates are local days."""

    title: str = ""
    number: str = ""
    number_taken_by: str = ""
    issuing_body: str = ""
    written_on: datetime.date | None = None
    issued_on: datetime.date | None = None
    effective_on: datetime.date | None = None
    expires_on: datetime.date | None = None
    has_text: bool = False
    status: str = "in_force"
    repealed_on: datetime.date | None = None
    repeal_reason: str = ""
    stock: bool = False


def document_faults(facts: DocumentFacts, today: datetime.date) -> list[Fault]:
    """Everything that keeps a policy document from being handed in, all at once (A10, A12, domain §3.2)."""
    faults = []
    if not facts.title.strip():
        faults.append(Fault("title", "请填写文件标题。"))
    if not facts.issuing_body.strip() and not facts.stock:
        faults.append(Fault("issuing_body", "请填写制发机关。"))
    if facts.written_on is None and not facts.stock:
        faults.append(Fault("written_on", "请填写成文日期（文件落款日期）。"))
    if not facts.has_text:
        faults.append(Fault("body", "请录入正文，或至少填写内容摘要并注明原文网址。"))
    faults += _number_faults(facts)
    faults += _date_faults(facts, today)
    faults += _repeal_faults(facts, today)
    return faults


def _number_faults(facts: DocumentFacts) -> list[Fault]:
    faults = []
    if facts.number and not facts.stock and not is_document_number(facts.number):
        faults.append(Fault("doc_number", "文号的写法应为“机关代字〔年份〕序号号”，例如“锡政办发〔2023〕1号”。"))
    if facts.number and facts.number_taken_by:
        faults.append(
            Fault("doc_number", f"本单位已有文号相同的文件《{facts.number_taken_by}》，请核对文号，或在原文件上修订。")
        )
    return faults


def _date_faults(facts: DocumentFacts, today: datetime.date) -> list[Fault]:
    faults = []
    for name, value, word in (("written_on", facts.written_on, "成文"), ("issued_on", facts.issued_on, "印发")):
        if value and value > today:
            faults.append(Fault(name, f"{word}日期 {value:%Y-%m-%d} 晚于今天，请核对年份和月份。"))
    if facts.written_on and facts.issued_on and facts.issued_on < facts.written_on:
        faults.append(Fault("issued_on", "印发日期早于成文日期，请核对两个日期。"))
    if facts.effective_on and facts.expires_on and facts.expires_on < facts.effective_on:
        faults.append(Fault("expires_on", "失效日期早于施行日期，请核对两个日期。"))
    return faults


def _repeal_faults(facts: DocumentFacts, today: datetime.date) -> list[Fault]:
    if facts.status != "repealed":
        return []
    faults = []
    if facts.repealed_on is None:
        faults.append(Fault("repealed_on", "文件状态为“已废止”时，须填写废止日期。"))
    elif facts.repealed_on > today:
        faults.append(Fault("repealed_on", f"废止日期 {facts.repealed_on:%Y-%m-%d} 晚于今天；请在废止生效后登记。"))
    if not facts.repeal_reason.strip():
        faults.append(Fault("repeal_reason", "文件状态为“已废止”时，须写明废止依据或原因。"))
    return faults


ARTICLE = re.compile(r"第[^条\s第]{1,12}条(?:之[一二三四五六七八九十]+)?")
RANGE = re.compile(r"^(?:第[^条\s]{1,6}[款项目])*\s*(?:至|到|[-—–~～]+)\s*$")
#: Documents of a succession that are named on one page.
SUCCESSION_LIMIT = 40


def articles_named(clause: str, articles: Sequence[str]) -> list[str]:
    """Which of a document's articles a clause names, in the order of the document: 第三条至第五条 names three.

    `articles` are the anchors of the document's articles, without spaces; the clause is what a clerk typed.
    """
    text = re.sub(r"\s+", "", clause)
    named: set[str] = set()
    before: re.Match[str] | None = None
    for found in ARTICLE.finditer(text):
        named.add(found[0])
        if before and {before[0], found[0]} <= set(articles) and RANGE.match(text[before.end() : found.start()]):
            named |= set(articles[articles.index(before[0]) : articles.index(found[0])])
        before = found
    return [article for article in articles if article in named]


def succession(pairs: Iterable[tuple[int, int]], start: int, limit: int = SUCCESSION_LIMIT) -> list[tuple[int, int]]:
    """Who came before and after a document (T12.5): (document, steps from `start`), the earliest first, `start` with 0.

    `pairs` are (document, the one that takes its place). A circle ends where it comes back; of more than `limit`
    documents the nearest are kept.
    """
    after: dict[int, set[int]] = defaultdict(set)
    before: dict[int, set[int]] = defaultdict(set)
    for old, new in pairs:
        after[old].add(new)
        before[new].add(old)
    steps = {start: 0}
    for ways, sign in ((after, 1), (before, -1)):
        edge, distance = [start], 0
        while edge:
            distance += sign
            edge = sorted({other for one in edge for other in ways[one]} - steps.keys())
            steps |= dict.fromkeys(edge, distance)
    nearest = sorted(steps.items(), key=lambda found: (abs(found[1]), found[0]))[:limit]
    return sorted(nearest, key=lambda found: (found[1], found[0]))


def citation_title(title: str) -> str:
    """A title in the marks of a citation: inner ones become single (GB/T 15834): 《关于印发〈办法〉的通知》."""
    return f"《{title.replace('《', '〈').replace('》', '〉')}》"


def anchor(number: str) -> str:
    """The anchor of an article or chapter, made from its number: 第十条."""
    return re.sub(r"\s+", "", number)


def chapter_heading(number: str, title: str) -> str:
    """Number and title of a chapter as one heading: 第一章　总则, but 一、总则."""
    number, title = number.strip(), title.strip()
    joint = "" if number.endswith(tuple("、．.）)")) else "　"
    return f"{number}{joint}{title}" if number else title


#: Line breaks of Word (a vertical tab) and of printers.
_BREAKS = re.compile(r"[\x0b\x0c]")
#: What XML 1.0 (§2.2) cannot hold, and DEL.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")


def printable(text: str, line_break: str = "\n") -> str:
    """A text without control characters; a break that is no line feed becomes `line_break`."""
    return _CONTROLS.sub("", _BREAKS.sub(line_break, text))


def printable_within(value: Any) -> Any:
    """The same value of JSON with every text in it made printable; keys stay."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        return [printable_within(item) for item in value]
    if isinstance(value, dict):
        return {key: printable_within(item) for key, item in value.items()}
    return value
