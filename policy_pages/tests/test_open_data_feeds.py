"""Feeds of changes, held against RFC 4287 (Atom), RFC 4151 (tag: URIs) and a reader of feeds."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import feedparser
import pytest
import time_machine

from policy_pages.enums import VocabularyCode
from policy_pages.models import PublicationRecord, Term
from policy_pages.open_data.feeds import ENTRIES
from policy_pages.tests import factories as f
from policy_pages.tests.open_data_world import make_city, record
from policy_pages.tests.test_open_data_rules import TAG
from policy_pages.tests.test_public_lists import put_on_shelf, shelve_document, shelve_guide
from tests.scenes import scene

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def city(kjj: Department, gxj: Department) -> dict[str, Any]:
    return scene("open data city", lambda: make_city(kjj, gxj))


def root_of(client: Client, address: str) -> ElementTree.Element:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(answer.content)  # noqa: S314 -- our own answer


def text(element: ElementTree.Element, name: str) -> str:
    """The text of the child that there must be exactly once (RFC 4287, 4.1.1 and 4.1.2)."""
    found = element.findall(ATOM + name)
    assert len(found) == 1, name
    return found[0].text or ""


def has_zone(instant: str) -> datetime.datetime:
    """An instant of RFC 3339, as RFC 4287, 3.3 asks."""
    at = datetime.datetime.fromisoformat(instant)
    assert at.tzinfo is not None
    assert "T" in instant
    return at


def links(element: ElementTree.Element, rel: str) -> list[dict[str, str]]:
    return [link.attrib for link in element.findall(f"{ATOM}link") if link.get("rel", "alternate") == rel]


def entries(client: Client, address: str) -> list[ElementTree.Element]:
    return root_of(client, address).findall(f"{ATOM}entry")


def titles(client: Client, address: str) -> list[str]:
    return [text(entry, "title") for entry in entries(client, address)]


ADDRESSES = [
    *("/feed.atom", "/departments/kjj/feed.atom", "/categories/category-01/feed.atom", "/open-data/policies.atom"),
    "/open-data/policies.atom?type=guide&window=open",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_feed_has_what_rfc_4287_demands(client: Client, city: dict[str, Any], address: str) -> None:
    root = root_of(client, address)
    assert root.tag == f"{ATOM}feed"
    assert TAG.fullmatch(text(root, "id"))
    assert text(root, "title")
    assert text(root, "rights")
    newest = has_zone(text(root, "updated"))
    assert [link["href"] for link in links(root, "self")] == [f"http://127.0.0.1:8000{address}"]
    assert len(links(root, "alternate")) == 1
    assert links(root, "alternate")[0]["href"].startswith(
        ("http://127.0.0.1:8000/policies/", "http://127.0.0.1:8000/guides/")
    )
    found = root.findall(f"{ATOM}entry")
    assert found
    ids = [text(entry, "id") for entry in found]
    assert len(set(ids)) == len(ids)
    instants = [has_zone(text(entry, "updated")) for entry in found]
    assert instants == sorted(instants, reverse=True)
    assert newest == instants[0]
    for entry in found:
        assert TAG.fullmatch(text(entry, "id"))
        assert has_zone(text(entry, "published")) == has_zone(text(entry, "updated"))
        assert text(entry.find(f"{ATOM}author"), "name")
        assert text(entry, "title").startswith(("【新增】", "【更新】", "【废止】"))
        assert text(entry, "summary")
        page, data = links(entry, "alternate")  # 4.1.2: one at most of each type
        assert data["type"] == "application/json"
        for link in (page, data):
            assert client.get(link["href"]).status_code == 200
        for category in entry.findall(f"{ATOM}category"):
            assert category.get("term")
            assert TAG.fullmatch(category.get("scheme", ""))
            assert category.get("label")


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_reader_of_feeds_finds_nothing_amiss(client: Client, city: dict[str, Any], address: str) -> None:
    read = feedparser.parse(client.get(address).content)
    assert not read.bozo
    assert read.version == "atom10"
    assert read.feed.title
    for entry in read.entries:
        assert entry.published_parsed
        assert entry.author
        assert entry.link.startswith("http://127.0.0.1:8000/policies/")


def test_each_publication_is_an_entry_newest_first(client: Client, city: dict[str, Any]) -> None:
    assert titles(client, "/feed.atom") == [
        "【更新】研发补助",
        "【新增】研发办法解读",
        "【新增】研发补助",
        "【废止】旧办法",
        "【新增】研发办法",
        "【新增】技改办法",
        "【新增】旧办法",
    ]


def test_an_entry_tells_the_change_the_unit_and_the_terms(client: Client, city: dict[str, Any]) -> None:
    entry = entries(client, "/feed.atom")[0]
    assert text(entry, "summary") == "更新说明：提高上限<br/>按研发投入的 10% 后补助。"
    assert text(entry.find(f"{ATOM}author"), "name") == "科学技术局"
    page = city["guide"]
    assert text(entry, "id") == f"tag:127.0.0.1,2026:policy/{page.pk}/v2"
    at = PublicationRecord.objects.get(page_id=page.pk, version=2).published_at
    assert has_zone(text(entry, "updated")) == at
    assert text(entry, "updated").endswith("+08:00")
    terms = {category.get("term"): category.get("label") for category in entry.findall(f"{ATOM}category")}
    assert terms["guide"] == "申报指南"
    assert terms["update"] == "更新"
    assert terms[page.listing.category.code] == page.listing.category.name


def test_what_was_typed_stays_text(client: Client, city: dict[str, Any]) -> None:
    """RFC 4287, 3.1.1.2: a summary of type html is parsed as HTML once its XML is read."""
    entry = next(one for one in entries(client, "/feed.atom") if "技改" in text(one, "title"))
    summary = entry.find(f"{ATOM}summary")
    assert summary.get("type") == "html"
    assert summary.text == "=1+1 &lt;b&gt;补助&lt;/b&gt;"


def test_ids_never_change(client: Client, city: dict[str, Any], settings: Any) -> None:
    def ids() -> list[str]:
        return [text(entry, "id") for entry in entries(client, "/feed.atom")]

    settings.HUIQITONG_TAG_AUTHORITY = "hqt.example.gov.cn,2026"
    before = ids()
    settings.WAGTAILADMIN_BASE_URL = "https://another.example.gov.cn"
    f.make_public(f.save_draft(city["document"], title="改名的办法", change=None, change_note="改名"))
    with time_machine.travel("2026-12-01 10:00 +0800", tick=False):
        assert ids()[1:] == before
    assert ids()[0] == f"tag:hqt.example.gov.cn,2026:policy/{city['document'].pk}/v2"


def test_the_id_of_a_feed_is_its_own(client: Client, city: dict[str, Any]) -> None:
    ids = [text(root_of(client, address), "id") for address in ADDRESSES]
    assert len(set(ids)) == len(ids)


def test_a_feed_of_a_unit_and_of_a_category_hold_theirs_only(client: Client, kjj: Department, gxj: Department) -> None:
    one, two = shelve_document(kjj, "科技文件"), shelve_guide(gxj, "技改指南", -5, 5)
    other = put_on_shelf(gxj, type(two)(title="减税指南", window_type="year_round"), category="category-02")
    for page in (one, two, other):
        record(page)
    assert titles(client, "/departments/kjj/feed.atom") == ["【新增】科技文件"]
    assert titles(client, "/departments/gxj/feed.atom") == ["【新增】减税指南", "【新增】技改指南"]
    assert titles(client, "/categories/category-02/feed.atom") == ["【新增】减税指南"]
    assert titles(client, "/open-data/policies.atom?window=closing") == ["【新增】技改指南"]
    answer = client.get("/open-data/policies.atom?updated_since=2026-11-01")
    assert (answer.status_code, answer["Location"]) == (301, "/open-data/policies.atom"), "the last fifty, whoever asks"


def test_an_alias_of_the_site_is_told_the_same(client: Client, kjj: Department, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    record(shelve_document(kjj, "科技文件"))
    for address in ("/feed.atom", "/open-data/policies.json", "/open-data/departments.json"):
        asked = client.get(address, headers={"host": "10.0.0.5", "x-forwarded-proto": "https"})
        assert asked.content == client.get(address).content
        assert b"10.0.0.5" not in asked.content


def test_a_feed_of_nothing_that_is_is_not_found(client: Client, gxj: Department) -> None:
    Term.objects.filter(vocabulary=VocabularyCode.CATEGORY, code="category-01").update(is_active=False)
    type(gxj).objects.filter(pk=gxj.pk).update(is_active=False)
    for address in (
        *("/departments/nobody/feed.atom", "/departments/gxj/feed.atom", "/departments/spj/feed.atom"),
        *("/categories/nothing/feed.atom", "/categories/category-01/feed.atom", "/categories/theme-01/feed.atom"),
    ):
        answer = client.get(address)
        if address == "/departments/spj/feed.atom" and answer.status_code == 200:
            continue  # the bureau owns a section too
        assert answer.status_code == 404, address
        assert answer.json()["error"]


@pytest.mark.parametrize("address", ["/feed.atom", "/departments/kjj/feed.atom", "/categories/category-01/feed.atom"])
def test_an_empty_feed_is_valid_and_the_same_each_time(client: Client, kjj: Department, address: str) -> None:
    root = root_of(client, address)
    assert root.findall(f"{ATOM}entry") == []
    has_zone(text(root, "updated"))
    assert text(root.find(f"{ATOM}author"), "name")
    before = client.get(address)["ETag"]
    with time_machine.travel("2026-11-25 18:00 +0800", tick=False):
        assert client.get(address)["ETag"] == before


def test_at_most_fifty_entries_the_newest(client: Client, kjj: Department) -> None:
    page = shelve_document(kjj, "多次更新")
    start = datetime.datetime(2026, 10, 1, tzinfo=datetime.UTC)
    for number in range(1, 61):
        at = start + datetime.timedelta(hours=number)
        kind = "first" if number == 1 else "update"
        record(page, version=number, revision_id=number, published_at=at, kind=kind)
    found = entries(client, "/feed.atom")
    assert len(found) == ENTRIES == 50
    assert [text(entry, "id").rpartition("/")[2] for entry in found] == [f"v{number}" for number in range(60, 10, -1)]
