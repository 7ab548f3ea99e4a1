"""Windows as iCalendar: what RFC 5545 asks, what a company reads in its calendar, and what stays out."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from icalendar import Calendar

from policy_pages.guides import feed, ics
from policy_pages.models import ApplicationGuidePage, GuideBasis
from policy_pages.services.listed import relist
from policy_pages.tests import factories as f
from policy_pages.tests.test_public_lists import day, put_on_shelf, queries_of, shelve_document, shelve_guide

if TYPE_CHECKING:
    from django.test import Client
    from icalendar import Event

    from accounts.models import Department

DAY = datetime.timedelta(days=1)


def taken(client: Client, address: str) -> Calendar:
    response = client.get(address, follow=True)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert not response.cookies
    for line in response.content.split(b"\r\n"):
        assert len(line) <= 75, "RFC 5545 §3.1: lines are folded at 75 octets"
    assert b"\n" not in response.content.replace(b"\r\n", b""), "and end in CRLF"
    return Calendar.from_ical(response.content)


def file_of(client: Client, page: ApplicationGuidePage) -> list[Event]:
    return taken(client, f"/policies/{page.department.code}/{page.slug}/window.ics").events


def published(department: Department, **facts: Any) -> Any:
    window = {"window_type": "fixed_window", "window_start": day(5), "window_end": day(30)}
    return f.make_public(f.make_guide(department, **{**window, **facts}))


def test_a_window_is_two_events_of_whole_days(client: Client, kjj: Department) -> None:
    guide = published(kjj, title="研发后补助，；\n第二行")
    opening, closing = file_of(client, guide)
    assert opening["SUMMARY"] == f"申报开始：{guide.title}"
    assert closing["SUMMARY"] == f"申报截止：{guide.title}"
    for event, first in ((opening, day(5)), (closing, day(30))):
        assert type(event["DTSTART"].dt) is datetime.date
        assert event["DTSTART"].params["VALUE"] == "DATE"
        assert event["DTSTART"].dt == first
        assert event["DTEND"].dt == first + DAY, "DTEND is exclusive: open to 24:00 of the last day"
        assert event["STATUS"] == "CONFIRMED"
        assert event["TRANSP"] == "TRANSPARENT", "nobody is busy because a window is open"


def test_every_required_property_is_there_once(client: Client, kjj: Department) -> None:
    calendar = taken(client, f"/policies/kjj/{published(kjj).slug}/window.ics")
    assert calendar["VERSION"] == "2.0"
    assert calendar["PRODID"]
    assert "METHOD" not in calendar, "no invitation is sent"
    for event in calendar.events:
        for name in ("UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "SEQUENCE", "LAST-MODIFIED", "URL"):
            assert name in event
            assert not isinstance(event[name], list)
    assert not any(calendar.errors)


def test_the_description_says_how_much_who_and_where(client: Client, kjj: Department, settings: Any) -> None:
    settings.WAGTAILADMIN_BASE_URL = "https://hqt.example.gov.cn"
    hotline = {"number": "0510-81820000", "contact": "", "hours": "工作日 9:00–17:00"}
    other = {"number": "12345", "contact": "", "hours": ""}
    guide = published(kjj, amount_max=500_000, hotlines=[("hotline", hotline), ("hotline", other)])
    for event in file_of(client, guide):
        address = f"https://hqt.example.gov.cn/policies/kjj/{guide.slug}/"
        assert event["DESCRIPTION"].splitlines() == [
            "最高金额：50 万元",
            f"截止：{day(30)}，含当日，到 24:00 止（北京时间）",
            "责任单位：科学技术局",
            "咨询电话：0510-81820000（工作日 9:00–17:00）",
            "咨询电话：12345",
            f"以网页为准：{address}",
        ]
        assert event["URL"] == address
        assert guide.listing.category.name in [str(one) for one in event.categories]


def test_a_reminder_comes_14_3_days_and_1_before_in_the_morning(client: Client, kjj: Department) -> None:
    opening, closing = file_of(client, published(kjj))
    assert opening.subcomponents == []
    first = datetime.datetime.combine(closing["DTSTART"].dt, datetime.time())
    rung = [first + alarm["TRIGGER"].dt for alarm in closing.subcomponents]
    nine = datetime.time(9)
    assert rung == [datetime.datetime.combine(day(30) - days * DAY, nine) for days in (14, 3, 1)]
    for alarm, days in zip(closing.subcomponents, (14, 3, 1), strict=True):
        assert alarm["ACTION"] == "DISPLAY"
        assert f"还剩 {days} 天" in alarm["DESCRIPTION"], "the page says the same number on that day"


def test_a_uid_stays_and_the_sequence_rises_with_each_version(client: Client, kjj: Department, settings: Any) -> None:
    guide = published(kjj)
    before = file_of(client, guide)
    again = client.get(f"/policies/kjj/{guide.slug}/window.ics").content
    with time_machine.travel("2026-11-26 10:00 +0800"):
        assert client.get(f"/policies/kjj/{guide.slug}/window.ics").content == again, "the same state is the same file"
        settings.WAGTAILADMIN_BASE_URL = "https://new-name.example.gov.cn"
        changed = {"title": "改名的补助", "window_end": day(60), "change_note": "延长"}
        after = file_of(client, f.make_public(f.save_draft(guide, **changed)))
    assert [event["UID"] for event in after] == [event["UID"] for event in before]
    assert len({event["UID"] for event in before}) == 2
    for old, new in zip(before, after, strict=True):
        assert new["SEQUENCE"] > old["SEQUENCE"]
        assert new["LAST-MODIFIED"].dt > old["LAST-MODIFIED"].dt
        assert new["LAST-MODIFIED"].dt.utcoffset() == datetime.timedelta(0), "RFC 5545 §3.8.7.3: in UTC"
    other = file_of(client, published(kjj, title="另一项"))
    assert not {event["UID"] for event in other} & {event["UID"] for event in before}


@pytest.mark.parametrize(
    "facts",
    [
        {"window_type": "year_round"},
        {"window_type": "window_pending"},
        {"window_type": ""},
        {"window_type": "fixed_window"},
    ],
)
def test_without_a_day_there_is_no_file(client: Client, kjj: Department, facts: dict[str, Any]) -> None:
    page = shelve_guide(kjj, "没有日期", **facts)
    assert client.get(f"/policies/kjj/{page.slug}/window.ics").status_code == 404


def test_half_a_window_of_stock_is_half_a_file(client: Client, kjj: Department) -> None:
    for name, word in (("window_start", "开始"), ("window_end", "截止")):
        page = shelve_guide(kjj, "存量", window_type="fixed_window", is_stock=True, **{name: day(3)})
        assert [event["SUMMARY"] for event in file_of(client, page)] == [f"申报{word}：存量"]


def test_an_opening_that_is_over_is_left_out(client: Client, kjj: Department) -> None:
    """What is past is no news in a calendar; half a window whose only day is past still says that day."""
    assert [event["SUMMARY"] for event in file_of(client, published(kjj, title="今天开始", window_start=day(0)))] == [
        "申报开始：今天开始",
        "申报截止：今天开始",
    ]
    assert [event["SUMMARY"] for event in file_of(client, published(kjj, title="补助", window_start=day(-1)))] == [
        "申报截止：补助"
    ]
    half = shelve_guide(kjj, "存量", window_type="fixed_window", is_stock=True, window_start=day(-3))
    assert [event["SUMMARY"] for event in file_of(client, half)] == ["申报开始：存量"]


def test_a_repealed_basis_cancels_the_file_and_leaves_the_feed(client: Client, kjj: Department) -> None:
    guide = published(kjj)
    before = file_of(client, guide)
    document = shelve_document(kjj, "旧办法", document_status="repealed")
    GuideBasis.objects.create(guide=guide, document=document)
    after = file_of(client, guide)
    assert [event["STATUS"] for event in after] == ["CANCELLED", "CANCELLED"]
    assert [event["UID"] for event in after] == [event["UID"] for event in before]
    assert all(new["SEQUENCE"] > old["SEQUENCE"] for old, new in zip(before, after, strict=True))
    assert not any(event.subcomponents for event in after), "nobody is reminded of what is over"
    assert taken(client, "/calendar/feed.ics").events == []


# --- Feed ---------------------------------------------------------------------------------------------------------------


def in_feed(client: Client, query: str = "") -> list[str]:
    return [str(event["SUMMARY"]) for event in taken(client, f"/calendar/feed.ics{query}").events]


def test_the_feed_holds_what_is_to_come_and_the_last_thirty_days(client: Client, kjj: Department) -> None:
    shelve_guide(kjj, "刚刚还在", -60, -30)
    shelve_guide(kjj, "已经出去", -60, -31)
    shelve_guide(kjj, "未开始", 10, 40)
    shelve_guide(kjj, "常年")
    shelve_guide(kjj, "待定", window_type="window_pending")
    f.make_guide(kjj, title="草稿", window_type="fixed_window", window_start=day(1), window_end=day(2))
    assert in_feed(client) == ["申报截止：刚刚还在", "申报开始：未开始", "申报截止：未开始"]
    page = shelve_guide(kjj, "申报中", -5, 50)
    page.live = False
    page.save()
    assert len(in_feed(client)) == 3, "what was taken down is gone"


def test_the_feed_is_narrowed_like_the_calendar(client: Client, kjj: Department, gxj: Department) -> None:
    shelve_guide(kjj, "科技的", -5, 5)
    shelve_guide(gxj, "工信的", -5, 6)
    facts = {"window_type": "fixed_window", "window_start": day(-1), "window_end": day(7)}
    put_on_shelf(gxj, ApplicationGuidePage(title="另一类的", **facts), category="category-02")
    ends = [summary for summary in in_feed(client) if "截止" in summary]
    assert ends == ["申报截止：科技的", "申报截止：工信的", "申报截止：另一类的"]
    assert in_feed(client, "?department=kjj") == ["申报截止：科技的"]
    assert in_feed(client, "?category=category-02&department=gxj") == ["申报截止：另一类的"]
    assert in_feed(client, "?category=category-02&department=kjj") == []
    assert len(in_feed(client, "?department=%00&category='--&x=1")) == 3, "what is no filter is no choice"


def test_the_feed_says_what_it_is_and_how_often_to_ask(client: Client, kjj: Department) -> None:
    calendar = taken(client, "/calendar/feed.ics?department=kjj")
    assert calendar["X-WR-CALNAME"] == calendar["NAME"] == "惠企政策申报日历：科学技术局"
    assert calendar["REFRESH-INTERVAL"].dt == DAY
    assert calendar["REFRESH-INTERVAL"].params["VALUE"] == "DURATION"
    assert calendar["X-WR-TIMEZONE"] == "Asia/Shanghai"
    assert taken(client, "/calendar/feed.ics")["NAME"] == "惠企政策申报日历"


def test_a_file_and_the_feed_name_an_event_alike(client: Client, kjj: Department) -> None:
    guide = published(kjj)
    feed = taken(client, "/calendar/feed.ics").events
    assert [event.to_ical() for event in feed] == [event.to_ical() for event in file_of(client, guide)]


def test_many_windows_cost_the_queries_of_one(client: Client, kjj: Department) -> None:
    shelve_guide(kjj, "一项", -5, 5)
    few = queries_of(client, "/calendar/feed.ics")
    for number in range(12):
        shelve_guide(kjj, f"指南{number}", -5, number)
    assert queries_of(client, "/calendar/feed.ics") == few
    assert few <= 15


def test_who_holds_the_same_feed_is_told_so_before_it_is_written(
    client: Client, kjj: Department, gxj: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = published(kjj, title="补助")
    first = client.get("/calendar/feed.ics")

    def asked(query: str = "") -> int:
        return client.get(f"/calendar/feed.ics{query}", headers={"If-None-Match": first["ETag"]}).status_code

    with monkeypatch.context() as patch:
        patch.setattr(feed.Feed, "write", None)
        unchanged = client.get("/calendar/feed.ics", headers={"If-None-Match": first["ETag"]})
    assert (unchanged.status_code, unchanged["ETag"], unchanged.content) == (304, first["ETag"], b"")
    assert asked("?department=kjj") == 200, "another choice is another feed"
    with time_machine.travel("2026-11-26 10:00 +0800"):
        assert asked() == 200, "another day"
    Department = type(kjj)
    Department.objects.filter(pk=kjj.pk).update(name="科技局")
    assert asked() == 200, "what an event says was renamed"
    assert "责任单位：科技局" in str(taken(client, "/calendar/feed.ics").events[0]["DESCRIPTION"])
    Department.objects.filter(pk=kjj.pk).update(name=kjj.name)
    assert asked() == 304
    f.make_public(f.save_draft(guide, title="改名的补助", change_note="改名"))
    assert asked() == 200
    assert in_feed(client)[0] == "申报开始：改名的补助"
    ApplicationGuidePage.objects.filter(pk=guide.pk).update(live=False)
    relist()
    assert asked() == 200


def test_an_event_is_written_once_for_all_who_ask(
    client: Client, kjj: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "_written", {})
    monkeypatch.setattr(feed, "KEPT", 2)
    written: list[str] = []
    real = ics.events_of

    def counted(page: Any, **facts: Any) -> bytes:
        written.append(page.title)
        return real(page, **facts)

    monkeypatch.setattr(ics, "events_of", counted)
    for number in range(2):
        shelve_guide(kjj, f"指南{number}", -5, 5 + number)
    before = client.get("/calendar/feed.ics").content
    assert client.get("/calendar/feed.ics").content == before
    assert written == ["指南0", "指南1"]
    shelve_guide(kjj, "指南2", -5, 9)
    assert len(in_feed(client)) == 3, "and when there are more than are kept, nothing is lost"
    assert set(feed._written.values()) == {
        real(ics.with_versions(ApplicationGuidePage.objects.filter(title="指南2")).get())
    }
