"""What is published of punctuality: reasons of lateness, and frozen reports of a period."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from audit.rules import read_period
from policy_pages.querysets import LateReasonQuerySet


class LateReason(models.Model):
    """Why a change was public late: the department's words, public once the bureau has agreed (优化营商环境条例 第36条).

    Two persons, as for everything public: who wrote it and who agreed. New words must be agreed to anew.
    """

    change = models.OneToOneField(
        "policy_pages.ChangeRecord", verbose_name=_("变更登记"), on_delete=models.PROTECT, related_name="late_reason"
    )
    text = models.CharField(_("逾期原因"), max_length=300)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("填写人"), on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField(_("填写时间"))
    public_text = models.CharField(_("公开的原因"), max_length=300, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("审核人"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    published_at = models.DateTimeField(_("公开时间"), null=True)
    returned_because = models.CharField(_("退回理由"), max_length=300, blank=True)
    history = HistoricalRecords(history_change_reason_field=models.TextField(null=True))

    objects = LateReasonQuerySet.as_manager()

    class Meta:
        verbose_name = _("逾期说明")
        verbose_name_plural = _("逾期说明")
        ordering = ("-written_at", "-pk")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.change.title}：{self.text}"

    @property
    def waits(self) -> bool:
        """Whether the bureau has neither agreed to these words nor returned them."""
        return self.text != self.public_text and not self.returned_because


class FrozenReport(models.Model):
    """固定报告: the figures of a period as they were, computed from the event chain up to one event (A25, T25.1, T25.2).

    Append-only. A later one of the same period is a correction beside it, never in its place.
    """

    period = models.CharField(_("期间"), max_length=10, db_index=True)
    edition = models.PositiveSmallIntegerField(_("版次"))
    as_of = models.DateField(_("统计截至"))
    until_seq = models.PositiveBigIntegerField(_("截至审计事件序号"))
    head_hash = models.CharField(_("该事件校验值"), max_length=64)
    content = models.TextField(_("内容"), help_text=_("规范化的 JSON；散列即对它计算。"))
    content_hash = models.CharField(_("内容散列"), max_length=64)
    note = models.CharField(_("说明"), max_length=300, blank=True)
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("固定人"), on_delete=models.PROTECT, related_name="+"
    )
    frozen_at = models.DateTimeField(_("固定时间"))

    class Meta:
        verbose_name = _("固定报告")
        verbose_name_plural = _("固定报告")
        ordering = ("-period", "-edition")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(fields=["period", "edition"], name="policy_pages_one_edition_of_a_report"),
        )

    def __str__(self) -> str:
        period = read_period(self.period)
        return f"{period.label if period else self.period}第 {self.edition} 版"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert once; a report never changes."""
        if not self._state.adding:
            raise TypeError("固定报告只能追加，不能修改。")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Never."""
        raise TypeError("固定报告只能追加，不能删除。")

    @property
    def unit_figures(self) -> list[dict[str, Any]]:
        """The figures of each unit, with its name at that time."""
        content = json.loads(self.content)
        return [{"name": content["names"].get(unit, unit), **facts} for unit, facts in content["units"].items()]

    @property
    def total_figures(self) -> dict[str, Any]:
        """The figures of all."""
        total: dict[str, Any] = json.loads(self.content)["total"]
        return total
