from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError, SystemCheckError
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import IntegrityError, connection, migrations, models, transaction
from django.db.migrations.state import ProjectState

from audit import guard, triggers
from audit.models import Event
from audit.services import record, restore_triggers, verify_chain

from .attacks import copy_of, execute, install_triggers, remove_triggers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _two_events(_django_db_helper: None) -> None:
    record(action="a.b")


def refused(sql: str) -> None:
    before = list(Event.objects.values())
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        execute(sql)
    assert list(Event.objects.values()) == before


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_event SET action = 'x.y' WHERE seq = 1",
        "UPDATE audit_event SET hash = hash",
        "DELETE FROM audit_event WHERE seq = 2",
        "DELETE FROM audit_event",
        copy_of(1, action="'x.y'") + " ON CONFLICT (id) DO UPDATE SET action = 'x.y'",
        copy_of(1, id="id + 1000") + " ON CONFLICT (seq) DO UPDATE SET action = 'x.y'",
    ],
)
def test_raw_sql_is_refused(sql: str) -> None:
    refused(sql)


@pytest.mark.usefixtures("sqlite_only")
@pytest.mark.parametrize("key", [{"seq": "99"}, {"id": "id + 1000"}])
@pytest.mark.parametrize("verb", ["INSERT OR REPLACE INTO", "REPLACE INTO", "INSERT OR IGNORE INTO"])
def test_replace_is_refused(verb: str, key: dict[str, str]) -> None:
    refused(copy_of(1, verb=verb, action="'x.y'", **key))


@pytest.mark.usefixtures("sqlite_only")
def test_replace_is_refused_even_without_recursive_triggers() -> None:
    execute("PRAGMA recursive_triggers = OFF")
    try:
        refused(copy_of(1, verb="REPLACE INTO", action="'x.y'"))
    finally:
        execute("PRAGMA recursive_triggers = ON")


@pytest.mark.usefixtures("sqlite_only")
def test_update_or_replace_is_refused() -> None:
    refused("UPDATE OR REPLACE audit_event SET seq = 1 WHERE seq = 2")


@pytest.mark.usefixtures("postgresql_only")
@pytest.mark.parametrize("sql", ["TRUNCATE audit_event", "TRUNCATE audit_event CASCADE"])
def test_truncate_is_refused(sql: str) -> None:
    refused(sql)


@pytest.mark.usefixtures("postgresql_only")
@pytest.mark.parametrize("sql", ["UPDATE audit_event SET action = 'x.y'", "DELETE FROM audit_event"])
def test_replica_role_does_not_switch_the_triggers_off(sql: str) -> None:
    execute("SET LOCAL session_replication_role = replica")
    refused(sql)


def test_a_plain_insert_is_let_through_and_the_chain_shows_it() -> None:
    execute(copy_of(2, id="id + 1000", seq="3"))
    assert verify_chain().first_bad_seq == 3


# --- Presence -----------------------------------------------------------------------------------------------------


def drop(name: str) -> str:
    return f"DROP TRIGGER {name}" + (" ON audit_event" if connection.vendor == "postgresql" else "")


def installed(*tables: str) -> list[str]:
    return sorted(name for table in tables or ("audit_event",) for name in triggers._definitions(connection, table))


def all_installed() -> list[str]:
    """Those of other apps' tables too."""
    return installed(*triggers.PROTECTED)


def sabotages() -> Iterator[tuple[str, str]]:
    """(vendor, SQL) of each way to disarm a trigger without dropping it; the power check of `missing`."""
    yield "sqlite", "CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event BEGIN SELECT 1; END"
    yield (
        "sqlite",
        "CREATE TRIGGER audit_event_no_update BEFORE UPDATE OF id ON audit_event"
        " BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END",
    )
    yield "postgresql", "ALTER TABLE audit_event DISABLE TRIGGER audit_event_no_change"
    yield "postgresql", "ALTER TABLE audit_event ENABLE TRIGGER audit_event_no_change"
    yield (
        "postgresql",
        "CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RETURN NEW; END $$",
    )
    yield (
        "postgresql",
        "CREATE OR REPLACE TRIGGER audit_event_no_change BEFORE UPDATE OF seq ON audit_event"
        " FOR EACH ROW EXECUTE FUNCTION audit_append_only()",
    )
    yield (
        "postgresql",
        "CREATE OR REPLACE TRIGGER audit_event_no_change BEFORE DELETE OR UPDATE ON audit_event"
        " FOR EACH ROW WHEN (false) EXECUTE FUNCTION audit_append_only()",
    )


