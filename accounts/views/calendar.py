"""录入放假通知: paste, look at the year, confirm. Nothing is kept between the steps; the text travels in the page."""

from __future__ import annotations

import datetime
from calendar import Calendar
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views import View
from wagtail.admin import messages

from accounts.enums import Resource, Verb
from accounts.forms.calendar import ConfirmForm, NoticeForm
from accounts.permissions import may
from audit.errors import Conflict
from audit.rules.notices import in_chinese
from audit.services import clock_effect, enter_year

if TYPE_CHECKING:
    from django.http import HttpResponse

    from accounts.permissions import StaffRequest
    from audit.rules.notices import Notice
    from audit.services import EnteredYear, YearPlan

_SATURDAY = 5


class Cell(NamedTuple):
    """A day of a month's table: its word is 休, 班 or empty; `kind` names its look."""

    number: int
    word: str
    kind: str


class NoticeView(View):
    """Three steps at one address, told apart by `step`: preview, confirm, or back to the text."""

    def dispatch(self, request: StaffRequest, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Refuse whoever does not keep the calendar."""
        if not may(request.user, Resource.CALENDAR, Verb.WRITE):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: StaffRequest) -> HttpResponse:
        """The empty form."""
        return self._form(request, NoticeForm.preset())

    def post(self, request: StaffRequest) -> HttpResponse:
        """Read what was pasted; show it, or enter it once it is confirmed."""
        step = request.POST.get("step", "")
        if step == "back":
            return self._form(request, NoticeForm(initial=request.POST.dict()))
        form = NoticeForm(request.POST)
        if not form.is_valid():
            return self._form(request, form)
        if step != "confirm":
            return self._preview(request, form)
        return self._enter(request, form)

    def _enter(self, request: StaffRequest, form: NoticeForm) -> HttpResponse:
        confirm = ConfirmForm(request.POST, plan=form.plan, warnings=form.read.warnings)
        if not confirm.is_valid():
            return self._preview(request, form, confirm)
        answer = confirm.cleaned_data
        try:
            entered = enter_year(
                **form.facts(form.cleaned_data),
                actor=request.user,
                reason=answer.get("reason", ""),
                seen=answer["seen"] or "-",
            )
        except Conflict as conflict:
            messages.error(request, str(conflict))
            return self._preview(request, form)
        messages.success(request, told(entered))
        return redirect("calendar_years:index")

    def _form(self, request: StaffRequest, form: NoticeForm) -> HttpResponse:
        return TemplateResponse(request, "accounts/admin/calendar_notice.html", {"form": form})

    def _preview(self, request: StaffRequest, form: NoticeForm, confirm: ConfirmForm | None = None) -> HttpResponse:
        plan, read = form.plan, form.read
        initial = {"seen": plan.seen, "reason": form.cleaned_data["reason"]}
        context = {
            "form": form,
            "hidden": [field.as_hidden() for field in form if field.name != "reason"],
            "confirm": confirm or ConfirmForm(initial=initial, plan=plan, warnings=read.warnings),
            "plan": plan,
            "read": read,
            "months": months(plan, read),
            "changes": changes_in_words(plan),
            "effect": clock_effect(plan.calendar),
        }
        return TemplateResponse(request, "accounts/admin/calendar_preview.html", context)


def told(entered: EnteredYear) -> str:
    """What came of it, in one message."""
    plan, running = entered.plan, entered.running
    if plan.is_needless:
        return _("%s 年的安排与已录入的完全一致，没有改动。") % plan.year
    words = [_("%s 年的放假安排已录入并确认。") % plan.year]
    words.append(_("%s 个等待安排的时限已算出截止日期，") % running.settled)
    words.append(_("%s 个截止日期有变动。") % running.moved)
    if running.hidden:
        words.append(_("%s 个时限改为等待安排。") % running.hidden)
    return "".join(words)


def months(plan: YearPlan, read: Notice) -> list[list[list[Cell | None]]]:
    """The twelve months as weeks from Monday to Sunday; None where no day is."""

    def cell(month: int, number: int) -> Cell | None:
        if not number:
            return None
        day = datetime.date(plan.year, month, number)
        if day in plan.calendar.work_days:
            return Cell(number, _("班"), "work")
        if day in plan.calendar.rest_days or day in read.off:
            return Cell(number, _("休"), "rest")
        return Cell(number, "", "weekend" if day.weekday() >= _SATURDAY else "plain")

    weeks = Calendar().monthdayscalendar
    return [[[cell(month, number) for number in week] for week in weeks(plan.year, month)] for month in range(1, 13)]


def changes_in_words(plan: YearPlan) -> list[tuple[str, str, str]]:
    """Each day that differs from what is stored: the day, what it is, what it will be."""
    return [
        (in_chinese(change.day), in_words(change.day, change.was), in_words(change.day, change.becomes))
        for change in plan.changes
    ]


def in_words(day: datetime.date, is_workday: bool | None) -> str:
    """What a day is: 放假, 调休上班, or what its weekday says."""
    if is_workday is None:
        return _("平常休息") if day.weekday() >= _SATURDAY else _("平常上班")
    return _("调休上班") if is_workday else _("放假")
