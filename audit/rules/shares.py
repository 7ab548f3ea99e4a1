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

    `handovers` stand in the order in which they happened; before the first the department holds it. The department's
    share is the days used less this. None if a gap of the calendar hides a day.
    """
    total = 0
    for place, (on, side) in enumerate(handovers):
        if side != BUREAU:
            continue
        until = handovers[place + 1].on if place + 1 < len(handovers) else end
        try:
            total += days_elapsed(max(on, trigger), min(until, end), calendar, unit)
        except CalendarGap:
            return None
    return total
