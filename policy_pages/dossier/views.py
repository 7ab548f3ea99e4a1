"""卷宗 of one page, and the preview of one of its revisions. GET only; a stranger gets 404."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe
from wagtail.models import Page

from accounts.enums import Resource, Verb
from accounts.permissions import can_edit_content, may
from policy_pages.dossier.states import with_state
from policy_pages.dossier.timeline import Timeline, files_of
from policy_pages.enums import PageState
from policy_pages.models import Listing, PolicyPage
from policy_pages.permissions import can_read_draft

if TYPE_CHECKING:
    from django.http import HttpResponse

    from accounts.permissions import StaffRequest


@require_safe
def dossier(request: StaffRequest, page_id: int) -> HttpResponse:
    """Facts and full history of one page."""
    page = readable_page(request, page_id)
    timeline = Timeline(page)
    latest = page.get_latest_revision_as_object()
    listing = Listing.objects.filter(page=page.page_ptr_id).select_related("category", "classified_by").first()
    context = {
        "page_object": page,
        "latest": latest,
        "state_label": PageState(with_state(Page.objects.filter(pk=page.pk)).get().state).label,
        "open_change": timeline.open_change(),
        "listing": listing,
        "files": files_of(page, latest),
        "waiting": timeline.waiting(),
        "entries": timeline.entries(),
        "may_edit": can_edit_content(request.user, page.department)
        and page.permissions_for_user(request.user).can_edit(),
        "may_read_events": may(request.user, Resource.EVENT, Verb.READ),
    }
    return TemplateResponse(request, "policy_pages/admin/dossier.html", context)


@require_safe
@xframe_options_sameorigin
def dossier_revision(request: StaffRequest, page_id: int, revision_id: int) -> HttpResponse:
    """The public page as exactly this revision of exactly this page would show it."""
    page = readable_page(request, page_id)
    shown = get_object_or_404(page.revisions, pk=revision_id).as_object()
    return shown.serve_preview(request, shown.default_preview_mode)


def readable_page(request: StaffRequest, page_id: int) -> PolicyPage:
    """The page, when the person may read its drafts; else Http404."""
    page = get_object_or_404(Page, pk=page_id).specific
    if not isinstance(page, PolicyPage) or not can_read_draft(request.user, page):
        raise Http404
    return page
