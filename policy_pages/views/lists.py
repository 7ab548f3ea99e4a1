"""The lists of public pages, for the library, for one unit's section and for guides: plain filters through the address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from policy_pages.addresses import canonical_redirect, rules
from policy_pages.enums import ApplicationRoute, VocabularyCode
from policy_pages.models import Listing, Term
from policy_pages.views.choices import (
    EVERYTHING,
    GUIDES,
    LIBRARY,
    TYPES,
    WINDOWS,
    Choice,
    Facet,
    Shelf,
    options,
    section,
)
from policy_pages.views.rows import (
    AMOUNT_FIRST,
    NEWEST_FIRST,
    closing_first,
    listed_pages,
    of_any_type,
    row_values,
    rows,
)
from policy_pages.views.units import public_units

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping

    from django.core.paginator import Page
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from accounts.models import Department

PAGE_SIZE = 20

Words = dict[str, dict[str, str]]


@require_safe
def guides(request: HttpRequest) -> HttpResponse:
    """`/guides/?window=&route=&category=&department=&term=&sort=&page=`: guides of all units, what closes first at the head."""
    context = shelf_context(request, GUIDES)
    return context["moved"] or render(request, "policy_pages/guides.html", context)


def listing_context(request: HttpRequest, department: Department | None = None) -> dict[str, Any]:
    """The filtered, paged list of public pages, for the library or for a department's section."""
    return shelf_context(request, section(department) if department else LIBRARY)


def shelf_context(request: HttpRequest, shelf: Shelf) -> dict[str, Any]:
    """The list as the address chooses it; `moved` leads to the one address of what it shows, None if it came by that.

    What the address says beyond the options that there are is no choice; a page number that is none leads to the
    nearest page.
    """
    today = timezone.localdate()
    everything = listed_pages()
    labels = filter_labels(shelf, everything)
    asked = {name: request.GET.get(name, "") for name in labels}
    choice = Choice(**{name: value for name, value in asked.items() if value in labels[name]}).settled()
    asked_page = rules.page_asked(request.GET.get("page", ""))
    page = Paginator(chosen_pages(everything, choice, shelf, today), PAGE_SIZE).get_page(asked_page)
    keeper = shelf.keeper(choice)
    words = keeper.words(choice)
    here = words | {"page": rules.page_value(page.number)} if keeper is shelf else words
    facets = _facets(shelf, choice, labels)
    return {
        "moved": canonical_redirect(request, here, path="" if keeper is shelf else keeper.path),
        "rows": rows(page.object_list, today),
        "page_obj": page,
        "page_links": page_links(page, shelf.path, words),
        "facets": facets,
        "chips": [facet for facet in facets if facet.chosen],
        "sorts": options(shelf, choice, "sort", {"": _("最先截止"), **labels["sort"]}) if "sort" in labels else (),
        "order_label": _("最先截止的在前") if choice.window else _("最近发布的在前"),
        "department": shelf.department,
        "shelf": shelf,
        "column": column(shelf.type or choice.type),
        # Of the list's twins in the open data.
        "twin_query": EVERYTHING.query(shelf.whole(choice)),
    }


def column(type_: str) -> str:
    """Name of the column a list stands for (国办发〔2017〕47号)."""
    return {
        "document": _("政策文件"),
        "guide": _("申报指南"),
        "interpretation": _("政策解读"),
    }.get(type_, _("政策库"))


def page_links(page: Page, path: str, words: Mapping[str, object]) -> list[tuple[int | str, str]]:
    """Page numbers to show, each with its address; a gap is `…` with no address."""
    return [
        ("…", "") if number is None else (number, rules.address(path, {**words, "page": rules.page_value(number)}))
        for number in rules.shown_pages(page.number, page.paginator.num_pages)
    ]


def filter_labels(shelf: Shelf, pages: QuerySet) -> Words:
    """The words of each filter of a list with their labels; terms and units only where they hold something."""
    makers = {
        "type": lambda: {"document": _("政策文件"), "guide": _("申报指南"), "interpretation": _("政策解读")},
        "window": lambda: {
            "open": _("正在申报"),
            "closing": _("即将截止"),
            "upcoming": _("即将开放"),
            "pending": _("期限待定"),
            "year_round": _("常年可报"),
            "closed": _("已截止"),
        },
        "route": lambda: {value: str(label) for value, label in ApplicationRoute.choices},
        "category": lambda: _terms(VocabularyCode.CATEGORY, Q(is_active=True) | Q(pk__in=_used(pages, "category"))),
        "department": lambda: dict(public_units(pages).values_list("code", "short_name")),
        "term": lambda: _terms(VocabularyCode.THEME, Q(is_active=True, pk__in=_used(pages, "terms"))),
        "sort": lambda: {"newest": _("最近发布"), "amount": _("金额最高")},
    }
    return {name: makers[name]() for name in shelf.filters}


def _terms(vocabulary: VocabularyCode, which: Q) -> dict[str, str]:
    return dict(Term.objects.filter(which, vocabulary=vocabulary).values_list("code", "name"))


def _used(pages: QuerySet, field: str) -> QuerySet:
    return Listing.objects.filter(page__in=pages.order_by(), **{f"{field}__isnull": False}).values(field)


def _facets(shelf: Shelf, choice: Choice, labels: Words) -> list[Facet]:
    headings = {
        "type": _("类型"),
        "window": _("申报状态"),
        "route": _("申报方式"),
        "category": _("清单类别"),
        "department": _("单位"),
        "term": _("主题"),
    }
    return [
        Facet(name, headings[name], options(shelf, choice, name, {"": _("全部"), **words}))
        for name, words in labels.items()
        if name in headings and words
    ]


def chosen_pages(pages: QuerySet, choice: Choice, shelf: Shelf, today: datetime.date) -> QuerySet:
    """Those of the pages that a choice in a list leaves, as values that `rows` reads, in the order of the list."""
    type_ = shelf.type or choice.type
    if type_:
        pages = pages.filter(**{f"{TYPES[type_]}__isnull": False})
    if choice.category:
        pages = pages.filter(listing__category__code=choice.category)
    if choice.route:
        pages = pages.filter(listing__route=choice.route)
    if choice.term:
        holding = Listing.objects.filter(terms__vocabulary=VocabularyCode.THEME, terms__code=choice.term)
        pages = pages.filter(pk__in=holding.values("page"))
    code = shelf.department.code if shelf.department else choice.department
    if code:
        pages = pages.annotate(unit=of_any_type("department__code")).filter(unit=code)
    values = row_values(pages, today)
    if choice.window:
        values = values.filter(window__in=WINDOWS[choice.window])
    return values.order_by(*_order(choice, shelf, today))


def _order(choice: Choice, shelf: Shelf, today: datetime.date) -> tuple:
    """Guides by what closes first unless another order was chosen; everything else by what is newest."""
    if "sort" not in shelf.filters and not choice.window:
        return NEWEST_FIRST
    return {"newest": NEWEST_FIRST, "amount": AMOUNT_FIRST}.get(choice.sort) or closing_first(today)
