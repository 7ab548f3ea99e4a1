"""The public search: a ladder from the strictest reading of a query to the loosest."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from wagtail.search.backends import get_search_backend

from policy_pages.search import expressions
from policy_pages.search.plan import Plan, plan
from policy_pages.search.ranking import Judged, Statistics, judged, ranked
from policy_pages.search.standing import standings
from policy_pages.search.words import current_vocabulary

if TYPE_CHECKING:
    from collections.abc import Collection

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
_RANKED = 50


@dataclass(frozen=True)
class SearchOutcome:
    """The keys of the pages found, best first, and of those that hold the query as it was typed; the others hold parts of it."""

    pks: tuple[int, ...]
    exact: frozenset[int]

    @property
    def total(self) -> int:
        """How many pages were found."""
        return len(self.pks)

    @property
    def widened(self) -> bool:
        """Whether some pages hold only parts of the query."""
        return not self.exact.issuperset(self.pks)

    @property
    def near_only(self) -> bool:
        """Whether pages were found, and all of them hold only parts."""
        return bool(self.pks) and self.exact.isdisjoint(self.pks)

    def among(self, pks: Collection[int]) -> SearchOutcome:
        """The same of some of the pages, as a narrowed list shows them."""
        return replace(self, pks=tuple(pks))


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
    backend = get_search_backend()
    with backend.reading(queryset.db):
        return _Search(backend, queryset, reading, complete).outcome()


@dataclass
class _Search:
    """One search: what it asked the index so far."""

    backend: Any
    queryset: QuerySet
    reading: Plan
    is_complete: bool
    judgments: dict[int, Judged] = field(default_factory=dict)

    def outcome(self) -> SearchOutcome:
        """Climb the ladder."""
        rungs = self._exact_rungs()
        exact = dict.fromkeys(chain.from_iterable(rungs))
        is_number = self.reading.number != expressions.NOTHING and bool(exact)
        parts = [] if len(exact) >= ENOUGH or is_number else self._parts()
        heads = [pk for rung in rungs for pk in rung[:_RANKED]]
        self._judge(heads)
        standing = standings([*heads, *parts], timezone.localdate()) if len({*heads, *parts}) > 1 else {}
        named = [pk for pk in parts if self._is_named(pk)]
        number, *others = rungs
        found: dict[int, None] = {}
        for rung in (number, named, *others, parts):
            judgments = [self.judgments[pk] for pk in rung[:_RANKED] if pk in self.judgments]
            head = ranked(judgments, standing) if len(judgments) > 1 else rung[:_RANKED]
            found.update(dict.fromkeys([*head, *rung[_RANKED:]]))
        return SearchOutcome(tuple(found), frozenset(exact))

    @cached_property
    def statistics(self) -> Statistics:
        """How frequent the query's tokens are."""
        return self.backend.tokens.statistics(self.reading.loose.all_tokens(), self.queryset.db)

    def _exact_rungs(self) -> list[list[int]]:
        """The keys that match each strict reading, as the database ranks them, until they make a page (or to the end)."""
        # In the title's column first: the document that bears a 文号 goes before those that cite it.
        rungs = [self._matching(self.reading.number, fields=["title"])]
        done = {expressions.NOTHING}
        for node in (self.reading.phrase, self.reading.number, self.reading.terms, self.reading.initials):
            if not self.is_complete and len(set(chain.from_iterable(rungs))) >= ENOUGH:
                break
            if node not in done:
                done.add(node)
                rungs.append(self._matching(node, by_initials=node is self.reading.initials))
        return rungs

    def _matching(
        self, node: expressions.Node, fields: list[str] | None = None, *, by_initials: bool = False
    ) -> list[int]:
        if node == expressions.NOTHING:
            return []
        # Not backend.search(): its check refuses every filter that is not declared a FilterField, which a join can take.
        compilers = (self.backend.query_compiler_class, self.backend.autocomplete_query_compiler_class)
        compiler = compilers[by_initials](self.queryset, node, fields=fields)
        return list(compiler.search(None, None, None).values_list("pk", flat=True))

    def _parts(self) -> list[int]:
        """The pages that hold enough of the query, judged."""
        loose = self.reading.loose
        candidates = self.backend.tokens.candidates(self.queryset, self.statistics, WIDENED_LIMIT)
        found = judged(loose, candidates, self.statistics)
        self.judgments = {one.pk: one for one in found}
        is_telling = self.statistics.entries >= TELLING_ENTRIES
        least = HELD_SHARE * max((one.share for one in found), default=0.0) if is_telling else 0.0
        return [one.pk for one in found if one.share >= least and one.score > 0]

    def _judge(self, pks: list[int]) -> None:
        """Judge what is not yet; a single page needs no judgment."""
        missing = [pk for pk in dict.fromkeys(pks) if pk not in self.judgments]
        if not missing or (len(missing) == 1 and not self.judgments):
            return
        texts = self.backend.tokens.texts_of(self.queryset, missing)
        self.judgments |= {one.pk: one for one in judged(self.reading.loose, texts, self.statistics)}

    def _is_named(self, pk: int) -> bool:
        return len(self.reading.loose.tokens) > 1 and self.judgments[pk].titled >= NAMED_SHARE
