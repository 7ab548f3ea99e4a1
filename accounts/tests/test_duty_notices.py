"""Reminders: each once for a last day, to those whose hand the duty needs (A12)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest

from accounts.models import User
from accounts.tests.factories import make_filing, on
from accounts.tests.test_duties import BOARD, clock_of, detail, html, later
from audit.enums import BUREAU_DUTIES, DutyCode, NoticeKind
from audit.models import DutyNotice, DutyRule, Event
from audit.services import cancel_clock, finish_clock, registry, restart_clock
from audit.services.notices import _remind, chase, remind_due
from policy_pages.inbox import inbox_for
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from accounts.models import Department

    Login = Callable[[str], Client]

pytestmark = pytest.mark.django_db

D = datetime.date


def test_a_unit_is_reminded_once_with_one_working_day_left_and_once_when_it_is_late(
    thursday: D, kjj: Department, login: Login
) -> None:
    clock = clock_of(kjj)
    assert [remind_due(today=D(2026, 3, day)) for day in (12, 13, 15)] == [0, 0, 0]
    with on("2026-03-16"):
        assert (remind_due(), remind_due()) == (1, 0)
        assert "还剩 1 个工作日。" in html(login("kjj-edit"), "/admin/inbox/")
    with on("2026-03-17"):
        assert remind_due() == 0
    with on("2026-03-18"):
        assert (remind_due(), remind_due()) == (1, 0)
    notices = clock.notices.order_by("pk")
    assert list(notices.values_list("kind", flat=True)) == [NoticeKind.DUE_SOON, NoticeKind.OVERDUE]
    assert Event.objects.filter(action="duty.reminded").count() == 2
    assert "已超过截止日期" in html(login("kjj-edit"), detail(clock))
    assert str(clock.notices.first()).startswith("超期提醒")
    with on("2026-03-18"):
        restart_clock(clock=clock, trigger_date=D(2026, 3, 16), reason="更正", actor=None)
        assert remind_due() == 1, "another last day, another reminder"


def test_what_a_clock_that_ran_ahead_reminded_of_is_withdrawn_and_comes_when_it_is_due(
    thursday: D, kjj: Department
) -> None:
    """Due on Tuesday 17 March 2026; on that day the server's clock said Wednesday for a while."""
    clock = clock_of(kjj)
    with on("2026-03-18"):
        assert remind_due() == 1
    with on("2026-03-17"):
        assert remind_due() == 1
        assert [notice.kind for notice in clock.notices.all()] == [NoticeKind.DUE_SOON]
        withdrawn = Event.objects.get(action="duty.reminder_withdrawn")
        assert (withdrawn.payload["kind"], withdrawn.payload["clock"]) == ("overdue", clock.pk)
        assert remind_due() == 0
    with on("2026-03-18"):
        assert remind_due() == 1
    assert {notice.kind for notice in clock.notices.all()} == {NoticeKind.DUE_SOON, NoticeKind.OVERDUE}


def test_a_limit_of_one_day_is_reminded_on_the_day_it_starts_and_goes_to_the_bureau(
    thursday: D, bureau: Department, kjj: Department, login: Login
) -> None:
    clock_of(bureau, DutyCode.MODERATE, concerned=kjj)
    assert remind_due() == 1
    assert DutyNotice.objects.get().department == bureau
    assert "即将到期提醒" in html(login("spj-moder"), "/admin/inbox/")
    assert "即将到期提醒" not in html(login("kjj-edit"), "/admin/inbox/")


def test_a_day_that_tick_missed_is_made_good_on_the_last_day(thursday: D, kjj: Department, login: Login) -> None:
    clock_of(kjj)
    with on("2026-03-17"):
        assert remind_due() == 1
        assert "今天到期。" in html(login("kjj-edit"), "/admin/inbox/")


def test_nobody_is_reminded_of_a_gap_or_of_what_ended(thursday: D, kjj: Department) -> None:
    hidden = clock_of(kjj, trigger_date=D(2026, 12, 30))
    ended = clock_of(kjj, trigger_date=D(2026, 3, 2))
    finish_clock(clock=ended, at=later(0), actor=None)
    assert remind_due(today=D(2027, 1, 4)) == 0
    assert chase(clock=hidden, message="请办理", actor=f.user("spj-moder")).due_on is None


def test_what_changed_between_reading_and_lock_is_not_reminded(thursday: D, kjj: Department) -> None:
    clock = clock_of(kjj, trigger_date=D(2026, 3, 2))
    due = D(2026, 3, 5)
    assert not _remind(clock.pk, NoticeKind.OVERDUE, D(2026, 3, 6)), "another last day by now"
    assert _remind(clock.pk, NoticeKind.OVERDUE, due)
    assert not _remind(clock.pk, NoticeKind.OVERDUE, due), "somebody else did"
    cancel_clock(clock=clock, reason="误登", actor=None)
    assert not _remind(clock.pk, NoticeKind.OVERDUE, due)


def test_people_are_those_whose_hand_the_duty_needs(thursday: D, bureau: Department, kjj: Department) -> None:
    units = {DutyCode.PUBLISH_CHANGE: kjj, DutyCode.MODERATE: bureau, DutyCode.COMPLETE_FILING: bureau}
    told = {
        code: sorted(person.username for person in registry.people_told(clock_of(unit, code)))
        for code, unit in units.items()
    }
    assert told == {
        DutyCode.PUBLISH_CHANGE: ["kjj-edit", "kjj-review"],
        DutyCode.MODERATE: ["spj-moder"],
        DutyCode.COMPLETE_FILING: ["spj-acct"],
    }


def test_the_inbox_tells_each_notice_to_those_who_are_told_by_mail(
    thursday: D, bureau: Department, kjj: Department, gxj: Department
) -> None:
    facts = {"article": "第二十条", "title": "回应诉求", "effective_from": D(2025, 1, 1), "source": "演练"}
    DutyRule.objects.create(code="answer", days=5, unit="working", **facts)  # a later duty has nothing but its rule
    codes = [*DutyCode, "answer"]
    clocks = [clock_of(bureau if code in BUREAU_DUTIES else kjj, code, trigger_date=D(2025, 11, 3)) for code in codes]
    assert remind_due() == len(codes)
    inboxes = {person.username: inbox_for(person).notices for person in User.objects.all()}
    for clock in clocks:
        told = {person.username for person in registry.people_told(clock)}
        assert told, clock
        assert {name for name, notices in inboxes.items() if clock in [one.notice.clock for one in notices]} == told


def test_a_notice_of_a_filing_leads_the_account_officer_to_the_filing(
    thursday: D, bureau: Department, kjj: Department, gxj: Department, login: Login
) -> None:
    filing = make_filing(kjj)
    clock = filing.completion_clock
    chase(clock=clock, message="请今天办结", actor=f.user("spj-moder"))
    officer = login("spj-acct")
    assert "请今天办结" in html(officer, "/admin/inbox/")
    assert detail(clock) in html(officer, "/admin/inbox/")
    assert officer.get(detail(clock)).url == f"/admin/filings/{filing.pk}/"
    assert officer.post(detail(clock)).status_code == 404
    assert officer.get(detail(clock_of(kjj))).status_code == 404
    assert officer.get(f"{BOARD}0/").status_code == 404
    assert login("gxj-edit").get(detail(clock)).status_code == 404
