"""One writer of every right: what it writes, what it takes away, and that the check sees each kind of drift."""

from __future__ import annotations

import datetime
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone
from guardian.models import GroupObjectPermission, UserObjectPermission
from guardian.shortcuts import assign_perm
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page

from accounts.enums import BUREAU_ROLES, DEPARTMENT_ROLES, SEPARATED_ROLES, Role
from accounts.models import Assignment, Department, User
from accounts.permissions import RIGHTS
from accounts.services import (
    assign_role,
    disable_account,
    end_assignment,
    group_name,
    permission_drift,
    sync_department,
    sync_permissions,
)
from audit.models import Event
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

TODAY = timezone.localdate
DAY = datetime.timedelta(days=1)


def page_rights(group: Group) -> set[tuple[str, int]]:
    return set(GroupPagePermission.objects.filter(group=group).values_list("permission__codename", "page_id"))


def collection_rights(group: Group) -> set[tuple[str, int]]:
    rows = GroupCollectionPermission.objects.filter(group=group)
    return set(rows.values_list("permission__codename", "collection_id"))


def model_rights(group: Group) -> set[str]:
    return {f"{p.content_type.app_label}.{p.codename}" for p in group.permissions.select_related("content_type")}


def grants(group: Group) -> set[tuple[str, str]]:
    rows = GroupObjectPermission.objects.filter(group=group)
    return set(rows.values_list("permission__codename", "object_pk"))


# --- What is written --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(DEPARTMENT_ROLES))
def test_a_department_group_holds_exactly_its_row_of_the_table(kjj: Department, role: Role) -> None:
    group, rights = Group.objects.get(name=group_name(role, kjj)), RIGHTS[role]
    assert grants(group) == {(codename, str(kjj.pk)) for codename in rights.on_department}
    assert page_rights(group) == {(codename, kjj.section_page_id) for codename in rights.on_section}
    assert collection_rights(group) == {(codename, kjj.collection_id) for codename in rights.on_collection}
    assert model_rights(group) == set(rights.models)
    assert [u.username for u in group.user_set.all()] == [f"kjj-{'edit' if role == Role.EDITOR else 'review'}"]


@pytest.mark.parametrize("role", sorted(BUREAU_ROLES))
def test_a_bureau_group_holds_exactly_its_row_of_the_table(kjj: Department, role: Role) -> None:
    group, rights = Group.objects.get(name=group_name(role)), RIGHTS[role]
    home = Page.objects.get(depth=2)
    assert page_rights(group) == {(codename, home.pk) for codename in rights.on_home}
    assert model_rights(group) == set(rights.models)
    assert (grants(group), collection_rights(group)) == (set(), set())
    assert group.user_set.count() == 1


def test_nobody_holds_what_bypasses_moderation() -> None:
    codes = {code for rights in RIGHTS.values() for code in (*rights.on_section, *rights.on_home)}
    assert codes == {"add_page", "change_page", "bulk_delete_page"}
    models = {code for rights in RIGHTS.values() for code in rights.models}
    assert [code for code in models if code.startswith(("auth.", "guardian.", "wagtailcore."))] == []
    barred = {f"accounts.{verb}_user" for verb in ("add", "change", "delete")}
    assert models & barred == set(), "whoever may change users makes superusers (technical.md 1.4, row 30)"
    assert [role for role, rights in RIGHTS.items() if rights.on_home and "change_page" in rights.on_home] == []


def test_sync_is_idempotent(kjj: Department, gxj: Department) -> None:
    assert permission_drift() == []
    sync_permissions()
    assert permission_drift() == []
    before = list(GroupPagePermission.objects.order_by("pk").values_list("pk", flat=True))
    sync_department(kjj)
    assert list(GroupPagePermission.objects.order_by("pk").values_list("pk", flat=True)) == before


def test_sync_of_one_unit_leaves_the_others_alone(kjj: Department, gxj: Department) -> None:
    editors = Group.objects.get(name=group_name(Role.EDITOR, gxj))
    editors.user_set.clear()
    sync_department(kjj)
    assert not editors.user_set.exists()
    sync_department(gxj)
    assert editors.user_set.count() == 1


def test_a_unit_without_section_gets_no_page_rights(kjj: Department) -> None:
    kjj.section_page = kjj.collection = None
    kjj.save()
    sync_department(kjj)
    group = Group.objects.get(name=group_name(Role.EDITOR, kjj))
    assert (page_rights(group), collection_rights(group)) == (set(), set())


# --- Drift ------------------------------------------------------------------------------------------------------


def add_member(kjj: Department) -> None:
    Group.objects.get(name=group_name(Role.MODERATOR)).user_set.add(f.user("kjj-edit"))


