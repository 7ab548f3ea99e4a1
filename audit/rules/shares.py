"""Whose days they were: a matter passes between department and bureau, and the days used are told apart (A12, T12.6).

A day counts to whoever held the matter when the day began. So the day on which it changes hands is the giver's and the
receiver's first day is the next one, as everywhere the day of the event is not counted (民法典 第201条).
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from audit.rules.workdays import WORKING, CalendarGap, WorkCalendar, days_elapsed

DEPARTMENT = "department"
BUREAU = "bureau"


class Handover(NamedTuple):
    """From the end of the local day `on`, `side` holds the matter: DEPARTMENT or BUREAU."""

    on: date
    side: str


def bureau_days(
    trigger: date, end: date, handovers: Sequence[Handover], calendar: WorkCalendar, unit: str = WORKING
) -> int | None:
    """Count the days of `unit` after `trigger` up to and including `end` that the bureau held the matter.

    `handovers` stand in the order in which they happened; before the first the department holds it, and one that bears
    an earlier day than the one before it (a clock was set back) counts from that one's. The department's share is the
    days used less this. None if a gap of the calendar hides a day.
    """
    total, since, holder = 0, trigger, DEPARTMENT
    for on, side in (*handovers, Handover(end, DEPARTMENT)):
        until = max(since, min(on, end))
        if holder == BUREAU:
            try:
                total += days_elapsed(since, until, calendar, unit)
            except CalendarGap:
                return None
        since, holder = until, side
    return total
