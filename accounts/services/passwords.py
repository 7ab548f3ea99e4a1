"""Passwords that people choose themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import PasswordRecord, User
from accounts.rules import PASSWORD_PROFILES, PasswordProfile, is_stale
from accounts.services.logins import record_own

if TYPE_CHECKING:
    import datetime

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


@transaction.atomic
def change_password(*, user: User, password: str) -> None:
    """Set the password its holder chose; it must have passed the validators. Records `account.password_changed`.

    The one-time password before it is dead. The caller keeps the running session with `update_session_auth_hash`.
    """
    user.set_password(password)
    user.must_change_password = False
    user.password_expires_at = None
    user.password_changed_at = timezone.now()
    user.save(update_fields=["password", "must_change_password", "password_expires_at", "password_changed_at"])
    PasswordRecord.objects.create(user=user, password=user.password)
    kept = user.password_records.values_list("pk", flat=True)[:KEPT_RECORDS]
    user.password_records.exclude(pk__in=list(kept)).delete()
    record_own("account.password_changed", user, {"profile": settings.HUIQITONG_PASSWORD_PROFILE})
