"""Demo content: invented departments, accounts, policies and changes. Refused on a real installation."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from policy_pages.demo.seed import seed


class Command(BaseCommand):
    """`manage.py seed_demo`."""

    help = "生成演示单位、账号和政策（内容均为虚构）。可反复运行；正式环境中拒绝执行。"
    requires_system_checks: list[str] = []  # `migrate`, which must come first, has just run them

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed once; say what stands."""
        if not settings.HUIQITONG_DEMO:
            raise CommandError("这不是演示环境（HUIQITONG_DEMO 未开启），不能生成演示账号和演示内容。")
        report = seed()
        if report.was_there:
            self.stdout.write("演示内容已经存在，未作任何改动。")
            return
        self.stdout.write(
            f"演示内容已生成：单位 {report.units} 个，政策文件 {report.documents} 件，"
            f"申报指南 {report.guides} 件，政策解读 {report.interpretations} 件。内容均为虚构。"
        )
