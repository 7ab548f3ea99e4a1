"""Pure rules about accounts and their people: no Django, no clock, no database."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import phonenumbers

if TYPE_CHECKING:
    from collections.abc import Container

SHORT_CODES = re.compile(r"^(12\d{3}|123\d{2}|9\d{4}|1[01]\d|96\d{3,4})$")
LOCAL_NUMBER = re.compile(r"^[2-8]\d{6,7}$")
EXTENSION = re.compile(r"(转|分机)\s*\d{1,6}$")
DATE = re.compile(r"^(19|20)\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?$")
#: Codes are typed at every login: short, lower case, no look-alikes of punctuation.
ACCOUNT_CODE = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
CODE_LENGTHS = range(3, 31)
#: Names that every attacker tries first; no default accounts (GB/T 22239 8.1.4).
BARRED_CODES = frozenset({"admin", "administrator", "root", "test", "guest", "user", "system", "superuser"})


def is_phone(text: str) -> bool:
    """Whether a text is one Chinese telephone number: landline (with or without area code), mobile or short code (T10.2)."""
    if DATE.match(text.strip()):
        return False
    number = EXTENSION.sub("", text.strip())
    digits = re.sub(r"[\s\-—－()（）]", "", number)
    if not digits.lstrip("+").isascii() or not digits.lstrip("+").isdigit():
        return False
    if SHORT_CODES.match(digits) or LOCAL_NUMBER.match(digits):
        return True
    try:
        parsed = phonenumbers.parse(digits, "CN")
    except phonenumbers.NumberParseException:
        return False
    return parsed.country_code == 86 and phonenumbers.is_valid_number(parsed)


def account_code_fault(code: str) -> str:
    """What keeps a text from being an account code, as a Chinese sentence; empty when nothing does (A15)."""
    if code in BARRED_CODES:
        return f"“{code}”是人人会猜的默认账号名，请换一个，例如“单位代码-edit2”。"
    if len(code) not in CODE_LENGTHS or not ACCOUNT_CODE.match(code):
        return "账号须为 3 至 30 位小写字母、数字和连字符，以字母开头，例如“kjj-edit2”。"
    return ""


def free_code(stem: str, taken: Container[str]) -> str:
    """The first of `stem2`, `stem3` … that nobody has; empty when the stem makes no account code."""
    number = 2
    while f"{stem}{number}" in taken:
        number += 1
    code = f"{stem}{number}"
    return "" if account_code_fault(code) else code


def same_name(one: str, other: str) -> bool:
    """Whether two names are one person's as written: blanks and capitals say nothing."""
    return re.sub(r"\s", "", one).casefold() == re.sub(r"\s", "", other).casefold()
