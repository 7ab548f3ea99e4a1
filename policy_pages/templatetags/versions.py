"""What stands on a page about its versions, and how it is cited: `{% load versions %}`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import template
from django.db.models import Max
from django.utils import timezone

from policy_pages.addresses import absolute
from policy_pages.models import PublicationRecord
from policy_pages.rules import citation_title
from policy_pages.services.prepared import Prepared
from policy_pages.templatetags.public import is_preview, page_url, unit_of
from policy_pages.versions.comparing import what_changed
from policy_pages.versions.errors import AlteredText
from policy_pages.versions.history import Version, comparison_url, version_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from policy_pages.models import PolicyPage
    from policy_pages.templatetags.reading import Part

register = template.Library()


@dataclass(frozen=True)
class Changes:
    """How many versions a page has, and what the last one changed; `sentence` is empty where there is nothing to tell."""

    version: Version
    total: int
    sentence: str
    compare_url: str


def _last_two(page: int) -> QuerySet:
    records = PublicationRecord.objects.filter(page_id=page).defer("approvals", "classification")
    return records.order_by("-version")[:2]


_LAST_TWO = Prepared(_last_two, page=int)


@register.simple_tag(takes_context=True)
def changes_of(context: template.Context, page: PolicyPage) -> Changes | None:
    """The versions of a public page, in one query; None for a draft, an old version, or a page without publications."""
    if page.pk is None or page.shown_version is not None or is_preview(context) or not page_url(page):
        return None
    found: list[PublicationRecord] = _LAST_TWO.rows(page=page.pk)
    if not found:
        return None
    # Versions are numbered without a gap, so the last number is how many there are.
    number = found[0].version
    page.last_version = number
    sentence = url = ""
    if len(found) > 1:
        try:
            sentence = what_changed(type(page), found[1], found[0])
            url = comparison_url(page, found[1].version, number)
        except AlteredText:
            sentence = ""
    return Changes(version_of(page, found[0], number), number, sentence, url)


@dataclass(frozen=True)
class Citation:
    """A suggested citation as one line, its address, and the address of one article as an example."""

    words: str
    url: str
    article: str
    article_url: str


@register.simple_tag(takes_context=True)
def citation_of(context: template.Context, page: PolicyPage, body_parts: list[Part]) -> Citation | None:
    """发文机关：《标题》（文号），发布日期，版本，网址; of an old version its own address and date. None for what has no address yet.

    The text of today names its version too, with the day of that: what is read at its address may be another later.
    """
    if not page_url(page) or page.last_published_at is None:
        return None
    version = page.shown_version
    url = absolute(version.url if version else page_url(page))
    unit = unit_of(page)
    body = getattr(page, "issuing_body", "") or (unit.name if unit else "")
    number = getattr(page, "doc_number", "")
    number_shown = version.number if version else 0 if is_preview(context) else _last_number(page)
    published = timezone.localdate(page.last_published_at if number_shown else page.first_published_at)
    parts = [
        f"{body}：{citation_title(page.title)}{f'（{number}）' if number else ''}",
        f"{published:%Y-%m-%d} 发布{f'，第 {number_shown} 版' if number_shown else ''}",
        url,
    ]
    article = next((part for part in body_parts if part.anchor and not part.is_chapter), None)
    return Citation(
        words="，".join(parts),
        url=url,
        article=article.label if article else "",
        article_url=f"{url}#{article.anchor}" if article else "",
    )


def _last_number(page: PolicyPage) -> int:
    """The number of the last publication; 0 for a page without any. One query, none where `changes_of` has asked."""
    if page.last_version is not None:
        return page.last_version
    return PublicationRecord.objects.filter(page_id=page.pk).aggregate(last=Max("version"))["last"] or 0
