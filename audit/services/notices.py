"""Reminders, and the bureau's hand on a duty: chase, relieve, reassign, judge anew. Mail goes out when the transaction is done."""

import datetime
import logging
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ..enums import DISPENSABLE_DUTIES, REMINDERS, NoticeKind, Outcome
from ..errors import Conflict
from ..models import DutyClock, DutyNotice
from ..rules.reminders import reminded_until
from .calendar import current_calendar
from .clocks import cancel_clock, move_clock, rejudge_clock
from .events import STEP_BACK, record
from .registry import people_told

if TYPE_CHECKING:
    from accounts.models import Department, User

logger = logging.getLogger(__name__)

#: Characters of a chase and of a reason.
MESSAGE_LENGTH = 500


def remind_due(*, today: datetime.date | None = None) -> int:
    """Remind the units of what is due by the next working day, and of what is past its last day; return how many.

    Each once for a last day: who runs it every minute sends nothing twice. What no calendar reaches has no last day and
    is not reminded. One transaction a clock; writes "duty.reminded" and queues mail. What a clock reminded of that ran
    ahead and was set back since is withdrawn first, and comes when it is due.
    """
    _withdraw_early()
    today = today or timezone.localdate(timezone=timezone.get_default_timezone())
    until = reminded_until(today, current_calendar())
    clocks = DutyClock.objects.all()
    wanted = (
        (NoticeKind.OVERDUE, clocks.overdue(today)),
        (NoticeKind.DUE_SOON, clocks.filter(outcome=Outcome.OPEN, due_on__gte=today, due_on__lte=until)),
    )
    sent = 0
    for kind, due in wanted:
        told = DutyNotice.objects.filter(clock=OuterRef("pk"), kind=kind, due_on=OuterRef("due_on"))
        for pk, due_on in due.filter(~Exists(told)).order_by("pk").values_list("pk", "due_on"):
            sent += _remind(pk, kind, due_on)
    return sent


@transaction.atomic
def _withdraw_early() -> None:
    """Withdraw the reminders that bear an instant which has not come yet. Writes "duty.reminder_withdrawn"."""
    ahead = DutyNotice.objects.filter(kind__in=REMINDERS, created_at__gt=timezone.now() + STEP_BACK)
    for notice in ahead.select_for_update(of=("self",)).select_related("clock__department").order_by("pk"):
        _withdraw(notice, _("当时系统时钟偏快，时钟已校正"), None)


def _withdraw(notice: DutyNotice, reason: str, actor: "User | None") -> None:
    told = {"kind": notice.kind, "due_on": notice.due_on, "reminded_at": notice.created_at, "reason": reason}
    notice.delete()
    _record("duty.reminder_withdrawn", notice.clock, actor, told)


@transaction.atomic
def _remind(pk: int, kind: NoticeKind, due_on: datetime.date | None) -> bool:
    """Remind of one clock, unless under its lock it is no longer what was read."""
    clock = _locked(DutyClock.objects.filter(pk=pk)).first()
    if clock is None or not clock.is_open or clock.due_on != due_on:
        return False
    if clock.notices.filter(kind=kind, due_on=due_on).exists():
        return False
    _tell(clock, kind, actor=None)
    return True


@transaction.atomic
def chase(*, clock: DutyClock, message: str, actor: "User") -> DutyNotice:
    """Urge the responsible unit to do what it owes, in the bureau's words; return the notice (督办).

    Writes "duty.chased" and queues mail. Raises ValidationError, by field, for an empty or too long message and for a
    second chase of the same person on one day; Conflict when the clock ended meanwhile.
    """
    text = _required("message", message, _("请写明督办内容：要求做什么、何时完成。"))
    clock = _still_open(clock, _("这项时限已经完成或取消，不用再督办，请刷新页面。"))
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    day = timezone.make_aware(datetime.datetime.combine(today, datetime.time.min), timezone.get_default_timezone())
    if clock.notices.filter(kind=NoticeKind.CHASE, sent_by=actor, created_at__gte=day).exists():
        raise ValidationError({"message": _("您今天已经督办过这一项，同一人对同一项每天只能督办一次；请明天再督办。")})
    return _tell(clock, NoticeKind.CHASE, actor=actor, message=text)


@transaction.atomic
def relieve(*, clock: DutyClock, reason: str, actor: "User") -> DutyClock:
    """Relieve a unit of a duty that not every document needs, for a stated reason; return the clock (免除).

    Writes "clock.cancelled" with the reason. Raises ValidationError, by field, for a duty of the regulation and for an
    empty or too long reason; Conflict when the clock ended meanwhile.
    """
    if clock.rule.code not in DISPENSABLE_DUTIES:
        raise ValidationError({"reason": _("这项时限是办法规定的，不能免除。")})
    text = _required("reason", reason, _("请写明免除理由。"))
    clock = _still_open(clock, _("这项时限已经完成或取消，不能再免除，请刷新页面。"))
    return cancel_clock(clock=clock, reason=text, actor=actor)


