"""What happens to a report: received, taken up, answered, supplemented, sent to another unit, forgotten who wrote it.

Events tell which page of ours it is about and what was done; never who wrote, from where, or how to reach him, nor his words.
"""

from __future__ import annotations

import datetime
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.enums import Resource, Verb
from accounts.models import Department
from accounts.permissions import may
from audit.errors import Conflict
from audit.models import DutyClock
from audit.rules import local_date
from audit.services import announce_clock, begin_clock, finish_clock, record
from audit.services.notices import reassign
from policy_pages.enums import CorrectionOutcome
from policy_pages.feedback.pages import NamedPage
from policy_pages.feedback.rules import ANSWER_LIMIT, REASON_LIMIT, digest, network_of, new_receipt
from policy_pages.models import CorrectionTicket

if TYPE_CHECKING:
    from accounts.models import User

#: `object_type` under which a report stands in clocks and events, and the duty it starts.
OBJECT_TYPE = "policy_pages.correctionticket"
DUTY = "correct_error"
#: Reports of one network are counted together for so long; then nobody need know the network any more.
HOUR = datetime.timedelta(hours=1)


class TooMany(Exception):
    """So many reports came within the hour that no more is taken: from one network, or `is_everywhere`, from all together."""

    def __init__(self, *, is_everywhere: bool) -> None:
        super().__init__()
        self.is_everywhere = is_everywhere


@dataclass(frozen=True)
class Report:
    """What a visitor sent. `address` is where from, as far as is known."""

    page: NamedPage
    kind: str
    text: str
    place: str = ""
    contact: str = ""
    address: str = ""


@transaction.atomic
def receive_ticket(*, report: Report, at: datetime.datetime | None = None) -> CorrectionTicket:
    """Take a report and start its clock; return the ticket. `at` (default: now) is another instant in the demo only.

    The same words about the same page from the same network within the hour are the same report, sent twice: its ticket is
    returned. Records `correction.received`. Raises TooMany above `HUIQITONG_CORRECTIONS_PER_HOUR` of one network and above
    `HUIQITONG_REPORTS_PER_HOUR` of all, for each starts a clock that somebody owes; ValidationError where no unit is there to
    answer. Two requests at one moment may pass a bound by one.
    """
    at = at or timezone.now()
    network = address_hash(report.address)
    lately = CorrectionTicket.objects.none()
    if network:
        lately = CorrectionTicket.objects.filter(address_hash=network, received_at__gt=at - HOUR)
    same = {"path": report.page.path, "kind": report.kind, "text": report.text, "place": report.place}
    if again := lately.filter(**same, contact=report.contact).first():
        return again
    if lately.count() >= settings.HUIQITONG_CORRECTIONS_PER_HOUR:
        raise TooMany(is_everywhere=False)
    if CorrectionTicket.objects.filter(received_at__gt=at - HOUR).count() >= settings.HUIQITONG_REPORTS_PER_HOUR:
        raise TooMany(is_everywhere=True)
    if report.page.department is None:
        raise ValidationError(_("平台还没有设置受理单位，暂时不能在线提交。"))
    return _receive(report, report.page.department, network, at)


def _receive(report: Report, department: Department, network: str, at: datetime.datetime) -> CorrectionTicket:
    page = report.page
    ticket = CorrectionTicket(
        department=department,
        receipt=new_receipt(secrets.choice),
        page_id=page.page_id,
        path=page.path,
        title=page.title[:255],
        kind=report.kind,
        text=report.text,
        place=report.place,
        contact=report.contact,
        address_hash=network,
        received_at=at,
    )
    ticket.clock = begin_clock(
        code=DUTY,
        department=department,
        object_type=OBJECT_TYPE,
        object_label=str(ticket),
        trigger_date=local_date(at, timezone.get_default_timezone()),
        basis=_("收到纠错之日"),
        actor=None,
    )
    _save(ticket, None)
    announce_clock(clock=ticket.clock, object_id=ticket.pk, actor=None)
    facts = {"page": page.page_id, "kind": report.kind, "received_at": at.isoformat()}
    # Of the receipt, which opens the report, and of the visitor's words the chain keeps what proves them, not themselves. An
    # address that he typed may be anything, a telephone number too: the receipt makes its hash one that nobody can guess at.
    proofs = {"receipt": digest(ticket.receipt), "words": digest(report.text, report.place)}
    proofs |= {"path": page.path} if page.is_told else {"typed": digest(ticket.receipt, page.path)}
    _record("correction.received", ticket, None, **facts, **proofs)
    return ticket


