"""A clock as its events tell of it, and what must follow from them (A30, T30.1).

`ClockState.take` takes the events of one clock in their order and keeps what are facts: the rule's terms, the trigger, who
held the matter, when it was done or struck out. `judge` draws the verdict from these facts and a calendar, with nothing
else. Written for millions of events: nothing is copied, and days are read from text once.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from audit.rules.shares import Handover, bureau_days
from audit.rules.verdicts import GAP, verdict
from audit.rules.workdays import WorkCalendar

STARTED, HANDED, FINISHED = "clock.started", "clock.handed", "clock.finished"
CORRECTED, CANCELLED, VOIDED = "clock.corrected", "clock.cancelled", "clock.voided"
REFRESHED, REJUDGED = "clock.refreshed", "clock.rejudged"
CLOCK_ACTIONS = (STARTED, HANDED, FINISHED, CORRECTED, CANCELLED, VOIDED, REFRESHED, REJUDGED)

OPEN = "open"
CANCELLED_OUTCOME = "cancelled"

#: There are some thousands of days in millions of events.
read_day = lru_cache(maxsize=100_000)(date.fromisoformat)


class Judgement(NamedTuple):
    """What is said of a clock once it is finished; of an open one only `due` is announced, of a cancelled one nothing.

    `outcome` is a value of `enums.Outcome`, `due` the last day (None: hidden by a gap), `used` all days of the rule's
    unit, `bureau_used` the bureau's share of them.
    """

    outcome: str
    due: date | None = None
    used: int | None = None
    bureau_used: int | None = None

    @property
    def is_settled(self) -> bool:
        """Whether a verdict was given, which stays until somebody judges anew; a gap is none."""
        return self.outcome not in {OPEN, CANCELLED_OUTCOME, GAP}


class ClockState:
    """The facts of one clock as its events tell them.

    Attributes:
        terms: trigger date, days and unit of the rule.
        stated: what the last event that judged has said, and `version` of the calendar it was said with.
        faults: in Chinese, where an event contradicts those before it.
    """

    __slots__ = (
        "code",
        "department",
        "faults",
        "finished_on",
        "handovers",
        "is_cancelled",
        "stated",
        "terms",
        "version",
    )

    def __init__(self) -> None:
        self.code = ""
        self.department = ""
        self.terms: tuple[date, int, str] | None = None
        self.handovers: tuple[Handover, ...] = ()
        self.finished_on: date | None = None
        self.is_cancelled = False
        self.version = ""
        self.stated = Judgement(OPEN)
        self.faults: tuple[str, ...] = ()

    def take(self, action: str, department: str, payload: Mapping[str, Any]) -> None:
        """Take one more event. Raises KeyError for one that lacks what every event of a clock tells."""
        terms = (read_day(payload["trigger_date"]), payload["days"], payload["unit"])
        if self.terms is None and action != STARTED:
            self._fault("第一个事件不是“时限起算”")
        elif self.terms is not None and action == STARTED:
            self._fault("起算了两次")
        elif self.terms is not None and terms != self.terms and action != CORRECTED:
            self._fault("触发日期或规则未经更正而变")
        if self.is_cancelled:
            self._fault("取消之后还有事件")
        self.code, self.department, self.terms = payload["code"], department, terms
        if action == HANDED:
            self.handovers = (*self.handovers, Handover(read_day(payload["handed_on"]), payload["side"]))
        elif action == FINISHED:
            if self.finished_on is not None:
                self._fault("完成了两次")
            self.finished_on = read_day(payload["finished_on"])
        elif action in {CANCELLED, VOIDED}:
            self.is_cancelled = True
        due = payload["due_on"]
        self.version = payload["calendar_version"]
        self.stated = Judgement(
            payload["outcome"], read_day(due) if due else None, payload["used"], payload["bureau_used"]
        )

    def _fault(self, fault: str) -> None:
        self.faults = (*self.faults, fault)

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
