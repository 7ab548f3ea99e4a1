"""Every verdict recomputed from the event chain alone, and compared with what is stored (A30, T30.1)."""

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from sys import intern
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Case, QuerySet, Value, When
from django.db.models.functions import Cast, Concat

from ..enums import Outcome
from ..models import CalendarVersion, DutyClock, DutyRule, Event
from ..rules import (
    ClockState,
    Handover,
    Judgement,
    WorkCalendar,
    judge,
    read_handover,
    read_judgement,
    read_terms,
    read_told,
)
from ..rules.replaying import STARTED
from .calendar import current_calendar, read_calendar
from .registry import all_triggers

#: Rows fetched at once: few enough that they are still in the processor's cache when they are read.
_CHUNK = 1_000
#: A clock that differs is read again at most so often, and only if so few do that it may be another's doing.
_ATTEMPTS = 5
_MOST_AGAIN = 10_000
#: The object in one text, which only a start is asked for: to fetch three columns of every event takes seconds.
_OBJECT = Concat("object_type", Value("\n"), "object_id", Value("\n"), "object_label", output_field=models.TextField())
_RULE = ("pk", "code", "days", "unit")
_STARTED_ABOUT = Case(When(action=STARTED, then=_OBJECT))
_TO_THE_SECOND = len("2026-11-23 16:00:00")
#: Where the faults of events stand that name no clock.
NO_CLOCK = 0
UNREADABLE = (Handover(date.min, ""),)


class Finding(models.TextChoices):
    """What a difference means."""

    BROKEN = "broken", "历史自相矛盾"
    WRONG = "wrong", "结论与历史事实不符"
    ALTERED = "altered", "存储与历史不一致"
    LOST = "lost", "存储中缺失"
    UNKNOWN = "unknown", "历史中没有"
    CALENDAR = "calendar", "按现行日历结论不同"


class Difference(NamedTuple):
    """One clock of which history, row and calendar do not say the same.

    `stated` is what is stored, `recomputed` what follows; `detail` says in Chinese what differs.
    """

    clock: int
    finding: Finding
    stated: Judgement | None
    recomputed: Judgement | None
    detail: str = ""


