"""Single tokens in the index: how frequent they are and which pages hold the most telling of them."""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import connections
from modelsearch.utils import get_descendants_content_types_pks

from policy_pages.search import rules
from policy_pages.search.ranking import Candidate, Holding, Statistics, telling

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: How much more a token in the title counts when pages are chosen; BM25 then ranks them in earnest.
_TITLE_BONUS = 2
#: So many entries are looked up in one statement: nearly all are public pages, and a hundred are wanted.
_BATCH = 120


class TokenSource:
    """Questions about single tokens, in one SQL statement each; the vendor says how one token is looked up."""

    entry_table: ClassVar[str]
    #: SQL of an entry's object key.
    key: ClassVar[str]
    #: The columns that hold the token texts of title and body.
    texts: ClassVar[tuple[str, str]]

    @abstractmethod
    def hits(self, token: str, column: str | None = None) -> tuple[str, list[Any]]:
        """A SELECT of the ids of the entries that hold a token, in one column or in title or body."""

    def statistics(self, tokens: Sequence[str], using: str) -> Statistics:
        """The size of the index and each token's frequency in it, as if it held nothing that is not public."""
        drafts, params = self.hits(rules.DRAFT_MARK)
        counts = [f"(SELECT count(*) FROM {self.entry_table}) - (SELECT count(*) FROM ({drafts}) AS drafts)"]  # noqa: S608 -- names are ours, values are parameters
        for token in tokens:
            sql, sql_params = self.hits(token)
            counts.append(f"(SELECT count(*) FROM ({sql}) AS hits)")  # noqa: S608 -- as above
            params += sql_params
        with connections[using].cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(counts)}", params)
            entries, *frequencies = cursor.fetchone()
        return Statistics(entries, dict(zip(tokens, frequencies, strict=True)))

    def holdings(self, queryset: QuerySet, statistics: Statistics, limit: int) -> list[Holding]:
        """The pages of the queryset that hold the most, and the rarest, of the telling tokens, the best first.

        No text is read, and only the best entries are looked up: more where too few of them are pages of the queryset.
        """
        holders = self._holders(telling(statistics), queryset.db)
        worth: dict[int, float] = defaultdict(float)
        for (token, is_titled), entries in holders.items():
            weight = statistics.rarity(token) * (_TITLE_BONUS if is_titled else 1)
            for entry in entries:
                worth[entry] += weight
        # The newest first among equals; in two sorts, for each entry that holds a token is in it.
        best = sorted(sorted(worth, reverse=True), key=worth.__getitem__, reverse=True)
        found: dict[int, int] = {}
        for start in range(0, len(best), _BATCH):
            found |= self._keys_of(queryset, best[start : start + _BATCH])
            if len(found) >= limit:
                break
        return [
            Holding(
                key,
                [token for (token, is_titled), held in holders.items() if not is_titled and entry in held],
                [token for (token, is_titled), held in holders.items() if is_titled and entry in held],
            )
            for entry, key in islice(found.items(), limit)
        ]

    def texts_of(self, queryset: QuerySet, keys: Sequence[int]) -> list[Candidate]:
        """The stored texts of some pages."""
        types = get_descendants_content_types_pks(queryset.model)
        title, body = self.texts
        where = f"object_id IN ({_marks(keys)}) AND content_type_id IN ({_marks(types)})"
        sql = f"SELECT {self.key}, {title}, {body} FROM {self.entry_table} WHERE {where}"  # noqa: S608 -- as above
        with connections[queryset.db].cursor() as cursor:
            cursor.execute(sql, [*map(str, keys), *types])
            return [Candidate(pk, title.strip(), body.strip()) for pk, title, body in cursor.fetchall()]

    def _holders(self, tokens: Sequence[str], using: str) -> dict[tuple[str, bool], set[int]]:
        """The entries that hold each token, in title or body (False) and in the title (True)."""
        asked = [(token, is_titled) for token in tokens for is_titled in (False, True)]
        selects: list[str] = []
        params: list[Any] = []
        for place, (token, is_titled) in enumerate(asked):
            sql, sql_params = self.hits(token, "title" if is_titled else None)
            selects.append(f"SELECT {place}, id FROM ({sql}) AS hits")  # noqa: S608 -- names are ours
            params += sql_params
        holders: dict[tuple[str, bool], set[int]] = {one: set() for one in asked}
        if selects:
            with connections[using].cursor() as cursor:
                cursor.execute(" UNION ALL ".join(selects), params)
                for place, entry in cursor.fetchall():
                    holders[asked[place]].add(entry)
        return holders

    def _keys_of(self, queryset: QuerySet, entries: Sequence[int]) -> dict[int, int]:
        """The key of the queryset's page that each entry is of, in the entries' order."""
        types = get_descendants_content_types_pks(queryset.model)
        where = f"id IN ({_marks(entries)}) AND content_type_id IN ({_marks(types)})"
        with connections[queryset.db].cursor() as cursor:
            cursor.execute(f"SELECT id, {self.key} FROM {self.entry_table} WHERE {where}", [*entries, *types])  # noqa: S608 -- names are ours
            keys = dict(cursor.fetchall())
        wanted = set(queryset.filter(pk__in=keys.values()).order_by().values_list("pk", flat=True))
        return {entry: keys[entry] for entry in entries if keys.get(entry) in wanted}


def _marks(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))
