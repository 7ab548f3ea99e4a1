"""Lists of units and assignments, and the panel of those who watch the system."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Assignment, User
from accounts.wagtail_hooks import spans
from audit.models import CalendarYear, ChainHead
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from accounts.models import Department

Login = "Callable[[str], Client]"
DAY = datetime.timedelta(days=1)


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("username", ["spj-acct", "spj-audit", "sys-admin"])
def test_units_are_listed(kjj: Department, login: Login, username: str) -> None:
    page = text(login(username), reverse("departments:index"))
    for words in ("科学技术局", "行政审批局", "市级", "在用", "政府及其职能部门"):
        assert words in page
    assert "新增单位" not in page


def test_units_are_searched_and_filtered(kjj: Department, gxj: Department, login: Login) -> None:
    kjj.is_active = False
    kjj.parent = gxj
    kjj.save()
    client = login("spj-acct")
    url = reverse("departments:index_results")
    assert "科学技术局" not in text(client, f"{url}?q=gxj")
    page = text(client, f"{url}?is_active=false")
    assert "停用" in page
    assert "科学技术局" in page
    assert "行政审批局" not in page


@pytest.mark.parametrize("username", ["spj-acct", "spj-audit"])
def test_assignments_are_listed(kjj: Department, login: Login, username: str) -> None:
    page = text(login(username), reverse("assignments:index"))
    for words in ("姓名kjj-edit", "录入员", "审计", "长期", "在任"):
        assert words in page


def test_assignments_say_how_they_stand(kjj: Department, login: Login) -> None:
    today = timezone.localdate()
    rows = Assignment.objects.filter(department=kjj)
    rows.filter(role=Role.EDITOR).update(valid_from=today - 9 * DAY, valid_until=today - DAY)
    rows.filter(role=Role.REVIEWER).update(valid_from=today + DAY)
    User.objects.filter(username="spj-moder").update(is_active=False)
    client, url = login("spj-acct"), reverse("assignments:index_results")
    page = text(client, url)
    for words in ("已离任", "未到任", "账号已停用"):
        assert page.count(words) == 1
    assert "已离任" not in text(client, f"{url}?current=yes")
    assert text(client, f"{url}?current=no").count("kjj-") == 4
    assert text(client, f"{url}?role=auditor").count("spj-audit") == 2


@pytest.mark.parametrize("space", ["departments", "assignments"])
@pytest.mark.parametrize("name", ["add", "edit", "delete", "copy", "inspect", "history", "usage"])
def test_nothing_but_lists_has_an_address(space: str, name: str) -> None:
    for args in ([], [1]):
        with pytest.raises(NoReverseMatch):
            reverse(f"{space}:{name}", args=args)


@pytest.mark.parametrize("space", ["departments", "assignments"])
def test_a_superuser_s_list_links_to_nothing_that_is_not_there(kjj: Department, login: Login, space: str) -> None:
    User.objects.create_superuser("root", password=f.PASSWORD)
    text(login("root"), reverse(f"{space}:index"))


@pytest.mark.parametrize("space", ["departments", "assignments"])
def test_a_list_takes_as_many_queries_for_many_rows(
    bureau: Department, login: Login, space: str, django_assert_num_queries: Callable
) -> None:
    client, url = login("spj-audit"), reverse(f"{space}:index")
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    number = len(few)
    for code in ("kjj", "gxj"):
        f.make_department(code, f"{code}局")
    client = login("spj-audit")
    client.get(url)
    with django_assert_num_queries(number):
        client.get(url)


# --- The panel ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("username", "shown"),
    [("sys-admin", True), ("spj-audit", True), ("spj-moder", False), ("spj-acct", False), ("kjj-edit", False)],
)
def test_who_sees_how_the_system_stands(kjj: Department, login: Login, username: str, shown: bool) -> None:
    assert ("系统状态" in text(login(username), "/admin/")) == shown


def test_the_panel_says_where_the_chain_stands(kjj: Department, login: Login) -> None:
    client = login("sys-admin")
    seq = ChainHead.objects.get().seq
    page = text(client, "/admin/")
    assert f"已记到第 {seq} 号事件" in page
    assert "2004—2026" in page
    assert "不符" not in page
    ChainHead.objects.update(seq=seq + 1)
    assert "链头与最后一个事件不符" in text(client, "/admin/")


@pytest.mark.parametrize(("day", "warned"), [("2026-10-31", False), ("2026-11-01", True)])
def test_the_panel_warns_of_next_year_from_november(bureau: Department, login: Login, day: str, warned: bool) -> None:
    with time_machine.travel(f"{day} 12:00 +0800", tick=False):
        Assignment.objects.update(valid_from=datetime.date(2026, 1, 1))
        page = text(login("sys-admin"), "/admin/")
    assert ("2027 年的工作日安排尚未录入并确认" in page) == warned


def test_the_panel_of_an_empty_system(bureau: Department, login: Login) -> None:
    client = login("sys-admin")
    CalendarYear.objects.all().delete()
    ChainHead.objects.all().delete()
    page = text(client, "/admin/")
    assert "没有已确认的年份" in page
    assert "还没有事件" in page


def test_years_in_unbroken_runs() -> None:
    assert spans([]) == []
    assert spans([2004, 2005, 2006, 2008, 2010, 2011]) == [(2004, 2006), (2008, 2008), (2010, 2011)]
