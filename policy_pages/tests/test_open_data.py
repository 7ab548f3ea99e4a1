"""The lists of the open data: what is in them, in which order, and how one follows what changed."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from wagtail.models import Page

from policy_pages.enums import VocabularyCode
from policy_pages.models import Term
from policy_pages.open_data.rules import Place, write_cursor
from policy_pages.services.listed import relist
from policy_pages.tests.open_data_world import POLICIES, lines, make_library, titles
from policy_pages.tests.test_public_lists import shelve_document, shelve_guide

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

pytestmark = pytest.mark.django_db


@pytest.fixture
def library(kjj: Department, gxj: Department) -> None:
    make_library(kjj, gxj)


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
    assert told["url"].startswith("http://127.0.0.1:8000/policies/kjj/")
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
def test_units_are_those_of_the_public_site(client: Client, gxj: Department) -> None:
    told = {item["code"]: item for item in client.get("/open-data/departments.json").json()["items"]}
    assert (told["kjj"]["total"], told["gxj"]["total"]) == (2, 2)
    assert told["kjj"]["feed_url"] == "http://127.0.0.1:8000/departments/kjj/feed.atom"
    assert client.get(told["kjj"]["url"]).status_code == 200
    type(gxj).objects.filter(code="kjj").update(parent=gxj)
    assert {line["单位代码"]: line["上级单位代码"] for line in lines(client, "/open-data/departments.csv")}[
        "kjj"
    ] == "gxj"
    type(gxj).objects.filter(pk=gxj.pk).update(is_active=False)
    told = {item["code"]: item for item in client.get("/open-data/departments.json").json()["items"]}
    assert told["gxj"]["total"] == 2, "an ended unit is told of while something of it is public"
    assert told["kjj"]["parent"] == "gxj"


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
        relist()
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
    relist()
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
