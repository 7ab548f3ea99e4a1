"""The first day on which a unit is reminded of an open duty."""

from datetime import date

from audit.rules.workdays import CalendarGap, WorkCalendar, add_workdays


def reminded_until(today: date, calendar: WorkCalendar) -> date:
    """Return the latest last day of which a unit is reminded on `today`: the next working day, so that one is left.

    `today` itself where the next year is not known.
    """
    try:
        return add_workdays(today, 1, calendar)
    except CalendarGap:
        return today
