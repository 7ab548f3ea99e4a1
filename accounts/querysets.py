"""Querysets of units, people, assignments and filings that speak the domain."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Prefetch, Q, Value, When
from django.utils import timezone

from accounts.enums import AccountState, DepartmentKind, Resource, Verb

if TYPE_CHECKING:
    from accounts.models import Department, User


class DepartmentQuerySet(models.QuerySet):
    """Units."""

    def publishing(self) -> Self:
        """Active units that own a section on the public site."""
        return self.filter(is_active=True, section_page__isnull=False)

    def bureau(self) -> Department | None:
        """The approval bureau that leads (A6); None where none has been opened."""
        return self.filter(kind=DepartmentKind.BUREAU, is_active=True).order_by("pk").first()

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

    def overlapping(self, first: datetime.date, last: datetime.date | None) -> Self:
        """Those that share a day with the span from `first` to `last` (None: for ever), of whatever account."""
        rows = self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=first))
        return rows.filter(valid_from__lte=last) if last else rows


def idle_cutoff(today: datetime.date | None = None) -> datetime.datetime:
    """The instant before which the last use of an idle account lies: so many whole calendar days ago (settings)."""
    day = (today or timezone.localdate()) - datetime.timedelta(days=settings.HUIQITONG_IDLE_ACCOUNT_DAYS)
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min), timezone.get_default_timezone())


class AccountQuerySet(models.QuerySet):
    """Accounts."""

    def fileable_in(self, departments: models.QuerySet) -> Self:
        """Those that hold a role in one of the units today, and of which a change of holder can be filed (A16).

        A disabled one too: the officer's haste does not lift the department's duty. Not one that a filing shut, and not
        the break-glass account, which is nobody's.
        """
        from accounts.models import AccountFiling, Assignment

        today = timezone.localdate()
        held = Assignment.objects.overlapping(today, today).filter(department__in=departments)
        shut = AccountFiling.objects.filter(
            leaver=OuterRef("pk"), cancelled_at=None, leaver_disabled_at=OuterRef("disabled_at")
        )
        return self.filter(~Exists(shut), is_superuser=False, pk__in=held.values("user_id"))

    def idle_since(self, instant: datetime.datetime) -> Self:
        """Active accounts that nobody has used since that instant, allotted before it (等保: idle accounts)."""
        return self.filter(is_active=True, date_joined__lt=instant).filter(
            Q(login_at__isnull=True) | Q(login_at__lt=instant)
        )

    def idle(self) -> Self:
        """Those that nobody has used for so many calendar days as the settings say."""
        return self.idle_since(idle_cutoff())

    def with_posts(self) -> Self:
        """Each with `posts`: what it holds today, the unit of each at hand, a disabled account's too. One more query."""
        from accounts.models import Assignment

        today = timezone.localdate()
        held = Assignment.objects.overlapping(today, today).select_related("department")
        held = held.order_by("department__code", "role")
        return self.prefetch_related(Prefetch("assignments", queryset=held, to_attr="posts"))

    def holding(self, **facts: object) -> Self:
        """Those that hold, today, an assignment of which these facts are true."""
        from accounts.models import Assignment

        today = timezone.localdate()
        held = Assignment.objects.overlapping(today, today).filter(**facts)
        return self.filter(pk__in=held.values("user_id"))

    def in_state(self, state: str) -> Self:
        """By the states the bureau speaks of (`AccountState`). Raises ValueError for none of them."""
        return {
            AccountState.IN_USE: lambda: self.filter(is_active=True, must_change_password=False).exclude(
                pk__in=self.model.objects.idle().values("pk")
            ),
            AccountState.DISABLED: lambda: self.filter(is_active=False),
            AccountState.WAITING: lambda: self.filter(is_active=True, must_change_password=True),
            AccountState.IDLE: self.idle,
        }[AccountState(state)]()


class AccountFilingQuerySet(models.QuerySet):
    """Filings."""

    def open(self) -> Self:
        """Neither settled nor struck out."""
        return self.filter(completed_at=None, cancelled_at=None)

    def of_account(self, user: User) -> Self:
        """Those in which the account was handed over or taken over, newest first."""
        return self.filter(Q(leaver=user) | Q(successor=user)).select_related("department")

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
