"""Publications, changes and reasons of lateness as the chain tells of them, held against their rows (`audit_verify --records`).

The chain is read once, in its order; then each table once, row by row. What an older event does not tell is not compared.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import Event
from policy_pages.enums import PublicationKind
from policy_pages.models import ChangeRecord, LateReason, PublicationRecord
from policy_pages.services import register

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.utils.functional import _StrPromise

#: What is said of one row, by name. Of a row every name, of its history those that events told.
Facts = dict[str, Any]

PUBLISHED = ("page.published", "page.repealed")
CHANGED = ("change.registered", "change.corrected", "change.cancelled", "change.settled")
EXPLAINED = ("late_reason.written", "late_reason.published", "late_reason.returned")
#: Publications carry their whole text: few at once.
_CHUNK = 100

PUBLICATION_WORDS = {
    "page": gettext_lazy("页面"),
    "unit": gettext_lazy("单位"),
    "version": gettext_lazy("版本"),
    "is_repeal": gettext_lazy("公开或废止"),
    "kind": gettext_lazy("类型"),
    "revision": gettext_lazy("修订编号"),
    "published_at": gettext_lazy("发布时间"),
    "content": gettext_lazy("内容"),
    "content_hash": gettext_lazy("内容散列"),
    "approvals": gettext_lazy("审核人"),
    "classification": gettext_lazy("分类"),
    "change": gettext_lazy("变更登记"),
    "change_note": gettext_lazy("更新说明"),
}
CHANGE_WORDS = {
    "unit": gettext_lazy("单位"),
    "kind": gettext_lazy("变更类型"),
    "subject": gettext_lazy("变更对象"),
    "label": gettext_lazy("名称"),
    "doc_number": gettext_lazy("文号"),
    "trigger_date": gettext_lazy("触发日期"),
    "trigger_basis": gettext_lazy("日期依据"),
    "evidence": gettext_lazy("依据说明"),
    "registered_by": gettext_lazy("登记人"),
    "page": gettext_lazy("页面"),
    "clock": gettext_lazy("时限"),
    "clock_unit": gettext_lazy("时限的责任单位"),
    "clock_about": gettext_lazy("时限所指的变更"),
}
REASON_WORDS = {
    "change": gettext_lazy("变更登记"),
    "text": gettext_lazy("逾期原因"),
    "written_by": gettext_lazy("填写人"),
    "public_text": gettext_lazy("公开的原因"),
    "published_by": gettext_lazy("审核人"),
    "returned_because": gettext_lazy("退回理由"),
}


def rows_told_otherwise() -> Iterator[str]:
    """Say in Chinese what of publications, changes and reasons is not what the chain told, is missing, or was never told."""
    history = History()
    yield from history.read()
    yield from compare(_("发布记录"), PUBLICATION_WORDS, history.publications, stored_publications())
    yield from compare(_("变更登记"), CHANGE_WORDS, history.changes, stored_changes())
    yield from compare(_("逾期说明"), REASON_WORDS, history.reasons, stored_reasons())


class Told(NamedTuple):
    """One event; `payload` as the text it is stored as."""

    seq: int
    action: str
    unit: str
    number: str
    label: str
    actor: int | None
    payload: str


class History:
    """What the chain tells of each publication, change and reason, by their numbers: the facts as last told."""

    def __init__(self) -> None:
        self.publications: dict[int, Facts] = {}
        self.changes: dict[int, Facts] = {}
        self.reasons: dict[int, Facts] = {}

    def read(self) -> Iterator[str]:
        """Take every event in its order; say which cannot be read and which tell of a publication a second time."""
        events = Event.objects.filter(action__in=(*PUBLISHED, *CHANGED, *EXPLAINED)).order_by("seq")
        fields = ("seq", "action", "department_code", "object_id", "object_label", "actor_id", "payload_json")
        for event in map(Told._make, events.values_list(*fields).iterator(chunk_size=1000)):
            try:
                told = json.loads(event.payload)
                if event.action in PUBLISHED:
                    yield from self._publish(event, told)
                elif event.action in CHANGED:
                    self._change(event, told)
                else:
                    self._explain(event, told)
            except (ValueError, TypeError, KeyError, AttributeError):
                yield _("第 %(seq)d 号事件无法读取。") % {"seq": event.seq}

    def _publish(self, event: Told, told: Facts) -> Iterator[str]:
        number = int(told["publication"])
        if number in self.publications:
            yield _("第 %(seq)d 号事件再次记下发布记录第 %(number)d 号。") % {"seq": event.seq, "number": number}
        facts = {name: told[name] for name in PUBLICATION_WORDS if name in told}
        self.publications[number] = {
            **facts,
            "label": event.label,
            "page": event.number,
            "unit": event.unit,
            "is_repeal": event.action == "page.repealed",
            "published_at": datetime.fromisoformat(told["published_at"]),
            "content": told["content_hash"],
        }
        if told.get("settled_change"):
            self.changes[told["settled_change"]]["page"] = event.number

    def _change(self, event: Told, told: Facts) -> None:
        number = int(event.number)
        now = {name: told[name] for name in CHANGE_WORDS if name in told}
        now |= {"unit": event.unit, "clock_unit": event.unit, "label": event.label}
        if event.action == "change.settled":
            now["page"] = self.publications[told["publication"]]["page"]
        if event.action == "change.registered":
            self.changes[number] = {"page": None, "registered_by": event.actor, "clock_about": event.number}
        self.changes[number] |= now

    def _explain(self, event: Told, told: Facts) -> None:
        now = {"label": event.label, "change": told["change"], "text": told["text"]}
        if event.action == "late_reason.written":
            now |= {"written_by": event.actor, "returned_because": ""}
        elif event.action == "late_reason.published":
            now |= {"public_text": told["text"], "published_by": event.actor}
        else:
            now |= {"returned_because": told["reason"]}
        first = {"public_text": "", "published_by": None, "returned_because": ""}
        self.reasons[int(event.number)] = self.reasons.get(int(event.number), first) | now


def stored_publications() -> Iterator[tuple[int, Facts]]:
    """Yield number and facts of each record; of its content the hash, computed anew."""
    for row in PublicationRecord.objects.order_by("pk").iterator(chunk_size=_CHUNK):
        facts = {
            "label": str(row),
            "page": str(row.page_id),
            "unit": row.department_code,
            "version": row.version,
            "is_repeal": row.kind == PublicationKind.REPEAL,
            "kind": row.kind,
            "revision": row.revision_id,
            "published_at": row.published_at,
            "content": hashlib.sha256(row.content.encode()).hexdigest(),
            "content_hash": row.content_hash,
            "approvals": row.approvals,
            "classification": row.classification,
            "change": row.change_id,
            "change_note": row.change_note,
        }
        yield row.pk, facts


def stored_changes() -> Iterator[tuple[int, Facts]]:
    """Yield number and facts of each change, with what its clock says of whom and what it is about."""
    rows = ChangeRecord.objects.select_related("department", "clock__department").order_by("pk")
    for row in rows.iterator(chunk_size=_CHUNK):
        is_ours = row.clock.object_type == register.OBJECT_TYPE
        facts = {
            "unit": row.department.code,
            "kind": row.kind,
            "subject": row.subject,
            "label": row.title,
            "doc_number": row.doc_number,
            "trigger_date": row.trigger_date.isoformat(),
            "trigger_basis": row.trigger_basis,
            "evidence": row.evidence,
            "registered_by": row.registered_by_id,
            "page": None if row.page_id is None else str(row.page_id),
            "clock": row.clock_id,
            "clock_unit": row.clock.department.code,
            "clock_about": row.clock.object_id if is_ours else "",
        }
        yield row.pk, facts


def stored_reasons() -> Iterator[tuple[int, Facts]]:
    """Yield number and facts of each reason of lateness."""
    for row in LateReason.objects.select_related("change").order_by("pk").iterator(chunk_size=_CHUNK):
        facts = {
            "label": row.change.title,
            "change": row.change_id,
            "text": row.text,
            "written_by": row.written_by_id,
            "public_text": row.public_text,
            "published_by": row.published_by_id,
            "returned_because": row.returned_because,
        }
        yield row.pk, facts


def compare(
    table: str, words: dict[str, _StrPromise], told: dict[int, Facts], stored: Iterator[tuple[int, Facts]]
) -> Iterator[str]:
    """Say which rows differ from what was told, which were never told of, and which are gone."""
    for number, said in stored:
        known = told.pop(number, None)
        names = {"table": table, "number": number, "label": said["label"]}
        if known is None:
            yield _("%(table)s第 %(number)d 号（%(label)s）在审计链中没有记载。") % names
            continue
        wrong = [str(word) for name, word in words.items() if name in known and known[name] != said[name]]
        if wrong:
            names |= {"wrong": "、".join(wrong)}
            yield _("%(table)s第 %(number)d 号（%(label)s）与审计链不符：%(wrong)s。") % names
    for number, known in sorted(told.items()):
        names = {"table": table, "number": number, "label": known["label"]}
        yield _("%(table)s第 %(number)d 号（%(label)s）已不在，审计链记有它。") % names
