"""Panels of the back office's home page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from wagtail.admin.ui.components import Component

from accounts.enums import Resource, Verb
from accounts.models import AccountFiling
from accounts.permissions import may
from audit.checks import check_calendar
from audit.services import current_calendar

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import User


class FilingsPanel(Component):
    """人员变更备案 that the bureau has not settled: the officer's to settle, a department's own to see."""

    name = "filings"
    order = 20
    template_name = "accounts/admin/filings_panel.html"

    def __init__(self, user: User) -> None:
        calendar, today = current_calendar(), timezone.localdate()
        filings = AccountFiling.objects.visible_to(user).open().told_in_full().urgent_first()
        self.rows = [(filing, filing.completion_verdict(today, calendar)) for filing in filings]
        self.settles = may(user, Resource.FILING, Verb.COMPLETE)

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        """The open filings, the most urgent first."""
        return {"rows": self.rows, "settles": self.settles}


def filings_panel(request: HttpRequest, panels: list[Component]) -> None:
    """For the officer always; for others who may read filings while something is open."""
    user: User = request.user  # type: ignore[assignment]  # Wagtail asks for the log-in
    if not may(user, Resource.FILING, Verb.READ):
        return
    panel = FilingsPanel(user)
    if panel.rows or panel.settles:
        panels.append(panel)


class CalendarPanel(Component):
    """工作日历: which years are missing, and where their notice is entered. Two small queries."""

    name = "calendar"
    order = 30
    template_name = "accounts/admin/calendar_panel.html"

    def __init__(self, user: User) -> None:
        self.warnings = check_calendar()
        self.writes = may(user, Resource.CALENDAR, Verb.WRITE)

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        """The warnings of the check (audit.W001), and whether the person may do something about them."""
        return {"warnings": self.warnings, "writes": self.writes}


def calendar_home_panel(request: HttpRequest, panels: list[Component]) -> None:
    """On the home page of those who keep the calendar, while a year is missing."""
    panel = CalendarPanel(request.user)  # type: ignore[arg-type]  # Wagtail asks for the log-in
    if panel.writes and panel.warnings:
        panels.append(panel)


def calendar_list_panel(request: HttpRequest, panels: list[Component]) -> None:
    """On the calendar's lists: the warnings for every reader, the way to the page for those who may use it."""
    panel = CalendarPanel(request.user)  # type: ignore[arg-type]  # as above
    if panel.writes or panel.warnings:
        panels.append(panel)
