"""Giving and ending roles."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import DepartmentKind, Role, SessionEnd
from accounts.models import Assignment, Department, User
from accounts.services.sessions import end_sessions
from accounts.services.sync import sync_department
from audit.services import record

if TYPE_CHECKING:
    from collections.abc import Iterable


@transaction.atomic
def assign_role(
    *,
    user: User,
    department: Department,
    role: Role,
    valid_from: datetime.date | None = None,
    valid_until: datetime.date | None = None,
    actor: User | None = None,
    sync: bool = True,
) -> Assignment:
    """Give a person a role in a unit, materialise the rights, end running sessions, record `assignment.granted`.

    With `sync` off the caller materialises the rights himself, for many at once. `valid_until` is the last day (None:
    for good). Returns the assignment, the existing open one if the person already holds it. Raises ValidationError when the
    role does not belong in the unit or joins separated powers in one hand, PermissionDenied when a person gives himself
    one.
    """
    if actor is not None and actor.pk == user.pk:
        raise PermissionDenied
    lock_account(user)
    held = Assignment.objects.current().filter(valid_until=None)
    existing = held.filter(user=user, department=department, role=role).first()
    if existing:
        return existing
    first = valid_from or timezone.localdate()
    assignment = Assignment(user=user, department=department, role=role, valid_from=first, valid_until=valid_until)
    _write(assignment, "assignment.granted", actor, _terms(assignment), sync=sync)
    return assignment


@transaction.atomic
def reopen_assignment(*, assignment: Assignment, valid_until: datetime.date | None, actor: User | None = None) -> None:
    """Give an ended role back with the last day it had before, because its end was a mistake.

    Materialises the rights, ends running sessions, records `assignment.granted`.
    """
    lock_account(assignment.user)
    assignment.valid_until = valid_until
    _write(assignment, "assignment.granted", actor, _terms(assignment))


@transaction.atomic
def end_assignment(*, assignment: Assignment, last_day: datetime.date, actor: User | None = None) -> None:
    """End a role after `last_day` (inclusive), take back the rights, end sessions, record `assignment.ended`.

    Raises ValidationError for a day before the first, and when nobody would be left to audit.
    """
    lock_account(assignment.user)
    if actor is not None and assignment.role == Role.AUDITOR:
        require_auditor_left(assignment.user, last_day + datetime.timedelta(days=1))
    assignment.valid_until = last_day
    _write(assignment, "assignment.ended", actor, {"until": last_day})


def _terms(assignment: Assignment) -> dict[str, Any]:
    """What was given: whose role, from when until when."""
    days = {"from": assignment.valid_from, "until": assignment.valid_until}
    return {"user": assignment.user.username, "role": str(assignment.role), **days}


def _write(
    assignment: Assignment, action: str, actor: User | None, payload: dict[str, Any], *, sync: bool = True
) -> None:
    """Check and save the row, record it, materialise the rights, end running sessions."""
    assignment.full_clean()
    assignment.save()
    record(
        action=action,
        actor=actor,
        department_code=assignment.department.code,
        object_type="accounts.assignment",
        object_id=assignment.pk,
        object_label=str(assignment),
        payload=payload,
    )
    if sync:
        sync_department(assignment.department)
    end_sessions(user=assignment.user, because=SessionEnd.ROLE_CHANGED)


def require_auditor_left(user: User, first_day: datetime.date | None = None) -> None:
    """Raise ValidationError when from that day on (default: today) nobody else audits: he cannot be kept from reading."""
    if is_only_auditor(user, first_day):
        raise ValidationError(
            _("这是唯一在任的审计账号，停用或结束任职后就没有人能查看审计链；请先分配另一个审计账号。")
        )


def is_only_auditor(user: User, first_day: datetime.date | None = None) -> bool:
    """Whether the person audits, now or later, and no other active account does from that day on without a last day.

    Another with a last day does not count: two ends for tomorrow would leave nobody. Locks every auditor's assignment,
    so that of two officers at once the second sees what the first did; call it with the account locked.
    """
    today = timezone.localdate()
    posts = Assignment.objects.filter(role=Role.AUDITOR)
    list(posts.select_for_update(no_key=True).order_by("pk"))
    others = posts.current(max(first_day or today, today)).filter(valid_until=None).exclude(user=user)
    return posts.overlapping(today, None).filter(user=user).exists() and not others.exists()


# Every service takes its locks in this one order, or PostgreSQL would end one of two by a deadlock:
# filing or recovery; clocks, by key; units, the bureau's among them, by key; accounts; auditors' assignments; devices of
# the second factor; failed logins; and last the event chain, which the first event locks until the end. After it only
# what is locked already, or new, is written. Accounts and units are locked "no key": the chain's holder may write rows
# that name them (a filing's officer, a role's unit) without waiting.


def lock_units(pks: Iterable[int]) -> None:
    """Let nobody else allot accounts until the transaction ends; other work in the units goes on.

    With the bureau's row, because a code is one code in all units: who inserts the same code waits for the other, and
    of two who each hold one code and want the event chain or the other's code PostgreSQL would kill one.
    """
    units = Department.objects.filter(Q(pk__in=set(pks)) | Q(kind=DepartmentKind.BUREAU))
    list(units.select_for_update(no_key=True).order_by("pk"))


def lock_account(user: User) -> None:
    """Read an account anew under lock, until the transaction ends: always before the event chain, never after it.

    Not against foreign keys: who writes a row that only names the account need not wait.
    """
    user.refresh_from_db(from_queryset=User.objects.select_for_update(no_key=True))
