"""Before anything else: a password of one's own, and the undertaking of A15 (T15.3, T15.6)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.hashers import check_password
from django.test import Client
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse

from accounts.models import User
from accounts.services.first_login import UNDERTAKING, owed_by
from accounts.tests.doors import GOOD, allot, sign_in
from audit.models import Event
from policy_pages.models import ChangeRecord
from policy_pages.tests import factories as f
from tests.test_chinese_admin import foreign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import Department

PAGE = "/admin/first-login/"
DONE = {"new_password1": GOOD, "new_password2": GOOD, "undertaking": "on"}


@pytest.fixture
def newcomer(kjj: Department) -> Client:
    """The browser of somebody who logged in with his one-time password."""
    account = allot(kjj)
    return sign_in("kjj-new", account.password)


def addresses(patterns: list, prefix: str = "") -> Iterator[str]:
    """Every address of the resolver that needs no argument."""
    for pattern in patterns:
        spaces = prefix
        if isinstance(pattern, URLResolver):
            spaces += f"{pattern.namespace}:" if pattern.namespace else ""
            yield from addresses(pattern.url_patterns, spaces)
        elif pattern.name:
            try:
                yield reverse(spaces + pattern.name)
            except NoReverseMatch:
                continue


OPEN = {PAGE, "/admin/login/", "/admin/logout/", "/admin/sprite/", "/admin/jsi18n/"}


def test_no_address_opens_before_the_first_login_is_done(newcomer: Client) -> None:
    """Walked from the resolver: an address added tomorrow is shut too."""
    staff = {path for path in addresses(get_resolver().url_patterns) if path.startswith("/admin/")} - OPEN
    assert len(staff) > 60, "power check"
    for method in ("get", "head", "post"):
        answers = {path: getattr(newcomer, method)(path) for path in sorted(staff)}
        wrong = {path: answer.status_code for path, answer in answers.items() if answer.get("Location") != PAGE}
        assert wrong == {}


@pytest.mark.parametrize(
    "path", ["/admin", "/admin/inbox", "/admin//", "/admin/./inbox/", "/admin/%69nbox/", "/_util/login/"]
)
def test_no_spelling_of_an_address_opens(newcomer: Client, path: str) -> None:
    response = newcomer.get(path, follow=True)
    assert response.status_code == 404 or response.redirect_chain[-1][0] == PAGE


def test_the_login_page_leads_back_to_the_gate(newcomer: Client) -> None:
    response = newcomer.get("/admin/login/?next=/admin/inbox/", follow=True)
    assert [target for target, _status in response.redirect_chain] == ["/admin/inbox/", PAGE]


def test_a_script_is_told_in_json(newcomer: Client) -> None:
    response = newcomer.get("/admin/api/main/pages/", headers={"x-requested-with": "XMLHttpRequest"})
    assert (response.status_code, response.json()) == (403, {"error": "请先修改密码并签署承诺书。"})


def test_a_form_does_nothing_before_the_gate(newcomer: Client) -> None:
    newcomer.post("/admin/changes/new/", {"kind": "created", "title": "偷跑的登记"})
    assert not ChangeRecord.objects.filter(title="偷跑的登记").exists()


def test_attachments_are_a_visitor_s_until_then(kjj: Department, newcomer: Client) -> None:
    assert newcomer.get(f.make_file(kjj).url).status_code == 404


def test_logging_out_is_always_open(newcomer: Client) -> None:
    assert newcomer.post("/admin/logout/").url == "/admin/login/"
    assert "_auth_user_id" not in newcomer.session


def test_the_page_asks_for_all_that_is_owed_in_chinese(newcomer: Client) -> None:
    page = newcomer.get(PAGE).content.decode()
    assert all(sentence in page for sentence in UNDERTAKING)
    assert "3 个工作日内" in page
    assert page.count('type="password"') == 2
    assert "至少 12 位" in page
    assert foreign(page) - {"kjj-new"} == set()


def test_every_fault_is_named_at_once(newcomer: Client) -> None:
    response = newcomer.post(PAGE, {"new_password1": "short", "new_password2": "short"})
    page = response.content.decode()
    assert response.status_code == 200
    assert "至少要 12 位" in page
    assert "至少要有 3 类" in page
    assert "请阅读承诺书，并在方框内打勾" in page
    assert foreign(page) - {"kjj-new"} == set()
    page = newcomer.post(PAGE, {}).content.decode()
    assert "请输入新密码" in page
    page = newcomer.post(PAGE, {**DONE, "new_password2": GOOD + "x"}).content.decode()
    assert "errorlist" in page
    assert 'name="undertaking" required id="id_undertaking" checked' in page or "checked" in page, "the tick stays"
    assert f.user("kjj-new").must_change_password


def test_afterwards_the_session_goes_on_and_both_are_kept(newcomer: Client) -> None:
    account = f.user("kjj-new")
    old = account.password
    response = newcomer.post(PAGE, DONE, follow=True)
    assert response.status_code == 200
    assert "已保存，可以开始工作了" in response.content.decode()
    assert newcomer.get("/admin/inbox/").status_code == 200
    account = f.user("kjj-new")
    assert not owed_by(account)
    assert check_password(GOOD, account.password)
    assert account.password != old
    assert account.password_expires_at is None
    assert account.undertaking_hash == hashlib.sha256("\n".join(UNDERTAKING).encode()).hexdigest()
    signed = Event.objects.get(action="account.undertaking_signed")
    assert (signed.actor_id, signed.payload["text"]) == (account.pk, list(UNDERTAKING))
    assert Event.objects.filter(action="account.password_changed", actor_id=account.pk).count() == 1
    assert newcomer.get(PAGE).url == "/admin/", "nothing is owed any more"


def test_the_one_time_password_is_dead_afterwards(kjj: Department) -> None:
    account = allot(kjj)
    sign_in("kjj-new", account.password).post(PAGE, DONE)
    response = Client().post("/admin/login/", {"username": "kjj-new", "password": account.password})
    assert response.status_code == 200
    sign_in("kjj-new", GOOD)


def test_the_one_time_password_may_not_become_the_own_one(kjj: Department) -> None:
    account = allot(kjj)
    client = sign_in("kjj-new", account.password)
    page = client.post(PAGE, {**DONE, "new_password1": account.password, "new_password2": account.password})
    assert "新密码与现在的密码相同" in page.content.decode()


def test_who_owes_only_the_undertaking_is_asked_for_that_only(kjj: Department) -> None:
    User.objects.filter(username="kjj-edit").update(undertaking_signed_at=None)
    client = sign_in("kjj-edit")
    page = client.get(PAGE).content.decode()
    assert 'type="password"' not in page
    password = f.user("kjj-edit").password
    assert "请阅读承诺书" in client.post(PAGE, {}).content.decode()
    assert client.post(PAGE, {"undertaking": "on", "new_password1": GOOD}).url == "/admin/"
    assert f.user("kjj-edit").password == password
    assert client.get("/admin/inbox/").status_code == 200


def test_who_owes_only_a_password_is_asked_for_that_only(kjj: Department) -> None:
    User.objects.filter(username="kjj-edit").update(must_change_password=True)
    client = sign_in("kjj-edit")
    assert "承诺书" not in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"new_password1": GOOD, "new_password2": GOOD}).url == "/admin/"


def test_the_break_glass_account_signs_nothing(bureau: Department) -> None:
    User.objects.create_superuser("root", password=f.PASSWORD)
    assert sign_in("root").get("/admin/inbox/").status_code == 200


def test_somebody_without_any_role_meets_no_circle_of_redirects(kjj: Department) -> None:
    User.objects.create_user("kjj-none", password=f.PASSWORD, must_change_password=True)
    client = sign_in("kjj-none")
    response = client.get("/admin/", follow=True)
    assert response.status_code == 200
    assert 'name="username"' in response.content.decode()