@transaction.atomic
def take_ticket(*, ticket: CorrectionTicket, actor: User) -> None:
    """Say that the unit is at it, so that the visitor reads 处理中. Records `correction.taken`.

    Raises PermissionDenied unless the actor answers for the unit, Conflict when it was taken up or answered meanwhile.
    """
    _require(ticket, actor)
    if ticket.taken_at is not None or not ticket.is_open:
        raise Conflict(_("这条纠错刚刚已开始处理或已答复，请刷新页面。"))
    ticket.taken_by, ticket.taken_at = actor, timezone.now()
    _save(ticket, actor)
    _record("correction.taken", ticket, actor, taken_at=ticket.taken_at.isoformat())


@transaction.atomic
def answer_ticket(*, ticket: CorrectionTicket, outcome: str, answer: str, actor: User) -> None:
    """Answer a report, once and for all; its clock is finished. Records `correction.answered`.

    Raises PermissionDenied unless the actor answers for the unit, ValidationError by field for no such outcome and an empty
    or too long answer, Conflict when it was answered or sent to another unit meanwhile.
    """
    answer = answer.strip()
    faults = {
        "outcome": "" if outcome in CorrectionOutcome.values else _("请选择处理结果。"),
        "answer": _length_fault(answer, ANSWER_LIMIT, _("请写明答复：核实的情况，改了什么。")),
    }
    _raise(faults)
    _require(ticket, actor)
    if not ticket.is_open:
        raise Conflict(_("这条纠错刚刚已答复，请刷新页面；需要补充的，在答复下面补充。"))
    finish_clock(clock=ticket.clock, at=timezone.now(), actor=actor)
    ticket.answered_by, ticket.answered_at = actor, ticket.clock.finished_at
    ticket.outcome, ticket.answer = outcome, answer
    _save(ticket, actor)
    _record("correction.answered", ticket, actor, outcome=outcome, answer=answer)


@transaction.atomic
def supplement_ticket(*, ticket: CorrectionTicket, text: str, actor: User) -> None:
    """Add to an answer what was wrong or missing in it, once; the answer stays. Records `correction.supplemented`.

    Raises PermissionDenied, ValidationError by field for an empty or too long text, Conflict for a report that is not
    answered or has its supplement.
    """
    text = text.strip()
    _raise({"supplement": _length_fault(text, ANSWER_LIMIT, _("请写明要补充或更正的内容。"))})
    _require(ticket, actor)
    if ticket.is_open or ticket.supplemented_at is not None:
        raise Conflict(_("这条纠错还没有答复，或者刚刚已补充过，请刷新页面。"))
    ticket.supplemented_by, ticket.supplemented_at, ticket.supplement = actor, timezone.now(), text
    _save(ticket, actor)
    told_at = ticket.supplemented_at.isoformat()
    _record("correction.supplemented", ticket, actor, supplement=text, supplemented_at=told_at)


