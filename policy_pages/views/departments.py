"""`/departments/`: the units, and for each one who answers, how punctual it is, and what it has published."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db.models import TextField
from django.db.models.functions import Cast
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.enums import DepartmentLevel
from audit.rules import quarter_of
from policy_pages.addresses import takes
from policy_pages.addresses.rules import phone_digits
from policy_pages.enums import OPEN_STATUSES
from policy_pages.models import ApplicationGuidePage, DepartmentSectionPage
from policy_pages.views.choices import TYPES, Choice, section
from policy_pages.views.rows import CLOSING_FIRST, GUIDE, all_rows, row_values, rows
from policy_pages.views.rows import TYPES as MODELS
from policy_pages.views.timeliness import unit_row, unit_rows
from policy_pages.views.units import counts_by_unit, public_units

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from accounts.models import Department
    from policy_pages.views.units import Counts

#: Guides named on a unit's page; its section lists all.
GUIDE_ROWS = 5
#: Telephone numbers shown at once; the rest unfold.
HOTLINES = 10


@dataclass(frozen=True)
class UnitLine:
    """A unit with how much of it is public; in the list also whom to call and how punctual (empty and None: not known)."""

    department: Department
    counts: Counts
    phone: str = ""
    percent: float | None = None

    @property
    def total(self) -> int:
        """All its public pages."""
        return sum(self.counts.values())

    @property
    def guides(self) -> int:
        """Its public guides."""
        return self.counts.get(GUIDE, 0)

    @property
    def parts(self) -> list[tuple[str, int, str]]:
        """Label, number and address of each type."""
        shelf = section(self.department)
        return [
            (str(MODELS[type_]._meta.verbose_name), self.counts.get(type_, 0), shelf.address(Choice(type=word)))
            for word, type_ in TYPES.items()
        ]


@dataclass
class Hotline:
    """A telephone number with everything the unit's guides say of it, each said once; in how many guides it stands."""

    number: str
    names: list[str] = field(default_factory=list)
    hours: list[str] = field(default_factory=list)
    guides: int = 0

    def add(self, names: Iterable[str], hours: str) -> None:
        """Take in what one guide says."""
        self.guides += 1
        self.names += [name for name in dict.fromkeys(names) if name and name not in self.names]
        self.hours += [hours] if hours and hours not in self.hours else []


@require_safe
@takes()
def departments(request: HttpRequest) -> HttpResponse:
    """`/departments/`: every unit with a public section, by level; ended ones while something of theirs is public."""
    pages = all_rows()
    counts = counts_by_unit(pages)
    today = timezone.localdate()
    phones = first_phones()
    rates = {row.department.pk: row.percent for row in unit_rows(quarter_of(today), today)}
    lines = [
        UnitLine(unit, counts.get(unit.pk, {}), phones.get(unit.pk, "") if unit.is_active else "", rates.get(unit.pk))
        for unit in public_units(pages)
    ]
    active = [line for line in lines if line.department.is_active]
    groups = [(level.label, [line for line in active if line.department.level == level]) for level in DepartmentLevel]
    context = {
        "period": quarter_of(today),
        "groups": [(label, found) for label, found in groups if found],
        "ended": [line for line in lines if not line.department.is_active],
    }
    return render(request, "policy_pages/departments.html", context)


@require_safe
@takes()
def department(request: HttpRequest, code: str) -> HttpResponse:
    """`/departments/<code>/`: who answers, how punctual, what is public. 404 for a unit that `/departments/` does not list."""
    today = timezone.localdate()
    pages = all_rows()
    unit = get_object_or_404(public_units(pages), code=code)
    own = pages.filter(department=unit)
    everything = row_values(own, today)
    hotlines, divisions = answering(_guides(unit))
    context: dict[str, Any] = {
        "department": unit,
        "introduction": DepartmentSectionPage.objects.get(pk=unit.section_page_id).introduction,
        "line": UnitLine(unit, counts_by_unit(own).get(unit.pk, {})),
        "period": quarter_of(today),
        "punctuality": unit_row(unit, quarter_of(today), today),
        "divisions": divisions,
        "hotlines": hotlines[:HOTLINES],
        "more_hotlines": hotlines[HOTLINES:],
        "open_rows": rows(everything.filter(window__in=OPEN_STATUSES).order_by(*CLOSING_FIRST)[:GUIDE_ROWS], today),
        "open_address": section(unit).address(Choice(type="guide", window="open")),
        "children": public_units(pages).filter(parent=unit),
        "parent": public_units(pages).filter(pk=unit.parent_id).first() if unit.parent_id else None,
        "feed": reverse("department_feed", args=[unit.code]),
    }
    return render(request, "policy_pages/department.html", context)


def answering(guides: Iterable[ApplicationGuidePage]) -> tuple[list[Hotline], list[str]]:
    """The telephone numbers of guides, each once, those of most guides first; and the divisions that have none."""
    divisions: dict[str, None] = {}
    hotlines: dict[str, Hotline] = {}
    for guide in guides:
        division = guide.responsible_division.strip()
        divisions[division] = None
        for row in guide.hotlines:
            number, contact, hours = (row.value[name].strip() for name in ("number", "contact", "hours"))
            known = hotlines.setdefault(phone_digits(number), Hotline(number))
            known.add((division, contact), hours)
    found = sorted(hotlines.values(), key=lambda hotline: -hotline.guides)
    named = {name for hotline in found for name in hotline.names}
    return found, [division for division in divisions if division and division not in named]


def first_phones() -> dict[int, str]:
    """The number that most public guides of each unit name, by its primary key, as last written. One query for all units."""
    said: dict[int, Counter[str]] = defaultdict(Counter)
    written: dict[str, str] = {}
    live = ApplicationGuidePage.objects.live_listed().order_by("first_published_at", "pk")
    for unit, hotlines in live.values_list("department_id", Cast("hotlines", TextField())):
        for digits, number in _numbers_in(hotlines):
            written[digits] = number
            said[unit][digits] += 1
    return {unit: written[numbers.most_common(1)[0][0]] for unit, numbers in said.items()}


@lru_cache(maxsize=20_000)
def _numbers_in(hotlines: str) -> tuple[tuple[str, str], ...]:
    """The numbers in a stored list of hotlines, by digits and as written. Kept: a city's lists are read for each page, and stay."""
    numbers = [row["value"]["number"].strip() for row in json.loads(hotlines)]
    return tuple((phone_digits(number), number) for number in numbers)


def _guides(unit: Department) -> QuerySet[ApplicationGuidePage]:
    live = ApplicationGuidePage.objects.live_listed().filter(department=unit)
    return live.only("responsible_division", "hotlines").order_by("-first_published_at", "-pk")
