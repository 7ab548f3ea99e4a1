"""`/search/suggest.json`: public titles and 文号 while one types."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from django.utils import timezone
from wagtail.models import Page

from policy_pages.models import PolicyDocumentPage, VisitCount
from policy_pages.tests import factories as f
from policy_pages.tests.test_public_lists import queries_of, shelve_document, shelve_guide

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

pytestmark = pytest.mark.django_db
STRANGE = [
    "",
    " ",
    "'",
    '"',
    "*",
    "\\",
    "研*",
    "\0",
    "😀",
    "研" * 500,
    "a" * 300,
    "\ud800",
    "〔",
    "\u202e研",
    "% _",
    "AND",
]


def suggested(client: Client, text: str, **more: str) -> list[dict]:
    query = urlencode({"q": text, **more}, errors="surrogatepass")
    response = client.get(f"/search/suggest.json?{query}", follow=True)
    assert response.status_code == 200
    return response.json()["suggestions"]


def titles(client: Client, text: str, **more: str) -> list[str]:
    return [one["title"] for one in suggested(client, text, **more)]


@pytest.fixture
def shelf(kjj: Department) -> None:
    shelve_document(kjj, "研发费用加计扣除办法", doc_number="锡科规〔2026〕3号", summary="加油")
    shelve_guide(kjj, "软件企业加计扣除指南")
    shelve_document(kjj, "人才公寓办法", doc_number="锡人才发〔2025〕12号")


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("研", ["研发费用加计扣除办法"]),
        ("研发费", ["研发费用加计扣除办法"]),
        ("加计扣除 软件", ["软件企业加计扣除指南"]),
        ("軟件企業", ["软件企业加计扣除指南"]),
        ("锡科规", ["研发费用加计扣除办法"]),
        ("锡人才发[2025]1", ["人才公寓办法"]),
        ("rcgy", ["人才公寓办法"]),
        ("RJQY", ["软件企业加计扣除指南"]),
        ("加油", []),
        ("公寓人才", []),
    ],
)
def test_what_is_suggested(client: Client, typed: str, found: list[str]) -> None:
    assert titles(client, typed) == found


@pytest.mark.usefixtures("shelf")
def test_initials_within_a_title(client: Client) -> None:
    assert set(titles(client, "jjkc")) == {"研发费用加计扣除办法", "软件企业加计扣除指南"}


@pytest.mark.usefixtures("shelf")
def test_address_number_and_script(client: Client) -> None:
    (one,) = suggested(client, "rcgy", script="hant")
    assert one == {"title": "人才公寓辦法", "url": "/policies/kjj/wj-2/", "number": "錫人才發〔2025〕12號"}
    assert suggested(client, "rcgy")[0]["title"] == "人才公寓办法"


@pytest.mark.usefixtures("shelf")
def test_what_is_read_most_comes_first(client: Client) -> None:
    for title, number in (("软件企业加计扣除指南", 3), ("研发费用加计扣除办法", 5)):
        page = Page.objects.get(title=title)
        VisitCount.objects.create(page=page.pk, day=timezone.localdate(), number=number)
        assert titles(client, "加计扣除")[0] == title


def test_never_a_draft_nor_a_draft_s_title(client: Client, kjj: Department) -> None:
    f.make_document(kjj, title="保密草稿办法")
    shelve_document(kjj, "公开办法")
    page = PolicyDocumentPage.objects.get(title="公开办法")
    page.title = "改名草稿办法"
    page.save_revision()
    assert titles(client, "草稿") == titles(client, "bmcg") == titles(client, "gmcg") == []
    assert titles(client, "办法") == ["公开办法"]


def test_at_most_eight_in_at_most_eight_queries(client: Client, kjj: Department) -> None:
    for number in range(12):
        shelve_document(kjj, f"研发办法{number}")
    assert len(titles(client, "yfbf")) == len(titles(client, "研发")) == 8
    assert queries_of(client, "/search/suggest.json?q=研发") <= 8
    assert queries_of(client, "/search/suggest.json?q=yfbf") <= 8


@pytest.mark.usefixtures("shelf")
def test_no_text_makes_it_fail(client: Client) -> None:
    for text in STRANGE:
        suggested(client, text)


def test_no_cookie_and_reading_only(client: Client) -> None:
    answer = client.get("/search/suggest.json?q=%E7%A0%94")
    assert not answer.cookies
    assert answer["Cache-Control"] == "no-cache"
    assert client.post("/search/suggest.json").status_code == 405
