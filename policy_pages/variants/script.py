"""Simplified Chinese in traditional script, for `/zh-hant/`: OpenCC, with our own terms before it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from opencc import OpenCC

#: Traditional characters in the most common forms (稅 and 兌, not 税 and 兑), words left as they are: a policy's terms are its own.
PROFILE = "s2tw"
TERMS = Path(__file__).with_name("terms.txt")


@cache
def _converter() -> OpenCC:
    return OpenCC(PROFILE)


@cache
def own_terms() -> dict[str, str]:
    """Our terms, simplified to traditional."""
    lines = (line.partition("\t") for line in TERMS.read_text(encoding="utf-8").splitlines())
    return {simplified: traditional for simplified, _tab, traditional in lines if traditional}


@cache
def _pattern() -> re.Pattern[str]:
    longest_first = sorted(own_terms(), key=len, reverse=True)
    return re.compile("(" + "|".join(map(re.escape, longest_first)) + ")")


def to_traditional(text: str) -> str:
    """The text in traditional characters; what is not Chinese, or traditional already, stays."""
    terms, convert = own_terms(), _converter().convert
    pieces = _pattern().split(text)
    return "".join(terms[piece] if place % 2 else convert(piece) for place, piece in enumerate(pieces))