def remove_member(kjj: Department) -> None:
    Group.objects.get(name=group_name(Role.REVIEWER, kjj)).user_set.clear()


def add_page_right(kjj: Department) -> None:
    publish = Permission.objects.get(content_type__app_label="wagtailcore", codename="publish_page")
    group = Group.objects.get(name=group_name(Role.EDITOR, kjj))
    GroupPagePermission.objects.create(group=group, page_id=kjj.section_page_id, permission=publish)


def widen_page_right(kjj: Department) -> None:
    GroupPagePermission.objects.filter(page=kjj.section_page).update(page=Page.objects.get(depth=2))


def add_collection_right(kjj: Department) -> None:
    change = Permission.objects.get(content_type__app_label="wagtaildocs", codename="change_document")
    group = Group.objects.get(name=group_name(Role.REVIEWER, kjj))
    GroupCollectionPermission.objects.create(
        group=group, collection=Collection.get_first_root_node(), permission=change
    )


def add_model_right(kjj: Department) -> None:
    user_right = Permission.objects.get(content_type__app_label="accounts", codename="change_user")
    Group.objects.get(name=group_name(Role.ACCOUNT_OFFICER)).permissions.add(user_right)


def add_grant(kjj: Department) -> None:
    assign_perm("edit_content", Group.objects.get(name=group_name(Role.REVIEWER, kjj)), kjj)


def remove_grant(kjj: Department) -> None:
    GroupObjectPermission.objects.filter(permission__codename="edit_content").delete()


def add_direct_right(kjj: Department) -> None:
    f.user("kjj-edit").user_permissions.add(Permission.objects.get(codename="view_event"))


def add_foreign_group(kjj: Department) -> None:
    publish = Permission.objects.get(content_type__app_label="wagtailcore", codename="publish_page")
    group = Group.objects.create(name="Moderators")
    GroupPagePermission.objects.create(group=group, page=Page.objects.get(depth=2), permission=publish)
    group.user_set.add(f.user("kjj-edit"))


