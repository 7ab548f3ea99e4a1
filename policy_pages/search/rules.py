"""How text becomes search tokens, what a typed text may mean, and where it is found. Pure: no Django, no clock.

A run of CJK characters is cut into overlapping bigrams (惠企通 → 惠企 企通 通), so that an exact substring of the text
is a run of consecutive tokens, whatever the word boundaries are. Letters and digits stay whole words.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from opencc import OpenCC

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What is typed beyond this is not read: no policy title or 文号 is longer, and cost grows with the tokens.
QUERY_LIMIT = 200
#: Longer runs of letters are data, not words (PostgreSQL refuses a lexeme of more than 2 kB).
WORD_LIMIT = 64

#: Before a token it makes one of a text that is not public; alone it is the first token of each such text. Private use:
#: what is typed or published holds no such token. Not the mark of `initials`, whose tokens share a column with these.
DRAFT_MARK = "\ue001"
#: CJK characters of all planes; 〇 is folded to 零 by `normalise` and needs no place here. Spelled by
#: number: 豈 pasted as the common character (U+8C48) would open the range of private use, and with it our marks, to all.
_CJK = r"々\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_IS_CJK = re.compile(rf"[{_CJK}]")
#: Control characters and lone surrogates: OpenCC stops at the first kind and no encoder takes the second.
_UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
#: NFKC already folds ［］（）﹝﹞ to []()〔〕. Brackets may be missing: 京科发2022 7号.
_YEAR = r"(?P<open>[〔\[({【]?)\s*(?<!\d)(?P<year>(?:19|20)\d\d)(?:[〕\])}】\s年第]+)"
_NUMBER = re.compile(rf"(?P<organ>[{_CJK}]{{0,15}})\s*{_YEAR}(?P<serial>\d{{1,4}})(?!\d)\s*(?P<end>号?)")
#: How the letters of an organ end in a 文号: 锡科规, 锡政办发, 锡人社函.
_ORGAN_ENDS = ("发", "规", "函", "字")
_BRACKETED_YEAR = re.compile(r"[〔\[({【]\s*((?:19|20)\d\d)\s*[〕\])}】]\s*第?\s*(\d{1,4})\s*号")


class Typed(NamedTuple):
    """A typed text as tokens of one phrase; `prefix` says that the last token is only the start of one."""

    tokens: tuple[str, ...]
    prefix: bool


@cache
def _to_simplified() -> OpenCC:
    """The converter 繁→简, loaded once in a process."""
    return OpenCC("t2s")


def fold(text: str) -> str:
    """Full width, compatibility forms and capitals to one form; keeps the script (繁 stays 繁)."""
    return unicodedata.normalize("NFKC", text).lower().replace("〇", "零")


def to_simplified(text: str) -> str:
    """Traditional characters to Simplified ones; characters OpenCC cannot take become blanks."""
    return _to_simplified().convert(_UNFIT.sub(" ", text))


def normalise(text: str) -> str:
    """The one form in which texts are compared: NFKC, lower case, Simplified, 文号 brackets as 〔〕."""
    return _BRACKETED_YEAR.sub(r"〔\1〕\2号", to_simplified(fold(text)))


def is_cjk(text: str) -> bool:
    """Whether the text starts with a CJK character."""
    return bool(_IS_CJK.match(text))


def runs(text: str) -> list[str]:
    """The runs of CJK characters and the words of a text, in order, normalised."""
    return _RUN.findall(normalise(text))


def bigrams(run: str) -> list[str]:
    """The bigrams of a CJK run and its last character alone; any other run is itself one token."""
    if not is_cjk(run):
        return [run[:WORD_LIMIT]]
    return [run[i : i + 2] for i in range(len(run))]


def bigram_index(text: str) -> str:
    """All tokens of a text to be indexed, in order, between single blanks."""
    tokens: list[str] = []
    for run in runs(text):
        tokens += bigrams(run)
    return " ".join(tokens)


def drafted(tokens: Iterable[str]) -> tuple[str, ...]:
    """The same tokens as a text that is not public holds them: only who asks for these finds or counts it."""
    return tuple(DRAFT_MARK + token for token in tokens)


def bigram_query(text: str) -> Typed:
    """The tokens whose consecutive presence in an indexed text means that it contains `text`.

    The last lone character of the last run is left out, for the indexed run may go on; a run of a single character
    is kept as the prefix it is (政 finds every bigram that 政 starts).
    """
    found = runs(text[:QUERY_LIMIT])
    tokens = [token for run in found for token in bigrams(run)]
    if not found or not is_cjk(found[-1]):
        return Typed(tuple(tokens), prefix=False)
    if len(found[-1]) == 1:
        return Typed(tuple(tokens), prefix=True)
    return Typed(tuple(tokens[:-1]), prefix=False)


def document_number(text: str) -> str | None:
    """The 文号 in a text, whole or partial (政规〔2024〕5), in its one form; None if there is none.

    >>> document_number("京科发2022 7号")
    '京科发〔2022〕7号'
    """
    match = _NUMBER.search(normalise(text[:QUERY_LIMIT]))
    if match is None or not (_is_number(match) or _is_bare_number(match)):
        return None
    return f"{match['organ']}〔{match['year']}〕{match['serial']}号"


def without_document_numbers(text: str) -> str:
    """The text in normal form with a blank in the place of every 文号, whole or partial."""
    return _NUMBER.sub(lambda match: " " if _is_number(match) else match[0], normalise(text))


def _is_number(match: re.Match[str]) -> bool:
    return bool(match["open"] or match["end"])


def _is_bare_number(match: re.Match[str]) -> bool:
    """Neither brackets nor 号, but letters as organs end theirs, and no word behind. A guess: 陈永发 1990 0312 is a person."""
    has_word = match.string[match.end() :][:1].strip()
    return match["organ"].endswith(_ORGAN_ENDS) and not has_word and not match["serial"].startswith("0")
