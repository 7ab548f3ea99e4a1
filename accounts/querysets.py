"""Querysets of units and assignments that speak the domain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

if TYPE_CHECKING:
    import datetime


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
