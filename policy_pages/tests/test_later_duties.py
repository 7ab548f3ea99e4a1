"""A later duty of the register needs only a rule and a start and a finish: everything else knows it by its rule."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from accounts.models import Assignment
from audit.models import DutyClock, DutyNotice, DutyRule
from audit.services import finish_clock, registry, start_clock
from audit.services.notices import remind_due
from audit.services.registry import Shown
from audit.services.replay import replay_verdicts
from policy_pages.dossier.timeline import Timeline
from policy_pages.reports.asking import ask
from policy_pages.reports.exports import export_report
from policy_pages.tests import factories as f
from policy_pages.tests.report_world import FACTS, REPORT, SHEET, D, at

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

pytestmark = pytest.mark.django_db

CODE, NAME = "disclose_result", "公示兑现结果"
PAGE = "policy_pages.policydocumentpage"


def rule(title: str, since: datetime.date, days: int) -> DutyRule:
    """A version of the later duty's rule."""
    made = DutyRule(code=CODE, article="第二十六条", title=title, days=days, effective_from=since)
    made.full_clean()
    made.save()
    return made


def start(unit: Department, **facts: Any) -> DutyClock:
    """It is owed since Monday 6 July 2026."""
    about = {"object_type": "errors.report", "object_id": "e-7", "object_label": "电话号码有误", **facts}
    return start_clock(
        code=CODE, department=unit, trigger_date=D(2026, 7, 6), basis="收到反映之日", actor=None, **about
    )


@pytest.fixture
def later(kjj: Department) -> DutyClock:
    """A clock of a duty that only a rule knows; its second version has another title."""
    Assignment.objects.update(valid_from=D(2023, 1, 5))
    rule("公示结果", D(2023, 1, 5), 3)
    rule(NAME, D(2026, 1, 1), 2)
    with at("07-06"):
        return start(kjj)


def shown(client: Client, url: str, **asked: str) -> BeautifulSoup:
    response = client.get(url, asked)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def cells(page: BeautifulSoup, head: str) -> list[str]:
    """What the unit's lines say under a head, in every table of figures that has it."""
    found = []
    for table in page.select("table.hqt-figures"):
        # The name of the block, the unit's and an empty block are no heads of a figure.
        heads = [cell.get_text(strip=True) for cell in table.select("thead tr")[-1].find_all("th")]
        heads = heads if heads[0] == "单位" else ["单位", *heads]
        lines = [row for row in table.select("tbody tr") if "科学技术局" in row.get_text()]
        if head in heads and lines:
            found.append(lines[0].find_all(["th", "td"])[heads.index(head)].get_text(strip=True))
    return found


def test_it_is_reminded_shown_counted_finished_and_replayed(later: DutyClock, login: Any) -> None:
    with at("07-07"):
        assert remind_due() == 1, "two working days: one is left on Tuesday"
        assert {person.username for person in registry.people_told(later)} == {"kjj-edit", "kjj-review"}
        assert "电话号码有误" in shown(login("kjj-edit"), "/admin/inbox/").get_text()
    with at("07-09"):
        assert remind_due() == 1, "the last day was Wednesday"
        client = login("spj-moder")
        board = shown(client, "/admin/duties/")
        assert f"{NAME} 1" in board.get_text()
        assert [option.get_text(strip=True) for option in board.select(f'[name=duty] option[value="{CODE}"]')] == [NAME]
        for asked, number in ((CODE, 1), ("moderate", 0)):
            rows = shown(client, "/admin/duties/", duty=asked).select(f'a[href="/admin/duties/{later.pk}/"]')
            assert len(rows) == number
        assert NAME in shown(client, f"/admin/duties/{later.pk}/").get_text()
        rules = shown(client, "/admin/duty-rules/").get_text()
        assert rules.count(NAME) == 2, "both versions go by the newest title"
        assert f'<option value="{CODE}">{NAME}</option>' in str(shown(client, "/admin/duty-rules/new/"))
        report = shown(client, REPORT, duty=CODE)
        assert report.select_one(f'[name=duty] option[value="{CODE}"][selected]').get_text() == NAME
        assert cells(report, f"{NAME}按时") == ["0 / 1"]
        assert cells(report, f"{NAME}逾期") == ["1"]
        assert "电话号码有误" in shown(client, FACTS, duty=CODE, what="overdue").get_text()
    with at("07-10"):
        finish_clock(clock=later, at=timezone.now(), actor=None)
        assert cells(shown(login("spj-moder"), SHEET), f"{NAME}按时") == ["0 / 1"]
    assert [notice.kind for notice in DutyNotice.objects.order_by("pk")] == ["due_soon", "overdue"]
    assert replay_verdicts().ok


def test_its_figures_stand_in_the_file(later: DutyClock, login: Any) -> None:
    with at("07-09"):
        _form, question = ask({"duty": CODE}, f.user("spj-audit"))
        for which in ("punctuality", "assessment"):
            told = export_report(question=question, which=which, kind="csv", actor=f.user("spj-audit")).decode()
            assert f"{NAME}按时" in told


def test_without_later_duties_there_is_no_empty_table(kjj: Department, login: Any) -> None:
    DutyRule.objects.filter(code="correct_error").delete()
    assert "其他时限" not in shown(login("spj-moder"), REPORT).get_text()


def test_its_facts_lead_where_its_app_says(later: DutyClock, kjj: Department, login: Any, monkeypatch: Any) -> None:
    # A page of the same number as the thing must not be taken for it.
    page = f.make_document(kjj)
    with at("07-06"):
        DutyClock.objects.filter(pk=later.pk).update(object_id=str(page.pk))
        client = login("spj-moder")
        assert "/admin/dossiers/" not in str(shown(client, FACTS, duty=CODE).select("table.hqt-inbox"))
        links = {str(page.pk): Shown(url="/errors/7/", label="差错（第 7 号）")}
        monkeypatch.setitem(registry._links, "errors.report", lambda user, ids: links)
        link = shown(client, FACTS, duty=CODE).select_one('table.hqt-inbox a[href="/errors/7/"]')
        assert link.get_text() == "差错（第 7 号）"


def test_the_dossier_calls_it_by_its_name(later: DutyClock, kjj: Department) -> None:
    page = f.make_document(kjj)
    with at("07-06"):
        start(kjj, object_type=PAGE, object_id=page.pk)
        assert f"时限起算：{NAME}" in [entry.what for entry in Timeline(page).entries()]
