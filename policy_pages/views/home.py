"""The home page: what closes soon, what is new, what opens next; by need, unit and category."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, F
from django.utils import timezone

from policy_pages.enums import OPEN_STATUSES, VocabularyCode, WindowStatus
from policy_pages.views.rows import (
    CLOSING_FIRST,
    NEWEST_FIRST,
    OPENING_FIRST,
    all_rows,
    row_values,
    rows,
)
from policy_pages.views.timeliness import punctuality_line
from policy_pages.views.units import counts_by_unit, public_units

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import Department

OPEN_ROWS = 8
NEW_ROWS = 6
UPCOMING_ROWS = 5


def home_context() -> dict[str, Any]:
    """Lists of the home page: open guides (closing first), newest, opening soon, units, categories."""
    today = timezone.localdate()
    pages = all_rows()
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
        "themes": themes_with_counts(pages),
        "punctuality": punctuality_line(today),
    }


def departments_with_counts(pages: QuerySet) -> list[tuple[Department, int]]:
    """Units of the public site, each with the number of its pages among these. Two queries."""
    counts = counts_by_unit(pages)
    return [(unit, sum(counts.get(unit.pk, {}).values())) for unit in public_units(pages)]


def categories_with_counts(pages: QuerySet) -> list[dict[str, Any]]:
    """The bureau's list categories that hold one of these pages: `code`, `name`, `total`."""
    rows_of = pages.order_by("category__position", "category__code")
    return list(rows_of.values(code=F("category__code"), name=F("category__name")).annotate(total=Count("pk")))


def themes_with_counts(pages: QuerySet) -> list[dict[str, Any]]:
    """The bureau's themes (what a company needs) that hold one of these pages: `code`, `name`, `total`. One query."""
    themes = {"terms__vocabulary": VocabularyCode.THEME, "terms__is_active": True}
    held = pages.filter(**themes).order_by("terms__position", "terms__code")
    return list(held.values(code=F("terms__code"), name=F("terms__name")).annotate(total=Count("pk")))
