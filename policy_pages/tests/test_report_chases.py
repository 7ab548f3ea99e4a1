"""督办 in the reports: counted to the unit that was chased, in the period in which it was, told with the bureau's words."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from accounts.models import Assignment
from audit.enums import DutyCode
from audit.services.notices import chase
from policy_pages.tests import factories as f
from policy_pages.tests.report_world import FACTS, REPORT, SHEET, D, at, change, owed
from policy_pages.tests.test_reports import lines, listed

if TYPE_CHECKING:
    from accounts.models import Department
    from audit.models import DutyClock

pytestmark = pytest.mark.django_db

#: Places of the figure in the report's second table and in the sheet, without the unit's name.
BESIDE, IN_SHEET = 5, 18


@pytest.fixture
def chased(kjj: Department, gxj: Department) -> DutyClock:
    """A change of kjj chased on two days of the third quarter and on one after it; kjj's filing on one. gxj: nothing."""
    Assignment.objects.update(valid_from=D(2023, 1, 5))
    clock, filing = change(kjj, "07-06", title="迟到的措施"), owed(kjj, DutyCode.FILE_ACCOUNT, "07-06")
    for day, about, words in (
        ("07-10", clock, "请今天公开"),
        ("07-13", clock, "请立即公开"),
        ("07-14", filing, "请补办备案"),
        ("10-12", clock, "再次督办"),
    ):
        with at(day):
            chase(clock=about, message=words, actor=f.user("spj-moder"))
    return clock


def test_chases_of_the_period_are_counted_by_unit(chased: DutyClock, login: Any) -> None:
    with at("10-13"):
        client = login("spj-moder")
        for asked, number in ((("2026-Q3"), "3"), ("2026-Q4", "1"), ("2026", "4"), ("2026-Q2", "0")):
            found = lines(client, REPORT, place=1, period=asked)
            assert [found[name][BESIDE] for name in ("科学技术局", "工业和信息化局", "合计")] == [number, "0", number]
        assert lines(client, SHEET)["科学技术局"][IN_SHEET] == "4"
        link = f"{FACTS}?period=2026-Q3&amp;duty=publish_change&amp;what=chases"
        assert link in client.get(REPORT, {"period": "2026-Q3"}).content.decode()


def test_each_is_told_with_its_words(chased: DutyClock, login: Any) -> None:
    with at("10-13"):
        client = login("kjj-edit")
        rows = listed(client, what="chases", period="2026-Q3")
        assert rows[1] == [
            "2026-07-13 10:00",
            "科学技术局",
            f"{chased.rule.title}：迟到的措施",
            "请立即公开",
            "姓名spj-moder",
        ]
        assert [row[3] for row in rows] == ["请补办备案", "请立即公开", "请今天公开"]
        page = client.get(FACTS, {"what": "chases", "period": "2026-Q3"}).content.decode()
        assert reverse("duties:detail", args=[chased.pk]) in page
        assert "没有" in listed(login("gxj-edit"), what="chases", period="2026-Q3")[0][0]


def test_what_was_chased_is_named_to_whoever_may_read_it(chased: DutyClock, login: Any) -> None:
    with at("10-13"):
        told = {who: listed(login(who), what="chases", period="2026-Q3")[0][2] for who in ("spj-audit", "spj-moder")}
    assert told["spj-audit"].endswith("：某事")
    assert told["spj-moder"] in told["spj-audit"]
    assert "某事" not in told["spj-moder"], "the moderator reads no names in filings"


def test_the_files_have_them_too(chased: DutyClock, login: Any) -> None:
    with at("10-13"):
        for which, head in (("punctuality", "督办"), ("assessment", "平台应用：督办")):
            asked = {"format": "csv", "period": "2026"}
            answer = login("spj-audit").post(f"/admin/reports/{which}/export/", asked).content.decode("utf-8-sig")
            rows = list(csv.reader(io.StringIO(answer)))
            place = next(number for number, row in enumerate(rows) if head in row)
            line = next(row for row in rows[place:] if row[:1] == ["科学技术局"])
            assert line[rows[place].index(head)] == "4"
