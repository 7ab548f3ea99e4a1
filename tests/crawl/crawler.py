"""Follows every internal link from the home page, breadth first, with Django's test client; no browser, no server.

An address is visited once, at its least distance from home. What is visited but not followed further: links that say
`nofollow` (combinations of filters: every one is looked at, but not every combination of those), files and feeds. How a
page is displayed (`?size=`) and its twins under prefixes are other faces of the same page: left out.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders

from policy_pages.addresses.rules import DISPLAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.test import Client

#: The whole city must be this near to the home page (issue 5).
STEPS = 4
#: Faces of other pages, and what is not the public site.
VARIANTS = ("/zh-hant/", "/elder/")
CLOSED = ("/admin/", "/_util/")
STATIC = "/static/"


class Reader(HTMLParser):
    """Collects the links of a page and the anchors it has."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[str, bool]] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Links, forms that are sent by GET, files of the page itself, ids."""
        values = {name: value or "" for name, value in attributes}
        if values.get("id"):
            self.anchors.add(values["id"])
        words = values.get("rel", "").split()
        if tag in ("a", "area", "link") and "href" in values and "canonical" not in words:
            self.links.append((values["href"], "nofollow" not in words))
        elif tag == "form" and values.get("method", "get").lower() == "get":
            self.links.append((values.get("action", ""), True))
        elif tag in ("script", "img", "source", "iframe") and values.get("src"):
            self.links.append((values["src"], True))


@dataclass
class Visit:
    """One address: how far from home, what it answered, where it was found first, and the anchors it has."""

    address: str
    depth: int
    found_on: str
    status: int = 0
    is_followed: bool = True
    anchors: frozenset[str] = frozenset()
    led_to: str = ""


@dataclass
class Crawl:
    """What a walk found."""

    visits: dict[str, Visit] = field(default_factory=dict)
    #: Link to an anchor → the page it stands on.
    anchored: dict[tuple[str, str], str] = field(default_factory=dict)
    missing_files: dict[str, str] = field(default_factory=dict)

    def dead(self) -> list[str]:
        """Links that lead to an error, with the page they were found on."""
        errors = [
            f"{one.address} ({one.status}) on {one.found_on}" for one in self.visits.values() if one.status >= 400
        ]
        return errors + [f"{path} (no such file) on {page}" for path, page in self.missing_files.items()]

    def redirected(self) -> list[str]:
        """Links of ours that do not name the address they lead to."""
        return [f"{one.address} -> {one.led_to} on {one.found_on}" for one in self.visits.values() if one.led_to]

    def missing_anchors(self) -> list[str]:
        """Links to a place that their page has not."""
        return [
            f"{address}#{anchor} on {page}"
            for (address, anchor), page in self.anchored.items()
            if self._end(address).status == 200 and anchor not in self._end(address).anchors
        ]

    def unreached(self, addresses: Iterable[str], steps: int | None = None) -> list[str]:
        """Those of the addresses that no walk of so many steps reaches."""
        return [
            address
            for address in addresses
            if address not in self.visits or (steps is not None and self.visits[address].depth > steps)
        ]

    def _end(self, address: str) -> Visit:
        visit = self.visits[address]
        return self.visits.get(visit.led_to, visit) if visit.led_to else visit


class Crawler:
    """One walk. `skips` says which addresses are left out beside the variants and what is closed."""

    def __init__(self, client: Client, skips: Callable[[str], bool] = lambda address: False) -> None:
        self.client, self.skips = client, skips
        self.crawl = Crawl()
        self.queue: deque[Visit] = deque()
        base = urlsplit(settings.WAGTAILADMIN_BASE_URL)
        self.base, self.hosts = f"{base.scheme}://{base.netloc}", {base.netloc, "testserver"}

    def walk(self, start: str = "/") -> Crawl:
        """Everything that links lead to from there."""
        self._meet(start, depth=0, found_on="", is_followed=True)
        while self.queue:
            self._visit(self.queue.popleft())
        return self.crawl

    def _meet(self, address: str, *, depth: int, found_on: str, is_followed: bool) -> None:
        known = self.crawl.visits.get(address)
        if known is None:
            visit = self.crawl.visits[address] = Visit(address, depth, found_on, is_followed=is_followed)
            self.queue.append(visit)
        elif is_followed and not known.is_followed:
            # Looked at already, by a link that said not to follow: it is walked on from here.
            known.is_followed = True
            known.depth = min(known.depth, depth)
            self.queue.append(known)

    def _visit(self, visit: Visit) -> None:
        response = self.client.get(visit.address)
        visit.status = response.status_code
        is_html = response.get("Content-Type", "").startswith("text/html")
        if 300 <= visit.status < 400 and (target := self._inside(response["Location"], visit.address)):
            # A redirect is no step of the visitor's.
            visit.led_to = target[0]
            if not target[0].startswith(STATIC):
                self._meet(target[0], depth=visit.depth, found_on=visit.address, is_followed=visit.is_followed)
        elif visit.status == 200 and is_html:
            self._read(visit, response.content.decode())
        if response.streaming:
            for _piece in response:
                pass  # the test client closes a file when it is read

    def _read(self, visit: Visit, html: str) -> None:
        reader = Reader()
        reader.feed(html)
        visit.anchors = frozenset(reader.anchors)
        for link, is_followed in reader.links:
            target = self._inside(link, visit.address)
            if target is None:
                continue
            address, anchor = target
            if address.startswith(STATIC):
                self._look_for(address, visit.address)
                continue
            if visit.is_followed:
                self._meet(address, depth=visit.depth + 1, found_on=visit.address, is_followed=is_followed)
            if anchor and address in self.crawl.visits:
                self.crawl.anchored.setdefault((address, anchor), visit.address)

    def _look_for(self, address: str, page: str) -> None:
        path = unquote(urlsplit(address).path.removeprefix(STATIC))
        plain = re.sub(r"\.[0-9a-f]{12}(?=\.\w+$)", "", path)
        if not finders.find(path) and not finders.find(plain):
            self.crawl.missing_files.setdefault(address, page)

    def _inside(self, link: str, page: str) -> tuple[str, str] | None:
        """Address and anchor of a link that stays on the public site; None for any other."""
        parts = urlsplit(urljoin(self.base + page, link.strip()))
        if parts.scheme not in ("http", "https") or parts.netloc not in self.hosts:
            return None
        path = parts.path or "/"
        if path.startswith((*VARIANTS, *CLOSED)):
            return None
        pairs = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in DISPLAY]
        address = f"{path}?{urlencode(pairs)}" if pairs else path
        return None if self.skips(address) else (address, unquote(parts.fragment))
