"""What waits for a person, what came back, what is owed: derived, never stored (allotted accounts may have no mail).

A fixed number of queries however much waits: each section is counted, ordered and cut into pages in the database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.paginator import Page as Slice
from django.core.paginator import Paginator
from django.db.models import BigIntegerField, Count, F, OuterRef, Q, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, TaskState, WorkflowState

from accounts.enums import Resource, Role, Verb
from accounts.models import Department
from accounts.permissions import departments_with, reaches_all
from accounts.services.duties import notices_for
from audit.enums import DutyCode, Outcome
from audit.models import DutyClock
from audit.services import current_calendar
from audit.services.notices import notice_words
from audit.services.registry import shown_to
from policy_pages.dossier.states import change_of
from policy_pages.enums import ReviewStep
from policy_pages.feedback.services import DUTY as CORRECTION
from policy_pages.models import (
    ChangeRecord,
    ClassificationTask,
    CorrectionTicket,
    DepartmentReviewTask,
    LateReason,
    WindowNotice,
)
from policy_pages.permissions import decidable, department_of_page, pages_of, readable_pages

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterator, Mapping

    from django.db.models import QuerySet
    from wagtail.models import PageQuerySet

    from accounts.models import User
    from audit.models import DutyNotice
    from audit.rules import Verdict

#: Rows of one section on one page.
PER_PAGE = 20
TASKS: dict[ReviewStep, type] = {ReviewStep.DEPARTMENT: DepartmentReviewTask, ReviewStep.BUREAU: ClassificationTask}


@dataclass
class Waiting:
    """One item at a step."""

    state: TaskState
    page_id: int
    kind: str
    unit: str
    verdict: Verdict | None


@dataclass
class Owed:
    """One open duty of a unit and where to look at it: a change to make public, an interpretation, a guide."""

    url: str
    title: str
    unit: str
    triggered_on: datetime.date
    verdict: Verdict


@dataclass
class Told:
    """One notice of an open duty."""

    notice: DutyNotice
    words: str


@dataclass
class Section:
    """One table of the inbox: how much there is in all, and the rows of the page that was asked for."""

    name: str
    rows: list[Any] = field(default_factory=list)
    slice: Slice | None = None

    def __len__(self) -> int:
        return self.slice.paginator.count if self.slice else 0

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def __getitem__(self, place: int) -> Any:
        return self.rows[place]


@dataclass
class Inbox:
    """The three questions of the home page, and what is under way."""

    to_decide: Section
    returned: Section
    under_way: Section
    owed: Section
    #: What the person's units owe besides: interpretations, guides, windows, filings.
    duties: Section
    #: Late publications of the person's units of which nobody has written why.
    unexplained: Section
    scheduled: Section
    notices: Section
    #: Decided windows that the bureau has not signed for, and reasons of lateness that wait for this person.
    windows: Section
    late_reasons: Section
    #: Reports of visitors that this person may answer.
    corrections: Section
    #: Units with open duties past their last day, and how many; for who reads the duties of all.
    overdue: list[dict[str, Any]]

    @property
    def count(self) -> int:
        """What asks for an action of mine."""
        asking = (
            self.to_decide,
            self.returned,
            self.windows,
            self.late_reasons,
            self.corrections,
            self.unexplained,
        )
        return sum(len(section) for section in asking)


def inbox_for(user: User, asked: Mapping[str, str] | None = None) -> Inbox:
    """The person's inbox now, most urgent first; `asked` says which page of which section (default: each first)."""
    readable = readable_pages(user)
    mine, others = _to_decide(user)
    returned = _states(WorkflowState.STATUS_NEEDS_CHANGES)
    editing = Page.objects.filter(pages_of(user.departments_as(Role.EDITOR)))
    owed = ChangeRecord.objects.open().visible_to(user).select_related("clock__rule", "department")
    wanted: dict[str, tuple[QuerySet, Callable[[list[Any]], list[Any]]]] = {
        "to_decide": (_among(mine, readable), _waiting),
        "returned": (_among(returned, editing), _waiting),
        "under_way": (_among(others, readable), _waiting),
        "owed": (owed.order_by(F("clock__due_on").asc(nulls_last=True), "pk"), _owed),
        "duties": (_duties(user), lambda clocks: _owed_duties(user, clocks)),
        "unexplained": (_unexplained(user), _as_they_are),
        "scheduled": (_among(_scheduled(), readable).order_by("revision__approved_go_live_at", "pk"), _waiting),
        "notices": (_notices(user), _told),
        "windows": (_windows(user), _as_they_are),
        "late_reasons": (_late_reasons(user), _as_they_are),
        "corrections": (_corrections(user), _reported),
    }
    sections = {name: _section(name, rows, fill, asked or {}) for name, (rows, fill) in wanted.items()}
    return Inbox(**sections, overdue=_overdue(user))


