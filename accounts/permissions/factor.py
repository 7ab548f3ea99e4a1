"""Who is asked for a second factor: the two questions that middleware, services and pages share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings

from accounts.enums import BUREAU_ROLES

if TYPE_CHECKING:
    from accounts.models import User


def has_factor(user: User) -> bool:
    """Whether the person has bound an authenticator; recovery codes alone are none."""
    return apps.get_model("otp_totp", "TOTPDevice").objects.filter(user_id=user.pk, confirmed=True).exists()


def must_have_factor(user: User) -> bool:
    """Whether the person may not work without one: superusers and holders of a bureau role, where the setting asks."""
    if not settings.HUIQITONG_SECOND_FACTOR_REQUIRED or not user.is_active:
        return False
    return user.is_superuser or user.holds(*BUREAU_ROLES)
