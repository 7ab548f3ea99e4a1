"""What a filing undoes and passes on exactly: the days of roles, the one account a person has, who shut an account."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.enums import Role
from accounts.models import AccountFiling, Assignment, Department, User
from accounts.rules import Span, handed_spans
from accounts.services import (
    assign_role,
    cancel_filing,
    complete_filing,
    correct_filing,
    disable_account,
    enable_account,
    permission_drift,
)
from accounts.tests.factories import make_filing, make_leaver, on
from audit.errors import Conflict
from audit.models import Event
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

pytestmark = pytest.mark.django_db

MAY, JUNE = datetime.date(2026, 5, 1), datetime.date(2026, 6, 30)
PAGE = "/admin/filings/{}/"


def read(filing: AccountFiling) -> AccountFiling:
    return AccountFiling.objects.get(pk=filing.pk)


def own_account(kjj: Department) -> User:
    """Of the newcomer whom `make_filing` reports."""
    heir = make_leaver(kjj, Role.REVIEWER, code="kjj-li")
    User.objects.filter(pk=heir.pk).update(holder_name="李接任", phone="0510 81820000")
    return f.user("kjj-li")


def test_striking_out_opens_only_what_the_filing_shut(thursday: datetime.date, kjj: Department) -> None:
    officer, filing = f.user("spj-acct"), make_filing(kjj)
    enable_account(user=f.user("kjj-old"), reason="核实", actor=officer)
    with on("2026-03-12", "11:00"):
        disable_account(user=f.user("kjj-old"), reason="密码外泄", actor=officer)
        cancel_filing(filing=read(filing), reason="误报", actor=officer)
    leaver = f.user("kjj-old")
    assert (leaver.is_active, leaver.disabled_reason) == (False, "密码外泄")
    assert leaver.assignments.get().valid_until is None, "the role is back for the day the account is"


def test_who_was_disabled_by_the_officer_can_be_filed_and_stays_disabled(
    thursday: datetime.date, kjj: Department, login: Callable[[str], Client]
) -> None:
    officer, leaver = f.user("spj-acct"), make_leaver(kjj)
    disable_account(user=leaver, reason="单位来电：已调离", actor=officer)
    assert "姓名kjj-old（kjj-old，录入员，已停用）" in login("kjj-edit").get("/admin/filings/new/").content.decode()
    filing = make_filing(kjj, f.user("kjj-old"))
    assert filing.filing_verdict().code == "on_time"
    assert "kjj-old" not in login("kjj-edit").get("/admin/filings/new/").content.decode()
    page = (
        login("spj-acct")
        .post(PAGE.format(filing.pk), {"action": "cancel", "reason": "误报"}, follow=True)
        .content.decode()
    )
    assert "仍然停用" in page
    assert not f.user("kjj-old").is_active


def test_the_filer_is_who_shut_the_account(thursday: datetime.date, kjj: Department) -> None:
    make_filing(kjj, actor=f.user("kjj-review"))
    event = Event.objects.get(action="account.disabled")
    assert event.actor_id == f.user("kjj-review").pk
    assert "人员变更备案第" in event.payload["reason"]


def test_the_days_of_roles_pass_to_a_new_account(thursday: datetime.date, kjj: Department) -> None:
    leaver = make_leaver(kjj, Role.EDITOR)
    Assignment.objects.filter(user=leaver).update(valid_until=JUNE)
    assign_role(user=leaver, department=kjj, role=Role.REVIEWER, valid_from=MAY)
    filing = make_filing(kjj, f.user("kjj-old"))
    assert filing.roles_in_words() == "录入员（至 2026-06-30）、审核员（自 2026-05-01 起）"
    complete_filing(filing=filing, username="kjj-heir", actor=f.user("spj-acct"))
    days = f.user("kjj-heir").assignments.order_by("role").values_list("role", "valid_from", "valid_until")
    assert list(days) == [("editor", thursday, JUNE), ("reviewer", MAY, None)]
    assert permission_drift() == []


def test_the_days_of_roles_pass_to_the_account_the_newcomer_has(thursday: datetime.date, kjj: Department) -> None:
    leaver, heir = make_leaver(kjj, Role.EDITOR, Role.REVIEWER), own_account(kjj)
    Assignment.objects.filter(user=leaver, role=Role.EDITOR).update(valid_until=JUNE)
    filing = make_filing(kjj, leaver)
    complete_filing(filing=filing, account=heir, actor=f.user("spj-acct"))
    days = heir.assignments.order_by("role").values_list("role", "valid_until")
    assert list(days) == [("editor", JUNE), ("reviewer", None)]
    event = Event.objects.get(action="account.phone_changed")
    assert (event.object_id, event.actor_id) == (str(heir.pk), f.user("spj-acct").pk)
    assert "8182" not in event.payload_json, "the chain keeps no telephone numbers"


def test_a_role_ahead_hinders_no_filing_and_comes_back(
    thursday: datetime.date, kjj: Department, gxj: Department
) -> None:
    leaver = make_leaver(kjj)
    make_leaver(gxj, code="kjj-old")
    assign_role(user=leaver, department=kjj, role=Role.REVIEWER, valid_from=MAY)
    filing = make_filing(kjj, leaver)
    assert list(leaver.assignments.exclude(department=gxj).values_list("role", flat=True)) == ["editor"]
    cancel_filing(filing=filing, reason="误报", actor=f.user("spj-acct"))
    ours = leaver.assignments.filter(department=kjj).order_by("role")
    assert list(ours.values_list("role", "valid_until")) == [("editor", None), ("reviewer", None)]
    assert ours.last().valid_from == MAY


def test_one_person_gets_no_second_account_and_is_offered_his_own(
    thursday: datetime.date, kjj: Department, login: Callable[[str], Client]
) -> None:
    heir, filing = own_account(kjj), make_filing(kjj)
    with pytest.raises(ValidationError) as caught:
        complete_filing(filing=filing, username="kjj-li2", actor=f.user("spj-acct"))
    assert "已有账号 kjj-li" in caught.value.message_dict["username"][0]
    page = login("spj-acct").get(PAGE.format(filing.pk)).content.decode()
    assert f'value="{heir.pk}" selected' in page


def test_a_closed_unit_s_filing_is_settled_without_an_account(
    thursday: datetime.date, kjj: Department, login: Callable[[str], Client]
) -> None:
    filing = make_filing(kjj)
    Department.objects.filter(pk=kjj.pk).update(is_active=False)
    client = login("spj-acct")
    page = client.get(PAGE.format(filing.pk)).content.decode()
    assert "这个单位已停用，不分配账号" in page
    assert 'name="username"' not in page
    assert client.post(PAGE.format(filing.pk), {"action": "complete"}).status_code == 302
    assert (read(filing).is_open, read(filing).successor) == (False, None)


def test_a_mistyped_year_is_corrected_and_the_true_verdict_stands(
    thursday: datetime.date, kjj: Department, login: Callable[[str], Client]
) -> None:
    filing = make_filing(kjj, changed_on=datetime.date(2025, 3, 11))
    assert filing.filing_verdict().code == "late"
    wrong = {"action": "correct", "changed_on": "2026-03-13", "correction_reason": ""}
    client = login("spj-acct")
    page = client.post(PAGE.format(filing.pk), wrong).content.decode()
    assert "变更日期晚于今天" in page
    assert "请写明更正理由" in page
    right = {"action": "correct", "changed_on": "2026-03-11", "correction_reason": "年份填错"}
    assert client.post(PAGE.format(filing.pk), right).status_code == 302
    assert (read(filing).changed_on, read(filing).filing_verdict().code) == (datetime.date(2026, 3, 11), "on_time")
    told = Event.objects.get(action="filing.corrected").payload
    assert (told["before"], told["reason"], told["verdict"]) == ("2025-03-11", "年份填错", "on_time")


def test_only_the_officer_corrects_and_nothing_struck_out(thursday: datetime.date, kjj: Department) -> None:
    filing, officer = make_filing(kjj), f.user("spj-acct")
    facts = {"filing": filing, "changed_on": datetime.date(2026, 3, 10), "reason": "填错"}
    with pytest.raises(PermissionDenied):
        correct_filing(actor=f.user("kjj-review"), **facts)
    with on("2026-03-16"), pytest.raises(ValidationError, match="晚于备案之日"):
        correct_filing(actor=officer, **{**facts, "changed_on": datetime.date(2026, 3, 13)})
    with pytest.raises(ValidationError, match="不需要更正"):
        correct_filing(actor=officer, **{**facts, "changed_on": filing.changed_on})
    cancel_filing(filing=filing, reason="误报", actor=officer)
    with pytest.raises(Conflict):
        correct_filing(actor=officer, **facts)


def test_what_was_struck_out_is_late_nowhere(
    thursday: datetime.date, kjj: Department, login: Callable[[str], Client]
) -> None:
    filing = make_filing(kjj, changed_on=datetime.date(2025, 3, 11))
    late = "/admin/filings/results/?situation=late_filed"
    assert "kjj-old" in login("spj-acct").get(late).content.decode()
    cancel_filing(filing=filing, reason="没有换人", actor=f.user("spj-acct"))
    assert "kjj-old" not in login("spj-acct").get(late).content.decode()


def test_spans_run_from_today_and_none_lies_in_another() -> None:
    today = datetime.date(2026, 3, 12)
    entries = [
        {"role": "editor", "from": "2024-01-01", "until": "2026-06-30"},
        {"role": "editor", "from": "2025-01-01", "until": None},
        {"role": "reviewer", "until": "2026-06-30"},
        {"role": "reviewer", "from": "2026-05-01", "until": "2026-12-31"},
        {"role": "reviewer", "from": "2026-04-01", "until": "2026-05-01"},
        {"role": "auditor", "from": "2024-01-01", "until": "2026-03-11"},
    ]
    assert handed_spans(entries, today) == [
        Span("editor", today, None),
        Span("reviewer", today, JUNE),
        Span("reviewer", MAY, datetime.date(2026, 12, 31)),
    ]
