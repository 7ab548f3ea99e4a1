"""From a draft to a decision: faults, submission, return, approval, classification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page, Revision, TaskState, WorkflowState

from accounts.permissions import can_edit_content, is_moderator
from audit.errors import Conflict
from policy_pages.enums import ChangeKind, DocumentStatus, TriggerBasis
from policy_pages.forms.moderation import ClassificationForm
from policy_pages.models import (
    ApplicationGuidePage,
    ChangeRecord,
    InterpretationPage,
    Listing,
    PolicyDocumentPage,
    PolicyPage,
    Term,
)
from policy_pages.rules import Fault
from policy_pages.services.drafted import goes_live_at
from policy_pages.services.duties import lock_duties
from policy_pages.services.listed import relisted_once
from policy_pages.services.publication import apply_classification, frozen_content, record_page_event
from policy_pages.services.register import settles
from policy_pages.services.windows import decision_faults

if TYPE_CHECKING:
    from django import forms

    from accounts.models import User


def submission_faults(page: PolicyPage) -> list[Fault]:
    """Everything that keeps a page from being handed in, in words, all at once (A10, A12)."""
    faults = page.content_faults() + change_faults(page) + schedule_faults(page)
    return faults + file_faults(page) + decision_faults(page)


def file_faults(page: PolicyPage) -> list[Fault]:
    """A text carries files of its own department only: publishing it would publish another's secret file."""
    if page.has_foreign_files():
        return [Fault("body", "附件只能选用本单位附件目录中的文件，请换用本单位的附件。")]
    return []


def schedule_faults(page: PolicyPage) -> list[Fault]:
    """A publication may be put off, but not past the last day of its clock (A12)."""
    change = page.change
    if page.go_live_at is None or change is None or not change.is_open or change.clock.due_on is None:
        return []
    due = change.clock.due_on
    if timezone.localdate(page.go_live_at) <= due:
        return []
    return [Fault("go_live_at", f"定时发布晚于这项变更的期限 {due:%Y-%m-%d}，请提前，或清空以便审核后立即发布。")]


def change_faults(page: PolicyPage) -> list[Fault]:
    """Whether the page says which registered change it carries out (T12.1).

    Stock that was never public needs none. A public page needs an open change or, for a mere correction, a note.
    """
    change = page.change
    if change is not None and change.department_id != page.department_id:
        return [Fault("change", "只能选择本单位的变更登记。")]
    if (
        change is not None
        and change.is_open
        and not settles(change, page, was_public=bool(page.first_published_at))
        and not _goes_along(page)
    ):
        return [Fault("change", f"这条登记是“{change.get_kind_display()}{change.get_subject_display()}”，与本页不符。")]
    if change is not None and change.is_open and (other := _carried_by_another(change, page)):
        return [other]
    if change is not None and change.is_open and change.kind == ChangeKind.CREATED:
        mismatch = _mismatch(change, page)
        if mismatch:
            return mismatch
    if page.first_published_at:
        return _revision_faults(page)
    if page.is_stock or _goes_along(page):
        return []
    if change is not None:
        return (
            [] if change.is_open else [Fault("change", "这条登记已办结或已撤销，请另行登记这次新增，再选中新的登记。")]
        )
    return [Fault("change", "请先在“变更登记”中登记这次新增，再在“变更登记”一栏选中它。")]


def _carried_by_another(change: ChangeRecord, page: PolicyPage) -> Fault | None:
    """One text at a time carries a change out: of two, nobody could say whose days were used (T12.6)."""
    on_the_way = Q(task_states__status=TaskState.STATUS_IN_PROGRESS) | Q(approved_go_live_at__isnull=False)
    others = Revision.objects.filter(on_the_way, content__change=change.pk).exclude(object_id=str(page.pk))
    other = others.first()
    if other is None:
        return None
    return Fault(
        "change",
        f"这条登记正由“{other.object_str}”办理，一条登记同时只能由一份材料办理；"
        "请选择对应的登记，或先撤回那一份再提交。",
    )


