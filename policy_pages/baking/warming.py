"""Making the pages that are asked for most before anybody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from wsgiref.util import setup_testing_defaults

from django.db.models import Sum
from django.urls import reverse

from policy_pages.addresses import base_url
from policy_pages.models import VisitCount
from policy_pages.variants.rules import Variant
from policy_pages.views.rows import NEWEST_FIRST, all_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

#: A page, plain, in traditional script, for elders and both.
VARIANTS = tuple(
    Variant(is_traditional=script, is_elder=mode).prefix for mode in (False, True) for script in (False, True)
)
#: What every visitor begins with.
ENTRANCES = ("/", "/policies/", "/guides/", "/calendar/", "/departments/", "/timeliness/", "/search/", "/open-data/")


def hottest(number: int) -> Iterator[str]:
    """Plain paths of so many pages: the entrances, then policy pages by their visits, then the newest."""
    yield from ENTRANCES[:number]
    visits = dict(VisitCount.objects.values_list("page").annotate(total=Sum("number")))
    pages = all_rows().order_by(*NEWEST_FIRST).values_list("pk", "department__code", "slug")
    ranked = sorted(pages, key=lambda row: -visits.get(row[0], 0))
    for _pk, unit, slug in ranked[: max(0, number - len(ENTRANCES))]:
        yield reverse("policy_page", args=[unit, slug])


def warm(application: Callable, paths: Iterable[str]) -> int:
    """Ask a `BakedApplication` for each path in every variant; returns how many answered 200."""
    made = 0
    for path in paths:
        for prefix in VARIANTS:
            made += ask(application, prefix + path)
    return made


def ask(application: Callable, path: str) -> bool:
    """Send one request as a server would; whether it was answered with a page."""
    said: list[str] = []
    chunks = application(request_for(path), lambda status, headers, exc_info=None: said.append(status))
    for _chunk in chunks:
        pass
    if hasattr(chunks, "close"):
        chunks.close()
    return said[0].startswith("200")


def request_for(path: str) -> dict[str, Any]:
    """A visitor's request, by the site's own name and as it is to be asked."""
    site = urlsplit(base_url())
    environ: dict[str, Any] = {
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": site.netloc,
        "wsgi.url_scheme": site.scheme,
    }
    setup_testing_defaults(environ)  # everything else that a request must have
    return environ
