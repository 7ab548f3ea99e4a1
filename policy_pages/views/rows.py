"""Rows of public lists: every type of page in one query, with its window status on a day."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Case, DateField, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from wagtail.models import Page

from policy_pages.enums import (
    ENDED_STATUSES,
    OPEN_STATUSES,
    ApplicationRoute,
    DocumentStatus,
    WindowStatus,
    WindowType,
)
from policy_pages.models import POLICY_PAGE_TYPES, GuideBasis
from policy_pages.querysets import PolicyPageQuerySet

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from django.db.models import QuerySet

#: Name of each type's own table, as Django's joins from Page call it; also the row's `type`.
TYPES = {model._meta.model_name: model for model in POLICY_PAGE_TYPES}
DOCUMENT, GUIDE, INTERPRETATION = TYPES
#: Orders of lists. What never closes comes last of what is open.
CLOSING_FIRST = (F(f"{GUIDE}__window_end").asc(nulls_last=True), "-first_published_at", "-pk")
OPENING_FIRST = (f"{GUIDE}__window_start", "-pk")
NEWEST_FIRST = ("-first_published_at", "-pk")
AMOUNT_FIRST = (F(f"{GUIDE}__amount_max").desc(nulls_last=True), "-first_published_at", "-pk")


@dataclass(frozen=True)
class Row:
    """One public page in a list. `status` is a guide's, `ended` a document's; the other is None."""

    pk: int
    type: str
    title: str
    url: str
    summary: str
    department: str
    published_at: datetime.datetime
    doc_number: str
    status: WindowStatus | None
    opens_on: datetime.date | None
    closes_on: datetime.date | None
    days_left: int | None
    amount_max: Decimal | None
    route: ApplicationRoute | None
    ended: DocumentStatus | None

    @property
    def type_label(self) -> str:
        """政策文件, 申报指南 or 政策解读."""
        return str(TYPES[self.type]._meta.verbose_name)


def listed_pages() -> PolicyPageQuerySet:
    """Every public page of any type: live, with the bureau's listing. Costs one query (view restrictions) itself."""
    return PolicyPageQuerySet(Page).live_listed()


def with_window(pages: QuerySet, today: datetime.date) -> QuerySet:
    """Annotate `window`, the WindowStatus of a guide on a day: `ApplicationGuidePage.window_status` in SQL.

    Lists filter and count by it, so it must be the database that computes it; a test holds the two together.
    """
    type_, start, end = (f"{GUIDE}__window_{name}" for name in ("type", "start", "end"))
    closing = today + datetime.timedelta(days=settings.HUIQITONG_CLOSING_SOON_DAYS)
    status = Case(
        When(**{f"{GUIDE}__isnull": True}, then=Value("")),
        When(basis_ended(today), then=Value(WindowStatus.CLOSED)),
        When(**{type_: WindowType.YEAR_ROUND}, then=Value(WindowStatus.YEAR_ROUND)),
        When(~Q(**{type_: WindowType.FIXED}), then=Value(WindowStatus.PENDING)),
        When(**{f"{end}__lt": today}, then=Value(WindowStatus.CLOSED)),
        When(**{f"{start}__gt": today}, then=Value(WindowStatus.UPCOMING)),
        When(Q(**{f"{start}__isnull": True}) | Q(**{f"{end}__isnull": True}), then=Value(WindowStatus.PENDING)),
        When(**{f"{end}__lt": closing}, then=Value(WindowStatus.CLOSING)),
        default=Value(WindowStatus.OPEN),
    )
    return pages.annotate(window=status)


def closing_first(today: datetime.date) -> tuple:
    """The order of guides of every state, of rows with `window`: open ones by their end, then what opens next, the rest.

    What never closes stands last of the open; of the closed the last to close stands first.
    """
    start, end = (F(f"{GUIDE}__window_{name}") for name in ("start", "end"))
    state = Case(
        When(window__in=OPEN_STATUSES, then=Value(0)),
        When(window=WindowStatus.UPCOMING, then=Value(1)),
        When(window=WindowStatus.PENDING, then=Value(2)),
        default=Value(3),
    )
    next_day = Case(
        When(**{f"{GUIDE}__window_start__gt": today}, then=start),
        When(**{f"{GUIDE}__window_end__gte": today}, then=end),
        default=None,
        output_field=DateField(),
    )
    return (state, next_day.asc(nulls_last=True), end.desc(nulls_last=True), "-first_published_at", "-pk")


def basis_ended(today: datetime.date) -> Q:
    """Whether a guide rests on public documents that have all ended on a day: `ApplicationGuidePage.basis_ended` in SQL."""
    bases = GuideBasis.objects.filter(guide=OuterRef("pk"), document__live=True)
    ended = Q(document__document_status__in=ENDED_STATUSES) | Q(document__expires_on__lt=today)
    return Exists(bases) & ~Exists(bases.exclude(ended))


def row_values(pages: QuerySet, today: datetime.date) -> QuerySet:
    """The pages as dictionaries that `rows` reads, in the order they have."""
    return with_window(pages, today).values(
        "pk",
        "title",
        "slug",
        "first_published_at",
        "window",
        guide_id=F(f"{GUIDE}"),
        document_id=F(f"{DOCUMENT}"),
        summary=of_any_type("summary"),
        department_code=of_any_type("department__code"),
        department=of_any_type("department__short_name"),
        doc_number=F(f"{DOCUMENT}__doc_number"),
        document_status=F(f"{DOCUMENT}__document_status"),
        expires_on=F(f"{DOCUMENT}__expires_on"),
        opens_on=F(f"{GUIDE}__window_start"),
        closes_on=F(f"{GUIDE}__window_end"),
        amount_max=F(f"{GUIDE}__amount_max"),
        route=F("listing__route"),
    )


def rows(values: Iterable[dict[str, Any]], today: datetime.date) -> list[Row]:
    """Rows of `row_values`, a slice of them or a page of a paginator."""
    return [_row(value, today) for value in values]


def of_any_type(name: str) -> Coalesce:
    """The field of whichever type the page has."""
    return Coalesce(*(F(f"{type_}__{name}") for type_ in TYPES))


def _row(value: dict[str, Any], today: datetime.date) -> Row:
    status = WindowStatus(value["window"]) if value["window"] else None
    counts_down = status in {WindowStatus.OPEN, WindowStatus.CLOSING}
    return Row(
        pk=value["pk"],
        type=DOCUMENT if value["document_id"] else GUIDE if value["guide_id"] else INTERPRETATION,
        title=value["title"],
        url=reverse("policy_page", args=[value["department_code"], value["slug"]]),
        summary=value["summary"],
        department=value["department"],
        published_at=value["first_published_at"],
        doc_number=value["doc_number"] or "",
        status=status,
        opens_on=value["opens_on"],
        closes_on=value["closes_on"],
        days_left=(value["closes_on"] - today).days if counts_down else None,
        amount_max=value["amount_max"],
        route=ApplicationRoute(value["route"]) if value["route"] else None,
        ended=_ended(value, today),
    )


def _ended(value: dict[str, Any], today: datetime.date) -> DocumentStatus | None:
    """已废止 or 已失效, the latter also when the last day has passed whatever was typed."""
    if value["document_status"] in ENDED_STATUSES:
        return DocumentStatus(value["document_status"])
    return DocumentStatus.EXPIRED if value["expires_on"] and value["expires_on"] < today else None
