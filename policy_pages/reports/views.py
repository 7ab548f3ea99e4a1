"""报表 in the back office: punctuality, drill-down, yearly assessment, export, frozen editions. Units one may not read do not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail.admin import messages
from wagtail.admin.views.reports import ReportView

from accounts.enums import Resource, Verb
from accounts.permissions import may
from audit.rules import quarter_of, read_period, year_of
from policy_pages.dossier.exports import FORMATS
from policy_pages.models import FrozenReport
from policy_pages.reports.asking import ask, offered_periods
from policy_pages.reports.exports import export_report, file_name
from policy_pages.reports.facts import KINDS, facts, returns
from policy_pages.reports.figures import Figures
from policy_pages.reports.tables import percent, report_blocks, sheet_blocks, table
from policy_pages.services.reports import differences, freeze_report, preview_report

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable

    from accounts.models import User
    from accounts.permissions import StaffRequest
    from audit.rules import Period

#: Where each report that may be exported is shown: name of the address, and what it is asked with.
SHOWN_AT: dict[str, tuple[str, dict[str, str]]] = {
    "punctuality": ("policy_pages_report", {}),
    "assessment": ("policy_pages_assessment", {}),
    "visits": ("policy_pages_report_facts", {"what": "visits"}),
}
#: Returns shown on the report itself; all of them are one click away.
SHOWN_RETURNS = 10


class OurReportView(ReportView):
    """Wagtail's report view over what we compute. Its export by GET, which leaves no event, is off."""

    request: StaffRequest
    header_icon = "list-ul"
    paginate_by: int | None = None
    default_period: Callable[[datetime.date], Period] = staticmethod(quarter_of)

    def setup(self, request: StaffRequest, *args: Any, **kwargs: Any) -> None:
        """Read what is asked for."""
        super().setup(request, *args, **kwargs)
        self.is_export = False

    def dispatch(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse who reads no unit's report."""
        require_reader(request.user)
        self.form, self.question = ask(request.GET, request.user, type(self).default_period)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add form and question."""
        return super().get_context_data(
            **kwargs,
            form=self.form,
            question=self.question,
            periods=offered_periods(self.question.today),
            asked=self.question.query(),
            may_export=may(self.request.user, Resource.REPORT, Verb.EXPORT),
            may_check=may_check(self.request.user),
        )


class PunctualityView(OurReportView):
    """时限报表: every figure leads to what it counts."""

    template_name = "policy_pages/admin/report.html"
    page_title = gettext_lazy("时限报表")
    index_url_name = "policy_pages_report"

    def get_queryset(self) -> list:
        """The units' figures."""
        self.figures = Figures(self.question)
        return self.figures.rows

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add tables, charts and the latest returns."""
        tables = [table(title, blocks, self.figures) for title, blocks in report_blocks(self.figures.duties)]
        sent_back = returns(self.question)
        latest = sent_back.describe(list(sent_back.items[:SHOWN_RETURNS]))
        return super().get_context_data(
            **kwargs,
            tables=tables,
            quarters=[(period.label, tally, percent(tally.rate)) for period, tally in self.figures.quarters],
            charts=chart_data(self.figures),
            returns={"heads": sent_back.heads, "lines": latest, "total": self.figures.total.counts["returns"]},
        )


class FactsView(OurReportView):
    """The list behind a figure."""

    template_name = "policy_pages/admin/report_facts.html"
    page_title = gettext_lazy("数字的由来")
    index_url_name = "policy_pages_report_facts"
    paginate_by = 50

    def get_queryset(self) -> Any:
        """What the figure counts; Http404 for a word that is no figure."""
        found = facts(self.question, self.request.GET.get("what", "changes"))
        if found is None:
            raise Http404
        self.facts = found
        return found.items

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Describe the rows of this page of the list."""
        context = super().get_context_data(**kwargs)
        asked = {**self.question.query(), "what": self.request.GET.get("what", "changes")}
        lines = self.facts.describe(list(context["object_list"]))
        return {
            **context,
            "facts": self.facts,
            "lines": lines,
            "kinds": KINDS,
            "asked": asked,
            "asked_query": urlencode(asked),
        }


class AssessmentView(OurReportView):
    """年度考核表 (A27): four blocks a unit, for the screen and for A4 across."""

    template_name = "policy_pages/admin/report_sheet.html"
    page_title = gettext_lazy("年度考核表")
    index_url_name = "policy_pages_assessment"
    default_period = staticmethod(year_of)

    def get_queryset(self) -> list:
        """The units' figures."""
        self.figures = Figures(self.question)
        return self.figures.rows

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the sheet."""
        shown = table(str(self.page_title), sheet_blocks(self.figures.duties), self.figures)
        return super().get_context_data(**kwargs, sheet=shown, printed_at=timezone.now())


def chart_data(figures: Figures) -> dict[str, Any]:
    """What the charts draw: of units with something to show. Everything in it stands in the tables too."""
    duty = figures.question.duty
    rows = [(row.unit.short_name, row.of(duty)) for row in figures.rows if row.unit]
    return {
        "rates": [
            {"name": name, "value": round(tally.rate * 100, 1), "text": percent(tally.rate)}
            for name, tally in rows
            if tally.rate is not None
        ],
        "days": [
            {"name": name, "department": tally.all_days - tally.bureau_days, "bureau": tally.bureau_days}
            for name, tally in rows
            if tally.all_days
        ],
        "quarters": [
            {
                "name": period.code,
                "value": None if tally.rate is None else round(tally.rate * 100, 1),
                "text": percent(tally.rate),
            }
            for period, tally in figures.quarters
        ],
        "words": {"department": _("部门"), "bureau": _("审批局"), "days": _("天")},
    }


@require_POST
def export(request: StaffRequest, which: str) -> HttpResponse:
    """The report as a file, for what was asked; recorded, therefore by POST. What is typed wrong goes back to its page."""
    require_reader(request.user)
    form, question = ask(request.POST, request.user, year_of if which == "assessment" else quarter_of)
    kind = request.POST.get("format", "")
    if kind not in FORMATS or not form.is_valid():
        name, extra = SHOWN_AT[which]
        typed = {**extra, **{field: request.POST[field] for field in form.fields if request.POST.get(field)}}
        return redirect(f"{reverse(name)}?{urlencode(typed)}")
    content = export_report(question=question, which=which, kind=kind, actor=request.user)
    headers = {
        "Content-Disposition": content_disposition_header(True, file_name(question, which, kind)) or "",
        "Cache-Control": "no-store",
    }
    return HttpResponse(content, content_type=FORMATS[kind], headers=headers)


# --- Frozen editions ---------------------------------------------------------------------------------------------


@transaction.non_atomic_requests
@require_http_methods(["GET", "HEAD", "POST"])
def frozen(request: StaffRequest) -> HttpResponse:
    """固定报告: every edition with its hash; the moderator draws up another by POST, looks at it and confirms it by POST.

    Not in the one transaction of a request: `freeze_report` reads the whole chain first and then opens its own.
    """
    require_checker(request.user)
    if request.method != "POST":
        return _frozen_page(request, {}, {})
    typed = {name: request.POST.get(name, "").strip() for name in ("period", "note")}
    asked: dict[str, Any] = {"code": typed["period"], "note": typed["note"], "actor": request.user}
    try:
        if "confirm" not in request.POST:
            return _preview_page(request, preview_report(**asked))
        report = freeze_report(**asked)
    except ValidationError as error:
        return _frozen_page(request, typed, error.message_dict)
    messages.success(request, _("%s已固定并公开。") % report)
    return redirect("policy_pages_frozen_reports")


def _preview_page(request: StaffRequest, report: FrozenReport) -> HttpResponse:
    """The figures as they would be frozen, and below them the button."""
    context = {"report": report, "period": read_period(report.period)}
    return TemplateResponse(request, "policy_pages/admin/frozen_preview.html", context)


def _frozen_page(request: StaffRequest, typed: dict[str, str], faults: dict[str, list[str]]) -> HttpResponse:
    today = timezone.localdate()
    context = {
        "reports": FrozenReport.objects.select_related("frozen_by"),
        "typed": typed,
        "faults": faults,
        "periods": [period for period in offered_periods(today) if period.has_ended(today)],
        "may_freeze": may(request.user, Resource.REPORT, Verb.FREEZE),
    }
    status = 422 if faults else 200
    return TemplateResponse(request, "policy_pages/admin/frozen_reports.html", context, status=status)


@require_safe
def frozen_check(request: StaffRequest, report_id: int) -> HttpResponse:
    """重算核对: one edition, recomputed from the event chain while one waits."""
    require_checker(request.user)
    report = get_object_or_404(FrozenReport.objects.select_related("frozen_by"), pk=report_id)
    context = {"report": report, "period": read_period(report.period), "differences": differences(report)}
    return TemplateResponse(request, "policy_pages/admin/frozen_check.html", context)


def require_reader(user: User) -> None:
    """Raise PermissionDenied for who reads no unit's report."""
    if not may(user, Resource.REPORT, Verb.READ):
        raise PermissionDenied


def may_check(user: User) -> bool:
    """Whether the person sees frozen editions recomputed: who freezes, and who reads the chain."""
    return may(user, Resource.REPORT, Verb.FREEZE) or may(user, Resource.EVENT, Verb.READ)


def require_checker(user: User) -> None:
    """Raise PermissionDenied for who neither freezes nor reads the chain."""
    if not may_check(user):
        raise PermissionDenied
