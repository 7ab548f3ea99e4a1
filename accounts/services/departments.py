"""The day on which a unit was founded: nobody owes what came before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import Resource, Verb
from accounts.models import Department
from accounts.permissions import may
from audit.models import DutyRule
from audit.services import record

if TYPE_CHECKING:
    import datetime

    from accounts.models import User

#: `object_type` under which a unit stands in events.
OBJECT_TYPE = "accounts.department"
#: Characters of a reason.
REASON_LENGTH = 300


def founding_fault(department: Department | None, day: datetime.date, words: str) -> str:
    """`words` with %(unit)s and %(day)s, the day it was founded, if the unit was not there yet on `day`; else empty."""
    founded = department.established_on if department else None
    if department is None or founded is None or day >= founded:
        return ""
    return words % {"unit": department.short_name, "day": f"{founded:%Y-%m-%d}"}


@transaction.atomic
def set_founding_day(
    *, department: Department, established_on: datetime.date | None, reason: str, actor: User
) -> Department:
    """Set, correct or (None) take back the day on which a unit was founded, for a stated reason; return the unit.

    Records `department.founded` with the day before. Raises PermissionDenied unless the actor keeps units,
    ValidationError with every fault at its field: no new day, a day to come, one after something the unit owed already,
    no reason.
    """
    if not may(actor, Resource.DEPARTMENT, Verb.WRITE):
        raise PermissionDenied
    # Not a lock on the key: who starts a clock of the unit holds the chain already and must not wait for this.
    department = Department.objects.select_for_update(no_key=True).get(pk=department.pk)
    found = {"established_on": _day_fault(department, established_on), "reason": _reason_fault(reason)}
    if faults := {name: [words] for name, words in found.items() if words}:
        raise ValidationError(faults)
    before, department.established_on = department.established_on, established_on
    department._history_user = actor  # type: ignore[attr-defined]  # simple-history reads both
    department._change_reason = reason.strip()[:100]  # type: ignore[attr-defined]
    department.save()
    record(
        action="department.founded",
        actor=actor,
        department_code=department.code,
        object_type=OBJECT_TYPE,
        object_id=department.pk,
        object_label=department.name,
        payload={"before": before, "established_on": established_on, "reason": reason.strip()},
    )
    return department


def _day_fault(department: Department, day: datetime.date | None) -> str:
    if day == department.established_on:
        return _("与现在登记的设立日期相同，不需要更改。") if day else _("请填写设立日期，例如 2026-11-23。")
    if day is None:
        return ""
    if day > timezone.localdate():
        return _("设立日期晚于今天，请核对；单位设立以后再登记。")
    clocks = department.duty_clocks.filter(cancelled_at=None).select_related("rule")
    first = clocks.order_by("trigger_date", "pk").first()
    if first is None or day <= first.trigger_date:
        return ""
    # No name of the thing: who keeps units reads neither drafts nor changes.
    words = _("设立日期晚于本单位最早一项时限的触发日期（%(duty)s，%(day)s）；请核对设立日期，或者先更正、撤销那一项。")
    duty = DutyRule.objects.duties()[first.rule.code]
    return words % {"duty": duty, "day": f"{first.trigger_date:%Y-%m-%d}"}


def _reason_fault(reason: str) -> str:
    if not reason.strip():
        return _("请写明依据：批准设立的文件名称和文号；更正的，写明更正理由。")
    return _("请不要超过 %d 个字。") % REASON_LENGTH if len(reason.strip()) > REASON_LENGTH else ""
