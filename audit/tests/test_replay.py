"""`audit_replay`: what somebody with the database at hand changed is found, and so is what a new calendar would turn."""

import json
from datetime import date, datetime
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from audit import guard
from audit.models import CalendarOverride, CalendarVersion, CalendarYear, DutyClock, DutyRule, Event
from audit.rules import ClockState, Handover, Judgement
from audit.services import (
    cancel_clock,
    finish_clock,
    hand_clock,
    record,
    refresh_clocks,
    rejudge_clock,
    restart_clock,
    start_clock,
    void_clock,
)
from audit.services.calendar import change_calendar, remove_override
from audit.services.replay import Finding, Replay, judgement_words, replay_states, replay_verdicts

from .attacks import execute, remove_triggers
from .factories import DepartmentFactory, DutyRuleFactory, UserFactory

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def start(trigger: str = "2026-03-12", **facts) -> DutyClock:
    values = {
        "code": "publish_change", "department": facts.pop("department", None) or DepartmentFactory(),
        "object_type": "x.x", "object_id": 1, "object_label": "创新券办法", "basis": "印发日期", "actor": None,
    }  # fmt: skip
    return start_clock(trigger_date=date.fromisoformat(trigger), **{**values, **facts})


def finish(trigger: str, end: str) -> DutyClock:
    return finish_clock(clock=start(trigger), at=at(f"{end} 10:00"), actor=None)


def findings() -> dict[int, Finding]:
    return {difference.clock: difference.finding for difference in replay_verdicts().differences}


def forge(action: str, clock: DutyClock, **changes) -> None:
    """An event about a clock that no service wrote, correctly chained."""
    genuine = Event.objects.filter(action__startswith="clock.", payload_json__contains=f'"clock":{clock.pk},').last()
    record(action=action, department_code=genuine.department_code, payload={**genuine.payload, **changes})


def rewrite_version(clock: DutyClock, content: str | None) -> None:
    """Somebody takes the triggers off and changes what the calendar was, or throws it away."""
    remove_triggers()
    row = CalendarVersion.objects.filter(version=clock.calendar_version)
    with guard.lifted():
        row.update(content=content) if content is not None else row.delete()


# --- A history without fault ----------------------------------------------------------------------------------------


def whole_life() -> list[DutyClock]:
    """Every action there is, once at least."""
    returned = start("2026-03-12")
    for day, side in (("2026-03-13", "bureau"), ("2026-03-16", "department"), ("2026-03-17", "bureau")):
        hand_clock(clock=returned, side=side, at=at(f"{day} 09:00"), actor=None)
    finish_clock(clock=returned, at=at("2026-03-20 10:00"), actor=None)
    corrected = restart_clock(clock=finish("2026-04-01", "2026-04-10"), trigger_date=date(2026, 4, 7), reason="更正", actor=None)  # fmt: skip
    cancelled = cancel_clock(clock=start("2026-05-06"), reason="重复", actor=None)
    voided = void_clock(clock=finish("2026-05-06", "2026-05-08"), reason="误报", actor=None)
    return [returned, corrected, cancelled, voided, start("2026-12-29"), finish("2026-12-29", "2027-02-01")]


def test_a_history_as_the_services_write_it_replays_without_difference() -> None:
    clocks = whole_life()
    report = replay_verdicts()
    assert (report.ok, report.clocks) == (True, len(clocks))
    returned = clocks[0]
    # Thursday 12 March: 13 is the department's, 16 the bureau's (handed on Friday), 17 the department's (returned on
    # Monday), 18, 19 and 20 the bureau's. Six days, four of the bureau; the limit was the 17th.
    assert (returned.outcome, returned.used, returned.bureau_used) == ("late", 6, 4)
    assert returned.due_on == date(2026, 3, 17)
    assert (clocks[1].outcome, clocks[1].used) == ("on_time", 3)
    assert clocks[5].outcome == "gap"
    out = StringIO()
    call_command("audit_replay", stdout=out)
    assert out.getvalue().strip() == f"重算 {len(clocks)} 个时限，差异 0 处。"