def test_nothing_is_missing_after_migrate() -> None:
    assert triggers.missing() == []
    call_command("check")


def test_each_dropped_trigger_is_found_by_check() -> None:
    for name in installed():
        execute(drop(name))
        assert triggers.missing() == [name]
        with pytest.raises(SystemCheckError, match=rf"audit\.E001.*{name}"):
            call_command("check")
        install_triggers()
        assert triggers.missing() == []


@pytest.mark.parametrize(("vendor", "sql"), list(sabotages()))
def test_each_changed_trigger_is_found_by_check_and_put_right(vendor: str, sql: str) -> None:
    if vendor != connection.vendor:
        pytest.skip(f"{vendor} only")
    if vendor == "sqlite":
        execute(drop("audit_event_no_update"))
    execute(sql)
    with pytest.raises(SystemCheckError, match=r"audit\.E001"):
        call_command("check")
    install_triggers()
    assert triggers.missing() == []
    refused("UPDATE audit_event SET action = 'x.y'")


def test_remove_takes_all_and_install_brings_all_back() -> None:
    remove_triggers()
    assert sorted(triggers.missing()) == all_installed()
    install_triggers()
    assert triggers.missing() == []


def test_restoring_is_recorded() -> None:
    assert restore_triggers(actor=None) == []
    assert Event.objects.count() == 2
    remove_triggers()
    assert sorted(restore_triggers(actor=None)) == all_installed()
    event = Event.objects.last()
    assert (event.action, sorted(event.payload["triggers"])) == ("audit.triggers_restored", all_installed())
    assert triggers.missing() == []


def test_a_table_that_does_not_exist_yet_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triggers, "PROTECTED", dict(triggers.PROTECTED))
    triggers.protect("audit_not_there")
    install_triggers()
    assert triggers.missing() == []


def test_another_app_s_table_is_protected_by_its_primary_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triggers, "PROTECTED", dict(triggers.PROTECTED))
    execute("CREATE TABLE audit_scratch (id integer PRIMARY KEY, word varchar(10))")
    execute("INSERT INTO audit_scratch VALUES (1, 'a')")
    triggers.protect("audit_scratch")
    assert len(triggers.missing()) == len(installed())
    install_triggers()
    with pytest.raises(IntegrityError, match="audit_scratch is append-only"), transaction.atomic():
        execute("UPDATE audit_scratch SET word = 'b'")
    with pytest.raises(IntegrityError), transaction.atomic():
        execute("INSERT INTO audit_scratch VALUES (1, 'b')")
    execute("INSERT INTO audit_scratch VALUES (2, 'b')")


# --- Migrations ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_migration_that_remakes_the_table_gets_the_triggers_back() -> None:
    change = migrations.AddField("event", "note", models.CharField(max_length=9, default="x"))
    state = ProjectState.from_apps(apps)
    changed = state.clone()
    change.state_forwards("audit", changed)
    emit_pre_migrate_signal(0, False, "default")
    with connection.schema_editor() as editor:
        change.database_forwards("audit", editor, state, changed)
    try:
        if connection.vendor == "sqlite":
            assert sorted(triggers.missing()) == installed()  # power check: the remake does take them away
        emit_post_migrate_signal(0, False, "default")
        assert triggers.missing() == []
    finally:
        with guard.lifted(), connection.schema_editor() as editor:
            change.database_backwards("audit", editor, changed, state)
        install_triggers()


@pytest.mark.django_db(transaction=True)
def test_migrate_itself_puts_the_triggers_back() -> None:
    remove_triggers()
    call_command("migrate", verbosity=0)
    assert triggers.missing() == []


@pytest.mark.django_db(transaction=True)
def test_flush_is_refused() -> None:
    with pytest.raises(CommandError, match="couldn't be flushed"):
        call_command("flush", interactive=False, verbosity=0)
    assert Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_migrations_back_and_forward_keep_the_triggers() -> None:
    for name in ("0007_outcome_fits_end", "0009_notices"):
        remove_triggers()  # as a migration that remakes the table does, in either direction
        call_command("migrate", "audit", name, verbosity=0)
        assert triggers.missing() == []
        refused("UPDATE audit_event SET action = 'x.y'")
