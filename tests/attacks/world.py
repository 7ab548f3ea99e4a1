"""The attacked department's unpublished work, and the two questions of every attack: was it shown, was it changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.apps import apps
from django.db import connection

from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpResponse
    from django.test import Client

    from accounts.models import Department
    from policy_pages.models import ChangeRecord, PolicyDocumentPage, PolicyFile

CANARY = "金丝雀"
#: Who must not see kjj's unpublished work.
STRANGERS = ("gxj-edit", "gxj-review", "spj-acct", "sys-admin")
#: Sessions and the time of a log-in are not what an attack is after.
IGNORED_TABLES = {"django_session", "wagtailadmin_editingsession", "django_content_type"}


@dataclass
class Foreign:
    """kjj's draft, submitted page, public page with a newer draft, attachment and registered change."""

    department: Department
    draft: PolicyDocumentPage
    waiting: PolicyDocumentPage
    live: PolicyDocumentPage
    file: PolicyFile
    change: ChangeRecord

    @property
    def pages(self) -> tuple[PolicyDocumentPage, ...]:
        """All three pages."""
        return self.draft, self.waiting, self.live


def secret_body(word: str, file: PolicyFile | None = None) -> list[tuple[str, Any]]:
    """A text with the canary in it, and the file."""
    rows: list[tuple[str, Any]] = [("article", {"number": "第一条", "text": f"<p>{word}正文</p>"})]
    return rows + ([("attachments", [{"file": file, "label": ""}])] if file else [])


def make_foreign(department: Department, prefix: str = CANARY) -> Foreign:
    """Build it; every title, text and file name that is not public carries the canary."""
    file = f.make_file(department, b"%PDF-1.4 " + prefix.encode(), title=f"{prefix}附件")
    draft = f.make_document(department, title=f"{prefix}草稿", body=secret_body(prefix, file))
    waiting = f.hand_in(f.make_document(department, title=f"{prefix}待审", body=secret_body(prefix)))
    live = f.make_public(f.make_document(department, title="已公开文件"))
    live = f.save_draft(live, title=f"{prefix}修改稿", body=secret_body(prefix), change_note=f"{prefix}说明")
    return Foreign(department, draft, waiting, live, file, draft.change)


def shows(response: HttpResponse, word: str = CANARY) -> bool:
    """Whether a response tells the word, in any writing that a browser would read."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    text = body.decode(errors="replace") + str(dict(response.headers))
    return word in text or json.dumps(word)[1:-1] in text.lower() or quote(word) in text.upper()


def shown(client: Client, addresses: Iterable[str], word: str = CANARY) -> list[str]:
    """The addresses that tell the word to this person, redirects followed; a server error counts as telling."""
    client.raise_request_exception = False
    found = []
    for address in addresses:
        response = client.get(address, follow=True)
        if shows(response, word) or response.status_code >= 500:
            found.append(f"{address}: {response.status_code}")
    return found


def everything() -> dict[str, list[tuple]]:
    """Every row of every table of ours, Django's and Wagtail's; last log-in times left out."""
    state = {}
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if table in IGNORED_TABLES or not model._meta.managed:
            continue
        columns = [f.column for f in model._meta.local_concrete_fields if f.column != "last_login"]
        names = ", ".join(connection.ops.quote_name(column) for column in columns)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {names} FROM {connection.ops.quote_name(table)}")  # noqa: S608 -- our own names
            state[table] = sorted(cursor.fetchall(), key=repr)
    return state


def changed(before: dict[str, list[tuple]]) -> list[str]:
    """Tables that are no longer what they were."""
    now = everything()
    return [table for table in now if now[table] != before[table]]
