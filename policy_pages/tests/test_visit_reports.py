"""访问次数 in the reports (A24, T24.1): by unit, by day and by page, own unit only, as a file."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from audit.models import Event
from policy_pages.models import PolicyDocumentPage, VisitCount
from policy_pages.tests import factories as f
from policy_pages.tests.report_world import FACTS, REPORT, D
from policy_pages.tests.test_reports import lines, listed

if TYPE_CHECKING:
    from accounts.models import Department

pytestmark = pytest.mark.django_db

EXPORT = "/admin/reports/visits/export/"


@pytest.fixture
def visited(kjj: Department, gxj: Department) -> dict[str, Any]:
    """In the third quarter of 2026: 30 + 12 of a document, 7 of the section, 5 of the other unit, 100 of the home page."""
    document = f.make_public(f.make_document(kjj, title="研发奖补办法"))
    other = f.make_public(f.make_document(gxj, title="技改奖补办法"))
    home = document.get_ancestors().get(depth=2)
    told = [
        (document.pk, kjj, D(2026, 7, 1), 30),
        (document.pk, kjj, D(2026, 9, 30), 12),
        (document.pk, kjj, D(2026, 6, 30), 1000),
        (document.pk, kjj, D(2026, 10, 1), 1000),
        (kjj.section_page_id, kjj, D(2026, 7, 1), 7),
        (other.pk, gxj, D(2026, 7, 2), 5),
        (home.pk, None, D(2026, 7, 2), 100),
    ]
    for page, unit, day, number in told:
        VisitCount.objects.create(page=page, department=unit, day=day, number=number)
    return {"document": document, "other": other, "home": home}


def exported(client: Any, kind: str = "csv", **asked: str) -> bytes:
    response = client.post(EXPORT, {"format": kind, "period": "2026-Q3", **asked})
    assert response.status_code == 200
    return response.content


def test_visits_of_the_period_stand_beside_each_unit_and_the_total_is_that_of_the_platform(
    visited: dict, login: Any
) -> None:
    found = lines(login("spj-moder"), REPORT, place=1, period="2026-Q3")
    assert [found[name][-1] for name in ("科学技术局", "工业和信息化局", "合计")] == ["49", "5", "154"]


def test_a_figure_leads_to_the_pages_the_most_read_first(visited: dict, login: Any) -> None:
    rows = listed(login("spj-moder"), period="2026-Q3", what="visits")
    assert [row[3] for row in rows] == ["100", "42", "7", "5"]
    assert rows[1][:2] == ["研发奖补办法", "政策文件"]
    assert rows[0][2] == "全站"
    assert rows[2][1] == "单位栏目"


def test_a_department_sees_its_own_visits_only(visited: dict, kjj: Department, gxj: Department, login: Any) -> None:
    client = login("kjj-edit")
    assert lines(client, REPORT, place=1, period="2026-Q3")["合计"][-1] == "49"
    assert [row[3] for row in listed(client, period="2026-Q3", what="visits")] == ["42", "7"]
    assert [row[3] for row in listed(client, period="2026-Q3", what="visits", unit=gxj.pk)] == ["42", "7"]
    assert "技改奖补办法" not in exported(client).decode("utf-8-sig")
    asked = {"period": "2026-Q3", "what": "visits", "unit": kjj.pk}
    assert [row[3] for row in listed(login("spj-moder"), **asked)] == ["42", "7"], "one unit: without the home page"


def test_the_file_tells_by_unit_by_day_and_by_page_and_is_recorded(visited: dict, login: Any) -> None:
    text = exported(login("spj-audit")).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert ["科学技术局", "49"] in rows
    assert ["全站（首页、政策库）", "100"] in rows
    assert ["合计", "154"] in rows
    assert [row for row in rows if row and row[0].startswith("2026-0")] == [
        ["2026-07-01", "37"],
        ["2026-07-02", "105"],
        ["2026-09-30", "12"],
    ]
    line = next(row for row in rows if "研发奖补办法" in row)
    assert line[:3] == ["科学技术局", "政策文件", "研发奖补办法"]
    assert line[3].endswith(f"/policies/kjj/{visited['document'].slug}/")
    assert line[4] == "42"
    event = Event.objects.get(action="report.exported")
    assert (event.object_label, event.payload["report"]) == ("访问次数", "visits")
    book = load_workbook(io.BytesIO(exported(login("spj-audit"), "xlsx")))
    assert book.sheetnames == ["说明", "按单位", "按日", "按页面"]
    assert book["按页面"]["E2"].value == 100


def test_the_list_offers_the_file_and_says_what_is_counted(visited: dict, login: Any) -> None:
    html = login("kjj-edit").get(FACTS, {"what": "visits", "period": "2026-Q3"}).content.decode()
    page = BeautifulSoup(html, "html.parser")
    assert page.select_one(f'form[action="{EXPORT}"] button[value=csv]')
    assert "不含搜索引擎等程序的访问" in html
    assert EXPORT not in login("kjj-edit").get(FACTS, {"what": "returns"}).content.decode()


def test_nonsense_leads_back_to_the_list(kjj: Department, login: Any) -> None:
    response = login("kjj-edit").post(EXPORT, {"format": "pdf", "period": "2026-Q3"})
    assert (response.status_code, response["Location"]) == (302, f"{FACTS}?what=visits&period=2026-Q3")


def test_a_page_that_is_gone_keeps_its_visits(visited: dict, kjj: Department, login: Any) -> None:
    VisitCount.objects.create(page=10**6, department=kjj, day=D(2026, 7, 1), number=3)
    rows = listed(login("kjj-edit"), period="2026-Q3", what="visits")
    assert rows[-1] == ["已删除的页面（编号 1000000）", "", rows[0][2], "3"]
    assert "已删除的页面" in exported(login("kjj-edit")).decode("utf-8-sig")


def test_what_is_withdrawn_has_no_address_in_the_file(visited: dict, login: Any) -> None:
    PolicyDocumentPage.objects.filter(pk=visited["document"].pk).update(live=False)
    rows = list(csv.reader(io.StringIO(exported(login("spj-audit")).decode("utf-8-sig"))))
    assert next(row for row in rows if "研发奖补办法" in row)[3] == ""


@pytest.mark.parametrize("kind", ["list", "file"])
def test_the_number_of_queries_does_not_grow(visited: dict, kjj: Department, login: Any, kind: str) -> None:
    client = login("spj-audit")

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            if kind == "list":
                client.get(FACTS, {"what": "visits", "period": "2026-Q3"})
            else:
                exported(client)
        return len(asked)

    queries()
    few = queries()
    for number in range(5):
        page = f.make_document(kjj, title=f"办法{number}")
        PolicyDocumentPage.objects.filter(pk=page.pk).update(live=True)
        VisitCount.objects.create(page=page.pk, department=kjj, day=D(2026, 8, number + 1), number=1)
    assert queries() == few
