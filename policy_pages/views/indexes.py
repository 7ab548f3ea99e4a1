"""What leads everywhere: the site map for people, and `/sitemap.xml`, `/robots.txt` and `/favicon.ico` for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

from django.db.models import Max
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from policy_pages.addresses import base_url, takes
from policy_pages.models import FrozenReport
from policy_pages.variants.rules import SCRIPTS
from policy_pages.views.choices import GUIDES, LIBRARY, WINDOWS, Choice, section
from policy_pages.views.home import categories_with_counts, themes_with_counts
from policy_pages.views.rows import all_rows
from policy_pages.views.units import public_units

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator

    from django.db.models import QuerySet
    from django.http import HttpRequest

#: Contents in one file of the map, each with two addresses; sitemaps.org allows 50,000 addresses and 50 MB.
PART_SIZE = 10_000
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


class Entry(NamedTuple):
    """One address with the instant of its last change, if that is known."""

    path: str
    changed_at: datetime.datetime | None


@require_safe
@takes()
def site_map(request: HttpRequest) -> HttpResponse:
    """`/site-map/`（网站地图）: every column, unit, category, need and help page."""
    pages = all_rows()
    context = {
        "columns": [
            (reverse("guides"), _("申报指南")),
            *((GUIDES.address(Choice(type="guide", window=word)), label) for word, label in _window_words().items()),
            (LIBRARY.path, _("政策库")),
            (LIBRARY.address(Choice(type="document")), _("政策文件")),
            (LIBRARY.address(Choice(type="interpretation")), _("政策解读")),
            (reverse("calendar"), _("申报日历")),
            (reverse("open_data"), _("开放数据")),
            (reverse("departments"), _("各单位")),
            (reverse("timeliness"), _("政策公开按时率")),
        ],
        "units": public_units(pages),
        "categories": categories_with_counts(pages),
        "themes": themes_with_counts(pages),
        "help": [
            (reverse("search"), _("怎样搜索")),
            (reverse("timeliness") + "#how", _("按时率怎样计算")),
            (reverse("corrections"), _("我要纠错")),
        ],
    }
    return render(request, "policy_pages/site_map.html", context)


def _window_words() -> dict[str, str]:
    words = {"open": _("正在申报"), "closing": _("即将截止"), "upcoming": _("即将开放"), "pending": _("期限待定")}
    return {word: words[word] for word in WINDOWS if word in words}


@require_safe
@takes(has_display=False)
def sitemap(request: HttpRequest) -> HttpResponse:
    """`/sitemap.xml` (sitemaps.org): every public content in both scripts, or an index of parts beyond 10,000 contents."""
    fixed = list(_fixed_entries())
    pages = _page_values()
    total = len(fixed) + pages.count()
    if total <= PART_SIZE:
        return _xml(_url_set([*fixed, *map(_page_entry, pages)]))
    parts = range(1, -(-total // PART_SIZE) + 1)
    lines = (f"<sitemap><loc>{_absolute(reverse('sitemap_part', args=[part]))}</loc></sitemap>" for part in parts)
    return _xml(f'<sitemapindex xmlns="{_NAMESPACE}">\n' + "\n".join(lines) + "\n</sitemapindex>\n")


@require_safe
@takes(has_display=False)
def sitemap_part(request: HttpRequest, part: int) -> HttpResponse:
    """`/sitemap-<part>.xml`: one part of the map; 404 for one that the index does not name."""
    if request.path_info != reverse("sitemap_part", args=[part]):
        raise Http404  # 01 is not the name of part 1
    fixed, pages = list(_fixed_entries()), _page_values()
    total = len(fixed) + pages.count()
    first = (part - 1) * PART_SIZE
    if total <= PART_SIZE or not 0 <= first < total:
        raise Http404
    until = first + PART_SIZE
    # The fixed entries come first; the rest of a part is a slice of the pages.
    chosen = pages[max(0, first - len(fixed)) : max(0, until - len(fixed))]
    return _xml(_url_set([*fixed[first:until], *map(_page_entry, chosen)]))


@require_safe
@takes(has_display=False)
def robots(request: HttpRequest) -> HttpResponse:
    """`/robots.txt` (RFC 9309): everything but the back office, searches and the form of corrections, in each variant.

    Receipts say themselves that nobody may index them, which who may not read them would not see.
    """
    closed = [line for name in ("search", "corrections/new") for line in (f"/{name}/", f"/*/{name}/")]
    lines = ["User-agent: *", "Disallow: /admin/", *(f"Disallow: {path}" for path in closed), "Allow: /"]
    text = "\n".join([*lines, "", f"Sitemap: {_absolute(reverse('sitemap'))}", ""])
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@require_safe
@takes(has_display=False)
def favicon(request: HttpRequest) -> HttpResponse:
    """`/favicon.ico`: what asks for it unread is led to the mark; its name changes with its content, so 302."""
    return HttpResponseRedirect(static("img/mark.svg"))


def _fixed_entries() -> Iterator[Entry]:
    """Home, lists, units, the meter and its frozen reports, columns of other parts. A constant number of queries."""
    pages = all_rows()
    newest = pages.aggregate(newest=Max("last_published_at"))["newest"]
    for path in ("/", LIBRARY.path, GUIDES.path):
        yield Entry(path, newest)
    for path in ("departments", "timeliness", "site_map", "calendar", "open_data", "corrections"):
        yield Entry(reverse(path), None)
    for unit in public_units(pages):
        yield Entry(section(unit).path, None)
        yield Entry(reverse("department", args=[unit.code]), None)
    for code in FrozenReport.objects.order_by("-period").values_list("period", flat=True).distinct():
        yield Entry(reverse("frozen_report", args=[code]), None)


def _page_values() -> QuerySet:
    """Every public page in an order that stays: unit, slug, instant of the last publication."""
    return all_rows().order_by("pk").values_list("department__code", "slug", "last_published_at")


def _page_entry(value: tuple[str, str, datetime.datetime | None]) -> Entry:
    unit, slug, changed_at = value
    return Entry(reverse("policy_page", args=[unit, slug]), changed_at)


def _url_set(entries: list[Entry]) -> str:
    head = f'<urlset xmlns="{_NAMESPACE}" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
    return head + "\n".join(map(_url, entries)) + "\n</urlset>\n"


def _url(entry: Entry) -> str:
    """The address in each script, with both named beside each: those who read hreflang ask that every one names all."""
    twins = {variant.language: _absolute(variant.prefix + entry.path) for variant in SCRIPTS}
    links = "".join(
        f'<xhtml:link rel="alternate" hreflang="{code}" href="{address}"/>' for code, address in twins.items()
    )
    at = timezone.localtime(entry.changed_at).isoformat(timespec="seconds") if entry.changed_at else ""
    changed = f"<lastmod>{at}</lastmod>" if at else ""
    return "\n".join(f"<url><loc>{address}</loc>{changed}{links}</url>" for address in twins.values())


def _absolute(path: str) -> str:
    return escape(base_url() + path, {'"': "&quot;"})


def _xml(text: str) -> HttpResponse:
    return HttpResponse(_HEAD + text, content_type="application/xml; charset=utf-8")
