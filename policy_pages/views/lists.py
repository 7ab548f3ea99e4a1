"""The list of public pages, for the library and for one unit's section: plain filters through the address."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Department
from policy_pages.enums import OPEN_STATUSES, VocabularyCode, WindowStatus
from policy_pages.models import Term
from policy_pages.views.rows import (
    CLOSING_FIRST,
    DOCUMENT,
    GUIDE,
    INTERPRETATION,
    NEWEST_FIRST,
    OPENING_FIRST,
    listed_pages,
    of_any_type,
    row_values,
    rows,
)

if TYPE_CHECKING:
    import datetime

    from django.db.models import QuerySet
    from django.http import HttpRequest

PAGE_SIZE = 20

#: Word in the address → type of page.
TYPES = {"document": DOCUMENT, "guide": GUIDE, "interpretation": INTERPRETATION}
#: Word in the address → what a visitor means by it.
WINDOWS: dict[str, frozenset[WindowStatus]] = {
    "open": OPEN_STATUSES,
    "closing": frozenset({WindowStatus.CLOSING}),
    "upcoming": frozenset({WindowStatus.UPCOMING}),
    "pending": frozenset({WindowStatus.PENDING}),
    "year_round": frozenset({WindowStatus.YEAR_ROUND}),
    "closed": frozenset({WindowStatus.CLOSED}),
}


@dataclass(frozen=True)
class Choice:
    """What a visitor chose; an empty word chooses nothing. The names are those of the address."""

    type: str = ""
    window: str = ""
    category: str = ""
    department: str = ""

    def query(self, **changes: Any) -> str:
        """The query string of this choice with changes, `?` alone when nothing is left."""
        chosen = {**vars(self), **changes}
        return "?" + urlencode({name: value for name, value in chosen.items() if value})


@dataclass(frozen=True)
class Option:
    """One value of a filter: its word in the address, its label, and the address that chooses it."""

    value: str
    label: str
    query: str
    is_chosen: bool


@dataclass(frozen=True)
class Facet:
    """One filter: all its options, the first of them 全部."""

    name: str
    label: str
    options: tuple[Option, ...]

    @property
    def chosen(self) -> Option | None:
        """The chosen option, unless it is 全部."""
        return next((option for option in self.options if option.is_chosen and option.value), None)


def listing_context(request: HttpRequest, department: Department | None = None) -> dict[str, Any]:
    """The filtered, paged list of public pages, for the library or for a department's section.

    What the address says beyond the options that there are is not taken for a choice; a page number that is none
    leads to the nearest page.
    """
    labels = _labels(department)
    asked = {name: request.GET.get(name, "") for name in labels}
    choice = Choice(**{name: value for name, value in asked.items() if value in labels[name]})
    today = timezone.localdate()
    pages = _chosen_pages(choice, department, today)
    page = Paginator(pages, PAGE_SIZE).get_page(request.GET.get("page"))
    facets = _facets(choice, labels)
    return {
        "rows": rows(page.object_list, today),
        "page_obj": page,
        "page_links": page_links(page, choice.query()),
        "facets": facets,
        "chips": [(facet, choice.query(**{facet.name: ""})) for facet in facets if facet.chosen],
        "order_label": _order(choice)[1],
        "department": department,
        "column": column(choice.type),
    }


def column(type_: str) -> str:
    """Name of the column a list stands for (国办发〔2017〕47号)."""
    return {
        "document": _("政策文件"),
        "guide": _("申报指南"),
        "interpretation": _("政策解读"),
    }.get(type_, _("政策库"))


def page_links(page: Any, query: str) -> list[tuple[int | str, str]]:
    """Page numbers to show, each with its address; a gap is `…` with no address."""
    joint = "&" if len(query) > 1 else ""
    return [
        (number, f"{query}{joint}page={number}" if isinstance(number, int) else "")
        for number in page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    ]


def _labels(department: Department | None) -> dict[str, dict[str, str]]:
    """The words of each filter with their labels; a section offers no choice of unit."""
    categories = Term.objects.filter(vocabulary=VocabularyCode.CATEGORY, is_active=True)
    labels = {
        "type": {"document": _("政策文件"), "guide": _("申报指南"), "interpretation": _("政策解读")},
        "window": {
            "open": _("正在申报"),
            "closing": _("即将截止"),
            "upcoming": _("即将开放"),
            "pending": _("期限待定"),
            "year_round": _("常年可报"),
            "closed": _("已截止"),
        },
        "category": dict(categories.values_list("code", "name")),
    }
    if department is None:
        units = Department.objects.filter(is_active=True, section_page__isnull=False)
        labels["department"] = dict(units.values_list("code", "short_name"))
    return labels


def _facets(choice: Choice, labels: dict[str, dict[str, str]]) -> list[Facet]:
    headings = {"type": _("类型"), "window": _("申报状态"), "category": _("清单类别"), "department": _("单位")}
    return [
        Facet(
            name=name,
            label=headings[name],
            options=tuple(
                Option(value, label, replace(choice, **{name: value}).query(), getattr(choice, name) == value)
                for value, label in {"": _("全部"), **words}.items()
            ),
        )
        for name, words in labels.items()
    ]


def _chosen_pages(choice: Choice, department: Department | None, today: datetime.date) -> QuerySet:
    pages = listed_pages()
    if choice.type:
        pages = pages.filter(**{f"{TYPES[choice.type]}__isnull": False})
    if choice.category:
        pages = pages.filter(listing__category__code=choice.category)
    if department or choice.department:
        code = department.code if department else choice.department
        pages = pages.annotate(unit=of_any_type("department__code")).filter(unit=code)
    values = row_values(pages, today)
    if choice.window:
        values = values.filter(window__in=WINDOWS[choice.window])
    return values.order_by(*_order(choice)[0])


def _order(choice: Choice) -> tuple[tuple, str]:
    """How the list is sorted, and that in words."""
    if choice.window in {"open", "closing"}:
        return CLOSING_FIRST, _("最先截止的在前")
    if choice.window == "upcoming":
        return OPENING_FIRST, _("最先开放的在前")
    return NEWEST_FIRST, _("最近发布的在前")
