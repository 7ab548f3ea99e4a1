"""`/timeliness/`: the public meter. Figures by hand from the regulation; nothing unpublished is named."""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from bs4 import BeautifulSoup

from accounts.models import Assignment
from policy_pages.models import FrozenReport
from policy_pages.services.reports import freeze_report
from policy_pages.tests.factories import make_change, make_document, make_public, save_draft, user

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from accounts.models import Department
    from policy_pages.models import PolicyDocumentPage

pytestmark = pytest.mark.django_db

D = datetime.date


@pytest.fixture(autouse=True)
def in_office(bureau: Department, kjj: Department, gxj: Department) -> Iterator[None]:
    """Everybody had the role before; it is Monday 23 March 2026, ten o'clock."""
    Assignment.objects.update(valid_from=D(2023, 1, 5))
    with time_machine.travel("2026-03-23 10:00 +0800", tick=False):
        yield


def published(department: Department, trigger: D, on: str, title: str) -> PolicyDocumentPage:
    """A document of a change of that day, public at ten o'clock of another."""
    with time_machine.travel(f"{on} 10:00 +0800", tick=False):
        change = make_change(department, trigger_date=trigger, title="登记时的名称")
        return make_public(make_document(department, change=change, written_on=trigger, title=title))


@pytest.fixture
def world(kjj: Department, gxj: Department) -> None:
    """科技局: one on time, one late; 工信局: one on time, one overdue and not public, one running."""
    published(kjj, D(2026, 3, 12), "2026-03-17", "研发补助办法")
    published(kjj, D(2026, 3, 12), "2026-03-20", "成果转化办法")
    published(gxj, D(2026, 3, 12), "2026-03-13", "技改补助办法")
    make_change(gxj, trigger_date=D(2026, 3, 2), title="绝密草案甲")
    make_change(gxj, trigger_date=D(2026, 3, 20), title="绝密草案乙")


