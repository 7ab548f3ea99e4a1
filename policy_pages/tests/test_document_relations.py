"""What a document says of its place among others: succession, guides on its articles, how it is cited."""

from __future__ import annotations

import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pages.models import GuideBasis, PolicyDocumentPage
from policy_pages.rules import articles_named, citation_title, succession
from policy_pages.services.listed import relist
from policy_pages.templatetags.reading import at
from policy_pages.tests import factories as f
from policy_pages.tests.public_reading import in_order, read, words
from policy_pages.tests.test_public_lists import queries_of, shelve_document, shelve_guide
from policy_pages.tests.test_public_pages import preview
from policy_pages.tests.versions_world import address, article, make_amended

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

ARTICLES = [f"第{number}条" for number in ("一", "二", "三", "四", "五", "十二")]


# --- Rules ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clause", "named"),
    [
        ("第三条", ["第三条"]),
        ("第三条第二款第（一）项", ["第三条"]),
        ("第 三 条", ["第三条"]),
        ("第四条、第二条", ["第二条", "第四条"]),
        ("第二条至第四条", ["第二条", "第三条", "第四条"]),
        ("第二条第一款至第四条第二款", ["第二条", "第三条", "第四条"]),
        ("第二条—第四条", ["第二条", "第三条", "第四条"]),
        ("第四条至第二条", ["第二条", "第四条"]),
        ("第二条和第四条", ["第二条", "第四条"]),
        ("第五条至第九条", ["第五条"]),
        ("第九条", []),
        ("第十二条之一", []),
        ("附则", []),
        ("", []),
    ],
)
def test_a_clause_names_articles(clause: str, named: list[str]) -> None:
    assert articles_named(clause, ARTICLES) == named


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        ([], [(5, 0)]),
        ([(3, 4), (4, 5), (5, 6), (6, 7)], [(3, -2), (4, -1), (5, 0), (6, 1), (7, 2)]),
        ([(3, 5), (4, 5), (9, 8)], [(3, -1), (4, -1), (5, 0)]),
        ([(5, 6), (6, 5)], [(5, 0), (6, 1)]),
        ([(5, 5)], [(5, 0)]),
        ([(4, 5), (5, 4), (4, 6)], [(5, 0), (4, 1), (6, 2)]),
    ],
)
def test_the_succession_is_found_both_ways_and_a_circle_ends(
    pairs: list[tuple[int, int]], found: list[tuple[int, int]]
) -> None:
    assert succession(pairs, 5) == found


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30), st.integers(1, 5))
def test_a_succession_names_each_document_once_and_no_more_than_asked(pairs: list[tuple[int, int]], limit: int) -> None:
    found = succession(pairs, 0, limit)
    assert (0, 0) in found
    assert len({pk for pk, _steps in found}) == len(found) <= limit
    assert found == sorted(found, key=lambda one: (one[1], one[0]))


def test_title_marks_within_a_title_become_single() -> None:
    assert citation_title("关于印发《管理办法》的通知") == "《关于印发〈管理办法〉的通知》"
    assert citation_title("管理办法") == "《管理办法》"


# --- Succession -------------------------------------------------------------------------------------------------------


def chain(kjj: Department, length: int) -> list[Any]:
    """Documents each of which takes the place of the one before."""
    pages = [shelve_document(kjj, f"第{number}代办法") for number in range(length)]
    for old, new in pairwise(pages):
        PolicyDocumentPage.objects.filter(pk=old.pk).update(successor=new, document_status="repealed")
        relist()
    return pages


def shown_chain(client: Client, page: Any) -> str:
    return words(read(client, page).split("文件沿革", 1)[1].split("</section>", 1)[0])


def test_the_whole_chain_stands_in_order_with_the_document_itself_marked(client: Client, kjj: Department) -> None:
    pages = chain(kjj, 5)
    for page in pages:
        text = shown_chain(client, page)
        assert in_order(text, *(one.title for one in pages))
        assert in_order(text, page.title, "本文件")
        assert text.count("本文件") == 1
    html = read(client, pages[2])
    assert '<li aria-current="true"><strong>第2代办法</strong>' in html
    assert f'<a href="/policies/kjj/{pages[0].slug}/">第0代办法</a>' in html


def test_a_longer_chain_costs_no_more_queries_and_a_circle_ends(client: Client, kjj: Department) -> None:
    pages = chain(kjj, 2)
    few = queries_of(client, f"/policies/kjj/{pages[0].slug}/")
    more = chain(kjj, 12)
    assert queries_of(client, f"/policies/kjj/{more[6].slug}/") == few
    PolicyDocumentPage.objects.filter(pk=more[-1].pk).update(successor=more[0])
    assert all(one.title in shown_chain(client, more[6]) for one in more)
    PolicyDocumentPage.objects.filter(pk=pages[1].pk).update(successor=pages[1])
    assert "第0代办法" in shown_chain(client, pages[1])


