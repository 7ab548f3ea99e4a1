"""Wagtail's log and its twins in the chain; the mirror; the clock that goes back."""

from __future__ import annotations

import io
import json
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
import time_machine
from django.core.management import CommandError, call_command
from wagtail.models import ModelLogEntry, Page, PageLogEntry

from audit.models import ChainHead, Event
from audit.services import record, verify_chain
from audit.services.mirror import event_line
from audit.services.twins import check_twins, event_action
from audit.viewsets.events import action_label

from .factories import CalendarYearFactory, UserFactory

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry() -> PageLogEntry:
    """One entry of the page log; the model log has one too."""
    page = Page.objects.get(depth=1)
    ModelLogEntry.objects.log_action(CalendarYearFactory(), "wagtail.edit")
    return PageLogEntry.objects.log_action(
        page, "wagtail.publish", user=UserFactory(), data={"日": datetime(2026, 1, 1)}
    )


def test_every_entry_has_a_twin_that_says_the_same(entry: PageLogEntry) -> None:
    event = Event.objects.get(action="wagtail.publish")
    assert (event.object_type, event.object_id) == ("wagtailcore.page", str(entry.page_id))
    assert (event.actor_id, event.payload["entry"], event.payload["data"]) == (
        entry.user_id,
        entry.pk,
        {"日": "2026-01-01T00:00:00"},
    )
    assert action_label(event.action) == "操作日志：发布"
    assert check_twins() == []
    entry.save()
    assert Event.objects.filter(action="wagtail.publish").count() == 1, "only a new entry is an event"
    out = io.StringIO()
    call_command("audit_verify", "--logs", stdout=out)
    assert "每条操作日志都有对应事件" in out.getvalue()


@pytest.mark.parametrize(
    "change",
    [
        {"action": "wagtail.edit"},
        {"user_id": None},
        {"page_id": 99},
        {"content_type_id": None},
        {"timestamp": datetime(2020, 1, 1, tzinfo=UTC)},
        {"label": "别的标题"},
        {"uuid": UUID(int=7)},
        {"revision_id": 99},
        {"data": {"日": "2026-01-01T00:00:00", "comment": "依据已核"}},
        {"data": {}},
        {"content_changed": True},
        {"deleted": True},
    ],
)
def test_an_entry_that_was_changed_is_found(entry: PageLogEntry, change: dict[str, Any]) -> None:
    PageLogEntry.objects.filter(pk=entry.pk).update(**change)
    assert check_twins() == [f"操作记录第 {entry.pk} 条与第 3 号事件不符。"]
    with pytest.raises(CommandError, match="不符"):
        call_command("audit_verify", "--logs", stdout=io.StringIO())


def test_a_twin_from_before_all_was_told_is_silent_about_the_rest() -> None:
    page = Page.objects.get(depth=1)
    facts = {"page": page, "action": "wagtail.edit", "label": "页面", "timestamp": datetime.now(UTC), "deleted": True}
    PageLogEntry.objects.bulk_create([PageLogEntry(**facts)])
    entry = PageLogEntry.objects.get()
    told = {"log": "wagtailcore.pagelogentry", "entry": entry.pk, "action": entry.action, "timestamp": entry.timestamp}
    record(action="wagtail.edit", object_id=page.pk, object_label="页面", payload=told)
    assert check_twins() == []


def test_a_second_of_difference_is_rounding(entry: PageLogEntry) -> None:
    PageLogEntry.objects.filter(pk=entry.pk).update(timestamp=entry.timestamp + timedelta(milliseconds=900))
    assert check_twins() == []


def test_entries_taken_away_put_in_or_told_twice_are_found(entry: PageLogEntry) -> None:
    twin = Event.objects.get(action="wagtail.publish")
    PageLogEntry.objects.bulk_create(
        [PageLogEntry(page_id=1, action="wagtail.edit", label="x", timestamp=entry.timestamp)]
    )
    record(action="wagtail.publish", payload=twin.payload)
    ModelLogEntry.objects.all().delete()
    faults = check_twins()
    assert [
        words in fault for words, fault in zip(("已不在", "多个", "没有对应"), sorted(faults, key=len), strict=False)
    ]
    assert len(faults) == 3
    assert any("没有对应的事件" in fault for fault in faults)
    assert any("多个" in fault for fault in faults)
    assert any("已不在" in fault for fault in faults)


