"""What leads everywhere: the maps, robots.txt, the icon."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from django.contrib.staticfiles import finders
from django.utils import timezone
from PIL import Image
from usp.tree import sitemap_from_str

from policy_pages.models import InterpretationPage
from policy_pages.tests.factories import make_document
from policy_pages.tests.test_public_guides_list import give_term
from policy_pages.tests.test_public_lists import put_on_shelf, queries_of, shelve_document, shelve_guide
from policy_pages.views import indexes

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
BASE = "https://hqt.example.gov.cn"


@pytest.fixture(autouse=True)
def base(settings: Any) -> None:
    settings.WAGTAILADMIN_BASE_URL = BASE


def parsed(client: Client, address: str = "/sitemap.xml") -> ElementTree.Element:
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/xml; charset=utf-8"
    assert not response.cookies
    return ElementTree.fromstring(response.content)  # noqa: S314 -- our own answer


def located(root: ElementTree.Element) -> list[str]:
    return [(node.text or "").removeprefix(BASE) for node in root.iter(f"{SPACE}loc")]


# --- /sitemap.xml -----------------------------------------------------------------------------------


def test_the_map_names_home_lists_units_and_every_public_page_once_in_each_script(
    client: Client, kjj: Department
) -> None:
    shelve_document(kjj, "文件")
    shelve_guide(kjj, "指南")
    put_on_shelf(kjj, InterpretationPage(title="解读"))
    make_document(kjj, title="草稿")
    found = located(parsed(client))
    plain = [
        *(
            "/",
            "/policies/",
            "/guides/",
            "/departments/",
            "/timeliness/",
            "/site-map/",
            "/calendar/",
            "/open-data/",
            "/corrections/",
        ),
        *("/policies/kjj/", "/departments/kjj/"),
        *("/policies/kjj/wj-1/", "/policies/kjj/zn-1/", "/policies/kjj/jd-1/"),
    ]
    assert found == [address for path in plain for address in (path, f"/zh-hant{path}")]
    assert all(client.get(address).status_code == 200 for address in found)


def test_the_map_is_valid_by_sitemaps_org(client: Client, kjj: Department) -> None:
    """url: loc first, then lastmod at most once; loc absolute, in one host, under 2,048 characters; dates as W3C writes them."""
    page = shelve_document(kjj, "文件")
    root = parsed(client)
    assert root.tag == f"{SPACE}urlset"
    for entry in root:
        assert entry.tag == f"{SPACE}url"
        tags = [child.tag for child in entry]
        assert tags[0] == f"{SPACE}loc"
        assert [tag for tag in tags if not tag.startswith(XHTML)] in (
            [f"{SPACE}loc"],
            [f"{SPACE}loc", f"{SPACE}lastmod"],
        )
        address = entry.findtext(f"{SPACE}loc") or ""
        assert address.startswith(BASE + "/")
        assert len(address) < 2048
        plain = address.replace(f"{BASE}/zh-hant/", f"{BASE}/")
        twins = {link.get("hreflang"): link.get("href") for link in entry.iter(f"{XHTML}link")}
        assert twins == {"zh-Hans": plain, "zh-Hant": plain.replace(BASE, BASE + "/zh-hant")}
        assert all(link.get("rel") == "alternate" for link in entry.iter(f"{XHTML}link"))
    changed = root[-1].findtext(f"{SPACE}lastmod") or ""
    page.refresh_from_db()
    assert changed.endswith("+08:00")
    assert datetime.datetime.fromisoformat(changed) == page.last_published_at.replace(microsecond=0)


def test_a_reader_of_maps_understands_it(client: Client, kjj: Department) -> None:
    """By ultimate-sitemap-parser, which is no work of ours."""
    shelve_document(kjj, "文件")
    tree = sitemap_from_str(client.get("/sitemap.xml").content.decode())
    pages = {page.url: page for page in tree.all_pages()}
    assert f"{BASE}/policies/kjj/wj-1/" in pages
    assert pages[f"{BASE}/policies/kjj/wj-1/"].last_modified.date() == timezone.localdate()


def test_more_than_a_file_holds_is_an_index_of_parts(client: Client, kjj: Department, monkeypatch: Any) -> None:
    for number in range(7):
        shelve_document(kjj, f"文件{number}")
    whole = located(parsed(client))
    assert client.get("/sitemap-1.xml").status_code == 404, "one file holds all: there are no parts"
    for size in (3, 5, 8, 14):
        monkeypatch.setattr(indexes, "PART_SIZE", size)
        index = parsed(client)
        assert index.tag == f"{SPACE}sitemapindex"
        parts = located(index)
        assert parts == [f"/sitemap-{number}.xml" for number in range(1, -(-len(whole) // (2 * size)) + 1)]
        pieces = [located(parsed(client, part)) for part in parts]
        assert [address for piece in pieces for address in piece] == whole
        assert max(map(len, pieces)) <= 2 * size, "each content has an address in each script"
        for part in (0, len(parts) + 1, "01", 10**20):
            assert client.get(f"/sitemap-{part}.xml").status_code == 404
    monkeypatch.setattr(indexes, "PART_SIZE", len(whole) // 2)
    assert located(parsed(client)) == whole


def test_many_pages_cost_the_map_no_more_queries(client: Client, kjj: Department, gxj: Department) -> None:
    shelve_document(kjj, "文件")
    few = queries_of(client, "/sitemap.xml")
    for number in range(9):
        shelve_document(gxj, f"文件{number}")
    assert queries_of(client, "/sitemap.xml") == few <= 15


# --- /robots.txt and /favicon.ico -------------------------------------------------------------------


def test_robots_may_read_everything_but_the_back_office_searches_and_the_form_of_corrections(client: Client) -> None:
    response = client.get("/robots.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    text = response.content.decode()
    reader = RobotFileParser()
    reader.parse(text.splitlines())
    mapped = ("/", "/policies/kjj/wj-1/", "/timeliness/", "/corrections/", "/zh-hant/corrections/")
    for address in (*mapped, "/guides/?window=open", "/documents/1/a.pdf"):
        assert reader.can_fetch("Baiduspider", address), address
    for address in ("/admin/", "/admin/login/", "/search/?q=a", "/corrections/new/?page=/"):
        assert not reader.can_fetch("Baiduspider", address), address
    assert reader.site_maps() == [f"{BASE}/sitemap.xml"]
    assert "Disallow: /*/search/" in text, "of the variants too (RFC 9309, 2.2.3)"


def test_the_icon_is_the_mark(client: Client) -> None:
    response = client.get("/favicon.ico")
    assert response.status_code == 302
    assert response["Location"].endswith("/img/mark.svg")


@pytest.mark.django_db
def test_a_page_that_is_shared_shows_the_mark(client: Client) -> None:
    """Whole address (ogp.me), a bitmap of at least 300 pixels: who shows shared pages draws no SVG."""
    head = BeautifulSoup(client.get("/").content, "html.parser").head
    address = head.find("meta", property="og:image")["content"]
    assert address.startswith(f"{BASE}/static/img/mark.")
    path = finders.find("img/mark.png")
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        assert min(picture.size) >= 300


# --- /site-map/ -------------------------------------------------------------------------------------


def test_the_site_map_leads_to_every_column_unit_category_and_need(
    client: Client, kjj: Department, gxj: Department
) -> None:
    give_term(shelve_document(kjj, "文件"), "科技创新")
    soup = BeautifulSoup(client.get("/site-map/").content, "html.parser")
    main = soup.select_one("main")
    addresses = [link["href"] for link in main.select("a")]
    wanted = {
        *("/", "/guides/", "/guides/?window=open", "/policies/", "/policies/?type=document", "/departments/"),
        *("/policies/?type=interpretation", "/timeliness/", "/search/", "/timeliness/#how", "/policies/?term=theme-02"),
        *(
            "/departments/kjj/",
            "/policies/kjj/",
            "/departments/gxj/",
            "/policies/gxj/",
            "/policies/?category=category-01",
        ),
    }
    assert wanted <= set(addresses)
    assert len(addresses) == len(set(addresses))
    assert all(client.get(address).status_code == 200 for address in addresses)


def test_an_empty_site_has_a_map_too(client: Client, bureau: Department) -> None:
    assert "还没有开通的单位" in client.get("/site-map/").content.decode()
    assert located(parsed(client))[0] == "/"
