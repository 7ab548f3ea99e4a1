"""What the public reads now, held against the publication that froze it (`audit_verify --records`).

`services.records` holds the publications against the chain; here the page's own tables, its listing and the bytes of its
files are held against the last of them. Together: nothing is public but the exact revision that two people approved.
"""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from modelcluster.models import get_all_child_relations, get_serializable_data_for_fields
from wagtail.fields import StreamField
from wagtail.models import Page

from audit.models import Event
from policy_pages.models import PolicyFile, PublicationRecord, PublishedFile
from policy_pages.permissions import page_types
from policy_pages.services.publication import HOUSEKEEPING

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from django.utils.functional import _StrPromise

    from policy_pages.models import Listing, PolicyPage

#: Pages and publications carry their whole text: few at once.
_BATCH = 100
#: What of a listing is compared, in the order in which it is said.
LISTING_WORDS: dict[str, _StrPromise] = {
    "category_id": gettext_lazy("清单类别"),
    "route": gettext_lazy("申报方式"),
    "terms": gettext_lazy("主题、行业等分类"),
    "classified_by_id": gettext_lazy("分类人"),
    "classified_at": gettext_lazy("分类时间"),
    "revision_id": gettext_lazy("审核通过的版本"),
    "content_hash": gettext_lazy("审核通过的内容散列"),
}


def pages_read_otherwise() -> Iterator[str]:
    """Say in Chinese which public page has no publication, and what of it is not what its last publication froze."""
    ours = ContentType.objects.get_for_models(*page_types(), for_concrete_models=False).values()
    shown = PublishedFile.objects.filter(is_current=True, page__live=True).exclude(page__content_type__in=ours)
    for row in shown.select_related("file", "page").order_by("pk"):
        names = {"file": row.file.title, "number": row.page_id, "title": row.page.title}
        yield _("附件“%(file)s”随页面第 %(number)d 号（%(title)s）公开，但该页面不经审核发布。") % names
    for model in page_types():
        pks = list(model.objects.live().order_by("pk").values_list("pk", flat=True))
        for first in range(0, len(pks), _BATCH):
            yield from _compare(model, pks[first : first + _BATCH])


def _compare(model: type[PolicyPage], pks: list[int]) -> Iterator[str]:
    rows = [relation.get_accessor_name() for relation in get_all_child_relations(model)]
    rows = [name for name in rows if name not in HOUSEKEEPING]
    pages = model.objects.filter(pk__in=pks).select_related("listing").prefetch_related("listing__terms", *rows)
    (records, first), files = _publications(pks), _public_files(pks)
    contents = {pk: _read_content(record) for pk, record in records.items()}
    carried = {pk for content in contents.values() if content for pk in content["attachments"]}
    held = {file.pk: (file.title, file.filename, file.sha256()) for file in PolicyFile.objects.filter(pk__in=carried)}
    classified = yield from _classifications(model, pks)
    for page in pages.order_by("pk"):
        names: dict[str, Any] = {"number": page.pk, "title": page.title}
        record = records.get(page.pk)
        if record is None:
            yield _("页面第 %(number)d 号（%(title)s）正在公开，但没有发布记录。") % names
            continue
        content = contents[page.pk]
        if content is None:
            yield _("发布记录第 %(record)d 号的内容无法读取。") % {"record": record.pk}
            continue
        attachments = content.pop("attachments")
        now = get_serializable_data_for_fields(page) | {
            name: [get_serializable_data_for_fields(row) for row in getattr(page, name).all()] for name in rows
        }
        told = classified.get((page.pk, record.revision_id), classified.get((page.pk, None)))
        wrong = [*_texts(page, now, content), *_classification(page, told)]
        if page.live_revision_id != record.revision_id:
            wrong.insert(0, _("版本"))
        if not _is_same(page.first_published_at, first[page.pk]):
            wrong.append(_("首次发布时间"))
        if not _is_same(page.last_published_at, record.published_at):
            wrong.append(_("发布时间"))
        if files.get(page.pk, {}) != {pk: sha256 for pk, (_title, _name, sha256) in attachments.items()}:
            wrong.append(_("公开的附件"))
        if wrong:
            names |= {"record": record.pk, "wrong": "、".join(wrong)}
            yield _("页面第 %(number)d 号（%(title)s）与发布记录第 %(record)d 号不符：%(wrong)s。") % names
        yield from _replaced(names, attachments, held)


def _publications(pks: list[int]) -> tuple[dict[int, PublicationRecord], dict[int, datetime.datetime]]:
    """The last publication of each page, and the instant of its first."""
    last: dict[int, int] = {}
    first: dict[int, datetime.datetime] = {}
    rows = PublicationRecord.objects.filter(page_id__in=pks).order_by("pk")
    for page, pk, at in rows.values_list("page_id", "pk", "published_at"):
        last[page] = pk
        first.setdefault(page, at)
    return {record.page_id: record for record in PublicationRecord.objects.filter(pk__in=last.values())}, first


