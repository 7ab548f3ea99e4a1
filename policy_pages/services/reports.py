"""Figures of a period from the event chain alone, and the public report that freezes them (A24, A25, T25.1, T25.2)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import Resource, Verb
from accounts.models import Department
from accounts.permissions import may
from audit.enums import DutyCode, Outcome, VerdictCode
from audit.models import ChainHead, Event
from audit.rules import Tally, local_date, read_period, total
from audit.services import record
from audit.services.events import canonical_json
from audit.services.replay import replay_states
from policy_pages.models import ApplicationGuidePage, FrozenReport, PolicyDocumentPage

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from accounts.models import User
    from audit.rules import ClockState, Judgement, Period

PUBLISHED = ("page.published", "page.repealed")
RETURNED = "task.returned"
UNPUBLISHED = "page.unpublished"
#: Types of pages that are counted as connected (接入文件及事项), by the model's label.
COUNTED = {PolicyDocumentPage._meta.label_lower: "documents", ApplicationGuidePage._meta.label_lower: "guides"}


def verdict_code(said: Judgement, as_of: datetime.date) -> str:
    """What a clock is counted as on a day: its verdict, or how it stands while it runs."""
    if said.outcome != Outcome.OPEN:
        return said.outcome
    if said.due is None:
        return VerdictCode.GAP
    return VerdictCode.OVERDUE if said.due < as_of else VerdictCode.RUNNING


def counted_states(states: dict[int, ClockState], period: Period) -> Iterator[tuple[int, ClockState]]:
    """The changes that happened in the period and were not struck out, by number of the clock."""
    for clock, state in sorted(states.items()):
        day = state.facts[0]
        if state.code == DutyCode.PUBLISH_CHANGE and not state.is_cancelled and period.since <= day <= period.until:
            yield clock, state


def chain_figures(*, period: Period, as_of: datetime.date, until_seq: int) -> dict[str, Any]:
    """The figures of a period as the event chain told them up to an event: by unit, of all, and each late change.

    Reads only events; the same chain gives the same figures for ever (T25.2). Days are working days.
    """
    tallies: dict[str, Tally] = defaultdict(Tally)
    late = []
    for clock, state in counted_states(replay_states(until_seq=until_seq), period):
        said = state.stated
        code = verdict_code(said, as_of)
        tallies[state.department].add(code, 1, said.used, said.bureau_used)
        if code == VerdictCode.LATE:
            late.append({"clock": clock, "unit": state.department, **_late(state)})
    counts = _counted_events(period, until_seq)
    units = {code: {**figures(tallies[code]), **_named(counts[code])} for code in sorted({*tallies, *counts})}
    whole = {**figures(total(tallies.values())), **_named(sum(counts.values(), Counter()))}
    return {"units": units, "total": whole, "late": late}


def figures(tally: Tally) -> dict[str, Any]:
    """A tally as plain figures; `rate` in thousandths, None when nothing is certain yet."""
    return {
        "changes": tally.changes,
        "on_time": tally.on_time,
        "late": tally.late,
        "overdue": tally.overdue,
        "running": tally.running,
        "gap": tally.gap,
        "rate": None if tally.rate is None else round(tally.rate * 1000),
        "median": tally.median,
        "worst": tally.worst,
        "department_days": tally.all_days - tally.bureau_days,
        "bureau_days": tally.bureau_days,
    }


def _late(state: ClockState) -> dict[str, Any]:
    day = state.finished_on
    return {
        "trigger": state.facts[0].isoformat(),
        "due": state.stated.due.isoformat() if state.stated.due else None,
        "published": day.isoformat() if day else None,
        "used": state.stated.used,
    }


def _counted_events(period: Period, until_seq: int) -> dict[str, Counter[str]]:
    """Of each unit: publications and returns within the period, documents and guides public at the end."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    public: dict[tuple[str, str], str] = {}
    told = Event.objects.filter(action__in=(*PUBLISHED, RETURNED, UNPUBLISHED), seq__lte=until_seq).order_by("seq")
    tz = timezone.get_default_timezone()
    fields = ("action", "department_code", "object_type", "object_id", "at")
    for action, unit, kind, number, at in told.values_list(*fields).iterator():
        is_within = period.since <= local_date(at, tz) <= period.until
        if action == RETURNED:
            counts[unit]["returns"] += is_within
        elif action == UNPUBLISHED:
            public.pop((kind, number), None)
        else:
            public[kind, number] = unit
            counts[unit]["updates"] += is_within
    for (kind, _number), unit in public.items():
        if kind in COUNTED:
            counts[unit][COUNTED[kind]] += 1
    return counts


