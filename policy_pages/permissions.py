"""Page rights, narrowed from Wagtail's: one predicate for button, view, bulk action and command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Exists, F, OuterRef, Q
from django.db.models.functions import Cast, Coalesce
from wagtail.models import Page, PagePermissionTester, Revision, TaskState, WorkflowState

from accounts.enums import Resource, Verb
from accounts.permissions import editable_department_ids, editable_departments, is_moderator, reaches_all
from policy_pages.enums import ReviewStep

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from wagtail.models import PageQuerySet

    from accounts.models import User
    from policy_pages.models.base import PolicyPage


class TrunkPagePermissionTester(PagePermissionTester):
    """Home, library and sections are made by the system: pages are added below, nothing else happens to them."""

    def can_edit(self) -> bool:
        """Nobody."""
        return False

    def can_delete(self, ignore_bulk: bool = False) -> bool:
        """Nobody."""
        return False

    can_publish = can_unpublish = can_lock = can_unlock = can_move = can_copy = can_edit
    can_set_view_restrictions = can_publish_subpage = can_reorder_children = can_submit_for_moderation = can_edit


class LeafPermissionTester(PagePermissionTester):
    """Wagtail's rights on a page that never has pages below it."""

    def can_delete(self, ignore_bulk: bool = False) -> bool:
        """As Wagtail's, which asks the database at every row of a list whether a page below is live."""
        if self.page.is_leaf() and not self.page.live:
            return self.can_edit()
        return super().can_delete(ignore_bulk)


class PolicyPagePermissionTester(LeafPermissionTester):
    """Takes away what stock Wagtail would allow on a policy page; grants nothing (Wagtail's own lists do not ask it)."""

    def can_publish(self) -> bool:
        """Nobody, the superuser included: only the finish of the workflow makes a revision public (promise 1)."""
        return False

    def can_publish_subpage(self) -> bool:
        """Nobody."""
        return False

    def can_unpublish(self) -> bool:
        """Nobody: a repealed policy stays readable with its banner (T12.5)."""
        return False

    def can_lock(self) -> bool:
        """Nobody: the workflow locks."""
        return False

    def can_unlock(self) -> bool:
        """Nobody."""
        return False

    def can_unschedule(self) -> bool:
        """Nobody by Wagtail's view, which leaves no event: `services.moderation.cancel_schedule` does it."""
        return False

    def can_set_view_restrictions(self) -> bool:
        """Nobody: privacy acts at once, outside moderation."""
        return False

    def can_move(self) -> bool:
        """Nobody: the address is permanent and the owner does not change."""
        return False

    def can_reorder_children(self) -> bool:
        """Nobody: order follows dates."""
        return False

    def _edits(self) -> bool:
        """Whether the person edits for the page's department."""
        return self.page.specific.department_id in editable_department_ids(self.user)

    def can_delete(self, ignore_bulk: bool = False) -> bool:
        """The department's editors, and only a draft that was never public, never approved and is not in moderation."""
        page = self.page
        if page.live or page.first_published_at or page.current_workflow_state or was_approved(page):
            return False
        return self._edits() and super().can_delete(ignore_bulk)

    def can_copy(self) -> bool:
        """The department's own editors."""
        return self._edits() and super().can_copy()

    def can_submit_for_moderation(self) -> bool:
        """The department's own editors."""
        return self._edits() and super().can_submit_for_moderation()


def was_approved(page: Page) -> bool:
    """Whether the bureau has classified it: from then on its listing keeps it, published yet or not."""
    from policy_pages.models import Listing

    if hasattr(page, "is_approved_row"):
        return page.is_approved_row
    return Listing.objects.filter(page_id=page.pk).exists()


def with_approval(pages: PageQuerySet) -> PageQuerySet:
    """The pages with the answer to `was_approved` fetched along, for lists that ask it at every row."""
    from policy_pages.models import Listing

    return pages.annotate(is_approved_row=Exists(Listing.objects.filter(page_id=OuterRef("pk"))))


def can_read_draft(user: User, page: PolicyPage) -> bool:
    """Whether the person may read unpublished text of this page: own department, or the bureau's reading roles."""
    return user.is_authenticated and user.visible_departments().filter(pk=page.department_id).exists()


def page_types() -> list[type[PolicyPage]]:
    """The types of policy pages; `PolicyPage` itself is abstract and has no table to ask."""
    from policy_pages.models import PolicyPage

    return PolicyPage.__subclasses__()


def readable_pages(user: User) -> PageQuerySet:
    """Policy pages of which `can_read_draft` says yes, as plain pages, for lists: asked in the database, no ids fetched."""
    if user.is_superuser or reaches_all(user, Resource.DRAFT, Verb.READ):
        contents = ContentType.objects.get_for_models(*page_types()).values()
        return Page.objects.filter(content_type__in=contents)
    return Page.objects.filter(pages_of(user.visible_departments()))


def pages_of(departments: QuerySet) -> Q:
    """Policy pages of these departments."""
    found = Q()
    for model in page_types():
        found |= Q(pk__in=model.objects.filter(department__in=departments.values("pk")).order_by().values("pk"))
    return found


def department_of_page() -> Coalesce:
    """Id of the department of a plain page, as an expression."""
    return Coalesce(*(F(f"{model._meta.model_name}__department_id") for model in page_types()))


def can_review(user: User, page: PolicyPage) -> bool:
    """Whether the person may decide the department's step: a reviewer of the department, never the last editor."""
    return decidable(user, ReviewStep.DEPARTMENT, Page.objects.filter(pk=page.pk)).exists()


def can_moderate(user: User, page: PolicyPage) -> bool:
    """Whether the person may decide the bureau's step: a moderator, neither writer nor reviewer of this text (T6.4)."""
    return decidable(user, ReviewStep.BUREAU, Page.objects.filter(pk=page.pk)).exists()


def decidable(user: User, step: ReviewStep, pages: PageQuerySet) -> PageQuerySet:
    """Those of the pages whose step the person may decide: the one predicate of review page, workflow and inbox."""
    if step == ReviewStep.DEPARTMENT:
        if not (user.is_authenticated and user.is_active):
            return pages.none()
        return pages.filter(pages_of(editable_departments(user, "accounts.review_content"))).exclude(
            _wrote_latest(user)
        )
    if not is_moderator(user):
        return pages.none()
    return pages.exclude(_wrote_latest(user)).exclude(_reviewed_latest(user))


def _wrote_latest(user: User) -> Q:
    """The person saved a draft since the last publication, or handed it in: four eyes, not two and two."""
    base, key = ContentType.objects.get_for_model(Page), Cast(OuterRef("pk"), CharField())
    drafts = Revision.objects.filter(
        base_content_type=base, object_id=key, user=user, pk__gt=Coalesce(OuterRef("live_revision_id"), 0)
    )
    handed_in = WorkflowState.objects.active().filter(base_content_type=base, object_id=key, requested_by=user)
    return Q(Exists(drafts)) | Q(Exists(handed_in))


def _reviewed_latest(user: User) -> Q:
    """The person approved the department's step of the latest revision."""
    approved = TaskState.objects.filter(
        revision_id=OuterRef("latest_revision_id"), status=TaskState.STATUS_APPROVED, finished_by=user
    )
    return Q(Exists(approved))
