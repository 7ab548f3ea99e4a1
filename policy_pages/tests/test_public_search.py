"""`/search/`: found, marked, counted; never an error."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.utils.html import strip_tags

from policy_pages.tests.test_public_lists import queries_of, shelve_document, shelve_guide, titles

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department


def search(client: Client, text: str, **more: str) -> str:
    response = client.get("/search/?" + urlencode({"q": text, **more}, errors="surrogatepass"), follow=True)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def shelf(kjj: Department) -> None:
    body = [("article", {"number": "第一条", "text": "<p>对企业研发费用 &amp; 设备投入给予<b>后补助</b>。</p>"})]
    shelve_document(kjj, "支持研发的若干措施", doc_number="锡科规〔2026〕3号", summary="最高 200 万元。", body=body)
    shelve_guide(kjj, "稳岗返还", summary="按失业保险费返还。")


@pytest.mark.usefixtures("shelf")
def test_a_hit_is_marked_in_title_and_text(client: Client) -> None:
    html = search(client, "研发")
    assert "支持<mark>研发</mark>的若干措施" in html
    assert "对企业<mark>研发</mark>费用 &amp; 设备投入" in html
    assert "共找到 <strong>1</strong> 条" in html
    assert "稳岗返还" not in html


@pytest.mark.usefixtures("shelf")
def test_the_summary_stands_where_only_the_title_was_found(client: Client) -> None:
    assert "最高 200 万元。</p>" in search(client, "若干措施")


@pytest.mark.usefixtures("shelf")
def test_a_document_number_finds_its_document(client: Client) -> None:
    assert "支持研发的若干措施" in search(client, "锡科规[2026]3号")


@pytest.mark.usefixtures("shelf")
def test_nothing_found_says_what_to_do_next(client: Client) -> None:
    html = search(client, "量子纠缠")
    assert "没有找到“量子纠缠”" in html
    assert 'href="/policies/"' in html


@pytest.mark.parametrize(
    ("asked", "written"),
    [("雲端", "企业上云补助"), ("軟體", "软件企业奖励"), ("數位化", "数字化改造补助"), ("智慧財產", "知识产权资助")],
)
def test_words_of_taiwan_find_what_policies_here_write(
    client: Client, kjj: Department, asked: str, written: str
) -> None:
    shelve_document(kjj, written)
    assert written in strip_tags(search(client, asked))


def test_an_empty_query_explains_the_search(client: Client, db: None) -> None:
    assert "怎样搜索" in search(client, "")
    assert "怎样搜索" in search(client, " \t ")


STRANGE = [
    "'; DROP TABLE--", '"', "*", "%", "_", "\\", "AND OR NOT NEAR(", "{}", "<script>alert(1)</script>", "\0", "\0研发\0",
    "研" * 500, "a" * 5000, "〔2026〕", "😀🈶", "\ud800", "\u200b", "％０", "研发 研发 研发", "-研发", "NaN", "锡[2026", "1" * 300,
]  # fmt: skip


@pytest.mark.usefixtures("shelf")
def test_no_text_makes_it_fail(client: Client) -> None:
    for text in STRANGE:
        assert "<script>alert" not in search(client, text)


@pytest.mark.usefixtures("shelf")
def test_a_long_text_is_cut(client: Client) -> None:
    html = search(client, "研" * 201)
    assert f'value="{"研" * 200}"' in html


@pytest.mark.usefixtures("shelf")
def test_a_strange_page_number_shows_the_nearest(client: Client) -> None:
    for page in ("0", "-1", "x", "9" * 20, ""):
        assert "支持<mark>研发</mark>" in search(client, "研发", page=page)


def test_many_hits_are_paged_in_one_order(client: Client, kjj: Department) -> None:
    for number in range(25):
        shelve_document(kjj, f"研发{number}")
    first, second = search(client, "研发"), search(client, "研发", page="2")
    assert 'href="/search/?q=%E7%A0%94%E5%8F%91&amp;page=2"' in first
    assert len(first.split('class="row__title"')) - 1 == 20
    assert len(second.split('class="row__title"')) - 1 == 5
    assert "共找到 <strong>25</strong> 条" in second


def test_many_hits_cost_no_more_queries_than_few(client: Client, kjj: Department) -> None:
    shelve_document(kjj, "研发文件")
    shelve_guide(kjj, "研发指南")
    few = queries_of(client, "/search/?q=研发")
    for number in range(25):
        shelve_document(kjj, f"研发文件{number}")
        shelve_guide(kjj, f"研发指南{number}")
    # On PostgreSQL the planner's setting is said and taken back twice: to find, and to put in order.
    limit = 15 if connection.vendor == "sqlite" else 19
    # With more hits the ladder stops at an earlier rung.
    assert queries_of(client, "/search/?q=研发") <= few <= limit
    assert queries_of(client, "/search/?q=研发+费用") <= limit


NEAR_ONLY, SOME_NEAR = "没有完全匹配，以下为相近结果。", "完全匹配的不多，其余为相近结果"


def test_a_loose_reading_says_so(client: Client, kjj: Department) -> None:
    shelve_document(kjj, "研发费用后补助")
    html = search(client, "研发费用加计扣除口径")
    assert NEAR_ONLY in html and SOME_NEAR not in html
    shelve_document(kjj, "研发费用加计扣除口径问答")
    html = search(client, "研发费用加计扣除口径")
    assert SOME_NEAR in html and NEAR_ONLY not in html
    html = search(client, "加计扣除口径问答")
    assert SOME_NEAR not in html and NEAR_ONLY not in html


def test_all_terms_are_marked_not_only_the_strictest_hit(client: Client, kjj: Department) -> None:
    body = [("paragraph", "<p>先说设备更新。再说贷款贴息，也说设备。</p>")]
    shelve_document(kjj, "设备更新贷款贴息办法", body=body)
    html = search(client, "贷款贴息 设备更新")
    assert "<mark>设备更新贷款贴息</mark>办法" in html
    assert "先说<mark>设备更新</mark>。再说<mark>贷款贴息</mark>，也说设备。" in html


def test_initials_are_marked_in_the_title(client: Client, kjj: Department) -> None:
    shelve_document(kjj, "研发费用加计扣除办法")
    assert "研发费用<mark>加计扣除</mark>办法" in search(client, "jjkc")


@pytest.mark.usefixtures("shelf")
def test_a_page_without_hits_is_kept_nowhere(client: Client) -> None:
    def kept(path: str) -> str:
        return client.get(path).headers.get("Cache-Control", "")

    assert kept("/search/?q=%E9%87%8F%E5%AD%90") == "no-store"
    assert kept("/zh-hant/search/?q=%E9%87%8F%E5%AD%90") == "no-store"
    assert "no-store" not in kept("/search/?q=%E7%A0%94%E5%8F%91") + kept("/search/")


def test_only_reading_is_allowed(client: Client, db: None) -> None:
    assert client.post("/search/").status_code == 405
    assert client.post("/policies/kjj/wj-1/").status_code == 405
    assert titles(client, "/search/") == []
