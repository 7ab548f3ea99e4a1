"""Every write of the audit app. Events are written by `record` and nothing else."""

from .calendar import current_calendar
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
    "VerifyReport",
    "cancel_clock",
    "current_calendar",
    "finish_clock",
    "hand_clock",
    "record",
    "refresh_clocks",
    "rejudge_clock",
    "restart_clock",
    "restore_triggers",
    "start_clock",
    "verify_chain",
    "void_clock",
]
