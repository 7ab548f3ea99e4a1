"""Marks that cannot be mistaken: words in every text, title and file name of a department, and numbers in its keys.

A word is `qz<kind>of<code>x<random>x`; only who has the right of its kind over that department may meet it. Keys are
told apart too: while a department is made every sequence starts in a range of its own, so a number of eight digits in
an answer names one row.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection, models

from accounts.enums import Resource, Verb

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import Department

#: Kind of canary -> rights of reading, any of which opens it. `public` is for everybody.
READERS: dict[str, tuple[tuple[Resource, Verb], ...]] = {
    "draft": ((Resource.DRAFT, Verb.READ),),
    "attachment": ((Resource.ATTACHMENT, Verb.READ),),
    "change": ((Resource.CHANGE, Verb.READ),),
    "account": ((Resource.ACCOUNT, Verb.READ),),
    "filing": ((Resource.FILING, Verb.READ),),
    "late": ((Resource.LATE_REASON, Verb.READ),),
    "correction": ((Resource.CORRECTION, Verb.READ),),
    "contact": ((Resource.CORRECTION, Verb.CONTACT),),
    "window": ((Resource.WINDOW_NOTICE, Verb.READ),),
    "recovery": ((Resource.SECOND_FACTOR, Verb.RECOVER), (Resource.ACCOUNT, Verb.READ)),
    "person": tuple(
        (kind, Verb.READ) for kind in (Resource.DRAFT, Resource.ACCOUNT, Resource.FILING, Resource.ASSIGNMENT)
    ),
    "public": (),
}
WORD = re.compile(r"qz([a-z]+?)of([a-z]+)x[0-9a-f]{6}x")
#: Keys of the ranges below: two digits of the department, two of the table, four of the row.
NUMBER = re.compile(r"(?<![\d.])9[1-9]\d{6}(?!\d)")
#: In a row of the database, where hashes and UUIDs stand too: no part of a longer word of hexadecimal digits.
KEY_IN_ROW = re.compile(r"(?<![\da-f.])9[1-9]\d{6}(?![\da-f]|-[\da-f]{4}-)")
RANGE = 1_000_000
#: Keys that each table has of a range.
STEP = 5_000
#: Tables whose rows tell a stranger something by being there, with the kind of canary their key is.
SECRET_TABLES = {
    "wagtailcore_page": "draft",
    "wagtailcore_revision": "draft",
    "wagtailcore_workflowstate": "draft",
    "wagtailcore_taskstate": "draft",
    "policy_pages_policyfile": "attachment",
    "policy_pages_changerecord": "change",
    "accounts_accountfiling": "filing",
    "accounts_secondfactorrecovery": "recovery",
    "policy_pages_windownotice": "window",
    "policy_pages_latereason": "late",
    "policy_pages_correctionticket": "correction",
}

#: Tables that follow from others.
DERIVED = "wagtailsearch_"


class Canary(NamedTuple):
    """A kind of secret of the department with this code."""

    kind: str
    code: str


def word(kind: str, code: str) -> str:
    """A fresh canary word."""
    return f"qz{kind}of{code}x{secrets.token_hex(3)}x"


def tables() -> dict[str, type[models.Model]]:
    """Every table with a model, historical and automatic ones included, but not the search index."""
    from django.apps import apps

    models_ = apps.get_models(include_auto_created=True)
    return {
        model._meta.db_table: model
        for model in models_
        if model._meta.managed and not model._meta.db_table.startswith(DERIVED)
    }


def start_keys_at(start: int) -> None:
    """Let the next row of table number n get the key `start + n * STEP + 1`."""
    assert len(tables()) * STEP <= RANGE, "more tables than a range holds: one department's keys would be another's"
    sequences = connection.introspection.sequence_list if connection.vendor != "sqlite" else None
    for place, (table, model) in enumerate(sorted(tables().items())):
        key = model._meta.pk
        if not isinstance(key, models.AutoField | models.BigAutoField):
            continue
        value = start + place * STEP
        with connection.cursor() as cursor:
            if sequences is None:
                cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [value, table])
                if not cursor.rowcount:
                    cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, value])
            else:
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [f'"{table}"', key.column, value])


def secret_keys(code: str, start: int, public: Iterable[int]) -> dict[int, Canary]:
    """Key -> what it betrays, for the rows made since `start_keys_at(start)`; `public` are keys of public pages."""
    found: dict[int, Canary] = {}
    for table, kind in SECRET_TABLES.items():
        keys = tables()[table]._default_manager.filter(pk__gt=start, pk__lt=start + RANGE).values_list("pk", flat=True)
        found |= {key: Canary(kind, code) for key in keys}
    for key in public:
        found.pop(key, None)
    return found


def words_in(text: str, asked: str = "") -> set[Canary]:
    """Kinds of canary words in a text, but for the very words that the asker had in his question."""
    known = {found[0] for found in WORD.finditer(asked)}
    return {Canary(found[1], found[2]) for found in WORD.finditer(text) if found[0] not in known}


def keys_in(text: str) -> set[int]:
    """Numbers in a text that may be keys of marked rows."""
    return {int(found) for found in NUMBER.findall(text)}


def own_rows(department: Department, start: int) -> set[tuple[str, int]]:
    """Table and key of every row made in the department's range."""
    rows: set[tuple[str, int]] = set()
    for table, model in tables().items():
        if isinstance(model._meta.pk, models.AutoField | models.BigAutoField):
            keys = model._default_manager.filter(pk__gt=start, pk__lt=start + RANGE).values_list("pk", flat=True)
            rows |= {(table, key) for key in keys}
    return rows
