"""Scenes: a world that many tests stand on is built once in a process by the services, afterwards its writes are repeated.

The bureau with its accounts costs half a second of rights and pages through the services, and 1,500 tests begin with
it. `scene` runs the builder once and keeps every INSERT, UPDATE and DELETE it sent, and the files it stored; the next
test that asks for the same scene at the same point gets the same statements: the same rows with the same keys, with
triggers and search tables written by the database as always, in milliseconds.

A scene is repeated only where it is certain to mean the same:

- the database is in the state the recording began in: migrated, or migrated and the same scenes, nothing else written
  (`Journal` watches every statement of the process; anything unknown ends the certainty until the next test);
- the clock stands on the same day, at most an hour after the recording: a test that travels first gets its own.

Otherwise the builder runs. What `scene` returns is read from the database both times, so the first test and the
hundredth get the same. Not for a test of the building itself: that calls the builder.
"""

from __future__ import annotations

import copy
import dataclasses
import datetime
import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core import mail
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

if TYPE_CHECKING:
    from collections.abc import Callable

FRESH = datetime.timedelta(hours=1)
WRITES = {"INSERT", "UPDATE", "DELETE"}
#: The table of which the watch on what is public writes a row by itself, also when a scene is repeated.
MARKS = '"policy_pages_publicchange"'
HARMLESS = {"SELECT", "SAVEPOINT", "RELEASE", "BEGIN", "PRAGMA", "EXPLAIN", "SET", "SHOW", "FETCH", "CLOSE", "DECLARE"}


@dataclass
class Recording:
    """The statements of one scene; `number` tells it from every other recording of this process."""

    number: int
    began: datetime.datetime
    sequences: dict[str, int | None] = field(default_factory=dict)
    statements: list[tuple[str, Any, bool]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    result: Any = None
    is_whole: bool = True

    def is_fresh(self) -> bool:
        """Whether a builder called now would write about the same times."""
        now = timezone.now()
        is_same_day = timezone.localdate(now) == timezone.localdate(self.began)
        return is_same_day and datetime.timedelta(0) <= now - self.began <= FRESH


class Journal:
    """Sees every statement of the default connection: records a scene, and knows whether anything else was written."""

    def __init__(self) -> None:
        #: Numbers of the recordings the database consists of since it was migrated; None: of something else too.
        self.state: tuple[int, ...] | None = None
        self.recording: Recording | None = None
        self.is_repeating = False
        self.kept: dict[tuple[Any, ...], Recording] = {}
        self.numbers = itertools.count()

    def begin_test(self) -> None:
        """Every test starts from the migrated database, unless a fixture of wider scope holds a transaction open."""
        self.state = None if connection.in_atomic_block else ()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        """The wrapper for `connection.execute_wrappers`."""
        if (self.state is not None or self.recording) and not self.is_repeating:
            self._note(sql, params, many)
        return execute(sql, params, many, context)

    def _note(self, sql: str, params: Any, many: bool) -> None:
        if MARKS in str(sql):
            return
        word = str(sql).lstrip(" (\n")[:10].split(None, 1)[0].upper().rstrip(";")
        if word in HARMLESS:
            return
        if self.recording is None:
            self.state = None
        elif word in WRITES:
            self.recording.statements.append((sql, copy.deepcopy(list(params) if many else params), many))
        else:
            self.recording.is_whole = False


journal = Journal()


def scene(name: str, build: Callable[[], Any]) -> Any:
    """What `build` makes: model instances, alone or in a dataclass, tuple, list or dictionary, all read anew."""
    if journal.state is None or journal.recording:
        return build()
    key = (journal.state, name, connection.in_atomic_block, timezone.localdate())
    kept = journal.kept.get(key)
    if kept is None or not kept.is_whole or not kept.is_fresh():
        kept = journal.kept[key] = record(build)
    else:
        repeat(kept)
    journal.state = (*key[0], kept.number) if kept.is_whole else None
    return read_anew(kept.result)


def record(build: Callable[[], Any]) -> Recording:
    """Run the builder and keep what it wrote."""
    before, sequences, letters = files(), sequence_values(), len(mail_sent())
    journal.recording = recording = Recording(next(journal.numbers), timezone.now())
    try:
        recording.result = build()
    finally:
        journal.recording = None
        journal.state = None
    after = files()
    recording.files = {name: data for name, data in after.items() if name not in before}
    moved = sequence_values()
    recording.sequences = {name: value for name, value in sequences.items() if moved[name] != value}
    is_additive = all(after.get(name) == data for name, data in before.items())
    recording.is_whole &= is_additive and len(mail_sent()) == letters
    return recording


def repeat(recording: Recording) -> None:
    """Write the scene again, with the keys it had."""
    journal.is_repeating = True
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for sequence, value in recording.sequences.items():
                cursor.execute("SELECT setval(%s, %s, %s)", [sequence, value or 1, value is not None])
            for sql, params, many in recording.statements:
                (cursor.executemany if many else cursor.execute)(sql, params)
    finally:
        journal.is_repeating = False
    for name, data in recording.files.items():
        path = Path(settings.MEDIA_ROOT, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def read_anew(thing: Any) -> Any:
    """The same with every model instance fetched from the database."""
    if isinstance(thing, Model):
        return type(thing)._base_manager.get(pk=thing.pk)
    if isinstance(thing, dict):
        return {key: read_anew(value) for key, value in thing.items()}
    if isinstance(thing, tuple) and hasattr(thing, "_make"):
        return thing._make(read_anew(part) for part in thing)
    if isinstance(thing, list | tuple):
        return type(thing)(read_anew(part) for part in thing)
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        return type(thing)(**{part.name: read_anew(getattr(thing, part.name)) for part in dataclasses.fields(thing)})
    return thing


def sequence_values() -> dict[str, int | None]:
    """PostgreSQL's sequences, which no rollback takes back; none on SQLite, where a rollback does."""
    if connection.vendor != "postgresql":
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(sequencename), last_value FROM pg_sequences WHERE schemaname = 'public'")
        return dict(cursor.fetchall())


def files() -> dict[str, bytes]:
    """Everything below the test's media folder."""
    root = Path(settings.MEDIA_ROOT)
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def mail_sent() -> list[Any]:
    """Letters of this test."""
    return getattr(mail, "outbox", [])