def _mismatch(change: ChangeRecord, page: PolicyPage) -> list[Fault]:
    """A registration must speak of this document: same 文号, same day, or its clock proves nothing."""
    faults: list[Fault] = []
    if not isinstance(page, PolicyDocumentPage):
        return faults
    if change.doc_number and page.doc_number and change.doc_number != page.doc_number:
        faults.append(Fault("doc_number", f"文号与变更登记的“{change.doc_number}”不同，请核对文号，或选择对应的登记。"))
    days = {TriggerBasis.ISSUED: ("issued_on", "印发"), TriggerBasis.WRITTEN: ("written_on", "成文")}
    name, word = days.get(TriggerBasis(change.trigger_basis), ("", ""))
    day = getattr(page, name, None) if name else None
    if day and day != change.trigger_date:
        text = f"{word}日期与变更登记的触发日期 {change.trigger_date:%Y-%m-%d} 不同，请核对；登记有误的，请审批局更正。"
        faults.append(Fault(name, text))
    return faults


def _goes_along(page: PolicyPage) -> bool:
    """A guide under a document, or an interpretation of one, needs no change of its own."""
    if isinstance(page, InterpretationPage):
        return True
    return isinstance(page, ApplicationGuidePage) and page.child_count("bases") > 0


def _revision_faults(page: PolicyPage) -> list[Fault]:
    change = page.change
    has_open_change = change is not None and change.is_open
    if isinstance(page, PolicyDocumentPage) and page.document_status == DocumentStatus.REPEALED:
        was_repealed = PolicyDocumentPage.objects.filter(pk=page.pk, document_status=DocumentStatus.REPEALED).exists()
        if not was_repealed and not (has_open_change and change.kind == ChangeKind.REPEALED):
            return [Fault("change", "废止文件前，请先在“变更登记”中登记“废止”，再在这里选中它。")]
    if has_open_change or page.change_note.strip():
        return []
    return [Fault("change_note", "请选择对应的变更登记；只是勘误的，请在“更新说明”中写明改了什么。")]


def require_submittable(page: PolicyPage) -> None:
    """Raise ValidationError, all faults at once, when the page may not be handed in."""
    faults = submission_faults(page)
    if faults:
        raise ValidationError([fault.message for fault in faults])


def require_no_step(state: WorkflowState) -> None:
    """Raise Conflict when a step of this submission waits already: two hand-ins at once make one, not two."""
    Page.objects.select_for_update().get(pk=state.object_id)
    if state.task_states.filter(status=TaskState.STATUS_IN_PROGRESS).exists():
        raise Conflict(_("这一项已经提交，正在等待审核。"))


@transaction.atomic
def submit(*, page: PolicyPage, actor: User) -> WorkflowState:
    """Hand in the latest revision for review: start the workflow, or resume it after a return.

    Returns the workflow state. Raises PermissionDenied unless the actor edits for the department, ValidationError
    with all faults, Conflict when it already waits. The event is written by the `task_submitted` signal.
    """
    page = Page.objects.select_for_update().get(pk=page.pk).specific
    latest = page.get_latest_revision_as_object()
    if not can_edit_content(actor, page.department):
        raise PermissionDenied
    state = page.current_workflow_state
    if state and state.status == WorkflowState.STATUS_IN_PROGRESS:
        raise Conflict(_("这一项已经提交，正在等待审核。"))
    lock_duties(page.latest_revision)
    require_submittable(latest)
    if state:
        state.resume(user=actor)
        return state
    return page.get_workflow().start(page, actor)


@transaction.atomic
def decide(*, task_state_id: int, task_id: int, actor: User, action: str, data: dict[str, Any]) -> str:
    """Approve or return what waits at a step; the one way in for every door.

    `data` is the raw form data, `revision_id` and `content_hash` of what was read among it. Page, state, rights and
    form are derived anew from the locked row, never from the address. Returns the address to go to next.

    Raises Conflict (409) when somebody decided before, or the text or a file is no longer what was read;
    PermissionDenied when the person may not decide this step; ValidationError when the form is incomplete.
    """
    # One order of locks for all who decide, withdraw, publish or correct: page, step, clock, chain. Else they deadlock.
    page = lock_page(TaskState.objects.select_related("workflow_state").get(pk=task_state_id).workflow_state)
    locked = TaskState.objects.select_for_update().get(pk=task_state_id)
    if locked.status != TaskState.STATUS_IN_PROGRESS:
        raise Conflict(_("这一项已由%(who)s处理，请刷新待办。") % {"who": locked.finished_by or _("他人")})
    task = locked.task.specific
    waiting = page.current_workflow_task_state
    if task.pk != task_id or waiting is None or waiting.pk != locked.pk or not task.may_decide(actor, page):
        raise PermissionDenied
    form = decision_form(page=page, task=task, action=action, data=data)
    if not form.is_valid():
        raise ValidationError([message for messages in form.errors.values() for message in messages])
    _require_same_text(locked, page, form)
    lock_duties(page.get_latest_revision())
    comment = form.cleaned_data["comment"]
    if action == "reject":
        locked.reject(user=actor, comment=comment)
    else:
        with relisted_once():
            if isinstance(form, ClassificationForm):
                classify(page=page, revision=locked.revision, form=form, actor=actor)
            locked.approve(user=actor, comment=comment)
    return reverse("policy_pages_inbox")


