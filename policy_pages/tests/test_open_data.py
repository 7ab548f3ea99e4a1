"""The lists of the open data: what is in them, in which order, how they are asked, and what they never tell."""

from __future__ import annotations

import csv
import datetime
import io
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.management import call_command
from django.utils import timezone
from wagtail.models import Page

from audit.models import Event
from policy_pages.enums import VocabularyCode
from policy_pages.models import InterpretationPage, Listing, PublicationRecord, Term
from policy_pages.open_data.rules import Place, write_cursor
from policy_pages.open_data.views import SETS
from policy_pages.tests import factories as f
from policy_pages.tests.open_data_world import every, make_city
from policy_pages.tests.test_public_lists import put_on_shelf, queries_of, shelve_document, shelve_guide
from tests.scenes import scene

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

pytestmark = pytest.mark.django_db

SECOND = datetime.timedelta(seconds=1)
POLICIES = "/open-data/policies.json"


@pytest.fixture
def library(kjj: Department, gxj: Department) -> None:
    shelve_document(kjj, "研发文件", doc_number="锡科规〔2026〕3号", summary="研发费用后补助。")
    shelve_guide(kjj, "研发指南", -5, 3, amount_max=2_000_000)
    shelve_guide(gxj, "技改指南", 5, 30)
    put_on_shelf(gxj, InterpretationPage(title="技改解读"), category="category-02")


def titles(client: Client, address: str) -> list[str]:
    return [item["title"] for item in every(client, address)]


