"""How the open data are asked and answered: errors in words, one address for one answer, headers, the cost of many rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from policy_pages.tests.open_data_world import LISTS, POLICIES, make_library, record
from policy_pages.tests.test_public_lists import queries_of, shelve_document, shelve_guide

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

pytestmark = pytest.mark.django_db


@pytest.fixture
def library(kjj: Department, gxj: Department) -> None:
    make_library(kjj, gxj)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("type=x", "参数 type 没有“x”这个取值，可用的有：document、guide、interpretation。"),
        ("window=%00", "参数 window 没有"),
        ("department=nobody", "参数 department 没有“nobody”"),
        ("category=" + "长" * 900, "长" * 40 + "”这个取值"),
        ("updated_since=昨天", "参数 updated_since 应为日期"),
        ("updated_since=2026-11-01T09:30:00", "带时区的时间"),
        ("updated_since=0001-01-01", "参数 updated_since"),
        ("page_size=0", "参数 page_size 应为 1 到 500 之间的整数。"),
        ("page_size=501", "参数 page_size"),
        ("page_size=x", "参数 page_size"),
        ("cursor=x", "参数 cursor 应原样取自上一页的 next"),
        ("cursor=1-" + "9" * 40, "参数 cursor"),
    ],
)
def test_a_wrong_value_is_refused_in_words(client: Client, kjj: Department, query: str, words: str) -> None:
    answer = client.get(f"{POLICIES}?{query}")
    assert answer.status_code == 400
    assert list(answer.json()) == ["error"]
    assert words in answer.json()["error"]
    assert answer.json()["error"].endswith("。")
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_a_filter_without_any_value_says_so(client: Client) -> None:
    assert "可用的有：（暂无）。" in client.get(f"{POLICIES}?department=x").json()["error"]


@pytest.mark.parametrize("address", ["policies.csv", "policies.atom", "windows.json", "windows.csv"])
def test_every_twin_refuses_a_wrong_filter(client: Client, address: str) -> None:
    assert client.get(f"/open-data/{address}?window=x").status_code == 400


@pytest.mark.parametrize("address", ["policies.csv", "removed.json", "removed.csv"])
def test_every_twin_refuses_a_wrong_instant(client: Client, address: str) -> None:
    assert client.get(f"/open-data/{address}?updated_since=x").status_code == 400


@pytest.mark.parametrize(
    "address",
    [
        *("nothing.json", "policies.xml", "policies.jsonx", "windows.atom", "terms.atom", "schema/nothing.json"),
        *("policies/kjj/wj-1.json", "policies/kjj/wj-1.csv", "POLICIES.json", "policies/", "policies.json/"),
    ],
)
def test_what_is_not_there_is_not_found(client: Client, address: str) -> None:
    assert client.get(f"/open-data/{address}").status_code == 404


def test_an_unknown_set_is_told_in_words_that_lead_on(client: Client) -> None:
    answer = client.get("/open-data/nothing.json")
    assert answer["Content-Type"] == "application/json"
    assert "/open-data/" in answer.json()["error"]
    assert (answer["Access-Control-Allow-Origin"], answer["Cache-Control"]) == ("*", "no-cache")


@pytest.mark.parametrize(
    ("asked", "tidy"),
    [
        ("/open-data/policies.json?x=1", "/open-data/policies.json"),
        ("/open-data/policies.json?utm_source=a&type=guide", "/open-data/policies.json?type=guide"),
        ("/open-data/policies.json?type=document&type=guide", "/open-data/policies.json?type=guide"),
        ("/open-data/policies.csv?cursor=1-1", "/open-data/policies.csv"),
        ("/open-data/windows.json?type=guide", "/open-data/windows.json"),
        ("/open-data/terms.json?q=%E7%A0%94", "/open-data/terms.json"),
        ("/open-data/removed.csv?a=b", "/open-data/removed.csv"),
        ("/open-data/search.json?q=%E7%A0%94&page=2", "/open-data/search.json?q=%E7%A0%94"),
        ("/open-data/openapi.json?v=2", "/open-data/openapi.json"),
        ("/open-data/schema/item.json?v=2", "/open-data/schema/item.json"),
        ("/open-data/?utm_source=a&size=l", "/open-data/?size=l"),
        ("/feed.atom?page=2", "/feed.atom"),
        ("/departments/kjj/feed.atom?x", "/departments/kjj/feed.atom"),
        ("/categories/category-01/feed.atom?x=", "/categories/category-01/feed.atom"),
    ],
)
def test_a_parameter_that_nobody_reads_leads_to_the_address_without_it(
    client: Client, kjj: Department, asked: str, tidy: str
) -> None:
    answer = client.get(asked)
    assert (answer.status_code, answer["Location"]) == (301, tidy)
    assert client.get(tidy).status_code == 200


# --- How they are answered ------------------------------------------------------------------------------------


DATA = [*LISTS, "/open-data/openapi.json", "/open-data/schema/policies.json"]


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("address", DATA)
def test_data_are_open_to_all_and_never_kept_unasked(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cache-Control"] == "no-cache"
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")
    same = client.get(address, headers={"If-None-Match": answer["ETag"]})
    assert (same.status_code, same.content, same["Access-Control-Allow-Origin"]) == (304, b"", "*")
    head = client.head(address)
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", answer["ETag"])
    assert client.post(address).status_code == 405


def test_what_changed_has_another_etag_though_nothing_in_it_is_newer(client: Client, kjj: Department) -> None:
    page = shelve_document(kjj, "研发文件")
    shelve_document(kjj, "另一份")
    before = client.get(POLICIES)
    assert "Last-Modified" not in before
    type(page).objects.get(pk=page.pk).unpublish()
    after = client.get(POLICIES, headers={"If-None-Match": before["ETag"]})
    assert [item["title"] for item in after.json()["items"]] == ["另一份"]


@pytest.mark.parametrize("address", LISTS)
def test_many_rows_cost_the_queries_of_one(client: Client, kjj: Department, gxj: Department, address: str) -> None:
    def add(department: Department, number: int) -> None:
        document = shelve_document(department, f"研发文件{number}")
        guide = shelve_guide(department, f"研发指南{number}", -5, 5)
        gone = shelve_document(department, f"撤下的{number}")
        for page in (document, guide, gone):
            record(page)
        type(gone).objects.get(pk=gone.pk).unpublish()

    add(kjj, 0)
    few = queries_of(client, address)
    for number in range(1, 8):
        add(kjj if number % 2 else gxj, number)
    assert queries_of(client, address) <= few <= 15  # the search needs fewer readings where it finds more
