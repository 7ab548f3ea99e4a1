"""From the lines of the files to counts by page and day; part of `tick`.

The order, so that a crash at any point counts nothing twice and loses nothing:

1. One transaction a piece: read from where the file was read to last (`VisitFile.taken`), add to the counts, move `taken`
   to the end of the last whole line. Either all of it stands or none.
2. A file of a past day (and an hour more, for a process that stalled in the middle of a line) of which nothing is left to
   read is removed. A crash before finds `taken` at its end and reads nothing again.
3. Rows of files are forgotten after `KEPT` days, and files older than that are not read: no file is ever without its row.

Files are never renamed while a process may write to them, so there is no moment in which a line goes past the reader.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Department
from policy_pages.models import POLICY_PAGE_TYPES, HomePage, PolicyLibraryPage, VisitCount, VisitFile
from policy_pages.visits.rules import day_of, tally, whole_lines

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

#: Bytes read, and written to the database, at once: some 60,000 visits.
PIECE = 1024 * 1024
GRACE = datetime.timedelta(hours=1)
KEPT = datetime.timedelta(days=400)


def folder() -> Path:
    """Where the files of visits lie."""
    return Path(settings.HUIQITONG_VISITS_DIR)


def collect_visits() -> int:
    """Count what was noted since the last time; returns how many visits. Several may run at once. Raises OSError."""
    owners: list[dict[int, int | None]] = []

    def count(lines: bytes) -> int:
        if not owners:
            owners.append(public_pages())
        return _add(tally(lines, timezone.get_default_timezone()), owners[0])

    return collect(folder(), count)


def collect(place: Path, count: Callable[[bytes], int], kind: str = "") -> int:
    """Hand all whole lines not yet taken from the files in a folder to `count`; returns the sum of what it returns.

    `count` adds to the counts within the transaction that takes the lines. `kind` tells files of another folder apart,
    whose names may be the same. Several may run at once. Raises OSError.
    """
    today, number = timezone.localdate(), 0
    VisitFile.objects.filter(day__lt=today - KEPT).delete()
    taken = dict(VisitFile.objects.values_list("name", "taken"))
    for path in sorted(place.glob("*.log")):
        day = day_of(path.name)
        if day is None or day < today - KEPT:
            continue
        if _size(path) > taken.get(kind + path.name, 0):
            while (counted := _take(path, day, count, kind)) is not None:
                number += counted
        if _is_over(day):
            path.unlink(missing_ok=True)
    return number


def public_pages() -> dict[int, int | None]:
    """Every page that is or was public, and its department; None for home and library. A draft is none of them."""
    known: dict[int, int | None] = {}
    for model in POLICY_PAGE_TYPES:
        shown = model.objects.filter(Q(live=True) | Q(first_published_at__isnull=False), listing__isnull=False)
        known.update(shown.values_list("pk", "department_id"))
    known.update(Department.objects.filter(section_page__live=True).values_list("section_page_id", "pk"))
    for trunk in (HomePage, PolicyLibraryPage):
        known.update(dict.fromkeys(trunk.objects.live().values_list("pk", flat=True)))
    return known


@transaction.atomic
def _take(path: Path, day: datetime.date, count: Callable[[bytes], int], kind: str) -> int | None:
    """Count the next piece of a file; None when there is none. The row of the file is the lock."""
    VisitFile.objects.get_or_create(name=kind + path.name, defaults={"day": day})
    row = VisitFile.objects.select_for_update().get(name=kind + path.name)
    try:
        with path.open("rb") as file:
            file.seek(row.taken)
            piece = file.read(PIECE)
    except FileNotFoundError:
        return None  # another collector was faster, and the file was of a past day
    lines = whole_lines(piece, is_full=len(piece) == PIECE)
    if not lines:
        return None
    number = count(lines)
    row.taken += len(lines)
    row.save(update_fields=["taken"])
    return number


def _add(found: Counter[tuple[int, datetime.date]], owners: dict[int, int | None]) -> int:
    """Add to the counts what is of public pages; in the order of the keys, so that two collectors never wait for each other."""
    known = sorted((page, day, number) for (page, day), number in found.items() if page in owners)
    rows = [VisitCount(page=page, day=day, department_id=owners[page], number=0) for page, day, _number in known]
    VisitCount.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    for page, day, number in known:
        VisitCount.objects.filter(page=page, day=day).update(number=F("number") + number)
    return sum(number for _page, _day, number in known)


def _is_over(day: datetime.date) -> bool:
    """Whether nobody writes to a file of that day any more."""
    end = datetime.datetime.combine(
        day + datetime.timedelta(days=1), datetime.time.min, timezone.get_default_timezone()
    )
    return timezone.now() >= end + GRACE


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
