"""What can be said about a duty on a given day (A12, A30)."""

from dataclasses import dataclass
from datetime import date, timedelta

from audit.rules.workdays import CALENDAR, WORKING, CalendarGap, WorkCalendar, days_elapsed, due_date

ON_TIME = "on_time"
LATE = "late"
RUNNING = "running"
OVERDUE = "overdue"
GAP = "gap"

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Verdict:
    """What can be said about a duty on a given day.

    `code` is a value of `enums.VerdictCode`; `due` the last day of the limit, None if a gap hides it; `used` the days
    (of the limit's unit) from the trigger to the finish, or to today while unfinished, None if a gap hides them;
    `limit` the days allowed; `gap_year` the year that hides `due`, None if `due` is known or was, when it was pronounced;
    `end` the day of the finish, or today; `unit` that of the limit's days.
    """

    code: str
    due: date | None
    used: int | None
    limit: int
    gap_year: int | None
    end: date | None = None
    unit: str = WORKING

    @property
    def over(self) -> int | None:
        """Days of the unit by which the limit is over, negative while some are left; None if a gap hides them.

        0 on the last day, and on rest days after it. Calendar days are counted from the last day itself, which may have
        rolled on from a rest day.
        """
        if self.unit == CALENDAR:
            return (self.end - self.due).days if self.end and self.due else None
        return None if self.used is None else self.used - self.limit


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
    dates alone decide. Without one the duty is on time if it was done within the limit whatever the unknown days are,
    else GAP: never late on a guess. Done on or before the trigger day is on time with no day used. Raises ValueError for limit < 0.
    """
    due, gap_year = _due_or_gap(trigger, limit, calendar, unit)
    if due is None:
        code = ON_TIME if _done_whatever_gap(trigger, limit, finished_on, calendar, unit) else GAP
    elif finished_on is None:
        code = OVERDUE if today > due else RUNNING
    else:
        code = LATE if finished_on > due else ON_TIME
    end = finished_on or today
    return Verdict(code, due, used_or_none(trigger, end, calendar, unit), limit, gap_year, end, unit)


def used_or_none(trigger: date, end: date, calendar: WorkCalendar, unit: str) -> int | None:
    """Return the days of `unit` from `trigger` to `end`; None if a gap hides them."""
    try:
        return days_elapsed(trigger, end, calendar, unit)
    except CalendarGap:
        return None


def _due_or_gap(trigger: date, limit: int, calendar: WorkCalendar, unit: str) -> tuple[date | None, int | None]:
    try:
        return due_date(trigger, limit, calendar, unit), None
    except CalendarGap as gap:
        return None, gap.year


def _done_whatever_gap(trigger: date, limit: int, finished_on: date | None, calendar: WorkCalendar, unit: str) -> bool:
    """Tell whether a finish is on time although the due date is unknown: even if every unknown day were worked."""
    if finished_on is None:
        return False
    if unit == CALENDAR:  # the last day itself is plain; only its rolling on is hidden
        return (finished_on - trigger).days <= limit
    day, most = trigger, 0
    while day < finished_on and most <= limit:
        day += _DAY
        most += day.year not in calendar.years or calendar.is_workday(day)
    return most <= limit
