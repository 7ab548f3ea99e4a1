"""How a run of the whole suite is laid out: which tests coverage watches, and which go first.

Watching costs half as much again as the test itself. So coverage is earned where it is owed, by an app's own tests:
the sweeps in `tests/` ask the same code ten thousand times, and PostgreSQL runs again what SQLite has shown; there
only what differs between the two is watched. Left out is never counted as covered, so the bounds only get stricter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import coverage
from django.core.management import get_commands, load_command_class
from django.db import connection
from wagtail.search.backends import get_search_backend

if TYPE_CHECKING:
    import pytest

#: Tests that cross the apps by what they need, yet are all that the kept pages have.
OURS_TOO = "tests/serving/"
#: Folders and beginnings of names whose tests meet code for one database only.
DIFFERS = ("audit/", "cms/", "policy_pages/tests/test_search_")


def is_watched(path: str, vendor: str) -> bool:
    """Whether coverage looks at the tests of this file, named from the root of the project."""
    if path.startswith("tests/") and not path.startswith(OURS_TOO):
        return False
    return vendor == "sqlite" or path.startswith(DIFFERS)


def pause_coverage(item: pytest.Item) -> coverage.Coverage | None:
    """Stop the measurement if this test is not watched; returns what must be started again afterwards."""
    running = coverage.Coverage.current()
    if running is None or is_watched(item.nodeid, connection.vendor):
        return None
    running.stop()
    return running


def load_what_is_loaded_late() -> None:
    """Import the commands and the search index now: first met by a test that is not watched, their `def`s never count."""
    for name, app in get_commands().items():
        if app in ("accounts", "audit", "cms", "policy_pages"):
            load_command_class(app, name)
    get_search_backend()


def longest_first(items: list[pytest.Item]) -> None:
    """Long tests to the front, else in order: with `--dist worksteal` no worker then ends alone on a long one."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
