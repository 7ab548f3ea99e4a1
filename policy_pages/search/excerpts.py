"""The snippet of a page that shows why it was found. Pure: no Django, no database."""

from __future__ import annotations

import re
from typing import NamedTuple

from policy_pages.search import rules
from policy_pages.search.plan import plan_words

_ELLIPSIS = "…"
#: Folding is done piece by piece, so that one character that folds into two costs a slow walk over one piece only.
_PIECE = 500


class Excerpt(NamedTuple):
    """A snippet in the page's own spelling; `hits` are (start, end) in it, in order, without overlap."""

    text: str
    hits: tuple[tuple[int, int], ...]

    def parts(self) -> list[tuple[str, bool]]:
        """The snippet cut for a template: pieces of text and whether each is to be marked."""
        found: list[tuple[str, bool]] = []
        place = 0
        for start, end in self.hits:
            found += [(self.text[place:start], False), (self.text[start:end], True)]
            place = end
        return [part for part in [*found, (self.text[place:], False)] if part[0]]


def excerpt(text: str, query: str, length: int = 90) -> Excerpt:
    """About `length` characters of `text` around the first hit of `query`; the beginning where nothing is hit.

    The strictest reading that hits is shown: the whole phrase, else its terms or other words for them, else bigrams.
    """
    text = " ".join(text.split())
    folded, origins = _folded(text)
    for pattern in _patterns(query):
        if pattern.search(folded):
            hits = [(origins[match.start(1)], origins[match.end(1)]) for match in pattern.finditer(folded)]
            return _cut(text, _apart(hits), length)
    return _cut(text, [], length)


def _folded(text: str) -> tuple[str, list[int] | range]:
    """The text as searched, and for every place in it (and its end) the place in `text` it comes from."""
    pieces = [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]
    folded = [rules.fold(piece) for piece in pieces]
    if all(map(_same_length, pieces, folded)):
        origins: list[int] | range = range(len(text) + 1)
    else:
        origins = [place for number, piece in enumerate(pieces) for place in _origins(piece, number * _PIECE)]
        origins.append(len(text))
        folded = ["".join(map(rules.fold, piece)) for piece in pieces]
    whole = "".join(folded)
    simplified = rules.to_simplified(whole)
    # A phrase rule of OpenCC may change the length; then positions would lie, and Traditional text goes unmarked.
    return (simplified if _same_length(whole, simplified) else whole), origins


def _same_length(one: str, other: str) -> bool:
    return len(one) == len(other)


def _origins(piece: str, offset: int) -> list[int]:
    return [offset + place for place, character in enumerate(piece) for _ in rules.fold(character)]


def _patterns(query: str) -> list[re.Pattern[str]]:
    """Patterns for the folded text, strictest first; between two runs any punctuation may stand."""
    whole = rules.runs(query[: rules.QUERY_LIMIT])
    terms, tokens = plan_words(query)
    levels = [[r"[\W_]*".join(map(re.escape, whole))], map(re.escape, terms), map(re.escape, tokens)]
    sources = ["|".join(sorted(filter(None, level), key=lambda word: (-len(word), word))) for level in levels]
    # Looked ahead for, not consumed: the bigrams of one word overlap.
    return [re.compile(f"(?=({source}))") for source in sources if source]


def _apart(hits: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Hits that touch or overlap, made one."""
    merged: list[tuple[int, int]] = []
    for start, end in hits:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _cut(text: str, hits: list[tuple[int, int]], length: int) -> Excerpt:
    first = hits[0][0] if hits else 0
    # A quarter of the room before the hit, and none wasted when the hit is near the end.
    start = max(0, min(first - length // 4, len(text) - length))
    end = min(len(text), start + length)
    opening, closing = (_ELLIPSIS if start else ""), (_ELLIPSIS if end < len(text) else "")
    shift = len(opening) - start
    inside = [(from_ + shift, min(to, end) + shift) for from_, to in hits if start <= from_ < end]
    return Excerpt(opening + text[start:end] + closing, tuple(inside))
