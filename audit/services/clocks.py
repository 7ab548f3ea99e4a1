"""Starting, handing over, correcting and ending the clocks of duties. Each writes its event in the same transaction."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from ..enums import Outcome, Side
from ..models import LABEL_LENGTH, DutyClock, DutyRule
from ..rules import Judgement, WorkCalendar, judge, local_date
from .calendar import current_calendar, keep_version
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
    concerned: "Department | None" = None,
    calendar: WorkCalendar | None = None,
) -> DutyClock:
    """Start the clock of duty `code` for `department` and return it (A12).

    Takes the version of the rule that was in force on `trigger_date`; `basis` says what that date rests on; `concerned`
    is the unit whose matter it is when the duty is another's. The last day is None if the calendar does not reach it;
    `calendar` is for who has read it in this transaction, with its clocks locked. Writes the event "clock.started".
    Raises NoRuleInForce (a ValueError).
    """
    clock = _clock(code, department, object_type, object_label, trigger_date, basis, concerned, calendar)
    return announce_clock(clock=clock, object_id=object_id, actor=actor)


@transaction.atomic
def begin_clock(
    *,
    code: str,
    department: "Department",
    object_type: str,
    object_label: str,
    trigger_date: date,
    basis: str,
    actor: Actor,
    concerned: "Department | None" = None,
) -> DutyClock:
    """Save the clock of an object that cannot be saved without it, and return it; else as `start_clock`.

    `announce_clock` must follow in the same transaction, when the object has its number: until then no event tells of it.
    """
    clock = _clock(code, department, object_type, object_label, trigger_date, basis, concerned)
    clock._history_user = actor
    clock.save()
    return clock


def _clock(
    code: str,
    department: "Department",
    object_type: str,
    object_label: str,
    trigger_date: date,
    basis: str,
    concerned: "Department | None",
    calendar: WorkCalendar | None = None,
) -> DutyClock:
    clock = DutyClock(
        rule=DutyRule.objects.in_force(code, trigger_date),
        department=department,
        concerned=concerned,
        object_type=object_type,
        object_label=str(object_label)[:LABEL_LENGTH],
        trigger_date=trigger_date,
        basis=basis,
        started_at=timezone.now(),
    )
    _pronounce(clock, calendar or current_calendar())
    return clock


@transaction.atomic
def announce_clock(*, clock: DutyClock, object_id: object, actor: Actor) -> DutyClock:
    """Say which object a clock is about that was only begun, and return it. Writes the event "clock.started"."""
    clock.object_id = str(object_id)
    concerned = clock.concerned.code if clock.concerned else ""
    return _save(clock, "clock.started", actor, basis=clock.basis, concerned=concerned)


@transaction.atomic
def hand_clock(*, clock: DutyClock, side: Side | str, at: datetime, actor: Actor) -> DutyClock:
    """Note that from the instant `at` (aware) `side` holds the matter, and return the clock refreshed (T12.6).

    Writes the event "clock.handed"; nothing at all when that side holds it already or the clock does not run.
    """
    _lock(clock)
    if not clock.is_open or clock.holder == side:
        return clock
    handed_on = local_date(at, timezone.get_default_timezone())
    clock.holder = Side(side)
    clock.handovers = [*clock.handovers, {"side": str(side), "at": at.isoformat(), "on": handed_on.isoformat()}]
    return _save(clock, "clock.handed", actor, side=str(side), handed_at=at, handed_on=handed_on)


@transaction.atomic
def move_clock(*, clock: DutyClock, department: "Department", reason: str, actor: Actor) -> DutyClock:
    """Let another unit owe what `clock` is about from now on, for a stated `reason`; return it refreshed.

    Trigger and last day stay: whoever waits for the deed waits for one answer, whoever gives it. Writes the event
    "clock.moved" with the code of the unit before. Raises ValueError for a clock that does not run, for the unit that owes
    it already and for an empty reason.
    """
    _lock(clock)
    if not clock.is_open:
        raise ValueError(_("该时限已经完成或取消，不能再转其他单位。"))
    if clock.department == department:
        raise ValueError(_("该时限现在就由这个单位承担。"))
    before = {"department": clock.department.code}
    clock.department = department
    return _save(clock, "clock.moved", actor, reason=_stated(reason), before=before)


@transaction.atomic
def finish_clock(
    *, clock: DutyClock, at: datetime, actor: Actor, reason: str = "", calendar: WorkCalendar | None = None
) -> DutyClock:
    """Stop `clock` at the instant `at` (aware), because the duty was done, and return it refreshed.

    Pronounces the verdict, which stays, by `calendar` as in `start_clock`. Writes the event "clock.finished" with it.
    Raises ValueError for a naive `at` and for a clock that is finished or cancelled already.
    """
    _lock(clock)
    if not clock.is_open:
        raise ValueError(_("该时限已经完成或取消，不能再次完成。"))
    finished_on = local_date(at, timezone.get_default_timezone())
    clock.finished_at = at
    _pronounce(clock, calendar or current_calendar())
    told = {"reason": reason} if reason else {}
    return _save(clock, "clock.finished", actor, finished_at=at, finished_on=finished_on, **told)


@transaction.atomic
def restart_clock(*, clock: DutyClock, trigger_date: date, reason: str, actor: Actor) -> DutyClock:
    """Correct the trigger date of `clock`, running or finished, for a stated `reason`; return it refreshed.

    Chooses the rule in force on the new date, computes the last day anew and judges a finished clock anew; the history
    keeps the old values. Writes the event "clock.corrected" with both. Raises ValueError for a cancelled clock, an empty
    reason or a day after the one on which the duty was done, NoRuleInForce.
    """
    _lock(clock)
    if clock.cancelled_at:
        raise ValueError(_("该时限已经取消，不能更正。"))
    if was_done_before(clock, trigger_date):
        raise ValueError(_("触发日期晚于完成的日期，不能更正。"))
    before = _said(clock)
    clock.trigger_date = trigger_date
    clock.rule = DutyRule.objects.in_force(clock.rule.code, trigger_date)
    _pronounce(clock, current_calendar())
    return _save(clock, "clock.corrected", actor, reason=_stated(reason), before=before)


@transaction.atomic
def cancel_clock(*, clock: DutyClock, reason: str, actor: Actor) -> DutyClock:
    """Cancel `clock`, because there was no duty after all, for a stated `reason`; return it refreshed.

    Writes the event "clock.cancelled". Raises ValueError for a clock that is not running or an empty reason.
    """
    _lock(clock)
    if not clock.is_open:
        raise ValueError(_("该时限已经完成或取消，不能取消。"))
    clock.cancelled_at, clock.outcome = timezone.now(), Outcome.CANCELLED
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
    before = {**_said(clock), "finished_at": clock.finished_at}
    clock.finished_at, clock.cancelled_at, clock.outcome = None, timezone.now(), Outcome.CANCELLED
    clock.used = clock.bureau_used = None
    return _save(clock, "clock.voided", actor, reason=_stated(reason), before=before)


@transaction.atomic
def rejudge_clock(*, clock: DutyClock, reason: str, actor: Actor) -> DutyClock:
    """Judge a finished `clock` anew with today's calendar, for a stated `reason`; return it refreshed.

    Writes the event "clock.rejudged" with the verdict before and after; nothing if it is the same. Raises ValueError for
    a clock that is not finished or an empty reason.
    """
    _lock(clock)
    if clock.finished_at is None:
        raise ValueError(_("该时限没有完成，没有可以重新裁定的结论。"))
    reason, before = _stated(reason), _said(clock)
    _pronounce(clock, current_calendar())
    if not _differs(clock, before):
        return clock
    return _save(clock, "clock.rejudged", actor, reason=reason, before=before)


@transaction.atomic
def refresh_clocks(*, actor: Actor) -> int:
    """Announce anew the last day of every clock that has no verdict yet and that the calendar changes; return how many.

    To be called after the calendar was edited and by `tick`: this is how a gap closes once the new year's notice is
    entered. Writes one event "clock.refreshed" per changed clock. A verdict that was pronounced stays, until somebody
    has it judged anew (`rejudge_clock`): one that was on time before its last day could be told only gets that day and
    its days added. Cancelled clocks stay as they are.
    """
    changed = 0
    unsettled = Q(outcome__in=[Outcome.OPEN, Outcome.GAP]) | Q(outcome=Outcome.ON_TIME, due_on=None)
    clocks = (
        DutyClock.objects.select_for_update(of=("self",))
        .filter(unsettled)
        .select_related("rule", "department")
        .order_by("pk")
    )
    # The rows first: who read the calendar before he waited for them would write what it said before a notice was entered.
    locked = list(clocks)
    calendar = current_calendar()
    for clock in locked:
        before = _said(clock)
        _pronounce(clock, calendar)
        was_settled = before["outcome"] == Outcome.ON_TIME
        if (was_settled and clock.outcome != Outcome.ON_TIME) or not _differs(clock, before):
            continue
        _save(clock, "clock.refreshed", actor, before=before)
        changed += 1
    return changed


def was_done_before(clock: DutyClock, day: date) -> bool:
    """Tell whether the duty was done before this local day, which then cannot be what started it."""
    at = clock.finished_at
    return at is not None and local_date(at, timezone.get_default_timezone()) < day


def judgement(clock: DutyClock, calendar: WorkCalendar) -> Judgement:
    """Return what follows from the facts of the clock's row with `calendar`."""
    finished_on = local_date(clock.finished_at, timezone.get_default_timezone()) if clock.finished_at else None
    rule = clock.rule
    is_cancelled = clock.cancelled_at is not None
    return judge(clock.trigger_date, rule.days, rule.unit, finished_on, clock.held, is_cancelled, calendar)