def test_the_past_can_be_replayed_up_to_an_event() -> None:
    clock = start("2026-03-12")
    seq = Event.objects.last().seq
    finish_clock(clock=clock, at=at("2026-03-13 10:00"), actor=None)
    assert replay_states(until_seq=seq)[clock.pk].finished_on is None
    assert replay_states()[clock.pk].finished_on == date(2026, 3, 13)
    assert replay_states(until_seq=seq - 1) == {}


# --- Rows that were tampered with -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"outcome": "on_time"}, "结论"),
        ({"due_on": date(2026, 3, 31)}, "结论"),
        ({"used": 3}, "结论"),
        ({"bureau_used": 2}, "结论"),
        ({"trigger_date": date(2026, 3, 16)}, "触发日期或规则"),
        ({"handovers": [{"on": "2026-03-13", "side": "bureau"}]}, "移交经过"),
        ({"calendar_version": "f" * 32}, "日历版本"),
        ({"handovers": "nonsense"}, "移交经过"),
        ({"rule": "file_account"}, "义务"),
        ({"finished_at": at("2026-03-18 10:00:01")}, "完成时间"),
        ({"holder": "bureau"}, "现由谁办理"),
        ({"basis": "成文日期"}, "触发日期依据"),
        ({"object_id": "2"}, "对象"),
        ({"object_type": "x.y"}, "对象"),
        ({"object_label": "别的办法"}, "对象"),
    ],
)
def test_an_altered_row_is_found(change: dict, word: str) -> None:
    clock, other = finish("2026-03-12", "2026-03-18"), finish("2026-03-12", "2026-03-18")
    if "rule" in change:
        change = {"rule": DutyRule.objects.get(code=change["rule"])}
    DutyClock.objects.filter(pk=clock.pk).update(**change)
    (found,) = replay_verdicts().differences
    assert (found.clock, found.finding, found.detail) == (clock.pk, Finding.ALTERED, word)
    assert found.recomputed == Judgement("late", date(2026, 3, 17), 4, 0)
    assert other.pk != clock.pk


def test_a_clock_pushed_to_another_unit_is_found() -> None:
    clock = finish("2026-03-12", "2026-03-18")
    DutyClock.objects.filter(pk=clock.pk).update(department=DepartmentFactory())
    assert replay_verdicts().differences[0].detail == "责任部门"


def test_a_clock_about_another_unit_s_matter_is_found() -> None:
    clock = start("2026-03-12", concerned=DepartmentFactory())
    assert replay_verdicts().ok
    DutyClock.objects.filter(pk=clock.pk).update(concerned=DepartmentFactory())
    assert replay_verdicts().differences[0].detail == "所涉部门"


def test_a_finish_without_its_instant_is_a_fault_of_the_history() -> None:
    clock = start("2026-03-12")
    forge("clock.finished", clock, finished_on="2026-03-13", outcome="on_time", used=1, bureau_used=0)
    (found,) = replay_verdicts().differences
    assert (found.finding, found.detail) == (Finding.BROKEN, "完成的时刻无法读取")


# --- A city that works meanwhile ------------------------------------------------------------------------------------


def test_what_is_written_between_history_and_rows_is_no_difference() -> None:
    running, untouched = start("2026-03-12"), start("2026-03-12")
    replay = Replay()
    replay.read_history()
    finish_clock(clock=running, at=at("2026-03-13 10:00"), actor=None)
    new = start("2026-03-16")
    replay.compare_rows()
    assert {found.clock for found in replay.report.differences} == {running.pk, new.pk}
    replay.look_again()
    assert replay.report.ok
    assert untouched.pk not in {running.pk, new.pk}


