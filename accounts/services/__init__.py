"""Every write of the accounts app, by subject."""

from accounts.services.allotment import (
    Allotted,
    allot_account,
    correct_holder,
    disable_account,
    enable_account,
    reset_password,
)
from accounts.services.assignments import assign_role, end_assignment
from accounts.services.filings import cancel_filing, complete_filing, correct_filing, file_change
from accounts.services.sessions import end_every_session, end_sessions
from accounts.services.sync import group_name, permission_drift, sync_department, sync_permissions, take_back_ended

__all__ = [
    "Allotted",
    "allot_account",
    "assign_role",
    "cancel_filing",
    "complete_filing",
    "correct_filing",
    "correct_holder",
    "disable_account",
    "enable_account",
    "end_assignment",
    "end_every_session",
    "end_sessions",
    "file_change",
    "group_name",
    "permission_drift",
    "reset_password",
    "sync_department",
    "sync_permissions",
    "take_back_ended",
]
