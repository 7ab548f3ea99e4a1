"""The public search: a ladder from the strictest reading of a query to the loosest."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from wagtail.search.backends import get_search_backend

from policy_pages.search import expressions
from policy_pages.search.plan import Plan, plan
from policy_pages.search.ranking import Judged, Share, Statistics, judged, ranked, shares
from policy_pages.search.standing import standings
from policy_pages.search.words import current_vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from django.db.models import QuerySet

#: Exact hits that make a first page; with fewer the search goes on to looser readings.
ENOUGH = 10
#: The loosest reading finds nearly every page through some common word; this many of them are judged.
WIDENED_LIMIT = 100
#: A page found by the loosest reading must hold this share of what the best of them holds of the query's rarity.
HELD_SHARE = 0.4
#: Among fewer entries rarity says nothing, and nothing is left out.
TELLING_ENTRIES = 30
#: A page whose title holds this share of the query's rarity is named by it, in whatever order the words stand.
NAMED_SHARE = 0.7
#: So many first hits of a rung are ranked by their whole text; the rest stay in the database's order.
_RANKED = 30


class SearchOutcome:
    """The pages found, and which of them hold the query as it was typed; the others hold parts of it.

    Which and how many is known at once; `pks` are put in order when they are asked for, which takes most of a search.
    """

    def __init__(self, keys: Collection[int], exact: Collection[int], ordered: Callable[[], Iterable[int]]) -> None:
        """`keys` in any order; `exact` are among them or not; `ordered` gives `keys` best first."""
        self._keys = frozenset(keys)
        self._ordered = ordered
        self.exact = frozenset(exact)

    @cached_property
    def pks(self) -> tuple[int, ...]:
        """The keys, best first."""
        return tuple(self._ordered())

    @property
    def total(self) -> int:
        """How many pages were found."""
        return len(self._keys)

    @property
    def widened(self) -> bool:
        """Whether some pages hold only parts of the query."""
        return not self._keys <= self.exact

    @property
    def near_only(self) -> bool:
        """Whether pages were found, and all of them hold only parts."""
        return bool(self._keys) and self._keys.isdisjoint(self.exact)

    def among(self, pks: Collection[int]) -> SearchOutcome:
        """The same of some of the pages, as a narrowed list shows them."""
        return SearchOutcome(pks, self.exact, lambda: pks)


def search_pages(queryset: QuerySet, text: str, *, complete: bool = False) -> SearchOutcome:
    """Search pages by what a visitor typed: 文号, whole phrase, all terms, initials, then any part of it.

    A rung's pages come after all pages of the rungs before; within a rung `ranking.ranked` decides, which puts what is
    open or in force before what has ended among equals. The search stops at the first rung that makes a page of hits,
    and never goes past an exact 文号. When it goes on to parts, pages whose titles hold most of the query come before
    those that hold the phrase somewhere in their text, and pages that hold too little of its rarity are left out.
    `complete`, for a list that is narrowed afterwards, asks every rung up to the initials: no page that holds the query as
    typed is left out, wherever the first ten are. Parts still only join fewer than ten of those.
    No text makes it fail; a text without letters finds nothing. `queryset`: pages of any one model, filtered at will.
    """
    reading = plan(text, current_vocabulary())
    return _Search(get_search_backend(), queryset, reading).outcome(is_complete=complete)


class _Search:
    """One search: what it asked the index so far."""

    def __init__(self, backend: Any, queryset: QuerySet, reading: Plan) -> None:
        self.backend = backend
        self.queryset = queryset
        self.reading = reading
        #: The query compiler of each rung, and what it found.
        self.rungs: list[tuple[Any, list[int]]] = []
        self.parts: list[Share] = []
        self.keys: set[int] = set()

    def outcome(self, *, is_complete: bool) -> SearchOutcome:
        """Climb the ladder."""
        with self.backend.reading(self.queryset.db):
            exact = self._exact(is_complete)
            if len(exact) < ENOUGH and not (exact and self.reading.number != expressions.NOTHING):
                self.parts = self._parts()
        self.keys = keys = exact | {part.pk for part in self.parts}
        return SearchOutcome(keys, exact, self.ordered if len(keys) > 1 else lambda: keys)

    def ordered(self) -> Iterable[int]:
        """The keys of all rungs, best first."""
        with self.backend.reading(self.queryset.db):
            number, *others = [
                compiler.best_first() if len(found) > _RANKED else found for compiler, found in self.rungs
            ]
            named = [part.pk for part in self.parts if self._is_named(part)]
            rungs = [number, named, *others, [part.pk for part in self.parts]]
            judgments = self._judgments({pk for rung in rungs for pk in rung[:_RANKED]})
            standing = standings(judgments, timezone.localdate())
        found: dict[int, None] = {}
        for rung in rungs:
            head = ranked((judgments[pk] for pk in rung[:_RANKED] if pk in judgments), standing)
            found.update(dict.fromkeys([*head, *rung]))
        # What left the index since it was counted: last, and so that the order holds as many as the count.
        found.update(dict.fromkeys(sorted(self.keys, reverse=True)))
        return found

    @cached_property
    def statistics(self) -> Statistics:
        """How frequent the query's tokens are."""
        return self.backend.tokens.statistics(self.reading.loose.all_tokens(), self.queryset.db)

    def _exact(self, is_complete: bool) -> set[int]:
        """The keys that match the strict readings, from the strictest on until they make a page (or to the end)."""
        reading = self.reading
        # In the title's column first: the document that bears a 文号 goes before those that cite it.
        exact = self._climb(reading.number, fields=["title"])
        done = {expressions.NOTHING}
        for node in (reading.phrase, reading.number, reading.terms, reading.initials):
            if not is_complete and len(exact) >= ENOUGH:
                break
            if node not in done:
                done.add(node)
                exact |= self._climb(node, by_initials=node is reading.initials)
        return exact

    def _climb(self, node: expressions.Node, fields: list[str] | None = None, *, by_initials: bool = False) -> set[int]:
        # Not backend.search(): its check refuses every filter that is not declared a FilterField, which a join can take.
        compilers = (self.backend.query_compiler_class, self.backend.autocomplete_query_compiler_class)
        compiler = compilers[by_initials](self.queryset, node, fields=fields)
        found = compiler.hits() if node != expressions.NOTHING else []
        self.rungs.append((compiler, found))
        return set(found)

    def _parts(self) -> list[Share]:
        """The pages that hold enough of the query."""
        holdings = self.backend.tokens.holdings(self.queryset, self.statistics, WIDENED_LIMIT)
        found = shares(self.reading.loose, holdings, self.statistics)
        is_telling = self.statistics.entries >= TELLING_ENTRIES
        least = HELD_SHARE * max((one.held for one in found), default=0.0) if is_telling else 0.0
        return [one for one in found if one.held >= least and one.held > 0]

    def _judgments(self, pks: Collection[int]) -> dict[int, Judged]:
        texts = self.backend.tokens.texts_of(self.queryset, list(pks))
        return {one.pk: one for one in judged(self.reading.loose, texts, self.statistics)}

    def _is_named(self, part: Share) -> bool:
        return len(self.reading.loose.tokens) > 1 and part.titled >= NAMED_SHARE
