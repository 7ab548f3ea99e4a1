"""A report as a file to keep: a workbook or CSV, whose cells never compute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls.converters import StringConverter
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import Resource, Verb
from accounts.permissions import may
from accounts.services.workbook import written, written_csv
from audit.services import record
from policy_pages.reports.figures import Figures
from policy_pages.reports.tables import Table, report_blocks, sheet_blocks, table, written_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accounts.models import User
    from policy_pages.reports.asking import Question

#: Reports that may be exported, in words.
REPORTS = {"punctuality": gettext_lazy("时限报表"), "assessment": gettext_lazy("年度考核表")}


class ReportName(StringConverter):
    """A report of `REPORTS` as a part of an address."""

    regex = "|".join(REPORTS)


def tables(question: Question, which: str) -> list[Table]:
    """The tables of a report of `REPORTS`."""
    figures = Figures(question)
    if which == "assessment":
        return [table(_("年度考核表"), sheet_blocks(figures.duties), figures)]
    return [table(title, blocks, figures) for title, blocks in report_blocks(figures.duties)]


@transaction.atomic
def export_report(*, question: Question, which: str, kind: str, actor: User) -> bytes:
    """The report `which` as a file, `kind` "xlsx" or "csv". Records `report.exported` with what was asked for.

    Raises PermissionDenied unless the actor may export reports of the unit asked for, or of some unit.
    """
    if not may(actor, Resource.REPORT, Verb.EXPORT, question.unit):
        raise PermissionDenied
    sheets = {shown.title: written_lines(shown) for shown in tables(question, which)}
    payload = {"report": which, "format": kind, **question.facts(), "units": len(question.units)}
    record(action="report.exported", actor=actor, object_label=str(REPORTS[which]), payload=payload)
    head = [str(REPORTS[which]), question.period.label, _("统计于 %s") % question.today.isoformat()]
    if kind == "csv":
        lines: list[Sequence[str]] = [head]
        for title, rows in sheets.items():
            lines += [[], [title], *rows]
        return written_csv(lines)
    return written({_("说明"): [["报表", "期间", "统计日期"], head], **sheets}, widths=(24, *[14] * 20))
