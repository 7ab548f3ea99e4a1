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
#: Clocks that differ are read again only if so few do that it may be another's doing.
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
    CALENDAR = "calendar", "按现行日历计算不同"


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
    _take_events(states, 0, last_seq() if until_seq is None else until_seq, None)
    return states


def last_seq() -> int:
    """Return the number of the last event; 0 before the first."""
    return Event.objects.order_by("-seq").values_list("seq", flat=True).first() or 0


def _take_events(states: dict[int, ClockState], after: int, until: int, about: Any) -> None:
    """Let the clocks take the events after the one and up to the other; `about` is what is asked for their objects."""
    events = Event.objects.filter(action__startswith="clock.", seq__gt=after, seq__lte=until).order_by("seq")
    told = events.values_list(
        "seq", "action", "department_code", "payload_json", Value(about, models.TextField()) if about is None else about
    )
    for seq, action, department, text, object_text in told.iterator(chunk_size=_CHUNK):
        try:
            clock, what, instant = read_told(text)
        except (ValueError, TypeError, KeyError):
            state = states.setdefault(_named_clock(text), ClockState())
            state.fault(f"第 {seq} 号事件无法读取")
            continue
        known = states.get(clock)
        if known is None:
            known = states[clock] = ClockState()
        known.take(action, intern(department), what, instant, object_text)


def _named_clock(text: str) -> int:
    """Return the clock that an unreadable event names; NO_CLOCK for none."""
    try:
        clock = json.loads(text)["clock"]
    except (ValueError, TypeError, KeyError):
        return NO_CLOCK
    return clock if type(clock) is int else NO_CLOCK


def replay_verdicts(*, with_objects: bool = False) -> ReplayReport:
    """Recompute the verdict of every clock from the chain and compare it with what is stored. Reads only.

    Each is judged twice: with the calendar it was pronounced with, which must give what was pronounced and what the row
    says; and with today's, which shows the verdicts that a later change of the calendar would turn. `with_objects`
    compares also what no verdict rests on: the object, the basis in words, the unit concerned, who holds it now. The city may work
    meanwhile: what another wrote between the reading of the history and of the rows is no difference.
    """
    with _no_garbage():
        replay = Replay(with_objects)
        replay.read_history()
        replay.compare_rows()
        replay.look_again()
    return replay.report


#: What row and history must both say, in the order of `ClockState.told`; then what no verdict rests on.
_TOLD = ("义务", "责任部门", "触发日期或规则", "移交经过", "日历版本", "结论", "完成时间")
_BESIDES = ("现由谁办理", "对象、触发日期依据或所涉部门")


class Stored(NamedTuple):
    """What the row of a clock says: what was judged; as `ClockState.told`; its holder and a hash as `ClockState.about`."""

    clock: int
    said: Judgement
    told: tuple
    besides: tuple[str, int] | None


class Replay:
    """One run over the chain and then over the rows; `report` is what was found."""

    def __init__(self, with_objects: bool = False) -> None:
        self.report = ReplayReport()
        self._about = _STARTED_ABOUT if with_objects else None
        self._judges = Judges()
        self._until = last_seq()
        #: Clocks of which no row has been seen; after the comparison, the states of all that differ.
        self._states: dict[int, ClockState] = {}

    def read_history(self) -> None:
        """Read the chain up to its last event."""
        _take_events(self._states, 0, self._until, self._about)
        self.report.clocks = len(self._states)

    def compare_rows(self) -> None:
        """Compare every row with its history."""
        differing: dict[int, ClockState] = {}
        for row in stored_clocks(DutyClock.objects.all(), with_objects=self._about is not None):
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
        numbers = {difference.clock for difference in self.report.differences}
        while 0 < len(numbers) <= _MOST_AGAIN and (last := last_seq()) != self._until:
            _take_events(self._states, self._until, last, self._about)
            clocks = DutyClock.objects.filter(pk__in=numbers)
            rows = {row.clock: row for row in stored_clocks(clocks, with_objects=self._about is not None)}
            self._until = last
            found = [self._found(clock, rows.get(clock)) for clock in sorted(numbers)]
            self.report.differences = [difference for some in found for difference in some] + told_otherwise()
            numbers = {difference.clock for difference in self.report.differences}

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


def stored_clocks(clocks: QuerySet[DutyClock], *, with_objects: bool = False) -> Iterator[Stored]:
    """Yield the rows, by number, with all that `told` may have or with what verdicts rest on; without the joins, which a million rows need not repeat."""
    rules = {pk: (intern(code), days, unit) for pk, code, days, unit in DutyRule.objects.values_list(*_RULE)}
    model: Any = DutyClock._meta.get_field("department").related_model
    units = {pk: intern(code) for pk, code in model._default_manager.values_list("pk", "code")}
    # Days as text, which is read once for all rows that bear the same.
    text = [Cast(name, models.TextField()) for name in ("trigger_date", "due_on", "handovers", "finished_at")]
    objects = ("holder", _OBJECT, "basis", "concerned_id") if with_objects else ()
    rows = clocks.order_by("pk").values_list(
        "pk", "rule_id", "department_id", "calendar_version", "outcome", "used", "bureau_used", *text, *objects
    )
    units[None] = ""
    for row in rows.iterator(chunk_size=_CHUNK):
        pk, rule_id, unit, version, outcome, used, bureau, trigger, due, held, finished, *rest = row
        code, days, kind = rules[rule_id]
        said = read_judgement(outcome, due, used, bureau)
        told = (
            code, units[unit], read_terms(trigger, days, kind), _read_handovers(held), version, said,
            hash(finished[:_TO_THE_SECOND]) if finished else 0,
        )  # fmt: skip
        besides = (rest[0], hash((rest[1], rest[2], units[rest[3]]))) if rest else None
        yield Stored(pk, said, told, besides)


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
    besides = (state.holder, state.about) if row.besides else None
    if row.told == told and row.besides == besides:
        return []
    stored = zip((*_TOLD, *_BESIDES), (*row.told, *(row.besides or ())), (*told, *(besides or ())), strict=False)
    return [name for name, said, known in stored if said != known]


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
