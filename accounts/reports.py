"""What the bureau reads of its accounts: how each stands, who holds them with what contact, who may do what."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import AccountState, Resource, Role, Scope, Verb
from accounts.models import Department, User
from accounts.permissions import TABLE, may
from accounts.querysets import idle_cutoff
from accounts.services.workbook import written
from audit.services import record

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from accounts.querysets import AccountQuerySet

BREAK_GLASS = "应急超级账号"
HOLDER_HEADERS = (
    "单位代码",
    "单位",
    "使用人",
    "联系电话",
    "账号",
    "角色",
    "起始日",
    "截止日",
    "情况",
    "上次登录",
    "承诺书",
)


def is_idle(user: User, cutoff: datetime.datetime) -> bool:
    """Whether `AccountQuerySet.idle_since` would name this account, without asking the database."""
    return user.is_active and user.date_joined < cutoff and (user.login_at is None or user.login_at < cutoff)


def account_state(user: User, cutoff: datetime.datetime | None = None) -> str:
    """How an account stands, in words; `cutoff` is `idle_cutoff()`."""
    if user.is_superuser:
        return BREAK_GLASS
    if not user.is_active:
        return str(AccountState.DISABLED.label)
    state = AccountState.WAITING if user.must_change_password else AccountState.IN_USE
    if not is_idle(user, cutoff or idle_cutoff()):
        return str(state.label)
    return str(AccountState.IDLE.label) if state == AccountState.IN_USE else f"{state.label}、{AccountState.IDLE.label}"


def posts_in_words(user: User) -> str:
    """Units and roles of today, of an account read `with_posts`: 科技局：录入员、审核员；工信局：审核员."""
    units: dict[str, list[str]] = {}
    for post in user.posts:  # type: ignore[attr-defined]  # prefetched by with_posts
        units.setdefault(post.department.short_name, []).append(post.get_role_display())
    return "；".join(f"{unit}：{'、'.join(roles)}" for unit, roles in units.items())


# --- Export -------------------------------------------------------------------------------------------------


class Filters(NamedTuple):
    """Which accounts are exported; all when empty."""

    department: Department | None = None
    role: str = ""
    state: str = ""


def holder_lines(filters: Filters) -> list[Sequence[str]]:
    """One line for each role an account holds today, by unit; an account without any is listed last."""
    cutoff = idle_cutoff()
    lines: list[Sequence[str]] = []
    for user in _accounts(filters).with_posts().order_by("username"):
        told = (account_state(user, cutoff), _day(user.login_at), _day(user.undertaking_signed_at) or "未签")
        contact = (user.get_full_name(), user.phone, user.username)
        for post in user.posts:
            if (filters.department and post.department != filters.department) or filters.role not in {"", post.role}:
                continue
            days = (post.valid_from.isoformat(), post.valid_until.isoformat() if post.valid_until else "")
            unit = (post.department.code, post.department.name)
            lines.append((*unit, *contact, str(post.get_role_display()), *days, *told))
        if not user.posts:
            lines.append(("", "", *contact, "", "", "", *told))
    return sorted(lines, key=lambda line: (not line[0], line[0], line[4], line[5]))


@transaction.atomic
def export_holders(*, filters: Filters, actor: User) -> bytes:
    """The holders with contacts as an Excel workbook of texts (A16). Records `accounts.exported`.

    `actor` must hold the right to export; the view asks.
    """
    lines = holder_lines(filters)
    record(
        action="accounts.exported",
        actor=actor,
        object_type="accounts.user",
        payload={
            "department": filters.department.code if filters.department else "",
            "role": filters.role,
            "state": filters.state,
            "rows": len(lines),
        },
    )
    return written({"账号名册": [HOLDER_HEADERS, *lines]}, widths=(12, 30, 14, 20, 18, 14, 13, 13, 20, 13, 13))


def _accounts(filters: Filters) -> AccountQuerySet:
    accounts = User.objects.filter(is_superuser=False)
    facts: dict[str, object] = {}
    if filters.department:
        facts["department"] = filters.department
    if filters.role:
        facts["role"] = filters.role
    if facts:
        accounts = accounts.holding(**facts)
    return accounts.in_state(filters.state) if filters.state else accounts


def _day(at: datetime.datetime | None) -> str:
    return f"{timezone.localtime(at, timezone.get_default_timezone()):%Y-%m-%d}" if at else ""


# --- The table of rights ----------------------------------------------------------------------------------------


class TableRow(NamedTuple):
    """One resource, and what each role may do with it, in words: 查看；录入和修改（本单位）."""

    resource: str
    cells: list[list[str]]


def role_table() -> list[TableRow]:
    """The table of rights in words: a row for each resource, a cell for each role in the order of `Role`."""
    return [TableRow(str(resource.label), [_cell(role, resource) for role in Role]) for resource in Resource]


def _cell(role: Role, resource: Resource) -> list[str]:
    lines = []
    for scope in Scope:
        verbs = [str(verb.label) for verb in Verb if (resource, verb, scope) in TABLE[role]]
        if verbs:
            lines.append(f"{'；'.join(verbs)}（{scope.label}）")
    return lines


def may_see_drift(user: User) -> bool:
    """Whether the person is told where rights and table differ: who allots, who audits, who watches the system."""
    return may(user, Resource.ACCOUNT, Verb.READ) or may(user, Resource.SYSTEM_STATE, Verb.READ)


def drift_in_words(lines: Sequence[str]) -> list[str]:
    """Lines of `permission_drift` with the group's name as people say it: “科技局 录入员”组."""
    units = dict(Department.objects.values_list("code", "short_name"))
    return [_drift_line(line, units) for line in lines]


def _drift_line(line: str, units: dict[str, str]) -> str:
    kind, _colon, rest = line.partition("：")
    holder, _space, right = rest.partition(" ")
    code, _mark, role = holder.partition(":")
    if role in Role.values:
        unit = _("行政审批局") if code == "bureau" else units.get(code, code)
        holder = _("“%(unit)s %(role)s”组") % {"unit": unit, "role": Role(role).label}
    return _("%(kind)s：%(holder)s 的 %(right)s") % {"kind": kind, "holder": holder, "right": right}
