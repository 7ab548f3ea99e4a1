"""变更登记 in the back office: list, register, look at. Scoped by row; no view that could rewrite history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_filters
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.panels import FieldPanel, FieldRowPanel, ObjectList
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.models import Revision

from accounts.enums import Resource, Verb
from accounts.permissions import DepartmentScopedPolicy, ScopedIndex, is_moderator, may
from audit.services import current_calendar
from audit.templatetags.deadlines import chinese_date, verdict_words
from policy_pages.enums import ChangeKind, ChangeSubject, TriggerBasis
from policy_pages.forms.register import ChangeRecordForm, CorrectionForm, SettlementForm
from policy_pages.models import ApplicationGuidePage, ChangeRecord, PolicyDocumentPage, PolicyPage
from policy_pages.services.lateness import is_late
from policy_pages.services.register import cancel_change, correct_trigger, save_registration, settle_by_publication

if TYPE_CHECKING:
    import datetime

    from django.db.models import QuerySet
    from django.http import HttpResponse

    from accounts.models import User
    from accounts.permissions import StaffRequest
    from audit.rules import WorkCalendar


def readable_departments(request: StaffRequest) -> QuerySet:
    """The units a person's filter may name."""
    return request.user.visible_departments()


class ChangeFilterSet(WagtailFilterSet):
    """By kind, and by unit where the person reads several."""

    department = django_filters.ModelChoiceFilter(label=gettext_lazy("单位"), queryset=readable_departments)

    class Meta:
        model = ChangeRecord
        fields = ("kind", "department")


