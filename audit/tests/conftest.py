"""Fixtures of the audit tests."""

import pytest
from django.db import connection

from audit.rules import WorkCalendar

from .factories import library_calendar


@pytest.fixture(scope="session")
def calendar() -> WorkCalendar:
    """The calendar of 2004–2026 as the library has it, built without our tables."""
    return library_calendar()


@pytest.fixture
def sqlite_only() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("SQLite only")


@pytest.fixture
def postgresql_only() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL only")
