"""One account from the slip to the hand-over, and a second factor found and lost, by hand in Chromium (A15, A16)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import expect

from accounts.models import User
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import SettingsWrapper

    from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OWN_PASSWORD = "Own-password-of-Wang-2026"
SUCCESSOR_PASSWORD = "Own-password-of-Zhao-2026"


def expect_inside(person: Desk) -> None:
    """The back office's own menu: no login, no gate."""
    expect(person.page.locator("#wagtail-sidebar")).to_be_attached()


def slip_of(officer: Desk) -> tuple[str, str]:
    """Account and one-time password as they stand on the slip."""
    codes = officer.page.locator(".hqt-slip__key code")
    return codes.nth(0).inner_text(), codes.nth(1).inner_text()


def allot(officer: Desk) -> tuple[str, str]:
    """An account for 王启明, editor of 科技局; what is wrong first is told with everything kept."""
    officer.go("/admin/accounts/new/")
    officer.page.select_option("[name=department]", label="市科学技术局")
    officer.page.get_by_label("录入员").check()
    officer.page.fill("[name=holder_name]", "王启明")
    officer.page.fill("[name=phone]", "12")
    officer.page.fill("[name=username]", "kjj-edit")
    officer.page.get_by_role("button", name="分配并显示交接单").click()
    errors = officer.page.locator(".error-message")
    expect(errors).to_have_count(2)
    expect(officer.page.locator("[name=holder_name]")).to_have_value("王启明")
    officer.shot("12-allot")
    officer.page.fill("[name=phone]", "0510-81820000")
    officer.page.fill("[name=username]", "")
    officer.page.get_by_role("button", name="分配并显示交接单").click()
    expect(officer.page.locator(".hqt-slip")).to_contain_text("王启明")
    officer.shot("13-slip")
    return slip_of(officer)


def first_login(person: Desk, code: str, password: str, own: str) -> None:
    """The one-time password opens one page only, and that one wants a new password and the undertaking."""
    person.log_in(code, password)
    person.go("/admin/changes/")
    expect(person.page.get_by_role("heading", level=1)).to_contain_text("首次登录")
    person.page.fill("[name=new_password1]", own)
    person.page.fill("[name=new_password2]", own)
    person.page.get_by_role("button", name="保存并进入后台").click()
    expect(person.page.locator("body")).to_contain_text("请阅读承诺书，并在方框内打勾")
    person.shot("14-first-login")
    person.page.fill("[name=new_password1]", own)
    person.page.fill("[name=new_password2]", own)
    person.page.check("[name=undertaking]")
    person.page.get_by_role("button", name="保存并进入后台").click()
    expect_inside(person)


def hand_over(reviewer: Desk, code: str) -> None:
    """The department's reviewer files that 王启明 left and 赵清和 came."""
    reviewer.go("/admin/filings/new/")
    leaver = reviewer.page.locator("[name=leaver] option", has_text=code)
    reviewer.page.select_option("[name=leaver]", value=leaver.get_attribute("value"))
    reviewer.page.fill("[name=changed_on]", f"{timezone.localdate():%Y-%m-%d}")
    reviewer.page.fill("[name=newcomer_name]", "赵清和")
    reviewer.page.fill("[name=newcomer_phone]", "0510-81820001")
    reviewer.page.fill("[name=reason]", "调离")
    reviewer.page.get_by_role("button", name="备案", exact=True).click()
    expect(reviewer.page.locator(".messages")).to_contain_text("已备案")


