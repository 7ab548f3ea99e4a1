"""时限看板: what a unit owes and by when, what the bureau does about its items; the bureau and the auditor see all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_filters
from django.db.models import Count, F, Q
from django.urls import path
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.permission_policies.base import BasePermissionPolicy

from accounts.enums import Resource, Scope, Verb
from accounts.models import Assignment, User
from accounts.permissions import StaffRequest, departments_with, may, reaches_all, roles_with
from accounts.views.duties import DutyView
from audit.enums import BUREAU_DUTIES, NoticeKind, Outcome, Side
from audit.forms import DayRangeFilter
from audit.models import DutyClock, DutyNotice, DutyRule
from audit.rules.reminders import reminded_until
from audit.services import current_calendar
from audit.viewsets import NarrowViewSet
from audit.viewsets.duties import rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet
    from django.urls import URLPattern

    from accounts.querysets import DepartmentQuerySet
    from audit.querysets import DutyClockQuerySet

OPEN, FINISHED, CANCELLED, ALL = "open", "finished", "cancelled", "all"
STATES = (
    (OPEN, gettext_lazy("未完成")),
    (FINISHED, gettext_lazy("已完成")),
    (CANCELLED, gettext_lazy("已取消")),
    (ALL, gettext_lazy("全部")),
)
OUTCOMES = {
    OPEN: [Outcome.OPEN],
    FINISHED: [Outcome.ON_TIME, Outcome.LATE, Outcome.GAP],
    CANCELLED: [Outcome.CANCELLED],
}
BUREAU_TAB = "bureau"


class DutyPolicy(BasePermissionPolicy):
    """The table of rights in the words of Wagtail's views: a board is read, whatever else somebody may."""

    def user_has_permission(self, user: User, action: str) -> bool:
        """Whether the person may read duties, of his departments or of all."""
        return action == "view" and may(user, Resource.DUTY, Verb.READ)

    def users_with_any_permission(self, actions: Iterable[str]) -> QuerySet:
        """Holders of a role that may read duties."""
        roles = {role for scope in Scope for role in roles_with(Resource.DUTY, Verb.READ, scope)}
        return User.objects.filter(pk__in=Assignment.objects.current().filter(role__in=roles).values("user_id"))


def readable_departments(request: StaffRequest) -> DepartmentQuerySet:
    """Units whose duties the person may read."""
    return departments_with(request.user, Resource.DUTY, Verb.READ).order_by("code")


class DutyFilterSet(WagtailFilterSet):
    """By state (what is open, unless something else is asked for), duty, unit, holder and last day."""

    #: Told by `DutyIndexView.scope`; a filter, so that the tab stays when something else is asked for.
    tab = django_filters.ChoiceFilter(
        label=gettext_lazy("范围"),
        choices=[(BUREAU_TAB, gettext_lazy("审批局正在办理的"))],
        empty_label=gettext_lazy("本单位的时限"),
        method="filter_tab",
    )
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("状态"), choices=STATES, empty_label=None, method="filter_state"
    )
    duty = django_filters.ChoiceFilter(
        label=gettext_lazy("事项"),
        choices=DutyRule.objects.duties,
        field_name="rule__code",
        empty_label=gettext_lazy("全部"),
    )
    department = django_filters.ModelChoiceFilter(label=gettext_lazy("单位"), queryset=readable_departments)
    holder = django_filters.ChoiceFilter(
        label=gettext_lazy("现由谁办理"), choices=Side.choices, empty_label=gettext_lazy("全部"), method="filter_holder"
    )
    overdue = django_filters.ChoiceFilter(
        label=gettext_lazy("超期"),
        choices=[("yes", gettext_lazy("只看超期的（未完成已超期，或逾期完成）"))],
        empty_label=gettext_lazy("全部"),
        method="filter_overdue",
    )
    due_on = DayRangeFilter(label=gettext_lazy("截止日期"))

    class Meta:
        model = DutyClock
        fields = ("tab", "state", "duty", "department", "holder", "overdue", "due_on")

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        data = data.copy() if data is not None else {}
        if data.get("state") not in dict(STATES):
            data["state"] = OPEN
        super().__init__(data, *args, **kwargs)
        del self.filters["tab" if reaches_all(self.request.user, Resource.DUTY, Verb.READ) else "department"]

    def filter_tab(self, clocks: QuerySet, name: str, value: str) -> QuerySet:
        """Nothing more: the list itself is the tab's."""
        return clocks

    def filter_state(self, clocks: QuerySet, name: str, value: str) -> QuerySet:
        """Open, finished, cancelled, or all."""
        return clocks if value == ALL else clocks.filter(outcome__in=OUTCOMES[value])

    def filter_holder(self, clocks: QuerySet, name: str, value: str) -> QuerySet:
        """What the bureau owes it holds itself."""
        with_bureau = Q(holder=Side.BUREAU) | Q(rule__code__in=BUREAU_DUTIES)
        return clocks.filter(with_bureau if value == Side.BUREAU else ~with_bureau)

    def filter_overdue(self, clocks: DutyClockQuerySet, name: str, value: str) -> QuerySet:
        """Open and past the last day that was announced, or finished late; a gap is never overdue."""
        return clocks.overdue(timezone.localdate()) | clocks.filter(outcome=Outcome.LATE)


