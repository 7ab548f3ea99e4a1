"""The editor's tabs, grouped the way a clerk thinks; and the list of what is still missing."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
    Panel,
    TabbedInterface,
)


def required(name: str, heading: str, **kwargs: Any) -> FieldPanel:
    """A field that a submission may not leave empty; a draft may."""
    return FieldPanel(name, heading=_("%(heading)s（必填）") % {"heading": heading}, **kwargs)


class FaultsPanel(Panel):
    """提交前检查: everything that keeps the saved draft from being handed in."""

    class BoundPanel(Panel.BoundPanel):
        """Bound to one page."""

        template_name = "policy_pages/admin/faults_panel.html"

        def get_context_data(self, parent_context: dict | None = None) -> dict:
            """Add `faults`, with the field's own label each."""
            from wagtail.models import WorkflowState

            from policy_pages.inbox import returns_of
            from policy_pages.services.moderation import submission_faults

            context = super().get_context_data(parent_context)
            page = self.instance
            context["faults"] = submission_faults(page) if page.pk else []
            context["is_new"] = not page.pk
            state = page.current_workflow_state if page.pk else None
            waits_for_changes = state is not None and state.status == WorkflowState.STATUS_NEEDS_CHANGES
            context["returned"] = returns_of(state)[:1] if waits_for_changes else []
            return context


def _basic(*panels: Panel) -> ObjectList:
    return ObjectList([FaultsPanel(heading=_("提交前检查")), *panels], heading=_("基本信息"))


def _change() -> ObjectList:
    return ObjectList(
        [FieldPanel("change"), FieldPanel("change_note"), FieldPanel("go_live_at", heading=_("定时发布（可不填）"))],
        heading=_("变更登记"),
    )


def _source() -> MultiFieldPanel:
    return MultiFieldPanel(
        [FieldPanel("source_name"), FieldPanel("source_url"), FieldPanel("editor_in_charge")],
        heading=_("来源与责任编辑"),
    )


def document_panels() -> TabbedInterface:
    """Tabs of a policy document."""
    return TabbedInterface(
        [
            _basic(
                required("title", "文件标题"),
                FieldRowPanel([FieldPanel("doc_number"), required("issuing_body", "制发机关")]),
                FieldRowPanel([required("written_on", "成文日期"), FieldPanel("issued_on")]),
                FieldRowPanel([FieldPanel("effective_on"), FieldPanel("expires_on")]),
                FieldPanel("summary"),
                FieldRowPanel([FieldPanel("genre"), FieldPanel("document_status")]),
                MultiFieldPanel(
                    [FieldRowPanel([FieldPanel("index_number"), FieldPanel("subject_category")])],
                    heading=_("公开目录"),
                ),
                _source(),
            ),
            ObjectList([required("body", "正文")], heading=_("正文")),
            ObjectList(
                [FieldPanel("repealed_on"), FieldPanel("repeal_reason"), FieldPanel("successor")],
                heading=_("废止与替代"),
            ),
            _change(),
        ],
    )


def guide_panels() -> TabbedInterface:
    """Tabs of an application guide, in the order of the public page."""
    return TabbedInterface(
        [
            _basic(
                required("title", "事项名称"),
                FieldPanel("summary"),
                FieldRowPanel([FieldPanel("service_object"), FieldPanel("item_code")]),
                MultiFieldPanel(
                    [
                        required("window_type", "申报期限类型"),
                        FieldRowPanel([FieldPanel("window_start"), FieldPanel("window_end")]),
                        FieldRowPanel([FieldPanel("window_decided_on"), FieldPanel("window_note")]),
                    ],
                    heading=_("什么时候能申报"),
                ),
                MultiFieldPanel(
                    [
                        FieldRowPanel([FieldPanel("support_mode"), FieldPanel("amount_max")]),
                        FieldPanel("amount_text"),
                        FieldRowPanel([FieldPanel("annual_budget"), FieldPanel("payment_limit")]),
                    ],
                    heading=_("支持内容"),
                ),
                FieldPanel("body"),
                InlinePanel("bases", heading=_("依据文件"), label=_("依据文件")),
                FieldPanel("basis_text"),
                _source(),
            ),
            ObjectList(
                [
                    required("conditions", "申报条件"),
                    FieldPanel("applicable_scope"),
                    FieldPanel("refusal_cases"),
                    required("materials", "申报材料"),
                    FieldPanel("no_materials"),
                ],
                heading=_("条件与材料"),
            ),
            ObjectList(
                [
                    required("steps", "办理流程"),
                    FieldRowPanel([required("promised_limit", "承诺时限"), FieldPanel("promised_unit")]),
                    FieldPanel("promised_note"),
                    FieldRowPanel([FieldPanel("statutory_limit"), FieldPanel("statutory_unit")]),
                    FieldRowPanel([FieldPanel("result_name"), FieldPanel("fee")]),
                ],
                heading=_("流程与时限"),
            ),
            ObjectList(
                [
                    required("responsible_division", "责任处室"),
                    required("hotlines", "咨询电话"),
                    FieldPanel("complaint_phone"),
                    FieldRowPanel([FieldPanel("handling_unit"), FieldPanel("co_issuers")]),
                    FieldPanel("apply_url"),
                    FieldRowPanel([FieldPanel("address"), FieldPanel("office_hours")]),
                    FieldPanel("visits"),
                    FieldPanel("questions"),
                    FieldPanel("remedies"),
                ],
                heading=_("联系方式"),
            ),
            _change(),
        ],
    )


def interpretation_panels() -> TabbedInterface:
    """Tabs of an interpretation."""
    return TabbedInterface(
        [
            _basic(
                required("title", "解读标题"),
                FieldPanel("summary"),
                FieldPanel("author"),
                InlinePanel("explained", heading=_("所解读的文件（必填）"), label=_("文件")),
                _source(),
            ),
            ObjectList([required("body", "解读正文")], heading=_("正文")),
            _change(),
        ],
    )
