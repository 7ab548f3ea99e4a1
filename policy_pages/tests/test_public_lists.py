"""Home and lists: what is in them, in which order, in how many queries."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from policy_pages.enums import VocabularyCode, WindowStatus
from policy_pages.models import ApplicationGuidePage, GuideBasis, InterpretationPage, Listing, PolicyDocumentPage, Term
from policy_pages.services.indexing import index_now
from policy_pages.tests.factories import make_document, make_guide
from policy_pages.views.rows import all_rows, row_values, rows

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department
    from policy_pages.models import PolicyPage

TODAY = timezone.localdate


def day(distance: int) -> datetime.date:
    return TODAY() + datetime.timedelta(days=distance)


def put_on_shelf(department: Department, page: PolicyPage, *, category: str = "", route: str = "simple") -> Any:
    """A live, listed page without the way through the workflow: lists ask for no more."""
    page.live = True
    page.first_published_at = page.last_published_at = timezone.now()
    section = department.section_page.specific
    section.refresh_from_db()
    section.add_child(instance=page)
    categories = Term.objects.filter(vocabulary=VocabularyCode.CATEGORY)
    Listing.objects.create(
        page=page.page_ptr,
        revision_id=0,
        category=categories.get(code=category) if category else categories.first(),
        route=route,
        classified_by=User.objects.get(username="spj-moder"),
        classified_at=timezone.now(),
    )
    index_now([page.pk])
    return page


def shelve_guide(
    department: Department, title: str, start: int | None = None, end: int | None = None, **facts: Any
) -> Any:
    """A guide whose window opens and closes so many days from today; year-round without dates."""
    if start is not None and end is not None:
        facts |= {"window_type": "fixed_window", "window_start": day(start), "window_end": day(end)}
    return put_on_shelf(department, ApplicationGuidePage(title=title, **{"window_type": "year_round", **facts}))


def shelve_document(department: Department, title: str, **facts: Any) -> Any:
    return put_on_shelf(department, PolicyDocumentPage(title=title, **facts))


def titles(client: Client, address: str, heading: str = "") -> list[str]:
    """Titles of the rows of a page, or of one section of it, in their order."""
    html = client.get(address, follow=True).content.decode()
    if heading:
        html = html.split(f">{heading}</h2>", 1)[1].split("</section>", 1)[0]
    return [piece.split("</a>", 1)[0].rsplit(">", 1)[1] for piece in html.split('class="row__title"')[1:]]


# --- Home -------------------------------------------------------------------------------------------


def test_home_is_readable_with_nothing_in_it(client: Client, db: None) -> None:
    html = client.get("/").content.decode()
    assert 'action="/search/"' in html
    assert html.count('href="/search/?q=') == 3
    assert "眼下没有正在申报的事项" in html
    assert "还没有发布任何政策" in html
    assert "没有已确定开放日期的事项" in html


def test_home_puts_first_what_closes_first(client: Client, kjj: Department) -> None:
    shelve_guide(kjj, "还有很久", -5, 60)
    shelve_guide(kjj, "常年受理")
    shelve_guide(kjj, "今天截止的", -5, 0)
    shelve_guide(kjj, "昨天截止的", -5, -1)
    shelve_guide(kjj, "再过十天开放", 10, 20)
    shelve_guide(kjj, "明天开放", 1, 20)
    shelve_guide(kjj, "期限待定的", window_type="window_pending")
    assert titles(client, "/", "正在申报") == ["今天截止的", "还有很久", "常年受理"]
    assert titles(client, "/", "即将开放") == ["明天开放", "再过十天开放"]
    html = client.get("/").content.decode()
    assert "今天截止" in html
    assert "还剩 60 天" in html


def test_home_shows_the_newest_of_every_type(client: Client, kjj: Department) -> None:
    shelve_document(kjj, "先发布的文件")
    shelve_guide(kjj, "后发布的指南", -9, -3)
    put_on_shelf(kjj, InterpretationPage(title="最后发布的解读"))
    assert titles(client, "/", "最近发布") == ["最后发布的解读", "后发布的指南", "先发布的文件"]


def test_home_counts_by_unit_and_category(client: Client, kjj: Department, gxj: Department) -> None:
    for number in range(3):
        shelve_document(kjj, f"文件{number}")
    html = client.get("/").content.decode()
    assert '<a href="/policies/kjj/">科学技术局<span class="count">3</span></a>' in html
    assert '<a href="/policies/gxj/">工业和信息化局<span class="count">0</span></a>' in html
    term = Term.objects.filter(vocabulary=VocabularyCode.CATEGORY).first()
    assert f'<a href="/policies/?category={term.code}">{term.name}<span class="count">3</span></a>' in html


def test_drafts_and_pages_without_listing_are_nowhere(client: Client, kjj: Department) -> None:
    make_guide(kjj, title="一份草稿")
    unlisted = make_document(kjj, title="没有分类的页面")
    PolicyDocumentPage.objects.filter(pk=unlisted.pk).update(live=True, first_published_at=timezone.now())
    for address in ("/", "/policies/", "/policies/kjj/", "/search/?q=一份草稿", "/search/?q=没有分类的页面"):
        assert titles(client, address) == []
    assert client.get("/policies/kjj/zn-1/").status_code == 404
    assert client.get("/policies/kjj/wj-1/").status_code == 404


# --- Lists ------------------------------------------------------------------------------------------


@pytest.fixture
def library(kjj: Department, gxj: Department) -> None:
    shelve_document(kjj, "研发文件", doc_number="锡科规〔2026〕3号", summary="研发费用后补助。")
    shelve_guide(kjj, "研发指南", -5, 3, amount_max=2_000_000)
    shelve_guide(gxj, "技改指南", 5, 30)
    put_on_shelf(gxj, InterpretationPage(title="技改解读"), category="category-02")


@pytest.mark.usefixtures("library")
def test_a_list_is_narrowed_by_its_address(client: Client) -> None:
    expected = {
        "": ["技改解读", "技改指南", "研发指南", "研发文件"],
        "?type=document": ["研发文件"],
        "?type=guide": ["研发指南", "技改指南"],
        "?type=interpretation": ["技改解读"],
        "?department=kjj": ["研发指南", "研发文件"],
        "?department=kjj&type=guide": ["研发指南"],
        "?category=category-02": ["技改解读"],
        "?window=open": ["研发指南"],
        "?window=closing": ["研发指南"],
        "?window=upcoming": ["技改指南"],
        "?window=closed": [],
        "?window=pending": [],
    }
    assert {query: titles(client, f"/policies/{query}") for query in expected} == expected
    for query, found in expected.items():
        assert f"共 <strong>{len(found)}</strong> 条" in client.get(f"/policies/{query}", follow=True).content.decode()


@pytest.mark.usefixtures("library")
def test_what_is_no_filter_is_no_choice(client: Client) -> None:
    queries = ["type=x", "window=%00", "department=nobody", "category='--", "page=x", f"page={10**20}", "page=-1"]
    for query in queries:
        assert len(titles(client, f"/policies/?{query}")) == 4


@pytest.mark.usefixtures("library")
def test_a_row_says_what_until_when_how_much_who(client: Client) -> None:
    html = client.get("/guides/?department=kjj").content.decode()
    for words in ("研发指南", "申报指南", "科学技术局", "即将截止", "还剩 3 天", "200 万元", "简易程序"):
        assert words in html
    assert "去掉这一条件" in html


@pytest.mark.usefixtures("library")
def test_a_section_holds_its_unit_only(client: Client) -> None:
    assert titles(client, "/policies/kjj/") == ["研发指南", "研发文件"]
    assert titles(client, "/policies/kjj/?department=gxj") == ["研发指南", "研发文件"]
    assert "<h1>科学技术局</h1>" in client.get("/policies/kjj/").content.decode()


def test_an_empty_list_offers_the_search(client: Client, kjj: Department) -> None:
    assert "这里还没有发布内容" in client.get("/policies/kjj/").content.decode()
    assert "没有符合这些条件的内容" in client.get("/guides/?window=open").content.decode()


def test_long_lists_are_paged(client: Client, kjj: Department) -> None:
    for number in range(1, 46):
        shelve_document(kjj, f"文件{number}")
    assert titles(client, "/policies/") == [f"文件{number}" for number in range(45, 25, -1)]
    assert titles(client, "/policies/?type=document&page=3") == [f"文件{number}" for number in range(5, 0, -1)]
    html = client.get("/policies/?type=document&page=3").content.decode()
    assert 'href="/policies/?type=document&amp;page=2"' in html
    assert 'href="/policies/?type=document"' in html
    assert "，第 3 页" in html


# --- The window in SQL and in Python ----------------------------------------------------------------


def test_lists_and_pages_agree_on_every_window(kjj: Department) -> None:
    ended = shelve_document(kjj, "已废止", document_status="repealed")
    lapsed = shelve_document(kjj, "已过期", expires_on=day(-1))
    last_day = shelve_document(kjj, "今天到期", expires_on=day(0))
    lasting = shelve_document(kjj, "长期有效")
    draft = make_document(kjj, title="草稿", document_status="repealed", repealed_on=day(-1), repeal_reason="x")
    bases = [[], [ended], [lapsed], [ended, lapsed], [last_day], [lasting], [ended, lasting], [draft]]
    windows = [(-9, -1), (-9, 0), (-9, 6), (-9, 7), (0, 30), (1, 30), (0, 0)]
    number = 0
    for documents in bases:
        for start, end in windows:
            number += 1
            guide = shelve_guide(kjj, f"指南{number}", start, end)
            for document in documents:
                GuideBasis.objects.create(guide=guide, document=document)
    others: list[dict[str, Any]] = [{}, {"window_type": ""}, {"window_type": "window_pending"}]
    for distance in (-1, 0, 1):
        others.append({"window_type": "fixed_window", "window_start": day(distance)})
        others.append({"window_type": "fixed_window", "window_end": day(distance)})
    for facts in [*others, {"window_type": "fixed_window"}]:
        number += 1
        shelve_guide(kjj, "缺日期", **facts)
    found = {row.pk: row for row in rows(row_values(all_rows(), TODAY()), TODAY())}
    guides = list(ApplicationGuidePage.objects.live())
    assert len(guides) == number
    assert {guide.pk: guide.window_status() for guide in guides} == {
        guide.pk: found[guide.pk].status for guide in guides
    }
    assert {guide.pk: guide.days_left() for guide in guides} == {
        guide.pk: found[guide.pk].days_left for guide in guides
    }
    assert {row.status for row in found.values() if row.status} == set(WindowStatus)
    assert found[lapsed.pk].ended == "expired"
    assert found[last_day.pk].ended is None


# --- Cost -------------------------------------------------------------------------------------------


def queries_of(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code == 200
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    return len(captured)


@pytest.mark.parametrize("address", ["/", "/policies/", "/guides/", "/guides/?window=open", "/policies/kjj/"])
def test_many_rows_cost_the_queries_of_one(client: Client, kjj: Department, gxj: Department, address: str) -> None:
    document = shelve_document(kjj, "研发文件")
    shelve_guide(kjj, "研发指南")
    put_on_shelf(kjj, InterpretationPage(title="研发解读"))
    few = queries_of(client, address)
    for number in range(12):
        shelve_document(kjj, f"研发文件{number}")
        GuideBasis.objects.create(guide=shelve_guide(gxj, f"研发指南{number}", -1, number), document=document)
        put_on_shelf(kjj, InterpretationPage(title=f"研发解读{number}"))
    assert queries_of(client, address) == few
    assert few <= 18


def test_a_section_shows_each_page_that_holds_all_words_however_many_others_do(
    client: Client, kjj: Department, gxj: Department
) -> None:
    for number in range(12):
        shelve_document(gxj, f"研发，补助办法{number}")  # the typed words side by side: found before the unit's own
    shelve_document(kjj, "补助用于研发")
    shelve_guide(kjj, "补助如何用于研发", 0, 5)
    own = ["补助如何用于研发", "补助用于研发"]
    assert sorted(titles(client, "/policies/kjj/?q=研发 补助")) == own
    assert sorted(titles(client, "/policies/?department=kjj&q=研发 补助")) == own
    assert titles(client, "/guides/?q=研发 补助") == own[:1]
    twin = client.get("/open-data/policies.json?department=kjj&q=研发 补助", follow=True).json()
    assert sorted(item["title"] for item in twin["items"]) == own