@dataclass
class ReplayReport:
    """How many clocks were replayed, and every difference, by number of the clock."""

    clocks: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether history, rows and calendar agree."""
        return not self.differences


def replay_states(*, until_seq: int | None = None) -> dict[int, ClockState]:
    """Return every clock as the chain tells of it, up to the event `until_seq` (default: all). Reads only.

    An event that cannot be read leaves a fault, never an exception: at its clock, or at NO_CLOCK if it names none.
    """
    states: dict[int, ClockState] = {}
    _take_events(states, 0, last_seq() if until_seq is None else until_seq)
    return states


def last_seq() -> int:
    """Return the number of the last event; 0 before the first."""
    return Event.objects.order_by("-seq").values_list("seq", flat=True).first() or 0


def _take_events(states: dict[int, ClockState], after: int, until: int) -> None:
    """Let the clocks take the events after the one and up to the other."""
    events = Event.objects.filter(action__startswith="clock.", seq__gt=after, seq__lte=until).order_by("seq")
    told = events.values_list("seq", "action", "department_code", "payload_json", _STARTED_ABOUT)
    for seq, action, department, text, about in told.iterator(chunk_size=_CHUNK):
        try:
            clock, what, instant = read_told(text)
        except (ValueError, TypeError, KeyError):
            state = states.setdefault(_named_clock(text), ClockState())
            state.fault(f"第 {seq} 号事件无法读取")
            continue
        known = states.get(clock)
        if known is None:
            known = states[clock] = ClockState()
        known.take(action, intern(department), what, instant, about)


def _named_clock(text: str) -> int:
    """Return the clock that an unreadable event names; NO_CLOCK for none."""
    try:
        clock = json.loads(text)["clock"]
    except (ValueError, TypeError, KeyError):
        return NO_CLOCK
    return clock if type(clock) is int else NO_CLOCK


def replay_verdicts() -> ReplayReport:
    """Recompute the verdict of every clock from the chain and compare it with what is stored. Reads only.

    Each is judged twice: with the calendar it was pronounced with, which must give what was pronounced and what the row
    says; and with today's, which shows the verdicts that a later change of the calendar would turn. The city may work
    meanwhile: what another wrote between the reading of the history and of the rows is no difference.
    """
    with _no_garbage():
        replay = Replay()
        replay.read_history()
        replay.compare_rows()
        replay.look_again()
    return replay.report


#: What row and history must both say, in the order of `Stored.told` and `ClockState.told`.
_SAID = (
    "义务", "责任部门", "触发日期或规则", "移交经过", "日历版本", "结论",
    "完成时间", "现由谁办理", "触发日期依据", "所涉部门", "对象",
)  # fmt: skip


class Stored(NamedTuple):
    """What the row of a clock says: what was judged, and everything that `ClockState.told` has too, in its order."""

    clock: int
    said: Judgement
    told: tuple


class Replay:
    """One run over the chain and then over the rows; `report` is what was found."""

    def __init__(self) -> None:
        self.report = ReplayReport()
        self._judges = Judges()
        self._until = last_seq()
        #: Clocks of which no row has been seen; after the comparison, the states of all that differ.
        self._states: dict[int, ClockState] = {}

    def read_history(self) -> None:
        """Read the chain up to its last event."""
        _take_events(self._states, 0, self._until)
        self.report.clocks = len(self._states)

    def compare_rows(self) -> None:
        """Compare every row with its history."""
        differing: dict[int, ClockState] = {}
        for row in stored_clocks(DutyClock.objects.all()):
            state = self._states.pop(row.clock, None)
            found = self._judges.compare(row, state) if state else [_unknown(row)]
            if found:
                self.report.differences += found
                if state:
                    differing[row.clock] = state
        self.report.differences += [_lost(clock, state) for clock, state in sorted(self._states.items())]
        self.report.differences += told_otherwise()
        self._states |= differing

    def look_again(self) -> None:
        """Read history and row of the clocks that differ anew, as long as something is written between the two.

        Each event is written with its row in one transaction, so if no event came between, they belong together.
        """
        for _attempt in range(_ATTEMPTS):
            last = last_seq()
            numbers = {difference.clock for difference in self.report.differences}
            if last == self._until or not 0 < len(numbers) <= _MOST_AGAIN:
                return
            _take_events(self._states, self._until, last)
            rows = {row.clock: row for row in stored_clocks(DutyClock.objects.filter(pk__in=numbers))}
            self._until = last
            found = [self._found(clock, rows.get(clock)) for clock in sorted(numbers)]
            self.report.differences = [difference for some in found for difference in some] + told_otherwise()

    def _found(self, clock: int, row: Stored | None) -> list[Difference]:
        state = self._states.get(clock)
        if row is None:
            return [_lost(clock, state or ClockState())]
        return self._judges.compare(row, state) if state else [_unknown(row)]


def told_otherwise() -> list[Difference]:
    """Return the clocks whose object bears another day than that which started them (`registry.register_triggers`)."""
    days = {clock: day for triggers in all_triggers() for clock, day in triggers()}
    rows = stored_clocks(DutyClock.objects.filter(pk__in=days)) if days else ()
    return [
        Difference(row.clock, Finding.ALTERED, row.said, row.said, f"登记的日期是 {days[row.clock]:%Y-%m-%d}")
        for row in rows
    ]


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Nothing here refers back to itself: to look for that among millions of objects takes a fifth of the time."""
    turn_back = gc.enable if gc.isenabled() else gc.disable
    gc.disable()
    try:
        yield
    finally:
        turn_back()


def stored_clocks(clocks: QuerySet[DutyClock]) -> Iterator[Stored]:
    """Yield the rows, by number; without the joins, which a million rows need not repeat."""
    rules = {pk: (intern(code), days, unit) for pk, code, days, unit in DutyRule.objects.values_list(*_RULE)}
    model: Any = DutyClock._meta.get_field("department").related_model
    units = {pk: intern(code) for pk, code in model._default_manager.values_list("pk", "code")}
    # Days as text, which is read once for all rows that bear the same.
    text = [Cast(name, models.TextField()) for name in ("trigger_date", "due_on", "handovers", "finished_at")]
    rows = clocks.order_by("pk").values_list(
        "pk", "rule_id", "department_id", "calendar_version", "outcome", "used", "bureau_used", *text,
        "holder", "basis", "concerned_id", _OBJECT,
    )  # fmt: skip
    units[None] = ""
    for (
        pk, rule_id, unit, version, outcome, used, bureau, trigger, due, held, finished, holder, basis, concerned, about
    ) in rows.iterator(chunk_size=_CHUNK):  # fmt: skip
        code, days, kind = rules[rule_id]
        said = read_judgement(outcome, due, used, bureau)
        told = (
            code, units[unit], read_terms(trigger, days, kind), _read_handovers(held), version, said,
            finished[:_TO_THE_SECOND] if finished else "", holder, basis, units[concerned], hash(about),
        )  # fmt: skip
        yield Stored(pk, said, told)


