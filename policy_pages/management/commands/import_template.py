"""`manage.py import_template FILE`: the empty Excel template of the import."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from policy_pages.imports.xlsx import write_template


class Command(BaseCommand):
    """Writes the template; never over a file that is there, unless told to."""

    help = "生成导入用的空白 Excel 模板（政策文件、申报指南、说明三张工作表）。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the file."""
        parser.add_argument("file", type=Path, help="模板写到哪里，例如 惠企通导入模板.xlsx")
        parser.add_argument("--force", action="store_true", help="覆盖已有文件")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write and say so."""
        path: Path = options["file"]
        if path.suffix.lower() != ".xlsx":
            raise CommandError(_("文件名应以 .xlsx 结尾。"))
        if path.exists() and not options["force"]:
            raise CommandError(_("文件 %(path)s 已存在；要覆盖请加 --force。") % {"path": path})
        try:
            write_template(path)
        except OSError as error:
            raise CommandError(_("写不了文件 %(path)s，请检查目录和权限。") % {"path": path}) from error
        self.stdout.write(self.style.SUCCESS(_("已生成模板：%(path)s") % {"path": path}))
