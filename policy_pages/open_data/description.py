"""The description of the open data: OpenAPI 3.1, made of the same schemas that the answers are held against."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from policy_pages.enums import ApplicationRoute
from policy_pages.open_data.parameters import DEFAULT_PAGE_SIZE, FILTERS, LARGEST_PAGE_SIZE, PAGING, WINDOW_FILTERS
from policy_pages.open_data.schemas import COMPONENTS, SCHEMAS
from policy_pages.open_data.schemas.words import DIALECT, ref
from policy_pages.views.choices import AMOUNTS, TYPES, WINDOWS

Data = dict[str, Any]

VERSION = "1.0.0"


def description() -> Data:
    """The whole description. It names no host: its addresses are those of the site that gives it."""
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": DIALECT,
        "info": {
            "title": _("惠企通开放数据"),
            "version": VERSION,
            "description": _(
                "本市已公开的惠企政策文件、申报指南和政策解读。只含此刻公开的内容，发布、更新、撤下随即反映；"
                "无需登录，不使用 Cookie，允许任何网站的脚本读取。时间都带时区。"
            ),
            "license": {"name": settings.HUIQITONG_DATA_LICENCE_NAME, "url": settings.HUIQITONG_DATA_LICENCE_URL},
        },
        "servers": [{"url": "/"}],
        "paths": {**_set_paths(), **_item_paths(), **_feed_paths(), **_about_paths()},
        "components": {"schemas": COMPONENTS, "parameters": _parameters()},
    }


def _parameters() -> dict[str, Data]:
    since = _(
        "只要此刻起（含）更新过的：日期（当天零时起，北京时间）或带时区的时间。地址中的加号须写作 %2B。"
        "日常更新请用上一次回答中的 resume_since。"
    )
    size = _("每页条数，默认 %(default)d，最多 %(largest)d。") % {
        "default": DEFAULT_PAGE_SIZE,
        "largest": LARGEST_PAGE_SIZE,
    }
    return {
        "type": _query("type", _("类型"), enum=list(TYPES)),
        "window": _query("window", _("申报状态；open 含 closing"), enum=list(WINDOWS)),
        "route": _query("route", _("申报方式"), enum=ApplicationRoute.values),
        "category": _query("category", _("清单类别代码，见 terms.json 中词表 category")),
        "department": _query("department", _("单位代码，见 departments.json")),
        "term": _query("term", _("主题代码，见 terms.json 中词表 theme")),
        "industry": _query("industry", _("行业代码，见 terms.json 中词表 industry")),
        "scale": _query("scale", _("企业规模代码，见 terms.json 中词表 size")),
        "stage": _query("stage", _("企业生命周期代码，见 terms.json 中词表 life_cycle")),
        "qualification": _query("qualification", _("企业资质代码，见 terms.json 中词表 qualification")),
        "region": _query("region", _("适用区域代码，见 terms.json 中词表 region")),
        "year": _query("year", _("年份：文件成文的；指南取所依据文件的，没有则与解读一样取首次发布的")),
        "amount": _query("amount", _("最高金额所在的一档，单位万元，含上限"), enum=list(AMOUNTS)),
        "q": _query("q", _("只要搜索得到的，与列表页相同")),
        "updated_since": _query("updated_since", since),
        "page_size": {
            **_query("page_size", size),
            "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE_SIZE, "default": DEFAULT_PAGE_SIZE},
        },
        "cursor": _query("cursor", _("取自上一页的 next，不要自行填写")),
    }


def _query(name: str, about: str, **schema: Any) -> Data:
    return {
        "name": name,
        "in": "query",
        "description": about,
        "required": False,
        "schema": {"type": "string", **schema},
    }


def _place(name: str, about: str) -> Data:
    return {"name": name, "in": "path", "description": about, "required": True, "schema": {"type": "string"}}


def _asked(*names: str) -> list[Data]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _get(summary: str, media: str, schema: Data, parameters: list[Data], *faults: int) -> Data:
    """One address: GET, its answer, and how it fails. Every address answers 304 to whoever holds the same already."""
    words = {400: _("参数不对，回答中写明怎样改正"), 404: _("没有这项数据，或者它已不再公开")}
    failing = {
        str(status): {
            "description": words[status],
            "content": {"application/json": {"schema": ref("Error")}},
        }
        for status in faults
    }
    fine = {"description": summary, "content": {media: {"schema": schema}}}
    return {
        "get": {
            "summary": summary,
            **({"parameters": parameters} if parameters else {}),
            "responses": {"200": fine, "304": {"description": _("与 If-None-Match 所示的相同")}, **failing},
        }
    }


def _json(summary: str, component: str, parameters: list[Data], *faults: int) -> Data:
    return _get(summary, "application/json", ref(component), parameters, *faults)


def _csv(summary: str, parameters: list[Data], *faults: int) -> Data:
    about = _("UTF-8（带 BOM），第一行是列名，可用 Excel 打开")
    return _get(summary, "text/csv", {"type": "string", "description": about}, parameters, *faults)


def _atom(summary: str, parameters: list[Data], *faults: int) -> Data:
    about = _("Atom（RFC 4287），最近 50 次公开，新的在前")
    return _get(summary, "application/atom+xml", {"type": "string", "description": about}, parameters, *faults)


def _set_paths() -> dict[str, Data]:
    filters = _asked(*FILTERS, "updated_since")
    windows = _asked(*WINDOW_FILTERS)
    since = _asked("updated_since")
    return {
        "/open-data/policies.json": _json(_("全部公开页面，分页"), "Policies", [*filters, *_asked(*PAGING)], 400),
        "/open-data/policies.csv": _csv(_("全部公开页面，一个文件"), filters, 400),
        "/open-data/policies.atom": _atom(_("符合条件的页面的变更"), _asked(*FILTERS), 400),
        "/open-data/windows.json": _json(_("申报期限一览，先截止的在前"), "Windows", windows, 400),
        "/open-data/windows.csv": _csv(_("申报期限一览"), windows, 400),
        "/open-data/departments.json": _json(_("单位"), "Departments", []),
        "/open-data/departments.csv": _csv(_("单位"), []),
        "/open-data/terms.json": _json(_("词表"), "Terms", []),
        "/open-data/terms.csv": _csv(_("词表"), []),
        "/open-data/removed.json": _json(_("已撤下的页面"), "RemovedPages", since, 400),
        "/open-data/removed.csv": _csv(_("已撤下的页面"), since, 400),
    }


def _item_paths() -> dict[str, Data]:
    limit = {
        **_query("limit", _("最多给几条，默认 20，最多 500；不是数字的不计")),
        "schema": {"type": "string", "default": "20"},
    }
    return {
        "/open-data/policies/{department}/{slug}.json": _json(
            _("一个公开页面的全部公开内容"),
            "Item",
            [_place("department", _("单位代码")), _place("slug", _("页面网址的最后一段"))],
            404,
        ),
        "/open-data/search.json": _json(
            _("搜索，与 /search/ 的次序相同"),
            "SearchResults",
            [_query("q", _("搜索词；空的没有结果")), limit],
        ),
    }


def _feed_paths() -> dict[str, Data]:
    return {
        "/feed.atom": _atom(_("全部变更"), []),
        "/departments/{code}/feed.atom": _atom(_("一个单位的变更"), [_place("code", _("单位代码"))], 404),
        "/categories/{code}/feed.atom": _atom(_("一个清单类别的变更"), [_place("code", _("类别代码"))], 404),
    }


def _about_paths() -> dict[str, Data]:
    name = {**_place("name", _("哪一种回答")), "schema": {"type": "string", "enum": list(SCHEMAS)}}
    page = {"type": "string", "description": _("网页")}
    return {
        "/open-data/": _get(_("开放数据说明（网页）"), "text/html", page, []),
        "/open-data/openapi.json": _get(_("本说明"), "application/json", {"type": "object"}, []),
        "/open-data/schema/{name}.json": _get(
            _("一种回答的 JSON Schema"), "application/json", {"type": "object"}, [name], 404
        ),
    }
