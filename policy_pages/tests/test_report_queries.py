"""报表: what a page of figures costs, and that nobody is told nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Department
from accounts.services import assign_role
from audit.enums import DutyCode
from audit.services import finish_clock
from audit.services.notices import chase
from policy_pages.models import ApplicationGuidePage
from policy_pages.reports.asking import ask
from policy_pages.reports.figures import Figures, counted_events
from policy_pages.tests import factories as f
from policy_pages.tests.report_world import FACTS, REPORT, SHEET, at, change, owed

if TYPE_CHECKING:
    pass


pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "url", [REPORT, f"{FACTS}?what=finished", f"{FACTS}?what=incomplete", f"{FACTS}?what=chases", SHEET]
)
def test_the_number_of_queries_does_not_grow(quarter: None, kjj: Department, login: Any, url: str) -> None:
    client = login("spj-audit")
    chase(clock=kjj.duty_clocks.get(object_label="还在办的措施"), message="请办理", actor=f.user("spj-moder"))
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(url)
    for number in range(3):
        f.make_department(f"unit{number}", f"第{number}局")
        owed(kjj, DutyCode.FILE_ACCOUNT, "07-06", "07-20")
    for day in ("07-20", "07-21", "07-22"):
        clock = change(kjj, day)
        with at("07-29"):
            chase(clock=clock, message="请办理", actor=f.user("spj-moder"))
            finish_clock(clock=clock, at=timezone.now(), actor=None)
    with at("09-29"):
        ApplicationGuidePage.objects.filter(pk=f.make_guide(kjj, conditions=[]).pk).update(live=True)
        ApplicationGuidePage.objects.filter(pk=f.make_guide(kjj, conditions=[]).pk).update(live=True)
        with CaptureQueriesContext(connection) as many:
            client.get(url)
    assert len(many) == len(few)


def test_events_are_counted_by_their_action_not_by_all_that_happened_in_a_unit(quarter: None, kjj: Department) -> None:
    """The index of department and time reads every event of every unit: 1.5 s at 700,000 events instead of 0.1 s."""
    _form, question = ask({}, f.user("spj-moder"))
    with CaptureQueriesContext(connection) as asked:
        counted_events(question)
    assert len(asked) == 1
    condition = asked[0]["sql"].partition("WHERE")[2].partition("GROUP BY")[0]
    assert ("action" in condition, "department_code" in condition) == (True, False)


def test_events_of_units_that_are_not_asked_for_count_nowhere(kjj: Department, gxj: Department) -> None:
    third = f.make_department("swj", "商务局")
    for unit in (kjj, gxj, third):
        f.make_public(f.make_document(unit))
    editor = f.user("kjj-edit")
    assign_role(user=editor, department=gxj, role=Role.EDITOR, actor=None)
    _form, question = ask({}, editor)
    assert sorted(counted_events(question)) == [("gxj", "page.published", 1), ("kjj", "page.published", 1)]


def test_nobody_is_told_nothing(bureau: Department) -> None:
    _form, question = ask({}, AnonymousUser())
    assert Figures(question).rows == []
