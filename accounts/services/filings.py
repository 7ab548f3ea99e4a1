"""人员变更备案 (A16): a department files a change of person, the bureau settles it or strikes it out.

Locks, in this order: the filing, its clocks, the accounts; then the event chain, which every event locks.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import DepartmentKind, Resource, SessionEnd, Verb
from accounts.models import AccountFiling, Assignment, Department, User
from accounts.permissions import may
from accounts.rules import is_phone, same_name
from accounts.services.allotment import Allotted, allot_account, disable_account, enable_account
from accounts.services.assignments import assign_role, end_assignment, lock_account, reopen_assignment
from accounts.services.officer import code_for, existing_codes
from accounts.services.sync import sync_department
from audit.enums import DutyCode
from audit.errors import Conflict
from audit.models import DutyClock, DutyRule
from audit.rules import local_date
from audit.services import cancel_clock, finish_clock, record, start_clock

if TYPE_CHECKING:
    from accounts.querysets import AccountQuerySet, AssignmentQuerySet

#: `object_type` under which a filing stands in clocks and events.
OBJECT_TYPE = "accounts.accountfiling"
_DAY = datetime.timedelta(days=1)


@transaction.atomic
def file_change(
    *,
    department: Department,
    leaver: User,
    newcomer_name: str,
    newcomer_phone: str,
    changed_on: datetime.date,
    reason: str,
    actor: User,
) -> AccountFiling:
    """File that the holder of an account changed on a local day in Shanghai (A16, T16.1–T16.3). Returns the filing.

    The leaver's roles in the department end now. An account with no role in another unit is disabled; every session of
    it ends. Drafts, submissions and attachments are the department's and stay as they are. The department's clock runs
    from `changed_on` and is finished in the same transaction, the bureau's starts with the local day of receipt.
    Records `filing.filed` beside the events of clocks, assignments and account.

    Raises PermissionDenied unless the actor files for the department, ValidationError with every fault at its field.
    """
    if not may(actor, Resource.FILING, Verb.WRITE, department):
        raise PermissionDenied
    lock_account(leaver)
    words = {"newcomer_name": newcomer_name, "newcomer_phone": newcomer_phone, "reason": reason}
    faults = filing_faults(department=department, leaver=leaver, changed_on=changed_on, **words)
    if faults:
        raise ValidationError(faults)
    filing = AccountFiling(
        department=department,
        leaver=leaver,
        leaver_name=leaver.get_full_name(),
        roles=[_remembered(held) for held in _held(leaver, department)],
        changed_on=changed_on,
        filed_by=actor,
        **{name: text.strip() for name, text in words.items()},
    )
    _start_clocks(filing, actor)
    _hand_over(filing, actor)
    verdict = filing.filing_verdict()
    told = {"due_on": verdict.due, "verdict": verdict.code, "used": verdict.used}
    _record("filing.filed", filing, actor, {"reason": filing.reason, **told})
    return filing


def filing_faults(
    *,
    department: Department | None,
    leaver: User | None,
    newcomer_name: str,
    newcomer_phone: str,
    changed_on: datetime.date | None,
    reason: str,
) -> dict[str, list[str]]:
    """Everything that keeps a change from being filed, by field, in words; empty when nothing does.

    An account that does no work in the department is told of in the same words as one that does not exist.
    """
    leaver_fault = _leaver_fault(leaver, department)
    known = None if leaver_fault else leaver
    found = {
        "department": "" if department else _("请选择单位。"),
        "leaver": leaver_fault,
        "newcomer_name": _name_fault(newcomer_name, newcomer_phone, known),
        "newcomer_phone": _phone_fault(newcomer_name, newcomer_phone),
        "changed_on": _date_fault(changed_on, known, department),
        "reason": _reason_fault(reason),
        NON_FIELD_ERRORS: "" if _bureau() else _("系统中还没有行政审批局，无处受理备案；请联系系统管理员。"),
    }
    return {name: [message] for name, message in found.items() if message}


@transaction.atomic
def complete_filing(
    *, filing: AccountFiling, actor: User, username: str = "", account: User | None = None
) -> Allotted | None:
    """Settle a filing (A16): give the newcomer the roles, finish the bureau's clock, record `filing.completed`.

    With `username` a new account is allotted and returned with its one-time password. With `account`, a working account
    that the newcomer already has in the unit, the roles and the reported phone go there. Without a newcomer the filing
    is only settled. Returns None in both these cases.

    Raises PermissionDenied unless an account officer, ValidationError with the faults at their fields, Conflict when
    somebody else settled it or struck it out meanwhile.
    """
    _require_officer(actor)
    _lock(filing, account)
    faults = _completion_faults(filing, username, account)
    if faults:
        raise ValidationError(faults)
    allotted = None
    if account is not None:
        _give_roles(filing, account, actor)
    elif filing.newcomer_name:
        allotted = allot_account(
            username=username,
            holder_name=filing.newcomer_name,
            phone=filing.newcomer_phone,
            department=filing.department,
            roles=filing.handed_roles,
            actor=actor,
        )
    filing.successor = allotted.user if allotted else account
    filing.completed_by, filing.completed_at = actor, timezone.now()
    filing.save()
    finish_clock(clock=filing.completion_clock, at=filing.completed_at, actor=actor)
    verdict = filing.completion_verdict()
    told = {"due_on": verdict.due, "verdict": verdict.code, "used": verdict.used}
    _record("filing.completed", filing, actor, {"successor": getattr(filing.successor, "username", None), **told})
    return allotted


@transaction.atomic
def cancel_filing(*, filing: AccountFiling, reason: str, actor: User) -> None:
    """Strike out an open filing that was a mistake: the old account works again, with the roles and limits it had.

    The bureau's clock is cancelled. The department's was finished by filing and stays as history, verdict included.
    Records `filing.cancelled`. Raises PermissionDenied unless an account officer, ValidationError without a reason,
    Conflict when it was settled or struck out meanwhile.
    """
    _require_officer(actor)
    if not reason.strip():
        raise ValidationError({"reason": [_("请写明撤销理由。")]})
    _lock(filing, filing.leaver)
    leaver = filing.leaver
    leaver.refresh_from_db()
    filing.cancelled_at, filing.cancelled_reason = timezone.now(), reason.strip()
    filing._change_reason = filing.cancelled_reason[:100]  # type: ignore[attr-defined]  # simple-history reads it
    filing.save()
    cancel_clock(clock=filing.completion_clock, reason=reason, actor=actor)
    if not leaver.is_active:
        enable_account(user=leaver, reason=_("撤销人员变更备案：%s") % reason.strip(), actor=actor)
    for entry in filing.roles:
        _give_back(entry, actor)
    _record("filing.cancelled", filing, actor, {"reason": filing.cancelled_reason})


def suggested_code(filing: AccountFiling) -> str:
    """A free code for the newcomer's account, `kjj-edit2`; empty when there is no newcomer."""
    if not filing.newcomer_name:
        return ""
    return code_for(filing.department, filing.handed_roles, existing_codes())