@transaction.atomic
def reassign_ticket(*, ticket: CorrectionTicket, department: Department, reason: str, actor: User) -> None:
    """The bureau sends a report to the unit that should answer it, by the same last day. Records `correction.reassigned`.

    Raises PermissionDenied, ValidationError by field for no reason and for the unit that has it or is closed, Conflict when it
    was answered or sent on meanwhile.
    """
    if not may(actor, Resource.CORRECTION, Verb.REASSIGN):
        raise PermissionDenied
    reason = reason.strip()
    is_fit = department.is_active and department.pk != ticket.department_id
    faults = {
        "department": "" if is_fit else _("请选择另一个在用的单位。"),
        "reason": _length_fault(reason, REASON_LIMIT, _("请写明转办理由。")),
    }
    _raise(faults)
    _lock(ticket)
    if not ticket.is_open:
        raise Conflict(_("这条纠错刚刚已答复，请刷新页面。"))
    before, ticket.department = ticket.department, department
    ticket.taken_by = ticket.taken_at = None
    ticket.clock = reassign(clock=ticket.clock, department=department, reason=reason, actor=actor)
    _save(ticket, actor, reason)
    _record("correction.reassigned", ticket, actor, before=before.code, reason=reason)


def forget(*, now: datetime.datetime | None = None) -> int:
    """Delete what tells who wrote: how to reach him so many days after the answer, where from after a day. For `tick`.

    Returns how many contacts were deleted; records `correction.contact_erased` for each, one transaction a report.
    """
    now = now or timezone.now()
    CorrectionTicket.objects.filter(received_at__lt=now - datetime.timedelta(days=1)).exclude(address_hash="").update(
        address_hash=""
    )
    until = now - datetime.timedelta(days=settings.HUIQITONG_CORRECTION_CONTACT_DAYS)
    # By the clock, whose instant the chain holds to the second when it is replayed, not by the copy in the report.
    kept = CorrectionTicket.objects.filter(clock__finished_at__lte=until).exclude(contact="")
    pks = list(kept.order_by("pk").values_list("pk", flat=True))
    return sum(_erase(pk, now) for pk in pks)


@transaction.atomic
def _erase(pk: int, now: datetime.datetime) -> bool:
    ticket = CorrectionTicket.objects.select_for_update(of=("self",)).select_related("department", "clock").get(pk=pk)
    if not ticket.contact:
        return False
    ticket.contact, ticket.address_hash, ticket.contact_erased_at = "", "", now
    _save(ticket, None)
    _record("correction.contact_erased", ticket, None, answered_at=ticket.clock.finished_at)
    return True


def address_hash(address: str) -> str:
    """A keyed hash of the network an address lies in; empty for what is none."""
    network = network_of(address)
    return salted_hmac(OBJECT_TYPE, network, algorithm="sha256").hexdigest() if network else ""


def _length_fault(text: str, limit: int, empty: str) -> str:
    if not text:
        return empty
    words = _("最多 %(limit)d 个字，现在有 %(length)d 个字，请删减。")
    return words % {"limit": limit, "length": len(text)} if len(text) > limit else ""


def _raise(faults: dict[str, str]) -> None:
    if found := {name: [words] for name, words in faults.items() if words}:
        raise ValidationError(found)


def _require(ticket: CorrectionTicket, actor: User) -> None:
    """The actor answers for the unit that has the report now; it is locked and read anew."""
    read = ticket.department_id
    if not may(actor, Resource.CORRECTION, Verb.ANSWER, ticket.department):
        raise PermissionDenied
    _lock(ticket)
    if ticket.department_id != read:
        raise Conflict(_("这条纠错刚刚已转其他单位办理。"))


def _lock(ticket: CorrectionTicket) -> None:
    """Read the ticket anew under lock, then its clock, before the chain."""
    ticket.refresh_from_db(from_queryset=CorrectionTicket.objects.select_for_update())
    DutyClock.objects.select_for_update(of=("self",)).get(pk=ticket.clock_id)


def _save(ticket: CorrectionTicket, actor: User | None, reason: str | None = None) -> None:
    ticket._history_user = actor  # type: ignore[attr-defined]  # simple-history reads both
    ticket._change_reason = reason  # type: ignore[attr-defined]
    ticket.save()


def _record(action: str, ticket: CorrectionTicket, actor: User | None, **payload: Any) -> None:
    record(
        action=action,
        actor=actor,
        department_code=ticket.department.code,
        object_type=OBJECT_TYPE,
        object_id=ticket.pk,
        object_label=str(ticket),
        payload={"clock": ticket.clock_id, **payload},
    )
