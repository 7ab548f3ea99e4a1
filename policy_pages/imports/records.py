"""One row of an import file as a record, whatever file it came from; pure."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from policy_pages.imports import rules
from policy_pages.imports.rules import Hotline, ParsedLimit

#: 类别 of a row, and the kind of page it becomes.
KINDS = {
    "policy": "document",
    "notice": "document",
    "guide": "guide",
    "政策": "document",
    "政策文件": "document",
    "通知": "document",
    "指南": "guide",
    "申报指南": "guide",
}
#: Longest title of a page.
TITLE_LENGTH = 255
#: Kinds of relation by which the row's document gives way to another, and by which it replaces another.
ENDED_BY = frozenset({"revised_by", "repealed_by"})
ENDS = frozenset({"revises", "repeals"})
#: Whole words of the facts that a page has no field for, in the order in which they are written down.
FACT_LABELS = {
    "target_enterprises": "服务对象",
    "conditions": "申报条件",
    "materials": "申报材料",
    "steps": "办理流程",
    "time_limit": "承诺时限",
    "statutory_limit": "法定时限",
    "responsible_office": "责任处室",
    "hotline": "咨询电话",
    "window": "申报期限",
    "funding": "支持标准",
    "basis": "依据",
}
_UNCHANGED = frozenset({"id", "source_url", "script", "kind", "relations"})


class RowError(ValueError):
    """A row that cannot be imported at all; the message is a Chinese sentence."""


@dataclass
class Record:
    """What one row says. Empty text, empty list and None mean that it says nothing.

    Attributes:
        place: where it stands in its file, for people.
        page_kind: `document` or `guide`.
        warnings: what could not be read, in words; the row is imported all the same.
        conflicts: what contradicts itself or another row.
        is_full_text: whether `body` is the whole official text and so holds every fact of the row.
    """

    place: str
    source_id: str
    page_kind: str
    title: str
    organ: str = ""
    numbers: list[str] = field(default_factory=list)
    index_number: str = ""
    written_on: datetime.date | None = None
    issued_on: datetime.date | None = None
    published_on: datetime.date | None = None
    effective_on: datetime.date | None = None
    expires_on: datetime.date | None = None
    repealed_on: datetime.date | None = None
    repeal_reason: str = ""
    status: str = ""
    status_text: str = ""
    genre: str = ""
    subject_category: str = ""
    summary: str = ""
    body: str = ""
    is_full_text: bool = True
    source_name: str = ""
    source_url: str = ""
    region: str = ""
    topics: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    no_materials: bool = False
    materials: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    promised: ParsedLimit = field(default_factory=ParsedLimit)
    statutory: ParsedLimit = field(default_factory=ParsedLimit)
    division: str = ""
    hotlines: list[Hotline] = field(default_factory=list)
    window_type: str = ""
    window_start: datetime.date | None = None
    window_end: datetime.date | None = None
    window_note: str = ""
    funding: str = ""
    target: str = ""
    basis: list[str] = field(default_factory=list)
    ended_by: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    facts: dict[str, list[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)

    @property
    def number(self) -> str:
        """All its 文号 in one line."""
        return "；".join(self.numbers)


def read_record(raw: Mapping[str, Any], place: str) -> Record:
    """The record of a row. Raises RowError when it names no id, no title or no known kind."""
    if raw.get("script") == "hant":
        raw = simplified(raw)
    try:
        return _Reader(raw, place).record()
    except RowError:
        raise
    except ValueError as error:
        raise RowError(f"{error}。") from error


@cache
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC  # loads its dictionaries; only a Traditional row pays for it

    return OpenCC("t2s").convert


def simplified(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A row with every text in Simplified characters; its id, address and codes stay as they are."""

    def convert(value: Any) -> Any:
        if isinstance(value, str):
            return _converter()(value)
        if isinstance(value, list):
            return [convert(entry) for entry in value]
        if isinstance(value, dict):
            return {key: convert(entry) for key, entry in value.items()}
        return value

    return {key: value if key in _UNCHANGED else convert(value) for key, value in raw.items()}


