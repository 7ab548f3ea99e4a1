"""The one writer of every derived right: groups, guardian grants, Wagtail's page and collection permissions."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, NamedTuple

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Case, CharField, Exists, OuterRef, Q, Value, When
from django.db.models.functions import Concat
from django.utils import timezone
from guardian.models import GroupObjectPermission, UserObjectPermission
from guardian.shortcuts import assign_perm, remove_perm
from wagtail.models import GroupCollectionPermission, GroupPagePermission, Site

from accounts.enums import BUREAU_ROLES, DEPARTMENT_ROLES, Role
from accounts.models import Assignment, Department, User
from accounts.permissions import RIGHTS
from audit.services import record

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


class Line(NamedTuple):
    """One right as it is written down: whose (a group, or a single account), of which kind, and what."""

    holder: str
    kind: str
    what: str

    def __str__(self) -> str:
        return f"{self.holder} {self.kind} {self.what}".strip()


#: Kinds of lines, as people read them.
GROUP, MEMBER, MODEL, OBJECT = "组", "成员", "模型权限", "对象权限"
PAGE, COLLECTION, PERSONAL, PERSONAL_OBJECT = "页面权限", "附件权限", "个人权限", "个人对象权限"
#: Lines of drift that one event keeps; it says how many there were.
EVENT_LINES = 200


def take_back_ended(*, user: User) -> None:
    """Take back what a role of this person gave whose last day is past and no daily run has taken back yet.

    One query when no role ever ended, two when all is taken back; else a short transaction of its own writes the unit's rights anew. Writes no event:
    `assignment.ended` said when the role would end.
    """
    ended = Assignment.objects.filter(user=user, valid_until__lt=timezone.localdate())
    if not ended.exists():  # asked at every request of the back office: the question below costs ten times as much
        return
    kept = Assignment.objects.current().filter(user=user, department=OuterRef("department"), role=OuterRef("role"))
    held = Group.objects.filter(user=user, name=OuterRef("group"))
    bureau = When(role__in=sorted(BUREAU_ROLES), then=Concat(Value("bureau:"), "role"))
    unit = Concat("department__code", Value(":"), "role", output_field=CharField())
    named = ended.annotate(group=Case(bureau, default=unit, output_field=CharField()))
    for assignment in named.filter(Exists(held), ~Exists(kept)).select_related("department"):
        sync_department(assignment.department)


@transaction.atomic
def sync_permissions(*, actor: User | None = None) -> list[str]:
    """Bring every unit's materialised rights in line with the assignments and the table of rights.

    Rights come through our groups only: foreign groups (Wagtail's own migration makes two that may publish) and
    permissions given to single persons go. A dozen reads and no write when nothing differs. Returns what differed, a
    line each; records `permissions.repaired` with those that no assignment's first or last day explains.
    """
    surplus, missing = _drift()
    lines = _in_words(surplus, missing)
    if not lines:
        return []
    expected = {line.holder for line in _expected()}
    for department in Department.objects.all():
        sync_department(department)
    Group.objects.exclude(name__in=expected).delete()
    User.user_permissions.through.objects.all().delete()
    UserObjectPermission.objects.all().delete()
    by_date = _explained_by_dates()
    unexplained = _in_words(surplus - by_date, missing - by_date)
    if unexplained:
        payload = {"number": len(unexplained), "lines": unexplained[:EVENT_LINES]}
        record(action="permissions.repaired", actor=actor, payload=payload)
    return lines


def permission_drift() -> list[str]:
    """What `sync_permissions` would change, a Chinese line each; empty when rights and assignments agree.

    Reads only, in a fixed number of queries: compares what stands with what the table says should stand.
    """
    return _in_words(*_drift())


def _drift() -> tuple[set[Line], set[Line]]:
    """What is too much, and what is missing."""
    actual, expected = _snapshot(), _expected()
    return actual - expected, expected - actual


def _in_words(surplus: set[Line], missing: set[Line]) -> list[str]:
    return [f"多余：{line}" for line in sorted(surplus)] + [f"缺少：{line}" for line in sorted(missing)]


def _explained_by_dates() -> set[Line]:
    """Members whom an assignment that ended yesterday or starts today takes out or brings in: time, not a hand."""
    today = timezone.localdate()
    turning = Assignment.objects.filter(Q(valid_until=today - datetime.timedelta(days=1)) | Q(valid_from=today))
    return {
        Line(
            group_name(Role(row.role), None if row.role in BUREAU_ROLES else row.department), MEMBER, row.user.username
        )
        for row in turning.select_related("department", "user")
    }


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
        GroupObjectPermission.objects.filter(group=group).delete()


def _permissions(names: Iterable[str]) -> list[Permission]:
    found = []
    for name in names:
        app_label, codename = name.split(".")
        found.append(Permission.objects.get(content_type__app_label=app_label, codename=codename))
    return found


def _sync_grants(group: Group, department: Department, codenames: tuple[str, ...]) -> None:
    held = GroupObjectPermission.objects.filter(group=group)
    for grant in held.select_related("permission", "content_type"):
        is_department = grant.content_type.model_class() is Department
        if not is_department or grant.object_pk != str(department.pk) or grant.permission.codename not in codenames:
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


def _snapshot() -> set[Line]:
    """Every group and every right as it stands; eight queries."""
    model, grant_model = "permissions__content_type__app_label", "permission__content_type__model"
    lines = {Line(name, GROUP, "") for name in Group.objects.values_list("name", flat=True)}
    lines |= {Line(name, MEMBER, user) for name, user in Group.objects.values_list("name", "user__username") if user}
    for name, code, app in Group.objects.values_list("name", "permissions__codename", model):
        if code:
            lines.add(Line(name, MODEL, f"{code}（{app}）"))
    for name, code, pk, kind in GroupObjectPermission.objects.values_list(
        "group__name", "permission__codename", "object_pk", grant_model
    ):
        lines.add(_object_line(name, OBJECT, code, pk, kind))
    for name, code, page in GroupPagePermission.objects.values_list("group__name", "permission__codename", "page_id"):
        lines.add(Line(name, PAGE, f"{code} #{page}"))
    for name, code, collection in GroupCollectionPermission.objects.values_list(
        "group__name", "permission__codename", "collection_id"
    ):
        lines.add(Line(name, COLLECTION, f"{code} #{collection}"))
    people = User.objects.exclude(user_permissions=None).values_list("username", "user_permissions__codename")
    lines |= {Line(user, PERSONAL, code) for user, code in people}
    for user, code, pk, kind in UserObjectPermission.objects.values_list(
        "user__username", "permission__codename", "object_pk", grant_model
    ):
        lines.add(_object_line(user, PERSONAL_OBJECT, code, pk, kind))
    return lines


def _object_line(holder: str, kind: str, code: str, pk: object, model: str) -> Line:
    other = "" if model == Department._meta.model_name else f"（{model}）"
    return Line(holder, kind, f"{code} #{pk}{other}")


def _expected() -> set[Line]:
    """Every group and every right as table and assignments want it; three queries."""
    held: dict[str, set[str]] = {}
    for row in Assignment.objects.current().select_related("department", "user"):
        name = group_name(Role(row.role), None if row.role in BUREAU_ROLES else row.department)
        held.setdefault(name, set()).add(row.user.username)
    departments = list(Department.objects.all())
    lines: set[Line] = set()
    for department in departments:
        for role in DEPARTMENT_ROLES:
            name, rights = group_name(role, department), RIGHTS[role]
            lines |= _expected_group(name, rights.models, held)
            lines |= {_object_line(name, OBJECT, code, department.pk, "department") for code in rights.on_department}
            if department.section_page_id:
                lines |= {Line(name, PAGE, f"{code} #{department.section_page_id}") for code in rights.on_section}
            if department.collection_id:
                lines |= {
                    Line(name, COLLECTION, f"{code} #{department.collection_id}") for code in rights.on_collection
                }
    if any(department.is_bureau for department in departments):
        home = Site.objects.filter(is_default_site=True).values_list("root_page_id", flat=True).first()
        for role in BUREAU_ROLES:
            name, rights = group_name(role), RIGHTS[role]
            lines |= _expected_group(name, rights.models, held)
            lines |= {Line(name, PAGE, f"{code} #{home}") for code in rights.on_home if home}
    return lines


def _expected_group(name: str, models: Iterable[str], held: dict[str, set[str]]) -> set[Line]:
    lines = {Line(name, GROUP, "")} | {Line(name, MEMBER, user) for user in held.get(name, ())}
    for full in models:
        app, code = full.split(".")
        lines.add(Line(name, MODEL, f"{code}（{app}）"))
    return lines