@transaction.atomic
def reassign(*, clock: DutyClock, department: "Department", reason: str, actor: "User") -> DutyClock:
    """Let another unit do what this one owes, by the same last day, for a stated reason; return the clock.

    Writes "clock.moved". Reminders that the unit before got are withdrawn, so that the new one is reminded when it is due.
    Raises ValidationError, by field, for an empty or too long reason; Conflict when the clock ended meanwhile, ValueError
    for the unit that owes it already.
    """
    text = _required("reason", reason, _("请写明转办理由。"))
    clock = _still_open(clock, _("这项时限已经完成或取消，不能再转其他单位，请刷新页面。"))
    for notice in clock.notices.filter(kind__in=REMINDERS).select_related("clock__department").order_by("pk"):
        _withdraw(notice, _("已转其他单位办理"), actor)
    return move_clock(clock=clock, department=department, reason=text, actor=actor)


@transaction.atomic
def rejudge(*, clock: DutyClock, reason: str, actor: "User") -> DutyClock:
    """Judge a finished clock anew with today's calendar, for a stated reason; return it (重新裁定).

    Writes "clock.rejudged" if the verdict changes. Raises ValidationError, by field, for an empty or too long reason;
    Conflict when there is no verdict any more.
    """
    text = _required("reason", reason, _("请写明重新裁定的理由。"))
    now = _locked(DutyClock.objects.filter(pk=clock.pk)).get()
    if now.finished_at is None:
        raise Conflict(_("这项时限没有可以重新裁定的结论，请刷新页面。"))
    return rejudge_clock(clock=now, reason=text, actor=actor)


def _required(field: str, text: str, empty: str) -> str:
    text = text.strip()
    if not text:
        raise ValidationError({field: empty})
    if len(text) > MESSAGE_LENGTH:
        words = _("最多 %(limit)d 个字，现在有 %(length)d 个字，请删减。")
        raise ValidationError({field: words % {"limit": MESSAGE_LENGTH, "length": len(text)}})
    return text


def _locked(clocks: QuerySet[DutyClock]) -> QuerySet[DutyClock]:
    return clocks.select_for_update(of=("self",)).select_related("rule", "department")


def _still_open(clock: DutyClock, ended: str) -> DutyClock:
    now = _locked(DutyClock.objects.filter(pk=clock.pk)).get()
    if not now.is_open:
        raise Conflict(ended)
    return now


def _tell(clock: DutyClock, kind: NoticeKind, *, actor: "User | None", message: str = "") -> DutyNotice:
    """Write the notice and its event, and queue the mail."""
    addresses = sorted({person.email for person in people_told(clock) if person.email})
    notice = DutyNotice.objects.create(
        clock=clock,
        kind=kind,
        due_on=clock.due_on,
        department=clock.department,
        created_at=timezone.now(),
        message=message,
        sent_by=actor,
        mails=len(addresses),
    )
    told = {"code": clock.rule.code, "kind": str(kind), "due_on": clock.due_on, "mails": len(addresses)}
    if message:
        told["message"] = message
    _record("duty.chased" if kind == NoticeKind.CHASE else "duty.reminded", clock, actor, told)
    if addresses:
        subject, body = mail_words(notice)
        transaction.on_commit(lambda: _send(subject, body, addresses))
    return notice


def _record(action: str, clock: DutyClock, actor: "User | None", told: dict[str, Any]) -> None:
    record(
        action=action,
        actor=actor,
        department_code=clock.department.code,
        object_type=clock.object_type,
        object_id=clock.object_id,
        object_label=clock.object_label,
        payload={"clock": clock.pk, **told},
    )


def notice_words(notice: DutyNotice) -> str:
    """Return what a notice says: how the duty stood when it was sent, or the bureau's own words."""
    if notice.kind == NoticeKind.CHASE:
        return notice.message
    sent_on = timezone.localdate(notice.created_at, timezone.get_default_timezone())
    due_on = notice.due_on
    assert due_on is not None  # noqa: S101 -- what has no last day is not reminded
    if notice.kind == NoticeKind.OVERDUE:
        return _("已超过截止日期，尚未完成。")
    return _("今天到期。") if sent_on >= due_on else _("还剩 1 个工作日。")


def mail_words(notice: DutyNotice) -> tuple[str, str]:
    """Return subject and body of the mail about a notice."""
    clock = notice.clock
    subject = " ".join(f"【{notice.get_kind_display()}】{clock}".split())
    due = f"{notice.due_on:%Y-%m-%d}" if notice.due_on else _("待国务院公布放假安排")
    lines = [
        f"{clock.department.name}：",
        "",
        f"{_('时限')}：{clock.rule.title}（{clock.rule.article}）",
        f"{_('对象')}：{clock.object_label}",
        f"{_('截止日期')}：{due}",
        notice_words(notice),
        "",
        settings.WAGTAILADMIN_BASE_URL.rstrip("/") + reverse("duties:detail", args=[clock.pk]),
    ]
    return subject, "\n".join(lines)


def _send(subject: str, body: str, addresses: list[str]) -> None:
    """One mail to each address. What the mail server refuses is logged: the notice stands in the inbox all the same."""
    try:
        connection = get_connection()
        connection.send_messages([EmailMessage(subject, body, to=[to], connection=connection) for to in addresses])
    except Exception:
        logger.exception("a notice of a duty could not be mailed")
