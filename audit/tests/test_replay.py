"""`audit_replay`: what somebody with the database at hand changed is found, and so is what a new calendar would turn."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from audit.models import CalendarOverride, DutyClock, DutyRule, Event
from audit.rules import Judgement
from audit.services import (
    cancel_clock,
    finish_clock,
    hand_clock,
    registry,
)
from audit.services.calendar import change_calendar
from audit.services.replay import Finding, Replay, judgement_words, replay_histories, replay_verdicts

from .attacks import execute, remove_triggers
from .factories import DepartmentFactory
from .histories import at, findings, finish, forge, rewrite_version, start, whole_life

pytestmark = pytest.mark.django_db
# --- A history without fault ----------------------------------------------------------------------------------------


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
    before, after = replay_histories(until_seq=seq), replay_histories()
    assert before.course(before.states[clock.pk]).finished_on is None
    assert after.course(after.states[clock.pk]).finished_on == date(2026, 3, 13)
    assert replay_histories(until_seq=seq - 1).states == {}


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
        ({"handovers": [{"on": "2026-03-13", "side": "bureau", "at": "x"}] * 1200}, "移交经过"),
        ({"rule": "file_account"}, "义务"),
        ({"finished_at": at("2026-03-18 10:00:01")}, "完成时间"),
    ],
)
@pytest.mark.parametrize("of_two", [0, 1], ids=["first", "second"])
def test_an_altered_row_is_found(change: dict, word: str, of_two: int) -> None:
    """Also the second of two that were the same, which is compared with what is remembered of the first."""
    clock = [finish("2026-03-12", "2026-03-18"), finish("2026-03-12", "2026-03-18")][of_two]
    if "rule" in change:
        change = {"rule": DutyRule.objects.get(code=change["rule"])}
    DutyClock.objects.filter(pk=clock.pk).update(**change)
    (found,) = replay_verdicts().differences
    assert (found.clock, found.finding, found.detail) == (clock.pk, Finding.ALTERED, word)
    assert found.recomputed == Judgement("late", date(2026, 3, 17), 4, 0)


#: A number of days is hashed modulo this by Python.
MODULUS = 2**61 - 1


@pytest.mark.usefixtures("sqlite_only")
@pytest.mark.parametrize("of_two", [0, 1], ids=["first", "second"])
@pytest.mark.parametrize(
    ("column", "value", "word"),
    [
        ("used", 4 + MODULUS, "结论"),
        ("bureau_used", MODULUS, "结论"),
        ("bureau_used", "", "结论"),
        ("used", "４", "结论"),
        ("due_on", "昨天", "结论"),
        ("trigger_date", "昨天", "触发日期或规则"),
        ("finished_at", "2026-03-18", "完成时间"),
    ],
)
def test_what_sqlite_lets_stand_in_a_column_is_found(column: str, value: object, word: str, of_two: int) -> None:
    clock = [finish("2026-03-12", "2026-03-18"), finish("2026-03-12", "2026-03-18")][of_two]
    execute(f"UPDATE audit_dutyclock SET {column} = %s WHERE id = %s", [value, clock.pk])  # noqa: S608 -- our own names
    found = [(one.clock, one.finding, one.detail) for one in replay_verdicts().differences]
    assert found == [(clock.pk, Finding.ALTERED, word)]


def handed_at(first: object, second: object) -> list[dict[str, object]]:
    """The handovers of a row, to the bureau on 13 March and back on the 16th, said to be at these instants."""
    return [
        {"side": "bureau", "at": first, "on": "2026-03-13"},
        {"side": "department", "at": second, "on": "2026-03-16"},
    ]


def test_the_second_of_two_clocks_pushed_to_another_unit_is_found() -> None:
    _first, clock = finish("2026-03-12", "2026-03-18"), finish("2026-03-12", "2026-03-18")
    DutyClock.objects.filter(pk=clock.pk).update(department=DepartmentFactory())
    assert [(one.clock, one.detail) for one in replay_verdicts().differences] == [(clock.pk, "责任部门")]


def test_a_clock_pushed_to_another_unit_is_found() -> None:
    clock = finish("2026-03-12", "2026-03-18")
    DutyClock.objects.filter(pk=clock.pk).update(department=DepartmentFactory())
    assert replay_verdicts().differences[0].detail == "责任部门"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"holder": "bureau"}, "现由谁办理"),
        ({"handovers": handed_at("2026-03-13T09:00:01+08:00", "2026-03-16T09:00:00+08:00")}, "移交的时刻"),
        ({"handovers": handed_at("2026-03-13T09:00:00+08:00", "昨天")}, "移交的时刻"),
        ({"handovers": handed_at("2026-03-13T09:00:00+08:00", None)}, "移交的时刻"),
        ({"handovers": handed_at("0001-01-01T00:00:00+08:00", "2026-03-16T09:00:00+08:00")}, "移交的时刻"),
        ({"basis": "成文日期"}, "对象、触发日期依据或所涉部门"),
        ({"object_id": "2"}, "对象、触发日期依据或所涉部门"),
        ({"object_type": "x.y"}, "对象、触发日期依据或所涉部门"),
        ({"object_label": "别的办法"}, "对象、触发日期依据或所涉部门"),
        ({"concerned": None}, "对象、触发日期依据或所涉部门"),
        ({"outcome": "on_time"}, "结论"),
    ],
)
def test_with_objects_what_no_verdict_rests_on_is_compared_too(change: dict, word: str) -> None:
    clock = start("2026-03-12", concerned=DepartmentFactory())
    hand_clock(clock=clock, side="bureau", at=at("2026-03-13 09:00"), actor=None)
    hand_clock(clock=clock, side="department", at=at("2026-03-16 09:00"), actor=None)
    finish_clock(clock=clock, at=at("2026-03-18 10:00"), actor=None)
    whole_life()
    assert replay_verdicts(with_objects=True).ok
    DutyClock.objects.filter(pk=clock.pk).update(**change)
    found = [(one.clock, one.finding, one.detail) for one in replay_verdicts(with_objects=True).differences]
    assert found == [(clock.pk, Finding.ALTERED, word)]
    assert replay_verdicts().ok == (word != "结论")
    with pytest.raises(CommandError):
        call_command("audit_replay", "--objects", stdout=StringIO())


def test_a_finish_without_its_instant_is_a_fault_of_the_history() -> None:
    clock = start("2026-03-12")
    forge("clock.finished", clock, finished_on="2026-03-13", outcome="on_time", used=1, bureau_used=0)
    (found,) = replay_verdicts().differences
    assert (found.finding, found.detail) == (Finding.BROKEN, "完成的时刻无法读取")


# --- A city that works meanwhile ------------------------------------------------------------------------------------


def test_what_is_written_between_history_and_rows_is_no_difference() -> None:
    running, untouched = start("2026-03-12"), start("2026-03-12")
    replay = Replay(with_objects=True)
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


def test_a_calendar_changed_meanwhile_is_the_one_that_counts_when_looked_at_again() -> None:
    running = start("2026-03-12")
    replay = Replay()
    replay.read_history()
    change_calendar(row=CalendarOverride(day=date(2026, 3, 16), is_workday=False, source="放假通知"), actor=None)
    running.refresh_from_db()
    assert running.due_on == date(2026, 3, 18), "power check"
    replay.compare_rows()
    assert {found.clock for found in replay.report.differences} == {running.pk}
    replay.look_again()
    assert replay.report.differences == []


def test_an_object_that_bears_another_day_stays_found_while_the_city_works(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = start("2026-03-12")
    monkeypatch.setitem(registry._triggers, lambda: [(clock.pk, date(2026, 3, 11))], None)
    replay = Replay()
    replay.read_history()
    start("2026-03-12")
    replay.compare_rows()
    replay.look_again()
    found = [(one.clock, one.finding, one.detail) for one in replay.report.differences]
    assert found == [(clock.pk, Finding.ALTERED, "登记的日期是 2026-03-11")]


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
