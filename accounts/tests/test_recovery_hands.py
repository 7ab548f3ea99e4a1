"""Two people at a recovery are two people: nobody confirms through an account of his own making."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ValidationError
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.enums import Role
from accounts.models import Assignment
from accounts.services import allot_account, assign_role, disable_account, enable_account, reset_password
from accounts.services.passwords import change_password
from accounts.services.second_factor import ask_recovery, cancel_recovery, confirm_recovery
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from time_machine import Traveller

    from accounts.models import Department, User
    from accounts.tests.conftest import Phone

    Bind = Callable[[str], tuple[Phone, list[str]]]

pytestmark = pytest.mark.django_db
GOOD = "Ganlan-Shu7-Yueguang"


@pytest.fixture
def owner(bureau: Department, bind: Bind) -> User:
    """The moderator has a bound phone; a second officer is there."""
    f.make_user("spj-acct2", bureau, Role.ACCOUNT_OFFICER)
    bind("spj-moder")
    return f.user("spj-moder")


def puppet(bureau: Department, code: str = "spj-sys9", phone: str = "0510-81820001") -> User:
    """A system administrator whom the officer opened."""
    facts = {"username": code, "holder_name": "查无此人", "phone": phone, "department": bureau}
    account = allot_account(**facts, roles=[Role.SYSTEM_ADMINISTRATOR], actor=f.user("spj-acct"))
    change_password(user=f.user(code), password=GOOD)
    return account.user


def confirmed(owner: User, asker: str, confirmer: str) -> bool:
    """Whether the two got the reset through."""
    recovery = ask_recovery(user=owner, reason="手机丢失", actor=f.user(asker))
    try:
        confirm_recovery(recovery=recovery, actor=f.user(confirmer))
    except ValidationError as refused:
        assert "互不经手" in refused.messages[0]
        assert TOTPDevice.objects.filter(user=owner).exists()
        return False
    return True


@pytest.mark.parametrize(("asker", "confirmer"), [("spj-acct", "spj-sys9"), ("spj-sys9", "spj-acct")])
def test_an_officer_and_the_account_he_opened_are_one(
    owner: User, bureau: Department, asker: str, confirmer: str
) -> None:
    puppet(bureau)
    assert not confirmed(owner, asker, confirmer)


def test_two_accounts_of_one_officer_are_one(owner: User, bureau: Department) -> None:
    puppet(bureau)
    puppet(bureau, "spj-sys8", "0510-81820002")
    assert not confirmed(owner, "spj-sys9", "spj-sys8")


def test_an_account_of_one_officer_and_another_officer_are_two(owner: User, bureau: Department) -> None:
    puppet(bureau)
    assert confirmed(owner, "spj-sys9", "spj-acct2")


def reset(officer: User) -> None:
    reset_password(user=f.user("sys-admin"), reason="遗忘", actor=officer)


def enable(officer: User) -> None:
    disable_account(user=f.user("sys-admin"), reason="休假", actor=None)
    enable_account(user=f.user("sys-admin"), reason="回来", actor=officer)


def give(officer: User) -> None:
    role = Assignment.objects.get(user__username="sys-admin")
    Assignment.objects.filter(pk=role.pk).delete()
    assign_role(user=f.user("sys-admin"), department=role.department, role=Role.SYSTEM_ADMINISTRATOR, actor=officer)


@pytest.mark.parametrize("handle", [reset, enable, give])
def test_who_reset_enabled_or_empowered_an_account_is_its_hand(owner: User, handle: Callable[[User], None]) -> None:
    handle(f.user("spj-acct"))
    assert not confirmed(owner, "spj-acct", "sys-admin")


def test_after_thirty_days_of_his_own_password_the_administrator_stands_alone(
    owner: User, bureau: Department, clock: Traveller
) -> None:
    puppet(bureau)
    clock.shift(datetime.timedelta(days=30, minutes=1))
    assert confirmed(owner, "spj-acct", "spj-sys9")


def test_an_account_that_lay_unused_is_as_fresh_as_on_its_first_day(
    owner: User, bureau: Department, clock: Traveller
) -> None:
    facts = {"username": "spj-sys9", "holder_name": "查无此人", "phone": "0510-81820001", "department": bureau}
    allot_account(**facts, roles=[Role.SYSTEM_ADMINISTRATOR], actor=f.user("spj-acct"))
    clock.shift(datetime.timedelta(days=40))
    assert not confirmed(owner, "spj-acct", "spj-sys9")
    change_password(user=f.user("spj-sys9"), password=GOOD)
    cancel_recovery(recovery=owner.recoveries.get(), actor=f.user("spj-acct2"))
    clock.shift(datetime.timedelta(days=29))
    assert not confirmed(owner, "spj-acct", "spj-sys9")


# --- Both factors of a person never pass through one hand --------------------------------------------------------


@pytest.mark.parametrize("officer", ["spj-acct", "spj-acct2"])
def test_asker_and_confirmer_do_not_reset_the_password_until_a_new_phone_is_bound(
    owner: User, bind: Bind, officer: str
) -> None:
    recovery = ask_recovery(user=owner, reason="手机丢失", actor=f.user("spj-acct"))
    if officer == "spj-acct":
        with pytest.raises(ValidationError, match="参与了"):
            reset_password(user=f.user("spj-moder"), reason="同上", actor=f.user("spj-acct"))
    confirm_recovery(recovery=recovery, actor=f.user("spj-acct2"))
    with pytest.raises(ValidationError, match="参与了"):
        reset_password(user=f.user("spj-moder"), reason="同上", actor=f.user(officer))
    assert f.user("spj-moder").check_password(f.PASSWORD)
    bind("spj-moder")
    reset_password(user=f.user("spj-moder"), reason="遗忘", actor=f.user(officer))


def test_nor_does_the_officer_behind_the_asker(owner: User, bureau: Department) -> None:
    puppet(bureau)
    assert confirmed(owner, "spj-sys9", "sys-admin")
    with pytest.raises(ValidationError, match="参与了"):
        reset_password(user=f.user("spj-moder"), reason="同上", actor=f.user("spj-acct"))
    reset_password(user=f.user("spj-moder"), reason="同上", actor=f.user("spj-acct2"))


def test_a_cancelled_recovery_binds_nobody(owner: User) -> None:
    recovery = ask_recovery(user=owner, reason="手机丢失", actor=f.user("spj-acct"))
    cancel_recovery(recovery=recovery, actor=f.user("spj-acct"))
    reset_password(user=f.user("spj-moder"), reason="遗忘", actor=f.user("spj-acct"))


def test_who_gave_the_password_that_still_stands_has_no_part_in_the_factor(owner: User) -> None:
    reset_password(user=f.user("spj-moder"), reason="遗忘", actor=f.user("spj-acct"))
    with pytest.raises(ValidationError, match="一次性密码") as refused:
        ask_recovery(user=owner, reason="手机丢失", actor=f.user("spj-acct"))
    assert set(refused.value.message_dict) == {"account"}
    recovery = ask_recovery(user=owner, reason="手机丢失", actor=f.user("sys-admin"))
    with pytest.raises(ValidationError, match="一次性密码"):
        confirm_recovery(recovery=recovery, actor=f.user("spj-acct"))
    confirm_recovery(recovery=recovery, actor=f.user("spj-acct2"))
