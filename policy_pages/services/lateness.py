"""逾期说明: the department writes why, the bureau agrees, then the public reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import Resource, Verb
from accounts.permissions import may
from audit.enums import VerdictCode
from audit.errors import Conflict
from audit.models import DutyClock
from audit.services import record
from policy_pages.models import ChangeRecord, LateReason

if TYPE_CHECKING:
    from accounts.models import User

#: `object_type` under which a reason stands in events.
OBJECT_TYPE = "policy_pages.latereason"
LIMIT = 300


def is_late(change: ChangeRecord) -> bool:
    """Whether the change was public late, or is overdue and not public yet."""
    late = {VerdictCode.LATE, VerdictCode.OVERDUE}
    return change.clock.cancelled_at is None and change.verdict().code in late


@transaction.atomic
def write_reason(*, change: ChangeRecord, text: str, actor: User) -> LateReason:
    """Write, or rewrite, why a change is late; what the public reads stays until the bureau has agreed to the new words.

    Returns the reason. Records `late_reason.written`. Raises PermissionDenied unless the actor writes for the
    department, ValidationError for an empty or too long text and for a change that is not late.
    """
    if not may(actor, Resource.LATE_REASON, Verb.WRITE, change.department):
        raise PermissionDenied
    _lock(change)
    text = text.strip()
    if not is_late(change):
        raise ValidationError(_("这项变更没有逾期，不需要说明。"))
    if not text or len(text) > LIMIT:
        raise ValidationError({"text": _("请写明逾期原因，不超过 %d 个字。") % LIMIT})
    reason = LateReason.objects.filter(change=change).first() or LateReason(change=change)
    reason.text, reason.written_by, reason.written_at, reason.returned_because = text, actor, timezone.now(), ""
    _save(reason, actor)
    _record("late_reason.written", reason, actor, text=text)
    return reason


@transaction.atomic
def publish_reason(*, reason: LateReason, text: str, actor: User) -> None:
    """Agree to exactly the words that were read, so that they are public. Records `late_reason.published`.

    Raises PermissionDenied for anybody but a moderator or for who wrote it, Conflict when the words are others by now.
    """
    _require(reason, text, actor)
    reason.public_text, reason.published_by, reason.published_at = reason.text, actor, timezone.now()
    _save(reason, actor)
    _record("late_reason.published", reason, actor, text=reason.text)


@transaction.atomic
def return_reason(*, reason: LateReason, text: str, because: str, actor: User) -> None:
    """Return the words that were read, with a reason the department sees. Records `late_reason.returned`.

    Raises as `publish_reason`, and ValidationError without a reason.
    """
    because = because.strip()
    if not because or len(because) > LIMIT:
        raise ValidationError({"because": _("请写明退回理由，不超过 %d 个字。") % LIMIT})
    _require(reason, text, actor)
    reason.returned_because = because
    _save(reason, actor, because)
    _record("late_reason.returned", reason, actor, text=reason.text, reason=because)


def _require(reason: LateReason, text: str, actor: User) -> None:
    if not may(actor, Resource.LATE_REASON, Verb.DECIDE) or reason.written_by_id == actor.pk:
        raise PermissionDenied
    _lock(reason.change)
    reason.refresh_from_db()
    if reason.text != text or not reason.waits:
        raise Conflict(_("这条说明刚刚已改动或已处理，请刷新页面，看过新内容再决定。"))


def _lock(change: ChangeRecord) -> None:
    """One at a time for a change: its clock's row is what everybody about it locks."""
    DutyClock.objects.select_for_update(of=("self",)).get(pk=change.clock_id)


def _save(reason: LateReason, actor: User, because: str | None = None) -> None:
    reason._history_user = actor  # type: ignore[attr-defined]  # simple-history reads both
    reason._change_reason = because  # type: ignore[attr-defined]
    reason.save()


def _record(action: str, late: LateReason, actor: User, **payload: Any) -> None:
    record(
        action=action,
        actor=actor,
        department_code=late.change.department.code,
        object_type=OBJECT_TYPE,
        object_id=late.pk,
        object_label=late.change.title,
        payload={"change": late.change_id, **payload},
    )
