"""The event chain is read and the calendar is kept by those who may, and by nobody else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from audit.models import Event
from audit.services import record
from audit.viewsets.events import ACTION_LABELS, action_label, object_kind
from policy_pages.tests import factories as f

from .pages import text

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


# --- Events -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["spj-audit", "root"])
def test_the_auditor_reads_the_chain_newest_first(login: Callable, username: str) -> None:
    page = text(login(username), reverse("events:index"))
    assert page.index("任职") < page.index("审计链起点")
    assert "姓名" in page or "系统" in page
    assert "审批局" in page


def test_an_event_shows_its_payload_and_that_its_hashes_hold(login: Callable) -> None:
    record(
        action="audit.probe", actor=f.user("spj-moder"), object_type="accounts.user", object_id=7, payload={"词": "值"}
    )
    event = Event.objects.latest("seq")
    page = text(login("spj-audit"), reverse("events:inspect", args=[event.pk]))
    for words in (
        "姓名spj-moder",
        "audit.probe",
        "账号，编号 7",
        "&quot;词&quot;: &quot;值&quot;",
        event.hash,
        event.prev_hash,
    ):
        assert words in page
    assert "一致：内容与校验值相符，与前一事件相接" in page
    assert "一致" in text(login("spj-audit"), reverse("events:inspect", args=[Event.objects.get(seq=1).pk]))


@pytest.mark.parametrize(
    ("column", "words"), [("hash", "内容与校验值不符"), ("prev_hash", "内容与校验值不符"), ("seq", "内容与校验值不符")]
)
def test_an_event_that_was_tampered_with_says_so(
    login: Callable, column: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = Event.objects.latest("seq")
    real = Event.from_db.__func__

    def tampered(cls: type[Event], *args: object) -> Event:
        found = real(cls, *args)
        if found.pk == event.pk:
            setattr(found, column, 99 if column == "seq" else "f" * 64)
        return found

    client = login("spj-audit")
    event = Event.objects.latest("seq")
    monkeypatch.setattr(Event, "from_db", classmethod(tampered))
    assert words in text(client, reverse("events:inspect", args=[event.pk]))


def test_an_event_cut_off_from_its_predecessor_says_so(login: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    client, event = login("spj-audit"), Event.objects.latest("seq")
    monkeypatch.setattr("audit.viewsets.events.event_hash", lambda _event: event.hash)
    real = Event.from_db.__func__

    def tampered(cls: type[Event], *args: object) -> Event:
        found = real(cls, *args)
        found.prev_hash = "f" * 64
        return found

    monkeypatch.setattr(Event, "from_db", classmethod(tampered))
    assert "与前一事件不相接" in text(client, reverse("events:inspect", args=[event.pk]))


def test_events_are_searched_and_filtered(login: Callable) -> None:
    client, url = login("spj-audit"), reverse("events:index_results")
    record(action="page.published", department_code="spj", object_label="某办法")
    record(action="page.scheduled", department_code="unknown", object_label="某意见")
    assert "某办法" in text(client, f"{url}?q=某办法")
    assert "某意见" not in text(client, f"{url}?q=某办法")
    assert "某意见" not in text(client, f"{url}?action=page.published")
    page = text(client, f"{url}?department_code=spj")
    assert "某办法" in page
    assert "某意见" not in page
    assert "unknown" in text(client, f"{url}?q=某意见"), "a unit that is gone is named by its code"
    day = Event.objects.latest("seq").at.date()
    assert "某办法" in text(client, f"{url}?at_from={day:%Y-%m-%d}")
    assert "某办法" not in text(client, f"{url}?at_to=2020-01-01")


@pytest.mark.parametrize("username", ["spj-moder", "spj-acct", "sys-admin"])
def test_nobody_else_reads_the_chain(login: Callable, username: str) -> None:
    client = login(username)
    for name, args in (("index", []), ("index_results", []), ("inspect", [Event.objects.first().pk])):
        assert client.get(reverse(f"events:{name}", args=args)).status_code == 302


@pytest.mark.parametrize("name", ["add", "edit", "delete", "copy", "history", "usage", "history_results"])
def test_no_address_changes_an_event(name: str) -> None:
    for args in ([], [1]):
        with pytest.raises(NoReverseMatch):
            reverse(f"events:{name}", args=args)


def test_nothing_is_written_to_an_event_by_post(login: Callable) -> None:
    event = Event.objects.first() or record(action="audit.probe")
    for username in ("spj-audit", "root"):
        client = login(username) if username == "spj-audit" else client_of("root")
        for url in (reverse("events:index"), reverse("events:inspect", args=[event.pk])):
            assert client.post(url, {"action": "x"}).status_code == 405


def client_of(username: str) -> Client:
    client = Client()
    client.force_login(f.user(username))
    return client


def test_events_are_listed_in_as_many_queries_for_many_rows(
    login: Callable, django_assert_num_queries: Callable
) -> None:
    client, url = login("spj-audit"), reverse("events:index")
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    expected = len(few)
    for number in range(20):
        record(action="audit.probe", object_label=f"第{number}项", department_code="spj")
    with django_assert_num_queries(expected):
        client.get(url)


def test_every_action_our_code_records_has_a_name() -> None:
    sources = [
        path
        for app in ("audit", "accounts", "policy_pages", "cms")
        for path in (settings.BASE_DIR / app).rglob("*.py")
        if not {"tests", "migrations", "demo", "viewsets"} & set(path.relative_to(settings.BASE_DIR).parts)
    ]
    calls = r'(?:action=|record_page_event\(|_record_task\(|_save\(\w+, |GENESIS = )\s*"([a-z_]+(?:\.[a-z_]+)+)"'
    # Wagtail's own log has actions too; they are not events of ours.
    used = {code for path in sources for code in re.findall(calls, path.read_text(encoding="utf-8"))}
    used = {code for code in used if not code.startswith("wagtail.")}
    assert {"calendar.changed", "clock.started", "task.returned", "chain.genesis"} <= used, "power check"
    assert sorted(used - set(ACTION_LABELS)) == [], "name it in audit.viewsets.events.ACTION_LABELS"


def test_names_of_what_is_not_known() -> None:
    assert action_label("page.published") == "公开"
    assert action_label("some.thing") == "some.thing"
    assert object_kind("audit.calendaryear") == "工作日年度"
    assert [object_kind(code) for code in ("", "gone", "gone.model")] == ["", "gone", "gone.model"]
