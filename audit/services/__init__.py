"""Every write of the audit app. Events are written by `record` and nothing else."""

from .calendar import EnteredYear, YearPlan, clock_effect, current_calendar, enter_year, plan_year
from .chain import VerifyReport, verify_chain
from .clocks import (
    cancel_clock,
    finish_clock,
    hand_clock,
    refresh_clocks,
    rejudge_clock,
    restart_clock,
    start_clock,
    void_clock,
)
from .events import record
from .protection import restore_triggers

__all__ = [
    "EnteredYear",
    "VerifyReport",
    "YearPlan",
    "cancel_clock",
    "clock_effect",
    "current_calendar",
    "enter_year",
    "finish_clock",
    "hand_clock",
    "plan_year",
    "record",
    "refresh_clocks",
    "rejudge_clock",
    "restart_clock",
    "restore_triggers",
    "start_clock",
    "verify_chain",
    "void_clock",
]
