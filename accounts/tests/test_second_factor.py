"""The second factor: who is asked, what is open before it is proved, and what a code is worth."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils.regex_helper import normalize
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.middleware.second_factor import OPEN_ADDRESSES
from accounts.models import User
from accounts.permissions import must_have_factor
from accounts.rules import is_recovery_code, is_totp_code, typed_code, waiting_time
from accounts.services import second_factor as services
from accounts.tests.conftest import Phone
from audit.models import Event
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django.fixtures import SettingsWrapper
    from time_machine import Traveller

    from accounts.models import Department

    Bind = Callable[[str], tuple[Phone, list[str]]]
    Login = Callable[[str], Client]

pytestmark = pytest.mark.django_db

VERIFY, ENROL, STATUS = "/admin/second-factor/verify/", "/admin/second-factor/enrol/", "/admin/second-factor/"
KEY = re.compile(r'<code class="hqt-factor__key">([A-Z2-7 ]+)</code>')


@pytest.fixture
def required(settings: SettingsWrapper) -> None:
    settings.HUIQITONG_SECOND_FACTOR_REQUIRED = True


def events(action: str) -> int:
    return Event.objects.filter(action=action).count()


def verified(client: Client, phone: Phone) -> Client:
    assert client.post(VERIFY, {"code": phone.code()}).status_code == 302
    return client


# --- Who is asked -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["spj-moder", "spj-acct", "spj-audit", "sys-admin", "root-glass"])
def test_bureau_and_superuser_go_nowhere_before_they_have_bound_one(
    username: str, kjj: Department, login: Login, required: None
) -> None:
    User.objects.create_superuser("root-glass", password=f.PASSWORD)
    client = login(username)
    for address in ("/admin/", "/admin/inbox/", "/admin/account/", STATUS, VERIFY, "/admin/no-such-thing/"):
        response = client.get(address)
        assert response.status_code == 302, address
        assert response.url.startswith(ENROL), address
    assert client.get(ENROL).status_code == 200


@pytest.mark.parametrize("username", ["kjj-edit", "kjj-review"])
def test_a_department_may_work_without(username: str, kjj: Department, login: Login, required: None) -> None:
    assert login(username).get("/admin/").status_code == 200


def test_the_setting_off_asks_nobody_who_has_none(bureau: Department, login: Login) -> None:
    assert not django_settings.HUIQITONG_SECOND_FACTOR_REQUIRED
    assert login("spj-moder").get("/admin/").status_code == 200


def test_whoever_has_bound_one_is_always_asked(kjj: Department, login: Login, bind: Bind) -> None:
    """The setting off, a department's role: optional until bound, then not."""
    bind("kjj-edit")
    assert login("kjj-edit").get("/admin/").url == f"{VERIFY}?next=%2Fadmin%2F"


def test_a_role_that_ended_no_longer_asks_for_one(bureau: Department, required: None) -> None:
    moderator = f.user("spj-moder")
    assert must_have_factor(moderator)
    moderator.is_active = False
    assert not must_have_factor(moderator)


# --- Binding ------------------------------------------------------------------------------------------------


def shown_key(html: str) -> str:
    """The key as it is typed into a phone, in hex."""
    return base64.b32decode(KEY.search(html)[1].replace(" ", "")).hex()


def test_binding_shows_the_key_and_ten_codes_once_and_opens_the_session(
    bureau: Department, login: Login, required: None, clock: Traveller
) -> None:
    client = login("spj-moder")
    html = client.get(ENROL).content.decode()
    assert "data:image/svg+xml" in html
    phone = Phone(shown_key(html))
    assert shown_key(client.get(ENROL).content.decode()) == phone.key, "a reload keeps the key"
    shown = client.post(ENROL, {"code": phone.code()}).content.decode()
    codes = re.findall(r"<li><code>([a-z2-9-]+)</code></li>", shown)
    assert len(set(codes)) == 10
    assert all(is_recovery_code(typed_code(code)) for code in codes)
    assert client.get("/admin/").status_code == 200, "binding proves it for this session"
    assert codes[0] not in client.get(STATUS).content.decode()
    assert events("account.factor_enrolled") == 1
    assert not StaticToken.objects.filter(token__in=[typed_code(code)[:16] for code in codes]).exists(), "not in clear"
    payloads = " ".join(
        Event.objects.filter(action__startswith="account.factor").values_list("payload_json", flat=True)
    )
    assert phone.key not in payloads


