"""申报期限告知 in the back office: what departments told, what the bureau signed for, corrected or struck out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic

from accounts.enums import Resource, Verb
from accounts.permissions import OwnOrAllPolicy, may
from audit.services import current_calendar
from audit.templatetags.deadlines import chinese_date, verdict_words
from audit.viewsets.base import NarrowViewSet
from policy_pages.forms.register import WindowCorrectionForm
from policy_pages.models import WindowNotice
from policy_pages.services.windows import cancel_notice, correct_notice, receive_notice

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpResponse

    from accounts.permissions import StaffRequest
    from audit.rules import WorkCalendar


def standing(notice: WindowNotice) -> str:
    """Where the notice stands, in a word."""
    if notice.cancelled_at:
        return _("已撤销")
    if notice.published_at:
        return _("已公开")
    return _("已签收，待公开") if notice.received_at else _("待签收")


class WindowIndexView(generic.IndexView):
    """Notices of the person's departments; to others the list does not exist."""

    def get_base_queryset(self) -> QuerySet:
        """The person's, with what the columns show, in one query."""
        rows = WindowNotice.objects.visible_to(self.request.user)
        return rows.select_related("department", "clock__rule")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Judge every row with the calendar fetched once."""
        context = super().get_context_data(**kwargs)
        calendar: WorkCalendar = current_calendar()
        for row in context["object_list"]:
            row.punctuality = _("已撤销") if row.cancelled_at else verdict_words(row.verdict(calendar))
        return context


class WindowDetailView(View):
    """One notice; the bureau signs for it, corrects its day or strikes it out."""

    template = "policy_pages/admin/window_notice.html"

    def setup(self, request: StaffRequest, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Find the notice among the person's; to others it does not exist."""
        super().setup(request, *args, **kwargs)
        notices = WindowNotice.objects.visible_to(request.user)
        self.notice = get_object_or_404(notices.select_related("clock__rule", "department"), pk=kwargs["pk"])

    def get(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Show it."""
        return self._show(request, WindowCorrectionForm(initial={"decided_on": self.notice.decided_on}))

    def post(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Sign, correct or strike out."""
        action = request.POST.get("action", "")
        if action not in {"receive", "correct", "cancel"}:
            raise BadRequest(_("没有这个操作。"))
        if action == "receive":
            receive_notice(notice=self.notice, actor=request.user)
            messages.success(request, _("已签收。"))
            return redirect(request.path)
        if not may(request.user, Resource.WINDOW_NOTICE, Verb.ACKNOWLEDGE):
            raise PermissionDenied
        form = WindowCorrectionForm(request.POST)
        if not form.is_valid():
            return self._show(request, form)
        facts = {"notice": self.notice, "reason": form.cleaned_data["reason"], "actor": request.user}
        try:
            if action == "cancel":
                cancel_notice(**facts)
            else:
                correct_notice(decided_on=form.cleaned_data["decided_on"], **facts)
        except ValidationError as error:
            form.add_error(None, error.messages)
            return self._show(request, form)
        messages.success(
            request, _("已撤销，理由已记入审计链。") if action == "cancel" else _("已更正，原日期和理由都保留。")
        )
        return redirect(request.path)

    def _show(self, request: StaffRequest, form: WindowCorrectionForm) -> HttpResponse:
        may_act = may(request.user, Resource.WINDOW_NOTICE, Verb.ACKNOWLEDGE)
        context = {
            "notice": self.notice,
            "standing": standing(self.notice),
            "verdict": self.notice.verdict(),
            "form": form,
            "may_receive": may_act and self.notice.is_open and self.notice.received_at is None,
            "may_correct": may_act and self.notice.cancelled_at is None,
            "history": self.notice.history.select_related("history_user"),
        }
        return TemplateResponse(request, self.template, context)


class WindowNoticeViewSet(NarrowViewSet):
    """申报期限告知: list and look at; made by saving a guide, never by hand."""

    model = WindowNotice
    name = "window_notices"
    url_prefix = "window-notices"
    icon = "date"
    menu_label = gettext_lazy("申报期限告知")
    menu_order = 115
    add_to_admin_menu = True
    index_view_class = WindowIndexView
    list_per_page = 20
    search_fields = ("title",)
    list_display = [
        TitleColumn("title", label=gettext_lazy("事项"), url_name="window_notices:detail"),
        Column("department", label=gettext_lazy("单位"), accessor="department.short_name"),
        Column("decided", label=gettext_lazy("期限确定日期"), accessor=lambda row: chinese_date(row.decided_on)),
        Column("notified", label=gettext_lazy("告知日期"), accessor=lambda row: chinese_date(row.notified_at)),
        Column("punctuality", label=gettext_lazy("告知是否按时"), accessor="punctuality"),
        Column(
            "window",
            label=gettext_lazy("申报期限"),
            accessor=lambda row: f"{row.window_start:%Y-%m-%d} 至 {row.window_end:%Y-%m-%d}",
        ),
        Column("standing", label=gettext_lazy("情况"), accessor=standing),
    ]

    @cached_property
    def permission_policy(self) -> OwnOrAllPolicy:
        """The table of rights."""
        return OwnOrAllPolicy(WindowNotice, Resource.WINDOW_NOTICE, {"view": Verb.READ})

    def get_urlpatterns(self) -> list:
        """List and detail."""
        return [*super().get_urlpatterns(), path("<int:pk>/", WindowDetailView.as_view(), name="detail")]
