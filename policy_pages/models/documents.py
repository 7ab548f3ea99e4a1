"""政策文件: a policy document with its disclosure metadata (domain §3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.fields import StreamField
from wagtail.search import index

from policy_pages import rules
from policy_pages.blocks import BodyBlock
from policy_pages.enums import ENDED_STATUSES, ChangeSubject, DocumentGenre, DocumentStatus
from policy_pages.forms.pages import PolicyPageForm
from policy_pages.models.base import PolicyPage
from policy_pages.panels import document_panels

if TYPE_CHECKING:
    from policy_pages.models.guides import ApplicationGuidePage
    from policy_pages.models.interpretations import InterpretationPage


class PolicyDocumentPage(PolicyPage):
    """The official text, with every field its header shows."""

    doc_number = models.CharField(
        _("文号"), max_length=120, blank=True, help_text=_("例如“锡政办发〔2023〕1号”；括号用哪种都可以，保存时统一。")
    )
    index_number = models.CharField(_("索引号"), max_length=60, blank=True)
    issuing_body = models.CharField(
        _("制发机关"), max_length=200, blank=True, help_text=_("文件落款单位；联合发文用“、”分开。")
    )
    written_on = models.DateField(_("成文日期"), null=True, blank=True, help_text=_("文件落款的日期。"))
    issued_on = models.DateField(
        _("印发日期"), null=True, blank=True, help_text=_("正式印发的日期，晚于或等于成文日期。")
    )
    effective_on = models.DateField(_("施行日期"), null=True, blank=True)
    expires_on = models.DateField(_("失效日期"), null=True, blank=True, help_text=_("文件写明有效期的，填写最后一天。"))
    subject_category = models.CharField(
        _("主题分类"), max_length=100, blank=True, help_text=_("两级，例如：综合政务\\政务公开")
    )
    genre = models.CharField(_("体裁"), max_length=20, choices=DocumentGenre.choices, blank=True)
    document_status = models.CharField(
        _("文件状态"), max_length=20, choices=DocumentStatus.choices, default=DocumentStatus.IN_FORCE
    )
    body = StreamField(BodyBlock(), verbose_name=_("正文"), blank=True)
    repealed_on = models.DateField(_("废止日期"), null=True, blank=True)
    repeal_reason = models.CharField(_("废止依据或原因"), max_length=300, blank=True)
    successor = models.ForeignKey(
        "policy_pages.PolicyDocumentPage",
        verbose_name=_("替代文件"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="predecessors",
        help_text=_("由哪个文件接替；没有则留空。"),
    )

    base_form_class = PolicyPageForm
    edit_handler = document_panels()
    template = "policy_pages/document.html"
    slug_prefix = "wj"
    change_subjects = (ChangeSubject.DOCUMENT,)
    search_fields: ClassVar[list] = [
        *PolicyPage.search_fields,
        index.SearchField("doc_number", boost=4),
        index.SearchField("issuing_body"),
        index.FilterField("document_status"),
    ]

    class Meta:
        verbose_name = _("政策文件")
        verbose_name_plural = _("政策文件")

    def clean(self) -> None:
        """Write the 文号 with hexagon brackets whatever was typed."""
        super().clean()
        self.doc_number = "；".join(rules.normalise_number(part) for part in self.doc_number.split("；"))

    def content_faults(self) -> list[rules.Fault]:
        """All at once (A10, A12)."""
        return rules.document_faults(self.facts(), timezone.localdate())

    def facts(self) -> rules.DocumentFacts:
        """What the completeness rule needs."""
        return rules.DocumentFacts(
            title=self.title,
            number=self.doc_number,
            number_taken_by=self.number_taken_by(),
            issuing_body=self.issuing_body,
            written_on=self.written_on,
            issued_on=self.issued_on,
            effective_on=self.effective_on,
            expires_on=self.expires_on,
            has_text=bool(len(self.body)) or bool(self.summary and self.source_url),
            status=self.document_status,
            repealed_on=self.repealed_on,
            repeal_reason=self.repeal_reason,
            stock=self.is_stock,
        )

    def number_taken_by(self) -> str:
        """Title of another document of the department with this 文号; empty for none. Stock may repeat a number."""
        if not self.doc_number or self.is_stock:
            return ""
        rivals = PolicyDocumentPage.objects.filter(department=self.department, doc_number=self.doc_number)
        rival = rivals.exclude(pk=self.pk).first()
        return rival.title if rival else ""

    @property
    def is_ended(self) -> bool:
        """Whether nobody can apply under it any more: repealed, or past its last day."""
        expired = bool(self.expires_on and self.expires_on < timezone.localdate())
        return self.document_status in ENDED_STATUSES or expired

    def live_guides(self) -> models.QuerySet[ApplicationGuidePage]:
        """Public guides that rest on this document."""
        from policy_pages.models.guides import ApplicationGuidePage

        return ApplicationGuidePage.objects.live().filter(bases__document=self).distinct()

    def live_interpretations(self) -> models.QuerySet[InterpretationPage]:
        """Public interpretations that explain this document."""
        from policy_pages.models.interpretations import InterpretationPage

        return InterpretationPage.objects.live().filter(explained__document=self).distinct()
