"""Wagtail's search on SQLite: FTS5 over bigrams. Import only where the default database is SQLite."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import connections
from modelsearch.backends.database.sqlite import sqlite as stock

from policy_pages.search import expressions, rules
from policy_pages.search.compiling import BigramQueryMixin
from policy_pages.search.indexing import BigramIndexMixin, IndexedTexts
from policy_pages.search.ranking import TITLE_WEIGHT
from policy_pages.search.sources import TokenSource

if TYPE_CHECKING:
    from django.db.models import QuerySet

_ENTRY = stock.IndexEntry._meta.db_table
_FTS = stock.SQLiteFTSIndexEntry._meta.db_table
# object_id is text for all models; ours and Wagtail's keys are integers.
_KEY = f"CAST({_ENTRY}.object_id AS INTEGER)"
#: So many of the terms that a hit must all hold rank it.
_RANKING_TERMS = 3


class BigramIndex(BigramIndexMixin, stock.SQLiteIndex):
    """The entry table; triggers of Wagtail's migration carry each row into the FTS5 table."""

    written = ("title", "body", "autocomplete")

    def columns(self, texts: IndexedTexts) -> dict[str, Any]:
        """The cut texts as they are."""
        return {"title": texts.title, "body": texts.body, "autocomplete": texts.autocomplete}


class BigramQueryCompiler(BigramQueryMixin, stock.SQLiteSearchQueryCompiler):
    """Search over title and body, scored by bm25."""

    entry_table = _ENTRY
    entry_key = _KEY
    #: bm25's weights in the order of the table's columns: autocomplete, body, title.
    weights: ClassVar[str] = f"0.0, 1.0, {TITLE_WEIGHT}.0"
    #: Key of each hit by its entry's, once `hits` was asked.
    _found: dict[int, int]

    def source(self, node: expressions.Node) -> tuple[list[str], str, list[Any]]:
        """The FTS5 table joined with its entries."""
        # The "+" keeps FTS5 the outer loop: the planner would otherwise probe it once per entry (560 ms against 2).
        condition = f"{_FTS} MATCH %s AND {_ENTRY}.id = +{_FTS}.rowid"
        return [_FTS, _ENTRY], condition, [match(self.columns, node)]

    def matching(self, node: expressions.Node) -> QuerySet:
        """One flat join: FTS5, its entry by rowid, the page by its key."""
        tables, condition, params = self.source(node)
        of_type, types = self.type_condition()
        where = [condition, of_type, f"{self.key_column} = {_KEY}"]
        return self.queryset.extra(tables=tables, where=where, params=[*params, *types])  # noqa: S610 -- names are ours

    def hits(self) -> list[int]:
        """One join; the entries are kept for `best_first`."""
        rows = self.matching(self.node).order_by().extra(select={"_entry": f"{_ENTRY}.id"}).values_list("_entry", "pk")  # noqa: S610 -- names are ours
        self._found = dict(rows)
        return list(self._found.values())

    def best_first(self) -> list[int]:
        """One pass of FTS5 alone. bm25 counts each term in each hit: of a long list of terms the first few must do."""
        node = self.node
        if isinstance(node, expressions.All):
            node = expressions.joined(list(node.parts[:_RANKING_TERMS]), expressions.All)
        score, params = self.score(node)
        sql = f"SELECT rowid, {score} FROM {_FTS} WHERE {_FTS} MATCH %s"  # noqa: S608 -- names are ours
        with connections[self.queryset.db].cursor() as cursor:
            cursor.execute(sql, [*params, match(self.columns, node)])
            scores = {self._found[entry]: score for entry, score in cursor.fetchall() if entry in self._found}
        return sorted(sorted(scores, reverse=True), key=scores.__getitem__)

    def score(self, node: expressions.Node) -> tuple[str, list[Any]]:
        """FTS5's bm25, which is negative: the best is the lowest."""
        return f"bm25({_FTS}, {self.weights})", []


class BigramAutocompleteCompiler(BigramQueryCompiler):
    """Search as one types, over the autocomplete column."""

    LAST_TERM_IS_PREFIX = True
    TARGET_SEARCH_FIELD_TYPE = stock.AutocompleteField
    weights = "1.0, 0.0, 0.0"

    def get_search_fields_for_model(self) -> list:
        """The model's autocomplete fields."""
        return self.queryset.model.get_autocomplete_search_fields()


class Fts5Tokens(TokenSource):
    """Where single tokens stand, from FTS5."""

    entry_table = _ENTRY
    key = _KEY
    texts = ("title", "body")

    def hits(self, token: str, column: str | None = None) -> tuple[str, list[Any]]:
        """One FTS5 scan."""
        matching = match((column,) if column else ("title", "body"), expressions.Phrase((token,)))
        return f"SELECT rowid AS id FROM {_FTS} WHERE {_FTS} MATCH %s", [matching]  # noqa: S608 -- names are ours


def match(columns: tuple[str, ...], node: expressions.Node) -> str:
    """FTS5's right side of MATCH for a positive expression over some columns.

    Chinese in title and body is asked of the whole table, for FTS5 then need not look where a hit stands (a fifth of the
    time). The third column finds no other page by it: of Chinese it holds the title only, beside initials in letters.
    """
    if set(columns) == {"title", "body"} and all(map(rules.is_cjk, expressions.tokens(node))):
        return expressions.to_fts5(node)
    return f"{{{' '.join(columns)}}} : ({expressions.to_fts5(node)})"


class SearchBackend(stock.SQLiteSearchBackend):
    """The backend named in the settings, on SQLite."""

    index_class = BigramIndex
    query_compiler_class = BigramQueryCompiler
    autocomplete_query_compiler_class = BigramAutocompleteCompiler
    tokens = Fts5Tokens()

    def reading(self, using: str) -> AbstractContextManager[None]:
        """Nothing to set: FTS5 has one plan."""
        return nullcontext()
