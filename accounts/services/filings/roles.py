"""The roles of a filing: taken from the leaver, passed to the newcomer, or given back."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import Role, SessionEnd
from accounts.models import Assignment
from accounts.rules import Span, handed_spans
from accounts.services.allotment import Allotted, allot_account, disable_account
from accounts.services.assignments import assign_role, end_assignment, reopen_assignment
from accounts.services.filings.events import record_phone
from accounts.services.sync import sync_department
from audit.services import record

if TYPE_CHECKING:
    from accounts.models import AccountFiling, Department, User
    from accounts.querysets import AssignmentQuerySet

_DAY = datetime.timedelta(days=1)


def held(leaver: User, department: Department) -> AssignmentQuerySet:
    """Roles of the account in the unit that have not ended yet, those that have not begun included."""
    return _not_ended(leaver).filter(department=department).order_by("pk")


def works_elsewhere(leaver: User, department: Department) -> bool:
    """Whether the account has, or will have, a role in another unit."""
    return _not_ended(leaver).exclude(department=department).exists()


def remembered(assignment: Assignment) -> dict[str, Any]:
    """What a filing keeps of a role: enough to pass it on with its days, and to give it back."""
    until = assignment.valid_until.isoformat() if assignment.valid_until else None
    return {
        "role": assignment.role,
        "assignment": assignment.pk,
        "from": assignment.valid_from.isoformat(),
        "until": until,
    }


def hand_over(filing: AccountFiling, actor: User) -> None:
    """End the leaver's roles in the unit, with effect from the next request, and shut the account if nothing is left.

    The last day is yesterday: today the person no longer has them. A role that began today cannot end before it began,
    and ends today; the account is shut then (`filing_faults` sees to it). A role that has not begun is taken away whole.
    An account that somebody shut before stays as it is: `leaver_disabled_at` says whether the filing did it.
    """
    today, leaver = timezone.localdate(), filing.leaver
    for assignment in held(leaver, filing.department).select_related("user", "department"):
        if assignment.valid_from > today:
            _withdraw(assignment, actor)
        else:
            end_assignment(assignment=assignment, last_day=max(today - _DAY, assignment.valid_from), actor=actor)
    leaver.refresh_from_db()
    if leaver.is_active and not works_elsewhere(leaver, filing.department):
        disable_account(
            user=leaver,
            reason=_("人员变更备案第 %d 号") % filing.pk,
            actor=None,
            filed_by=actor,
            because=SessionEnd.HANDED_OVER,
        )
        filing.leaver_disabled_at = leaver.disabled_at
        filing.save(update_fields=["leaver_disabled_at"])
        sync_department(filing.department)  # a role that ends today counted until the account was shut


def spans_to_give(filing: AccountFiling) -> list[Span]:
    """What of the leaver's roles is left for the newcomer: each from today or its own first day, until its last."""
    return handed_spans(filing.roles, timezone.localdate())


def allot_to_newcomer(filing: AccountFiling, username: str, actor: User) -> Allotted:
    """A new account for the newcomer with the leaver's roles and their days. Raises what `allot_account` raises."""
    spans = spans_to_give(filing)
    first = min(span.first for span in spans)
    allotted = allot_account(
        username=username,
        holder_name=filing.newcomer_name,
        phone=filing.newcomer_phone,
        department=filing.department,
        roles=[Role(span.role) for span in spans if span.first == first],
        valid_from=first,
        actor=actor,
    )
    for span in spans:
        if span.first != first:
            _give(filing, span, allotted.user, actor)
        elif span.last:
            given = Assignment.objects.select_related("user", "department").get(
                user=allotted.user, role=span.role, valid_until=None
            )
            end_assignment(assignment=given, last_day=span.last, actor=actor)
    return allotted


def give_to(filing: AccountFiling, account: User, actor: User) -> None:
    """The leaver's roles with their days, and the reported phone, to an account that the newcomer has."""
    for span in spans_to_give(filing):
        _give(filing, span, account, actor)
    if account.phone != filing.newcomer_phone:
        account.phone = filing.newcomer_phone
        account.save(update_fields=["phone"])
        record_phone(filing, account, actor)


def give_back(entry: dict[str, Any], filing: AccountFiling, actor: User) -> None:
    """One role as it was before; none whose last day has passed or that the person was given anew meanwhile."""
    until = datetime.date.fromisoformat(entry["until"]) if entry["until"] else None
    again = held(filing.leaver, filing.department).filter(role=entry["role"]).exclude(pk=entry["assignment"])
    if again.exclude(pk__in=[other["assignment"] for other in filing.roles]).exists():
        return
    if until and until < timezone.localdate():
        return
    assignment = Assignment.objects.select_related("user", "department").filter(pk=entry["assignment"]).first()
    if assignment:
        reopen_assignment(assignment=assignment, valid_until=until, actor=actor)
    else:  # it had not begun and was taken away whole
        first = datetime.date.fromisoformat(entry["from"])
        assign_role(
            user=filing.leaver,
            department=filing.department,
            role=Role(entry["role"]),
            valid_from=first,
            valid_until=until,
            actor=actor,
        )


def _give(filing: AccountFiling, span: Span, account: User, actor: User) -> None:
    """One role with its days, as far as the account does not have it already."""
    last, facts = span.last, {"user": account, "department": filing.department, "role": Role(span.role)}
    same = Assignment.objects.overlapping(span.first, last).filter(**facts)
    enough = Q(valid_until=None) | Q(valid_until__gte=last) if last else Q(valid_until=None)
    if same.filter(enough, valid_from__lte=span.first).exists():
        return
    coming = same.filter(valid_until=None).first()
    if coming:  # for good from a later day on: only the days until then are missing
        last = coming.valid_from - _DAY
    assign_role(**facts, valid_from=span.first, valid_until=last, actor=actor)  # type: ignore[arg-type]  # one dict


def _withdraw(assignment: Assignment, actor: User) -> None:
    """Take away a role that has not begun; its row's history keeps it. It gave no rights, so none are taken back."""
    record(
        action="assignment.ended",
        actor=actor,
        department_code=assignment.department.code,
        object_type="accounts.assignment",
        object_id=assignment.pk,
        object_label=str(assignment),
        payload={"until": None, "from": assignment.valid_from.isoformat(), "begun": False},
    )
    assignment.delete()


def _not_ended(user: User) -> AssignmentQuerySet:
    return Assignment.objects.overlapping(timezone.localdate(), None).filter(user=user)
