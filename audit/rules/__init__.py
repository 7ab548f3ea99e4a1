"""Working days, verdicts and figures as pure functions: no Django, no clock, no database."""

from audit.rules.figures import Tallies, Tally, share, total, worst_and_median
from audit.rules.periods import Period, month_of, quarter_of, read_period, year_of
from audit.rules.replaying import CLOCK_ACTIONS, ClockState, Judgement, judge
from audit.rules.shares import BUREAU, DEPARTMENT, Handover, bureau_days
from audit.rules.verdicts import GAP, LATE, ON_TIME, OVERDUE, RUNNING, Verdict, verdict
from audit.rules.workdays import (
    CALENDAR,
    WORKING,
    CalendarGap,
    WorkCalendar,
    add_workdays,
    days_elapsed,
    due_at,
    due_date,
    local_date,
    workdays_elapsed,
)

__all__ = [
    "BUREAU",
    "CALENDAR",
    "CLOCK_ACTIONS",
    "DEPARTMENT",
    "GAP",
    "LATE",
    "ON_TIME",
    "OVERDUE",
    "RUNNING",
    "WORKING",
    "CalendarGap",
    "ClockState",
    "Handover",
    "Judgement",
    "Period",
    "Tallies",
    "Tally",
    "Verdict",
    "WorkCalendar",
    "add_workdays",
    "bureau_days",
    "days_elapsed",
    "due_at",
    "due_date",
    "judge",
    "local_date",
    "month_of",
    "quarter_of",
    "read_period",
    "share",
    "total",
    "verdict",
    "workdays_elapsed",
    "worst_and_median",
    "year_of",
]
