"""The right password alone ends nobody's session: the earlier one ends when the new one has proved its factor (T15.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import Role, SessionEnd
from accounts.middleware.second_factor import open_door
from accounts.services import disable_account, enable_account, reset_password
from accounts.services.logins import BEGUN, NONCE, finish_session
from accounts.services.second_factor import remove_factor
from accounts.services.sessions import end_every_session
from accounts.tests.conftest import ENROL, VERIFY, Phone, shown_key, verified
from accounts.tests.doors import sign_in
from accounts.tests.test_sessions import actions, ended, is_in
from audit.errors import Conflict
from audit.models import Event
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    import time_machine

    from accounts.models import Department

    Bind = Callable[[str], tuple[Phone, list[str]]]


@pytest.fixture
def phone(kjj: Department, bind: Bind) -> Phone:
    return bind("kjj-edit")[0]


@pytest.fixture
def holder(phone: Phone, clock: time_machine.Traveller) -> Client:
    """The holder at work, his factor proved."""
    client = verified(sign_in("kjj-edit", address="192.0.2.1"), phone)
    clock.shift(60)
    return client


def to_challenge(client: Client) -> bool:
    response = client.get("/admin/inbox/")
    return response.status_code == 302 and response.url.startswith(VERIFY)


def test_the_password_alone_throws_nobody_out(holder: Client) -> None:
    for number in range(3):
        thief = sign_in("kjj-edit", address=f"198.51.100.{number}")
        assert to_challenge(thief)
        assert is_in(holder)
    assert actions("account.session_ended") == []
    assert f.user("kjj-edit").login_address == "192.0.2.1"
    begun = Event.objects.filter(action="account.login_begun").latest("seq")
    assert begun.payload == {"address": "198.51.100.2"}
    assert Event.objects.filter(action="account.login").count() == 1


def test_the_earlier_session_ends_with_its_reason_when_the_factor_is_proved(holder: Client, phone: Phone) -> None:
    newer = sign_in("kjj-edit", address="192.0.2.77")
    assert is_in(holder)
    assert is_in(verified(newer, phone))
    page = holder.get("/admin/inbox/", follow=True).content.decode()
    assert str(SessionEnd.NEW_LOGIN.label) in page
    assert "192.0.2.77" in page
    event = Event.objects.get(action="account.session_ended")
    assert (event.payload["address"], event.payload["newer_address"]) == ("192.0.2.1", "192.0.2.77")


def test_of_two_logins_that_wait_one_comes_in(phone: Phone, clock: time_machine.Traveller) -> None:
    one, other = sign_in("kjj-edit"), sign_in("kjj-edit")
    assert to_challenge(one)
    assert is_in(verified(one, phone))
    clock.shift(60)
    assert ended(other) == "new_login"
    other.post(VERIFY, {"code": phone.code()})
    assert is_in(one)
    assert not is_in(other)


def test_a_binding_that_is_required_comes_before_the_session_too(kjj: Department, required: None) -> None:
    client = sign_in("spj-moder")
    assert NONCE not in client.session
    assert client.get("/admin/inbox/").url.startswith(ENROL)
    phone = Phone(shown_key(client.get(ENROL).content.decode()))
    assert client.post(ENROL, {"code": phone.code()}).status_code == 200
    assert is_in(client)
    assert BEGUN not in client.session


@pytest.mark.parametrize(
    ("act", "because"),
    [
        (lambda: reset_password(user=f.user("kjj-edit"), reason="核查", actor=None), "password_reset"),
        (lambda: disable_account(user=f.user("kjj-edit"), reason="核查", actor=None), "disabled"),
        (end_every_session, "restored"),
    ],
)
def test_an_officer_ends_a_login_that_waits(phone: Phone, act: Any, because: str) -> None:
    waiting = sign_in("kjj-edit")
    assert to_challenge(waiting)
    act()
    assert ended(waiting) == because
    waiting.post(VERIFY, {"code": phone.code()})
    assert not is_in(waiting)


def test_a_login_that_waited_stays_dead_after_the_enabling(phone: Phone) -> None:
    waiting = sign_in("kjj-edit")
    disable_account(user=f.user("kjj-edit"), reason="核查", actor=None)
    enable_account(user=f.user("kjj-edit"), reason="核查完毕", actor=None)
    assert ended(waiting) == "enabled"


def test_sessions_ended_twice_after_a_restore_end_what_began_between(phone: Phone) -> None:
    end_every_session()
    waiting = sign_in("kjj-edit")
    end_every_session()
    assert ended(waiting) == "restored"


def test_an_end_in_the_same_moment_wins(phone: Phone) -> None:
    """The middleware let the code's form pass, then the officer came first."""
    begun = sign_in("kjj-edit").session[BEGUN]
    reset_password(user=f.user("kjj-edit"), reason="核查", actor=None)
    with pytest.raises(Conflict, match="重新登录"):
        finish_session(user=f.user("kjj-edit"), begun=begun)


def test_the_holder_s_own_logout_does_not_disturb_his_login_elsewhere(holder: Client, phone: Phone) -> None:
    elsewhere = sign_in("kjj-edit")
    holder.post(reverse("wagtailadmin_logout"))
    assert is_in(verified(elsewhere, phone))


def test_leaving_at_the_challenge_logs_nobody_out(holder: Client) -> None:
    thief = sign_in("kjj-edit")
    thief.post(reverse("wagtailadmin_logout"))
    assert is_in(holder)
    assert actions("account.logout") == []


def test_a_login_that_waits_keeps_no_session_alive_and_does_not_wait_for_ever(
    holder: Client, clock: time_machine.Traveller
) -> None:
    thief = sign_in("kjj-edit")
    seen = f.user("kjj-edit").session_seen_at
    clock.shift(20 * 60)
    assert to_challenge(thief)
    assert f.user("kjj-edit").session_seen_at == seen
    clock.shift(10 * 60)
    assert ended(thief) == "idle"
    assert ended(holder) == "idle"


def test_unbinding_opens_no_door_to_a_login_that_waits(
    holder: Client, phone: Phone, clock: time_machine.Traveller
) -> None:
    thief = sign_in("kjj-edit")
    assert remove_factor(user=f.user("kjj-edit"), typed=phone.code()) == ""
    assert open_door(f.user("kjj-edit")) == ""
    assert not is_in(thief)
    assert is_in(holder)


def test_proving_again_in_one_browser_ends_nobody(holder: Client, phone: Phone) -> None:
    again = sign_in("kjj-edit", client=sign_in("kjj-edit", client=holder))
    assert to_challenge(again)
    assert is_in(verified(again, phone))
    assert actions("account.session_ended") == []


def test_the_break_glass_account_enters_when_its_factor_is_proved(
    bureau: Department, bind: Bind, clock: time_machine.Traveller
) -> None:
    f.User.objects.create_superuser("glass", password=f.PASSWORD)
    phone, _codes = bind("glass")
    client = sign_in("glass")
    assert actions("account.break_glass") == []
    assert verified(client, phone).get("/admin/inbox/").status_code == 200
    assert [one.payload for one in Event.objects.filter(action="account.break_glass") if "step" in one.payload] == [
        {"step": "login", "address": "192.0.2.1"}
    ]


def test_somebody_without_a_factor_comes_in_by_his_password(kjj: Department) -> None:
    f.make_user("kjj-plain", kjj, Role.EDITOR)
    first = sign_in("kjj-plain")
    assert is_in(sign_in("kjj-plain"))
    assert ended(first) == "new_login"
