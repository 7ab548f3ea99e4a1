"""Everything periodic, idempotent: run it every minute."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from accounts.services import sync_permissions
from accounts.services.logins import forget_old_attempts
from audit.errors import DigestError
from audit.services import refresh_clocks, sign_daily_digest
from audit.services.notices import remind_due
from policy_pages.baking.services import keep_house
from policy_pages.feedback.services import forget
from policy_pages.services.schedule import publish_due
from policy_pages.visits.collecting import collect_visits


class Command(BaseCommand):
    """`manage.py tick`."""

    help = (
        "执行全部定时事项：到点发布、收回到期的任职权限、按新日历更新期限、提醒将到期和超期的单位、"
        "删除到期的纠错人联系方式、清理过期会话和登录失败记录、汇总访问次数、整理公开页面的副本、签署当日审计摘要。可反复运行。"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Publish what is due, take back rights of ended assignments, settle gaps, remind, forget contacts, count visits, tidy kept pages, sign the day.

        Raises CommandError when something failed.
        """
        report = publish_due()
        for revision_id in report.published:
            self.stdout.write(f"已按时发布：版本 {revision_id}")
        sync_permissions()
        changed = refresh_clocks(actor=None)
        if changed:
            self.stdout.write(f"按新的工作日安排更新了 {changed} 个期限。")
        reminded = remind_due()
        if reminded:
            self.stdout.write(f"提醒了 {reminded} 项将到期或超期的时限。")
        forgotten = forget()
        if forgotten:
            self.stdout.write(f"删除了 {forgotten} 条纠错的联系方式。")
        call_command("clearsessions")
        forget_old_attempts()
        problems = [f"版本 {pk} 未能发布：{reason}" for pk, reason in report.failed]
        try:
            visits = collect_visits()
        except OSError as error:
            problems.append(f"访问次数未能汇总：{error}")
        else:
            if visits:
                self.stdout.write(f"汇总了 {visits} 次访问。")
        try:
            keep_house()
        except OSError as error:
            problems.append(f"公开页面的旧副本未能清理：{error}")
        try:
            written = sign_daily_digest()
        except (DigestError, OSError) as error:
            problems.append(f"今日的审计摘要未能签署：{error}")
        else:
            if written:
                self.stdout.write(f"已写出今日的审计摘要：{written}")
        if problems:
            raise CommandError("；".join(problems))
