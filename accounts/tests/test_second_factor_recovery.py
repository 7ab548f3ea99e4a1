"""A lost second factor is reset by two people who are not its owner; nobody does it alone."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.enums import Role, SessionEnd
from accounts.models import SecondFactorRecovery
from accounts.services import disable_account
from accounts.services.second_factor import ask_recovery, cancel_recovery, confirm_recovery, enrol
from accounts.tests.conftest import Phone
from audit.errors import Conflict
from audit.models import Event
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from pytest_django.fixtures import SettingsWrapper
    from time_machine import Traveller

    from accounts.models import Department, User

    Bind = Callable[[str], tuple[Phone, list[str]]]
    Login = Callable[[str], Client]

pytestmark = pytest.mark.django_db

LIST = "/admin/factor-recoveries/"


def events(action: str) -> int:
    return Event.objects.filter(action=action).count()


@pytest.fixture
def people(kjj: Department, bind: Bind) -> dict[str, User]:
    """The editor lost a bound phone; an officer, a second officer and the system administrator may help."""
    f.make_user("spj-acct2", f.user("spj-acct").current_assignments().get().department, Role.ACCOUNT_OFFICER)
    bind("kjj-edit")
    return {name: f.user(name) for name in ("kjj-edit", "spj-acct", "spj-acct2", "sys-admin", "spj-moder")}


@pytest.fixture
def asked(people: dict[str, User]) -> SecondFactorRecovery:
    return ask_recovery(user=people["kjj-edit"], reason="手机丢失，已电话核实", actor=people["spj-acct"])


# --- Two others ---------------------------------------------------------------------------------------------


def test_the_second_ends_devices_codes_and_sessions(asked: SecondFactorRecovery, people: dict[str, User]) -> None:
    before = f.user("kjj-edit").session_nonce
    assert TOTPDevice.objects.count() == 1, "asking alone changes nothing"
    confirm_recovery(recovery=asked, actor=people["sys-admin"])
    assert (TOTPDevice.objects.count(), StaticDevice.objects.count(), StaticToken.objects.count()) == (0, 0, 0)
    owner = f.user("kjj-edit")
    assert owner.session_nonce != before
    assert owner.session_ended_because == SessionEnd.FACTOR_RESET
    asked.refresh_from_db()
    assert asked.confirmed_by == people["sys-admin"]
    assert (events("account.factor_recovery_asked"), events("account.factor_reset")) == (1, 1)


def test_the_asker_cannot_confirm(asked: SecondFactorRecovery, people: dict[str, User]) -> None:
    with pytest.raises(ValidationError, match="发起人不能确认"):
        confirm_recovery(recovery=asked, actor=people["spj-acct"])
    assert TOTPDevice.objects.count() == 1


def test_the_person_concerned_neither_asks_nor_confirms(people: dict[str, User], bind: Bind) -> None:
    bind("spj-acct")
    officer = people["spj-acct"]
    with pytest.raises(ValidationError, match="不能重置自己"):
        ask_recovery(user=officer, reason="手机丢失", actor=officer)
    recovery = ask_recovery(user=officer, reason="手机丢失", actor=people["sys-admin"])
    with pytest.raises(ValidationError, match="不能重置自己"):
        confirm_recovery(recovery=recovery, actor=officer)
    confirm_recovery(recovery=recovery, actor=people["spj-acct2"])
    assert not TOTPDevice.objects.filter(user=officer).exists()


@pytest.mark.parametrize("username", ["spj-moder", "spj-audit", "kjj-edit", "kjj-review"])
def test_nobody_else_has_a_part_in_it(
    username: str, asked: SecondFactorRecovery, people: dict[str, User], login: Login, bind: Bind
) -> None:
    actor = f.user(username)
    for attempt in (
        lambda: ask_recovery(user=people["sys-admin"], reason="x", actor=actor),
        lambda: confirm_recovery(recovery=asked, actor=actor),
        lambda: cancel_recovery(recovery=asked, actor=actor),
    ):
        with pytest.raises(PermissionDenied):
            attempt()


def test_a_superuser_by_being_one_has_no_part_in_it(asked: SecondFactorRecovery) -> None:
    glass = type(asked.user).objects.create_superuser("glass", password=f.PASSWORD)
    with pytest.raises(PermissionDenied):
        confirm_recovery(recovery=asked, actor=glass)


def test_the_database_itself_wants_three_people(asked: SecondFactorRecovery) -> None:
    for field, person in (("confirmed_by", asked.asked_by), ("confirmed_by", asked.user), ("asked_by", asked.user)):
        with pytest.raises(IntegrityError), transaction.atomic():
            SecondFactorRecovery.objects.filter(pk=asked.pk).update(**{field: person})


def test_an_officer_whose_role_ended_no_longer_confirms(asked: SecondFactorRecovery, people: dict[str, User]) -> None:
    disable_account(user=people["spj-acct2"], reason="离职", actor=people["spj-acct"])
    with pytest.raises(PermissionDenied):
        confirm_recovery(recovery=asked, actor=f.user("spj-acct2"))


# --- What cannot be reset -----------------------------------------------------------------------------------


def test_without_a_device_or_a_reason_both_faults_are_told(people: dict[str, User]) -> None:
    with pytest.raises(ValidationError) as refused:
        ask_recovery(user=people["spj-moder"], reason="  ", actor=people["spj-acct"])
    assert set(refused.value.message_dict) == {"account", "reason"}
    assert "没有绑定" in refused.value.message_dict["account"][0]


def test_a_disabled_account_is_enabled_first(asked: SecondFactorRecovery, people: dict[str, User]) -> None:
    disable_account(user=f.user("kjj-edit"), reason="调离", actor=people["spj-acct2"])
    with pytest.raises(ValidationError, match="已停用"):
        confirm_recovery(recovery=asked, actor=people["sys-admin"])
    cancel_recovery(recovery=asked, actor=people["sys-admin"])
    with pytest.raises(ValidationError, match="已停用"):
        ask_recovery(user=f.user("kjj-edit"), reason="x", actor=people["spj-acct"])


def test_one_open_reset_a_person(asked: SecondFactorRecovery, people: dict[str, User]) -> None:
    with pytest.raises(ValidationError, match="已有一项待确认"):
        ask_recovery(user=people["kjj-edit"], reason="再来", actor=people["sys-admin"])
    cancel_recovery(recovery=asked, actor=people["sys-admin"])
    assert events("account.factor_recovery_cancelled") == 1
    ask_recovery(user=people["kjj-edit"], reason="再来", actor=people["sys-admin"])


def test_what_is_settled_stays_settled(asked: SecondFactorRecovery, people: dict[str, User]) -> None:
    cancel_recovery(recovery=asked, actor=people["spj-acct"])
    with pytest.raises(Conflict, match="已经取消"):
        confirm_recovery(recovery=asked, actor=people["sys-admin"])
    assert TOTPDevice.objects.count() == 1
    again = ask_recovery(user=people["kjj-edit"], reason="再来", actor=people["spj-acct"])
    confirm_recovery(recovery=again, actor=people["sys-admin"])
    for late in (confirm_recovery, cancel_recovery):
        with pytest.raises(Conflict, match="已由另一人确认"):
            late(recovery=again, actor=people["spj-acct2"])


# --- The page -----------------------------------------------------------------------------------------------


def test_officer_asks_by_name_and_administrator_confirms_on_the_page(people: dict[str, User], login: Login) -> None:
    officer, administrator = login("spj-acct"), login("sys-admin")
    html = officer.post(LIST, {"account": "姓名kjj-edit", "reason": "手机丢失"}, follow=True).content.decode()
    assert "已发起" in html
    assert "须由另一人确认" in html
    recovery = SecondFactorRecovery.objects.get()
    assert recovery.user.username == "kjj-edit"
    own = officer.post(reverse("factor_recoveries:confirm", args=[recovery.pk]), follow=True)
    assert "发起人不能确认" in own.content.decode()
    assert TOTPDevice.objects.count() == 1
    done = administrator.post(reverse("factor_recoveries:confirm", args=[recovery.pk]), follow=True).content.decode()
    assert "已重置" in done
    assert not TOTPDevice.objects.exists()
    late = login("spj-acct2").post(reverse("factor_recoveries:cancel", args=[recovery.pk]))
    assert late.status_code == 409
    assert "已由另一人确认" in late.content.decode()


@pytest.mark.parametrize("typed", ["kjj-edit", "KJJ-Edit", " kjj-edit（姓名kjj-edit） ", "姓名kjj-edit"])
def test_the_account_is_found_by_code_or_name(typed: str, people: dict[str, User], login: Login) -> None:
    login("spj-acct").post(LIST, {"account": typed, "reason": "手机丢失"})
    assert SecondFactorRecovery.objects.get().user == people["kjj-edit"]


def test_bad_input_is_answered_in_words_and_kept(people: dict[str, User], login: Login) -> None:
    officer = login("spj-acct")
    for data, words in (
        ({"account": "", "reason": ""}, ("请输入账号或使用人姓名", "请写明原因")),
        ({"account": "nobody-1", "reason": "手机丢失"}, ("没有这个账号或使用人", "手机丢失", "nobody-1")),
        ({"account": "spj-moder", "reason": "手机丢失"}, ("没有绑定动态口令", "手机丢失", "spj-moder")),
        ({"account": "spj-acct", "reason": "手机丢失"}, ("不能重置自己的动态口令",)),
        ({"account": "kjj-edit", "reason": "字" * 301}, ("300 字以内",)),
    ):
        response = officer.post(LIST, data)
        assert response.status_code == 200
        assert [word for word in words if word not in response.content.decode()] == []
    assert not SecondFactorRecovery.objects.exists()


def test_two_of_one_name_must_be_told_apart_by_code(people: dict[str, User], login: Login) -> None:
    other = f.user("kjj-review")
    other.holder_name = "姓名kjj-edit"
    other.save()
    html = login("spj-acct").post(LIST, {"account": "姓名kjj-edit", "reason": "手机丢失"}).content.decode()
    assert "有多个账号对应" in html


@pytest.mark.parametrize("username", ["spj-moder", "spj-audit", "kjj-review"])
def test_the_page_is_for_holders_of_the_right(username: str, asked: SecondFactorRecovery, login: Login) -> None:
    client = login(username)
    assert LIST not in client.get("/admin/account/").content.decode()
    paths = [LIST, reverse("factor_recoveries:confirm", args=[asked.pk]), f"{LIST}{asked.pk}/cancel/"]
    for path in paths:
        client.post(path, {"account": "kjj-edit", "reason": "x"})
    assert client.get(LIST).status_code == 302
    asked.refresh_from_db()
    assert (asked.confirmed_at, asked.cancelled_at, TOTPDevice.objects.count()) == (None, None, 1)


def test_the_menu_leads_there_for_holders_of_the_right(people: dict[str, User], login: Login) -> None:
    for username in ("spj-acct", "sys-admin"):
        assert LIST in login(username).get("/admin/account/").content.decode()


def test_an_unknown_number_is_not_found_and_reading_settles_nothing(asked: SecondFactorRecovery, login: Login) -> None:
    client = login("sys-admin")
    assert client.post(f"{LIST}9999/confirm/").status_code == 404
    assert client.get(f"{LIST}{asked.pk}/confirm/").status_code == 405
    assert TOTPDevice.objects.count() == 1


def test_an_unproved_officer_confirms_nothing(
    people: dict[str, User], login: Login, bind: Bind, settings: SettingsWrapper
) -> None:
    settings.HUIQITONG_SECOND_FACTOR_REQUIRED = True
    asked = ask_recovery(user=people["kjj-edit"], reason="手机丢失", actor=people["sys-admin"])
    bind("spj-acct")
    response = login("spj-acct").post(f"{LIST}{asked.pk}/confirm/")
    assert response.url == "/admin/second-factor/verify/"
    assert TOTPDevice.objects.filter(user=people["kjj-edit"]).exists()


def test_after_the_reset_a_required_role_binds_anew(
    people: dict[str, User], login: Login, bind: Bind, settings: SettingsWrapper
) -> None:
    settings.HUIQITONG_SECOND_FACTOR_REQUIRED = True
    phone, _codes = bind("spj-moder")
    client = login("spj-moder")
    client.post("/admin/second-factor/verify/", {"code": phone.code()})
    assert client.get("/admin/").status_code == 200
    recovery = ask_recovery(user=people["spj-moder"], reason="手机丢失", actor=people["sys-admin"])
    confirm_recovery(recovery=recovery, actor=people["spj-acct"])
    assert "ended=factor_reset" in client.get("/admin/").url, "the session is over, and says why"
    assert login("spj-moder").get("/admin/").url.startswith("/admin/second-factor/enrol/")


def test_the_list_costs_the_same_with_one_row_and_with_many(
    asked: SecondFactorRecovery, people: dict[str, User], login: Login
) -> None:
    client = login("sys-admin")
    client.get(LIST)

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(LIST).status_code == 200
        return len(queries)

    cancel_recovery(recovery=asked, actor=people["spj-acct"])
    ask_recovery(user=people["kjj-edit"], reason="再来", actor=people["spj-acct"])
    one = cost()
    for number in range(12):
        user = f.make_user(f"kjj-more{number}")
        device = TOTPDevice(user=user)
        assert enrol(device=device, typed=Phone(device.key).code()).device
        row = ask_recovery(user=user, reason="手机丢失", actor=people["spj-acct"])
        if number % 2:
            confirm_recovery(recovery=row, actor=people["spj-acct2"])
    assert cost() == one


# --- At the same time ---------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_who_confirm_at_once_one_is_told(people: dict[str, User], clock: Traveller) -> None:
    asked = ask_recovery(user=people["kjj-edit"], reason="手机丢失", actor=people["spj-acct"])
    start, ends = threading.Barrier(2), []

    def confirm(actor: User) -> None:
        start.wait()
        try:
            confirm_recovery(recovery=asked, actor=actor)
            ends.append("done")
        except Conflict:
            ends.append("conflict")
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm, args=(people[name],)) for name in ("spj-acct2", "sys-admin")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(ends) == ["conflict", "done"]
    assert events("account.factor_reset") == 1
