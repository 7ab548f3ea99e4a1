"""`audit_replay` and the calendar: verdicts keep theirs, and what a new one would turn is listed."""

from datetime import date

import pytest

from audit.models import CalendarOverride, CalendarVersion, CalendarYear, Event
from audit.rules import Judgement
from audit.services import (
    finish_clock,
    refresh_clocks,
    rejudge_clock,
)
from audit.services.calendar import change_calendar, remove_override
from audit.services.replay import Finding, replay_verdicts

from .factories import DutyRuleFactory, UserFactory
from .histories import at, findings, finish, start

pytestmark = pytest.mark.django_db


def test_one_row_of_the_calendar_changed_lists_exactly_the_verdicts_it_would_turn() -> None:
    """Monday 16 March 2026 becomes a day off.

    By hand: who was triggered on the 16th or later, or done and due before it, is not touched. Triggered on Tuesday the
    10th (due Friday the 13th, done that day): not touched. On Thursday the 12th (due the 17th): due becomes the 18th,
    so late on the 18th turns to on time. On Wednesday the 11th, due Monday the 16th, done on Friday: the same verdict,
    another last day. An open one is announced anew at once and is no difference.
    """
    before = finish("2026-03-10", "2026-03-13")
    turned = finish("2026-03-12", "2026-03-18")
    shifted = finish("2026-03-11", "2026-03-13")
    after = finish("2026-03-16", "2026-03-20")
    running = start("2026-03-12")
    moved = change_calendar(row=CalendarOverride(day=date(2026, 3, 16), source="通知"), actor=None)
    running.refresh_from_db()
    assert (moved, running.due_on) == (1, date(2026, 3, 18))
    differences = {difference.clock: difference for difference in replay_verdicts().differences}
    assert {pk: difference.finding for pk, difference in differences.items()} == {
        turned.pk: Finding.CALENDAR,
        shifted.pk: Finding.CALENDAR,
    }
    assert differences[turned.pk].stated == Judgement("late", date(2026, 3, 17), 4, 0)
    assert differences[turned.pk].recomputed == Judgement("on_time", date(2026, 3, 18), 3, 0)
    assert differences[shifted.pk].recomputed == Judgement("on_time", date(2026, 3, 17), 2, 0)
    for clock in (before, turned, after):
        clock.refresh_from_db()
    assert (before.used, turned.outcome, after.used) == (3, "late", 4)

    user = UserFactory()
    for clock in (turned, shifted):
        rejudge_clock(clock=clock, reason="国务院调整放假安排", actor=user)
    assert replay_verdicts().ok
    newest, older, *_rest = turned.history.all()
    assert str(CalendarVersion.objects.first()) == CalendarVersion.objects.first().version
    assert (newest.outcome, older.outcome, newest.history_user) == ("on_time", "late", user)
    said = Event.objects.filter(action="clock.rejudged").first().payload
    assert (said["outcome"], said["before"]["outcome"], said["before"]["used"]) == ("on_time", "late", 4)


def test_a_calendar_put_back_leaves_no_difference() -> None:
    finish("2026-03-12", "2026-03-18")
    row = CalendarOverride(day=date(2026, 3, 16), source="通知")
    change_calendar(row=row, actor=None)
    assert len(findings()) == 1
    remove_override(override=row, actor=None)
    assert findings() == {}


def test_a_year_taken_back_shows_the_verdicts_that_rest_on_it_and_opens_the_gap_again() -> None:
    judged, running = finish("2026-03-12", "2026-03-18"), start("2026-03-12")
    year = CalendarYear.objects.get(year=2026)
    year.confirmed = False
    assert change_calendar(row=year, actor=None) == 1
    running.refresh_from_db()
    judged.refresh_from_db()
    assert (running.due_on, judged.outcome) == (None, "late")
    assert findings() == {judged.pk: Finding.CALENDAR}
    year.confirmed = True
    change_calendar(row=year, actor=None)
    running.refresh_from_db()
    assert (running.due_on, findings()) == (date(2026, 3, 17), {})


def test_in_time_that_was_said_in_a_gap_is_never_turned_by_the_year_that_closes_it() -> None:
    """Wednesday 30 December 2026, done on 1 January: the third day at most, if New Year's Day were worked.

    Then the 31st turns into a rest day, and comes back; the verdict stays whatever the calendar says.
    """
    clock = finish("2026-12-29", "2027-01-01")
    assert (clock.outcome, clock.due_on, clock.used) == ("on_time", None, None)
    rest = [CalendarOverride(day=date(2026, 12, day), source="通知") for day in (30, 31)]
    clock_of_rest = finish("2026-12-28", "2027-01-04")
    assert clock_of_rest.outcome == "late"
    for row in rest:
        change_calendar(row=row, actor=None)
    early = finish("2026-12-28", "2027-01-02")
    assert early.outcome == "on_time"
    for row in rest:
        remove_override(override=row, actor=None)
    early.refresh_from_db()
    assert (early.outcome, early.due_on) == ("on_time", None)
    assert findings()[early.pk] == Finding.CALENDAR
    assert refresh_clocks(actor=None) == 0


def test_judging_anew_without_a_difference_writes_nothing() -> None:
    clock = finish("2026-03-12", "2026-03-18")
    number = Event.objects.count()
    rejudge_clock(clock=clock, reason="复核", actor=None)
    assert Event.objects.count() == number
    with pytest.raises(ValueError, match="没有完成"):
        rejudge_clock(clock=start(), reason="复核", actor=None)
    with pytest.raises(ValueError, match="理由"):
        rejudge_clock(clock=clock, reason=" ", actor=None)


def test_a_rule_changed_in_the_middle_leaves_the_running_clock_its_own() -> None:
    clock = start("2026-03-12")
    DutyRuleFactory(days=10, effective_from=date(2026, 3, 13))
    finish_clock(clock=clock, at=at("2026-03-18 10:00"), actor=None)
    assert (clock.outcome, clock.rule.days) == ("late", 3)
    assert replay_verdicts().ok
