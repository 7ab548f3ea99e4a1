"""Who is told of a duty, and where the things of accounts that have one are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import AccountFiling, Assignment, User
from audit.enums import DutyCode, Outcome
from audit.models import DutyNotice
from audit.services.registry import Shown

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from audit.models import DutyClock

#: Who does what the bureau owes; whatever else is owed, a later duty too, the unit's editors and reviewers do, and
#: where the bureau itself is that unit its moderators.
BUREAU_HANDS: dict[str, Role] = {DutyCode.MODERATE: Role.MODERATOR, DutyCode.COMPLETE_FILING: Role.ACCOUNT_OFFICER}
DEPARTMENT_HANDS = (Role.EDITOR, Role.REVIEWER)
#: Whose hand a duty needs that may lie with any unit, the bureau included, which has neither editor nor reviewer.
ANY_HANDS = (*DEPARTMENT_HANDS, Role.MODERATOR)


def hands_of(code: str) -> tuple[Role, ...]:
    """Roles, of the responsible unit, whose hand a duty needs."""
    hand = BUREAU_HANDS.get(code)
    return (hand,) if hand else ANY_HANDS


def people_told(clock: DutyClock) -> QuerySet[User]:
    """People of the responsible unit whose hand the duty needs, by their roles of today."""
    held = Assignment.objects.current().filter(department=clock.department, role__in=hands_of(clock.rule.code))
    return User.objects.filter(pk__in=held.values("user_id"))


def notices_for(user: User) -> QuerySet[DutyNotice]:
    """Notices of what is still open and needs this person's hand: `people_told`, asked from the other side."""
    others = ~Q(clock__rule__code__in=list(BUREAU_HANDS))
    mine = others & Q(department__in=user.departments_as(*ANY_HANDS))
    for code, hand in BUREAU_HANDS.items():
        mine |= Q(clock__rule__code=code, department__in=user.departments_as(hand))
    # What was told to a unit that owes it no more is not its matter.
    return DutyNotice.objects.filter(mine, clock__outcome=Outcome.OPEN, department=F("clock__department"))


def filings_told_otherwise() -> Iterator[tuple[int, datetime.date]]:
    """Clock and day of the change of each filing that says another day than its clock."""
    rows = AccountFiling.objects.exclude(changed_on=F("filing_clock__trigger_date"))
    yield from rows.order_by("pk").values_list("filing_clock_id", "changed_on")


def filing_links(user: User, ids: list[str]) -> dict[str, Shown]:
    """The filings the person may read; to others a filing has a number and no names."""
    mine = AccountFiling.objects.visible_to(user).filter(pk__in=[pk for pk in ids if pk])
    readable = {str(pk) for pk in mine.values_list("pk", flat=True)}
    return {
        pk: Shown(url=reverse("filings:detail", args=[pk]))
        if pk in readable
        else Shown(label=_("人员变更备案（第 %s 号）") % pk)
        for pk in ids
    }
