"""A new one-time password by the operator, where no account officer may give it: to the only auditor, or to himself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from accounts.models import User
from accounts.services import reset_password
from audit.errors import Conflict

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """`manage.py reset_account CODE [--reason TEXT]`."""

    help = "重置一个账号的密码并显示一次性密码：唯一的审计账号、唯一的账号管理员等，不能由账号管理员在后台重置的。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare whose, and why."""
        parser.add_argument("code", help="账号，例如 spj-audit")
        parser.add_argument("--reason", default="运维人员在服务器上重置", help="原因，记入审计链")

    @sensitive_variables()
    def handle(self, *args: Any, code: str, reason: str, **options: Any) -> None:
        """Reset by nobody's hand (the event says 系统) and print the password, once. The second factor stays."""
        user = User.objects.filter(username__iexact=code.strip()).first()
        if user is None:
            raise CommandError(f"没有账号“{code}”，请核对。")
        if user.is_superuser:
            raise CommandError("这是应急超级账号，请用 manage.py changepassword。")
        try:
            password = reset_password(user=user, reason=reason, actor=None)
        except ValidationError as error:
            raise CommandError("没有重置：" + " ".join(error.messages)) from error
        except Conflict as error:
            raise CommandError(f"没有重置：{error}") from error
        expires = timezone.localtime(user.password_expires_at)
        self.stdout.write(f"已重置密码：{user.username}（{user.holder_name}），原有会话随即结束，动态口令不变。")
        self.stdout.write(f"一次性密码：{password}")
        self.stdout.write(f"有效期至 {expires:%Y-%m-%d %H:%M}，登录后须改密码。密码只显示这一次，请当面交给使用人。")