def _read_content(record: PublicationRecord) -> dict[str, Any] | None:
    """What was published, its attachments by their number; None for what is none."""
    try:
        content = json.loads(record.content)
        by_number = {
            int(file["id"]): (file["title"], file["filename"], file["sha256"]) for file in content["attachments"]
        }
    except (ValueError, TypeError, KeyError):
        return None
    return {**content, "attachments": by_number}


def _is_same(one: datetime.datetime | None, other: datetime.datetime) -> bool:
    """Whether two instants are one: a revision keeps the milliseconds only."""
    return one is not None and abs(one - other) < datetime.timedelta(milliseconds=1)


def _public_files(pks: list[int]) -> dict[int, dict[int, str]]:
    files: dict[int, dict[int, str]] = {}
    rows = PublishedFile.objects.filter(page__in=pks, is_current=True)
    for page, file, sha256 in rows.values_list("page_id", "file_id", "sha256"):
        files.setdefault(page, {})[file] = sha256
    return files


def _classifications(
    model: type[PolicyPage], pks: list[int]
) -> Generator[str, None, dict[tuple[int, int | None], dict[str, Any]]]:
    """Return what the chain tells of the classification of each page and revision, the last for each; say what cannot be read.

    An event of an older version names no revision, but that the page was classified.
    """
    events = Event.objects.filter(
        action="listing.classified", object_type=model._meta.label_lower, object_id__in=[str(pk) for pk in pks]
    )
    told: dict[tuple[int, int | None], dict[str, Any]] = {}
    for seq, page, payload in events.order_by("seq").values_list("seq", "object_id", "payload_json"):
        try:
            facts = json.loads(payload)
            revision = facts.get("revision_id")
            if revision is not None:
                at = datetime.datetime.fromisoformat(facts["classified_at"])
                facts = {**facts, "terms": sorted(facts["terms"]), "classified_at": at}
            told[int(page), revision] = facts if revision is not None else {}
        except (ValueError, TypeError, KeyError, AttributeError):
            yield _("第 %(seq)d 号事件无法读取。") % {"seq": seq}
    return told


def _texts(page: PolicyPage, now: dict[str, Any], content: dict[str, Any]) -> Iterator[str]:
    """Names of the fields that read otherwise. One that the page has got, or lost, since then is not compared."""
    fields = {field.name: field for field in page._meta.get_fields()}
    now = json.loads(json.dumps(now, cls=DjangoJSONEncoder))
    for name in content:
        field = fields.get(name)
        if field is None or name not in now or _plain(field, now[name]) == _plain(field, content[name]):
            continue
        if not field.is_relation or _plain(field, now[name]) != _without_drafts(_plain(field, content[name])):
            yield str(field.related_model._meta.verbose_name if field.one_to_many else field.verbose_name)


def _plain(field: Any, value: Any) -> Any:
    """A value that is equal where what it stands for is: databases write numbers and JSON in ways of their own.

    Rows that belong to the page have no number yet in a revision that was the first to name them.
    """
    if field.one_to_many:
        return [{name: fact for name, fact in row.items() if name != "pk"} for row in value]
    if isinstance(field, models.DecimalField) and value is not None:
        return Decimal(value)
    if isinstance(field, StreamField) and isinstance(value, str):
        return json.loads(value)
    return value


def _without_drafts(told: Any) -> Any:
    """A reference to a document, or the rows with one, without those to drafts that were deleted: nobody ever read them there."""
    rows = told if isinstance(told, list) else [{"document": told}]
    named = {row["document"] for row in rows if row.get("document")}
    known = {*Page.objects.filter(pk__in=named).values_list("pk", flat=True)}
    known |= {*PublicationRecord.objects.filter(page_id__in=named).values_list("page_id", flat=True)}
    left = [row for row in rows if row.get("document") in known]
    return left if isinstance(told, list) else (left[0]["document"] if left else None)


def _classification(page: PolicyPage, told: dict[str, Any] | None) -> Iterator[str]:
    listing: Listing | None = getattr(page, "listing", None)
    if listing is None or told is None:
        yield _("分类")
        return
    now = {name: getattr(listing, name) for name in LISTING_WORDS}
    now["terms"] = sorted(term.pk for term in listing.terms.all())
    yield from (str(word) for name, word in LISTING_WORDS.items() if name in told and now[name] != told[name])


def _replaced(
    names: dict[str, Any], attachments: dict[int, tuple[str, str, str]], held: dict[int, tuple[str, str, str]]
) -> Iterator[str]:
    for pk, published in attachments.items():
        now = held.get(pk)
        if now == published:
            continue
        if now is None or now[-1] != published[-1]:
            words = _("页面第 %(number)d 号（%(title)s）的附件“%(file)s”缺失或已被替换，不是审核通过的文件。")
        else:
            words = _("页面第 %(number)d 号（%(title)s）的附件“%(file)s”已改名，不是审核通过的名称。")
        yield words % {**names, "file": published[0]}
