"""How current the pages found are, on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policy_pages.enums import OPEN_STATUSES, WindowStatus
from policy_pages.querysets import GUIDE
from policy_pages.search.ranking import Standing

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable

_FIELDS = ("type", "document_status", "expires_on", "window_type", "window_start", "window_end", "basis_ended_from")


def standings(pks: Iterable[int], today: datetime.date) -> dict[int, Standing]:
    """The standing of each public page among some pages, as public lists state it. One query."""
    from policy_pages.views.rows import all_rows  # views search, and this asks what they show

    values = all_rows().filter(pk__in=list(pks)).values("pk", *_FIELDS)
    return {value["pk"]: _standing(value, today) for value in values}


def _standing(value: dict[str, Any], today: datetime.date) -> Standing:
    from policy_pages.views.counting import Dates
    from policy_pages.views.rows import ended

    if ended(value, today):
        return Standing.ENDED
    if value["type"] != GUIDE:
        return Standing.CURRENT
    dates = Dates(value["window_type"], value["window_start"], value["window_end"], value["basis_ended_from"])
    status = dates.status(today)
    if status == WindowStatus.CLOSED:
        return Standing.ENDED
    return Standing.CURRENT if status in OPEN_STATUSES else Standing.WAITING
