"""A day as a clerk types it."""

import enum
import re
import unicodedata
from datetime import date


class DayFault(enum.Enum):
    """What is wrong with a typed day."""

    SHAPE = enum.auto()
    YEAR = enum.auto()
    IMPOSSIBLE = enum.auto()


_DASHES = str.maketrans("–—−", "---")
_TYPED_DAY = re.compile(r"(\d+)(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})[日号]?)", re.ASCII)
_DAY_IN_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_YEAR_LENGTH, _YEARS = 4, range(1900, 2101)


def typed_day(text: str) -> date | DayFault:
    """The day a clerk typed: parts joined by - / . or 年月日, or eight digits; full width and blanks around are the same."""
    plain = unicodedata.normalize("NFKC", text).strip().translate(_DASHES)
    plain = re.sub(r"\s*([-/.年月日号])\s*", r"\1", plain)
    match = _DAY_IN_DIGITS.fullmatch(plain) or _TYPED_DAY.fullmatch(plain)
    if match is None:
        return DayFault.SHAPE
    year, month, day = (part for part in match.groups() if part and part.isdigit())
    if len(year) != _YEAR_LENGTH:
        return DayFault.YEAR
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return DayFault.IMPOSSIBLE
    return found if found.year in _YEARS else DayFault.IMPOSSIBLE
