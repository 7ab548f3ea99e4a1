"""Scheduled publications: what was approved for a later instant."""

from __future__ import annotations

import datetime
import logging
from dataclasses import dataclass, field

from django.utils import timezone
from wagtail.models import Revision

logger = logging.getLogger(__name__)


@dataclass
class ScheduleReport:
    """Revision ids that went live, and those that failed with the reason."""

    published: list[int] = field(default_factory=list)
    failed: list[tuple[int, str]] = field(default_factory=list)


def publish_due(now: datetime.datetime | None = None) -> ScheduleReport:
    """Publish every approved revision whose instant has come, each in its own transaction (`PolicyPage.publish`).

    One that fails leaves nothing behind and does not hold up the others; it is logged and tried again next time.
    """
    report = ScheduleReport()
    due = Revision.objects.filter(approved_go_live_at__lte=now or timezone.now()).order_by("approved_go_live_at", "pk")
    for revision in due:
        try:
            revision.publish(log_action="wagtail.publish.scheduled")
        except Exception as error:
            logger.exception("scheduled publication of revision %s failed", revision.pk)
            report.failed.append((revision.pk, str(error)))
        else:
            report.published.append(revision.pk)
    return report
