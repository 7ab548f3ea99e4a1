"""The bureau's part of a filing: settle it, correct its date, or strike it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import Resource, Verb
from accounts.models import AccountFiling, User
from accounts.permissions import may
from accounts.rules import same_name, same_phone
from accounts.services.allotment import Allotted, enable_account
from accounts.services.assignments import lock_account, lock_units
from accounts.services.filings.events import record_filing
from accounts.services.filings.filing import date_fault
from accounts.services.filings.roles import allot_to_newcomer, give_back, give_to, spans_to_give
from accounts.services.officer import code_for, existing_codes
from audit.errors import Conflict
from audit.models import DutyClock
from audit.services import cancel_clock, finish_clock, restart_clock, void_clock

if TYPE_CHECKING:
    import datetime

    from accounts.querysets import AccountQuerySet


@transaction.atomic
def complete_filing(
    *, filing: AccountFiling, actor: User, username: str = "", account: User | None = None
) -> Allotted | None:
    """Settle a filing (A16): give the newcomer the roles, finish the bureau's clock, record `filing.completed`.

    With `username` a new account is allotted and returned with its one-time password. With `account`, a working account
    that the newcomer already has in the unit, the roles and the reported phone go there (`account.phone_changed`). When
    `no_account_because` says why none is due, the filing is only settled. Returns None in both these cases.

    Raises PermissionDenied unless an account officer, ValidationError with the faults at their fields, also when a
    person who has an account in the unit were to get a second one (T15.2), Conflict when somebody else settled it or
    struck it out meanwhile.
    """
    _require_officer(actor)
    _lock(filing, account)
    faults = _completion_faults(filing, username, account)
    if faults:
        raise ValidationError(faults)
    allotted = None
    if account is not None:
        give_to(filing, account, actor)
    elif username:
        allotted = allot_to_newcomer(filing, username, actor)
    filing.successor = allotted.user if allotted else account
    filing.completed_by, filing.completed_at = actor, timezone.now()
    filing.save()
    finish_clock(clock=filing.completion_clock, at=filing.completed_at, actor=actor)
    verdict = filing.completion_verdict()
    told = {"due_on": verdict.due, "verdict": verdict.code, "used": verdict.used}
    record_filing("filing.completed", filing, actor, {"successor": getattr(filing.successor, "username", None), **told})
    return allotted


@transaction.atomic
def correct_filing(*, filing: AccountFiling, changed_on: datetime.date | None, reason: str, actor: User) -> None:
    """Correct a mistyped day of the change, of an open or settled filing: the department is judged by the true day.

    The department's clock starts from the new day; its history and `filing.corrected` keep the old one. Raises
    PermissionDenied unless an account officer, ValidationError with every fault at its field, Conflict when the filing
    was struck out.
    """
    _require_officer(actor)
    _lock_row(filing)
    if filing.cancelled_at:
        raise Conflict(_("这份备案已被撤销，不再更正；请刷新页面查看。"))
    faults = _correction_faults(filing, changed_on, reason)
    if faults or changed_on is None:
        raise ValidationError(faults)
    before, filing.changed_on = filing.changed_on, changed_on
    filing._change_reason = reason.strip()[:100]  # type: ignore[attr-defined]  # simple-history reads it
    filing.save(update_fields=["changed_on"])
    restart_clock(clock=filing.filing_clock, trigger_date=changed_on, reason=reason, actor=actor)
    verdict = filing.filing_verdict()
    told = {"due_on": verdict.due, "verdict": verdict.code, "used": verdict.used}
    record_filing("filing.corrected", filing, actor, {"reason": reason.strip(), "before": before, **told})


@transaction.atomic
def cancel_filing(*, filing: AccountFiling, reason: str, actor: User) -> None:
    """Strike out an open filing that was a mistake: the old account works again, with the roles and limits it had.

    An account that somebody shut before the filing, or again after it, stays shut. The bureau's clock is cancelled, the
    department's, which filing had finished, voided: neither counts as on time or late; the history keeps both.
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
    void_clock(clock=filing.filing_clock, reason=reason, actor=actor)
    cancel_clock(clock=filing.completion_clock, reason=reason, actor=actor)
    if leaver.disabled_at and leaver.disabled_at == filing.leaver_disabled_at:
        enable_account(user=leaver, reason=_("撤销人员变更备案：%s") % reason.strip(), actor=actor)
    for entry in filing.roles:
        give_back(entry, filing, actor)
    record_filing("filing.cancelled", filing, actor, {"reason": filing.cancelled_reason})


