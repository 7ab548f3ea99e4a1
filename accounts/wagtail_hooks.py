"""Units and roles in the back office, and what the system administrator sees first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.forms.choosers import (
    AnchorLinkChooserForm,
    EmailLinkChooserForm,
    ExternalLinkChooserForm,
    PhoneLinkChooserForm,
)
from wagtail.admin.ui.components import Component

from accounts.enums import Role
from accounts.panels import filings_panel
from accounts.viewsets import AccountsGroup, FilingViewSet
from audit.checks import check_calendar
from audit.models import CalendarYear, ChainHead, Event

if TYPE_CHECKING:
    from django.forms import Form
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise as StrPromise
    from wagtail.admin.viewsets.base import ViewSet, ViewSetGroup

#: Who is told how the system stands.
WATCHING_ROLES = (Role.SYSTEM_ADMINISTRATOR, Role.AUDITOR)


@hooks.register("register_admin_viewset")
def viewsets() -> list[ViewSet | ViewSetGroup]:
    """Units and assignments; filings."""
    return [AccountsGroup(), FilingViewSet()]


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


hooks.register("construct_homepage_panels", filings_panel, order=200)


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
