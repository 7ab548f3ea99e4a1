"""Who guesses is stopped, from wherever he says he comes; who guesses not is never told too much (reliability B5, B13)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.management import call_command
from django.test import Client

from accounts.services import disable_account
from accounts.tests.doors import allot, knock
from audit.models import Event
from policy_pages.tests import factories as f
from tests.test_chinese_admin import foreign

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from accounts.models import Department

NOON = datetime.datetime(2026, 11, 23, 12, 0, tzinfo=datetime.UTC)


def fail(times: int, username: str = "kjj-edit", **extra: str) -> int:
    """Status of the last of so many wrong passwords, each from a fresh browser."""
    return [knock(Client(), username, "wrong", **extra).status_code for _number in range(times)][-1]


def count(action: str) -> int:
    return Event.objects.filter(action=action).count()


def test_the_fifth_failure_locks_and_the_page_says_until_when_and_whom_to_ask(kjj: Department) -> None:
    with time_machine.travel(NOON, tick=False):
        assert fail(4) == 200
        response = knock(Client(), "kjj-edit", "wrong")
    page = response.content.decode()
    assert response.status_code == 429
    assert "请在 20:30:00 之后再试" in page
    assert "行政审批局账号管理员" in page
    assert response["Retry-After"] == "1800"
    assert foreign(page) == set()


def test_a_locked_account_refuses_its_right_password_until_the_named_time(kjj: Department) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        fail(5)
        for later in (1, 15, 29):
            clock.move_to(NOON + datetime.timedelta(minutes=later))
            assert knock(Client(), "kjj-edit").status_code == 429, "trying meanwhile makes it no longer"
        clock.move_to(NOON + datetime.timedelta(minutes=30, seconds=1))
        assert knock(Client(), "kjj-edit").status_code == 302


def test_a_right_password_forgets_the_failures_before_it(kjj: Department) -> None:
    for _round in range(2):
        assert fail(4) == 200
        assert knock(Client(), "kjj-edit").status_code == 302


def test_nobody_locks_a_stranger_out(kjj: Department) -> None:
    assert fail(5, address="198.51.100.66") == 429
    assert knock(Client(), "kjj-edit", address="192.0.2.1").status_code == 302
    assert knock(Client(), "kjj-review", address="198.51.100.66").status_code == 302


def test_capitals_and_spaces_are_no_second_account(kjj: Department) -> None:
    names = ["kjj-edit", "KJJ-edit", "Kjj-Edit", " kjj-edit", "kjj-EDIT"]
    assert [knock(Client(), name, "wrong").status_code for name in names] == [200] * 4 + [429]


def test_another_browser_is_no_second_chance(kjj: Department) -> None:
    agents = [f"Browser/{number}" for number in range(5)]
    assert [knock(Client(), "kjj-edit", "wrong", headers={"user-agent": agent}).status_code for agent in agents][
        -1
    ] == 429


# --- Addresses ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("proxies", "real"), [(0, ""), (1, ", 203.0.113.5"), (2, ", 203.0.113.5, 10.0.0.1")])
def test_a_forged_header_does_not_dodge_the_lock(
    kjj: Department, settings: SettingsWrapper, proxies: int, real: str
) -> None:
    settings.HUIQITONG_PROXY_COUNT = proxies
    forged = [f"198.51.100.{number}{real}" for number in range(5)]
    statuses = [
        knock(Client(), "kjj-edit", "wrong", headers={"x-forwarded-for": header}).status_code for header in forged
    ]
    assert statuses == [200] * 4 + [429]
    wanted = "203.0.113.5" if proxies else "192.0.2.1"
    assert Event.objects.filter(action="account.login_failed").latest("seq").payload["address"] == wanted


def test_behind_a_proxy_two_visitors_are_two(kjj: Department, settings: SettingsWrapper) -> None:
    settings.HUIQITONG_PROXY_COUNT = 1
    assert fail(5, headers={"x-forwarded-for": "203.0.113.5"}) == 429
    assert knock(Client(), "kjj-edit", headers={"x-forwarded-for": "203.0.113.6"}).status_code == 302


@pytest.mark.parametrize(
    "header",
    ["", ",", "unknown", "1.2.3.4.5", "::1%eth0", "[::1]:80", "'; DROP", "\x00", "9" * 5000, "1.2.3.4:99999,", "é"],
)
@pytest.mark.parametrize("proxies", [0, 1, 3])
def test_rubbish_in_the_header_is_no_error(
    kjj: Department, settings: SettingsWrapper, header: str, proxies: int
) -> None:
    settings.HUIQITONG_PROXY_COUNT = proxies
    assert knock(Client(), "kjj-edit", "wrong", headers={"x-forwarded-for": header}).status_code == 200
    assert knock(Client(), "kjj-edit", headers={"x-forwarded-for": header}).status_code == 302


def test_a_visitor_without_any_address_is_still_counted(kjj: Department) -> None:
    assert fail(5, address="") == 429


# --- What is recorded ---------------------------------------------------------------------------------------


def test_one_lock_is_one_event_and_hammering_at_it_adds_none(kjj: Department) -> None:
    fail(5)
    assert (count("account.login_failed"), count("account.locked_out")) == (5, 1)
    events = Event.objects.count()
    fail(20)
    assert Event.objects.count() == events
    event = Event.objects.get(action="account.locked_out")
    assert (event.object_label, event.payload) == ("kjj-edit", {"address": "192.0.2.1", "minutes": 30})


def test_a_failure_names_the_account_however_it_was_typed(kjj: Department) -> None:
    knock(Client(), " KJJ-edit", "wrong")
    event = Event.objects.get(action="account.login_failed")
    assert (event.object_label, event.payload) == ("kjj-edit", {"address": "192.0.2.1"})


def test_what_is_no_account_code_is_not_kept_for_it_may_be_a_password(kjj: Department) -> None:
    """The chain forgets nothing; two attempts with the same can still be told from two with others."""
    secret = "Geheimnis-der-Stadt-1"
    fail(5, secret)
    fail(1, f" {secret.lower()}")
    fail(1, "somebody-else")
    knock(Client(), "kjj-edit", secret)
    events = Event.objects.filter(action__in=["account.login_failed", "account.locked_out"]).order_by("seq")
    assert [event.object_label for event in events] == [""] * 7 + ["kjj-edit"]
    digests = [event.payload.get("typed") for event in events]
    assert len(set(digests[:6])) == 1, "five failures and the lock"
    assert len({*digests[:6], digests[6]}) == 2
    kept = [
        *Event.objects.values_list("payload_json", flat=True),
        *Event.objects.values_list("object_label", flat=True),
        *AccessAttempt.objects.values_list("post_data", flat=True),
    ]
    assert not any(secret.casefold() in text.casefold() for text in kept)
    assert len(kept) > 1, "power check"


@pytest.mark.django_db(transaction=True)
def test_failures_survive_the_transaction_of_their_request() -> None:
    f.make_bureau()
    fail(1, "spj-acct")
    assert AccessAttempt.objects.get().failures_since_start == 1
    assert fail(4, "spj-acct") == 429
    assert AccessAttempt.objects.get().failures_since_start == 5


def test_tick_forgets_failures_that_no_longer_count(bureau: Department) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        fail(1)
        call_command("tick")
        assert AccessAttempt.objects.count() == 1
        clock.move_to(NOON + datetime.timedelta(minutes=31))
        call_command("tick")
        assert AccessAttempt.objects.count() == 0


# --- What a stranger learns ---------------------------------------------------------------------------------


def told(username: str, password: str) -> str:
    page = knock(Client(), username, password).content.decode()
    messages = page.partition('class="messages"')[2].partition("</div>")[0]
    assert "error" in messages
    return messages


def test_an_unknown_name_a_wrong_password_and_a_disabled_account_are_told_the_same(kjj: Department) -> None:
    disable_account(user=f.user("kjj-review"), reason="核查", actor=None)
    assert told("kjj-edit", "wrong") == told("nobody", "wrong") == told("kjj-review", "wrong")


@pytest.mark.parametrize("username", ["kjj-edit", "nobody", "kjj-review"])
def test_one_password_is_hashed_for_every_name(kjj: Department, username: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The costly part of a login, so that its time tells nothing."""
    disable_account(user=f.user("kjj-review"), reason="核查", actor=None)
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    knock(Client(), username, "wrong")
    assert hashed == ["wrong"]


def test_only_the_right_password_learns_that_the_account_is_disabled(kjj: Department) -> None:
    disable_account(user=f.user("kjj-edit"), reason="核查", actor=None)
    assert "账号已停用，不能登录" in told("kjj-edit", f.PASSWORD)
    assert "停用" not in told("kjj-edit", "wrong")
    event = Event.objects.filter(action="account.login_failed").earliest("seq")
    assert event.payload["because"] == "disabled"
    assert count("account.login") == 0


def test_a_one_time_password_past_its_day_is_refused_in_words(kjj: Department) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        password = allot(kjj).password
        clock.move_to(NOON + datetime.timedelta(days=7))
        assert "初始密码已于 2026-11-30 20:00 过期" in told("kjj-new", password)
        assert "过期" not in told("kjj-new", "wrong")
        clock.move_to(NOON + datetime.timedelta(days=7, minutes=-1))
        assert knock(Client(), "kjj-new", password).status_code == 302


def test_refusals_of_a_right_password_count_as_failures(kjj: Department) -> None:
    disable_account(user=f.user("kjj-edit"), reason="核查", actor=None)
    assert [knock(Client(), "kjj-edit").status_code for _number in range(5)] == [200] * 4 + [429]
