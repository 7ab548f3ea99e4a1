"""Visits of public pages (A24, T24.1): by unit, by day and by page. Counts of events, nothing estimated; bots are in none (T24.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.models import Page

from accounts.models import Department
from policy_pages.models import VisitCount
from policy_pages.reports.tables import Cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from policy_pages.reports.asking import Question

#: Whose the home page and the library are, in words.
SITE = "全站"
#: Of a list by page.
HEADS = ("页面", "类型", "单位", "访问次数")


def visits(question: Question) -> QuerySet[VisitCount]:
    """Counts of the period: of the units, and of home and library too where every unit is asked for."""
    found = VisitCount.objects.filter(day__range=(question.period.since, question.period.until)).order_by()
    return found if _is_of_all(question) else found.filter(department__in=question.ids)


def visits_by_unit(question: Question) -> dict[int | None, int]:
    """Key of the unit (None: home and library) -> visits. Two queries, however many units."""
    counted = visits(question).values("department_id").annotate(total=Sum("number"))
    return dict(counted.values_list("department_id", "total"))


def visited_pages(question: Question) -> QuerySet:
    """Key, unit and visits of each page that was opened, the most read first; as dictionaries: one a page, not one a visit."""
    counted = visits(question).values("page", "department_id").annotate(total=Sum("number"))
    return counted.order_by("-total", "page")


def described(question: Question, rows: Sequence[dict[str, Any]]) -> list[list[Cell]]:
    """Some of `visited_pages` as lines: page, type, unit, visits. Two queries."""
    pages = _pages(rows)
    units = {unit.pk: unit for unit in question.units}
    lines = []
    for row in rows:
        page, unit = pages.get(row["page"]), units.get(row["department_id"])
        is_text = page is not None and unit is not None and page.pk != unit.section_page_id
        lines.append(
            [
                Cell(_title(row, page), reverse("policy_pages_dossier", args=[row["page"]]) if is_text else ""),
                Cell(_type(page)),
                Cell(unit.short_name if unit else _(SITE)),
                Cell(str(row["total"])),
            ]
        )
    return lines


def written_sheets(question: Question) -> dict[str, list[Sequence[str]]]:
    """The file: by unit, by day and by page, each table with its head and, but for pages, its total."""
    names = {unit.pk: unit.name for unit in question.units}
    by_unit = visits_by_unit(question)
    by_day = visits(question).values_list("day").annotate(total=Sum("number")).order_by("day")
    rows = list(visited_pages(question))
    pages = _pages(rows)
    total = [_("合计"), str(sum(by_unit.values()))]
    units: list[Sequence[str]] = [[names[unit], str(by_unit.get(unit, 0))] for unit in names]
    if None in by_unit:
        units.append([_("全站（首页、政策库）"), str(by_unit[None])])
    return {
        _("按单位"): [[_("单位"), _("访问次数")], *units, total],
        _("按日"): [[_("日期"), _("访问次数")], *([day.isoformat(), str(number)] for day, number in by_day), total],
        _("按页面"): [
            [_("单位"), _("类型"), _("页面"), _("网址"), _("访问次数")],
            *(
                [
                    names.get(row["department_id"], _(SITE)),
                    _type(pages.get(row["page"])),
                    _title(row, pages.get(row["page"])),
                    _address(pages.get(row["page"])),
                    str(row["total"]),
                ]
                for row in rows
            ),
        ],
    }


def _is_of_all(question: Question) -> bool:
    """Whether every unit is asked for, by somebody who reads them all: then the total is that of the platform."""
    return question.unit is None and bool(question.ids) and not Department.objects.exclude(pk__in=question.ids).exists()


def _pages(rows: Sequence[dict[str, Any]]) -> dict[int, Page]:
    wanted = [row["page"] for row in rows]
    found: dict[int, Page] = {}
    for place in range(0, len(wanted), 500):  # SQLite takes a bounded number of parameters
        some = Page.objects.filter(pk__in=wanted[place : place + 500]).select_related("content_type")
        found.update({page.pk: page for page in some})
    return found


def _title(row: dict[str, Any], page: Page | None) -> str:
    return str(page.title) if page else _("已删除的页面（编号 %d）") % row["page"]


def _type(page: Page | None) -> str:
    return str(page.page_type_display_name) if page else ""


def _address(page: Page | None) -> str:
    return str(page.full_url or "") if page and page.live else ""
