"""The table of rights as a page, as code and as what the sync wrote; a repair leaves its trace; the first officer."""

from __future__ import annotations

import datetime
import re
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from guardian.models import GroupObjectPermission
from guardian.shortcuts import assign_perm
from wagtail.models import GroupCollectionPermission, GroupPagePermission

from accounts.enums import BUREAU_ROLES, Resource, Role, Scope, Verb
from accounts.models import Assignment, Department, User
from accounts.permissions import RIGHTS, TABLE
from accounts.services import group_name, permission_drift, sync_permissions
from audit.models import Event
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

Login = "Callable[[str], Client]"
PAGE = "/admin/roles/"
DAY = datetime.timedelta(days=1)
REPAIRED = "permissions.repaired"
STAFF = ("kjj-edit", "kjj-review", "spj-moder", "spj-acct", "spj-audit", "sys-admin")


def shown(client: Client) -> set[tuple[str, str, str, str]]:
    """The page's cells as (resource, verb, scope, role), in words."""
    soup = BeautifulSoup(client.get(PAGE).content, "html.parser")
    table = soup.select_one("table.hqt-rights")
    roles = [cell.get_text(strip=True) for cell in table.select("thead th")][1:]
    found = set()
    for row in table.select("tbody tr"):
        for role, cell in zip(roles, row.select("td"), strict=True):
            for line in cell.select("div"):
                verbs, scope = re.fullmatch(r"(.+)（(.+)）", line.get_text(strip=True)).groups()
                found |= {(row.th.get_text(strip=True), verb, scope, role) for verb in verbs.split("；")}
    return found


def coded() -> set[tuple[str, str, str, str]]:
    """The same of the table in code."""
    return {
        (str(right.resource.label), str(right.verb.label), str(right.scope.label), str(role.label))
        for role, rights in TABLE.items()
        for right in rights
    }


def drift_shown(client: Client) -> list[str]:
    soup = BeautifulSoup(client.get(PAGE).content, "html.parser")
    return [line.get_text(strip=True) for line in soup.select("#drift li")]


def written_for(role: Role, kjj: Department) -> set[str]:
    """What the sync wrote for a role: every kind of right of its group."""
    group = Group.objects.get(name=group_name(role, None if role in BUREAU_ROLES else kjj))
    models = {f"{p.content_type.app_label}.{p.codename}" for p in group.permissions.select_related("content_type")}
    on = {
        "department": GroupObjectPermission.objects.filter(group=group).values_list("permission__codename", flat=True),
        "page": GroupPagePermission.objects.filter(group=group).values_list("permission__codename", flat=True),
        "folder": GroupCollectionPermission.objects.filter(group=group).values_list("permission__codename", flat=True),
    }
    return models | {f"{kind} {code}" for kind, codes in on.items() for code in codes}


def wanted_for(role: Role) -> set[str]:
    rights = RIGHTS[role]
    lines = {f"department {code}" for code in rights.on_department} | {
        f"folder {code}" for code in rights.on_collection
    }
    return set(rights.models) | lines | {f"page {code}" for code in (*rights.on_section, *rights.on_home)}


# --- The page ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", STAFF)
def test_the_page_shows_the_table_to_every_member_of_the_staff(kjj: Department, login: Login, username: str) -> None:
    assert shown(login(username)) == coded()


def test_page_table_and_sync_agree_and_a_seeded_drift_is_found(kjj: Department, login: Login) -> None:
    client = login("sys-admin")
    assert shown(client) == coded()
    assert {role: written_for(role, kjj) for role in Role} == {role: wanted_for(role) for role in Role}
    assert drift_shown(client) == []
    assert "完全一致" in client.get(PAGE).content.decode()

    Group.objects.get(name="kjj:editor").permissions.add(Permission.objects.get(codename="view_event"))
    Group.objects.get(name="bureau:auditor").user_set.clear()
    assert written_for(Role.EDITOR, kjj) != wanted_for(Role.EDITOR)
    lines = drift_shown(client)
    assert "多余：“科学技术局 录入员”组 的 模型权限 view_event（audit）" in lines
    assert "缺少：“行政审批局 审计”组 的 成员 spj-audit" in lines
    assert len(lines) == 2

    sync_permissions()
    assert drift_shown(client) == []
    assert written_for(Role.EDITOR, kjj) == wanted_for(Role.EDITOR)