def test_entries_from_before_there_were_twins_pass() -> None:
    page = Page.objects.get(depth=1)
    PageLogEntry.objects.bulk_create(
        [PageLogEntry(page=page, action="wagtail.edit", label="x", timestamp=datetime.now(UTC))]
    )
    assert check_twins() == []
    PageLogEntry.objects.log_action(page, "wagtail.edit")
    assert check_twins() == []


@pytest.mark.parametrize(
    ("action", "name"),
    [
        ("wagtail.publish.scheduled", "wagtail.publish.scheduled"),
        ("wagtail", "wagtail.log"),
        ("Other App.2nd-thing", "wagtail.other_app.x2nd_thing"),
        ("..", "wagtail.log"),
        ("a" * 200, ("wagtail." + "a" * 200)[:80]),
    ],
)
def test_any_action_makes_a_dotted_name(action: str, name: str) -> None:
    assert event_action(action) == name
    record(action=name)


# --- The mirror ---------------------------------------------------------------------------------------------------


def test_each_event_is_one_line_whatever_it_contains(
    settings: SettingsWrapper, django_capture_on_commit_callbacks: Any, caplog: pytest.LogCaptureFixture
) -> None:
    nasty = '一\r\n二\u2028三\u2029四\x85五\x7f\x00"}'
    caplog.set_level(logging.INFO, logger="huiqitong.audit")
    with django_capture_on_commit_callbacks(execute=True):
        record(action="a.b", payload={"word": nasty})
    assert caplog.messages == [], "off unless a place is named"
    settings.HUIQITONG_AUDIT_LOG = "-"
    with django_capture_on_commit_callbacks(execute=True):
        event = record(action="a.b", object_label=nasty.replace("\x00", ""), payload={"word": nasty})
        assert caplog.messages == [], "not before the commit"
    [line] = caplog.messages
    assert len(line.splitlines()) == 1
    told = json.loads(line)
    assert (told["payload"], told["hash"], told["seq"]) == ({"word": nasty}, event.hash, event.seq)
    assert line == event_line(Event.objects.get(pk=event.pk))


# --- The clock ----------------------------------------------------------------------------------------------------


def test_a_clock_a_day_ahead_and_back_is_said_in_the_chain_and_breaks_nothing() -> None:
    now = datetime(2026, 11, 23, 4, tzinfo=UTC)
    for shift in (timedelta(0), timedelta(days=1), timedelta(0), timedelta(seconds=-60), timedelta(seconds=-121)):
        with time_machine.travel(now + shift, tick=False):
            record(action="a.b")
    events = list(Event.objects.order_by("seq"))
    assert [event.seq for event in events] == list(range(1, 9))
    steps = [event for event in events if event.action == "time.stepped_back"]
    assert [event.payload["seconds"] for event in steps] == [86400, 61]
    assert steps[0].payload["from"] == "2026-11-24T04:00:00Z"
    report = verify_chain()
    assert report.ok
    assert report.notices == (
        "第 4 号事件的时间比前一事件早 86400 秒：服务器时间曾被回拨。",
        "第 7 号事件的时间比前一事件早 61 秒：服务器时间曾被回拨。",
    )
    out = io.StringIO()
    call_command("audit_verify", stdout=out)
    assert "注意：第 4 号事件" in out.getvalue()


def test_a_head_from_before_the_upgrade_has_no_time() -> None:
    record(action="a.b")
    ChainHead.objects.update(at=None)
    with time_machine.travel(datetime(2020, 1, 1, tzinfo=UTC), tick=False):
        assert record(action="a.b").seq == 3


def test_many_steps_back_are_not_all_listed() -> None:
    for n in range(23):
        with time_machine.travel(datetime(2026, 11, 23, tzinfo=UTC) - timedelta(hours=n), tick=False):
            record(action="a.b")
    notices = verify_chain().notices
    assert len(notices) == 21
    assert "不再一一列出" in notices[-1]
