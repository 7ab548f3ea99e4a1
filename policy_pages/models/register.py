"""变更登记: what happened to a policy and when (A12); starts the 3-working-day clock, before its page if need be."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from policy_pages.enums import ChangeKind, ChangeSubject, TriggerBasis
from policy_pages.querysets import ChangeRecordQuerySet

if TYPE_CHECKING:
    from audit.rules import Verdict


class ChangeRecord(models.Model):
    """One 新增, 修订 or 废止 of one department, with its trigger date and evidence (T12.1)."""

    department = models.ForeignKey(
        "accounts.Department", verbose_name=_("单位"), on_delete=models.PROTECT, related_name="changes"
    )
    kind = models.CharField(_("变更类型"), max_length=10, choices=ChangeKind.choices)
    subject = models.CharField(
        _("变更对象"), max_length=10, choices=ChangeSubject.choices, default=ChangeSubject.DOCUMENT
    )
    title = models.CharField(_("文件或事项名称"), max_length=255)
    doc_number = models.CharField(_("文号"), max_length=120, blank=True)
    trigger_date = models.DateField(
        _("触发日期"), help_text=_("印发日期；没有印发日期的填成文日期。从次日起算 3 个工作日。")
    )
    trigger_basis = models.CharField(
        _("日期依据"), max_length=20, choices=TriggerBasis.choices, default=TriggerBasis.ISSUED
    )
    evidence = models.TextField(
        _("依据说明"), max_length=1000, help_text=_("凭什么确定这个日期：收文登记、印发件、会议纪要的名称或网址。")
    )
    page = models.ForeignKey(
        "wagtailcore.Page",
        verbose_name=_("页面"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="changes",
        editable=False,
    )
    clock = models.OneToOneField(
        "audit.DutyClock", verbose_name=_("时限"), on_delete=models.PROTECT, related_name="change", editable=False
    )
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("登记人"),
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )
    registered_at = models.DateTimeField(_("登记时间"), auto_now_add=True)
    # Reasons may be longer than simple-history's own 100 characters.
    history = HistoricalRecords(history_change_reason_field=models.TextField(null=True))

    objects = ChangeRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("变更登记")
        verbose_name_plural = _("变更登记")
        ordering = ("-trigger_date", "-pk")
        default_permissions = ("add", "change", "view")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.title}（{self.trigger_date:%Y-%m-%d}）"

    def verdict(self, today: datetime.date | None = None) -> Verdict:
        """按时, 逾期, 进行中, 已超期 or 暂不可计算 on a day (default today); computed, never stored (A12)."""
        return self.clock.verdict(today)

    @property
    def is_open(self) -> bool:
        """Neither settled by a publication nor cancelled."""
        return self.clock.finished_at is None and self.clock.cancelled_at is None
