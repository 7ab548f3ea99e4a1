"""申报期限确定告知 (A11): a department tells the bureau that a pending window was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from policy_pages.querysets import WindowNoticeQuerySet

if TYPE_CHECKING:
    from audit.rules import Verdict, WorkCalendar


class WindowNotice(models.Model):
    """One decision of a window that the public still reads as 期限待定: when decided, told and received (T11.3, T11.4).

    Its clock runs from the day of the decision and is finished by telling: the first time the fixed dates are saved. The
    page goes public on the ordinary way; the notice is settled by that.
    """

    department = models.ForeignKey(
        "accounts.Department", verbose_name=_("单位"), on_delete=models.PROTECT, related_name="window_notices"
    )
    #: Plain id and a copy of the title: a draft may be deleted, the notice stays.
    guide_id = models.BigIntegerField(_("指南编号"), db_index=True)
    title = models.CharField(_("事项"), max_length=255)
    decided_on = models.DateField(_("期限确定日期"))
    window_start = models.DateField(_("申报开始日期"))
    window_end = models.DateField(_("申报截止日期"))
    clock = models.OneToOneField(
        "audit.DutyClock", verbose_name=_("告知时限"), on_delete=models.PROTECT, related_name="+", editable=False
    )
    notified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("告知人"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    notified_at = models.DateTimeField(_("告知时间"))
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("签收人"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    received_at = models.DateTimeField(_("签收时间"), null=True)
    published_at = models.DateTimeField(_("公开时间"), null=True)
    cancelled_at = models.DateTimeField(_("撤销时间"), null=True)
    history = HistoricalRecords(history_change_reason_field=models.TextField(null=True))

    objects = WindowNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("申报期限告知")
        verbose_name_plural = _("申报期限告知")
        ordering = ("-notified_at", "-pk")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(
                fields=["guide_id"],
                condition=models.Q(published_at=None, cancelled_at=None),
                name="policy_pages_one_open_window_notice",
            ),
        )

    def __str__(self) -> str:
        return f"{self.title}（{self.window_start:%Y-%m-%d} 至 {self.window_end:%Y-%m-%d}）"

    @property
    def is_open(self) -> bool:
        """The public still reads 期限待定."""
        return self.published_at is None and self.cancelled_at is None

    def verdict(self, calendar: WorkCalendar | None = None) -> Verdict:
        """Whether the bureau was told within 3 working days of the decision."""
        return self.clock.verdict(calendar=calendar)
