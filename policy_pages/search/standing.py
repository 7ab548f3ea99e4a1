"""How current the pages found are, on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy_pages.enums import OPEN_STATUSES, WindowStatus
from policy_pages.search.ranking import Standing

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable

    from policy_pages.views.rows import Row


def standings(pks: Iterable[int], today: datetime.date) -> dict[int, Standing]:
    """The standing of each public page among some pages, as public lists state it. One query."""
    from policy_pages.views.rows import all_rows, row_values, rows  # views search, and this asks what they show

    return {row.pk: _standing(row) for row in rows(row_values(all_rows().filter(pk__in=list(pks)), today), today)}


def _standing(row: Row) -> Standing:
    if row.ended or row.status == WindowStatus.CLOSED:
        return Standing.ENDED
    return Standing.CURRENT if row.status is None or row.status in OPEN_STATUSES else Standing.WAITING
