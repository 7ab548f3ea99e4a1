"""Who sits where: a city with one department, and desks in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from policy_pages.tests import factories as f
from tests.browser.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser
    from pytest_django.live_server_helper import LiveServer


@pytest.fixture
def desk(chromium: Browser, live_server: LiveServer) -> Iterator[Callable[..., Desk]]:
    """Opens a person's desk; all are closed at the end."""
    f.make_bureau()
    f.make_department("kjj", "市科学技术局")
    desks: list[Desk] = []

    def sit(username: str = "", **view: int) -> Desk:
        desks.append(Desk(chromium, live_server.url, username, **view))
        return desks[-1]

    yield sit
    for one in desks:
        one.close()