def test_a_document_that_is_not_public_is_no_link_of_the_chain(client: Client, kjj: Department) -> None:
    pages = chain(kjj, 4)
    PolicyDocumentPage.objects.filter(pk=pages[1].pk).update(live=False)
    relist()
    text = shown_chain(client, pages[3])
    assert in_order(text, "第2代办法", "第3代办法")
    assert "第1代办法" not in text
    assert "文件沿革" not in read(client, pages[0])


def test_a_draft_under_preview_shows_the_successor_it_names(client: Client, kjj: Department) -> None:
    new = shelve_document(kjj, "新办法")
    page = f.make_public(f.make_document(kjj, title="旧办法"))
    page = f.save_draft(page, successor=new, document_status="repealed", change_note="废止")
    html = preview(page.get_latest_revision_as_object())
    assert in_order(words(html), "替代文件", "新办法")
    assert "新办法" not in read(client, page)


# --- Articles and guides ----------------------------------------------------------------------------------------------


def test_an_article_shows_the_guides_that_rest_on_it(client: Client, kjj: Department) -> None:
    body = [article(number, f"{number}的条文。") for number in ARTICLES]
    document = shelve_document(kjj, "办法", body=body)
    guides = [shelve_guide(kjj, title) for title in ("甲指南", "乙指南", "丙指南")]
    for guide, clause in zip(guides, ("第二条第一款", "第二条至第三条", ""), strict=True):
        GuideBasis.objects.create(guide=guide, document=document, clause=clause)
    GuideBasis.objects.create(guide=guides[0], document=document, clause="第二条第二款")
    GuideBasis.objects.create(guide=guides[0], document=shelve_document(kjj, "另一个办法", body=body), clause="第五条")
    draft = f.make_guide(kjj, title="未公开的指南", document=document)
    GuideBasis.objects.create(guide=draft, document=document, clause="第二条")
    html = read(client, document)
    second = html.split('id="第二条"', 1)[1].split('id="第三条"', 1)[0]
    assert in_order(words(second), "相关指南", "乙指南", "、", "甲指南")
    assert second.count("甲指南") == 1
    third = html.split('id="第三条"', 1)[1].split('id="第四条"', 1)[0]
    assert "乙指南" in third
    assert "甲指南" not in third
    assert "相关指南" not in html.split('id="第四条"', 1)[1]
    assert "未公开的指南" not in html
    assert f'href="/policies/kjj/{document.slug}/#第二条"' in read(client, guides[0])
    assert html.split("依据本文件的申报指南", 1)[1].count("甲指南") == 1, "once, however many clauses"


def test_nothing_stands_where_nothing_is() -> None:
    assert at({}, "第一条") is None
    assert at("", "第一条") is None
    assert at({"第一条": [1]}, "第一条") == [1]


# --- Citation ---------------------------------------------------------------------------------------------------------


def test_a_document_can_be_cited_and_each_of_its_articles(client: Client, kjj: Department) -> None:
    page = shelve_document(
        kjj,
        "关于印发《管理办法》的通知",
        issuing_body="市科学技术局、市财政局",
        doc_number="锡科规〔2026〕3号",
        body=[article("第一条", "甲")],
    )
    html = read(client, page).split('id="cite"', 1)[1]
    url = f"http://127.0.0.1:8000/policies/kjj/{page.slug}/"
    words_ = f"市科学技术局、市财政局：《关于印发〈管理办法〉的通知》（锡科规〔2026〕3号），{datetime.date(2026, 11, 25)} 发布，{url}"
    assert f'<p class="cite__words">{words_}</p>' in html
    assert f'<a href="{url}#第一条">{url}#第一条</a>' in html


def test_a_text_without_number_body_or_articles_is_cited_by_its_unit(client: Client, kjj: Department) -> None:
    html = read(client, shelve_document(kjj, "通知")).split('id="cite"', 1)[1]
    assert "科学技术局：《通知》，2026-11-25 发布，http" in html
    assert "引用其中一条" not in html


def test_an_old_version_is_cited_by_its_own_address(client: Client, kjj: Department) -> None:
    page = make_amended(kjj)
    html = client.get(address(page, "1/")).content.decode()
    assert f"发布，第 1 版，http://127.0.0.1:8000{address(page, '1/')}" in html
    assert f"发布，第 2 版，http://127.0.0.1:8000/policies/kjj/{page.slug}/" in read(client, page)


def test_what_has_no_address_yet_is_not_cited(kjj: Department) -> None:
    assert 'id="cite"' not in preview(PolicyDocumentPage(title="一份新内容"))
    assert 'id="cite"' not in preview(f.make_document(kjj))
