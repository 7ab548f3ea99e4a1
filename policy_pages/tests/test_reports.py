"""报表: figures counted by hand, who sees which, what leads where, what typed nonsense gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from accounts.models import Assignment, Department
from audit.enums import DutyCode
from audit.services import finish_clock, hand_clock
from policy_pages.models import ApplicationGuidePage, PolicyDocumentPage
from policy_pages.reports.asking import ask
from policy_pages.reports.exports import export_report
from policy_pages.reports.pages import missing
from policy_pages.services.lateness import publish_reason, write_reason
from policy_pages.tests import factories as f
from policy_pages.tests.report_world import FACTS, REPORT, SHEET, D, at, change, owed

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

#: The line of eight quarters stands under all other tables.
LAST = -1


def lines(client: Client, url: str, place: int = 0, **asked: Any) -> dict[str, list[str]]:
    """The rows of a table of figures of the page: head and cells."""
    response = client.get(url, asked)
    assert response.status_code == 200
    table = BeautifulSoup(response.content, "html.parser").select("table.hqt-figures")[place]
    rows = [
        [cell.get_text(strip=True) for cell in row.find_all(["th", "td"])] for row in table.select("tbody tr, tfoot tr")
    ]
    return {row[0]: row[1:] for row in rows}


def listed(client: Client, **asked: Any) -> list[list[str]]:
    """The lines of a drill-down."""
    response = client.get(FACTS, asked)
    assert response.status_code == 200
    rows = BeautifulSoup(response.content, "html.parser").select("table.hqt-inbox tbody tr")
    return [[cell.get_text(strip=True) for cell in row.find_all("td")] for row in rows]


# --- Figures, by hand ------------------------------------------------------------------------------------------------


def test_the_figures_of_a_quarter(quarter: None, login: Any) -> None:
    """事项, 按时, 逾期, 已超期, 进行中, 不可计算, 按时率, 中位数, 最长, 部门, 审批局, 占比: see `make_quarter`."""
    found = lines(login("spj-moder"), REPORT)
    assert found["科学技术局"] == ["4", "2", "1", "0", "1", "0", "66.7%", "3", "5", "7", "2", "22.2%"]
    assert found["工业和信息化局"] == ["1", "0", "0", "1", "0", "0", "0.0%", "—", "—", "0", "0", "—"]
    assert found["行政审批局"] == ["0", "0", "0", "0", "0", "0", "—", "—", "—", "0", "0", "—"]
    assert found["合计"] == ["5", "2", "1", "1", "1", "0", "50.0%", "3", "5", "7", "2", "22.2%"]


def test_a_month_and_a_year_count_by_the_day_of_the_trigger(quarter: None, login: Any) -> None:
    client = login("spj-moder")
    assert lines(client, REPORT, period="2026-07")["合计"][:4] == ["2", "2", "0", "0"]
    assert lines(client, REPORT, period="2026-07")["科学技术局"][7] == "2", "the median of 1 and 3"
    assert lines(client, REPORT, period="2026-08")["合计"][:4] == ["2", "0", "1", "1"]
    assert lines(client, REPORT, period="2026")["合计"][0] == "5"
    assert lines(client, REPORT, period="2025-Q3")["合计"][0] == "0"


def test_the_line_tells_eight_quarters(quarter: None, login: Any) -> None:
    found = lines(login("spj-moder"), REPORT, place=LAST)
    assert next(iter(found)) == "2024 年第四季度"
    assert list(found)[-1] == "2026 年第三季度"
    assert found["2026 年第三季度"] == ["5", "2", "1", "1", "50.0%"]
    assert found["2026 年第二季度"] == ["0", "0", "0", "0", "—"]


def test_the_regulations_own_case_stands_in_the_report(kjj: Department, login: Any) -> None:
    """成文 2023-01-05, public 2023-04-27: the 77 working days are counted in test_timeliness.py."""
    Assignment.objects.update(valid_from=D(2023, 1, 1))
    with time_machine.travel("2023-04-27 10:00 +0800", tick=False):
        own = f.make_change(kjj, trigger_date=D(2023, 1, 5), trigger_basis="written")
        f.make_public(f.make_document(kjj, change=own, written_on=D(2023, 1, 5), title="平台管理暂行办法"))
    with at("09-29"):
        client = login("spj-moder")
        # One change, none on time, one late; median and worst 77.
        found = lines(client, REPORT, period="2023-Q1")["科学技术局"]
        assert found[:9] == ["1", "0", "1", "0", "0", "0", "0.0%", "77", "77"]
        rows = listed(client, what="late", period="2023-Q1")
    assert len(rows) == 1
    assert any("逾期 74 个工作日" in cell for cell in rows[0])


def test_a_change_in_a_gap_of_the_calendar_is_neither_on_time_nor_late(kjj: Department, login: Any) -> None:
    Assignment.objects.update(valid_from=D(2023, 1, 5))
    change(kjj, "12-30")
    with at("12-31"):
        assert lines(login("spj-moder"), REPORT)["科学技术局"][:7] == ["1", "0", "0", "0", "0", "1", "—"]
        assert lines(login("spj-moder"), REPORT, place=LAST)["2026 年第四季度"] == ["1", "0", "0", "0", "—"]
        assert [row[8] for row in listed(login("spj-moder"), what="gap")] == ["待国务院公布 2027 年放假安排"]


def test_filings_interpretations_and_guides_are_told_beside(kjj: Department, login: Any) -> None:
    Assignment.objects.update(valid_from=D(2023, 1, 5))
    owed(kjj, DutyCode.FILE_ACCOUNT, "07-06", "07-07")  # on time
    owed(kjj, DutyCode.FILE_ACCOUNT, "07-06", "07-20")  # late
    owed(kjj, DutyCode.INTERPRET, "07-06")  # far past its days
    owed(kjj, DutyCode.INTERPRET, "09-28")  # has time yet: held against nobody
    with at("09-29"):
        found = lines(login("spj-moder"), REPORT, place=2)["科学技术局"]
        assert found[:2] == ["1 / 2", "1"]
        assert found[4:6] == ["0 / 1", "1"]
        sheet = lines(login("spj-moder"), SHEET)["科学技术局"]
        assert sheet[12] == "0 / 1"
        assert sheet[15] == "1 / 2"


def test_returns_updates_and_completeness(kjj: Department, login: Any) -> None:
    returned = f.act(f.hand_in(f.make_document(kjj)), "kjj-review", "reject", comment="=依据不全")
    f.make_public(f.save_draft(returned))
    guide = f.make_public(f.make_guide(kjj, title="完整的指南"))
    ApplicationGuidePage.objects.filter(pk=guide.pk).update(responsible_division="", hotlines="[]")
    PolicyDocumentPage.objects.filter(pk=returned.pk).update(expires_on=D(2026, 1, 1))
    client = login("spj-moder")
    assert lines(client, REPORT, place=1)["科学技术局"] == ["1", "2", "1", "1", "1", "0", "0"]
    assert [row[4] for row in listed(client, what="returns")] == ["=依据不全"]
    assert [row[2] for row in listed(client, what="incomplete")] == ["责任处室、咨询电话"]
    assert [row[3][:10] for row in listed(client, what="expired")] == ["2026-01-01"]
    assert [row[3] for row in listed(client, what="updates")] == ["公开", "公开"]
    assert len(listed(client, what="guides")) == 1


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"conditions": []},
        {"materials": [], "no_materials": True},
        {"materials": []},
        {"promised_limit": None, "steps": []},
        {"window_type": "fixed_window"},
        {"window_type": ""},
        {"hotlines": [], "responsible_division": " "},
    ],
)
def test_completeness_says_what_the_page_says(kjj: Department, facts: dict[str, Any]) -> None:
    page = f.make_guide(kjj, **facts)
    assert missing(page) == page.missing_elements()


# --- Drill-down ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "number"),
    [
        ("changes", 5),
        ("judged", 4),
        ("on_time", 2),
        ("late", 1),
        ("overdue", 1),
        ("failed", 2),
        ("running", 1),
        ("gap", 0),
        ("finished", 3),
    ],
)
def test_a_figure_leads_to_as_many_facts(quarter: None, login: Any, what: str, number: int) -> None:
    rows = listed(login("spj-moder"), what=what)
    assert len([row for row in rows if len(row) > 1]) == number


def test_every_link_of_the_report_leads_to_as_many_facts_as_it_says(quarter: None, login: Any) -> None:
    client = login("spj-moder")
    page = BeautifulSoup(client.get(REPORT).content, "html.parser")
    links = [link for link in page.select("table.hqt-figures a") if link.get_text(strip=True).isdigit()]
    counts = [link for link in links if "what=finished" not in link["href"]]
    assert len(counts) > 10, "power check"
    for link in counts:
        rows = BeautifulSoup(client.get(link["href"]).content, "html.parser").select("table.hqt-inbox tbody tr")
        assert len(rows) == int(link.get_text(strip=True)), link["href"]


def test_a_late_item_is_told_with_days_and_reason(quarter: None, kjj: Department, login: Any) -> None:
    row = listed(login("kjj-edit"), what="late")[0]
    days = ["2026-08-03（周一）", "2026-08-06（周四）", "2026-08-10（周一）"]
    assert row == ["迟到的措施", "科学技术局", *days, "5", "5", "0", "逾期 2 个工作日", ""]
    late = kjj.changes.get(title="迟到的措施")
    reason = write_reason(change=late, text="系统停机", actor=f.user("kjj-edit"))
    assert listed(login("kjj-edit"), what="late")[0][9] == "系统停机（未公开）"
    publish_reason(reason=reason, text="系统停机", actor=f.user("spj-moder"))
    client = login("spj-moder")
    assert listed(client, what="late")[0][9] == "系统停机"
    assert reverse("changes:edit", args=[late.pk]) in client.get(FACTS, {"what": "late"}).content.decode()


def test_the_finished_begin_with_the_longest(quarter: None, login: Any) -> None:
    rows = listed(login("spj-moder"), what="finished")
    assert [row[5] for row in rows] == ["5", "3", "1"]
    assert rows[1][6:8] == ["1", "2"], "of three days the bureau had two"


def test_only_the_auditor_is_led_into_the_chain(quarter: None, login: Any) -> None:
    assert "时限完成" in listed(login("spj-audit"), what="late")[0][-1]
    assert len(listed(login("spj-moder"), what="late")[0]) == 10


def test_a_list_has_pages(kjj: Department, login: Any) -> None:
    Assignment.objects.update(valid_from=D(2023, 1, 5))
    for number in range(51):
        change(kjj, "07-06", title=f"第 {number} 项")
    with at("09-29"):
        client = login("spj-moder")
        assert len(listed(client)) == 50
        assert len(listed(client, p="2")) == 1
        assert len(listed(client, p="x")) == 50


@pytest.mark.parametrize("duty", DutyCode.values)
def test_every_duty_has_its_list(bureau: Department, kjj: Department, login: Any, duty: str) -> None:
    Assignment.objects.update(valid_from=D(2023, 1, 5))
    owed(kjj, DutyCode(duty), "07-06", "07-07")
    with at("09-29"):
        assert len(listed(login("spj-audit"), duty=duty)) == 1


def test_who_may_not_read_filings_reads_no_names_in_them(kjj: Department, login: Any) -> None:
    Assignment.objects.update(valid_from=D(2023, 1, 5))
    owed(kjj, DutyCode.FILE_ACCOUNT, "07-06")
    with at("09-29"):
        assert listed(login("spj-audit"), duty="file_account")[0][0] == "某事"
        assert listed(login("spj-moder"), duty="file_account")[0][0] != "某事"


def test_accounts_are_named_only_to_who_reads_accounts(kjj: Department, login: Any) -> None:
    unit = str(kjj.pk)
    assert "姓名kjj-edit" in str(listed(login("spj-audit"), what="accounts", unit=unit))
    assert "姓名" not in str(listed(login("spj-moder"), what="accounts", unit=unit))


# --- Who sees what ----------------------------------------------------------------------------------------------------


def test_a_department_sees_its_own_unit_only(quarter: None, gxj: Department, login: Any) -> None:
    for url in (REPORT, SHEET):
        html = login("kjj-review").get(url).content.decode()
        assert "工业和信息化局" not in html
        assert "没有公开的措施" not in html
    client = login("kjj-edit")
    assert list(lines(client, REPORT)) == ["科学技术局", "合计"]
    assert "没有公开的措施" not in str(listed(client, unit=gxj.pk))
    assert "没有这个单位" in client.get(REPORT, {"unit": gxj.pk}).content.decode()


@pytest.mark.parametrize("who", ["spj-acct", "sys-admin"])
def test_who_has_no_right_over_reports_gets_none(bureau: Department, login: Any, who: str) -> None:
    client = login(who)
    for url in (REPORT, FACTS, SHEET, "/admin/reports/frozen/"):
        assert client.get(url).status_code != 200
    assert client.post("/admin/reports/punctuality/export/", {"format": "csv"}).status_code != 200
    assert "报表" not in client.get("/admin/").content.decode()
    with pytest.raises(PermissionDenied):
        _form, question = ask({}, f.user(who))
        export_report(question=question, which="punctuality", kind="csv", actor=f.user(who))


def test_the_menu_shows_our_reports_and_none_of_stocks(kjj: Department, login: Any) -> None:
    html = login("spj-audit").get("/admin/").content.decode()
    assert REPORT in html
    assert SHEET in html
    assert "/admin/reports/locked/" not in html
    assert "site-history" not in html


# --- What is typed ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"period": "去年"}, "不是一个期间"),
        ({"period": "2026-Q5"}, "不是一个期间"),
        ({"period": "2026-13"}, "不是一个期间"),
        ({"period": "2099"}, "还没有开始"),
        ({"duty": "x"}, "没有“x”这项义务"),
        ({"unit": "999999"}, "没有这个单位"),
        ({"unit": "x"}, "没有这个单位"),
        ({"unit": "9" * 30}, "没有这个单位"),
    ],
)
def test_what_is_typed_wrong_is_told_and_kept(kjj: Department, login: Any, asked: dict[str, str], says: str) -> None:
    html = login("kjj-edit").get(REPORT, asked).content.decode()
    assert says in html
    assert "填写不对的地方" in html
    assert "period" not in asked or f'value="{asked["period"]}"' in html


@pytest.mark.parametrize(
    ("typed", "label"),
    [("２０２６－q3", "2026 年第三季度"), (" 2026-08 ", "2026 年 8 月"), ("2026年三季度", "2026 年第三季度")],
)
def test_a_period_may_be_typed_freely(quarter: None, login: Any, typed: str, label: str) -> None:
    assert label in login("kjj-edit").get(REPORT, {"period": typed}).content.decode()


def test_the_period_shown_stands_in_the_field_with_a_hint(kjj: Department, login: Any) -> None:
    client = login("kjj-edit")
    for url, asked, shown in (
        (REPORT, {}, "-Q"),
        (SHEET, {"period": " "}, "20"),
        (REPORT, {"period": "2025年"}, "2025年"),
    ):
        page = BeautifulSoup(client.get(url, asked).content, "html.parser")
        assert shown in page.select_one("[name=period]")["value"]
        assert "2026年第三季度" in page.select_one(".hqt-filter .help").get_text()


def test_a_word_that_is_no_figure_is_not_found(kjj: Department, login: Any) -> None:
    assert login("kjj-edit").get(FACTS, {"what": "x"}).status_code == 404
    assert login("kjj-edit").get(REPORT, {"export": "csv"})["Content-Type"].startswith("text/html")


# --- The yearly sheet ------------------------------------------------------------------------------------------------


def test_the_sheet_has_four_blocks_and_invents_nothing(quarter: None, login: Any) -> None:
    html = login("spj-moder").get(SHEET).content.decode()
    for word in ("政策管理", "录入", "兑现", "平台应用", "本期系统尚无兑现数据"):
        assert word in html
    found = lines(login("spj-moder"), SHEET)
    assert found["科学技术局"][:4] == ["4", "66.7%", "1", "5"]
    assert found["工业和信息化局"][:4] == ["1", "0.0%", "1", "—"]
    assert [found[name][7] for name in ("科学技术局", "工业和信息化局")] == ["0", "0"]
    assert found["科学技术局"][18:] == ["0", "2", "从未登录"]


def test_the_sheet_tells_the_bureau_s_part_and_every_duty_of_its_own(kjj: Department, login: Any) -> None:
    """A change of Monday 6 July, with the bureau from Tuesday to its publication on Thursday: two of its three days."""
    Assignment.objects.update(valid_from=D(2023, 1, 5))
    bureau = Department.objects.bureau()
    with at("07-06"):
        clock = f.make_change(kjj, days_ago=0).clock
    with at("07-07"):
        hand_clock(clock=clock, side="bureau", at=timezone.now(), actor=None)
    with at("07-09"):
        finish_clock(clock=clock, at=timezone.now(), actor=None)
    owed(kjj, DutyCode.NOTIFY_WINDOW, "07-06", "07-20")  # three days: late
    owed(bureau, DutyCode.MODERATE, "07-06", "07-07")
    owed(bureau, DutyCode.COMPLETE_FILING, "07-06", "07-09")  # two days: late
    with at("09-29"):
        found = lines(login("spj-moder"), SHEET)
        assert found[kjj.name][4:6] == ["66.7%", "0 / 1"]
        assert (found[bureau.name][6], found[bureau.name][16]) == ("1 / 1", "0 / 1")
        told = lines(login("spj-moder"), REPORT, place=3)
        assert (told[kjj.name][:2], told[bureau.name][2:4]) == (["0 / 1", "1"], ["1 / 1", "0"])


def test_t28_2_a_unit_without_account_or_long_unused_stands_out(kjj: Department, gxj: Department, login: Any) -> None:
    Assignment.objects.filter(department=gxj).delete()
    editor = f.user("kjj-edit")
    editor.login_at = editor.date_joined.replace(year=2020)
    editor.save()
    found = lines(login("spj-moder"), SHEET)
    assert found["工业和信息化局"][-1] == "无在用账号"
    assert found["科学技术局"][-1].endswith("，久未登录")
    page = BeautifulSoup(login("spj-moder").get(SHEET).content, "html.parser")
    marked = {cell.get_text(strip=True)[-5:] for cell in page.select("td.hqt-figures__bad")}
    assert marked == {"无在用账号", "，久未登录"}
