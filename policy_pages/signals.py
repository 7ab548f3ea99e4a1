"""Wagtail's signals, each with its twin in the event chain, in the transaction of the change itself; and the table of lists after them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps as installed_apps
from django.db.models.signals import m2m_changed, post_delete, post_migrate, post_save, pre_delete, pre_save
from django.dispatch import receiver
from wagtail.models import PageViewRestriction, TaskState, WorkflowState
from wagtail.signals import (
    page_published,
    page_unpublished,
    task_approved,
    task_cancelled,
    task_rejected,
    task_submitted,
)

from policy_pages.models import GuideBasis, ListedState, Listing, PolicyPage
from policy_pages.services.duties import cancel_deleted, cancel_unpublished, enter_bureau, leave_bureau
from policy_pages.services.indexing import forget, index_later
from policy_pages.services.listed import relist
from policy_pages.services.moderation import require_still_waiting
from policy_pages.services.publication import record_page_event, write_publication

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.apps import AppConfig
    from django.apps.registry import Apps
    from wagtail.models import Revision

    from accounts.models import User


@receiver(page_published)
def on_published(sender: type, instance: Any, revision: Revision, **kwargs: Any) -> None:
    """Write record, files, event and clock of a publication; refuses one without its two approvals."""
    if isinstance(instance, PolicyPage):
        write_publication(page=instance, revision=revision, actor=getattr(revision, "publisher", None))
        if instance.live:  # Wagtail sends this for a later date too: until then it is found as the draft it was
            index_later(instance)


@receiver(pre_save, sender=WorkflowState)
def on_withdrawing(sender: type, instance: WorkflowState, **kwargs: Any) -> None:
    """Wagtail withdraws what it read before, without a lock; what was decided meanwhile stands (P2)."""
    if instance.pk and instance.status == WorkflowState.STATUS_CANCELLED:
        require_still_waiting(instance)


@receiver(page_unpublished)
def on_unpublished(sender: type, instance: Any, **kwargs: Any) -> None:
    """An unpublication, which only a superuser's command can do, is never silent."""
    if isinstance(instance, PolicyPage):
        instance.published_files.update(is_current=False)
        record_page_event("page.unpublished", instance, None)
        cancel_unpublished(page=instance)
        index_later(instance)


@receiver(pre_delete)
def on_deleting(sender: type, instance: Any, **kwargs: Any) -> None:
    """A page takes its own limits and its place in the search with it."""
    if isinstance(instance, PolicyPage):
        cancel_deleted(page=instance)
        forget(instance)


def _record_task(action: str, instance: TaskState, user: User | None) -> PolicyPage | None:
    page = instance.workflow_state.content_object.specific
    if not isinstance(page, PolicyPage):
        return None
    payload = {
        "task": instance.task.name,
        "task_state": instance.pk,
        "revision": instance.revision_id,
        "comment": instance.comment,
    }
    record_page_event(action, page, user, payload)
    return page


@receiver(task_submitted)
def on_submitted(sender: type, instance: TaskState, user: User | None = None, **kwargs: Any) -> None:
    """A step begins: it now waits for its reviewers."""
    page = _record_task("task.submitted", instance, user)
    if page is not None:
        enter_bureau(page=page, state=instance, actor=user)


@receiver(task_approved)
def on_approved(sender: type, instance: TaskState, user: User | None = None, **kwargs: Any) -> None:
    """A step was approved."""
    page = _record_task("task.approved", instance, user)
    if page is not None:
        leave_bureau(page=page, state=instance, actor=user)


@receiver(task_rejected)
def on_rejected(sender: type, instance: TaskState, user: User | None = None, **kwargs: Any) -> None:
    """A step was returned, with its reason."""
    page = _record_task("task.returned", instance, user)
    if page is not None:
        leave_bureau(page=page, state=instance, actor=user)


@receiver(task_cancelled)
def on_cancelled(sender: type, instance: TaskState, user: User | None = None, **kwargs: Any) -> None:
    """The department took it back, or nobody did: a workflow that was switched off."""
    page = _record_task("task.cancelled", instance, user)
    if page is not None:
        leave_bureau(page=page, state=instance, actor=user, is_withdrawn=True)


# --- The narrow table that lists read, by whatever door the pages change ---------------------------------------

#: What saving a draft writes into the page's row: no list says any of it.
DRAFT_FIELDS = frozenset(
    [
        "latest_revision",
        "latest_revision_created_at",
        "draft_title",
        "has_unpublished_changes",
        "go_live_at",
        "expire_at",
    ]
)


@receiver(post_save)
def on_page_saved(
    sender: type, instance: Any, update_fields: Collection[str] | None = None, raw: bool = False, **kwargs: Any
) -> None:
    """A page goes public, changes there, or leaves."""
    if isinstance(instance, PolicyPage) and not raw and not (update_fields and DRAFT_FIELDS.issuperset(update_fields)):
        relist([instance.pk])


@receiver([post_save, post_delete], sender=Listing)
def on_listing_changed(sender: type, instance: Listing, **kwargs: Any) -> None:
    """The bureau classifies, also what is public already."""
    relist([instance.page_id])


@receiver(m2m_changed, sender=Listing.terms.through)
def on_terms_changed(
    sender: type, instance: Any, action: str, reverse: bool, pk_set: Collection[int] | None, **kwargs: Any
) -> None:
    """A listing gets or loses terms; from a term's side, several listings."""
    if action.startswith("post_") and not reverse:
        relist([instance.page_id])
    elif action.startswith("post_"):
        pages = Listing.objects.filter(pk__in=pk_set).values_list("page_id", flat=True) if pk_set else None
        relist(None if pages is None else list(pages))


@receiver([post_save, post_delete], sender=GuideBasis)
def on_basis_changed(sender: type, instance: GuideBasis, **kwargs: Any) -> None:
    """A guide rests on another document; a draft's rows are not saved, so these are public."""
    relist([instance.guide_id])


@receiver([post_save, post_delete], sender=PageViewRestriction)
def on_restriction_changed(sender: type, **kwargs: Any) -> None:
    """A part of the tree is barred, or no more."""
    relist()


def fill(sender: AppConfig, apps: Apps | None = None, **kwargs: Any) -> None:
    """After migrating: an installation that had pages before the table gets its rows. One query when it has them."""
    try:
        (apps or installed_apps).get_model("policy_pages", "ListedState")
    except LookupError:
        return  # migrated back to before the table
    if not ListedState.objects.exists():
        relist()


def connect(app: AppConfig) -> None:
    """Let `migrate` fill the table."""
    post_migrate.connect(fill, sender=app, dispatch_uid="policy_pages.signals.fill")
