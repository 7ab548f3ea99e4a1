"""The two workflow tasks. Every door ends in `decide`, which re-derives page, state, rights and form under a row lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page, Task, TaskState

from policy_pages.enums import ReviewStep
from policy_pages.forms.moderation import ClassificationForm, ReturnForm, ReviewForm
from policy_pages.permissions import can_moderate, can_review, decidable

if TYPE_CHECKING:
    from django import forms
    from wagtail.models import WorkflowState

    from accounts.models import User
    from policy_pages.models.base import PolicyPage


class GuardedTask(Task):
    """A step that nobody may shape by hand: locked for all, decided only on the revision that was read."""

    step: ReviewStep
    approve_label: Any
    approve_form: type[forms.Form]

    class Meta:
        abstract = True

    def may_decide(self, user: User, page: PolicyPage) -> bool:
        """The step's one predicate."""
        raise NotImplementedError

    @transaction.atomic
    def start(self, workflow_state: WorkflowState, user: User | None = None) -> TaskState:
        """Begin the step; an incomplete or unregistered item is refused here, whatever door it came through."""
        from policy_pages.services.moderation import require_no_step, require_submittable

        require_no_step(workflow_state)
        require_submittable(workflow_state.content_object.get_latest_revision_as_object())
        return super().start(workflow_state, user=user)

    def user_can_access_editor(self, obj: PolicyPage, user: User) -> bool:
        """Approvers read on the review page; nobody rewrites a text that waits (style §3.1)."""
        return False

    def locked_for_user(self, obj: PolicyPage, user: User) -> bool:
        """Locked for everybody while it waits."""
        return True

    def get_actions(self, obj: PolicyPage, user: User) -> list[tuple[str, Any, bool]]:
        """Approve and return, for those who may decide."""
        if not self.may_decide(user, obj.specific):
            return []
        return [("reject", _("退回修改"), True), ("approve", self.approve_label, True)]

    def get_form_for_action(self, action: str) -> type[forms.Form]:
        """The form an action must satisfy, on the server."""
        return self.approve_form if action == "approve" else ReturnForm

    def on_action(self, task_state: TaskState, user: User, action_name: str, **kwargs: Any) -> str:
        """Wagtail's doors (modal, editor) lead here; returns where to go next.

        An incomplete form is PermissionDenied here: behind these doors a ValidationError would be a 500.
        """
        from policy_pages.services.moderation import decide

        if action_name not in {"approve", "reject"}:
            raise PermissionDenied
        try:
            return decide(task_state_id=task_state.pk, task_id=self.pk, actor=user, action=action_name, data=kwargs)
        except ValidationError as error:
            raise PermissionDenied(error.messages) from error

    def get_task_states_user_can_moderate(self, user: User, **kwargs: Any) -> models.QuerySet[TaskState]:
        """What waits for this person at this step."""
        waiting = TaskState.objects.filter(task=self.task_ptr, status=TaskState.STATUS_IN_PROGRESS)
        waiting = waiting.annotate(page=Cast("workflow_state__object_id", models.BigIntegerField()))
        pages = Page.objects.filter(pk__in=waiting.values("page"))
        return waiting.filter(page__in=decidable(user, self.step, pages).values("pk"))


class DepartmentReviewTask(GuardedTask):
    """第一步: another person of the department."""

    step = ReviewStep.DEPARTMENT
    approve_label = _("审核通过")
    approve_form = ReviewForm

    class Meta:
        verbose_name = _("单位审核")

    def may_decide(self, user: User, page: PolicyPage) -> bool:
        """A reviewer of the page's department, never the last editor."""
        return can_review(user, page)


class ClassificationTask(GuardedTask):
    """第二步: the bureau classifies and approves (A6(3))."""

    step = ReviewStep.BUREAU
    approve_label = _("分类并发布")
    approve_form = ClassificationForm

    class Meta:
        verbose_name = _("审批局分类审核")

    def start(self, workflow_state: WorkflowState, user: User | None = None) -> TaskState:
        """Begin the bureau's step; a text rewritten after the bureau's return goes to the department's reviewer first.

        Stock resumes at the step that returned it, and asks the earlier one only after the later has approved.
        """
        page = workflow_state.content_object
        reviewed = workflow_state.task_states.filter(
            revision_id=page.latest_revision_id,
            status=TaskState.STATUS_APPROVED,
            task__in=DepartmentReviewTask.objects.values("task_ptr_id"),
        )
        if reviewed.exists():
            return super().start(workflow_state, user=user)
        first = workflow_state.workflow.tasks.first().specific
        return first.start(workflow_state, user=user)

    def may_decide(self, user: User, page: PolicyPage) -> bool:
        """A moderator who neither wrote nor reviewed this text."""
        return can_moderate(user, page)
