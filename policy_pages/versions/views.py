"""`/policies/<department>/<slug>/versions/`: every published text of a page that is public now, and any two compared.

A page that is not live and listed has no versions for the public either: all of these addresses are 404 then. Only
publications are read here, never drafts or revisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from policy_pages.addresses import canonical_redirect, takes
from policy_pages.addresses.rules import page_asked, page_value
from policy_pages.models import PublicationRecord
from policy_pages.versions.comparing import compare, what_changed
from policy_pages.versions.errors import AlteredText
from policy_pages.versions.history import Version, comparison_url, frozen_text, records_of, version_of, with_texts
from policy_pages.versions.rebuilding import page_of
from policy_pages.views.lists import page_links
from policy_pages.views.pages import live_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from policy_pages.models import PolicyPage

#: Versions on one page of the list: each of them is read and compared with the one before.
PAGE_SIZE = 20


@dataclass(frozen=True)
class ListedVersion:
    """A line of the list. `sentence` says what it changed, or why that cannot be said; no `compare_url`, nothing to compare."""

    version: Version
    sentence: str
    compare_url: str
    is_altered: bool


@require_safe
def versions(request: HttpRequest, department: str, slug: str) -> HttpResponse:
    """The list, the last publication first. `?old=&new=` leads to their comparison; two that cannot be compared are said so."""
    page, records = _published(request, department, slug)
    known = {record.version for record in records}
    asked = [request.GET.get(name, "") for name in ("old", "new")]
    chosen = sorted({int(one) for one in asked if one.isascii() and one.isdecimal() and len(one) < 10} & known)
    if len(chosen) == 2:
        return HttpResponseRedirect(comparison_url(page, *chosen))
    shown = Paginator(records, PAGE_SIZE).get_page(page_asked(request.GET.get("page", "")))
    # One with itself is answered in words; what is no version at all asks for nothing.
    is_badly_asked = len(chosen) == 1 and asked[0] == asked[1]
    said = dict(zip(("old", "new"), asked, strict=True)) if is_badly_asked else {"page": page_value(shown.number)}
    moved = canonical_redirect(request, said)
    context = {
        "page": page,
        "records": records,
        "page_obj": shown,
        "page_links": page_links(shown, request.path_info, {}),
        "listed": _listed(page, records, list(shown.object_list)),
        "is_badly_asked": is_badly_asked,
    }
    return moved or render(request, "policy_pages/versions.html", context)


@require_safe
@takes()
def version(request: HttpRequest, department: str, slug: str, number: int) -> HttpResponse:
    """The text of one publication, by the page's own template; the last one is the page itself.

    302, not 301: with the next publication this very address becomes the permanent one of that text.
    """
    page, records = _published(request, department, slug)
    record = _chosen(records, number)[0]
    shown = version_of(page, record, records[0].version)
    if shown.is_current:
        return HttpResponseRedirect(shown.page_url)
    try:
        old = page_of(page, with_texts([record])[number], records)
    except AlteredText:
        return _altered(request, page, [record])
    return render(request, old.get_template(request), {"page": old, "self": old, "request": request})


@require_safe
@takes()
def comparison(request: HttpRequest, department: str, slug: str, old: int, new: int) -> HttpResponse:
    """Two publications compared, the earlier first; the other order leads there, one with itself is 404."""
    page, records = _published(request, department, slug)
    pair = _chosen(records, old, new)
    if old > new:
        return HttpResponseRedirect(comparison_url(page, new, old))
    full = with_texts(pair)
    before, after = full[old], full[new]
    texts, altered = [], []
    for record in (before, after):
        try:
            texts.append(frozen_text(record))
        except AlteredText:
            altered.append(record)
    if altered:
        return _altered(request, page, altered)
    current = records[0].version
    context = {
        "page": page,
        "old": version_of(page, before, current),
        "new": version_of(page, after, current),
        "records": records,
        "comparison": compare(type(page), *texts),
    }
    return render(request, "policy_pages/versions_compared.html", context)


def _published(request: HttpRequest, department: str, slug: str) -> tuple[PolicyPage, list[PublicationRecord]]:
    """The public page and its publications, the last one first; Http404 when it is not public or was never published."""
    page = live_page(department, slug)
    records = records_of(page) if page is not None and not page.get_view_restrictions() else []
    if page is None or not records:
        raise Http404
    return page, records


def _chosen(records: list[PublicationRecord], *numbers: int) -> list[PublicationRecord]:
    """The publications with these numbers; Http404 for one that is none, and for one asked for twice."""
    known = {record.version: record for record in records}
    if len({*numbers} & known.keys()) < len(numbers):
        raise Http404
    return [known[number] for number in numbers]


def _listed(page: PolicyPage, records: list[PublicationRecord], shown: list[PublicationRecord]) -> list[ListedVersion]:
    """Lines of the versions on this page of the list, each with what it changed."""
    before = {new.version: old for new, old in pairwise(records)}
    texts = with_texts(record for one in shown for record in (one, before.get(one.version)) if record)
    return [_line(page, record, before.get(record.version), records[0].version, texts) for record in shown]


def _line(
    page: PolicyPage,
    record: PublicationRecord,
    before: PublicationRecord | None,
    current: int,
    texts: dict[int, PublicationRecord],
) -> ListedVersion:
    words, url, is_altered = "", "", False
    try:
        frozen_text(texts[record.version])
        if before is not None:
            url = comparison_url(page, before.version, record.version)
            words = what_changed(type(page), texts[before.version], texts[record.version])
    except AlteredText:
        is_altered, url, words = True, "", _("存档核对不符，暂不能阅读和对比。")
    return ListedVersion(version_of(page, record, current), words, url, is_altered)


def _altered(request: HttpRequest, page: PolicyPage, records: list[PublicationRecord]) -> HttpResponse:
    """503: what is kept is not what was published, so nothing of it is shown until somebody has looked."""
    context = {"page": page, "numbers": sorted(record.version for record in records)}
    return render(request, "policy_pages/versions_altered.html", context, status=503)