def test_the_code_that_bound_it_does_not_log_in(bureau: Department, login: Login, bind: Bind, clock: Traveller) -> None:
    phone, _codes = bind("spj-moder")
    clock.shift(-60)
    client = login("spj-moder")
    assert "已经用过" in client.post(VERIFY, {"code": phone.code()}).content.decode()
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize(
    ("typed", "words"),
    [("", "请输入口令。"), ("12", "6 位动态口令"), ("x" * 200, "口令太长"), ("一二三四五六", "6 位")],
)
def test_what_is_no_code_is_said_so_and_binds_nothing(
    typed: str, words: str, bureau: Department, login: Login, required: None
) -> None:
    response = login("spj-moder").post(ENROL, {"code": typed})
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not TOTPDevice.objects.exists()


def test_a_wrong_first_code_binds_nothing_and_keeps_the_key(
    bureau: Department, login: Login, required: None, clock: Traveller
) -> None:
    client = login("spj-moder")
    phone = Phone(shown_key(client.get(ENROL).content.decode()))
    html = client.post(ENROL, {"code": phone.wrong()}).content.decode()
    assert "口令不对" in html
    assert shown_key(html) == phone.key
    assert not TOTPDevice.objects.exists()
    assert client.get("/admin/").status_code == 302


def test_a_key_seen_in_another_session_is_never_bound(bureau: Department, login: Login, required: None) -> None:
    keys = {shown_key(login("spj-moder").get(ENROL).content.decode()) for _session in range(2)}
    assert len(keys) == 2


def test_a_forged_key_is_ignored(bureau: Department, login: Login, required: None, clock: Traveller) -> None:
    mine = Phone("00" * 20)
    client = login("spj-moder")
    client.post(ENROL, {"code": mine.code(), "key": mine.key, "user": "1", "confirmed": "1"})
    assert not TOTPDevice.objects.exists()


# --- The challenge ------------------------------------------------------------------------------------------


def test_the_right_code_opens_and_leads_where_the_person_was_going(
    bureau: Department, login: Login, bind: Bind
) -> None:
    phone, _codes = bind("spj-moder")
    client = login("spj-moder")
    asked = client.get("/admin/terms/?q=x").url
    assert asked == f"{VERIFY}?next=%2Fadmin%2Fterms%2F%3Fq%3Dx"
    response = client.post(asked, {"code": phone.code(), "next": "/admin/terms/?q=x"})
    assert response.url == "/admin/terms/?q=x"
    assert client.get("/admin/terms/").status_code == 200
    assert client.get(VERIFY).status_code == 302, "nothing left to prove"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil"])
def test_it_never_leads_to_strangers(target: str, bureau: Department, login: Login, bind: Bind) -> None:
    phone, _codes = bind("spj-moder")
    response = login("spj-moder").post(VERIFY, {"code": phone.code(), "next": target})
    assert response.url == "/admin/"


@pytest.mark.parametrize("dress", ["{} ", "{0[0]}{0[1]}{0[2]} {0[3]}{0[4]}{0[5]}"])
def test_a_code_may_be_typed_with_spaces(dress: str, bureau: Department, login: Login, bind: Bind) -> None:
    phone, _codes = bind("spj-moder")
    assert login("spj-moder").post(VERIFY, {"code": dress.format(phone.code())}).status_code == 302


def test_a_wrong_code_opens_nothing_is_recorded_once_and_names_the_wait(
    bureau: Department, login: Login, bind: Bind, clock: Traveller
) -> None:
    phone, _codes = bind("spj-moder")
    client = login("spj-moder")
    assert "1 秒后再试" in client.post(VERIFY, {"code": phone.wrong()}).content.decode()
    assert events("account.factor_failed") == 1
    for _attempt in range(5):
        html = client.post(VERIFY, {"code": phone.code()}).content.decode()
        assert "输错次数过多，请在 1 秒后再试" in html, "not even the right one is looked at while waiting"
    assert events("account.factor_failed") == 1, "the chain cannot be flooded"
    assert client.get("/admin/").status_code == 302
    for wait in (1, 2, 4, 8):
        clock.shift(wait)
        assert f"{wait * 2} 秒后再试" in client.post(VERIFY, {"code": phone.wrong()}).content.decode()
    assert events("account.factor_failed") == 5
    clock.shift(16)
    assert client.post(VERIFY, {"code": phone.code()}).status_code == 302


def test_a_code_is_good_once(bureau: Department, login: Login, bind: Bind) -> None:
    phone, _codes = bind("spj-moder")
    verified(login("spj-moder"), phone)
    second = login("spj-moder")
    assert "已经用过" in second.post(VERIFY, {"code": phone.code()}).content.decode()
    assert second.get("/admin/").status_code == 302


