"""What a publication is: the approved revision, frozen, with its files, listing, record, event and clock."""

from __future__ import annotations

import datetime
import hashlib
import json
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from wagtail.models import Page, Revision, TaskState

from audit.errors import Conflict
from audit.services import current_calendar, finish_clock, record
from policy_pages.enums import DocumentStatus, PublicationKind, ReviewStep
from policy_pages.models import (
    ClassificationTask,
    DepartmentReviewTask,
    Listing,
    PolicyFile,
    PolicyPage,
    PublicationRecord,
    PublishedFile,
)
from policy_pages.services.drafted import attachment_ids
from policy_pages.services.duties import after_publication
from policy_pages.services.listed import relisted_once
from policy_pages.services.prepared import Prepared
from policy_pages.services.register import settles
from policy_pages.services.windows import settle_notice

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.db.models.fields.files import FieldFile
    from wagtail.models import WorkflowState

    from accounts.models import User
    from audit.rules import WorkCalendar

#: Housekeeping of the tree and the workflow; not part of what the public reads.
HOUSEKEEPING = frozenset(
    [
        "path",
        "depth",
        "numchild",
        "translation_key",
        "locale",
        "latest_revision",
        "live",
        "has_unpublished_changes",
        "first_published_at",
        "last_published_at",
        "live_revision",
        "expired",
        "expire_at",
        "locked",
        "locked_at",
        "locked_by",
        "url_path",
        "draft_title",
        "latest_revision_created_at",
        "alias_of",
        "content_type",
        "wagtail_admin_comments",
        "owner",
        "show_in_menus",
        "search_description",
        "seo_title",
    ]
)


def _approved(revision: int) -> QuerySet[TaskState]:
    approved = TaskState.objects.filter(revision=revision, status=TaskState.STATUS_APPROVED)
    return approved.select_related("finished_by", "task").order_by("finished_at", "pk")


def _listing(page: int) -> QuerySet[Listing]:
    return Listing.objects.select_related("category", "classified_by").filter(page=page)


_APPROVED, _LISTING = Prepared(_approved, revision=int), Prepared(_listing, page=int)


def sha256_of_file(file: FieldFile) -> str:
    """Hash of a stored file's bytes, as hexadecimal; empty when the file is gone."""
    digest = hashlib.sha256()
    try:
        with file.storage.open(str(file.name), "rb") as stored:
            for chunk in iter(lambda: stored.read(1 << 20), b""):
                digest.update(chunk)
    except FileNotFoundError:
        return ""
    return digest.hexdigest()


def frozen_content(revision: Revision) -> tuple[str, str]:
    """Canonical JSON of everything of a revision that the public would read, and its SHA-256.

    Attachments stand in it with the hash of their bytes, so replacing a file changes the content.
    """
    content = {name: value for name, value in revision.content.items() if name not in HOUSEKEEPING}
    files = PolicyFile.objects.in_bulk(attachment_ids(revision))
    content["attachments"] = [
        {"id": pk, "title": file.title, "filename": file.filename, "sha256": file.sha256()}
        for pk, file in sorted(files.items())
    ]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text, hashlib.sha256(text.encode()).hexdigest()


def approvals_of(revision: Revision) -> list[dict[str, Any]]:
    """Who approved exactly this revision, step by step; the latest decision of each step.

    Each: `step` (ReviewStep), `user` (code), `name`, `at` (ISO instant), `task_state`.
    """
    steps = {DepartmentReviewTask: ReviewStep.DEPARTMENT, ClassificationTask: ReviewStep.BUREAU}
    found: dict[ReviewStep, dict[str, Any]] = {}
    for state in _APPROVED.rows(revision=revision.pk):
        step = steps.get(state.task.specific_class)
        if step and state.finished_by:
            found[step] = {
                "step": str(step),
                "user": state.finished_by.username,
                "name": state.finished_by.get_full_name(),
                "at": state.finished_at.isoformat(),
                "task_state": state.pk,
            }
    return [found[step] for step in ReviewStep if step in found]


def require_approval(revision: Revision) -> list[dict[str, Any]]:
    """The two approvals of this revision. Raises PermissionDenied unless two different persons gave them (promise 1)."""
    approvals = approvals_of(revision)
    if len({approval["user"] for approval in approvals}) < len(ReviewStep):
        raise PermissionDenied(_("只有经本单位审核员和审批局两人审核通过的版本才能公开。"))
    return approvals


def publish_finished(*, workflow_state: WorkflowState, actor: User | None) -> None:
    """Publish the revision that the last step approved; one for a later date is recorded as `page.scheduled`.

    Raises Conflict when a newer revision exists; nothing of the approval then stands.
    """
    page = workflow_state.content_object
    last = workflow_state.task_states.filter(status=TaskState.STATUS_APPROVED).order_by("-finished_at", "-pk").first()
    if last is None or last.revision_id != page.latest_revision_id:
        raise Conflict(_("内容在审核期间已有新版本，请重新打开审核页面。"))
    last.revision.publisher = actor  # the signal carries no user; the event names who set the last stone
    last.revision.publish(user=actor, skip_permission_checks=True)
    # Not in `write_publication`: Wagtail sends no signal when a page that is live gets a revision for a later date.
    if last.revision.approved_go_live_at:
        payload = {"revision": last.revision_id, "go_live_at": last.revision.approved_go_live_at}
        record_page_event("page.scheduled", page.specific, actor, payload)


