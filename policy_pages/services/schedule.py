"""Scheduled publications: what was approved for a later instant."""

from __future__ import annotations

import datetime
import logging
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from wagtail.models import Page, Revision

from policy_pages.services.duties import lock_duties

logger = logging.getLogger(__name__)


@dataclass
class ScheduleReport:
    """Revision ids that went live, and those that failed with the reason."""

    published: list[int] = field(default_factory=list)
    failed: list[tuple[int, str]] = field(default_factory=list)


def publish_due(now: datetime.datetime | None = None) -> ScheduleReport:
    """Publish every approved revision whose instant has come, each in its own transaction.

    One that fails leaves nothing behind and does not hold up the others; it is logged and tried again next time.
    """
    report = ScheduleReport()
    now = now or timezone.now()
    due = Revision.objects.filter(approved_go_live_at__lte=now).order_by("approved_go_live_at", "pk")
    for revision in due:
        try:
            is_published = _publish(revision, now)
        except Exception as error:
            logger.exception("scheduled publication of revision %s failed", revision.pk)
            report.failed.append((revision.pk, str(error)))
        else:
            report.published += [revision.pk] if is_published else []
    return report


@transaction.atomic
def _publish(revision: Revision, now: datetime.datetime) -> bool:
    """Publish if it is still due under the page's lock; another timer or a newer approval may have been faster."""
    Page.objects.select_for_update().get(pk=revision.object_id)
    still_due = Revision.objects.filter(pk=revision.pk, approved_go_live_at__lte=now).first()
    if still_due is None:
        return False
    lock_duties(still_due)
    still_due.publish(log_action="wagtail.publish.scheduled")
    return True
