"""Triggers that make tables append-only in the database itself, on SQLite and on PostgreSQL (A30, T30.1).

What was measured and why it looks so: SQLite lets INSERT OR REPLACE past delete triggers unless `recursive_triggers`
is on, hence a third trigger for a key that exists; Django remakes SQLite tables in migrations and the triggers are
gone with the old one, hence `install` runs after every migrate; PostgreSQL row triggers do not see TRUNCATE, and
`session_replication_role=replica` switches off all that are not ENABLE ALWAYS.
"""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

#: Append-only tables and the columns whose values no second row may take. Filled by `protect`.
PROTECTED: dict[str, tuple[str, ...]] = {}

_FUNCTION = "audit_append_only"
_FUNCTION_BODY = (
    " BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END "
)


def protect(table: str, keys: tuple[str, ...] = ("id",)) -> None:
    """Register `table` as append-only; to be called from the `ready` of the app that owns it.

    `keys` are its unique columns, primary key included. The triggers come with the next migrate.
    """
    PROTECTED[table] = keys


def install(using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """Create what `missing` finds missing or changed in the database `using`. Also the receiver of post_migrate."""
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for table in _existing(connection):
            if _faults(connection, cursor, table):
                for statement in _statements(connection, table):
                    cursor.execute(statement)


def remove(using: str = DEFAULT_DB_ALIAS) -> None:
    """Drop all triggers in the database `using`. For tests of what happens then; `check` finds them missing."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for table in _existing(connection):
            for name in _definitions(connection, table):
                cursor.execute(_drop(connection, table, name))


def missing(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Return the names of the triggers that are absent, changed or disabled on existing protected tables."""
    connection = connections[using]
    with connection.cursor() as cursor:
        return [name for table in _existing(connection) for name in _faults(connection, cursor, table)]


def writable(using: str = DEFAULT_DB_ALIAS) -> list[tuple[str, str]]:
    """Return (role, table) of each protected table whose rows or triggers the role of this PostgreSQL connection can change.

    Superusers can everything, an owner (and whoever may become him) takes the triggers off. SQLite has no roles: nothing.
    """
    connection = connections[using]
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, relname FROM pg_class WHERE oid IN (SELECT to_regclass(name) FROM unnest(%s::text[]) AS name)"
            " AND (pg_has_role(relowner, 'MEMBER') OR has_any_column_privilege(oid, 'UPDATE')"
            " OR has_table_privilege(oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER')) ORDER BY relname",
            [list(PROTECTED)],
        )
        return cursor.fetchall()


def _existing(connection: BaseDatabaseWrapper) -> list[str]:
    tables = set(connection.introspection.table_names())
    return [table for table in PROTECTED if table in tables]


def _definitions(connection: BaseDatabaseWrapper, table: str) -> dict[str, str]:
    """Return trigger name → definition, worded as the database itself reports it."""
    if connection.vendor == "sqlite":
        return _sqlite_definitions(table, PROTECTED[table])
    function = f"FOR EACH {{}} EXECUTE FUNCTION {_FUNCTION}()"
    change, truncate = f"{table}_no_change", f"{table}_no_truncate"
    return {
        change: f"CREATE TRIGGER {change} BEFORE DELETE OR UPDATE ON {table} {function.format('ROW')}",
        truncate: f"CREATE TRIGGER {truncate} BEFORE TRUNCATE ON {table} {function.format('STATEMENT')}",
    }


def _sqlite_definitions(table: str, keys: tuple[str, ...]) -> dict[str, str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    taken = " OR ".join(f"{key} = NEW.{key}" for key in keys)
    when = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken})"  # noqa: S608 -- table names of our own models
    return {
        f"{table}_no_update": f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
        f"{table}_no_delete": f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        f"{table}_no_replace": f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} {when} {refuse}",
    }


def _statements(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    statements = []
    if connection.vendor == "postgresql":
        statements.append(
            f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $${_FUNCTION_BODY}$$"
        )
    for name, definition in _definitions(connection, table).items():
        statements += [_drop(connection, table, name), definition]
        if connection.vendor == "postgresql":
            statements.append(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    return statements


def _drop(connection: BaseDatabaseWrapper, table: str, name: str) -> str:
    return f"DROP TRIGGER IF EXISTS {name}" + (f" ON {table}" if connection.vendor == "postgresql" else "")


def _faults(connection: BaseDatabaseWrapper, cursor: Any, table: str) -> list[str]:
    if connection.vendor == "sqlite":
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
    else:
        # A trigger counts only if it is ENABLE ALWAYS and its function still has our body.
        cursor.execute(
            "SELECT t.tgname, pg_get_triggerdef(t.oid, true) FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE t.tgrelid = to_regclass(%s) AND t.tgenabled = 'A' AND p.prosrc = %s",
            [table, _FUNCTION_BODY],
        )
    found = dict(cursor.fetchall())
    return [name for name, definition in _definitions(connection, table).items() if found.get(name) != definition]