def rows(html: str) -> dict[str, list[str]]:
    """First cell → the others, of the table of units."""
    table = BeautifulSoup(html, "html.parser").select_one("table.meter")
    cells = [[cell.get_text(strip=True) for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")]
    return {row[0]: [text for text in row[1:] if text] for row in cells}


@pytest.mark.usefixtures("world")
def test_each_unit_and_the_whole_are_counted(client: Client, kjj: Department, gxj: Department) -> None:
    found = rows(client.get("/timeliness/?period=2026-Q1", follow=True).content.decode())
    # 按时率, 按时, 逾期公开, 超期未公开, 未到期限, 中位, 最长: 17 March is the third working day, 20 March the sixth.
    assert found[kjj.short_name] == ["50.0%", "1", "1", "0", "0", "4.5", "6"]
    assert found[gxj.short_name] == ["50.0%", "1", "0", "1", "1", "1", "1"]
    assert found["合计"] == ["50.0%", "2", "1", "1", "1", "3", "6"]


@pytest.mark.usefixtures("world")
def test_an_ended_unit_stays_with_what_it_did_and_with_nothing_else(client: Client, gxj: Department) -> None:
    type(gxj).objects.filter(pk=gxj.pk).update(is_active=False)
    found = rows(client.get("/timeliness/?period=2026-Q1", follow=True).content.decode())
    assert found[gxj.short_name] == ["50.0%", "1", "0", "1", "1", "1", "1"]
    assert found["合计"] == ["50.0%", "2", "1", "1", "1", "3", "6"]
    assert gxj.short_name not in rows(client.get("/timeliness/?period=2025-Q4").content.decode())
    type(gxj).objects.filter(pk=gxj.pk).update(section_page=None)
    html = client.get("/timeliness/?period=2026-Q1", follow=True).content.decode()
    assert gxj.short_name in rows(html)
    assert 'href="/policies/gxj/"' not in html[html.index('id="units"') : html.index('id="late"')]


@pytest.mark.usefixtures("world")
def test_the_public_reads_how_it_is_computed(client: Client) -> None:
    html = client.get("/timeliness/?period=2026-Q1", follow=True).content.decode()
    how = BeautifulSoup(html, "html.parser").select_one("section[aria-labelledby=how]").get_text()
    for words in ("第十二条", "3 个工作日内", "从变更的次日起算", "按时率 = 按时 ÷（按时 + 逾期公开 + 超期未公开）"):
        assert words in how


@pytest.mark.usefixtures("world")
def test_late_items_are_named_as_the_public_knows_them_and_others_never(client: Client) -> None:
    html = client.get("/timeliness/?period=2026-Q1", follow=True).content.decode()
    late = html[html.index('id="late"') :]
    assert "成果转化办法" in late
    assert "印发后第 6 个工作日发布，期限 3 个工作日，逾期 3 个工作日" in late
    assert "研发补助办法" not in late
    for secret in ("绝密草案甲", "绝密草案乙", "登记时的名称"):
        assert secret not in html


@pytest.mark.usefixtures("world")
def test_days_are_told_apart_by_who_held_it(client: Client, kjj: Department) -> None:
    with time_machine.travel("2026-03-10 10:00 +0800", tick=False):
        change = make_change(kjj, trigger_date=D(2026, 3, 9), title="x")
        page = make_document(kjj, change=change, written_on=D(2026, 3, 9), title="三方办法")
    from policy_pages.tests.factories import act, classification, hand_in

    with time_machine.travel("2026-03-11 10:00 +0800", tick=False):
        act(hand_in(page), "kjj-review")
    with time_machine.travel("2026-03-16 10:00 +0800", tick=False):
        act(page, "spj-moder", **classification())
    html = client.get("/timeliness/?period=2026-Q1", follow=True).content.decode()
    # Tuesday and Wednesday are the department's, to whom the day of handing over counts; Thursday, Friday, Monday the bureau's.
    assert "单位 2 天，审批局 3 天" in html


def test_the_regulations_own_case_is_late_by_74_working_days(client: Client, kjj: Department) -> None:
    """成文 2023-01-05, public 2023-04-27: 77 working days between, 3 allowed (domain.md, open point 5).

    January 15 (Spring Festival 21–27 off, 28 and 29 worked), February 20, March 23, April 19 (the 5th off, Sunday the
    23rd worked): 77.
    """
    Assignment.objects.update(valid_from=D(2023, 1, 1))
    with time_machine.travel("2023-04-27 10:00 +0800", tick=False):
        change = make_change(kjj, trigger_date=D(2023, 1, 5), trigger_basis="written")
        page = make_public(make_document(kjj, change=change, written_on=D(2023, 1, 5), title="平台管理暂行办法"))
    sentence = "成文后第 77 个工作日发布，期限 3 个工作日，逾期 74 个工作日"
    own = client.get(page.get_url()).content.decode()
    assert sentence in own
    assert "badge--late" in own
    meter = client.get("/timeliness/?period=2023-Q1").content.decode()
    assert sentence in meter
    assert rows(meter)[kjj.short_name][-1] == "77"
    assert "平台管理暂行办法" in meter


@pytest.mark.usefixtures("world")
def test_a_period_without_anything_invents_no_figure(client: Client, kjj: Department) -> None:
    html = client.get("/timeliness/?period=2025-Q4").content.decode()
    assert "还没有已有结论的政策变更，不计算按时率" in html
    assert rows(html)[kjj.short_name] == ["—", "0", "0", "0", "0", "—", "—"]


@pytest.mark.parametrize(
    "typed", ["2026-Q5", "2026-13", "abc", "1999", "<script>", "2026-Q2", "2026-Q1", "2026年第一季度", ""]
)
def test_what_chooses_no_other_period_leads_to_the_meter_of_this_quarter(client: Client, typed: str) -> None:
    answer = client.get("/timeliness/", {"period": typed})
    assert (answer.status_code, answer["Location"]) == (301, "/timeliness/")
    assert "2026 年第一季度" in client.get("/timeliness/").content.decode()


@pytest.mark.usefixtures("world")
def test_a_period_as_clerks_write_it_has_the_address_of_its_code(client: Client) -> None:
    answer = client.get("/timeliness/", {"period": "２０２５年第四季度"})
    assert (answer.status_code, answer["Location"]) == (301, "/timeliness/?period=2025-Q4")


@pytest.mark.usefixtures("world")
def test_no_link_leads_before_the_first_duty_or_into_the_future(client: Client) -> None:
    around = BeautifulSoup(client.get("/timeliness/").content, "html.parser").select(".periods a")
    assert [link["href"] for link in around] == ["/timeliness/?period=2026"]
    with time_machine.travel("2026-07-10 10:00 +0800", tick=False):
        around = BeautifulSoup(client.get("/timeliness/?period=2026-Q2").content, "html.parser").select(".periods a")
    assert [link["href"] for link in around] == [
        "/timeliness/?period=2026-Q1",
        "/timeliness/",
        "/timeliness/?period=2026",
    ]


def test_the_calendars_gap_is_never_lateness(client: Client, gxj: Department) -> None:
    from audit.models import CalendarYear

    CalendarYear.objects.filter(year=2026).update(confirmed=False)
    published(gxj, D(2026, 3, 12), "2026-03-20", "技改补助办法")
    html = client.get("/timeliness/?period=2026-Q1", follow=True).content.decode()
    assert "1 项的期限待国务院公布放假安排，暂不可计算" in html
    assert rows(html)[gxj.short_name][:3] == ["—", "0", "0"]


@pytest.mark.usefixtures("world")
def test_the_data_hold_every_public_change_as_csv_and_json(client: Client, kjj: Department) -> None:
    text = client.get("/timeliness/data.csv?period=2026-Q1").content.decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text)))
    assert list(lines[0])[:3] == ["单位", "名称", "网址"]
    assert [line["名称"] for line in lines] == ["技改补助办法", "研发补助办法", "成果转化办法"]
    late = lines[2]
    assert (late["结论"], late["用时（天）"], late["截止日期"], late["公开时间"]) == (
        "逾期",
        "6",
        "2026-03-17",
        "2026-03-20 10:00",
    )
    assert client.get("/timeliness/data.csv?period=2026年第一季度").content.startswith(b"\xef\xbb\xbf")
    data = client.get("/timeliness/data.json?period=2026-Q1").json()
    assert data["changes"][2]["unit"] == kjj.name
    assert data["changes"][2]["published_at"] == "2026-03-20T10:00:00+08:00"
    assert list(data["changes"][2]) == data["columns"]
    assert "绝密" not in json.dumps(data, ensure_ascii=False)
    assert client.get("/timeliness/data.csv?period=x").status_code == 404
    assert client.get("/timeliness/data.xml").status_code == 404


