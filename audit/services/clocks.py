"""Starting, correcting and ending the clocks of duties. Each writes its event in the same transaction."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import LABEL_LENGTH, DutyClock, DutyRule
from ..rules import CalendarGap, WorkCalendar, due_date, local_date
from .calendar import current_calendar
from .events import record

if TYPE_CHECKING:
    from accounts.models import Department

Actor = AbstractUser | None


@transaction.atomic
def start_clock(
    *,
    code: str,
    department: "Department",
    object_type: str,
    object_id: object,
    object_label: str,
    trigger_date: date,
    basis: str,
    actor: Actor,
) -> DutyClock:
    """Start the clock of duty `code` for `department` and return it (A12).

    Takes the version of the rule that was in force on `trigger_date`; `basis` says what that date rests on. The last
    day is None if the calendar does not reach it. Writes the event "clock.started". Raises NoRuleInForce (a ValueError).
    """
    clock = DutyClock(
        department=department,
        object_type=object_type,
        object_id=str(object_id),
        object_label=str(object_label)[:LABEL_LENGTH],
        trigger_date=trigger_date,
        basis=basis,
        started_at=timezone.now(),
    )
    clock.rule = DutyRule.objects.in_force(code, trigger_date)
    _announce_due(clock, current_calendar())
    return _save(clock, "clock.started", actor, basis=basis)


@transaction.atomic
def finish_clock(*, clock: DutyClock, at: datetime, actor: Actor) -> DutyClock:
    """Stop `clock` at the instant `at` (aware), because the duty was done, and return it refreshed.

    Writes the event "clock.finished" with the verdict of this moment. Raises ValueError for a naive `at` and for a
    clock that is finished or cancelled already.
    """
    _lock(clock)
    if not clock.is_open:
        raise ValueError(_("该时限已经完成或取消，不能再次完成。"))
    finished_on = local_date(at, timezone.get_default_timezone())
    clock.finished_at = at
    verdict = clock.verdict()
    return _save(
        clock, "clock.finished", actor, finished_at=at, finished_on=finished_on, verdict=verdict.code, used=verdict.used
    )


@transaction.atomic
def restart_clock(*, clock: DutyClock, trigger_date: date, reason: str, actor: Actor) -> DutyClock:
    """Correct the trigger date of `clock`, running or finished, for a stated `reason`; return it refreshed.

    Chooses the rule in force on the new date and computes the last day anew; the history keeps the old values. Writes
    the event "clock.corrected" with both. Raises ValueError for a cancelled clock or an empty reason, NoRuleInForce.
    """
    _lock(clock)
    if clock.cancelled_at:
        raise ValueError(_("该时限已经取消，不能更正。"))
    before = {"trigger_date": clock.trigger_date, "due_on": clock.due_on}
    clock.trigger_date = trigger_date
    clock.rule = DutyRule.objects.in_force(clock.rule.code, trigger_date)
    _announce_due(clock, current_calendar())
    return _save(clock, "clock.corrected", actor, reason=_stated(reason), before=before)


@transaction.atomic
def cancel_clock(*, clock: DutyClock, reason: str, actor: Actor) -> DutyClock:
    """Cancel `clock`, because there was no duty after all, for a stated `reason`; return it refreshed.

    Writes the event "clock.cancelled". Raises ValueError for a clock that is not running or an empty reason.
    """
    _lock(clock)
    if not clock.is_open:
        raise ValueError(_("该时限已经完成或取消，不能取消。"))
    clock.cancelled_at = timezone.now()
    return _save(clock, "clock.cancelled", actor, reason=_stated(reason))


@transaction.atomic
def void_clock(*, clock: DutyClock, reason: str, actor: Actor) -> DutyClock:
    """Cancel `clock` although it was finished, because what finished it was a mistake; return it refreshed.

    A voided clock is a cancelled one and counts nowhere, neither as on time nor as late; the history and the event
    "clock.voided" keep when it had been finished. Raises ValueError for a clock that is not finished or an empty reason.
    """
    _lock(clock)
    if clock.finished_at is None:
        raise ValueError(_("该时限没有完成，不能作废。"))
    before = {"finished_at": clock.finished_at, "verdict": clock.verdict().code}
    clock.finished_at, clock.cancelled_at = None, timezone.now()
    return _save(clock, "clock.voided", actor, reason=_stated(reason), before=before)


@transaction.atomic
def refresh_clocks(*, actor: Actor) -> int:
    """Announce anew the last day of every clock whose last day the current calendar changes; return how many.

    To be called after the calendar was edited and by `tick`: this is how a gap closes once the new year's notice is
    entered. Writes one event "clock.refreshed" per changed clock. Cancelled clocks stay as they are.
    """
    calendar = current_calendar()
    changed = 0
    clocks = (
        DutyClock.objects.select_for_update(of=("self",))
        .filter(cancelled_at=None)
        .select_related("rule", "department")
        .order_by("pk")
    )
    for clock in clocks:
        before = {"due_on": clock.due_on, "calendar_version": clock.calendar_version}
        _announce_due(clock, calendar)
        if clock.due_on != before["due_on"]:
            _save(clock, "clock.refreshed", actor, before=before)
            changed += 1
    return changed


def _announce_due(clock: DutyClock, calendar: WorkCalendar) -> None:
    clock.calendar_version = calendar.version
    try:
        clock.due_on = due_date(clock.trigger_date, clock.rule.days, calendar, clock.rule.unit)
    except CalendarGap:
        clock.due_on = None


def _lock(clock: DutyClock) -> None:
    """Refresh the caller's `clock` from its row under lock, so that two finishes cannot both pass."""
    clock.refresh_from_db(from_queryset=DutyClock.objects.select_for_update())


def _stated(reason: str) -> str:
    if not reason.strip():
        raise ValueError(_("请写明理由。"))
    return reason.strip()


def _save(clock: DutyClock, action: str, actor: Actor, **payload: Any) -> DutyClock:
    clock._history_user = actor
    clock._change_reason = payload.get("reason")
    clock.save()
    record(
        action=action,
        actor=actor,
        department_code=clock.department.code,
        object_type=clock.object_type,
        object_id=clock.object_id,
        object_label=clock.object_label,
        payload={
            "clock": clock.pk,
            "code": clock.rule.code,
            "article": clock.rule.article,
            "days": clock.rule.days,
            "unit": clock.rule.unit,
            "trigger_date": clock.trigger_date,
            "due_on": clock.due_on,
            "calendar_version": clock.calendar_version,
            **payload,
        },
    )
    return clock
