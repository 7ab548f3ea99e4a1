"""The pure functions against the articles: 100,000 random histories, 0 differences; every seeded defect is found."""

from __future__ import annotations

import json
import random
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import rules
from audit.rules import replaying, shares, verdicts

from .articles import BUREAU, CALENDAR, DEPARTMENT, ONE_DAY, WORKING, Almanac, Announced, Matter, last_day
from .histories import FIRST, LAST, follow, for_engine, random_almanac, random_day, random_rules, random_steps

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.once, pytest.mark.slow]
HISTORIES = 100_000
SEEDED = 4_000


def engine_says(matter: Matter, events: list[tuple[str, dict[str, Any]]], calendar: rules.WorkCalendar) -> Announced:
    """What the engine makes of the events, folded as the replay folds them."""
    histories = rules.Histories()
    histories.take((seq, action, "kjj", json.dumps(payload)) for seq, (action, payload) in enumerate(events, 1))
    (state,) = histories.states.values()
    assert histories.faults(state) == ()
    outcome, due, used, bureau = replaying.judge(*histories.course(state).facts, calendar)
    if outcome == "cancelled":
        return Announced(outcome)
    if outcome == "open":
        return Announced(outcome, due)
    # The engine tells the department's share as the rest.
    department = None if used is None or bureau is None else used - bureau
    return Announced(outcome, due, used, bureau, department)


def event(matter: Matter, action: str, **facts: Any) -> tuple[str, dict[str, Any]]:
    """An event of the chain about the matter as it stands."""
    said = matter.said
    return f"clock.{action}", {
        "clock": 1,
        "code": "publish_change",
        "trigger_date": str(matter.trigger),
        "days": matter.rule.limit,
        "unit": matter.rule.unit,
        "due_on": said.last and str(said.last),
        "outcome": said.outcome,
        "used": said.used,
        "bureau_used": said.bureau,
        "calendar_version": "random",
        **facts,
    }


def differences(number: int, seed: int = 12) -> list[tuple[Matter, Announced, Announced]]:
    """Ask both of `number` histories; return those of which they say different things."""
    rng = random.Random(seed)
    calendars = [(almanac, for_engine(almanac)) for almanac in (random_almanac(rng, k) for k in [1, 0.9, 0.6, 0.3] * 6)]
    found = []
    for _ in range(number):
        almanac, calendar = rng.choice(calendars)
        trigger = random_day(rng, rng.randrange(FIRST.year, LAST.year))
        matter = Matter(trigger, random_rules(rng), almanac)
        events = [event(matter, "started")]
        for step in random_steps(rng, trigger):
            follow(matter, step)
            if step.what == "hand":
                events.append(event(matter, "handed", handed_on=str(step.on), side=step.side))
            elif step.what == "end":
                facts = {"finished_at": f"{step.on}T12:00:00+08:00", "finished_on": str(step.on)}
                events.append(event(matter, "finished", **facts))
            else:
                events.append(
                    event(matter, {"correct": "corrected", "cancel": "cancelled", "void": "voided"}[step.what])
                )
        if rng.random() < 0.5:  # the replay under today's calendar, which is another one
            matter.almanac, calendar = rng.choice(calendars)
        expected = matter.today_says()
        if expected.used is None:
            expected.department = None
        engine = engine_says(matter, events, calendar)
        if engine != expected:
            found.append((matter, expected, engine))
    return found


def test_the_engine_agrees_with_the_articles_on_every_random_history() -> None:
    found = differences(HISTORIES)
    assert not found, f"{len(found)} of {HISTORIES} differ, the first: {found[0]}"


def test_the_random_histories_meet_every_outcome_often() -> None:
    rng = random.Random(3)
    seen: dict[str, int] = {}
    almanacs = [random_almanac(rng, known) for known in (1, 0.6)]
    for _ in range(2000):
        trigger = random_day(rng, rng.randrange(FIRST.year, LAST.year))
        matter = Matter(trigger, random_rules(rng), rng.choice(almanacs))
        for step in random_steps(rng, trigger):
            follow(matter, step)
        said = matter.said
        for name in (said.outcome, "bureau" if said.bureau else "", "undated on time" * (said.last is None)):
            seen[name] = seen.get(name, 0) + 1
    assert min(seen[name] for name in ("open", "on_time", "late", "gap", "cancelled", "bureau")) > 60


# --- Over 2004 to 2040, days chosen by Hypothesis -----------------------------------------------------------------

days = st.dates(FIRST, date(LAST.year - 1, 12, 31))
years = st.frozensets(st.integers(FIRST.year, LAST.year), min_size=20) | st.just(frozenset(range(2004, 2041)))
units = st.sampled_from([WORKING, CALENDAR])


@st.composite
def named_days(draw: st.DrawFn, near: date) -> dict[date, bool]:
    """Days near the one of interest that are not what their weekday says."""
    after = draw(st.lists(st.integers(-5, 30), max_size=14, unique=True))
    return {(day := near + n * ONE_DAY): day.weekday() >= 5 for n in after}


