"""Who may: predicates that every door asks, each answered from today's assignments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest
from guardian.shortcuts import get_objects_for_user

from accounts.enums import Resource, Role, Scope, Verb
from accounts.permissions.table import roles_with

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

    from accounts.models import User
    from accounts.querysets import DepartmentQuerySet


class StaffRequest(HttpRequest):
    """A request behind the admin's login: its user is an account, never the anonymous visitor."""

    user: User


def reaches_all(user: User, resource: Resource, verb: Verb) -> bool:
    """Whether one of the person's roles of today has the right over every department."""
    roles = roles_with(resource, verb, Scope.ALL)
    return bool(roles) and user.is_authenticated and user.holds(*roles)


def departments_with(user: User, resource: Resource, verb: Verb) -> DepartmentQuerySet:
    """Departments over whose things the person has the right today."""
    from accounts.models import Department

    if not (user.is_authenticated and user.is_active):
        return Department.objects.none()
    if reaches_all(user, resource, verb):
        return Department.objects.all()
    return user.departments_as(*roles_with(resource, verb, Scope.OWN))


def may(user: User, resource: Resource, verb: Verb, department: Model | None = None) -> bool:
    """Whether the table of rights lets the person do this today, over that department's things when one is named.

    A superuser is nobody here: the separated powers hold for him too.
    """
    if reaches_all(user, resource, verb):
        return True
    if not (user.is_authenticated and user.is_active):
        return False
    held = departments_with(user, resource, verb)
    return held.exists() if department is None else held.filter(pk=department.pk).exists()


def can_edit_content(user: User, department: Model | None) -> bool:
    """Whether this person may write the department's pages, changes and attachments."""
    return _may(user, "accounts.edit_content", department)


def is_moderator(user: User) -> bool:
    """Whether this person classifies and approves for the bureau (A6(3))."""
    return user.is_authenticated and user.is_active and user.holds(Role.MODERATOR)


def _may(user: User, permission: str, department: Model | None) -> bool:
    """Guardian's grant on the object; a superuser holds none by being one (separated powers)."""
    if department is None or not user.is_authenticated or not user.is_active:
        return False
    return editable_departments(user, permission).filter(pk=department.pk).exists()


def editable_departments(user: User, permission: str = "accounts.edit_content") -> QuerySet:
    """Departments on which this person holds the guardian permission, and the role that gives it, today.

    Global grants and superusers do not count. The role is asked too, so that a right ends with its last day and not
    with the next sync.
    """
    from accounts.models import Department

    role = Role.EDITOR if permission == "accounts.edit_content" else Role.REVIEWER
    granted = get_objects_for_user(user, permission, Department, accept_global_perms=False, with_superuser=False)
    return granted.filter(pk__in=user.departments_as(role).values("pk"))


def editable_department_ids(user: User) -> frozenset[int]:
    """Ids of the departments for which the person may write, asked once per user object, hence once per request.

    For lists that ask at every row, as Wagtail's own cache of page permissions is. What writes asks `can_edit_content`.
    """
    if not hasattr(user, "_editable_department_ids"):
        held = editable_departments(user).values_list("pk", flat=True) if user.is_active else ()
        user._editable_department_ids = frozenset(held)  # type: ignore[attr-defined]
    return user._editable_department_ids  # type: ignore[attr-defined]
