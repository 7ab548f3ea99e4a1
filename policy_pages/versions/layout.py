"""Which fields of a page the public may compare, under which heading and in which order: those the page shows, as it shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from policy_pages.models import ApplicationGuidePage, InterpretationPage, PolicyDocumentPage

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from policy_pages.models import PolicyPage

    Layout = tuple[tuple[_StrPromise, tuple[str, ...]], ...]

#: Kept with a text and never shown to the public: how it came about, not what it says.
INTERNAL = frozenset(
    {"slug", "department", "source_id", "is_stock", "change", "change_note", "go_live_at", "window_decided_on"}
)
#: Told together with the number they belong to.
UNITS = frozenset({"promised_unit", "statutory_unit"})
_SOURCE = ("source_name", "source_url", "editor_in_charge")

_DOCUMENT: Layout = (
    (
        _("文件信息"),
        (
            "doc_number",
            "title",
            "summary",
            "index_number",
            "issuing_body",
            "written_on",
            "issued_on",
            "effective_on",
            "expires_on",
            "subject_category",
            "genre",
            "document_status",
            "repealed_on",
            "repeal_reason",
            "successor",
            *_SOURCE,
        ),
    ),
    (_("正文"), ("body",)),
)
_GUIDE: Layout = (
    (_("标题和摘要"), ("title", "summary", *_SOURCE)),
    (_("申报期限"), ("window_type", "window_start", "window_end", "window_note")),
    (
        _("支持内容"),
        (
            "service_object",
            "applicable_scope",
            "support_mode",
            "amount_text",
            "amount_max",
            "annual_budget",
            "payment_limit",
        ),
    ),
    (_("一、申报条件"), ("conditions", "refusal_cases")),
    (_("二、申报材料"), ("no_materials", "materials")),
    (_("三、办理流程"), ("steps", "result_name")),
    (_("四、承诺时限"), ("promised_limit", "promised_note", "statutory_limit")),
    (_("五、责任处室"), ("responsible_division", "handling_unit", "co_issuers")),
    (_("六、咨询电话"), ("hotlines", "complaint_phone")),
    (_("依据文件"), ("bases", "basis_text")),
    (_("在哪里办"), ("apply_url", "address", "office_hours", "visits", "fee", "item_code", "remedies")),
    (_("正文"), ("body",)),
    (_("常见问题"), ("questions",)),
)
_INTERPRETATION: Layout = (
    (_("标题和摘要"), ("title", "summary", "author", *_SOURCE)),
    (_("所解读的文件"), ("explained",)),
    (_("解读正文"), ("body",)),
)
_LAYOUTS: dict[type[PolicyPage], Layout] = {
    PolicyDocumentPage: _DOCUMENT,
    ApplicationGuidePage: _GUIDE,
    InterpretationPage: _INTERPRETATION,
}


def layout_of(model: type[PolicyPage]) -> list[tuple[str, tuple[str, ...]]]:
    """Headings and names of fields of a type of page, in the order of the page."""
    return [(str(heading), names) for heading, names in _LAYOUTS[model]]
