"""What an SQLite connection of ours may not even compile: statements that would rewrite an append-only table (A30, T30.1).

SQLite asks the authorizer about each part of a statement before it runs, whoever wrote it, inside triggers and views too.
It knows UPDATE and DELETE, and what the triggers cannot stop: dropping them, adding one that swallows what is written,
dropping or altering their table, writing the schema by hand. It knows a temporary table or view that bears the name of
one, too: SQLite looks there first, and what is recorded would be gone with the connection. Since nobody tells it the new
name of what is renamed, no temporary table is altered at all. It sees no REPLACE; the triggers do. PostgreSQL has roles
for this (deploy/postgresql-roles.sql). Whoever runs Python of his own in our process can take it off again, and a program
that opens the file itself never had it: those the chain and its digests find.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from .triggers import PROTECTED

#: Action → which of the two arguments of the authorizer names the table.
_FIRST, _SECOND = 0, 1
_TABLE_IN = {
    sqlite3.SQLITE_UPDATE: _FIRST,
    sqlite3.SQLITE_DELETE: _FIRST,
    sqlite3.SQLITE_DROP_TABLE: _FIRST,
    sqlite3.SQLITE_ALTER_TABLE: _SECOND,
    sqlite3.SQLITE_DROP_TRIGGER: _SECOND,
    sqlite3.SQLITE_CREATE_TRIGGER: _SECOND,
    sqlite3.SQLITE_CREATE_TEMP_TRIGGER: _SECOND,
}
#: What makes a name, which stands as it was typed; `CREATE TABLE temp.x` is not told apart by its action.
_CREATE = frozenset(
    {
        sqlite3.SQLITE_CREATE_TABLE,
        sqlite3.SQLITE_CREATE_VIEW,
        sqlite3.SQLITE_CREATE_VTABLE,
        sqlite3.SQLITE_CREATE_TEMP_TABLE,
        sqlite3.SQLITE_CREATE_TEMP_VIEW,
    }
)
_TEMPORARY = "temp"
_WATCHED = frozenset({*_TABLE_IN, *_CREATE, sqlite3.SQLITE_PRAGMA})
_SCHEMA_BY_HAND = "writable_schema"
#: Harmless where nobody refuses it, and refused without a table being there: what `stands` asks with.
_PROBE = f"PRAGMA {_SCHEMA_BY_HAND} = OFF"

#: Connections that stand open now, those that open again meanwhile included. A connection belongs to one thread.
_lifted: WeakSet[BaseDatabaseWrapper] = WeakSet()


def _authorize(action: int, first: str | None, second: str | None, database: str | None, inner: str | None) -> int:
    """Answer SQLite, some fifty times per statement: the common way out comes first."""
    if action not in _WATCHED:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA:
        is_forbidden = second is not None and str(first).lower() == _SCHEMA_BY_HAND
    elif action in _CREATE:
        is_forbidden = database == _TEMPORARY and str(first).lower() in PROTECTED
    else:
        is_renaming = action == sqlite3.SQLITE_ALTER_TABLE and first == _TEMPORARY
        is_forbidden = is_renaming or (first, second)[_TABLE_IN[action]] in PROTECTED
    return sqlite3.SQLITE_DENY if is_forbidden else sqlite3.SQLITE_OK


def stands(using: str = DEFAULT_DB_ALIAS) -> bool:
    """Tell whether the connection `using` refuses; found by asking it, true of every database but SQLite.

    Raises DatabaseError when the database cannot be opened.
    """
    connection = connections[using]
    if connection.vendor != "sqlite":
        return True
    connection.ensure_connection()
    try:
        connection.connection.execute(_PROBE)
    except sqlite3.DatabaseError as error:
        return error.sqlite_errorcode == sqlite3.SQLITE_AUTH
    return False


@contextmanager
def lifted(using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Let this thread's connection `using` through until the block ends; the triggers still hold.

    For the service that puts triggers back, and for tests that tamper. Does nothing on other databases, and nothing
    inside another one or inside a migration.
    """
    connection = connections[using]
    was_lifted = connection in _lifted
    _lift(connection)
    try:
        yield
    finally:
        if not was_lifted:
            _lower(connection)


def install(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Receiver of connection_created: the default SQLite connection of every thread gets the guard as it opens."""
    if connection.alias == DEFAULT_DB_ALIAS and connection not in _lifted:
        _set(connection, _authorize)


def lift_for_migrations(using: str, **kwargs: Any) -> None:
    """Receiver of pre_migrate: a migration alters tables, on SQLite by dropping and remaking them."""
    _lift(connections[using])


def lower_after_migrations(using: str, **kwargs: Any) -> None:
    """Receiver of post_migrate, connected after `triggers.install`. A migrate that failed never comes here, and its process ends."""
    _lower(connections[using])


def _lift(connection: BaseDatabaseWrapper) -> None:
    _lifted.add(connection)
    _set(connection, None)


def _lower(connection: BaseDatabaseWrapper) -> None:
    _lifted.discard(connection)
    install(connection)


def _set(connection: BaseDatabaseWrapper, authorizer: Any) -> None:
    # Setting one anew makes SQLite ask again about every statement the connection keeps prepared.
    if connection.vendor == "sqlite" and connection.connection is not None:
        connection.connection.set_authorizer(authorizer)
