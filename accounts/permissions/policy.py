"""The permission policy and the mixin that hold a viewset to a person's own departments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from wagtail.permission_policies.base import BaseDjangoAuthPermissionPolicy, BasePermissionPolicy

from accounts.enums import Resource, Scope, Verb
from accounts.permissions.predicates import editable_departments, may, reaches_all
from accounts.permissions.table import roles_with

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import Model, QuerySet

    from accounts.models import User
    from accounts.permissions.predicates import StaffRequest


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


class TablePolicy(BasePermissionPolicy):
    """Wagtail's questions answered from the table of rights, for rows that reach over all departments.

    `verbs` says which right each of Wagtail's actions asks for; an action that is not named is open to nobody, whatever
    Django permissions or superuser flag somebody has.
    """

    def __init__(self, model: type[Model], resource: Resource, verbs: Mapping[str, Verb]) -> None:
        super().__init__(model)
        self.resource, self.verbs = resource, verbs

    def user_has_permission(self, user: User, action: str) -> bool:
        """Whether one of the person's roles of today has the right."""
        verb = self.verbs.get(action)
        return verb is not None and reaches_all(user, self.resource, verb)

    def users_with_any_permission(self, actions: Iterable[str]) -> QuerySet:
        """People whose roles of today have one of the rights."""
        from accounts.models import Assignment

        verbs = [self.verbs[action] for action in actions if action in self.verbs]
        roles = {role for verb in verbs for role in roles_with(self.resource, verb, Scope.ALL)}
        held = Assignment.objects.current().filter(role__in=roles)
        return get_user_model().objects.filter(pk__in=held.values("user_id"))


class OwnOrAllPolicy(TablePolicy):
    """As `TablePolicy`, for rows of departments: the right over one's own is enough to see the list, which is scoped."""

    def user_has_permission(self, user: User, action: str) -> bool:
        """Whether the person has the right over some department's things."""
        verb = self.verbs.get(action)
        return verb is not None and may(user, self.resource, verb)

    def users_with_any_permission(self, actions: Iterable[str]) -> QuerySet:
        """Holders, today, of a role that has one of the rights."""
        from accounts.models import Assignment

        verbs = [self.verbs[action] for action in actions if action in self.verbs]
        roles = {role for verb in verbs for scope in Scope for role in roles_with(self.resource, verb, scope)}
        held = Assignment.objects.current().filter(role__in=roles)
        return get_user_model().objects.filter(pk__in=held.values("user_id"))


class ScopedIndex:
    """Mixin for Wagtail's generic index views: list, search, filter and export only rows the person may see."""

    request: StaffRequest
    permission_policy: BaseDjangoAuthPermissionPolicy

    def get_base_queryset(self) -> QuerySet:
        """The person's own rows."""
        allowed = self.permission_policy.instances_user_has_any_permission_for(self.request.user, ["view", "change"])
        return super().get_base_queryset().filter(pk__in=allowed.values("pk"))  # type: ignore[misc]