def accounts_of_newcomer(filing: AccountFiling) -> AccountQuerySet:
    """Working accounts of the unit under the newcomer's name that are not the leaver's: one account is one person."""
    if not filing.newcomer_name:
        return User.objects.none()
    ours = User.objects.filter(is_active=True, is_superuser=False, assignments__department=filing.department)
    ours = ours.exclude(pk=filing.leaver_id).distinct()
    wanted = [user.pk for user in ours if same_name(user.holder_name, filing.newcomer_name)]
    return User.objects.filter(pk__in=wanted).order_by("username")


# --- Faults ---------------------------------------------------------------------------------------------------


def _leaver_fault(leaver: User | None, department: Department | None) -> str:
    if leaver is None or department is None:
        return _("请选择原使用人的账号。")
    waiting = AccountFiling.objects.open().filter(leaver=leaver)
    works_here = User.objects.working_in(Department.objects.filter(pk=department.pk)).filter(pk=leaver.pk).exists()
    if (works_here and waiting.exists()) or waiting.filter(department=department).exists():
        return _("这个账号已有一份备案等待审批局办结，不能重复备案。")
    if not works_here:
        return _("本单位没有这个账号，请从列表中选择。")
    if _works_elsewhere(leaver, department) and _held(leaver, department).filter(valid_from__gte=timezone.localdate()):
        return _("这个账号今天才在本单位任职，在其他单位也有任职，今天还不能移交；请明天再备案。")
    return ""


