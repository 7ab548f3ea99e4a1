"""The page as one of its publications froze it: an object that the page's own template can show, and nobody can save by mistake.

Made of the record, not of the revision, which may be written anew. It claims nothing of today: its classification is that
of its day, its relatives are those it names itself, and files that are public no more are names without a link.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from modelcluster.models import get_all_child_relations
from wagtail.fields import StreamField
from wagtail.models import Page

from policy_pages.models import Listing, PolicyDocumentPage, PolicyFile, PublishedFile, Term
from policy_pages.querysets import PolicyPageQuerySet
from policy_pages.services.publication import HOUSEKEEPING
from policy_pages.versions.history import files_of, frozen_text, is_key, version_of
from policy_pages.versions.layout import INTERNAL
from policy_pages.versions.streams import Links, linked_pages, rebuilt

if TYPE_CHECKING:
    from policy_pages.models import PolicyPage, PublicationRecord

#: Of the live page: its place and its address.
_PLACE = ("pk", "page_ptr_id", "path", "depth", "numchild", "slug", "url_path", "live", "department", "locale_id")
#: What a text from another time may raise where a value of today is asked for.
_MISFITS = (ValidationError, ValueError, TypeError, AttributeError, OverflowError, ArithmeticError)


def page_of(page: PolicyPage, record: PublicationRecord, records: list[PublicationRecord]) -> PolicyPage:
    """The page as the record froze it; `page` is the live one, `records` all its publications, the last one first.

    Raises AlteredText when the record's text is not what was published. Costs five queries at most.
    """
    content = frozen_text(record)
    links = Links(_files(content), _public_pages(content))
    old = type(page)()
    for name in _PLACE:
        setattr(old, name, getattr(page, name))
    left = _fill(old, content, links)
    _add_rows(old, content)
    old.first_published_at, old.last_published_at = records[-1].published_at, record.published_at
    old.listing = _classification(record.classification)
    old.shown_version = version_of(page, record, records[0].version)
    old.left_words = left
    return old


def _fill(old: PolicyPage, content: dict[str, Any], links: Links) -> list[str]:
    """Give the page the values of its fields; returns the words that no field of today can take."""
    left = []
    for field in old._meta.concrete_fields:
        if field.name not in content or field.primary_key or field.name in HOUSEKEEPING | {"slug", "department"}:
            continue
        raw = content[field.name]
        if isinstance(field, StreamField):
            value, words = rebuilt(field.stream_block, raw, links)
            setattr(old, field.name, value)
            left += [f"{field.verbose_name}：{one}" for one in words]
            continue
        try:
            setattr(old, field.attname, _fit(field, raw))
        except _MISFITS:
            if field.name not in INTERNAL:
                left.append(f"{field.verbose_name}：{raw}")
    return left


def _fit(field: models.Field, raw: Any) -> Any:
    if isinstance(field, models.ForeignKey):
        return raw if is_key(raw) else None
    value = field.to_python(raw)
    if value is None and not field.null:
        return field.get_default()
    return value


def _add_rows(old: PolicyPage, content: dict[str, Any]) -> None:
    """Rows of its own, such as the documents a guide rests on: those that name a page which is there still."""
    for relation in get_all_child_relations(type(old)):
        name = relation.get_accessor_name()
        if name in HOUSEKEEPING or relation.related_model.__module__.partition(".")[0] != "policy_pages":
            continue
        rows = content.get(name)
        rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        asked = {row["document"] for row in rows if is_key(row.get("document"))}
        found = PolicyDocumentPage.objects.filter(pk__in=asked) if asked else PolicyDocumentPage.objects.none()
        documents = {one.pk: one for one in found.select_related("department").defer("body")}
        made = []
        for row in sorted(rows, key=_place):
            document = documents.get(row["document"]) if is_key(row.get("document")) else None
            if document is not None:
                child = relation.related_model(document=document)
                if "clause" in row and hasattr(child, "clause"):
                    child.clause = str(row["clause"] or "")
                made.append(child)
        setattr(old, name, made)


def _place(row: dict[str, Any]) -> int:
    place = row.get("sort_order")
    return place if isinstance(place, int) else 0


def _files(content: dict[str, Any]) -> dict[int, PolicyFile]:
    """The files of a text, each with its title of that day; public are those that a live page carries now, with the same bytes."""
    told = files_of(content)
    if not told:
        return {}
    current = PublishedFile.objects.filter(file__in=told, is_current=True, page__live=True)
    public = {pk for pk, sha256 in current.values_list("file", "sha256") if told[pk][2] == sha256}
    files = PolicyFile.objects.in_bulk(told)
    for pk, (title, name, _sha256) in told.items():
        file = files.setdefault(pk, PolicyFile(pk=pk, file=name))
        file.title = title
        file.is_of_earlier_version = pk not in public
    return files


def _public_pages(content: dict[str, Any]) -> set[int]:
    """Pages that the text links to and everybody may read now."""
    asked = {pk for raw in content.values() for pk in linked_pages(raw)}
    if not asked:
        return set()
    return set(PolicyPageQuerySet(Page).live().public().filter(pk__in=asked).values_list("pk", flat=True))


def _classification(facts: Any) -> Listing:
    """The classification of that day, in its own words."""
    facts = facts if isinstance(facts, dict) else {}
    return Listing(category=Term(name=str(facts.get("category") or _("未分类"))), route=str(facts.get("route") or ""))
