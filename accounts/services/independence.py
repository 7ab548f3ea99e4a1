"""Whether two people are two: an account whose password another person gave is, for a while, that person's hand."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import has_factor
from audit.models import Event

if TYPE_CHECKING:
    from accounts.models import SecondFactorRecovery, User

#: Calendar days (of 24 hours) for which whoever handled an account counts as the hand behind it.
HAND_DAYS = 30
_PASSWORD_GIVEN = ("account.allotted", "account.password_reset")


def hands_behind(user: User) -> set[int]:
    """Ids of the account and of all who opened, reset or enabled it or gave it a role within the last 30 days.

    A given password counts until 30 days after the holder replaced it by his own: an account that lay unused is as
    fresh as on its first day. What the operator's commands did counts for nobody.
    """
    now = timezone.now()
    held = [str(pk) for pk in user.assignments.values_list("pk", flat=True)]
    about = Event.objects.for_object("accounts.user", user.pk)
    chosen = list(about.filter(action="account.password_changed").values_list("at", flat=True))
    handled = Event.objects.filter(
        Q(object_type="accounts.user", object_id=str(user.pk), action__in=(*_PASSWORD_GIVEN, "account.enabled"))
        | Q(object_type="accounts.assignment", object_id__in=held, action="assignment.granted")
    )
    hands = {user.pk}
    for action, at, actor_id in handled.values_list("action", "at", "actor_id"):
        own = next((moment for moment in chosen if moment >= at), now) if action in _PASSWORD_GIVEN else at
        if actor_id is not None and own >= now - datetime.timedelta(days=HAND_DAYS):
            hands.add(actor_id)
    return hands


def same_hand_fault(one: User, other: User) -> str:
    """Why these two are not two people to a recovery, as a sentence; empty when they are.

    Neither handled the other's account within 30 days, and no third person handled both.
    """
    if not hands_behind(one) & hands_behind(other):
        return ""
    words = _(
        "发起和确认须由互不经手的两个人：其中一人的账号在 %d 天内由另一人（或两人的账号由同一人）分配、"
        "重置、启用或增加角色。请由另一位账号管理员或系统管理员确认。"
    )
    return words % HAND_DAYS


def given_password_fault(user: User, *parties: User) -> str:
    """Why these people may not have a hand in the person's factor: they gave the one-time password that still stands."""
    if not user.must_change_password:
        return ""
    given = Event.objects.for_object("accounts.user", user.pk).filter(action__in=_PASSWORD_GIVEN).last()
    if given is None or not any(given.actor_id in hands_behind(party) for party in parties):
        return ""
    return _("这个账号的一次性密码由发起人、确认人或其账号的经办人给出，使用人还没有更换；请由其他人发起和确认。")


def require_no_part_in_recovery(user: User, actor: User) -> None:
    """Raise ValidationError when password and second factor of a person would both pass through one hand.

    So for who asked or confirmed a recovery that is open, or after which the person has not bound anew; and for who is
    the hand behind the asker or the confirmer.
    """
    recoveries = user.recoveries.filter(cancelled_at=None).select_related("asked_by", "confirmed_by")
    if has_factor(user):
        recoveries = recoveries.filter(confirmed_at=None)
    if any(actor.pk in _parties(recovery) for recovery in recoveries):
        raise ValidationError(
            _(
                "您（或由您分配、重置的账号）参与了这个账号动态口令的重置；使用人重新绑定之前，您不能重置它的密码。"
                "请由另一位账号管理员办理，或请运维人员在服务器上运行 manage.py reset_account。"
            )
        )


def _parties(recovery: SecondFactorRecovery) -> set[int]:
    people = [recovery.asked_by, *([recovery.confirmed_by] if recovery.confirmed_by else [])]
    return set().union(*(hands_behind(person) for person in people))
