"""`manage.py publish_import`: demo, tests and benchmarks only; imported drafts through the real workflow."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from policy_pages.imports.publish import RefusedError, publish_imported
from policy_pages.imports.report import CARRIED, SKIPPED


class Command(BaseCommand):
    """Carries what is complete, and says what it left and why."""

    help = "仅限演示和测试：用演示账号把导入的草稿经单位审核、审批局分类审核后公开。生产环境拒绝运行。"

    def handle(self, *args: Any, **options: Any) -> None:
        """Carry and print; raises CommandError in production."""
        try:
            report = publish_imported()
        except RefusedError as error:
            raise CommandError(str(error)) from error
        for outcome in report.outcomes:
            if outcome.status == SKIPPED:
                self.stdout.write(outcome.line())
        for reason, count in report.skip_reasons().most_common():
            self.stdout.write(_("跳过 %(count)d 条：%(reason)s") % {"count": count, "reason": reason})
        self.stdout.write(
            self.style.SUCCESS(
                _("共 %(rows)d 条导入草稿：公开 %(carried)d 条，跳过 %(skipped)d 条。")
                % {
                    "rows": len(report.outcomes),
                    "carried": report.count(CARRIED),
                    "skipped": report.count(SKIPPED),
                }
            )
        )
