"""How often a page was read: `{% load visits %}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django import template
from django.db.models import OuterRef, Subquery, Sum
from django.utils import timezone
from wagtail.models import Page

from policy_pages.models import VisitCount

if TYPE_CHECKING:
    import datetime

register = template.Library()


class Visits(NamedTuple):
    """How often a page was opened, to the end of the day `until`; `words` is the number as it is written: 1,234."""

    number: int
    until: datetime.date

    @property
    def words(self) -> str:
        """With a comma at the thousands: Django's own filter groups Chinese numbers by four."""
        return f"{self.number:,}"


def counted_visits(today: datetime.date) -> dict[str, Subquery]:
    """What pages are annotated with for `visits_of`: `visits_total` on all days that are over, and `visits_until`."""
    over = VisitCount.objects.filter(day__lt=today).order_by()
    of_page = over.filter(page=OuterRef("pk")).values("page").annotate(total=Sum("number")).values("total")
    return {"visits_total": Subquery(of_page), "visits_until": Subquery(over.order_by("-day").values("day")[:1])}


@register.simple_tag
def visits_of(page: Page) -> Visits | None:
    """Visits of a page on all days that are over; None while there are none. One query, none for a page that knows them.

    `until` is the last such day of which anything was counted on the site: should `tick` stand still, the page does not
    claim to know more. Today's are left out, so that the page says the same whenever in the day it is kept as a file.
    """
    if page.pk is None:
        return None
    if hasattr(page, "visits_total"):
        found = page.visits_total, page.visits_until
    else:
        found = Page.objects.filter(pk=page.pk).values_list(*counted_visits(timezone.localdate()).values()).first()
    return Visits(*found) if found and found[0] else None