@pytest.mark.parametrize(
    ("seed", "words"),
    [
        (add_member, "多余：bureau:moderator 成员 kjj-edit"),
        (remove_member, "缺少：kjj:reviewer 成员 kjj-review"),
        (add_page_right, "多余：kjj:editor 页面权限 publish_page"),
        (widen_page_right, "多余：kjj:editor 页面权限 change_page"),
        (add_collection_right, "多余：kjj:reviewer 附件权限 change_document"),
        (add_model_right, "多余：bureau:account_officer 模型权限 change_user"),
        (add_grant, "多余：kjj:reviewer 对象权限 edit_content"),
        (remove_grant, "缺少：kjj:editor 对象权限 edit_content"),
        (add_direct_right, "多余：kjj-edit 个人权限 view_event"),
        (add_foreign_group, "多余：Moderators 页面权限 publish_page"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_the_check_names_seeded_drift_and_the_sync_removes_it(
    kjj: Department, seed: Callable[[Department], None], words: str
) -> None:
    seed(kjj)
    out = StringIO()
    with pytest.raises(CommandError, match="权限与任职不一致"):
        call_command("sync_permissions", check=True, stdout=out)
    assert words in out.getvalue()
    assert words in "\n".join(permission_drift()), "the check itself changed something"
    call_command("sync_permissions", stdout=StringIO())
    assert permission_drift() == []


def test_a_grant_to_a_single_person_goes(kjj: Department) -> None:
    assign_perm("edit_content", f.user("spj-acct"), kjj)
    sync_permissions()
    assert not UserObjectPermission.objects.exists()


def test_the_check_is_quiet_without_drift(kjj: Department) -> None:
    out = StringIO()
    call_command("sync_permissions", check=True, stdout=out)
    assert out.getvalue() == "权限与任职一致。\n"


# --- Giving and taking ------------------------------------------------------------------------------------------


def test_a_role_is_given_once_and_recorded(kjj: Department) -> None:
    new = f.make_user("kjj-new")
    first = assign_role(user=new, department=kjj, role=Role.EDITOR, actor=f.user("spj-acct"))
    assert assign_role(user=new, department=kjj, role=Role.EDITOR) == first
    event = Event.objects.filter(action="assignment.granted").latest("seq")
    assert (event.actor_name, event.department_code, event.payload["user"]) == ("姓名spj-acct", "kjj", "kjj-new")
    assert f.user("kjj-new").groups.get().name == "kjj:editor"


def test_an_ended_role_is_gone_at_the_next_request(kjj: Department, login: Callable[[str], Client]) -> None:
    client = login("kjj-edit")
    assert client.get("/admin/changes/").status_code == 200
    Assignment.objects.filter(user__username="kjj-edit").update(valid_from=TODAY() - 10 * DAY)
    end_assignment(
        assignment=Assignment.objects.get(user__username="kjj-edit"),
        last_day=TODAY() - DAY,
        actor=f.user("spj-acct"),
    )
    assert client.get("/admin/changes/").status_code == 302
    assert client.get(f"/admin/pages/{kjj.section_page_id}/").status_code == 302
    assert Event.objects.latest("seq").action == "assignment.ended"
    assert permission_drift() == []


def test_a_role_holds_on_its_last_day(kjj: Department) -> None:
    end_assignment(assignment=Assignment.objects.get(user__username="kjj-edit"), last_day=TODAY())
    assert f.user("kjj-edit").holds(Role.EDITOR)
    assert f.user("kjj-edit").groups.exists()


def test_a_role_that_ran_out_is_taken_back_by_the_sync(kjj: Department, login: Callable[[str], Client]) -> None:
    Assignment.objects.filter(user__username="kjj-edit").update(
        valid_from=TODAY() - 10 * DAY, valid_until=TODAY() - DAY
    )
    assert "多余：kjj:editor 成员 kjj-edit" in permission_drift()
    sync_permissions()
    assert login("kjj-edit").get("/admin/changes/").status_code == 302


def test_a_role_of_tomorrow_gives_nothing_today(kjj: Department) -> None:
    new = f.make_user("kjj-new")
    assign_role(user=new, department=kjj, role=Role.EDITOR, valid_from=TODAY() + DAY)
    assert not f.user("kjj-new").groups.exists()
    assert not f.user("kjj-new").holds(Role.EDITOR)


def test_a_deactivated_account_is_out_at_the_next_request(kjj: Department, login: Callable[[str], Client]) -> None:
    client = login("kjj-edit")
    User.objects.filter(username="kjj-edit").update(is_active=False)
    response = client.get("/admin/inbox/")
    assert (response.status_code, response.url) == (302, "/admin/login/?next=%2Fadmin%2Finbox%2F&ended=disabled")
    assert not f.user("kjj-edit").holds(Role.EDITOR)


# --- Refusals ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(BUREAU_ROLES))
def test_a_bureau_role_belongs_in_the_bureau(kjj: Department, role: Role) -> None:
    with pytest.raises(ValidationError, match="只能在行政审批局任职"):
        assign_role(user=f.make_user("kjj-new"), department=kjj, role=role)


@pytest.mark.parametrize(
    ("held", "asked"), [(a, b) for a in sorted(SEPARATED_ROLES) for b in sorted(SEPARATED_ROLES) if a != b]
)
def test_no_hand_holds_two_separated_powers(bureau: Department, held: Role, asked: Role) -> None:
    holder = Assignment.objects.get(role=held).user
    with pytest.raises(ValidationError, match="须由不同的人担任"):
        assign_role(user=holder, department=bureau, role=asked)
    assert Assignment.objects.filter(user=holder).count() == 1


def test_powers_may_follow_each_other(bureau: Department) -> None:
    held = Assignment.objects.get(role=Role.AUDITOR)
    Assignment.objects.filter(pk=held.pk).update(valid_from=TODAY() - 9 * DAY, valid_until=TODAY() - DAY)
    assert assign_role(user=held.user, department=bureau, role=Role.MODERATOR).role == Role.MODERATOR


def broken(**facts: Any) -> None:
    with transaction.atomic():
        Assignment.objects.create(**facts)


def test_the_database_refuses_a_second_open_assignment(kjj: Department) -> None:
    with pytest.raises(IntegrityError):
        broken(user=f.user("kjj-edit"), department=kjj, role=Role.EDITOR)


def test_the_database_refuses_an_end_before_the_start(kjj: Department) -> None:
    with pytest.raises(IntegrityError):
        broken(
            user=f.user("kjj-edit"),
            department=kjj,
            role=Role.REVIEWER,
            valid_from=TODAY(),
            valid_until=TODAY() - DAY,
        )


def test_the_only_auditor_cannot_be_kept_from_reading(bureau: Department) -> None:
    """三员分立: whoever allots accounts may not switch off the one who watches him."""
    officer, auditor = f.user("spj-acct"), f.user("spj-audit")
    role = Assignment.objects.get(user=auditor)
    with pytest.raises(ValidationError, match="唯一在任的审计账号"):
        disable_account(user=auditor, reason="调离", actor=officer)
    with pytest.raises(ValidationError, match="唯一在任的审计账号"):
        end_assignment(assignment=role, last_day=TODAY(), actor=officer)
    assert f.user("spj-audit").is_active
    f.make_user("spj-audit2", bureau, Role.AUDITOR)
    disable_account(user=auditor, reason="调离", actor=officer)
    assert not f.user("spj-audit").is_active
