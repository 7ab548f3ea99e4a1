"""Search expressions over tokens, and their FTS5 and PostgreSQL spellings. Pure: no Django, no database.

Every token is made by `rules` and holds letters, digits and CJK characters only, and a mark of private use before those of
initials and drafts: no operator, quote or bracket a visitor types can reach either query language.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import modelsearch.query as stock

from policy_pages.search import rules


class Node(stock.SearchQuery):
    """A search expression over tokens; accepted by the backend wherever Wagtail passes a search query."""


@dataclass(frozen=True)
class Phrase(Node):
    """Tokens that follow one another; `prefix` leaves the last one open at its end."""

    tokens: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True)
class All(Node):
    """Every part matches."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Any(Node):
    """At least one part matches; without parts, nothing does."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Not(Node):
    """The part does not match."""

    part: Node


@dataclass(frozen=True)
class Everything(Node):
    """Matches always."""


NOTHING = Any(())


def phrase(text: str, *, open_end: bool = False) -> Node:
    """The expression for a typed text; `open_end` also leaves a last word of letters open (for autocomplete)."""
    typed = rules.bigram_query(text)
    if not typed.tokens:
        return NOTHING
    word_open = open_end and not rules.is_cjk(typed.tokens[-1])
    return Phrase(typed.tokens, prefix=typed.prefix or word_open)


def joined(parts: list[Node], kind: type[All] | type[Any]) -> Node:
    """The parts under one operator; parts that say nothing are left out, a single one stands for itself."""
    telling = tuple(part for part in parts if part != NOTHING)
    if not telling:
        return NOTHING
    return telling[0] if len(telling) == 1 else kind(telling)


def from_query(query: stock.SearchQuery, *, open_end: bool = False) -> Node:
    """Wagtail's query tree as an expression: the back office asks so, and finds drafts too. A `Node` asks what it says.

    Boosts are dropped: the title's weight is the only one we use.
    """
    if isinstance(query, Node):
        return query
    if isinstance(query, stock.MatchAll):
        return Everything()
    if isinstance(query, stock.Not):
        part = from_query(query.subquery)
        return NOTHING if isinstance(part, Everything) else Not(part)
    if isinstance(query, stock.Boost):
        return from_query(query.subquery, open_end=open_end)
    if isinstance(query, stock.And | stock.Or):
        parts = [from_query(part, open_end=open_end) for part in query.subqueries]
        return joined(parts, All if isinstance(query, stock.And) else Any)
    if isinstance(query, stock.Phrase):
        return _with_drafts(phrase(query.query_string))
    return _from_terms(query, open_end=open_end)


def _from_terms(query: stock.PlainText | stock.Fuzzy, *, open_end: bool) -> Node:
    terms = query.query_string[: rules.QUERY_LIMIT].split()
    parts = [phrase(term, open_end=open_end and place == len(terms)) for place, term in enumerate(terms, start=1)]
    return joined([_with_drafts(part) for part in parts], All if query.operator == "and" else Any)


def _with_drafts(node: Node) -> Node:
    """The phrase as public texts hold it, or as drafts do."""
    if not isinstance(node, Phrase):
        return node
    return Any((node, Phrase(rules.drafted(node.tokens), node.prefix)))


def phrases(node: Node) -> Iterator[Phrase]:
    """All phrases of an expression."""
    if isinstance(node, Phrase):
        yield node
    elif isinstance(node, Not):
        yield from phrases(node.part)
    elif isinstance(node, All | Any):
        for part in node.parts:
            yield from phrases(part)


def tokens(node: Node) -> Iterator[str]:
    """All tokens of an expression."""
    for one in phrases(node):
        yield from one.tokens


def is_positive(node: Node) -> bool:
    """Whether an index alone can answer the expression: no negation and no "everything" in it."""
    if isinstance(node, All | Any):
        return bool(node.parts) and all(is_positive(part) for part in node.parts)
    return isinstance(node, Phrase)


def to_fts5(node: Node) -> str:
    """A positive expression in FTS5's query language."""
    if isinstance(node, Phrase):
        return f'"{" ".join(node.tokens)}"' + ("*" if node.prefix else "")
    operator = " AND " if isinstance(node, All) else " OR "
    return "(" + operator.join(to_fts5(part) for part in node.parts) + ")"


def to_tsquery(node: Node, *, positions: bool) -> str:
    """A positive expression as a PostgreSQL tsquery literal.

    Without `positions` the tokens of a phrase are only asked to be there: a superset of the answer, to be rechecked.
    """
    if isinstance(node, Phrase):
        lexemes = [f"'{token}'" for token in node.tokens]
        if node.prefix:
            lexemes[-1] += ":*"
        return "(" + (" <-> " if positions else " & ").join(lexemes) + ")"
    operator = " & " if isinstance(node, All) else " | "
    return "(" + operator.join(to_tsquery(part, positions=positions) for part in node.parts) + ")"


def needle(node: Phrase) -> str:
    """What a stored token text (tokens between and around single blanks) contains if the phrase is in it."""
    return " " + " ".join(node.tokens) + ("" if node.prefix else " ")