def test_citizens_are_not_told_what_to_fill_in(client: Client, kjj: Department) -> None:
    with time_machine.travel("2026-03-20 10:00 +0800", tick=False):
        change = make_change(kjj, trigger_date=D(2026, 3, 12), trigger_basis="other", title="x")
        make_public(make_document(kjj, change=change, title="另有依据的办法"))
    html = client.get("/timeliness/?period=2026-Q1", follow=True).content.decode()
    assert "其他依据 2026-03-12" in html
    text = client.get("/timeliness/data.csv?period=2026-Q1").content.decode()
    assert "其他依据" in text
    assert "在依据中写明" not in html + text


def test_a_title_that_looks_like_a_formula_stays_text(client: Client, kjj: Department) -> None:
    published(kjj, D(2026, 3, 12), "2026-03-17", "=cmd|' /C calc'!A0")
    text = client.get("/timeliness/data.csv?period=2026-Q1").content.decode("utf-8-sig")
    assert "'=cmd" in text


@pytest.mark.usefixtures("world")
def test_home_and_footer_lead_to_the_meter(client: Client) -> None:
    html = client.get("/").content.decode()
    assert "2026 年第一季度已有结论的 4 项政策变更，按时公开 50.0%" in html
    assert html.count('href="/timeliness/"') == 2


