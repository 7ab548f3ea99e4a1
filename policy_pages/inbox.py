"""What waits for a person, what came back, what is owed: derived, never stored (allotted accounts may have no mail)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from wagtail.models import TaskState, WorkflowState

from accounts.enums import Role
from policy_pages.models import ChangeRecord, ClassificationTask, PolicyPage
from policy_pages.models.tasks import GuardedTask

if TYPE_CHECKING:
    from accounts.models import User
    from audit.rules import Verdict


@dataclass
class Waiting:
    """One item at a step."""

    state: TaskState
    page: PolicyPage
    verdict: Verdict | None


@dataclass
class Owed:
    """One open change with its clock."""

    change: ChangeRecord
    verdict: Verdict


@dataclass
class Inbox:
    """The three questions of the home page, and what is under way."""

    to_decide: list[Waiting] = field(default_factory=list)
    returned: list[Waiting] = field(default_factory=list)
    under_way: list[Waiting] = field(default_factory=list)
    owed: list[Owed] = field(default_factory=list)
    scheduled: list[Waiting] = field(default_factory=list)

    @property
    def count(self) -> int:
        """What asks for an action of mine."""
        return len(self.to_decide) + len(self.returned)


def inbox_for(user: User) -> Inbox:
    """The person's inbox now, most urgent first."""
    today = timezone.localdate()
    editing = set(user.departments_as(Role.EDITOR).values_list("pk", flat=True))
    reading = set(user.visible_departments().values_list("pk", flat=True))
    inbox = Inbox()
    for state in _states(WorkflowState.STATUS_IN_PROGRESS):
        waiting = _waiting(state, today)
        if waiting is None:
            continue
        if state.task.specific.may_decide(user, waiting.page):
            inbox.to_decide.append(waiting)
        elif waiting.page.department_id in reading:
            inbox.under_way.append(waiting)
    for state in _states(WorkflowState.STATUS_NEEDS_CHANGES):
        waiting = _waiting(state, today)
        if waiting and waiting.page.department_id in editing:
            inbox.returned.append(waiting)
    inbox.scheduled = [item for item in _scheduled(today) if item.page.department_id in reading]
    changes = ChangeRecord.objects.open().visible_to(user).select_related("clock", "clock__rule", "department")
    inbox.owed = [Owed(change, change.verdict(today)) for change in changes.order_by("clock__due_on", "pk")]
    for items in (inbox.to_decide, inbox.returned, inbox.under_way):
        items.sort(key=lambda item: (item.verdict is None or item.verdict.due is None, _due(item), item.state.pk))
    return inbox


def returns_of(state: WorkflowState) -> list[TaskState]:
    """The returns of one submission with their reasons, the latest first."""
    returned = state.task_states.filter(status=TaskState.STATUS_REJECTED).select_related("finished_by")
    return list(returned.order_by("-finished_at", "-pk"))


def _due(item: Waiting) -> str:
    return item.verdict.due.isoformat() if item.verdict and item.verdict.due else ""


def _states(status: str) -> list[TaskState]:
    ours = ContentType.objects.get_for_models(*(model for model in GuardedTask.__subclasses__()))
    current = WorkflowState.objects.filter(status=status, current_task_state__task__content_type__in=ours.values())
    states = TaskState.objects.filter(pk__in=current.values("current_task_state_id"))
    return list(
        states.select_related("workflow_state", "workflow_state__requested_by", "task", "revision", "finished_by")
    )


def _scheduled(today: datetime.date) -> list[Waiting]:
    """Approved publications that wait for their time, the nearest first."""
    approved = TaskState.objects.filter(
        status=TaskState.STATUS_APPROVED,
        revision__approved_go_live_at__isnull=False,
        task__in=ClassificationTask.objects.values("task_ptr_id"),
    )
    states = approved.select_related(
        "workflow_state", "workflow_state__requested_by", "task", "revision", "finished_by"
    )
    found = [_waiting(state, today) for state in states.order_by("revision__approved_go_live_at")]
    return [item for item in found if item is not None]


def _waiting(state: TaskState, today: datetime.date) -> Waiting | None:
    page = state.workflow_state.content_object
    page = page.specific if page else None
    if not isinstance(page, PolicyPage):
        return None
    change = state.revision.as_object().change
    verdict = change.verdict(today) if change and change.is_open else None
    return Waiting(state, page, verdict)