@given(st.data(), days, st.integers(0, 20), units, years, st.integers(-5, 60))
def test_last_day_verdict_and_shares_over_37_years(
    data: st.DataObject, trigger: date, limit: int, unit: str, known: frozenset[int], after: int
) -> None:
    almanac = Almanac(known, data.draw(named_days(trigger)))
    calendar = for_engine(almanac)
    end = trigger + after * ONE_DAY
    on = sorted(data.draw(st.lists(st.integers(-5, 60), max_size=5)))
    moves = [(trigger + n * ONE_DAY, (BUREAU, DEPARTMENT)[place % 2]) for place, n in enumerate(on)]
    matter = Matter(trigger, random_rules(random.Random(1)), almanac, moves, end)
    matter.rules = [type(matter.rules[0])(FIRST, limit, unit)]
    expected = matter.today_says()
    found = rules.verdict(trigger, limit, end, end, calendar, unit)
    assert (found.code, found.due, found.used) == (expected.outcome, expected.last, expected.used)
    held = [rules.Handover(*move) for move in moves]
    assert rules.bureau_days(trigger, end, held, calendar, unit) == expected.bureau
    assert found.due == last_day(trigger, limit, unit, almanac)


@given(days, st.integers(0, 60), st.lists(st.tuples(st.integers(-5, 60), st.sampled_from([BUREAU, DEPARTMENT]))))
def test_a_clock_that_went_backwards_never_gives_the_bureau_more_days_than_there_were(
    trigger: date, after: int, moves: list[tuple[int, str]]
) -> None:
    calendar = for_engine(Almanac(frozenset(range(2004, 2042)), {}))
    held = [rules.Handover(trigger + n * ONE_DAY, side) for n, side in moves]
    end = trigger + after * ONE_DAY
    bureau = rules.bureau_days(trigger, end, held, calendar, WORKING)
    assert bureau is not None
    assert 0 <= bureau <= rules.workdays_elapsed(trigger, end, calendar)


# --- Power: a defect that is put in is found -----------------------------------------------------------------------

due_date, true_verdict, true_bureau = verdicts.due_date, verdicts.verdict, shares.bureau_days


def one_day_more(trigger: date, limit: int, calendar: rules.WorkCalendar, unit: str) -> date:
    return due_date(trigger, limit + 1, calendar, unit)


def event_day_counts(trigger: date, limit: int, calendar: rules.WorkCalendar, unit: str) -> date:
    return due_date(trigger - ONE_DAY, limit, calendar, unit)


def not_rolled(trigger: date, limit: int, calendar: rules.WorkCalendar, unit: str) -> date:
    return trigger + limit * ONE_DAY if unit == CALENDAR else due_date(trigger, limit, calendar, unit)


def rolled_back(trigger: date, limit: int, calendar: rules.WorkCalendar, unit: str) -> date:
    due = due_date(trigger, limit, calendar, unit)
    return min(due, trigger + limit * ONE_DAY) if unit == CALENDAR else due


def weekends_only(trigger: date, limit: int, calendar: rules.WorkCalendar, unit: str) -> date:
    return due_date(trigger, limit, for_engine(Almanac(calendar.years, {})), unit)


def no_worked_weekends(trigger: date, limit: int, calendar: rules.WorkCalendar, unit: str) -> date:
    plain = rules.WorkCalendar(calendar.years, calendar.rest_days, frozenset(), "")
    return due_date(trigger, limit, plain, unit)


def guessed(trigger: date, limit: int, calendar: rules.WorkCalendar, unit: str) -> date:
    every = frozenset(range(2000, 2060))
    return due_date(trigger, limit, rules.WorkCalendar(every, calendar.rest_days, calendar.work_days, ""), unit)


def gap_is_late(*args: Any) -> rules.Verdict:
    said = true_verdict(*args)
    return rules.Verdict("late", *list(vars(said).values())[1:]) if said.code == "gap" else said


def never_in_time_in_a_gap(*args: Any) -> bool:
    return False


def always_in_time_in_a_gap(*args: Any) -> bool:
    return True


def day_to_the_receiver(trigger: date, end: date, held: Any, *rest: Any) -> int | None:
    return true_bureau(trigger, end, [rules.Handover(on - ONE_DAY, side) for on, side in held], *rest)


def returns_ignored(trigger: date, end: date, held: Any, *rest: Any) -> int | None:
    return true_bureau(trigger, end, [move for move in held if move.side == BUREAU][:1], *rest)


def the_bureau_holds_first(trigger: date, end: date, held: Any, *rest: Any) -> int | None:
    return true_bureau(trigger, end, [rules.Handover(trigger, BUREAU), *held], *rest)


DEFECTS = [
    (verdicts, "due_date", one_day_more),
    (verdicts, "due_date", event_day_counts),
    (verdicts, "due_date", not_rolled),
    (verdicts, "due_date", rolled_back),
    (verdicts, "due_date", weekends_only),
    (verdicts, "due_date", no_worked_weekends),
    (verdicts, "due_date", guessed),
    (verdicts, "_done_whatever_gap", never_in_time_in_a_gap),
    (verdicts, "_done_whatever_gap", always_in_time_in_a_gap),
    (replaying, "verdict", gap_is_late),
    (replaying, "bureau_days", day_to_the_receiver),
    (replaying, "bureau_days", returns_ignored),
    (replaying, "bureau_days", the_bureau_holds_first),
]


@pytest.mark.parametrize(("module", "name", "defect"), DEFECTS, ids=lambda value: getattr(value, "__name__", value))
def test_a_seeded_defect_is_found(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, defect: Callable[..., Any]
) -> None:
    monkeypatch.setattr(module, name, defect)
    assert differences(SEEDED)
