"""逾期说明 in the back office: the department writes, the bureau agrees or returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.forms import Form
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic

from accounts.enums import Resource, Verb
from accounts.permissions import OwnOrAllPolicy, departments_with, may
from audit.templatetags.deadlines import chinese_date
from audit.viewsets.base import NarrowViewSet
from policy_pages.forms.register import LateReasonForm, LateReturnForm
from policy_pages.models import ChangeRecord, LateReason
from policy_pages.services.lateness import is_late, publish_reason, return_reason, write_reason

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpResponse

    from accounts.permissions import StaffRequest


#: What may be done: the form it takes, and the right it needs.
ACTIONS: dict[str, tuple[type[Form], Verb]] = {
    "write": (LateReasonForm, Verb.WRITE),
    "publish": (LateReasonForm, Verb.DECIDE),
    "return": (LateReturnForm, Verb.DECIDE),
}


def standing(reason: LateReason) -> str:
    """Where it stands, in a word."""
    if reason.returned_because:
        return _("已退回，待修改")
    return _("待审批局审核") if reason.waits else _("已公开")


class LateReasonColumn(TitleColumn):
    """The change, whose number the detail page goes by."""

    def get_link_url(self, instance: LateReason, parent_context: Any) -> str:
        """To the detail page."""
        return reverse("late_reasons:detail", args=[instance.change_id])


class LateReasonIndexView(generic.IndexView):
    """Reasons of the person's departments, what waits first."""

    def get_base_queryset(self) -> QuerySet:
        """The person's, with what the columns show."""
        return LateReason.objects.visible_to(self.request.user).select_related("change__department")


class LateReasonView(View):
    """The reason of one change: written, agreed to, returned."""

    template = "policy_pages/admin/late_reason.html"

    def setup(self, request: StaffRequest, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Find the change among those whose reasons the person reads; one that is not late has no such page."""
        super().setup(request, *args, **kwargs)
        own = departments_with(request.user, Resource.LATE_REASON, Verb.READ)
        changes = ChangeRecord.objects.filter(department__in=own).select_related("clock__rule", "department")
        self.change = get_object_or_404(changes, pk=kwargs["pk"])
        self.reason = LateReason.objects.filter(change=self.change).first()
        if self.reason is None and not is_late(self.change):
            raise Http404

    def get(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Show it."""
        return self._show(request)

    def post(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Write, agree or return."""
        action = request.POST.get("action", "")
        if action not in ACTIONS:
            raise BadRequest(_("没有这个操作。"))
        form_class, right = ACTIONS[action]
        form = form_class(request.POST)
        if not may(request.user, Resource.LATE_REASON, right, self.change.department):
            raise PermissionDenied
        if not form.is_valid():
            return self._show(request, {action: form})
        try:
            message = self._act(action, form.cleaned_data, request)
        except ValidationError as error:
            form.add_error(None, error.messages)
            return self._show(request, {action: form})
        messages.success(request, message)
        return redirect(request.path)

    def _act(self, action: str, data: dict[str, Any], request: StaffRequest) -> str:
        if action == "write":
            write_reason(change=self.change, text=data["text"], actor=request.user)
            return _("已填写，审批局审核后公开。")
        if self.reason is None:
            raise Http404
        if action == "return":
            return_reason(reason=self.reason, text=data["text"], because=data["because"], actor=request.user)
            return _("已退回。")
        publish_reason(reason=self.reason, text=data["text"], actor=request.user)
        return _("已公开。")

    def _show(self, request: StaffRequest, failed: dict[str, Form] | None = None) -> HttpResponse:
        forms = failed or {}
        reason, read = self.reason, {"text": self.reason.text if self.reason else ""}
        waits = reason is not None and reason.waits
        may_decide = may(request.user, Resource.LATE_REASON, Verb.DECIDE, self.change.department)
        context = {
            "change": self.change,
            "verdict": self.change.verdict(),
            "reason": reason,
            "standing": standing(reason) if reason else _("未填写"),
            "write": forms.get("write") or LateReasonForm(initial=read),
            "publish": forms.get("publish") or LateReasonForm(initial=read, is_hidden=True),
            "return": forms.get("return") or LateReturnForm(initial=read),
            "may_write": may(request.user, Resource.LATE_REASON, Verb.WRITE, self.change.department),
            "may_decide": may_decide and waits,
            "history": reason.history.select_related("history_user") if reason else [],
        }
        return TemplateResponse(request, self.template, context)


class LateReasonViewSet(NarrowViewSet):
    """逾期说明: list, and one by its change."""

    model = LateReason
    name = "late_reasons"
    url_prefix = "late-reasons"
    icon = "warning"
    menu_label = gettext_lazy("逾期说明")
    menu_order = 117
    add_to_admin_menu = True
    index_view_class = LateReasonIndexView
    list_per_page = 20
    search_fields = ("change__title", "text")
    list_display = [
        LateReasonColumn("change", label=gettext_lazy("变更"), accessor="change.title"),
        Column("department", label=gettext_lazy("单位"), accessor="change.department.short_name"),
        Column("text", label=gettext_lazy("逾期原因"), accessor="text"),
        Column("written", label=gettext_lazy("填写日期"), accessor=lambda row: chinese_date(row.written_at)),
        Column("standing", label=gettext_lazy("情况"), accessor=standing),
    ]

    @cached_property
    def permission_policy(self) -> OwnOrAllPolicy:
        """The table of rights."""
        return OwnOrAllPolicy(LateReason, Resource.LATE_REASON, {"view": Verb.READ})

    def get_urlpatterns(self) -> list:
        """List and detail."""
        return [*super().get_urlpatterns(), path("<int:pk>/", LateReasonView.as_view(), name="detail")]
