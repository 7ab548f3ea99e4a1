"""A clock as its events tell of it, and what must follow from them (A30, T30.1).

`read_told` reads one event, `Course.then` keeps what are facts: the rule's terms, the trigger, who held the matter, when it
was done or struck out. `Histories` does both for all events of all clocks. `judge` draws the verdict from the facts and a
calendar, with nothing else. Written for millions of events: what recurs is read from text once and shared.
"""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from sys import intern
from typing import NamedTuple

from audit.rules.shares import DEPARTMENT, Handover, bureau_days
from audit.rules.verdicts import verdict
from audit.rules.workdays import WorkCalendar

STARTED, HANDED, FINISHED = "clock.started", "clock.handed", "clock.finished"
CORRECTED, CANCELLED, VOIDED = "clock.corrected", "clock.cancelled", "clock.voided"
REFRESHED, REJUDGED, MOVED = "clock.refreshed", "clock.rejudged", "clock.moved"
CLOCK_ACTIONS = (STARTED, HANDED, FINISHED, CORRECTED, CANCELLED, VOIDED, REFRESHED, REJUDGED, MOVED)

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


#: What is raised by a payload that somebody made up.
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)

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

    Raises one of `UNREADABLE` for one that tells of no clock.
    """
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


def hash_moment(before: int, text: str) -> int:
    """Return a hash of one more instant, to the second, after those that gave `before`, 0 for none. Raises ValueError."""
    return hash((before, read_instant(text)))


def read_instant(text: str) -> str:
    """Return an instant of an event as 2026-11-23 16:00:00 (UTC). Raises ValueError."""
    if type(text) is not str:
        raise ValueError("an instant is expected")
    if text.endswith("Z"):
        return f"{text[:10]} {text[11:_TO_THE_SECOND]}"
    try:
        return datetime.fromisoformat(text).astimezone(UTC).isoformat(" ")[:_TO_THE_SECOND]
    except OverflowError:  # the first and the last day there is, in another zone
        raise ValueError("no instant in UTC") from None


class Course:
    """What came of a clock by the events so far: the facts, and what was said of it last. It never changes.

    Attributes:
        told: what the last event told; None before the first.
        terms: trigger date, days and unit of the rule; None before the first event.
        faults: in Chinese, where an event contradicts those before it.
    """

    __slots__ = ("faults", "finished_on", "handovers", "is_cancelled", "terms", "told")

    def __init__(self) -> None:
        self.told: Told | None = None
        self.terms: Terms | None = None
        self.handovers: tuple[Handover, ...] = ()
        self.finished_on: date | None = None
        self.is_cancelled = False
        self.faults: tuple[str, ...] = ()

    def then(self, action: str, told: Told) -> "Course":
        """Return the course after one more event; what does not fit those before it becomes a fault."""
        course = Course()
        course.told, course.terms, course.finished_on = told, told.terms, self.finished_on
        course.handovers = self.handovers
        course.is_cancelled = self.is_cancelled or action in {CANCELLED, VOIDED}
        faults = list(self.faults)
        if self.is_cancelled:
            faults.append("取消之后还有事件")
        if action == STARTED:
            if self.terms is not None:
                faults.append("起算了两次")
        elif self.terms is None:
            faults.append("第一个事件不是“时限起算”")
        elif told.terms != self.terms and action != CORRECTED:
            faults.append("触发日期或规则未经更正而变")
        if action == HANDED:
            if told.handed is None:
                faults.append("移交没有写明日期")
            else:
                course.handovers = (*self.handovers, told.handed)
        elif action == FINISHED:
            if self.finished_on is not None:
                faults.append("完成了两次")
            if told.finished_on is None:
                faults.append("完成没有写明日期")
            course.finished_on = told.finished_on
        course.faults = tuple(faults)
        return course

    @property
    def code(self) -> str:
        """Code of the duty; empty before the first event."""
        return self.told.code if self.told else ""

    @property
    def version(self) -> str:
        """Version of the calendar with which the last event has judged; empty before the first."""
        return self.told.version if self.told else ""

    @property
    def stated(self) -> Judgement:
        """What the last event has said."""
        return self.told.stated if self.told else Judgement(OPEN)

    @property
    def holder(self) -> str:
        """Who holds the matter after the last handover."""
        return self.handovers[-1].side if self.handovers else DEPARTMENT

    @property
    def facts(self) -> tuple[date, int, str, date | None, tuple[Handover, ...], bool]:
        """Everything a verdict follows from, but the calendar."""
        assert self.terms is not None  # noqa: S101 -- a course without an event has no facts
        return (*self.terms, self.finished_on, self.handovers, self.is_cancelled)


class ClockState:
    """What is one clock's own, where all else is shared with the clocks of which the same was told.

    Attributes:
        course: key of its course in `Histories`.
        department: code of the responsible unit.
        about: hash of the object, the basis of the trigger date and the unit concerned, and `handed_at` of the instants of
            the handovers as `hash_moment` gives it, if they were asked for.
        finished_at: hash of the instant of the finish as `read_instant` gives it, 0 while there is none; hashes, for the
            texts of a million clocks would not stay in the processor's reach.
        unread: in Chinese, what cannot be read of its events.
    """

    __slots__ = ("about", "course", "department", "finished_at", "handed_at", "unread")

    def __init__(self) -> None:
        self.course = NOTHING
        self.department = ""
        self.about = self.finished_at = self.handed_at = 0
        self.unread: tuple[str, ...] = ()


#: Where the faults of events stand that name no clock.
NO_CLOCK = 0
#: Key of the course before the first event.
NOTHING = 0
_CLOCK, _INSTANT = '"clock":', '_at":"'
#: What stands for the number and the instant that were cut out: no row bears them.
_ANY_CLOCK, _ANY_INSTANT = 10**18, "instant"
_MOST_DIGITS = 18


class Histories:
    """Clocks as their events tell of them, by number in `states`.

    But for the number of the clock and the instant, most of what events tell was told before, of another clock. So a course
    is worked out once, and known again by the hash of all that was told, in its order: 64 bits with a secret of the process,
    of which among millions of courses two agree once in millions of runs. To compare the texts themselves, none of which is
    in the processor's reach, would take longer than all the rest.
    """

    def __init__(self) -> None:
        self.states: dict[int, ClockState] = {}
        self._courses = {NOTHING: Course()}

    def take(self, events: Iterable[tuple[int, str, str, str]]) -> None:
        """Take more events in their order, each as number, action, code of the unit and payload.

        What does not fit the events before becomes a fault of the clock, and so does what cannot be read: of the clock
        that it names, or of NO_CLOCK.
        """
        states, courses = self.states, self._courses
        for seq, action, department, text in events:
            if type(text) is not str:  # SQLite lets bytes stand there
                self._fault(_named_clock(text), f"第 {seq} 号事件无法读取")
                continue
            head, _, rest = text.partition(_CLOCK)
            clock, comma, rest = rest.partition(",")
            before, key, after = rest.partition(_INSTANT)
            instant, _, after = after.partition('"')
            is_number = clock.isdecimal() and clock.isascii() and clock[0] != "0" and len(clock) <= _MOST_DIGITS
            is_cut = is_number and comma and instant.isprintable() and "\\" not in instant
            number = int(clock) if is_cut else NO_CLOCK
            state = states.get(number)
            since = state.course if state else NOTHING
            course = hash((since, action, head, before, after if key else None))
            if not is_cut or (
                course not in courses and not self._add(course, since, action, head, before, after if key else None)
            ):
                try:
                    number, told, instant = read_told(text)
                except UNREADABLE:
                    self._fault(_named_clock(text), f"第 {seq} 号事件无法读取")
                    continue
                state = states.get(number)
                since = state.course if state else NOTHING
                course = hash((since, action, text))
                courses[course] = courses[since].then(action, told)
            if state is None:
                state = states[number] = ClockState()
            state.course = course
            if state.department != department:
                state.department = intern(department)
            if action == FINISHED:
                try:
                    state.finished_at = hash(read_instant(instant))
                except ValueError:
                    self._fault(number, "完成的时刻无法读取")
            elif action in {CANCELLED, VOIDED}:
                state.finished_at = 0

    def describe(self, events: Iterable[tuple[str, str, str]]) -> None:
        """Note what no verdict rests on, from the starts and handovers: action, payload and object in one text.

        They were taken before; what cannot be read was noted then.
        """
        for action, text, about in events:
            try:
                number, told, instant = read_told(text)
                state = self.states[number]
            except UNREADABLE:
                continue
            if action == STARTED:
                state.about = hash((about, told.basis, told.concerned))
            else:
                try:
                    state.handed_at = hash_moment(state.handed_at, instant)
                except ValueError:
                    self._fault(number, "移交的时刻无法读取")

    def _fault(self, clock: int, fault: str) -> None:
        state = self.states.setdefault(clock, ClockState())
        state.unread = (*state.unread, fault)

    def course(self, state: ClockState) -> Course:
        """Return the course that a clock took."""
        return self._courses[state.course]

    def faults(self, state: ClockState) -> tuple[str, ...]:
        """Return all that is wrong with the events of a clock, in Chinese."""
        return self._courses[state.course].faults + state.unread

    def _add(self, course: int, since: int, action: str, head: str, before: str, after: str | None) -> bool:
        """Work out the course that bears this key from the text around the number and, unless `after` is None, the instant.

        Returns False if what was cut out was not the number of the clock, or not the instant, or if anything is wrong.
        """
        if _CLOCK in before or (after and (_CLOCK in after or _INSTANT in after)):  # of two, JSON takes the second
            return False
        text = f"{head}{_CLOCK}{_ANY_CLOCK},{before}"
        try:
            number, told, instant = read_told(text if after is None else f'{text}{_INSTANT}{_ANY_INSTANT}"{after}')
        except UNREADABLE:
            return False
        if number != _ANY_CLOCK or instant != ("" if after is None else _ANY_INSTANT):
            return False
        self._courses[course] = self._courses[since].then(action, told)
        return True


def _named_clock(text: str) -> int:
    """Return the clock that an unreadable event names; NO_CLOCK for none."""
    try:
        clock = json.loads(text)["clock"]
    except UNREADABLE:
        return NO_CLOCK
    return clock if type(clock) is int else NO_CLOCK


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
