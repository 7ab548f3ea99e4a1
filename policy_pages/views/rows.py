"""Rows of public lists: every type of page in one query, with its window status on a day."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Case, DateField, F, Q, Value, When
from django.urls import reverse

from policy_pages.enums import (
    ENDED_STATUSES,
    OPEN_STATUSES,
    ApplicationRoute,
    DocumentStatus,
    WindowStatus,
    WindowType,
)
from policy_pages.models import POLICY_PAGE_TYPES, ListedPage
from policy_pages.querysets import DOCUMENT, GUIDE, INTERPRETATION, listed_pages, of_any_type

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from django.db.models import QuerySet

__all__ = ["DOCUMENT", "GUIDE", "INTERPRETATION", "TYPES", "Row", "listed_pages", "of_any_type", "row_values", "rows"]

#: Name of each type's own table, as Django's joins from Page call it; also the row's `type`.
TYPES = {model._meta.model_name: model for model in POLICY_PAGE_TYPES}
#: Orders of lists. What never closes comes last of what is open.
CLOSING_FIRST = (F("window_end").asc(nulls_last=True), "-first_published_at", "-pk")
OPENING_FIRST = ("window_start", "-pk")
NEWEST_FIRST = ("-first_published_at", "-pk")


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


def all_rows() -> QuerySet[ListedPage]:
    """The narrow row of every public page."""
    return ListedPage.objects.all()


def with_window(pages: QuerySet, today: datetime.date) -> QuerySet:
    """Annotate `window`, the WindowStatus of a guide on a day: `ApplicationGuidePage.window_status` in SQL.

    Data filter by it, so it must be the database that computes it; a test holds the two together.
    """
    closing = today + datetime.timedelta(days=settings.HUIQITONG_CLOSING_SOON_DAYS)
    status = Case(
        When(~Q(type=GUIDE), then=Value("")),
        When(basis_ended_from__lte=today, then=Value(WindowStatus.CLOSED)),
        When(window_type=WindowType.YEAR_ROUND, then=Value(WindowStatus.YEAR_ROUND)),
        When(~Q(window_type=WindowType.FIXED), then=Value(WindowStatus.PENDING)),
        When(window_end__lt=today, then=Value(WindowStatus.CLOSED)),
        When(window_start__gt=today, then=Value(WindowStatus.UPCOMING)),
        When(Q(window_start__isnull=True) | Q(window_end__isnull=True), then=Value(WindowStatus.PENDING)),
        When(window_end__lt=closing, then=Value(WindowStatus.CLOSING)),
        default=Value(WindowStatus.OPEN),
    )
    return pages.annotate(window=status)


def closing_first(today: datetime.date) -> tuple:
    """The order of guides of every state, of rows with `window`: open ones by their end, then what opens next, the rest.

    What never closes stands last of the open; of the closed the last to close stands first.
    """
    state = Case(
        When(window__in=OPEN_STATUSES, then=Value(0)),
        When(window=WindowStatus.UPCOMING, then=Value(1)),
        When(window=WindowStatus.PENDING, then=Value(2)),
        default=Value(3),
    )
    next_day = Case(
        When(window_start__gt=today, then=F("window_start")),
        When(window_end__gte=today, then=F("window_end")),
        default=None,
        output_field=DateField(),
    )
    return (state, next_day.asc(nulls_last=True), F("window_end").desc(nulls_last=True), "-first_published_at", "-pk")


def row_values(pages: QuerySet, today: datetime.date) -> QuerySet:
    """Narrow rows as dictionaries that `rows` reads, in the order they have."""
    return with_window(pages, today).values(
        *("pk", "type", "title", "slug", "first_published_at", "window", "summary", "doc_number", "document_status"),
        *("expires_on", "amount_max", "route", "window_type", "window_note", "source_id"),
        department_code=F("department__code"),
        unit=F("department__short_name"),
        opens_on=F("window_start"),
        closes_on=F("window_end"),
    )


def rows(values: Iterable[dict[str, Any]], today: datetime.date) -> list[Row]:
    """Rows of `row_values`, a slice of them or a page of a paginator."""
    return [_row(value, today) for value in values]


def _row(value: dict[str, Any], today: datetime.date) -> Row:
    status = WindowStatus(value["window"]) if value["window"] else None
    counts_down = status in {WindowStatus.OPEN, WindowStatus.CLOSING}
    return Row(
        pk=value["pk"],
        type=value["type"],
        title=value["title"],
        url=reverse("policy_page", args=[value["department_code"], value["slug"]]),
        summary=value["summary"],
        department=value["unit"],
        published_at=value["first_published_at"],
        doc_number=value["doc_number"],
        status=status,
        opens_on=value["opens_on"],
        closes_on=value["closes_on"],
        days_left=(value["closes_on"] - today).days if counts_down else None,
        amount_max=value["amount_max"],
        route=ApplicationRoute(value["route"]) if value["route"] else None,
        ended=ended(value, today),
    )


def ended(value: dict[str, Any], today: datetime.date) -> DocumentStatus | None:
    """Of a row's values: 已废止 or 已失效, the latter also when the last day has passed whatever was typed."""
    if value["document_status"] in ENDED_STATUSES:
        return DocumentStatus(value["document_status"])
    return DocumentStatus.EXPIRED if value["expires_on"] and value["expires_on"] < today else None
