"""A report as a file to keep: a workbook or CSV, whose cells never compute."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls.converters import StringConverter
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import Resource, Verb
from accounts.permissions import may
from accounts.services.workbook import written, written_csv
from audit.models import DutyRule
from audit.services import record
from policy_pages.reports.figures import Figures
from policy_pages.reports.tables import Table, report_blocks, sheet_blocks, table, written_lines
from policy_pages.reports.visits import written_sheets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accounts.models import User
    from policy_pages.reports.asking import Question

#: Reports that may be exported, in words.
REPORTS = {
    "punctuality": gettext_lazy("时限报表"),
    "assessment": gettext_lazy("年度考核表"),
    "visits": gettext_lazy("访问次数"),
}
#: What no name of a file holds.
UNFIT = re.compile(r'[\\/:*?"<>|\s]')
SHARE = re.compile(r"(?P<part>\d+) / (?P<whole>\d+)")


class ReportName(StringConverter):
    """A report of `REPORTS` as a part of an address."""

    regex = "|".join(REPORTS)


def written_tables(question: Question, which: str) -> dict[str, list[Sequence[str]]]:
    """The tables of a report of `REPORTS` as lines of texts, by their names."""
    if which == "visits":
        return written_sheets(question)
    return {shown.title: written_lines(shown) for shown in tables(question, which)}


def tables(question: Question, which: str) -> list[Table]:
    """The tables of a report that has figures by unit."""
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
    sheets = written_tables(question, which)
    payload = {"report": which, "format": kind, **question.facts(), "units": len(question.units)}
    record(action="report.exported", actor=actor, object_label=str(REPORTS[which]), payload=payload)
    asked = asked_words(question, which)
    if kind == "csv":
        lines: list[Sequence[str]] = [list(asked), list(asked.values())]
        for title, rows in sheets.items():
            lines += [[], [title], *([undated(text) for text in row] for row in rows)]
        return written_csv(lines)
    about: list[Sequence[str]] = [list(asked), list(asked.values())]
    return written({_("说明"): about, **sheets}, widths=(24, *[14] * 20), numbered=sheets)


def asked_words(question: Question, which: str) -> dict[str, str]:
    """What the report `which` was asked for, in words; the yearly sheet tells every duty."""
    duty = {_("事项"): DutyRule.objects.duties()[question.duty]} if which == "punctuality" else {}
    every = _("全部（%d 个单位）") % len(question.units)
    return {
        _("报表"): str(REPORTS[which]),
        _("期间"): _("%(label)s（%(since)s 至 %(until)s）")
        % {"label": question.period.label, "since": question.period.since, "until": question.period.until},
        **duty,
        _("单位"): question.unit.name if question.unit else every,
        _("统计日期"): question.today.isoformat(),
    }


def file_name(question: Question, which: str, kind: str) -> str:
    """The name of the file: report, period, duty, unit and day."""
    duty = [DutyRule.objects.duties()[question.duty]] if which == "punctuality" else []
    unit = question.unit.short_name if question.unit else _("全部单位")
    parts = [str(REPORTS[which]), question.period.code, *duty, unit, f"{question.today:%Y%m%d}"]
    return f"{UNFIT.sub('_', '-'.join(parts))}.{kind}"


def undated(text: str) -> str:
    """The text of a cell of CSV, which has no types: `1 / 2`, which a spreadsheet takes for a day, in words."""
    found = SHARE.fullmatch(text)
    return _("%(part)s（共 %(whole)s 项）") % found.groupdict() if found else text
