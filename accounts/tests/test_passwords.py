"""Passwords by profile, their history and renewal, and the person's own account page."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.contrib.auth.password_validation import validate_password
from django.core.checks import run_checks
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.enums import SessionEnd
from accounts.models import PasswordRecord, User
from accounts.services.passwords import change_password, check_own_password
from accounts.tests.doors import GOOD, knock, sign_in
from audit.errors import Conflict
from audit.models import Event
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import SettingsWrapper

    from accounts.models import Department

PAGE = "/admin/first-login/"


def faults(password: str, username: str = "kjj-edit") -> str:
    try:
        validate_password(password, f.user(username))
    except ValidationError as error:
        return "".join(error.messages)
    return ""


@pytest.mark.parametrize(
    ("profile", "password", "fault"),
    [
        ("mlps", "Ganlan7-Shu", "至少要 12 位"),
        ("mlps", "Ganlan7-Shux", ""),
        ("mlps", "ganlan-shuyueguang", "至少要有 3 类"),
        ("mlps", "ganlan7-shuyueguang", ""),
        ("mlps", "Wuxi@Admin2026", "太多人会猜"),
        ("mlps", "Kjj-Edit-Kjj-Edit-1", "太多人会猜"),
        ("asvs", "Ganlan-Shu7-Yu", "至少要 15 位"),
        ("asvs", "ganlanshuyueguang", ""),
        ("asvs", "春眠不觉晓处处闻啼鸟夜来风雨声", ""),
        ("asvs", "passwordpassword123", "太多人会猜"),
        ("asvs", "qwertyuiopasdfghjkl", "太多人会猜"),
    ],
)
def test_what_a_profile_takes(
    kjj: Department, settings: SettingsWrapper, profile: str, password: str, fault: str
) -> None:
    settings.HUIQITONG_PASSWORD_PROFILE = profile
    assert (fault in faults(password)) if fault else (faults(password) == "")


def test_a_password_everybody_has_is_refused_whatever_the_profile(kjj: Department, settings: SettingsWrapper) -> None:
    for profile in ("mlps", "asvs"):
        settings.HUIQITONG_PASSWORD_PROFILE = profile
        assert "常见" in faults("1qaz2wsx3edc") or "太多人会猜" in faults("1qaz2wsx3edc")


def choose(number: int) -> str:
    return f"Ganlan-Shu{number}-Yueguang"


def test_none_of_the_last_five_comes_again(kjj: Department) -> None:
    for number in range(1, 7):
        assert faults(choose(number)) == ""
        change_password(user=f.user("kjj-edit"), password=choose(number))
    assert "相同" in faults(choose(6))
    for number in range(2, 6):
        assert "最近 5 次" in faults(choose(number))
    assert faults(choose(1)) == "", "the sixth before"
    assert PasswordRecord.objects.filter(user__username="kjj-edit").count() == 5, "no more hashes than are asked for"


def test_asvs_remembers_the_current_password_only(kjj: Department, settings: SettingsWrapper) -> None:
    settings.HUIQITONG_PASSWORD_PROFILE = "asvs"
    for number in (1, 2):
        change_password(user=f.user("kjj-edit"), password=choose(number))
    assert "相同" in faults(choose(2))
    assert faults(choose(1)) == ""


def test_another_person_s_history_is_his_own(kjj: Department) -> None:
    change_password(user=f.user("kjj-review"), password=GOOD)
    assert faults(GOOD) == ""


def test_a_change_is_recorded_without_the_password(kjj: Department) -> None:
    change_password(user=f.user("kjj-edit"), password=GOOD)
    event = Event.objects.get(action="account.password_changed")
    assert (event.object_id, event.department_code, event.payload) == (
        str(f.user("kjj-edit").pk),
        "kjj",
        {"profile": "mlps"},
    )


# --- Renewal ------------------------------------------------------------------------------------------------

CHOSEN = datetime.datetime(2026, 1, 1, 2, 0, tzinfo=datetime.UTC)


@pytest.mark.parametrize(("profile", "days", "asked"), [("mlps", 90, False), ("mlps", 91, True), ("asvs", 400, False)])
def test_a_password_is_renewed_after_ninety_calendar_days(
    kjj: Department, settings: SettingsWrapper, profile: str, days: int, asked: bool
) -> None:
    settings.HUIQITONG_PASSWORD_PROFILE = profile
    User.objects.filter(username="kjj-edit").update(password_changed_at=CHOSEN)
    f.user("kjj-edit").assignments.update(valid_from=datetime.date(2026, 1, 1))
    with time_machine.travel(CHOSEN + datetime.timedelta(days=days), tick=False):
        client = sign_in("kjj-edit")
        response = client.get("/admin/inbox/")
        assert (response.status_code == 302) == asked
        if asked:
            assert "密码已到期，请更换" in client.get(PAGE).content.decode()
            assert client.post(PAGE, {"new_password1": GOOD, "new_password2": GOOD}).url == "/admin/"
            assert client.get("/admin/inbox/").status_code == 200


def test_a_password_that_grows_too_old_at_work_is_asked_for_at_the_next_login(kjj: Department) -> None:
    """Nobody loses a text at midnight of the ninetieth day."""
    User.objects.filter(username="kjj-edit").update(password_changed_at=CHOSEN)
    f.user("kjj-edit").assignments.update(valid_from=datetime.date(2026, 1, 1))
    evening = CHOSEN + datetime.timedelta(days=90, hours=13, minutes=50)  # 23:50 in Shanghai
    with time_machine.travel(evening, tick=False) as clock:
        client = sign_in("kjj-edit")
        clock.move_to(evening + datetime.timedelta(minutes=20))
        assert client.get("/admin/inbox/").status_code == 200
        assert sign_in("kjj-edit").get("/admin/inbox/").url == PAGE


# --- The own account page -----------------------------------------------------------------------------------


def test_the_account_page_shows_the_holder_and_takes_no_name(kjj: Department, login: Callable[[str], Client]) -> None:
    page = login("kjj-edit").get("/admin/account/").content.decode()
    assert "姓名kjj-edit" in page
    for field in ("first_name", "last_name", "email", "holder_name", "phone", "avatar"):
        assert f'{field}"' not in page


def test_a_forged_account_form_changes_nothing_of_the_account(kjj: Department, login: Callable[[str], Client]) -> None:
    client = login("kjj-edit")
    before = User.objects.filter(username="kjj-edit").values().get()
    forged = {field.name: "1" for field in User._meta.concrete_fields}
    prefixes = ("", "name_email-", "holder-", "password-", "theme-")
    data = {prefix + name: value for prefix in prefixes for name, value in forged.items()}
    client.post("/admin/account/", data)
    after = User.objects.filter(username="kjj-edit").values().get()
    moving = {"session_nonce", "session_seen_at", "login_at", "login_address", "last_login", "previous_login_at"}
    assert {key: value for key, value in after.items() if key not in moving} == {
        key: value for key, value in before.items() if key not in moving
    }


def test_a_password_is_changed_on_the_account_page_and_the_session_goes_on(kjj: Department) -> None:
    client = sign_in("kjj-edit")
    new = {"password-new_password1": GOOD, "password-new_password2": GOOD}
    theme = {"theme-theme": "system", "theme-contrast": "system", "theme-density": "default"}
    wrong = client.post("/admin/account/", {**new, **theme, "password-old_password": "wrong"})
    assert wrong.status_code == 200
    assert f.user("kjj-edit").password_changed_at is None
    weak = {"password-new_password1": "weak", "password-new_password2": "weak", "password-old_password": f.PASSWORD}
    assert "至少要 12 位" in client.post("/admin/account/", {**weak, **theme}).content.decode()
    done = client.post("/admin/account/", {**new, **theme, "password-old_password": f.PASSWORD})
    assert done.status_code == 302
    assert client.get("/admin/inbox/").status_code == 200
    assert knock(Client(), "kjj-edit", GOOD).status_code == 302
    assert Event.objects.filter(action="account.password_changed").count() == 1
    assert PasswordRecord.objects.count() == 1


def test_the_present_password_is_not_guessed_at_somebody_else_s_desk(kjj: Department) -> None:
    client = sign_in("kjj-edit")
    new = {"password-new_password1": GOOD, "password-new_password2": GOOD}
    new |= {"theme-theme": "system", "theme-contrast": "system", "theme-density": "default"}
    assert "请输入原密码" in client.post("/admin/account/", new).content.decode()
    for left in (4, 3, 2, 1):
        page = client.post("/admin/account/", {**new, "password-old_password": f"guess{left}"})
        assert f"原密码不对，请重试；再输错 {left} 次将退出登录。" in page.content.decode()
    out = client.post("/admin/account/", {**new, "password-old_password": "guess0"}, follow=True)
    assert str(SessionEnd.WRONG_PASSWORD.label) in out.content.decode()
    assert client.post("/admin/account/", {**new, "password-old_password": f.PASSWORD}).status_code == 403
    assert client.get("/admin/inbox/").status_code == 302
    assert f.user("kjj-edit").check_password(f.PASSWORD)
    events = Event.objects.filter(action="account.password_wrong").order_by("seq")
    assert [event.payload["failures"] for event in events] == [1, 2, 3, 4, 5]
    assert [event.payload["session_ended"] for event in events] == [False] * 4 + [True]
    assert not any("guess" in event.payload_json for event in events)


def test_wrong_passwords_count_anew_after_a_login(kjj: Department) -> None:
    for _login in range(2):
        client = sign_in("kjj-edit")
        for number in range(3):
            new = {"password-new_password1": GOOD, "password-new_password2": GOOD, "password-old_password": "no"}
            assert client.post("/admin/account/", new).status_code == 200, number
    assert client.get("/admin/inbox/").status_code == 200


def test_a_guess_that_waited_for_the_last_one_is_not_looked_at(kjj: Department) -> None:
    sign_in("kjj-edit")
    late = f.user("kjj-edit")
    for _guess in range(5):
        check_own_password(user=f.user("kjj-edit"), typed="no")
    with pytest.raises(Conflict, match="重新登录"):
        check_own_password(user=late, typed=f.PASSWORD)


# --- The setting --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "ids"), [("mlps", []), ("asvs", []), ("none", ["accounts.E001"]), ("", ["accounts.E001"])]
)
def test_an_unknown_profile_stops_the_start(db: None, settings: SettingsWrapper, profile: str, ids: list[str]) -> None:
    settings.HUIQITONG_PASSWORD_PROFILE = profile
    assert [error.id for error in run_checks() if error.id.startswith("accounts.")] == ids


def test_a_negative_number_of_proxies_stops_the_start(db: None, settings: SettingsWrapper) -> None:
    settings.HUIQITONG_PROXY_COUNT = -1
    assert "accounts.E002" in [error.id for error in run_checks()]
