r"""The compact notation of the demo content: plain dataclasses and small line formats. No Django, no clock.

Texts are triple-quoted; a backslash at a line's end joins the next line. Words in braces are filled in by the builder:
`{年}` `{上年}` `{下年}` `{印发}` `{施行}` `{失效}` in documents, `{年}` `{上年}` `{下年}` `{开始}` `{截止}` in guides, and
`{文:KEY}` anywhere for another document's 《title》（文号）.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ARTICLE = re.compile(r"^(第[一二三四五六七八九十百]+条)\s*(.*)$")
KIND = re.compile(r"^〔(.+?)〕\s*(.*)$")


@dataclass(frozen=True)
class Topics:
    """The bureau's classification, in the names of its terms; several are parted by blanks."""

    category: str
    themes: str = ""
    industries: str = ""
    sizes: str = ""
    life: str = ""
    route: str = ""
    qualifications: str = ""
    regions: str = "全市"


@dataclass(frozen=True)
class Form:
    """One form: rows of `label|filled in`, from which the blank form (空表) and the sample (样表) are both made."""

    key: str
    title: str
    kind: str
    rows: str


@dataclass(frozen=True)
class Document:
    """A policy document.

    Attributes:
        organ: letters of the issuing organ, to which year and serial are added: 锡科规 → 锡科规〔2026〕8号.
        days_ago: calendar days since it was issued, for what is older than the platform (存量).
        workdays_ago: working days since it was issued: it has a registered change and a clock.
        effective: days from issue to the day it holds; None for no such date.
        years: years it holds for; 0 without limit.
        files: keys of forms whose blank stands among the attachments, parted by blanks.
        state: how far it came: `live`, `moderation`, `review`, `returned`, `sent_back` (by the bureau) or `draft`.
        late_reason: why it was public late, in the unit's words; before them `〔待审核〕` if the bureau has not agreed yet.
    """

    key: str
    title: str
    organ: str
    summary: str
    subject: str
    topics: Topics
    text: str
    division: str
    days_ago: int | None = None
    workdays_ago: int | None = None
    effective: int | None = 0
    years: int = 0
    genre: str = "notice"
    issuing_body: str = ""
    state: str = "live"
    reason: str = ""
    files: str = ""
    late_reason: str = ""


@dataclass(frozen=True)
class Guide:
    """An application guide.

    Attributes:
        bases: `KEY 条款` per line.
        window: `常年`, `待定`, or `start end` in days from today.
        conditions: `text|clause` per line; before the text `〔加成〕` or `〔裁量〕`.
        materials: `name|flags|note` per line; flags parted by blanks: 可选 容缺 原件 复印件 电子件 核发 共享 2份, `表:FORM`.
        steps: `name|actor|limit|description` per line; before the name `〔公示〕`, `〔评审〕` or `〔核查〕`.
        hotlines: `number|contact|hours` per line. questions: `question|answer` per line.
        money: highest amount in yuan.
        limit: promised and statutory number of working days, `20/60`; a lone number has no statutory one.
        change_ago: working days since the change that this guide alone publishes; None when it goes with its document.
    """

    key: str
    title: str
    summary: str
    topics: Topics
    bases: str
    window: str
    served: str
    conditions: str
    steps: str
    limit: str
    division: str
    hotlines: str
    materials: str = ""
    amount: str = ""
    mode: str = ""
    money: int | None = None
    budget: int | None = None
    note: str = ""
    scope: str = ""
    refusals: str = ""
    payment: str = ""
    result: str = ""
    limit_note: str = ""
    handling: str = ""
    partners: str = ""
    complaint: str = "12345"
    address: str = ""
    hours: str = ""
    visits: int = 0
    questions: str = ""
    remedies: str = ""
    other_bases: str = ""
    change_ago: int | None = None
    state: str = "live"
    reason: str = ""


@dataclass(frozen=True)
class Interpretation:
    """An explanation of documents, whose keys are parted by blanks."""

    key: str
    title: str
    summary: str
    explains: str
    author: str
    topics: Topics
    text: str
    division: str = ""
    state: str = "live"


