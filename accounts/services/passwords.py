"""Passwords that people choose themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts.enums import SessionEnd
from accounts.models import PasswordRecord, User
from accounts.rules import PASSWORD_PROFILES, PasswordProfile, is_stale
from accounts.services.logins import record_own
from accounts.services.sessions import end_sessions
from audit.errors import Conflict
from audit.models import Event

if TYPE_CHECKING:
    import datetime

#: Event of a wrong present password.
WRONG = "account.password_wrong"
#: Hashes kept of each account: the longest memory a profile asks for.
KEPT_RECORDS = max(profile.history for profile in PASSWORD_PROFILES.values())


def password_profile() -> PasswordProfile:
    """The profile in force; an unknown name, which `check` refuses (accounts.E001), is the assessed one."""
    return PASSWORD_PROFILES.get(settings.HUIQITONG_PASSWORD_PROFILE, PASSWORD_PROFILES["mlps"])


def needs_renewal(user: User, at: datetime.datetime | None = None) -> bool:
    """Whether the password was too old at that instant (default: at the login, so that nobody is stopped at work)."""
    day = timezone.localdate(at or user.login_at or timezone.now())
    changed = timezone.localdate(user.password_changed_at or user.date_joined)
    return is_stale(changed, day, password_profile().renewed_after)


@sensitive_variables()
@transaction.atomic
def check_own_password(*, user: User, typed: str) -> str:
    """Compare the password a person at work typed as his present one; return the fault in words, empty when it is right.

    Whoever sits at somebody else's running session must not be able to guess on: `AXES_FAILURE_LIMIT` wrong ones since
    the login end every session of the account. Records `account.password_wrong` for each, which are what is counted.
    Raises Conflict when the session has ended in this very moment.
    """
    stands = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if stands.session_nonce != user.session_nonce:
        raise Conflict(_("本次会话刚刚被结束，请重新登录。"))
    if user.check_password(typed):
        return ""
    since = user.login_at or user.date_joined
    wrong = 1 + Event.objects.filter(actor_id=user.pk, action=WRONG, at__gte=since).count()
    left = settings.AXES_FAILURE_LIMIT - wrong
    record_own(WRONG, user, {"failures": wrong, "session_ended": left <= 0})
    if left > 0:
        return _("原密码不对，请重试；再输错 %d 次将退出登录。") % left
    end_sessions(user=user, because=SessionEnd.WRONG_PASSWORD)
    return str(SessionEnd.WRONG_PASSWORD.label)


@sensitive_variables()
@transaction.atomic
def change_password(*, user: User, password: str) -> None:
    """Set the password its holder chose; it must have passed the validators. Records `account.password_changed`.

    The one-time password before it is dead. The caller keeps the running session with `update_session_auth_hash`.
    Raises Conflict when password or session are no longer those `user` was read with: an officer's reset that came
    between must stand, or whoever it was meant to shut out would undo it.
    """
    stands = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if (stands.password, stands.session_nonce) != (user.password, user.session_nonce):
        raise Conflict(
            _("这个账号的密码或会话刚刚有变动（可能已被重置，或在别处登录），新密码没有保存；请重新登录后再修改。")
        )
    user.set_password(password)
    user.must_change_password = False
    user.password_expires_at = None
    user.password_changed_at = timezone.now()
    user.save(update_fields=["password", "must_change_password", "password_expires_at", "password_changed_at"])
    PasswordRecord.objects.create(user=user, password=user.password)
    kept = user.password_records.values_list("pk", flat=True)[:KEPT_RECORDS]
    user.password_records.exclude(pk__in=list(kept)).delete()
    record_own("account.password_changed", user, {"profile": settings.HUIQITONG_PASSWORD_PROFILE})
