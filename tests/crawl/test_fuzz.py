"""Any query on any public address: an answer, a redirect, a 404 or a 400; never a 500, never the same page twice.

The addresses are those that a walk from the home page finds, so that a new page is asked as soon as it is linked; the URL
conf says which there must be. The oracle knows nothing of how addresses are made: junk may not be answered with a page,
and no two addresses may answer with the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, path, resolve
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from cms.urls import urlpatterns as our_addresses
from policy_pages.addresses.rules import DISPLAY
from tests.crawl.crawler import Crawler
from tests.crawl.world import make_city
from tests.matrix.decisions import DECISIONS, PUBLIC
from tests.matrix.inventory import addresses

if TYPE_CHECKING:
    from collections.abc import Iterator

# `django_db` for the module's city: without a test that is marked, pytest-django prepares no database, and the one of the
# settings would be asked.
pytestmark = [pytest.mark.slow, pytest.mark.once, pytest.mark.no_cover, pytest.mark.django_db]

#: Public addresses that no page links to: an example of each (or none, if it must be known elsewhere).
UNLINKED = {
    "healthz": "/healthz",
    "readyz": "/readyz",
    "robots": "/robots.txt",
    "favicon": "/favicon.ico",
    "search_suggest": "/search/suggest.json?q=%E8%A1%A5%E5%8A%A9",
    "correction": "/corrections/23456789ABCD/",
    "policy_version": "/policies/kjj/wj-1/versions/1/",
    "policy_comparison": "/policies/kjj/wj-1/versions/1..2/",
    "sitemap": "/sitemap.xml",
    "sitemap_part": "/sitemap-1.xml",
    "timeliness_data": "/timeliness/data.csv?period=2025",
    "frozen_report": "/timeliness/reports/2026-Q3/?edition=1",
    "frozen_report_data": "/timeliness/reports/2026-Q3/data.json?edition=1",
    "wagtaildocs_serve": "/documents/1/a.pdf",
    "_util/login/": "/_util/login/",
}
#: Wagtail's doors that stand in the URL conf, and lead to no public page (`shut` in decisions.py).
STOCK = ("wagtail", "_util")
#: Answers whose bytes are the same by nature.
NO_PAGES = ("/healthz", "/readyz")

NAMES = [
    "q",
    "type",
    "window",
    "route",
    "category",
    "department",
    "term",
    "sort",
    "page",
    "period",
    "edition",
    *DISPLAY,
]
NASTY = [
    *(
        "",
        "1",
        "0",
        "-1",
        "999999",
        "abc",
        "１",
        "１９",
        "1.0",
        "1e9",
        " 2",
        "9" * 400,
        "%",
        "\0",
        "a\0b",
        "\ufffd",
        "😀",
    ),
    *("guide", "document", "open", "kjj", "theme-02", "category-01", "newest", "amount", "closing", "simple", "old"),
    *(
        "2026-Q4",
        "2026-Q3",
        "2026",
        "2025年",
        "2099",
        "s",
        "m",
        "l",
        "high",
        "dark",
        "研发",
        "研" * 250,
        "'\"<>&;",
        "../..",
        "[]",
    ),
]
RAW = [
    "%ff",
    "%00",
    "%",
    "%%",
    "%E7%A0",
    "&&&",
    "=",
    "==",
    "a=%ED%A0%80",
    ";",
    "?",
    "q",
    "type[]=guide",
    "%C0%AF=1",
    "\xe7\xa0\x94=1",
]

pair = st.tuples(
    st.sampled_from([*NAMES, *NAMES, "zz", "utm_source", "type[]", "Type", "q ", ""]),
    st.one_of(st.sampled_from(NASTY), st.text(max_size=8)),
)
piece = st.one_of(
    pair.map(lambda found: quote(found[0], safe="[]") + "=" + quote(found[1].encode("utf-8", "replace"), safe="")),
    st.sampled_from(RAW),
)
queries = st.lists(piece, min_size=1, max_size=5).map("&".join)


class Site:
    """The public site as a visitor with a bad hand asks it; remembers every page it was shown."""

    def __init__(self) -> None:
        self.client = Client(raise_request_exception=False)
        self.seen: dict[bytes, str] = {}

    def ask(self, address: str, query: str) -> HttpResponse:
        """The answer to a raw query, sent byte for byte."""
        extra = {"QUERY_STRING": query} if query else {}
        return self.client.get(address, **extra)

    def fault(self, address: str, query: str) -> str:
        """What is wrong with the answer; empty for nothing."""
        response = self.ask(address, query)
        sent = f"{address}?{query}"
        if response.status_code >= 500:
            return f"{response.status_code} for {sent}"
        if response.status_code in (301, 302):
            return self._fault_of_redirect(response, sent)
        if response.status_code >= 400:
            is_page = response["Content-Type"].startswith("text/html")  # data say in their own form what is wrong
            return "" if not is_page or self._says_so(response) else f"no words for {sent}"
        if not response["Content-Type"].startswith("text/html") or not may_be_kept(response):
            return ""
        first = self.seen.setdefault(response.content, sent.rstrip("?"))
        return "" if first == sent.rstrip("?") else f"the same page at {first} and {sent}"

    def _fault_of_redirect(self, response: HttpResponse, sent: str) -> str:
        target = response["Location"]
        parts = urlsplit(target)
        if parts.netloc or not target.startswith("/") or target.startswith("//") or not target.isascii():
            return f"{sent} leads to {target}"
        then = self.ask(parts.path, parts.query)
        if then.status_code == 301:
            return f"{sent} leads to {target}, which leads on"
        return "" if then.status_code < 500 else f"{sent} leads to {target}, which fails"

    @staticmethod
    def _says_so(response: HttpResponse) -> bool:
        text = response.content.decode()
        return any(words in text for words in ("没有这个页面", "网址无法识别", "没有这个回执号"))


def walked() -> dict[str, list[str]]:
    """Two addresses of each public view that a walk from the home page meets, by the name of the view."""
    found: dict[str, list[str]] = {}
    for address in Crawler(Client()).walk().visits:
        match = resolve(urlsplit(address).path)
        found.setdefault(match.url_name or match.route, []).append(address)
    return {name: [some[0], some[len(some) // 2], some[-1]] for name, some in found.items()}


@pytest.fixture(scope="module")
def seeds(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[str]]:
    """The city stands for the whole module, and what is asked of it."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        make_city()
        linked = walked()
        yield sorted({*UNLINKED.values(), *(address for some in linked.values() for address in some)})
        transaction.set_rollback(True)


