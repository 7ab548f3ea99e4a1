"""Send everybody back to the login, after a restore or when a theft is feared."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from accounts.services import end_every_session


class Command(BaseCommand):
    """`manage.py end_sessions`."""

    help = "结束所有账号的会话：从备份恢复数据之后，或怀疑会话被盗用时运行；各人须重新登录。"

    def handle(self, *args: Any, **options: Any) -> None:
        """End them."""
        end_every_session()
        self.stdout.write(_("所有账号的会话都已结束，各人须重新登录。"))
