"""What lists and facets are read from: one narrow row for each public page, written by `services.listed` alone."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from policy_pages.models.vocabulary import Term


class ListedPage(models.Model):
    """在列页面: what a list says, filters and counts of one public page; a copy, of which the page tables are the truth.

    Names of units and terms are joined when they are read, so that a new name needs nothing. The window's state on a day
    follows from these columns alone, and is not among them.
    """

    page = models.OneToOneField(
        "wagtailcore.Page", verbose_name=_("页面"), primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    type = models.CharField(_("类型"), max_length=30, help_text=_("页面类型的模型名。"))
    department = models.ForeignKey(
        "accounts.Department", verbose_name=_("责任单位"), on_delete=models.PROTECT, related_name="+"
    )
    category = models.ForeignKey(Term, verbose_name=_("清单类别"), on_delete=models.PROTECT, related_name="+")
    terms = models.ManyToManyField(Term, verbose_name=_("主题、行业等分类"), related_name="+")
    route = models.CharField(_("申报方式"), max_length=20, blank=True)
    year = models.PositiveSmallIntegerField(
        _("年份"),
        null=True,
        help_text=_("文件成文（没有则印发）的年份；指南取所依据文件中最近的，没有则与解读一样取首次发布的年份。"),
    )
    window_type = models.CharField(_("申报期限类型"), max_length=20, blank=True)
    window_start = models.DateField(_("申报开始日期"), null=True)
    window_end = models.DateField(_("申报截止日期"), null=True)
    basis_ended_from = models.DateField(
        _("依据全部失去效力之日"),
        null=True,
        help_text=_("从这一天起，所依据的公开文件都已废止或失效；没有这一天则为空。"),
    )
    amount_max = models.DecimalField(_("最高金额（元）"), max_digits=14, decimal_places=2, null=True)
    document_status = models.CharField(_("文件状态"), max_length=20, blank=True)
    expires_on = models.DateField(_("失效日期"), null=True)
    first_published_at = models.DateTimeField(_("首次发布时间"), null=True)
    last_published_at = models.DateTimeField(_("发布时间"), null=True)
    title = models.CharField(_("标题"), max_length=255)
    slug = models.CharField(_("网址末段"), max_length=255)
    summary = models.CharField(_("一句话摘要"), max_length=300, blank=True)
    doc_number = models.CharField(_("文号"), max_length=120, blank=True)
    window_note = models.CharField(_("期限说明"), max_length=300, blank=True)
    source_id = models.CharField(_("来源编号"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("在列页面")
        verbose_name_plural = _("在列页面")
        default_permissions: ClassVar[tuple[Any, ...]] = ()
        indexes = (models.Index(fields=["-first_published_at", "-page"], name="policy_pages_listed_newest"),)

    def __str__(self) -> str:
        return self.title


class ListedState(models.Model):
    """在列状态: one row, whose mark is another after every change of the table beside it.

    Whoever keeps something counted from `ListedPage` keeps it under this mark. It is random, not a number that grows: what
    was rolled back or restored from a copy never bears the mark of something else.
    """

    ROW = 1

    mark = models.CharField(_("标记"), max_length=32)

    class Meta:
        verbose_name = _("在列状态")
        verbose_name_plural = _("在列状态")
        default_permissions: ClassVar[tuple[Any, ...]] = ()

    def __str__(self) -> str:
        return self.mark
