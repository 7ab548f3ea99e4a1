"""What a typed text may mean, from the strictest reading to the loosest. Pure: no Django, no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice

from policy_pages.search import expressions, initials, rules
from policy_pages.search.vocabulary import WRITTEN, Vocabulary

#: So many tokens are counted and weighed at most, the typed ones first: a sentence has some thirty, and each costs a look
#: through all its hits.
MOST_TOKENS = 64
_TELLING_DIGITS = 3
#: So many terms are asked to stand in one page; a longer list is read as parts alone.
MOST_TERMS = 16


@dataclass(frozen=True)
class Concept:
    """A word of the vocabulary found in the query: its own tokens and, for each other word for it, that one's."""

    own: tuple[str, ...]
    others: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Loose:
    """The query read as a bag: its meaningful tokens, and the concepts that other words may stand for.

    `seams` are the tokens that lie across the border of a word of the vocabulary (款贴 in 贷款贴息): they say little.
    """

    tokens: tuple[str, ...]
    concepts: tuple[Concept, ...]
    seams: frozenset[str] = frozenset()

    def all_tokens(self) -> tuple[str, ...]:
        """Every token that may contribute, each once, in a fixed order; at most `MOST_TOKENS`."""
        others = (token for concept in self.concepts for word in concept.others for token in word)
        return tuple(islice(dict.fromkeys(chain(self.tokens, others)), MOST_TOKENS))


@dataclass(frozen=True)
class Plan:
    """The rungs of the ladder for one query; a rung that says nothing is `expressions.NOTHING`."""

    number: expressions.Node
    phrase: expressions.Node
    terms: expressions.Node
    initials: expressions.Node
    loose: Loose


@dataclass(frozen=True)
class Marks:
    """What may be marked in a text found by a query: its pieces, its words with other words for them, its bigrams."""

    pieces: tuple[str, ...]
    words: tuple[str, ...]
    tokens: tuple[str, ...]


def plan(text: str, vocabulary: Vocabulary = WRITTEN) -> Plan:
    """The ladder for a typed text: its 文号, the text as one phrase, all its terms, its initials, any of its bigrams."""
    text = text[: rules.QUERY_LIMIT]
    number = rules.document_number(text)
    pieces, words = _read(text, vocabulary)
    terms = list(dict.fromkeys(pieces))
    return Plan(
        number=expressions.phrase(number) if number else expressions.NOTHING,
        phrase=expressions.phrase(text),
        terms=_all_of(terms, vocabulary) if len(terms) <= MOST_TERMS else expressions.NOTHING,
        initials=initials.expression(text),
        loose=Loose(
            tokens=tuple(dict.fromkeys(token for piece in pieces for token in _inner_tokens(piece))),
            concepts=tuple(_concept(word, vocabulary) for word in dict.fromkeys(words)),
            seams=frozenset(_seams(pieces, words)),
        ),
    )


def plan_words(text: str, vocabulary: Vocabulary = WRITTEN) -> Marks:
    """What may be marked in a text found by the query."""
    pieces, words = _read(text[: rules.QUERY_LIMIT], vocabulary)
    others = [other for word in words for other in vocabulary.other_words[word]]
    tokens = [token for piece in pieces for token in _inner_tokens(piece)]
    return Marks(*(tuple(dict.fromkeys(found)) for found in (pieces, [*words, *others], tokens)))


def _read(text: str, vocabulary: Vocabulary) -> tuple[list[str], list[str]]:
    """The query's pieces between stop phrases, and the words of the vocabulary in them.

    A text of nothing but stop phrases is kept whole: better a poor answer than none.
    """
    pieces: list[str] = []
    words: list[str] = []
    all_runs = rules.runs(text)
    for run in all_runs:
        start = 0
        for match in vocabulary.known.finditer(run):
            if match[0] in vocabulary.other_words:
                words.append(match[0])
                continue
            pieces.append(run[start : match.start()])
            start = match.end()
        pieces.append(run[start:])
    return [piece for piece in pieces if piece] or all_runs, words


def _seams(pieces: Sequence[str], words: Sequence[str]) -> set[str]:
    """Tokens across the border of a known word; one that also stands within a word is none."""
    found: set[str] = set()
    for piece in filter(rules.is_cjk, pieces):
        for word in words:
            place = piece.find(word)
            if place >= 0:
                found |= {piece[end - 1 : end + 1] for end in (place, place + len(word)) if 0 < end < len(piece)}
    return found - {token for word in words for token in _inner_tokens(word)}


def _inner_tokens(word: str) -> tuple[str, ...]:
    """The tokens of a word without its lone last character; a lone character says too little to be searched alone.

    So does a number of one or two digits: every page has some, and a 文号 that there is not would find them all.
    """
    if word.isdigit() and len(word) < _TELLING_DIGITS:
        return ()
    tokens = rules.bigrams(word)
    return tuple(tokens[:-1] if rules.is_cjk(word) else tokens)


def _all_of(pieces: Sequence[str], vocabulary: Vocabulary) -> expressions.Node:
    return expressions.joined([_term(piece, vocabulary) for piece in pieces], expressions.All)


def _term(piece: str, vocabulary: Vocabulary) -> expressions.Node:
    """One term: the piece as typed or, when it is a word of the vocabulary, any word for the same."""
    words = (piece, *vocabulary.other_words.get(piece, ()))
    return expressions.joined([expressions.phrase(word) for word in words], expressions.Any)


def _concept(word: str, vocabulary: Vocabulary) -> Concept:
    return Concept(_inner_tokens(word), tuple(_inner_tokens(other) for other in vocabulary.other_words[word]))