def returns_of(state: WorkflowState) -> list[TaskState]:
    """The returns of one submission with their reasons, the latest first."""
    returned = state.task_states.filter(status=TaskState.STATUS_REJECTED).select_related("finished_by")
    return list(returned.order_by("-finished_at", "-pk"))


def _section(name: str, rows: QuerySet, fill: Callable[[list[Any]], list[Any]], asked: Mapping[str, str]) -> Section:
    shown = Paginator(rows, PER_PAGE).get_page(asked.get(name))
    return Section(name, fill(list(shown.object_list)), shown)


def _to_decide(user: User) -> tuple[QuerySet, QuerySet]:
    """What waits for this person, and what waits for others."""
    waiting = _states(WorkflowState.STATUS_IN_PROGRESS)
    pages = Page.objects.filter(pk__in=waiting.order_by().values("page"))
    for_me = Q()
    for step, task in TASKS.items():
        mine = decidable(user, step, pages).values("pk")
        for_me |= Q(task__in=task.objects.order_by().values("task_ptr_id"), page__in=mine)  # type: ignore[attr-defined]
    return waiting.filter(for_me), waiting.exclude(for_me)


def _windows(user: User) -> QuerySet:
    """Notices of decided windows to sign for, the oldest first (A11, T11.3)."""
    mine = WindowNotice.objects.unreceived().filter(
        department__in=departments_with(user, Resource.WINDOW_NOTICE, Verb.ACKNOWLEDGE)
    )
    return mine.select_related("department").order_by("notified_at", "pk")


def _late_reasons(user: User) -> QuerySet:
    """Reasons to agree to, or that came back to be written better."""
    waiting = LateReason.objects.waiting().filter(
        change__department__in=departments_with(user, Resource.LATE_REASON, Verb.DECIDE)
    )
    returned = LateReason.objects.exclude(returned_because="").filter(
        change__department__in=departments_with(user, Resource.LATE_REASON, Verb.WRITE)
    )
    return (waiting | returned).select_related("change__department").order_by("written_at", "pk")


def _corrections(user: User) -> QuerySet:
    """Reports of visitors that wait for an answer, the most urgent first (T9.6)."""
    mine = CorrectionTicket.objects.open().filter(
        department__in=departments_with(user, Resource.CORRECTION, Verb.ANSWER)
    )
    return mine.select_related("department", "clock__rule").urgent_first()


def _reported(tickets: list[CorrectionTicket]) -> list[tuple[CorrectionTicket, Verdict]]:
    """Each with the days left."""
    today, calendar = timezone.localdate(), current_calendar()
    return [(ticket, ticket.clock.verdict(today, calendar)) for ticket in tickets]


def _unexplained(user: User) -> QuerySet:
    """Changes that were public late and whose unit has not written why, the latest first."""
    own = departments_with(user, Resource.LATE_REASON, Verb.WRITE)
    late = ChangeRecord.objects.filter(clock__outcome=Outcome.LATE, late_reason=None, department__in=own)
    return late.select_related("clock", "department").order_by("-clock__finished_at", "-pk")


def _duties(user: User) -> QuerySet:
    """Open duties of the units for which the person enters or reviews, but for the changes, the most urgent first."""
    own = user.departments_as(Role.EDITOR, Role.REVIEWER)
    clocks = DutyClock.objects.filter(outcome=Outcome.OPEN, department__in=own)
    # Reports stand in a section of their own for who answers them.
    answers = departments_with(user, Resource.CORRECTION, Verb.ANSWER)
    clocks = clocks.exclude(rule__code=CORRECTION, department__in=answers)
    clocks = clocks.exclude(rule__code=DutyCode.PUBLISH_CHANGE).select_related("rule", "department")
    return clocks.order_by(F("due_on").asc(nulls_last=True), "pk")