def _pronounce(clock: DutyClock, calendar: WorkCalendar) -> None:
    """Write down what follows with this calendar: the last day and, of a finished clock, the verdict."""
    if clock.calendar_version != calendar.version:
        keep_version(calendar)
    clock.calendar_version = calendar.version
    clock.outcome, clock.due_on, clock.used, clock.bureau_used = judgement(clock, calendar)


def _said(clock: DutyClock) -> dict[str, Any]:
    names = ("trigger_date", "due_on", "outcome", "used", "bureau_used", "calendar_version")
    return {name: getattr(clock, name) for name in names}


def _differs(clock: DutyClock, before: dict[str, Any]) -> bool:
    """Tell whether something else is said than before; the same under another calendar version is the same."""
    return _said(clock) != {**before, "calendar_version": clock.calendar_version}


def _lock(clock: DutyClock) -> None:
    """Refresh the caller's `clock` from its row under lock, so that two finishes cannot both pass.

    With its rule and its unit, which the event names.
    """
    rows = DutyClock.objects.select_for_update(of=("self",)).select_related("rule", "department")
    clock.refresh_from_db(from_queryset=rows)


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
            "outcome": clock.outcome,
            "used": clock.used,
            "bureau_used": clock.bureau_used,
            "calendar_version": clock.calendar_version,
            **payload,
        },
    )
    return clock
