"""Allotting accounts to named people (A15), and what may become of an account afterwards."""

from __future__ import annotations

import datetime
import secrets
from typing import TYPE_CHECKING, NamedTuple

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts.enums import BUREAU_ROLES, DEPARTMENT_ROLES, SEPARATED_ROLES, Resource, Role, SessionEnd, Verb
from accounts.models import AccountFiling, Department, PasswordRecord, User
from accounts.permissions import may
from accounts.rules import account_code_fault, holder_name_fault, phone_fault
from accounts.services.assignments import assign_role, is_only_auditor, lock_account, lock_units, require_auditor_left
from accounts.services.independence import require_no_part_in_recovery
from accounts.services.sessions import end_sessions
from accounts.services.sync import sync_department
from audit.errors import Conflict
from audit.services import record

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Roles an account officer gives out. His own kind comes from `manage.py allot_officer` only: no role grants itself.
ALLOTTABLE_ROLES = frozenset(Role) - {Role.ACCOUNT_OFFICER}
#: Letters and digits nobody mistakes for one another on paper.
_LOWER, _UPPER, _DIGITS = "abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"
_GROUPS, _GROUP_LENGTH = 4, 4


class Allotted(NamedTuple):
    """An account and its one-time password, which is stored nowhere in clear and shown once."""

    user: User
    password: str


class OneTime(NamedTuple):
    """A one-time password and its hash, made before the transaction that needs them: hashing is slow on purpose."""

    password: str
    hashed: str


@sensitive_variables()
def make_one_time() -> OneTime:
    """A fresh one-time password with its hash. Touches no database, so that threads may make many."""
    password = one_time_password()
    return OneTime(password, make_password(password))


@sensitive_variables()
def one_time_password() -> str:
    """A fresh password of four groups, each with a capital, small letters and a digit: `Kpm7-Xqw4-Hat9-Ruv3`."""
    groups = []
    for _number in range(_GROUPS):
        small = "".join(secrets.choice(_LOWER) for _place in range(_GROUP_LENGTH - 2))
        groups.append(secrets.choice(_UPPER) + small + secrets.choice(_DIGITS))
    return "-".join(groups)


@sensitive_variables()
@transaction.atomic
def allot_account(
    *,
    username: str,
    holder_name: str,
    phone: str,
    department: Department,
    roles: Iterable[Role],
    actor: User | None,
    valid_from: datetime.date | None = None,
    one_time: OneTime | None = None,
    sync: bool = True,
) -> Allotted:
    """Open an account for one named person of one unit, with a one-time password (A15, T15.1–T15.3).

    `valid_from` is the first day of its roles (default: today in Shanghai). `actor` is an account officer, or None for
    the operator's command. Who opens many brings the `one_time` passwords and, with `sync` off, syncs each unit once
    himself. Records `account.allotted` and `assignment.granted`. Returns the account with its password.

    Raises PermissionDenied for anybody else and for a role the actor may not give, ValidationError with every fault at
    its field at once.
    """
    roles = sorted(set(roles))
    if actor is not None:
        require_officer(actor)
        if not set(roles) <= ALLOTTABLE_ROLES:
            raise PermissionDenied
    if department:
        lock_units([department.pk])
    faults = account_faults(username=username, holder_name=holder_name, phone=phone, roles=roles, department=department)
    if faults:
        raise ValidationError(faults)
    user = User(username=username, holder_name=holder_name.strip(), phone=phone.strip())
    try:
        with transaction.atomic():
            password = _set_one_time_password(user, one_time)
    except IntegrityError as error:  # another officer took the code since the faults were asked for
        raise ValidationError({"username": [_code_taken(username)]}) from error
    record(
        action="account.allotted",
        actor=actor,
        department_code=department.code,
        object_type="accounts.user",
        object_id=user.pk,
        object_label=_label(user),
        payload={"username": username, "holder": user.holder_name, "roles": [str(role) for role in roles]},
    )
    for role in roles:
        assign_role(user=user, department=department, role=role, valid_from=valid_from, actor=actor, sync=sync)
    return Allotted(user, password)


