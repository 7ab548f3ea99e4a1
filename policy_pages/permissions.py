"""Page rights, narrowed from Wagtail's: one predicate for button, view, bulk action and command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wagtail.models import PagePermissionTester

from accounts.permissions import can_edit_content, can_review_content, is_moderator

if TYPE_CHECKING:
    from wagtail.models import Page

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


class PolicyPagePermissionTester(PagePermissionTester):
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

    def can_delete(self, ignore_bulk: bool = False) -> bool:
        """The department's editors, and only a draft that was never public, never approved and is not in moderation."""
        page = self.page
        if page.live or page.first_published_at or page.current_workflow_state or was_approved(page):
            return False
        return can_edit_content(self.user, page.specific.department) and super().can_delete(ignore_bulk)

    def can_copy(self) -> bool:
        """The department's own editors."""
        return can_edit_content(self.user, self.page.specific.department) and super().can_copy()

    def can_submit_for_moderation(self) -> bool:
        """The department's own editors."""
        return can_edit_content(self.user, self.page.specific.department) and super().can_submit_for_moderation()


def was_approved(page: Page) -> bool:
    """Whether the bureau has classified it: from then on its listing keeps it, published yet or not."""
    from policy_pages.models import Listing

    return Listing.objects.filter(page_id=page.pk).exists()


def can_read_draft(user: User, page: PolicyPage) -> bool:
    """Whether the person may read unpublished text of this page: own department, or the bureau's reading roles."""
    return user.is_authenticated and user.visible_departments().filter(pk=page.department_id).exists()


def can_review(user: User, page: PolicyPage) -> bool:
    """Whether the person may decide the department's step: a reviewer of the department, never the last editor."""
    return can_review_content(user, page.department) and not wrote_latest(user, page)


def can_moderate(user: User, page: PolicyPage) -> bool:
    """Whether the person may decide the bureau's step: a moderator, neither writer nor reviewer of this text (T6.4)."""
    return is_moderator(user) and not wrote_latest(user, page) and not reviewed_latest(user, page)


def wrote_latest(user: User, page: PolicyPage) -> bool:
    """Whether the person saved any draft since the last publication, or handed it in: four eyes, not two and two."""
    state = page.current_workflow_state
    drafts = page.revisions.filter(user=user, pk__gt=page.live_revision_id or 0)
    return drafts.exists() or (state is not None and state.requested_by_id == user.pk)


def reviewed_latest(user: User, page: PolicyPage) -> bool:
    """Whether the person approved the department's step of the latest revision."""
    from wagtail.models import TaskState

    return TaskState.objects.filter(
        revision_id=page.latest_revision_id, status=TaskState.STATUS_APPROVED, finished_by=user
    ).exists()