def _name_fault(name: str, phone: str, leaver: User | None) -> str:
    if phone.strip() and not name.strip():
        return _("填了联系电话，请同时填写新使用人姓名；没有接任人的，两项都留空。")
    if leaver and name.strip() and same_name(name, leaver.get_full_name()):
        return _("新使用人与原使用人同名：没有换人不需要备案；确有同名的，请在姓名后加注以示区别。")
    if not name.strip().isprintable():
        return _("姓名中有换行或不可见的字符，请重新输入。")
    return _too_long("newcomer_name", name)


def _phone_fault(name: str, phone: str) -> str:
    if name.strip() and not phone.strip():
        return _("请填写新使用人的联系电话。")
    if phone.strip() and not is_phone(phone):
        return _("请填写能找到新使用人的电话：固定电话（带区号）或手机号。")
    return _too_long("newcomer_phone", phone)


def _date_fault(changed_on: datetime.date | None, leaver: User | None, department: Department | None) -> str:
    if changed_on is None:
        return _("请填写变更日期，例如 2026-11-23。")
    if changed_on > timezone.localdate():
        return _("变更日期晚于今天，请核对；人员变动以后再备案。")
    rule = DutyRule.objects.filter(code=DutyCode.FILE_ACCOUNT).order_by("effective_from").first()
    if rule is None or changed_on < rule.effective_from:
        since = f"（{rule.effective_from:%Y-%m-%d}）" if rule else ""
        return _("变更日期早于办法施行之日%s，请核对年份。") % since
    if leaver is None:
        return ""
    first = Assignment.objects.filter(user=leaver, department=department).order_by("valid_from").first()
    if first and changed_on < first.valid_from:
        return _("变更日期早于原使用人在本单位任职的起始日（%s），请核对。") % f"{first.valid_from:%Y-%m-%d}"
    return ""


def _reason_fault(reason: str) -> str:
    return _too_long("reason", reason) if reason.strip() else _("请写明变更原因，例如“调离”“退休”。")


def _too_long(field: str, text: str) -> str:
    limit: int = getattr(AccountFiling._meta.get_field(field), "max_length")  # noqa: B009 -- the three are text fields
    return _("请不要超过 %d 个字。") % limit if len(text.strip()) > limit else ""


def _completion_faults(filing: AccountFiling, username: str, account: User | None) -> dict[str, list[str]]:
    if not filing.newcomer_name:
        given = username or account
        return {"username": [_("这份备案没有接任人，不分配账号。")]} if given else {}
    if bool(username) == bool(account):
        return {"username": [_("请填写要分配的新账号，或者选择接任人已有的账号，二者选一。")]}
    if account and not accounts_of_newcomer(filing).filter(pk=account.pk).exists():
        return {"account": [_("只能选择接任人本人在该单位、正在使用的账号。")]}
    return {}


# --- Steps ----------------------------------------------------------------------------------------------------


def _require_officer(actor: User) -> None:
    if not may(actor, Resource.FILING, Verb.COMPLETE):
        raise PermissionDenied


def _lock(filing: AccountFiling, account: User | None) -> None:
    """Read the filing anew under lock, with its running clock and an account; Conflict when it is not open any more."""
    filing.refresh_from_db(from_queryset=AccountFiling.objects.select_for_update(no_key=True))
    DutyClock.objects.select_for_update().get(pk=filing.completion_clock_id)
    if account is not None:
        lock_account(account)
    if not filing.is_open:
        raise Conflict(_("这份备案刚刚已被办结或撤销，请刷新页面查看。"))


def _bureau() -> Department | None:
    return Department.objects.filter(kind=DepartmentKind.BUREAU, is_active=True).order_by("pk").first()


def _held(leaver: User, department: Department) -> AssignmentQuerySet:
    """Roles of the account in the unit that have not ended yet."""
    return _not_ended(leaver).filter(department=department).order_by("pk")


