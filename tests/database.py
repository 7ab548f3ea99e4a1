"""Puts the test database back to what the migrations left, after every test that commits.

Django flushes instead: that meets the append-only triggers of `audit_event`, and it loses the rows that data
migrations made (roles, workflow, calendar, root page), so that every later test would start from another world.
Here the database is copied once after the migrations, and the copy is laid over it: rows, triggers, sequences and
search tables are the migrated ones again. Faster than a flush, and whatever a table forbids does not matter.
A `serialized_rollback` is therefore never needed.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from django.db import connections
from django.test import TransactionTestCase

if TYPE_CHECKING:
    from pathlib import Path

    from django.db.backends.base.base import BaseDatabaseWrapper

#: A thread that still holds a transaction would block the copy for ever; this many waits of 0.1 s, then an error.
PATIENCE = 200


class MigratedCopy:
    """The copy of one freshly migrated test database."""

    def __init__(self, connection: BaseDatabaseWrapper, folder: Path) -> None:
        self.connection = connection
        self.file = folder / f"{connection.alias}-migrated.sqlite3"
        self.name = connection.settings_dict["NAME"]
        self.copy_name = f"{self.name}_migrated"

    def take(self) -> None:
        """Copy the database as it is now."""
        if self.connection.vendor == "sqlite":
            self.connection.ensure_connection()
            with sqlite3.connect(self.file) as copy:
                self._copy(self.connection.connection, copy)
            copy.close()
            return
        self._create_from(self.name, self.copy_name)

    def lay_back(self) -> None:
        """Make the database what it was when the copy was taken."""
        if self.connection.vendor == "sqlite":
            self.connection.ensure_connection()
            copy = sqlite3.connect(self.file)
            self._copy(copy, self.connection.connection)
            copy.close()
            return
        self._create_from(self.copy_name, self.name)

    def discard(self) -> None:
        """Drop the copy; the file of SQLite goes with its temporary folder."""
        if self.connection.vendor != "sqlite":
            with self.connection._nodb_cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {self._quoted(self.copy_name)} WITH (FORCE)")

    def _copy(self, source: sqlite3.Connection, target: sqlite3.Connection) -> None:
        waits = iter(range(PATIENCE))

        def still_patient(status: int, remaining: int, total: int) -> None:
            if status != sqlite3.SQLITE_DONE and next(waits, None) is None:
                raise RuntimeError("The test left a transaction open on another connection of the test database.")

        source.backup(target, pages=-1, progress=still_patient, sleep=0.1)

    def _create_from(self, template: str, name: str) -> None:
        self.connection.close()
        template, name = self._quoted(template), self._quoted(name)
        with self.connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")

    def _quoted(self, name: str) -> str:
        return self.connection.ops.quote_name(name)


def replace_flush(folder: Path) -> list[MigratedCopy]:
    """Copy every test database and let tests that commit end by laying the copy back."""
    copies = {alias: MigratedCopy(connections[alias], folder) for alias in connections}
    for copy in copies.values():
        copy.take()

    def fixture_teardown(self: TransactionTestCase) -> None:
        for alias in self._databases_names(include_mirrors=False):
            copies[alias].lay_back()

    TransactionTestCase._fixture_teardown = fixture_teardown
    return list(copies.values())
