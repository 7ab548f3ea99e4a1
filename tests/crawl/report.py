"""What a walk must show of the whole site: nothing dead, nothing unreachable, nothing too far."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit
from xml.etree import ElementTree

from django.urls import reverse

from policy_pages.tests.public_reading import leftovers, words_in_script
from policy_pages.views.rows import listed_pages, of_any_type
from tests.crawl.crawler import STEPS, Crawl, Crawler

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


class Report(NamedTuple):
    """Faults of each kind, in words; and the walk."""

    crawl: Crawl
    dead: list[str]
    redirected: list[str]
    missing_anchors: list[str]
    orphans: list[str]
    too_far: list[str]

    @property
    def faults(self) -> list[str]:
        """All of them."""
        kinds = ("dead", "redirected", "missing_anchors", "orphans", "too_far")
        return [f"{kind}: {fault}" for kind in kinds for fault in getattr(self, kind)]


def listed_addresses() -> list[str]:
    """The address of every live, listed page."""
    pages = listed_pages().annotate(unit=of_any_type("department__code")).values_list("unit", "slug")
    return [reverse("policy_page", args=value) for value in pages.order_by("pk")]


def mapped_addresses(client: Client, path: str = "/sitemap.xml") -> list[str]:
    """Every address of the site's own map in simplified script, which is walked; parts included."""
    root = ElementTree.fromstring(client.get(path).content)  # noqa: S314 -- our own answer
    found = [urlsplit(node.text or "").path for node in root.iter(f"{SITEMAP}loc")]
    if root.tag == f"{SITEMAP}sitemapindex":
        return [address for part in found for address in mapped_addresses(client, part)]
    return [address for address in found if not address.startswith("/zh-hant/")]


def inspect(client: Client, skips: Callable[[str], bool] = lambda address: False) -> Report:
    """Walk the site, but for what is skipped, and compare with what is public and with its map."""
    crawl = Crawler(client, skips).walk()
    return Report(
        crawl=crawl,
        dead=crawl.dead(),
        redirected=crawl.redirected(),
        missing_anchors=crawl.missing_anchors(),
        orphans=crawl.unreached(mapped_addresses(client)),
        too_far=crawl.unreached(listed_addresses(), STEPS),
    )


def mixed_scripts(client: Client, addresses: list[str]) -> list[str]:
    """Each address, one of `/zh-hant/`, that shows simplified characters, with those."""
    found = {address: leftovers(words_in_script(client.get(address).content.decode())) for address in addresses}
    return [f"{address}: {''.join(sorted(chars))}" for address, chars in found.items() if chars]
