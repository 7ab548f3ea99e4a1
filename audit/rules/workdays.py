"""Working days and last days.

The day of the event is not counted, counting starts on the next day (民法典 第201条); limits of days mean working
days (A11, A12, A16; 行政许可法 第82条) unless the regulation says otherwise, and then a last day that is a rest day
rolls to the next working day (民法典 第203条). A year whose State Council notice is not entered is a gap: nothing
is guessed about it, and a duty that depends on it is never called late.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cached_property

WORKING = "working"
CALENDAR = "calendar"

_DAY = timedelta(days=1)
_SATURDAY = 5


class CalendarGap(Exception):
    """The working days of `year` are not known, so what was asked cannot be computed."""

    def __init__(self, year: int) -> None:
        super().__init__(f"working days of {year} are not known")
        self.year = year


@dataclass(frozen=True)
class WorkCalendar:
    """Which days are working days, in the years that are known.

    `rest_days` are weekdays that are off, `work_days` weekend days that are worked (调休); every other day of a known
    year follows the weekday. `version` names the contents and is kept with whatever was computed from them.
    """

    years: frozenset[int]
    rest_days: frozenset[date]
    work_days: frozenset[date]
    version: str

    def is_workday(self, day: date) -> bool:
        """Tell whether `day` is a working day. Raises CalendarGap for a year that is not known."""
        if day.year not in self.years:
            raise CalendarGap(day.year)
        if day.weekday() < _SATURDAY:
            return day not in self.rest_days
        return day in self.work_days

    def require_known(self, first: date, last: date) -> None:
        """Raise CalendarGap for the first year from `first` to `last` that is not known."""
        for year in range(first.year, last.year + 1):
            if year not in self.years:
                raise CalendarGap(year)

    @cached_property
    def workdays(self) -> list[int]:
        """The ordinals of all known working days, rising: what is counted and looked up a million times in a replay."""
        days: list[int] = []
        for year in sorted(self.years):
            first, after = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1
            days += [number for number in range(first, after) if self.is_workday(date.fromordinal(number))]
        return days


def local_date(instant: datetime, tz: tzinfo) -> date:
    """Return the day of `instant` in `tz`. Raises ValueError for a naive datetime."""
    if instant.utcoffset() is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(tz).date()


def due_at(due: date, tz: tzinfo) -> datetime:
    """Return the instant 24:00 of the day `due` in `tz`: what happens at it or after it is late."""
    return datetime.combine(due + _DAY, time.min, tzinfo=tz)


def add_workdays(start: date, n: int, calendar: WorkCalendar) -> date:
    """Return the nth working day strictly after `start`; n=0 gives `start` itself, whatever day it is.

    Raises CalendarGap if the way there leads through an unknown year, ValueError for a negative n.
    """
    _refuse_negative(n)
    if n == 0:
        return start
    days = calendar.workdays
    place = bisect_right(days, start.toordinal()) + n - 1
    if place >= len(days):
        raise CalendarGap(_unknown_year_from(start + _DAY, calendar))
    last = date.fromordinal(days[place])
    calendar.require_known(start + _DAY, last)
    return last


def workdays_elapsed(start: date, end: date, calendar: WorkCalendar) -> int:
    """Count the working days strictly after `start` up to and including `end`; 0 if `end` is not after `start`.

    Raises CalendarGap if one of these days is in an unknown year.
    """
    if end <= start:
        return 0
    calendar.require_known(start + _DAY, end)
    return bisect_right(calendar.workdays, end.toordinal()) - bisect_right(calendar.workdays, start.toordinal())


def days_elapsed(start: date, end: date, calendar: WorkCalendar, unit: str = WORKING) -> int:
    """Count the days of `unit` strictly after `start` up to and including `end`. Raises CalendarGap."""
    return max(0, (end - start).days) if unit == CALENDAR else workdays_elapsed(start, end, calendar)


def due_date(trigger: date, limit: int, calendar: WorkCalendar, unit: str = WORKING) -> date:
    """Return the last day of a limit of `limit` days of `unit` after `trigger`.

    Calendar days that end on a rest day roll to the next working day. Raises CalendarGap, ValueError for limit < 0.
    """
    if unit == WORKING:
        return add_workdays(trigger, limit, calendar)
    _refuse_negative(limit)
    last = trigger + limit * _DAY
    return last if calendar.is_workday(last) else add_workdays(last, 1, calendar)


def _refuse_negative(days: int) -> None:
    if days < 0:
        raise ValueError("a limit cannot be negative")


def _unknown_year_from(day: date, calendar: WorkCalendar) -> int:
    year = day.year
    while year in calendar.years:
        year += 1
    return year