def lines(client: Client, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.content.startswith(b"\xef\xbb\xbf"), "Excel takes a file without this mark for another encoding"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


# --- What is in them ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("library")
def test_a_list_is_narrowed_as_the_page_is(client: Client) -> None:
    expected = {
        "": ["研发文件", "研发指南", "技改指南", "技改解读"],
        "?type=document": ["研发文件"],
        "?type=interpretation": ["技改解读"],
        "?department=kjj": ["研发文件", "研发指南"],
        "?department=kjj&type=guide": ["研发指南"],
        "?category=category-02": ["技改解读"],
        "?window=open": ["研发指南"],
        "?window=upcoming": ["技改指南"],
        "?window=closed": [],
    }
    assert {query: titles(client, POLICIES + query) for query in expected} == expected
    for query, found in expected.items():
        assert client.get(POLICIES + query).json()["total"] == len(found)
        assert [line["标题"] for line in lines(client, f"/open-data/policies.csv{query}")] == found


@pytest.mark.usefixtures("library")
def test_a_policy_tells_what_until_when_how_much_who(client: Client) -> None:
    told = client.get(f"{POLICIES}?type=guide&department=kjj").json()["items"][0]
    assert told["url"].startswith("http://testserver/policies/kjj/")
    assert told["department"] == {"code": "kjj", "name": "科学技术局"}
    assert told["window"]["status"] == {"code": "closing", "name": "即将截止"}
    assert told["window"]["last_day"] == (timezone.localdate() + datetime.timedelta(days=3)).isoformat()
    assert (told["amount_max"], told["route"]["name"]) == ("2000000.00", "简易程序")
    assert told["document_status"] is None
    document = client.get(f"{POLICIES}?type=document").json()["items"][0]
    assert (document["doc_number"], document["document_status"]["code"]) == ("锡科规〔2026〕3号", "in_force")
    assert document["window"] is None


@pytest.mark.usefixtures("library")
def test_a_table_is_for_people(client: Client) -> None:
    guide = lines(client, "/open-data/policies.csv?type=guide&department=kjj")[0]
    assert (guide["类型"], guide["单位"], guide["申报状态"]) == ("申报指南", "科学技术局", "即将截止")
    assert (guide["申报期限类型"], guide["最高金额（元）"]) == ("固定期限", "2000000.00")
    assert guide["首次发布时间"] == f"{timezone.localtime():%Y-%m-%d %H:%M}"
    answer = client.get("/open-data/policies.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="policies.csv"'


def test_no_cell_of_a_table_computes(client: Client, kjj: Department) -> None:
    shelve_guide(kjj, "=cmd|' /C calc'!A0", summary="@SUM(1)", window_note="+1")
    line = lines(client, "/open-data/policies.csv")[0]
    assert (line["标题"], line["一句话摘要"]) == ("'=cmd|' /C calc'!A0", "'@SUM(1)")
    assert lines(client, "/open-data/windows.csv")[0]["期限说明"] == "'+1"


@pytest.mark.usefixtures("library")
def test_windows_are_listed_by_their_last_day(client: Client, kjj: Department) -> None:
    shelve_guide(kjj, "常年受理")
    shelve_guide(kjj, "已经截止", -9, -3)
    told = client.get("/open-data/windows.json").json()
    assert [item["title"] for item in told["items"]] == ["已经截止", "研发指南", "技改指南", "常年受理"]
    assert [item["status"]["code"] for item in told["items"]] == ["closed", "closing", "upcoming", "year_round"]
    assert told["status_on"] == timezone.localdate().isoformat()
    assert [line["标题"] for line in lines(client, "/open-data/windows.csv?window=open")] == ["研发指南", "常年受理"]


@pytest.mark.usefixtures("library")
def test_units_are_those_with_a_public_section(client: Client, gxj: Department) -> None:
    told = {item["code"]: item for item in client.get("/open-data/departments.json").json()["items"]}
    assert (told["kjj"]["total"], told["gxj"]["total"]) == (2, 2)
    assert told["kjj"]["feed_url"] == "http://testserver/departments/kjj/feed.atom"
    assert client.get(told["kjj"]["url"]).status_code == 200
    type(gxj).objects.filter(code="kjj").update(parent=gxj)
    assert {line["单位代码"]: line["上级单位代码"] for line in lines(client, "/open-data/departments.csv")}[
        "kjj"
    ] == "gxj"
    type(gxj).objects.filter(pk=gxj.pk).update(is_active=False)
    told = {item["code"]: item for item in client.get("/open-data/departments.json").json()["items"]}
    assert "gxj" not in told
    assert told["kjj"]["parent"] is None


def test_terms_are_listed_and_a_retired_one_is_told_to_be_one(client: Client) -> None:
    Term.objects.filter(vocabulary=VocabularyCode.CATEGORY, code="category-01").update(is_active=False)
    told = client.get("/open-data/terms.json").json()
    assert told["total"] == Term.objects.count() == len(told["items"])
    known = {(item["vocabulary"]["code"], item["code"]): item["is_active"] for item in told["items"]}
    assert (known["category", "category-01"], known["category", "category-02"]) == (False, True)
    table = {(line["词表代码"], line["代码"]): line["在用"] for line in lines(client, "/open-data/terms.csv")}
    assert (table["category", "category-01"], table["category", "category-02"]) == ("否", "是")


# --- Following what changed -----------------------------------------------------------------------------------


def shelf_of(kjj: Department, count: int) -> list[Any]:
    """Documents last published at the same instant two by two."""
    pages = [shelve_document(kjj, f"文件{number}") for number in range(count)]
    start = datetime.datetime(2026, 11, 1, 1, tzinfo=datetime.UTC)
    for number, page in enumerate(pages):
        Page.objects.filter(pk=page.pk).update(last_published_at=start + datetime.timedelta(hours=number // 2))
    return pages


def test_pages_follow_one_another_oldest_first_each_once(client: Client, kjj: Department) -> None:
    shelf_of(kjj, 7)
    assert titles(client, f"{POLICIES}?page_size=3") == [f"文件{number}" for number in range(7)]
    first = client.get(f"{POLICIES}?page_size=3")
    assert first["Link"] == f'<{first.json()["next"]}>; rel="next"'
    assert first.json()["total"] == 7
    assert "Link" not in client.get(f"{POLICIES}?page_size=7")


def test_what_is_published_meanwhile_is_met_and_what_moves_is_not_lost(client: Client, kjj: Department) -> None:
    pages = shelf_of(kjj, 6)
    first = client.get(f"{POLICIES}?page_size=2").json()
    # One already seen is published again, and a new one comes: both stand at the end now.
    Page.objects.filter(pk=pages[0].pk).update(last_published_at=timezone.now())
    shelve_document(kjj, "中途发布的")
    assert titles(client, first["next"]) == ["文件2", "文件3", "文件4", "文件5", "文件0", "中途发布的"]


def test_updated_since_begins_with_its_instant(client: Client, kjj: Department) -> None:
    shelf_of(kjj, 6)  # at 9, 10 and 11 o'clock on 1 November in Shanghai
    expected = {
        "2026-11-01": 6,
        "2026-11-02": 0,
        "2026-11-01T10:00:00%2B08:00": 4,
        "2026-11-01T10:00:00+08:00": 4,
        "2026-11-01T02:00:00Z": 4,
        "2026-11-01T10:00:00.000001%2B08:00": 2,
    }
    found = {since: len(titles(client, f"{POLICIES}?page_size=1&updated_since={since}")) for since in expected}
    assert found == expected
    assert len(lines(client, "/open-data/policies.csv?updated_since=2026-11-01T02:00:00Z")) == 4


def test_the_next_fetch_resumes_a_little_before_the_last_page_seen(client: Client, kjj: Department) -> None:
    shelf_of(kjj, 3)
    whole = client.get(POLICIES).json()
    assert whole["resume_since"] == "2026-11-01T09:50:00+08:00"
    later = client.get(POLICIES, {"updated_since": whole["resume_since"]}).json()
    assert [item["title"] for item in later["items"]] == ["文件2"]
    nothing = client.get(f"{POLICIES}?updated_since=2026-11-02").json()
    assert (nothing["items"], nothing["resume_since"]) == ([], "2026-11-02T00:00:00+08:00")
    assert client.get(f"{POLICIES}?type=guide").json()["resume_since"] is None
    # A cursor that points past the end, as after the last page was republished: nothing lost, nothing invented.
    end = datetime.datetime(2026, 11, 1, 2, tzinfo=datetime.UTC)
    past = client.get(f"{POLICIES}?cursor={write_cursor(Place(end, 10**17))}").json()
    assert (past["items"], past["next"]) == ([], None)
    assert past["resume_since"] == "2026-11-01T09:50:00+08:00"


# --- Bad questions --------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("address", ["policies.csv", "policies.atom", "removed.json", "removed.csv"])
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

DATA = [
    *(f"/open-data/{name}.{form}" for name, form in SETS),
    *("/open-data/openapi.json", "/open-data/schema/policies.json", "/open-data/search.json?q=研发"),
    *("/feed.atom", "/departments/kjj/feed.atom", "/categories/category-01/feed.atom"),
]


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


LISTS = [address for address in DATA if "openapi" not in address and "schema" not in address]


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


def record(page: Any, **facts: Any) -> PublicationRecord:
    """A publication of a page on a shelf."""
    values = {"version": 1, "kind": "first", "revision_id": page.pk, "published_at": page.last_published_at}
    values |= {"content": "{}", "content_hash": "0" * 64, "approvals": [], "classification": {}, **facts}
    row = PublicationRecord(page_id=page.pk, department_code=page.department.code, **values)
    row.save()
    return row


# --- What was removed, and when -------------------------------------------------------------------------------


def removed(client: Client, query: str = "") -> list[dict[str, Any]]:
    return client.get(f"/open-data/removed.json{query}").json()["items"]


def test_of_a_withdrawn_page_number_address_and_instant_are_told_and_nothing_else(
    client: Client, kjj: Department
) -> None:
    page = f.make_public(f.make_document(kjj, title="将被撤下"))
    f.make_document(kjj, title="从未公开")
    assert removed(client) == []
    with time_machine.travel("2026-11-27 10:00 +0800", tick=False):
        page.unpublish()
    told = removed(client)
    assert told == [
        {
            "id": page.pk,
            "url": f"http://testserver/policies/kjj/{page.slug}/",
            "removed_at": "2026-11-27T10:00:00+08:00",
        }
    ]
    assert removed(client, "?updated_since=2026-11-27") == told
    assert removed(client, "?updated_since=2026-11-28") == []
    line = lines(client, "/open-data/removed.csv")[0]
    assert line == {"编号": str(page.pk), "网址": told[0]["url"], "撤下时间": "2026-11-27 10:00"}


def test_what_came_back_is_removed_no_more(client: Client, kjj: Department) -> None:
    page = f.make_public(f.make_document(kjj))
    page.unpublish()
    again = f.make_public(
        f.save_draft(type(page).objects.get(pk=page.pk), change=None, change_note="恢复", is_stock=True)
    )
    assert removed(client) == []
    assert [item["id"] for item in every(client, POLICIES)] == [again.pk]


def test_what_vanished_without_an_event_is_told_without_an_instant_at_any_time(client: Client, kjj: Department) -> None:
    page = f.make_public(f.make_document(kjj))
    page.unpublish()
    with time_machine.travel("2026-11-27 10:00 +0800", tick=False):
        draft = f.save_draft(type(page).objects.get(pk=page.pk), change=None, change_note="恢复", is_stock=True)
        f.make_public(draft)
    assert Event.objects.filter(action="page.unpublished").count() == 1
    Page.objects.filter(pk=page.pk).update(live=False)  # behind the system's back
    assert [item["removed_at"] for item in removed(client, "?updated_since=2999-01-01")] == [None]
    assert lines(client, "/open-data/removed.csv")[0]["撤下时间"] == ""


def test_a_deleted_page_is_told_by_its_last_publication(client: Client, kjj: Department) -> None:
    page = f.make_public(f.make_document(kjj))
    slug, pk = page.slug, page.pk
    page.unpublish()
    Listing.objects.filter(page=pk).delete()
    type(page.change).objects.filter(pk=page.change_id).update(page=None)
    type(page).objects.get(pk=pk).delete()
    assert [(item["id"], item["url"]) for item in removed(client)] == [(pk, f"http://testserver/policies/kjj/{slug}/")]


# --- Only what is public, at any time -------------------------------------------------------------------------

TITLE = "到点才公开的研发办法"


def everywhere(client: Client, page: Any) -> dict[str, bool]:
    """Whether each address of ours tells of a page."""
    own = f"/open-data/policies/kjj/{page.slug}.json"
    addresses = [*LISTS, "/open-data/", f"{POLICIES}?type=document&department=kjj", own]
    without = {"/open-data/", "/open-data/terms.json", "/open-data/terms.csv"}
    without |= {f"/open-data/{name}" for name in ("departments.json", "departments.csv", "windows.json", "windows.csv")}
    without |= {"/open-data/removed.json", "/open-data/removed.csv"}
    found = {}
    for address in addresses:
        answer = client.get(address)
        told = TITLE in answer.content.decode() or f"/{page.slug}" in answer.content.decode()
        if address in without:
            assert not told or address.startswith("/open-data/removed")
        else:
            found[address] = told
    return found


def test_a_scheduled_text_is_nowhere_a_second_before_and_everywhere_a_second_after(
    client: Client, kjj: Department
) -> None:
    category = Term.objects.filter(vocabulary=VocabularyCode.CATEGORY).first()
    assert category.code == "category-01"
    moment = timezone.now().replace(microsecond=0) + datetime.timedelta(hours=3)
    page = f.make_public(f.make_document(kjj, title=TITLE, go_live_at=moment))
    with time_machine.travel(moment - SECOND, tick=False):
        call_command("publish_scheduled")
        assert set(everywhere(client, page).values()) == {False}
        assert client.get("/open-data/departments.json").json()["items"][0]["total"] == 0
    with time_machine.travel(moment + SECOND, tick=False):
        call_command("publish_scheduled")
        assert set(everywhere(client, page).values()) == {True}
        assert client.get("/open-data/departments.json").json()["items"][0]["total"] == 1


def test_a_scheduled_update_shows_the_old_text_until_its_second(client: Client, kjj: Department) -> None:
    page = f.make_public(f.make_document(kjj, title="研发办法"))
    moment = timezone.now().replace(microsecond=0) + datetime.timedelta(hours=3)
    f.make_public(f.save_draft(page, title=TITLE, change_note="改名", go_live_at=moment, change=None))
    with time_machine.travel(moment - SECOND, tick=False):
        call_command("publish_scheduled")
        for address in LISTS:
            assert TITLE not in client.get(address).content.decode()
        assert titles(client, POLICIES) == ["研发办法"]
    with time_machine.travel(moment + SECOND, tick=False):
        call_command("publish_scheduled")
        assert titles(client, f"{POLICIES}?updated_since={moment:%Y-%m-%dT%H:%M:%SZ}") == [TITLE]
        assert len(client.get("/feed.atom").content.decode().split("<entry>")) == 3


def test_a_withdrawn_text_is_everywhere_a_second_before_and_nowhere_a_second_after(
    client: Client, kjj: Department
) -> None:
    moment = timezone.now().replace(microsecond=0) + datetime.timedelta(hours=3)
    page = f.make_public(f.make_document(kjj, title=TITLE))
    with time_machine.travel(moment - SECOND, tick=False):
        assert set(everywhere(client, page).values()) == {True}
        assert removed(client) == []
    with time_machine.travel(moment, tick=False):
        page.unpublish()
    with time_machine.travel(moment + SECOND, tick=False):
        assert set(everywhere(client, page).values()) == {False}
        assert [item["id"] for item in removed(client)] == [page.pk]


def test_no_list_tells_of_a_draft_or_an_unlisted_page(client: Client, kjj: Department, gxj: Department) -> None:
    city = scene("open data city", lambda: make_city(kjj, gxj))
    f.save_draft(city["guide"], title="改了一半的标题")
    for address in [*LISTS, "/open-data/search.json?q=绝密草案", "/open-data/search.json?q=改了一半"]:
        text = client.get(address).content.decode()
        assert "绝密" not in text
        assert "改了一半的标题" not in text


# --- The search -----------------------------------------------------------------------------------------------


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
            html = client.get("/search/", {"q": text, "page": page}).content.decode()
            found = [link["href"] for link in BeautifulSoup(html, "html.parser").select(".row__title a")]
            shown += [href for href in found if href not in shown]
        answer = client.get("/open-data/search.json", {"q": text, "limit": "500"}).json()
        assert [result["url"] for result in answer["results"]] == shown
        assert answer["total"] == len(shown)
        assert ("只含有其中一部分字词" in html) == answer["widened"]


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
        soup = BeautifulSoup(client.get(address).content, "html.parser")
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
