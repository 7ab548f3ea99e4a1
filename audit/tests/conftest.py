"""Fixtures of the audit tests."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from audit.rules import WorkCalendar
from policy_pages.tests import factories as f

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


@pytest.fixture
def login() -> Callable[[str], Client]:
    """A logged-in client of one of the bureau's four, or of the superuser `root`."""
    f.make_bureau()
    f.User.objects.create_superuser("root", password=f.PASSWORD, holder_name="应急账号")

    def make(username: str) -> Client:
        client = Client()
        client.force_login(f.user(username))
        return client

    return make