def _works_elsewhere(leaver: User, department: Department) -> bool:
    return _not_ended(leaver).exclude(department=department).exists()


def _not_ended(user: User) -> AssignmentQuerySet:
    still = Q(valid_until=None) | Q(valid_until__gte=timezone.localdate())
    return Assignment.objects.filter(still, user=user)


def _remembered(held: Assignment) -> dict[str, Any]:
    until = held.valid_until.isoformat() if held.valid_until else None
    return {"role": held.role, "assignment": held.pk, "until": until}


def _start_clocks(filing: AccountFiling, actor: User) -> None:
    """Start both clocks, save the filing, finish the department's: what was due was to file."""
    bureau = _bureau()
    assert bureau is not None  # noqa: S101 -- asked by `filing_faults`; for the type checker
    facts: dict[str, Any] = {"object_type": OBJECT_TYPE, "object_id": "", "object_label": str(filing), "actor": actor}
    filing.filing_clock = start_clock(
        code=DutyCode.FILE_ACCOUNT,
        department=filing.department,
        trigger_date=filing.changed_on,
        basis=_("使用人变更之日"),
        **facts,
    )
    filing.filed_at = filing.filing_clock.started_at
    filing.completion_clock = start_clock(
        code=DutyCode.COMPLETE_FILING,
        department=bureau,
        trigger_date=local_date(filing.filed_at, timezone.get_default_timezone()),
        basis=_("收到备案之日"),
        **facts,
    )
    filing.save()
    for clock in (filing.filing_clock, filing.completion_clock):
        clock.object_id = str(filing.pk)
        clock.save()
    finish_clock(clock=filing.filing_clock, at=filing.filed_at, actor=actor)


def _hand_over(filing: AccountFiling, actor: User) -> None:
    """End the leaver's roles in the unit, with effect from the next request, and shut the account if nothing is left.

    The last day is yesterday: today the person no longer has them. A role that began today cannot end before it began,
    and ends today; the account is shut then (`_leaver_fault` sees to it).
    """
    yesterday = timezone.localdate() - _DAY
    for held in _held(filing.leaver, filing.department).select_related("user", "department"):
        end_assignment(assignment=held, last_day=max(yesterday, held.valid_from), actor=actor)
    if not _works_elsewhere(filing.leaver, filing.department):
        disable_account(
            user=filing.leaver,
            reason=_("人员变更备案第 %d 号") % filing.pk,
            actor=None,
            because=SessionEnd.HANDED_OVER,
        )
        sync_department(filing.department)  # a role that ends today counted until the account was shut


def _give_roles(filing: AccountFiling, account: User, actor: User) -> None:
    for role in filing.handed_roles:
        assign_role(user=account, department=filing.department, role=role, actor=actor)
    account.phone = filing.newcomer_phone
    account.save(update_fields=["phone"])


def _give_back(entry: dict[str, Any], actor: User) -> None:
    """One role as it was before; none whose last day has passed or that the person was given anew meanwhile."""
    assignment = Assignment.objects.select_related("user", "department").get(pk=entry["assignment"])
    until = datetime.date.fromisoformat(entry["until"]) if entry["until"] else None
    again = _held(assignment.user, assignment.department).filter(role=assignment.role).exclude(pk=assignment.pk)
    if again.exists() or (until and until < timezone.localdate()):
        return
    reopen_assignment(assignment=assignment, valid_until=until, actor=actor)


def _record(action: str, filing: AccountFiling, actor: User, extra: dict[str, Any]) -> None:
    record(
        action=action,
        actor=actor,
        department_code=filing.department.code,
        object_type=OBJECT_TYPE,
        object_id=filing.pk,
        object_label=str(filing),
        payload={
            "leaver": filing.leaver.username,
            "leaver_name": filing.leaver_name,
            "newcomer_name": filing.newcomer_name,
            "changed_on": filing.changed_on,
            "roles": [entry["role"] for entry in filing.roles],
            "clocks": [filing.filing_clock_id, filing.completion_clock_id],
            **extra,
        },
    )
