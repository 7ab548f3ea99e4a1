"""Working days and verdicts as pure functions: no Django, no clock, no database.

The day of the event is not counted, counting starts on the next day (民法典 第201条); limits of days mean working
days (A11, A12, A16; 行政许可法 第82条) unless the regulation says otherwise, and then a last day that is a rest day
rolls to the next working day (民法典 第203条). A year whose State Council notice is not entered is a gap: nothing
is guessed about it, and a duty that depends on it is never called late.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

ON_TIME = "on_time"
LATE = "late"
RUNNING = "running"
OVERDUE = "overdue"
GAP = "gap"

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


@dataclass(frozen=True)
class Verdict:
    """What can be said about a duty on a given day.

    `code` is a value of `enums.VerdictCode`; `due` the last day of the limit, None if a gap hides it; `used` the days
    (of the limit's unit) from the trigger to the finish, or to today while unfinished, None if a gap hides them;
    `limit` the days allowed; `gap_year` the year that hides `due`, None if `due` is known.
    """

    code: str
    due: date | None
    used: int | None
    limit: int
    gap_year: int | None


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
    day = start
    while n:
        day += _DAY
        n -= calendar.is_workday(day)
    return day


def workdays_elapsed(start: date, end: date, calendar: WorkCalendar) -> int:
    """Count the working days strictly after `start` up to and including `end`; 0 if `end` is not after `start`.

    Raises CalendarGap if one of these days is in an unknown year.
    """
    return sum(calendar.is_workday(start + i * _DAY) for i in range(1, (end - start).days + 1))


def due_date(trigger: date, limit: int, calendar: WorkCalendar, unit: str = WORKING) -> date:
    """Return the last day of a limit of `limit` days of `unit` after `trigger`.

    Calendar days that end on a rest day roll to the next working day. Raises CalendarGap, ValueError for limit < 0.
    """
    if unit == WORKING:
        return add_workdays(trigger, limit, calendar)
    _refuse_negative(limit)
    last = trigger + limit * _DAY
    return last if calendar.is_workday(last) else add_workdays(last, 1, calendar)


def verdict(
    trigger: date,
    limit: int,
    finished_on: date | None,
    today: date,
    calendar: WorkCalendar,
    unit: str = WORKING,
) -> Verdict:
    """Judge a duty that `trigger` started and that allows `limit` days of `unit` (A12, A30).

    `finished_on` is the day it was done, None while it is not; `today` matters only then. With a known due date the
    dates alone decide. Without one the duty is on time if it was done before the gap could matter, else GAP: never
    late on a guess. Done on or before the trigger day is on time with no day used. Raises ValueError for limit < 0.
    """
    due, gap_year = _due_or_gap(trigger, limit, calendar, unit)
    if due is None:
        code = ON_TIME if _done_before_gap(trigger, limit, finished_on, calendar, unit) else GAP
    elif finished_on is None:
        code = OVERDUE if today > due else RUNNING
    else:
        code = LATE if finished_on > due else ON_TIME
    return Verdict(code, due, _used_or_none(trigger, finished_on or today, calendar, unit), limit, gap_year)


def _refuse_negative(days: int) -> None:
    if days < 0:
        raise ValueError("a limit cannot be negative")


def _due_or_gap(trigger: date, limit: int, calendar: WorkCalendar, unit: str) -> tuple[date | None, int | None]:
    try:
        return due_date(trigger, limit, calendar, unit), None
    except CalendarGap as gap:
        return None, gap.year


def _done_before_gap(trigger: date, limit: int, finished_on: date | None, calendar: WorkCalendar, unit: str) -> bool:
    """Tell whether a finish is on time although the due date is unknown.

    The limit is kept whenever fewer than `limit` days lie strictly between trigger and finish, whatever kind of day
    the finish itself is. As the due date is unknown, the known days before the gap are always fewer.
    """
    if finished_on is None:
        return False
    if unit == CALENDAR:  # the last day itself is plain; only its rolling on is hidden
        return (finished_on - trigger).days <= limit
    return _used_or_none(trigger, finished_on - _DAY, calendar, unit) is not None


def _used_or_none(trigger: date, end: date, calendar: WorkCalendar, unit: str) -> int | None:
    if unit == CALENDAR:
        return max(0, (end - trigger).days)
    try:
        return workdays_elapsed(trigger, end, calendar)
    except CalendarGap:
        return None
