"""The duties a policy page brings with it: who holds its change, the bureau's own limit, guide and interpretation.

Called by the signals of the workflow and by the publication, in their transaction. Locks: `lock_duties` before the first
event, which locks the chain (the order of locks stands in `services.moderation.decide`).
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page, TaskState

from accounts.models import Department
from audit.enums import DutyCode, Side
from audit.models import DutyClock, Event
from audit.rules import local_date
from audit.services import cancel_clock, finish_clock, hand_clock, start_clock
from policy_pages.enums import PublicationKind
from policy_pages.models import (
    ApplicationGuidePage,
    ClassificationTask,
    InterpretationPage,
    PolicyDocumentPage,
    PolicyPage,
    PublicationRecord,
)
from policy_pages.services.drafted import change_of, document_ids, type_of
from policy_pages.services.windows import lock_notice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet
    from wagtail.models import Revision

    from accounts.models import User
    from audit.rules import WorkCalendar

#: What a public document still owes, by the type of page that settles it (A10, A22(3)).
OWED_BY_TYPE: dict[type[PolicyPage], DutyCode] = {
    InterpretationPage: DutyCode.INTERPRET,
    ApplicationGuidePage: DutyCode.WRITE_GUIDE,
}


def open_clocks(page: PolicyPage, *codes: str) -> QuerySet[DutyClock]:
    """The running clocks of these duties about the page."""
    clocks = DutyClock.objects.open().filter(object_type=page._meta.label_lower, object_id=str(page.pk))
    return clocks.filter(rule__code__in=codes)


def lock_duties(revision: Revision) -> None:
    """Lock what deciding on, withdrawing or publishing this text may move: its page's notice, then clocks by number."""
    lock_notice(int(revision.object_id))
    concerned = Q(object_type=type_of(revision)._meta.label_lower, object_id=revision.object_id)
    concerned |= Q(change=revision.content.get("change") or 0)
    for document_id in document_ids(revision):
        concerned |= Q(object_type=PolicyDocumentPage._meta.label_lower, object_id=str(document_id))
    clocks = DutyClock.objects.open().filter(concerned).order_by("pk")
    list(clocks.select_for_update(of=("self",)).values_list("pk", flat=True))


def documents_served(page: PolicyPage) -> list[int]:
    """Documents that a guide rests on or an interpretation explains."""
    if isinstance(page, ApplicationGuidePage):
        return [basis.document_id for basis in page.bases.all()]
    if isinstance(page, InterpretationPage):
        return [row.document_id for row in page.explained.all()]
    return []


# --- The bureau's step ---------------------------------------------------------------------------------------


def enter_bureau(*, page: PolicyPage, state: TaskState, actor: User | None) -> None:
    """The bureau's step has begun: it holds the change from now on, and its own limit runs (A6(3), T12.6)."""
    bureau = Department.objects.bureau()
    if not _is_bureau_step(state) or bureau is None or page.department is None:
        return
    _hand(state, Side.BUREAU, state.started_at, actor)
    start_clock(
        code=DutyCode.MODERATE,
        department=bureau,
        concerned=page.department,
        object_type=page._meta.label_lower,
        object_id=page.pk,
        object_label=page.title,
        trigger_date=_day(state.started_at),
        basis=_("收到部门提交之日"),
        actor=actor,
    )


def leave_bureau(*, page: PolicyPage, state: TaskState, actor: User | None, is_withdrawn: bool = False) -> None:
    """The bureau's step has ended: what is not public now is the department's again.

    A return hands it back with its reason; what was approved for a later date waits for the day the department chose; a
    withdrawal takes it out of the bureau's hands, whose limit then counts only if it was over already.
    """
    if not _is_bureau_step(state):
        return
    clocks = open_clocks(page, DutyCode.MODERATE)
    if is_withdrawn:
        _drop(clocks, _("部门撤回提交") if actor else _("审核流程已取消"), actor)
    else:
        for clock in clocks:
            finish_clock(clock=clock, at=state.finished_at, actor=actor)
    _hand(state, Side.DEPARTMENT, state.finished_at or timezone.now(), actor)


def _is_bureau_step(state: TaskState) -> bool:
    return isinstance(state.task.specific, ClassificationTask)


def bureau_steps(page_id: int | None = None) -> QuerySet[TaskState]:
    """The steps of the bureau, ended or not, about one page or about all."""
    steps = TaskState.objects.filter(
        task__in=ClassificationTask.objects.all(),
        workflow_state__base_content_type=ContentType.objects.get_for_model(Page),
    )
    return steps if page_id is None else steps.filter(workflow_state__object_id=str(page_id))


