"""Units as the public meets them: those in use that have a section, and ended ones while something of theirs is public."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Q

from accounts.models import Department
from policy_pages.views.rows import TYPES

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: How many public pages of each type (by `rows.TYPES`) a unit has.
Counts = dict[str, int]


def public_units(pages: QuerySet) -> QuerySet[Department]:
    """Units with a live section, in use or with one of these pages. One query."""
    holding = pages.order_by().values("department")
    return units_with_section().filter(Q(is_active=True) | Q(pk__in=holding))


def units_with_section() -> QuerySet[Department]:
    """Units with a live section. One query."""
    return Department.objects.filter(section_page__live=True)


def counts_by_unit(pages: QuerySet) -> dict[int, Counts]:
    """Pages of each type by unit, by its primary key; units without any are left out. One query."""
    counts: dict[int, Counts] = {}
    for unit, type_, total in pages.order_by().values_list("department", "type").annotate(total=Count("pk")):
        counts.setdefault(unit, dict.fromkeys(TYPES, 0))[type_] = total
    return counts
