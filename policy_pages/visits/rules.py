"""What is a visit and how it is written down: pure rules (T24.2)."""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections import Counter
from typing import TYPE_CHECKING

from crawleruseragents import is_crawler

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Largest key a page can have: Wagtail's is an AutoField, 32 bits with a sign on PostgreSQL.
LAST_PAGE = 2**31 - 1
PAGE = re.compile(r"[1-9]\d{0,9}", re.ASCII)
#: One visit: the instant in whole seconds of Unix time, a blank, the key of the page. Nothing else is ever written.
LINE = re.compile(rb"^([1-9]\d{9}) ([1-9]\d{0,9})$", re.MULTILINE)
#: Instants of one quarter of an hour lie on one day in every time zone in use.
QUARTER_HOUR = 900
#: Long enough for the longest of browsers (those inside WeChat), short enough to be searched at once.
AGENT_LENGTH = 1000
#: Programs that no list knows yet, by families: most call themselves bot, spider or crawler (`Cubot` makes telephones),
#: sign with a plus before an address, or say no more than that they are a browser, or Java.
BOT = re.compile(r"(?<!cu)bot | crawl | spider | \+https?:// | \bjava/ | ^mozilla/\d\.\d$", re.IGNORECASE | re.VERBOSE)
#: Headers by which a browser says that it loads a page nobody has opened yet.
PURPOSES = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
AHEAD = ("prefetch", "prerender", "preview")


def page_number(text: str) -> int | None:
    """The key of a page as an address names it; None for what can be none."""
    number = int(text) if PAGE.fullmatch(text) else 0
    return number if 0 < number <= LAST_PAGE else None


def is_bot(agent: str) -> bool:
    """Whether a User-Agent is that of a program; an empty one is, for every browser sends one."""
    agent = agent.strip()[:AGENT_LENGTH]
    return not agent or is_crawler(agent) or BOT.search(agent) is not None


def is_loaded_ahead(headers: Mapping[str, str]) -> bool:
    """Whether the browser fetched the page before anybody opened it."""
    told = " ".join(headers.get(name, "") for name in PURPOSES).lower()
    return any(word in told for word in AHEAD)


def is_from_elsewhere(headers: Mapping[str, str]) -> bool:
    """Whether another site, or somebody typing the address of the counter, asked: no page of ours was read.

    Browsers too old to say, and those on plain HTTP, are believed.
    """
    return headers.get("Sec-Fetch-Site", "") not in {"", "same-origin"}


def is_visit(headers: Mapping[str, str]) -> bool:
    """Whether a request of the counter tells of a person who opened a page of ours (T24.2). Names of headers in any case."""
    return not (is_loaded_ahead(headers) or is_from_elsewhere(headers) or is_bot(headers.get("User-Agent", "")))


def network(address: str) -> str:
    """What is bounded as one: an IPv4 address, the /64 of an IPv6 one (a single line owns so many); else the text itself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network(f"{parsed}/64", strict=False))


def written(at: datetime.datetime, page: int) -> bytes:
    """One visit as a line; `at` is aware."""
    return b"%d %d\n" % (int(at.timestamp()), page)


def whole_lines(piece: bytes, is_full: bool) -> bytes:
    """The part of what was read that ends with the end of a line; the rest is still being written.

    `is_full` says that there is more behind it: a piece of which nothing ends is then no line of ours, and is passed over whole.
    """
    end = piece.rfind(b"\n") + 1
    return piece[:end] if end or not is_full else piece


def tally(lines: bytes, zone: datetime.tzinfo) -> Counter[tuple[int, datetime.date]]:
    """How often each page was opened on each day of the zone. What is no line of ours counts nothing."""
    days: dict[int, datetime.date] = {}
    found: Counter[tuple[int, datetime.date]] = Counter()
    for told, page in LINE.findall(lines):
        place = int(told) // QUARTER_HOUR
        if place not in days:
            days[place] = datetime.datetime.fromtimestamp(int(told), zone).date()
        found[int(page), days[place]] += 1
    return found


def day_of(name: str) -> datetime.date | None:
    """The day a file of visits is of, by its name; None for another file."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)-[0-9a-f]{16}\.log", name)
    try:
        return datetime.date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None
