"""`manage.py audit_reports`: does every frozen report still follow from the event chain?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from policy_pages.services.reports import check_reports


class Command(BaseCommand):
    """Recomputes every frozen report from the chain up to its event; exit status 1 if any differs or is gone (T25.2)."""

    help = "仅凭审计事件链重算每一份固定报告，列出不同之处和缺失的版次；有不同时退出码为 1。"
    # It must speak above all when something is wrong.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Recompute and print what differs; raises CommandError with the number of reports that do."""
        found = check_reports()
        for _report, lines in found:
            for line in lines:
                self.stdout.write(line)
        wrong = sum(1 for _report, lines in found if lines)
        numbers = {"reports": len(found), "wrong": wrong}
        if wrong:
            raise CommandError(_("重算固定报告 %(reports)d 份，不一致 %(wrong)d 份。") % numbers)
        self.stdout.write(self.style.SUCCESS(_("重算固定报告 %(reports)d 份，全部一致。") % numbers))
        self.stdout.write(_("审计链本身是否完好，请另行运行 audit_verify。"))
