"""Pure rules about accounts and their people: no Django, no clock, no database."""

from __future__ import annotations

import math
import re
import unicodedata

import phonenumbers

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


#: What an authenticator shows, and what is printed as a recovery code (no look-alikes: no i, l, o, 0, 1).
TOTP_CODE = re.compile(r"[0-9]{6}")
RECOVERY_CODE = re.compile(r"[a-hjkmnp-z2-9]{12}")


def typed_code(text: str) -> str:
    """A code as people type it, in one form: half-width, lower case, without spaces and hyphens."""
    return re.sub(r"[\s\-—–－]", "", unicodedata.normalize("NFKC", text)).lower()


def is_totp_code(code: str) -> bool:
    """Whether a normalised code has the shape of an authenticator's."""
    return bool(TOTP_CODE.fullmatch(code))


def is_recovery_code(code: str) -> bool:
    """Whether a normalised code has the shape of a recovery code."""
    return bool(RECOVERY_CODE.fullmatch(code))


def in_groups(text: str, length: int = 4, joint: str = "-") -> str:
    """A long code in groups that an eye can keep."""
    return joint.join(text[start : start + length] for start in range(0, len(text), length))


def waiting_time(seconds: float) -> str:
    """How long somebody has to wait, in Chinese; rounded up, in two units at most, never less than a second."""
    left = max(1, math.ceil(seconds))
    for (size, unit), (small, small_unit) in (
        ((86400, "天"), (3600, "小时")),
        ((3600, "小时"), (60, "分")),
        ((60, "分"), (1, "秒")),
    ):
        if left >= size:
            rest = left % size // small
            return f"{left // size} {unit}" + (f" {rest} {small_unit}" if rest else "")
    return f"{left} 秒"
