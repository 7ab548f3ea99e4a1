"""One request as one person, undone afterwards: what it answered, what of it was secret, which rows it changed."""

from __future__ import annotations

import io
import re
import sys
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core.signals import got_request_exception
from django.db import connection, transaction
from django.test.client import ClientHandler, RequestFactory
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests.matrix.canaries import KEY_IN_ROW, Canary, keys_in, tables, words_in
from tests.matrix.world import RANGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.matrix.roles import Person
    from tests.matrix.world import World

WRITE = re.compile(r'\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM)\s+"(\w+)"')
#: Tables that a request may write without having done anything: sessions, lockouts, who has which editor open.
BOOKKEEPING = {
    "django_session",
    "wagtailadmin_editingsession",
    "wagtailadmin_formstate",
    "wagtailcore_pagesubscription",
    "wagtailusers_userprofile",
    "audit_chainhead",
}
BOOKKEEPING_PREFIXES = ("axes_",)
#: Second factors -> place of the owner's key in a row.
FACTORS = {
    model._meta.db_table: [field.name for field in model._meta.concrete_fields].index("user")
    for model in (TOTPDevice, StaticDevice)
}
#: A refusal may be recorded; an event alone changes nothing.
EVENTS = "audit_event"


@dataclass
class Change:
    """One row that a request inserted, changed or deleted."""

    table: str
    key: Any
    kind: str
    codes: frozenset[str]

    def __str__(self) -> str:
        return f"{self.kind} {self.table}#{self.key}"


@dataclass
class Answer:
    """What came back, and what had been done by then."""

    status: int
    location: str = ""
    text: str = ""
    canaries: set[Canary] = field(default_factory=set)
    keys: set[int] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)
    error: str = ""


class Runner:
    """Sends requests through the whole of Django's handler, each in a transaction that is rolled back."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.handler = ClientHandler(enforce_csrf_checks=False)
        self.handler.load_middleware()
        self.before = {table: rows_of(table) for table in tables()}
        self.public = {key for key in self._marked_keys() if key not in world.secrets} & self._public_keys()
        self.requests: Counter[str] = Counter()

    def ask(self, person: Person, method: str, path: str, data: dict[str, Any] | None = None, **headers: str) -> Answer:
        """Send it, look at it, undo it."""
        self.requests[method] += 1
        factory, touched, errors = RequestFactory(), set(), []
        if person.cookies:
            name, _equals, value = person.cookies.partition("=")
            factory.cookies[name] = value
        if method in {"POST", "GET", "HEAD"}:
            request = getattr(factory, method.lower())(path, data or {}, headers=headers or None)
        else:
            request = factory.generic(method, path, urlencode(data or {}, doseq=True), FORM, headers=headers or None)

        def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if found := WRITE.match(sql):
                touched.add(found[1])
            return execute(sql, params, many, context)

        def failed(sender: Any, request: Any = None, **_rest: Any) -> None:
            errors.append(f"{sys.exc_info()[0].__name__}: {sys.exc_info()[1]}"[:300])

        got_request_exception.connect(failed)
        try:
            with transaction.atomic(), connection.execute_wrapper(watch):
                response = self.handler(request.environ)
                answer = self._answer(response, f"{path} {data} {person.own_words}")
                answer.changes = list(self._changes(touched, person)) if touched else []
                transaction.set_rollback(True)
        finally:
            got_request_exception.disconnect(failed)
        answer.error = "; ".join(errors)
        return answer

    def _answer(self, response: Any, asked: str) -> Answer:
        body = b"".join(response.streaming_content) if response.streaming else response.content
        parts = [unpacked(body), *map(str, response.headers.values()), response.cookies.output()]
        # The cookie of messages is packed; what the next page will say is read where it waits.
        waiting = getattr(response.wsgi_request, "_messages", None)
        parts += [str(message) for message in getattr(waiting, "_queued_messages", [])]
        text = "\n".join(parts)
        return Answer(
            response.status_code,
            response.headers.get("Location", ""),
            text,
            words_in(text, asked),
            (keys_in(text) & set(self.world.secrets)) - keys_in(asked),
        )

    def _changes(self, touched: set[str], person: Person) -> Iterator[Change]:
        for table in sorted(touched & set(self.before)):
            if table in BOOKKEEPING or table.startswith(BOOKKEEPING_PREFIXES):
                continue
            before, after = self.before[table], rows_of(table)
            for key in before.keys() | after.keys():
                old, new = before.get(key), after.get(key)
                if old == new or is_own(table, key, old, new, person):
                    continue
                kind = "insert" if old is None else "delete" if new is None else "update"
                yield Change(table, key, kind, self._codes(old, new))

    def _codes(self, old: tuple | None, new: tuple | None) -> frozenset[str]:
        """Departments whose rows this is: an old row with the numbers it bore, a new one with those it names."""
        numbers = {int(found) for value in (old or ()) + (new or ()) for found in KEY_IN_ROW.findall(str(value))}
        if old is None:
            numbers -= self.public
        return frozenset(code for code, start in RANGES.items() for number in numbers if start < number < start + 10**6)

    def _marked_keys(self) -> set[int]:
        return {
            key for rows in self.before.values() for key in rows if isinstance(key, int) and key > min(RANGES.values())
        }

    def _public_keys(self) -> set[int]:
        """Keys that anybody may name in a row of his own: public pages, their revisions and files."""
        names = ("wagtailcore_page", "wagtailcore_revision", "policy_pages_policyfile")
        return {key for name in names for key in self.before[name] if key not in self.world.secrets}


def is_own(table: str, key: Any, old: tuple | None, new: tuple | None, person: Person) -> bool:
    """Whether a change touches nothing but the person's own account, or takes a group from it."""
    loses_group = table == "accounts_user_groups" and new is None and person.pk in (old or ())
    own_factor = table in FACTORS and all(person.pk == row[FACTORS[table]] for row in (old, new) if row)
    return loses_group or own_factor or (table == "accounts_user" and key == person.pk)


FORM = "application/x-www-form-urlencoded"


def rows_of(table: str) -> dict[Any, tuple]:
    """Every row of a table by its key."""
    column = tables()[table]._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 -- a table of Django's own list
        place = [described[0] for described in cursor.description].index(column)
        return {row[place]: row for row in cursor.fetchall()}


def unpacked(body: bytes) -> str:
    """The body as text; a workbook with what is inside."""
    if body[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            body = b"\n".join(archive.read(name) for name in archive.namelist())
    return body.decode("utf-8", "replace")
