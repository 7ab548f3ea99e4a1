"""Querysets of pages and changes that speak the domain."""

from __future__ import annotations

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


PolicyPageManager = PageManager.from_queryset(PolicyPageQuerySet)


class ChangeRecordQuerySet(models.QuerySet):
    """Changes."""

    def open(self) -> Self:
        """Neither settled nor cancelled."""
        return self.filter(clock__finished_at__isnull=True, clock__cancelled_at__isnull=True)

    def visible_to(self, user: User) -> Self:
        """Those of the departments whose work the person may read."""
        return self.filter(department__in=user.visible_departments())
