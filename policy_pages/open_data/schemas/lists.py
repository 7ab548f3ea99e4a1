"""Schemas of the lists."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from policy_pages import enums
from policy_pages.open_data.schemas.words import (
    COUNT,
    DAY,
    INSTANT,
    MONEY,
    NUMBER,
    PAGE,
    TERM,
    TYPE,
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


def set_of(item: str, **facts: Schema) -> Schema:
    """A set with its licence and total."""
    return closed("", {"license": ref("License"), **facts, "total": COUNT, "items": listed(ref(item))})


_STATUS_ON: Schema = {**DAY, "description": _("申报状态和文件状态截至这一天（北京时间）")}
LISTS: dict[str, Schema] = {
    "Error": closed(_("出错时的回答"), {"error": text(_("一句话说明哪里不对、怎样改正"))}),
    "License": closed(_("使用许可"), {"name": text(), "url": URI}),
    "Term": TERM,
    "Policies": closed(
        _("政策列表的一页，按最近更新时间从早到晚，时间相同的按编号"),
        {
            "license": ref("License"),
            "status_on": _STATUS_ON,
            "total": {**COUNT, "description": _("符合条件的总数")},
            "next": nullable({**URI, "description": _("下一页；null 表示已到末页")}),
            "resume_since": nullable({**INSTANT, "description": _("下一次更新时用作 updated_since 的值")}),
            "items": listed(ref("Policy")),
        },
    ),
    "Policy": closed(
        _("列表中的一项"),
        {
            **PAGE,
            "summary": text(_("一句话摘要")),
            "department": ref("Term"),
            "category": ref("Term"),
            "route": nullable(coded(_("申报方式"), enums.ApplicationRoute.values)),
            "doc_number": text(_("文号；不是政策文件的为空")),
            "document_status": nullable(coded(_("文件状态"), enums.DocumentStatus.values)),
            "window": nullable(closed(_("申报期限；不是申报指南的为 null"), WINDOW)),
            "amount_max": nullable(MONEY),
            "published_at": INSTANT,
            "updated_at": INSTANT,
            "source_id": text(_("来源编号")),
        },
    ),
    "Windows": set_of("Window", status_on=_STATUS_ON),
    "Window": closed(
        _("一份申报指南的申报期限"),
        {"id": NUMBER, "title": text(), "url": URI, "data_url": URI, "department": ref("Term"), **WINDOW},
    ),
    "Departments": set_of("Department"),
    "Department": closed(
        _("有公开栏目的单位"),
        {
            "code": text(_("单位代码，启用后不再更改")),
            "name": text(),
            "short_name": text(),
            "kind": ref("Term"),
            "level": ref("Term"),
            "parent": {"type": ["string", "null"], "description": _("上级单位代码")},
            "total": {**COUNT, "description": _("已公开条数")},
            "url": URI,
            "feed_url": URI,
        },
    ),
    "Terms": set_of("VocabularyTerm"),
    "VocabularyTerm": closed(
        _("词表中的一个词条"),
        {
            "vocabulary": coded(_("词表"), enums.VocabularyCode.values),
            "code": text(),
            "name": text(),
            "is_active": {"type": "boolean", "description": _("是否在用；停用的词条不再分配给新内容")},
        },
    ),
    "RemovedPages": set_of("RemovedPage"),
    "RemovedPage": closed(
        _("曾经公开、现已撤下的页面；除编号、网址和时间外不再提供任何内容"),
        {
            "id": NUMBER,
            "url": URI,
            "removed_at": nullable({**INSTANT, "description": _("撤下时间；没有记录的为 null")}),
        },
    ),
    "SearchResults": closed(
        _("搜索结果，最相关的在前，与 /search/ 的次序相同"),
        {
            "total": COUNT,
            "widened": {"type": "boolean", "description": _("是否有结果只含搜索词的一部分")},
            "results": listed(ref("SearchResult")),
        },
    ),
    "SearchResult": closed(
        _("一条搜索结果"),
        {
            "title": text(),
            "url": text(_("本站内的路径"), pattern="^/policies/"),
            "type": TYPE,
            "department": text(_("单位代码")),
            "source_id": text(_("来源编号")),
        },
    ),
}