def decision_form(*, page: PolicyPage, task: Any, action: str, data: dict[str, Any] | None = None) -> forms.Form:
    """The form of an action at a step; a guide's classification asks for its route (A20)."""
    form_class = task.get_form_for_action(action)
    if form_class is ClassificationForm:
        listing = Listing.objects.filter(page=page.page_ptr).first()
        return ClassificationForm(data, route_required=isinstance(page, ApplicationGuidePage), listing=listing)
    return form_class(data)


def lock_page(state: WorkflowState) -> PolicyPage:
    """Lock the row of the page under review, so that a save, a withdrawal and an approval cannot cross."""
    return Page.objects.select_for_update().get(pk=state.object_id).specific


@transaction.atomic
def require_still_waiting(state: WorkflowState) -> None:
    """Lock the page and raise Conflict when somebody decided since `state` was read: a withdrawal comes too late."""
    lock_duties(lock_page(state).get_latest_revision())
    now = WorkflowState.objects.get(pk=state.pk)
    if not now.is_active or now.current_task_state_id != state.current_task_state_id:
        raise Conflict(_("这一项刚刚已有人处理，不能再撤回，请刷新页面。"))


def _require_same_text(state: TaskState, page: PolicyPage, form: forms.Form) -> None:
    read = (form.cleaned_data["revision_id"], form.cleaned_data["content_hash"])
    now = (state.revision_id, frozen_content(state.revision)[1])
    if read != now or page.latest_revision_id != state.revision_id:
        raise Conflict(_("内容或附件在您打开之后有了变化，请重新打开审核页面，看过新内容再决定。"))


@transaction.atomic
def cancel_schedule(*, revision: Revision, actor: User) -> None:
    """Take an approved publication back before its time; the text is a draft again. Records `page.schedule_cancelled`.

    Raises PermissionDenied unless the actor moderates or edits for the department, Conflict when it is not waiting.
    """
    page = Page.objects.select_for_update().get(pk=revision.object_id).specific
    if not (is_moderator(actor) or can_edit_content(actor, page.department)):
        raise PermissionDenied
    waiting = page.revisions.filter(pk=revision.pk, approved_go_live_at__isnull=False)
    if not waiting.update(approved_go_live_at=None):
        raise Conflict(_("这一项已经发布，或预定已取消。"))
    record_page_event("page.schedule_cancelled", page, actor, {"revision": revision.pk})


@transaction.atomic
def classify(*, page: PolicyPage, revision: Revision, form: ClassificationForm, actor: User) -> Listing:
    """Write the bureau's listing of a page from a valid form, record `listing.classified`. Returns it.

    For a public page whose new text waits for its date, the new classification waits with it.
    """
    facts = {
        "revision_id": revision.pk,
        "content_hash": form.cleaned_data["content_hash"],
        "category_id": int(form.cleaned_data["category"]),
        "route": form.cleaned_data["route"],
        "terms": [int(pk) for pk in form.term_ids()],
        "classified_by_id": actor.pk,
        "classified_at": timezone.now().isoformat(),
    }
    listing = Listing.objects.filter(page=page.page_ptr).first() or Listing(page=page.page_ptr)
    go_live_at = goes_live_at(revision)
    if page.live and go_live_at and go_live_at > timezone.now():
        listing.scheduled = facts
        listing.save()
    else:
        apply_classification(listing, facts)
    payload = {
        **facts,
        "scheduled": bool(listing.scheduled),
        "category": str(Term.objects.get(pk=facts["category_id"])),
    }
    record_page_event("listing.classified", page, actor, payload)
    return listing
