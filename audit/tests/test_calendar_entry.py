"""A year entered from its notice: its days replaced, its clocks settled, one event; and taken back again."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from audit.errors import Conflict
from audit.models import CalendarOverride, CalendarYear, DutyClock, Event
from audit.services import clock_effect, current_calendar, enter_year, finish_clock, plan_year, start_clock
from audit.services.calendar import ClockEffect, DayChange, change_calendar
from audit.templatetags.deadlines import verdict_words

from .factories import CalendarOverrideFactory, CalendarYearFactory, DepartmentFactory, UserFactory

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

pytestmark = pytest.mark.django_db

NOTICE = "国务院办公厅关于2027年部分节假日安排的通知（国办发明电〔2026〕9号）"
OLD = "国务院办公厅关于2026年部分节假日安排的通知（国办发明电〔2025〕7号）"
REST = [date(2027, 1, 1), date(2027, 2, 8)]
WORK = [date(2027, 2, 14)]


@pytest.fixture
def moderator(db: None) -> AbstractUser:
    return UserFactory(username="spj-moder")


def enter(**facts: Any) -> Any:
    return enter_year(**{"year": 2027, "notice": NOTICE, "rest_days": REST, "work_days": WORK, "actor": None, **facts})


def plan(**facts: Any) -> Any:
    return plan_year(**{"year": 2027, "notice": NOTICE, "rest_days": REST, "work_days": WORK, **facts})


def clock(trigger: date = date(2026, 12, 30)) -> DutyClock:
    """Three working days: 31 December, then two of the next year."""
    return start_clock(
        code="publish_change",
        department=DepartmentFactory(),
        object_type="policy_pages.changerecord",
        object_id=1,
        object_label="跨年的文件",
        trigger_date=trigger,
        basis="印发日期",
        actor=None,
    )


def days(year: int) -> dict[str, str]:
    return {str(row): row.source for row in CalendarOverride.objects.filter(day__year=year).order_by("day")}


def events() -> list[Event]:
    return list(Event.objects.filter(action="calendar.year_entered").order_by("seq"))


# --- A new year ---------------------------------------------------------------------------------------------


def test_a_year_is_entered_in_one_act(moderator: AbstractUser) -> None:
    gap = clock()
    assert gap.due_on is None
    entered = enter(actor=moderator, seen=current_calendar().version)
    assert days(2027) == {"2027-01-01 放假": NOTICE, "2027-02-08 放假": NOTICE, "2027-02-14 上班": NOTICE}
    year = CalendarYear.objects.get(year=2027)
    assert (year.confirmed, year.notice) == (True, NOTICE)
    gap.refresh_from_db()
    # 31 December, 1 January off, a weekend, Monday the 4th, Tuesday the 5th
    assert gap.due_on == date(2027, 1, 5)
    assert (entered.refreshed, entered.running) == (1, ClockEffect(settled=1, moved=0, hidden=0))
    assert year.history.first().history_user == moderator
    assert {row.history_user for row in CalendarOverride.history.filter(day__year=2027)} == {moderator}


def test_one_event_tells_the_days_before_and_after(moderator: AbstractUser) -> None:
    clock()
    enter(actor=moderator)
    (event,) = events()
    assert (event.actor_id, event.object_type, event.object_label) == (moderator.pk, "audit.calendaryear", "2027")
    assert event.payload == {
        "year": 2027,
        "before": {"confirmed": False, "notice": "", "rest_days": [], "work_days": []},
        "after": {
            "confirmed": True,
            "notice": NOTICE,
            "rest_days": ["2027-01-01", "2027-02-08"],
            "work_days": ["2027-02-14"],
        },
        "reason": "",
        "calendar_version": current_calendar().version,
        "clocks_refreshed": 1,
        "clocks_settled": 1,
        "clocks_moved": 0,
        "clocks_hidden": 0,
    }
    assert Event.objects.filter(action="clock.refreshed").count() == 1
    assert Event.objects.latest("seq") == event


def test_the_dry_look_tells_what_will_happen_and_writes_nothing() -> None:
    clock()
    clock(date(2026, 11, 23))
    before = (CalendarOverride.history.count(), CalendarYear.objects.count(), Event.objects.count())
    planned = plan()
    effect = clock_effect(planned.calendar)
    assert (CalendarOverride.history.count(), CalendarYear.objects.count(), Event.objects.count()) == before
    assert [change.day for change in planned.changes] == [*REST, *WORK]
    assert planned.changes[0] == DayChange(date(2027, 1, 1), None, False)
    assert (planned.is_again, planned.is_needless, planned.needs_reason) == (False, False, False)
    entered = enter()
    assert entered.running == effect == ClockEffect(settled=1, moved=0, hidden=0)
    assert current_calendar() == planned.calendar


def test_event_and_year_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    clock()

    def fail(**facts: object) -> None:
        raise RuntimeError("no event")

    monkeypatch.setattr("audit.services.calendar.record", fail)
    with pytest.raises(RuntimeError):
        enter()
    assert not CalendarYear.objects.filter(year=2027).exists()
    assert days(2027) == {}
    assert DutyClock.objects.get().due_on is None


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"notice": " "}, "请填写依据"),
        ({"rest_days": []}, "2027 年没有放假的工作日"),
        ({"rest_days": [date(2026, 12, 31)]}, "2027 年没有放假的工作日"),
        ({"rest_days": [*REST, date(2027, 1, 2)]}, "只录与平常不同的日子"),
        ({"work_days": [date(2027, 1, 4)]}, "只录与平常不同的日子"),
        ({"rest_days": [*REST, date(2026, 11, 30)]}, "2027 年及其前后一个月"),
        ({"work_days": [date(2028, 2, 5)]}, "2027 年及其前后一个月"),
    ],
)
def test_what_no_notice_can_say_is_refused(facts: dict[str, Any], words: str) -> None:
    for act in (enter, plan):
        with pytest.raises(ValueError, match=words):
            act(**facts)
    assert not CalendarYear.objects.filter(year=2027).exists()


# --- Entered again ------------------------------------------------------------------------------------------


def test_the_same_again_changes_and_records_nothing() -> None:
    enter()
    before = (CalendarOverride.history.count(), CalendarYear.history.count(), Event.objects.count())
    assert plan().is_needless
    assert enter().plan.is_needless
    assert (CalendarOverride.history.count(), CalendarYear.history.count(), Event.objects.count()) == before


def test_a_changed_notice_replaces_the_days_and_needs_a_reason() -> None:
    running = clock()
    enter()
    facts = {"rest_days": [date(2027, 1, 1), date(2027, 1, 4)], "work_days": [], "notice": "更正通知"}
    changed = plan(**facts)
    assert changed.needs_reason
    assert changed.changes == [
        DayChange(date(2027, 1, 4), None, False),
        DayChange(date(2027, 2, 8), False, None),
        DayChange(date(2027, 2, 14), True, None),
    ]
    for reason in ("", "  "):
        with pytest.raises(ValueError, match="要写明理由"):
            enter(**facts, reason=reason)
    entered = enter(**facts, reason=" 通知更正 ")
    assert days(2027) == {"2027-01-01 放假": "更正通知", "2027-01-04 放假": "更正通知"}
    assert entered.running == ClockEffect(settled=0, moved=1, hidden=0)
    running.refresh_from_db()
    assert running.due_on == date(2027, 1, 6)
    assert events()[-1].payload["reason"] == "通知更正"
    assert events()[-1].payload["before"]["work_days"] == ["2027-02-14"]
    assert CalendarOverride.history.filter(history_type="-").count() == 2


def test_only_the_name_of_the_notice_is_a_change_too() -> None:
    enter()
    renamed = plan(notice="更正名称")
    assert (renamed.changes, renamed.needs_reason) == ([], True)
    enter(notice="更正名称", reason="文号写错")
    assert set(days(2027).values()) == {"更正名称"}


def test_a_single_day_entered_by_hand_falls_with_the_new_set() -> None:
    enter()
    CalendarOverrideFactory(day=date(2027, 3, 1), source="市政府通知")
    assert plan().changes == [DayChange(date(2027, 3, 1), False, None)]
    enter(reason="以国务院通知为准")
    assert "2027-03-01 放假" not in days(2027)


def test_a_year_that_another_has_just_changed_is_not_overwritten() -> None:
    seen = current_calendar().version
    enter()
    with pytest.raises(Conflict, match="请重新核对"):
        enter(notice="我看到的", reason="更正", seen=seen)
    assert CalendarYear.objects.get(year=2027).notice == NOTICE


def test_a_registered_year_is_confirmed_without_a_reason() -> None:
    CalendarYearFactory(confirmed=False, notice="")
    CalendarOverrideFactory(day=date(2027, 1, 1), is_workday=False, source="预录")
    assert not plan().needs_reason
    enter()
    assert CalendarYear.objects.get(year=2027).confirmed
    assert days(2027)["2027-01-01 放假"] == NOTICE


# --- Days of the years beside -------------------------------------------------------------------------------

LAST = date(2026, 12, 31)


def test_a_day_of_the_year_before_belongs_to_that_year_and_stays_when_it_is_entered_again() -> None:
    seeded = days(2026)
    enter(rest_days=[LAST, *REST])
    assert days(2026) == {**seeded, "2026-12-31 放假": NOTICE}
    stored = CalendarOverride.objects.filter(day__year=2026).exclude(day=LAST)
    rest = [row.day for row in stored if not row.is_workday]
    work = [row.day for row in stored if row.is_workday]
    enter(year=2026, notice=OLD, rest_days=rest, work_days=work, reason="换成正式文号")
    assert days(2026) == {**dict.fromkeys(seeded, OLD), "2026-12-31 放假": NOTICE}


def test_a_day_of_the_year_before_goes_with_the_notice_that_set_it() -> None:
    seeded = days(2026)
    enter(rest_days=[LAST, *REST])
    assert plan().changes == [DayChange(LAST, False, None)]
    enter(reason="更正")
    assert days(2026) == seeded


def test_a_day_of_the_year_after_waits_for_that_year() -> None:
    enter(rest_days=[*REST, date(2028, 1, 3)])
    assert 2028 not in current_calendar().years
    enter(year=2028, notice="2028年的通知", rest_days=[date(2028, 5, 1)], work_days=[])
    assert days(2028) == {"2028-01-03 放假": NOTICE, "2028-05-01 放假": "2028年的通知"}
    assert enter(rest_days=REST, reason="更正").plan.changes == [DayChange(date(2028, 1, 3), False, None)]


def test_the_seed_s_own_years_do_not_mix_although_they_name_one_source() -> None:
    before = {year: days(year) for year in (2024, 2026)}
    enter(year=2025, notice="2025年的通知", rest_days=[date(2025, 1, 1)], work_days=[], reason="试")
    assert days(2025) == {"2025-01-01 放假": "2025年的通知"}
    assert {year: days(year) for year in (2024, 2026)} == before


# --- Taken back ---------------------------------------------------------------------------------------------


def test_a_year_taken_back_hides_its_last_days_again(moderator: AbstractUser) -> None:
    running = clock()
    enter(actor=moderator)
    year = CalendarYear.objects.get(year=2027)
    year.confirmed = False
    assert change_calendar(row=year, actor=moderator) == 1
    running.refresh_from_db()
    assert running.due_on is None
    verdict = running.verdict(date(2027, 3, 1))
    assert (verdict.code, verdict.gap_year) == ("gap", 2027)
    assert verdict_words(verdict) == "待国务院公布 2027 年放假安排"
    assert clock_effect(current_calendar()) == ClockEffect(0, 0, 0)


def test_a_notice_that_opens_no_gap_but_moves_a_year_is_counted() -> None:
    enter()
    running = clock(date(2027, 2, 5))
    hidden = ClockEffect(settled=0, moved=0, hidden=1)
    calendar = current_calendar()
    without = type(calendar)(calendar.years - {2027}, calendar.rest_days, calendar.work_days, "without")
    assert clock_effect(without) == hidden
    finish_clock(clock=running, at=datetime(2027, 2, 6, tzinfo=UTC), actor=None)
    assert clock_effect(without) == ClockEffect(0, 0, 0), "only clocks that run are counted"
