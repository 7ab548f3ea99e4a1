"""Allotting accounts to named people (A15), and what may become of an account afterwards."""

from __future__ import annotations

import datetime
import secrets
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import BUREAU_ROLES, DEPARTMENT_ROLES, SEPARATED_ROLES, Resource, Role, SessionEnd, Verb
from accounts.models import Department, User
from accounts.permissions import may
from accounts.rules import account_code_fault, is_phone
from accounts.services.assignments import assign_role
from accounts.services.sessions import end_sessions
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


def one_time_password() -> str:
    """A fresh password of four groups, each with a capital, small letters and a digit: `Kpm7-Xqw4-Hat9-Ruv3`."""
    groups = []
    for _number in range(_GROUPS):
        small = "".join(secrets.choice(_LOWER) for _place in range(_GROUP_LENGTH - 2))
        groups.append(secrets.choice(_UPPER) + small + secrets.choice(_DIGITS))
    return "-".join(groups)


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
) -> Allotted:
    """Open an account for one named person of one unit, with a one-time password (A15, T15.1–T15.3).

    `valid_from` is the first day of its roles (default: today in Shanghai). `actor` is an account officer, or None for
    the operator's command. Records `account.allotted` and `assignment.granted`. Returns the account with its password.

    Raises PermissionDenied for anybody else and for a role the actor may not give, ValidationError with every fault at
    its field at once.
    """
    roles = sorted(set(roles))
    if actor is not None:
        require_officer(actor)
        if not set(roles) <= ALLOTTABLE_ROLES:
            raise PermissionDenied
    faults = account_faults(username=username, holder_name=holder_name, phone=phone, roles=roles, department=department)
    if faults:
        raise ValidationError(faults)
    user = User(username=username, holder_name=holder_name.strip(), phone=phone.strip())
    password = _set_one_time_password(user)
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
        assign_role(user=user, department=department, role=role, valid_from=valid_from, actor=actor)
    return Allotted(user, password)


def account_faults(
    *, username: str, holder_name: str, phone: str, roles: Iterable[Role], department: Department | None
) -> dict[str, list[str]]:
    """Everything that keeps an account from being allotted, by field, in words; empty when nothing does."""
    roles = list(roles)
    found: dict[str, str] = {
        "username": account_code_fault(username),
        "holder_name": "" if holder_name.strip() else _("请填写使用人姓名：一个账号只对应一个人。"),
        "phone": "" if is_phone(phone) else _("请填写能找到使用人的电话：固定电话（带区号）或手机号。"),
        "department": "" if department else _("请选择单位。"),
        "roles": "" if roles else _("请至少选择一个角色。"),
    }
    if not found["username"] and User.objects.filter(username__iexact=username).exists():
        found["username"] = _("账号“%(code)s”已存在，请换一个。") % {"code": username}
    if department and not department.is_active:
        found["department"] = _("这个单位已停用，不能分配账号。")
    if roles and department:
        found["roles"] = _role_fault(roles, department)
    return {name: [message] for name, message in found.items() if message}


def _role_fault(roles: list[Role], department: Department) -> str:
    if set(roles) & BUREAU_ROLES and not department.is_bureau:
        return _("审批局的角色只能分配给行政审批局的人员。")
    if set(roles) & DEPARTMENT_ROLES and department.is_bureau:
        return _("行政审批局不录入政策，不设录入员和审核员。")
    if len(set(roles) & SEPARATED_ROLES) > 1:
        return _("审核、账号管理、审计、系统管理须由不同的人担任，一个账号只能选一项。")
    return ""


@transaction.atomic
def reset_password(*, user: User, reason: str, actor: User | None) -> str:
    """Give an account a new one-time password; the old one and every session are dead. Returns the password.

    Records `account.password_reset`. Raises PermissionDenied unless an account officer resets somebody else's,
    ValidationError without a reason, Conflict for a disabled account.
    """
    _require_other(user, actor)
    if not user.is_active:
        raise Conflict(_("账号已停用；请先启用，再重置密码。"))
    _record_stated("account.password_reset", user, actor, reason)
    password = _set_one_time_password(user)
    end_sessions(user=user, because=SessionEnd.PASSWORD_RESET)
    return password


@transaction.atomic
def disable_account(*, user: User, reason: str, actor: User | None, because: SessionEnd = SessionEnd.DISABLED) -> None:
    """Shut an account: no login, every session ended at its next request. Its assignments stay as they are.

    Records `account.disabled`. Raises PermissionDenied unless an account officer disables somebody else's,
    ValidationError without a reason, Conflict when it is disabled already.
    """
    _require_other(user, actor)
    _lock(user)
    if not user.is_active:
        raise Conflict(_("账号已经停用。"))
    user.is_active = False
    user.disabled_at = timezone.now()
    user.disabled_reason = reason.strip()
    user.save(update_fields=["is_active", "disabled_at", "disabled_reason"])
    _record_stated("account.disabled", user, actor, reason)
    end_sessions(user=user, because=because)


@transaction.atomic
def enable_account(*, user: User, reason: str, actor: User | None) -> None:
    """Open a disabled account again; sessions from before stay dead (reliability F11). Records `account.enabled`.

    Raises PermissionDenied, ValidationError without a reason, Conflict when it is not disabled.
    """
    _require_other(user, actor)
    _lock(user)
    if user.is_active:
        raise Conflict(_("账号没有停用。"))
    user.is_active = True
    user.disabled_at = None
    user.disabled_reason = ""
    user.save(update_fields=["is_active", "disabled_at", "disabled_reason"])
    _record_stated("account.enabled", user, actor, reason)
    end_sessions(user=user, because=SessionEnd.ENABLED)


def require_officer(actor: User) -> None:
    """Raise PermissionDenied unless the person allots accounts for the bureau."""
    if not may(actor, Resource.ACCOUNT, Verb.ALLOT):
        raise PermissionDenied


def _require_other(user: User, actor: User | None) -> None:
    """An officer never handles his own account, nor the break-glass one."""
    if actor is not None:
        require_officer(actor)
        if actor.pk == user.pk or user.is_superuser:
            raise PermissionDenied


def _lock(user: User) -> None:
    user.refresh_from_db(from_queryset=User.objects.select_for_update(no_key=True))


def _set_one_time_password(user: User) -> str:
    password = one_time_password()
    user.set_password(password)
    user.must_change_password = True
    user.password_expires_at = timezone.now() + datetime.timedelta(days=settings.HUIQITONG_INITIAL_PASSWORD_DAYS)
    user.save()
    return password


def _record_stated(action: str, user: User, actor: User | None, reason: str) -> None:
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
        payload={"username": user.username, "reason": reason.strip()},
    )


def _label(user: User) -> str:
    return f"{user.username}（{user.holder_name}）"
