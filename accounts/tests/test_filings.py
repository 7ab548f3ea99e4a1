"""A16 by the regulation: three working days to file, two to settle, each lateness its own; what may not be filed."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.enums import DepartmentKind
from accounts.models import AccountFiling, Assignment, Department, User
from accounts.services import (
    complete_filing,
    file_change,
)
from accounts.tests.factories import facts, faults, make_filing, make_leaver, on, wide_state
from audit.models import DutyClock, Event
from audit.services.replay import replay_verdicts
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from accounts.models import Department, User

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


# --- The department's clock: 3 working days after the change ----------------------------------------------------

#: Day of the change, day of filing, last day, verdict. Rest days of 2026 by 国办发明电〔2025〕7号.
FILING_TABLE = [
    ("2026-03-12", "2026-03-12", "2026-03-17", "on_time"),  # the same day
    ("2026-03-12", "2026-03-17", "2026-03-17", "on_time"),  # Fri, Mon, Tue
    ("2026-03-12", "2026-03-18", "2026-03-17", "late"),
    ("2026-03-14", "2026-03-18", "2026-03-18", "on_time"),  # a Saturday: Mon, Tue, Wed
    ("2026-03-14", "2026-03-19", "2026-03-18", "late"),
    ("2026-09-30", "2026-10-08", "2026-10-10", "on_time"),  # before National Day, off from 1 to 7 October
    ("2026-09-30", "2026-10-10", "2026-10-10", "on_time"),  # Thu 8, Fri 9, Sat 10 worked
    ("2026-09-30", "2026-10-11", "2026-10-10", "late"),  # the Sunday after
    ("2026-02-12", "2026-02-24", "2026-02-24", "on_time"),  # Fri 13, Sat 14 worked, Spring Festival 15 to 23, Tue 24
    ("2026-02-13", "2026-02-25", "2026-02-25", "on_time"),
    ("2026-02-13", "2026-02-26", "2026-02-25", "late"),
    ("2026-02-27", "2026-03-04", "2026-03-03", "late"),  # Sat 28 worked, Mon 2, Tue 3
    ("2026-12-29", "2026-12-31", None, "on_time"),  # done before the unknown year could matter
    ("2026-12-29", "2027-01-04", None, "gap"),  # 2027 is not known: never late on a guess
    ("2026-12-29", "2027-06-01", None, "gap"),
]


@pytest.mark.parametrize(("changed", "filed", "due", "verdict"), FILING_TABLE)
def test_the_department_s_last_day(
    settled_in: None, kjj: Department, changed: str, filed: str, due: str | None, verdict: str
) -> None:
    leaver = make_leaver(kjj)
    with on(filed, "23:59"):
        filing = make_filing(kjj, leaver, changed_on=datetime.date.fromisoformat(changed))
    clock = DutyClock.objects.get(pk=filing.filing_clock_id)
    assert clock.due_on == (datetime.date.fromisoformat(due) if due else None)
    assert (clock.department, clock.rule.code, clock.rule.article) == (kjj, "file_account", "第十六条")
    assert filing.filing_verdict().code == verdict
    assert Event.objects.get(action="filing.filed").payload["verdict"] == verdict


# --- The bureau's clock: 2 working days after receipt -------------------------------------------------------------

COMPLETION_TABLE = [
    ("2026-03-12", "2026-03-16", "2026-03-16", "on_time"),  # Fri, Mon
    ("2026-03-12", "2026-03-17", "2026-03-16", "late"),
    ("2026-03-14", "2026-03-17", "2026-03-17", "on_time"),  # received on a Saturday: Mon, Tue
    ("2026-03-14", "2026-03-18", "2026-03-17", "late"),
    ("2026-09-30", "2026-10-09", "2026-10-09", "on_time"),  # Thu 8, Fri 9
    ("2026-09-30", "2026-10-10", "2026-10-09", "late"),  # Saturday, and worked
    ("2026-02-13", "2026-02-24", "2026-02-24", "on_time"),  # Sat 14 worked, Tue 24
    ("2026-02-13", "2026-02-25", "2026-02-24", "late"),
    ("2026-02-16", "2026-02-25", "2026-02-25", "on_time"),  # received in the festival
    ("2026-12-30", "2026-12-31", None, "on_time"),
    ("2026-12-30", "2027-03-01", None, "gap"),
]


@pytest.mark.parametrize(("received", "done", "due", "verdict"), COMPLETION_TABLE)
def test_the_bureau_s_last_day(
    settled_in: None, bureau: Department, kjj: Department, received: str, done: str, due: str | None, verdict: str
) -> None:
    leaver = make_leaver(kjj)
    with on(received):
        filing = make_filing(kjj, leaver, changed_on=datetime.date.fromisoformat(received))
    with on(done):
        complete_filing(filing=filing, username="kjj-edit2", actor=f.user("spj-acct"))
    clock = DutyClock.objects.get(pk=filing.completion_clock_id)
    assert clock.due_on == (datetime.date.fromisoformat(due) if due else None)
    assert (clock.department, clock.rule.code) == (bureau, "complete_filing")
    assert filing.completion_verdict().code == verdict
    assert Event.objects.get(action="filing.completed").payload["verdict"] == verdict


@pytest.mark.parametrize(
    ("filed", "done", "verdicts"), [("17", "23", ("on_time", "late")), ("20", "24", ("late", "on_time"))]
)
def test_each_side_has_its_own_lateness(
    settled_in: None, kjj: Department, filed: str, done: str, verdicts: tuple[str, str]
) -> None:
    leaver = make_leaver(kjj)
    with on(f"2026-03-{filed}"):
        filing = make_filing(kjj, leaver, changed_on=datetime.date(2026, 3, 12))
    with on(f"2026-03-{done}"):
        complete_filing(filing=filing, username="kjj-edit2", actor=f.user("spj-acct"))
        assert (filing.filing_verdict().code, filing.completion_verdict().code) == verdicts


def test_a_day_changed_behind_the_history_is_found(settled_in: None, kjj: Department) -> None:
    filing = make_filing(kjj)
    assert replay_verdicts().ok
    day = filing.changed_on - datetime.timedelta(days=7)
    AccountFiling.objects.update(changed_on=day)
    (found,) = replay_verdicts().differences
    assert (found.clock, found.detail) == (filing.filing_clock_id, f"登记的日期是 {day:%Y-%m-%d}")


def test_an_unsettled_filing_is_overdue_from_the_day_after_the_last(settled_in: None, kjj: Department) -> None:
    leaver = make_leaver(kjj)
    with on("2026-09-30"):
        filing = make_filing(kjj, leaver)
    days = {"2026-10-08": "running", "2026-10-09": "running", "2026-10-10": "overdue"}
    assert {day: filing.completion_verdict(datetime.date.fromisoformat(day)).code for day in days} == days


def test_the_day_of_receipt_is_shanghai_s(settled_in: None, kjj: Department) -> None:
    leaver = make_leaver(kjj)
    with on("2026-03-13", "00:30"):  # still 12 March in UTC
        filing = make_filing(kjj, leaver)
    assert filing.completion_clock.trigger_date == datetime.date(2026, 3, 13)


# --- What keeps a change from being filed -------------------------------------------------------------------------

WRONG = [
    ({"changed_on": datetime.date(2026, 3, 13)}, "changed_on", "晚于今天"),
    ({"changed_on": datetime.date(2023, 1, 4)}, "changed_on", "早于办法施行之日（2023-01-05）"),
    ({"changed_on": datetime.date(2023, 1, 5)}, "changed_on", "早于原使用人在本单位任职的起始日（2024-05-06）"),
    ({"changed_on": datetime.date(2024, 5, 5)}, "changed_on", "早于原使用人在本单位任职的起始日（2024-05-06）"),
    ({"newcomer_phone": "暂无"}, "newcomer_phone", "固定电话（带区号）或手机号"),
    ({"newcomer_phone": "2026-03-12"}, "newcomer_phone", "固定电话（带区号）或手机号"),
    ({"newcomer_phone": " "}, "newcomer_phone", "请填写新使用人的联系电话"),
    ({"newcomer_name": ""}, "newcomer_name", "请同时填写新使用人姓名"),
    ({"newcomer_name": " 姓名 kjj-OLD "}, "newcomer_name", "同名"),
    ({"newcomer_name": "李\n四"}, "newcomer_name", "不可见的字符"),
    ({"newcomer_name": "李" * 61}, "newcomer_name", "不要超过 60 个字"),
    ({"reason": "  "}, "reason", "请写明变更原因"),
    ({"reason": "因" * 301}, "reason", "不要超过 300 个字"),
]


@pytest.mark.parametrize(("given", "field", "words"), WRONG)
def test_a_fault_is_told_and_nothing_is_written(
    thursday: datetime.date, kjj: Department, given: dict[str, Any], field: str, words: str
) -> None:
    leaver = make_leaver(kjj)
    Assignment.objects.filter(user=leaver).update(valid_from=datetime.date(2024, 5, 6))
    before = wide_state()
    found = faults(leaver=leaver, actor=f.user("kjj-edit"), **facts(kjj, **given))
    assert list(found) == [field]
    assert words in found[field][0]
    assert wide_state() == before


def test_all_faults_at_once(thursday: datetime.date, kjj: Department) -> None:
    wrong = {"changed_on": thursday + DAY, "newcomer_name": "", "newcomer_phone": "无", "reason": ""}
    found = faults(leaver=f.user("gxj-edit"), actor=f.user("kjj-edit"), **facts(kjj, **wrong))
    assert set(found) == {"leaver", "changed_on", "newcomer_name", "newcomer_phone", "reason"}


@pytest.mark.parametrize("username", ["gxj-edit", "spj-moder", "nobody", "root", "left"])
def test_an_account_that_does_not_work_here_does_not_exist(
    thursday: datetime.date, kjj: Department, username: str
) -> None:
    """One sentence for another department's, the bureau's, one without roles, break-glass, one who left."""
    f.make_user("nobody")
    User.objects.filter(pk=make_leaver(kjj, code="root").pk).update(is_superuser=True)
    Assignment.objects.filter(user=make_leaver(kjj, code="left")).update(valid_until=thursday - DAY)
    before = wide_state()
    found = faults(leaver=f.user(username), actor=f.user("kjj-edit"), **facts(kjj))
    assert found == {"leaver": ["本单位没有这个账号，请从列表中选择。"]}
    assert wide_state() == before


@pytest.mark.parametrize(
    "username", ["gxj-edit", "gxj-review", "spj-acct", "spj-moder", "spj-audit", "sys-admin", "root"]
)
def test_only_the_department_s_own_people_file(thursday: datetime.date, kjj: Department, username: str) -> None:
    User.objects.create_superuser("root", password=f.PASSWORD)
    leaver, before = make_leaver(kjj), wide_state()
    with pytest.raises(PermissionDenied):
        file_change(leaver=leaver, actor=f.user(username), **facts(kjj))
    assert {**wide_state(), "users": 0} == {**before, "users": 0}


def test_one_account_has_one_open_filing(thursday: datetime.date, kjj: Department, gxj: Department) -> None:
    leaver = make_leaver(kjj)
    make_leaver(gxj, code=leaver.username)
    make_filing(kjj, leaver)
    for department in (kjj, gxj):
        found = faults(leaver=leaver, actor=f.user(f"{department.code}-edit"), **facts(department))
        assert found == {"leaver": ["这个账号已有一份备案等待审批局办结，不能重复备案。"]}
    assert AccountFiling.objects.count() == 1


def test_without_a_bureau_nobody_can_receive_it(thursday: datetime.date, kjj: Department) -> None:
    leaver = make_leaver(kjj)
    Department.objects.filter(kind=DepartmentKind.BUREAU).update(is_active=False)
    found = faults(leaver=leaver, actor=f.user("kjj-edit"), **facts(kjj))
    assert "没有行政审批局" in found["__all__"][0]
