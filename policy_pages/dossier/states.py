"""How a page stands, in one word: derived in the database, so that list, filter and header say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import BigIntegerField, Case, CharField, F, Value, When
from django.db.models.functions import Cast
from wagtail.models import Page, Revision, WorkflowState

from policy_pages.enums import DocumentStatus, PageState
from policy_pages.models import ClassificationTask, DepartmentReviewTask, PolicyDocumentPage
from policy_pages.permissions import with_department

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from wagtail.models import PageQuerySet


def with_state(pages: PageQuerySet) -> PageQuerySet:
    """Annotate `state` (PageState), `department_id` and `doc_number`.

    What is under way is named before what is public: a public page whose update waits is 待…审核.
    """
    repealed = PolicyDocumentPage.objects.filter(document_status=DocumentStatus.REPEALED).order_by().values("pk")
    active = WorkflowState.objects.filter(base_content_type=ContentType.objects.get_for_model(Page))
    waiting = active.filter(status=WorkflowState.STATUS_IN_PROGRESS)
    returned = active.filter(status=WorkflowState.STATUS_NEEDS_CHANGES)
    scheduled = Revision.objects.filter(approved_go_live_at__isnull=False)
    state = Case(
        When(pk__in=_pages(_at_step(waiting, DepartmentReviewTask)), then=Value(PageState.DEPARTMENT_REVIEW)),
        When(pk__in=_pages(_at_step(waiting, ClassificationTask)), then=Value(PageState.BUREAU_REVIEW)),
        When(pk__in=_pages(returned), then=Value(PageState.RETURNED)),
        When(pk__in=_pages(scheduled), then=Value(PageState.SCHEDULED)),
        When(live=True, has_unpublished_changes=True, then=Value(PageState.CHANGED)),
        When(live=True, pk__in=repealed, then=Value(PageState.REPEALED)),
        When(live=True, then=Value(PageState.PUBLIC)),
        When(first_published_at__isnull=False, then=Value(PageState.WITHDRAWN)),
        default=Value(PageState.DRAFT),
        output_field=CharField(),
    )
    return with_department(pages).annotate(state=state, doc_number=F("policydocumentpage__doc_number"))


def _at_step(states: QuerySet, task: type) -> QuerySet:
    return states.filter(current_task_state__task__in=task.objects.order_by().values("task_ptr_id"))  # type: ignore[attr-defined]


def _pages(rows: QuerySet) -> QuerySet:
    """Page ids of rows that name their object as text."""
    return rows.order_by().annotate(asked=Cast("object_id", BigIntegerField())).values("asked")


def change_of(row: Any) -> int | None:
    """Id of the change a text names, from the annotation `change_id`: text or number, and on SQLite the word null."""
    return int(row.change_id) if str(row.change_id).isdecimal() else None
