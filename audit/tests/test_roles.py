"""The two roles of deploy/postgresql-roles.sql, on a real server: what the application's role cannot do, and that it can work."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection

from audit import checks, triggers
from audit.models import Event
from audit.services import record, verify_chain
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FILE = Path(settings.BASE_DIR, "deploy", "postgresql-roles.sql")
PASSWORD = "for-this-test-only"
FORBIDDEN = "permission denied|must be owner"


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_file_names_every_append_only_table() -> None:
    listed = re.search(r"append_only text\[\] := ARRAY\[(.*?)\]", FILE.read_text(encoding="utf-8"), re.DOTALL)
    assert sorted(re.findall(r"'(\w+)'", listed[1])) == sorted(triggers.PROTECTED)


@pytest.fixture
def become(transactional_db: None, postgresql_only: None) -> Iterator[Callable[[str], None]]:
    """Go on as "owner" or "app", logged in as that role, or as the administrator with "".

    The roles have names of this test database, which other runs on the same server do not meet, and are gone afterwards.
    """
    who = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    prefix = connection.settings_dict["NAME"]
    sql = FILE.read_text(encoding="utf-8").replace("huiqitong_", f"{prefix}_")

    def enter(role: str) -> None:
        connection.close()
        login = {"USER": f"{prefix}_{role}", "PASSWORD": PASSWORD} if role else who
        connection.settings_dict.update(login)

    if not is_superuser():
        pytest.skip("the tests' own role may make no roles")
    run(sql)
    run(sql)  # repeatable
    for role in ("owner", "app"):
        run(f"ALTER ROLE {prefix}_{role} PASSWORD '{PASSWORD}'")
    try:
        yield enter
    finally:
        enter("")
        run(f"REASSIGN OWNED BY {prefix}_owner TO CURRENT_USER")
        run(
            f"DROP OWNED BY {prefix}_app"
        )  # not in one with the other: PostgreSQL drops the default rights once for each
        run(f"DROP OWNED BY {prefix}_owner")
        run(f"DROP ROLE {prefix}_owner, {prefix}_app")


def is_superuser() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return cursor.fetchone()[0]


def warned() -> list[str]:
    return [message.id for message in checks.check_roles()]


def test_the_application_writes_history_and_ordinary_rows(become: Callable[[str], None]) -> None:
    become("app")
    record(action="a.b")  # the first event: genesis and head row too
    record(action="a.b")
    assert verify_chain().ok
    assert Event.objects.count() == 3
    run("UPDATE audit_calendaryear SET notice = 'x'")
    call_command("check")
    assert triggers.missing() == []
    assert warned() == []


def test_the_whole_way_to_the_public_works_in_the_applications_role(become: Callable[[str], None]) -> None:
    """Every statement of accounts, workflow and publication, row locks included."""
    become("app")
    f.make_bureau()
    page = f.act(f.hand_in(f.make_document(f.make_department())), "kjj-review", "reject", comment="缺少依据")
    f.make_public(f.save_draft(page, summary="补了依据"))
    call_command("tick", verbosity=0)
    assert Event.objects.filter(action="page.published").exists()
    assert verify_chain().ok


def forbidden() -> Iterator[str]:
    for table in triggers.PROTECTED:
        yield f"UPDATE {table} SET id = id"  # noqa: S608 -- tables of our own
        yield f"DELETE FROM {table}"  # noqa: S608
        yield f"TRUNCATE {table}"
        yield f"ALTER TABLE {table} DISABLE TRIGGER {table}_no_change"
        yield f"ALTER TABLE {table} DISABLE TRIGGER USER"
        yield f"DROP TRIGGER {table}_no_change ON {table}"
        yield f"DROP TABLE {table}"
        yield f"CREATE TRIGGER swallow BEFORE INSERT ON {table} EXECUTE FUNCTION suppress_redundant_updates_trigger()"
    yield "SET session_replication_role = replica"
    yield "CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
    yield "CREATE TABLE elsewhere (id integer)"
    yield "CREATE TEMPORARY TABLE audit_event (id integer)"
    yield "DELETE FROM audit_chainhead"
    yield "DELETE FROM django_migrations"
    yield "SELECT pg_read_file('postgresql.conf')"


def test_the_application_can_rewrite_nothing_and_take_no_trigger(become: Callable[[str], None]) -> None:
    record(action="a.b")
    before = list(Event.objects.values())
    become("app")
    for sql in forbidden():
        with pytest.raises(ProgrammingError, match=FORBIDDEN):
            run(sql)
            pytest.fail(f"went through: {sql}")
    owner = f"{connection.settings_dict['NAME']}_owner"
    with pytest.raises(ProgrammingError, match=FORBIDDEN):
        run(f"SET ROLE {owner}")
    assert list(Event.objects.values()) == before
    assert triggers.missing() == []


def test_the_owner_migrates_and_what_it_adds_is_the_applications_to_use(become: Callable[[str], None]) -> None:
    become("owner")
    for name in ("0007_outcome_fits_end", "0008_digest"):
        call_command("migrate", "audit", name, verbosity=0)
    assert triggers.missing() == []
    # By its name none that a public page reads: the tables of kept pages are gone with the later migrations.
    run("CREATE TABLE audit_historicallater (id bigserial PRIMARY KEY, word text)")
    become("app")
    run("INSERT INTO audit_historicallater (word) VALUES ('a')")
    run("UPDATE audit_historicallater SET word = 'b'")
    with pytest.raises(ProgrammingError, match=FORBIDDEN):
        run("DROP TABLE audit_historicallater")


def test_triggers_are_put_back_by_the_owner_and_the_application_is_told_so(become: Callable[[str], None]) -> None:
    run("DROP TRIGGER audit_event_no_change ON audit_event")
    become("app")
    with pytest.raises(CommandError, match="huiqitong_owner"):
        call_command("audit_protect")
    become("owner")
    call_command("audit_protect", verbosity=0, stdout=io.StringIO())
    assert triggers.missing() == []
    assert Event.objects.filter(action="audit.triggers_restored").exists()


# --- The check ----------------------------------------------------------------------------------------------------


def test_a_role_that_owns_the_tables_is_warned_of_each(become: Callable[[str], None]) -> None:
    for role in ("", "owner"):  # a superuser may everything
        become(role)
        assert warned() == ["audit.W002"] * len(triggers.PROTECTED)


def test_each_single_right_too_many_is_found(become: Callable[[str], None]) -> None:
    name = connection.settings_dict["NAME"]
    app = f"{name}_app"
    for right in ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER", "UPDATE (action)"):
        run(f"GRANT {right} ON audit_event TO {app}")
        become("app")
        assert [app in found.msg and "audit_event" in found.msg for found in checks.check_roles()] == [True], right
        become("")
        run(f"REVOKE {right} ON audit_event FROM {app}")
    run(f"GRANT {name}_owner TO {app}")
    become("app")
    assert warned() == ["audit.W002"] * len(triggers.PROTECTED)


@pytest.mark.django_db
@pytest.mark.usefixtures("postgresql_only")
def test_it_is_asked_before_a_deployment_alone() -> None:
    assert "audit.W002" not in [message.id for message in run_checks()]
    assert "audit.W002" in [message.id for message in run_checks(include_deployment_checks=True)]


@pytest.mark.django_db
@pytest.mark.usefixtures("sqlite_only")
def test_sqlite_has_no_roles_to_warn_of() -> None:
    assert warned() == []
