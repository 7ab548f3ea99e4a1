"""The real services on the real database against the articles, and against the replay of the chain.

Worlds of clocks live through handovers, ends, corrections and changes of the calendar; what stands in the rows at the
end must be what the clerk of `articles.py` said, and the replay must name exactly those verdicts that today's calendar
would turn.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from audit.models import CalendarOverride, CalendarYear, DutyClock, DutyRule
from audit.services import (
    cancel_clock,
    finish_clock,
    hand_clock,
    rejudge_clock,
    restart_clock,
    start_clock,
    void_clock,
)
from audit.services import (
    clocks as clock_services,
)
from audit.services.calendar import change_calendar, remove_override
from audit.services.replay import Finding, replay_verdicts
from audit.tests.factories import DepartmentFactory

from .articles import ONE_DAY, Almanac, Announced, Matter, Rule
from .histories import Step, follow, random_instant, random_rules, random_steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import Department

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
WORLDS, CLOCKS = 12, 25
YEARS = (2024, 2025, 2026)
CODE = "publish_change"


@dataclass
class World:
    """Clocks of one duty with the clerk's book about them, and one calendar that changes."""

    rng: random.Random
    unit: Department
    rules: list[Rule]
    almanac: Almanac = field(default_factory=lambda: Almanac(frozenset(), {}))
    book: dict[int, Matter] = field(default_factory=dict)

    def enter_year(self, year: int, confirmed: bool) -> None:
        row = CalendarYear.objects.filter(year=year).first() or CalendarYear(year=year, notice="通知")
        row.confirmed = confirmed
        change_calendar(row=row, actor=None)
        years = self.almanac.years | {year} if confirmed else self.almanac.years - {year}
        self._announce(Almanac(frozenset(years), self.almanac.named))

    def enter_day(self, day: date, works: bool) -> None:
        row = CalendarOverride.objects.filter(day=day).first() or CalendarOverride(day=day, source="通知")
        row.is_workday = works
        change_calendar(row=row, actor=None)
        self._announce(Almanac(self.almanac.years, {**self.almanac.named, day: works}))

    def remove_day(self, day: date) -> None:
        remove_override(override=CalendarOverride.objects.get(day=day), actor=None)
        named = {known: works for known, works in self.almanac.named.items() if known != day}
        self._announce(Almanac(self.almanac.years, named))

    def _announce(self, almanac: Almanac) -> None:
        self.almanac = almanac
        for matter in self.book.values():
            matter.new_calendar(almanac)

    def any_change(self) -> None:
        """A year entered or taken back, a day named, changed or removed."""
        kind = self.rng.randrange(4)
        if kind == 0:
            year = self.rng.choice(YEARS)
            self.enter_year(year, year not in self.almanac.years)
        elif kind == 1 and self.almanac.named:
            self.remove_day(self.rng.choice(sorted(self.almanac.named)))
        else:
            day = self.any_day()
            self.enter_day(day, self.rng.random() < 0.4 if kind == 2 else day.weekday() >= 5)

    def any_day(self) -> date:
        """Around the turns of the years, where the trouble is."""
        return date(self.rng.choice(YEARS), 12, 31) + self.rng.randrange(-25, 25) * ONE_DAY

    def start(self) -> DutyClock:
        trigger = self.any_day()
        clock = start_clock(
            code=CODE, department=self.unit, object_type="x.x", object_id=len(self.book), object_label="政策",
            trigger_date=trigger, basis="印发日期", actor=None,
        )  # fmt: skip
        self.book[clock.pk] = Matter(trigger, self.rules, self.almanac)
        return clock

    def take(self, pk: int, step: Step) -> None:
        """Through the service, and into the clerk's book."""
        clock, instant = DutyClock.objects.get(pk=pk), random_instant(self.rng, step.on)
        if step.what == "hand":
            hand_clock(clock=clock, side=step.side, at=instant, actor=None)
        elif step.what == "end":
            finish_clock(clock=clock, at=instant, actor=None)
        elif step.what == "cancel":
            cancel_clock(clock=clock, reason="重复登记", actor=None)
        elif step.what == "void":
            void_clock(clock=clock, reason="误报", actor=None)
        elif (ended_on := self.book[pk].ended_on) and step.on > ended_on:
            # What was done before the day cannot have been its doing: refused, and nothing is noted.
            with pytest.raises(ValueError, match="晚于完成"):
                restart_clock(clock=clock, trigger_date=step.on, reason="以红头文件为准", actor=None)
            return
        else:
            restart_clock(clock=clock, trigger_date=step.on, reason="以红头文件为准", actor=None)
        if not (step.what == "hand" and not self.book[pk].runs):
            follow(self.book[pk], step)

    def live(self) -> None:
        """Some clocks before, some after; their steps and the calendar's changes come in any order."""
        for year in YEARS:
            if self.rng.random() < 0.7:
                self.enter_year(year, True)
        for _ in range(10):
            day = self.any_day()
            self.enter_day(day, day.weekday() >= 5)
        waiting: list[tuple[int, list[Step]]] = []
        for _ in range(CLOCKS):
            clock = self.start()
            waiting.append((clock.pk, random_steps(self.rng, clock.trigger_date)))
        while waiting := [entry for entry in waiting if entry[1]]:
            pk, steps = self.rng.choice(waiting)
            self.take(pk, steps.pop(0))
            if self.rng.random() < 0.12:
                self.any_change()
        self.any_change()


