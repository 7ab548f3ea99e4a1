"""The officer resets an account in the very moment in which its holder logs in: both get through (PostgreSQL locks)."""

from __future__ import annotations

import time
from binascii import unhexlify
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from accounts.services import allotment, reset_password
from accounts.services.second_factor import enrol
from policy_pages.tests import factories as f
from tests.races.ring import Ring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpResponse

    from accounts.models import Department

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

#: The reset holds the account for so many seconds before it goes on; the login comes in the middle.
PAUSE = 1.0


@pytest.fixture
def bureau() -> Department:
    return f.make_bureau()


@pytest.fixture
def ring() -> Iterator[Ring]:
    with Ring() as ring:
        yield ring


@pytest.fixture(autouse=True)
def _slow_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = allotment._require_may_reset

    def asked_slowly(*args: Any) -> None:
        ask(*args)
        time.sleep(PAUSE)

    monkeypatch.setattr(allotment, "_require_may_reset", asked_slowly)


def browser() -> Client:
    return Client(raise_request_exception=False, REMOTE_ADDR="192.0.2.9")


def sign_in(client: Client, password: str = f.PASSWORD) -> HttpResponse:
    return client.post(reverse("wagtailadmin_login"), {"username": "spj-moder", "password": password})


def race_a_reset(ring: Ring, run: Callable[[], HttpResponse]) -> None:
    """Both must be answered; that the login may find its password changed is in order."""

    def late() -> HttpResponse:
        time.sleep(PAUSE / 2)
        return run()

    def reset() -> str:
        return reset_password(user=f.user("spj-moder"), reason="本人申请", actor=f.user("spj-acct"))

    first, second = ring.race(reset, late)
    assert first.won, first.value
    assert second.won, second.value
    assert second.value.status_code < 500


def bound() -> list[str]:
    """The holder has bound an authenticator; his recovery codes."""
    key = default_key()
    device = TOTPDevice(user=f.user("spj-moder"), key=key)
    return enrol(device=device, typed=f"{TOTP(unhexlify(key)).token():06d}").codes


def test_a_right_password_after_a_wrong_one(bureau: Department, ring: Ring) -> None:
    """django-axes takes the failed logins back before our session opens."""
    assert sign_in(browser(), "wrong").status_code == 200
    race_a_reset(ring, lambda: sign_in(browser()))


def test_a_password_whose_holder_owes_the_factor(bureau: Department, ring: Ring) -> None:
    bound()
    race_a_reset(ring, lambda: sign_in(browser()))


def test_a_recovery_code_at_the_challenge(bureau: Department, ring: Ring) -> None:
    codes, waiting = bound(), browser()
    assert sign_in(waiting).status_code == 302
    race_a_reset(ring, lambda: waiting.post(reverse("accounts_second_factor_verify"), {"code": codes[0]}))
