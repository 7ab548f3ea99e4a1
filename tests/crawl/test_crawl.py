"""Every public thing is reached by links, nothing links to nowhere; and the walk finds what is broken on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from cms.urls import urlpatterns as our_addresses
from policy_pages.addresses import rules
from policy_pages.models import PolicyDocumentPage
from policy_pages.tests.test_public_lists import shelve_document
from policy_pages.views import finding, indexes, lists
from tests.crawl.crawler import Crawler
from tests.crawl.report import inspect, listed_addresses, mixed_scripts
from tests.crawl.world import make_city

if TYPE_CHECKING:
    from accounts.models import Department

pytestmark = [pytest.mark.slow, pytest.mark.once, pytest.mark.no_cover]


@pytest.fixture
def city(db: None) -> dict[str, Department]:
    return make_city()


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.usefixtures("city")
def test_every_link_leads_somewhere_and_everything_is_reached(visitor: Client) -> None:
    report = inspect(visitor)
    combined = [visit for visit in report.crawl.visits.values() if not visit.is_followed]
    assert len(combined) > 100, "`nofollow` links are looked at"
    assert not {visit.found_on for visit in report.crawl.visits.values()} & {visit.address for visit in combined}
    assert report.faults == []
    assert len(listed_addresses()) == 31
    assert len(report.crawl.visits) > 100
    assert len(report.crawl.anchored) > 30, "articles, elements and the main part are linked to"


def test_three_hundred_documents_of_one_unit_are_four_steps_away(visitor: Client, city: dict[str, Department]) -> None:
    """As after the import of the 275 documents, all into one unit; no other list is let help."""
    for number in range(280):
        shelve_document(city["gxj"], f"文件{number}")

    def is_other(address: str) -> bool:
        return not address.startswith(("/policies/gxj/", "/departments/")) and address not in {"/", "/site-map/"}

    crawl = Crawler(visitor, skips=is_other).walk()
    wanted = [address for address in listed_addresses() if address.startswith("/policies/gxj/")]
    assert len(wanted) == 285
    assert crawl.unreached(wanted, steps=4) == []
    assert crawl.unreached(wanted, steps=3) == []
    assert crawl.dead() == []


def is_combined(address: str) -> bool:
    """Filters combined are most of the addresses, and nothing is found there alone: power checks leave them out."""
    return address.count("=") > 1 and "page=" not in address


# --- Power: each kind of fault, made on purpose, is found --------------------------------------------


@pytest.mark.usefixtures("city")
def test_a_dead_link_is_found_with_its_page(visitor: Client) -> None:
    page = PolicyDocumentPage.objects.get(title="研发办法3")
    page.body = [("paragraph", '<p><a href="/policies/kjj/wj-999/">见此</a></p>')]
    page.save()
    report = inspect(visitor, is_combined)
    assert report.dead == ["/policies/kjj/wj-999/ (404) on " + f"/policies/kjj/{page.slug}/"]
    assert report.faults == ["dead: " + report.dead[0]]


class WithFailure:
    """A site with a page that fails, and one that leads to a place which its page has not."""

    def broken(request: Any) -> HttpResponse:
        raise ValueError

    def lost(request: Any) -> HttpResponse:
        return HttpResponse(
            '<a href="/departments/#nowhere">a</a><img src="/static/img/none.svg"><a href="/guides/?x=1">b</a>'
        )

    urlpatterns = [path("broken/", broken), path("lost/", lost), *our_addresses]


@pytest.mark.usefixtures("city")
def test_failures_missing_anchors_files_and_links_to_redirects_are_found(visitor: Client, settings: Any) -> None:
    settings.ROOT_URLCONF = WithFailure
    page = PolicyDocumentPage.objects.get(title="研发办法3")
    page.body = [("paragraph", '<p><a href="/broken/">a</a><a href="http://127.0.0.1:8000/lost/">b</a></p>')]
    page.save()
    report = inspect(visitor, is_combined)
    assert report.dead == [
        f"/broken/ (500) on /policies/kjj/{page.slug}/",
        "/static/img/none.svg (no such file) on /lost/",
    ]
    assert report.missing_anchors == ["/departments/#nowhere on /lost/"]
    assert report.redirected == ["/guides/?x=1 -> /guides/ on /lost/"]
    assert report.orphans == report.too_far == []


@pytest.mark.usefixtures("city")
def test_an_orphan_of_the_map_is_found(visitor: Client, monkeypatch: Any) -> None:
    fixed = indexes._fixed_entries
    monkeypatch.setattr(indexes, "_fixed_entries", lambda: [*fixed(), indexes.Entry("/timeliness/data.xml", None)])
    assert inspect(visitor, is_combined).orphans == ["/timeliness/data.xml"]


@pytest.mark.usefixtures("city")
def test_a_page_that_no_list_leads_to_is_found(visitor: Client, monkeypatch: Any) -> None:
    """Lists that hide all pages but their first: the oldest documents are gone, but for the one that guides rest on."""
    monkeypatch.setattr(rules, "shown_pages", lambda number, total: [number])
    for module in (lists, finding):
        monkeypatch.setattr(module, "PAGE_SIZE", 4)
    report = inspect(visitor, is_combined)
    shown = PolicyDocumentPage.objects.get(title="研发办法0")
    assert f"/policies/kjj/{shown.slug}/" not in report.too_far
    assert len(report.too_far) > 8
    assert report.too_far == report.orphans
    assert set(report.too_far) < set(report.crawl.unreached(listed_addresses(), steps=1)) < set(listed_addresses())


def test_other_sites_the_back_office_twins_and_display_are_no_links(visitor: Client) -> None:
    inside = Crawler(visitor)._inside
    assert inside("https://example.com/", "/") is None
    assert inside("mailto:a@b.cn", "/") is None
    assert inside("tel:12345", "/") is None
    assert inside("/admin/inbox/", "/") is None
    assert inside("/zh-hant/policies/", "/") is None
    assert inside("?size=l", "/policies/?type=document") == ("/policies/", "")
    assert inside("#第一条", "/policies/kjj/wj-1/") == ("/policies/kjj/wj-1/", "第一条")
    assert inside("zn-1/#%E7%AC%AC", "/policies/kjj/") == ("/policies/kjj/zn-1/", "第")
    assert inside("http://127.0.0.1:8000", "/a/") == ("/", "")


@pytest.mark.usefixtures("city")
def test_a_page_that_stays_simplified_is_found(visitor: Client) -> None:
    page = PolicyDocumentPage.objects.get(title="研发办法3")
    address = f"/policies/kjj/{page.slug}/"
    assert mixed_scripts(visitor, [f"/zh-hant{address}"]) == []
    [fault] = mixed_scripts(visitor, [address])
    assert fault.startswith(f"{address}: ")
    assert set("发办") < set(fault)
