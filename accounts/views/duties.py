"""One clock of the board: facts, days, notices, history; the bureau chases, relieves or has it judged anew."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views import View
from wagtail.admin import messages

from accounts.enums import Resource, Verb
from accounts.permissions import departments_with, may
from audit.enums import DISPENSABLE_DUTIES, Outcome, Side
from audit.models import DutyClock, Event
from audit.services import current_calendar
from audit.services.clocks import judgement
from audit.services.notices import chase, notice_words, rejudge, relieve
from audit.services.registry import shown_to
from audit.viewsets.duties import history_of, rows
from audit.viewsets.events import action_label

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import User
    from accounts.permissions import StaffRequest
    from audit.rules import Judgement

#: What each button asks for; its field; what is said when it is done.
CHASE, RELIEVE, REJUDGE = "chase", "relieve", "rejudge"
VERBS = {CHASE: Verb.CHASE, RELIEVE: Verb.RELIEVE, REJUDGE: Verb.REJUDGE}


def readable_clocks(user: User) -> Q:
    """Clocks that the person may read: what his departments owe, and what the bureau does about their items."""
    own = departments_with(user, Resource.DUTY, Verb.READ).values("pk")
    return Q(department__in=own) | Q(concerned__in=own)


def elsewhere(user: User, pk: int) -> str:
    """Where the person finds the object of a clock whose page is not for him; empty if nowhere, or if there is no such clock."""
    clocks = DutyClock.objects.filter(pk=pk)
    return "".join(shown.url for shown in shown_to(user, clocks).values())


class DutyView(View):
    """One clock; to strangers it does not exist.

    Notices lead here. The account officer, who reads filings and no clocks, is led on to the filing.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Find the clock among those the person may read."""
        clocks = DutyClock.objects.select_related("rule", "department", "concerned")
        user: Any = request.user
        try:
            self.clock = get_object_or_404(clocks, readable_clocks(user), pk=kwargs["pk"])
        except Http404:
            url = elsewhere(user, kwargs["pk"]) if request.method == "GET" else ""
            if not url:
                raise
            return redirect(url)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Show it."""
        return self._show(request)

    def post(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Chase, relieve or judge anew; what is wrong is said beside what was typed."""
        action, text = request.POST.get("action", ""), request.POST.get("text", "")
        if action not in VERBS or not may(request.user, Resource.DUTY, VERBS[action]):
            raise PermissionDenied
        try:
            if action == CHASE:
                notice = chase(clock=self.clock, message=text, actor=request.user)
                messages.success(request, _("已督办：%(unit)s，邮件 %(mails)d 封。") % _told(notice))
            elif action == RELIEVE:
                relieve(clock=self.clock, reason=text, actor=request.user)
                messages.success(request, _("已免除，理由已记入审计链。"))
            else:
                rejudge(clock=self.clock, reason=text, actor=request.user)
                messages.success(request, _("已重新裁定，原结论和理由都保留在历史中。"))
        except ValidationError as error:
            return self._show(request, failed=action, text=text, faults=error.messages)
        return redirect("duties:detail", self.clock.pk)

    def _show(self, request: StaffRequest, failed: str = "", text: str = "", faults: Any = ()) -> HttpResponse:
        clock, user = self.clock, request.user
        row = rows([clock], user)[0]
        anew = judged_anew(clock)
        actions = {
            CHASE: clock.is_open,
            RELIEVE: clock.is_open and clock.rule.code in DISPENSABLE_DUTIES,
            REJUDGE: anew is not None,
        }
        events = Event.objects.for_object(clock.object_type, clock.object_id)
        context = {
            "row": row,
            "clock": clock,
            "handovers": [
                (Side(entry["side"]).label, datetime.datetime.fromisoformat(entry["at"])) for entry in clock.handovers
            ],
            "notices": [{"notice": one, "words": notice_words(one)} for one in clock.notices.select_related("sent_by")],
            "steps": history_of(clock),
            "events": [(event, action_label(event.action)) for event in events]
            if clock.object_id and may(user, Resource.EVENT, Verb.READ)
            else [],
            "anew": anew,
            "outcome": Outcome(clock.outcome).label,
            "allowed": {name for name, is_open in actions.items() if is_open and may(user, Resource.DUTY, VERBS[name])},
            "failed": failed,
            "text": text,
            "faults": faults,
        }
        return TemplateResponse(request, "audit/admin/duty.html", context)


def judged_anew(clock: DutyClock) -> dict[str, Any] | None:
    """What today's calendar gives of a finished clock, where it is another verdict than the one kept; else None."""
    if clock.finished_at is None:
        return None
    anew: Judgement = judgement(clock, current_calendar())
    if anew == (clock.outcome, clock.due_on, clock.used, clock.bureau_used):
        return None
    return {"outcome": Outcome(anew.outcome).label, "due": anew.due, "used": anew.used}


def _told(notice: Any) -> dict[str, Any]:
    return {"unit": notice.department.short_name, "mails": notice.mails}