def _named(counts: Counter[str]) -> dict[str, int]:
    return {name: counts[name] for name in ("updates", "returns", *COUNTED.values())}


@transaction.atomic
def freeze_report(*, code: str, note: str = "", actor: User) -> FrozenReport:
    """Freeze and publish the figures of an ended period, as of today. Records `report.frozen`. Returns the report.

    Period and refusals: as in `preview_report`.
    """
    report = _draw_up(code, note, actor, ChainHead.objects.select_for_update())
    report.save()
    record(
        action="report.frozen",
        actor=actor,
        object_type=FrozenReport._meta.label_lower,
        object_id=report.pk,
        object_label=str(report),
        payload={
            "period": report.period,
            "edition": report.edition,
            "content_hash": report.content_hash,
            "note": report.note,
        },
    )
    return report


def preview_report(*, code: str, note: str = "", actor: User) -> FrozenReport:
    """The report as `freeze_report` would freeze it now, not saved. Writes nothing.

    `code` is a period as `read_period` reads it. A second edition of a period says in `note` what it corrects, and stands
    beside the first. Raises PermissionDenied unless the actor may freeze, ValidationError for a period that is none or has
    not ended, and for a second edition without a note.
    """
    return _draw_up(code, note, actor, ChainHead.objects.all())


def _draw_up(code: str, note: str, actor: User, heads: QuerySet[ChainHead]) -> FrozenReport:
    if not may(actor, Resource.REPORT, Verb.FREEZE):
        raise PermissionDenied
    period, as_of, note = read_period(code), timezone.localdate(), note.strip()
    if period is None:
        raise ValidationError(
            {"period": _("请写期间，例如 2026年、2026年第三季度（2026-Q3）或 2026年11月（2026-11）。")}
        )
    if not period.has_ended(as_of):
        raise ValidationError({"period": _("%s还没有结束，结束以后才能固定。") % period.label})
    last = FrozenReport.objects.filter(period=period.code).aggregate(last=Max("edition"))["last"] or 0
    if last and not note:
        raise ValidationError({"note": _("%s已有固定报告，请写明再出一版的原因。") % period.label})
    head = heads.get(pk=ChainHead.ROW)
    content = canonical_json(
        {
            "period": period.code,
            "since": period.since,
            "until": period.until,
            "as_of": as_of,
            "names": dict(Department.objects.values_list("code", "name")),
            **chain_figures(period=period, as_of=as_of, until_seq=head.seq),
        }
    )
    return FrozenReport(
        period=period.code,
        edition=last + 1,
        as_of=as_of,
        until_seq=head.seq,
        head_hash=head.hash,
        content=content,
        content_hash=hashlib.sha256(content.encode()).hexdigest(),
        note=note,
        frozen_by=actor,
        frozen_at=timezone.now(),
    )


def differences(report: FrozenReport) -> list[str]:
    """What of a frozen report the chain does not give again, in Chinese; empty when every figure does (T25.2)."""
    period = read_period(report.period)
    if period is None or hashlib.sha256(report.content.encode()).hexdigest() != report.content_hash:
        return [_("%s的内容与其散列不符。") % report]
    told = Event.objects.filter(action="report.frozen", object_id=str(report.pk)).order_by("seq").first()
    if told is None or told.payload["content_hash"] != report.content_hash:
        return [_("%s与审计链记下的固定报告不符。") % report]
    stored = json.loads(report.content)
    again = json.loads(canonical_json(chain_figures(period=period, as_of=report.as_of, until_seq=report.until_seq)))
    names = {"units": _("各单位数字"), "total": _("合计"), "late": _("逾期清单")}
    facts = {"report": report}
    return [
        _("%(report)s的%(part)s与按审计链重算的不同。") % {**facts, "part": words}
        for name, words in names.items()
        if stored[name] != again[name]
    ]
