"""A policy page by its address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.urls import reverse
from django.views.decorators.http import require_safe
from wagtail.models import Site
from wagtail.views import serve

from policy_pages.addresses import canonical_redirect
from policy_pages.models import POLICY_PAGE_TYPES, DepartmentSectionPage, PolicyLibraryPage

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from policy_pages.models import PolicyPage


@require_safe
def shelf_page(request: HttpRequest, department: str = "") -> HttpResponse:
    """`/policies/` and `/policies/<department>/`: Wagtail's own serving, past its walk through the tree.

    One query finds the page, a section with its unit. A page that is not live is a 404.
    """
    site = Site.find_for_request(request)
    url_path = f"{site.root_page.url_path}{request.path_info.lstrip('/')}" if site else ""
    pages = DepartmentSectionPage.objects.select_related("section_of") if department else PolicyLibraryPage.objects
    page = pages.filter(live=True, url_path=url_path).first()
    if page is None:
        raise Http404
    request._wagtail_route_for_request = page.route(request, [])  # type: ignore[attr-defined]
    return serve(request, request.path)


@require_safe
def policy_page(request: HttpRequest, department: str, slug: str) -> HttpResponse:
    """`/policies/<department>/<slug>/`: Wagtail's own serving, past its walk through the tree.

    The walk costs two queries a level; here one query finds the page with its unit, listing and category. Hooks and
    view restrictions stay Wagtail's. A page that is not live, or not listed by the bureau, is a 404.
    """
    page = live_page(request, department, slug)
    if page is None:
        raise Http404
    moved = canonical_redirect(request)
    if moved is not None:
        return moved
    # Where Page.route_for_request keeps its result.
    request._wagtail_route_for_request = page.route(request, [])  # type: ignore[attr-defined]
    return serve(request, request.path)


def live_page(request: HttpRequest, department: str, slug: str) -> PolicyPage | None:
    """The live and listed page at `/policies/<department>/<slug>/`, with its unit, listing and category; None for none.

    Whether everybody may see it is not asked here: `serve` asks it for the page, `versions.views` for what stands below.
    """
    site = Site.find_for_request(request)
    if site is None:
        return None
    url_path = site.root_page.url_path + reverse("policy_page", args=[department, slug]).lstrip("/")
    # The prefix names the type, so the first look finds what is there.
    for model in sorted(POLICY_PAGE_TYPES, key=lambda model: not slug.startswith(f"{model.slug_prefix}-")):
        found = model.objects.live().filter(slug=slug, url_path=url_path, listing__isnull=False)
        page = found.select_related("department", "listing__category").first()
        if page is not None:
            return page
    return None
