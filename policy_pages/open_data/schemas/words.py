"""The words that the schemas are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from policy_pages import enums
from policy_pages.open_data.sets import TYPE_WORDS

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
#: How one component names another in the description.
REFERENCE = "#/components/schemas/"


def ref(name: str) -> Schema:
    """A reference to another component."""
    return {"$ref": REFERENCE + name}


def text(about: str | _StrPromise = "", **more: Any) -> Schema:
    """A text; empty where nothing is known."""
    return {"type": "string", **({"description": about} if about else {}), **more}


def nullable(schema: Schema) -> Schema:
    """The schema, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def listed(schema: Schema, about: str | _StrPromise = "") -> Schema:
    """A list."""
    return {"type": "array", "items": schema, **({"description": about} if about else {})}


def closed(about: str | _StrPromise, properties: dict[str, Schema]) -> Schema:
    """An object with exactly these properties."""
    return {
        "type": "object",
        "description": about,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def coded(about: str | _StrPromise, codes: list[str]) -> Schema:
    """A code of a closed set, with its word."""
    return closed(about, {"code": {"type": "string", "enum": codes}, "name": {"type": "string"}})


URI: Schema = {"type": "string", "format": "uri"}
DAY: Schema = {"type": "string", "format": "date"}
INSTANT: Schema = {"type": "string", "format": "date-time", "description": _("带时区的时间，精确到微秒")}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "integer", "minimum": 1, "description": _("页面编号：一经公开不再改变，也不会给别的页面使用")}
HASH: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
MONEY: Schema = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]{1,2})?$", "description": _("单位：元")}
TYPE: Schema = {"type": "string", "enum": list(TYPE_WORDS.values()), "description": _("政策文件、申报指南、政策解读")}
TERM: Schema = closed(_("单位或词条的代码和名称"), {"code": text(), "name": text()})
PAGE: dict[str, Schema] = {"id": NUMBER, "type": TYPE, "title": text(), "url": URI, "data_url": URI}
WINDOW: dict[str, Schema] = {
    "type": nullable(coded(_("申报期限类型"), enums.WindowType.values)),
    "first_day": nullable(DAY),
    "last_day": nullable({**DAY, "description": _("含当日，到 24:00 止")}),
    "note": text(_("期限说明")),
    "status": coded(_("status_on 当日的申报状态，由类型和日期计算"), enums.WindowStatus.values),
}
