"""SQLite refuses before it runs anything; the same statements reach the triggers in test_triggers.py."""

import sqlite3
import threading
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.db.backends.signals import connection_created

from audit import guard, triggers
from audit.models import Event
from audit.services import record, restore_triggers

from .attacks import execute, remove_triggers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sqlite_only")]

UPDATE = "UPDATE audit_event SET action = 'x.y'"
NO_OP = "BEGIN SELECT 1; END"


@pytest.fixture(autouse=True)
def _two_events(_django_db_helper: None) -> None:
    record(action="a.b")


@pytest.fixture
def unguarded(_two_events: None) -> Iterator[None]:
    """As if nobody had listened when the connection opened."""
    connection.connection.set_authorizer(None)
    yield
    guard.install(connections["default"])


def send(sql: str) -> None:
    """As the application would, and who injects SQL into it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def refused(sql: str) -> None:
    with pytest.raises(DatabaseError, match="not authorized"):
        send(sql)


def forbidden() -> Iterator[str]:
    for table in triggers.PROTECTED:
        yield f"UPDATE {table} SET id = id"  # noqa: S608 -- tables of our own
        yield f"DELETE FROM {table}"  # noqa: S608
        yield f"DROP TABLE {table}"
        yield f"ALTER TABLE {table} RENAME TO elsewhere"
        yield f"ALTER TABLE {table} ADD COLUMN extra text"
        for name in triggers._sqlite_definitions(table, ("id",)):
            yield f"DROP TRIGGER {name}"
        for temporary in ("", "TEMP "):  # RAISE(IGNORE) in one would swallow every event
            yield f"CREATE {temporary}TRIGGER swallow BEFORE INSERT ON {table} BEGIN SELECT RAISE(IGNORE); END"
        yield f"CREATE TEMP TABLE {table} (id integer)"
        yield f"CREATE TEMP VIEW {table} AS SELECT 1 AS id"
    yield "CREATE TEMPORARY TABLE IF NOT EXISTS Audit_Event AS SELECT 1 AS id"
    yield 'CREATE TABLE "TEMP".AUDIT_EVENT (id integer)'
    yield "CREATE VIEW temp.audit_event AS SELECT 1 AS id"
    yield "CREATE VIRTUAL TABLE temp.audit_event USING fts5 (action)"
    yield "UPDATE main.AUDIT_EVENT SET action = 'x.y' WHERE 0"
    yield "UPDATE OR REPLACE audit_event SET seq = 1 WHERE seq = 2"
    yield "INSERT INTO audit_event SELECT * FROM audit_event WHERE 1 ON CONFLICT (id) DO UPDATE SET action = 'x.y'"
    yield "WITH old AS (SELECT 1 AS seq) DELETE FROM audit_event WHERE seq IN (SELECT seq FROM old)"
    yield "PRAGMA writable_schema = ON"
    yield "PRAGMA Writable_Schema(1)"


@pytest.mark.parametrize("sql", list(forbidden()))
def test_the_connection_of_the_application_refuses(sql: str) -> None:
    before = list(Event.objects.values())
    refused(sql)
    assert list(Event.objects.values()) == before
    assert triggers.missing() == []


@pytest.mark.parametrize("sql", [UPDATE, "DELETE FROM audit_event"])
def test_lifted_they_reach_the_triggers(sql: str) -> None:
    """Power check: it was the guard that refused."""
    with guard.lifted(), pytest.raises(IntegrityError, match="append-only"):
        send(sql)


def test_a_detour_through_another_tables_trigger_or_a_view_is_refused() -> None:
    send("CREATE TABLE audit_scratch (id integer PRIMARY KEY)")
    send(f"CREATE TRIGGER detour AFTER INSERT ON audit_scratch BEGIN {UPDATE}; END")
    refused("INSERT INTO audit_scratch VALUES (1)")
    send("CREATE VIEW audit_window AS SELECT * FROM audit_event")
    send(f"CREATE TRIGGER window INSTEAD OF DELETE ON audit_window BEGIN {UPDATE}; END")
    refused("DELETE FROM audit_window")


def test_a_temporary_table_does_not_take_the_name_of_one_afterwards() -> None:
    send("CREATE TEMP TABLE audit_scratch (id integer)")
    refused("ALTER TABLE audit_scratch RENAME TO audit_event")
    record(action="c.d")
    assert Event.objects.latest("seq").action == "c.d"
    send("DROP TABLE temp.audit_scratch")


@pytest.mark.django_db(transaction=True)
def test_the_file_under_another_name_is_refused_too() -> None:
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute("ATTACH DATABASE %s AS other", [str(name)])
        try:
            for sql in ("DELETE FROM other.audit_event", "DROP TRIGGER other.audit_event_no_delete"):
                with pytest.raises(DatabaseError, match="not authorized"):
                    cursor.execute(sql)
        finally:
            cursor.execute("DETACH DATABASE other")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_chainhead SET seq = seq",
        "DELETE FROM audit_calendaroverride",
        "CREATE TABLE audit_scratch (id integer)",
        "CREATE TEMP TABLE audit_scratch (id integer)",
        "CREATE TEMP VIEW audit_scratch AS SELECT * FROM audit_event",
        f"CREATE TRIGGER other BEFORE UPDATE ON audit_chainhead {NO_OP}",
        "PRAGMA writable_schema",
        "PRAGMA recursive_triggers = ON",
        "SELECT count(*) FROM audit_event",
    ],
)
def test_what_is_nobodys_history_is_let_through(sql: str) -> None:
    send(sql)


# --- Lifting ------------------------------------------------------------------------------------------------------


def test_a_statement_prepared_while_lifted_is_refused_afterwards() -> None:
    """The connection keeps prepared statements; they must not carry the leave over."""
    remove_triggers()
    with guard.lifted():
        send(UPDATE)
    refused(UPDATE)


def test_lifting_ends_with_an_error_and_not_with_the_inner_of_two() -> None:
    with pytest.raises(RuntimeError), guard.lifted():
        with guard.lifted():
            pass
        assert not guard.stands()
        raise RuntimeError
    assert guard.stands()


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_opens_again_while_lifted_stays_so_until_the_end() -> None:
    with guard.lifted():
        connection.close()
        assert not guard.stands()
    assert guard.stands()


@pytest.mark.django_db(transaction=True)
def test_a_closed_connection_is_lifted_and_lowered_all_the_same() -> None:
    connection.close()
    with guard.lifted():
        assert connection.connection is None
    assert guard.stands()


@pytest.mark.django_db(transaction=True)
def test_each_thread_and_each_new_connection_has_the_guard() -> None:
    connection.close()
    refused(UPDATE)
    found = []

    def look() -> None:
        try:
            found.append(guard.stands())
            refused(UPDATE)
            found.append(True)
        finally:
            connections.close_all()

    with guard.lifted():  # of this thread alone
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert found == [True, True]


def test_migrations_lift_it_and_leave_it_standing() -> None:
    emit_pre_migrate_signal(0, False, "default")
    assert not guard.stands()
    emit_post_migrate_signal(0, False, "default")
    assert guard.stands()


@pytest.mark.django_db(transaction=True)
def test_migrate_itself_remakes_tables_and_leaves_it_standing() -> None:
    for name in ("0007_outcome_fits_end", "0008_digest"):
        call_command("migrate", "audit", name, verbosity=0)
        refused(UPDATE)


def test_a_changed_trigger_is_put_back_and_the_guard_stands_again() -> None:
    execute("DROP TRIGGER audit_event_no_update")
    execute(f"CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event {NO_OP}")
    assert restore_triggers(actor=None) == ["audit_event_no_update"]
    assert triggers.missing() == []
    refused("DROP TRIGGER audit_event_no_update")


# --- The check ----------------------------------------------------------------------------------------------------


def test_check_is_silent_about_a_guarded_connection() -> None:
    call_command("check")


def test_check_finds_a_connection_without_guard(unguarded: None) -> None:
    with pytest.raises(SystemCheckError, match=r"audit\.E003"):
        call_command("check")


@pytest.mark.django_db(transaction=True)
def test_check_finds_that_nobody_listens_any_more() -> None:
    assert connection_created.disconnect(dispatch_uid="audit.guard.install")
    try:
        connection.close()
        with pytest.raises(SystemCheckError, match=r"audit\.E003"):
            call_command("check")
    finally:
        connection_created.connect(guard.install, dispatch_uid="audit.guard.install")
        connection.close()


def test_the_probe_takes_no_other_error_for_a_refusal(monkeypatch: pytest.MonkeyPatch, unguarded: None) -> None:
    monkeypatch.setattr(guard, "_PROBE", "SELECT 1 FROM not_there")
    assert not guard.stands()


def test_another_database_than_the_default_is_left_alone() -> None:
    """A restored copy under another alias may be laid out as its tool likes."""
    raw = sqlite3.connect(":memory:")
    other = type(connections["default"])({**connection.settings_dict}, alias="other")
    other.connection = raw
    guard.install(other)
    raw.execute("PRAGMA writable_schema = ON")
    raw.close()
