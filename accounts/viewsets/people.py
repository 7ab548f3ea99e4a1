"""账号 and 权限表 in the menu 单位与账号. Every write goes through the officer's views to the services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_filters
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.widgets.button import HeaderButton

from accounts.enums import AccountState, Resource, Role, Verb
from accounts.models import Department, User
from accounts.permissions import TablePolicy, may
from accounts.reports import account_state, posts_in_words
from accounts.views.officer import AllotView, DetailView, ExportView
from accounts.views.roles import role_page
from accounts.views.roster import ImportView, TemplateView
from audit.viewsets import NarrowViewSet
from audit.viewsets.events import chinese_moment

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.urls import URLPattern


class AccountFilterSet(WagtailFilterSet):
    """By unit and role of today, and by how the account stands."""

    department = django_filters.ModelChoiceFilter(
        label=gettext_lazy("单位"), queryset=Department.objects.all(), method="filter_department"
    )
    role = django_filters.ChoiceFilter(label=gettext_lazy("角色"), choices=Role.choices, method="filter_role")
    state = django_filters.ChoiceFilter(label=gettext_lazy("情况"), choices=AccountState.choices, method="filter_state")

    class Meta:
        model = User
        fields: tuple[str, ...] = ()

    def filter_department(self, queryset: Any, name: str, value: Department) -> QuerySet:
        """Those with a role there today."""
        return queryset.holding(department=value)

    def filter_role(self, queryset: Any, name: str, value: str) -> QuerySet:
        """Those who hold the role today."""
        return queryset.holding(role=value)

    def filter_state(self, queryset: Any, name: str, value: str) -> QuerySet:
        """In use, disabled, waiting for the first login, idle."""
        return queryset.in_state(value)


class AccountIndexView(generic.IndexView):
    """Every account, with who holds it and where he works."""

    filterset_class = AccountFilterSet
    default_ordering = "username"

    def get_base_queryset(self) -> QuerySet:
        """With the roles of today, in one query more."""
        return super().get_base_queryset().with_posts()

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        """Allot, import and export, for who may."""
        user = self.request.user
        wanted = []
        if may(user, Resource.ACCOUNT, Verb.ALLOT):
            wanted.append((_("分配账号"), "accounts:allot", "plus"))
            wanted.append((_("批量分配"), "accounts:import", "upload"))
        if may(user, Resource.ACCOUNT, Verb.EXPORT):
            wanted.append((_("导出名册"), "accounts:export", "download"))
        return [
            HeaderButton(label, url=reverse(name), icon_name=icon, priority=place)
            for place, (label, name, icon) in enumerate(wanted)
        ]


class AccountViewSet(NarrowViewSet):
    """账号: who holds which account. Nobody holds `add_user` or `change_user`; the policy asks the table of rights."""

    model = User
    name = "accounts"
    icon = "user"
    menu_label = gettext_lazy("账号")
    index_view_class = AccountIndexView
    list_per_page = 50
    search_fields = ("username", "holder_name")
    list_display = [
        TitleColumn("username", label=gettext_lazy("账号"), url_name="accounts:detail", sort_key="username"),
        Column("holder", label=gettext_lazy("使用人"), accessor=lambda row: row.holder_name or "—"),
        Column("phone", label=gettext_lazy("联系电话"), accessor=lambda row: row.phone or "—"),
        Column("posts", label=gettext_lazy("单位和角色"), accessor=lambda row: posts_in_words(row) or "—"),
        Column("state", label=gettext_lazy("情况"), accessor=account_state),
        Column(
            "login",
            label=gettext_lazy("最近登录"),
            accessor=lambda row: chinese_moment(row.login_at) if row.login_at else _("从未登录"),
            sort_key="login_at",
        ),
        Column(
            "undertaking",
            label=gettext_lazy("承诺书"),
            accessor=lambda row: _("已签") if row.undertaking_signed_at else _("未签"),
        ),
    ]

    @cached_property
    def permission_policy(self) -> TablePolicy:
        """Wagtail's only question here is who may see the list."""
        return TablePolicy(User, Resource.ACCOUNT, {"view": Verb.READ})

    def get_urlpatterns(self) -> list[URLPattern]:
        """The list, and the officer's desk."""
        return [
            *super().get_urlpatterns(),
            path("new/", AllotView.as_view(), name="allot"),
            path("import/", ImportView.as_view(), name="import"),
            path("import/template/", TemplateView.as_view(), name="import_template"),
            path("export/", ExportView.as_view(), name="export"),
            path("<int:pk>/", DetailView.as_view(), name="detail"),
        ]


class RoleTableMenuItem(MenuItem):
    """Shown to who may open the page."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Every member of the staff; a superuser is none."""
        return may(request.user, Resource.ROLE_TABLE, Verb.READ)  # type: ignore[arg-type]  # behind the admin's login


class RoleTableViewSet(ViewSet):
    """权限表: one page."""

    name = "roles"
    icon = "lock"
    menu_label = gettext_lazy("权限表")
    menu_item_class = RoleTableMenuItem

    def get_urlpatterns(self) -> list[URLPattern]:
        """The page."""
        return [path("", role_page, name="index")]