def public_names() -> set[str]:
    """Every public address of the URL conf by its name: what `decisions.py` opens to everybody."""
    opened = {name for name, rule in DECISIONS.items() if rule.see is PUBLIC}

    def is_open(key: str) -> bool:
        return key in opened or any(name.endswith("*") and key.startswith(name[:-1]) for name in opened)

    return {one.key for one in addresses() if is_open(one.key) and not one.route.startswith("admin/")}


def test_every_public_address_of_the_url_conf_is_asked(seeds: list[str]) -> None:
    """A new one is linked from a page, or has its example above."""
    asked = set()
    for address in seeds:
        try:
            match = resolve(urlsplit(address).path)
        except Resolver404:
            continue
        asked.add(match.url_name or match.route)
    missing = {name for name in public_names() - asked if not name.startswith(STOCK)}
    assert missing == set(), "link it, or add an example to UNLINKED"


def may_be_kept(answer: HttpResponse) -> bool:
    """Whether a cache may keep it under its address: a page may, unless it says no; data say that they must be asked for anew."""
    control = answer.get("Cache-Control", "")
    return "no-store" not in control and not (
        "no-cache" in control and not answer["Content-Type"].startswith("text/html")
    )


def test_known_junk_is_never_answered_with_a_page(seeds: list[str]) -> None:
    site = Site()
    junk = [
        "zz=1",
        "utm_source=a&utm_medium=b",
        "page=abc",
        "page=%EF%BC%91",
        "page=999999",
        "q=",
        "type=",
        "type[]=guide",
        "size=m",
    ]
    shown = []
    for address in seeds:
        path_, _mark, own = address.partition("?")
        if path_.startswith(NO_PAGES) or path_ == "/favicon.ico":
            continue
        for words in junk:
            for query in [f"{own}&{words}", f"{words}&{own}"] if own else [words, f"&{words}"]:
                answer = site.ask(path_, query)
                if answer.status_code not in (301, 302, 404, 400) and may_be_kept(answer):
                    shown.append((answer.status_code, path_, query))
        if own:
            twice = site.ask(path_, f"{own}&{own}")
            shown += [(twice.status_code, path_, own)] if twice.status_code == 200 and may_be_kept(twice) else []
    assert shown == []


@pytest.mark.parametrize(
    "part", ["研" * 600, "a" * 2000, "%ff%fe", "%00", "..%2f..", "％", "a" * 300 + "/" + "b" * 300]
)
def test_absurd_paths_are_not_found_in_words(seeds: list[str], part: str) -> None:
    site = Site()
    for start in sorted({urlsplit(address).path for address in seeds}):
        for address in (f"{start}{part}/", f"{start.rstrip('/')}{part}"):
            answer = site.ask(address, "")
            assert answer.status_code in (301, 400, 404, 405), address
            if answer.status_code == 301:
                assert site.ask(answer["Location"], "").status_code in (400, 404, 405), address


@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data(), query=queries)
def test_no_query_fails_or_makes_a_second_copy(seeds: list[str], data: st.DataObject, query: str) -> None:
    address = data.draw(st.sampled_from(seeds))
    assert (site_of(seeds)).fault(urlsplit(address).path, query) == ""


def site_of(seeds: list[str], kept: dict[int, Site] = {}) -> Site:  # noqa: B006 -- one memory for all examples
    """One site for one set of seeds."""
    return kept.setdefault(id(seeds), Site())


# --- Power -----------------------------------------------------------------------------------------------


class Careless:
    """A site with a view that takes a page number on trust, one that never looks at its address, one that leads away."""

    def number(request: Any) -> HttpResponse:
        return HttpResponse(f"第 {int(request.GET.get('page', '1'))} 页", content_type="text/html; charset=utf-8")

    def deaf(request: Any) -> HttpResponse:
        return HttpResponse("总是一样", content_type="text/html; charset=utf-8")

    def away(request: Any) -> HttpResponse:
        return HttpResponse(status=302, headers={"Location": "//" + request.GET.get("q", "")})

    urlpatterns = [path("number/", number), path("deaf/", deaf), path("away/", away), *our_addresses]


@pytest.mark.parametrize(
    ("address", "told"), [("/number/", "500 for"), ("/deaf/", "the same page at"), ("/away/", "leads to //")]
)
def test_a_careless_view_is_found(seeds: list[str], settings: Any, address: str, told: str) -> None:
    settings.ROOT_URLCONF = Careless
    site = Site()
    query = find(queries, lambda query: told in site.fault(address, query))
    assert told in site.fault(address, query)


def test_our_own_views_without_their_rule_are_found(seeds: list[str], monkeypatch: Any) -> None:
    """Seeded defect: the one line is left out of the search and of a unit's page."""
    from policy_pages.views import finding

    monkeypatch.setattr(finding, "canonical_redirect", lambda *args, **kwargs: None)
    site = Site()
    query = find(queries, lambda query: "the same page at" in site.fault("/search/", query))
    assert "the same page at" in site.fault("/search/", query)
