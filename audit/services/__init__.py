"""Every write of the audit app. Events are written by `record` and nothing else."""

from .calendar import EnteredYear, YearPlan, clock_effect, current_calendar, enter_year, plan_year
from .chain import VerifyReport, verify_chain
from .clocks import (
    announce_clock,
    begin_clock,
    cancel_clock,
    finish_clock,
    hand_clock,
    move_clock,
    refresh_clocks,
    rejudge_clock,
    restart_clock,
    start_clock,
    void_clock,
    was_done_before,
)
from .digest import sign_daily_digest, sign_digest
from .events import record
from .inspection import read_digest, verify_since
from .protection import restore_triggers

__all__ = [
    "EnteredYear",
    "VerifyReport",
    "YearPlan",
    "announce_clock",
    "begin_clock",
    "cancel_clock",
    "clock_effect",
    "current_calendar",
    "enter_year",
    "finish_clock",
    "hand_clock",
    "move_clock",
    "plan_year",
    "read_digest",
    "record",
    "refresh_clocks",
    "rejudge_clock",
    "restart_clock",
    "restore_triggers",
    "sign_daily_digest",
    "sign_digest",
    "start_clock",
    "verify_chain",
    "verify_since",
    "void_clock",
    "was_done_before",
]
