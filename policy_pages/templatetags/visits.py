"""How often a page was read: `{% load visits %}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django import template
from django.db.models import Subquery, Sum
from django.utils import timezone

from policy_pages.models import VisitCount

if TYPE_CHECKING:
    import datetime

    from wagtail.models import Page

register = template.Library()


class Visits(NamedTuple):
    """How often a page was opened, to the end of the day `until`; `words` is the number as it is written: 1,234."""

    number: int
    until: datetime.date

    @property
    def words(self) -> str:
        """With a comma at the thousands: Django's own filter groups Chinese numbers by four."""
        return f"{self.number:,}"


@register.simple_tag
def visits_of(page: Page) -> Visits | None:
    """Visits of a page on all days that are over; None while there are none. One query.

    `until` is the last such day of which anything was counted on the site: should `tick` stand still, the page does not
    claim to know more. Today's are left out, so that the page says the same whenever in the day it is kept as a file.
    """
    if page.pk is None:
        return None
    over = VisitCount.objects.filter(day__lt=timezone.localdate()).order_by()
    of_page = over.filter(page=page.pk).values("page").annotate(total=Sum("number")).values("total")
    found = over.order_by("-day").annotate(total=Subquery(of_page)).values_list("total", "day").first()
    return Visits(*found) if found and found[0] else None
