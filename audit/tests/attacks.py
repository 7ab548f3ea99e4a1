"""Raw SQL against the event table, as somebody with the database at hand would write it: past the connection's guard."""

from django.db import connection

from audit import guard, triggers
from audit.models import Event


def execute(sql: str, parameters: list[object] | None = None) -> None:
    """What is refused is refused by the triggers; tests of the guard send their SQL themselves."""
    with guard.lifted(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def remove_triggers() -> None:
    with guard.lifted():
        triggers.remove()


def tamper(statement: str, *values: object) -> None:
    """As somebody with the database in his hands: past the triggers too."""
    remove_triggers()
    execute(statement, list(values))


def install_triggers() -> None:
    with guard.lifted():
        triggers.install()


def copy_of(source: int, *, verb: str = "INSERT INTO", **changes: str) -> str:
    """SQL that inserts a copy of event number `source`, with `changes` as column → SQL expression."""
    columns = [field.column for field in Event._meta.concrete_fields]
    values = [changes.get(column, column) for column in columns]
    return f"{verb} audit_event ({', '.join(columns)}) SELECT {', '.join(values)} FROM audit_event WHERE seq = {source}"  # noqa: S608