@dataclass(frozen=True)
class Amendment:
    """A second version of a live document: new wording of single articles, and the change it carries out.

    Attributes:
        articles: `第六条 …` per line, replacing the article of that number.
        workdays_ago: working days since the change.
    """

    document: str
    articles: str
    note: str
    evidence: str
    workdays_ago: int
    summary: str = ""


@dataclass(frozen=True)
class Repeal:
    """The end of a live document, with the one that takes its place."""

    document: str
    successor: str
    reason: str
    evidence: str
    workdays_ago: int


@dataclass(frozen=True)
class OpenChange:
    """A registered change that no page carries out yet.

    Attributes:
        corrected_from: working days ago that were registered first; the bureau then put it right, for `correction`.
    """

    title: str
    evidence: str
    workdays_ago: int
    kind: str = "created"
    subject: str = "document"
    corrected_from: int = 0
    correction: str = ""


@dataclass(frozen=True)
class Person:
    """An invented holder of an account."""

    code: str
    name: str
    role: str


@dataclass(frozen=True)
class Unit:
    """A department with its people and everything it wrote. `facts` go to `open_department`.

    `desk` is `address|hours` of the counter for its guides that name no place of their own; `online` leads to where one applies.
    """

    code: str
    name: str
    short_name: str
    other_names: str
    introduction: str
    index_prefix: str
    people: tuple[Person, ...]
    documents: tuple[Document, ...]
    guides: tuple[Guide, ...]
    interpretations: tuple[Interpretation, ...] = ()
    forms: tuple[Form, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    repeals: tuple[Repeal, ...] = ()
    open_changes: tuple[OpenChange, ...] = ()
    desk: str = ""
    online: str = "https://example.com/apply/"
    level: str = "city"
    parent: str = ""


# --- Reading the line formats -----------------------------------------------------------------------------


def lines(text: str) -> list[str]:
    """The lines that say something, stripped."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def cells(line: str, count: int) -> list[str]:
    """The parts between bars, filled up to `count`."""
    parts = [part.strip() for part in line.split("|")]
    return parts + [""] * (count - len(parts))


def marked(line: str) -> tuple[str, str]:
    """`〔公示〕结果公示` as its mark and the rest; no mark is an empty one."""
    match = KIND.match(line)
    return (match[1], match[2]) if match else ("", line)


def basis(line: str) -> tuple[str, str]:
    """`kjj-yf 第六条` as key and clause."""
    key, _, clause = line.partition(" ")
    return key, clause


def articles(text: str) -> dict[str, list[str]]:
    """The articles of an amendment: number → paragraphs."""
    return {value["number"]: value["paragraphs"] for kind, value in body(text) if kind == "article"}


def body(text: str) -> list[tuple[str, dict]]:
    """A text as blocks: `chapter` (number, title), `article` (number, paragraphs), `paragraph` (paragraphs), `sheet`.

    `# 第一章 总则` opens a chapter, `第一条 …` an article that the next lines continue, `> …` a paragraph of its own,
    `|= 表名` a sheet whose rows follow as `|a|b|`.
    """
    blocks: list[tuple[str, dict]] = []
    for line in lines(text):
        _read_line(line, blocks)
    return blocks


def _read_line(line: str, blocks: list[tuple[str, dict]]) -> None:
    article = ARTICLE.match(line)
    if line.startswith("# "):
        number, _, title = line[2:].partition(" ")
        blocks.append(("chapter", {"number": number, "title": title}))
    elif article:
        blocks.append(("article", {"number": article[1], "paragraphs": [article[2]]}))
    elif line.startswith("|="):
        blocks.append(("sheet", {"caption": line[2:].strip(), "rows": []}))
    elif line.startswith("|"):
        blocks[-1][1]["rows"].append([cell.strip() for cell in line.strip("|").split("|")])
    elif line.startswith("> ") or not blocks or blocks[-1][0] not in {"article", "paragraph"}:
        blocks.append(("paragraph", {"paragraphs": [line.removeprefix("> ")]}))
    else:
        blocks[-1][1]["paragraphs"].append(line)