def _hand(state: TaskState, side: Side, at: datetime.datetime, actor: User | None) -> None:
    """Hand over the change that the text of this step carries out; it stays with the bureau while another text lies there."""
    change = change_of(state.revision)
    if change is None or not change.is_open:
        return
    others = bureau_steps().filter(status=TaskState.STATUS_IN_PROGRESS).exclude(pk=state.pk)
    if side == Side.DEPARTMENT and others.filter(revision__content__change=change.pk).exists():
        return
    hand_clock(clock=change.clock, side=side, at=at, actor=actor)


# --- What a publication starts and settles --------------------------------------------------------------------


def after_publication(
    *, page: PolicyPage, publication: PublicationRecord, actor: User | None, calendar: WorkCalendar
) -> None:
    """Start what a newly public document owes, finish what this publication settles, drop what a repeal makes idle."""
    at = publication.published_at
    if isinstance(page, PolicyDocumentPage):
        if publication.kind == PublicationKind.REPEAL:
            _drop(open_clocks(page, *OWED_BY_TYPE.values()), _("文件已废止"), actor)
        elif publication.version == 1 and not page.is_stock:
            _start_owed(page, OWED_BY_TYPE.values(), at, actor, calendar)
        else:
            _start_owed(page, _dropped_with_the_text(page), at, actor, calendar)
    code = OWED_BY_TYPE.get(type(page))
    documents = [str(pk) for pk in documents_served(page)]
    if code and documents:
        owed = DutyClock.objects.open().filter(rule__code=code, object_id__in=documents)
        for clock in owed.filter(object_type=PolicyDocumentPage._meta.label_lower).order_by("pk"):
            finish_clock(clock=clock, at=at, actor=actor, calendar=calendar)


def _start_owed(
    page: PolicyDocumentPage, codes: Iterable[str], at: datetime.datetime, actor: User | None, calendar: WorkCalendar
) -> None:
    has = {
        DutyCode.INTERPRET: page.explanations.filter(interpretation__live=True),
        DutyCode.WRITE_GUIDE: page.guide_bases.filter(guide__live=True),
    }
    for code in codes:
        clock = start_clock(
            code=code,
            department=page.department,
            object_type=page._meta.label_lower,
            object_id=page.pk,
            object_label=page.title,
            trigger_date=_day(at),
            basis=_("政策公开之日"),
            actor=actor,
            calendar=calendar,
        )
        if has[DutyCode(code)].exists():
            finish_clock(clock=clock, at=at, actor=actor, calendar=calendar)


def _dropped_with_the_text(page: PolicyDocumentPage) -> list[str]:
    """What the text owed until it was taken from the public, if this publication brings it back: owed anew."""
    about = Event.objects.for_object(page._meta.label_lower, page.pk)
    last = about.filter(action__in=("page.published", "page.repealed", "page.unpublished")).last()
    if last is None or last.action != "page.unpublished":
        return []
    clocks = DutyClock.objects.for_object(page._meta.label_lower, page.pk).filter(cancelled_at__gte=last.at)
    return list(clocks.filter(rule__code__in=OWED_BY_TYPE.values()).values_list("rule__code", flat=True).distinct())


# --- Without a decision ---------------------------------------------------------------------------------------


def cancel_unpublished(*, page: PolicyPage) -> None:
    """What is public no more need not be explained; it is owed anew when the text comes back (`after_publication`)."""
    _drop(open_clocks(page, *OWED_BY_TYPE.values()), _("页面已撤下"), None)


def cancel_deleted(*, page: PolicyPage) -> None:
    """A page that is deleted leaves no limit of the bureau running; a registered change stays owed, by the department (A12)."""
    _drop(open_clocks(page, DutyCode.MODERATE, *OWED_BY_TYPE.values()), _("页面已删除"), None)
    for state in bureau_steps(page.pk).filter(status=TaskState.STATUS_IN_PROGRESS):
        _hand(state, Side.DEPARTMENT, timezone.now(), None)


def _drop(clocks: Iterable[DutyClock], reason: str, actor: User | None) -> None:
    """End duties that nobody can do any more: cancelled while the limit runs, late when it was over already."""
    now = timezone.now()
    for clock in clocks:
        if clock.due_on and _day(now) > clock.due_on:
            finish_clock(clock=clock, at=now, actor=actor, reason=reason)
        else:
            cancel_clock(clock=clock, reason=reason, actor=actor)


def _day(at: datetime.datetime) -> datetime.date:
    return local_date(at, timezone.get_default_timezone())
