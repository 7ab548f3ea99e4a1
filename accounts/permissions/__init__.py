"""Rights: the one table, the predicates that ask it, and the policy for viewsets."""

from accounts.permissions.policy import DepartmentScopedPolicy, ScopedIndex
from accounts.permissions.predicates import (
    StaffRequest,
    can_edit_content,
    can_review_content,
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
    "Right",
    "ScopedIndex",
    "StaffRequest",
    "can_edit_content",
    "can_review_content",
    "departments_with",
    "editable_department_ids",
    "editable_departments",
    "is_moderator",
    "may",
    "reaches_all",
    "roles_with",
]
