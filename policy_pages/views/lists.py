"""The lists of public pages, for the library, for one unit's section and for guides: facets, words and order through the address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from policy_pages.addresses import canonical_redirect, rules
from policy_pages.search.queries import SearchOutcome, search_pages
from policy_pages.services.prepared import Prepared
from policy_pages.views.choices import (
    AMOUNT,
    AMOUNTS,
    CLOSING,
    EVERYTHING,
    GUIDES,
    LIBRARY,
    NEWEST,
    RELEVANCE,
    TERMS,
    TYPES,
    WINDOWS,
    Choice,
    Facet,
    Option,
    Shelf,
    option,
    section,
)
from policy_pages.views.counting import columns
from policy_pages.views.facets import Counter, headings, offered
from policy_pages.views.rows import NEWEST_FIRST, all_rows, listed_pages, row_values, rows

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping

    from django.core.paginator import Page
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from accounts.models import Department
    from policy_pages.views.rows import Row

PAGE_SIZE = 20
#: No policy title or 文号 is longer.
QUERY_LIMIT = 200


@require_safe
def guides(request: HttpRequest) -> HttpResponse:
    """`/guides/?window=&route=&…&q=&sort=&page=`: guides of all units, what closes first at the head."""
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
    table = columns()
    offers = offered(shelf, table)
    asked = {name: request.GET.get(name, "") for name in offers}
    known = {name: value for name, value in asked.items() if value in offers[name]}
    text = typed_text(request.GET.get("q", ""))
    choice = Choice(**known, q=text, sort=request.GET.get("sort", "")).settled()
    # Of the whole site, whatever the list: an option's number is what the list it leads to finds, its data find the same.
    found = search_pages(listed_pages(), text, complete=True) if text else None
    keeper = shelf.keeper(choice)
    counter = Counter(table, shelf, offers, today, found.pks if found else None)
    chosen = counter.pks(choice, keeper.order(choice))
    page = Paginator(chosen, PAGE_SIZE).get_page(rules.page_asked(request.GET.get("page", "")))
    words = keeper.words(choice)
    here = words | {"page": rules.page_value(page.number)} if keeper is shelf else words
    moved = canonical_redirect(request, here, path="" if keeper is shelf else keeper.path)
    if moved:
        return {"moved": moved}
    facets = _facets(counter, choice)
    return {
        "moved": None,
        "rows": _rows(page.object_list, today),
        "page_obj": page,
        "page_links": page_links(page, shelf.path, words),
        "facets": facets,
        "fields": [facet for facet in facets if facet.name not in choice.unasked],
        "carried": {name: value for name, value in words.items() if name == "q" or name in choice.unasked},
        "chips": [facet for facet in facets if facet.chosen],
        "words": {name: value for name, value in words.items() if name != "q"},
        "sorts": _sorts(shelf, choice),
        "department": shelf.department,
        "shelf": shelf,
        "column": column(shelf.type or choice.type),
        **_search_context(shelf, choice, found.among(chosen) if found else None),
        # Of the list's twins in the open data.
        "twin_query": EVERYTHING.query(shelf.whole(choice)),
    }


def typed_text(typed: str) -> str:
    """What was typed into a search box, without needless blanks and no longer than a title; empty for nothing."""
    return " ".join(typed.replace("\0", " ").split())[:QUERY_LIMIT].rstrip()


def _rows(pks: Any, today: datetime.date) -> list[Row]:
    """The rows of these pages, in their order. One query."""
    asked = dict(zip(_PLACES, [*pks, *[0] * PAGE_SIZE], strict=False))  # no page has the number 0
    values = _PAGE_OF_ROWS.rows(today, settings.HUIQITONG_CLOSING_SOON_DAYS, **asked)
    found = {row.pk: row for row in rows(values, today)}
    return [found[pk] for pk in pks if pk in found]


def _page_of_rows(today: datetime.date, soon_days: int, **pks: int) -> QuerySet:
    """The values of `rows` of as many pages as a list shows at once; `soon_days` is what the settings say."""
    return row_values(all_rows().filter(pk__in=pks.values()).order_by(), today)


_PLACES = [f"place_{number}" for number in range(PAGE_SIZE)]
_PAGE_OF_ROWS = Prepared(_page_of_rows, **dict.fromkeys(_PLACES, int))


def _search_context(shelf: Shelf, choice: Choice, found: SearchOutcome | None) -> dict[str, Any]:
    """What was searched for within the list; `everywhere` is the same search past the list, `cleared` the list without any choice."""
    return {
        "text": choice.q,
        "found": found,
        "untexted": shelf.address(choice.changed("q", "")),
        "cleared": shelf.address(Choice()),
        "everywhere": rules.address("/search/", {"q": choice.q}),
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


def _facets(counter: Counter, choice: Choice) -> list[Facet]:
    return [
        Facet(name, heading, tuple(counter.options(choice, name)))
        for name, heading in headings().items()
        if counter.offers.get(name)
    ]


def _sorts(shelf: Shelf, choice: Choice) -> list[Option]:
    """The orders that the list can have; none where there is only one."""
    labels = {RELEVANCE: _("最相关"), CLOSING: _("最先截止"), NEWEST: _("最近发布"), AMOUNT: _("金额最高")}
    orders, now = shelf.orders(choice), shelf.order(choice)
    words = {order: "" if order == orders[0] else order for order in orders}
    made = [
        option(shelf, choice.changed("sort", word), word, labels[order], is_chosen=order == now)
        for order, word in words.items()
    ]
    return made if len(made) > 1 else []


# --- The same in SQL, for the open data -------------------------------------------------------------------------


def chosen_pages(pages: QuerySet, choice: Choice, today: datetime.date) -> QuerySet:
    """Those of the narrow rows that a choice leaves, as values that `rows` reads, newest first."""
    if choice.type:
        pages = pages.filter(type=TYPES[choice.type])
    if choice.category:
        pages = pages.filter(category__code=choice.category)
    if choice.route:
        pages = pages.filter(route=choice.route)
    if choice.department:
        pages = pages.filter(department__code=choice.department)
    if choice.year:
        pages = pages.filter(year=int(choice.year))
    if choice.amount:
        above, to = AMOUNTS[choice.amount]
        pages = pages.filter(**({"amount_max__gt": above} if above else {}), **({"amount_max__lte": to} if to else {}))
    for name, vocabulary in TERMS.items():
        if code := getattr(choice, name):
            pages = pages.filter(terms__vocabulary=vocabulary, terms__code=code)
    if choice.q:
        pages = pages.filter(pk__in=search_pages(listed_pages(), choice.q, complete=True).pks)
    values = row_values(pages, today)
    if choice.window:
        values = values.filter(window__in=WINDOWS[choice.window])
    return values.order_by(*NEWEST_FIRST)
