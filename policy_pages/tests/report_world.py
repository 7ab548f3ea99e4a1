"""A small world of known figures: two departments in the third quarter of 2026, counted by hand beside the tests."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import time_machine
from django.db import connection

from accounts.models import Assignment
from audit import guard
from audit.enums import DutyCode, Side
from audit.models import DutyClock
from audit.services import cancel_clock, finish_clock, hand_clock, start_clock
from audit.tests.attacks import remove_triggers
from policy_pages.services.register import register_change
from policy_pages.services.reports import freeze_report
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from accounts.models import Department, User
    from policy_pages.models import FrozenReport

D = datetime.date
REPORT, FACTS, SHEET = (
    "/admin/reports/punctuality/",
    "/admin/reports/punctuality/facts/",
    "/admin/reports/assessment/",
)


def at(day: str) -> Any:
    """The morning of that day of 2026 in Shanghai, standing still."""
    return time_machine.travel(f"2026-{day} 10:00 +0800", tick=False)


def change(unit: Department, day: str, done: str = "", title: str = "关于支持企业研发的若干措施") -> DutyClock:
    """A change of that day of 2026, public on another day when one is named."""
    month, number = day.split("-")
    trigger = D(2026, int(month), int(number))
    with at(day):
        clock = register_change(
            department=unit,
            kind="created",
            title=title,
            trigger_date=trigger,
            evidence="印发件",
            actor=f.user(f"{unit.code}-edit"),
        ).clock
    if done:
        with at(done):
            clock = finish_clock(clock=clock, at=datetime.datetime.now(datetime.UTC), actor=None)
    return clock


def owed(unit: Department, code: DutyCode, day: str, done: str = "") -> DutyClock:
    """Another duty of the unit."""
    month, number = day.split("-")
    with at(day):
        clock = start_clock(
            code=code,
            department=unit,
            object_type="policy_pages.policydocumentpage",
            object_id="1",
            object_label="某事",
            trigger_date=D(2026, int(month), int(number)),
            basis="政策公开之日",
            actor=None,
        )
    if done:
        with at(done):
            clock = finish_clock(clock=clock, at=datetime.datetime.now(datetime.UTC), actor=None)
    return clock


def make_quarter(kjj: Department, gxj: Department) -> None:
    """The third quarter of 2026. July 6 and August 3 are Mondays; no holiday lies in it.

    kjj: Mon July 6 → Tue 7 (1 day, on time); Mon July 13 → Thu 16 (3, on time; the bureau held it since Tue 14: days 15
    and 16, two); Mon August 3 → Mon 10 (5, late); one struck out; one of Monday September 28, running on the 29th.
    gxj: one of Monday August 3 that nobody published: overdue.
    """
    Assignment.objects.update(valid_from=D(2023, 1, 5))
    change(kjj, "07-06", "07-07")
    clock = change(kjj, "07-13")
    with at("07-14"):
        hand_clock(clock=clock, side=Side.BUREAU, at=datetime.datetime.now(datetime.UTC), actor=None)
    with at("07-16"):
        finish_clock(clock=clock, at=datetime.datetime.now(datetime.UTC), actor=None)
    change(kjj, "08-03", "08-10", title="迟到的措施")
    struck = change(kjj, "08-04")
    with at("08-05"):
        cancel_clock(clock=struck, reason="误登", actor=None)
    change(kjj, "09-28", title="还在办的措施")
    change(gxj, "08-03", title="没有公开的措施")


def frozen(moderator: User, **facts: Any) -> FrozenReport:
    """The third quarter, frozen on Thursday 1 October."""
    with at("10-01"):
        return freeze_report(**{"code": "2026-Q3", "actor": moderator, **facts})


def tamper(statement: str, *values: Any) -> None:
    """As somebody with the database in his hands."""
    remove_triggers()
    with guard.lifted(), connection.cursor() as cursor:
        cursor.execute(statement, values)