@lru_cache(maxsize=100_000)
def _read_handovers(text: str) -> tuple[Handover, ...]:
    """Return the handovers of a row; UNREADABLE, which no history tells, for what is none."""
    try:
        return tuple([read_handover(entry["on"], entry["side"]) for entry in json.loads(text)])
    except (ValueError, TypeError, KeyError):
        return UNREADABLE


class Judges:
    """The calendars that were ever used and the one in use, with what they gave for facts that occurred before."""

    def __init__(self) -> None:
        self.now = current_calendar()
        self._memory: dict[tuple, Judgement] = {}

    def compare(self, row: Stored, state: ClockState) -> list[Difference]:
        """Return what differs between a row, its history and what follows from that; the gravest first, if any."""
        if state.faults:
            return [Difference(row.clock, Finding.BROKEN, row.said, state.stated, "；".join(state.faults))]
        then = self.judged(state, state.version)
        if then is None or not same(then, state.stated):
            detail = "" if then else f"日历版本 {state.version} 没有留存"
            return [Difference(row.clock, Finding.WRONG, state.stated, then, detail)]
        altered = alterations(row, state)
        if altered:
            return [Difference(row.clock, Finding.ALTERED, row.said, state.stated, "、".join(altered))]
        if state.version == self.now.version:
            return []
        today = self.judged(state, self.now.version)
        if today is not None and not same(today, state.stated):
            return [Difference(row.clock, Finding.CALENDAR, row.said, today)]
        return []

    def judged(self, state: ClockState, version: str) -> Judgement | None:
        """Return what follows from the facts with that version of the calendar; None for a version nobody kept."""
        key = (state.terms, state.finished_on, state.handovers, state.is_cancelled, version)
        found = self._memory.get(key)
        if found is None:
            calendar = self.now if version == self.now.version else kept_calendar(version)
            if calendar is None:
                return None
            found = self._memory[key] = judge(*state.facts, calendar)
        return found


@lru_cache(maxsize=64)
def _read(content: str) -> WorkCalendar:
    return read_calendar(content)


def kept_calendar(version: str) -> WorkCalendar | None:
    """Return the calendar that was kept under this version; None if none was, or if its contents were changed since."""
    content = CalendarVersion.objects.filter(version=version).values_list("content", flat=True).first()
    calendar = _read(content) if content is not None else None
    return calendar if calendar and calendar.version == version else None


def same(one: Judgement, other: Judgement) -> bool:
    """Whether two judgements say the same; of a cancelled clock nothing but that it is."""
    return one == other or one.outcome == other.outcome == Outcome.CANCELLED


def alterations(row: Stored, state: ClockState) -> list[str]:
    """Return in Chinese what of a row is not what the history last said."""
    told = state.told
    if row.told == told:
        return []
    return [name for name, stored, known in zip(_SAID, row.told, told, strict=True) if stored != known]


def _lost(clock: int, state: ClockState) -> Difference:
    if state.faults:
        return Difference(clock, Finding.BROKEN, None, state.stated, "；".join(state.faults))
    return Difference(clock, Finding.LOST, None, state.stated)


def _unknown(row: Stored) -> Difference:
    return Difference(row.clock, Finding.UNKNOWN, row.said, None)


def judgement_words(said: Judgement | None) -> str:
    """Return a judgement in words: 逾期，期限 2026-11-20，用时 5 天（审批局 1 天）."""
    if said is None:
        return "—"
    # A forged event may say what is no outcome at all.
    words = [
        dict(Outcome.choices).get(said.outcome, said.outcome),
        f"期限 {said.due:%Y-%m-%d}" if said.due else "期限暂不可计算",
    ]
    if said.used is not None:
        words.append(f"用时 {said.used} 天" + (f"（审批局 {said.bureau_used} 天）" if said.bureau_used else ""))
    return "，".join(words)
