"""The snippet of a page that shows why it was found. Pure: no Django, no database."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from policy_pages.search import initials, rules
from policy_pages.search.expressions import NOTHING
from policy_pages.search.plan import plan_words
from policy_pages.search.vocabulary import WRITTEN, Vocabulary

_ELLIPSIS = "…"
#: Places looked at for the window that shows the most; a long text that names a word thousands of times has them early.
_PLACES = 500
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


class _Hit(NamedTuple):
    """A place in the text, the word it shows, and how strict the reading is that finds it: 0 the whole query."""

    start: int
    end: int
    word: str
    level: int


def excerpt(text: str, query: str, length: int = 90, vocabulary: Vocabulary = WRITTEN) -> Excerpt:
    """About `length` characters of `text` where it shows the most of `query`; the beginning where nothing is hit.

    Marked are the whole phrase, every term with the other words for it, and of a term that stands nowhere its bigrams.
    Shown is a place of the strictest reading that hits, among those the one with the most different terms around it.
    Nothing else hit, a word of letters may be initials (jjkc): then the characters are marked that it stands for.
    """
    text = " ".join(text.split())
    folded, origins = _folded(text)
    hits = [hit._replace(start=origins[hit.start], end=origins[hit.end]) for hit in _hits(folded, query, vocabulary)]
    if not hits and initials.expression(query) != NOTHING:
        place = initials.place_of(text, query)
        hits = [_Hit(*place, query, 0)] if place else []
    return _cut(text, hits, length)


def _hits(folded: str, query: str, vocabulary: Vocabulary) -> list[_Hit]:
    """Everything to be marked in a folded text, in order."""
    whole = rules.runs(query[: rules.QUERY_LIMIT])
    marks = plan_words(query, vocabulary)
    # Between two runs any punctuation may stand.
    hits = _found(folded, [r"[\W_]*".join(map(re.escape, whole))], 0)
    hits += _found(folded, map(re.escape, (*marks.pieces, *marks.words)), 1)
    shown = {hit.word for hit in hits}
    if not any(hit.level == 0 for hit in hits):
        left = [piece for piece in marks.pieces if piece not in shown]
        named = {token for word in marks.words if word in shown for token in rules.bigrams(word)}
        wanted = [token for token in marks.tokens if token not in named and any(token in piece for piece in left)]
        # A word of the vocabulary that is shown speaks for its piece; of a sentence the rest is only noise beside it.
        if not hits or len(marks.pieces) > 1:
            hits += _found(folded, map(re.escape, wanted), 2)
    return sorted(hits)


def _found(folded: str, sources: Iterable[str], level: int) -> list[_Hit]:
    source = "|".join(sorted(filter(None, sources), key=lambda word: (-len(word), word)))
    if not source:
        return []
    # Looked ahead for, not consumed: the bigrams of one word overlap.
    found = re.finditer(f"(?=({source}))", folded)
    return [_Hit(match.start(1), match.end(1), match[1], level) for match in found]


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


def _apart(hits: list[_Hit]) -> list[tuple[int, int]]:
    """Hits that touch or overlap, made one."""
    merged: list[tuple[int, int]] = []
    for hit in hits:
        if merged and hit.start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(hit.end, merged[-1][1]))
        else:
            merged.append((hit.start, hit.end))
    return merged


def _cut(text: str, hits: list[_Hit], length: int) -> Excerpt:
    # A quarter of the room before the hit, and none wasted when the hit is near the end.
    start = max(0, min(_best(hits, length) - length // 4, len(text) - length))
    end = min(len(text), start + length)
    opening, closing = (_ELLIPSIS if start else ""), (_ELLIPSIS if end < len(text) else "")
    shift = len(opening) - start
    places = [(max(from_, start), min(to, end)) for from_, to in _apart(hits)]
    inside = [(from_ + shift, to + shift) for from_, to in places if from_ < to]
    return Excerpt(opening + text[start:end] + closing, tuple(inside))


def _best(hits: list[_Hit], length: int) -> int:
    """Where the excerpt looks: the first of the strictest hits with the most different words in the room after it."""
    if not hits:
        return 0
    strictest = min(hit.level for hit in hits)
    best, most = 0, 0
    looked_at = hits[:_PLACES] if any(hit.level == strictest for hit in hits[:_PLACES]) else hits
    for place, hit in enumerate(looked_at):
        if hit.level == strictest:
            room = hit.start + length * 3 // 4
            near = looked_at[place : place + length]
            number = len({other.word for other in near if other.end <= room})
            if number > most:
                best, most = hit.start, number
    return best if most else next(hit.start for hit in hits if hit.level == strictest)
