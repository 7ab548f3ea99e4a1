"""Pure rules about accounts and their people: no Django, no clock, no database."""

from __future__ import annotations

import re
from collections.abc import Collection

import phonenumbers

SHORT_CODES = re.compile(r"^(12\d{3}|123\d{2}|9\d{4}|1[01]\d|96\d{3,4})$")
LOCAL_NUMBER = re.compile(r"^[2-8]\d{6,7}$")
EXTENSION = re.compile(r"(转|分机)\s*\d{1,6}$")
DATE = re.compile(r"^(19|20)\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?$")
#: Codes are typed at every login: short, lower case, no look-alikes of punctuation.
ACCOUNT_CODE = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
CODE_LENGTHS = range(3, 31)
#: Characters of a holder's name and phone, and of the unit's part in a suggested code, so that the whole stays in range.
NAME_LIMIT, PHONE_LIMIT, UNIT_PART = 60, 40, 18
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


def holder_name_fault(name: str) -> str:
    """What keeps a text from being the name of one person, as a Chinese sentence; empty when nothing does (A15)."""
    if not name.strip():
        return "请填写使用人姓名：一个账号只对应一个人。"
    if len(name.strip()) > NAME_LIMIT:
        return f"姓名超过 {NAME_LIMIT} 个字，请核对。"
    if not name.strip().isprintable():
        return "姓名中有换行或不可见的字符，请重新输入：一个账号只对应一个人。"
    return ""


def phone_fault(text: str) -> str:
    """What keeps a text from being a holder's telephone number, as a Chinese sentence; empty when nothing does."""
    if len(text.strip()) > PHONE_LIMIT or not is_phone(text):
        return "请填写能找到使用人的电话：固定电话（带区号）或手机号，只填一个号码。"
    return ""


def suggested_code(unit_code: str, suffix: str, taken: Collection[str]) -> str:
    """The first free account code for a post of a unit: `kjj-edit`, then `kjj-edit2`; `taken` in lower case."""
    unit = re.sub(r"[^a-z0-9]+", "-", unit_code.lower()).strip("-")
    unit = (unit if unit[:1].isalpha() else f"u{unit}")[:UNIT_PART].strip("-")
    base = f"{unit}-{suffix}"
    number = 1
    while (code := base if number == 1 else f"{base}{number}") in taken:
        number += 1
    return code
