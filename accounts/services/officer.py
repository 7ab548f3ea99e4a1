"""What the account officer does at his desk: allot, give and end roles, each in the words of the form (A15)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts.enums import Role
from accounts.models import Assignment, Department, User
from accounts.rules import suggested_code
from accounts.services.allotment import (
    ALLOTTABLE_ROLES,
    Allotted,
    account_faults,
    allot_account,
    require_officer,
    require_other,
    role_fault,
)
from accounts.services.assignments import assign_role, end_assignment, lock_account, lock_units
from audit.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

#: How a code says what its holder does; the first role of an account names it.
CODE_SUFFIXES = {
    Role.EDITOR: "edit",
    Role.REVIEWER: "review",
    Role.MODERATOR: "moder",
    Role.AUDITOR: "audit",
    Role.SYSTEM_ADMINISTRATOR: "sys",
    Role.ACCOUNT_OFFICER: "acct",
}
#: Days ahead for which a post may be filled.
DAYS_AHEAD = 366


def existing_codes() -> set[str]:
    """Every account code there is, in lower case."""
    return {code.lower() for code in User.objects.values_list("username", flat=True)}


def code_for(department: Department, roles: Iterable[Role], taken: Collection[str]) -> str:
    """The first free account code for a unit and roles: `kjj-edit2` when `kjj-edit` is among the `taken`."""
    held = set(roles)
    suffix = next((words for role, words in CODE_SUFFIXES.items() if role in held), "user")
    return suggested_code(department.code, suffix, taken)


def allotment_faults(
    *,
    username: str,
    holder_name: str,
    phone: str,
    roles: Iterable[Role],
    department: Department | None,
    valid_from: datetime.date | None,
) -> dict[str, list[str]]:
    """Everything that keeps the officer from allotting, by field, in words: one account a person in a unit (T15.2)."""
    found = account_faults(username=username, holder_name=holder_name, phone=phone, roles=roles, department=department)
    if department and "holder_name" not in found:
        code = account_of(holder_name, phone, department)
        if code:
            words = _("“%(name)s”在本单位已有账号 %(code)s（同名且同一电话）；要增加角色，请在该账号页面办理。")
            found["holder_name"] = [words % {"name": holder_name.strip(), "code": code}]
    if day_fault := first_day_fault(valid_from):
        found["valid_from"] = [day_fault]
    return found


def account_of(holder_name: str, phone: str, department: Department) -> str:
    """Code of the active account that a person of this name and phone has in the unit already; else empty."""
    held = Assignment.objects.overlapping(timezone.localdate(), None).filter(department=department)
    same = User.objects.filter(
        is_active=True, holder_name=holder_name.strip(), phone=phone.strip(), pk__in=held.values("user_id")
    )
    return same.values_list("username", flat=True).first() or ""


def first_day_fault(day: datetime.date | None) -> str:
    """What is wrong with the first day of a role; empty when nothing is."""
    today = timezone.localdate()
    if day is None:
        return _("请填写起始日。")
    if day < today:
        return _("起始日不能早于今天：账号从分配之日起才能使用。")
    if day > today + datetime.timedelta(days=DAYS_AHEAD):
        return _("起始日在一年以后，请核对。")
    return ""


@sensitive_variables()
@transaction.atomic
def allot_for_holder(
    *,
    username: str,
    holder_name: str,
    phone: str,
    department: Department,
    roles: Iterable[Role],
    valid_from: datetime.date,
    actor: User,
) -> Allotted:
    """Allot an account as the officer's form asks; an empty `username` takes the suggested code.

    Locks the unit, so that a form sent twice finds the account of the first. Records and returns what `allot_account`
    does. Raises PermissionDenied, ValidationError with every fault at its field.
    """
    require_officer(actor)
    lock_units([department.pk])
    roles = list(roles)
    username = username or code_for(department, roles, existing_codes())
    facts = {"username": username, "holder_name": holder_name, "phone": phone, "roles": roles, "department": department}
    faults = allotment_faults(**facts, valid_from=valid_from)  # type: ignore[arg-type]  # one dict, two callers
    if faults:
        raise ValidationError(faults)
    return allot_account(**facts, valid_from=valid_from, actor=actor)  # type: ignore[arg-type]  # as above


@transaction.atomic
def give_role(
    *, user: User, department: Department, role: Role, valid_from: datetime.date | None, actor: User
) -> Assignment:
    """Give an account one more role, by an account officer and never to himself. Records `assignment.granted`.

    Raises PermissionDenied (also for the role account officer, which `manage.py allot_officer` alone gives),
    Conflict for a disabled account, ValidationError with what does not fit.
    """
    require_other(user, actor)
    if role not in ALLOTTABLE_ROLES:
        raise PermissionDenied
    if not user.is_active:
        raise Conflict(_("账号已停用；请先启用，再增加角色。"))
    faults = {"valid_from": first_day_fault(valid_from), "role": role_fault([role], department)}
    if not department.is_active:
        faults["department"] = _("这个单位已停用，不能任职。")
    first = valid_from or timezone.localdate()
    same = Assignment.objects.overlapping(first, None).filter(user=user, department=department, role=role)
    if not faults["role"] and same.exists():
        faults["role"] = _("这个账号在该单位已有这个角色，或已排定。")
    if found := {name: [words] for name, words in faults.items() if words}:
        raise ValidationError(found)
    return assign_role(user=user, department=department, role=role, valid_from=first, actor=actor)


@transaction.atomic
def end_role(*, assignment: Assignment, last_day: datetime.date, actor: User) -> None:
    """End a role of somebody else's account after `last_day` (inclusive). Records `assignment.ended`.

    Raises PermissionDenied, Conflict when it ended before, ValidationError for a last day before the first.
    """
    require_other(assignment.user, actor)
    lock_account(assignment.user)  # every writer of its assignments does; a lock of the row too could deadlock
    assignment.refresh_from_db()
    if assignment.valid_until and assignment.valid_until < timezone.localdate():
        raise Conflict(_("这项任职已经结束。"))
    end_assignment(assignment=assignment, last_day=last_day, actor=actor)
