"""How the numbers in the foot of a government site are written. Pure: no Django."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from accounts.rules import is_phone

if TYPE_CHECKING:
    from collections.abc import Callable

_PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川黔贵滇云藏陕陇甘青宁新"
_ID_CODE = re.compile(r"[0-9]{10}")
_ICP = re.compile(rf"[{_PROVINCES}]ICP备[0-9]{{6,10}}号(-[0-9]{{1,4}})?")
_PSB = re.compile(rf"[{_PROVINCES}]公网安备[0-9]{{14}}号")
_POSTCODE = re.compile(r"[0-9]{6}")


def is_government_address(text: str) -> bool:
    """Whether a text is an address of a site of the government: both registers of the state have one."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    host = parts.hostname or ""
    return parts.scheme in {"http", "https"} and host.endswith(".gov.cn") and "@" not in parts.netloc


#: Field -> what its value must be, and what is said of another. An empty value is always in order: it is not shown.
CHECKS: dict[str, tuple[Callable[[str], object], str]] = {
    "id_code": (_ID_CODE.fullmatch, "网站标识码是 10 位数字，例如 3202000001。"),
    "icp_number": (_ICP.fullmatch, "ICP 备案号的写法是“省份简称 + ICP备 + 数字 + 号”，例如“苏ICP备12345678号-1”。"),
    "psb_number": (
        _PSB.fullmatch,
        "公安备案号的写法是“省份简称 + 公网安备 + 14 位数字 + 号”，例如“苏公网安备32020002000001号”。",
    ),
    "psb_url": (is_government_address, "请填写公安备案查询网站（gov.cn）的完整地址，以 https:// 开头。"),
    "phone": (is_phone, "这不是电话号码，请填写区号和号码，例如 0510-81820000。"),
    "postcode": (_POSTCODE.fullmatch, "邮政编码是 6 位数字。"),
    "find_error_url": (is_government_address, "请填写“我为政府网站找错”（gov.cn）的完整地址，以 https:// 开头。"),
}


def profile_faults(facts: dict[str, str]) -> dict[str, str]:
    """What is wrong with the facts, by field, all at once."""
    faults = {
        name: words for name, (is_right, words) in CHECKS.items() if facts.get(name) and not is_right(facts[name])
    }
    if facts.get("psb_url") and not facts.get("psb_number"):
        faults.setdefault("psb_number", "填写了查询地址，请同时填写公安备案号。")
    return faults
