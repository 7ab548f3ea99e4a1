"""Fixtures for every test: the database, the files, the browser.

Without `DATABASE_URL` the tests run on SQLite; `python -m tests.postgres -- pytest` runs them on PostgreSQL. But for those in a
browser they run on `DAY`, whatever day it is: on a day of which the calendar knows no working day, or after one that a test
travels to, they would ask something else.
"""

from __future__ import annotations

import gc
import os
import shutil
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.core.cache import caches
from django.db import connections
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests.database import replace_flush
from tests.plan import load_what_is_loaded_late, longest_first, pause_coverage
from tests.scenes import journal

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page
    from pytest_django import DjangoDbBlocker
    from pytest_django.fixtures import SettingsWrapper

DAY = os.environ.get("HUIQITONG_TEST_DAY", "2026-11-25 09:30 +0800")
ON_CI = os.environ.get("CI", "").lower() in {"1", "true"}
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# No deadline: two cores that also run a database say nothing about a property. CI repeats the same examples each time.
hypothesis_settings.register_profile(
    "ours", deadline=None, derandomize=ON_CI, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
hypothesis_settings.load_profile("ours")


# --- The run as a whole (tests/plan.py) ------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Set the clock of this process, once: it goes on as clocks do. A browser has a clock of its own, and cookies go by both."""
    if config.getoption("markexpr") != "browser" and not any("tests/browser" in str(one) for one in config.args):
        day = time_machine.travel(DAY, tick=True)
        day.start()
        config.add_cleanup(day.stop)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several workers the long tests begin."""
    if hasattr(config, "workerinput"):
        longest_first(items)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Coverage does not watch what it has seen."""
    paused = pause_coverage(item)
    try:
        return (yield)
    finally:
        if paused:
            paused.start()


def pytest_collection_finish() -> None:
    """Load what would be loaded late; then no collection of garbage walks Django and Wagtail again (a tenth of the time)."""
    load_what_is_loaded_late()
    gc.collect()
    gc.freeze()


# --- Database -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_modify_db_settings_parallel_suffix: None,
) -> None:
    """On SQLite every run and every worker has a file of its own, so that two runs never meet.

    A file and not memory: concurrency tests meet the same locks as production. `--reuse-db` keeps the named file.
    """
    if request.config.getvalue("reuse_db"):
        return
    for connection in connections.all():
        if connection.vendor == "sqlite":
            connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("db") / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Keep a copy of the migrated database; tests that commit end by laying it back (tests/database.py)."""
    with django_db_blocker.unblock():
        copies = replace_flush(tmp_path_factory.mktemp("migrated"))
    connections["default"].execute_wrappers.append(journal)
    yield
    with django_db_blocker.unblock():
        for copy in copies:
            copy.discard()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Before any fixture: what was written in the last test is gone (tests/scenes.py)."""
    journal.begin_test()


@pytest.fixture(autouse=True)
def _once(request: pytest.FixtureRequest) -> None:
    """What is marked `once` runs on SQLite alone; the ordinary run must stay short (CONTRIBUTING.md)."""
    if request.node.get_closest_marker("once") and connections["default"].vendor != "sqlite":
        pytest.skip("the same on both databases: runs on SQLite")


# --- Files and caches ---------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def media_root(settings: SettingsWrapper, tmp_path: Path) -> Path:
    """Uploaded files of a test land in its own folder."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


@pytest.fixture(autouse=True)
def visits_dir(settings: SettingsWrapper, tmp_path: Path) -> Path:
    """Visits noted in a test are those of the test."""
    settings.HUIQITONG_VISITS_DIR = str(tmp_path / "visits")
    return tmp_path / "visits"


@pytest.fixture(autouse=True)
def _empty_caches() -> Iterator[None]:
    """No test reads what another one cached."""
    yield
    for cache in caches.all(initialized_only=True):
        cache.clear()


# --- Browser ------------------------------------------------------------------------------------------------


def _no_browser(reason: str) -> None:
    """Skip with the reason; on CI a missing browser is a failure."""
    if ON_CI:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, driven through Playwright; downloads nothing.

    Playwright's synchronous interface keeps an event loop in this thread, which Django takes for asynchronous code.
    """
    program = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if program is None:
        _no_browser(f"no browser: none of {', '.join(CHROMIUM_NAMES)} is installed (make install-browser)")
    from playwright.sync_api import Error, sync_playwright  # only browser tests pay for it

    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        try:
            browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_ARGUMENTS)
        except Error as error:
            _no_browser(f"no browser: {program} does not start: {error}")
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh page of a visitor in China; an uncaught script error on it fails the test."""
    context = chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(15_000)
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == [], "script errors on the page"
