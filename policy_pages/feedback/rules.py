"""Rules of 我要纠错: receipts, paths of pages, the age of a form, networks. Pure: no Django, no clock."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from accounts.rules import is_phone
from policy_pages.variants.rules import split

if TYPE_CHECKING:
    from collections.abc import Callable

#: Characters of each text; those of the page's address hold the longest Chinese one that is typed.
TEXT_LIMIT, ANSWER_LIMIT, REASON_LIMIT, PLACE_LIMIT, CONTACT_LIMIT, PATH_LIMIT = 1000, 1000, 500, 200, 100, 500
#: Of signs that look alike, 0 and O, 1, I and L, 2 and Z, 5 and S, 6 and G, 8 and B, U and V, one at most.
ALPHABET = "ACDEFGHJKMNPQRTVWXY3479"
RECEIPT_LENGTH = 12
_GROUP = 4
#: Seconds between asking for the form and sending it: nobody reads and writes faster; later the form is too old.
FASTEST, OLDEST = 3, 24 * 60 * 60
#: A stroke the wrong way is one to browsers: //host would lead away from the site.
_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")
_HOST = re.compile(r"[^/?#]+\.[^/?#]+")
_MAIL = re.compile(r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)+", re.ASCII)
_POLICY = re.compile(r"/policies/([-\w]+)/([-\w]+)(?:/|$)")
#: Of a version 6 address this part is a subscriber's, the rest he chooses.
_SUBSCRIBER_BITS = 64


def new_receipt(choose: Callable[[str], str]) -> str:
    """A receipt; `choose` picks a character that nobody can foresee. Twelve of 23 are 54 bits: nobody guesses one."""
    return "".join(choose(ALPHABET) for _place in range(RECEIPT_LENGTH))


def grouped(receipt: str) -> str:
    """The receipt in groups of four, as it is read out and written down."""
    return "-".join(receipt[start : start + _GROUP] for start in range(0, len(receipt), _GROUP))


def read_receipt(text: str) -> str:
    """The receipt somebody typed: small letters, full-width ones, spaces and strokes are no matter; empty for none."""
    typed = re.sub(r"[\s\-‐-―－_]+", "", unicodedata.normalize("NFKC", text)).upper()
    return typed if len(typed) == RECEIPT_LENGTH and set(typed) <= set(ALPHABET) else ""


def read_path(text: str) -> str:
    """The path of a page from what a link or a person gives: an address with or without host, query and fragment.

    Empty for what is no address of a page: another scheme, control characters, longer than is kept.
    """
    typed = text.strip()
    if not typed or _CONTROL.search(typed) or len(typed) > 4 * PATH_LIMIT:
        return ""
    try:
        parts = urlsplit(typed if typed.startswith("/") or "://" in typed else _with_start(typed))
    except ValueError:
        return ""
    path = "/" + unquote(parts.path).lstrip("/")
    if parts.scheme not in {"", "http", "https"} or _CONTROL.search(path) or len(path) > PATH_LIMIT:
        return ""
    return path


def _with_start(typed: str) -> str:
    """What browsers copy without its scheme, www.example.gov.cn/policies/, or a path without its first stroke."""
    return f"//{typed}" if _HOST.match(typed) else f"/{typed}"


def policy_of(path: str) -> tuple[str, str] | None:
    """Code of the unit and slug of the policy page that a path names, itself or something below it, in whatever variant; None for others."""
    found = _POLICY.match(split(path)[1])
    return (found[1], found[2]) if found else None


def is_contact(text: str) -> bool:
    """Whether somebody can be reached by this: a telephone number or an e-mail address."""
    return bool(_MAIL.fullmatch(text.strip())) or is_phone(text)


def is_too_fast(age: float) -> bool:
    """Whether a form that is `age` seconds old was sent faster than anybody can fill it in."""
    return age < FASTEST


def is_too_old(age: float) -> bool:
    """Whether a form that is `age` seconds old is no more good."""
    return age > OLDEST


def network_of(address: str) -> str:
    """The network whose reports are counted together: an address, of version 6 the subscriber's part; empty for none."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    bits = _SUBSCRIBER_BITS if found.version == 6 else found.max_prefixlen
    return str(ipaddress.ip_network((found, bits), strict=False))


def digest(*texts: str) -> str:
    """What the chain tells of words that it does not repeat."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()
