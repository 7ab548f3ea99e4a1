"""The search twin, the page for people, and the links to all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup

from policy_pages.open_data.views import SETS
from policy_pages.tests.open_data_world import make_city, make_library
from policy_pages.tests.test_public_lists import shelve_document
from tests.scenes import scene

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

pytestmark = pytest.mark.django_db


@pytest.fixture
def library(kjj: Department, gxj: Department) -> None:
    make_library(kjj, gxj)


@pytest.mark.usefixtures("library")
def test_the_search_answers_as_the_contract_says(client: Client) -> None:
    answer = client.get("/open-data/search.json", {"q": "研发文件"}).json()
    assert list(answer) == ["total", "widened", "results"]
    assert list(answer["results"][0]) == ["title", "url", "type", "department", "source_id"]
    first = answer["results"][0]
    assert (first["title"], first["type"], first["department"]) == ("研发文件", "document", "kjj")
    assert client.get(first["url"]).status_code == 200


def test_the_search_has_the_order_of_the_page(client: Client, kjj: Department) -> None:
    for number in range(26):
        shelve_document(kjj, f"研发{'补助' * (number % 3)}{number}", source_id=f"src-{number}")
    for text in ("研发", "研发补助", "補助 研发", "研发 税收"):
        shown: list[str] = []
        for page in ("1", "2"):
            html = client.get("/search/", {"q": text, "page": page}, follow=True).content.decode()
            found = [link["href"] for link in BeautifulSoup(html, "html.parser").select(".row__title a")]
            shown += [href for href in found if href not in shown]
        answer = client.get("/open-data/search.json", {"q": text, "limit": "500"}).json()
        assert [result["url"] for result in answer["results"]] == shown
        assert answer["total"] == len(shown)
        assert ("相近结果" in html) == answer["widened"]


def test_the_limit_is_bounded_and_garbage_is_ignored(client: Client, kjj: Department) -> None:
    for number in range(23):
        shelve_document(kjj, f"研发{number}")
    found = {
        limit: len(client.get("/open-data/search.json", {"q": "研发", "limit": limit}).json()["results"])
        for limit in ("", "3", "x", "-1", "0", "9" * 30, "1.5", "²")
    }
    assert found == {"": 20, "3": 3, "x": 20, "-1": 20, "0": 20, "9" * 30: 20, "1.5": 20, "²": 20}
    answer = client.get("/open-data/search.json?q=研发&limit=500").json()
    assert (answer["total"], len(answer["results"])) == (23, 23)


def test_an_empty_question_finds_nothing(client: Client, kjj: Department) -> None:
    shelve_document(kjj, "研发")
    for query in ("", "?q=", "?q=%20%00", "?limit=3"):
        answer = client.get(f"/open-data/search.json{query}").json()
        assert answer == {"total": 0, "widened": False, "results": []}


def test_no_text_makes_the_search_fail(client: Client, kjj: Department) -> None:
    shelve_document(kjj, "研发")
    for query in ("%", "%ff%fe", "a" * 2000, "%22%27*", "NOT%20AND", "%F0%9F%98%80", "研" * 900):
        answer = client.get(f"/open-data/search.json?q={query}")
        assert answer.status_code == 200
        assert answer.json()["total"] >= 0


# --- The page for people --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("library")
def test_the_page_tells_licence_sets_and_how_to_follow(client: Client, settings: Any) -> None:
    html = client.get("/open-data/").content.decode()
    for words in ("可以免费复制", "请注明来源", "不得歪曲原意", "CC BY 4.0", "updated_since", "此刻公开的共 4 条"):
        assert words in html
    for name in ("ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType"):
        assert f'<meta name="{name}" content="' in html
    settings.HUIQITONG_DATA_LICENCE_NAME, settings.HUIQITONG_DATA_LICENCE_URL = "本市许可", "https://example.org/l"
    html = client.get("/open-data/").content.decode()
    assert '<a href="https://example.org/l" rel="license noreferrer">本市许可</a>' in html
    assert client.get("/open-data/terms.json").json()["license"] == {"name": "本市许可", "url": "https://example.org/l"}


@pytest.mark.usefixtures("library")
def test_every_link_and_example_of_the_page_answers(client: Client) -> None:
    soup = BeautifulSoup(client.get("/open-data/").content, "html.parser")
    links = {link["href"] for link in soup.select("main a[href^='/']")}
    assert {f"/open-data/{name}.{form}" for name, form in SETS} <= links
    examples = {code.text for code in soup.select("main code") if "." in code.text and "/" in code.text}
    assert len(examples) >= 5
    for address in links | examples:
        assert client.get(address).status_code == 200, address


def test_the_page_stands_while_nothing_is_public(client: Client) -> None:
    html = client.get("/open-data/").content.decode()
    assert "此刻公开的共 0 条。" in html
    assert "最近一次更新" not in html


def test_home_lists_and_pages_name_their_twins(client: Client, kjj: Department, gxj: Department) -> None:
    city = scene("open data city", lambda: make_city(kjj, gxj))

    def twins(address: str) -> list[str]:
        soup = BeautifulSoup(client.get(address, follow=True).content, "html.parser")
        kinds = ("application/atom+xml", "application/json")
        found = [link for link in soup.select('head link[rel="alternate"]') if link.get("type") in kinds]
        for link in found:
            assert client.get(link["href"]).status_code == 200
        return [link["href"] for link in found]

    assert twins("/") == ["/feed.atom"]
    assert twins("/policies/") == ["/feed.atom", "/open-data/policies.json"]
    assert twins("/policies/?type=guide&window=open&x=1")[1] == "/open-data/policies.json?type=guide&window=open"
    section = ["/departments/kjj/feed.atom", "/open-data/policies.json?type=guide&department=kjj"]
    assert twins("/policies/kjj/?type=guide") == section
    assert twins("/search/?q=研发+%26+税") == ["/open-data/search.json?q=%E7%A0%94%E5%8F%91%20%26%20%E7%A8%8E"]
    for name in ("document", "guide", "explained"):
        assert f"/open-data/policies/kjj/{city[name].slug}.json" in twins(city[name].get_url())
