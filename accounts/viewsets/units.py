"""Back-office lists of the accounts app. Units are opened, founding days set and roles given by the services alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django_filters
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSetGroup

from accounts.models import Assignment, Department
from accounts.views.departments import DepartmentView
from accounts.viewsets.people import AccountViewSet, RoleTableViewSet
from accounts.viewsets.recoveries import FactorRecoveryViewSet
from audit.templatetags.deadlines import chinese_date
from audit.viewsets import NarrowViewSet

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.urls import URLPattern


class DepartmentIndexView(generic.IndexView):
    """Units, each with the one above it."""

    def get_base_queryset(self) -> QuerySet:
        """In one query."""
        return super().get_base_queryset().select_related("parent")


class DepartmentViewSet(NarrowViewSet):
    """单位: who takes part."""

    model = Department
    name = "departments"
    icon = "site"
    menu_label = gettext_lazy("单位")
    index_view_class = DepartmentIndexView
    list_per_page = 20
    list_filter = ("kind", "level", "is_active")
    search_fields = ("name", "short_name", "code", "other_names")
    list_display = [
        TitleColumn("name", label=gettext_lazy("单位全称"), url_name="departments:detail", sort_key="name"),
        Column("short_name", label=gettext_lazy("简称")),
        Column("code", label=gettext_lazy("单位代码"), sort_key="code"),
        Column("kind", label=gettext_lazy("单位类别"), accessor="get_kind_display"),
        Column("level", label=gettext_lazy("层级"), accessor="get_level_display"),
        Column("parent", label=gettext_lazy("上级单位"), accessor=lambda row: row.parent or "—"),
        Column("is_active", label=gettext_lazy("情况"), accessor=lambda row: _("在用") if row.is_active else _("停用")),
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        """The list, and the page of one unit."""
        return [*super().get_urlpatterns(), path("<int:pk>/", DepartmentView.as_view(), name="detail")]


class AssignmentFilterSet(WagtailFilterSet):
    """By unit, by role, and whether it holds today."""

    current = django_filters.ChoiceFilter(
        label=gettext_lazy("情况"),
        method="filter_current",
        choices=[("yes", gettext_lazy("在任")), ("no", gettext_lazy("不在任"))],
    )

    class Meta:
        model = Assignment
        fields = ("department", "role", "current")

    def filter_current(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Those in force today, or the others."""
        current = Assignment.objects.current().values("pk")
        return queryset.filter(pk__in=current) if value == "yes" else queryset.exclude(pk__in=current)


class AssignmentIndexView(generic.IndexView):
    """Who does what in which unit."""

    filterset_class = AssignmentFilterSet

    def get_base_queryset(self) -> QuerySet:
        """With person and unit, in one query."""
        return super().get_base_queryset().select_related("user", "department")


def standing(assignment: Assignment) -> str:
    """Whether the role is held today, and if not, why."""
    if not assignment.user.is_active:
        return _("账号已停用")
    if assignment.is_current():
        return _("在任")
    return _("未到任") if assignment.valid_from > timezone.localdate() else _("已离任")


class AssignmentViewSet(NarrowViewSet):
    """任职: who may do what, from when until when."""

    model = Assignment
    name = "assignments"
    icon = "group"
    menu_label = gettext_lazy("任职")
    index_view_class = AssignmentIndexView
    list_per_page = 50
    search_fields = ("user__username", "user__holder_name", "department__name", "department__short_name")
    list_display = [
        Column("holder", label=gettext_lazy("使用人"), accessor="user.get_full_name"),
        Column("user", label=gettext_lazy("账号"), accessor="user.username", sort_key="user__username"),
        Column("department", label=gettext_lazy("单位"), accessor="department.name"),
        Column("role", label=gettext_lazy("角色"), accessor="get_role_display"),
        Column(
            "from",
            label=gettext_lazy("起始日"),
            accessor=lambda row: chinese_date(row.valid_from),
            sort_key="valid_from",
        ),
        Column("until", label=gettext_lazy("截止日"), accessor=lambda row: chinese_date(row.valid_until) or _("长期")),
        Column("standing", label=gettext_lazy("情况"), accessor=standing),
    ]


class AccountsGroup(ModelViewSetGroup):
    """单位与账号, one menu."""

    menu_label = gettext_lazy("单位与账号")
    menu_icon = "group"
    menu_order = 450
    items = (AccountViewSet, DepartmentViewSet, AssignmentViewSet, FactorRecoveryViewSet, RoleTableViewSet)
