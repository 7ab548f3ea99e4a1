"""What both databases share in turning a search expression into rows of the queryset."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import Q
from django.db.models.expressions import RawSQL
from modelsearch.utils import get_descendants_content_types_pks

from policy_pages.search import expressions
from policy_pages.search.indexing import columns_of

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from modelsearch.query import SearchQuery


class BigramQueryMixin:
    """A query compiler that searches the index once; the vendor's class says how hits meet the queryset's rows.

    Stock searches the index once more for every hit to score it; its cost grows with the hits squared on SQLite.
    """

    #: Set by stock: the pages to search, the query as Wagtail passes it, the fields named with it.
    queryset: QuerySet
    query: SearchQuery
    fields: list[str] | None
    order_by_relevance: bool
    #: An autocomplete query leaves its last word open and reads the column of the same name.
    LAST_TERM_IS_PREFIX: bool
    #: The table of index entries, and SQL of an entry's object key, typed as the key of a page.
    entry_table: ClassVar[str]
    entry_key: ClassVar[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.node = expressions.from_query(self.query, open_end=self.LAST_TERM_IS_PREFIX)

    @property
    def columns(self) -> tuple[str, ...]:
        """The index columns this query reads."""
        return ("autocomplete",) if self.LAST_TERM_IS_PREFIX else columns_of(self.fields)

    @abstractmethod
    def source(self, node: expressions.Node) -> tuple[list[str], str, list[Any]]:
        """Tables, condition and parameters that select the matching entries."""

    @abstractmethod
    def matching(self, node: expressions.Node) -> QuerySet:
        """The queryset narrowed to the entries that a positive expression matches."""

    @abstractmethod
    def score(self, node: expressions.Node) -> tuple[str, list[Any]]:
        """SQL over the rows of `matching` that sorts the best one first, ascending."""

    @abstractmethod
    def hits(self) -> list[int]:
        """The keys of the queryset's rows that match, in no order: what a count needs. The query must be positive."""

    @abstractmethod
    def best_first(self) -> list[int]:
        """What `hits` found, as the index ranks it; among equals the newest (highest key) first."""

    @property
    def key_column(self) -> str:
        """SQL of the queryset's primary key."""
        return f'"{self.queryset.query.get_initial_alias()}"."{self.queryset.model._meta.pk.column}"'

    def type_condition(self) -> tuple[str, list[int]]:
        """Condition and parameters: entries of the queryset's model and its subclasses."""
        types = get_descendants_content_types_pks(self.queryset.model)
        return f"{self.entry_table}.content_type_id IN ({', '.join(['%s'] * len(types))})", types

    def keys(self, node: expressions.Node) -> tuple[str, list[Any]]:
        """A SELECT of the keys of the objects that a positive expression matches."""
        tables, condition, params = self.source(node)
        of_type, types = self.type_condition()
        sql = f"SELECT {self.entry_key} FROM {', '.join(tables)} WHERE {condition} AND {of_type}"  # noqa: S608 -- ours
        return sql, [*params, *types]

    def search(
        self, config: Any, start: int | None, stop: int | None, score_field: str | None = None, backend: Any = None
    ) -> QuerySet:
        """The queryset narrowed to the matches, best first; among equals the newest (highest key) first."""
        if not expressions.is_positive(self.node):
            return self._ordered(self.queryset.filter(self._condition(self.node)))[start:stop]
        return self._ranked(score_field)[start:stop]

    def _ranked(self, score_field: str | None) -> QuerySet:
        found = self.matching(self.node)
        if self.order_by_relevance or score_field:
            score, params = self.score(self.node)
            select = {score_field or "_score": score}
            found = found.extra(select=select, select_params=params)  # noqa: S610 -- names are ours
        if self.order_by_relevance:
            return found.extra(order_by=[score_field or "_score", "-pk"])
        return self._ordered(found)

    def _ordered(self, queryset: QuerySet) -> QuerySet:
        by_relevance = self.order_by_relevance
        return queryset.order_by("-pk") if by_relevance or not queryset.query.order_by else queryset

    def _condition(self, node: expressions.Node) -> Q:
        """Expressions with a negation, which no index can answer alone, as conditions on the key."""
        if isinstance(node, expressions.Everything):
            return Q()
        if isinstance(node, expressions.Not):
            return ~self._condition(node.part)
        if expressions.is_positive(node):
            return Q(pk__in=RawSQL(*self.keys(node)))  # noqa: S611 -- names are ours, values are parameters
        parts = [self._condition(part) for part in node.parts]
        return Q(*parts, _connector=Q.AND if isinstance(node, expressions.All) else Q.OR) if parts else Q(pk__in=[])
