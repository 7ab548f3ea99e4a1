"""The services ask for the right themselves, whatever door leads to them (A15, separated powers)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.enums import Role
from accounts.models import User
from accounts.services import allot_account, assign_role, disable_account, enable_account, reset_password
from accounts.services.roster import import_roster
from policy_pages.tests import factories as f

if TYPE_CHECKING:
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
