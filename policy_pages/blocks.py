"""Blocks of a document's text and the rows of a guide."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.rich_text import expand_db_html

from policy_pages import rules
from policy_pages.enums import ConditionKind, MaterialForm, MaterialNecessity, MaterialSource, StepKind

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

#: What a text may carry; whatever else comes along from Word is dropped when it is pasted.
TEXT_FEATURES = ["bold", "link", "ol", "ul"]


class ChapterBlock(blocks.StructBlock):
    """章: `第一章 总则`."""

    number = blocks.CharBlock(label=_("章号"), required=False, max_length=30, help_text=_("例如：第一章"))
    title = blocks.CharBlock(label=_("章名"), max_length=200)

    class Meta:
        icon = "title"
        label = _("章")

    def render(self, value: Any, context: dict[str, Any] | None = None) -> SafeString:
        """Its heading, which links to itself; `anchor` of the context names it."""
        heading = rules.chapter_heading(value["number"], value["title"])
        name = (context or {}).get("anchor") or rules.anchor(value["number"]) or rules.anchor(value["title"])
        return format_html('<h2 class="chapter" id="{}"><a href="#{}">{}</a></h2>\n', name, name, heading)


class ArticleBlock(blocks.StructBlock):
    """条: a number and its paragraphs; the number makes the anchor."""

    number = blocks.CharBlock(label=_("条号"), max_length=30, help_text=_("例如：第十条"))
    text = blocks.RichTextBlock(label=_("条文"), features=TEXT_FEATURES)

    class Meta:
        icon = "list-ol"
        label = _("条")

    def render(self, value: Any, context: dict[str, Any] | None = None) -> SafeString:
        """Its number, which links to itself, and its paragraphs; `anchor` of the context names it.

        The paragraphs as a RichText writes them, but without a template for each.
        """
        name = (context or {}).get("anchor") or rules.anchor(value["number"])
        return format_html(
            '<div class="article" id="{}"><p class="article__number"><a href="#{}">{}</a></p><div class="rich">{}</div></div>\n',
            name,
            name,
            value["number"],
            mark_safe(expand_db_html(value["text"].source)),  # noqa: S308 -- cleaned when it was saved
        )


class SheetBlock(blocks.StructBlock):
    """表格: pasted from Excel; tabs part the cells, lines part the rows. Cells are plain text, so nothing can run."""

    caption = blocks.CharBlock(label=_("表名"), required=False, max_length=200)
    has_header = blocks.BooleanBlock(label=_("第一行是表头"), required=False, default=True)
    cells = blocks.TextBlock(label=_("表格内容"), help_text=_("在 Excel 中选中区域复制，粘贴到这里即可。"))

    def get_context(self, value: Any, parent_context: dict | None = None) -> dict:
        """Add `head` and `rows`, every row filled up to the widest one."""
        context = super().get_context(value, parent_context=parent_context)
        rows = [line.split("\t") for line in value["cells"].splitlines() if line.strip()]
        width = max((len(row) for row in rows), default=0)
        rows = [row + [""] * (width - len(row)) for row in rows]
        context["head"] = rows.pop(0) if value["has_header"] and rows else []
        context["rows"] = rows
        return context

    class Meta:
        icon = "table"
        label = _("表格")
        template = "policy_pages/blocks/sheet.html"


class AttachmentBlock(blocks.StructBlock):
    """附件."""

    file = DocumentChooserBlock(label=_("文件"))
    label = blocks.CharBlock(label=_("显示名称"), required=False, max_length=200, help_text=_("留空则用文件标题。"))

    class Meta:
        icon = "doc-full"
        label = _("附件")


class BodyBlock(blocks.StreamBlock):
    """The text of a document or an interpretation."""

    chapter = ChapterBlock()
    article = ArticleBlock()
    paragraph = blocks.RichTextBlock(
        label=_("段落"), features=TEXT_FEATURES, icon="pilcrow", template="policy_pages/blocks/paragraph.html"
    )
    sheet = SheetBlock()
    attachments = blocks.ListBlock(
        AttachmentBlock(), label=_("附件列表"), icon="doc-full", template="policy_pages/blocks/attachments.html"
    )

    class Meta:
        required = False


class ConditionBlock(blocks.StructBlock):
    """申报条件 row."""

    text = blocks.TextBlock(label=_("条件"), rows=2)
    kind = blocks.ChoiceBlock(
        label=_("性质"), choices=ConditionKind.choices, default=ConditionKind.THRESHOLD, required=True
    )
    clause = blocks.CharBlock(label=_("依据条款"), required=False, max_length=100, help_text=_("例如：第六条第二款"))

    class Meta:
        icon = "check"
        label = _("条件")


class MaterialBlock(blocks.StructBlock):
    """申报材料 row, with its blank form (空表) and sample (样表)."""

    name = blocks.CharBlock(label=_("材料名称"), max_length=200)
    necessity = blocks.ChoiceBlock(
        label=_("必要性"), choices=MaterialNecessity.choices, default=MaterialNecessity.REQUIRED
    )
    form = blocks.ChoiceBlock(label=_("形式"), choices=MaterialForm.choices, default=MaterialForm.ELECTRONIC)
    copies = blocks.IntegerBlock(label=_("份数"), min_value=0, max_value=99, default=1, required=False)
    source = blocks.ChoiceBlock(label=_("来源"), choices=MaterialSource.choices, default=MaterialSource.SELF)
    blank_form = DocumentChooserBlock(label=_("空表"), required=False)
    sample_form = DocumentChooserBlock(label=_("样表"), required=False)
    note = blocks.CharBlock(label=_("填报须知"), required=False, max_length=300)

    def bulk_to_python(self, values: list[dict[str, Any]]) -> list[Any]:
        """As stock, with the files of both kinds fetched in one query."""
        kinds = ("blank_form", "sample_form")
        asked = {value[kind] for value in values for kind in kinds if value.get(kind)}
        files = self.child_blocks["blank_form"].model_class.objects.in_bulk(asked) if asked else {}
        rows = super().bulk_to_python([{**value, **dict.fromkeys(kinds)} for value in values])
        for row, value in zip(rows, values, strict=True):
            row.update({kind: copy(files.get(value.get(kind))) for kind in kinds})
        return rows

    class Meta:
        icon = "doc-full"
        label = _("材料")


class StepBlock(blocks.StructBlock):
    """办理环节 row."""

    name = blocks.CharBlock(label=_("环节名称"), max_length=100, help_text=_("例如：受理、审核、公示、拨付"))
    actor = blocks.CharBlock(
        label=_("办理主体"), required=False, max_length=100, help_text=_("谁来办，例如：高新技术处")
    )
    limit = blocks.CharBlock(label=_("环节时限"), required=False, max_length=60, help_text=_("例如：5 个工作日"))
    kind = blocks.ChoiceBlock(label=_("环节类型"), choices=StepKind.choices, default=StepKind.ORDINARY)
    description = blocks.TextBlock(label=_("说明"), required=False, rows=2)

    class Meta:
        icon = "arrow-right"
        label = _("环节")


class HotlineBlock(blocks.StructBlock):
    """咨询电话 row."""

    number = blocks.CharBlock(label=_("电话"), max_length=40, help_text=_("例如：0510-81820000"))
    contact = blocks.CharBlock(label=_("科室或联系人"), required=False, max_length=60)
    hours = blocks.CharBlock(
        label=_("接听时间"), required=False, max_length=100, default="工作日 9:00–12:00，13:30–17:00"
    )

    class Meta:
        icon = "mobile-alt"
        label = _("电话")


class QuestionBlock(blocks.StructBlock):
    """常见问题 row."""

    question = blocks.CharBlock(label=_("问"), max_length=200)
    answer = blocks.TextBlock(label=_("答"), rows=3)

    class Meta:
        icon = "help"
        label = _("问答")
