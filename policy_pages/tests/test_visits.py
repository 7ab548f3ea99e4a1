"""The counter of visits: notes a person's visit in a file, without database, cookie or session, and nobody else's."""

from __future__ import annotations

import datetime
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from policy_pages.models import PolicyDocumentPage
from policy_pages.tests import factories as f
from policy_pages.tests.test_visit_rules import PROGRAMS
from policy_pages.tests.visit_files import PERSON, at
from policy_pages.visits import log

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from accounts.models import Department

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_process")]


@pytest.fixture
def page(kjj: Department) -> PolicyDocumentPage:
    return f.make_public(f.make_document(kjj))


def noted(folder: Path) -> list[str]:
    """Every line of every file."""
    return [line for path in sorted(folder.glob("*.log")) for line in path.read_text().splitlines()]


# --- The counter -------------------------------------------------------------------------------------------------------


def test_a_beacon_is_noted_without_database_cookie_or_session(browser: Client, visits_dir: Path) -> None:
    with CaptureQueriesContext(connection) as asked, at("11-25T09:30:00"):
        response = browser.post("/visits/12/")
    assert (response.status_code, response.content) == (204, b"")
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    assert len(asked) == 0
    assert noted(visits_dir) == ["1795570200 12"]


def test_without_scripts_an_image_does_the_same(browser: Client, visits_dir: Path) -> None:
    with CaptureQueriesContext(connection) as asked:
        response = browser.get("/visits/12.gif")
    assert (response.status_code, response["Content-Type"]) == (200, "image/gif")
    assert response.content.startswith(b"GIF89a\x01\x00\x01\x00")
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies
    assert len(asked) == 0
    assert len(noted(visits_dir)) == 1
    assert browser.head("/visits/12.gif").status_code == 200
    assert len(noted(visits_dir)) == 1, "asking for the head is not looking at it"


def test_whoever_is_logged_in_is_not_looked_at(kjj: Department, login: Any, visits_dir: Path) -> None:
    client = login("kjj-edit")
    with CaptureQueriesContext(connection) as asked:
        response = client.post("/visits/12/", headers={"user-agent": PERSON})
    assert (len(asked), dict(response.cookies)) == (0, {})
    assert len(noted(visits_dir)) == 1


@pytest.mark.parametrize("number", ["0", "abc", "2147483648", "-1", "1%00", "%E4%B8%80", "9" * 900, "1;2", "..%2f"])
def test_garbage_gets_the_same_answer_and_is_not_noted(browser: Client, visits_dir: Path, number: str) -> None:
    with CaptureQueriesContext(connection) as asked:
        answers = [browser.post(f"/visits/{number}/").status_code, browser.get(f"/visits/{number}.gif").status_code]
    if "%2f" not in number:
        assert (answers, len(asked)) == ([204, 200], 0)
    assert all(answer < 500 for answer in answers)
    assert noted(visits_dir) == []


def test_other_methods_and_bodies_do_no_harm(browser: Client, visits_dir: Path) -> None:
    assert browser.get("/visits/12/").status_code == 405
    assert browser.post("/visits/12.gif").status_code == 405
    assert browser.put("/visits/12/").status_code == 405
    assert noted(visits_dir) == []
    assert browser.post("/visits/12/", b"x" * 3_000_000, content_type="text/plain").status_code == 204
    assert Client(enforce_csrf_checks=True, headers={"user-agent": PERSON}).post("/visits/12/").status_code == 204
    assert len(noted(visits_dir)) == 2


@pytest.mark.parametrize(
    "headers",
    [
        *({"user-agent": agent} for agent in PROGRAMS),
        {"user-agent": PERSON, "sec-purpose": "prefetch;prerender"},
        {"user-agent": PERSON, "purpose": "prefetch"},
        {"user-agent": PERSON, "sec-fetch-site": "cross-site"},
    ],
)
def test_t24_2_bots_and_pages_loaded_ahead_are_not_noted(client: Client, visits_dir: Path, headers: dict) -> None:
    assert client.post("/visits/12/", headers=headers).status_code == 204
    assert client.get("/visits/12.gif", headers=headers).status_code == 200
    assert noted(visits_dir) == []


def test_an_address_counts_within_the_bound_a_page_and_hour(
    browser: Client, visits_dir: Path, settings: SettingsWrapper
) -> None:
    settings.HUIQITONG_VISITS_PER_ADDRESS = 3
    with at("11-25T09:30:00"):
        for _time in range(10):
            assert browser.post("/visits/12/").status_code == 204
        browser.get("/visits/12.gif")
        assert len(noted(visits_dir)) == 3
        browser.post("/visits/13/")
        browser.post("/visits/12/", REMOTE_ADDR="203.0.113.9")
        assert len(noted(visits_dir)) == 5, "another page and another address have bounds of their own"
    with at("11-25T10:00:00"):
        browser.post("/visits/12/")
    assert len(noted(visits_dir)) == 6


def test_a_made_up_address_of_the_sender_moves_no_bound(
    browser: Client, visits_dir: Path, settings: SettingsWrapper
) -> None:
    settings.HUIQITONG_VISITS_PER_ADDRESS = 2
    for number in range(5):
        browser.post("/visits/12/", headers={"x-forwarded-for": f"203.0.113.{number}"})
    assert len(noted(visits_dir)) == 2


def test_nothing_of_an_address_outlives_its_hour() -> None:
    bound = log.HourlyBound()
    first = datetime.datetime(2026, 11, 25, 9, 30, tzinfo=datetime.UTC)
    bound.allows("203.0.113.7", 12, first, 60)
    key, names = bound._key, list(bound._seen)
    assert "203.0.113.7" not in repr(names)
    bound.allows("203.0.113.7", 12, first + datetime.timedelta(hours=1), 60)
    assert bound._key != key
    assert not set(names) & set(bound._seen), "the same address and page have another name"


def test_what_is_remembered_of_addresses_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "REMEMBERED", 10)
    bound, now = log.HourlyBound(), datetime.datetime(2026, 11, 25, tzinfo=datetime.UTC)
    for number in range(100):
        bound.allows(f"203.0.113.{number}", 12, now, 1)
    assert len(bound._seen) == 10
    assert not bound.allows("203.0.113.99", 12, now, 1)


def test_a_file_has_a_size_and_the_folder_a_number_it_does_not_pass(
    visits_dir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(log, "FILE_BYTES", 30)
    now = timezone.localtime()
    assert [log.append(visits_dir, now, 12) for _time in range(5)] == [True, True, True, False, False]
    monkeypatch.setattr(log, "FILES", 1)
    assert not log.append(visits_dir, now + datetime.timedelta(days=1), 12)
    assert len(list(visits_dir.iterdir())) == 1
    assert "does tick run?" in caplog.text


def test_a_disk_that_refuses_is_no_fault_of_the_reader(
    browser: Client, visits_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    visits_dir.write_text("a file where the folder should be")
    with caplog.at_level(logging.WARNING):
        assert browser.post("/visits/12/").status_code == 204
    assert "a visit was not counted" in caplog.text


def test_only_the_service_reads_what_was_noted(browser: Client, visits_dir: Path) -> None:
    browser.post("/visits/12/")
    (path,) = visits_dir.iterdir()
    assert (path.stat().st_mode & 0o777, visits_dir.stat().st_mode & 0o777) == (0o600, 0o700)
