"""The event chain is read and the calendar is kept by those who may, and by nobody else."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.conf import settings
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from accounts.models import Assignment
from audit.models import CalendarOverride, CalendarYear, DutyClock, Event
from audit.services import record, start_clock
from audit.services.calendar import change_calendar, remove_override
from audit.viewsets.events import ACTION_LABELS, action_label, object_kind
from policy_pages.tests import factories as f

from .factories import CalendarOverrideFactory, CalendarYearFactory, DepartmentFactory

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db
NOTICE = "国务院办公厅关于2027年部分节假日安排的通知"


@pytest.fixture
def login() -> Callable[[str], Client]:
    """A logged-in client of one of the bureau's four, or of the superuser `root`."""
    f.make_bureau()
    f.User.objects.create_superuser("root", password=f.PASSWORD, holder_name="应急账号")

    def make(username: str) -> Client:
        client = Client()
        client.force_login(f.user(username))
        return client

    return make


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def told(response: object) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def clock_into_2027() -> DutyClock:
    """A clock whose last day lies in a year that is not known yet."""
    return start_clock(
        code="publish_change",
        department=DepartmentFactory(),
        object_type="policy_pages.changerecord",
        object_id=1,
        object_label="跨年的文件",
        trigger_date=date(2026, 12, 30),
        basis="印发日期",
        actor=None,
    )


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


# --- Calendar: who ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("space", ["calendar_years", "calendar_days"])
@pytest.mark.parametrize(
    ("username", "reads", "writes"),
    [
        ("spj-moder", True, True),
        ("root", True, True),
        ("spj-audit", True, False),
        ("sys-admin", True, False),
        ("spj-acct", False, False),
    ],
)
def test_who_keeps_the_calendar(login: Callable, space: str, username: str, reads: bool, writes: bool) -> None:
    client = login(username)
    row = (CalendarYear if space == "calendar_years" else CalendarOverride).objects.first()
    assert (client.get(reverse(f"{space}:index")).status_code == 200) == reads
    assert (client.get(reverse(f"{space}:add")).status_code == 200) == writes
    assert (client.get(reverse(f"{space}:edit", args=[row.pk])).status_code == 200) == writes
    if reads:
        assert ("新增" in text(client, reverse(f"{space}:index"))) == writes
    if not writes:
        before = Event.objects.count()
        client.post(reverse(f"{space}:add"), {"year": 2027, "day": "2026-12-31", "source": "x"})
        client.post(reverse(f"{space}:edit", args=[row.pk]), {"year": 2027, "day": "2026-12-31", "source": "x"})
        client.post(reverse("calendar_days:delete", args=[CalendarOverride.objects.first().pk]))
        assert Event.objects.count() == before


def test_a_year_has_no_address_to_delete_it() -> None:
    with pytest.raises(NoReverseMatch):
        reverse("calendar_years:delete", args=[1])


def test_lists_tell_how_many_days_and_where_from(login: Callable) -> None:
    client = login("spj-audit")
    years = text(client, reverse("calendar_years:index"))
    assert "系统预置（chinesecalendar 1.11.0）" in years
    row = years[years.index("2026") :]
    assert re.findall(r"<td[^>]*>\s*(\d+)\s*</td>", row)[:2] == ["19", "6"]
    page = text(client, reverse("calendar_days:index_results") + "?year=2026&is_workday=True")
    assert "2026-10-10（周六）" in page
    assert "调休上班" in page
    assert "2026-10-01" not in page


# --- Calendar: what -----------------------------------------------------------------------------------------


