"""A bureau and two departments, and how to be one of their people."""

from __future__ import annotations

import base64
import datetime
import re
from binascii import unhexlify
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Assignment
from accounts.services import second_factor as services
from accounts.tests.factories import LONG_AGO, on
from policy_pages.tests import factories
from tests.scenes import scene

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django.fixtures import SettingsWrapper

    from accounts.models import Department

#: One account of each role.
ACCOUNTS = ("kjj-edit", "kjj-review", "spj-moder", "spj-acct", "spj-audit", "sys-admin")


@pytest.fixture
def bureau(db: None) -> Department:
    return scene("bureau", factories.make_bureau)


@pytest.fixture
def kjj(bureau: Department) -> Department:
    return scene("kjj", lambda: factories.make_department("kjj", "科学技术局"))


@pytest.fixture
def gxj(bureau: Department) -> Department:
    return scene("gxj", lambda: factories.make_department("gxj", "工业和信息化局"))


@pytest.fixture
def login() -> Callable[[str], Client]:
    """A logged-in client of an account, by its code."""

    def make(username: str) -> Client:
        client = Client()
        client.force_login(factories.user(username))
        return client

    return make


VERIFY, ENROL, STATUS = "/admin/second-factor/verify/", "/admin/second-factor/enrol/", "/admin/second-factor/"
_KEY = re.compile(r'<code class="hqt-factor__key">([A-Z2-7 ]+)</code>')


def shown_key(html: str) -> str:
    """The key as it is typed into a phone, in hex."""
    return base64.b32decode(_KEY.search(html)[1].replace(" ", "")).hex()


def verified(client: Client, phone: Phone) -> Client:
    """The client after its challenge."""
    assert client.post(VERIFY, {"code": phone.code()}).status_code == 302
    return client


@pytest.fixture
def required(settings: SettingsWrapper) -> None:
    """As in production: bureau and superusers must have a second factor."""
    settings.HUIQITONG_SECOND_FACTOR_REQUIRED = True


class Phone:
    """An authenticator: knows its key and what time it is."""

    def __init__(self, key: str) -> None:
        self.key = key

    def code(self) -> str:
        return f"{TOTP(unhexlify(self.key)).token():06d}"

    def wrong(self) -> str:
        """Six digits that are right neither now nor in the neighbouring steps."""
        near = {TOTP(unhexlify(self.key), drift=drift).token() for drift in (-2, -1, 0, 1, 2)}
        return f"{next(number for number in range(10) if number not in near):06d}"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that stands until it is shifted: codes do not change under the test's hands."""
    # Never before today: roles given by another fixture must have begun.
    with time_machine.travel(datetime.datetime.now(datetime.UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def bind(clock: time_machine.Traveller) -> Callable[[str], tuple[Phone, list[str]]]:
    """Binds a phone to an account; a minute later gives phone and recovery codes."""

    def make(username: str) -> tuple[Phone, list[str]]:
        device = TOTPDevice(user=factories.user(username))
        phone = Phone(device.key)
        enrolment = services.enrol(device=device, typed=phone.code())
        assert enrolment.faults == {}
        clock.shift(60)
        return phone, enrolment.codes

    return make


@pytest.fixture
def settled_in(bureau: Department, kjj: Department, gxj: Department) -> None:
    """Everybody has had his role since long ago."""
    scene("settled in", lambda: Assignment.objects.update(valid_from=LONG_AGO))


@pytest.fixture
def thursday(settled_in: None) -> Iterator[datetime.date]:
    """12 March 2026, between two plain weeks."""
    with on("2026-03-12"):
        yield datetime.date(2026, 3, 12)
