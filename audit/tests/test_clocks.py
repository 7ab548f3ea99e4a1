from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.errors import NoRuleInForce
from audit.models import DutyClock, DutyRule, Event
from audit.services import (
    announce_clock,
    begin_clock,
    cancel_clock,
    current_calendar,
    finish_clock,
    refresh_clocks,
    restart_clock,
    start_clock,
    verify_chain,
    void_clock,
    was_done_before,
)

from .factories import CalendarOverrideFactory, CalendarYearFactory, DepartmentFactory, DutyRuleFactory, UserFactory

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")


def start(trigger: str = "2026-03-12", **kwargs) -> DutyClock:
    values = {
        "code": "publish_change",
        "department": kwargs.pop("department", None) or DepartmentFactory(),
        "object_type": "policy_pages.changerecord",
        "object_id": 5,
        "object_label": "科技创新券管理办法",
        "trigger_date": date.fromisoformat(trigger),
        "basis": "印发日期",
        "actor": None,
    }
    return start_clock(**{**values, **kwargs})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def last_event() -> Event:
    return Event.objects.last()


# --- Start --------------------------------------------------------------------------------------------------------


def test_an_object_that_needs_its_clock_first_is_named_when_it_is_announced() -> None:
    user, unit = UserFactory(), DepartmentFactory(code="kjj")
    clock = begin_clock(
        code="publish_change", department=unit, object_type="policy_pages.changerecord", object_label="办法",
        trigger_date=date(2026, 3, 12), basis="印发日期", actor=user, concerned=unit,
    )  # fmt: skip
    assert not Event.objects.filter(action="clock.started").exists()
    announce_clock(clock=clock, object_id=5, actor=user)
    event, told = last_event(), last_event().payload
    assert (event.action, event.object_id, told["basis"], told["concerned"]) == (
        "clock.started",
        "5",
        "印发日期",
        "kjj",
    )
    assert {row.history_user for row in clock.history.all()} == {user}


@pytest.mark.parametrize(("day", "is_before"), [("2026-03-13", False), ("2026-03-14", True)])
def test_the_day_of_the_event_cannot_come_to_lie_after_the_deed(day: str, is_before: bool) -> None:
    """Published on Friday 13 March at 23:30 in Shanghai: what happened later than that day it cannot have carried out."""
    clock = start("2026-03-12")
    assert not was_done_before(clock, date(2026, 3, 20))
    finish_clock(clock=clock, at=datetime(2026, 3, 13, 15, 30, tzinfo=UTC), actor=None)
    assert was_done_before(clock, date.fromisoformat(day)) == is_before
    refused = pytest.raises(ValueError, match="晚于完成") if is_before else nullcontext()
    with refused:
        restart_clock(clock=clock, trigger_date=date.fromisoformat(day), reason="更正", actor=None)


def test_start_takes_rule_and_calendar_and_is_recorded() -> None:
    user = UserFactory()
    department = DepartmentFactory(code="kjj")
    clock = start("2026-09-30", department=department, actor=user)
    assert clock.rule == DutyRule.objects.get(code="publish_change")
    assert clock.due_on == date(2026, 10, 10)
    assert clock.calendar_version == current_calendar().version
    assert timezone.now() - clock.started_at < timedelta(minutes=1)
    assert str(clock) == "政策新增、修订、废止后公开：科技创新券管理办法"
    event = last_event()
    assert (event.action, event.department_code, event.actor_id) == ("clock.started", "kjj", user.pk)
    assert (event.object_type, event.object_id) == ("policy_pages.changerecord", "5")
    assert event.payload == {
        "clock": clock.pk,
        "code": "publish_change",
        "article": clock.rule.article,
        "days": 3,
        "unit": "working",
        "trigger_date": "2026-09-30",
        "due_on": "2026-10-10",
        "calendar_version": clock.calendar_version,
        "outcome": "open",
        "used": None,
        "bureau_used": None,
        "basis": "印发日期",
        "concerned": "",
    }
    assert clock.history.get().history_user == user


