"""A small true world for the tests of this app."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client

from policy_pages.tests import factories
from policy_pages.tests.import_rows import write_rows
from policy_pages.tests.report_world import at, make_quarter
from policy_pages.tests.visit_files import PERSON, as_a_new_process
from tests.scenes import scene

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from accounts.models import Department, User


@pytest.fixture
def bureau(db: None) -> Department:
    """The approval bureau with its four roles."""
    return scene("bureau", factories.make_bureau)


@pytest.fixture
def kjj(bureau: Department) -> Department:
    """A department with editor and reviewer; the bureau stands too."""
    return scene("kjj", lambda: factories.make_department("kjj", "科学技术局"))


@pytest.fixture
def gxj(bureau: Department) -> Department:
    """Another department."""
    return scene("gxj", lambda: factories.make_department("gxj", "工业和信息化局"))


@pytest.fixture
def quarter(kjj: Department, gxj: Department) -> Iterator[None]:
    """The third quarter of 2026, seen on Tuesday 29 September."""
    scene("third quarter", lambda: make_quarter(kjj, gxj))
    with at("09-29"):
        yield


@pytest.fixture
def moderator(kjj: Department, gxj: Department) -> User:
    """Who freezes, after the third quarter of 2026 (`make_quarter`)."""
    scene("third quarter", lambda: make_quarter(kjj, gxj))
    return factories.user("spj-moder")


@pytest.fixture
def own_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has just begun: nothing counted, no address seen."""
    as_a_new_process(monkeypatch)


@pytest.fixture
def browser() -> Client:
    """A person's."""
    return Client(headers={"user-agent": PERSON})


@pytest.fixture
def login() -> Callable[[str], Client]:
    """A logged-in client of an account, by its code."""

    def make(username: str) -> Client:
        client = Client()
        client.force_login(factories.user(username))
        return client

    return make


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write rows into an import file of the test's own."""
    return lambda *rows: write_rows(tmp_path / "rows.jsonl", *rows)
