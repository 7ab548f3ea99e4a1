"""Screens of 人员变更备案: report a change, look at a filing, settle it or strike it out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views import View
from wagtail.admin import messages

from accounts.enums import Resource, Verb
from accounts.forms.filings import CancellationForm, CompletionForm, CorrectionForm, FilingForm, faults_of
from accounts.models import AccountFiling
from accounts.permissions import may
from accounts.services.filings import (
    OBJECT_TYPE,
    cancel_filing,
    complete_filing,
    correct_filing,
    file_change,
    no_account_because,
)
from accounts.views.officer import slips_page
from audit.models import Event
from audit.services import current_calendar
from audit.viewsets.events import action_label

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import User
    from accounts.permissions import StaffRequest


class FilingCreateView(View):
    """新备案: the department reports who left and who came."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse who files for no department."""
        if not may(_person(request), Resource.FILING, Verb.WRITE):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def get(self, request: StaffRequest) -> HttpResponse:
        """The empty form."""
        return self._show(request, FilingForm(user=request.user))

    def post(self, request: StaffRequest) -> HttpResponse:
        """File, or show every fault beside what was typed."""
        form = FilingForm(request.POST, user=request.user)
        department = form.chosen_department() if form.is_valid() else None
        if department is None:
            return self._show(request, form)
        facts = {name: form.cleaned_data[name] for name in form.fields if name != "department"}
        try:
            filing = file_change(department=department, actor=request.user, **facts)
        except ValidationError as error:
            form.add_faults(faults_of(error))
            return self._show(request, form)
        if not AccountFiling.objects.visible_to(request.user).filter(pk=filing.pk).exists():
            # He filed his own departure: at his next request he is nobody here any more, so this page tells him all.
            context = {"filing": filing, "verdict": filing.filing_verdict(), "until": filing.completion_verdict()}
            return TemplateResponse(request, "accounts/admin/filing_done.html", context)
        messages.success(request, _("已备案（第 %d 号），等待审批局办结。") % filing.pk)
        return redirect("filings:detail", filing.pk)

    def _show(self, request: StaffRequest, form: FilingForm) -> HttpResponse:
        return TemplateResponse(request, "accounts/admin/filing_form.html", {"form": form})


class FilingView(View):
    """One filing with both clocks; the officer settles, corrects or strikes it out by POST."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Find the filing among those the person may read; to others it does not exist."""
        super().setup(request, *args, **kwargs)
        filings = AccountFiling.objects.visible_to(_person(request)).told_in_full().select_related("filed_by")
        self.filing = get_object_or_404(filings, pk=kwargs["pk"])

    def get(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Show it."""
        return self._show(request)

    def post(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Settle it, correct its date, or strike it out."""
        if not may(request.user, Resource.FILING, Verb.COMPLETE):
            raise PermissionDenied
        if request.POST.get("action") == "cancel":
            return self._cancel(request)
        if request.POST.get("action") == "correct":
            return self._correct(request)
        return self._complete(request)

    def _complete(self, request: StaffRequest) -> HttpResponse:
        form = CompletionForm(request.POST, filing=self.filing)
        if not form.is_valid():
            return self._show(request, completion=form)
        try:
            allotted = complete_filing(filing=self.filing, actor=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_faults(faults_of(error))
            return self._show(request, completion=form)
        if allotted:
            return slips_page(request, [allotted], screen=_("第 %d 号备案已办结") % self.filing.pk)
        messages.success(request, _("第 %d 号备案已办结。") % self.filing.pk)
        return redirect("filings:detail", self.filing.pk)

    def _cancel(self, request: StaffRequest) -> HttpResponse:
        form = CancellationForm(request.POST)
        if not form.is_valid():
            return self._show(request, cancellation=form)
        cancel_filing(filing=self.filing, reason=form.cleaned_data["reason"], actor=request.user)
        if self.filing.leaver.is_active:
            messages.success(request, _("已撤销，原账号恢复使用，理由已记入审计链。"))
        else:
            messages.warning(request, _("已撤销，角色已恢复；原账号另有停用原因，仍然停用。"))
        return redirect("filings:detail", self.filing.pk)

    def _correct(self, request: StaffRequest) -> HttpResponse:
        form = CorrectionForm(request.POST)
        if not form.is_valid():
            return self._show(request, correction=form)
        changed_on, reason = form.cleaned_data["changed_on"], form.cleaned_data["correction_reason"]
        try:
            correct_filing(filing=self.filing, changed_on=changed_on, reason=reason, actor=request.user)
        except ValidationError as error:
            form.add_faults(faults_of(error))
            return self._show(request, correction=form)
        messages.success(request, _("变更日期已更正，单位备案时限已重新计算，理由已记入审计链。"))
        return redirect("filings:detail", self.filing.pk)

    def _show(
        self,
        request: StaffRequest,
        completion: CompletionForm | None = None,
        cancellation: CancellationForm | None = None,
        correction: CorrectionForm | None = None,
    ) -> HttpResponse:
        filing, calendar = self.filing, current_calendar()
        is_officer = may(request.user, Resource.FILING, Verb.COMPLETE)
        may_settle = filing.is_open and is_officer
        context = {
            "filing": filing,
            "filing_verdict": filing.filing_verdict(calendar=calendar),
            "completion_verdict": filing.completion_verdict(calendar=calendar),
            "may_settle": may_settle,
            "may_correct": is_officer and not filing.cancelled_at,
            "no_account": no_account_because(filing),
            "completion": completion or (CompletionForm(filing=filing) if may_settle else None),
            "cancellation": cancellation or CancellationForm(),
            "correction": correction or CorrectionForm(),
            "timeline": [
                {"event": event, "action": action_label(event.action), "reason": event.payload.get("reason", "")}
                for event in Event.objects.for_object(OBJECT_TYPE, filing.pk)
            ],
        }
        return TemplateResponse(request, "accounts/admin/filing.html", context)


def _person(request: HttpRequest) -> User:
    """Who asks: behind the back office's log-in always an account."""
    return request.user  # type: ignore[return-value]  # never the anonymous visitor
