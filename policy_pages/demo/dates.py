"""Days of the demo, counted from the day of the run, so that every window state and verdict exists on any day."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from audit.rules import CalendarGap, WorkCalendar

_DAY = datetime.timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True)
class DemoDays:
    """Today and the working days before it. In a year without a calendar weekdays stand in: only the demo may guess."""

    today: datetime.date
    calendar: WorkCalendar

    def is_workday(self, day: datetime.date) -> bool:
        """Whether offices work on that day."""
        try:
            return self.calendar.is_workday(day)
        except CalendarGap:
            return day.weekday() < _SATURDAY

    def workday_until(self, day: datetime.date) -> datetime.date:
        """The day itself or the last working day before it."""
        while not self.is_workday(day):
            day -= _DAY
        return day

    def back(self, workdays: int) -> datetime.date:
        """The latest working day after which `workdays` working days have passed, today included."""
        day, passed = self.today, 0
        while not (self.is_workday(day) and passed >= workdays):
            passed += self.is_workday(day)
            day -= _DAY
        return day

    def ago(self, days: int) -> datetime.date:
        """A working day about so many calendar days ago."""
        return self.workday_until(self.today - days * _DAY)

    def ahead(self, days: int) -> datetime.date:
        """So many calendar days from today; negative before it."""
        return self.today + days * _DAY


def years_later(day: datetime.date, years: int) -> datetime.date:
    """The last day of `years` years that begin on `day`."""
    try:
        end = day.replace(year=day.year + years)
    except ValueError:  # 29 February
        end = day.replace(year=day.year + years, month=3, day=1)
    return end - _DAY


def in_words(day: datetime.date) -> str:
    """`2026年4月27日`."""
    return f"{day.year}年{day.month}月{day.day}日"


def serial_on(day: datetime.date, taken: set[int], every: int) -> int:
    """A serial number that fits the day of the year, about one in `every` days, and is not yet in `taken`; adds it."""
    serial = day.timetuple().tm_yday // every + 1
    while serial in taken:
        serial += 1
    taken.add(serial)
    return serial
