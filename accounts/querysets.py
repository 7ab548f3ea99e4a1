"""Querysets of units, people, assignments and filings that speak the domain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from accounts.enums import Resource, Verb

if TYPE_CHECKING:
    import datetime

    from accounts.models import User


class DepartmentQuerySet(models.QuerySet):
    """Units."""

    def publishing(self) -> Self:
        """Active units that own a section on the public site."""
        return self.filter(is_active=True, section_page__isnull=False)

    def named(self, name: str) -> models.Model | None:
        """The unit an issuing organ's name means, by full name, short name or alias; None when no unit or several."""
        wanted = name.strip()
        found = [department for department in self.publishing() if wanted in department.all_names()]
        return found[0] if len(found) == 1 else None


class AssignmentQuerySet(models.QuerySet):
    """Assignments."""

    def current(self, today: datetime.date | None = None) -> Self:
        """Those in force on that day (default: today in Shanghai), of active accounts."""
        day = today or timezone.localdate()
        return self.filter(valid_from__lte=day, user__is_active=True).filter(
            Q(valid_until__isnull=True) | Q(valid_until__gte=day)
        )


class AccountQuerySet(models.QuerySet):
    """Accounts."""

    def working_in(self, departments: models.QuerySet) -> Self:
        """Active accounts that hold a role in one of the units today; the break-glass account is nobody's."""
        from accounts.models import Assignment

        held = Assignment.objects.current().filter(department__in=departments)
        return self.filter(is_active=True, is_superuser=False, pk__in=held.values("user_id"))

    def idle_since(self, instant: datetime.datetime) -> Self:
        """Active accounts that nobody has used since that instant, allotted before it (等保: idle accounts)."""
        return self.filter(is_active=True, date_joined__lt=instant).filter(
            Q(login_at__isnull=True) | Q(login_at__lt=instant)
        )


class AccountFilingQuerySet(models.QuerySet):
    """Filings."""

    def open(self) -> Self:
        """Neither settled nor struck out."""
        return self.filter(completed_at=None, cancelled_at=None)

    def urgent_first(self) -> Self:
        """Open ones by the bureau's last day, those a calendar gap hides behind them; then the others, newest first."""
        is_open = Q(completed_at=None, cancelled_at=None)
        rank = Case(When(is_open, then=Value(0)), default=Value(1), output_field=models.IntegerField())
        due = Case(When(is_open, then=F("completion_clock__due_on")), default=None)
        return self.order_by(rank, due.asc(nulls_last=True), "-filed_at", "-pk")

    def told_in_full(self) -> Self:
        """With everything a list shows of each, in one query."""
        return self.select_related(
            "department", "leaver", "filing_clock__rule", "completion_clock__rule", "successor", "completed_by"
        )

    def visible_to(self, user: User) -> Self:
        """All for the bureau's officer and auditor; else those of the departments the person works in."""
        from accounts.permissions import departments_with, reaches_all

        if reaches_all(user, Resource.FILING, Verb.READ):
            return self
        return self.filter(department__in=departments_with(user, Resource.FILING, Verb.READ))
