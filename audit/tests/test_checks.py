import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import pytest
import time_machine
from django.conf import settings
from django.core.checks import run_checks
from django.db import connection, transaction

from audit import checks
from audit.models import CalendarYear

from .attacks import execute
from .factories import CalendarYearFactory


def ids(found: list) -> list[str]:
    return [message.id for message in found]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("now", "years", "expected"),
    [
        (datetime(2026, 10, 31, 15, 59, tzinfo=UTC), [], []),
        (datetime(2026, 10, 31, 16, 0, tzinfo=UTC), [], ["audit.W001"]),  # 1 November in Shanghai
        (datetime(2026, 12, 31, tzinfo=UTC), [2027], []),
        (datetime(2027, 1, 1, tzinfo=UTC), [], ["audit.W001"]),
        (datetime(2027, 11, 1, tzinfo=UTC), [], ["audit.W001", "audit.W001"]),
    ],
)
def test_missing_years_warn_from_november(now: datetime, years: list[int], expected: list[str]) -> None:
    for year in years:
        CalendarYearFactory(year=year)
    with time_machine.travel(now, tick=False):
        assert ids(checks.check_calendar()) == expected


@pytest.mark.django_db
def test_an_unconfirmed_year_warns_and_names_itself() -> None:
    CalendarYearFactory(confirmed=False)
    with time_machine.travel(datetime(2026, 11, 2, tzinfo=UTC), tick=False):
        assert "2027" in checks.check_calendar()[0].msg


@pytest.mark.django_db
def test_all_three_are_registered_as_ordinary_checks() -> None:
    CalendarYear.objects.all().delete()
    assert "audit.W001" in ids(run_checks())


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("sqlite_only")
@pytest.mark.parametrize(
    ("spoil", "restore"),
    [
        ("synchronous = NORMAL", "synchronous = FULL"),
        ("recursive_triggers = OFF", "recursive_triggers = ON"),
        ("journal_mode = DELETE", "journal_mode = WAL"),
    ],
)
def test_each_pragma_is_checked(spoil: str, restore: str) -> None:
    assert checks.check_pragmas() == []
    execute(f"PRAGMA {spoil}")
    try:
        assert ids(checks.check_pragmas()) == ["audit.E002"]
    finally:
        execute(f"PRAGMA {restore}")


@pytest.mark.django_db
@pytest.mark.usefixtures("postgresql_only")
def test_postgresql_has_no_pragmas() -> None:
    assert checks.check_pragmas() == []


@pytest.mark.django_db
@pytest.mark.usefixtures("sqlite_only")
def test_a_database_in_memory_has_no_journal() -> None:
    with mock.patch.object(type(connection._connections[connection._alias]), "is_in_memory_db", return_value=True):
        assert checks.check_pragmas() == []


# --- Where there is no database to ask ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_no_fault_of_the_checks() -> None:
    with transaction.atomic():
        transaction.set_rollback(True)  # from here on every query fails
        assert checks.check_triggers() == []
        assert checks.check_calendar() == []


@pytest.mark.django_db
def test_before_the_first_migrate_there_is_no_calendar_to_miss() -> None:
    execute("ALTER TABLE audit_calendaryear RENAME TO audit_elsewhere")
    with time_machine.travel(datetime(2027, 12, 1, tzinfo=UTC), tick=False):
        assert checks.check_calendar() == []


@pytest.mark.parametrize("command", [["check"], ["makemigrations", "--check", "--dry-run", "audit"]])
@pytest.mark.parametrize("name", ["empty.sqlite3", "no/such/folder/db.sqlite3"])
def test_commands_start_on_an_empty_or_unreachable_database(tmp_path: Path, name: str, command: list[str]) -> None:
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / name}", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "audit." not in done.stderr
