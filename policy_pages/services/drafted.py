"""What a revision says, read from it as it stands: making a page of it costs seven queries that look every reference up."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, cast

from django.contrib.contenttypes.models import ContentType
from django.utils.dateparse import parse_datetime
from wagtail.fields import StreamField

from policy_pages.models import ApplicationGuidePage, ChangeRecord, InterpretationPage

if TYPE_CHECKING:
    from wagtail.models import Revision

    from policy_pages.models import PolicyPage

#: Child rows that name documents.
_NAMING = {ApplicationGuidePage: "bases", InterpretationPage: "explained"}


def type_of(revision: Revision) -> type[PolicyPage]:
    """The type of the page it is a text of."""
    return cast("type[PolicyPage]", ContentType.objects.get_for_id(revision.content_type_id).model_class())


def attachment_ids(revision: Revision) -> list[int]:
    """Ids of the files it carries, in order of appearance."""
    model = type_of(revision)
    streams = [field for field in model._meta.get_fields() if isinstance(field, StreamField)]
    page = model(**{field.name: field.to_python(revision.content.get(field.name) or []) for field in streams})
    return page.attachment_ids()


def change_of(revision: Revision) -> ChangeRecord | None:
    """The change it carries out, with its clock."""
    return ChangeRecord.objects.select_related("clock").filter(pk=revision.content.get("change") or 0).first()


def document_ids(revision: Revision) -> list[int]:
    """Documents that a guide rests on or an interpretation explains."""
    rows: list[dict[str, Any]] = revision.content.get(_NAMING.get(type_of(revision), "")) or []
    return [row["document"] for row in rows if row.get("document")]


def goes_live_at(revision: Revision) -> datetime.datetime | None:
    """The instant it is put off to."""
    text = revision.content.get("go_live_at")
    return parse_datetime(text) if text else None
