"""The one writer of every derived right: groups, guardian grants, Wagtail's page and collection permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Case, CharField, Exists, OuterRef, Value, When
from django.db.models.functions import Concat
from django.utils import timezone
from guardian.models import GroupObjectPermission, UserObjectPermission
from guardian.shortcuts import assign_perm, remove_perm
from wagtail.models import GroupCollectionPermission, GroupPagePermission, Site

from accounts.enums import BUREAU_ROLES, DEPARTMENT_ROLES, Role
from accounts.models import Assignment, Department, User
from accounts.permissions import RIGHTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wagtail.models import Collection, Page


def group_name(role: Role, department: Department | None = None) -> str:
    """Name of the group that materialises a role: `kjj:editor`, or `bureau:moderator`."""
    return f"{department.code}:{role}" if department else f"bureau:{role}"


@transaction.atomic
def sync_department(department: Department) -> None:
    """Make groups, members, guardian grants and Wagtail permissions of one unit equal to its assignments.

    Idempotent; removes whatever it would not write itself. For the bureau it writes the bureau-wide roles.
    """
    for role in sorted(DEPARTMENT_ROLES):
        _sync_group(role, department)
    if department.is_bureau:
        for role in sorted(BUREAU_ROLES):
            _sync_group(role, None)


def take_back_ended(*, user: User) -> None:
    """Take back what a role of this person gave whose last day is past and no daily run has taken back yet.

    One query when nothing ended; else a short transaction of its own writes the unit's rights anew. Writes no event:
    `assignment.ended` said when the role would end.
    """
    ended = Assignment.objects.filter(user=user, valid_until__lt=timezone.localdate())
    kept = Assignment.objects.current().filter(user=user, department=OuterRef("department"), role=OuterRef("role"))
    held = Group.objects.filter(user=user, name=OuterRef("group"))
    bureau = When(role__in=sorted(BUREAU_ROLES), then=Concat(Value("bureau:"), "role"))
    unit = Concat("department__code", Value(":"), "role", output_field=CharField())
    named = ended.annotate(group=Case(bureau, default=unit, output_field=CharField()))
    for assignment in named.filter(Exists(held), ~Exists(kept)).select_related("department"):
        sync_department(assignment.department)


@transaction.atomic
def sync_permissions() -> None:
    """Bring every unit's materialised rights in line with the assignments and the table of rights.

    Rights come through our groups only: foreign groups (Wagtail's own migration makes two that may publish) and
    permissions given to single persons go.
    """
    ours = {group_name(role) for role in BUREAU_ROLES}
    for department in Department.objects.all():
        sync_department(department)
        ours |= {group_name(role, department) for role in DEPARTMENT_ROLES}
    Group.objects.exclude(name__in=ours).delete()
    User.user_permissions.through.objects.all().delete()
    UserObjectPermission.objects.all().delete()


def permission_drift() -> list[str]:
    """What `sync_permissions` would change, a Chinese line each; empty when rights and assignments agree.

    Runs the sync in a savepoint that is always rolled back, and compares what stood before with what stands after.
    """
    with transaction.atomic():
        before = _snapshot()
        sync_permissions()
        after = _snapshot()
        transaction.set_rollback(True)
    surplus = [f"多余：{line}" for line in sorted(before - after)]
    missing = [f"缺少：{line}" for line in sorted(after - before)]
    return surplus + missing


def _sync_group(role: Role, department: Department | None) -> None:
    group, _created = Group.objects.get_or_create(name=group_name(role, department))
    rights = RIGHTS[role]
    held = Assignment.objects.current().filter(role=role)
    if department:
        held = held.filter(department=department)
    group.user_set.set(User.objects.filter(pk__in=held.values("user_id")))
    group.permissions.set(_permissions(rights.models))
    if department:
        _sync_grants(group, department, rights.on_department)
        _sync_pages(group, department.section_page, rights.on_section)
        _sync_collection(group, department.collection, rights.on_collection)
    else:
        site = Site.objects.filter(is_default_site=True).select_related("root_page").first()
        _sync_pages(group, site.root_page if site else None, rights.on_home)
        _sync_collection(group, None, ())


def _permissions(names: Iterable[str]) -> list[Permission]:
    found = []
    for name in names:
        app_label, codename = name.split(".")
        found.append(Permission.objects.get(content_type__app_label=app_label, codename=codename))
    return found


def _sync_grants(group: Group, department: Department, codenames: tuple[str, ...]) -> None:
    held = GroupObjectPermission.objects.filter(group=group, content_type__app_label="accounts")
    for grant in held.select_related("permission"):
        if grant.object_pk != str(department.pk) or grant.permission.codename not in codenames:
            grant.delete()
    for codename in codenames:
        assign_perm(codename, group, department)
    for codename in {"edit_content", "review_content"} - set(codenames):
        remove_perm(codename, group, department)


def _sync_pages(group: Group, page: Page | None, codenames: tuple[str, ...]) -> None:
    wanted = Permission.objects.filter(content_type__app_label="wagtailcore", codename__in=codenames)
    stale = GroupPagePermission.objects.filter(group=group)
    if page is not None:
        stale = stale.exclude(page=page, permission__in=wanted)
        for permission in wanted:
            GroupPagePermission.objects.get_or_create(group=group, page=page, permission=permission)
    stale.delete()


def _sync_collection(group: Group, collection: Collection | None, codenames: tuple[str, ...]) -> None:
    # Wagtail asks collections for the stock document model's rights, whatever the project's own model is.
    wanted = Permission.objects.filter(content_type__app_label="wagtaildocs", codename__in=codenames)
    stale = GroupCollectionPermission.objects.filter(group=group)
    if collection is not None:
        stale = stale.exclude(collection=collection, permission__in=wanted)
        for permission in wanted:
            GroupCollectionPermission.objects.get_or_create(group=group, collection=collection, permission=permission)
    stale.delete()


def _snapshot() -> set[str]:
    lines = {f"{name} 成员 {user}" for name, user in Group.objects.values_list("name", "user__username") if user}
    lines |= {
        f"{name} 模型权限 {code}" for name, code in Group.objects.values_list("name", "permissions__codename") if code
    }
    for grant in GroupObjectPermission.objects.values_list("group__name", "permission__codename", "object_pk"):
        lines.add("{} 对象权限 {} #{}".format(*grant))
    for row in GroupPagePermission.objects.values_list("group__name", "permission__codename", "page_id"):
        lines.add("{} 页面权限 {} #{}".format(*row))
    for row in GroupCollectionPermission.objects.values_list("group__name", "permission__codename", "collection_id"):
        lines.add("{} 附件权限 {} #{}".format(*row))
    for user, permission in User.objects.exclude(user_permissions=None).values_list(
        "username", "user_permissions__codename"
    ):
        lines.add(f"{user} 个人权限 {permission}")
    return lines
