"""Runs a path again and again, each time with an error one write later, from the same database each time."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import OperationalError, connection, transaction

from tests.database import MigratedCopy
from tests.failpoints.invariants import violations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WRITE = re.compile(r"\s*(?:WITH\b.*?\)\s*)?(INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE | re.DOTALL)
#: A path with more writes than this does not end.
LIMIT = 500


class Failpoint(OperationalError):
    """The error of the harness; an error of the database to all code between, as if the disk were full."""


@dataclass
class Trap:
    """Lets `at - 1` writes pass and fails at the next one; 0 never fails. Commits count apart, in `at_commit`."""

    at: int = 0
    at_commit: int = 0
    writes: list[str] = field(default_factory=list)
    commits: int = 0
    sprung: str = ""

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Stand between Django and the database (`connection.execute_wrapper`)."""
        if WRITE.match(sql):
            self.writes.append(sql)
            if len(self.writes) == self.at:
                self._spring(f"write {self.at}: {sql[:90]}")
        return execute(sql, params, many, context)

    def _spring(self, where: str) -> None:
        self.sprung = where
        raise Failpoint(where)

    @contextlib.contextmanager
    def armed(self) -> Iterator[None]:
        """Watch this thread's connection."""
        commit = connection._commit

        def counted_commit() -> None:
            self.commits += 1
            if self.commits == self.at_commit:
                self._spring(f"commit {self.at_commit}")
            commit()

        connection._commit = counted_commit
        try:
            with connection.execute_wrapper(self):
                yield
        finally:
            del connection._commit


class Prepared:
    """The database as it was when this was made, to come back to after every trial: on SQLite by a copy of the file.

    On PostgreSQL by a copy of every table in a schema of its own: making a database anew takes a second each time.
    Only tables that changed are laid back. Foreign keys are deferred there, and triggers against deletion are set
    aside meanwhile, each in its own mode.
    """

    def __init__(self, folder: Path) -> None:
        self.tables = sorted(name for name in connection.introspection.table_names() if "_fts" not in name)
        self.is_sqlite = connection.vendor == "sqlite"
        if self.is_sqlite:
            self.copy = MigratedCopy(connection, folder)
            self.copy.file = folder / "prepared.sqlite3"
            self.copy.take()
        else:
            self._copy_tables()
        self.before = self._hashes()

    def is_unchanged(self) -> bool:
        """Whether no row of any table was written, changed or taken away since."""
        return self._hashes() == self.before

    def lay_back(self) -> None:
        """Come back."""
        if self.is_sqlite:
            self.copy.lay_back()
            return
        now = self._hashes()
        changed = [name for name in self.tables if now[name] != self.before[name]]
        with transaction.atomic(), connection.cursor() as cursor:
            for name, trigger, _mode in self._triggers(changed):
                cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER {trigger}")
            for name in map(connection.ops.quote_name, changed):
                cursor.execute(f"DELETE FROM {name}")  # noqa: S608 -- names of our own tables, here and below
                cursor.execute(f"INSERT INTO {name} SELECT * FROM prepared.{name}")  # noqa: S608
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for name, trigger, mode in self._triggers(changed):
                cursor.execute(f"ALTER TABLE {name} ENABLE {mode} TRIGGER {trigger}")

    def _copy_tables(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA prepared")
            for name in map(connection.ops.quote_name, self.tables):
                cursor.execute(f"CREATE TABLE prepared.{name} AS TABLE {name}")
            cursor.execute(
                "SELECT relname, tgname, CASE tgenabled WHEN 'A' THEN 'ALWAYS' ELSE '' END"
                " FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal"
            )
            self.triggers = cursor.fetchall()

    def _triggers(self, tables: list[str]) -> Iterator[tuple[str, str, str]]:
        quote = connection.ops.quote_name
        return ((quote(name), quote(trigger), mode) for name, trigger, mode in self.triggers if name in tables)

    def _hashes(self) -> dict[str, str]:
        """Hash of the rows of each table."""
        with connection.cursor() as cursor:
            if not self.is_sqlite:
                one = "SELECT '{0}', md5(string_agg(t::text, ',' ORDER BY t::text)) FROM \"{0}\" t"
                cursor.execute(" UNION ALL ".join(one.format(name) for name in self.tables))
                return dict(cursor.fetchall())
            found = {}
            for name in self.tables:
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)} ORDER BY 1")  # noqa: S608
                found[name] = hashlib.sha256(repr(cursor.fetchall()).encode()).hexdigest()
            return found


@dataclass
class Report:
    """What a sweep found."""

    writes: int = 0
    commits: int = 0
    #: Trials after which the database was byte for byte the old one; the others changed it and stayed true, or not.
    unchanged: int = 0
    #: Statements whose error nobody heard of: the path went on without them.
    swallowed: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


def sweep(run: Callable[[], object], folder: Path, *, refuses_whole: bool = True) -> Report:
    """Fail `run` at its first write, at its second, and so on until none is left, then at each of its commits.

    `run` returns what happened; its errors are errors of the trial, not of the test. `refuses_whole`: after an error
    nothing may have changed at all (one command, one transaction); otherwise the invariants alone decide.
    The last trial of each kind meets no error, so `run` must then have done its work: the database must differ.
    """
    report = Report()
    prepared = Prepared(folder)
    assert violations() == [], "the prepared world is untrue already"
    for kind in ("at", "at_commit"):
        for number in range(1, LIMIT):
            trap = Trap(**{kind: number})
            error = _attempt(run, trap)
            unchanged = prepared.is_unchanged()
            found = [] if unchanged else violations()
            if not unchanged:
                prepared.lay_back()
            if not trap.sprung:
                assert error is None, f"the path fails without any failpoint: {error!r}"
                assert not unchanged, "the path did nothing"
            elif error is None:
                report.swallowed.add(trap.sprung)
            elif refuses_whole and not unchanged:
                found.append(f"refused ({error}), and yet the database has changed")
            report.problems += [f"{trap.sprung or 'no failpoint'}: {problem}" for problem in found]
            report.unchanged += unchanged
            if not trap.sprung:
                report.writes, report.commits = len(trap.writes), trap.commits
                break
        else:
            raise AssertionError(f"more than {LIMIT} writes")
    return report


def _attempt(run: Callable[[], object], trap: Trap) -> Exception | None:
    logging.disable(logging.CRITICAL)  # every trial is an "Internal Server Error" with its trace
    try:
        with trap.armed():
            run()
    except Exception as error:
        return error
    finally:
        logging.disable(logging.NOTSET)
    return None
