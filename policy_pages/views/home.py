"""The home page: what closes soon, what is new, what opens next; by unit and by category."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, F
from django.utils import timezone

from accounts.models import Department
from policy_pages.enums import OPEN_STATUSES, WindowStatus
from policy_pages.models import Listing
from policy_pages.views.rows import (
    CLOSING_FIRST,
    NEWEST_FIRST,
    OPENING_FIRST,
    listed_pages,
    of_any_type,
    row_values,
    rows,
)
from policy_pages.views.timeliness import punctuality_line

if TYPE_CHECKING:
    from django.db.models import QuerySet

OPEN_ROWS = 8
NEW_ROWS = 6
UPCOMING_ROWS = 5


def home_context() -> dict[str, Any]:
    """Lists of the home page: open guides (closing first), newest, opening soon, units, categories."""
    today = timezone.localdate()
    pages = listed_pages()
    everything = row_values(pages, today)
    open_now = everything.filter(window__in=OPEN_STATUSES).order_by(*CLOSING_FIRST)
    upcoming = everything.filter(window=WindowStatus.UPCOMING).order_by(*OPENING_FIRST)
    return {
        "open_rows": rows(open_now[:OPEN_ROWS], today),
        "open_total": open_now.count(),
        "upcoming_rows": rows(upcoming[:UPCOMING_ROWS], today),
        "new_rows": rows(everything.order_by(*NEWEST_FIRST)[:NEW_ROWS], today),
        "departments": departments_with_counts(pages),
        "categories": categories_with_counts(pages),
        "punctuality": punctuality_line(today),
    }


def departments_with_counts(pages: QuerySet) -> list[tuple[Department, int]]:
    """Units in use that have a public section, each with the number of its pages among these."""
    counted = pages.order_by().values_list(of_any_type("department_id")).annotate(total=Count("pk"))
    totals = dict(counted)
    departments = Department.objects.filter(is_active=True, section_page__isnull=False)
    return [(department, totals.get(department.pk, 0)) for department in departments]


def categories_with_counts(pages: QuerySet) -> list[dict[str, Any]]:
    """The bureau's list categories that hold one of these pages: `code`, `name`, `total`."""
    listings = Listing.objects.filter(page__in=pages.order_by()).order_by("category__position", "category__code")
    return list(listings.values(code=F("category__code"), name=F("category__name")).annotate(total=Count("pk")))
