"""Feeds of changes (Atom, RFC 4287): one entry for each publication of a page that is public now."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policy_pages.addresses import absolute
from policy_pages.enums import PublicationKind
from policy_pages.models import PublicationRecord
from policy_pages.open_data.rules import authority_of, tag_uri
from policy_pages.open_data.sets import TYPE_WORDS, license_facts, with_facts
from policy_pages.rules import printable
from policy_pages.views.rows import row_values, rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise

    from policy_pages.querysets import PolicyPageQuerySet

ENTRIES = 50
#: What a feed without entries says of its last change: the day the platform's rules came into force. Not now: a feed that
#: says another instant at each request is never the same.
NEVER = datetime.datetime(2023, 1, 5, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
#: The year since which names are given under the site's domain, where the setting names no other.
SINCE = 2026
KIND_WORDS: Mapping[str, _StrPromise] = {
    PublicationKind.FIRST: gettext_lazy("新增"),
    PublicationKind.UPDATE: gettext_lazy("更新"),
    PublicationKind.REPEAL: gettext_lazy("废止"),
}


class ChangeFeed(Atom1Feed):
    """Atom with categories that carry scheme and label, and an instant of its own when it is empty."""

    def latest_post_date(self) -> datetime.datetime:
        """When the newest entry was published."""
        return max((entry["updateddate"] for entry in self.items), default=NEVER)

    def add_root_elements(self, handler: Any) -> None:
        """Add where the licence is."""
        super().add_root_elements(handler)
        handler.addQuickElement("link", "", {"rel": "license", "href": license_facts()["url"]})

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        """Add the terms, each with its list and its word, and where the data are."""
        super().add_item_elements(handler, item)
        handler.addQuickElement(
            "link", "", {"rel": "alternate", "type": "application/json", "href": item["data_url"], "title": "JSON"}
        )
        for scheme, code, label in item["terms"]:
            handler.addQuickElement("category", "", {"term": code, "scheme": scheme, "label": label})


def authority() -> str:
    """Under which names are given: the setting, else the site's domain with the year."""
    host = urlsplit(settings.WAGTAILADMIN_BASE_URL).hostname or ""
    return settings.HUIQITONG_TAG_AUTHORITY or authority_of(host, SINCE)


def change_feed(
    request: HttpRequest,
    pages: PolicyPageQuerySet | QuerySet,
    *,
    name: str,
    title: str,
    link: str,
) -> HttpResponse:
    """The last publications of these public pages, newest first, at most ENTRIES: who was away longer asks for the data.

    `name` tells the feed from every other, for ever; `link` is the path of the page that shows the same.
    """
    feed = ChangeFeed(
        title=title,
        link=absolute(link),
        description="",
        subtitle=_("每一条对应一次公开：新增、更新或废止。"),
        language="zh-Hans",
        author_name=settings.WAGTAIL_SITE_NAME,
        feed_url=absolute(request.get_full_path()),
        feed_copyright=license_facts()["name"],
        feed_guid=tag_uri(authority(), name),
    )
    records = PublicationRecord.objects.filter(page_id__in=pages.order_by().values("pk"))
    told = records.order_by("-published_at", "-pk").values("page_id", "version", "kind", "published_at", "change_note")
    newest: list[dict[str, Any]] = [{**record} for record in told[:ENTRIES]]
    shown = _facts(pages, {record["page_id"] for record in newest})
    for record in newest:
        if record["page_id"] in shown:
            _add(feed, record, *shown[record["page_id"]])
    return HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)


def _facts(pages: QuerySet, pks: set[int]) -> dict[int, tuple[dict[str, Any], Any]]:
    """The pages as they are public now, by number: values and row."""
    today = timezone.localdate()
    # Pages that were chosen by their window are values already.
    known = pages if "window" in pages.query.annotations else row_values(pages, today)
    values = list(with_facts(known.filter(pk__in=pks)).order_by())
    return {value["pk"]: (value, row) for value, row in zip(values, rows(values, today), strict=True)}


def _add(feed: ChangeFeed, record: dict[str, Any], value: dict[str, Any], row: Any) -> None:
    # What no XML can hold is left out: one such character in an old text would take the whole feed away.
    at = timezone.localtime(record["published_at"], timezone.get_default_timezone())
    kind = KIND_WORDS[record["kind"]]
    note = _("更新说明：%(note)s") % {"note": record["change_note"]} if record["change_note"] else ""
    feed.add_item(
        title=printable(f"【{kind}】{row.title}"),
        link=absolute(row.url),
        # Summaries are HTML in Django's Atom: what was typed is text.
        description="<br/>".join(escape(printable(part)) for part in (note, row.summary or row.title) if part),
        author_name=value["department_name"],
        pubdate=at,
        updateddate=at,
        unique_id=tag_uri(authority(), "policy", row.pk, f"v{record['version']}"),
        data_url=absolute(reverse("open_data_item", args=[value["department_code"], value["slug"]])),
        terms=[
            (tag_uri(authority(), "type"), TYPE_WORDS[row.type], row.type_label),
            (tag_uri(authority(), "category"), value["category_code"], value["category_name"]),
            (tag_uri(authority(), "kind"), record["kind"], str(kind)),
        ],
    )