def test_a_new_year_from_its_notice_to_the_clocks(login: Callable) -> None:
    """The way of every November: register the year, enter its days, confirm it; gaps close, all is recorded."""
    clock, client = clock_into_2027(), login("spj-moder")
    assert clock.due_on is None
    response = client.post(reverse("calendar_years:add"), {"year": 2027, "notice": ""})
    assert "重新计算了 0 个时限" in told(response)
    client.post(reverse("calendar_days:add"), {"day": "2027-01-01", "source": NOTICE})
    assert DutyClock.objects.get().due_on is None, "not before the year is confirmed"
    year = CalendarYear.objects.get(year=2027)
    url = reverse("calendar_years:edit", args=[year.pk])
    response = client.post(url, {"year": 1999, "notice": NOTICE, "confirmed": "on"})
    assert "重新计算了 1 个时限" in told(response)
    assert DutyClock.objects.get().due_on == date(2027, 1, 5)
    year.refresh_from_db()
    assert (year.year, year.confirmed) == (2027, True), "a year is never renamed"
    assert year.history.first().history_user.username == "spj-moder"
    events = list(Event.objects.filter(action="calendar.changed").order_by("seq"))
    assert [event.object_label for event in events] == ["2027", "2027-01-01 放假", "2027"]
    assert {event.actor_name for event in events} == {"姓名spj-moder"}
    assert events[0].payload["before"] is None
    assert events[2].payload["before"]["confirmed"] is False
    assert events[2].payload["after"] == {"year": 2027, "confirmed": True, "notice": NOTICE}
    assert events[2].payload["clocks_refreshed"] == 1
    assert Event.objects.filter(action="clock.refreshed").count() == 1


def test_a_day_is_corrected_and_taken_out(login: Callable) -> None:
    client = login("spj-moder")
    CalendarYearFactory()
    override = CalendarOverrideFactory()
    clock = clock_into_2027()
    assert clock.due_on == date(2027, 1, 5)
    client.post(reverse("calendar_days:edit", args=[override.pk]), {"day": "2027-01-04", "source": NOTICE})
    assert DutyClock.objects.get().due_on == date(2027, 1, 5)
    assert Event.objects.latest("seq").payload["before"]["day"] == "2027-01-01"
    page = text(client, reverse("calendar_days:delete", args=[override.pk]))
    assert "确定删除 2027-01-04（周一）？删除后这一天按星期计。有 1 个未完成的时限会改变截止日期。" in page
    response = client.post(reverse("calendar_days:delete", args=[override.pk]))
    assert "已删除 2027-01-04（周一）。 重新计算了 1 个时限的截止日期。" in told(response)
    assert not CalendarOverride.objects.filter(day__year=2027).exists()
    assert DutyClock.objects.get().due_on == date(2027, 1, 4)
    event = Event.objects.latest("seq")
    assert (event.action, event.object_id, event.payload["after"]) == ("calendar.changed", str(override.pk), None)
    assert CalendarOverride.history.latest("history_id").history_user.username == "spj-moder"


def test_a_day_nobody_waits_for_is_deleted_without_more_words(login: Callable) -> None:
    override = CalendarOverrideFactory()
    page = text(login("spj-moder"), reverse("calendar_days:delete", args=[override.pk]))
    assert "删除后这一天按星期计。" in page
    assert "未完成的时限" not in page


def test_a_day_that_moves_last_days_is_saved_when_that_was_seen(login: Callable) -> None:
    """Wednesday 30 December 2026 and three working days: Tuesday 5 January 2027; with Monday the 4th off a day later."""
    client = login("spj-moder")
    CalendarYearFactory()
    CalendarOverrideFactory()
    clock = clock_into_2027()
    data = {"day": "2027-01-04", "source": NOTICE}
    response = client.post(reverse("calendar_days:add"), data)
    assert "有 1 个未完成的时限会改变截止日期；核对无误的，请勾选“已核对”再保存。" in response.content.decode()
    clock.refresh_from_db()
    assert clock.due_on == date(2027, 1, 5)
    client.post(reverse("calendar_days:add"), {**data, "checked": "on"})
    clock.refresh_from_db()
    assert clock.due_on == date(2027, 1, 6)