class _Reader:
    """Reads the fields of one row and gathers what it could not read."""

    def __init__(self, raw: Mapping[str, Any], place: str) -> None:
        self.raw = raw
        self.place = place
        self.warnings: list[str] = []

    def record(self) -> Record:
        source_id, title = self.line("id"), self.line("title")
        if not source_id:
            raise RowError("缺少编号；没有编号就无法识别重复导入，请补上。")
        if not title:
            raise RowError("缺少标题。")
        if len(title) > TITLE_LENGTH:
            raise RowError(f"标题有 {len(title)} 字，超过 {TITLE_LENGTH} 字，请核对是否误填了正文。")
        kind = self.line("kind")
        if kind not in KINDS:
            raise RowError(
                f"类别“{kind}”无法识别，应为政策、通知或指南。" if kind else "缺少类别（政策、通知或指南）。"
            )
        record = Record(place=self.place, source_id=source_id, page_kind=KINDS[kind], title=title)
        self._identity(record)
        self._text(record)
        self._guide(record)
        self._window(record)
        self._relations(record)
        record.warnings = self.warnings
        return record

    # --- Single fields ---------------------------------------------------------------------------

    def text(self, key: str) -> str:
        try:
            return rules.clean_text(self.raw.get(key))
        except ValueError as error:
            raise RowError(f"“{key}”{error}。") from error

    def line(self, key: str) -> str:
        return rules.one_line(self.text(key))

    def lines(self, key: str) -> list[str]:
        try:
            return rules.clean_lines(self.raw.get(key))
        except ValueError as error:
            raise RowError(f"“{key}”{error}。") from error

    def date(self, value: Any, word: str) -> datetime.date | None:
        try:
            return rules.parse_date(value)
        except ValueError as error:
            self.warnings.append(f"{word}：{error}，未导入")
            return None

    # --- Groups ----------------------------------------------------------------------------------

    def _identity(self, record: Record) -> None:
        record.organ = self.line("issuing_organ")
        record.numbers = rules.parse_numbers(self.text("document_number"))
        record.index_number = self.line("index_number")
        words = {
            "written_on": "成文日期",
            "issued_on": "印发日期",
            "published_on": "发布日期",
            "effective_on": "施行日期",
            "expires_on": "失效日期",
            "repealed_on": "废止日期",
        }
        for key, word in words.items():
            setattr(record, key, self.date(self.raw.get(key), word))
        record.repeal_reason = self.line("repeal_reason")
        record.status_text = self.line("status")
        record.status = rules.STATUSES.get(record.status_text, "")
        if record.status_text and not record.status:
            self.warnings.append(f"文件状态“{record.status_text}”不在本平台的文件状态之列，未导入")
        record.genre = self.line("genre")
        record.subject_category = self.line("subject_category")
        record.region = self.line("region")
        record.topics = self.lines("topics")

    def _text(self, record: Record) -> None:
        record.body = self.text("body")
        digest = self.text("digest")
        record.summary = digest or self.text("summary")
        record.is_full_text = bool(record.body) and self.line("body_kind") in {"", "verbatim"}
        record.source_url = self.line("source_url")
        record.source_name = self._source_name(record)
        for key, label in FACT_LABELS.items():
            entries = self._window_words() if key == "window" else self.lines(key)
            if entries:
                record.facts[label] = entries

    def _source_name(self, record: Record) -> str:
        name = next((text for key in ("source_name", "source", "source_note") if (text := self.line(key))), "")
        title_source = self.line("title_source")
        notes = [name, f"标题：{title_source}" if title_source else ""]
        notes.append(f"来源发布日期：{record.published_on:%Y-%m-%d}" if record.published_on else "")
        return "".join(note if note.endswith("。") else f"{note}。" for note in notes if note).removesuffix("。")

    def _window_words(self) -> list[str]:
        window = self.raw.get("window")
        if not isinstance(window, dict):
            return []
        found = [rules.clean_text(window.get(key)) for key in ("type", "from", "to", "note")]
        kind, start, end, note = found
        days = f"{start or '来源未写'}至{end or '来源未写'}" if start or end else ""
        return ["，".join(part for part in (kind, days, note) if part)] if any(found) else []

    def _guide(self, record: Record) -> None:
        record.conditions = self.lines("conditions")
        record.no_materials = self.raw.get("no_materials") is True or self.line("no_materials") in {"是", "√"}
        record.materials = self.lines("materials")
        record.steps = self.lines("steps")
        record.promised = rules.parse_limit(self.text("time_limit"))
        record.statutory = rules.parse_limit(self.text("statutory_limit"))
        record.division = self.line("responsible_office")
        record.hotlines = rules.split_hotlines(self.raw.get("hotline"))
        record.funding = self.text("funding")
        record.target = self.text("target_enterprises")
        record.basis = self.lines("basis")

    def _window(self, record: Record) -> None:
        window = self.raw.get("window")
        if window is None:
            return
        if not isinstance(window, dict):
            self.warnings.append("申报期限的写法无法识别，未导入")
            return
        name = rules.one_line(window.get("type"))
        record.window_type = rules.WINDOW_TYPES.get(name, "")
        if name and not record.window_type:
            self.warnings.append(f"申报期限类型“{name}”无法识别，应为常年申报、固定期限或期限待定，未导入")
        record.window_start = self.date(window.get("from"), "申报开始日期")
        record.window_end = self.date(window.get("to"), "申报截止日期")
        record.window_note = rules.one_line(window.get("note"))

    def _relations(self, record: Record) -> None:
        relations = self.raw.get("relations") or []
        if not isinstance(relations, list) or not all(isinstance(relation, dict) for relation in relations):
            self.warnings.append(f"与其他文件的关系无法识别，未导入：{json.dumps(relations, ensure_ascii=False)}")
            return
        for relation in relations:
            kind, target = relation.get("type"), rules.one_line(relation.get("target"))
            if kind in ENDED_BY and target:
                record.ended_by.append(target)
            elif kind in ENDS and target:
                record.ends.append(target)
            else:
                self.warnings.append(f"与其他文件的关系“{kind} {target}”无法识别，未导入")
