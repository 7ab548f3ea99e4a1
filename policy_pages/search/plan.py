"""What a typed text may mean, from the strictest reading to the loosest. Pure: no Django, no database."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from policy_pages.search import expressions, rules
from policy_pages.search.vocabulary import EQUAL_WORDS, SPOKEN, STOP_ENDINGS, STOP_OPENINGS, STOP_PHRASES


@dataclass(frozen=True)
class Concept:
    """A word of the vocabulary found in the query: its own tokens and, for each other word for it, that one's."""

    own: tuple[str, ...]
    others: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Loose:
    """The query read as a bag: its meaningful tokens, and the concepts that other words may stand for."""

    tokens: tuple[str, ...]
    concepts: tuple[Concept, ...]

    def all_tokens(self) -> tuple[str, ...]:
        """Every token that may contribute, each once, in a fixed order."""
        others = (token for concept in self.concepts for word in concept.others for token in word)
        return tuple(dict.fromkeys([*self.tokens, *others]))


@dataclass(frozen=True)
class Plan:
    """The rungs of the ladder for one query; a rung that says nothing is `expressions.NOTHING`."""

    number: expressions.Node
    phrase: expressions.Node
    terms: expressions.Node
    loose: Loose


def plan(text: str) -> Plan:
    """The ladder for a typed text: its 文号, the text as one phrase, all its terms, any of its bigrams."""
    text = text[: rules.QUERY_LIMIT]
    number = rules.document_number(text)
    pieces, words = _read(text)
    return Plan(
        number=expressions.phrase(number) if number else expressions.NOTHING,
        phrase=expressions.phrase(text),
        terms=expressions.joined([_term(piece) for piece in pieces], expressions.All),
        loose=Loose(
            tokens=tuple(dict.fromkeys(token for piece in pieces for token in _inner_tokens(piece))),
            concepts=tuple(_concept(word) for word in dict.fromkeys(words)),
        ),
    )


def plan_words(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What may be marked in a text found by the query: its terms with other words for them, and its bigrams."""
    pieces, words = _read(text[: rules.QUERY_LIMIT])
    others = [other for word in words for other in _other_words()[word]]
    tokens = [token for piece in pieces for token in _inner_tokens(piece)]
    return tuple(dict.fromkeys([*pieces, *words, *others])), tuple(dict.fromkeys(tokens))


@cache
def _other_words() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for row in EQUAL_WORDS:
        for word in row:
            found[word].update((other, None) for other in row if other != word)
    for word, answers in SPOKEN.items():
        found[word].update((answer, None) for answer in answers)
    return {word: tuple(others) for word, others in found.items()}


@cache
def _known() -> re.Pattern[str]:
    # Longest first: 买新机器 must win over 新机器, 有什么 over 什么.
    words = sorted({*_other_words(), *STOP_PHRASES}, key=lambda word: (-len(word), word))
    known = "|".join(re.escape(word) for word in words)
    return re.compile(f"{known}|^[{STOP_OPENINGS}]+|[{STOP_ENDINGS}]+$")


def _read(text: str) -> tuple[list[str], list[str]]:
    """The query's pieces between stop phrases, and the words of the vocabulary in them.

    A text of nothing but stop phrases is kept whole: better a poor answer than none.
    """
    pieces: list[str] = []
    words: list[str] = []
    all_runs = rules.runs(text)
    for run in all_runs:
        start = 0
        for match in _known().finditer(run):
            if match[0] in _other_words():
                words.append(match[0])
                continue
            pieces.append(run[start : match.start()])
            start = match.end()
        pieces.append(run[start:])
    return [piece for piece in pieces if piece] or all_runs, words


def _inner_tokens(word: str) -> tuple[str, ...]:
    """The tokens of a word without its lone last character; a lone character says too little to be searched alone."""
    tokens = rules.bigrams(word)
    return tuple(tokens[:-1] if rules.is_cjk(word) else tokens)


def _term(piece: str) -> expressions.Node:
    """One term: the piece as typed or, when it is a word of the vocabulary, any word for the same."""
    words = (piece, *_other_words().get(piece, ()))
    return expressions.joined([expressions.phrase(word) for word in words], expressions.Any)


def _concept(word: str) -> Concept:
    return Concept(_inner_tokens(word), tuple(_inner_tokens(other) for other in _other_words()[word]))