def account_faults(
    *, username: str, holder_name: str, phone: str, roles: Iterable[Role], department: Department | None
) -> dict[str, list[str]]:
    """Everything that keeps an account from being allotted, by field, in words; empty when nothing does."""
    roles = list(roles)
    found: dict[str, str] = {
        "username": account_code_fault(username),
        "holder_name": holder_name_fault(holder_name),
        "phone": phone_fault(phone),
        "department": "" if department else _("请选择单位。"),
        "roles": "" if roles else _("请至少选择一个角色。"),
    }
    if not found["username"] and User.objects.filter(username__iexact=username).exists():
        found["username"] = _code_taken(username)
    if department and not department.is_active:
        found["department"] = _("这个单位已停用，不能分配账号。")
    if roles and department:
        found["roles"] = role_fault(roles, department)
    return {name: [message] for name, message in found.items() if message}


def role_fault(roles: Iterable[Role], department: Department) -> str:
    """Why these roles cannot be held together in this unit, as a sentence; empty when they can."""
    if set(roles) & BUREAU_ROLES and not department.is_bureau:
        return _("审批局的角色只能分配给行政审批局的人员。")
    if set(roles) & DEPARTMENT_ROLES and department.is_bureau:
        return _("行政审批局不录入政策，不设录入员和审核员。")
    if len(set(roles) & SEPARATED_ROLES) > 1:
        return _("审核、账号管理、审计、系统管理须由不同的人担任，一个账号只能选一项。")
    return ""


@sensitive_variables()
@transaction.atomic
def reset_password(*, user: User, reason: str, actor: User | None) -> str:
    """Give an account a new one-time password; the old one and every session are dead, a lockout too. Returns the password.

    `actor` None is the operator's command. Records `account.password_reset`. Raises PermissionDenied unless an account
    officer resets somebody else's, Conflict for a disabled account, ValidationError without a reason and, to an
    officer, for the only auditor and for who had a part in the recovery of the person's second factor.
    """
    require_other(user, actor)
    lock_account(user)
    if not user.is_active:
        raise Conflict(_("账号已停用；请先启用，再重置密码。"))
    if actor is not None:
        _require_may_reset(user, actor)
    AccessAttempt.objects.filter(username=user.username.casefold()).delete()  # the locked page sends people here
    _record_stated("account.password_reset", user, actor, reason)
    password = _set_one_time_password(user)
    end_sessions(user=user, because=SessionEnd.PASSWORD_RESET)
    return password


@transaction.atomic
def disable_account(
    *,
    user: User,
    reason: str,
    actor: User | None,
    because: SessionEnd = SessionEnd.DISABLED,
    filed_by: User | None = None,
) -> None:
    """Shut an account: no login, every session ended at its next request. Its assignments stay as they are.

    Records `account.disabled`. When a filing does it, `actor` is None and the event names `filed_by`, who filed (A16).
    Raises PermissionDenied unless an account officer disables somebody else's, ValidationError without a reason or for
    the only auditor, Conflict when it is disabled already.
    """
    require_other(user, actor)
    lock_account(user)
    if not user.is_active:
        raise Conflict(_("账号已经停用。"))
    if actor is not None:
        require_auditor_left(user)
    user.is_active = False
    user.disabled_at = timezone.now()
    user.disabled_reason = reason.strip()
    user.save(update_fields=["is_active", "disabled_at", "disabled_reason"])
    _record_stated("account.disabled", user, actor or filed_by, reason)
    _sync_units(user)
    end_sessions(user=user, because=because)


