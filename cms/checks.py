"""System checks of what must hold for the whole project."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, register

ATOMIC = "cms.middleware.AtomicUnsafeRequestMiddleware"


@register()
def one_transaction_per_unsafe_request(app_configs: Any, **kwargs: Any) -> list[Error]:
    """cms.E001: the transaction middleware stands last; cms.E002: ATOMIC_REQUESTS is off."""
    errors = []
    if not settings.MIDDLEWARE or settings.MIDDLEWARE[-1] != ATOMIC:
        errors.append(
            Error(
                "MIDDLEWARE 的最后一项必须是事务中间件，否则写操作和审计事件可能只成功一半。",
                hint=f"把 {ATOMIC} 放在最后。",
                id="cms.E001",
            )
        )
    if any(database.get("ATOMIC_REQUESTS") for database in settings.DATABASES.values()):
        errors.append(
            Error(
                "不要打开 ATOMIC_REQUESTS：SQLite 下每个读请求都会去抢写锁。",
                hint="写请求的事务由中间件负责。",
                id="cms.E002",
            )
        )
    return errors


@register()
def nothing_that_bypasses_moderation(app_configs: Any, **kwargs: Any) -> list[Error]:
    """cms.E003: apps and options that would open a door past moderation or private files stay out."""
    barred = {"wagtail.api.v2", "wagtail.contrib.simple_translation", "wagtail.contrib.table_block"}
    errors = [
        Error(f"不得安装 {app}：它会绕过审核或公开未发布内容。", id="cms.E003")
        for app in sorted(barred & set(settings.INSTALLED_APPS))
    ]
    if settings.WAGTAILDOCS_SERVE_METHOD != "serve_view":
        errors.append(Error("WAGTAILDOCS_SERVE_METHOD 必须是 serve_view，附件才受权限控制。", id="cms.E003"))
    if settings.WAGTAIL_AUTOSAVE_INTERVAL != 0:
        errors.append(Error("WAGTAIL_AUTOSAVE_INTERVAL 必须是 0：自动保存会改写已提交的版本。", id="cms.E003"))
    return errors
