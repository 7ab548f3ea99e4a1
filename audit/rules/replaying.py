"""A clock as its events tell of it, and what must follow from them (A30, T30.1).

`read_told` reads one event, `ClockState.take` takes the events of one clock in their order and keeps what are facts: the
rule's terms, the trigger, who held the matter, when it was done or struck out. `judge` draws the verdict from these facts
and a calendar, with nothing else. Written for millions of events: what recurs is read from text once and shared.
"""

import json
from datetime import UTC, date, datetime
from functools import lru_cache
from sys import intern
from typing import NamedTuple

from audit.rules.shares import DEPARTMENT, Handover, bureau_days
from audit.rules.verdicts import verdict
from audit.rules.workdays import WorkCalendar

STARTED, HANDED, FINISHED = "clock.started", "clock.handed", "clock.finished"
CORRECTED, CANCELLED, VOIDED = "clock.corrected", "clock.cancelled", "clock.voided"
REFRESHED, REJUDGED = "clock.refreshed", "clock.rejudged"
CLOCK_ACTIONS = (STARTED, HANDED, FINISHED, CORRECTED, CANCELLED, VOIDED, REFRESHED, REJUDGED)

OPEN = "open"
CANCELLED_OUTCOME = "cancelled"


class Judgement(NamedTuple):
    """What is said of a clock once it is finished; of an open one only `due` is announced, of a cancelled one nothing.

    `outcome` is a value of `enums.Outcome`, `due` the last day (None: hidden by a gap), `used` all days of the rule's
    unit, `bureau_used` the bureau's share of them.
    """

    outcome: str
    due: date | None = None
    used: int | None = None
    bureau_used: int | None = None


#: Trigger date, days and unit of the rule.
Terms = tuple[date, int, str]


class Told(NamedTuple):
    """What an event tells of its clock.

    `handed` only of a handover, `finished_on` only of a finish, `basis` of the trigger date and `concerned` (code of the
    unit whose matter it is) only of a start.
    """

    code: str
    terms: Terms
    version: str
    stated: Judgement
    handed: Handover | None
    finished_on: date | None
    basis: str
    concerned: str


def read_told(text: str) -> tuple[int, Told, str]:
    """Return the clock that the payload of an event speaks of, what it tells, and the instant in it, as text, if any.

    Raises ValueError, TypeError or KeyError for one that tells of no clock.
    """
    # But for the number of the clock and the instant, most of what events tell was told before, of another clock.
    head, _, rest = text.partition(_CLOCK)
    clock, comma, rest = rest.partition(",")
    before, key, after = rest.partition(_INSTANT)
    instant, _, after = after.partition('"')
    is_number = clock.isdecimal() and clock.isascii() and clock[0] != "0"
    if is_number and comma and instant.isprintable() and "\\" not in instant:
        around = (head, before, after if key else None)
        told = _REMEMBERED.get(around) or _told_around(*around)
        if told is not None:
            return int(clock), told, instant
    return _read(text)


_CLOCK, _INSTANT = '"clock":', '_at":"'
#: What stands for the number that was cut out: no row bears it.
_ANY_CLOCK = 10**18
#: A plain dictionary: to keep count of what was used last, as lru_cache does, costs as much as the rest of the look-up.
_REMEMBERED: dict[tuple[str, str, str | None], Told] = {}
_MOST_REMEMBERED = 500_000


def _told_around(head: str, before: str, after: str | None) -> Told | None:
    """Return what is told around the number and, unless `after` is None, around the instant; None if that cannot be said.

    It cannot if what was cut out was not the number of the clock, or not the instant, or if anything is wrong.
    """
    rest = before if after is None else f'{before}{_INSTANT}"{after}'
    try:
        clock, told, instant = _read(f"{head}{_CLOCK}{_ANY_CLOCK},{rest}")
    except (ValueError, TypeError, KeyError):
        return None
    if clock != _ANY_CLOCK or instant:
        return None
    if len(_REMEMBERED) >= _MOST_REMEMBERED:
        _REMEMBERED.clear()
    _REMEMBERED[head, before, after] = told
    return told


def _read(text: str) -> tuple[int, Told, str]:
    payload = json.loads(text)
    clock, days, used, bureau = (payload[name] for name in ("clock", "days", "used", "bureau_used"))
    if type(clock) is not int or type(days) is not int or not {type(used), type(bureau)} <= {int, type(None)}:
        raise TypeError("a number is expected")
    handed, finished = payload.get("handed_on"), payload.get("finished_on")
    told = Told(
        intern(payload["code"]),
        read_terms(payload["trigger_date"], days, payload["unit"]),
        intern(payload["calendar_version"]),
        read_judgement(payload["outcome"], payload["due_on"], used, bureau),
        read_handover(handed, payload.get("side") or "") if handed else None,
        read_day(finished) if finished else None,
        intern(payload.get("basis") or ""),
        intern(payload.get("concerned") or ""),
    )
    return clock, told, payload.get("finished_at") or payload.get("handed_at") or ""


#: There are some thousands of days in millions of events, and few combinations of the other values.
read_day = lru_cache(maxsize=100_000)(date.fromisoformat)
_MOST_DAYS = 32_767


