"""Figures of a period from the event chain alone, and the public report that freezes them (A24, A25, T25.1, T25.2)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import Resource, Verb
from accounts.models import Department
from accounts.permissions import may
from audit.enums import DutyCode, Outcome, VerdictCode
from audit.errors import ChainUnreadable, Conflict
from audit.models import ChainHead, Event
from audit.rules import Tally, local_date, read_period, total
from audit.services import record
from audit.services.events import canonical_json
from audit.services.replay import replay_histories
from policy_pages.models import ApplicationGuidePage, FrozenReport, PolicyDocumentPage

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator

    from accounts.models import User
    from audit.rules import Course, Histories, Judgement, Period

PUBLISHED = ("page.published", "page.repealed")
RETURNED = "task.returned"
UNPUBLISHED = "page.unpublished"
FROZEN = "report.frozen"
#: So many clocks are named when figures cannot be computed.
_NAMED_FAULTS = 5
#: Types of pages that are counted as connected (接入文件及事项), by the model's label.
COUNTED = {PolicyDocumentPage._meta.label_lower: "documents", ApplicationGuidePage._meta.label_lower: "guides"}


def verdict_code(said: Judgement, as_of: datetime.date) -> str:
    """What a clock is counted as on a day: its verdict, or how it stands while it runs."""
    if said.outcome != Outcome.OPEN:
        return said.outcome
    if said.due is None:
        return VerdictCode.GAP
    return VerdictCode.OVERDUE if said.due < as_of else VerdictCode.RUNNING


def counted_changes(histories: Histories, period: Period) -> Iterator[tuple[int, str, Course]]:
    """The changes that happened in the period and were not struck out, by number of the clock, with the unit's code.

    Raises ChainUnreadable.
    """
    _require_readable(histories)
    for clock, state in sorted(histories.states.items()):
        course = histories.course(state)
        if course.code != DutyCode.PUBLISH_CHANGE or course.is_cancelled:
            continue
        if period.since <= course.facts[0] <= period.until:
            yield clock, state.department, course


def _require_readable(histories: Histories) -> None:
    """Raise ChainUnreadable where an event of a change, or of nobody knows what, is unreadable or contradicts the rest."""
    of_changes = {"", DutyCode.PUBLISH_CHANGE}
    found = ((clock, histories.faults(state), state) for clock, state in sorted(histories.states.items()))
    faulty = [
        (clock, faults) for clock, faults, state in found if faults and histories.course(state).code in of_changes
    ]
    if not faulty:
        return
    lines = [f"#{clock} {'；'.join(faults)}" for clock, faults in faulty[:_NAMED_FAULTS]]
    words = _("审计链中 %(number)d 个时限的事件无法读取或自相矛盾，算不出数字：%(faults)s。")
    raise ChainUnreadable(words % {"number": len(faulty), "faults": "；".join(lines)})


def chain_figures(*, period: Period, as_of: datetime.date, until_seq: int) -> dict[str, Any]:
    """The figures of a period as the event chain told them up to an event: by unit, of all, and each late change.

    Reads only events; the same chain gives the same figures for ever (T25.2). Days are working days. Raises
    ChainUnreadable.
    """
    tallies: dict[str, Tally] = defaultdict(Tally)
    late = []
    for clock, unit, course in counted_changes(replay_histories(until_seq=until_seq), period):
        said = course.stated
        code = verdict_code(said, as_of)
        tallies[unit].add(code, 1, said.used, said.bureau_used)
        if code == VerdictCode.LATE:
            late.append({"clock": clock, "unit": unit, **_late(course)})
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


def _late(course: Course) -> dict[str, Any]:
    day, said = course.finished_on, course.stated
    return {
        "trigger": course.facts[0].isoformat(),
        "due": said.due.isoformat() if said.due else None,
        "published": day.isoformat() if day else None,
        "used": said.used,
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


def freeze_report(*, code: str, note: str = "", actor: User) -> FrozenReport:
    """Freeze and publish the figures of an ended period, as of today. Records `report.frozen`. Returns the report.

    Period and refusals as of `preview_report`; Conflict when another froze this edition meanwhile. The figures are
    computed before anything is locked: nobody waits while the chain is read.
    """
    report = preview_report(code=code, note=note, actor=actor)
    _write(report, actor)
    return report


def preview_report(*, code: str, note: str = "", actor: User) -> FrozenReport:
    """The report as `freeze_report` would freeze it now, not saved. Writes nothing.

    `code` is a period as `read_period` reads it. A second edition of a period says in `note` what it corrects, and stands
    beside the first. Raises PermissionDenied unless the actor may freeze, ValidationError for a period that is none or has
    not ended, for a second edition without a note and for a chain that cannot be read.
    """
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
    report = _computed(period, as_of)
    report.edition, report.note, report.frozen_by, report.frozen_at = last + 1, note, actor, timezone.now()
    return report


def _computed(period: Period, as_of: datetime.date) -> FrozenReport:
    """An unsaved report with the figures up to the last event there is."""
    head = ChainHead.objects.get(pk=ChainHead.ROW)
    try:
        told = chain_figures(period=period, as_of=as_of, until_seq=head.seq)
    except ChainUnreadable as error:
        raise ValidationError({"period": str(error)}) from error
    content = canonical_json(
        {
            "period": period.code,
            "since": period.since,
            "until": period.until,
            "as_of": as_of,
            "names": dict(Department.objects.values_list("code", "name")),
            **told,
        }
    )
    return FrozenReport(
        period=period.code,
        as_of=as_of,
        until_seq=head.seq,
        head_hash=head.hash,
        content=content,
        content_hash=hashlib.sha256(content.encode()).hexdigest(),
    )


@transaction.atomic
def _write(report: FrozenReport, actor: User) -> None:
    report.frozen_at = timezone.now()
    try:
        with transaction.atomic():
            report.save()
    except IntegrityError as error:  # the period has this edition since the figures were computed
        raise Conflict(_("%s刚刚已由他人固定，请刷新页面。") % report) from error
    record(
        action=FROZEN,
        actor=actor,
        object_type=FrozenReport._meta.label_lower,
        object_id=report.pk,
        object_label=str(report),
        payload=_facts(report),
    )


def _facts(report: FrozenReport) -> dict[str, Any]:
    """What report and event must both say, but for the person; the content by its hash."""
    return {
        "period": report.period,
        "edition": report.edition,
        "as_of": report.as_of.isoformat(),
        "until_seq": report.until_seq,
        "head_hash": report.head_hash,
        "content_hash": report.content_hash,
        "note": report.note,
        "frozen_at": report.frozen_at.isoformat(),
    }


# --- Recomputed --------------------------------------------------------------------------------------------------


def check_reports() -> list[tuple[str, list[str]]]:
    """Every edition that the chain tells of or that is stored, with what differs (`differences`); one that is gone is named.

    Events are read before rows: each row was committed with its event, so one that is not there was taken away.
    """
    told = list(Event.objects.filter(action=FROZEN).order_by("seq").values_list("seq", "object_id", "object_label"))
    reports = list(FrozenReport.objects.order_by("period", "edition"))
    there = {str(report.pk) for report in reports}
    gone = [
        (label, [_("%(report)s已不在，第 %(seq)d 号事件记有它。") % {"report": label, "seq": seq}])
        for seq, number, label in told
        if number not in there
    ]
    return [*((str(report), differences(report)) for report in reports), *gone]


def differences(report: FrozenReport) -> list[str]:
    """What of a frozen report the chain does not tell or does not give again, in Chinese; empty when all agrees (T25.2)."""
    found = _told_otherwise(report)
    if found:
        return found
    period, stored = read_period(report.period), _read(report.content)
    is_whole = hashlib.sha256(report.content.encode()).hexdigest() == report.content_hash
    if period is None or not is_whole or stored.get("as_of") != report.as_of.isoformat():
        return [_("%s的内容与其散列不符。") % report]
    if not Event.objects.filter(seq=report.until_seq, hash=report.head_hash).exists():
        return [_("%(report)s的校验值不是第 %(seq)d 号事件的。") % {"report": report, "seq": report.until_seq}]
    try:
        told = chain_figures(period=period, as_of=report.as_of, until_seq=report.until_seq)
    except ChainUnreadable as error:
        return [_("%(report)s无法重算：%(why)s") % {"report": report, "why": error}]
    again = json.loads(canonical_json(told))
    names = {"units": _("各单位数字"), "total": _("合计"), "late": _("逾期清单")}
    facts = {"report": report}
    return [
        _("%(report)s的%(part)s与按审计链重算的不同。") % {**facts, "part": words}
        for name, words in names.items()
        if stored.get(name) != again[name]
    ]


def _told_otherwise(report: FrozenReport) -> list[str]:
    """What of the row is not what its event told; what an older event did not tell is not compared."""
    events = Event.objects.filter(action=FROZEN, object_id=str(report.pk)).order_by("seq")[:2]
    if not events:
        return [_("%s在审计链中没有记载。") % report]
    if len(events) > 1:
        return [_("第 %(seq)d 号事件再次记下 %(report)s。") % {"seq": events[1].seq, "report": report}]
    told, said = _read(events[0].payload_json), _facts(report)
    if "content_hash" not in told:
        return [_("第 %(seq)d 号事件无法读取。") % {"seq": events[0].seq}]
    words = {
        "period": _("期间"),
        "edition": _("版次"),
        "as_of": _("统计截至"),
        "until_seq": _("截至审计事件序号"),
        "head_hash": _("该事件校验值"),
        "content_hash": _("内容散列"),
        "note": _("说明"),
        "frozen_at": _("固定时间"),
    }
    wrong = [word for name, word in words.items() if name in told and told[name] != said[name]]
    wrong += [_("固定人")] if events[0].actor_id != report.frozen_by_id else []
    facts = {"report": report, "wrong": "、".join(wrong)}
    return [_("%(report)s与审计链记下的固定报告不符：%(wrong)s。") % facts] if wrong else []


def _read(text: str) -> dict[str, Any]:
    """A JSON object; an empty one for what is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
