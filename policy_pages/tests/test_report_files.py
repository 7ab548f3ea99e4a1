"""Reports as files: what they hold and say of themselves, numbers that are numbers, and no cell that computes."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.exceptions import PermissionDenied
from openpyxl import load_workbook

from accounts.models import Department
from accounts.services.workbook import written
from audit.enums import DutyCode
from audit.models import Event
from policy_pages.reports.asking import ask
from policy_pages.reports.exports import SHARE, export_report
from policy_pages.tests import factories as f
from policy_pages.tests.report_world import owed

pytestmark = pytest.mark.django_db


def test_the_files_hold_what_the_page_shows_and_are_recorded(quarter: None, kjj: Department, login: Any) -> None:
    client = login("spj-audit")
    asked = {"format": "csv", "period": "2026-Q3", "duty": "publish_change", "unit": str(kjj.pk)}
    response = client.post("/admin/reports/punctuality/export/", asked)
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows[5][:5] == ["科学技术局", "4", "2", "1", "0"]
    event = Event.objects.filter(action="report.exported").get()
    assert event.payload == {
        "report": "punctuality",
        "format": "csv",
        "period": "2026-Q3",
        "duty": "publish_change",
        "unit": "kjj",
        "units": 1,
    }
    book = load_workbook(io.BytesIO(client.post("/admin/reports/assessment/export/", {"format": "xlsx"}).content))
    assert book.sheetnames == ["说明", "年度考核表"]
    assert [cell.value for cell in book["年度考核表"][1]][15] == "兑现：本期系统尚无兑现数据"


def test_no_cell_computes(quarter: None, kjj: Department, login: Any) -> None:
    Department.objects.filter(pk=kjj.pk).update(name="=1+1")
    client = login("spj-audit")
    assert "'=1+1," in client.post("/admin/reports/punctuality/export/", {"format": "csv"}).content.decode()
    book = load_workbook(io.BytesIO(client.post("/admin/reports/punctuality/export/", {"format": "xlsx"}).content))
    cells = [cell for sheet in book for row in sheet for cell in row if cell.value is not None]
    assert "=1+1" in {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} == {"s", "n"}


def test_a_file_of_nonsense_leads_back_with_what_was_typed(kjj: Department, login: Any) -> None:
    client = login("kjj-edit")
    for body in ({"format": "pdf"}, {"format": "csv", "period": "x"}):
        response = client.post("/admin/reports/punctuality/export/", body)
        assert response.status_code == 302
        assert ("period=x" in response["Location"]) == ("period" in body)
    assert "assessment" in client.post("/admin/reports/assessment/export/", {"format": "x"})["Location"]
    assert client.get("/admin/reports/punctuality/export/").status_code == 405
    assert not Event.objects.filter(action="report.exported").exists()


def test_an_export_needs_its_right_over_the_unit(kjj: Department, gxj: Department) -> None:
    _form, question = ask({"unit": str(gxj.pk)}, f.user("gxj-edit"))
    with pytest.raises(PermissionDenied):
        export_report(question=question, which="punctuality", kind="csv", actor=f.user("kjj-edit"))


def test_a_file_tells_what_was_asked_for(quarter: None, kjj: Department, login: Any) -> None:
    client = login("spj-audit")
    asked = {"format": "csv", "period": "2026-Q3", "duty": "moderate", "unit": str(kjj.pk)}
    response = client.post("/admin/reports/punctuality/export/", asked)
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    told = dict(zip(*rows[:2], strict=True))
    assert told == {
        "报表": "时限报表",
        "期间": "2026 年第三季度（2026-07-01 至 2026-09-30）",
        "事项": "审批局分类审核",
        "单位": "科学技术局",
        "统计日期": told["统计日期"],
    }
    assert file_named(response).startswith("时限报表-2026-Q3-审批局分类审核-科学技术局-2026")
    response = client.post("/admin/reports/assessment/export/", {"format": "xlsx", "period": "2026"})
    about = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(response.content))["说明"].rows]
    assert "事项" not in about[0], "the yearly sheet tells every duty"
    assert "全部（3 个单位）" in about[1]
    assert file_named(response).startswith("年度考核表-2026-全部单位-2026")


def file_named(response: Any) -> str:
    return unquote(response["Content-Disposition"].partition("utf-8''")[2])


def test_figures_are_numbers_in_a_workbook_and_shares_no_days_in_csv(
    quarter: None, kjj: Department, login: Any
) -> None:
    client = login("spj-audit")
    book = load_workbook(io.BytesIO(client.post("/admin/reports/punctuality/export/", {"format": "xlsx"}).content))
    row = next(row for row in book["按时情况"].rows if row[0].value == "科学技术局")
    assert [cell.value for cell in row[1:5]] == [4, 2, 1, 0]
    assert (row[7].value, row[7].number_format) == (0.667, "0.0%")
    owed(kjj, DutyCode.INTERPRET, "07-06", "07-07")
    body = {"format": "xlsx", "period": "2026"}
    sheet = load_workbook(io.BytesIO(client.post("/admin/reports/assessment/export/", body).content))["年度考核表"]
    assert {cell.data_type for row in sheet.rows for cell in row if SHARE.fullmatch(str(cell.value))} == {"s"}
    text = client.post("/admin/reports/assessment/export/", {**body, "format": "csv"}).content.decode()
    assert re.search(r"\d+（共 \d+ 项）", text)
    assert not SHARE.search(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("12", 12),
        ("2.5", 2.5),
        ("50.0%", 0.5),
        ("007", "007"),
        ("-1", "-1"),
        ("1e5", "1e5"),
        ("9" * 16, "9" * 16),
    ],
)
def test_only_a_plain_number_becomes_one(text: str, value: Any) -> None:
    book = load_workbook(
        io.BytesIO(written({"表": [["头", "数"], [text, text]], "文": [["头", "数"], [text, text]]}, numbered=["表"]))
    )
    assert [cell.value for cell in book["表"][2]] == [text, value]
    assert [cell.value for cell in book["文"][2]] == [text, text]
