"""Whatever changes what a list says of a page brings the narrow table in line, in its own transaction and by every door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models.signals import m2m_changed, post_delete, post_migrate, post_save
from django.dispatch import receiver
from wagtail.models import PageViewRestriction

from policy_pages.models import GuideBasis, ListedState, Listing, PolicyPage
from policy_pages.services.listed import relist

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.apps import AppConfig
    from django.apps.registry import Apps

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


def fill(sender: AppConfig, apps: Apps, **kwargs: Any) -> None:
    """After migrating: an installation that had pages before the table gets its rows. One query when it has them."""
    try:
        apps.get_model("policy_pages", "ListedState")
    except LookupError:
        return  # migrated back to before the table
    if not ListedState.objects.exists():
        relist()


def connect(app: AppConfig) -> None:
    """Let `migrate` fill the table."""
    post_migrate.connect(fill, sender=app, dispatch_uid="policy_pages.listing_signals.fill")
