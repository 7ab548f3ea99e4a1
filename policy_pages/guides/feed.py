"""`/calendar/feed.ics`: what it holds is known before anything of it is written, and what was written once is kept.

Programs that subscribe ask all day long, and an event costs milliseconds to write: thousands of windows, seconds.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.db.models import TextField
from django.db.models.functions import Cast

from policy_pages.addresses import base_url
from policy_pages.guides import ics
from policy_pages.models import ApplicationGuidePage

if TYPE_CHECKING:
    import datetime

    from django.db.models import QuerySet

#: Everything of a guide that its events say.
_SAID = (
    *("pk", "translation_key", "slug", "title", "window_start", "window_end", "amount_max", "phones"),
    *("first_published_at", "last_published_at", "published_version"),
    *("department__code", "department__name", "listing__category__name"),
)
#: Guides whose events this process keeps, about two kilobytes each; when there are more, it begins anew.
KEPT = 8000
_written: dict[bytes, bytes] = {}


class Feed:
    """The feed of some guides on a day, in the order they have."""

    def __init__(self, guides: QuerySet[ApplicationGuidePage], name: str, today: datetime.date) -> None:
        self.name = name
        said = ics.with_versions(guides).annotate(phones=Cast("hotlines", TextField())).values_list(*_SAID)
        #: What each guide's events are made of, by its number: alike means that they are the same bytes.
        self.prints = {row[0]: _print(base_url(), _is_begun(row, today), *row) for row in said}
        #: Of the day too: a new release of ours is seen by every subscriber on the next.
        self.etag = f'"{_print(name, today, *self.prints.values()).hex()}"'

    def write(self) -> bytes:
        """The whole calendar. At most one query: for the guides of which this process has written no events yet."""
        missing = [pk for pk, print_ in self.prints.items() if print_ not in _written]
        pages = ics.with_versions(ApplicationGuidePage.objects.all()).in_bulk(missing) if missing else {}
        new = {self.prints[pk]: ics.events_of(page) for pk, page in pages.items()}
        events = [new.get(print_) or _written.get(print_, b"") for print_ in self.prints.values()]
        if len(_written) + len(new) > KEPT:
            _written.clear()
        _written.update(new)
        return ics.calendar_of(events, name=self.name)


def _is_begun(row: tuple[Any, ...], today: datetime.date) -> bool:
    start = row[_SAID.index("window_start")]
    return start is not None and start < today


def _print(*parts: object) -> bytes:
    return hashlib.sha256(repr(parts).encode()).digest()
