"""时限规则: every version of every duty's limit, who set it and why; the bureau adds versions, nobody changes one in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from wagtail.admin import messages
from wagtail.admin.ui.tables import BaseColumn, Column
from wagtail.admin.views import generic

from accounts.enums import Resource, Verb
from accounts.forms.duty_rules import DutyRuleForm, WithdrawalForm
from accounts.permissions import TablePolicy, may
from audit.models import DutyRule
from audit.services.duty_rules import set_rule, withdraw_rule, withdrawal_fault
from audit.templatetags.deadlines import chinese_date
from audit.viewsets import NarrowViewSet
from audit.viewsets.events import chinese_moment

if TYPE_CHECKING:
    from typing import Any

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

    from accounts.permissions import StaffRequest


class DutyRuleCreateView(View):
    """A new version of a duty's limit."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse who keeps no rules."""
        if not may(request.user, Resource.DUTY_RULE, Verb.WRITE):  # type: ignore[arg-type]  # behind the admin's login
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def get(self, request: StaffRequest) -> HttpResponse:
        """The empty form."""
        return self._show(request, DutyRuleForm())

    def post(self, request: StaffRequest) -> HttpResponse:
        """Add the version, or show every fault beside what was typed."""
        form = DutyRuleForm(request.POST)
        if not form.is_valid():
            return self._show(request, form)
        try:
            rule = set_rule(actor=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_faults(error.message_dict)
            return self._show(request, form)
        day = chinese_date(rule.effective_from)
        messages.success(request, _("已设定：%(rule)s，自 %(day)s 起施行。") % {"rule": rule, "day": day})
        return redirect("duty_rules:index")

    def _show(self, request: StaffRequest, form: DutyRuleForm) -> HttpResponse:
        return TemplateResponse(request, "audit/admin/duty_rule_form.html", {"form": form})


class DutyRuleWithdrawView(View):
    """Take back a version that no clock has used: what it says, why it goes, and the button."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse who keeps no rules."""
        if not may(request.user, Resource.DUTY_RULE, Verb.WRITE):  # type: ignore[arg-type]  # behind the admin's login
            raise PermissionDenied
        self.rule = get_object_or_404(DutyRule.objects.select_related("set_by"), pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def get(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Ask for the reason."""
        return self._show(request, WithdrawalForm())

    def post(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Take it back, or say what keeps it."""
        form = WithdrawalForm(request.POST)
        if not form.is_valid():
            return self._show(request, form)
        told = str(self.rule)
        try:
            withdraw_rule(rule=self.rule, actor=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
            return self._show(request, form)
        messages.success(request, _("已撤回：%s。") % told)
        return redirect("duty_rules:index")

    def _show(self, request: StaffRequest, form: WithdrawalForm) -> HttpResponse:
        context = {"form": form, "rule": self.rule, "fault": withdrawal_fault(self.rule)}
        return TemplateResponse(request, "audit/admin/duty_rule_withdraw.html", context)


class DutyRuleIndexView(generic.IndexView):
    """All versions, by duty, the newest first."""

    add_item_label = gettext_lazy("设定新的天数")

    def get_base_queryset(self) -> QuerySet:
        """With who set it, in one query."""
        return DutyRule.objects.select_related("set_by")

    def order_queryset(self, queryset: QuerySet) -> QuerySet:
        """By duty."""
        return queryset.order_by("code", "-effective_from")

    @cached_property
    def columns(self) -> list[BaseColumn]:
        """Every duty by its name."""
        names = DutyRule.objects.duties()
        return [
            Column("duty", label=gettext_lazy("事项"), accessor=lambda rule: names[rule.code]),
            Column("article", label=gettext_lazy("条款"), accessor="article"),
            Column(
                "days", label=gettext_lazy("天数"), accessor=lambda rule: f"{rule.days} 个{rule.get_unit_display()}"
            ),
            Column(
                "effective_from",
                label=gettext_lazy("施行日期"),
                accessor=lambda rule: chinese_date(rule.effective_from),
            ),
            Column(
                "kind",
                label=gettext_lazy("天数由来"),
                accessor=lambda rule: _("审批局设定") if rule.is_setting else _("办法规定"),
            ),
            Column("source", label=gettext_lazy("依据"), accessor=lambda rule: rule.source or "—"),
            Column("set", label=gettext_lazy("设定人和时间"), accessor=set_in_words),
            WithdrawalColumn("withdraw", label=gettext_lazy("撤回"), accessor="pk"),
        ]


def set_in_words(rule: DutyRule) -> str:
    """Who set the version, and when."""
    if rule.set_at is None:
        return _("系统预置")
    return f"{rule.set_by or _('系统')}，{chinese_moment(rule.set_at)}"


class WithdrawalColumn(Column):
    """Where a version may be taken back, the way there."""

    cell_template_name = "audit/admin/withdrawal_cell.html"

    def get_cell_context_data(self, instance: DutyRule, parent_context: Any) -> dict[str, Any]:
        """Whether this person may take this version back. A query for each version set for today or later."""
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        keeps = may(parent_context["request"].user, Resource.DUTY_RULE, Verb.WRITE)
        return {**context, "is_offered": keeps and not withdrawal_fault(instance)}


class DutyRuleViewSet(NarrowViewSet):
    """时限规则: list and new version."""

    model = DutyRule
    name = "duty_rules"
    url_prefix = "duty-rules"
    icon = "list-ol"
    menu_label = gettext_lazy("时限规则")
    menu_order = 435
    add_to_admin_menu = True
    views = ("index", "index_results", "add")
    index_view_class = DutyRuleIndexView
    list_per_page = 50

    @cached_property
    def permission_policy(self) -> TablePolicy:
        """The table of rights."""
        return TablePolicy(DutyRule, Resource.DUTY_RULE, {"view": Verb.READ, "add": Verb.WRITE})

    def get_urlpatterns(self) -> list[URLPattern]:
        """List, the form of a new version, and the way back from a slip."""
        kept = [pattern for pattern in super().get_urlpatterns() if pattern.name != "add"]
        return [
            *kept,
            path("new/", DutyRuleCreateView.as_view(), name="add"),
            path("<int:pk>/withdraw/", DutyRuleWithdrawView.as_view(), name="withdraw"),
        ]
