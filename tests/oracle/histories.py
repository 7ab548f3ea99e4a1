"""Random calendars and random histories."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from audit.rules import WorkCalendar

from .articles import BUREAU, CALENDAR, DEPARTMENT, ONE_DAY, SATURDAY, WORKING, Almanac, Matter, Rule

FIRST, LAST = date(2004, 1, 1), date(2040, 12, 31)
SHANGHAI = ZoneInfo("Asia/Shanghai")
SINCE = date(2000, 1, 1)


def for_engine(almanac: Almanac, version: str = "random") -> WorkCalendar:
    """The same calendar in the engine's own form."""
    return WorkCalendar(
        years=almanac.years,
        rest_days=frozenset(day for day, works in almanac.named.items() if not works),
        work_days=frozenset(day for day, works in almanac.named.items() if works),
        version=version,
    )


def random_almanac(rng: random.Random, known: float) -> Almanac:
    """Festivals of one to nine days, worked weekend days around; each year announced with chance `known`."""
    years = frozenset(year for year in range(FIRST.year, LAST.year + 1) if rng.random() < known)
    named: dict[date, bool] = {}
    for year in range(FIRST.year, LAST.year + 1):
        for start in [date(year, 1, 1), date(year, 10, 1), *(random_day(rng, year) for _ in range(5))]:
            for after in range(rng.choice([1, 3, 3, 7, 9])):
                day = start + after * ONE_DAY
                if day.weekday() < SATURDAY:
                    named[day] = False
            for after in (-rng.randrange(1, 8), rng.randrange(9, 16)):
                day = start + after * ONE_DAY
                if day.weekday() >= SATURDAY:
                    named[day] = True
    return Almanac(years, named)


def random_day(rng: random.Random, year: int) -> date:
    """Any day of the year, its turn more often than others."""
    return date(year, 12, 31) - (rng.randrange(12) if rng.random() < 0.3 else rng.randrange(365)) * ONE_DAY


def random_instant(rng: random.Random, on: date) -> datetime:
    """Any instant of the day in Shanghai, its first and its last second more often; told in UTC."""
    second = rng.choice([0, 86_399, rng.randrange(86_400)])
    return datetime.combine(on, time(), SHANGHAI).astimezone(UTC) + timedelta(seconds=second)


def random_rules(rng: random.Random, since: date = SINCE) -> list[Rule]:
    """The first version of a duty, and often later ones with other days or of the other unit."""
    later = [random_day(rng, rng.randrange(FIRST.year, LAST.year)) for _ in range(rng.randrange(3))]
    return [
        Rule(day, rng.choice([0, 1, 2, 3, 3, 3, 7, 10, 15]), rng.choice([WORKING, WORKING, WORKING, CALENDAR]))
        for day in sorted({since, *later})
    ]


@dataclass
class Step:
    """One thing that happened: `what` of hand, end, cancel, void, correct, and on which day."""

    what: str
    on: date
    side: str = ""


def random_steps(rng: random.Random, trigger: date) -> list[Step]:
    """Submissions, returns and withdrawals, then perhaps an end, and corrections of the day of the event anywhere."""
    day, side = trigger + rng.randrange(-3, 4) * ONE_DAY, DEPARTMENT
    steps = []
    for _ in range(rng.choice([0, 1, 1, 2, 3, 4])):
        side = DEPARTMENT if side == BUREAU else BUREAU
        steps.append(Step("hand", day, side))
        day += rng.choice([0, 0, 1, 1, 2, 5, 12]) * ONE_DAY
    end = rng.choices(["end", "cancel", "void", ""], [14, 1, 1, 4])[0]
    if end:
        # Published before the change was even registered: the event may lie after the end.
        steps += [Step("end" if end == "void" else end, day - (3 if rng.random() < 0.03 else 0) * ONE_DAY)]
        steps += [Step("void", day)] if end == "void" else []
    if rng.random() < 0.15:
        place = rng.randrange(len(steps) + 1)
        before_cancel = [step.what for step in steps[:place]]
        if not {"cancel", "void"} & set(before_cancel):
            steps.insert(place, Step("correct", trigger + rng.randrange(-9, 10) * ONE_DAY))
    return steps


def follow(matter: Matter, step: Step) -> None:
    """Tell the clerk."""
    if step.what == "hand":
        matter.move(step.on, step.side)
    elif step.what == "end":
        matter.end(step.on)
    elif step.what == "correct":
        matter.correct(step.on)
    else:
        matter.cancel()