@lru_cache(maxsize=100_000)
def read_terms(trigger: str, days: int, unit: str) -> Terms:
    """Return the terms from text. Raises ValueError, also for days that no rule can have."""
    if not 0 <= days <= _MOST_DAYS:
        raise ValueError("no such limit")
    return read_day(trigger), days, unit


@lru_cache(maxsize=100_000)
def read_judgement(outcome: str, due: str | None, used: int | None, bureau: int | None) -> Judgement:
    """Return the judgement from text. Raises ValueError, TypeError."""
    return Judgement(outcome, read_day(due) if due else None, used, bureau)


@lru_cache(maxsize=100_000)
def read_handover(on: str, side: str) -> Handover:
    """Return the handover from text. Raises ValueError, TypeError."""
    return Handover(read_day(on), side)


#: An instant to the second, in UTC, as databases write it: 2026-11-23 16:00:00.
_TO_THE_SECOND = 19


def read_instant(text: str) -> str:
    """Return an instant of an event as 2026-11-23 16:00:00 (UTC). Raises ValueError."""
    if text.endswith("Z"):
        return f"{text[:10]} {text[11:_TO_THE_SECOND]}"
    return datetime.fromisoformat(text).astimezone(UTC).isoformat(" ")[:_TO_THE_SECOND]


class ClockState:
    """The facts of one clock as its events tell them.

    Attributes:
        terms: trigger date, days and unit of the rule.
        stated: what the last event that judged has said, and `version` of the calendar it was said with.
        about: hash of the object, the basis of the trigger date and the unit concerned, if they were asked for.
        finished_at: hash of the instant of the finish as `read_instant` gives it, 0 while there is none; hashes, for the
            texts of a million clocks would not stay in the processor's reach.
        faults: in Chinese, where an event contradicts those before it.
    """

    __slots__ = (
        "about",
        "code",
        "department",
        "faults",
        "finished_at",
        "finished_on",
        "handovers",
        "is_cancelled",
        "stated",
        "terms",
        "version",
    )

    def __init__(self) -> None:
        self.about = self.finished_at = 0
        self.code = self.department = ""
        self.terms: Terms | None = None
        self.handovers: tuple[Handover, ...] = ()
        self.finished_on: date | None = None
        self.is_cancelled = False
        self.version = ""
        self.stated = Judgement(OPEN)
        self.faults: tuple[str, ...] = ()

    def take(self, action: str, department: str, told: Told, instant: str = "", about: str | None = None) -> None:
        """Take one more event, `about` its object in one text; what does not fit those before it becomes a fault."""
        self.code, terms, self.version, self.stated, handed, finished_on, basis, concerned = told
        if self.is_cancelled:
            self.fault("取消之后还有事件")
        if action == STARTED:
            if self.terms is not None:
                self.fault("起算了两次")
            if about is not None:
                self.about = hash((about, basis, concerned))
        elif self.terms is None:
            self.fault("第一个事件不是“时限起算”")
        elif terms is not self.terms and terms != self.terms and action != CORRECTED:
            self.fault("触发日期或规则未经更正而变")
        self.department, self.terms = department, terms
        if action == HANDED:
            if handed is None:
                self.fault("移交没有写明日期")
            else:
                self.handovers = (*self.handovers, handed)
        elif action == FINISHED:
            if self.finished_on is not None:
                self.fault("完成了两次")
            if finished_on is None:
                self.fault("完成没有写明日期")
            self.finished_on = finished_on
            try:
                self.finished_at = hash(read_instant(instant))
            except ValueError:
                self.fault("完成的时刻无法读取")
        elif action in {CANCELLED, VOIDED}:
            self.is_cancelled, self.finished_at = True, 0

    def fault(self, fault: str) -> None:
        """Note a contradiction."""
        self.faults = (*self.faults, fault)

    @property
    def told(self) -> tuple:
        """What the row of the clock must say too, as far as a verdict rests on it."""
        return (
            self.code, self.department, self.terms, self.handovers, self.version, self.stated, self.finished_at,
        )  # fmt: skip

    @property
    def holder(self) -> str:
        """Who holds the matter after the last handover."""
        return self.handovers[-1].side if self.handovers else DEPARTMENT

    @property
    def facts(self) -> tuple[date, int, str, date | None, tuple[Handover, ...], bool]:
        """Everything a verdict follows from, but the calendar."""
        assert self.terms is not None  # noqa: S101 -- a state without an event has no facts
        return (*self.terms, self.finished_on, self.handovers, self.is_cancelled)


def judge(
    trigger: date,
    days: int,
    unit: str,
    finished_on: date | None,
    handovers: tuple[Handover, ...],
    is_cancelled: bool,
    calendar: WorkCalendar,
) -> Judgement:
    """Return what follows from the facts of a clock with this calendar."""
    if is_cancelled:
        return Judgement(CANCELLED_OUTCOME)
    said = verdict(trigger, days, finished_on, trigger, calendar, unit)
    if finished_on is None:
        return Judgement(OPEN, said.due)
    return Judgement(said.code, said.due, said.used, bureau_days(trigger, finished_on, handovers, calendar, unit))
