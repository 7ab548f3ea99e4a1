"""`/timeliness/`: the public meter. Per unit how punctual it was, each late change by name, how it is computed, and the data.

Only what is public is named: a change whose text is not public yet is counted, and nothing else is said of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Min
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.models import Department
from accounts.services.workbook import written_csv
from audit.enums import DutyCode, Outcome
from audit.models import DutyClock, DutyRule
from audit.rules import Period, Tally, quarter_of, read_period, total, year_of
from policy_pages.addresses import absolute, canonical_redirect, rules, takes
from policy_pages.enums import TriggerBasis
from policy_pages.models import ChangeRecord, FrozenReport
from policy_pages.services.corrections import Correction, corrected_numbers, corrections_of
from policy_pages.views.verdicts import correction_sentence, public_reason, verdict_sentence

if TYPE_CHECKING:
    import datetime

    from django.db.models import QuerySet
    from django.http import HttpRequest

#: Late changes named on the page; the data holds all.
SHOWN = 100
#: Columns of the open data, in the order of the file: keys of the JSON, and the heads of the CSV.
COLUMNS = {
    "unit": _("单位"),
    "title": _("名称"),
    "url": _("网址"),
    "kind": _("变更类型"),
    "trigger_date": _("触发日期"),
    "trigger_basis": _("触发日期依据"),
    "due_on": _("截止日期"),
    "published_at": _("公开时间"),
    "limit_days": _("期限（天）"),
    "used_days": _("用时（天）"),
    "department_days": _("单位用时（天）"),
    "bureau_days": _("审批局用时（天）"),
    "verdict": _("结论"),
    "late_reason": _("逾期原因"),
    "registered_trigger_date": _("原登记的触发日期"),
    "correction_reason": _("更正触发日期的理由"),
}


@dataclass(frozen=True)
class UnitRow:
    """One unit of the table: its tally, and its rate as whole percent for the bar."""

    department: Department
    tally: Tally

    @property
    def percent(self) -> float | None:
        """Share on time of those that are certain, in percent."""
        return None if self.tally.rate is None else self.tally.rate * 100

    @property
    def section(self) -> str:
        """Where the unit's public section lies under /policies/; empty for a unit without one, and for the total."""
        return self.department.code if self.department.section_page_id else ""


@require_safe
def timeliness(request: HttpRequest) -> HttpResponse:
    """The meter of a quarter (default: this one), a year or a month: `?period=2026-Q4`.

    What is no period, or none that has begun, shows this quarter; so does its own name, which the address then drops.
    """
    today = timezone.localdate()
    asked = read_period(request.GET.get("period", ""))
    shown = asked if asked and asked.since <= today else quarter_of(today)
    moved = canonical_redirect(request, {"period": "" if shown == quarter_of(today) else shown.code})
    if moved is not None:
        return moved
    units = unit_rows(shown, today)
    settled = settled_changes(shown).order_by("-clock__finished_at", "-pk")
    late = settled.filter(clock__outcome=Outcome.LATE)
    named = list(late[:SHOWN])
    touched = list(settled.filter(pk__in=corrected_numbers()).exclude(clock__outcome=Outcome.LATE))
    corrections = corrections_of([*named, *touched])
    corrected = [change for change in touched if change.pk in corrections]
    context = {
        "period": shown,
        **_other_periods(shown, today),
        "units": units,
        "whole": UnitRow(Department(), total(unit.tally for unit in units)),
        "late": [public_line(change, corrections) for change in named],
        "late_total": late.count(),
        "corrected": [public_line(change, corrections) for change in corrected[:SHOWN]],
        "rule": DutyRule.objects.filter(code=DutyCode.PUBLISH_CHANGE, effective_from__lte=today).latest(
            "effective_from"
        ),
        "reports": _frozen_links(),
    }
    return render(request, "policy_pages/timeliness.html", context)


def _address(period: Period, today: datetime.date) -> str:
    """The one address of a period of the meter: the quarter that runs has none of its own."""
    return rules.address(reverse("timeliness"), {"period": "" if period == quarter_of(today) else period.code})


