"""How a page stands, in one word: derived in the database, so that list, filter and header say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import BigIntegerField, Case, CharField, F, Q, Value, When
from django.db.models.functions import Cast
from wagtail.models import Page, Revision, WorkflowState

from policy_pages.enums import DocumentStatus, PageState
from policy_pages.models import ClassificationTask, DepartmentReviewTask, PolicyDocumentPage
from policy_pages.permissions import department_of_page

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from wagtail.models import PageQuerySet


def with_state(pages: PageQuerySet, *, only_to_filter: bool = False) -> PageQuerySet:
    """Annotate `state` (PageState), `department_id` and `doc_number`; as aliases when they are but filtered by.

    What is under way is named before what is public: a public page whose update waits is 待…审核.
    """
    state = Case(
        *(When(condition, then=Value(word)) for word, condition in _conditions().items()),
        default=Value(PageState.DRAFT),
        output_field=CharField(),
    )
    add = "alias" if only_to_filter else "annotate"
    facts = {"state": state, "doc_number": F("policydocumentpage__doc_number"), "department_id": department_of_page()}
    return getattr(pages, add)(**facts)


def candidates(state: str) -> Q:
    """A cheap condition that every page in this state fulfils."""
    return _conditions().get(PageState(state), Q(live=False))


def _conditions() -> dict[PageState, Q]:
    """What makes a state, in the order of asking: the first that holds is the page's; none of them: 草稿."""
    repealed = PolicyDocumentPage.objects.filter(document_status=DocumentStatus.REPEALED).order_by().values("pk")
    active = WorkflowState.objects.filter(base_content_type=ContentType.objects.get_for_model(Page))
    waiting = active.filter(status=WorkflowState.STATUS_IN_PROGRESS)
    returned = active.filter(status=WorkflowState.STATUS_NEEDS_CHANGES)
    scheduled = Revision.objects.filter(approved_go_live_at__isnull=False)
    return {
        PageState.DEPARTMENT_REVIEW: Q(pk__in=_pages(_at_step(waiting, DepartmentReviewTask))),
        PageState.BUREAU_REVIEW: Q(pk__in=_pages(_at_step(waiting, ClassificationTask))),
        PageState.RETURNED: Q(pk__in=_pages(returned)),
        PageState.SCHEDULED: Q(pk__in=_pages(scheduled)),
        PageState.CHANGED: Q(live=True, has_unpublished_changes=True),
        PageState.REPEALED: Q(live=True, pk__in=repealed),
        PageState.PUBLIC: Q(live=True),
        PageState.WITHDRAWN: Q(first_published_at__isnull=False),
    }


def _at_step(states: QuerySet, task: type) -> QuerySet:
    return states.filter(current_task_state__task__in=task.objects.order_by().values("task_ptr_id"))  # type: ignore[attr-defined]


def _pages(rows: QuerySet) -> QuerySet:
    """Page ids of rows that name their object as text."""
    return rows.order_by().annotate(asked=Cast("object_id", BigIntegerField())).values("asked")


def change_of(row: Any) -> int | None:
    """Id of the change a text names, from the annotation `change_id`: text or number, and on SQLite the word null."""
    return int(row.change_id) if str(row.change_id).isdecimal() else None
