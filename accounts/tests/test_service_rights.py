"""The services ask for the right themselves, whatever door leads to them (A15, separated powers)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.enums import Role
from accounts.models import User
from accounts.services import (
    allot_account,
    assign_role,
    cancel_filing,
    complete_filing,
    disable_account,
    enable_account,
    reset_password,
)
from accounts.services.roster import import_roster
from accounts.services.second_factor import ask_recovery
from accounts.tests.factories import make_filing
from accounts.viewsets.filings import readable_departments
from accounts.viewsets.people import AccountIndexView
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable

    from django.test import Client

    from accounts.models import Department

NEWCOMER: dict[str, Any] = {"username": "spj-new1", "holder_name": "李四", "phone": "13800001234"}


@pytest.mark.parametrize(("username", "actor"), [("spj-moder", "spj-audit"), ("spj-acct", "spj-acct")])
def test_only_an_officer_resets_or_disables_and_never_his_own(bureau: Department, username: str, actor: str) -> None:
    for service in (reset_password, disable_account):
        with pytest.raises(PermissionDenied):
            service(user=f.user(username), reason="本人申请", actor=f.user(actor))


def test_only_an_officer_enables(bureau: Department) -> None:
    disable_account(user=f.user("spj-moder"), reason="离职", actor=f.user("spj-acct"))
    with pytest.raises(PermissionDenied):
        enable_account(user=f.user("spj-moder"), reason="返岗", actor=f.user("spj-audit"))


def test_the_break_glass_account_is_no_officer_s(bureau: Department) -> None:
    root = User.objects.create_superuser("root", password=f.PASSWORD)
    with pytest.raises(PermissionDenied):
        reset_password(user=root, reason="遗失", actor=f.user("spj-acct"))


@pytest.mark.parametrize(("role", "actor"), [(Role.AUDITOR, "spj-audit"), (Role.ACCOUNT_OFFICER, "spj-acct")])
def test_only_an_officer_allots_and_never_an_officer_s_account(bureau: Department, role: Role, actor: str) -> None:
    with pytest.raises(PermissionDenied):
        allot_account(**NEWCOMER, department=bureau, roles=[role], actor=f.user(actor))


def test_only_an_officer_imports(bureau: Department) -> None:
    with pytest.raises(PermissionDenied):
        import_roster(rows=[], lenient=False, actor=f.user("spj-audit"))


def test_nobody_gives_himself_a_role(kjj: Department) -> None:
    editor = f.user("kjj-edit")
    with pytest.raises(PermissionDenied):
        assign_role(user=editor, department=kjj, role=Role.REVIEWER, actor=editor)


def test_the_break_glass_account_has_no_table_in_its_menu(bureau: Department, login: Callable[[str], Client]) -> None:
    User.objects.create_superuser("root", password=f.PASSWORD)
    assert "/admin/roles/" not in login("root").get("/admin/").content.decode()
    assert "/admin/roles/" in login("spj-audit").get("/admin/").content.decode()


STRANGERS = ("kjj-edit", "kjj-review", "gxj-edit", "spj-moder", "spj-audit", "sys-admin")


@pytest.mark.parametrize("username", STRANGERS)
def test_only_an_officer_settles_a_filing_that_gives_nobody_an_account(
    thursday: datetime.date, kjj: Department, username: str
) -> None:
    """Nothing is allotted here, so the allotting does not ask either."""
    filing = make_filing(kjj, newcomer_name="", newcomer_phone="")
    with pytest.raises(PermissionDenied):
        complete_filing(filing=filing, actor=f.user(username))


@pytest.mark.parametrize("username", STRANGERS)
def test_only_an_officer_strikes_out_a_filing_whose_account_works_again(
    thursday: datetime.date, kjj: Department, username: str
) -> None:
    """No account is opened here, so the opening does not ask either."""
    filing = make_filing(kjj)
    enable_account(user=f.user("kjj-old"), reason="返岗", actor=f.user("spj-acct"))
    with pytest.raises(PermissionDenied):
        cancel_filing(filing=filing, reason="误报", actor=f.user(username))


@pytest.mark.parametrize("username", ["kjj-review", "spj-moder", "spj-audit"])
def test_who_has_no_part_in_lost_factors_asks_for_no_reset(kjj: Department, bind: Any, username: str) -> None:
    bind("kjj-edit")
    with pytest.raises(PermissionDenied):
        ask_recovery(user=f.user("kjj-edit"), reason="手机丢失", actor=f.user(username))


def test_the_filter_of_filings_offers_the_units_whose_filings_one_reads(
    kjj: Department, gxj: Department, rf: Any
) -> None:
    offered = {}
    for name in (*STRANGERS, "spj-acct"):
        request = rf.get("/")
        request.user = f.user(name)
        offered[name] = [unit.code for unit in readable_departments(request)]
    everything = ["gxj", "kjj", "spj"]
    assert offered == {
        "kjj-edit": ["kjj"],
        "kjj-review": ["kjj"],
        "gxj-edit": ["gxj"],
        "spj-moder": [],
        "spj-audit": everything,
        "sys-admin": [],
        "spj-acct": everything,
    }


def test_the_list_of_accounts_offers_what_its_reader_may_do(kjj: Department, gxj: Department, rf: Any) -> None:
    view, labels = AccountIndexView(), {}
    for name in (*STRANGERS, "spj-acct"):
        view.request = rf.get("/")
        view.request.user = f.user(name)
        labels[name] = [str(button.label) for button in AccountIndexView.header_buttons.func(view)]
    assert {name: found for name, found in labels.items() if found} == {
        "spj-acct": ["分配账号", "批量分配", "导出名册"],
        "spj-audit": ["导出名册"],
    }