def _other_periods(shown: Period, today: datetime.date) -> dict[str, Any]:
    """Links to the periods around and to two years; none to where nothing was ever due, or to what has not begun."""
    first = DutyClock.objects.filter(rule__code=DutyCode.PUBLISH_CHANGE).aggregate(day=Min("trigger_date"))["day"]
    linked = [shown.previous, shown.following, year_of(today), year_of(today).previous]
    found = [
        (period, _address(period, today)) if first and first <= period.until and period.since <= today else None
        for period in linked
    ]
    return {"earlier": found[0], "later": found[1], "years": [one for one in found[2:] if one and one[0] != shown]}


def _frozen_links() -> list[tuple[FrozenReport, str]]:
    """The newest frozen reports, each with its address: the last edition of a period is that of the period."""
    seen: set[str] = set()
    found = []
    for report in FrozenReport.objects.order_by("-period", "-edition")[:12]:
        edition = report.edition if report.period in seen else ""
        found.append((report, rules.address(reverse("frozen_report", args=[report.period]), {"edition": edition})))
        seen.add(report.period)
    return found


@require_safe
@takes("period", has_display=False)
def timeliness_data(request: HttpRequest, kind: str) -> HttpResponse:
    """Every change of the period that is public, as CSV or JSON: enough to recompute each verdict. 404 for no period."""
    asked = request.GET.get("period", "")
    period = read_period(asked) if asked else quarter_of(timezone.localdate())
    if period is None or kind not in {"csv", "json"}:
        raise Http404
    changes = list(settled_changes(period).order_by("clock__finished_at", "pk"))
    corrections = corrections_of(changes)
    rows = [data_row(change, corrections.get(change.pk)) for change in changes]
    if kind == "json":
        about = {"period": period.code, "since": period.since, "until": period.until, "columns": list(COLUMNS)}
        return JsonResponse({**about, "changes": rows}, json_dumps_params={"ensure_ascii": False})
    lines = [[str(head) for head in COLUMNS.values()], *(written_row(row) for row in rows)]
    answer = HttpResponse(written_csv(lines), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="timeliness-{period.code}.csv"'
    return answer


@require_safe
def frozen_report(request: HttpRequest, code: str) -> HttpResponse:
    """A frozen report: the newest edition of the period, or `?edition=1`; 404 where there is none."""
    editions = list(FrozenReport.objects.filter(period=code).order_by("-edition"))
    report = _edition(request, editions)
    moved = canonical_redirect(request, {"edition": "" if report == editions[0] else report.edition})
    if moved is not None:
        return moved
    here = reverse("frozen_report", args=[code])
    context = {
        "report": report,
        "period": read_period(code),
        "editions": [
            (other, rules.address(here, {"edition": "" if other == editions[0] else other.edition}))
            for other in editions
        ],
    }
    return render(request, "policy_pages/frozen_report.html", context)


@require_safe
@takes("edition", has_display=False)
def frozen_report_data(request: HttpRequest, code: str) -> HttpResponse:
    """The content of a frozen report, byte for byte what its hash was computed of."""
    report = _edition(request, list(FrozenReport.objects.filter(period=code).order_by("-edition")))
    answer = HttpResponse(report.content.encode(), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="timeliness-{report.period}-v{report.edition}.json"'
    return answer


def _edition(request: HttpRequest, editions: list[FrozenReport]) -> FrozenReport:
    asked = request.GET.get("edition", "")
    found = [report for report in editions if not asked or str(report.edition) == asked]
    if not found:
        raise Http404
    return found[0]


def unit_rows(period: Period, today: datetime.date) -> list[UnitRow]:
    """Units with a public section and whoever else answers for changes of the period, an ended unit too.

    The least punctual first, then those without a certain figure. Three queries.
    """
    clocks = DutyClock.objects.all()
    tallies = clocks.tallies(DutyCode.PUBLISH_CHANGE, today=today, since=period.since, until=period.until)
    units = Department.objects.publishing() | Department.objects.filter(pk__in=list(tallies))
    rows = [UnitRow(unit, tallies.get(unit.pk, Tally())) for unit in units]
    return sorted(rows, key=lambda row: (row.percent is None, row.percent or 0, row.department.code))


def unit_row(unit: Department, period: Period, today: datetime.date) -> UnitRow:
    """One unit's row of the meter. Two queries."""
    clocks = DutyClock.objects.filter(department=unit.pk)
    tallies = clocks.tallies(DutyCode.PUBLISH_CHANGE, today=today, since=period.since, until=period.until)
    return UnitRow(unit, tallies.get(unit.pk, Tally()))


def settled_changes(period: Period) -> QuerySet[ChangeRecord]:
    """Changes of the period whose text is public, with everything that is told of them. One query."""
    settled = ChangeRecord.objects.filter(
        clock__finished_at__isnull=False,
        clock__trigger_date__range=(period.since, period.until),
        page__live=True,
    )
    return settled.select_related("clock__rule", "department", "page", "late_reason")


def public_line(change: ChangeRecord, corrections: dict[int, Correction]) -> dict[str, Any]:
    """One public change in words: its verdict, why it was late, what was corrected of its trigger date."""
    clock = change.clock
    return {
        "change": change,
        "code": clock.outcome,
        "url": change.page.url if change.page else "",
        "sentence": verdict_sentence(clock.verdict(), change.trigger_basis),
        "reason": public_reason(change),
        "correction": correction_sentence(corrections.get(change.pk)),
        "basis": public_basis(change),
        "department_days": None if clock.used is None else clock.used - (clock.bureau_used or 0),
    }


def public_basis(change: ChangeRecord) -> str:
    """What the trigger date rests on, for citizens: the form's hint to the clerk is left out."""
    is_other = change.trigger_basis == TriggerBasis.OTHER
    return str(_("其他依据") if is_other else change.get_trigger_basis_display())


def data_row(change: ChangeRecord, correction: Correction | None) -> dict[str, Any]:
    """One public change as data; days are of the rule's unit, instants in Shanghai."""
    clock = change.clock
    known = clock.used is not None and clock.bureau_used is not None
    return {
        "unit": change.department.name,
        "title": change.page.title if change.page else "",
        "url": absolute(change.page.url) if change.page else "",
        "kind": change.get_kind_display(),
        "trigger_date": clock.trigger_date.isoformat(),
        "trigger_basis": public_basis(change),
        "due_on": clock.due_on.isoformat() if clock.due_on else None,
        "published_at": timezone.localtime(clock.finished_at, timezone.get_default_timezone()).isoformat(),
        "limit_days": clock.rule.days,
        "used_days": clock.used,
        "department_days": clock.used - clock.bureau_used if known else None,  # type: ignore[operator]
        "bureau_days": clock.bureau_used,
        "verdict": clock.get_outcome_display(),
        "late_reason": public_reason(change),
        "registered_trigger_date": (correction.registered if correction else clock.trigger_date).isoformat(),
        "correction_reason": correction.reason if correction else "",
    }


def written_row(row: dict[str, Any]) -> list[str]:
    """The line of the CSV: instants to the minute, without the zone that Excel takes for text."""
    told = {**row, "published_at": row["published_at"][:16].replace("T", " ")}
    return ["" if told[name] is None else str(told[name]) for name in COLUMNS]


def punctuality_line(today: datetime.date) -> dict[str, Any] | None:
    """This quarter in one line for the home page; None while nothing is certain. Two queries."""
    period = quarter_of(today)
    tallies = DutyClock.objects.tallies(DutyCode.PUBLISH_CHANGE, today=today, since=period.since, until=period.until)
    whole = total(tallies.values())
    if whole.rate is None:
        return None
    return {"period": period, "tally": whole, "percent": whole.rate * 100, "url": reverse("timeliness")}
