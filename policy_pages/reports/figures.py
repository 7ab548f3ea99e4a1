"""The figures of a report: by unit and of all. A fixed number of queries a duty, however many units."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Case, CharField, Count, Max, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Assignment
from audit.enums import Outcome, VerdictCode
from audit.models import DutyClock, DutyRule, Event
from audit.rules import Tally, local_date, quarter_of, total
from policy_pages.reports.pages import expired, guides, is_incomplete
from policy_pages.reports.visits import visits_by_unit
from policy_pages.services.reports import PUBLISHED, RETURNED

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet

    from accounts.models import Department
    from audit.rules import Period
    from policy_pages.reports.asking import Question

#: What the bureau urged a unit to do (督办).
CHASED = "duty.chased"
#: What an event is counted as, by its action; publications and repeals are updates.
COUNTS = {RETURNED: "returns", CHASED: "chases"}
#: Quarters of the line.
QUARTERS = 8


@dataclass
class Row:
    """The figures of one unit; of all together where `unit` is None.

    `counts`: returns, updates, chases and visits within the period; guides, incomplete and expired among what is public today; accounts
    in use today. `last_login` is the latest day on which somebody of the unit logged in.
    """

    unit: Department | None
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=Counter)
    last_login: datetime.date | None = None

    def of(self, duty: str) -> Tally:
        """The tally of a duty."""
        return self.tallies.get(duty) or Tally()


class Quarter(NamedTuple):
    """The duty's tally in one quarter."""

    period: Period
    tally: Tally


class Figures:
    """Figures of what was asked for."""

    def __init__(self, question: Question) -> None:
        self.question = question

    @cached_property
    def duties(self) -> dict[str, str]:
        """What each duty is called, by its code."""
        return DutyRule.objects.duties()

    @cached_property
    def rows(self) -> list[Row]:
        """One for each unit that is in use or has something to tell, in the order of the units."""
        tallies, counts, logins = self._tallies(), self._counts(), self._accounts()
        found = []
        for unit in self.question.units:
            told = {code: of[unit.pk] for code, of in tallies.items() if unit.pk in of}
            number, last = logins.get(unit.pk, (0, None))
            counts[unit.pk]["accounts"] = number
            if unit.is_active or told or any(counts[unit.pk].values()):
                found.append(Row(unit, told, counts[unit.pk], last))
        return found

    @cached_property
    def total(self) -> Row:
        """All of them together."""
        codes = {code for row in self.rows for code in row.tallies}
        tallies = {code: total(row.of(code) for row in self.rows) for code in codes}
        days = [row.last_login for row in self.rows if row.last_login]
        counts = sum((Counter(row.counts) for row in self.rows), Counter())
        counts["visits"] = sum(self.visits.values())  # those of home and library are no unit's
        return Row(None, tallies, counts, max(days, default=None))

    @cached_property
    def visits(self) -> dict[int | None, int]:
        """Visits within the period, by unit."""
        return visits_by_unit(self.question)

    @cached_property
    def quarters(self) -> list[Quarter]:
        """The duty in each of the last quarters up to the asked period, the oldest first. Two queries."""
        question = self.question
        periods = [quarter_of(min(question.period.until, question.today))]
        while len(periods) < QUARTERS:
            periods.insert(0, periods[0].previous)
        rules = list(DutyRule.objects.filter(code=question.duty).values_list("pk", flat=True))
        clocks = DutyClock.objects.filter(rule__in=rules, department__in=question.ids)
        clocks = clocks.filter(trigger_date__range=(periods[0].since, periods[-1].until))
        clocks = clocks.exclude(outcome=Outcome.CANCELLED).order_by()
        # Told apart by comparing days: on SQLite to extract year and quarter calls back into Python, twice a row.
        ends = [When(trigger_date__lte=period.until, then=Value(period.code)) for period in periods]
        counted = (
            clocks.values("outcome", quarter=Case(*ends, output_field=CharField()))
            .annotate(
                number=Count("pk"),
                dated=Count("due_on"),
                overdue=Count("due_on", filter=Q(due_on__lt=question.today)),
            )
            .values_list("quarter", "outcome", "number", "dated", "overdue")
        )
        tallies: dict[str, Tally] = defaultdict(Tally)
        for quarter, outcome, number, dated, overdue in counted:
            tally = tallies[quarter]
            if outcome == Outcome.OPEN:
                tally.add(VerdictCode.OVERDUE, overdue)
                tally.add(VerdictCode.RUNNING, dated - overdue)
                tally.add(VerdictCode.GAP, number - dated)
            else:
                tally.add(outcome, number)
        return [Quarter(period, tallies[period.code]) for period in periods]

    def _tallies(self) -> dict[str, dict[int, Tally]]:
        question = self.question
        span = {"today": question.today, "since": question.period.since, "until": question.period.until}
        return DutyClock.objects.filter(department__in=question.ids).tallies_by_duty(**span)

    def _counts(self) -> dict[int, Counter[str]]:
        question = self.question
        counts: dict[int, Counter[str]] = defaultdict(Counter)
        for code, action, number in counted_events(question):
            counts[question.codes[code]][COUNTS.get(action, "updates")] += number
        for guide in guides(question):
            counts[guide.department_id]["guides"] += 1
            counts[guide.department_id]["incomplete"] += is_incomplete(guide)
        for unit, number in expired(question).order_by().values_list("department_id").annotate(number=Count("pk")):
            counts[unit]["expired"] = number
        for owner, number in self.visits.items():
            if owner is not None:
                counts[owner]["visits"] = number
        return counts

    def _accounts(self) -> dict[int, tuple[int, datetime.date | None]]:
        held = Assignment.objects.current(self.question.today).filter(department__in=self.question.ids)
        told = (
            held.order_by()
            .values_list("department_id")
            .annotate(number=Count("user", distinct=True), last=Max("user__login_at"))
        )
        tz = timezone.get_default_timezone()
        return {unit: (number, local_date(last, tz) if last else None) for unit, number, last in told}


def events_within(question: Question, actions: Iterable[str]) -> QuerySet[Event]:
    """Events of these actions about the units, within the period."""
    return _of_all_units(question, actions).filter(department_code__in=question.codes)


def _of_all_units(question: Question, actions: Iterable[str]) -> QuerySet[Event]:
    return Event.objects.filter(action__in=tuple(actions), at__gte=question.since, at__lt=question.before)


def counted_events(question: Question) -> list[tuple[str, str, int]]:
    """Code of the unit, action, and how many returns, chases, publications and repeals. One query.

    Several units are not named to the database, and not grouped by their bare column: it would walk the index of
    department and time, over all that ever happened, instead of that of action and time.
    """
    asked = events_within if len(question.units) == 1 else _of_all_units
    units = asked(question, (*COUNTS, *PUBLISHED)).order_by().annotate(of=Coalesce("department_code", Value("")))
    events = units.values_list("of", "action")
    return [row for row in events.annotate(number=Count("pk")) if row[0] in question.codes]
