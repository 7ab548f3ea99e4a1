"""`manage.py audit_replay`: does every verdict follow from the history?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from audit.models import DutyClock
from audit.services.replay import Difference, judgement_words, replay_verdicts


class Command(BaseCommand):
    """Recomputes every verdict from the event chain alone; exit status 1 if any differs from what is stored."""

    help = "仅凭审计事件链重算全部时限结论，列出与存储不一致、或按现行工作日历会不同的结论；有差异时退出码为 1。"
    # It must speak above all when something is wrong.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what is compared besides."""
        parser.add_argument(
            "--objects",
            action="store_true",
            help="另外核对不影响结论的内容：对象、触发日期依据、所涉部门、现由谁办理、移交的时刻；多用约一半的时间。",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay and print each difference; raises CommandError with their number."""
        report = replay_verdicts(with_objects=options["objects"])
        labels = DutyClock.objects.in_bulk([difference.clock for difference in report.differences])
        for difference in report.differences:
            self.stdout.write(self._line(difference, labels.get(difference.clock)))
        if not report.ok:
            numbers = {"clocks": report.clocks, "differences": len(report.differences)}
            raise CommandError(_("重算 %(clocks)d 个时限，差异 %(differences)d 处。") % numbers)
        self.stdout.write(self.style.SUCCESS(_("重算 %(clocks)d 个时限，差异 0 处。") % {"clocks": report.clocks}))

    def _line(self, difference: Difference, clock: DutyClock | None) -> str:
        words = [f"时限 {difference.clock}", str(clock) if clock else "—", str(difference.finding.label)]
        words += [difference.detail] if difference.detail else []
        words.append(f"存储：{judgement_words(difference.stated)} → 重算：{judgement_words(difference.recomputed)}")
        return "｜".join(words)
