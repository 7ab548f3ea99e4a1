"""System checks of accounts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import Error, register

from accounts.rules import PASSWORD_PROFILES


@register()
def known_password_profile(app_configs: Any, **kwargs: Any) -> list[Error]:
    """accounts.E001: HUIQITONG_PASSWORD_PROFILE names a profile that exists."""
    if settings.HUIQITONG_PASSWORD_PROFILE in PASSWORD_PROFILES:
        return []
    return [
        Error(
            f"HUIQITONG_PASSWORD_PROFILE 的值“{settings.HUIQITONG_PASSWORD_PROFILE}”不存在。",
            hint=f"可选：{'、'.join(PASSWORD_PROFILES)}。",
            id="accounts.E001",
        )
    ]


@register()
def trusted_proxies(app_configs: Any, **kwargs: Any) -> list[Error]:
    """accounts.E002: HUIQITONG_PROXY_COUNT is no negative number."""
    if settings.HUIQITONG_PROXY_COUNT >= 0:
        return []
    return [Error("HUIQITONG_PROXY_COUNT 不能是负数。", hint="没有反向代理时为 0。", id="accounts.E002")]
