"""The search index of policy pages: written when a publication has been committed, mended by `tick` (docs/decisions/0012)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Case, CharField, F, FloatField, OuterRef, Q, Subquery, When
from django.db.models.functions import Cast, Coalesce
from modelsearch.backends import get_search_backend
from wagtail.models import Page
from wagtail.search.index import remove_object
from wagtail.search.models import IndexEntry

from policy_pages.baking.watch import tell
from policy_pages.permissions import page_types

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from policy_pages.models import PolicyPage

#: Pages mended in one `tick`: half a minute's work after a restored database, then the next goes on.
MENDED_AT_ONCE = 500
#: In one transaction, so that not every page makes an epoch of its own.
_TOGETHER = 50


def index_draft(page: PolicyPage) -> None:
    """Let the back office find a text that is not public by the title and number of its draft; a public page stays as it is.

    One short row, in the transaction of the draft.
    """
    if not page.live:
        get_search_backend().add(page)


def index_later(page: PolicyPage) -> None:
    """Write what the page says now into the index, once the transaction that changed it has been committed.

    Cutting a long text would hold the chain's lock. If it fails, the change stands all the same and `tick` mends.
    """

    def index() -> None:
        index_now([page.pk])

    transaction.on_commit(
        index, robust=True
    )  # a function: Django names what fails by its __qualname__, which a partial lacks


@transaction.atomic
def index_now(pks: list[int]) -> None:
    """Write these pages into the index as they stand in the database; locked, so that of two writers the later text stays.

    Kept searches are old then; the watch does not look at the index, into which every draft writes its title.
    """
    tell()
    locked = Page.objects.select_for_update().filter(pk__in=pks).order_by("pk")
    types = set(locked.values_list("content_type", flat=True))
    for model in page_types():
        if ContentType.objects.get_for_model(model).pk in types:
            get_search_backend().add_bulk(model, list(model.get_indexed_objects().filter(pk__in=pks)))


def forget(page: PolicyPage) -> None:
    """Take a page that is being deleted out of the index."""
    remove_object(page)


def mend_index() -> int:
    """Index what a crash after a commit, or a restored table, left missing or old; return how many pages. One query if none."""
    pks = list(unindexed().order_by("pk").values_list("pk", flat=True)[:MENDED_AT_ONCE])
    for first in range(0, len(pks), _TOGETHER):
        index_now(pks[first : first + _TOGETHER])
    return len(pks)


def unindexed() -> QuerySet[Page]:
    """Policy pages without an entry in the index, or whose entry holds another version than `indexed_version`."""
    entries = IndexEntry.objects.filter(
        content_type=OuterRef("content_type"), object_id=Cast(OuterRef("pk"), CharField())
    )
    version = Case(When(live=True, then=Coalesce("live_revision_id", 0)), default=0, output_field=FloatField())
    types = ContentType.objects.get_for_models(*page_types()).values()
    pages = Page.objects.filter(content_type__in=types).annotate(
        indexed=Subquery(entries.values("title_norm")[:1]), version=version
    )
    return pages.filter(Q(indexed=None) | ~Q(indexed=F("version")))