def test_a_year_that_has_begun_is_not_taken_back(login: Callable) -> None:
    """What is late would be late no more, and the public would read that the State Council has announced nothing."""
    client = login("spj-moder")
    year = CalendarYear.objects.get(year=2026)
    response = client.post(reverse("calendar_years:edit", args=[year.pk]), {"notice": NOTICE, "checked": "on"})
    assert "2026 年的安排已用于计算时限，不能取消确认" in response.content.decode()
    year.refresh_from_db()
    assert year.confirmed


def test_a_year_to_come_is_taken_back_when_its_effect_was_seen(login: Callable) -> None:
    Assignment.objects.update(valid_from=date(2023, 1, 5))
    year = CalendarYearFactory()
    CalendarOverrideFactory()
    clock = clock_into_2027()
    url = reverse("calendar_years:edit", args=[year.pk])
    with time_machine.travel("2026-12-30 10:00 +0800", tick=False):
        client = login("spj-moder")
        response = client.post(url, {"notice": NOTICE})
        assert "有 1 个未完成的时限会改变截止日期，其中 1 个将暂不可计算" in response.content.decode()
        client.post(url, {"notice": NOTICE, "checked": "on"})
    clock.refresh_from_db()
    assert clock.due_on is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"day": "2028-10-02", "source": NOTICE}, "2028 年尚未登记，请先在“工作日年度”中新增这一年。"),
        ({"day": "2026-10-10", "source": NOTICE}, "放假调休"),
        ({"day": "2026-12-30", "source": ""}, "必"),
        ({"day": "", "source": NOTICE}, "必"),
        ({"day": "2026-12-32", "source": NOTICE}, "有效的日期"),
        ({"day": "2026-12-30", "is_workday": "on", "source": NOTICE}, "2026-12-30（周三）本来就上班，不必录入"),
        ({"day": "2026-12-26", "source": NOTICE}, "2026-12-26（周六）本来就休息，不必录入"),
    ],
)
def test_a_day_that_cannot_be_is_refused_in_words(login: Callable, data: dict[str, str], message: str) -> None:
    before = (CalendarOverride.objects.count(), Event.objects.filter(action="calendar.changed").count())
    response = login("spj-moder").post(reverse("calendar_days:add"), data)
    assert response.status_code == 200
    assert message in response.content.decode()
    assert (CalendarOverride.objects.count(), Event.objects.filter(action="calendar.changed").count()) == before


@pytest.mark.parametrize(
    ("days", "data", "message"),
    [
        (True, {"year": 2027, "confirmed": "on", "notice": " "}, "确认前请填写依据"),
        (False, {"year": 2027, "confirmed": "on", "notice": NOTICE}, "2027 年还没有录入任何放假日"),
        (False, {"year": 2026, "notice": NOTICE}, "年份"),
        (False, {"year": 1900, "notice": NOTICE}, "2000"),
        (False, {"year": "", "confirmed": "on", "notice": NOTICE}, "必"),
    ],
)
def test_a_year_that_cannot_be_is_refused_in_words(
    login: Callable, days: bool, data: dict[str, object], message: str
) -> None:
    if days:
        CalendarOverrideFactory()
    response = login("spj-moder").post(reverse("calendar_years:add"), data)
    assert response.status_code == 200
    assert message in response.content.decode()
    assert not CalendarYear.objects.filter(year=2027).exists()


def test_a_change_that_changes_nothing_is_not_recorded() -> None:
    override = CalendarOverride.objects.first()
    assert change_calendar(row=override, actor=None) == 0
    assert not Event.objects.filter(action="calendar.changed").exists()


def test_event_and_change_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**facts: object) -> None:
        raise RuntimeError("no event")

    monkeypatch.setattr("audit.services.calendar.record", fail)
    override = CalendarOverride.objects.first()
    with pytest.raises(RuntimeError):
        change_calendar(row=CalendarYear(year=2027), actor=None)
    with pytest.raises(RuntimeError):
        remove_override(override=override, actor=None)
    assert not CalendarYear.objects.filter(year=2027).exists()
    assert CalendarOverride.objects.filter(day=override.day).exists()
