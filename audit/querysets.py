"""Querysets that speak of events and duties."""

from datetime import date
from typing import TYPE_CHECKING, Any, NoReturn, Self

from django.db import models

from .errors import AppendOnly, NoRuleInForce

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
        """Return the running clocks whose last day is before `today`; a clock with a gap is never among them."""
        return self.open().filter(due_on__lt=today)

    def for_object(self, object_type: str, object_id: object) -> Self:
        """Return all clocks of one object, oldest trigger first."""
        return self.filter(object_type=object_type, object_id=str(object_id)).order_by("trigger_date", "pk")
