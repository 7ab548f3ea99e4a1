"""Contradictions of imported rows, in words; pure. A contradictory row is imported all the same, and counted."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from policy_pages import rules
from policy_pages.imports.records import Record


@dataclass(frozen=True)
class Known:
    """What the comparison of 文号 needs to know of a document."""

    title: str
    day: datetime.date | None
    source_id: str = ""


def own_conflicts(record: Record, today: datetime.date) -> list[str]:
    """What one row says against itself."""
    conflicts = _date_conflicts(record, today)
    if record.page_kind == "guide":
        promised = rules.Limit(record.promised.number, record.promised.unit)
        statutory = rules.Limit(record.statutory.number, record.statutory.unit)
        faults = rules.limit_faults(promised, statutory)
        window = rules.Window(record.window_type, record.window_start, record.window_end)
        faults += [fault for fault in rules.window_faults(window) if getattr(window, _field(fault)) is not None]
        conflicts += [fault.message.rstrip("。") for fault in faults if fault.field != "window_type"]
    return conflicts


def _field(fault: rules.Fault) -> str:
    """The attribute of Window that a window fault speaks of; an absent date is missing, not contradictory."""
    return {"window_start": "start", "window_end": "end"}.get(fault.field, "type")


def _date_conflicts(record: Record, today: datetime.date) -> list[str]:
    pairs = [
        ("失效日期", record.expires_on, "施行日期", record.effective_on),
        ("印发日期", record.issued_on, "成文日期", record.written_on),
        ("来源发布日期", record.published_on, "印发日期", record.issued_on),
        ("废止日期", record.repealed_on, "施行日期", record.effective_on),
    ]
    found = [f"{late}早于{early}" for late, after, early, before in pairs if after and before and after < before]
    for word, day in (
        ("成文日期", record.written_on),
        ("印发日期", record.issued_on),
        ("废止日期", record.repealed_on),
    ):
        if day and day > today:
            found.append(f"{word} {day:%Y-%m-%d} 晚于今天")
    if record.status == "in_force" and record.expires_on and record.expires_on < today:
        found.append(f"来源标“{record.status_text}”，但失效日期 {record.expires_on:%Y-%m-%d} 已过")
    return found


def number_conflicts(records: Iterable[Record], known: dict[str, list[Known]]) -> dict[int, list[str]]:
    """Documents that share a 文号 under another title or date: conflicts by the record's position.

    `known` are the documents that are there already, by 文号. Guides are left out: they carry the number of the
    document they rest on.
    """
    by_number: dict[str, list[Known]] = defaultdict(list)
    for number, entries in known.items():
        by_number[number] += entries
    records = list(records)
    for record in records:
        if record.page_kind == "document":
            for number in record.numbers:
                by_number[number].append(Known(record.title, _day(record), record.source_id))
    return {
        position: found
        for position, record in enumerate(records)
        if record.page_kind == "document" and (found := _rivals(record, by_number))
    }


def _day(record: Record) -> datetime.date | None:
    return record.issued_on or record.written_on


def _rivals(record: Record, by_number: dict[str, list[Known]]) -> list[str]:
    found: dict[str, None] = {}
    for number in record.numbers:
        for other in by_number[number]:
            if other.source_id == record.source_id:
                continue
            if other.title != record.title:
                found[f"文号“{number}”与《{other.title}》相同，标题不同"] = None
            elif other.day and _day(record) and other.day != _day(record):
                found[f"文号“{number}”和标题与另一份文件相同，日期不同（{other.day:%Y-%m-%d}）"] = None
            else:
                found[f"文号“{number}”和标题与另一份文件相同，可能重复"] = None
    return list(found)