def test_start_in_a_gap_has_no_due_date() -> None:
    clock = start("2026-12-29")
    assert clock.due_on is None
    assert clock.verdict(date(2027, 6, 1)).code == "gap"
    assert last_event().payload["due_on"] is None


def test_the_rule_in_force_on_the_trigger_date_is_taken() -> None:
    newer = DutyRuleFactory(days=2, effective_from=date(2026, 7, 1))
    assert start("2026-06-30").rule.days == 3
    assert start("2026-07-01").rule == newer


def test_before_the_regulation_there_is_no_duty() -> None:
    with pytest.raises(NoRuleInForce, match="2023-01-04"):
        start("2023-01-04")
    assert start("2023-01-05").rule.days == 3
    with pytest.raises(ValueError, match="answer_post"):
        start(code="answer_post")


def test_a_long_label_is_cut() -> None:
    assert start(object_label="长" * 300).object_label == "长" * 255


# --- Finish -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instant", "code"),
    [
        (at("2026-03-17 23:59:59"), "on_time"),
        (at("2026-03-18 00:00:00"), "late"),
        (datetime(2026, 3, 17, 15, 59, 59, tzinfo=UTC), "on_time"),
        (datetime(2026, 3, 17, 16, 0, 0, tzinfo=UTC), "late"),
    ],
)
def test_the_limit_ends_at_midnight_in_shanghai(instant: datetime, code: str) -> None:
    clock = start()
    finish_clock(clock=clock, at=instant, actor=None)
    clock.refresh_from_db()
    assert clock.verdict().code == code
    event = last_event()
    assert (event.action, event.payload["outcome"]) == ("clock.finished", code)


def test_the_reader_s_time_zone_does_not_move_the_verdict() -> None:
    clock = start()
    with timezone.override("America/New_York"), time_machine.travel(at("2026-03-18 00:00:00"), tick=False):
        assert clock.verdict().code == "overdue"
        finish_clock(clock=clock, at=timezone.now(), actor=None)
        assert clock.verdict().code == "late"


def test_finishing_twice_is_refused_also_for_a_stale_copy() -> None:
    clock = start()
    stale = DutyClock.objects.get(pk=clock.pk)
    finish_clock(clock=clock, at=at("2026-03-13 10:00"), actor=None)
    for again in (clock, stale):
        with pytest.raises(ValueError, match="已经完成或取消"):
            finish_clock(clock=again, at=at("2026-03-14 10:00"), actor=None)
    clock.refresh_from_db()
    assert clock.finished_at == at("2026-03-13 10:00")
    assert Event.objects.filter(action="clock.finished").count() == 1


def test_finishing_a_cancelled_clock_is_refused() -> None:
    clock = cancel_clock(clock=start(), reason="重复登记", actor=None)
    with pytest.raises(ValueError, match="已经完成或取消"):
        finish_clock(clock=clock, at=at("2026-03-13 10:00"), actor=None)


def test_finishing_at_a_naive_instant_is_refused() -> None:
    clock = start()
    with pytest.raises(ValueError, match="time zone"):
        finish_clock(clock=clock, at=datetime(2026, 3, 13), actor=None)
    clock.refresh_from_db()
    assert clock.is_open


# --- Correct and cancel -------------------------------------------------------------------------------------------


def test_correcting_the_trigger_date_keeps_history_and_reason() -> None:
    user = UserFactory()
    reason = "原登记的印发日期有误，" + "以红头文件为准。" * 20
    clock = start("2026-03-12")
    restart_clock(clock=clock, trigger_date=date(2026, 9, 30), reason=f" {reason} ", actor=user)
    clock.refresh_from_db()
    assert (clock.trigger_date, clock.due_on) == (date(2026, 9, 30), date(2026, 10, 10))
    newest, oldest = clock.history.all()
    assert (oldest.trigger_date, oldest.due_on) == (date(2026, 3, 12), date(2026, 3, 17))
    assert (newest.history_user, newest.history_change_reason) == (user, reason)
    payload = last_event().payload
    assert last_event().action == "clock.corrected"
    assert (payload["before"]["trigger_date"], payload["before"]["due_on"]) == ("2026-03-12", "2026-03-17")
    assert (payload["trigger_date"], payload["due_on"], payload["reason"]) == ("2026-09-30", "2026-10-10", reason)


