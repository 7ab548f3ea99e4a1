"""How the tests of the traditional script find what our own words did to a text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import zhconv_rs

from policy_pages.tests.import_rows import REAL_FILE
from policy_pages.variants.script import opencc_alone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Characters that stand for several traditional ones, where a word cut in the wrong place is a wrong character.
SEVERAL = frozenset("并复制里系准发签征布台后面只云占注冲当回出范干周广余游松卷托")


class Change(NamedTuple):
    """A place where our own words change what OpenCC alone writes: some characters around it, and who writes what."""

    around: str
    alone: str
    ours: str
    #: MediaWiki's tables, in the text.
    tables: str
    #: The same in the two characters that end here, if they were a word: the tables too cut some words (公里|面积).
    as_end: str

    @property
    def is_doubtful(self) -> bool:
        """Whether the tables do not write what we do."""
        return {self.tables, self.as_end} != {self.ours}

    def __str__(self) -> str:
        return f"{self.around}: OpenCC {self.alone}, ours {self.ours}, tables {self.tables} or {self.as_end}"


def changes(text: str, convert: Callable[[str], str]) -> list[Change]:
    """Each place of a simplified text where a converter of ours and OpenCC alone differ."""
    alone, ours, tables = opencc_alone().convert(text), convert(text), zhconv_rs.zhconv(text, "zh-hant")
    assert len(text) == len(alone) == len(ours) == len(tables), "character by character, or nothing can be compared"
    return [
        Change(
            text[max(place - 3, 0) : place + 4].replace("\n", "|"),
            *(alone[place], ours[place], tables[place]),
            zhconv_rs.zhconv(text[max(place - 1, 0) : place + 1], "zh-hant")[-1],
        )
        for place, char in enumerate(text)
        if char in SEVERAL and alone[place] != ours[place]
    ]


def real_text() -> str:
    """What the shared documents say in simplified script, each piece once."""
    rows = map(json.loads, REAL_FILE.read_text(encoding="utf-8").splitlines())
    pieces = (piece for row in rows if row["script"] == "hans" for piece in _strings(row))
    return "\n".join(dict.fromkeys(pieces))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)
