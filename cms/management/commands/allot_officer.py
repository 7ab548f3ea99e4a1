"""The first account of an empty installation: an account officer of the bureau. No role grants itself (A15)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.enums import DepartmentKind, Role
from accounts.models import Department
from accounts.services import allot_account
from policy_pages.services.departments import open_department

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """`manage.py allot_officer CODE NAME PHONE [--bureau-name NAME --bureau-code CODE]`."""

    help = "在行政审批局开设账号管理人员的账号，显示一次性初始密码。空系统的第一个账号由此开设。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the person, and the bureau for an empty installation."""
        parser.add_argument("code", help="账号，例如 spj-acct")
        parser.add_argument("name", help="使用人姓名")
        parser.add_argument("phone", help="联系电话")
        parser.add_argument("--bureau-name", default="", help="还没有行政审批局时：它的全称")
        parser.add_argument("--bureau-code", default="", help="还没有行政审批局时：它的单位代码，例如 spj")

    @transaction.atomic
    def handle(self, *args: Any, code: str, name: str, phone: str, **options: Any) -> None:
        """Open the account by nobody's hand and print its password, once."""
        bureau = self._bureau(options["bureau_name"].strip(), options["bureau_code"].strip())
        try:
            account = allot_account(
                username=code,
                holder_name=name,
                phone=phone,
                department=bureau,
                roles=[Role.ACCOUNT_OFFICER],
                actor=None,
            )
        except ValidationError as error:
            raise CommandError("没有开设账号：" + " ".join(error.messages)) from error
        expires = timezone.localtime(account.user.password_expires_at)
        self.stdout.write(
            f"已开设账号管理人员账号：{account.user.username}（{account.user.holder_name}，{bureau.name}）"
        )
        self.stdout.write(f"一次性初始密码：{account.password}")
        self.stdout.write(f"有效期至 {expires:%Y-%m-%d %H:%M}，首次登录须改密码。密码只显示这一次，请当面交给使用人。")

    def _bureau(self, name: str, code: str) -> Department:
        """The bureau there is, or the one to be opened. Raises CommandError that says what to do."""
        bureau = Department.objects.filter(kind=DepartmentKind.BUREAU).order_by("pk").first()
        if bureau is not None:
            if (name and name != bureau.name) or (code and code != bureau.code):
                raise CommandError(
                    f"行政审批局已经开设：{bureau.name}（{bureau.code}）。请去掉 --bureau-name 和 --bureau-code。"
                )
            return bureau
        if not (name and code):
            raise CommandError(
                "还没有行政审批局，账号没有单位可归。请加上 --bureau-name 全称 --bureau-code 代码，"
                "例如 --bureau-name 某市行政审批局 --bureau-code spj。"
            )
        try:
            return open_department(code=code, name=name, short_name=name[:30], kind=DepartmentKind.BUREAU)
        except ValidationError as error:
            raise CommandError("没有开设行政审批局：" + " ".join(error.messages)) from error
