"""Models of the accounts app, one file per kind of thing."""

from accounts.models.departments import Assignment, Department
from accounts.models.filings import AccountFiling
from accounts.models.people import PasswordRecord, SecondFactorRecovery, User

__all__ = ["AccountFiling", "Assignment", "Department", "PasswordRecord", "SecondFactorRecovery", "User"]
