"""The break-glass account: every step leaves its trace, and those who must notice do; and there is one door only."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.test import Client
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import User
from accounts.tests.doors import allot, sign_in
from audit.models import Event
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import Department

BANNER = "您正在使用应急超级账号"


@pytest.fixture
def root(kjj: Department) -> Client:
    User.objects.create_superuser("root", password=f.PASSWORD, holder_name="应急账号")
    return sign_in("root")


def uses() -> list[dict]:
    return [event.payload for event in Event.objects.filter(action="account.break_glass").order_by("seq")]


def test_login_and_every_unsafe_request_are_recorded_and_reading_is_not(root: Client) -> None:
    root.get("/admin/inbox/")
    root.head("/admin/departments/")
    assert uses() == [{"step": "login", "address": "192.0.2.1"}]
    root.post("/admin/terms/new/", {"name": "geheim"})
    root.put("/admin/departments/")
    root.delete("/admin/inbox/")
    assert uses()[1:] == [
        {"method": "POST", "path": "/admin/terms/new/"},
        {"method": "PUT", "path": "/admin/departments/"},
        {"method": "DELETE", "path": "/admin/inbox/"},
    ]
    assert Event.objects.filter(action="account.break_glass").latest("seq").actor_name == "应急账号"


@pytest.mark.django_db(transaction=True)
def test_a_step_that_was_refused_is_recorded_all_the_same() -> None:
    """The view's transaction rolls back; the trace is none of it."""
    f.make_bureau()
    User.objects.create_superuser("root", password=f.PASSWORD)
    client = sign_in("root")
    assert client.post("/admin/failwhale/").status_code == 302
    assert uses()[-1] == {"method": "POST", "path": "/admin/failwhale/"}


def test_an_open_editor_that_asks_by_itself_is_no_step(root: Client, kjj: Department) -> None:
    root.post(f"/admin/editing-sessions/ping/policy_pages/policydocumentpage/{f.make_document(kjj).pk}/1/")
    assert len(uses()) == 1


def test_nobody_else_is_recorded(kjj: Department) -> None:
    client = sign_in("kjj-edit")
    client.post("/admin/changes/new/", {})
    assert uses() == []


def test_every_admin_page_of_his_carries_the_banner(root: Client) -> None:
    for path in (
        "/admin/",
        "/admin/inbox/",
        "/admin/account/",
        "/admin/departments/",
        "/admin/pages/",
        "/admin/users/",
    ):
        assert BANNER in root.get(path).content.decode(), path
    assert BANNER not in sign_in("kjj-edit").get("/admin/").content.decode()


@pytest.mark.parametrize(
    ("username", "told"),
    [("spj-audit", True), ("spj-acct", True), ("spj-moder", False), ("sys-admin", False), ("kjj-edit", False)],
)
def test_auditor_and_account_officer_see_that_it_was_used(root: Client, username: str, told: bool) -> None:
    root.post("/admin/departments/")
    page = sign_in(username).get("/admin/").content.decode()
    assert ("最近 30 天内使用过应急超级账号，共 2 步" in page) == told
    assert ("/admin/departments/" in page and "登录，来自 192.0.2.1" in page and "应急账号" in page) >= told


def test_after_thirty_days_the_notice_is_gone(root: Client) -> None:
    for days, told in ((29, True), (31, False)):
        with time_machine.travel(timezone.now() + datetime.timedelta(days=days)):
            page = sign_in("spj-audit").get("/admin/").content.decode()
        assert ("使用过应急超级账号" in page) == told


# --- One door -----------------------------------------------------------------------------------------------


def every_address(patterns: list, spaces: str = "") -> Iterator[tuple[str, str]]:
    """Name and address of everything in the resolver, arguments filled with something of their kind."""
    fillings = ("1", "x", "policy_pages", "audit", "admin")
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from every_address(
                pattern.url_patterns, spaces + (f"{pattern.namespace}:" if pattern.namespace else "")
            )
            continue
        name = spaces + (pattern.name or "")
        if not pattern.name:
            yield f"/{pattern.pattern}", f"/{str(pattern.pattern).strip('^$')}"
            continue
        for filling in fillings:
            keys = pattern.pattern.regex.groupindex
            try:
                args = dict.fromkeys(keys, filling)
                yield (
                    name,
                    reverse(name, kwargs=args)
                    if keys
                    else reverse(name, args=[filling] * pattern.pattern.regex.groups),
                )
            except NoReverseMatch:
                continue
            else:
                break


def test_exactly_one_address_logs_anybody_in(kjj: Department) -> None:
    """By effect: right credentials, under every field name in use, at every address the resolver knows."""
    found = dict(every_address(get_resolver().url_patterns))
    assert len(found) > 150, "power check"
    assert "/_util/login/" in found.values()
    keys = {"username": "kjj-edit", "password": f.PASSWORD, "email": "kjj-edit", "next": "/admin/"}
    opened = []
    for name, path in found.items():
        client = Client()
        client.raise_request_exception = False
        client.post(path, keys)
        if "_auth_user_id" in client.session:
            opened.append(name)
    assert opened == ["wagtailadmin_login"]


def test_the_other_login_of_wagtail_leads_to_the_one_door(client: Client, db: None) -> None:
    response = client.get("/_util/login/?next=/admin/inbox/")
    assert (response.status_code, response.url) == (302, "/admin/login/?next=/admin/inbox/")


@pytest.mark.parametrize("path", ["", "done/", "confirm/MQ/x-y/", "complete/"])
def test_no_password_is_reset_by_mail(client: Client, db: None, path: str) -> None:
    assert client.get(f"/admin/password_reset/{path}").status_code == 404
    assert client.post(f"/admin/password_reset/{path}", {"email": "a@example.org"}).status_code == 404


def test_the_login_page_offers_no_way_round(client: Client, db: None) -> None:
    page = client.get("/admin/login/").content.decode()
    assert "password_reset" not in page
    assert 'name="remember"' not in page


def test_a_person_in_a_first_login_is_no_break_glass(kjj: Department) -> None:
    client = sign_in("kjj-new", allot(kjj).password)
    client.post("/admin/departments/")
    assert uses() == []