@transaction.atomic
def write_publication(*, page: PolicyPage, revision: Revision, actor: User | None = None) -> PublicationRecord | None:
    """Everything that a revision's going live leaves behind, in the transaction that makes it live.

    Called by the `page_published` signal, hence by every door. Writes PublishedFile rows, the PublicationRecord and the
    event `page.published` (or `page.repealed`), finishes the A12 clock of the change it settles, and starts and settles
    what else is owed (`services.duties`). A scheduled approval (not live yet) writes nothing here; all of it follows when
    it goes live. Returns the record.
    Raises PermissionDenied when the revision lacks its two approvals or its listing, Conflict when its content is no
    longer what was approved.
    """
    approvals = require_approval(revision)
    if not page.live or page.live_revision_id != revision.pk:
        return None
    listing = next(iter(_LISTING.rows(page=page.pk)), None)
    if listing is None:
        raise PermissionDenied(_("尚未分类，不能公开。"))
    if listing.scheduled and listing.scheduled["revision_id"] == revision.pk:
        apply_classification(listing, listing.scheduled)
    content, content_hash = frozen_content(revision)
    if (listing.revision_id, listing.content_hash) != (revision.pk, content_hash):
        # Between approval and the appointed time a file's bytes can only change behind our back (promise 1).
        raise Conflict(_("内容或附件与审核通过的不一致，不能公开；请取消定时发布，核对附件后重新提交审核。"))
    version = _next_version(page)
    publication = PublicationRecord(
        page_id=page.pk,
        department_code=page.department.code,
        version=version,
        kind=_kind(page, version),
        revision_id=revision.pk,
        published_at=page.last_published_at,
        content=content,
        content_hash=content_hash,
        approvals=approvals,
        classification=describe_listing(listing),
        change_id=page.change_id,
        change_note=page.change_note,
    )
    publication.save()
    _publish_files(page, content)
    calendar = current_calendar()  # the decision has locked the clocks
    settled = _settle_change(page, publication, actor, calendar)
    after_publication(page=page, publication=publication, actor=actor, calendar=calendar)
    settle_notice(page=page, publication=publication, actor=actor)
    action = "page.repealed" if publication.kind == PublicationKind.REPEAL else "page.published"
    payload = {
        "revision": revision.pk,
        "version": publication.version,
        "publication": publication.pk,
        "content_hash": content_hash,
        "published_at": publication.published_at.isoformat(),
        "kind": publication.kind,
        "approvals": approvals,
        "classification": publication.classification,
        "change": page.change_id,
        "change_note": publication.change_note,
        "settled_change": settled,
    }
    record_page_event(action, page, actor, payload)
    return publication


def apply_classification(listing: Listing, facts: dict[str, Any]) -> None:
    """Make a decided classification the page's: `revision_id`, `content_hash`, category, route, terms (ids), who and when."""
    listing.revision_id = facts["revision_id"]
    listing.content_hash = facts["content_hash"]
    listing.category_id = facts["category_id"]
    listing.route = facts["route"]
    listing.classified_by_id = facts["classified_by_id"]
    listing.classified_at = datetime.datetime.fromisoformat(facts["classified_at"])
    listing.scheduled = None
    with relisted_once():
        listing.save()
        listing.terms.set(facts["terms"])


def describe_listing(listing: Listing) -> dict[str, Any]:
    """The classification in plain words, for the record and the event."""
    return {
        "category": listing.category.name,
        "route": listing.route,
        "terms": sorted(f"{term.vocabulary}:{term.name}" for term in listing.terms.all()),
        "classified_by": listing.classified_by.username,
        "classified_at": listing.classified_at.isoformat(),
    }


def record_page_event(action: str, page: Page, actor: User | None, payload: dict[str, Any] | None = None) -> None:
    """One event about a policy page."""
    record(
        action=action,
        actor=actor,
        department_code=page.department.code,
        object_type=page._meta.label_lower,
        object_id=page.pk,
        object_label=page.title,
        payload=payload or {},
    )


def file_is_in_review(file_id: int) -> bool:
    """Whether a revision that waits for a decision, or for its date, carries this file."""
    waiting = Revision.objects.filter(task_states__status=TaskState.STATUS_IN_PROGRESS)
    scheduled = Revision.objects.filter(approved_go_live_at__isnull=False)
    return any(
        file_id in page.attachment_ids()
        for revision in {*waiting, *scheduled}
        if isinstance(page := revision.as_object(), PolicyPage)
    )


def _next_version(page: PolicyPage) -> int:
    last = PublicationRecord.objects.filter(page_id=page.pk).aggregate(last=Max("version"))["last"]
    return (last or 0) + 1


def _kind(page: PolicyPage, version: int) -> PublicationKind:
    if getattr(page, "document_status", "") == DocumentStatus.REPEALED:
        return PublicationKind.REPEAL
    return PublicationKind.UPDATE if version > 1 else PublicationKind.FIRST


def _publish_files(page: PolicyPage, content: str) -> None:
    attachments = json.loads(content)["attachments"]
    PublishedFile.objects.filter(page=page.page_ptr).update(is_current=False)
    for entry in attachments:
        PublishedFile.objects.update_or_create(
            page=page.page_ptr, file_id=entry["id"], defaults={"sha256": entry["sha256"], "is_current": True}
        )


def _settle_change(
    page: PolicyPage, publication: PublicationRecord, actor: User | None, calendar: WorkCalendar
) -> int | None:
    change = page.change
    if change is None or not change.is_open or not settles(change, page, was_public=publication.version > 1):
        return None
    finish_clock(clock=change.clock, at=publication.published_at, actor=actor, calendar=calendar)
    change.page = page.page_ptr
    change._history_user = actor  # simple-history reads it
    change.save()
    return change.pk