def test_the_page_is_made_from_the_table(kjj: Department, login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    """Power check: a right that is taken out of the table is gone from the page."""
    less = frozenset(right for right in TABLE[Role.AUDITOR] if right.resource != Resource.EVENT)
    cell = (Resource.EVENT.label, Verb.READ.label, Scope.ALL.label, Role.AUDITOR.label)
    assert cell in shown(login("spj-audit"))
    monkeypatch.setitem(TABLE, Role.AUDITOR, less)
    assert cell not in shown(login("spj-audit"))


@pytest.mark.parametrize("username", STAFF)
def test_only_who_watches_sees_the_drift(kjj: Department, login: Login, username: str) -> None:
    Group.objects.get(name="bureau:moderator").user_set.add(f.user("kjj-edit"))
    lines = drift_shown(login(username))
    assert bool(lines) == (username in {"spj-acct", "spj-audit", "sys-admin"})


def test_a_superuser_and_a_stranger_see_no_table(kjj: Department, login: Login) -> None:
    User.objects.create_superuser("root", password=f.PASSWORD)
    f.make_user("nobody")
    assert login("root").get(PAGE).status_code == 302
    assert login("nobody").get(PAGE).status_code == 302
    assert login("kjj-edit").post(PAGE).status_code == 405


def test_the_page_only_reads_and_asks_a_fixed_number_of_queries(bureau: Department, login: Login) -> None:
    def asked() -> list[str]:
        client = login("spj-audit")
        client.get(PAGE)
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        return [query["sql"] for query in queries]

    few = asked()
    for code in ("kjj", "gxj", "rsj"):
        f.make_department(code, f"{code}局")
    many = asked()
    assert len(many) == len(few)
    assert [sql for sql in many if re.match(r"(INSERT|UPDATE|DELETE|SAVEPOINT)", sql)] == []


# --- A repair leaves its trace ----------------------------------------------------------------------------------


def foreign_group(kjj: Department) -> None:
    Group.objects.create(name="Editors")


def lost_group(kjj: Department) -> None:
    Group.objects.get(name="kjj:editor").delete()


def foreign_grant(kjj: Department) -> None:
    assign_perm("accounts.read_account", Group.objects.get(name="kjj:editor"), f.user("kjj-edit"))


def bureau_grant(kjj: Department) -> None:
    assign_perm("accounts.edit_content", Group.objects.get(name="bureau:moderator"), kjj)


def personal_grant(kjj: Department) -> None:
    assign_perm("accounts.edit_content", f.user("spj-acct"), kjj)


def hand_made_member(kjj: Department) -> None:
    Group.objects.get(name="bureau:moderator").user_set.add(f.user("kjj-edit"))


@pytest.mark.parametrize(
    ("seed", "words"),
    [
        (foreign_group, "多余：Editors 组"),
        (lost_group, "缺少：kjj:editor 组"),
        (foreign_grant, "多余：kjj:editor 对象权限 read_account"),
        (bureau_grant, "多余：bureau:moderator 对象权限 edit_content"),
        (personal_grant, "多余：spj-acct 个人对象权限 edit_content"),
        (hand_made_member, "多余：bureau:moderator 成员 kjj-edit"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_repair_is_recorded_with_its_lines(kjj: Department, seed: Callable[[Department], None], words: str) -> None:
    sync_permissions()
    seed(kjj)
    number = Event.objects.filter(action=REPAIRED).count()
    call_command("tick", stdout=StringIO())
    event = Event.objects.filter(action=REPAIRED).latest("seq")
    assert Event.objects.filter(action=REPAIRED).count() == number + 1
    assert words in "\n".join(event.payload["lines"])
    assert event.payload["number"] == len(event.payload["lines"])
    assert permission_drift() == []
    call_command("tick", stdout=StringIO())
    assert Event.objects.filter(action=REPAIRED).count() == number + 1, "nothing left to repair"


def test_the_command_prints_and_records_what_it_repairs(kjj: Department) -> None:
    sync_permissions()
    hand_made_member(kjj)
    out = StringIO()
    call_command("sync_permissions", stdout=out)
    assert "多余：bureau:moderator 成员 kjj-edit" in out.getvalue()
    assert Event.objects.latest("seq").action == REPAIRED


@pytest.mark.parametrize(("first", "last"), [(-9, -1), (0, None)])
def test_time_is_no_hand(kjj: Department, first: int, last: int | None) -> None:
    """A role that ended yesterday or begins today changes the groups without an event of repair."""
    sync_permissions()
    number = Event.objects.filter(action=REPAIRED).count()
    today = timezone.localdate()
    Assignment.objects.filter(user__username="kjj-edit").update(
        valid_from=today + first * DAY, valid_until=None if last is None else today + last * DAY
    )
    if last is None:
        Group.objects.get(name="kjj:editor").user_set.clear()
    assert permission_drift() != []
    sync_permissions()
    assert permission_drift() == []
    assert Event.objects.filter(action=REPAIRED).count() == number


def test_a_hand_that_undoes_an_old_end_is_recorded(kjj: Department) -> None:
    today = timezone.localdate()
    Assignment.objects.filter(user__username="kjj-edit").update(valid_from=today - 9 * DAY, valid_until=today - 2 * DAY)
    sync_permissions()
    Group.objects.get(name="kjj:editor").user_set.add(f.user("kjj-edit"))
    sync_permissions()
    assert Event.objects.latest("seq").payload["lines"] == ["多余：kjj:editor 成员 kjj-edit"]


def test_nothing_to_repair_costs_a_dozen_reads_however_many_units(bureau: Department) -> None:
    def asked() -> list[str]:
        sync_permissions()
        with CaptureQueriesContext(connection) as queries:
            assert sync_permissions() == []
        return [query["sql"] for query in queries]

    few = asked()
    for code in ("kjj", "gxj", "rsj"):
        f.make_department(code, f"{code}局")
    many = asked()
    assert len(many) == len(few) <= 14
    assert [sql for sql in many if re.match(r"(INSERT|UPDATE|DELETE)", sql)] == []


# --- The first officer ------------------------------------------------------------------------------------------


def allot(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command("allot_officer", *arguments, stdout=out, **options)
    return out.getvalue()


def test_an_empty_installation_gets_its_first_officer(db: None) -> None:
    printed = allot("spj-acct", "张三", "0510-81820000", bureau_name="某市行政审批局", bureau_code="spj")
    [password] = re.findall(r"[A-Z][a-z]{2}\d(?:-[A-Z][a-z]{2}\d){3}", printed)
    user = f.user("spj-acct")
    assert user.check_password(password)
    assert (user.must_change_password, user.is_superuser, user.holds(Role.ACCOUNT_OFFICER)) == (True, False, True)
    assert Department.objects.get(code="spj").is_bureau
    event = Event.objects.get(action="account.allotted")
    assert (event.actor_name, event.payload["roles"]) == ("系统", ["account_officer"])
    assert password not in event.payload_json
    assert not [line for line in permission_drift() if "spj" in line]


def test_without_a_bureau_the_command_says_what_to_do(db: None) -> None:
    for options in ({}, {"bureau_name": "某市行政审批局"}, {"bureau_code": "spj"}):
        with pytest.raises(CommandError, match=r"还没有行政审批局.*--bureau-name"):
            allot("spj-acct", "张三", "0510-81820000", **options)
    with pytest.raises(CommandError, match=r"没有开设行政审批局"):
        allot("spj-acct", "张三", "0510-81820000", bureau_name="某市行政审批局", bureau_code="审批 局")
    assert not User.objects.exists()


def test_bad_arguments_open_neither_account_nor_bureau(db: None) -> None:
    with pytest.raises(CommandError) as caught:
        allot("admin", " ", "x", bureau_name="某市行政审批局", bureau_code="spj")
    for words in ("默认账号名", "姓名", "电话"):
        assert words in str(caught.value)
    assert not User.objects.exists()
    assert not Department.objects.exists()


def test_a_second_officer_joins_the_bureau_that_is_there(bureau: Department) -> None:
    with pytest.raises(CommandError, match="已经开设"):
        allot("spj-acct2", "李四", "0510-81820000", bureau_name="另一个局", bureau_code="xyz")
    allot("spj-acct2", "李四", "0510-81820000")
    assert f.user("spj-acct2").holds(Role.ACCOUNT_OFFICER)
    with pytest.raises(CommandError, match="已存在"):
        allot("spj-acct2", "王五", "0510-81820001")
