"""工作日历 in the back office: who keeps it, what is refused in words, what is said before last days move."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.urls import NoReverseMatch, reverse

from accounts.models import Assignment
from audit.models import CalendarOverride, CalendarYear, DutyClock, Event
from audit.services import start_clock
from audit.services.calendar import change_calendar, remove_override

from .factories import CalendarOverrideFactory, CalendarYearFactory, DepartmentFactory
from .pages import text, told

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db
NOTICE = "国务院办公厅关于2027年部分节假日安排的通知"


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
