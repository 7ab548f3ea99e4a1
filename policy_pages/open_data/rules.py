"""Pure rules of the open data: addresses' words into values, and names that never change. No Django, no clock."""

from __future__ import annotations

import datetime
import re
from typing import NamedTuple

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
MICROSECOND = datetime.timedelta(microseconds=1)
#: A publication may become visible after one that bears a later instant: by as long as its transaction lasts, at most this.
OVERLAP = datetime.timedelta(minutes=10)
#: Years that an instant in an address may name: beyond them a database or a change of zone overflows.
_YEAR = r"(?:19[7-9][0-9]|2[0-9]{3})"
_DAY = re.compile(rf"{_YEAR}-[0-9]{{2}}-[0-9]{{2}}")
_INSTANT = re.compile(
    rf"{_YEAR}-[0-9]{{2}}-[0-9]{{2}}T[0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\.[0-9]{{1,6}})?)?(?:Z|[+-][0-9]{{2}}:[0-9]{{2}})"
)
_CURSOR = re.compile(r"([0-9]{1,17})-([0-9]{1,18})")
_NUMBER = re.compile(r"[0-9]{1,9}")


class Place(NamedTuple):
    """A place in a list that is ordered by last publication: its instant (UTC) and the page's number."""

    at: datetime.datetime
    pk: int


def read_instant(text: str, zone: datetime.tzinfo) -> datetime.datetime | None:
    """An ISO day (its first moment in `zone`), or an ISO instant with its own zone; None for anything else.

    A plus sign that was sent unescaped arrives as a blank; it is taken for what was meant.
    """
    typed = text.strip().replace(" ", "+")
    try:
        if _DAY.fullmatch(typed):
            return datetime.datetime.combine(datetime.date.fromisoformat(typed), datetime.time.min, zone)
        return datetime.datetime.fromisoformat(typed) if _INSTANT.fullmatch(typed) else None
    except ValueError:
        return None


def read_number(text: str, *, smallest: int, largest: int) -> int | None:
    """A whole number within bounds, both included; None for anything else."""
    number = int(text) if _NUMBER.fullmatch(text) else None
    return number if number is not None and smallest <= number <= largest else None


def bounded_number(text: str, *, default: int, largest: int) -> int:
    """A whole number from 1, cut down to `largest`; `default` for anything else."""
    number = int(text) if _NUMBER.fullmatch(text) else 0
    return min(number, largest) or default


def read_cursor(text: str) -> Place | None:
    """The place that `write_cursor` wrote; None for anything else."""
    found = _CURSOR.fullmatch(text)
    return Place(EPOCH + int(found[1]) * MICROSECOND, int(found[2])) if found else None


def write_cursor(place: Place) -> str:
    """A place as one word of an address: microseconds since 1970, and the page's number."""
    return f"{(place.at - EPOCH) // MICROSECOND}-{place.pk}"


def resume_since(last: datetime.datetime | None, asked: datetime.datetime | None) -> datetime.datetime | None:
    """From when to ask the next time so that nothing is missed: a little before the last page seen, else as asked."""
    return last - OVERLAP if last else asked


def tag_uri(authority: str, *parts: object) -> str:
    """A tag: URI (RFC 4151) of an authority such as `example.gov.cn,2026`."""
    return f"tag:{authority}:" + "/".join(str(part) for part in parts)


def authority_of(host: str, year: int) -> str:
    """The authority of tags for a host: its name without port, and the year in which it is ours. IPv6 has none: `localhost`."""
    name = host.lower()
    return f"{name if re.fullmatch(r'[a-z0-9.-]+', name) else 'localhost'},{year}"
