"""What two wordings, two tables and two lists of files have in common: the parts that every comparison is made of."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SAME, CHANGED, NEW, GONE = "same", "changed", "new", "gone"
#: Lines of two tables, multiplied, up to which each is looked for in the other.
GRID_LIMIT = 250_000


@dataclass(frozen=True)
class Piece:
    """Some characters: in both texts, in the new one only, or in the old one only."""

    sign: str
    text: str


@dataclass(frozen=True)
class Pen:
    """How wordings are told.

    Attributes:
        mark: gives the pieces of an old and a new wording.
        say: a value in words without the marks that stand for things.
    """

    mark: Callable[[str, str], Sequence[Piece]]
    say: Callable[[str], str]

    def pieces(self, was: str, now: str) -> list[Piece]:
        """Of two wordings; equal and empty ones are not compared."""
        if was == now:
            return [Piece(SAME, was)] if was else []
        if not was or not now:
            return [Piece(NEW, now)] if now else [Piece(GONE, was)]
        return list(self.mark(was, now))


def paragraphs(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces parted where a line ends, in either text; an empty paragraph is none."""
    found: list[list[Piece]] = [[]]
    for piece in pieces:
        for place, text in enumerate(piece.text.split("\n")):
            if place:
                found.append([])
            if text:
                found[-1].append(Piece(piece.sign, text))
    return [paragraph for paragraph in found if paragraph]


def aligned(
    was: Sequence[tuple[str, ...]], now: Sequence[tuple[str, ...]]
) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Lines of two tables side by side: sign, the old line, the new one; () for one that is not there."""
    start = _common(was, now)
    end = _common(was[start:][::-1], now[start:][::-1])
    yield from ((SAME, line, line) for line in was[:start])
    old, new = was[start : len(was) - end], now[start : len(now) - end]
    for first, last, begin, stop in _steps(old, new):
        for one, other in zip_longest(old[first:last], new[begin:stop], fillvalue=()):
            yield (SAME if one == other else NEW if not one else GONE if not other else CHANGED), one, other
    yield from ((SAME, line, line) for line in was[len(was) - end :])


def _steps(old: Sequence[tuple[str, ...]], new: Sequence[tuple[str, ...]]) -> list[tuple[int, int, int, int]]:
    """Stretches of both tables that belong together; too large ones are one stretch."""
    if len(old) * len(new) > GRID_LIMIT:
        return [(0, len(old), 0, len(new))]
    return [step[1:] for step in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()]


def _common(one: Sequence[tuple[str, ...]], other: Sequence[tuple[str, ...]]) -> int:
    """How many lines at the beginning are the same."""
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


@dataclass(frozen=True)
class FileChanges:
    """Titles of files that came, went, and were replaced by others of the same title."""

    new: list[str]
    gone: list[str]
    replaced: list[str]


def changed_files(before: Sequence[tuple[str, str]], after: Sequence[tuple[str, str]]) -> FileChanges:
    """Two lists of (title, hash of the bytes). A file with the same bytes under another title is one that was renamed: told as both."""
    gone = [title for title, sha256 in before if (title, sha256) not in after]
    new = [title for title, sha256 in after if (title, sha256) not in before]
    replaced = [title for title in dict.fromkeys(new) if title in gone]
    return FileChanges(
        [title for title in new if title not in replaced], [title for title in gone if title not in replaced], replaced
    )
