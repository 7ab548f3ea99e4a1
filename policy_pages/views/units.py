"""Units as the public meets them: those in use that have a section, and ended ones while something of theirs is public."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Q

from accounts.models import Department
from policy_pages.views.rows import TYPES, of_any_type

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: How many public pages of each type (by `rows.TYPES`) a unit has.
Counts = dict[str, int]


def public_units(pages: QuerySet) -> QuerySet[Department]:
    """Units with a live section, in use or with one of these pages. One query."""
    holding = pages.order_by().annotate(unit=of_any_type("department_id")).values("unit")
    return Department.objects.filter(section_page__live=True).filter(Q(is_active=True) | Q(pk__in=holding))


def counts_by_unit(pages: QuerySet) -> dict[int, Counts]:
    """Pages of each type by unit, by its primary key; units without any are left out. One query."""
    each = {f"{type_}_total": Count(type_) for type_ in TYPES}
    counted = pages.order_by().annotate(unit=of_any_type("department_id")).values("unit").annotate(**each)
    return {line["unit"]: {type_: line[f"{type_}_total"] for type_ in TYPES} for line in counted}
