"""Wagtail's search on PostgreSQL: GIN over bigrams. Import only where the default database is PostgreSQL.

A tsvector forgets positions past 16,383 and keeps 256 of a lexeme, so PostgreSQL's own phrase search loses the end of
a long policy. Title and body are therefore stored as plain sets of tokens, and a phrase is its tokens (from the GIN
index) rechecked against the stored text.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import connections, transaction
from django.db.models import Func, TextField, Value
from django.db.models.functions import Cast
from modelsearch.backends.database.postgres import postgres as stock

from policy_pages.search import expressions
from policy_pages.search.compiling import BigramQueryMixin
from policy_pages.search.indexing import BigramIndexMixin, IndexedTexts
from policy_pages.search.sources import TokenSource

if TYPE_CHECKING:
    from django.db.models import QuerySet

_ENTRY = stock.IndexEntry._meta.db_table
# The guard keeps an entry of a model with another kind of key from failing the cast of everybody's search.
_KEY = f"(CASE WHEN {_ENTRY}.object_id ~ '^[0-9]{{1,18}}$' THEN {_ENTRY}.object_id::bigint END)"

#: A tsvector holds 1 MB of distinct lexemes at most, title and body together: 900,000 bytes are some 150,000
#: different bigrams, ten times what a very long policy has.
_TITLE_BYTES = 100_000
_BODY_BYTES = 900_000
#: PostgreSQL numbers this many positions; autocomplete texts are titles and end long before.
_POSITIONS = 16_383


class BigramIndex(BigramIndexMixin, stock.PostgresIndex):
    """Token sets for GIN, token texts for the recheck."""

    written = ("title", "body", "autocomplete", "title_text", "body_text")

    def columns(self, texts: IndexedTexts) -> dict[str, Any]:
        """Vectors made without PostgreSQL's text parser, which would depend on the database's locale."""
        return {
            "title": _token_set(texts.title, _TITLE_BYTES),
            "body": _token_set(texts.body, _BODY_BYTES),
            "autocomplete": _token_sequence(texts.autocomplete),
            "title_text": f" {texts.title} ",
            "body_text": f" {texts.body} ",
        }


def _token_set(text: str, limit: int) -> Func:
    tokens: list[str] = []
    size = 0
    for token in dict.fromkeys(text.split()):
        size += len(token.encode())
        if size > limit:
            break
        tokens.append(token)
    array = Value(tokens, output_field=ArrayField(TextField()))
    return Func(array, function="array_to_tsvector", output_field=SearchVectorField())


def _token_sequence(text: str) -> Cast:
    numbered = " ".join(f"'{token}':{place}" for place, token in enumerate(text.split()[:_POSITIONS], start=1))
    return Cast(Value(numbered), SearchVectorField())


class BigramQueryCompiler(BigramQueryMixin, stock.PostgresSearchQueryCompiler):
    """Search over title and body, scored by the title's hits: ranking bodies would unpack every hit's vector."""

    entry_table = _ENTRY
    entry_key = _KEY
    #: What `hits` found.
    _found: list[int]

    def source(self, node: expressions.Node) -> tuple[list[str], str, list[Any]]:
        """The entries the GIN index yields, rechecked where the expression has a phrase of several tokens."""
        condition, params = f"{vector(self.columns)} @@ %s::tsquery", [expressions.to_tsquery(node, positions=False)]
        if any(len(phrase.tokens) > 1 for phrase in expressions.phrases(node)):
            recheck, recheck_params = self._recheck(node)
            condition, params = f"{condition} AND {recheck}", [*params, *recheck_params]
        return [_ENTRY], condition, params

    def matching(self, node: expressions.Node) -> QuerySet:
        """The index answers first, and once. As a join, fresh tables without statistics made it answer per page."""
        sql, params = self.keys(node)
        return self.queryset.extra(  # noqa: S610 -- names are ours, values are parameters
            where=[f"{self.key_column} = ANY(ARRAY({sql}))"], params=params
        )

    def hits(self) -> list[int]:
        """The keys alone, kept for `best_first`."""
        self._found = list(self.matching(self.node).order_by().values_list("pk", flat=True))
        return self._found

    def best_first(self) -> list[int]:
        """The best title first; each entry is found by its unique key, and nothing is searched again."""
        of_type, types = self.type_condition()
        sql = (
            f"SELECT {_KEY} AS key FROM {_ENTRY} WHERE {_ENTRY}.object_id = ANY(%s::varchar[]) AND {of_type} "  # noqa: S608 -- names are ours
            f"ORDER BY ts_rank({_ENTRY}.{self.ranked_column}, %s::tsquery) DESC, key DESC"
        )
        # Any of the terms: ts_rank gives nothing to a title that lacks one, wherever the text holds it.
        typed = expressions.to_tsquery(expressions.Any(tuple(expressions.phrases(self.node))), positions=False)
        with connections[self.queryset.db].cursor() as cursor:
            cursor.execute(sql, [list(map(str, self._found)), *types, typed])
            return [key for (key,) in cursor.fetchall()]

    @property
    def ranked_column(self) -> str:
        """The column whose hits rank an entry."""
        return "autocomplete" if self.LAST_TERM_IS_PREFIX else "title"

    def score(self, node: expressions.Node) -> tuple[str, list[Any]]:
        """The best title first; the entry is found by its unique key."""
        of_type, types = self.type_condition()
        sql = (
            f"(SELECT -ts_rank({_ENTRY}.{self.ranked_column}, %s::tsquery) FROM {_ENTRY} "  # noqa: S608 -- names are ours
            f"WHERE {_ENTRY}.object_id = {self.key_column}::varchar AND {of_type} LIMIT 1)"
        )
        return sql, [expressions.to_tsquery(node, positions=False), *types]

    def _recheck(self, node: expressions.Node) -> tuple[str, list[Any]]:
        """The exact expression over the stored texts."""
        if isinstance(node, expressions.Phrase):
            return self._holds_phrase(node)
        parts = [self._recheck(part) for part in node.parts]
        operator = " AND " if isinstance(node, expressions.All) else " OR "
        return f"({operator.join(sql for sql, _ in parts)})", [param for _, params in parts for param in params]

    def _holds_phrase(self, phrase: expressions.Phrase) -> tuple[str, list[Any]]:
        if len(phrase.tokens) == 1:
            return f"{vector(self.columns)} @@ %s::tsquery", [expressions.to_tsquery(phrase, positions=False)]
        needle = expressions.needle(phrase)
        tests = " OR ".join(f"strpos({_ENTRY}.{column}_text, %s) > 0" for column in self.columns)
        return f"({tests})", [needle] * len(self.columns)


class BigramAutocompleteCompiler(BigramQueryCompiler):
    """Search as one types; the autocomplete column keeps positions, for no text of it is stored."""

    LAST_TERM_IS_PREFIX = True
    TARGET_SEARCH_FIELD_TYPE = stock.AutocompleteField

    def get_search_fields_for_model(self) -> list:
        """The model's autocomplete fields."""
        return self.queryset.model.get_autocomplete_search_fields()

    def source(self, node: expressions.Node) -> tuple[list[str], str, list[Any]]:
        """PostgreSQL's own phrase search: titles are short."""
        return [_ENTRY], f"{_ENTRY}.autocomplete @@ %s::tsquery", [expressions.to_tsquery(node, positions=True)]