def test_a_finished_clock_can_be_corrected_and_its_verdict_follows() -> None:
    clock = start("2026-03-12")
    finish_clock(clock=clock, at=at("2026-03-18 09:00"), actor=None)
    assert clock.verdict().code == "late"
    restart_clock(clock=clock, trigger_date=date(2026, 3, 13), reason="印发日期更正", actor=None)
    assert clock.verdict().code == "on_time"


def test_correcting_takes_the_rule_of_the_new_date() -> None:
    newer = DutyRuleFactory(days=2, effective_from=date(2026, 7, 1))
    clock = start("2026-06-30")
    assert restart_clock(clock=clock, trigger_date=date(2026, 7, 1), reason="更正", actor=None).rule == newer


def test_cancelling_is_recorded_and_closes() -> None:
    clock = start()
    cancel_clock(clock=clock, reason="不属于惠企政策", actor=None)
    assert not DutyClock.objects.open().exists()
    assert (last_event().action, last_event().payload["reason"]) == ("clock.cancelled", "不属于惠企政策")
    with pytest.raises(ValueError, match="不能取消"):
        cancel_clock(clock=clock, reason="再取消", actor=None)
    with pytest.raises(ValueError, match="不能更正"):
        restart_clock(clock=clock, trigger_date=date(2026, 3, 1), reason="更正", actor=None)


def test_a_finished_clock_is_not_cancelled() -> None:
    clock = finish_clock(clock=start(), at=at("2026-03-13 10:00"), actor=None)
    with pytest.raises(ValueError, match="不能取消"):
        cancel_clock(clock=clock, reason="撤销", actor=None)


def test_a_voided_clock_counts_nowhere_and_tells_what_it_was() -> None:
    user = UserFactory()
    clock = finish_clock(clock=start("2026-03-12"), at=at("2026-03-18 09:00"), actor=None)
    void_clock(clock=clock, reason=" 误报 ", actor=user)
    clock.refresh_from_db()
    assert (clock.finished_at, clock.is_open) == (None, False)
    assert clock.cancelled_at is not None
    assert not DutyClock.objects.open().exists()
    assert not DutyClock.objects.exclude(finished_at=None).exists()
    assert last_event().action == "clock.voided"
    assert last_event().payload["reason"] == "误报"
    before = last_event().payload["before"]
    # Thursday 12 March and three working days: Tuesday the 17th; done on Wednesday, the fourth.
    assert (before["finished_at"], before["outcome"], before["used"]) == ("2026-03-18T01:00:00Z", "late", 4)
    newest, before, _oldest = clock.history.all()
    assert (newest.history_user, newest.history_change_reason) == (user, "误报")
    assert before.finished_at == at("2026-03-18 09:00")
    assert verify_chain().ok
    with pytest.raises(ValueError, match="没有完成"):
        void_clock(clock=clock, reason="再作废", actor=None)


def test_what_is_not_finished_is_cancelled_and_not_voided() -> None:
    with pytest.raises(ValueError, match="没有完成"):
        void_clock(clock=start(), reason="误报", actor=None)
    finished = finish_clock(clock=start(), at=at("2026-03-13 10:00"), actor=None)
    with pytest.raises(ValueError, match="理由"):
        void_clock(clock=finished, reason=" ", actor=None)
    finished.refresh_from_db()
    assert finished.finished_at is not None


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_reasons_are_demanded(reason: str) -> None:
    clock = start()
    with pytest.raises(ValueError, match="理由"):
        restart_clock(clock=clock, trigger_date=date(2026, 3, 1), reason=reason, actor=None)
    with pytest.raises(ValueError, match="理由"):
        cancel_clock(clock=clock, reason=reason, actor=None)
    clock.refresh_from_db()
    assert (clock.trigger_date, clock.is_open) == (date(2026, 3, 12), True)