def test_an_old_code_is_refused(bureau: Department, login: Login, bind: Bind, clock: Traveller) -> None:
    phone, _codes = bind("spj-moder")
    old = phone.code()
    clock.shift(90)
    assert login("spj-moder").post(VERIFY, {"code": old}).status_code == 200


def test_a_recovery_code_works_once_in_any_dress(bureau: Department, login: Login, bind: Bind) -> None:
    _phone, codes = bind("spj-moder")
    client = login("spj-moder")
    assert client.post(VERIFY, {"code": f" {codes[0].upper()} "}).status_code == 302
    assert client.get("/admin/").status_code == 200
    assert "还剩 9 个" in client.get(STATUS).content.decode()
    assert events("account.factor_code_used") == 1
    again = login("spj-moder").post(VERIFY, {"code": codes[0]})
    assert "已经用过" in again.content.decode()
    assert events("account.factor_failed") == 1


def test_wrong_recovery_codes_wait_too(bureau: Department, login: Login, bind: Bind) -> None:
    _phone, codes = bind("spj-moder")
    client = login("spj-moder")
    client.post(VERIFY, {"code": "abcd-abcd-abcd"})
    assert "输错次数过多" in client.post(VERIFY, {"code": codes[0]}).content.decode()
    assert StaticToken.objects.count() == 10


def test_the_last_recovery_codes_are_announced(bureau: Department, login: Login, bind: Bind) -> None:
    _phone, codes = bind("spj-moder")
    for code in codes[:6]:
        client = login("spj-moder")
        client.post(VERIFY, {"code": code})
        assert "恢复码只剩" not in client.get("/admin/account/").content.decode()
    client = login("spj-moder")
    client.post(VERIFY, {"code": codes[6]})
    assert "恢复码只剩 3 个" in client.get("/admin/account/").content.decode()


def test_another_persons_code_is_no_code(bureau: Department, login: Login, bind: Bind) -> None:
    bind("spj-moder")
    officer, codes = bind("spj-acct")
    client = login("spj-moder")
    assert client.post(VERIFY, {"code": officer.code()}).status_code == 200
    assert client.post(VERIFY, {"code": codes[0]}).status_code == 200
    assert client.get("/admin/").status_code == 302


def test_a_new_login_asks_again_even_in_a_proved_session(bureau: Department, bind: Bind) -> None:
    phone, _codes = bind("spj-moder")
    client = Client()
    credentials = {"username": "spj-moder", "password": f.PASSWORD, "next": "/admin/"}
    client.post("/admin/login/", credentials)
    verified(client, phone)
    assert client.get("/admin/").status_code == 200
    client.post("/admin/login/", credentials)
    assert client.get("/admin/").url.startswith(VERIFY)


def test_the_flag_dies_with_the_session(bureau: Department, login: Login, bind: Bind) -> None:
    phone, _codes = bind("spj-moder")
    client = verified(login("spj-moder"), phone)
    client.post("/admin/logout/")
    client.force_login(f.user("spj-moder"))
    assert client.get("/admin/").url.startswith(VERIFY)


def test_nobody_without_a_device_is_stuck_at_the_challenge(kjj: Department, login: Login) -> None:
    client = login("kjj-edit")
    assert client.get(VERIFY).url == STATUS
    assert client.post(VERIFY, {"code": "123456"}).url == STATUS


# --- Every door ---------------------------------------------------------------------------------------------


