"""Pure rules about accounts and their people: no Django, no clock, no database."""

from __future__ import annotations

import datetime
import ipaddress
import math
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import phonenumbers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

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


# --- Passwords ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PasswordProfile:
    """What one profile asks of a password (reliability §8).

    Attributes:
        length: fewest characters.
        classes: how many of small letters, capitals, digits and others must occur; 0 asks nothing.
        history: how many of the last chosen passwords may not come again; the current one never may.
        renewed_after: calendar days after which another is due; 0 is never.
    """

    length: int
    classes: int = 0
    history: int = 0
    renewed_after: int = 0


PASSWORD_PROFILES = {
    "mlps": PasswordProfile(length=12, classes=3, history=5, renewed_after=90),
    "asvs": PasswordProfile(length=15),
}
#: What Chinese offices choose: Django's list of common passwords is English and knows none of it.
FAVOURITES = (
    *("woaini", "iloveyou", "woaiwojia", "zhongguo", "china", "beijing", "jiangsu", "nanjing", "wuxi", "xishan"),
    *("huiqitong", "zhengce", "zhengfu", "shenpiju", "xingzheng", "bangong", "mima", "denglu", "guanliyuan", "wode"),
    *("admin", "administrator", "root", "password", "passwd", "pass", "user", "test", "demo", "welcome", "huawei"),
    *(
        "qwertyuiop",
        "asdfghjkl",
        "zxcvbnm",
        "qwerty",
        "asdfgh",
        "asdf",
        "qwer",
        "zxcv",
        "1qaz",
        "2wsx",
        "3edc",
        "qazwsx",
    ),
    *("abcdef", "abcd", "abc", "aaa", "123456789", "1234567890", "0123456789", "87654321", "123456", "654321", "12345"),
    *("1234", "123", "321", "111", "222", "333", "666", "777", "888", "999", "000"),
    *("5201314", "1314520", "1314", "520", "521", "147258369", "147258", "110", "119", "120", "12345678"),
)
_LEET = str.maketrans("@4$50!13", "aassoile")
_YEAR = re.compile(r"(19|20)\d{2}((0[1-9]|1[0-2])([0-2]\d|3[01])?)?")
#: Letters and digits that must remain once the favourites are struck out.
_OWN_CHARACTERS = 6
_SHORTEST_WORD = 2


def character_classes(password: str) -> int:
    """How many of the four classes occur: small letters, capitals, digits, everything else."""
    return len(
        {
            "small" if sign.islower() else "capital" if sign.isupper() else "digit" if sign.isdigit() else "other"
            for sign in password
        }
    )


def is_favourite(password: str, own: Iterable[str] = ()) -> bool:
    """Whether a password is little more than words and rows of digits that everybody tries first.

    `own` are words about the account: its code, its holder, its telephone.
    """
    plain = password.casefold()
    words = {*FAVOURITES, *(word.casefold() for word in own if len(word) >= _SHORTEST_WORD)}
    return any(_remainder(text, words) < _OWN_CHARACTERS for text in (plain, plain.translate(_LEET)))


def _remainder(text: str, words: set[str]) -> int:
    """How many different letters and digits are left without those words and without years."""
    for word in sorted(words, key=lambda word: (-len(word), word)):
        text = text.replace(word, " ")
    return len({sign for sign in _YEAR.sub(" ", text) if sign.isalnum()})


def is_stale(changed_on: datetime.date, today: datetime.date, renewed_after: int) -> bool:
    """Whether a password is older than so many calendar days; 0 days never is."""
    return renewed_after > 0 and (today - changed_on).days > renewed_after


# --- Sessions -----------------------------------------------------------------------------------------------


def session_fault(
    *,
    since: datetime.datetime,
    seen: datetime.datetime,
    now: datetime.datetime,
    idle: datetime.timedelta,
    longest: datetime.timedelta,
) -> str:
    """Why a session is over: `idle`, `absolute`, or empty while it is not."""
    if now - seen >= idle:
        return "idle"
    return "absolute" if now - since >= longest else ""


def client_address(remote: str, forwarded: str, proxies: int) -> str | None:
    """The visitor's address, as far as somebody we trust wrote it.

    `proxies` of ours each append to X-Forwarded-For the address they were called from, so the entry so many places from
    the right is the visitor's; what stands left of it he wrote himself. Without proxies, with too few entries or with
    an unreadable one it is `remote`; None when that is no address either (a socket).
    """
    entries = [entry.strip() for entry in forwarded.split(",")]
    told = entries[-proxies] if 0 < proxies <= len(entries) else ""
    return _address(told) or _address(remote)


def _address(text: str) -> str | None:
    host = text
    if match := re.fullmatch(r"\[(.+)\](:\d+)?|([\d.]+):\d+", text):  # some proxies add the port
        host = match[1] or match[3]
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)


# --- Codes --------------------------------------------------------------------------------------------------


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


class Span(NamedTuple):
    """A role from a day until a day, both inclusive; `last` None is for good."""

    role: str
    first: datetime.date
    last: datetime.date | None


def handed_spans(entries: Iterable[Mapping[str, Any]], today: datetime.date) -> list[Span]:
    """What a filing's roles leave to give on `today`, by role and first day: none that ran out, none inside another.

    An entry has `role`, `from` (absent in old ones) and `until`, days as ISO text or None. Nothing is given before today.
    """
    found: list[Span] = []
    for entry in entries:
        first = max(today, datetime.date.fromisoformat(entry.get("from") or today.isoformat()))
        last = datetime.date.fromisoformat(entry["until"]) if entry["until"] else None
        if last is None or last >= first:
            found.append(Span(entry["role"], first, last))
    kept: list[Span] = []
    for span in sorted(found, key=lambda span: (span.role, span.first, -(span.last or datetime.date.max).toordinal())):
        before = [other for other in kept if other.role == span.role]
        if not any(other.last is None or (span.last and span.last <= other.last) for other in before):
            kept.append(span)
    return kept


def same_phone(one: str, other: str) -> bool:
    """Whether two telephone numbers are one as dialled: blanks, hyphens and brackets say nothing."""
    return re.sub(r"\D", "", one) == re.sub(r"\D", "", other)


def same_name(one: str, other: str) -> bool:
    """Whether two names are one person's as written: blanks and capitals say nothing."""
    return re.sub(r"\s", "", one).casefold() == re.sub(r"\s", "", other).casefold()