def test_a_cancelled_clock_is_judged_as_of_its_cancellation() -> None:
    clock = start()
    with time_machine.travel(at("2026-03-16 12:00"), tick=False):
        cancel_clock(clock=clock, reason="重复登记", actor=None)
    assert clock.verdict(date(2026, 6, 1)).code == "running"


def test_no_clock_ends_twice_in_the_database() -> None:
    clock = start()
    with pytest.raises(IntegrityError), transaction.atomic():
        DutyClock.objects.filter(pk=clock.pk).update(finished_at=timezone.now(), cancelled_at=timezone.now())


def test_clock_and_event_stand_or_fall_together() -> None:
    clock = start()
    count = Event.objects.count()
    with pytest.raises(RuntimeError), transaction.atomic():
        finish_clock(clock=clock, at=timezone.now(), actor=None)
        raise RuntimeError
    clock.refresh_from_db()
    assert clock.is_open
    assert Event.objects.count() == count


# --- Calendar changes ---------------------------------------------------------------------------------------------


def test_entering_the_next_year_closes_the_gap_of_its_clocks() -> None:
    gap, plain, gone = start("2026-12-29"), start("2026-03-12"), start("2026-12-30")
    cancel_clock(clock=gone, reason="重复登记", actor=None)
    CalendarOverrideFactory()
    CalendarYearFactory()
    assert refresh_clocks(actor=None) == 1
    for clock in (gap, plain, gone):
        clock.refresh_from_db()
    assert (gap.due_on, gap.calendar_version) == (date(2027, 1, 4), current_calendar().version)
    assert plain.calendar_version != gap.calendar_version
    assert gone.due_on is None
    assert (last_event().action, last_event().payload["before"]["due_on"]) == ("clock.refreshed", None)
    assert refresh_clocks(actor=None) == 0


def test_the_verdict_follows_the_calendar_without_refreshing() -> None:
    clock = start("2026-12-29")
    CalendarYearFactory()
    assert clock.verdict(date(2026, 12, 30)).due == date(2027, 1, 1)


# --- Querysets ----------------------------------------------------------------------------------------------------


def test_open_and_overdue() -> None:
    running, gap, done = start("2026-03-12"), start("2026-12-29"), start("2026-03-12")
    finish_clock(clock=done, at=at("2026-05-01 09:00"), actor=None)
    assert set(DutyClock.objects.open()) == {running, gap}
    assert not DutyClock.objects.overdue(date(2026, 3, 17)).exists()
    assert list(DutyClock.objects.overdue(date(2026, 3, 18))) == [running]
    assert list(DutyClock.objects.overdue(date(2027, 12, 1))) == [running]  # a gap is never called late


@pytest.mark.usefixtures("sqlite_only")
def test_overdue_is_found_by_its_index() -> None:
    assert "audit_clock_open (outcome=? AND due_on<?)" in DutyClock.objects.overdue(date(2026, 3, 18)).explain()


def test_clocks_of_one_object() -> None:
    second, first = start("2026-03-13", object_id=7), start("2026-03-12", object_id=7)
    start(object_id=8)
    assert list(DutyClock.objects.for_object("policy_pages.changerecord", 7)) == [first, second]


def test_judging_many_with_one_calendar_needs_no_query(django_assert_num_queries) -> None:
    clock = start()
    calendar = current_calendar()
    with django_assert_num_queries(0):
        assert clock.verdict(date(2026, 3, 18), calendar).code == "overdue"


def test_today_is_the_default_day() -> None:
    clock = start()
    with time_machine.travel(at("2026-03-17 23:59:59"), tick=False):
        assert clock.verdict().code == "running"
