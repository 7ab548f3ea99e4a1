"""Finish of the workflow. Imported while Wagtail's models load, so no model stands at its top level."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wagtail.models import WorkflowState

    from accounts.models import User


def publish_approved_revision(workflow_state: WorkflowState, user: User | None = None) -> None:
    """Publish the revision that was approved, and only it (WAGTAIL_FINISH_WORKFLOW_ACTION).

    Stock publishes the latest revision, whoever wrote it since (hole F3), and asks for a permission nobody has.
    Raises Conflict when the latest revision is another.
    """
    from policy_pages.services.publication import publish_finished

    publish_finished(workflow_state=workflow_state, actor=user)
