"""How many working days an open duty still has, and the first day on which its unit is reminded."""

from datetime import date

from audit.rules.workdays import CalendarGap, WorkCalendar, add_workdays, workdays_elapsed


def days_left(due: date, today: date, calendar: WorkCalendar) -> int | None:
    """Return the working days left on `today` until the last day `due`: 0 on it, negative after it.

    None where a gap of the calendar hides them. After a last day that only rest days have followed it is 0 too, though
    the limit is over: compare the days themselves to tell.
    """
    try:
        if today <= due:
            return workdays_elapsed(today, due, calendar)
        return -workdays_elapsed(due, today, calendar)
    except CalendarGap:
        return None


def reminded_until(today: date, calendar: WorkCalendar) -> date:
    """Return the latest last day of which a unit is reminded on `today`: the next working day, so that one is left.

    `today` itself where the next year is not known.
    """
    try:
        return add_workdays(today, 1, calendar)
    except CalendarGap:
        return today
