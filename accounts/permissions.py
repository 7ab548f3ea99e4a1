"""The one table of rights, and the policy and mixins that hold a viewset to a person's own departments.

`RIGHTS` is what `accounts.services.sync_permissions` writes and what `sync_permissions --check` compares. Nobody
holds Wagtail's `publish` or Django's `add_user`/`change_user`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.http import HttpRequest
from guardian.shortcuts import get_objects_for_user
from wagtail.permission_policies.base import BaseDjangoAuthPermissionPolicy

from accounts.enums import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model, QuerySet

    from accounts.models import User


class StaffRequest(HttpRequest):
    """A request behind the admin's login: its user is an account, never the anonymous visitor."""

    user: User


@dataclass(frozen=True)
class RoleRights:
    """What one role's group is given.

    Attributes:
        on_department: guardian permissions on the Department object (department roles).
        on_section: Wagtail page permissions on the department's section.
        on_collection: document permissions on the department's collection.
        on_home: Wagtail page permissions on the home page (bureau roles).
        models: Django model permissions, `app_label.codename`.
    """

    on_department: tuple[str, ...] = ()
    on_section: tuple[str, ...] = ()
    on_collection: tuple[str, ...] = ()
    on_home: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


ADMIN = "wagtailadmin.access_admin"
#: `bulk_delete_page` is the one page permission that shows the explorer and gives no power of its own: without
#: `change_page` it deletes nothing. It must never be joined with `change_page` in one group.
SEE_EXPLORER = ("bulk_delete_page",)

RIGHTS: dict[Role, RoleRights] = {
    Role.EDITOR: RoleRights(
        on_department=("edit_content",),
        on_section=("add_page", "change_page"),
        on_collection=("add_document", "change_document", "choose_document"),
        models=(ADMIN,),
    ),
    Role.REVIEWER: RoleRights(on_department=("review_content",), on_collection=("choose_document",), models=(ADMIN,)),
    Role.MODERATOR: RoleRights(
        on_home=SEE_EXPLORER,
        models=(
            ADMIN,
            "policy_pages.view_changerecord",
            "policy_pages.change_changerecord",
            "policy_pages.view_listing",
            "policy_pages.change_listing",
            "policy_pages.add_term",
            "policy_pages.change_term",
            "policy_pages.view_term",
            "audit.add_calendaryear",
            "audit.change_calendaryear",
            "audit.view_calendaryear",
            "audit.add_calendaroverride",
            "audit.change_calendaroverride",
            "audit.delete_calendaroverride",
            "audit.view_calendaroverride",
        ),
    ),
    Role.ACCOUNT_OFFICER: RoleRights(
        models=(ADMIN, "accounts.view_department", "accounts.view_assignment"),
    ),
    Role.AUDITOR: RoleRights(
        on_home=SEE_EXPLORER,
        models=(
            ADMIN,
            "audit.view_event",
            "policy_pages.view_changerecord",
            "policy_pages.view_listing",
            "policy_pages.view_term",
            "audit.view_calendaryear",
            "audit.view_calendaroverride",
            "accounts.view_department",
            "accounts.view_assignment",
        ),
    ),
    Role.SYSTEM_ADMINISTRATOR: RoleRights(
        models=(ADMIN, "accounts.view_department", "audit.view_calendaryear", "audit.view_calendaroverride"),
    ),
}


def can_edit_content(user: User, department: Model | None) -> bool:
    """Whether this person may write the department's pages, changes and attachments."""
    return _may(user, "accounts.edit_content", department)


def can_review_content(user: User, department: Model | None) -> bool:
    """Whether this person may review what the department's editors hand in."""
    return _may(user, "accounts.review_content", department)


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


class DepartmentScopedPolicy(BaseDjangoAuthPermissionPolicy):
    """Rights on a row follow the guardian grant `edit_content` on the department it hangs off.

    Model-level permissions (the bureau's) reach every row. Wagtail's generic views ask a policy per model only
    (wagtail#13314), so every list using it must also mix in `ScopedIndex`, and every view of one row must find it in a scoped queryset.
    """

    DEPARTMENT_ACTIONS = frozenset({"add", "change", "view"})

    def __init__(self, model: type[Model], lookup: str = "department") -> None:
        super().__init__(model)
        self.lookup = lookup

    def _reaches_all(self, user: User, actions: Iterable[str]) -> bool:
        return user.is_superuser or any(user.has_perm(self._get_permission_name(action)) for action in actions)

    def user_has_permission(self, user: User, action: str) -> bool:
        """Whether the action is open to the person on some or all rows."""
        return self.user_has_any_permission(user, [action])

    def user_has_any_permission(self, user: User, actions: Iterable[str]) -> bool:
        """Whether one of the actions is open to the person on some or all rows."""
        if not (user.is_authenticated and user.is_active):
            return False
        if self._reaches_all(user, actions):
            return True
        return bool(self.DEPARTMENT_ACTIONS & set(actions)) and editable_departments(user).exists()

    def users_with_any_permission(self, actions: Iterable[str]) -> QuerySet:
        """People who may act by a model-level permission."""
        codenames = self._get_permission_codenames(actions)
        return get_user_model().objects.filter(self._get_users_with_any_permission_codenames_filter(codenames))

    def user_has_permission_for_instance(self, user: User, action: str, instance: Model) -> bool:
        """Whether the person may do this to this row."""
        return self.user_has_any_permission_for_instance(user, [action], instance)

    def user_has_any_permission_for_instance(self, user: User, actions: Iterable[str], instance: Model) -> bool:
        """Whether the person may do one of these to this row."""
        return self.instances_user_has_any_permission_for(user, actions).filter(pk=instance.pk).exists()

    def instances_user_has_any_permission_for(self, user: User, actions: Iterable[str]) -> QuerySet:
        """The rows on which the person may do one of these."""
        rows = self.model._default_manager.all()
        actions = list(actions)
        if not (user.is_authenticated and user.is_active):
            return rows.none()
        if self._reaches_all(user, actions):
            return rows
        if not self.DEPARTMENT_ACTIONS & set(actions):
            return rows.none()
        return rows.filter(**{f"{self.lookup}__in": editable_departments(user)})


class ScopedIndex:
    """Mixin for Wagtail's generic index views: list, search, filter and export only rows the person may see."""

    request: StaffRequest
    permission_policy: BaseDjangoAuthPermissionPolicy

    def get_base_queryset(self) -> QuerySet:
        """The person's own rows."""
        allowed = self.permission_policy.instances_user_has_any_permission_for(self.request.user, ["view", "change"])
        return super().get_base_queryset().filter(pk__in=allowed.values("pk"))  # type: ignore[misc]