def build(seed: int) -> World:
    """An empty calendar, and the rule in as many versions as chance wants."""
    CalendarOverride.objects.all().delete()
    CalendarYear.objects.all().delete()
    rng = random.Random(seed)
    rules = [Rule(date(2023, 1, 5), 3, "working"), *random_rules(rng, date(2023, 1, 6))]
    rules = [rule for rule in rules if rule.since >= date(2023, 1, 5)]
    title = DutyRule.objects.get(code=CODE).title
    for rule in rules[1:]:
        DutyRule.objects.create(
            code=CODE, article="第十二条", title=title, days=rule.limit, unit=rule.unit, effective_from=rule.since
        )
    return World(rng, DepartmentFactory(), rules)


def row_says(clock: DutyClock) -> Announced:
    """What the row says of the clock."""
    if clock.outcome == "cancelled":
        return Announced("cancelled")
    department = None if clock.used is None or clock.bureau_used is None else clock.used - clock.bureau_used
    return Announced(str(clock.outcome), clock.due_on, clock.used, clock.bureau_used, department)


def as_told(said: Announced) -> Announced:
    """The engine tells the department's share as the rest, so not where the whole is hidden."""
    return Announced(said.outcome, said.last, said.used, said.bureau, None if said.used is None else said.department)


def faults(world: World) -> list[str]:
    """Everything in which rows, replay and clerk differ."""
    found = []
    for clock in DutyClock.objects.filter(pk__in=world.book):
        matter = world.book[clock.pk]
        if row_says(clock) != as_told(matter.said):
            found.append(f"row {clock.pk}: {row_says(clock)}, the articles: {matter}")
    replayed = {difference.clock: difference for difference in replay_verdicts().differences}
    turned = {pk for pk, matter in world.book.items() if as_told(matter.today_says()) != as_told(matter.said)}
    if set(replayed) != turned:
        found.append(f"replay names {sorted(replayed)}, turned are {sorted(turned)}")
    for pk in set(replayed) & turned:
        today = as_told(world.book[pk].today_says())
        finding, again = replayed[pk].finding, replayed[pk].recomputed
        if finding != Finding.CALENDAR or again != (today.outcome, today.last, today.used, today.bureau):
            found.append(f"replay of {pk}: {replayed[pk]}, the articles today: {today}")
    return found


@pytest.mark.parametrize("seed", range(WORLDS))
def test_rows_replay_and_articles_agree_in_a_random_world(seed: int) -> None:
    world = build(seed)
    world.live()
    assert len(world.book) == CLOCKS
    assert faults(world) == []
    for pk, matter in world.book.items():
        if matter.ended_on and not matter.cancelled:
            rejudge_clock(clock=DutyClock.objects.get(pk=pk), reason="按现行日历重新裁定", actor=None)
            matter.say()
    assert faults(world) == []
    assert replay_verdicts().ok


@pytest.mark.parametrize("seed", [2])
def test_a_world_holds_verdicts_that_a_later_calendar_would_turn(seed: int) -> None:
    world = build(seed)
    world.live()
    assert {"open", "on_time", "late", "cancelled"} <= {matter.said.outcome for matter in world.book.values()}
    assert any(as_told(matter.today_says()) != as_told(matter.said) for matter in world.book.values())


# --- Power ----------------------------------------------------------------------------------------------------------

refresh = clock_services.refresh_clocks


def refresh_judges_what_was_judged(*, actor: Any) -> int:
    changed = refresh(actor=actor)
    for clock in DutyClock.objects.filter(finished_at__isnull=False):
        rejudge_clock(clock=clock, reason="重算", actor=actor)
    return changed


def refresh_does_nothing(*, actor: Any) -> int:
    return 0


def days_of_greenwich(instant: Any, tz: Any) -> date:
    return instant.date()


def a_day_off(instant: Any, tz: Any) -> date:
    return (instant.astimezone(tz) + timedelta(seconds=1)).date()


def pronounced_with_the_weekdays_alone(clock: DutyClock, calendar: Any) -> Any:
    return judgement(clock, type(calendar)(calendar.years, frozenset(), frozenset(), calendar.version))


judgement = clock_services.judgement

DEFECTS = [
    ("refresh_clocks", refresh_judges_what_was_judged),
    ("refresh_clocks", refresh_does_nothing),
    ("local_date", days_of_greenwich),
    ("local_date", a_day_off),
    ("judgement", pronounced_with_the_weekdays_alone),
]


@pytest.mark.once
@pytest.mark.parametrize(("name", "defect"), DEFECTS, ids=[defect.__name__ for _name, defect in DEFECTS])
def test_a_seeded_defect_of_the_services_is_found(
    monkeypatch: pytest.MonkeyPatch, name: str, defect: Callable[..., Any]
) -> None:
    monkeypatch.setattr(clock_services, name, defect)
    world = build(2)
    world.live()
    assert faults(world)