@transaction.atomic
def enable_account(*, user: User, reason: str, actor: User | None) -> None:
    """Open a disabled account again; sessions from before stay dead (reliability F11). Records `account.enabled`.

    Raises PermissionDenied, ValidationError without a reason and for an account that was handed over (A16), Conflict when
    it is not disabled.
    """
    require_other(user, actor)
    lock_account(user)
    if user.is_active:
        raise Conflict(_("账号没有停用。"))
    if AccountFiling.objects.filter(leaver=user).exclude(completed_at=None).exists() and actor is not None:
        raise ValidationError(_("这个账号已经备案移交，不能再启用；使用人回来的，请另行分配账号。"))
    user.is_active = True
    user.disabled_at = None
    user.disabled_reason = ""
    user.save(update_fields=["is_active", "disabled_at", "disabled_reason"])
    _record_stated("account.enabled", user, actor, reason)
    _sync_units(user)
    end_sessions(user=user, because=SessionEnd.ENABLED)


@transaction.atomic
def correct_holder(*, user: User, holder_name: str, phone: str, reason: str, actor: User) -> None:
    """Correct a name written wrong or a telephone number; a change of person is a filing (A16), not a correction.

    The person is warned by the event in his account's record, not by mail. Records `account.corrected` with the names
    before and after (no numbers). Raises PermissionDenied, ValidationError with every fault at its field.
    """
    require_other(user, actor)
    lock_account(user)
    faults = {
        "holder_name": holder_name_fault(holder_name),
        "phone": phone_fault(phone),
        "reason": "" if reason.strip() else _("请写明原因。"),
    }
    if any(faults.values()):
        raise ValidationError({name: [message] for name, message in faults.items() if message})
    before, user.holder_name, user.phone = user.holder_name, holder_name.strip(), phone.strip()
    user.save(update_fields=["holder_name", "phone"])
    _record_stated("account.corrected", user, actor, reason, before=before, after=user.holder_name)


def require_officer(actor: User) -> None:
    """Raise PermissionDenied unless the person allots accounts for the bureau."""
    if not may(actor, Resource.ACCOUNT, Verb.ALLOT):
        raise PermissionDenied


def require_other(user: User, actor: User | None) -> None:
    """Raise PermissionDenied unless an officer handles another's account; never his own, nor the break-glass one."""
    if actor is not None:
        require_officer(actor)
        if actor.pk == user.pk or user.is_superuser:
            raise PermissionDenied


def _require_may_reset(user: User, actor: User) -> None:
    """Raise ValidationError when a reset would put the only auditor, or both factors of a person, in one hand."""
    if is_only_auditor(user):
        raise ValidationError(
            _(
                "这是唯一在任的审计账号，账号管理员不能重置它的密码。"
                "请运维人员在服务器上运行 manage.py reset_account，或先分配另一个审计账号。"
            )
        )
    require_no_part_in_recovery(user, actor)


def _code_taken(code: str) -> str:
    return _("账号“%(code)s”已存在，请换一个。") % {"code": code}


def _sync_units(user: User) -> None:
    for department in Department.objects.filter(assignments__user=user).distinct():
        sync_department(department)


def _set_one_time_password(user: User, one_time: OneTime | None = None) -> str:
    password, user.password = one_time or make_one_time()
    user.must_change_password = True
    user.password_expires_at = timezone.now() + datetime.timedelta(days=settings.HUIQITONG_INITIAL_PASSWORD_DAYS)
    user.save()
    # A former password from the first day: the printed one is not taken again.
    PasswordRecord.objects.create(user=user, password=user.password)
    return password


def _record_stated(action: str, user: User, actor: User | None, reason: str, **more: str) -> None:
    if not reason.strip():
        raise ValidationError({"reason": _("请写明原因。")})
    units = [assignment.department.code for assignment in user.assignments.select_related("department")]
    record(
        action=action,
        actor=actor,
        department_code=units[0] if len(set(units)) == 1 else "",
        object_type="accounts.user",
        object_id=user.pk,
        object_label=_label(user),
        payload={"username": user.username, "reason": reason.strip(), **more},
    )


def _label(user: User) -> str:
    return f"{user.username}（{user.holder_name}）"
