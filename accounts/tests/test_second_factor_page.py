"""A person's own page of the second factor, and how codes are typed and waits are told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.rules import is_totp_code, typed_code, waiting_time
from accounts.services import second_factor as services
from accounts.tests.conftest import ENROL, STATUS, VERIFY, Phone, shown_key, verified
from audit.models import Event
from audit.templatetags.deadlines import chinese_date
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from time_machine import Traveller

    from accounts.models import Department

    Bind = Callable[[str], tuple[Phone, list[str]]]
    Login = Callable[[str], Client]

pytestmark = pytest.mark.django_db


def events(action: str) -> int:
    return Event.objects.filter(action=action).count()


# --- Its own page -------------------------------------------------------------------------------------------


def test_the_page_says_since_when_and_how_many_codes(kjj: Department, login: Login, bind: Bind) -> None:
    assert "没有绑定" in login("kjj-edit").get(STATUS).content.decode()
    phone, _codes = bind("kjj-edit")
    html = verified(login("kjj-edit"), phone).get(STATUS).content.decode()
    bound = TOTPDevice.objects.get().created_at
    assert f"{chinese_date(bound)} {timezone.localtime(bound):%H:%M}" in html
    assert "还剩 10 个" in html
    assert "解除绑定" in html


def test_everybody_finds_it_on_the_account_page(kjj: Department, login: Login) -> None:
    assert f'href="{STATUS}"' in login("kjj-edit").get("/admin/account/").content.decode()


def test_new_recovery_codes_need_a_fresh_code_and_kill_the_old(
    bureau: Department, login: Login, bind: Bind, clock: Traveller
) -> None:
    phone, codes = bind("spj-moder")
    client = verified(login("spj-moder"), phone)
    used = client.post(STATUS, {"action": "codes", "code": phone.code()})
    assert "已经用过" in used.content.decode()
    clock.shift(60)
    html = client.post(STATUS, {"action": "codes", "code": phone.code()}).content.decode()
    fresh = re.findall(r"<li><code>([a-z2-9-]+)</code></li>", html)
    assert len(fresh) == 10
    assert set(fresh) & set(codes) == set()
    assert events("account.factor_codes_renewed") == 1
    assert client.get("/admin/").status_code == 200, "the session stays proved"
    assert services.check_code(user=f.user("spj-moder"), typed=codes[0]).device is None


def test_a_department_may_unbind_against_a_fresh_code_only(
    kjj: Department, login: Login, bind: Bind, clock: Traveller, required: None
) -> None:
    phone, _codes = bind("kjj-edit")
    client = verified(login("kjj-edit"), phone)
    clock.shift(60)
    client.post(STATUS, {"action": "remove", "code": phone.wrong()})
    client.post(STATUS, {"action": "remove"})
    client.post(STATUS, {"action": "else", "code": phone.code()})
    assert TOTPDevice.objects.count() == 1
    clock.shift(60)
    assert client.post(STATUS, {"action": "remove", "code": phone.code()}).status_code == 302
    assert (TOTPDevice.objects.count(), StaticToken.objects.count()) == (0, 0)
    assert events("account.factor_removed") == 1
    assert login("kjj-edit").get("/admin/").status_code == 200


def test_a_required_role_cannot_unbind(
    bureau: Department, login: Login, bind: Bind, clock: Traveller, required: None
) -> None:
    phone, _codes = bind("spj-moder")
    client = verified(login("spj-moder"), phone)
    clock.shift(60)
    assert 'value="remove"' not in client.get(STATUS).content.decode()
    html = client.post(STATUS, {"action": "remove", "code": phone.code()}).content.decode()
    assert "不能解除" in html
    assert TOTPDevice.objects.count() == 1


def test_a_new_phone_replaces_the_old_against_a_code_of_the_old(
    bureau: Department, login: Login, bind: Bind, clock: Traveller, required: None
) -> None:
    old, codes = bind("spj-moder")
    client = verified(login("spj-moder"), old)
    proof = client.session["otp_device_id"]
    clock.shift(60)
    new = Phone(shown_key(client.get(ENROL).content.decode()))
    assert "请输入口令" in client.post(ENROL, {"code": new.code()}).content.decode()
    assert "口令不对" in client.post(ENROL, {"code": new.code(), "old": old.wrong()}).content.decode()
    assert TOTPDevice.objects.get().key == old.key
    clock.shift(60)
    assert "动态口令已绑定" in client.post(ENROL, {"code": new.code(), "old": old.code()}).content.decode()
    assert TOTPDevice.objects.get().key == new.key
    assert client.get("/admin/").status_code == 200
    session = client.session
    assert session["otp_device_id"] != proof
    session["otp_device_id"] = proof
    session.save()
    assert client.get("/admin/").url.startswith(VERIFY), "proved by a device that is gone"
    clock.shift(60)
    assert services.check_code(user=f.user("spj-moder"), typed=old.code()).device is None
    assert services.check_code(user=f.user("spj-moder"), typed=codes[0]).device is None


# --- What is typed ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (" 123 456 ", "123456"),
        ("１２３４５６", "123456"),
        ("ABCD-efgh－jkmn", "abcdefghjkmn"),
        ("123\u3000456", "123456"),
    ],
)
def test_codes_are_read_as_people_type_them(typed: str, code: str) -> None:
    assert typed_code(typed) == code


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345a", "-12345", "١٢٣٤٥٦", "1_2345"])
def test_only_six_digits_are_an_authenticators(code: str) -> None:
    assert not is_totp_code(code)


@pytest.mark.parametrize(("seconds", "words"), [
    (0, "1 秒"), (0.2, "1 秒"), (59, "59 秒"), (60, "1 分"), (200, "3 分 20 秒"), (3599.5, "1 小时"),
    (7500, "2 小时 5 分"), (90000, "1 天 1 小时"), (86400, "1 天"),
])  # fmt: skip
def test_a_wait_is_said_in_words(seconds: float, words: str) -> None:
    assert waiting_time(seconds) == words
