"""The epoch in the database: what every machine agrees on."""

from __future__ import annotations

import datetime
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from policy_pages.baking import rules
from policy_pages.models import PublicChange

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Rows older than this many days are put together, when there are so many: the epoch changes with it.
_APART_DAYS, _MANY = 2, 200
_STATE = f'SELECT COUNT(*), SUM("salt") FROM "{PublicChange._meta.db_table}"'  # noqa: S608 -- the name is ours
#: Settings that a page may show.
_SHOWN = (
    "HUIQITONG_",
    "WAGTAILADMIN_BASE_URL",
    "WAGTAIL_SITE_NAME",
    "DEBUG",
    "STATIC_URL",
    "SECURE_",
    "CONTENT_SECURITY_",
)


def current_state() -> str:
    """The name of what the database holds now; one query, written out: every process that serves asks it all the time."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE)
        number, salts = cursor.fetchone()
    return rules.state_name(number, int(salts or 0))


def mark() -> None:
    """Write that something public changes, in the transaction that changes it."""
    PublicChange().save(force_insert=True)


@transaction.atomic
def put_together() -> int:
    """Make one row of all old ones and return how many there were, 0 while they are few: asking stays quick."""
    old = PublicChange.objects.filter(made_at__lt=timezone.now() - datetime.timedelta(days=_APART_DAYS))
    keys = list(old.select_for_update().values_list("pk", flat=True))
    if len(keys) < _MANY:
        return 0
    PublicChange.objects.filter(pk__in=keys[1:]).delete()
    # Its random number anew: the sum must be none that ever was.
    PublicChange.objects.filter(pk=keys[0]).update(salt=PublicChange().salt)
    return len(keys)


@cache
def code_mark() -> str:
    """A short name of code, templates and settings of this process: another release shows other pages of the same data.

    Asked for by processes that serve; the others leave it as it is.
    """
    digest = hashlib.blake2b(digest_size=4)
    for path in sorted(_shown_files()):
        found = path.stat()
        digest.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    shown = {name: repr(getattr(settings, name)) for name in dir(settings) if name.startswith(_SHOWN)}
    digest.update(json.dumps(shown, sort_keys=True).encode())
    return digest.hexdigest()


def _shown_files() -> Iterator[Path]:
    """What a page is made of beside the data."""
    for folder in ("policy_pages", "accounts", "audit", "cms", "templates", "static", "locale"):
        for path in (Path(settings.BASE_DIR) / folder).rglob("*"):
            if (
                path.suffix in {".py", ".html", ".css", ".js", ".svg", ".txt", ".mo", ".json"}
                and "tests" not in path.parts
            ):
                yield path
