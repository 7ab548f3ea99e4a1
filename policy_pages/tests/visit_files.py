"""How the tests of visits travel, write files of visits and read counts."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import time_machine
from django.utils import timezone

from policy_pages.models import VisitCount
from policy_pages.tests.test_visit_rules import PEOPLE
from policy_pages.visits import log

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PERSON = PEOPLE[0]
D = datetime.date
TODAY, YESTERDAY = D(2026, 11, 25), D(2026, 11, 24)


def as_a_new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a process that has just begun: no address seen, a file of its own."""
    monkeypatch.setattr("policy_pages.views.visits.bound", log.HourlyBound())
    monkeypatch.setattr("policy_pages.search.misses.bound", log.HourlyBound())
    monkeypatch.setattr(log, "_process", log._Process())


def at(day: str) -> Any:
    """That moment of 2026 in Shanghai, standing still: 11-25T09:30:00."""
    return time_machine.travel(f"2026-{day} +0800", tick=False)


def counts() -> dict[tuple[int, D], int]:
    return {(row.page, row.day): row.number for row in VisitCount.objects.all()}


def lines(*told: tuple[str, int]) -> bytes:
    """Lines of visits: the moment in Shanghai, and the page."""
    zone = timezone.get_default_timezone()
    instants = [(datetime.datetime.fromisoformat(f"2026-{moment}").replace(tzinfo=zone), page) for moment, page in told]
    return b"".join(b"%d %d\n" % (int(moment.timestamp()), page) for moment, page in instants)


def file_of(folder: Path, content: bytes, day: str = "2026-11-25", mark: str = "0123456789abcdef") -> Path:
    """A file of visits as a worker leaves it."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{day}-{mark}.log"
    path.write_bytes(content)
    return path