def test_what_was_tampered_with_stays_found_while_the_city_works() -> None:
    altered, lost, unknown = start("2026-03-12"), start("2026-03-12"), start("2026-03-12")
    DutyClock.objects.filter(pk=altered.pk).update(due_on=date(2026, 4, 1))
    DutyClock.objects.filter(pk=lost.pk).delete()
    DutyClock.objects.filter(pk=unknown.pk).update(id=unknown.pk + 1000)
    replay = Replay()
    replay.read_history()
    start("2026-03-16")
    replay.compare_rows()
    replay.look_again()
    assert {found.clock: found.finding for found in replay.report.differences} == {
        altered.pk: Finding.ALTERED,
        lost.pk: Finding.LOST,
        unknown.pk: Finding.LOST,
        unknown.pk + 1000: Finding.UNKNOWN,
    }


def test_a_rule_made_milder_behind_the_clocks_is_found_at_each_of_them() -> None:
    clocks = [finish("2026-03-12", "2026-03-18"), start("2026-04-07")]
    DutyRule.objects.filter(code="publish_change").update(days=5)
    assert findings() == dict.fromkeys([clock.pk for clock in clocks], Finding.ALTERED)


def test_a_deleted_row_is_lost_and_one_without_history_unknown() -> None:
    lost, kept = finish("2026-03-12", "2026-03-18"), finish("2026-03-12", "2026-03-17")
    DutyClock.objects.filter(pk=lost.pk).delete()
    inserted = DutyClock.objects.get(pk=kept.pk)
    inserted.pk = None
    inserted._state.adding = True
    inserted.save()
    report = replay_verdicts()
    assert findings() == {lost.pk: Finding.LOST, inserted.pk: Finding.UNKNOWN}
    assert report.clocks == 2


# --- Histories that were tampered with ------------------------------------------------------------------------------


def test_a_verdict_that_does_not_follow_from_the_facts_is_wrong_even_when_row_and_history_agree() -> None:
    clock = finish("2026-03-12", "2026-03-18")
    forge("clock.rejudged", clock, outcome="on_time")
    DutyClock.objects.filter(pk=clock.pk).update(outcome="on_time")
    (found,) = replay_verdicts().differences
    assert (found.finding, found.stated.outcome, found.recomputed.outcome) == (Finding.WRONG, "on_time", "late")


@pytest.mark.parametrize("content", [None, "2026\n2026-03-13 rest\n2026-03-16 rest"])
def test_a_calendar_version_that_is_gone_or_rewritten_proves_nothing(content: str | None) -> None:
    clock = finish("2026-03-12", "2026-03-18")
    change_calendar(row=CalendarOverride(day=date(2026, 7, 1), source="通知"), actor=None)
    rewrite_version(clock, content)
    (found,) = replay_verdicts().differences
    assert (found.clock, found.finding) == (clock.pk, Finding.WRONG)
    assert clock.calendar_version in found.detail
    assert found.recomputed is None


@pytest.mark.parametrize(
    ("action", "changes", "fault"),
    [
        ("clock.started", {}, "起算了两次"),
        ("clock.finished", {"finished_on": "2026-03-13"}, "完成了两次"),
        ("clock.refreshed", {"trigger_date": "2026-03-16"}, "触发日期或规则未经更正而变"),
        ("clock.finished", {"finished_on": None}, "完成了两次；完成没有写明日期"),
        ("clock.handed", {}, "移交没有写明日期"),
        ("clock.refreshed", {"days": 5}, "触发日期或规则未经更正而变"),
        ("clock.refreshed", {"unit": "calendar"}, "触发日期或规则未经更正而变"),
    ],
)
def test_a_history_that_contradicts_itself_is_broken(action: str, changes: dict, fault: str) -> None:
    clock = finish("2026-03-12", "2026-03-18")
    forge(action, clock, **changes)
    (found,) = replay_verdicts().differences
    assert (found.finding, found.detail) == (Finding.BROKEN, fault)


