"""报表 as files: what they hold, that they are recorded, that no cell computes, who may have them."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from openpyxl import load_workbook

from accounts.models import Department
from audit.models import Event
from policy_pages.reports.asking import ask
from policy_pages.reports.exports import export_report
from policy_pages.tests import factories as f

pytestmark = pytest.mark.django_db


def test_the_files_hold_what_the_page_shows_and_are_recorded(quarter: None, kjj: Department, login: Any) -> None:
    client = login("spj-audit")
    asked = {"format": "csv", "period": "2026-Q3", "duty": "publish_change", "unit": str(kjj.pk)}
    response = client.post("/admin/reports/punctuality/export/", asked)
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows[4][:5] == ["科学技术局", "4", "2", "1", "0"]
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
    assert [cell.value for cell in book["年度考核表"][1]][14] == "兑现：本期系统尚无兑现数据"


def test_no_cell_computes(quarter: None, kjj: Department, login: Any) -> None:
    Department.objects.filter(pk=kjj.pk).update(name="=1+1")
    client = login("spj-audit")
    assert "'=1+1," in client.post("/admin/reports/punctuality/export/", {"format": "csv"}).content.decode()
    book = load_workbook(io.BytesIO(client.post("/admin/reports/punctuality/export/", {"format": "xlsx"}).content))
    cells = [cell for sheet in book for row in sheet for cell in row if cell.value is not None]
    assert "=1+1" in {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} == {"s"}


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
