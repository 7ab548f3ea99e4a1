"""The watch on the database: whatever writes something public makes a new epoch, whether it thought of it or not.

Every connection's statements pass here (Django's execute wrappers). What writes a table that public pages read leaves one
`PublicChange` in its own transaction, and after the commit the link is set anew. No service, command, view or admin form
of Wagtail's has to remember it; only what reaches the database past Django must call `manage.py bake --anew`.
"""

from __future__ import annotations

import logging
import re
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate

from policy_pages.baking import rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.apps import AppConfig
    from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger(__name__)

#: The server in front looks at its clock once a turn of its loop.
_MARGIN = 1.2
_RETURNING = re.compile(r"\bRETURNING\b")
#: While migrations run there may be no table to mark in, yet or any more.
_is_migrating = False


def watch(execute: Callable, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Carry out a statement; one that changes something public is marked once in its transaction."""
    sql = str(sql)
    connection = context["connection"]
    if not rules.changes_public(sql) or (_is_migrating and not _has_table(connection)):
        return execute(sql, params, many, context)
    if not connection.in_atomic_block and connection.vendor == "sqlite" and _RETURNING.search(sql):
        return _executed_with_mark(execute, sql, params, many, context)
    # A write outside a transaction gets one: no moment between it and its mark.
    with nullcontext() if connection.in_atomic_block else transaction.atomic(using=connection.alias):
        result = execute(sql, params, many, context)
        _mark_once(connection)
    return result


def _executed_with_mark(execute: Callable, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """SQLite commits a lone statement when its last row is read, and what is written meanwhile with it: so the mark too.

    That is after us, so the link is left to who follows the epoch, a tenth of a second later. Nothing of ours writes so:
    requests and commands have a transaction.
    """
    from policy_pages.baking.epoch import mark

    result = execute(sql, params, many, context)
    mark()
    return result


def tell() -> None:
    """Say that something public changes, within its transaction, where the watch cannot know: see `services.indexing`."""
    _mark_once(transaction.get_connection())


def _mark_once(connection: BaseDatabaseWrapper) -> None:
    # Django forgets the callbacks of a savepoint that is rolled back, and the mark goes with it: so each knows of the other.
    if any(entry[1] is after_commit for entry in connection.run_on_commit):
        return
    from policy_pages.baking.epoch import mark

    mark()
    transaction.on_commit(after_commit, using=connection.alias)


def after_commit() -> None:
    """Set this machine's link anew; with several machines wait until none shows the old pages any more.

    Never raises: what was committed stays committed. A link that cannot be set is taken away, and pages are made anew.
    """
    from policy_pages.baking.folder import kept_folder

    folder = kept_folder()
    if folder is not None:
        folder.settle()
    if settings.HUIQITONG_NODES > 1:
        time.sleep(settings.HUIQITONG_BAKE_LEASE * _MARGIN)


def _on_connection(sender: type, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if connection.alias == DEFAULT_DB_ALIAS and watch not in connection.execute_wrappers:
        connection.execute_wrappers.append(watch)


def _has_table(connection: BaseDatabaseWrapper) -> bool:
    from policy_pages.models import PublicChange

    return PublicChange._meta.db_table in connection.introspection.table_names()


def _before_migrating(sender: AppConfig, **kwargs: Any) -> None:
    global _is_migrating
    _is_migrating = True


def _after_migrating(sender: AppConfig, **kwargs: Any) -> None:
    """Migrations may have written anything: one mark for all of them."""
    global _is_migrating
    if sender.name == "policy_pages":
        _is_migrating = False
        from policy_pages.baking.epoch import mark

        if _has_table(connection):
            with transaction.atomic():
                mark()
                transaction.on_commit(after_commit)


def connect() -> None:
    """Watch every connection from now on."""
    connection_created.connect(_on_connection, dispatch_uid="policy_pages.baking")
    pre_migrate.connect(_before_migrating, dispatch_uid="policy_pages.baking")
    post_migrate.connect(_after_migrating, dispatch_uid="policy_pages.baking")