def addresses() -> Iterator[tuple[str, str]]:
    """Name and an address of every pattern behind a staff path, its parameters filled roughly."""

    def walk(patterns: list, prefix: str, spaces: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        for pattern in patterns:
            form, parameters = normalize(pattern.pattern.regex.pattern)[0]
            path = prefix + form % dict.fromkeys(parameters, "1")
            if isinstance(pattern, URLResolver):
                inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
                yield from walk(pattern.url_patterns, path, inner)
            elif path.startswith(("/admin/", "/documents/", "/_util/")):
                yield ":".join([*spaces, pattern.name or ""]), path

    yield from walk(get_resolver().url_patterns, "/", ())


def opened(client: Client, door: str, method: str) -> set[tuple[str, int]]:
    """What answers an unproved session with anything but the way to `door`."""
    found = set()
    for name, path in addresses():
        if name in OPEN_ADDRESSES:
            continue
        response = getattr(client, method)(path)
        to_door = response.status_code == 302 and response.url.startswith((door, f"{path}/"))
        if not to_door and response.status_code not in {403, 404}:
            found.add((name, response.status_code))
    return found


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unproved_moderator_finds_every_door_shut_but_the_challenge(
    method: str, kjj: Department, login: Login, bind: Bind
) -> None:
    bind("spj-moder")
    assert len(set(addresses())) > 200, "power check"
    assert opened(login("spj-moder"), VERIFY, method) == {("accounts_second_factor_verify", 200)}


def test_a_moderator_without_one_finds_every_door_shut_but_the_binding(
    kjj: Department, login: Login, required: None
) -> None:
    assert opened(login("spj-moder"), ENROL, "get") == {("accounts_second_factor_enrol", 200)}


def test_the_walk_finds_open_doors_without_the_middleware(
    kjj: Department, login: Login, bind: Bind, settings: SettingsWrapper
) -> None:
    """Power check."""
    bind("spj-moder")
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "SecondFactor" not in name]
    client = login("spj-moder")
    client.raise_request_exception = False  # stock's failwhale
    assert len(opened(client, VERIFY, "get")) > 30


def test_what_stays_open_shows_and_does_nothing(kjj: Department, login: Login, bind: Bind) -> None:
    bind("spj-moder")
    client = login("spj-moder")
    assert client.get("/admin/login/").status_code == 302
    assert client.get(reverse("wagtailadmin_sprite")).status_code == 200
    assert client.get(reverse("wagtailadmin_javascript_catalog")).status_code == 200
    client.post("/admin/logout/")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("headers", [{"X-Requested-With": "XMLHttpRequest"}, {"Accept": "application/json"}])
def test_scripts_are_told_in_json(headers: dict[str, str], kjj: Department, login: Login, bind: Bind) -> None:
    bind("spj-moder")
    response = login("spj-moder").get("/admin/choose-page/", headers=headers)
    assert response.status_code == 403
    assert response.json() == {"error": "请先验证动态口令。"}


def test_a_second_device_cannot_be_bound_from_an_unproved_session(bureau: Department, login: Login, bind: Bind) -> None:
    phone, _codes = bind("spj-moder")
    client = login("spj-moder")
    session = client.session
    session["second_factor_pending_key"] = "00" * 20
    session.save()
    client.cookies[django_settings.SESSION_COOKIE_NAME] = session.session_key
    assert client.post(ENROL, {"code": Phone("00" * 20).code()}).url == VERIFY
    assert TOTPDevice.objects.get().key == phone.key


def test_drafts_of_attachments_stay_shut_and_strangers_read_public_pages(
    kjj: Department, login: Login, bind: Bind
) -> None:
    page = f.make_public(f.make_document(kjj))
    bind("spj-moder")
    client = login("spj-moder")
    assert client.get("/documents/1/x.pdf").url.startswith(VERIFY)
    response = client.get(page.url)
    assert response.status_code == 200
    assert "cookie" not in response.get("Vary", "").lower(), "a public page does not read the session"
    assert Client().get("/documents/1/x.pdf").status_code == 404


# --- Its own page -------------------------------------------------------------------------------------------


def test_the_page_says_since_when_and_how_many_codes(kjj: Department, login: Login, bind: Bind) -> None:
    assert "没有绑定" in login("kjj-edit").get(STATUS).content.decode()
    phone, _codes = bind("kjj-edit")
    html = verified(login("kjj-edit"), phone).get(STATUS).content.decode()
    assert "2026-11-23（周一） 09:00" in html
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
    elsewhere = verified(login("spj-moder"), _later(old, clock))
    clock.shift(60)
    new = Phone(shown_key(client.get(ENROL).content.decode()))
    assert "请输入口令" in client.post(ENROL, {"code": new.code()}).content.decode()
    assert "口令不对" in client.post(ENROL, {"code": new.code(), "old": old.wrong()}).content.decode()
    assert TOTPDevice.objects.get().key == old.key
    clock.shift(60)
    assert "动态口令已绑定" in client.post(ENROL, {"code": new.code(), "old": old.code()}).content.decode()
    assert TOTPDevice.objects.get().key == new.key
    assert client.get("/admin/").status_code == 200
    assert elsewhere.get("/admin/").url.startswith(VERIFY), "proved by a device that is gone"
    clock.shift(60)
    assert services.check_code(user=f.user("spj-moder"), typed=old.code()).device is None
    assert services.check_code(user=f.user("spj-moder"), typed=codes[0]).device is None


def _later(phone: Phone, clock: Traveller) -> Phone:
    clock.shift(60)
    return phone


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
