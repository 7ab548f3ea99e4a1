"""The list of accounts: who reads it, how it is searched, which are idle (A15)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Assignment, User
from accounts.querysets import idle_cutoff
from accounts.reports import account_state
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from accounts.models import Department

Login = "Callable[[str], Client]"
LIST = "/admin/accounts/"
DAY = datetime.timedelta(days=1)


def address(username: str) -> str:
    return f"/admin/accounts/{f.user(username).pk}/"


def listed(client: Client, query: str = "") -> list[str]:
    response = client.get(f"{LIST}results/{query}")
    assert response.status_code == 200
    cells = BeautifulSoup(response.content, "html.parser").select("td.title a")
    return [cell.get_text(strip=True) for cell in cells]


def line(client: Client, username: str) -> str:
    soup = BeautifulSoup(client.get(f"{LIST}?q={username}").content, "html.parser")
    return soup.select_one("tbody tr").get_text(" ", strip=True)


# --- The list ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["spj-acct", "spj-audit"])
def test_officer_and_auditor_read_the_list(kjj: Department, login: Login, username: str) -> None:
    User.objects.filter(username="kjj-edit").update(phone="0510-81820000")
    client = login(username)
    words = line(client, "kjj-edit")
    for word in ("姓名kjj-edit", "0510-81820000", "科学技术局：录入员", "在用", "从未登录", "已签"):
        assert word in words
    page = client.get(LIST).content.decode()
    assert ("分配账号" in page) == ("批量分配" in page) == (username == "spj-acct")
    assert "导出名册" in page


@pytest.mark.parametrize("username", ["kjj-edit", "kjj-review", "spj-moder", "sys-admin", "root"])
def test_nobody_else_reaches_an_account(kjj: Department, login: Login, username: str) -> None:
    User.objects.create_superuser("root", password=f.PASSWORD)
    client = login(username)
    for url in (LIST, f"{LIST}results/", address("kjj-edit"), f"{LIST}export/", f"{LIST}import/"):
        assert client.get(url).status_code == 302, url
        assert client.post(url, {"action": "disable", "reason": "x"}).status_code == 302, url
    assert f.user("kjj-edit").is_active


def test_grants_of_django_open_nothing(kjj: Department, login: Login) -> None:
    """The list rests on the table of rights: a hand-made `change_user` or `read_account` is no key."""
    keys = Permission.objects.filter(codename__in=["add_user", "change_user", "view_user", "read_account"])
    f.user("sys-admin").user_permissions.add(*keys)
    assert login("sys-admin").get(LIST).status_code == 302


def test_the_list_is_searched_and_filtered(kjj: Department, gxj: Department, login: Login) -> None:
    client = login("spj-acct")
    User.objects.filter(username="kjj-review").update(is_active=False)
    User.objects.filter(username="gxj-edit").update(must_change_password=True)
    assert listed(client, f"?department={kjj.pk}") == ["kjj-edit", "kjj-review"]
    assert listed(client, "?role=editor") == ["gxj-edit", "kjj-edit"]
    assert listed(client, "?state=disabled") == ["kjj-review"]
    assert listed(client, "?state=waiting") == ["gxj-edit"]
    assert "gxj-edit" not in listed(client, "?state=in_use")
    assert "kjj-edit" in listed(client, "?state=in_use")
    assert listed(client, "?q=姓名spj-m") == ["spj-moder"]
    assert client.get(f"{LIST}?state=nonsense&department=x&role=1").status_code == 200


def test_an_account_is_idle_after_90_whole_days_without_a_login(kjj: Department, login: Login) -> None:
    """Last used on 1 August: the 90th day after it is 30 October, so it is idle from 31 October."""
    User.objects.update(date_joined=timezone.now() - 2000 * DAY)
    client = login("spj-acct")
    for used, today, idle in (
        ("2026-08-01 23:59", "2026-10-30", False),
        ("2026-08-01 23:59", "2026-10-31", True),
        ("2026-08-01 00:01", "2026-10-30", False),
    ):
        at = timezone.make_aware(datetime.datetime.fromisoformat(used))
        User.objects.update(login_at=timezone.now())
        User.objects.filter(username="kjj-edit").update(login_at=at)
        with time_machine.travel(f"{today} 12:00 +0800", tick=False):
            Assignment.objects.update(valid_from=datetime.date(2026, 1, 1))
            User.objects.update(password_changed_at=timezone.now())  # else the renewal of passwords stands in the way
            client = login("spj-acct")
            assert (account_state(f.user("kjj-edit")) == "闲置") == idle, (used, today)
            assert ("kjj-edit" in listed(client, "?state=idle")) == idle
            assert ("kjj-edit" in listed(client, "?state=in_use")) != idle


def test_a_new_account_that_nobody_used_yet_is_not_idle(kjj: Department) -> None:
    user = f.user("kjj-edit")
    assert account_state(user) == "在用"
    user.must_change_password = True
    assert account_state(user) == "待首次登录"
    user.date_joined = idle_cutoff() - DAY
    assert account_state(user) == "待首次登录、闲置"


def test_the_list_takes_as_many_queries_for_many_rows(
    bureau: Department, login: Login, django_assert_num_queries: Callable
) -> None:
    client = login("spj-acct")
    client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    number = len(few)
    for code in ("kjj", "gxj", "rsj"):
        f.make_department(code, f"{code}局")
    client = login("spj-acct")
    client.get(LIST)
    with django_assert_num_queries(number):
        client.get(LIST)
