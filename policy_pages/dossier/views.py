"""卷宗 of one page, its print and export, and the preview of one of its revisions. A stranger gets 404."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe
from wagtail.models import Page

from accounts.enums import Resource, Verb
from accounts.permissions import can_edit_content, may
from audit.models import ChainHead
from policy_pages.dossier.exports import FORMATS, export_timeline
from policy_pages.dossier.filters import TimelineForm
from policy_pages.dossier.states import with_state
from policy_pages.dossier.timeline import Timeline, files_of
from policy_pages.enums import PageState
from policy_pages.models import Listing, PolicyPage, PublicationRecord
from policy_pages.permissions import can_read_draft

if TYPE_CHECKING:
    from wagtail.models import Revision

    from accounts.permissions import StaffRequest

#: Entries of a timeline on one page.
PAGE_SIZE = 100


@require_safe
def dossier(request: StaffRequest, page_id: int) -> HttpResponse:
    """Facts and history of one page; with `print` everything at once, the oldest first."""
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
        "may_edit": can_edit_content(request.user, page.department)
        and page.permissions_for_user(request.user).can_edit(),
        "may_read_events": may(request.user, Resource.EVENT, Verb.READ),
        **shown_timeline(request, timeline),
    }
    return TemplateResponse(request, "policy_pages/admin/dossier.html", context)


def shown_timeline(request: StaffRequest, timeline: Timeline) -> dict[str, Any]:
    """The filter, and the entries it lets through: a page of them, or all of them on paper."""
    everything = timeline.entries()
    form = TimelineForm(request.GET, people=[entry.who for entry in everything])
    found = form.chosen(everything)
    asked = {name: request.GET[name] for name in form.fields if request.GET.get(name)}
    context: dict[str, Any] = {"filter": form, "total": len(everything), "found": len(found), "asked": asked}
    context["asked_query"] = urlencode(asked)
    if request.GET.get("print"):
        entries = found[::-1]
        context |= {"is_print": True, "head": ChainHead.objects.first(), "printed_at": timezone.now()}
    else:
        shown = Paginator(found, PAGE_SIZE).get_page(request.GET.get("p"))
        entries = list(shown.object_list)
        context |= {"items": shown, "elided_page_range": shown.paginator.get_elided_page_range(shown.number)}
    timeline.fill(entries)
    return {**context, "entries": entries}


@require_POST
def dossier_export(request: StaffRequest, page_id: int) -> HttpResponse:
    """The filtered timeline as a file, the latest first; the export is recorded, therefore by POST."""
    page = readable_page(request, page_id)
    kind = request.POST.get("format", "")
    timeline = Timeline(page)
    everything = timeline.entries()
    form = TimelineForm(request.POST, people=[entry.who for entry in everything])
    if kind not in FORMATS or not form.is_valid():
        typed = {name: request.POST[name] for name in form.fields if request.POST.get(name)}
        return redirect(f"{reverse('policy_pages_dossier', args=[page.pk])}?{urlencode(typed)}")
    entries = form.chosen(everything)
    timeline.fill(entries)
    content = export_timeline(
        page=page,
        entries=entries,
        kind=kind,
        asked=form.facts(),
        with_events=may(request.user, Resource.EVENT, Verb.READ),
        actor=request.user,
    )
    name = f"dossier-{page.pk}-{timezone.localdate():%Y%m%d}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=FORMATS[kind], headers=headers)


@require_safe
@xframe_options_sameorigin
def dossier_revision(request: StaffRequest, page_id: int, revision_id: int) -> HttpResponse:
    """The public page as exactly this revision of exactly this page would show it, and above it which one it is."""
    page = readable_page(request, page_id)
    revision = get_object_or_404(page.revisions.select_related("user"), pk=revision_id)
    shown = revision.as_object()
    request.preview_words = which_revision(page, revision)  # type: ignore[attr-defined]  # for `preview_notice`
    return shown.serve_preview(request, shown.default_preview_mode)


def which_revision(page: PolicyPage, revision: Revision) -> str:
    """Number, time and writer of a revision, and how it stands to what the public reads now."""
    facts = {
        "id": revision.pk,
        "at": f"{timezone.localtime(revision.created_at):%Y-%m-%d %H:%M}",
        "who": revision.user or _("系统"),
    }
    which = _("版本 %(id)s，%(who)s 于 %(at)s 保存。") % facts
    if page.live and revision.pk == page.live_revision_id:
        return which + _("这就是现在公开的内容。")
    if PublicationRecord.objects.filter(page_id=page.pk, revision_id=revision.pk).exists():
        return which + _("这一版曾经公开，不是现在公开的内容。")
    return which + _("这一版没有公开过，不是现在公开的内容，公众看不到。")


def readable_page(request: StaffRequest, page_id: int) -> PolicyPage:
    """The page, when the person may read its drafts; else Http404."""
    page = get_object_or_404(Page, pk=page_id).specific
    if not isinstance(page, PolicyPage) or not can_read_draft(request.user, page):
        raise Http404
    return page
