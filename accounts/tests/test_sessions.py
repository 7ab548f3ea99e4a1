"""One session an account; it ends for a reason, and its holder is told which (A15, T15.4, T15.5, F11)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role, SessionEnd
from accounts.models import User
from accounts.services import assign_role, disable_account, enable_account, end_assignment, reset_password
from accounts.tests.doors import knock, sign_in
from audit.models import Event
from policy_pages.models import ChangeRecord
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from accounts.models import Department

NOON = datetime.datetime(2026, 11, 23, 12, 0, tzinfo=datetime.UTC)
PING = "/admin/editing-sessions/ping/wagtailcore/page/1/1/"


def minutes(number: float) -> datetime.datetime:
    return NOON + datetime.timedelta(minutes=number)


def is_in(client: Client) -> bool:
    return client.get("/admin/inbox/").status_code == 200


def ended(client: Client, path: str = "/admin/inbox/") -> str:
    """The reason an ended session is sent to the login page with."""
    response = client.get(path)
    assert response.status_code == 302, "still in"
    assert response.url.startswith("/admin/login/?"), response.url
    return response.url.partition("ended=")[2]


def fetched(client: Client, url: str) -> int:
    """Status of a page or file; a file is read to its end, which closes it."""
    response = client.get(url)
    if response.streaming:
        response.getvalue()
    return response.status_code


def actions(*wanted: str) -> list[str]:
    names = Event.objects.order_by("seq").values_list("action", flat=True)
    return [name for name in names if name in wanted]


@pytest.fixture(autouse=True)
def _holds_today(kjj: Department) -> None:
    """Roles hold on the days the tests travel to."""
    f.user("kjj-edit").assignments.update(valid_from=datetime.date(2026, 1, 1))


# --- A second login -----------------------------------------------------------------------------------------


def test_a_second_login_ends_the_first_and_the_first_is_told_when_and_from_where() -> None:
    first = sign_in("kjj-edit", address="192.0.2.1")
    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=5), tick=False):
        second = sign_in("kjj-edit", address="192.0.2.77")
        moment = timezone.localtime().strftime("%Y-%m-%d %H:%M")
        response = first.get("/admin/inbox/", follow=True)
        assert is_in(second)
    page = response.content.decode()
    assert str(SessionEnd.NEW_LOGIN.label) in page
    assert f"较新的登录：{moment}，来自 192.0.2.77。" in page
    assert "192.0.2.77" not in response.redirect_chain[0][0], "an address is no address's business"
    assert not is_in(first)
    event = Event.objects.get(action="account.session_ended")
    assert (event.actor_name, event.payload["address"], event.payload["newer_address"]) == (
        "姓名kjj-edit",
        "192.0.2.1",
        "192.0.2.77",
    )


def test_logging_in_again_in_one_browser_ends_nobody() -> None:
    client = sign_in("kjj-edit")
    assert is_in(sign_in("kjj-edit", client=client))
    assert actions("account.session_ended") == []


def test_whoever_logged_out_has_no_session_to_end() -> None:
    client = sign_in("kjj-edit")
    client.post(reverse("wagtailadmin_logout"))
    assert f.user("kjj-edit").session_nonce == ""
    sign_in("kjj-edit")
    assert actions("account.login", "account.logout", "account.session_ended") == [
        "account.login",
        "account.logout",
        "account.login",
    ]


def test_a_session_that_idled_away_is_not_ended_by_the_next_login() -> None:
    with time_machine.travel(minutes(0), tick=False):
        sign_in("kjj-edit")
    with time_machine.travel(minutes(31), tick=False):
        sign_in("kjj-edit")
    assert actions("account.session_ended") == []


def test_a_login_is_recorded_with_its_address_and_the_home_page_shows_the_one_before() -> None:
    with time_machine.travel(minutes(0), tick=False):
        client = sign_in("kjj-edit", address="192.0.2.9")
        assert "这是本账号第一次登录" in client.get("/admin/").content.decode()
    with time_machine.travel(minutes(60), tick=False):
        page = sign_in("kjj-edit", address="2001:db8::5").get("/admin/").content.decode()
    assert "上次登录：2026-11-23 20:00，来自 192.0.2.9。" in page
    last = Event.objects.filter(action="account.login").latest("seq")
    assert (last.payload, last.department_code) == ({"address": "2001:db8::5"}, "kjj")
    assert f.user("kjj-edit").login_address == "2001:db8::5"


# --- What an officer does -----------------------------------------------------------------------------------


def test_a_disabled_account_is_out_at_its_next_request_and_told_so() -> None:
    client = sign_in("kjj-edit")
    disable_account(user=f.user("kjj-edit"), reason="核查", actor=None)
    assert ended(client) == "disabled"
    assert "账号已停用" in client.get("/admin/login/?ended=disabled").content.decode()


def test_a_cookie_from_before_a_disabling_stays_dead_after_the_enabling() -> None:
    """F11."""
    client = sign_in("kjj-edit")
    disable_account(user=f.user("kjj-edit"), reason="核查", actor=None)
    enable_account(user=f.user("kjj-edit"), reason="查明", actor=None)
    assert ended(client) == "enabled"
    assert not is_in(client)


def test_a_cookie_that_slept_through_disabling_and_enabling_is_dead_too() -> None:
    """F11, with a cookie that was not shown in between, kept by somebody else."""
    client = sign_in("kjj-edit")
    kept = Client()
    kept.cookies = client.cookies.copy()
    disable_account(user=f.user("kjj-edit"), reason="核查", actor=None)
    assert not is_in(client)
    enable_account(user=f.user("kjj-edit"), reason="查明", actor=None)
    sign_in("kjj-edit")
    assert not is_in(kept)


def test_a_new_role_ends_the_session_at_the_next_request(gxj: Department) -> None:
    client = sign_in("kjj-edit")
    assign_role(user=f.user("kjj-edit"), department=gxj, role=Role.EDITOR)
    assert ended(client) == "role_changed"


def test_a_role_taken_away_ends_the_session_at_the_next_request() -> None:
    client = sign_in("kjj-edit")
    assignment = f.user("kjj-edit").assignments.get()
    end_assignment(assignment=assignment, last_day=timezone.localdate())
    assert ended(client) == "role_changed"


def test_a_reset_password_ends_the_session_and_says_whose_doing_it_was() -> None:
    client = sign_in("kjj-edit")
    reset_password(user=f.user("kjj-edit"), reason="本人遗忘", actor=None)
    assert ended(client) == "password_reset"


def test_an_account_disabled_or_given_a_password_behind_our_services_is_out_too() -> None:
    client = sign_in("kjj-edit")
    User.objects.filter(username="kjj-edit").update(is_active=False)
    assert ended(client) == "disabled"
    User.objects.filter(username="kjj-edit").update(is_active=True)
    client = sign_in("kjj-edit")
    account = f.user("kjj-edit")
    account.set_password("another-Password-2026")
    account.save()
    assert ended(client) == "password_changed"


def test_a_session_without_a_nonce_is_none() -> None:
    client = sign_in("kjj-edit")
    session = client.session
    del session["account_nonce"]
    session.save()
    User.objects.filter(username="kjj-edit").update(session_nonce="")
    assert not is_in(client)


@pytest.mark.parametrize("method", ["get", "head", "options"])
@pytest.mark.parametrize("path", ["/admin/", "/admin/pages/", "/admin/account/", "/admin/events/?p=2"])
def test_no_way_of_asking_passes_an_ended_session(method: str, path: str) -> None:
    client = sign_in("kjj-edit")
    sign_in("kjj-edit")
    response = getattr(client, method)(path)
    assert (response.status_code, response.content) == (302, b"")


# --- Time ---------------------------------------------------------------------------------------------------


def test_half_an_hour_without_a_request_ends_a_session() -> None:
    with time_machine.travel(minutes(0), tick=False) as clock:
        client = sign_in("kjj-edit")
        clock.move_to(minutes(29.9))
        assert is_in(client)
        clock.move_to(minutes(29.9 + 29.9))
        assert is_in(client), "every request counts"
        clock.move_to(minutes(29.9 + 29.9 + 30))
        assert ended(client) == "idle"
        assert not is_in(client)


def test_eight_hours_end_a_session_however_busy_it_is() -> None:
    with time_machine.travel(minutes(0), tick=False) as clock:
        client = sign_in("kjj-edit")
        for number in range(20, 480, 20):
            clock.move_to(minutes(number))
            assert is_in(client)
        clock.move_to(minutes(480))
        assert ended(client) == "absolute"


@pytest.mark.parametrize(("unsaved", "lives"), [(False, False), (True, True)])
def test_an_open_page_keeps_a_session_only_with_unsaved_text(kjj: Department, unsaved: bool, lives: bool) -> None:
    page = f.make_document(kjj)
    ping = f"/admin/editing-sessions/ping/policy_pages/policydocumentpage/{page.pk}/999999999/"
    with time_machine.travel(minutes(0), tick=False) as clock:
        client = sign_in("kjj-edit")
        for number in range(0, 29, 4):
            clock.move_to(minutes(number))
            assert client.post(ping, {"is_editing": "1"} if unsaved else {}).status_code == 200
        clock.move_to(minutes(40))
        assert is_in(client) == lives


def test_unsaved_text_does_not_keep_a_session_past_its_eight_hours() -> None:
    with time_machine.travel(minutes(0), tick=False) as clock:
        client = sign_in("kjj-edit")
        for number in range(0, 480, 10):
            clock.move_to(minutes(number))
            client.post(PING, {"is_editing": "1"})
        clock.move_to(minutes(481))
        assert client.post(PING, {"is_editing": "1"}).json()["ended"] == "absolute"


def test_activity_is_written_once_a_minute_at_most() -> None:
    def writes(client: Client) -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/admin/login/")
        return sum("UPDATE" in query["sql"] for query in queries)

    with time_machine.travel(minutes(0), tick=False) as clock:
        client = sign_in("kjj-edit")
        seen = []
        for seconds in (10, 59, 61, 70, 130):
            clock.move_to(NOON + datetime.timedelta(seconds=seconds))
            seen.append(writes(client))
    assert seen == [0, 0, 1, 0, 1]


# --- Scripts, forms, files ----------------------------------------------------------------------------------


def test_a_script_is_refused_in_json_and_the_person_s_own_click_still_learns_why() -> None:
    client = sign_in("kjj-edit")
    sign_in("kjj-edit")
    for response in (
        client.post(PING),
        client.get("/admin/tag-autocomplete/", headers={"x-requested-with": "XMLHttpRequest"}),
        client.get("/admin/api/main/pages/", headers={"accept": "application/json"}),
    ):
        assert response.status_code == 403
        assert response.json() == {"error": str(SessionEnd.NEW_LOGIN.label), "ended": "new_login"}
    assert ended(client) == "new_login"


CHANGE = {
    "kind": "created",
    "subject": "document",
    "title": "写了很久的“办法”",
    "trigger_date": "2026-11-20",
    "trigger_basis": "issued",
    "evidence": "第一行\n第二行 <b>",
}


def kept_fields(response: object) -> dict[str, str]:
    soup = BeautifulSoup(response.content, "html.parser")
    fields = {field["name"]: field["value"] for field in soup.select("form[action] input[type=hidden]")}
    for ours in ("csrfmiddlewaretoken", "kept_for"):
        fields.pop(ours, None)
    return fields


def test_a_form_sent_after_the_session_ended_is_kept_and_goes_through_after_the_login(kjj: Department) -> None:
    """The editor's own ping has mostly found out first; then the form comes from a browser without a session."""
    for is_flushed in (False, True):
        client = Client(enforce_csrf_checks=True)
        client.get("/admin/login/")
        data = {
            "username": "kjj-edit",
            "password": f.PASSWORD,
            "csrfmiddlewaretoken": client.cookies["csrftoken"].value,
        }
        client.post("/admin/login/", data)
        form = client.get("/admin/changes/new/")
        kinds = BeautifulSoup(form.content, "html.parser")
        basis = kinds.select_one("[name=trigger_basis] option[value]:not([value=''])")
        token = client.cookies["csrftoken"].value
        sent = {**CHANGE, **({"trigger_basis": basis["value"]} if basis else {})}
        sent["department"] = str(kjj.pk)
        disable_account(user=f.user("kjj-edit"), reason="核查", actor=None)
        enable_account(user=f.user("kjj-edit"), reason="查明", actor=None)
        if is_flushed:
            client.get("/admin/inbox/")
        before = ChangeRecord.objects.count()
        response = client.post("/admin/changes/new/", {**sent, "csrfmiddlewaretoken": token})
        assert response.status_code == 403
        page = response.content.decode()
        assert "还没有保存" in page
        assert "&lt;b&gt;" in page, "what was typed is text"
        kept = kept_fields(response)
        assert {name: value.replace("\r\n", "\n") for name, value in kept.items()} == sent
        assert ChangeRecord.objects.count() == before
        # In the other tab; the browser's script then takes the new token from the cookie (static/js/token.js).
        data["csrfmiddlewaretoken"] = client.cookies["csrftoken"].value
        assert client.post("/admin/login/", data).status_code == 302
        again = {**kept, "csrfmiddlewaretoken": client.cookies["csrftoken"].value}
        assert client.post("/admin/changes/new/", again).status_code == 302
        assert ChangeRecord.objects.count() == before + 1