class GinTokens(TokenSource):
    """Where single tokens stand, from the GIN indexes."""

    entry_table = _ENTRY
    key = _KEY
    texts = ("title_text", "body_text")

    def hits(self, token: str, column: str | None = None) -> tuple[str, list[Any]]:
        """One GIN scan."""
        condition = f"{vector((column,) if column else ('title', 'body'))} @@ %s::tsquery"
        return f"SELECT id FROM {_ENTRY} WHERE {condition}", [f"'{token}'"]  # noqa: S608 -- names are ours


def vector(columns: tuple[str, ...]) -> str:
    """The indexed expression for some columns: `indexes.py` makes the index for title and body together."""
    return "(" + " || ".join(f"{_ENTRY}.{column}" for column in columns) + ")"


class SearchBackend(stock.PostgresSearchBackend):
    """The backend named in the settings, on PostgreSQL."""

    index_class = BigramIndex
    query_compiler_class = BigramQueryCompiler
    autocomplete_query_compiler_class = BigramAutocompleteCompiler
    tokens = GinTokens()

    @contextmanager
    def reading(self, using: str) -> Iterator[None]:
        """Make the planner use the index. It prices a scan without the cost of unpacking every text: 150 ms for 1."""
        connection = connections[using]
        # LOCAL holds within a transaction: that of the request, or one of our own.
        with nullcontext() if connection.in_atomic_block else transaction.atomic(using), connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            yield
            # An outer transaction goes on after us.
            cursor.execute("SET LOCAL enable_seqscan TO DEFAULT")
