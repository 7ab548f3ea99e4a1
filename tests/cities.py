"""Two cities of different size for the measurements of `test_scale.py`, each a database of its own, switched by name.

Departments and people come from the services; pages, revisions, changes and submissions are written in bulk with the
columns that the services would fill, because 20,000 pages through the workflow would take an hour.
"""

from __future__ import annotations

import copy
import datetime
import sqlite3
import uuid
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import CharField, F, Max, OuterRef, Subquery, sql
from django.db.models.base import ModelState
from django.db.models.functions import Cast
from django.utils import timezone
from modelsearch.backends import get_search_backend
from wagtail.models import Page, Revision, TaskState, Workflow, WorkflowState

from accounts.models import Department, User
from audit.enums import DutyCode
from audit.models import DutyClock, DutyRule
from policy_pages.models import (
    ApplicationGuidePage,
    ChangeRecord,
    ClassificationTask,
    DepartmentReviewTask,
    PolicyDocumentPage,
    PolicyFile,
)
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django.db.models import Model

#: Per department: pages, of which every third is a draft; open changes; submissions at each step and returned; files.
PAGES, CHANGES, WAITING, FILES = 167, 3, 2, 5
CHUNK = 500


class City:
    """One of the two databases; `enter` makes it the one every query goes to."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.database = str(folder / f"{name}.sqlite3") if connection.vendor == "sqlite" else f"test_city_{name}"

    def keep(self) -> None:
        """Copy the present test database."""
        if connection.vendor == "sqlite":
            connection.ensure_connection()
            with sqlite3.connect(self.database) as copy:
                connection.connection.backup(copy)
            copy.close()
            return
        original = connection.settings_dict["NAME"]
        connection.close()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{self.database}" TEMPLATE "{original}"')

    def enter(self) -> None:
        """Send every query of this process to it."""
        enter(self.database)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def drop(self) -> None:
        """Remove it; the file of SQLite goes with its folder."""
        if connection.vendor != "sqlite":
            with connection._nodb_cursor() as cursor:
                cursor.execute(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')


def enter(database: str) -> None:
    """Go on with another database of the same server, or another file."""
    if connection.settings_dict["NAME"] != database:
        connection.close()
        connection.settings_dict["NAME"] = database


@transaction.atomic
def settle(count: int) -> None:
    """Let the city have that many departments, each with its pages."""
    for number in range(Department.objects.filter(section_page__isnull=False).count(), count):
        fill(f.make_department(f"d{number:03}", f"第{number:03}局"), number)
    reset_sequences()


def fill(department: Department, number: int) -> None:
    """Pages, revisions, changes, submissions and files of one department."""
    editor = User.objects.get(username=f"{department.code}-edit")
    changes = list(make_changes(department, editor))
    pages = make_pages(department, editor, changes)
    insert(Page, pages)
    for model in (PolicyDocumentPage, ApplicationGuidePage):
        insert(model, [page for page in pages if type(page) is model])
    make_revisions(pages, editor)
    Page.objects.filter(pk=department.section_page_id).update(numchild=PAGES)
    make_submissions(pages[:: PAGES // (3 * WAITING)][: 3 * WAITING], editor)
    PolicyFile.objects.bulk_create(
        PolicyFile(
            title=f"附件{number}-{index}",
            file=f"documents/{number}-{index}.pdf",
            file_size=9,
            file_hash="0",
            collection=department.collection,
            uploaded_by_user=editor,
        )
        for index in range(FILES)
    )
    for model in (PolicyDocumentPage, ApplicationGuidePage):
        get_search_backend().add_bulk(model, [page for page in pages if type(page) is model])


def make_changes(department: Department, editor: User) -> Iterator[ChangeRecord]:
    """Open changes with their clocks."""
    rule = DutyRule.objects.filter(code=DutyCode.PUBLISH_CHANGE).first()
    today = timezone.localdate()
    for index in range(CHANGES):
        clock = DutyClock.objects.create(
            rule=rule,
            department=department,
            object_type="policy_pages.changerecord",
            object_id="0",
            object_label="变更",
            trigger_date=today,
            basis="印发件",
            due_on=today + datetime.timedelta(days=index),
            calendar_version="x",
            started_at=timezone.now(),
        )
        yield ChangeRecord.objects.create(
            department=department,
            kind="created",
            title=f"变更{index}",
            trigger_date=today,
            evidence="印发件",
            clock=clock,
            registered_by=editor,
        )


def make_pages(department: Department, editor: User, changes: list[ChangeRecord]) -> list[Any]:
    """Unsaved pages with every column of the tree filled in; copies of two samples, which are quicker than new ones."""
    section, now, first = department.section_page, timezone.now(), first_free(Page)
    samples = {
        model: model(
            department=department,
            owner=editor,
            depth=section.depth + 1,
            content_type=ContentType.objects.get_for_model(model),
            locale_id=section.locale_id,
            latest_revision_created_at=now,
            summary="对企业研发投入给予后补助。",
        )
        for model in (PolicyDocumentPage, ApplicationGuidePage)
    }
    pages = []
    for index in range(PAGES):
        sample = samples[PolicyDocumentPage if index % 5 < 3 else ApplicationGuidePage]
        page = copy.copy(sample)
        page._state = ModelState()
        page._state.fields_cache = dict(sample._state.fields_cache)
        page.pk = page.page_ptr_id = page.id = first + index
        page.title = page.draft_title = f"关于第{index}项支持企业研发的办法"
        page.slug = f"{page.slug_prefix}-{index}"
        page.path = section.path + Page._int2str(index + 1).rjust(Page.steplen, "0")
        page.url_path = f"{section.url_path}{page.slug}/"
        page.translation_key = uuid.uuid4()
        page.live = index % 3 > 0
        page.has_unpublished_changes = not page.live
        page.first_published_at = page.last_published_at = now if page.live else None
        page.change_id = None if page.live else changes[index % CHANGES].pk
        if isinstance(page, PolicyDocumentPage):
            page.doc_number = f"锡{department.code}〔2026〕{index}号"
        pages.append(page)
    return pages


def insert(model: type[Model], pages: list[Any]) -> None:
    """The rows of one table of a page, which `bulk_create` refuses to write alone."""
    for chunk in chunks(pages):
        query = sql.InsertQuery(model)
        query.insert_values(model._meta.local_concrete_fields, chunk)
        query.get_compiler(using="default").execute_sql()


def make_revisions(pages: list[Any], editor: User) -> None:
    """One revision of each page, its latest; the live one of a live page."""
    base = ContentType.objects.get_for_model(Page)
    samples = {type(page): page.serializable_data() for page in pages[:5]}
    revisions = [
        Revision(
            base_content_type=base,
            content_type_id=page.content_type_id,
            object_id=str(page.pk),
            user=editor,
            created_at=page.latest_revision_created_at,
            object_str=page.title,
            content=content_of(page, samples),
        )
        for page in pages
    ]
    for chunk in chunks(revisions):
        Revision.objects.bulk_create(chunk)
    first = pages[0].pk
    by_page = {int(revision.object_id): revision.pk for revision in revisions}
    rows = Page.objects.filter(pk__gte=first, pk__lt=first + len(pages))
    found = Revision.objects.filter(base_content_type=base, object_id=OuterRef("text_pk")).values("pk")[:1]
    rows.annotate(text_pk=Cast("pk", CharField())).update(latest_revision_id=Subquery(found))
    rows.filter(live=True).update(live_revision_id=F("latest_revision_id"))
    for page in pages:
        page.latest_revision_id = by_page[page.pk]


def content_of(page: Any, samples: dict[type, dict[str, Any]]) -> dict[str, Any]:
    """What `save_revision` would keep: a page's own facts over the first such page's, and a text of some length."""
    own = {"pk": page.pk, "title": page.title, "slug": page.slug, "change": page.change_id, "live": page.live}
    number = {"doc_number": page.doc_number} if hasattr(page, "doc_number") else {}
    return {**samples[type(page)], **own, **number, "amount_text": "政策正文。" * 200}


def make_submissions(pages: list[Any], editor: User) -> None:
    """Some wait for the department, some for the bureau, some came back."""
    first, second = DepartmentReviewTask.objects.get(), ClassificationTask.objects.get()
    workflow = Workflow.objects.get(workflow_tasks__task=first.task_ptr)
    base = ContentType.objects.get_for_model(Page)
    for index, page in enumerate(pages):
        is_returned, task = index % 3 == 2, second if index % 3 == 1 else first
        state = WorkflowState.objects.create(
            base_content_type=base,
            content_type_id=page.content_type_id,
            object_id=str(page.pk),
            workflow=workflow,
            requested_by=editor,
            status="needs_changes" if is_returned else "in_progress",
        )
        step = TaskState.objects.create(
            workflow_state=state,
            revision_id=page.latest_revision_id,
            task=task.task_ptr,
            content_type=ContentType.objects.get_for_model(TaskState),
            status="rejected" if is_returned else "in_progress",
            comment="请补充依据。" if is_returned else "",
        )
        WorkflowState.objects.filter(pk=state.pk).update(current_task_state=step)


def first_free(model: type[Model]) -> int:
    """The next free key; keys are given by hand, so that rows can name each other before they are written."""
    return (model._default_manager.aggregate(last=Max("pk"))["last"] or 0) + 1


def chunks(rows: list[Any]) -> Iterator[list[Any]]:
    """Parts small enough for one statement."""
    return (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))


def reset_sequences() -> None:
    """PostgreSQL's sequences do not notice keys given by hand."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [Page]):
            cursor.execute(statement)
