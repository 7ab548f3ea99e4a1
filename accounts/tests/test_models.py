"""Who a person is and what he may read, by role."""

from __future__ import annotations

import datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.enums import DepartmentKind, Role
from accounts.models import Assignment, Department, User
from accounts.permissions import DepartmentScopedPolicy, can_edit_content, editable_departments, is_moderator
from policy_pages.models import ChangeRecord
from policy_pages.tests import factories as f

DAY = datetime.timedelta(days=1)


def reviews_for(person: User, department: Department) -> bool:
    """As `policy_pages.permissions.decidable` asks it."""
    return editable_departments(person, "accounts.review_content").filter(pk=department.pk).exists()


@pytest.fixture
def world(kjj: Department, gxj: Department) -> None:
    """Both departments, the bureau, a superuser, and somebody without any role."""
    User.objects.create_superuser("root", password=f.PASSWORD)
    f.make_user("nobody")


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("username", "visible"),
    [
        ("kjj-edit", {"kjj"}),
        ("kjj-review", {"kjj"}),
        ("gxj-edit", {"gxj"}),
        ("spj-moder", {"kjj", "gxj", "spj"}),
        ("spj-audit", {"kjj", "gxj", "spj"}),
        ("spj-acct", set()),
        ("sys-admin", set()),
        ("root", {"kjj", "gxj", "spj"}),
        ("nobody", set()),
    ],
)
def test_whose_drafts_a_person_reads(username: str, visible: set[str]) -> None:
    assert {department.code for department in f.user(username).visible_departments()} == visible
    User.objects.filter(username=username).update(is_active=False)
    assert not f.user(username).visible_departments().exists()


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("username", "edits", "reviews", "moderates"),
    [
        ("kjj-edit", True, False, False),
        ("kjj-review", False, True, False),
        ("gxj-edit", False, False, False),
        ("spj-moder", False, False, True),
        ("spj-audit", False, False, False),
        ("spj-acct", False, False, False),
        ("sys-admin", False, False, False),
        ("root", False, False, False),
    ],
)
def test_what_a_person_does_to_the_content_of_kjj(username: str, edits: bool, reviews: bool, moderates: bool) -> None:
    person, kjj = f.user(username), Department.objects.get(code="kjj")
    assert (can_edit_content(person, kjj), reviews_for(person, kjj)) == (edits, reviews)
    assert is_moderator(person) == moderates
    assert not can_edit_content(person, None)
    person.is_active = False
    assert not can_edit_content(person, kjj)
    assert not is_moderator(person)


def test_a_person_of_two_departments_has_both(kjj: Department, gxj: Department) -> None:
    f.make_user("kjj-edit", gxj, Role.REVIEWER)
    person = f.user("kjj-edit")
    assert {d.code for d in person.visible_departments()} == {"kjj", "gxj"}
    assert [d.code for d in person.departments_as(Role.REVIEWER)] == ["gxj"]
    assert (can_edit_content(person, gxj), reviews_for(person, gxj)) == (False, True)
    assert [a.department.code for a in person.current_assignments().order_by("pk")] == ["kjj", "gxj"]


def test_the_policy_asks_about_the_row(kjj: Department, gxj: Department) -> None:
    own, other = f.make_change(kjj), f.make_change(gxj)
    policy = DepartmentScopedPolicy(ChangeRecord)
    editor, moderator = f.user("kjj-edit"), f.user("spj-moder")
    assert policy.user_has_permission(editor, "change")
    assert policy.user_has_permission_for_instance(editor, "change", own)
    assert not policy.user_has_permission_for_instance(editor, "change", other)
    assert not policy.user_has_permission(editor, "delete")
    assert not policy.instances_user_has_any_permission_for(editor, ["delete"]).exists()
    assert set(policy.instances_user_has_any_permission_for(moderator, ["view"])) == {own, other}
    assert set(policy.users_with_any_permission(["change"])) == {moderator}
    editor.is_active = False
    assert not policy.user_has_any_permission(editor, ["view"])
    assert not policy.instances_user_has_any_permission_for(editor, ["view"]).exists()


def test_names() -> None:
    user = User(username="kjj-edit")
    assert (str(user), user.get_full_name()) == ("kjj-edit", "kjj-edit")
    user.holder_name = "王明"
    department = Department(code="kjj", name="无锡市科学技术局", short_name="市科技局")
    assert (str(user), str(department)) == ("王明", "无锡市科学技术局")
    assert str(Assignment(user=user, department=department, role=Role.EDITOR)) == "王明 市科技局 录入员"
    assert not department.is_bureau
    assert Department(kind=DepartmentKind.BUREAU).is_bureau


def test_a_unit_is_found_by_any_of_its_names(kjj: Department, gxj: Department) -> None:
    kjj.other_names = "无锡市科技局\n 市科协办 \n\n"
    kjj.save()
    assert kjj.all_names() == {"科学技术局", "无锡市科技局", "市科协办"}
    for name in ("科学技术局", " 无锡市科技局 ", "市科协办"):
        assert Department.objects.named(name) == kjj
    assert Department.objects.named("不存在的单位") is None
    gxj.other_names = "无锡市科技局"
    gxj.save()
    assert Department.objects.named("无锡市科技局") is None, "two units of one name decide nothing"


def test_only_active_units_with_a_section_publish(kjj: Department, gxj: Department) -> None:
    gxj.is_active = False
    gxj.save()
    assert [d.code for d in Department.objects.publishing()] == ["kjj"]


def test_when_an_assignment_holds() -> None:
    today = timezone.localdate()
    open_end = Assignment(valid_from=today)
    assert (open_end.is_current(), open_end.is_current(today - DAY)) == (True, False)
    closed = Assignment(valid_from=today - DAY, valid_until=today)
    assert [closed.is_current(today + n * DAY) for n in (-2, -1, 0, 1)] == [False, True, True, False]


@pytest.mark.parametrize("field", ["code", "name"])
def test_the_database_refuses_a_second_unit_of_the_same_name(kjj: Department, field: str) -> None:
    facts = {"code": "new", "name": "新单位", "short_name": "新", field: getattr(kjj, field)}
    with pytest.raises(IntegrityError), transaction.atomic():
        Department.objects.create(**facts)


def test_units_and_roles_keep_their_history(kjj: Department) -> None:
    kjj.short_name = "科技局"
    kjj.save()
    assert [h.short_name for h in kjj.history.all()] == ["科技局", "科学技术局"]
    assert Assignment.history.filter(user__username="kjj-edit").count() == 1
