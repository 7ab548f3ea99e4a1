"""What an address says, as pure functions: its one query string, its page numbers, the words in a wrong one.

An address names its content once: known parameters only, in one order, none empty, none twice, no default spelt out.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlencode

from policy_pages.variants.rules import DISPLAY

if TYPE_CHECKING:
    from collections.abc import Mapping

#: As many page numbers all stand in a row; of more, those that lead to every page in two steps.
ALL_SHOWN = 20
#: Longer words of a wrong address are no search.
LONGEST_WORDS = 50

_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_JOINTS = re.compile(r"[\s_+\-/\\.,;:&=?#%<>\"'\x00-\x1f\x7f]+")


def query_string(chosen: Mapping[str, object]) -> str:
    """`name=value&…` in the order given, without what is empty; empty for nothing.

    Everything but letters, digits and `-._~` is percent-encoded, so that no browser writes it otherwise.
    """
    return urlencode({name: value for name, value in chosen.items() if value not in ("", None)})


def address(path: str, chosen: Mapping[str, object]) -> str:
    """A plain address from its path, already percent-encoded, and what is chosen."""
    query = query_string(chosen)
    return f"{path}?{query}" if query else path


def as_sent(query: str) -> str:
    """A query string as a server gets it (bytes as Latin-1), with raw bytes of other letters percent-encoded.

    RFC 3987 §3.1 makes the same address of both; every browser and proxy does so before it sends.
    """
    return "".join(letter if letter.isascii() else f"%{ord(letter):02X}" for letter in query)


def is_plain(query: str, chosen: Mapping[str, object]) -> bool:
    """Whether a query string, as a server gets it, is the one of what was chosen."""
    return as_sent(query) == query_string(chosen)


def display_of(query: str) -> dict[str, str]:
    """What a query string says of display parameters. Of any length: what reads it stands before the bound on fields."""
    return {name: value for name, value in parse_qsl(as_sent(query)) if name in DISPLAY}


def without_display(query: str) -> str:
    """The query string of the content alone."""
    return query_string({name: value for name, value in parse_qsl(as_sent(query)) if name not in DISPLAY})


def page_asked(text: str) -> int:
    """The page an address asks for, at least the first: Django's paginator would lead a negative number to the last."""
    try:
        return max(1, int(text))
    except ValueError:
        return 1


def page_value(number: int) -> str:
    """What an address says of the page: nothing of the first."""
    return str(number) if number > 1 else ""


def shown_pages(number: int, total: int) -> list[int | None]:
    """Page numbers to show on page `number` of `total`, None for a gap.

    All of up to twenty. Beyond, the neighbours and every tenth (of very many every so many), so that every page is
    two steps from the first: a visitor, and whoever counts steps, reaches everything.
    """
    if total <= ALL_SHOWN:
        return list(range(1, total + 1))
    step = max(10, math.ceil(total / ALL_SHOWN))
    near = range(max(1, number - math.ceil(step / 2)), min(total, number + math.ceil(step / 2)) + 1)
    shown: list[int | None] = []
    last = 0
    for page in sorted({1, total, *range(step, total, step), *near}):
        if page > last + 1:
            shown.append(None)
        shown.append(page)
        last = page
    return shown


def words_of(path: str) -> str:
    """The Chinese words in the last part of an address that leads nowhere, to search for; empty where there are none.

    What has no Chinese in it was a number, which nobody searches for; the name of a file is not said again, for it may be one
    that is not public.
    """
    part = unquote(path).rstrip("/").rpartition("/")[2]
    if "." in part:
        return ""
    words = " ".join(word for word in _JOINTS.split(part) if word and "\ufffd" not in word)
    return words if _CHINESE.search(words) and len(words) <= LONGEST_WORDS else ""


def plain_path(path: str) -> str:
    """A decoded path, percent-encoded as in an address; never one that a browser takes for another host's."""
    return "/" + quote(path.lstrip("/"), safe="/-._~")


def phone_digits(number: str) -> str:
    """What tells one telephone number from another: its digits."""
    return "".join(letter for letter in number if letter.isdecimal())
