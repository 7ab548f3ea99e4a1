"""The department's part of a filing: report who left and who came (A16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import Resource, Verb
from accounts.models import AccountFiling, Assignment, Department, User
from accounts.permissions import may
from accounts.rules import is_phone, same_name
from accounts.services.assignments import lock_account
from accounts.services.departments import founding_fault
from accounts.services.filings.events import OBJECT_TYPE, record_filing
from accounts.services.filings.roles import hand_over, held, remembered, works_elsewhere
from audit.enums import DutyCode
from audit.models import DutyRule
from audit.rules import local_date
from audit.services import announce_clock, begin_clock, finish_clock

if TYPE_CHECKING:
    import datetime


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

    The leaver's roles in the department end now; one that has not begun is taken away. An account with no role in
    another unit is disabled, with the filer as actor; one that somebody disabled before stays so. Every session of it
    ends. Drafts, submissions and attachments are the department's and stay as they are. The department's clock runs
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
        roles=[remembered(assignment) for assignment in held(leaver, department)],
        changed_on=changed_on,
        filed_by=actor,
        **{name: text.strip() for name, text in words.items()},
    )
    _start_clocks(filing, actor)
    hand_over(filing, actor)
    verdict = filing.filing_verdict()
    told = {"due_on": verdict.due, "verdict": verdict.code, "used": verdict.used}
    record_filing("filing.filed", filing, actor, {"reason": filing.reason, **told})
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
        "changed_on": date_fault(changed_on, known, department),
        "reason": _reason_fault(reason),
        NON_FIELD_ERRORS: ""
        if Department.objects.bureau()
        else _("系统中还没有行政审批局，无处受理备案；请联系系统管理员。"),
    }
    return {name: [message] for name, message in found.items() if message}


# --- Faults ---------------------------------------------------------------------------------------------------


def _leaver_fault(leaver: User | None, department: Department | None) -> str:
    if leaver is None or department is None:
        return _("请选择原使用人的账号。")
    waiting = AccountFiling.objects.open().filter(leaver=leaver)
    works_here = User.objects.fileable_in(Department.objects.filter(pk=department.pk)).filter(pk=leaver.pk).exists()
    if (works_here and waiting.exists()) or waiting.filter(department=department).exists():
        return _("这个账号已有一份备案等待审批局办结，不能重复备案。")
    if not works_here:
        return _("本单位没有这个账号，请从列表中选择。")
    begun_today = held(leaver, department).filter(valid_from=timezone.localdate())
    if works_elsewhere(leaver, department) and begun_today.exists():
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


def date_fault(changed_on: datetime.date | None, leaver: User | None, department: Department | None) -> str:
    """What is wrong with the day of a change, as a sentence; empty when nothing is."""
    if changed_on is None:
        return _("请填写变更日期，例如 2026-11-23。")
    if changed_on > timezone.localdate():
        return _("变更日期晚于今天，请核对；人员变动以后再备案。")
    rule = DutyRule.objects.filter(code=DutyCode.FILE_ACCOUNT).order_by("effective_from").first()
    if rule is None or changed_on < rule.effective_from:
        since = f"（{rule.effective_from:%Y-%m-%d}）" if rule else ""
        return _("变更日期早于办法施行之日%s，请核对年份。") % since
    words = _("变更日期早于%(unit)s设立之日（%(day)s），请核对。")
    if fault := founding_fault(department, changed_on, words):
        return fault
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


# --- Steps ----------------------------------------------------------------------------------------------------


def _start_clocks(filing: AccountFiling, actor: User) -> None:
    """Begin both clocks, save the filing, announce them, finish the department's: what was due was to file."""
    bureau = Department.objects.bureau()
    assert bureau is not None  # noqa: S101 -- asked by `filing_faults`; for the type checker
    facts: dict[str, Any] = {"object_type": OBJECT_TYPE, "object_label": str(filing), "actor": actor}
    filing.filing_clock = begin_clock(
        code=DutyCode.FILE_ACCOUNT,
        department=filing.department,
        trigger_date=filing.changed_on,
        basis=_("使用人变更之日"),
        **facts,
    )
    filing.filed_at = filing.filing_clock.started_at
    filing.completion_clock = begin_clock(
        code=DutyCode.COMPLETE_FILING,
        department=bureau,
        concerned=filing.department,
        trigger_date=local_date(filing.filed_at, timezone.get_default_timezone()),
        basis=_("收到备案之日"),
        **facts,
    )
    filing.save()
    for clock in (filing.filing_clock, filing.completion_clock):
        announce_clock(clock=clock, object_id=filing.pk, actor=actor)
    finish_clock(clock=filing.filing_clock, at=filing.filed_at, actor=actor)
