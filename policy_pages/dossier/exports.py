"""A timeline as a file to keep: a workbook or CSV, whose cells never compute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.services.workbook import written, written_csv
from policy_pages.services.publication import record_page_event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accounts.models import User
    from policy_pages.dossier.entries import Entry
    from policy_pages.models import PolicyPage

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What may be asked for, with its content type.
FORMATS = {"xlsx": XLSX, "csv": "text/csv; charset=utf-8"}
HEADERS = ("时间", "类别", "事项", "经办人", "说明", "版本")
#: Only for whoever reads the event chain.
EVENT_HEADERS = ("审计事件序号", "校验值")


def timeline_lines(entries: list[Entry], *, with_events: bool) -> list[Sequence[str]]:
    """The header and one line for each entry, in the order given."""
    lines: list[Sequence[str]] = [(*HEADERS, *EVENT_HEADERS) if with_events else HEADERS]
    for entry in entries:
        told = "\n".join([*entry.marks, *entry.notes, *entry.lines])
        at = f"{timezone.localtime(entry.at, timezone.get_default_timezone()):%Y-%m-%d %H:%M:%S}"
        line: Sequence[str] = (at, str(entry.kind.label), entry.what, entry.who, told, str(entry.revision_id or ""))
        if with_events:
            seqs = "\n".join(str(event.seq) for event in entry.events)
            line = (*line, seqs, "\n".join(event.hash for event in entry.events))
        lines.append(line)
    return lines


@transaction.atomic
def export_timeline(
    *, page: PolicyPage, entries: list[Entry], kind: str, asked: dict[str, str], with_events: bool, actor: User
) -> bytes:
    """The file, `kind` "xlsx" or "csv". Records `dossier.exported` about the page, with what was asked for.

    `actor` must be allowed to read the dossier, and with `with_events` the chain; the view asks.
    """
    lines = timeline_lines(entries, with_events=with_events)
    record_page_event("dossier.exported", page, actor, {"format": kind, "rows": len(entries), "asked": asked})
    if kind == "csv":
        return written_csv(lines)
    return written({_("卷宗"): lines}, widths=(20, 12, 30, 14, 80, 10, 14, 68))
