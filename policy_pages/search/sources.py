"""Single tokens in the index: how frequent they are and which pages hold the most telling of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import EmptyResultSet
from django.db import connections
from modelsearch.utils import get_descendants_content_types_pks

from policy_pages.search import rules
from policy_pages.search.ranking import Candidate, Statistics

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: A query may bring this many tokens to the index; the rarest say the most. (SQLite joins 500 SELECTs at most.)
_TOKENS = 64
#: The rarest tokens are taken until their hits add up to this: what is in every page finds nothing.
_HITS = 20_000
#: How much more a token in the title counts when candidates are chosen; BM25 then ranks them in earnest.
_TITLE_BONUS = 2


class TokenSource:
    """Questions about single tokens, in one SQL statement each; the vendor says how one token is looked up."""

    entry_table: ClassVar[str]
    #: SQL of an entry's object key.
    key: ClassVar[str]
    #: The columns that hold the token texts of title and body.
    texts: ClassVar[tuple[str, str]]
    #: Asks the planner to compute a step once, where it has to be asked.
    once: ClassVar[str] = ""

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

    def candidates(self, queryset: QuerySet, statistics: Statistics, limit: int) -> list[Candidate]:
        """The pages of the queryset that hold the most, and the rarest, of the counted tokens."""
        tokens = _telling(statistics)
        try:
            keys, key_params = queryset.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            return []
        if not tokens:
            return []
        found, params = self._weighted_hits(tokens, statistics)
        types = get_descendants_content_types_pks(queryset.model)
        title, body = self.texts
        sql = f"""
            WITH found AS {self.once} (SELECT id, sum(weight) AS weight FROM ({found}) AS hits GROUP BY id),
            best AS {self.once} (
                SELECT found.id, found.weight, {self.key} AS pk
                FROM found JOIN {self.entry_table} ON {self.entry_table}.id = found.id
                WHERE {self.entry_table}.content_type_id IN ({_marks(types)}) AND {self.key} IN ({keys})
                ORDER BY found.weight DESC, pk DESC LIMIT %s)
            SELECT best.pk, {self.entry_table}.{title}, {self.entry_table}.{body}
            FROM best JOIN {self.entry_table} ON {self.entry_table}.id = best.id"""  # noqa: S608 -- as above
        with connections[queryset.db].cursor() as cursor:
            cursor.execute(sql, [*params, *types, *key_params, limit])
            return [Candidate(pk, title.strip(), body.strip()) for pk, title, body in cursor.fetchall()]

    def texts_of(self, queryset: QuerySet, keys: Sequence[int]) -> list[Candidate]:
        """The stored texts of some pages."""
        types = get_descendants_content_types_pks(queryset.model)
        title, body = self.texts
        where = f"object_id IN ({_marks(keys)}) AND content_type_id IN ({_marks(types)})"
        sql = f"SELECT {self.key}, {title}, {body} FROM {self.entry_table} WHERE {where}"  # noqa: S608 -- as above
        with connections[queryset.db].cursor() as cursor:
            cursor.execute(sql, [*map(str, keys), *types])
            return [Candidate(pk, title.strip(), body.strip()) for pk, title, body in cursor.fetchall()]

    def _weighted_hits(self, tokens: Sequence[str], statistics: Statistics) -> tuple[str, list[Any]]:
        selects: list[str] = []
        params: list[Any] = []
        for token in tokens:
            for column, bonus in ((None, 1), ("title", _TITLE_BONUS)):
                sql, sql_params = self.hits(token, column)
                weighted = f"SELECT id, CAST(%s AS DOUBLE PRECISION) AS weight FROM ({sql}) AS hits"  # noqa: S608
                selects.append(weighted)
                params += [statistics.rarity(token) * bonus, *sql_params]
        return " UNION ALL ".join(selects), params


def _marks(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))


def _telling(statistics: Statistics) -> list[str]:
    """The rarest tokens that the index holds at all, at least one."""
    present = sorted((count, token) for token, count in statistics.frequencies.items() if count)
    chosen: list[str] = []
    total = 0
    for count, token in present[:_TOKENS]:
        total += count
        if chosen and total > _HITS:
            break
        chosen.append(token)
    return chosen
