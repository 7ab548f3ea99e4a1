"""Rights: the one table, the predicates that ask it, and the policy for viewsets."""

from accounts.permissions.factor import has_factor, must_have_factor
from accounts.permissions.policy import DepartmentScopedPolicy, OwnOrAllPolicy, ScopedIndex, TablePolicy
from accounts.permissions.predicates import (
    StaffRequest,
    can_edit_content,
    departments_with,
    editable_department_ids,
    editable_departments,
    is_moderator,
    may,
    reaches_all,
)
from accounts.permissions.table import RIGHTS, TABLE, Grants, Right, roles_with

__all__ = [
    "RIGHTS",
    "TABLE",
    "DepartmentScopedPolicy",
    "Grants",
    "OwnOrAllPolicy",
    "Right",
    "ScopedIndex",
    "StaffRequest",
    "TablePolicy",
    "can_edit_content",
    "departments_with",
    "editable_department_ids",
    "editable_departments",
    "has_factor",
    "is_moderator",
    "may",
    "must_have_factor",
    "reaches_all",
    "roles_with",
]
