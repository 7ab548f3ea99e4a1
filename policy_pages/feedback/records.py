"""Reports as the chain tells of them, held against their rows (`audit_verify --records`, `audit_replay`)."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import Event
from policy_pages.feedback.rules import digest
from policy_pages.feedback.services import OBJECT_TYPE
from policy_pages.models import CorrectionTicket
from policy_pages.services.records import compare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policy_pages.services.records import Facts

WORDS = {
    "unit": gettext_lazy("单位"),
    "receipt": gettext_lazy("回执号"),
    "page": gettext_lazy("页面编号"),
    "path": gettext_lazy("页面地址"),
    "typed": gettext_lazy("填写的页面地址"),
    "kind": gettext_lazy("差错类型"),
    "words": gettext_lazy("问题描述"),
    "received_at": gettext_lazy("收到时间"),
    "clock": gettext_lazy("时限"),
    "clock_unit": gettext_lazy("时限的责任单位"),
    "clock_about": gettext_lazy("时限所指的纠错"),
    "taken_by": gettext_lazy("处理人"),
    "taken_at": gettext_lazy("开始处理时间"),
    "outcome": gettext_lazy("处理结果"),
    "answer": gettext_lazy("答复"),
    "answered_by": gettext_lazy("答复人"),
    "answered_at": gettext_lazy("答复时间"),
    "supplement": gettext_lazy("补充答复"),
    "supplemented_by": gettext_lazy("补充人"),
    "supplemented_at": gettext_lazy("补充时间"),
    "is_erased": gettext_lazy("联系方式已删除"),
}
#: What is true of a report of which nothing but its receipt was told.
_FIRST: Facts = {
    "taken_by": None,
    "taken_at": None,
    "outcome": "",
    "answer": "",
    "answered_by": None,
    "answered_at": None,
    "supplement": "",
    "supplemented_by": None,
    "supplemented_at": None,
    "is_erased": False,
}
#: Tells when a report was answered, to the millisecond.
_FINISHED = "clock.finished"
#: Of a fact: no event says what it is.
_UNTOLD = object()
_CHUNK = 500


def tickets_told_otherwise() -> Iterator[str]:
    """Say in Chinese which reports are not what the chain told, are missing, or were never told."""
    told: dict[int, Facts] = {}
    ours = Q(action__startswith="correction.") | Q(action=_FINISHED)
    events = Event.objects.filter(ours, object_type=OBJECT_TYPE).order_by("seq")
    fields = ("seq", "action", "department_code", "object_id", "object_label", "actor_id", "payload_json")
    for seq, action, unit, number, label, actor, payload in events.values_list(*fields).iterator(chunk_size=_CHUNK):
        try:
            facts = _facts(action, json.loads(payload), actor)
            known = told.get(int(number), {**_FIRST, "clock_about": number})
            known |= {"unit": unit, "clock_unit": unit, "label": label, **facts}
            told[int(number)] = {name: fact for name, fact in known.items() if fact is not _UNTOLD}
        except (ValueError, TypeError, KeyError, AttributeError):
            yield _("第 %(seq)d 号事件无法读取。") % {"seq": seq}
    yield from compare(_("纠错"), WORDS, told, _stored())


def _facts(action: str, told: dict[str, Any], actor: int | None) -> Facts:
    """What one event says of its report."""
    facts = {name: told[name] for name in ("clock", *_KEYS.get(action, ()))}
    if action == "correction.received":
        name = "typed" if "typed" in told else "path"
        facts |= {name: told[name], "received_at": _instant(told["received_at"])}
    elif action == "correction.taken":
        facts |= {"taken_by": actor, "taken_at": _instant(told.get("taken_at"))}
    elif action == "correction.reassigned":
        facts |= {"taken_by": None, "taken_at": None}
    elif action == _FINISHED:
        facts["answered_at"] = _to_the_millisecond(_instant(told["finished_at"]))
    elif action == "correction.answered":
        facts["answered_by"] = actor
    elif action == "correction.supplemented":
        facts |= {"supplemented_by": actor, "supplemented_at": _instant(told.get("supplemented_at"))}
    elif action == "correction.contact_erased":
        facts["is_erased"] = True
    return facts


def _instant(told: str | None) -> Any:
    """An instant as an event tells it; of an older version, which told none, what is not compared."""
    return _UNTOLD if told is None else datetime.datetime.fromisoformat(told)


_KEYS = {
    "correction.received": ("receipt", "page", "kind", "words", "received_at"),
    "correction.answered": ("outcome", "answer"),
    "correction.supplemented": ("supplement",),
}


def _stored() -> Iterator[tuple[int, Facts]]:
    rows = CorrectionTicket.objects.select_related("department", "clock__department").order_by("pk")
    for row in rows.iterator(chunk_size=_CHUNK):
        is_ours = row.clock.object_type == OBJECT_TYPE
        facts = {
            "label": str(row),
            "unit": row.department.code,
            "receipt": digest(row.receipt),
            "page": row.page_id,
            "path": row.path,
            "typed": digest(row.receipt, row.path),
            "kind": row.kind,
            "words": digest(row.text, row.place),
            "received_at": row.received_at,
            "clock": row.clock_id,
            "clock_unit": row.clock.department.code,
            "clock_about": row.clock.object_id if is_ours else "",
            "taken_by": row.taken_by_id,
            "taken_at": row.taken_at,
            "outcome": row.outcome,
            "answer": row.answer,
            "answered_by": row.answered_by_id,
            "answered_at": row.answered_at and _to_the_millisecond(row.answered_at),
            "supplement": row.supplement,
            "supplemented_by": row.supplemented_by_id,
            "supplemented_at": row.supplemented_at,
            "is_erased": row.contact_erased_at is not None,
        }
        yield row.pk, facts


def _to_the_millisecond(at: datetime.datetime) -> datetime.datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def tickets_of_another_day() -> Iterator[tuple[int, datetime.date]]:
    """Clock and day of receipt of each report that says another day than its clock."""
    day = TruncDate("received_at", tzinfo=timezone.get_default_timezone())
    rows = CorrectionTicket.objects.annotate(day=day).exclude(day=F("clock__trigger_date"))
    yield from rows.order_by("pk").values_list("clock_id", "day")
