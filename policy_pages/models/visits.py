"""Visits of public pages, and how far the files that tell of them were read."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class VisitCount(models.Model):
    """How often a page was opened on one day in Shanghai (A24, T24.1). Nothing of who opened it."""

    page = models.PositiveBigIntegerField(_("页面"), help_text=_("页面的编号；页面不在了，次数仍在。"))
    department = models.ForeignKey(
        "accounts.Department",
        verbose_name=_("责任单位"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("首页和政策库不属于单位。"),
    )
    day = models.DateField(_("日期"))
    number = models.PositiveIntegerField(_("访问次数"))

    class Meta:
        verbose_name = _("访问次数")
        verbose_name_plural = _("访问次数")
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=["page", "day"], name="policy_pages_one_count_a_page_and_day"),)
        indexes = (models.Index(fields=["day", "department"], name="policy_pages_visits_of_a_day"),)

    def __str__(self) -> str:
        return f"{self.page} {self.day}：{self.number}"


class VisitFile(models.Model):
    """How many bytes of a file of visits are in the counts (`visits.collecting`). Kept longer than the file."""

    name = models.CharField(_("文件名"), max_length=60, unique=True)
    day = models.DateField(_("日期"), db_index=True)
    taken = models.PositiveBigIntegerField(_("已计入的字节"), default=0)

    class Meta:
        verbose_name = _("访问记录文件")
        verbose_name_plural = _("访问记录文件")
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
