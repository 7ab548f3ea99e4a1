"""Schemas of one page and its parts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from audit.enums import Outcome
from policy_pages import enums
from policy_pages.open_data.schemas.words import (
    COUNT,
    DAY,
    HASH,
    INSTANT,
    MONEY,
    PAGE,
    URI,
    WINDOW,
    Schema,
    closed,
    coded,
    listed,
    nullable,
    ref,
    text,
)

_FILE: dict[str, Schema] = {
    "title": text(),
    "filename": text(),
    "media_type": text(),
    "size": {"anyOf": [COUNT, {"type": "null"}], "description": _("字节数")},
    "sha256": {**HASH, "description": _("审核通过的文件内容的 SHA-256")},
    "url": URI,
}


def _block(kind: str, **properties: Schema) -> Schema:
    return closed("", {"type": {"type": "string", "const": kind}, **properties})


def _document() -> Schema:
    dates = ("written_on", "issued_on", "effective_on", "expires_on", "repealed_on")
    return closed(
        _("政策文件的公开要素"),
        {
            **{name: text() for name in ("doc_number", "index_number", "issuing_body")},
            **dict.fromkeys(dates, nullable(DAY)),
            **{name: text() for name in ("subject_category", "repeal_reason")},
            "genre": nullable(coded(_("体裁"), enums.DocumentGenre.values)),
            "status": coded(_("文件状态"), enums.DocumentStatus.values),
            "successor": nullable(ref("PageLink")),
            **{name: listed(ref("PageLink")) for name in ("predecessors", "guides", "interpretations")},
        },
    )


def _guide() -> Schema:
    texts = (
        *("service_object", "applicable_scope", "item_code", "support_mode", "amount_text", "payment_limit", "fee"),
        *("refusal_cases", "result_name", "handling_unit", "co_issuers", "complaint_phone", "address"),
        *("office_hours", "remedies"),
    )
    return closed(
        _("申报指南的公开要素"),
        {
            **{name: text() for name in texts},
            "window": closed(_("申报期限"), WINDOW),
            "amount_max": nullable(MONEY),
            "annual_budget": nullable(MONEY),
            "elements": ref("GuideElements"),
            "missing_elements": listed(text(), _("要素待补：还缺的要素名称")),
            "statutory_limit": nullable(ref("TimeLimit")),
            "apply_url": nullable(URI),
            "visits": {"type": ["integer", "null"], "minimum": 0, "description": _("到现场次数")},
            "questions": listed(closed(_("常见问题"), {"question": text(), "answer": text()})),
            "bases": listed(
                closed(_("依据文件和条款"), {**PAGE, "clause": text(), "anchor": text(_("条款在该页面上的锚点"))})
            ),
            "other_bases": listed(text(), _("不在本平台的依据文件")),
        },
    )


def _elements() -> Schema:
    material = {
        "name": text(),
        "note": text(_("填报须知")),
        "necessity": nullable(coded(_("必要性"), enums.MaterialNecessity.values)),
        "form": nullable(coded(_("形式"), enums.MaterialForm.values)),
        "copies": {"type": ["integer", "null"], "minimum": 0},
        "source": nullable(coded(_("来源"), enums.MaterialSource.values)),
        "blank_form": nullable(ref("File")),
        "sample_form": nullable(ref("File")),
    }
    condition = {"text": text(), "clause": text(), "kind": nullable(coded(_("性质"), enums.ConditionKind.values))}
    step = {name: text() for name in ("name", "actor", "limit", "description")}
    return closed(
        _("六要素（管理暂行办法第十条）"),
        {
            "conditions": listed(closed(_("申报条件"), condition)),
            "no_materials": {"type": "boolean", "description": _("无需提交材料")},
            "materials": listed(closed(_("申报材料"), material)),
            "steps": listed(
                closed(_("办理环节"), {**step, "kind": nullable(coded(_("环节类型"), enums.StepKind.values))})
            ),
            "promised_limit": nullable(ref("TimeLimit")),
            "responsible_division": text(_("责任处室")),
            "hotlines": listed(closed(_("咨询电话"), {"number": text(), "contact": text(), "hours": text()})),
        },
    )


ITEMS: dict[str, Schema] = {
    "Item": closed(
        _("一个公开页面的全部公开内容"),
        {
            "license": ref("License"),
            "status_on": DAY,
            **PAGE,
            "summary": text(),
            "department": ref("Term"),
            "category": ref("Term"),
            "route": nullable(coded(_("申报方式"), enums.ApplicationRoute.values)),
            "terms": listed(
                closed(
                    _("主题、行业、规模等"),
                    {
                        "vocabulary": {"type": "string", "enum": enums.VocabularyCode.values},
                        "code": text(),
                        "name": text(),
                    },
                )
            ),
            "published_at": INSTANT,
            "updated_at": INSTANT,
            "change_note": text(_("最近一次更新的说明")),
            "source": closed(_("来源"), {"name": text(), "url": nullable(URI), "id": text(_("来源编号"))}),
            "is_stock": {"type": "boolean", "description": _("存量：平台上线前已发布，不计 3 个工作日")},
            "editor_in_charge": text(_("责任编辑")),
            "document": nullable(ref("DocumentFacts")),
            "guide": nullable(ref("GuideFacts")),
            "interpretation": nullable(
                closed(_("政策解读"), {"author": text(_("解读人或单位")), "explains": listed(ref("PageLink"))})
            ),
            "body": listed(ref("Block"), _("正文，按页面上的次序")),
            "attachments": listed(ref("File"), _("正文和材料中的全部附件")),
            "versions": listed(ref("Version"), _("历次公开，从早到晚")),
            "verdicts": listed(ref("Verdict"), _("每次变更是否在期限内公开（管理暂行办法第十二条）")),
        },
    ),
    "PageLink": closed(_("另一个公开页面"), PAGE),
    "File": closed(_("附件"), _FILE),
    "Block": {
        "description": _("正文中的一块"),
        "oneOf": [
            _block("chapter", anchor=text(), number=text(_("章号")), title=text(_("章名"))),
            _block("article", anchor=text(_("页面上的锚点")), number=text(_("条号")), html=text(), text=text()),
            _block("paragraph", html=text(), text=text()),
            _block("sheet", caption=text(), head=listed(text()), rows=listed(listed(text()))),
            _block("attachments", files=listed(closed(_("附件"), {"label": text(_("显示名称")), **_FILE}))),
        ],
    },
    "Version": closed(
        _("一次公开"),
        {
            "version": {"type": "integer", "minimum": 1},
            "kind": coded(_("首次发布、更新或废止"), enums.PublicationKind.values),
            "published_at": INSTANT,
            "content_hash": {**HASH, "description": _("当时公开内容的 SHA-256")},
            "change_note": text(_("更新说明")),
        },
    ),
    "Verdict": closed(
        _("一次变更的公开是否按时"),
        {
            "change": coded(_("新增、修订或废止"), enums.ChangeKind.values),
            "code": {"type": "string", "enum": [Outcome.ON_TIME, Outcome.LATE, Outcome.GAP]},
            "sentence": text(_("结论")),
            "trigger_date": DAY,
            "due_on": nullable(DAY),
            "settled_at": INSTANT,
            "late_reason": text(_("逾期原因")),
            "correction": text(_("触发日期的更正及理由")),
        },
    ),
    "DocumentFacts": _document(),
    "GuideFacts": _guide(),
    "GuideElements": _elements(),
    "TimeLimit": closed(
        _("办理时限；0 为当场办结"),
        {"number": COUNT, "unit": coded(_("单位"), enums.LimitUnit.values), "note": text()},
    ),
}
