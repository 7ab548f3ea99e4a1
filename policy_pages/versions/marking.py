"""Which characters of a wording are new and which are gone, within a time that is bounded for a whole page."""

from __future__ import annotations

import re
import time
from itertools import chain, groupby
from typing import TYPE_CHECKING

from diff_match_patch import diff_match_patch

from policy_pages.versions.rules.pieces import GONE, NEW, SAME, Piece

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Diff = tuple[int, str]

#: Seconds that all comparisons of one page may take together, and one step of them.
PAGE_SECONDS, STEP_SECONDS = 0.8, 0.2
#: From so many characters on sentences are compared first: in pure Python a long text is too much at once.
LONG = 600
SENTENCE = re.compile(r"[^。；！？\n]*[。；！？\n]|[^。；！？\n]+")
#: What is never cut through: 40% becomes 50%, not 4 becomes 5 before 0%.
WORD = re.compile(r"\d+(?:[.,:/-]\d+)*[%％‰]?|[A-Za-z]+")
SIGNS = {-1: GONE, 0: SAME, 1: NEW}
#: Planes for private use, whose characters stand for words and sentences; those that a text has itself are left out.
PRIVATE = (range(0xF0000, 0xFFFFE), range(0x100000, 0x10FFFE))


class Codes:
    """Words or sentences as single characters, so that they are compared, and stay, as wholes."""

    def __init__(self, taken: Iterable[str]) -> None:
        known = set(taken)
        self._free: Iterator[str] = (chr(code) for code in chain(*PRIVATE) if chr(code) not in known)
        self._codes: dict[str, str] = {}
        self._words: dict[str, str] = {}

    def code(self, word: str) -> str:
        """The character of a word; the word itself when there are no more, or it is one character."""
        if len(word) == 1 or word in self._codes:
            return self._codes.get(word, word)
        code = next(self._free, "")
        if code:
            self._codes[word], self._words[code] = code, word
        return code or word

    def words(self, text: str) -> str:
        """What a coded text stands for."""
        return "".join(self._words.get(character, character) for character in text)


class Marker:
    """Compares wordings until its time is up; from then on a wording is told as gone and new as a whole.

    Either way the pieces without the new ones are the old text, and without the old ones the new text.
    """

    def __init__(self, seconds: float = PAGE_SECONDS) -> None:
        self.left = seconds
        self.until = 0.0

    def mark(self, was: str, now: str) -> list[Piece]:
        """Pieces of the two wordings, in order."""
        self.until = time.monotonic() + self.left
        words = Codes(was + now)
        old, new = (WORD.sub(lambda found: words.code(found[0]), text) for text in (was, now))
        diffs = self._sentences(old, new) if max(len(old), len(new)) > LONG else self._characters(old, new)
        self._tool().diff_cleanupSemantic(diffs)
        self.left = self.until - time.monotonic()
        return [Piece(SIGNS[sign], words.words(text)) for sign, text in diffs if text]

    def _sentences(self, was: str, now: str) -> list[Diff]:
        """By whole sentences; then by characters where some were replaced."""
        codes = Codes(was + now)
        texts = ["".join(codes.code(sentence) for sentence in SENTENCE.findall(text)) for text in (was, now)]
        found: list[Diff] = []
        for is_same, run in groupby(self._characters(*texts), key=lambda diff: diff[0] == 0):
            sides = {-1: "", 0: "", 1: ""}
            for sign, text in run:
                sides[sign] += codes.words(text)
            found += [(0, sides[0])] if is_same else self._characters(sides[-1], sides[1])
        return found

    def _characters(self, was: str, now: str) -> list[Diff]:
        if self.until <= time.monotonic():
            return [(sign, text) for sign, text in ((-1, was), (1, now)) if text]
        return self._tool().diff_main(was, now, False)

    def _tool(self) -> diff_match_patch:
        tool = diff_match_patch()
        # 0 would mean without limit.
        tool.Diff_Timeout = max(0.001, min(STEP_SECONDS, self.until - time.monotonic()))
        return tool


def without(pieces: Sequence[Piece], sign: str) -> str:
    """The text that is left when the pieces with a sign are taken away."""
    return "".join(piece.text for piece in pieces if piece.sign != sign)
