"""Periods of reports: a year, a quarter or a month of the calendar, named as in an address (A24, A25, A27)."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

#: As in an address (2026, 2026-Q4, 2026-11) and as clerks write it (2026年, 2026年第三季度, 2026Q3, 2026年11月, 2026/11).
_TYPED = re.compile(
    r"(?P<year>20\d{2})(?:年度?|年?全年"
    r"|[-/.年]?(?:Q(?P<quarter>[1-4])|第?(?P<ordinal>[1-4一二三四])季度?)"
    r"|[-/.年](?P<month>0?[1-9]|1[0-2])月?)?",
    re.ASCII,
)
_QUARTERS = "一二三四"
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """`since` to `until`, both inclusive; `code` is 2026, 2026-Q4 or 2026-11, `label` the same in Chinese."""

    code: str
    label: str
    since: date
    until: date

    def has_ended(self, today: date) -> bool:
        """Whether the last day is over."""
        return self.until < today

    @property
    def previous(self) -> "Period":
        """The period of the same length before it."""
        return _like(self, self.since - _DAY)

    @property
    def following(self) -> "Period":
        """The period of the same length after it."""
        return _like(self, self.until + _DAY)


def read_period(typed: str) -> Period | None:
    """Return the period of a code, or as a clerk writes it, full width and blanks included; None for what is none."""
    found = _TYPED.fullmatch("".join(unicodedata.normalize("NFKC", typed).split()).upper())
    if not found:
        return None
    year, quarter = int(found["year"]), found["quarter"] or found["ordinal"]
    if quarter:
        number = int(quarter) if quarter.isascii() else _QUARTERS.index(quarter) + 1
        return quarter_of(date(year, 3 * number, 1))
    if found["month"]:
        return month_of(date(year, int(found["month"]), 1))
    return year_of(date(year, 1, 1))


def year_of(day: date) -> Period:
    """Return the year in which `day` lies."""
    return Period(f"{day.year}", f"{day.year} 年", date(day.year, 1, 1), date(day.year, 12, 31))


def quarter_of(day: date) -> Period:
    """Return the quarter in which `day` lies."""
    number = (day.month - 1) // 3
    first, after = date(day.year, 3 * number + 1, 1), _first_of_month(day.year, 3 * number + 4)
    return Period(f"{day.year}-Q{number + 1}", f"{day.year} 年第{_QUARTERS[number]}季度", first, after - _DAY)


def month_of(day: date) -> Period:
    """Return the month in which `day` lies."""
    after = _first_of_month(day.year, day.month + 1)
    return Period(f"{day:%Y-%m}", f"{day.year} 年 {day.month} 月", day.replace(day=1), after - _DAY)


def _first_of_month(year: int, month: int) -> date:
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def _like(period: Period, day: date) -> Period:
    if len(period.code) == len("2026"):
        return year_of(day)
    return quarter_of(day) if "Q" in period.code else month_of(day)
