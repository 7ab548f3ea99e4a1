"""Every verdict recomputed from the event chain alone, and compared with what is stored (A30, T30.1)."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from django.db import models

from ..enums import Outcome
from ..models import CalendarVersion, DutyClock, Event
from ..rules import ClockState, Course, Histories, Judgement, WorkCalendar, judge
from ..rules.replaying import HANDED, STARTED
from .calendar import current_calendar, read_calendar
from .clock_rows import CHUNK, OBJECT, ClockRows, Said, StoredClock
from .registry import all_triggers

#: Clocks that differ are read again only if so few do that it may be another's doing.
_MOST_AGAIN = 10_000


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


def replay_histories(*, until_seq: int | None = None) -> Histories:
    """Return every clock as the chain tells of it, up to the event `until_seq` (default: all). Reads only.

    An event that cannot be read leaves a fault, never an exception: at its clock, or at NO_CLOCK if it names none.
    """
    histories = Histories()
    _take_events(histories, 0, last_seq() if until_seq is None else until_seq)
    return histories


def last_seq() -> int:
    """Return the number of the last event; 0 before the first."""
    return Event.objects.order_by("-seq").values_list("seq", flat=True).first() or 0


def _take_events(histories: Histories, after: int, until: int, *, with_objects: bool = False) -> None:
    """Let the histories take the events after the one and up to the other."""
    events = Event.objects.filter(action__startswith="clock.", seq__gt=after, seq__lte=until).order_by("seq")
    histories.take(events.values_list("seq", "action", "department_code", "payload_json").iterator(chunk_size=CHUNK))
    if with_objects:
        told = events.filter(action__in=(STARTED, HANDED)).values_list("action", "payload_json", OBJECT)
        histories.describe(told.iterator(chunk_size=CHUNK))


def replay_verdicts(*, with_objects: bool = False) -> ReplayReport:
    """Recompute the verdict of every clock from the chain and compare it with what is stored. Reads only.

    Each is judged twice: with the calendar it was pronounced with, which must give what was pronounced and what the row
    says; and with today's, which shows the verdicts that a later change of the calendar would turn. `with_objects`
    compares also what no verdict rests on: the object, the basis in words, the unit concerned, who holds it now, the
    instants of the handovers. The city may work meanwhile: what another wrote between the reading of the history and of the
    rows is no difference.
    """
    with _no_garbage():
        replay = Replay(with_objects)
        replay.read_history()
        replay.compare_rows()
        replay.look_again()
    return replay.report


#: What row and history must both say, in the order of `Said`.
_SAID = ("义务", "触发日期或规则", "移交经过", "日历版本", "结论")


class Replay:
    """One run over the chain and then over the rows; `report` is what was found."""

    def __init__(self, with_objects: bool = False) -> None:
        self.report = ReplayReport()
        self._with_objects = with_objects
        self._rows = ClockRows(with_objects)
        self._until = last_seq()
        self._histories = Histories()
        self._judges = Judges(self._histories, self._rows)
        #: Clocks that differ from their own history.
        self._numbers: set[int] = set()

    def read_history(self) -> None:
        """Read the chain up to its last event."""
        _take_events(self._histories, 0, self._until, with_objects=self._with_objects)
        self.report.clocks = len(self._histories.states)

    def compare_rows(self) -> None:
        """Compare every row with its history; of the histories those remain that differ."""
        states = self._histories.states
        differing: dict[int, ClockState] = {}
        for row in self._rows.read(DutyClock.objects.all()):
            clock = row[0]
            state = states.pop(clock, None)
            if state is None:
                self.report.differences.append(self._unknown(row))
            elif found := self._judges.compare(row, state):
                self.report.differences += found
                differing[clock] = state
        self.report.differences += [self._lost(clock, state) for clock, state in sorted(states.items())]
        self._numbers = {difference.clock for difference in self.report.differences}
        self.report.differences += self._told_otherwise()
        states |= differing

    def look_again(self) -> None:
        """Read history and row of the clocks that differ anew, as long as something is written between the two.

        Each event is written with its row in one transaction, so if no event came between, they belong together.
        """
        while self.report.differences and len(self._numbers) <= _MOST_AGAIN and (last := last_seq()) != self._until:
            _take_events(self._histories, self._until, last, with_objects=self._with_objects)
            rows = {row.clock: row for row in self._rows.read(DutyClock.objects.filter(pk__in=self._numbers))}
            self._until = last
            self._judges = Judges(self._histories, self._rows)  # the calendar may be another by now
            found = [self._found(clock, rows.get(clock)) for clock in sorted(self._numbers)]
            differences = [difference for some in found for difference in some]
            self._numbers = {difference.clock for difference in differences}
            self.report.differences = differences + self._told_otherwise()

    def _found(self, clock: int, row: StoredClock | None) -> list[Difference]:
        state = self._histories.states.get(clock)
        if row is None:
            return [self._lost(clock, state or ClockState())]
        return self._judges.compare(row, state) if state else [self._unknown(row)]

    def _lost(self, clock: int, state: ClockState) -> Difference:
        stated, faults = self._histories.course(state).stated, self._histories.faults(state)
        if faults:
            return Difference(clock, Finding.BROKEN, None, stated, "；".join(faults))
        return Difference(clock, Finding.LOST, None, stated)

    def _unknown(self, row: StoredClock) -> Difference:
        return Difference(row.clock, Finding.UNKNOWN, self._rows.said(row).stated, None)

    def _told_otherwise(self) -> list[Difference]:
        """Return the clocks whose object bears another day than that which started them (`registry.register_triggers`)."""
        days = {clock: day for triggers in all_triggers() for clock, day in triggers()}
        rows = self._rows.read(DutyClock.objects.filter(pk__in=days)) if days else ()
        said = {row.clock: self._rows.said(row).stated for row in rows}
        return [
            Difference(clock, Finding.ALTERED, stated, stated, f"登记的日期是 {days[clock]:%Y-%m-%d}")
            for clock, stated in said.items()
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


class Judges:
    """The histories, the rows and the calendars that were ever used, and where they agreed before."""

    def __init__(self, histories: Histories, rows: ClockRows) -> None:
        self._histories, self._rows = histories, rows
        self._now = current_calendar()
        self._calendars: dict[str, WorkCalendar | None] = {self._now.version: self._now}
        #: Hashes of a course and what a row says, of which one follows from the other and neither calendar turns it.
        self._agreed: set[int] = set()

    def compare(self, row: StoredClock, state: ClockState) -> list[Difference]:
        """Return what differs between a row, its history and what follows from that; the gravest first, if any."""
        _clock, department, finished_at, facts, besides = row
        both = hash((state.course, facts))
        own = department == state.department and finished_at == state.finished_at and not state.unread
        if own and both in self._agreed and not (besides and self._altered(row, state)):
            return []
        found = list(self._differing(row, state))
        if not found:
            self._agreed.add(both)
        return found

    def _differing(self, row: StoredClock, state: ClockState) -> Iterator[Difference]:
        said, course, faults = self._rows.said(row), self._histories.course(state), self._histories.faults(state)
        if faults:
            yield Difference(row.clock, Finding.BROKEN, said.stated, course.stated, "；".join(faults))
            return
        then = self._judged(course, course.version)
        if then is None or not same(then, course.stated):
            detail = "" if then else f"日历版本 {course.version} 没有留存"
            yield Difference(row.clock, Finding.WRONG, course.stated, then, detail)
            return
        told = Said(course.code, course.facts[:3], course.handovers, course.version, course.stated)
        altered = [name for name, one, other in zip(_SAID, said, told, strict=True) if one != other]
        altered += self._altered(row, state)
        if altered:
            yield Difference(row.clock, Finding.ALTERED, said.stated, course.stated, "、".join(altered))
            return
        today = self._judged(course, self._now.version) if course.version != self._now.version else then
        if today is not None and not same(today, course.stated):
            yield Difference(row.clock, Finding.CALENDAR, said.stated, today)

    def _altered(self, row: StoredClock, state: ClockState) -> list[str]:
        """Return in Chinese what clocks do not share and the history did not say."""
        altered = []
        if row.department != state.department:
            altered.append("责任部门")
        if row.finished_at != state.finished_at:
            altered.append("完成时间")
        if row.besides is not None:
            if row.besides.holder != self._histories.course(state).holder:
                altered.append("现由谁办理")
            if row.besides.handed_at != state.handed_at:
                altered.append("移交的时刻")
            if row.besides.about != state.about:
                altered.append("对象、触发日期依据或所涉部门")
        return altered

    def _judged(self, course: Course, version: str) -> Judgement | None:
        """Return what follows from the facts with that version of the calendar; None for a version nobody kept."""
        if version not in self._calendars:
            self._calendars[version] = kept_calendar(version)
        calendar = self._calendars[version]
        return judge(*course.facts, calendar) if calendar else None


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