def test_a_forged_form_is_never_repeated() -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/admin/changes/new/", {"title": "别人写的"})
    assert response.status_code == 403
    assert "别人写的" not in response.content.decode()
    assert "没有保存：页面已过期" in response.content.decode()


def test_secrets_are_not_sent_back() -> None:
    client = sign_in("kjj-edit")
    sign_in("kjj-edit")
    response = client.post("/admin/account/", {"password-new_password1": "Secret-Secret-9", "theme-theme": "dark"})
    assert response.status_code == 403
    assert "Secret-Secret-9" not in response.content.decode()
    assert kept_fields(response) == {}


def test_the_login_form_of_somebody_whose_session_just_ended_works_at_once() -> None:
    client = sign_in("kjj-edit")
    sign_in("kjj-edit")
    assert knock(client, "kjj-edit").status_code == 302
    assert is_in(client)


def test_public_pages_and_files_never_touch_the_session(kjj: Department) -> None:
    file = f.make_file(kjj)
    document = f.make_public(f.make_document(kjj, body=[("attachments", [{"file": file, "label": ""}])]))
    client = sign_in("kjj-edit")
    sign_in("kjj-edit")
    assert fetched(client, file.url) == 200, "an ended session is a visitor's"
    private = f.make_file(kjj, data=b"%PDF-1.4 draft", title="草稿附件")
    assert client.get(private.url).status_code == 404
    for path, browser in (("/", client), (document.url, client), (file.url, Client())):
        with CaptureQueriesContext(connection) as queries:
            assert fetched(browser, path) == 200
        assert [query for query in queries if "django_session" in query["sql"]] == [], path


@pytest.mark.parametrize(("code", "shown"), [("idle", True), ("nonsense", False), ("<b>", False), ("", False)])
def test_the_login_page_shows_only_reasons_it_knows(client: Client, code: str, shown: bool) -> None:
    page = client.get("/admin/login/", {"ended": code}).content.decode()
    assert ('class="hqt-login-ended"' in page) == shown
    assert "nonsense" not in page


@pytest.mark.parametrize("cookie", ["", "x", "0" * 32, "é" * 40])
def test_a_made_up_session_is_nobody_s(client: Client, cookie: str) -> None:
    client.cookies["sessionid"] = cookie
    assert client.get("/admin/").status_code == 302
    assert client.get("/admin/login/").status_code == 200
