"""The duties of the regulation, judged a second time: day by day, from the articles alone.

Written before `audit.rules` was read and without any import of it, slow on purpose: each question is answered by walking
from one day to the next and asking of each "does this day count, and whose is it". Sources: domain.md §2 A6(3), A11,
A12, A16, "Open points" 1 to 4, §3.9 (许可法 82, 民法典 201, 203).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

DEPARTMENT, BUREAU = "department", "bureau"
WORKING, CALENDAR = "working", "calendar"
OPEN, ON_TIME, LATE, GAP, CANCELLED = "open", "on_time", "late", "gap", "cancelled"
ONE_DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True)
class Almanac:
    """What the State Council has announced: the years it spoke of, and the days it named (True: people work)."""

    years: frozenset[int]
    named: dict[date, bool]

    def counts(self, day: date) -> bool | None:
        """Is it a working day? None where nothing has been announced for its year."""
        if day.year not in self.years:
            return None
        return self.named.get(day, day.weekday() < SATURDAY)


def last_day(trigger: date, limit: int, unit: str, almanac: Almanac) -> date | None:
    """The last day on which the duty can be done in time; None when a day on the way is not announced."""
    day, counted = trigger, 0
    while counted < limit:  # 民法典 201: the day of the event itself does not count
        day += ONE_DAY
        if unit == CALENDAR:
            counted += 1
            continue
        works = almanac.counts(day)
        if works is None:
            return None
        if works:
            counted += 1
    if unit == CALENDAR:  # 民法典 203: a last day without work moves to the next day of work
        while not (works := almanac.counts(day)):
            if works is None:
                return None
            day += ONE_DAY
    return day


def days_between(trigger: date, end: date, unit: str, almanac: Almanac) -> list[date] | None:
    """The days that were used: after the event, up to and with the day it was done; None if one is not announced."""
    days, day = [], trigger
    while day < end:
        day += ONE_DAY
        works = True if unit == CALENDAR else almanac.counts(day)
        if works is None:
            return None
        if works:
            days.append(day)
    return days


def verdict(trigger: date, end: date, limit: int, unit: str, almanac: Almanac) -> str:
    """In time, late, or not to be told: nobody is late on a guess, and nobody is kept waiting who is surely in time."""
    last = last_day(trigger, limit, unit, almanac)
    if last is not None:
        return ON_TIME if end <= last else LATE
    # Suppose every day that is not announced were a day of work, the hardest case: in time even so?
    day, counted = trigger, 0
    while day < end:
        day += ONE_DAY
        if unit == CALENDAR or almanac.counts(day) is not False:
            counted += 1
    return ON_TIME if counted <= limit else GAP


def holder_at_dawn(day: date, moves: list[tuple[date, str]]) -> str:
    """Who held the matter as the day began: the department unless it had handed over on an earlier day."""
    holder = DEPARTMENT
    for moved_on, to in moves:
        if moved_on < day:
            holder = to
    return holder


def shares(
    trigger: date, end: date, unit: str, almanac: Almanac, moves: list[tuple[date, str]]
) -> tuple[int, int] | None:
    """Days of the department, days of the bureau; together they are the days used."""
    days = days_between(trigger, end, unit, almanac)
    if days is None:
        return None
    bureau = sum(holder_at_dawn(day, moves) == BUREAU for day in days)
    return len(days) - bureau, bureau


@dataclass
class Announced:
    """What was said about one duty, and under which state of the calendar."""

    outcome: str
    last: date | None
    used: int | None = None
    bureau: int | None = None


@dataclass
class Matter:
    """One duty from its event to its end, as the ledger of a careful clerk would keep it.

    The clerk says nothing twice: what was pronounced (in time, late, with its days) stays when the calendar changes
    later. What is open, and what could not be told, is reckoned anew under the new calendar.
    """

    trigger: date
    limit: int
    unit: str
    almanac: Almanac
    moves: list[tuple[date, str]] = field(default_factory=list)
    ended_on: date | None = None
    cancelled: bool = False
    said: Announced = field(init=False)

    def __post_init__(self) -> None:
        self.say()

    def today_says(self) -> Announced:
        """The whole matter reckoned under the calendar of today, whatever was said before."""
        last = last_day(self.trigger, self.limit, self.unit, self.almanac)
        if self.cancelled:
            return Announced(CANCELLED, last)
        if self.ended_on is None:
            return Announced(OPEN, last)
        outcome = verdict(self.trigger, self.ended_on, self.limit, self.unit, self.almanac)
        both = shares(self.trigger, self.ended_on, self.unit, self.almanac, self.moves)
        if both is None:
            return Announced(outcome, last)
        return Announced(outcome, last, sum(both), both[1])

    def say(self) -> None:
        """Pronounce under the calendar of today."""
        self.said = self.today_says()

    def move(self, on: date, to: str) -> None:
        """Handed over (a submission), or handed back (a return, a withdrawal)."""
        self.moves.append((on, to))

    def end(self, on: date) -> None:
        """Done."""
        self.ended_on = on
        self.say()

    def cancel(self) -> None:
        """Not owed any more: no verdict at all."""
        self.cancelled = True
        self.say()

    def correct(self, trigger: date) -> None:
        """The day of the event was written down wrongly."""
        self.trigger = trigger
        self.say()

    def new_calendar(self, almanac: Almanac) -> None:
        """Another announcement, a correction of it, or one that was taken back."""
        self.almanac = almanac
        if self.said.outcome in {OPEN, GAP}:
            self.say()