class DutyColumn(Column):
    """The duty, which leads to its page, and its object."""

    cell_template_name = "audit/admin/duty_cell.html"


class StandingColumn(Column):
    """The state in word, icon and colour."""

    cell_template_name = "audit/admin/standing_cell.html"


class BasisColumn(Column):
    """The day that started it, and what that day rests on."""

    cell_template_name = "audit/admin/basis_cell.html"


class DayColumn(Column):
    """A day with its weekday."""

    cell_template_name = "audit/admin/day_cell.html"


class DutyIndexView(generic.IndexView):
    """Clocks the person may read, the most urgent first. A fixed number of queries, however many rows."""

    filterset_class = DutyFilterSet
    template_name = "audit/admin/duties.html"
    results_template_name = "audit/admin/duties_results.html"
    show_export_buttons = False
    page_title = gettext_lazy("时限看板")
    columns = [
        DutyColumn("duty", label=gettext_lazy("事项和对象"), accessor=lambda row: row),
        Column("department", label=gettext_lazy("单位"), accessor="clock.department.short_name"),
        BasisColumn("trigger", label=gettext_lazy("触发日期和依据"), accessor="clock"),
        DayColumn("due", label=gettext_lazy("截止日期"), accessor="clock.due_on"),
        StandingColumn("standing", label=gettext_lazy("状态"), accessor=lambda row: row),
        Column("holder", label=gettext_lazy("现由谁办理"), accessor="holder"),
        Column("shares", label=gettext_lazy("已用时间"), accessor="shares"),
        Column(
            "chases", label=gettext_lazy("督办"), accessor=lambda row: _("%d 次") % row.chases if row.chases else "—"
        ),
    ]

    @cached_property
    def reads_all(self) -> bool:
        """Whether the person sees every department: then there is nothing to tell apart by tabs."""
        return reaches_all(self.request.user, Resource.DUTY, Verb.READ)

    @cached_property
    def tab(self) -> str:
        """What is asked for: the unit's own duties, or the bureau's about its items."""
        return BUREAU_TAB if self.request.GET.get("tab") == BUREAU_TAB and not self.reads_all else ""

    @cached_property
    def scope(self) -> QuerySet:
        """All clocks of this tab."""
        clocks = DutyClock.objects.all()
        if self.reads_all:
            return clocks
        own = list(departments_with(self.request.user, Resource.DUTY, Verb.READ).values_list("pk", flat=True))
        return clocks.filter(concerned__in=own) if self.tab else clocks.filter(department__in=own)

    def get_base_queryset(self) -> QuerySet:
        """Nothing joined to it: the database sorts all of them to show twenty."""
        return self.scope

    def order_queryset(self, queryset: QuerySet) -> QuerySet:
        """Overdue first, then by last day; what a gap hides comes last."""
        return queryset.order_by(F("due_on").asc(nulls_last=True), "pk")

    def paginate_queryset(self, queryset: QuerySet, page_size: int) -> tuple[Any, Any, list[Any], bool]:
        """Fetch the rows of one page with everything that the columns show."""
        paginator, shown, clocks, is_long = super().paginate_queryset(queryset, page_size)
        pks = list(clocks.values_list("pk", flat=True))
        found = DutyClock.objects.select_related("rule", "department").in_bulk(pks)
        shown.object_list = rows([found[pk] for pk in pks], self.request.user)
        return paginator, shown, shown.object_list, is_long

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the figures of what is open, and for the bureau those of each unit."""
        return super().get_context_data(
            tab=self.tab,
            has_tabs=not self.reads_all,
            summary=summary(self.scope),
            units=by_unit(self.scope) if self.reads_all else [],
            **kwargs,
        )


def _figures() -> dict[str, Count]:
    today = timezone.localdate()
    return {
        "owed": Count("pk"),
        "due_today": Count("pk", filter=Q(due_on=today)),
        "overdue": Count("pk", filter=Q(due_on__lt=today)),
    }


def _due_soon() -> Count:
    today = timezone.localdate()
    return Count("pk", filter=Q(due_on__gte=today, due_on__lte=reminded_until(today, current_calendar())))


def summary(clocks: QuerySet) -> dict[str, Any]:
    """How much is open, due today and overdue, in all and of each duty. Two queries."""
    found = clocks.filter(outcome=Outcome.OPEN).order_by().values("rule__code").annotate(**_figures())
    names = DutyRule.objects.duties()
    duties = [{**row, "label": names[row["rule__code"]]} for row in found.order_by("rule__code")]
    totals = {name: sum(row[name] for row in duties) for name in ("owed", "due_today", "overdue")}
    return {"duties": duties, **totals}


def by_unit(clocks: QuerySet) -> list[dict[str, Any]]:
    """Of each unit with open duties how many, how urgent, and how often chased: overdue first. Four queries."""
    still = clocks.filter(outcome=Outcome.OPEN).order_by()
    found = still.values("department_id", name=F("department__short_name")).annotate(**_figures(), due_soon=_due_soon())
    chased = DutyNotice.objects.filter(kind=NoticeKind.CHASE, clock__outcome=Outcome.OPEN).order_by()
    counts = dict(chased.values_list("clock__department").annotate(Count("pk")))
    units = [{**row, "chases": counts.get(row["department_id"], 0)} for row in found]
    return sorted(units, key=lambda row: (-row["overdue"], -row["due_soon"], -row["owed"], row["department_id"]))


class DutyViewSet(NarrowViewSet):
    """时限看板: the list, and the page of each clock."""

    model = DutyClock
    name = "duties"
    icon = "time"
    menu_label = gettext_lazy("时限看板")
    menu_order = 3
    add_to_admin_menu = True
    views = ("index", "index_results")
    index_view_class = DutyIndexView
    # The columns of the view stand; a viewset would put its own in their place.
    list_display = DutyIndexView.columns
    list_per_page = 20

    @cached_property
    def permission_policy(self) -> DutyPolicy:
        """The table of rights."""
        return DutyPolicy(DutyClock)

    def get_index_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Our templates, which the viewset would replace by stock's."""
        templates = {
            "template_name": DutyIndexView.template_name,
            "results_template_name": DutyIndexView.results_template_name,
            "filterset_class": DutyFilterSet,
        }
        return {**super().get_index_view_kwargs(**kwargs), **templates}

    def get_urlpatterns(self) -> list[URLPattern]:
        """List, and one clock."""
        return [*super().get_urlpatterns(), path("<int:pk>/", DutyView.as_view(), name="detail")]
