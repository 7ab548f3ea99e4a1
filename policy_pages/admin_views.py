"""Back-office views of moderation: the inbox, the review page with its two forms, the exact preview."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail.admin import messages
from wagtail.admin.auth import require_admin_access
from wagtail.admin.views.chooser import ExternalLinkView
from wagtail.documents.views.documents import DeleteView
from wagtail.models import TaskState

from accounts.permissions import can_edit_content, is_moderator
from policy_pages.inbox import inbox_for, returns_of
from policy_pages.models import PolicyFile, PolicyPage
from policy_pages.permissions import can_read_draft
from policy_pages.services.moderation import cancel_schedule, decide, decision_form, submission_faults
from policy_pages.services.publication import frozen_content

if TYPE_CHECKING:
    from django.http import HttpResponse

    from accounts.permissions import StaffRequest


@require_safe
def inbox(request: StaffRequest) -> HttpResponse:
    """What waits for me, what came back and why, what I owe and by when."""
    return TemplateResponse(request, "policy_pages/admin/inbox.html", {"inbox": inbox_for(request.user, request.GET)})


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: StaffRequest, task_state_id: int) -> HttpResponse:
    """Read exactly what was handed in, then decide; a stranger gets 404 so that existence does not leak."""
    state, page = _readable_state(request, task_state_id)
    task = state.task.specific
    waits = state.status == TaskState.STATUS_IN_PROGRESS
    may_decide = waits and task.may_decide(request.user, page)
    action = request.POST.get("decision", "approve") if request.method == "POST" else ""
    if request.method == "POST":
        # Whether the person may decide, and whether it still waits, `decide` derives anew under a lock.
        if action not in {"approve", "reject"}:
            raise PermissionDenied
        try:
            target = decide(
                task_state_id=state.pk, task_id=task.pk, actor=request.user, action=action, data=request.POST
            )
        except ValidationError:
            messages.error(request, _("请按提示补正后再提交。"))
        else:
            messages.success(request, _done(action, state))
            return redirect(target)
    revision_page = state.revision.as_object()
    read = {"revision_id": state.revision_id, "content_hash": frozen_content(state.revision)[1]}
    context = {
        "state": state,
        "page_object": revision_page,
        "task": task,
        "waits": waits,
        "may_decide": may_decide,
        "faults": submission_faults(revision_page) if waits else [],
        "approve_form": _form(request, page, task, "approve", action, read),
        "return_form": _form(request, page, task, "reject", action, read),
        "change": revision_page.change,
        "returned": returns_of(state.workflow_state),
        "scheduled_for": state.revision.approved_go_live_at,
        "may_unschedule": is_moderator(request.user) or can_edit_content(request.user, page.department),
    }
    return TemplateResponse(request, "policy_pages/admin/review.html", context)


@require_POST
def unschedule(request: StaffRequest, task_state_id: int) -> HttpResponse:
    """Take an approved publication back before its time."""
    state, page = _readable_state(request, task_state_id)
    cancel_schedule(revision=state.revision, actor=request.user)
    messages.success(request, _("已取消定时发布：%s。内容回到草稿，改好后重新提交审核。") % page.title)
    return redirect("policy_pages_inbox")


@require_safe
@xframe_options_sameorigin
def review_preview(request: StaffRequest, task_state_id: int) -> HttpResponse:
    """The public page as the revision under review would show it."""
    state, _page = _readable_state(request, task_state_id)
    page = state.revision.as_object()
    return page.serve_preview(request, page.default_preview_mode)


@require_admin_access
def delete_file(request: StaffRequest, document_id: int) -> HttpResponse:
    """In place of stock's delete view, which would end in a 500: a public file, or one under review, stays."""
    readable = PolicyFile.objects.filter(collection__in=request.user.visible_departments().values("collection"))
    document = get_object_or_404(readable, pk=document_id)
    if document.is_frozen():
        messages.error(request, _("附件“%s”已公开或正在审核，不能删除。") % document.title)
        return redirect("wagtaildocs:index")
    return DeleteView.as_view()(request, document_id=document_id)


@require_admin_access
def external_link(request: StaffRequest) -> HttpResponse:
    """Before stock's view, which takes for granted that its form carries an address: without one it is a 400."""
    if request.method == "POST":
        request.POST[f"{ExternalLinkView.form_prefix}-url"]
    return ExternalLinkView.as_view()(request)


@require_admin_access
def refuse(request: StaffRequest, **ids: int) -> HttpResponse:
    """In place of stock's views that nobody needs and that ask for no right: `cms.urls` says which and why (hole 16)."""
    raise PermissionDenied


def _done(action: str, state: TaskState) -> str:
    """What the decision did, in words."""
    title = state.revision.object_str
    if action == "reject":
        return _("已退回：%s") % title
    revision = state.revision
    revision.refresh_from_db()
    if revision.approved_go_live_at:
        at = f"{timezone.localtime(revision.approved_go_live_at):%Y-%m-%d %H:%M}"
        return _("已通过：%(title)s，预定于 %(at)s 发布") % {"title": title, "at": at}
    return _("已通过：%s") % title


def _readable_state(request: StaffRequest, task_state_id: int) -> tuple[TaskState, PolicyPage]:
    state = get_object_or_404(TaskState.objects.select_related("workflow_state", "revision", "task"), pk=task_state_id)
    page = state.workflow_state.content_object
    page = page.specific if page else None
    if not isinstance(page, PolicyPage) or not can_read_draft(request.user, page):
        raise Http404
    return state, page


def _form(request: StaffRequest, page: PolicyPage, task: Any, action: str, posted: str, read: dict[str, Any]) -> Any:
    """The action's form: with what was typed when it was the one posted, else empty with what is shown now."""
    if posted == action:
        form = decision_form(page=page, task=task, action=action, data=request.POST)
        form.is_valid()
        return form
    form = decision_form(page=page, task=task, action=action)
    form.initial.update(read)
    return form
