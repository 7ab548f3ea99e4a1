"""Allotting an account in one screen, and the slip that is shown once (A15)."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Assignment, User
from accounts.rules import account_code_fault, holder_name_fault, phone_fault, suggested_code
from accounts.services.officer import allot_for_holder
from audit.models import Event
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from django.http import HttpResponse

    from accounts.models import Department

Login = "Callable[[str], Client]"
NEW = "/admin/accounts/new/"
PASSWORD = re.compile(r"[A-Z][a-z]{2}[2-9](?:-[A-Z][a-z]{2}[2-9]){3}")
DAY = datetime.timedelta(days=1)


def typed(department: Department, /, **facts: Any) -> dict[str, Any]:
    values = {
        "department": department.pk,
        "roles": ["editor"],
        "holder_name": "李四",
        "phone": "13800001234",
        "username": "",
        "valid_from": timezone.localdate().isoformat(),
    }
    return {**values, **facts}


def faults(response: HttpResponse) -> dict[str, list[str]]:
    assert response.status_code == 200
    return {name: list(words) for name, words in response.context_data["form"].errors.items()}


def test_an_account_is_allotted_in_one_screen(kjj: Department, login: Login) -> None:
    response = login("spj-acct").post(NEW, typed(kjj, roles=["editor", "reviewer"]))
    user = User.objects.get(holder_name="李四")
    slip = response.content.decode()
    assert user.username == "kjj-edit2", "the suggested code: kjj-edit exists"
    assert {(row.department, row.role) for row in user.assignments.all()} == {(kjj, "editor"), (kjj, "reviewer")}
    assert (user.must_change_password, user.is_staff, user.is_superuser) == (True, False, False)
    [password] = set(PASSWORD.findall(slip))
    assert user.check_password(password)
    for words in ("李四", "kjj-edit2", "科学技术局：录入员、审核员", "首次登录须改密码", "使用人签字", "日期"):
        assert words in slip
    assert f"{timezone.localtime(user.password_expires_at):%Y-%m-%d}" in slip


def test_a_typed_code_is_used_as_it_is(kjj: Department, login: Login) -> None:
    login("spj-acct").post(NEW, typed(kjj, username="kjj-zhang"))
    assert User.objects.get(holder_name="李四").username == "kjj-zhang"


def test_the_password_is_shown_once_and_kept_nowhere(kjj: Department, login: Login) -> None:
    client = login("spj-acct")
    response = client.post(NEW, typed(kjj))
    [password] = set(PASSWORD.findall(response.content.decode()))
    assert "no-store" in response["Cache-Control"]
    account = User.objects.get(holder_name="李四")
    for url in (NEW, "/admin/", "/admin/accounts/", f"/admin/accounts/{account.pk}/"):
        assert password not in client.get(url).content.decode()
    assert not any(password in str(session.get_decoded()) for session in Session.objects.all())
    assert not any(password in event.payload_json or password in event.object_label for event in Event.objects.all())
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 -- names of our own tables
            assert not any(password in str(row) for row in cursor.fetchall()), table


def test_sending_the_form_again_makes_no_second_account(kjj: Department, login: Login) -> None:
    client = login("spj-acct")
    for code in ("", "kjj-zhang"):
        number = User.objects.count()
        data = typed(kjj, username=code, holder_name=f"王五{code}")
        assert client.post(NEW, data).status_code == 200
        again = client.post(NEW, data)
        assert User.objects.count() == number + 1
        assert not PASSWORD.search(again.content.decode())
        assert "已有账号" in str(faults(again)["holder_name"])


def test_every_fault_stands_at_its_field_at_once_and_nothing_typed_is_lost(kjj: Department, login: Login) -> None:
    yesterday = (timezone.localdate() - DAY).isoformat()
    data = typed(kjj, roles=[], holder_name=" ", phone="12", username="KJJ-Edit", valid_from=yesterday, department="")
    response = login("spj-acct").post(NEW, data)
    assert set(faults(response)) == {"department", "roles", "holder_name", "phone", "username", "valid_from"}
    page = response.content.decode()
    for words in ('value="12"', 'value="KJJ-Edit"', f'value="{yesterday}"', "请选择单位", "请至少选择一个角色"):
        assert words in page
    assert not User.objects.filter(username__iexact="kjj-edit").exclude(username="kjj-edit").exists()


@pytest.mark.parametrize(
    ("facts", "field", "words"),
    [
        ({"username": "kjj-edit"}, "username", "已存在"),
        ({"username": "KJJ-EDIT"}, "username", "小写"),
        ({"username": "admin"}, "username", "默认账号名"),
        ({"username": "a" * 200}, "username", "3 至 30"),
        ({"phone": "2026-11-23"}, "phone", "电话"),
        ({"phone": "abc"}, "phone", "电话"),
        ({"phone": "1" * 300}, "phone", "电话"),
        ({"holder_name": "张" * 61}, "holder_name", "60"),
        ({"holder_name": "张三\u200b\n李四"}, "holder_name", "不可见"),
        ({"roles": ["moderator"]}, "roles", "审批局的角色"),
        ({"roles": ["account_officer"]}, "roles", "不能在这里分配"),
        ({"roles": ["root"]}, "roles", "不能在这里分配"),
        ({"department": "99999"}, "department", "没有这个单位"),
        ({"department": "x"}, "department", "没有这个单位"),
        ({"valid_from": ""}, "valid_from", "请填写起始日"),
        ({"valid_from": "明天"}, "valid_from", "日期写法不对"),
        ({"valid_from": "2099-01-01"}, "valid_from", "一年以后"),
    ],
)
def test_bad_input_is_told_in_words(kjj: Department, login: Login, facts: dict, field: str, words: str) -> None:
    before = User.objects.count()
    found = faults(login("spj-acct").post(NEW, typed(kjj, **facts)))
    assert words in "".join(found[field])
    assert User.objects.count() == before


def test_an_existing_code_in_other_case_is_taken(kjj: Department, login: Login) -> None:
    User.objects.filter(username="kjj-edit").update(username="KJJ-Edit")
    assert "已存在" in str(faults(login("spj-acct").post(NEW, typed(kjj, username="kjj-edit"))))
    login("spj-acct").post(NEW, typed(kjj))
    assert User.objects.get(holder_name="李四").username == "kjj-edit2"


def test_roles_of_departments_and_of_the_bureau_do_not_mix(bureau: Department, login: Login) -> None:
    client = login("spj-acct")
    assert "不设录入员" in str(faults(client.post(NEW, typed(bureau, roles=["editor"]))))
    assert "只能选一项" in str(faults(client.post(NEW, typed(bureau, roles=["moderator", "auditor"]))))
    client.post(NEW, typed(bureau, roles=["auditor"]))
    assert User.objects.get(holder_name="李四").username == "spj-audit2"


def test_a_unit_out_of_use_gets_no_account(kjj: Department, login: Login) -> None:
    type(kjj).objects.filter(pk=kjj.pk).update(is_active=False)
    assert "department" in faults(login("spj-acct").post(NEW, typed(kjj)))


def test_an_account_may_start_later_and_its_slip_says_when(kjj: Department, login: Login) -> None:
    day = timezone.localdate() + 5 * DAY
    slip = login("spj-acct").post(NEW, typed(kjj, valid_from=day.isoformat())).content.decode()
    assert f"录入员（{day.isoformat()} 起）" in slip
    assert Assignment.objects.get(user__holder_name="李四").valid_from == day


def test_a_forged_post_of_every_field_of_an_account_sets_none_of_them(kjj: Department, login: Login) -> None:
    """Every field of the model, its name and its plural, with a value an attacker would like."""
    fields = [field.name for field in User._meta.get_fields()]
    assert {"is_superuser", "is_staff", "groups", "user_permissions", "password"} <= set(fields), "power check"
    forged = dict.fromkeys(fields, "1") | {"password": "forged", "last_login": "2026-01-01 00:00"}
    forged |= {"login_at": "2026-01-01", "undertaking_signed_at": "2026-01-01", "date_joined": "2020-01-01"}
    response = login("spj-acct").post(NEW, {**forged, **typed(kjj)})
    assert PASSWORD.search(response.content.decode())
    user = User.objects.get(holder_name="李四")
    assert not (user.is_superuser or user.is_staff or user.user_permissions.exists() or user.email or user.first_name)
    assert [group.name for group in user.groups.all()] == ["kjj:editor"]
    assert not user.check_password("forged")
    assert (user.undertaking_signed_at, user.login_at, user.last_login, user.disabled_at) == (None, None, None, None)
    assert (user.is_active, user.must_change_password) == (True, True)
    assert timezone.now() - user.date_joined < DAY


@pytest.mark.parametrize("username", ["kjj-edit", "kjj-review", "spj-moder", "spj-audit", "sys-admin", "root"])
def test_nobody_else_allots(kjj: Department, login: Login, username: str) -> None:
    User.objects.create_superuser("root", password=f.PASSWORD)
    before = User.objects.count()
    client = login(username)
    assert client.get(NEW).status_code == 302
    assert client.post(NEW, typed(kjj)).status_code == 302
    assert User.objects.count() == before
    facts = {"username": "", "holder_name": "李四", "phone": "13800001234", "valid_from": timezone.localdate()}
    with pytest.raises(PermissionDenied):
        allot_for_holder(**facts, department=kjj, roles=[Role.EDITOR], actor=f.user(username))


def test_the_service_says_every_fault_too(kjj: Department) -> None:
    with pytest.raises(ValidationError) as caught:
        allot_for_holder(
            username="root",
            holder_name="",
            phone="x",
            department=kjj,
            roles=[],
            valid_from=timezone.localdate() - DAY,
            actor=f.user("spj-acct"),
        )
    assert set(caught.value.message_dict) == {"username", "holder_name", "phone", "roles", "valid_from"}


def test_the_form_asks_a_fixed_number_of_queries(
    bureau: Department, login: Login, django_assert_num_queries: Any
) -> None:
    client = login("spj-acct")
    client.get(NEW)
    with CaptureQueriesContext(connection) as few:
        client.get(NEW)
    number = len(few)
    for code in ("kjj", "gxj", "rsj"):
        f.make_department(code, f"{code}局")
    client = login("spj-acct")
    client.get(NEW)
    with django_assert_num_queries(number):
        client.get(NEW)


# --- Rules ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "taken", "code"),
    [
        ("kjj", set(), "kjj-edit"),
        ("kjj", {"kjj-edit"}, "kjj-edit2"),
        ("kjj", {"kjj-edit", "kjj-edit2"}, "kjj-edit3"),
        ("JY_gxj", set(), "jy-gxj-edit"),
        ("120", set(), "u120-edit"),
        ("_", set(), "u-edit"),
        ("x" * 30, set(), "x" * 18 + "-edit"),
    ],
)
def test_a_suggested_code_is_free_and_allowed(unit: str, taken: set[str], code: str) -> None:
    assert suggested_code(unit, "edit", taken) == code
    assert account_code_fault(code) == ""


@pytest.mark.parametrize(("name", "good"), [("张三", True), ("买买提·艾力", True), ("", False), ("张\n三", False)])
def test_a_holder_is_one_named_person(name: str, good: bool) -> None:
    assert (holder_name_fault(name) == "") == good


@pytest.mark.parametrize(
    ("text", "good"), [("13800001234", True), ("0510-81820000", True), ("", False), ("1" * 41, False), ("张三", False)]
)
def test_a_holder_can_be_called(text: str, good: bool) -> None:
    assert (phone_fault(text) == "") == good
