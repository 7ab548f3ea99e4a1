"""Checks of the calendar's page and panel, removed."""

from __future__ import annotations

from tests.matrix.filing_mutants import VIEW, T
from tests.matrix.surgery import Mutant, one

CALENDAR_MUTANTS: list[Mutant] = [
    one(f"{VIEW}.calendar", "NoticeView.dispatch", "raise PermissionDenied", "pass"),
    one(
        "accounts.panels",
        "CalendarPanel.__init__",
        "may(user, Resource.CALENDAR, Verb.WRITE)",
        "True",
        f"{T}calendar_notice.py::test_the_home_page_warns_the_moderator_from_november",
    ),
    one(
        "accounts.wagtail_hooks",
        "NoticeMenuItem.is_shown",
        "may(request.user, Resource.CALENDAR, Verb.WRITE)",
        "True",
        f"{T}calendar_notice.py::test_the_lists_and_the_menu_lead_there",
    ),
]
