"""A policy page by its address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists
from django.http import Http404
from django.utils import timezone
from django.views.decorators.http import require_safe
from wagtail.models import PageViewRestriction, Site
from wagtail.views import serve

from policy_pages.addresses import canonical_redirect
from policy_pages.models import POLICY_PAGE_TYPES, DepartmentSectionPage, PolicyLibraryPage
from policy_pages.services.prepared import Prepared
from policy_pages.templatetags.visits import counted_visits

if TYPE_CHECKING:
    import datetime

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from policy_pages.models import PolicyPage


@require_safe
def shelf_page(request: HttpRequest, department: str = "") -> HttpResponse:
    """`/policies/` and `/policies/<department>/`: Wagtail's own serving, past its walk through the tree.

    One query finds the page, a section with its unit. A page that is not live is a 404.
    """
    site = Site.find_for_request(request)
    url_path = f"{site.root_page.url_path}{request.path_info.lstrip('/')}" if site else ""
    slug = url_path.rstrip("/").rpartition("/")[2]
    found = _SHELVES.rows(bool(department), slug=slug, url_path=url_path)
    if not found:
        raise Http404
    page = found[0]
    request._wagtail_route_for_request = page.route(request, [])  # type: ignore[attr-defined]
    return serve(request, request.path)


def _shelves(is_section: bool, slug: str, url_path: str) -> QuerySet:
    pages = DepartmentSectionPage.objects.select_related("section_of") if is_section else PolicyLibraryPage.objects
    # By the slug, which has an index; `url_path` has none, and for any order the database walks through every page.
    return pages.filter(live=True, slug=slug, url_path=url_path).order_by()


_SHELVES = Prepared(_shelves, slug=str, url_path=str)


@require_safe
def policy_page(request: HttpRequest, department: str, slug: str) -> HttpResponse:
    """`/policies/<department>/<slug>/`: Wagtail's own serving, past its walk through the tree.

    The walk costs two queries a level; here one query finds the page with its unit, listing and category. Hooks and
    view restrictions stay Wagtail's. A page that is not live, or not listed by the bureau, is a 404.
    """
    page = live_page(department, slug)
    if page is None:
        raise Http404
    moved = canonical_redirect(request)
    if moved is not None:
        return moved
    # Where Page.route_for_request keeps its result.
    request._wagtail_route_for_request = page.route(request, [])  # type: ignore[attr-defined]
    return serve(request, request.path)


def live_page(department: str, slug: str) -> PolicyPage | None:
    """The live and listed page at `/policies/<department>/<slug>/`, with its unit, listing and category; None for none. One query.

    It knows its visits, and whether anything on the site is restricted, so that nobody has to ask again. Whether everybody
    may see it is not asked here: `serve` asks it for the page, `versions.views` for what stands below.
    """
    # The prefix names the type, so the first look finds what is there. A section's slug is its department's code.
    for model in sorted(POLICY_PAGE_TYPES, key=lambda model: not slug.startswith(f"{model.slug_prefix}-")):
        if found := _LIVE.rows(model, timezone.localdate(), slug=slug, department=department):
            return found[0]
    return None


def _live(model: type[PolicyPage], today: datetime.date, slug: str, department: str) -> QuerySet:
    found = model.objects.live().filter(slug=slug, department__code=department, listing__isnull=False)
    asked = found.annotate(**counted_visits(today), has_restrictions=Exists(PageViewRestriction.objects.all()))
    return asked.select_related("department", "listing__category").order_by()


_LIVE = Prepared(_live, slug=str, department=str)
