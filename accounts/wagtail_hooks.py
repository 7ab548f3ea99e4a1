"""Units and roles in the back office, and what the system administrator sees first."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from django.templatetags.static import static
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.forms.choosers import (
    AnchorLinkChooserForm,
    EmailLinkChooserForm,
    ExternalLinkChooserForm,
    PhoneLinkChooserForm,
)
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component

from accounts.enums import Resource, Role, Verb
from accounts.panels import calendar_home_panel, calendar_list_panel, filings_panel
from accounts.permissions import may
from accounts.views import second_factor
from accounts.views.calendar import NoticeView
from accounts.views.doors import first_login
from accounts.viewsets import AccountsGroup, DutyRuleViewSet, DutyViewSet, FilingViewSet
from audit.checks import check_calendar
from audit.models import CalendarYear, ChainHead, Event

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.forms import Form
    from django.http import HttpRequest
    from django.urls import URLPattern
    from django.utils.functional import _StrPromise as StrPromise
    from wagtail.admin.viewsets.base import ViewSet, ViewSetGroup

#: Who is told how the system stands.
WATCHING_ROLES = (Role.SYSTEM_ADMINISTRATOR, Role.AUDITOR)
#: Who is told that the break-glass account was used, and for how many days.
ALERTED_ROLES = (Role.AUDITOR, Role.ACCOUNT_OFFICER)
BREAK_GLASS_DAYS = 30


@hooks.register("register_admin_viewset")
def viewsets() -> list[ViewSet | ViewSetGroup]:
    """Units and assignments; filings; duties and their rules."""
    return [AccountsGroup(), FilingViewSet(), DutyViewSet(), DutyRuleViewSet()]


@hooks.register("register_admin_urls")
def second_factor_urls() -> list[URLPattern]:
    """A person's own factor."""
    return [
        path("second-factor/", second_factor.status, name="accounts_second_factor"),
        path("second-factor/enrol/", second_factor.enrol, name="accounts_second_factor_enrol"),
        path("second-factor/verify/", second_factor.verify, name="accounts_second_factor_verify"),
    ]


@hooks.register("register_account_menu_item")
def second_factor_account_item(request: HttpRequest) -> dict[str, str]:
    """On everybody's account page."""
    return {
        "url": reverse("accounts_second_factor"),
        "label": _("动态口令"),
        "help_text": _("绑定手机动态口令，更换恢复码或更换手机。"),
    }


class SystemStatusPanel(Component):
    """系统状态: where the event chain stands and which years' working days are known. Four small queries."""

    name = "system_status"
    order = 200
    template_name = "accounts/admin/status_panel.html"

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        """Add head and last event of the chain, and the calendar with its warnings."""
        years = CalendarYear.objects.filter(confirmed=True).order_by("year").values_list("year", flat=True)
        return {
            "head": ChainHead.objects.filter(pk=ChainHead.ROW).first(),
            "last": Event.objects.order_by("-seq").first(),
            "spans": spans(list(years)),
            "warnings": check_calendar(),
        }


def spans(years: list[int]) -> list[tuple[int, int]]:
    """Rising years as first and last of each unbroken run."""
    runs: list[tuple[int, int]] = []
    for year in years:
        if runs and runs[-1][1] == year - 1:
            runs[-1] = (runs[-1][0], year)
        else:
            runs.append((year, year))
    return runs


# After policy_pages, which puts its own panel in the place of stock's.
@hooks.register("construct_homepage_panels", order=200)
def status_panel(request: HttpRequest, panels: list[Component]) -> None:
    """For those who watch the system, under their inbox."""
    if request.user.is_superuser or request.user.holds(*WATCHING_ROLES):  # type: ignore[union-attr]  # Wagtail asks for the log-in
        panels.append(SystemStatusPanel())


@hooks.register("register_admin_urls")
def door_urls() -> list[URLPattern]:
    """The page of a first login."""
    return [path("first-login/", first_login, name="accounts_first_login")]


@hooks.register("insert_global_admin_js")
def fresh_token_script() -> str:
    """A form that waited while its person logged in again is sent with the new token."""
    return format_html('<script src="{}"></script>', static("js/token.js"))


class BreakGlassPanel(Component):
    """应急超级账号: that it was used lately, when and by whom. Two small queries."""

    name = "break_glass"
    order = 150
    template_name = "accounts/admin/break_glass_panel.html"
    SHOWN = 5

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        """Add the latest uses and how many there were."""
        uses = break_glass_uses()
        return {"uses": uses.order_by("-seq")[: self.SHOWN], "count": uses.count(), "days": BREAK_GLASS_DAYS}


def break_glass_uses() -> QuerySet[Event]:
    """Events of the break-glass account within the days it is shown for."""
    since = timezone.now() - datetime.timedelta(days=BREAK_GLASS_DAYS)
    return Event.objects.filter(action="account.break_glass", at__gte=since)


@hooks.register("construct_homepage_panels", order=190)
def break_glass_panel(request: HttpRequest, panels: list[Component]) -> None:
    """For those who must notice it."""
    if request.user.holds(*ALERTED_ROLES) and break_glass_uses().exists():  # type: ignore[union-attr]  # as below
        panels.append(BreakGlassPanel())


hooks.register("construct_homepage_panels", filings_panel, order=200)
hooks.register("construct_homepage_panels", calendar_home_panel, order=200)
hooks.register("construct_calendar_panels", calendar_list_panel)


@hooks.register("register_admin_urls")
def calendar_urls() -> list[URLPattern]:
    """A year's days off, from the State Council notice."""
    return [path("calendar/notice/", NoticeView.as_view(), name="calendar_notice")]


class NoticeMenuItem(MenuItem):
    """录入放假通知, for whoever keeps the calendar."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether the page would open."""
        return may(request.user, Resource.CALENDAR, Verb.WRITE)  # type: ignore[arg-type]  # Wagtail asks for the log-in


@hooks.register("register_calendar_menu_item")
def notice_menu_item() -> MenuItem:
    """Under 工作日历, after the two lists."""
    return NoticeMenuItem(
        gettext_lazy("录入放假通知"), reverse("calendar_notice"), name="calendar-notice", icon_name="download", order=9
    )


#: Fields that Wagtail gives no label; Django then shows the English field name, which no catalogue can translate.
UNLABELLED: dict[type[Form], dict[str, StrPromise]] = {
    ExternalLinkChooserForm: {"link_text": gettext_lazy("链接文字")},
    AnchorLinkChooserForm: {"link_text": gettext_lazy("链接文字")},
    PhoneLinkChooserForm: {"phone_number": gettext_lazy("电话号码"), "link_text": gettext_lazy("链接文字")},
    EmailLinkChooserForm: {
        "email_address": gettext_lazy("邮件地址"),
        "link_text": gettext_lazy("链接文字"),
        "subject": gettext_lazy("主题"),
        "body": gettext_lazy("正文"),
    },
}
for form, labels in UNLABELLED.items():
    for name, label in labels.items():
        form.base_fields[name].label = label
