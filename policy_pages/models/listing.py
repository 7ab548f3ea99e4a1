"""The bureau's classification of a page, and the frozen record of each publication."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from policy_pages.enums import ApplicationRoute, PublicationKind, VocabularyCode
from policy_pages.models.vocabulary import Term


class Listing(models.Model):
    """清单条目: the bureau's own words about a page (A6(3)); the page's text stays the department's."""

    page = models.OneToOneField(
        "wagtailcore.Page", verbose_name=_("页面"), on_delete=models.PROTECT, related_name="listing"
    )
    revision_id = models.BigIntegerField(_("审核通过的版本"))
    content_hash = models.CharField(
        _("审核通过的内容散列"),
        max_length=64,
        default="",
        editable=False,
        help_text=_("到点发布前附件被换掉，就对不上。"),
    )
    category = models.ForeignKey(
        Term,
        verbose_name=_("清单类别"),
        on_delete=models.PROTECT,
        related_name="+",
        limit_choices_to={"vocabulary": VocabularyCode.CATEGORY},
    )
    route = models.CharField(_("申报方式"), max_length=20, choices=ApplicationRoute.choices, blank=True)
    terms = models.ManyToManyField(Term, verbose_name=_("主题、行业等分类"), related_name="listings", blank=True)
    classified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("分类人"), on_delete=models.PROTECT, related_name="+"
    )
    classified_at = models.DateTimeField(_("分类时间"))
    scheduled = models.JSONField(
        _("到点生效的分类"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("定时更新已公开的页面时，新分类与新内容同时生效。"),
    )
    history = HistoricalRecords(m2m_fields=[terms])

    class Meta:
        verbose_name = _("清单条目")
        verbose_name_plural = _("政策清单")
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        return f"{self.page.title}（{self.category}）"


class PublicationRecord(models.Model):
    """发布记录: what exactly went public, when, and who approved it. Append-only, like the event chain."""

    page_id = models.BigIntegerField(_("页面编号"), db_index=True)
    department_code = models.CharField(_("单位代码"), max_length=30, db_index=True)
    version = models.PositiveIntegerField(_("版本"))
    kind = models.CharField(_("类型"), max_length=10, choices=PublicationKind.choices)
    revision_id = models.BigIntegerField(_("修订编号"), unique=True)
    published_at = models.DateTimeField(_("发布时间"))
    content = models.TextField(_("发布的内容"), help_text=_("规范化的 JSON；散列即对它计算。"))
    content_hash = models.CharField(_("内容散列"), max_length=64)
    approvals = models.JSONField(_("审核人"))
    classification = models.JSONField(_("分类"))
    change_id = models.BigIntegerField(_("变更登记编号"), null=True, blank=True)
    change_note = models.CharField(_("更新说明"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("发布记录")
        verbose_name_plural = _("发布记录")
        ordering = ("page_id", "version")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(fields=["page_id", "version"], name="policy_pages_publication_version_once"),
        )

    def __str__(self) -> str:
        return f"#{self.page_id} v{self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert once; a record never changes."""
        if not self._state.adding:
            raise TypeError("发布记录只能追加，不能修改。")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Never."""
        raise TypeError("发布记录只能追加，不能删除。")
