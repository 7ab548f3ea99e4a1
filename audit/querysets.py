"""Querysets that speak of events and duties."""

from datetime import date
from typing import TYPE_CHECKING, Any, NoReturn, Self

from django.db import models

from .enums import DutyCode, Outcome, VerdictCode
from .errors import AppendOnly, NoRuleInForce
from .rules import Tally

if TYPE_CHECKING:
    from .models import DutyClock, DutyRule, Event  # noqa: F401 -- named in strings


class EventQuerySet(models.QuerySet["Event"]):
    """The event chain; reads only. The triggers refuse the same in the database; this says it earlier and in words."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly(f"{self.model.__name__} rows are never changed or deleted")

    update = delete = bulk_create = bulk_update = update_or_create = _refuse

    def for_object(self, object_type: str, object_id: object) -> Self:
        """Return the events about one object, oldest first."""
        return self.filter(object_type=object_type, object_id=str(object_id)).order_by("seq")


class DutyRuleQuerySet(models.QuerySet["DutyRule"]):
    """The versions of the rules."""

    def duties(self) -> dict[str, str]:
        """Return what each duty is called, by its code: those of `DutyCode` in their order, then what has only a rule.

        The latter goes by the title of its newest version. One query; a choice field takes this method as it is.
        """
        titles = self.exclude(code__in=DutyCode.values).order_by("code", "effective_from")
        return dict(DutyCode.choices) | dict(titles.values_list("code", "title"))

    def in_force(self, code: str, on: date) -> "DutyRule":
        """Return the version of rule `code` that was in force on the day `on` (A32). Raises NoRuleInForce."""
        rule = self.filter(code=code, effective_from__lte=on).order_by("-effective_from").first()
        if rule is None:
            raise NoRuleInForce(f"触发日期 {on:%Y-%m-%d} 当日没有有效的时限规则（{code}）。")
        return rule


class DutyClockQuerySet(models.QuerySet["DutyClock"]):
    """The clocks of duties."""

    def open(self) -> Self:
        """Return the clocks that still run: neither finished nor cancelled."""
        return self.filter(finished_at=None, cancelled_at=None)

    def overdue(self, today: date) -> Self:
        """Return the running clocks whose last day is before `today`; a clock with a gap is never among them.

        Asked in the words of the indexes audit_clock_open and audit_clock_board.
        """
        return self.filter(outcome=Outcome.OPEN, due_on__lt=today)

    def for_object(self, object_type: str, object_id: object) -> Self:
        """Return all clocks of one object, oldest trigger first."""
        return self.filter(object_type=object_type, object_id=str(object_id)).order_by("trigger_date", "pk")

    def tallies(
        self, code: str, *, today: date, since: date | None = None, until: date | None = None
    ) -> dict[int, Tally]:
        """Count the verdicts of duty `code` alone, by primary key of department; else as `tallies_by_duty`."""
        from .models import DutyRule  # the models import this module

        codes = dict(DutyRule.objects.filter(code=code).order_by().values_list("pk", "code"))
        return self.filter(rule_id__in=list(codes))._tallies(codes, today, since, until).get(code, {})

    def tallies_by_duty(
        self, *, today: date, since: date | None = None, until: date | None = None
    ) -> dict[str, dict[int, Tally]]:
        """Count the verdicts of each duty, triggered from `since` to `until` inclusive, by code and key of department.

        As of `today`; cancelled clocks count nowhere. One query for the versions of the rules and one that reads nothing
        but the index audit_clock_report, whatever the number of clocks and of duties (docs/decisions/0010). A duty or a
        unit without any clock is not among the keys.
        """
        from .models import DutyRule  # the models import this module

        codes = dict(DutyRule.objects.order_by().values_list("pk", "code"))
        return self._tallies(codes, today, since, until)

    def _tallies(
        self, codes: dict[int, str], today: date, since: date | None, until: date | None
    ) -> dict[str, dict[int, Tally]]:
        clocks = self
        if since:
            clocks = clocks.filter(trigger_date__gte=since)
        if until:
            clocks = clocks.filter(trigger_date__lte=until)
        counted = (
            # Grouped in the order of the index, so that the database need not sort; rule versions come one by one.
            clocks.order_by()
            .values("rule_id", "department_id", "outcome", "used", "bureau_used")
            .annotate(
                number=models.Count("*"),
                dated=models.Count("due_on"),
                overdue=models.Count("due_on", filter=models.Q(due_on__lt=today)),
            )
            .values_list("rule_id", "department_id", "outcome", "used", "bureau_used", "number", "dated", "overdue")
        )
        found: dict[str, dict[int, Tally]] = {}
        for rule, department, outcome, used, bureau, number, dated, overdue in counted:
            if outcome == Outcome.CANCELLED:
                continue
            tally = found.setdefault(codes[rule], {}).setdefault(department, Tally())
            if outcome == Outcome.OPEN:
                tally.add(VerdictCode.OVERDUE, overdue)
                tally.add(VerdictCode.RUNNING, dated - overdue)
                tally.add(VerdictCode.GAP, number - dated)
            else:
                tally.add(outcome, number, used, bureau)
        return found