def suggested_code(filing: AccountFiling) -> str:
    """A free code for the newcomer's account, `kjj-edit2`; empty when none is due."""
    if no_account_because(filing):
        return ""
    return code_for(filing.department, filing.handed_roles, existing_codes())


def no_account_because(filing: AccountFiling) -> str:
    """Why settling gives nobody an account, in words; empty when it does."""
    if not filing.newcomer_name:
        return _("这份备案没有接任人，不分配账号。")
    if not filing.department.is_active:
        return _("这个单位已停用，不分配账号。")
    return "" if spans_to_give(filing) else _("移交的角色都已到期，不分配账号。")


def accounts_of_newcomer(filing: AccountFiling) -> AccountQuerySet:
    """Working accounts of the unit under the newcomer's name that are not the leaver's: one account is one person."""
    if no_account_because(filing):
        return User.objects.none()
    ours = User.objects.filter(is_active=True, is_superuser=False, assignments__department=filing.department)
    ours = ours.exclude(pk=filing.leaver_id).distinct()
    wanted = [user.pk for user in ours if same_name(user.holder_name, filing.newcomer_name)]
    return User.objects.filter(pk__in=wanted).order_by("username")


def newcomer_here(filing: AccountFiling) -> User | None:
    """The account that is surely the newcomer's own, by name and telephone (T15.2); None when there is none."""
    return next((one for one in accounts_of_newcomer(filing) if same_phone(one.phone, filing.newcomer_phone)), None)


def _completion_faults(filing: AccountFiling, username: str, account: User | None) -> dict[str, list[str]]:
    if because := no_account_because(filing):
        return {"username": [because + _("请不填账号，直接办结。")]} if username or account else {}
    if bool(username) == bool(account):
        return {"username": [_("请填写要分配的新账号，或者选择接任人已有的账号，二者选一。")]}
    if account and not accounts_of_newcomer(filing).filter(pk=account.pk).exists():
        return {"account": [_("只能选择接任人本人在该单位、正在使用的账号。")]}
    own = newcomer_here(filing)
    if username and own:
        words = _("“%(name)s”在该单位已有账号 %(code)s（同名且同一电话），一人一号：请选择已有的账号。")
        return {"username": [words % {"name": filing.newcomer_name, "code": own.username}]}
    return {}


def _correction_faults(filing: AccountFiling, changed_on: datetime.date | None, reason: str) -> dict[str, list[str]]:
    filed_on = timezone.localdate(filing.filed_at, timezone.get_default_timezone())
    fault = date_fault(changed_on, filing.leaver, filing.department)
    if changed_on and filed_on < changed_on <= timezone.localdate():
        fault = _("变更日期晚于备案之日（%s），请核对。") % f"{filed_on:%Y-%m-%d}"
    if changed_on == filing.changed_on:
        fault = _("与原来的变更日期相同，不需要更正。")
    found = {"changed_on": fault, "reason": "" if reason.strip() else _("请写明更正理由。")}
    return {name: [words] for name, words in found.items() if words}


def _require_officer(actor: User) -> None:
    if not may(actor, Resource.FILING, Verb.COMPLETE):
        raise PermissionDenied


def _lock(filing: AccountFiling, account: User | None) -> None:
    """Read an open filing anew under lock, with its clocks, its unit and an account; Conflict when it is not open."""
    _lock_row(filing)
    clocks = DutyClock.objects.filter(pk__in=(filing.filing_clock_id, filing.completion_clock_id))
    list(clocks.select_for_update().order_by("pk"))
    lock_units([filing.department_id])  # so that nobody else allots the same person a second account meanwhile
    if account is not None:
        lock_account(account)
    if not filing.is_open:
        raise Conflict(_("这份备案刚刚已被办结或撤销，请刷新页面查看。"))


def _lock_row(filing: AccountFiling) -> None:
    filing.refresh_from_db(from_queryset=AccountFiling.objects.select_for_update(no_key=True))
