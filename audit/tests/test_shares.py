"""Whose days they were, counted by hand: the giver's on the day of handing over, a return hands it back."""

from datetime import UTC, date, datetime

import pytest

from audit.rules import Handover, WorkCalendar, bureau_days
from audit.services import finish_clock, hand_clock

from .test_replay import start


@pytest.mark.parametrize(
    ("moves", "days"),
    [
        ([], 0),
        ([("2026-03-13", "bureau")], 3),  # Monday, Tuesday, Wednesday
        ([("2026-03-12", "bureau")], 4),
        ([("2026-03-01", "bureau")], 4),  # before the event itself
        ([("2026-03-13", "bureau"), ("2026-03-16", "department")], 1),
        ([("2026-03-13", "bureau"), ("2026-03-13", "department")], 0),
        ([("2026-03-18", "bureau")], 0),
        ([("2026-03-20", "bureau")], 0),
        ([("2026-03-17", "bureau"), ("2026-03-13", "department")], 0),  # a clock that was set back
    ],
)
def test_thursday_to_wednesday(calendar: WorkCalendar, moves: list[tuple[str, str]], days: int) -> None:
    held = [Handover(date.fromisoformat(on), side) for on, side in moves]
    assert bureau_days(date(2026, 3, 12), date(2026, 3, 18), held, calendar) == days


def test_a_gap_hides_the_bureau_s_days_only_where_it_held_the_matter(calendar: WorkCalendar) -> None:
    held = [Handover(date(2026, 12, 29), "bureau"), Handover(date(2026, 12, 31), "department")]
    assert bureau_days(date(2026, 12, 28), date(2027, 1, 5), held, calendar) == 2
    assert bureau_days(date(2026, 12, 28), date(2027, 1, 5), held[:1], calendar) is None


@pytest.mark.django_db
def test_a_running_clock_tells_the_bureau_s_days_until_today(calendar: WorkCalendar) -> None:
    clock = hand_clock(clock=start("2026-03-12"), side="bureau", at=datetime(2026, 3, 13, 2, tzinfo=UTC), actor=None)
    assert clock.bureau_days(date(2026, 3, 17), calendar) == 2
    assert clock.bureau_days(date(2026, 3, 17)) == 2
    assert clock.bureau_days() is not None


@pytest.mark.django_db
def test_handing_to_who_holds_it_writes_nothing_and_a_finished_clock_keeps_its_share() -> None:
    clock = start("2026-03-12")
    for side in ("department", "bureau", "bureau"):
        hand_clock(clock=clock, side=side, at=datetime(2026, 3, 13, 2, tzinfo=UTC), actor=None)
    assert [entry["on"] for entry in clock.handovers] == ["2026-03-13"]
    finish_clock(clock=clock, at=datetime(2026, 3, 17, 2, tzinfo=UTC), actor=None)
    assert clock.bureau_days() == clock.bureau_used == 2
    assert (
        hand_clock(clock=clock, side="department", at=datetime(2026, 3, 18, 2, tzinfo=UTC), actor=None).holder
        == "bureau"
    )
