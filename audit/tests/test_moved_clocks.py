"""A duty that another unit owes from now on: the days stay, both units are told."""

from datetime import date

import pytest

from audit.services import finish_clock, move_clock
from audit.services.replay import replay_verdicts
from audit.viewsets.duties import history_of

from .factories import DepartmentFactory, UserFactory
from .test_clocks import at, last_event, start

pytestmark = pytest.mark.django_db


def test_a_moved_clock_keeps_its_days_and_tells_both_units() -> None:
    before, after, user = DepartmentFactory(code="kjj"), DepartmentFactory(code="gxj"), UserFactory()
    clock = start("2026-03-12", department=before)
    due = clock.due_on
    move_clock(clock=clock, department=after, reason=" 不属科技局 ", actor=user)
    clock.refresh_from_db()
    assert (clock.department, clock.trigger_date, clock.due_on) == (after, date(2026, 3, 12), due)
    event = last_event()
    assert (event.action, event.department_code) == ("clock.moved", "gxj")
    assert (event.payload["before"], event.payload["reason"]) == ({"department": "kjj"}, "不属科技局")
    newest = clock.history.first()
    assert (newest.history_user, newest.history_change_reason) == (user, "不属科技局")
    moved = history_of(clock)[-1]
    assert moved.changes == [f"责任部门：{before.short_name} → {after.short_name}"]
    assert replay_verdicts(with_objects=True).ok
    finish_clock(clock=clock, at=at("2026-03-13 10:00"), actor=user)
    assert replay_verdicts(with_objects=True).ok


def test_what_has_ended_or_lies_there_already_is_not_moved() -> None:
    unit, other = DepartmentFactory(), DepartmentFactory()
    clock = start("2026-03-12", department=unit)
    with pytest.raises(ValueError, match="现在就由"):
        move_clock(clock=clock, department=unit, reason="错转", actor=None)
    with pytest.raises(ValueError, match="写明理由"):
        move_clock(clock=clock, department=other, reason=" ", actor=None)
    finish_clock(clock=clock, at=at("2026-03-13 10:00"), actor=None)
    with pytest.raises(ValueError, match="不能再转"):
        move_clock(clock=clock, department=other, reason="错转", actor=None)
