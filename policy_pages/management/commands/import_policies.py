"""`manage.py import_policies FILE`: policies from JSON Lines or Excel, as drafts."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from policy_pages.imports.services import ImportFileError, import_file


class Command(BaseCommand):
    """Imports, or tries the import, and reports row by row."""

    help = "从 JSON Lines 或 Excel 模板导入政策文件和申报指南；一律存为草稿，不会直接公开。说明见 docs/import.md。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Name file, department and mode."""
        parser.add_argument("file", type=Path, help="要导入的 .jsonl 或 .xlsx 文件")
        parser.add_argument("--department", default="", help="制发机关对应不到单位的记录归入的单位代码")
        parser.add_argument("--stock", action="store_true", help="作为存量导入：不计 3 个工作日，允许要素待补")
        parser.add_argument("--dry-run", action="store_true", help="试运行：只报告，不写入任何数据")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and print; raises CommandError when the file as a whole cannot be imported."""
        try:
            report = import_file(
                path=options["file"],
                department_code=options["department"],
                stock=options["stock"],
                dry_run=options["dry_run"],
            )
        except ImportFileError as error:
            raise CommandError(str(error)) from error
        for line in [outcome.line() for outcome in report.outcomes] + report.notes:
            self.stdout.write(line)
        summary = _(
            "共 %(rows)d 条：导入 %(imported)d 条（其中内容矛盾 %(contradictory)d 条、内容待补 %(incomplete)d 条），"
            "已存在 %(existing)d 条，跳过 %(skipped)d 条。"
        )
        prefix = _("试运行，未写入任何数据。") if options["dry_run"] else ""
        self.stdout.write(self.style.SUCCESS(prefix + summary % report.counts()))
