"""Querysets of pages and changes that speak the domain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models.functions import Coalesce
from wagtail.models import Page, PageManager, PageQuerySet, PageViewRestriction

from accounts.enums import Resource, Verb
from accounts.permissions import departments_with

if TYPE_CHECKING:
    from accounts.models import User

#: Names of the types' own tables, as Django's joins from Page call them.
DOCUMENT, GUIDE, INTERPRETATION = TYPE_NAMES = ("policydocumentpage", "applicationguidepage", "interpretationpage")


class PolicyPageQuerySet(PageQuerySet):
    """Documents, guides and interpretations."""

    def private_q(self) -> models.Q:
        """What is under a restriction, as stock; the barred pages by their numbers, of which there are few or none.

        Stock joins them with the page table, and SQLite's planner may choose to walk through the whole of that.
        """
        barred = list(PageViewRestriction.objects.order_by().values_list("page", flat=True))
        found = models.Q(pk__in=[])
        for page in Page.objects.filter(pk__in=barred) if barred else ():
            found |= self.descendant_of_q(page, inclusive=True)
        return found

    def live_listed(self) -> Self:
        """What the public may see: live, with the bureau's listing."""
        return self.live().public().filter(listing__isnull=False)


PolicyPageManager = PageManager.from_queryset(PolicyPageQuerySet)


def listed_pages() -> PolicyPageQuerySet:
    """Every public page of any type: live, with the bureau's listing. Costs one query (view restrictions) itself.

    Lists read `ListedPage`, which is a copy of what this finds.
    """
    return PolicyPageQuerySet(Page).live_listed()


def of_any_type(name: str) -> Coalesce:
    """The field of whichever type a page has."""
    return Coalesce(*(models.F(f"{type_}__{name}") for type_ in TYPE_NAMES))


class ChangeRecordQuerySet(models.QuerySet):
    """Changes."""

    def open(self) -> Self:
        """Neither settled nor cancelled."""
        return self.filter(clock__finished_at__isnull=True, clock__cancelled_at__isnull=True)

    def visible_to(self, user: User) -> Self:
        """Those of the departments whose work the person may read."""
        return self.filter(department__in=user.visible_departments())


class WindowNoticeQuerySet(models.QuerySet):
    """Notices of fixed windows."""

    def open(self) -> Self:
        """Of guides that the public still reads as 期限待定."""
        return self.filter(published_at__isnull=True, cancelled_at__isnull=True)

    def unreceived(self) -> Self:
        """Open ones that the bureau has not signed for."""
        return self.open().filter(received_at__isnull=True)

    def visible_to(self, user: User) -> Self:
        """Those of the departments over whose notices the person has the right."""
        return self.filter(department__in=departments_with(user, Resource.WINDOW_NOTICE, Verb.READ))


class LateReasonQuerySet(models.QuerySet):
    """Reasons of lateness."""

    def waiting(self) -> Self:
        """Neither agreed to nor returned by the bureau."""
        return self.filter(returned_because="").exclude(text=models.F("public_text"))

    def visible_to(self, user: User) -> Self:
        """Those of the departments over whose reasons the person has the right."""
        return self.filter(change__department__in=departments_with(user, Resource.LATE_REASON, Verb.READ))


class CorrectionTicketQuerySet(models.QuerySet):
    """Reports of visitors."""

    def open(self) -> Self:
        """Not answered."""
        return self.filter(answered_at__isnull=True)

    def visible_to(self, user: User) -> Self:
        """Those of the departments over whose reports the person has the right."""
        return self.filter(department__in=departments_with(user, Resource.CORRECTION, Verb.READ))

    def urgent_first(self) -> Self:
        """Open ones by their last day, those a calendar gap hides behind them; then the answered ones, newest first."""
        is_open = models.Case(models.When(answered_at=None, then=0), default=1, output_field=models.IntegerField())
        due = models.Case(models.When(answered_at=None, then=models.F("clock__due_on")), default=None)
        return self.order_by(is_open, due.asc(nulls_last=True), "-received_at", "-pk")
