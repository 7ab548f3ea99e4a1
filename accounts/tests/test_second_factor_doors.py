"""Every door of the back office stays shut until the session has proved its second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils.regex_helper import normalize
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.middleware.addresses import OPEN_ADDRESSES
from accounts.models import User
from accounts.tests.conftest import ENROL, STATUS, VERIFY, Phone, shown_key
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django.fixtures import SettingsWrapper

    from accounts.models import Department

    Bind = Callable[[str], tuple[Phone, list[str]]]
    Login = Callable[[str], Client]

pytestmark = pytest.mark.django_db


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
    response = client.post(ENROL, {"code": Phone("00" * 20).code()})
    assert response.status_code == 403
    assert f'href="{VERIFY}"' in response.content.decode()
    assert 'name="code"' not in response.content.decode()
    assert TOTPDevice.objects.get().key == phone.key


def test_on_attachments_an_unproved_session_is_a_visitor(kjj: Department, login: Login, bind: Bind) -> None:
    file, draft = f.make_file(kjj), f.make_file(kjj, data=b"%PDF-1.4 draft", title="草稿附件")
    page = f.make_public(f.make_document(kjj, body=[("attachments", [{"file": file, "label": ""}])]))
    bind("spj-moder")
    unproved = login("spj-moder")
    for client in (unproved, Client()):
        public = client.get(file.url)
        assert public.status_code == 200
        assert public.getvalue()
        assert client.get(draft.url).status_code == 404
    response = unproved.get(page.url)
    assert response.status_code == 200
    assert "cookie" not in response.get("Vary", "").lower(), "a public page does not read the session"


def test_a_newcomer_of_the_bureau_binds_first_and_meets_the_first_login_then(
    bureau: Department, login: Login, required: None
) -> None:
    User.objects.filter(username="spj-moder").update(must_change_password=True)
    client = login("spj-moder")
    assert client.get("/admin/first-login/").url.startswith(ENROL)
    phone = Phone(shown_key(client.get(ENROL).content.decode()))
    assert client.get(VERIFY).url.startswith(ENROL)
    assert client.post(ENROL, {"code": phone.code()}).status_code == 200
    for path in (STATUS, ENROL, VERIFY, "/admin/inbox/"):
        assert client.get(path).url == "/admin/first-login/", path
