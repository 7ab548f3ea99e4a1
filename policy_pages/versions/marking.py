"""Which characters of a wording are new and which are gone, within a time that is bounded for a whole page."""

from __future__ import annotations

import re
import time
from itertools import groupby
from typing import TYPE_CHECKING

from diff_match_patch import diff_match_patch

from policy_pages.versions.rules.pieces import GONE, NEW, SAME, Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    Diff = tuple[int, str]

#: Seconds that all comparisons of one page may take together, and one of them.
PAGE_SECONDS, ONE_SECONDS = 0.8, 0.2
#: From so many characters on sentences are compared first: in pure Python a long text is too much at once.
LONG = 600
SENTENCE = re.compile(r"[^。；！？\n]*[。；！？\n]|[^。；！？\n]+")
SIGNS = {-1: GONE, 0: SAME, 1: NEW}
SURROGATES = range(0xD800, 0xE000)


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
        diffs = self._sentences(was, now) if max(len(was), len(now)) > LONG else self._characters(was, now)
        self._tool().diff_cleanupSemantic(diffs)
        self.left = self.until - time.monotonic()
        return [Piece(SIGNS[sign], text) for sign, text in diffs if text]

    def _sentences(self, was: str, now: str) -> list[Diff]:
        """By whole sentences, each as one character; then by characters where some were replaced."""
        codes: dict[str, str] = {}
        texts = ["".join(_code(codes, sentence) for sentence in SENTENCE.findall(text)) for text in (was, now)]
        words = {code: sentence for sentence, code in codes.items()}
        found: list[Diff] = []
        for is_same, run in groupby(self._characters(*texts), key=lambda diff: diff[0] == 0):
            if is_same:
                found += [(0, "".join(words[code] for code in text)) for _sign, text in run]
                continue
            sides = {-1: "", 1: ""}
            for sign, text in run:
                sides[sign] += "".join(words[code] for code in text)
            found += self._characters(sides[-1], sides[1])
        return found

    def _characters(self, was: str, now: str) -> list[Diff]:
        if self.until <= time.monotonic():
            return [(sign, text) for sign, text in ((-1, was), (1, now)) if text]
        return self._tool().diff_main(was, now, False)

    def _tool(self) -> diff_match_patch:
        tool = diff_match_patch()
        # 0 would mean without limit.
        tool.Diff_Timeout = max(0.001, min(ONE_SECONDS, self.until - time.monotonic()))
        return tool


def _code(codes: dict[str, str], sentence: str) -> str:
    """One character for each different sentence."""
    if sentence not in codes:
        number = len(codes) + 1
        codes[sentence] = chr(number if number < SURROGATES.start else number + len(SURROGATES))
    return codes[sentence]


def without(pieces: Sequence[Piece], sign: str) -> str:
    """The text that is left when the pieces with a sign are taken away."""
    return "".join(piece.text for piece in pieces if piece.sign != sign)
