"""`manage.py relist`: does the narrow table that lists read say what the pages say?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from policy_pages.services.listed import listed_otherwise, relist


class Command(BaseCommand):
    """Rebuilds the table from the page tables, or with --check says what differs; exit status 1 if anything does."""

    help = "按公开页面重建列表与筛选所用的在列页面表；加 --check 只核对不改动，有不符时退出码为 1。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Read whether only to look."""
        parser.add_argument("--check", action="store_true", help="只核对，不改动")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        """Rebuild and say how many rows were wrong; raises CommandError with every fault when only looking."""
        if not check:
            number = relist()
            self.stdout.write(self.style.SUCCESS(_("在列页面表已重建：改正 %(number)d 行。") % {"number": number}))
            return
        faults = list(listed_otherwise())
        if faults:
            raise CommandError("\n".join(faults))
        self.stdout.write(self.style.SUCCESS(_("在列页面与公开页面一致。")))
