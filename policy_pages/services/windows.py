"""申报期限确定告知 (A11): told by saving, signed for by the bureau, settled by the publication."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import Resource, Verb
from accounts.permissions import may
from accounts.services.departments import founding_fault
from audit.enums import DutyCode
from audit.errors import Conflict
from audit.models import DutyClock, DutyRule
from audit.services import (
    announce_clock,
    begin_clock,
    finish_clock,
    record,
    restart_clock,
    void_clock,
    was_done_before,
)
from policy_pages.enums import WindowType
from policy_pages.models import ApplicationGuidePage, PolicyPage, PublicationRecord, WindowNotice
from policy_pages.rules import Fault

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator
    from typing import Any

    from accounts.models import Department, User

#: `object_type` under which a notice stands in clocks and events.
OBJECT_TYPE = "policy_pages.windownotice"
#: How the frozen content of a publication says so; within a text its quotation marks would be escaped.
_PUBLISHED_AS_FIXED = f'"window_type":"{WindowType.FIXED}"'


def is_public_as_pending(page: PolicyPage) -> bool:
    """Whether the public reads the guide's window as 期限待定."""
    guides = ApplicationGuidePage.objects.filter(pk=page.pk, live=True, window_type=WindowType.PENDING)
    return isinstance(page, ApplicationGuidePage) and guides.exists()


def decision_faults(page: PolicyPage) -> list[Fault]:
    """What is wrong with the day on which a pending window was decided, in words; nothing for other pages (T11.3)."""
    if not isinstance(page, ApplicationGuidePage):
        return []
    day, is_pending = page.window_decided_on, is_public_as_pending(page)
    if page.window_type != WindowType.FIXED:
        words = _("填写了期限确定日期，申报期限类型就请改为“固定期限”并填写起止日期；还没有确定的，请清空这个日期。")
        return [Fault("window_decided_on", words)] if day and is_pending else []
    notice = WindowNotice.objects.open().filter(guide_id=page.pk).first()
    if notice is not None and day != notice.decided_on:
        told = {"day": f"{notice.decided_on:%Y-%m-%d}", "at": f"{timezone.localtime(notice.notified_at):%Y-%m-%d}"}
        words = _("已于 %(at)s 告知审批局期限在 %(day)s 确定，不能自行改动；确有错误的，请审批局更正。")
        return [Fault("window_decided_on", words % told)]
    if day is not None:
        faults = _day_faults(day, page.department) or (_stale_faults(page, day) if is_pending else [])
        return [Fault("window_decided_on", words) for words in faults]
    if is_pending:
        words = _("这个事项现在公开为“期限待定”，请填写期限确定日期：从次日起 3 个工作日内须告知审批局。")
        return [Fault("window_decided_on", words, is_absence=True)]
    return []


def _day_faults(day: datetime.date, department: Department | None) -> list[str]:
    if day > timezone.localdate():
        return [_("期限确定日期晚于今天，请核对；确定以后再填写。")]
    first = DutyRule.objects.filter(code=DutyCode.NOTIFY_WINDOW).order_by("effective_from").first()
    if first and day < first.effective_from:
        return [_("期限确定日期早于办法施行之日（%s），请核对年份。") % f"{first.effective_from:%Y-%m-%d}"]
    fault = founding_fault(department, day, _("期限确定日期早于%(unit)s设立之日（%(day)s），请核对。"))
    return [fault] if fault else []


def _stale_faults(page: ApplicationGuidePage, day: datetime.date) -> list[str]:
    """The day of an earlier window, which was public since, decided nothing about the one that is pending now."""
    fixed = PublicationRecord.objects.filter(page_id=page.pk, content__contains=_PUBLISHED_AS_FIXED)
    last = fixed.order_by("-published_at").first()
    public_on = timezone.localdate(last.published_at) if last else None
    if public_on is None or day > public_on:
        return []
    words = _("上一次的申报期限已于 %s 公开，期限确定日期应在那以后；请填写这一次确定的日期。")
    return [words % f"{public_on:%Y-%m-%d}"]


@transaction.atomic
def notify_window(*, page: ApplicationGuidePage, actor: User | None) -> WindowNotice | None:
    """Tell the bureau that a window the public reads as pending was decided; called whenever a draft is saved.

    The first draft with both dates and a day of decision makes the notice: its clock runs from that day and is finished
    now, late or not. A later draft with other dates changes the notice, which keeps its day and its verdict and, if the
    bureau had signed for it, waits for its signature again. A day whose notice the bureau struck out is not told again.
    Records `window.notified` or `window.changed`. Returns the notice; None when there is nothing to tell, or the day
    cannot be. The caller has locked the open notice (`lock_notice`).
    """
    if not (page.window_start and page.window_end and page.window_decided_on) or not is_public_as_pending(page):
        return None
    if page.window_type != WindowType.FIXED or page.department is None:
        return None
    notices = WindowNotice.objects.filter(guide_id=page.pk)
    notice = notices.open().first()
    if notice is not None:
        return _change_dates(notice, page, actor)
    is_struck_out = notices.filter(decided_on=page.window_decided_on, cancelled_at__isnull=False).exists()
    if is_struck_out or decision_faults(page):
        return None
    return _tell(page, actor)


def lock_notice(page_id: int | None) -> None:
    """Lock the open notice about the page of this number, if any; to be called before the first event, which locks the chain."""
    list(WindowNotice.objects.select_for_update().open().filter(guide_id=page_id).values_list("pk", flat=True))


