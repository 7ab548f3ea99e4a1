"""Every write of the audit app. Events are written by `record` and nothing else."""

from .calendar import current_calendar
from .chain import VerifyReport, verify_chain
from .clocks import cancel_clock, finish_clock, refresh_clocks, restart_clock, start_clock, void_clock
from .digest import sign_daily_digest, sign_digest
from .events import record
from .inspection import read_digest, verify_since
from .protection import restore_triggers

__all__ = [
    "VerifyReport",
    "cancel_clock",
    "current_calendar",
    "finish_clock",
    "read_digest",
    "record",
    "refresh_clocks",
    "restart_clock",
    "restore_triggers",
    "sign_daily_digest",
    "sign_digest",
    "start_clock",
    "verify_chain",
    "verify_since",
    "void_clock",
]
