"""`manage.py audit_protect`: put back missing triggers, openly."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError
from django.utils.translation import gettext as _

from audit.services import restore_triggers


class Command(BaseCommand):
    """Restores the append-only triggers that check audit.E001 found missing, and records that it had to."""

    help = "恢复缺失或被改动的追加写触发器，并写入审计事件。"
    # The check that sends people here would keep the command from running.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore and print what was restored. Raises CommandError where the role of the connection may not."""
        try:
            names = restore_triggers(actor=None)
        except ProgrammingError as error:  # PostgreSQL, connected as the application's role
            raise CommandError(
                _(
                    "当前数据库角色无权恢复触发器，未作任何改动。请改用表的所有者（huiqitong_owner）的 DATABASE_URL 再运行。"
                )
            ) from error
        if names:
            self.stdout.write(_("已恢复：%(names)s") % {"names": "、".join(names)})
        else:
            self.stdout.write(_("触发器齐全，无需恢复。"))
