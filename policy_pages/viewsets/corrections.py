"""纠错 in the back office: the unit takes up, answers and supplements, the bureau sends to another unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.forms import Form
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from wagtail.admin import messages
from wagtail.admin.ui.tables import BaseColumn, Column, TitleColumn
from wagtail.admin.views import generic

from accounts.enums import Resource, Verb
from accounts.permissions import OwnOrAllPolicy, may
from accounts.viewsets.filings import VerdictColumn
from audit.services import current_calendar
from audit.templatetags.deadlines import chinese_date
from audit.viewsets.base import NarrowViewSet
from policy_pages.feedback.forms import AnswerForm, ReassignForm, SupplementForm, TakeForm
from policy_pages.feedback.services import answer_ticket, reassign_ticket, supplement_ticket, take_ticket
from policy_pages.models import CorrectionTicket
from policy_pages.permissions import readable_pages

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpResponse

    from accounts.permissions import StaffRequest
    from audit.rules import Verdict

#: What may be done: the form it takes, and the right it needs.
ACTIONS: dict[str, tuple[type[Form], Verb]] = {
    "take": (TakeForm, Verb.ANSWER),
    "answer": (AnswerForm, Verb.ANSWER),
    "supplement": (SupplementForm, Verb.ANSWER),
    "reassign": (ReassignForm, Verb.REASSIGN),
}


class CorrectionIndexView(generic.IndexView):
    """Reports about the pages of the person's departments, the most urgent first."""

    def get_base_queryset(self) -> QuerySet:
        """The person's, with what the columns show, in one query."""
        rows = CorrectionTicket.objects.visible_to(self.request.user)
        return rows.select_related("department", "clock__rule")

    def order_queryset(self, queryset: Any) -> QuerySet:
        """The most urgent first, unless a column was asked for."""
        return super().order_queryset(queryset) if self.is_explicitly_ordered else queryset.urgent_first()

    @cached_property
    def columns(self) -> list[BaseColumn]:
        """All verdicts by one calendar."""
        calendar, today = current_calendar(), timezone.localdate()

        def verdict(row: CorrectionTicket) -> Verdict:
            return row.clock.verdict(today, calendar)

        return [
            TitleColumn("title", label=gettext_lazy("页面"), url_name="corrections:detail"),
            Column("kind", label=gettext_lazy("差错类型"), accessor="get_kind_display"),
            Column("department", label=gettext_lazy("单位"), accessor="department.short_name"),
            Column(
                "received_at",
                label=gettext_lazy("收到"),
                accessor=lambda row: chinese_date(row.received_at),
                sort_key="received_at",
            ),
            Column("due", label=gettext_lazy("答复期限"), accessor=lambda row: chinese_date(row.clock.due_on) or "—"),
            VerdictColumn("verdict", label=gettext_lazy("时限"), accessor=verdict),
            Column("state", label=gettext_lazy("情况"), accessor="state.label"),
        ]


class CorrectionView(View):
    """One report; to strangers it does not exist."""

    template = "policy_pages/admin/correction.html"

    def setup(self, request: StaffRequest, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Find the report among the person's."""
        super().setup(request, *args, **kwargs)
        tickets = CorrectionTicket.objects.visible_to(request.user)
        self.ticket = get_object_or_404(tickets.select_related("clock__rule", "department"), pk=kwargs["pk"])

    def get(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Show it."""
        return self._show(request)

    def post(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Take up, answer, supplement or send on; what is wrong is said beside what was typed."""
        action = request.POST.get("action", "")
        if action not in ACTIONS:
            raise BadRequest(_("没有这个操作。"))
        if not may(request.user, Resource.CORRECTION, ACTIONS[action][1], self.ticket.department):
            raise PermissionDenied
        form = self._form(action, request.POST)
        if form.is_valid():
            try:
                messages.success(request, self._act(action, form.cleaned_data, request))
            except ValidationError as error:
                form.add_error(None, error.messages)
            else:
                return redirect(request.path)
        return self._show(request, {action: form})

    def _form(self, action: str, data: Any = None) -> Form:
        facts = {"ticket": self.ticket} if action == "reassign" else {}
        # Each form stands on the page beside the others: no two fields of one id.
        return ACTIONS[action][0](data, auto_id=f"id_{action}_%s", **facts)

    def _act(self, action: str, data: dict[str, Any], request: StaffRequest) -> str:
        facts: dict[str, Any] = {"ticket": self.ticket, "actor": request.user}
        if action == "take":
            take_ticket(**facts)
            return _("已记下开始处理，反映人凭回执号看到“处理中”。")
        if action == "answer":
            answer_ticket(**data, **facts)
            return _("已答复，反映人凭回执号可以看到。")
        if action == "supplement":
            supplement_ticket(text=data["supplement"], **facts)
            return _("已补充。")
        reassign_ticket(**data, **facts)
        return _("已转%s办理，期限不变，理由已记入历史。") % self.ticket.department.short_name

    def _show(self, request: StaffRequest, failed: dict[str, Form] | None = None) -> HttpResponse:
        ticket, user = self.ticket, request.user
        may_answer = may(user, Resource.CORRECTION, Verb.ANSWER, ticket.department)
        may_reassign = may(user, Resource.CORRECTION, Verb.REASSIGN, ticket.department)
        offered = {
            "take": may_answer and ticket.is_open and ticket.taken_at is None,
            "answer": may_answer and ticket.is_open,
            "supplement": may_answer and not ticket.is_open and ticket.supplemented_at is None,
            "reassign": may_reassign and ticket.is_open,
        }
        context = {
            "ticket": ticket,
            "verdict": ticket.verdict(),
            "has_dossier": readable_pages(user).filter(pk=ticket.page_id or 0).exists(),
            "may_see_contact": may(user, Resource.CORRECTION, Verb.CONTACT, ticket.department),
            "forms": {name: (failed or {}).get(name) or self._form(name) for name, is_on in offered.items() if is_on},
            "history": ticket.history.select_related("history_user", "department"),
        }
        return TemplateResponse(request, self.template, context)


class CorrectionViewSet(NarrowViewSet):
    """纠错: list, and one. Made by visitors, never by hand; none is changed or deleted."""

    model = CorrectionTicket
    name = "corrections"
    icon = "edit"
    menu_label = gettext_lazy("纠错")
    menu_order = 118
    add_to_admin_menu = True
    index_view_class = CorrectionIndexView
    list_per_page = 20
    search_fields = ("title", "text", "path")

    @cached_property
    def permission_policy(self) -> OwnOrAllPolicy:
        """The table of rights."""
        return OwnOrAllPolicy(CorrectionTicket, Resource.CORRECTION, {"view": Verb.READ})

    def get_urlpatterns(self) -> list:
        """List and detail."""
        return [*super().get_urlpatterns(), path("<int:pk>/", CorrectionView.as_view(), name="detail")]