@pytest.mark.slow
def test_an_account_from_the_slip_to_the_hand_over(desk: Callable[..., Desk]) -> None:
    officer = desk("spj-acct")
    code, password = allot(officer)
    assert code == "kjj-edit2"
    officer.go("/admin/accounts/")
    assert password not in officer.page.content(), "the slip is shown once"

    wang = desk()
    first_login(wang, code, password, OWN_PASSWORD)

    elsewhere = desk()
    elsewhere.log_in(code, OWN_PASSWORD)
    expect_inside(elsewhere)
    expect(elsewhere.page.locator("body")).to_contain_text("上次登录")
    wang.go("/admin/")
    expect(wang.page.get_by_role("alert")).to_contain_text("同一账号在另一处登录")
    wang.shot("15-ended")

    reviewer = desk("kjj-review")
    hand_over(reviewer, code)
    reviewer.shot("16-filed")
    elsewhere.go("/admin/")
    expect(elsewhere.page.get_by_role("button", name="登录")).to_be_visible()
    elsewhere.log_in(code, OWN_PASSWORD)
    expect(elsewhere.page.locator("body")).to_contain_text("已停用")
    expect(elsewhere.page.locator("#wagtail-sidebar")).to_have_count(0)

    officer.go("/admin/")
    officer.page.get_by_role("link", name="王启明 → 赵清和").click()
    officer.page.get_by_role("button", name="办结").click()
    expect(officer.page.locator(".hqt-slip")).to_contain_text("赵清和")
    successor, one_time = slip_of(officer)
    assert successor not in {code, "kjj-edit"}
    first_login(desk(), successor, one_time, SUCCESSOR_PASSWORD)
    assert not User.objects.get(username=code).is_active


def test_five_wrong_passwords_lock_the_account_at_this_address(desk: Callable[..., Desk]) -> None:
    person = desk()
    for _attempt in range(5):
        person.log_in("kjj-edit", "wrong-password-2026")
    expect(person.page.get_by_role("heading", level=1)).to_contain_text("已暂时锁定")
    person.log_in("kjj-edit")
    expect(person.page.get_by_role("heading", level=1)).to_contain_text("已暂时锁定")
    person.shot("17-locked")


def token_of(key: str) -> str:
    """The six digits for a key as it is typed into a phone."""
    return f"{TOTP(base64.b32decode(key.replace(' ', ''))).token():06d}"


@pytest.mark.slow
def test_a_second_factor_is_bound_asked_for_lost_and_reset_by_two(
    desk: Callable[..., Desk], settings: SettingsWrapper
) -> None:
    moderator = desk()
    settings.HUIQITONG_SECOND_FACTOR_REQUIRED = True
    moderator.log_in("spj-moder")
    expect(moderator.page.get_by_role("heading", level=1)).to_contain_text("绑定动态口令")
    key = moderator.page.locator(".hqt-factor__key").inner_text()
    moderator.shot("18-enrol")
    moderator.page.fill("[name=code]", token_of(key))
    moderator.page.get_by_role("button", name="确认绑定").click()
    codes = moderator.page.locator(".hqt-factor__codes code")
    expect(codes).to_have_count(10)
    recovery_code = codes.first.inner_text()
    moderator.page.get_by_role("link", name="已保存，继续").click()
    expect_inside(moderator)

    again = desk()
    again.log_in("spj-moder")
    again.go("/admin/terms/")
    expect(again.page.get_by_role("heading", level=1)).to_contain_text("验证动态口令")
    again.page.fill("[name=code]", recovery_code)
    again.page.get_by_role("button", name="验证").click()
    expect(again.page.get_by_role("heading", level=1)).not_to_contain_text("验证动态口令")

    settings.HUIQITONG_SECOND_FACTOR_REQUIRED = False  # officer and administrator need not bind for this story
    officer, administrator = desk("spj-acct"), desk("sys-admin")
    officer.go("/admin/factor-recoveries/")
    officer.page.fill("[name=account]", "spj-moder")
    officer.page.fill("[name=reason]", "手机和恢复码一起丢失，已当面核实")
    officer.page.get_by_role("button", name="发起重置").click()
    expect(officer.page.locator("body")).to_contain_text("须由另一人确认")
    expect(officer.page.get_by_role("button", name="已核实本人，确认重置")).to_have_count(0)
    administrator.go("/admin/factor-recoveries/")
    administrator.page.get_by_role("button", name="已核实本人，确认重置").click()
    administrator.shot("19-factor-reset")
    again.go("/admin/")
    expect(again.page.get_by_role("alert")).to_contain_text("动态口令已重置")
    assert not TOTPDevice.objects.filter(user=f.user("spj-moder")).exists()
