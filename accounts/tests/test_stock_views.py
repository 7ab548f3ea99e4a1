"""Stock Wagtail's own administration is neither seen nor usable by any of our roles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup

from accounts.models import User
from accounts.tests.conftest import ACCOUNTS
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from accounts.models import Department

    Login = Callable[[str], Client]

ADMINISTRATION = ["users/", "users/new/", "groups/", "groups/new/", "collections/", "collections/add/"]
WORKFLOWS = ["workflows/list/", "workflows/add/", "workflows/tasks/index/", "workflows/tasks/select_type/"]
IMAGES = ["images/", "images/add/", "images/multiple/add/"]
REPORTS = ["reports/locked/", "reports/page-types-usage/", "reports/page-types-usage/results/"]
NOT_INSTALLED = ["sites/", "redirects/", "locales/", "snippets/", "forms/", "settings/"]
CLOSED = [*ADMINISTRATION, *WORKFLOWS, *IMAGES, *REPORTS, *NOT_INSTALLED]


def test_no_role_opens_stock_administration(kjj: Department, login: Login) -> None:
    opened = []
    for username in ACCOUNTS:
        client = login(username)
        opened += [(username, path) for path in CLOSED if client.get(f"/admin/{path}").status_code == 200]
    assert opened == []


def test_the_list_of_closed_addresses_is_real(kjj: Department, login: Login) -> None:
    """Power check: the break-glass account opens what is installed, so a refusal above is no misspelling."""
    User.objects.create_superuser("root", password=f.PASSWORD)
    client = login("root")
    for path in [*ADMINISTRATION, *WORKFLOWS, *IMAGES, "reports/locked/"]:
        assert client.get(f"/admin/{path}").status_code == 200, path


def menu(client: Client) -> set[str]:
    """Every label of the sidebar, submenus included."""
    page = BeautifulSoup(client.get("/admin/").content, "html.parser")
    props = json.loads(page.find(id="wagtail-sidebar-props").string)
    return {word for word in labels(props) if word}


def labels(node: object) -> list[str]:
    found: list[str] = []
    if isinstance(node, dict):
        values = list(node.values())
        found += [node["label"]] if isinstance(node.get("label"), str) else []
    else:
        values = node if isinstance(node, list) else []
        # telepath packs an item's constructor arguments as a list whose second member is its label
        if len(values) > 1 and all(isinstance(value, str) for value in values[:2]):
            found.append(values[1])
    for value in values:
        found += labels(value)
    return found


@pytest.mark.parametrize(
    ("username", "items"),
    [
        ("kjj-edit", {"卷宗", "页面", "变更登记", "附件", "人员变更备案", "纠错"}),
        ("kjj-review", {"卷宗", "人员变更备案", "纠错"}),
        (
            "spj-moder",
            {"卷宗", "页面", "变更登记", "分类词表", "工作日历", "工作日年度", "放假调休"}
            | {"录入放假通知", "时限规则", "固定报告", "纠错", "网站信息", "搜索用词", "没有结果的搜索"},
        ),
        ("spj-acct", {"人员变更备案", "单位", "任职", "动态口令重置"}),
        (
            "spj-audit",
            {"卷宗", "页面", "变更登记", "分类词表", "工作日历", "工作日年度", "放假调休", "审计事件"}
            | {"人员变更备案", "单位", "任职", "时限规则", "固定报告", "纠错", "网站信息"}
            | {"搜索用词", "没有结果的搜索"},
        ),
        ("sys-admin", {"工作日历", "工作日年度", "放假调休", "单位", "动态口令重置", "时限规则"}),
    ],
)
def test_the_menu_of_a_role(kjj: Department, login: Login, username: str, items: set[str]) -> None:
    everybody = {"待办", "单位与账号", "权限表"}
    if "卷宗" in items:  # who reads drafts reads boards, reports, notices of windows and reasons of lateness
        everybody |= {"时限看板", "报表", "时限报表", "年度考核表", "申报期限告知", "逾期说明"}
    assert menu(login(username)) - {"账号", "注销", "帐号"} == items | everybody
