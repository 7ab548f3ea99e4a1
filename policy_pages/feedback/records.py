"""Reports as the chain tells of them, held against their rows (`audit_verify --records`, `audit_replay`)."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, Any

from django.db.models import F
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
    "kind": gettext_lazy("差错类型"),
    "words": gettext_lazy("问题描述"),
    "received_at": gettext_lazy("收到时间"),
    "clock": gettext_lazy("时限"),
    "clock_unit": gettext_lazy("时限的责任单位"),
    "clock_about": gettext_lazy("时限所指的纠错"),
    "outcome": gettext_lazy("处理结果"),
    "answer": gettext_lazy("答复"),
    "answered_by": gettext_lazy("答复人"),
    "supplement": gettext_lazy("补充答复"),
    "supplemented_by": gettext_lazy("补充人"),
    "is_erased": gettext_lazy("联系方式已删除"),
}
#: What is true of a report of which nothing but its receipt was told.
_FIRST: Facts = {
    "outcome": "",
    "answer": "",
    "answered_by": None,
    "supplement": "",
    "supplemented_by": None,
    "is_erased": False,
}
_CHUNK = 500


def tickets_told_otherwise() -> Iterator[str]:
    """Say in Chinese which reports are not what the chain told, are missing, or were never told."""
    told: dict[int, Facts] = {}
    events = Event.objects.filter(object_type=OBJECT_TYPE, action__startswith="correction.").order_by("seq")
    fields = ("seq", "action", "department_code", "object_id", "object_label", "actor_id", "payload_json")
    for seq, action, unit, number, label, actor, payload in events.values_list(*fields).iterator(chunk_size=_CHUNK):
        try:
            facts = _facts(action, json.loads(payload), actor)
            known = told.setdefault(int(number), {**_FIRST, "clock_about": number})
            known |= {"unit": unit, "clock_unit": unit, "label": label, **facts}
        except (ValueError, TypeError, KeyError, AttributeError):
            yield _("第 %(seq)d 号事件无法读取。") % {"seq": seq}
    yield from compare(_("纠错"), WORDS, told, _stored())


def _facts(action: str, told: dict[str, Any], actor: int | None) -> Facts:
    """What one event says of its report."""
    facts = {name: told[name] for name in ("clock", *_KEYS.get(action, ()))}
    if action == "correction.received":
        facts["received_at"] = datetime.datetime.fromisoformat(told["received_at"])
    elif action == "correction.answered":
        facts["answered_by"] = actor
    elif action == "correction.supplemented":
        facts["supplemented_by"] = actor
    elif action == "correction.contact_erased":
        facts["is_erased"] = True
    return facts


_KEYS = {
    "correction.received": ("receipt", "page", "path", "kind", "words", "received_at"),
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
            "kind": row.kind,
            "words": digest(row.text, row.place),
            "received_at": row.received_at,
            "clock": row.clock_id,
            "clock_unit": row.clock.department.code,
            "clock_about": row.clock.object_id if is_ours else "",
            "outcome": row.outcome,
            "answer": row.answer,
            "answered_by": row.answered_by_id,
            "supplement": row.supplement,
            "supplemented_by": row.supplemented_by_id,
            "is_erased": row.contact_erased_at is not None,
        }
        yield row.pk, facts


def tickets_of_another_day() -> Iterator[tuple[int, datetime.date]]:
    """Clock and day of receipt of each report that says another day than its clock."""
    day = TruncDate("received_at", tzinfo=timezone.get_default_timezone())
    rows = CorrectionTicket.objects.annotate(day=day).exclude(day=F("clock__trigger_date"))
    yield from rows.order_by("pk").values_list("clock_id", "day")
