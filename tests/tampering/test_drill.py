"""The tampering drill: six ways to rewrite the history behind the application's back, and each must be found (P10).

Everything is done by a connection of its own: to the file with `sqlite3`, to the server with `psycopg`, the triggers
dropped first, as somebody with the database at hand would. `audit_verify --since-digest` must find 6 of 6, with a digest that
was signed before, and must be silent about a chain that nobody touched.
"""

# ruff: noqa: S608 -- SQL of our own making against a test database

from __future__ import annotations

import contextlib
import io
import sqlite3
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit.models import Event
from audit.services import keys, record, sign_digest
from audit.services.digest import write_digest
from audit.services.hashing import event_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db(transaction=True)


@contextlib.contextmanager
def outside() -> Iterator[Any]:
    """A connection that the application knows nothing of; what it does is committed."""
    if connection.vendor == "sqlite":
        raw = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    else:
        raw = psycopg.connect(**psycopg_parameters(), autocommit=True)
    try:
        yield raw
    finally:
        raw.close()


def psycopg_parameters() -> dict[str, Any]:
    wanted = ("host", "port", "dbname", "user", "password")
    return {name: value for name, value in connection.get_connection_params().items() if name in wanted}


def run(*statements: str, table: str = "audit_event") -> None:
    """With the triggers of the table out of the way."""
    with outside() as raw:
        if connection.vendor == "sqlite":
            for name in ("update", "delete", "replace"):
                raw.execute(f"DROP TRIGGER IF EXISTS {table}_no_{name}")
        else:
            raw.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            raw.execute(statement)


def row(source: int, **changes: str) -> str:
    """SQL that inserts a copy of an event."""
    columns = [field.column for field in Event._meta.concrete_fields]
    values = ", ".join(changes.get(column, column) for column in columns)
    return f"INSERT INTO audit_event ({', '.join(columns)}) SELECT {values} FROM audit_event WHERE seq = {source}"


HEAD_TO_LAST = "UPDATE audit_chainhead SET (seq, hash) = (SELECT seq, hash FROM audit_event ORDER BY seq DESC LIMIT 1)"


@pytest.fixture
def digest(settings: SettingsWrapper, tmp_path: Path) -> Path:
    """Twelve events, a digest of them, five more."""
    settings.HUIQITONG_DIGEST_KEY = str(tmp_path / "digest.pem")
    for n in range(11):
        record(action="a.b", payload={"n": n})
    write_digest(tmp_path / "d.json", sign_digest())
    for n in range(4):
        record(action="a.b", payload={"n": n})
    return tmp_path / "d.json"


def verify(*arguments: object) -> str:
    out = io.StringIO()
    call_command("audit_verify", *map(str, arguments), stdout=out)
    return out.getvalue()


def edit() -> None:
    run("UPDATE audit_event SET payload_json = '{\"n\":9}' WHERE seq = 5")


def delete() -> None:
    run("DELETE FROM audit_event WHERE seq = 5")


def delete_and_close_the_gap() -> None:
    run(
        "DELETE FROM audit_event WHERE seq = 5",
        *(f"UPDATE audit_event SET seq = {n - 1} WHERE seq = {n}" for n in range(6, 18)),
    )
    run(HEAD_TO_LAST)


def insert() -> None:
    shifts = [f"UPDATE audit_event SET seq = {n + 1} WHERE seq = {n}" for n in range(17, 4, -1)]
    run(*shifts, row(4, id="id + 1000", seq="5", prev_hash="hash", action="'x.y'"))
    forged = event_hash(Event.objects.get(seq=5))
    run(f"UPDATE audit_event SET hash = '{forged}' WHERE seq = 5", HEAD_TO_LAST)


def swap() -> None:
    run(*(f"UPDATE audit_event SET seq = {new} WHERE seq = {old}" for old, new in ((5, 99), (7, 5), (99, 7))))


def truncate() -> None:
    run("DELETE FROM audit_event WHERE seq > 9", HEAD_TO_LAST)


SIX: list[tuple[Callable[[], None], str]] = [
    (edit, "第 5 号事件的内容与校验值不符"),
    (delete, "第 5 号事件缺失"),
    (delete_and_close_the_gap, "第 5 号事件与前一事件不衔接"),
    (insert, "第 5 号至第 5 号事件是插入的"),
    (swap, "第 5 号与第 7 号事件被调换"),
    (truncate, "止于第 9 号事件，而摘要证明曾有第 12 号"),
]


def test_an_untouched_chain_is_silent(digest: Path) -> None:
    """Power check of the other side: the drill finds only what was done."""
    assert "共 17 个事件" in verify("--since-digest", digest)


@pytest.mark.parametrize(("tampering", "words"), SIX, ids=lambda value: getattr(value, "__name__", None))
def test_each_tampering_is_found(digest: Path, tampering: Callable[[], None], words: str) -> None:
    tampering()
    with pytest.raises(CommandError, match=words) as caught:
        verify("--since-digest", digest)
    assert caught.value.returncode == 1
    with pytest.raises(CommandError, match=r"审计链有问题|止于"):
        verify("--since-digest", digest, "--batch", "2")


def test_an_older_file_that_was_restored_is_found(settings: SettingsWrapper, tmp_path: Path) -> None:
    settings.HUIQITONG_DIGEST_KEY = str(tmp_path / "digest.pem")
    for n in range(7):
        record(action="a.b", payload={"n": n})
    older = tmp_path / "older.sqlite3"
    if connection.vendor == "sqlite":
        with outside() as raw, contextlib.closing(sqlite3.connect(older)) as copy:
            raw.backup(copy)
    else:
        kept = Event.objects.get(seq=8).hash
    for n in range(5):
        record(action="a.b", payload={"n": n})
    write_digest(tmp_path / "d.json", sign_digest())
    assert "审计链完好" in verify("--since-digest", tmp_path / "d.json")
    if connection.vendor == "sqlite":
        with outside() as raw, contextlib.closing(sqlite3.connect(older)) as copy:
            copy.backup(raw)
    else:
        run("DELETE FROM audit_event WHERE seq > 8", f"UPDATE audit_chainhead SET seq = 8, hash = '{kept}'")
    assert "共 8 个事件" in verify(), "power check: alone it looks whole"
    with pytest.raises(CommandError, match="数据库被恢复成更早的文件"):
        verify("--since-digest", tmp_path / "d.json")


def test_a_chain_that_was_written_anew_is_found(digest: Path) -> None:
    run("UPDATE audit_event SET actor_name = '别人' WHERE seq = 5")
    before = Event.objects.get(seq=4).hash
    for event in Event.objects.filter(seq__gte=5):
        event.prev_hash = before
        before = event_hash(event)
        run(f"UPDATE audit_event SET prev_hash = '{event.prev_hash}', hash = '{before}' WHERE seq = {event.seq}")
    run(HEAD_TO_LAST)
    assert "共 17 个事件" in verify(), "power check: alone it looks whole"
    with pytest.raises(CommandError, match="与签署的摘要不符"):
        verify("--since-digest", digest)


def test_the_public_key_alone_is_enough_for_an_inspector(digest: Path, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = tmp_path / "public.pem"
    key = keys.signing_key().public_key()
    public.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (tmp_path / "digest.pem").unlink()
    assert "相符" in verify("--since-digest", digest, "--public-key", public)


def test_dropped_triggers_are_found_by_check(digest: Path) -> None:
    edit()
    from django.core.management.base import SystemCheckError

    with pytest.raises(SystemCheckError, match=r"audit\.E001"):
        call_command("check")
