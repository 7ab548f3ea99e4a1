"""`/calendar/`, its feed, and what stands beside a guide: its window as a file, one page to print, the self-check."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from policy_pages.addresses import base_url, canonical_redirect, takes
from policy_pages.guides import calendar as months
from policy_pages.guides import ics, rules
from policy_pages.guides.checking import check_context
from policy_pages.guides.feed import Feed
from policy_pages.guides.finding import permanent_address, public_guide
from policy_pages.guides.printing import qr_code
from policy_pages.models import ApplicationGuidePage

if TYPE_CHECKING:
    from django.http import HttpRequest

#: Bytes of the longest answer to a self-check that is read: hundreds of conditions are far shorter.
LONGEST_ANSWER = 64 * 1024


@require_safe
def calendar(request: HttpRequest, month: str = "") -> HttpResponse:
    """`/calendar/` (this month in Shanghai) and `/calendar/2026-12/`. Raises Http404 for what is no month of the calendar's years."""
    today = timezone.localdate()
    shown = rules.read_month(month) if month else rules.month_of(today)
    if shown is None:
        raise Http404
    filters = months.read_filters(request.GET, request.path_info)
    moved = canonical_redirect(request, filters.shelf.words(filters.choice))
    context = months.context(shown, filters, today)
    feed = base_url() + reverse("calendar_feed") + filters.query
    # By the scheme that calendars of telephones take as an order to subscribe.
    context |= {"feed_address": feed, "webcal_address": f"webcal{feed.removeprefix(urlsplit(feed).scheme)}"}
    return moved or render(request, "policy_pages/calendar.html", context)


@require_safe
def calendar_feed(request: HttpRequest) -> HttpResponse:
    """`/calendar/feed.ics?department=&category=`: every window that is to come or ended within a month, to subscribe.

    Whoever holds the same is answered with 304 before anything is written.
    """
    filters = months.read_filters(request.GET, request.path_info)
    moved = canonical_redirect(request, filters.shelf.words(filters.choice), has_display=False)
    if moved:
        return moved
    today = timezone.localdate()
    guides = ApplicationGuidePage.objects.filter(pk__in=months.subscribed(filters.choice, today))
    words = filters.words()
    feed = Feed(guides.order_by("window_end", "pk"), _("惠企政策申报日历") + (f"：{words}" if words else ""), today)
    unchanged = get_conditional_response(request, etag=feed.etag)
    response = unchanged or HttpResponse(feed.write(), content_type=ics.CONTENT_TYPE)
    response["ETag"] = feed.etag
    return response


@require_safe
@takes(has_display=False)
def guide_window(request: HttpRequest, department: str, slug: str) -> HttpResponse:
    """`…/window.ics`: first and last day of a guide's fixed window. Raises Http404 for any other: there is no day to write down."""
    public = public_guide(department, slug)
    page = ics.with_versions(ApplicationGuidePage.objects.filter(pk=public.pk)).get()
    if not ics.has_events(page):
        raise Http404
    content = ics.calendar_of([ics.events_of(page, cancelled=page.basis_ended())])
    headers = {"Content-Disposition": f'inline; filename="{page.slug}.ics"'}
    return HttpResponse(content, content_type=ics.CONTENT_TYPE, headers=headers)


@require_safe
@takes()
def guide_print(request: HttpRequest, department: str, slug: str) -> HttpResponse:
    """`…/print/`: the guide on one page of paper, with its state on the day it is printed."""
    page = public_guide(department, slug)
    address = permanent_address(page)
    context = {"page": page, "today": timezone.localdate(), "address": address, "qr_code": qr_code(address)}
    return render(request, "policy_pages/guide_print.html", context)


# Without a token: it has no session, uses nobody's authority and stores nothing, so a forged request gains nothing; and a
# token would put a cookie on a public page. Without a transaction: nothing is written to the database, and on SQLite one
# would wait for the lock of writers, and hold it.
@csrf_exempt
@transaction.non_atomic_requests
@require_http_methods(["GET", "HEAD", "POST"])
@takes()
def guide_check(request: HttpRequest, department: str, slug: str) -> HttpResponse:
    """`…/check/`: tick the conditions. With scripts the browser answers; without, a POST is answered and forgotten.

    Nothing of an answer is stored, logged, or written into an address; the answer page is kept by no cache. What is longer
    than any form of ours is answered with 413 before it is read.
    """
    page = public_guide(department, slug)
    if request.method == "POST" and _is_too_long(request):
        response = render(request, "policy_pages/guide_check_refused.html", {"page": page}, status=413)
    else:
        answers = request.POST.dict() if request.method == "POST" else None
        response = render(request, "policy_pages/guide_check.html", check_context(page, answers))
    if request.method == "POST":
        response["Cache-Control"] = "no-store"
    return response


def _is_too_long(request: HttpRequest) -> bool:
    """By its Content-Length: of a body that says none, or nonsense, Django reads nothing."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0) > LONGEST_ANSWER
    except ValueError:
        return False
