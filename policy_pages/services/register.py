"""The change register (A12): register, correct, cancel; each with its clock and event."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import can_edit_content, is_moderator
from accounts.services.departments import founding_fault
from audit.enums import DutyCode, Side
from audit.errors import Conflict
from audit.models import DutyClock, DutyRule
from audit.services import (
    announce_clock,
    begin_clock,
    cancel_clock,
    finish_clock,
    hand_clock,
    record,
    restart_clock,
    was_done_before,
)
from policy_pages.enums import ChangeKind, ChangeSubject, DocumentStatus, TriggerBasis
from policy_pages.models.listing import PublicationRecord
from policy_pages.models.register import ChangeRecord
from policy_pages.services.duties import bureau_steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from accounts.models import Department, User
    from policy_pages.models import PolicyPage

#: `object_type` under which a change stands in clocks and events.
OBJECT_TYPE = "policy_pages.changerecord"


@transaction.atomic
def register_change(
    *,
    department: Department,
    kind: ChangeKind | str,
    title: str,
    trigger_date: datetime.date,
    evidence: str,
    actor: User,
    subject: ChangeSubject | str = ChangeSubject.DOCUMENT,
    trigger_basis: TriggerBasis | str = TriggerBasis.ISSUED,
    doc_number: str = "",
) -> ChangeRecord:
    """Register a change and start its 3-working-day clock from `trigger_date` (a local day in Shanghai).

    Returns the record. Raises PermissionDenied unless the actor edits for the department or moderates for the
    bureau, ValidationError for a date in the future. Records `change.registered`.
    """
    if not (can_edit_content(actor, department) or is_moderator(actor)):
        raise PermissionDenied
    change = ChangeRecord(
        department=department,
        kind=kind,
        subject=subject,
        title=title,
        doc_number=doc_number,
        trigger_date=trigger_date,
        trigger_basis=trigger_basis,
        evidence=evidence,
        registered_by=actor,
    )
    return save_registration(change=change, actor=actor)


@transaction.atomic
def save_registration(*, change: ChangeRecord, actor: User) -> ChangeRecord:
    """Start the clock of a filled, unsaved change, save it, record `change.registered`. Returns it."""
    require_countable(change.trigger_date, change.department)
    if change.kind == ChangeKind.REPEALED and change.subject == ChangeSubject.GUIDE:
        raise ValidationError({"subject": _("指南随所依据的文件废止而关闭，请登记政策文件的废止。")})
    change.registered_by = actor
    change.clock = begin_clock(
        code=DutyCode.PUBLISH_CHANGE,
        department=change.department,
        object_type=OBJECT_TYPE,
        object_label=change.title,
        trigger_date=change.trigger_date,
        basis=change.get_trigger_basis_display(),
        actor=actor,
    )
    _save(change, actor)
    announce_clock(clock=change.clock, object_id=change.pk, actor=actor)
    _record("change.registered", change, actor, {"evidence": change.evidence})
    return change


def require_countable(trigger_date: datetime.date, department: Department | None = None) -> None:
    """Raise ValidationError unless a clock can start from this local day.

    Not in the future, the rule in force (A32), and the unit there already: nobody owes what came before it.
    """
    if trigger_date > timezone.localdate():
        raise ValidationError({"trigger_date": _("触发日期晚于今天，请核对年份和月份；变更发生后再登记。")})
    first = DutyRule.objects.filter(code=DutyCode.PUBLISH_CHANGE).order_by("effective_from").first()
    if first and trigger_date < first.effective_from:
        raise ValidationError(
            {
                "trigger_date": _("触发日期早于办法施行之日（%(day)s），不计 3 个工作日；这样的文件按存量录入。")
                % {"day": f"{first.effective_from:%Y-%m-%d}"}
            }
        )
    words = _("触发日期早于%(unit)s设立之日（%(day)s），请核对日期；应由原单位公开的，按存量录入。")
    if fault := founding_fault(department, trigger_date, words):
        raise ValidationError({"trigger_date": fault})


@transaction.atomic
def correct_trigger(*, change: ChangeRecord, trigger_date: datetime.date, reason: str, actor: User) -> None:
    """The bureau corrects the trigger date; the old date and the reason stay in history and events.

    Raises PermissionDenied for anybody but a moderator, ValidationError without reason, for a future date and for one
    after the publication that settled it, Conflict when it was struck out meanwhile.
    """
    if not is_moderator(actor):
        raise PermissionDenied
    if not reason.strip():
        raise ValidationError({"reason": _("请写明更正理由。")})
    require_countable(trigger_date, change.department)
    _lock(change)
    if change.clock.cancelled_at:
        raise Conflict(_("这条登记刚刚已被撤销，请刷新页面。"))
    if was_done_before(change.clock, trigger_date):
        words = _("触发日期晚于公开之日（%s），请核对；这次公开不是这项变更的公开的，请撤销后重新登记。")
        public_on = timezone.localdate(change.clock.finished_at, timezone.get_default_timezone())
        raise ValidationError({"trigger_date": words % f"{public_on:%Y-%m-%d}"})
    before = change.trigger_date
    restart_clock(clock=change.clock, trigger_date=trigger_date, reason=reason, actor=actor)
    change.trigger_date = trigger_date
    _save(change, actor, reason.strip())
    _record("change.corrected", change, actor, {"before": before.isoformat(), "reason": reason})


@transaction.atomic
def cancel_change(*, change: ChangeRecord, reason: str, actor: User) -> None:
    """The bureau strikes out a change registered by mistake; its clock stops without verdict, the reason stays.

    Raises PermissionDenied, ValidationError, and Conflict when it was settled or struck out meanwhile.
    """
    if not is_moderator(actor):
        raise PermissionDenied
    if not reason.strip():
        raise ValidationError({"reason": _("请写明撤销理由。")})
    _lock(change)
    if not change.is_open:
        raise Conflict(_("这条登记刚刚已办结或已撤销，请刷新页面。"))
    cancel_clock(clock=change.clock, reason=reason, actor=actor)
    _record("change.cancelled", change, actor, {"reason": reason})


def publications_for(change: ChangeRecord) -> QuerySet[PublicationRecord]:
    """Publications that may have carried out the change already: of its unit and kind of page, since its trigger day."""
    from policy_pages.models import ApplicationGuidePage, PolicyDocumentPage

    model = PolicyDocumentPage if change.subject == ChangeSubject.DOCUMENT else ApplicationGuidePage
    since = timezone.make_aware(
        datetime.datetime.combine(change.trigger_date, datetime.time.min), timezone.get_default_timezone()
    )
    published = PublicationRecord.objects.filter(department_code=change.department.code, published_at__gte=since)
    return published.filter(page_id__in=model.objects.order_by().values("pk")).order_by("-published_at")


@transaction.atomic
def settle_by_publication(
    *, change: ChangeRecord, publication: PublicationRecord, reason: str, actor: User
) -> ChangeRecord:
    """The bureau settles a change by a publication that happened before, for a stated reason; returns the change.

    For a change registered after its text was public, and for a second change that one publication carried out: the clock
    ends at the instant the server published, never at a typed one. Records `change.settled`. Raises PermissionDenied for
    anybody but a moderator, ValidationError without reason or for a publication that cannot have carried it out, Conflict
    when it was settled or struck out meanwhile.
    """
    if not is_moderator(actor):
        raise PermissionDenied
    if not reason.strip():
        raise ValidationError({"reason": _("请写明理由：这次公开为什么就是这项变更的公开。")})
    _lock(change)
    if not change.is_open:
        raise Conflict(_("这条登记刚刚已办结或已撤销，请刷新页面。"))
    if not publications_for(change).filter(pk=publication.pk).exists():
        raise ValidationError({"publication": _("请选择本单位在触发日期以后公开的同类内容。")})
    _attribute(change, publication, actor)
    finish_clock(clock=change.clock, at=publication.published_at, actor=actor, reason=reason.strip())
    change.page_id = publication.page_id
    _save(change, actor, reason.strip())
    _record("change.settled", change, actor, {"publication": publication.pk, "reason": reason.strip()})
    return change


def _attribute(change: ChangeRecord, publication: PublicationRecord, actor: User) -> None:
    """Give the bureau the days on which the page that carried the change out lay with it (T12.6).

    Nobody could hand the clock over then: it was not registered, or the text did not say that it carries it out. What
    was handed over before stands; the page's days are counted from there on.
    """
    moves = change.clock.handovers
    since = datetime.datetime.fromisoformat(moves[-1]["at"]) if moves else None
    steps = bureau_steps(publication.page_id).filter(started_at__lt=publication.published_at)
    for step in steps.order_by("started_at"):
        begun = max(filter(None, (since, step.started_at)))
        ended = min(filter(None, (step.finished_at, publication.published_at)))
        if begun >= ended:
            continue
        hand_clock(clock=change.clock, side=Side.BUREAU, at=begun, actor=actor)
        if ended < publication.published_at:
            hand_clock(clock=change.clock, side=Side.DEPARTMENT, at=ended, actor=actor)


def changes_told_otherwise() -> Iterator[tuple[int, datetime.date]]:
    """Clock and trigger date of each change that says another day than its clock: nobody but a service may change it."""
    rows = ChangeRecord.objects.exclude(trigger_date=F("clock__trigger_date"))
    yield from rows.order_by("pk").values_list("clock_id", "trigger_date")


def settles(change: ChangeRecord, page: PolicyPage, *, was_public: bool) -> bool:
    """Whether this page's publication settles the change (docs/decisions/0005).

    Its kind of page, of its department; 新增 the first publication, 修订 a later one, 废止 a document that says so.
    `was_public` says whether the page was public before the publication in question.
    """
    from policy_pages.models import ApplicationGuidePage, PolicyDocumentPage

    wanted = PolicyDocumentPage if change.subject == ChangeSubject.DOCUMENT else ApplicationGuidePage
    if not isinstance(page, wanted) or change.department_id != page.department_id:
        return False
    if change.kind == ChangeKind.REPEALED:
        return isinstance(page, PolicyDocumentPage) and page.document_status == DocumentStatus.REPEALED
    return was_public == (change.kind == ChangeKind.AMENDED)


def _save(change: ChangeRecord, actor: User, reason: str | None = None) -> None:
    """Save it, with who did it and why in its history."""
    change._history_user = actor  # type: ignore[attr-defined]  # simple-history reads both
    change._change_reason = reason  # type: ignore[attr-defined]
    change.save()


def _lock(change: ChangeRecord) -> None:
    """Read the change anew under its clock's lock: a publication may have settled it since it was read."""
    DutyClock.objects.select_for_update(of=("self",)).get(pk=change.clock_id)
    change.refresh_from_db()


def _record(action: str, change: ChangeRecord, actor: User, extra: dict[str, Any]) -> None:
    record(
        action=action,
        actor=actor,
        department_code=change.department.code,
        object_type=OBJECT_TYPE,
        object_id=change.pk,
        object_label=change.title,
        payload={
            "kind": change.kind,
            "subject": change.subject,
            "doc_number": change.doc_number,
            "trigger_date": change.trigger_date.isoformat(),
            "trigger_basis": change.trigger_basis,
            "due_on": change.clock.due_on.isoformat() if change.clock.due_on else None,
            "clock": change.clock.pk,
            **extra,
        },
    )
