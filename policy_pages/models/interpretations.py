"""政策解读: an explanation of one or several documents (A22(3))."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import PageChooserPanel
from wagtail.fields import StreamField
from wagtail.models import Orderable

from policy_pages.blocks import BodyBlock
from policy_pages.forms.pages import PolicyPageForm
from policy_pages.models.base import PolicyPage
from policy_pages.panels import interpretation_panels
from policy_pages.rules import Fault


class InterpretationPage(PolicyPage):
    """Plain words beside the official text."""

    author = models.CharField(_("解读人或单位"), max_length=100, blank=True)
    body = StreamField(BodyBlock(), verbose_name=_("解读正文"), blank=True)

    base_form_class = PolicyPageForm
    edit_handler = interpretation_panels()
    template = "policy_pages/interpretation.html"
    slug_prefix = "jd"

    class Meta:
        verbose_name = _("政策解读")
        verbose_name_plural = _("政策解读")

    def content_faults(self) -> list[Fault]:
        """A title, a text, and what it explains (T22.3)."""
        faults = [] if self.title.strip() else [Fault("title", "请填写解读标题。")]
        if not len(self.body):
            faults.append(Fault("body", "请录入解读正文。"))
        if not self.child_count("explained"):
            faults.append(Fault("explained", "请选择所解读的政策文件。"))
        return faults


class ExplainedDocument(Orderable):
    """What an interpretation explains; shown on both sides."""

    interpretation = ParentalKey(InterpretationPage, on_delete=models.CASCADE, related_name="explained")
    document = models.ForeignKey(
        "policy_pages.PolicyDocumentPage",
        verbose_name=_("政策文件"),
        on_delete=models.CASCADE,
        related_name="explanations",
    )

    panels: ClassVar[list] = [PageChooserPanel("document", "policy_pages.PolicyDocumentPage")]

    class Meta(Orderable.Meta):
        verbose_name = _("所解读的文件")
        verbose_name_plural = _("所解读的文件")