def test_nothing_happens_to_a_clock_that_is_struck_out() -> None:
    clock = cancel_clock(clock=start(), reason="重复", actor=None)
    forge("clock.handed", clock, side="bureau", handed_on="2026-03-13")
    (found,) = replay_verdicts().differences
    assert (found.finding, found.detail) == (Finding.BROKEN, "取消之后还有事件")


def test_a_history_without_its_beginning_is_broken() -> None:
    clock = finish("2026-03-12", "2026-03-18")
    remove_triggers()
    execute("DELETE FROM audit_event WHERE action = 'clock.started'")
    (found,) = replay_verdicts().differences
    assert (found.clock, found.finding) == (clock.pk, Finding.BROKEN)
    assert "第一个事件不是“时限起算”" in found.detail


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("due_on", None),
        ("used", None),
        ("trigger_date", None),
        ("trigger_date", "yesterday"),
        ("days", "many"),
        ("days", -1),
    ],
)
def test_an_event_that_cannot_be_read_is_a_fault_at_its_clock_and_never_an_exception(name: str, value: object) -> None:
    clock, sound = finish("2026-03-12", "2026-03-18"), finish("2026-03-12", "2026-03-17")
    payload = {**Event.objects.filter(action="clock.finished").first().payload}
    payload.pop(name) if value is None else payload.update({name: value})
    remove_triggers()
    seq = Event.objects.filter(action="clock.finished").first().seq
    text = json.dumps(payload).replace("'", "''")
    execute(f"UPDATE audit_event SET payload_json = '{text}' WHERE seq = {seq}")  # noqa: S608
    assert findings() == {clock.pk: Finding.BROKEN}
    assert sound.pk != clock.pk


@pytest.mark.parametrize("text", ["not json", "[]", "{}"])
def test_an_event_that_names_no_clock_is_reported(text: str) -> None:
    clock = start()
    remove_triggers()
    execute(f"UPDATE audit_event SET payload_json = '{text}' WHERE action = 'clock.started'")  # noqa: S608
    assert findings() == {0: Finding.BROKEN, clock.pk: Finding.UNKNOWN}


# --- The calendar ---------------------------------------------------------------------------------------------------


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


# --- Words ----------------------------------------------------------------------------------------------------------


def test_the_command_names_each_difference_and_ends_with_their_number() -> None:
    late, lost = finish("2026-03-12", "2026-03-18"), start("2026-03-12")
    hand_clock(clock=start("2026-04-07"), side="bureau", at=at("2026-04-07 10:00"), actor=None)
    DutyClock.objects.filter(pk=late.pk).update(outcome="on_time")
    DutyClock.objects.filter(pk=lost.pk).delete()
    out = StringIO()
    with pytest.raises(CommandError, match=r"重算 3 个时限，差异 2 处。"):
        call_command("audit_replay", stdout=out)
    first, second = out.getvalue().splitlines()
    assert first.startswith(
        f"时限 {late.pk}｜政策新增、修订、废止后公开：创新券办法｜存储与历史不一致｜结论｜存储：按时，期限 2026-03-17"
    )
    assert first.endswith("重算：逾期，期限 2026-03-17，用时 4 天")
    assert second == f"时限 {lost.pk}｜—｜存储中缺失｜存储：— → 重算：未完成，期限 2026-03-17"


def test_a_judgement_in_words() -> None:
    assert (
        judgement_words(Judgement("late", date(2026, 11, 20), 5, 1))
        == "逾期，期限 2026-11-20，用时 5 天（审批局 1 天）"
    )
    assert judgement_words(Judgement("gap")) == "暂不可计算，期限暂不可计算"


def test_a_settled_judgement_is_a_verdict() -> None:
    assert [Judgement(outcome).is_settled for outcome in ("on_time", "late", "gap", "open", "cancelled")] == [True] * 2 + [False] * 3  # fmt: skip


def test_the_state_of_a_clock_starts_empty() -> None:
    state = ClockState()
    assert (state.handovers, state.faults, state.terms) == ((), (), None)
    assert Handover(date(2026, 3, 1), "bureau").side == "bureau"
