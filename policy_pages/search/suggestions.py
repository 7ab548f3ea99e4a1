"""What may be meant while somebody types: titles and 文号 of public pages."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import OuterRef, Subquery, Sum
from django.utils import timezone
from wagtail.search.backends import get_search_backend

from policy_pages.models import VisitCount
from policy_pages.search import expressions, initials, rules

if TYPE_CHECKING:
    from django.db.models import QuerySet

SHOWN = 8
#: So many best titles are looked at; the most read of them are shown.
_LOOKED_AT = 60
#: Visits of so many days tell which pages are read.
_DAYS = datetime.timedelta(days=90)
#: What is typed beyond this suggests nothing more.
_TYPED = 60


class Suggestion(NamedTuple):
    """A public page by its title, plain address and 文号 (empty where it has none)."""

    title: str
    url: str
    number: str


def suggestions(pages: QuerySet, text: str) -> list[Suggestion]:
    """At most `SHOWN` pages of `pages` in whose title or 文号 every typed word stands, or whose title has these initials.

    Of the `_LOOKED_AT` best matches the most read of the last 90 days come first, among equally read ones the better match.
    At most eight queries; stores nothing.
    """
    from policy_pages.views.rows import all_rows, row_values, rows  # views search, and this shows what they show

    found = _found(pages, text[:_TYPED])
    if not found:
        return []
    today = timezone.localdate()
    shown = all_rows().filter(pk__in=found)
    values = list(row_values(shown, today).annotate(visited=Subquery(_visits(today))))
    place = {pk: number for number, pk in enumerate(found)}
    values.sort(key=lambda value: (-(value["visited"] or 0), place[value["pk"]]))
    return [Suggestion(row.title, row.url, row.doc_number) for row in rows(values[:SHOWN], today)]


def _found(pages: QuerySet, text: str) -> list[int]:
    """Keys of the pages by title and 文号, then by initials; each in the order of its fitness."""
    backend = get_search_backend()
    words = rules.normalise(text).split()
    parts = [expressions.phrase(word, open_end=place == len(words)) for place, word in enumerate(words, start=1)]
    typed, read = expressions.joined(parts, expressions.All), initials.expression(text)
    asked: list[tuple[Any, expressions.Node, list[str] | None]] = [
        (backend.query_compiler_class, typed, ["title"]),
        (backend.autocomplete_query_compiler_class, read, None),
    ]
    found: dict[int, None] = {}
    with backend.reading(pages.db):
        for compiler, node, fields in asked:
            if node != expressions.NOTHING and len(found) < _LOOKED_AT:
                hits = compiler(pages, node, fields=fields).search(None, 0, _LOOKED_AT)
                found.update(dict.fromkeys(hits.values_list("pk", flat=True)))
    return list(found)


def _visits(today: datetime.date) -> QuerySet:
    counted = VisitCount.objects.filter(page=OuterRef("pk"), day__gte=today - _DAYS).order_by().values("page")
    return counted.annotate(total=Sum("number")).values("total")