def _owed_duties(user: User, clocks: list[DutyClock]) -> list[Owed]:
    """With the names that this person may read: a filing's is its number to most."""
    today, calendar, shown = timezone.localdate(), current_calendar(), shown_to(user, clocks)
    return [
        Owed(
            reverse("duties:detail", args=[clock.pk]),
            f"{clock.rule.title}：{shown[clock.pk].label or clock.object_label}",
            clock.department.short_name,
            clock.trigger_date,
            clock.verdict(today, calendar),
        )
        for clock in clocks
    ]


def _as_they_are(rows: list[Any]) -> list[Any]:
    return rows


def _states(status: str) -> QuerySet:
    """The current step of every submission in this status, the most urgent first."""
    current = WorkflowState.objects.filter(status=status).order_by().values("current_task_state_id")
    return _described(TaskState.objects.filter(pk__in=current))


def _scheduled() -> QuerySet:
    """Approved publications that wait for their time."""
    bureau = ClassificationTask.objects.order_by().values("task_ptr_id")
    approved = TaskState.objects.filter(status=TaskState.STATUS_APPROVED, task__in=bureau)
    return _described(approved.filter(revision__approved_go_live_at__isnull=False))


def _described(states: QuerySet) -> QuerySet:
    """With the page, the change that the text names, and the day that is due."""
    change = KeyTextTransform("change", "revision__content")
    open_change = ChangeRecord.objects.open().filter(pk=Cast(OuterRef("change_id"), BigIntegerField()))
    described = states.annotate(
        page=Cast("workflow_state__object_id", BigIntegerField()),
        change_id=change,
        due=Subquery(open_change.values("clock__due_on")[:1]),
    ).order_by(F("due").asc(nulls_last=True), "pk")
    return described.select_related("workflow_state__requested_by", "task", "revision", "finished_by").defer(
        "revision__content"
    )


def _among(states: QuerySet, pages: PageQuerySet) -> QuerySet:
    return states.filter(page__in=pages.values("pk"))


def _waiting(states: list[Any]) -> list[Waiting]:
    """What the rows need beside the step itself: page, unit and open change, a query each."""
    pages = Page.objects.filter(pk__in=[state.page for state in states])
    pages = pages.annotate(department_id=department_of_page()).in_bulk()
    units = dict(Department.objects.values_list("pk", "short_name"))
    changes = _open({pk for pk in map(change_of, states) if pk}).in_bulk()
    today, calendar = timezone.localdate(), current_calendar()
    rows = []
    for state in states:
        page, change = pages[state.page], changes.get(change_of(state) or 0)
        verdict = change.clock.verdict(today, calendar) if change else None
        rows.append(Waiting(state, page.pk, page.page_type_display_name, units.get(page.department_id, ""), verdict))
    return rows


def _open(pks: set[int]) -> QuerySet:
    return ChangeRecord.objects.open().filter(pk__in=pks).select_related("clock__rule")


def _owed(changes: list[ChangeRecord]) -> list[Owed]:
    today, calendar = timezone.localdate(), current_calendar()
    return [
        Owed(
            reverse("changes:edit", args=[change.pk]),
            f"{change.get_kind_display()}：{change.title}",
            change.department.short_name,
            change.trigger_date,
            change.clock.verdict(today, calendar),
        )
        for change in changes
    ]


def _notices(user: User) -> QuerySet:
    """Reminders and chases about what is still open and needs this person's hand, newest first."""
    notices = notices_for(user).select_related("clock__rule", "department", "sent_by")
    return notices.order_by("-created_at", "-pk")


def _told(notices: list[DutyNotice]) -> list[Told]:
    return [Told(notice, notice_words(notice)) for notice in notices]


def _overdue(user: User) -> list[dict[str, Any]]:
    """Units that are late with something, the most first."""
    if not reaches_all(user, Resource.DUTY, Verb.READ):
        return []
    late = DutyClock.objects.overdue(timezone.localdate()).order_by()
    units = late.values("department_id", name=F("department__short_name")).annotate(number=Count("pk"))
    return list(units.order_by("-number", "department_id"))
