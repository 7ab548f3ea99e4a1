"""The first letters of how titles are read aloud: 加计扣除 is found by `jjkc`. Pure: no Django, no database.

GB 2312 orders its first 3,755 characters, those in daily use, by their reading, so the code of a character tells its
first letter. What is read otherwise within a word is in `READ_OTHERWISE`, what lies outside in `RARE`.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from policy_pages.search import expressions, rules

#: Pairs of letters are tokens of their own: this mark (private use) before them stands in no typed word.
_MARK = "\ue000"
_FIRST, _LAST = 0xB0A1, 0xD7F9
#: Where each letter begins in GB 2312; no reading begins with i, u or v.
_LETTERS = "abcdefghjklmnopqrstwxyz"
_BEGINNINGS = (
    *(0xB0A1, 0xB0C5, 0xB2C1, 0xB4EE, 0xB6EA, 0xB7A2, 0xB8C1, 0xB9FE, 0xBBF7, 0xBFA6, 0xC0AC, 0xC2E8),
    *(0xC4C3, 0xC5B6, 0xC5BE, 0xC6DA, 0xC8BB, 0xC8F6, 0xCBFA, 0xCDDA, 0xCEF4, 0xD1B9, 0xD4D1),
)
_READINGS = re.compile(r"([^a-z ]+)([a-z]+)")
#: Words of policies in which a character is not read as GB 2312 files it.
READ_OTHERWISE = dict(
    _READINGS.findall(
        "银行yh 央行yh 行业hy 同行th 商行sh 行长hz 排行ph 重庆cq 重组cz 重复cf 重新cx 重启cq 重构cg 增长zz 成长cz 生长sz "
        "市长sz 局长jz 厅长tz 调整tz 调解tj 协调xt 调节tj 调控tk 调剂tj 空调kt 会计kj 西藏xz 便宜py 校准jz 朝阳cy 音乐yy"
    )
)
#: Characters of policies and of places that GB 2312 files by radical.
RARE = dict(
    _READINGS.findall(
        "圳z 硚q 纾s 魅m 暨j 遴l 曦x 蠡l 鑫x 邳p 泗s 盱x 眙y 滁c 亳b 濮p 漯l 婺w 衢q 岱d 嵊s 瓯o 闵m 甪l 邗h 崆k 鄞y 鄱p 邕y 岐q"
    )
)
_SPECIAL = re.compile("|".join(READ_OTHERWISE))
_ASKED = re.compile(r"[a-z]{2,20}")


def initials(text: str) -> str:
    """One letter for each Chinese character; letters and digits as they are; a blank for what has no reading here.

    >>> initials("研发费用加计扣除 2026版")
    'yffyjjkc 2026b'
    """
    text = _SPECIAL.sub(lambda match: READ_OTHERWISE[match[0]], rules.normalise(text))
    return "".join(map(_initial, text))


def index_tokens(text: str) -> str:
    """The tokens under which a text's initials are indexed: every pair of neighbours, between single blanks."""
    return " ".join(token for line in text.splitlines() for run in initials(line).split() for token in _pairs(run))


def expression(text: str) -> expressions.Node:
    """The expression for a text that may be initials: words of two letters and more, all of them; else nothing."""
    words = rules.runs(text)
    if not words or not all(map(_ASKED.fullmatch, words)):
        return expressions.NOTHING
    return expressions.joined([expressions.Phrase(tuple(_pairs(word))) for word in words], expressions.All)


def place_of(text: str, asked: str) -> tuple[int, int] | None:
    """Where typed initials stand in a text: start and end; None where they do not, or places would not agree."""
    read, wanted = initials(text), "".join(rules.runs(asked))
    place = read.find(wanted) if wanted and len(read) == len(text) else -1
    return (place, place + len(wanted)) if place >= 0 else None


def _pairs(run: str) -> list[str]:
    return [_MARK + run[place : place + 2] for place in range(len(run) - 1)]


def _initial(character: str) -> str:
    if character in RARE or (character.isascii() and character.isalnum()):
        return RARE.get(character, character)
    try:
        high, low = character.encode("gb2312")
    except (UnicodeEncodeError, ValueError):
        return " "
    code = high * 256 + low
    return _LETTERS[bisect_right(_BEGINNINGS, code) - 1] if _FIRST <= code <= _LAST else " "
