"""`manage.py audit_verify`: is the event chain whole?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from audit.services import verify_chain


class Command(BaseCommand):
    """Recomputes the chain; exit status 1 on the first event that is changed, missing or not registered."""

    help = "核验审计事件链；发现问题时退出码为 1。"
    # It must speak above all when something is wrong.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Read the size of a batch."""
        parser.add_argument("--batch", type=int, default=1000, help="每次读取的事件数")

    def handle(self, *args: Any, batch: int, **options: Any) -> None:
        """Verify and print; raises CommandError with the problem in words."""
        report = verify_chain(batch=batch)
        if not report.ok:
            raise CommandError(
                _("审计链有问题（前 %(count)d 个事件完好）：%(problem)s")
                % {"count": report.count, "problem": report.problem}
            )
        self.stdout.write(
            self.style.SUCCESS(
                _("审计链完好：共 %(count)d 个事件，链头 %(hash)s。")
                % {"count": report.count, "hash": report.head_hash or "—"}
            )
        )
