"""The bureau's vocabulary as the search uses it: kept in the process, read again when it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import connection

from policy_pages.enums import WordKind
from policy_pages.search.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable


class _Kept:
    """The state of the history and the vocabulary read at it: one value, so that no thread sees half of a change."""

    value: tuple[Any, Vocabulary] = (None, Vocabulary((), {}, ()))


def current_vocabulary() -> Vocabulary:
    """The words in use now. One query while nothing changed, whichever process changed it; two when something did.

    The number of history rows tells with their last key and instant whether a row was added, changed or retired: two
    writers that commit in another order than they began are seen too.
    """
    from policy_pages.models import SearchWord

    # Without the ORM: every search asks this, and SearchWord.history puts a manager class together at each access.
    table = apps.get_model("policy_pages", "HistoricalSearchWord")._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), max(history_id), max(history_date) FROM {table}")  # noqa: S608 -- the name is ours
        state = cursor.fetchone()
    known, vocabulary = _Kept.value
    if state != known:
        # The state was read first: what is written in between is seen by the next search.
        vocabulary = read(SearchWord.objects.filter(is_active=True))
        _Kept.value = (state, vocabulary)
    return vocabulary


def read(rows: Iterable[Any]) -> Vocabulary:
    """The rows of `models.SearchWord` as a vocabulary."""
    ordered = sorted(rows, key=lambda row: row.pk)
    return Vocabulary(
        equal_words=tuple((row.word, *row.other_words) for row in ordered if row.kind == WordKind.EQUAL),
        spoken={row.word: tuple(row.other_words) for row in ordered if row.kind == WordKind.SPOKEN},
        stop_phrases=tuple(row.word for row in ordered if row.kind == WordKind.STOP),
    )
