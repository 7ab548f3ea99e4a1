"""Querysets of pages and changes that speak the domain."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from wagtail.models import PageManager, PageQuerySet

if TYPE_CHECKING:
    from accounts.models import User


class PolicyPageQuerySet(PageQuerySet):
    """Documents, guides and interpretations."""

    def live_listed(self) -> Self:
        """What the public may see: live, with the bureau's listing."""
        return self.live().public().filter(listing__isnull=False)

    def of_departments(self, departments: models.QuerySet) -> Self:
        """Those of the departments."""
        return self.filter(department__in=departments)


class GuideQuerySet(PolicyPageQuerySet):
    """Guides by their window; a closed basis is seen by `window_status` only, row by row."""

    def open_now(self, today: datetime.date) -> Self:
        """Guides a company can apply under on the day, by their dates."""
        return self.filter(
            models.Q(window_type="year_round")
            | models.Q(window_type="fixed_window", window_start__lte=today, window_end__gte=today)
        )

    def opening_after(self, today: datetime.date) -> Self:
        """Guides whose window opens later."""
        return self.filter(window_type="fixed_window", window_start__gt=today)


PolicyPageManager = PageManager.from_queryset(PolicyPageQuerySet)
GuideManager = PageManager.from_queryset(GuideQuerySet)


class ChangeRecordQuerySet(models.QuerySet):
    """Changes."""

    def open(self) -> Self:
        """Neither settled nor cancelled."""
        return self.filter(clock__finished_at__isnull=True, clock__cancelled_at__isnull=True)

    def overdue(self, today: datetime.date) -> Self:
        """Open past their due date."""
        return self.open().filter(clock__due_on__lt=today)

    def visible_to(self, user: User) -> Self:
        """Those of the departments whose work the person may read."""
        return self.filter(department__in=user.visible_departments())
