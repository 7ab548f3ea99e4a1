"""What the public reads now, held against the publication that froze it (`audit_verify --records`).

`services.records` holds the publications against the chain; here the page's own tables, its listing and the bytes of its
files are held against the last of them. Together: nothing is public but the exact revision that two people approved.
"""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from modelcluster.models import get_all_child_relations, get_serializable_data_for_fields
from wagtail.fields import StreamField

from audit.models import Event
from policy_pages.models import PolicyFile, PublicationRecord, PublishedFile
from policy_pages.permissions import page_types
from policy_pages.services.publication import HOUSEKEEPING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.utils.functional import _StrPromise

    from policy_pages.models import Listing, PolicyPage

#: Pages and publications carry their whole text: few at once.
_BATCH = 100
#: In the order in which `_listed` says them.
LISTING_WORDS: dict[str, _StrPromise] = {
    "category_id": gettext_lazy("清单类别"),
    "route": gettext_lazy("申报方式"),
    "terms": gettext_lazy("主题、行业、规模、生命周期"),
    "classified_by_id": gettext_lazy("分类人"),
    "classified_at": gettext_lazy("分类时间"),
    "revision_id": gettext_lazy("审核通过的版本"),
    "content_hash": gettext_lazy("审核通过的内容散列"),
}


def pages_read_otherwise() -> Iterator[str]:
    """Say in Chinese which public page has no publication, and what of it is not what its last publication froze."""
    for model in page_types():
        pks = list(model.objects.live().order_by("pk").values_list("pk", flat=True))
        for first in range(0, len(pks), _BATCH):
            yield from _compare(model, pks[first : first + _BATCH])


def _compare(model: type[PolicyPage], pks: list[int]) -> Iterator[str]:
    rows = [relation.get_accessor_name() for relation in get_all_child_relations(model)]
    rows = [name for name in rows if name not in HOUSEKEEPING]
    pages = model.objects.filter(pk__in=pks).select_related("listing").prefetch_related("listing__terms", *rows)
    records, files = _last_records(pks), _public_files(pks)
    classified = _classifications(model, pks)
    for page in pages.order_by("pk"):
        names: dict[str, Any] = {"number": page.pk, "title": page.title}
        record = records.get(page.pk)
        if record is None:
            yield _("页面第 %(number)d 号（%(title)s）正在公开，但没有发布记录。") % names
            continue
        content = json.loads(record.content)
        now = get_serializable_data_for_fields(page) | {
            name: [get_serializable_data_for_fields(row) for row in getattr(page, name).all()] for name in rows
        }
        wrong = [*_texts(page, now, content), *_classification(page, classified.get((page.pk, record.revision_id)))]
        if page.live_revision_id != record.revision_id:
            wrong.insert(0, _("版本"))
        if files.get(page.pk, {}) != {file["id"]: file["sha256"] for file in content["attachments"]}:
            wrong.append(_("公开的附件"))
        if wrong:
            names |= {"record": record.pk, "wrong": "、".join(wrong)}
            yield _("页面第 %(number)d 号（%(title)s）与发布记录第 %(record)d 号不符：%(wrong)s。") % names
        yield from _replaced(names, content["attachments"])


def _last_records(pks: list[int]) -> dict[int, PublicationRecord]:
    rows = PublicationRecord.objects.filter(page_id__in=pks).order_by("pk")
    last = dict(rows.values_list("page_id", "pk"))
    return {record.page_id: record for record in PublicationRecord.objects.filter(pk__in=last.values())}


def _public_files(pks: list[int]) -> dict[int, dict[int, str]]:
    files: dict[int, dict[int, str]] = {}
    rows = PublishedFile.objects.filter(page__in=pks, is_current=True)
    for page, file, sha256 in rows.values_list("page_id", "file_id", "sha256"):
        files.setdefault(page, {})[file] = sha256
    return files


def _classifications(model: type[PolicyPage], pks: list[int]) -> dict[tuple[int, int], dict[str, Any]]:
    """What the chain tells of the classification of each page and revision, the last for each."""
    events = Event.objects.filter(
        action="listing.classified", object_type=model._meta.label_lower, object_id__in=[str(pk) for pk in pks]
    )
    told = {}
    for page, payload in events.order_by("seq").values_list("object_id", "payload_json"):
        facts = json.loads(payload)
        told[int(page), facts["revision_id"]] = facts
    return told


def _texts(page: PolicyPage, now: dict[str, Any], content: dict[str, Any]) -> Iterator[str]:
    """Names of the fields that read otherwise. One that the page has got, or lost, since then is not compared."""
    fields = {field.name: field for field in page._meta.get_fields()}
    now = json.loads(json.dumps(now, cls=DjangoJSONEncoder))
    for name in content:
        field = fields.get(name)
        if field is not None and name in now and _plain(field, now[name]) != _plain(field, content[name]):
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


def _classification(page: PolicyPage, told: dict[str, Any] | None) -> Iterator[str]:
    listing: Listing | None = getattr(page, "listing", None)
    if listing is None or told is None:
        yield _("分类")
        return
    now = {
        "category_id": listing.category_id,
        "route": listing.route,
        "terms": sorted(term.pk for term in listing.terms.all()),
        "classified_by_id": listing.classified_by_id,
        "classified_at": listing.classified_at,
        "revision_id": listing.revision_id,
        "content_hash": listing.content_hash,
    }
    at = datetime.datetime.fromisoformat(told["classified_at"])
    then = {**told, "terms": sorted(told["terms"]), "classified_at": at}
    yield from (str(word) for name, word in LISTING_WORDS.items() if now[name] != then[name])


def _replaced(names: dict[str, Any], attachments: list[dict[str, Any]]) -> Iterator[str]:
    files = PolicyFile.objects.in_bulk([attachment["id"] for attachment in attachments]) if attachments else {}
    for attachment in attachments:
        file = files.get(attachment["id"])
        if file is None or file.sha256() != attachment["sha256"]:
            names = {**names, "file": attachment["title"]}
            yield _("页面第 %(number)d 号（%(title)s）的附件“%(file)s”缺失或已被替换，不是审核通过的文件。") % names
