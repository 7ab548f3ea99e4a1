"""What is public today and lacks something: guides without all six elements, documents past their last day. No query a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policy_pages import rules
from policy_pages.enums import DocumentStatus
from policy_pages.models import ApplicationGuidePage, PolicyDocumentPage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from policy_pages.reports.asking import Question

ELEMENTS = ("conditions", "no_materials", "materials", "steps", "promised_limit", "responsible_division", "hotlines")
WINDOW = ("window_type", "window_start", "window_end")


def guides(question: Question) -> Iterator[ApplicationGuidePage]:
    """Public guides of the units, with what their completeness rests on and nothing more. One query."""
    found = ApplicationGuidePage.objects.live().filter(department__in=question.ids)
    return found.only("title", "department", *ELEMENTS, *WINDOW).order_by("department", "title", "pk").iterator()


def missing(guide: ApplicationGuidePage) -> list[str]:
    """As the guide's own `missing_elements`, read from the rows as they are stored: no chooser asks the database."""
    facts = rules.GuideFacts(
        title=guide.title,
        conditions=_stored(guide.conditions, "text"),
        materials=_stored(guide.materials, "name"),
        no_materials=guide.no_materials,
        steps=_stored(guide.steps, "name"),
        promised=rules.Limit(guide.promised_limit),
        division=guide.responsible_division,
        hotlines=_stored(guide.hotlines, "number"),
        window=guide.window,
    )
    absent = [fault.field for fault in rules.guide_faults(facts) if fault.is_absence]
    names = [str(guide._meta.get_field(name).verbose_name) for name in absent]
    return list(dict.fromkeys(names))


def is_incomplete(guide: ApplicationGuidePage) -> bool:
    """Whether the public reads 要素待补 on it."""
    return bool(missing(guide))


def _stored(rows: Any, name: str) -> list[str]:
    return [str(row["value"].get(name) or "") for row in rows.raw_data]


def expired(question: Question) -> QuerySet[PolicyDocumentPage]:
    """Public documents of the units that are past their last day and still say 执行中."""
    found = PolicyDocumentPage.objects.live().filter(department__in=question.ids, expires_on__lt=question.today)
    return found.filter(document_status=DocumentStatus.IN_FORCE).order_by("expires_on", "pk")