def test_the_home_page_says_nothing_while_nothing_is_certain(client: Client) -> None:
    assert "公开按时率</h2>" not in client.get("/").content.decode()


@pytest.mark.usefixtures("world")
def test_a_frozen_report_stays_what_it_was(client: Client, kjj: Department) -> None:
    with time_machine.travel("2026-04-10 10:00 +0800", tick=False):
        freeze_report(code="2026-Q1", actor=user("spj-moder"))
        published(kjj, D(2026, 3, 30), "2026-04-10", "迟到的办法")
    url = "/timeliness/reports/2026-Q1/"
    html = client.get(url).content.decode()
    # 变更, 按时, 逾期公开, 超期未公开, 未到期限, 暂不可计算, 按时率, …: by 10 April 工信局's second is overdue too.
    found = rows(html)
    assert found[kjj.name][:7] == ["2", "1", "1", "0", "0", "0", "50.0%"]
    assert found["合计"][:7] == ["5", "2", "1", "2", "0", "0", "40.0%"]
    report = FrozenReport.objects.get()
    assert report.content_hash in html
    data = client.get(f"{url}data.json").content
    assert hashlib.sha256(data).hexdigest() == report.content_hash
    assert client.get(f"{url}?edition=2").status_code == 404
    assert client.get("/timeliness/reports/2025-Q1/").status_code == 404


@pytest.mark.usefixtures("world")
def test_a_second_edition_stands_beside_the_first(client: Client) -> None:
    with time_machine.travel("2026-04-10 10:00 +0800", tick=False):
        freeze_report(code="2026-Q1", actor=user("spj-moder"))
        freeze_report(code="2026-Q1", note="更正一处触发日期", actor=user("spj-moder"))
    html = client.get("/timeliness/reports/2026-Q1/").content.decode()
    assert "更正一处触发日期" in html
    assert "第 2 版" in html
    assert client.get("/timeliness/reports/2026-Q1/?edition=1").status_code == 200
    for newest in ("2", ""):
        answer = client.get(f"/timeliness/reports/2026-Q1/?edition={newest}")
        assert (answer.status_code, answer["Location"]) == (301, "/timeliness/reports/2026-Q1/")
    addresses = [link["href"] for link in BeautifulSoup(client.get("/timeliness/").content, "html.parser").select("a")]
    assert {"/timeliness/reports/2026-Q1/", "/timeliness/reports/2026-Q1/?edition=1"} <= set(addresses)
    assert "/timeliness/reports/2026-Q1/?edition=2" not in addresses
    assert client.get("/sitemap.xml").content.decode().count("/timeliness/reports/2026-Q1/</loc>") == 2, (
        "once in each script"
    )
    assert "2026 年第一季度第 2 版" in client.get("/timeliness/").content.decode()


@pytest.mark.usefixtures("world")
def test_many_late_changes_cost_no_more_queries(
    client: Client, kjj: Department, django_assert_max_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def number() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/timeliness/?period=2026-Q1", follow=True)
        return len(queries)

    client.get("/timeliness/?period=2026-Q1", follow=True)
    one = number()
    for place in range(4):
        published(kjj, D(2026, 3, 12), "2026-03-20", f"办法{place}")
    assert number() == one


@pytest.mark.usefixtures("world")
def test_a_page_says_its_verdict_with_the_day_of_each_change(client: Client, kjj: Department) -> None:
    page = published(kjj, D(2026, 3, 12), "2026-03-17", "两次办法")
    with time_machine.travel("2026-03-23 10:00 +0800", tick=False):
        change = make_change(kjj, kind="amended", trigger_date=D(2026, 3, 16), title="x")
        make_public(save_draft(page, change=change, summary="改"))
    html = client.get(page.get_url()).content.decode()
    # From Monday the 16th the third day is Thursday the 19th; Monday the 23rd is the fifth.
    assert "第 5 个工作日发布，期限 3 个工作日，逾期 2 个工作日" in html