def _tell(page: ApplicationGuidePage, actor: User | None) -> WindowNotice:
    notice = WindowNotice(
        department=page.department,
        guide_id=page.pk,
        title=page.title,
        decided_on=page.window_decided_on,
        window_start=page.window_start,
        window_end=page.window_end,
        notified_by=actor,
    )
    notice.clock = begin_clock(
        code=DutyCode.NOTIFY_WINDOW,
        department=page.department,
        object_type=OBJECT_TYPE,
        object_label=page.title,
        trigger_date=page.window_decided_on,
        basis=_("期限确定之日"),
        actor=actor,
    )
    notice.notified_at = notice.clock.started_at
    notice.save()
    announce_clock(clock=notice.clock, object_id=notice.pk, actor=actor)
    finish_clock(clock=notice.clock, at=notice.notified_at, actor=actor)
    _record("window.notified", notice, actor)
    return notice


def _change_dates(notice: WindowNotice, page: ApplicationGuidePage, actor: User | None) -> WindowNotice:
    before = {"window_start": notice.window_start, "window_end": notice.window_end}
    if before != {name: getattr(page, name) for name in before}:
        notice.window_start, notice.window_end, notice.title = page.window_start, page.window_end, page.title
        # What the bureau signed for were the other dates.
        notice.received_by = notice.received_at = None
        _save(notice, actor)
        _record("window.changed", notice, actor, before=before)
    return notice


@transaction.atomic
def receive_notice(*, notice: WindowNotice, actor: User) -> None:
    """The bureau signs for a notice. Records `window.received`. Raises PermissionDenied, Conflict when it was dealt with."""
    _require(actor)
    _lock(notice)
    if notice.received_at is not None or not notice.is_open:
        raise Conflict(_("这条告知刚刚已签收、公开或撤销，请刷新页面。"))
    notice.received_by, notice.received_at = actor, timezone.now()
    _save(notice, actor)
    _record("window.received", notice, actor)


@transaction.atomic
def correct_notice(*, notice: WindowNotice, decided_on: datetime.date, reason: str, actor: User) -> None:
    """The bureau corrects the day of the decision; day, verdict and reason before stay in history and events.

    Records `window.corrected`. Raises PermissionDenied, ValidationError for the day or a missing reason, Conflict for a
    cancelled notice.
    """
    _require(actor)
    faults = {
        "decided_on": _day_faults(decided_on, notice.department),
        "reason": [] if reason.strip() else [_("请写明更正理由。")],
    }
    if any(faults.values()):
        raise ValidationError({name: words for name, words in faults.items() if words})
    _lock(notice)
    if notice.cancelled_at is not None:
        raise Conflict(_("这条告知刚刚已撤销，请刷新页面。"))
    if was_done_before(notice.clock, decided_on):
        words = _("期限确定日期晚于告知之日（%s），请核对。") % f"{timezone.localdate(notice.notified_at):%Y-%m-%d}"
        raise ValidationError({"decided_on": words})
    before = notice.decided_on
    restart_clock(clock=notice.clock, trigger_date=decided_on, reason=reason, actor=actor)
    notice.decided_on = decided_on
    _save(notice, actor, reason)
    _record("window.corrected", notice, actor, before=before, reason=reason.strip())


@transaction.atomic
def cancel_notice(*, notice: WindowNotice, reason: str, actor: User) -> None:
    """The bureau strikes out a notice made by mistake; its verdict then counts nowhere, the history keeps it.

    Records `window.cancelled`. Raises PermissionDenied, ValidationError without reason, Conflict when it is settled.
    """
    _require(actor)
    if not reason.strip():
        raise ValidationError({"reason": _("请写明撤销理由。")})
    _lock(notice)
    if not notice.is_open:
        raise Conflict(_("这条告知刚刚已公开或已撤销，请刷新页面。"))
    void_clock(clock=notice.clock, reason=reason, actor=actor)
    notice.cancelled_at = timezone.now()
    _save(notice, actor, reason)
    _record("window.cancelled", notice, actor, reason=reason.strip())


def settle_notice(*, page: PolicyPage, publication: PublicationRecord, actor: User | None) -> None:
    """The guide is public with its window: nobody reads 期限待定 any more. Records `window.published`."""
    if not isinstance(page, ApplicationGuidePage) or page.window_type == WindowType.PENDING:
        return
    for notice in WindowNotice.objects.open().filter(guide_id=page.pk):
        notice.published_at = publication.published_at
        _save(notice, actor)
        _record("window.published", notice, actor)


def notices_told_otherwise() -> Iterator[tuple[int, datetime.date]]:
    """Clock and day of decision of each notice that says another day than its clock."""
    rows = WindowNotice.objects.exclude(decided_on=F("clock__trigger_date"))
    yield from rows.order_by("pk").values_list("clock_id", "decided_on")


def _require(actor: User) -> None:
    if not may(actor, Resource.WINDOW_NOTICE, Verb.ACKNOWLEDGE):
        raise PermissionDenied


def _lock(notice: WindowNotice) -> None:
    """Read the notice anew under lock, then its clock, before the chain."""
    notice.refresh_from_db(from_queryset=WindowNotice.objects.select_for_update())
    DutyClock.objects.select_for_update(of=("self",)).get(pk=notice.clock_id)


def _save(notice: WindowNotice, actor: User | None, reason: str | None = None) -> None:
    notice._history_user = actor  # type: ignore[attr-defined]  # simple-history reads both
    notice._change_reason = reason  # type: ignore[attr-defined]
    notice.save()


def _record(action: str, notice: WindowNotice, actor: User | None, **extra: Any) -> None:
    record(
        action=action,
        actor=actor,
        department_code=notice.department.code,
        object_type=OBJECT_TYPE,
        object_id=notice.pk,
        object_label=notice.title,
        payload={
            "guide": notice.guide_id,
            "decided_on": notice.decided_on,
            "window_start": notice.window_start,
            "window_end": notice.window_end,
            "clock": notice.clock_id,
            **extra,
        },
    )