class ChangeIndexView(ScopedIndex, generic.IndexView):
    """The register, own departments only; a fixed number of queries, however many rows."""

    def get_base_queryset(self) -> QuerySet:
        """With what the columns show."""
        return super().get_base_queryset().select_related("clock__rule", "department")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Judge every row with the calendar fetched once."""
        context = super().get_context_data(**kwargs)
        calendar = current_calendar()
        for row in context["object_list"]:
            row.situation = situation(row, calendar)
        return context


class ChangeCreateView(generic.CreateView):
    """Register a change: the clock starts in the same transaction."""

    def save_instance(self) -> ChangeRecord:
        """Through the service, which writes clock and event."""
        return save_registration(change=self.form.save(commit=False), actor=self.request.user)

    def get_success_url(self) -> str:
        """On to the record, which offers to write the page."""
        return reverse(self.edit_url_name, args=[self.object.pk])


class ChangeDetailView(View):
    """One change: its clock, its history, what to do next; the bureau may correct or strike it out with a reason."""

    template = "policy_pages/admin/change.html"

    def setup(self, request: StaffRequest, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Find the change: own departments and the bureau's readers; to others it does not exist."""
        super().setup(request, *args, **kwargs)
        changes = ChangeRecord.objects.visible_to(request.user).select_related("clock", "department")
        self.change = get_object_or_404(changes, pk=kwargs["pk"])

    def get(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Show it."""
        return self._show(request)

    def post(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Correct the trigger date, settle the record by a publication that happened, or strike it out."""
        if not is_moderator(request.user):
            raise PermissionDenied
        if request.POST.get("action") == "settle":
            return self._settle(request)
        form = CorrectionForm(request.POST, department=self.change.department)
        if not form.is_valid():
            return self._show(request, form)
        reason = form.cleaned_data["reason"]
        try:
            if request.POST.get("action") == "cancel":
                cancel_change(change=self.change, reason=reason, actor=request.user)
                messages.success(request, _("已撤销，理由已记入审计链。"))
            else:
                self._correct(request, form.cleaned_data["trigger_date"], reason)
        except ValidationError as error:
            form.add_error(None, error)
            return self._show(request, form)
        return redirect(request.path)

    def _correct(self, request: StaffRequest, day: datetime.date, reason: str) -> None:
        """Correct the day; say which verdict it turned, and where the public text says another day."""
        before = situation(self.change, current_calendar())
        correct_trigger(change=self.change, trigger_date=day, reason=reason, actor=request.user)
        now = situation(self.change, current_calendar())
        turned = _("结论由“%(before)s”变为“%(now)s”。") % {"before": before, "now": now} if before != now else ""
        messages.success(request, _("已更正，原日期和理由都保留在历史中。") + turned)
        written = written_day(self.change)
        if written and written != day:
            words = _("公开的文件上写的%(basis)s是 %(day)s，与更正后的触发日期不同，请核对。")
            facts = {"basis": self.change.get_trigger_basis_display(), "day": chinese_date(written)}
            messages.warning(request, words % facts)

    def _settle(self, request: StaffRequest) -> HttpResponse:
        form = SettlementForm(request.POST, change=self.change)
        if not form.is_valid():
            return self._show(request, settlement=form)
        settle_by_publication(change=self.change, actor=request.user, **form.cleaned_data)
        messages.success(request, _("已按那次公开的时间办结，理由已记入审计链。"))
        return redirect(request.path)

    def _show(
        self, request: StaffRequest, form: CorrectionForm | None = None, settlement: SettlementForm | None = None
    ) -> HttpResponse:
        department = self.change.department
        form = form or CorrectionForm(initial={"trigger_date": self.change.trigger_date}, department=department)
        section = self.change.department.section_page
        is_document = self.change.subject == ChangeSubject.DOCUMENT
        model: type[PolicyPage] = PolicyDocumentPage if is_document else ApplicationGuidePage
        write_url = ""
        if (
            self.change.is_open
            and self.change.kind == ChangeKind.CREATED
            and section is not None
            and section.permissions_for_user(request.user).can_add_subpage()
        ):
            names = (model._meta.app_label, model._meta.model_name, section.pk)
            write_url = f"{reverse('wagtailadmin_pages:add', args=names)}?change={self.change.pk}"
        context = {
            "change": self.change,
            "verdict": self.change.verdict(),
            "form": form,
            "settlement": settlement or SettlementForm(change=self.change),
            "may_correct": is_moderator(request.user) and self.change.clock.cancelled_at is None,
            "may_explain": is_late(self.change) and may(request.user, Resource.LATE_REASON, Verb.READ, department),
            "write_label": _("写政策文件") if is_document else _("写申报指南"),
            "write_url": write_url,
            "history": told_history(self.change),
            "dossier": dossier_of(self.change, request.user),
        }
        return TemplateResponse(request, self.template, context)


class ChangeRecordViewSet(ModelViewSet):
    """变更登记: list, register, look at. Nobody edits or deletes a record."""

    model = ChangeRecord
    name = "changes"
    icon = "history"
    menu_label = gettext_lazy("变更登记")
    menu_order = 110
    add_to_admin_menu = True
    index_view_class = ChangeIndexView
    add_view_class = ChangeCreateView
    search_fields = ("title", "doc_number")
    filterset_class = ChangeFilterSet
    copy_view_enabled = False
    inspect_view_enabled = False
    edit_handler = ObjectList(
        [
            FieldPanel("department"),
            FieldRowPanel([FieldPanel("kind"), FieldPanel("subject")]),
            FieldPanel("title"),
            FieldPanel("doc_number"),
            FieldRowPanel([FieldPanel("trigger_date"), FieldPanel("trigger_basis")]),
            FieldPanel("evidence"),
        ],
        base_form_class=ChangeRecordForm,
    )

    @cached_property
    def permission_policy(self) -> DepartmentScopedPolicy:
        """Rows of the person's departments."""
        return DepartmentScopedPolicy(ChangeRecord)

    list_display = [
        TitleColumn("title", label=gettext_lazy("文件或事项"), url_name="changes:edit"),
        Column("kind", label=gettext_lazy("类型"), accessor="get_kind_display"),
        Column("department", label=gettext_lazy("单位"), accessor="department.short_name"),
        Column("trigger_date", label=gettext_lazy("触发日期"), accessor=lambda row: chinese_date(row.trigger_date)),
        Column("due", label=gettext_lazy("期限"), accessor=lambda row: chinese_date(row.clock.due_on)),
        Column("verdict", label=gettext_lazy("情况"), accessor="situation"),
    ]

    def get_urlpatterns(self) -> list:
        """List, register, look at; no delete, copy, usage or history view."""
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path("new/", self.add_view, name="add"),
            path("edit/<int:pk>/", ChangeDetailView.as_view(), name="edit"),
        ]


def told_history(change: ChangeRecord) -> list[Any]:
    """The registration and each correction or settlement with its reason, oldest first."""
    rows = list(change.history.select_related("history_user").order_by("history_date", "history_id"))
    return [row for row in rows if row is rows[0] or row.history_change_reason]


def written_day(change: ChangeRecord) -> datetime.date | None:
    """The day on which the change rests, as the public document itself says it; None where there is none."""
    page = change.page.specific if change.page else None
    name = {TriggerBasis.ISSUED: "issued_on", TriggerBasis.WRITTEN: "written_on"}.get(
        TriggerBasis(change.trigger_basis)
    )
    return getattr(page, name, None) if page and name else None


def dossier_of(change: ChangeRecord, user: User) -> str:
    """Address of the dossier of the page that carries the change out, or the latest draft that means to; empty for none."""
    draft = Revision.objects.page_revisions().filter(content__change=change.pk).order_by("-pk").first()
    number = change.page_id or (draft and draft.object_id)
    if not number or not may(user, Resource.DRAFT, Verb.READ, change.department):
        return ""
    return reverse("policy_pages_dossier", args=[number])


def situation(change: ChangeRecord, calendar: WorkCalendar) -> str:
    """已撤销, or the verdict in words."""
    return _("已撤销") if change.clock.cancelled_at else verdict_words(change.clock.verdict(calendar=calendar))
