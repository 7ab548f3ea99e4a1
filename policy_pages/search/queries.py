"""The public search: a ladder from the strictest reading of a query to the loosest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wagtail.search.backends import get_search_backend

from policy_pages.search import expressions
from policy_pages.search.plan import Plan, plan
from policy_pages.search.ranking import ranked

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: Exact hits that make a first page; with fewer the search goes on to looser readings.
ENOUGH = 10
#: The loosest reading finds nearly every page through some common word; this many of them are worth reading.
WIDENED_LIMIT = 100
#: Where the database ranks by titles only, the first hits of a rung are ranked again by their whole text.
_RANKED_AGAIN = 50


@dataclass(frozen=True)
class SearchOutcome:
    """The keys of the pages found, best first; `widened` when some hold only parts of the query."""

    pks: tuple[int, ...]
    widened: bool

    @property
    def total(self) -> int:
        """How many pages were found."""
        return len(self.pks)


def search_pages(queryset: QuerySet, text: str) -> SearchOutcome:
    """Search pages by what a visitor typed: 文号, whole phrase, all terms, then any part of it.

    A rung's pages come after all pages of the rungs before. The search stops at the first rung that makes a page of
    hits, and never goes past an exact 文号. No text makes it fail; a text without letters finds nothing.
    """
    reading = plan(text)
    backend = get_search_backend()
    with backend.reading(queryset.db):
        return _climb(backend, queryset, reading)


def _climb(backend: Any, queryset: QuerySet, reading: Plan) -> SearchOutcome:
    found: dict[int, None] = {}
    for keys in _exact_rungs(backend, queryset, reading):
        found.update(dict.fromkeys(keys))
        if len(found) >= ENOUGH:
            break
    is_number = reading.number != expressions.NOTHING and bool(found)
    if len(found) >= ENOUGH or is_number:
        return SearchOutcome(tuple(found), widened=False)
    exact = len(found)
    found.update(dict.fromkeys(_loose_rung(backend, queryset, reading)))
    return SearchOutcome(tuple(found), widened=len(found) > exact)


def _exact_rungs(backend: Any, queryset: QuerySet, reading: Plan) -> Iterator[list[int]]:
    # In the title's column first: the document that bears a 文号 goes before those that cite it.
    yield _matching(backend, queryset, reading, reading.number, fields=["title"])
    done = {expressions.NOTHING}
    for node in (reading.phrase, reading.number, reading.terms):
        if node not in done:
            done.add(node)
            yield _matching(backend, queryset, reading, node)


def _matching(
    backend: Any, queryset: QuerySet, reading: Plan, node: expressions.Node, fields: list[str] | None = None
) -> list[int]:
    """The keys of the pages that match, ranked."""
    if node == expressions.NOTHING:
        return []
    # Not backend.search(): its check refuses every filter that is not declared a FilterField, which a join can take.
    compiler = backend.query_compiler_class(queryset, node, fields=fields)
    keys = list(compiler.search(None, None, None).values_list("pk", flat=True))
    if backend.ranks_fully or len(keys) < 2:
        return keys
    return _ranked_again(backend, queryset, reading, keys[:_RANKED_AGAIN]) + keys[_RANKED_AGAIN:]


def _ranked_again(backend: Any, queryset: QuerySet, reading: Plan, keys: list[int]) -> list[int]:
    statistics = backend.tokens.statistics(reading.loose.all_tokens(), queryset.db)
    return ranked(reading.loose, backend.tokens.texts_of(queryset, keys), statistics)


def _loose_rung(backend: Any, queryset: QuerySet, reading: Plan) -> list[int]:
    statistics = backend.tokens.statistics(reading.loose.all_tokens(), queryset.db)
    candidates = backend.tokens.candidates(queryset, statistics, WIDENED_LIMIT)
    return ranked(reading.loose, candidates, statistics)
