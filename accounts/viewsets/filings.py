"""人员变更备案, list: who left, who came, and how both duties were kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django_filters
from django.db.models import F, Q
from django.urls import path
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import BaseColumn, Column, TitleColumn
from wagtail.admin.views import generic

from accounts.enums import Resource, Verb
from accounts.models import AccountFiling
from accounts.permissions import OwnOrAllPolicy, StaffRequest, departments_with
from accounts.views.filings import FilingCreateView, FilingView
from audit.services import current_calendar
from audit.templatetags.deadlines import chinese_date
from audit.viewsets import NarrowViewSet

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.urls import URLPattern

    from accounts.querysets import AccountFilingQuerySet, DepartmentQuerySet
    from audit.rules import Verdict

OPEN, SETTLED, CANCELLED, LATE_FILED, LATE_SETTLED = "open", "settled", "cancelled", "late_filed", "late_settled"
SITUATIONS = (
    (OPEN, gettext_lazy("待审批局办结")),
    (SETTLED, gettext_lazy("已办结")),
    (CANCELLED, gettext_lazy("已撤销")),
    (LATE_FILED, gettext_lazy("单位逾期备案")),
    (LATE_SETTLED, gettext_lazy("审批局逾期办结")),
)


def readable_departments(request: StaffRequest) -> DepartmentQuerySet:
    """Units whose filings the person may read."""
    return departments_with(request.user, Resource.FILING, Verb.READ).order_by("code")


class FilingFilterSet(WagtailFilterSet):
    """By unit, and by how it stands."""

    department = django_filters.ModelChoiceFilter(label=gettext_lazy("单位"), queryset=readable_departments)
    situation = django_filters.ChoiceFilter(
        label=gettext_lazy("情况"), method="filter_situation", choices=SITUATIONS, empty_label=gettext_lazy("全部")
    )

    class Meta:
        model = AccountFiling
        fields = ("department", "situation")

    def filter_situation(self, filings: AccountFilingQuerySet, name: str, value: str) -> QuerySet:
        """Late means: done, or still undone, after the last day that was announced; a calendar gap is never late.

        What was struck out is late nowhere: there was no change, so there was no duty.
        """
        today = timezone.localdate()
        undone = Q(completed_at=None, cancelled_at=None, completion_clock__due_on__lt=today)
        wanted = {
            OPEN: Q(completed_at=None, cancelled_at=None),
            SETTLED: Q(completed_at__isnull=False),
            CANCELLED: Q(cancelled_at__isnull=False),
            LATE_FILED: Q(cancelled_at=None, filed_at__date__gt=F("filing_clock__due_on")),
            LATE_SETTLED: undone | Q(completed_at__date__gt=F("completion_clock__due_on")),
        }
        return filings.filter(wanted[value])


class VerdictColumn(Column):
    """How a duty was kept, in words and colour."""

    cell_template_name = "accounts/admin/verdict_cell.html"


class FilingIndexView(generic.IndexView):
    """Filings the person may read: what the bureau owes first, its overdue ones above all."""

    filterset_class = FilingFilterSet
    add_item_label = gettext_lazy("新备案")

    def get_base_queryset(self) -> AccountFilingQuerySet:
        """With everything a row shows, in one query."""
        return AccountFiling.objects.visible_to(self.request.user).told_in_full()

    def order_queryset(self, queryset: AccountFilingQuerySet) -> QuerySet:
        """The most urgent first, unless a column was asked for."""
        return super().order_queryset(queryset) if self.is_explicitly_ordered else queryset.urgent_first()

    @cached_property
    def columns(self) -> list[BaseColumn]:
        """All verdicts by one calendar."""
        calendar, today = current_calendar(), timezone.localdate()

        def filed(row: AccountFiling) -> Verdict | None:
            return None if row.cancelled_at else row.filing_verdict(today, calendar)

        def settled(row: AccountFiling) -> Verdict | None:
            return None if row.cancelled_at else row.completion_verdict(today, calendar)

        return [
            TitleColumn(
                "leaver_name", label=gettext_lazy("原使用人"), accessor=leaver_words, url_name="filings:detail"
            ),
            Column("newcomer_name", label=gettext_lazy("新使用人"), accessor=lambda row: row.newcomer_name or "—"),
            Column("department", label=gettext_lazy("单位"), accessor="department.short_name"),
            Column(
                "changed_on",
                label=gettext_lazy("变更日期"),
                accessor=lambda row: chinese_date(row.changed_on),
                sort_key="changed_on",
            ),
            Column(
                "filed_at",
                label=gettext_lazy("备案"),
                accessor=lambda row: chinese_date(row.filed_at),
                sort_key="filed_at",
            ),
            VerdictColumn("filing", label=gettext_lazy("单位备案时限"), accessor=filed),
            VerdictColumn("completion", label=gettext_lazy("审批局办结时限"), accessor=settled),
            Column("situation", label=gettext_lazy("情况"), accessor="situation"),
        ]


def leaver_words(filing: AccountFiling) -> str:
    """`方可盈（swj-edit）`."""
    return f"{filing.leaver_name}（{filing.leaver.username}）"


class FilingViewSet(NarrowViewSet):
    """人员变更备案: list, file, look at; the officer settles on the page of one. Nobody edits or deletes."""

    model = AccountFiling
    name = "filings"
    icon = "user"
    menu_label = gettext_lazy("人员变更备案")
    menu_order = 120
    add_to_admin_menu = True
    views = ("index", "index_results", "add")
    index_view_class = FilingIndexView
    list_per_page = 50
    search_fields = ("leaver_name", "leaver__username", "newcomer_name")

    @cached_property
    def permission_policy(self) -> OwnOrAllPolicy:
        """The table of rights."""
        return OwnOrAllPolicy(AccountFiling, Resource.FILING, {"view": Verb.READ, "add": Verb.WRITE})

    def get_urlpatterns(self) -> list[URLPattern]:
        """List, report, look at."""
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path("new/", FilingCreateView.as_view(), name="add"),
            path("<int:pk>/", FilingView.as_view(), name="detail"),
        ]
