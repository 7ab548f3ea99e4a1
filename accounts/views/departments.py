"""The page of one unit: what it is, and the day on which it was founded, which the account officer keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views import View
from wagtail.admin import messages

from accounts.enums import Resource, Verb
from accounts.forms.departments import FoundingForm
from accounts.permissions import departments_with, may
from accounts.services.departments import OBJECT_TYPE, set_founding_day
from audit.models import Event
from audit.viewsets.events import action_label

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import StaffRequest


class DepartmentView(View):
    """One unit; whoever keeps units sets the day it was founded by POST."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Find the unit among those the person may read; to others it does not exist."""
        super().setup(request, *args, **kwargs)
        user: Any = request.user
        units = departments_with(user, Resource.DEPARTMENT, Verb.READ).select_related("parent")
        self.department = get_object_or_404(units, pk=kwargs["pk"])

    def get(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Show it, with the day as it stands."""
        return self._show(request, FoundingForm(initial={"established_on": self.department.established_on}))

    def post(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Set the day, or show every fault beside what was typed."""
        if not may(request.user, Resource.DEPARTMENT, Verb.WRITE):
            raise PermissionDenied
        form = FoundingForm(request.POST)
        if not form.is_valid():
            return self._show(request, form)
        try:
            set_founding_day(department=self.department, actor=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_faults(error.message_dict)
            return self._show(request, form)
        messages.success(request, _("设立日期已登记，原来的日期和依据保留在审计链中。"))
        return redirect("departments:detail", pk)

    def _show(self, request: StaffRequest, form: FoundingForm) -> HttpResponse:
        events = Event.objects.for_object(OBJECT_TYPE, self.department.pk)
        context = {
            "department": self.department,
            "form": form,
            "may_write": may(request.user, Resource.DEPARTMENT, Verb.WRITE),
            "timeline": [
                {"event": event, "action": action_label(event.action), "words": told(event.payload)} for event in events
            ],
        }
        return TemplateResponse(request, "accounts/admin/department.html", context)


def told(payload: dict[str, Any]) -> str:
    """What an event of a unit says of the day it was founded: both days and the reason; of others nothing."""
    if "established_on" not in payload:
        return ""
    days = {name: payload[name] or _("未登记") for name in ("before", "established_on")}
    return _("%(before)s → %(established_on)s；%(reason)s") % {**days, "reason": payload["reason"]}
