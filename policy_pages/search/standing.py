"""How current the pages found are, on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy_pages.enums import OPEN_STATUSES, WindowStatus
from policy_pages.querysets import GUIDE
from policy_pages.search.ranking import Standing

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable

_FIELDS = ("type", "document_status", "expires_on", "window_type", "window_start", "window_end", "basis_ended_from")


def standings(pks: Iterable[int], today: datetime.date) -> dict[int, Standing]:
    """The standing of each public page among some pages, as public lists state it. One query."""
    # Views search, and this asks what they show.
    from policy_pages.views.counting import Dates
    from policy_pages.views.rows import all_rows, ended

    values = all_rows().filter(pk__in=list(pks)).values("pk", *_FIELDS)
    found = {}
    for value in values:
        dates = Dates(value["window_type"], value["window_start"], value["window_end"], value["basis_ended_from"])
        status = dates.status(today) if value["type"] == GUIDE else None
        found[value["pk"]] = _standing(status, has_ended=bool(ended(value, today)))
    return found


def _standing(status: str | None, *, has_ended: bool) -> Standing:
    """`status` of a guide's window; None for what has none."""
    if has_ended or status == WindowStatus.CLOSED:
        return Standing.ENDED
    return Standing.CURRENT if status is None or status in OPEN_STATUSES else Standing.WAITING
