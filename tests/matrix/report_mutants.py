"""Checks of what is told of punctuality, removed: reports, notices of windows, reasons of lateness, settlements."""

from __future__ import annotations

from tests.matrix.surgery import Mutant, one, pair

REGISTER = "policy_pages.services.register"
WINDOWS, WINDOW_LIST = "policy_pages.services.windows", "policy_pages.viewsets.windows"
LATE, LATE_LIST = "policy_pages.services.lateness", "policy_pages.viewsets.late_reasons"
LATENESS = "policy_pages/tests/test_lateness.py"
SETTLES = "policy_pages/tests/test_settlement.py"
REPORTS, REPORT_TESTS = "policy_pages.reports", "policy_pages/tests/test_reports.py"
NO_REPORT = "test_who_has_no_right_over_reports_gets_none"

REPORT_MUTANTS: list[Mutant] = [
    # --- Reports ---------------------------------------------------------------------------------------------------
    one(f"{REPORTS}.views", "require_reader", "raise PermissionDenied", "pass", f"{REPORT_TESTS}::{NO_REPORT}"),
    one(f"{REPORTS}.views", "require_checker", "raise PermissionDenied", "pass"),
    one(f"{REPORTS}.views", "may_check", "may(user, Resource.REPORT, Verb.FREEZE) or", "True or"),
    one(
        f"{REPORTS}.asking",
        "ask",
        "departments_with(user, Resource.REPORT, Verb.READ)",
        "Department.objects.all()",
        f"{REPORT_TESTS}::test_a_department_sees_its_own_unit_only",
    ),
    one(
        f"{REPORTS}.facts",
        "readable_units",
        "departments_with(user, about, Verb.READ)",
        "departments_with(user, about, Verb.READ).model.objects",
        f"{REPORT_TESTS}::test_who_may_not_read_filings_reads_no_names_in_them",
    ),
    one(
        f"{REPORTS}.facts",
        "ClockLines.__init__",
        "may(question.user, Resource.EVENT, Verb.READ)",
        "True",
        f"{REPORT_TESTS}::test_only_the_auditor_is_led_into_the_chain",
    ),
    one(
        f"{REPORTS}.facts",
        "_held",
        "may(user, Resource.ACCOUNT, Verb.READ)",
        "True",
        f"{REPORT_TESTS}::test_accounts_are_named_only_to_who_reads_accounts",
    ),
    one(f"{REPORTS}.searches", "searches", "not may(request.user, Resource.SEARCH, Verb.READ)", "False"),
    one(
        f"{REPORTS}.searches",
        "export_searches",
        "not may(actor, Resource.SEARCH, Verb.EXPORT)",
        "False",
        "policy_pages/tests/test_search_misses.py::test_a_department_sees_none_of_it",
    ),
    one(
        f"{REPORTS}.exports",
        "export_report",
        "not may(actor, Resource.REPORT, Verb.EXPORT, question.unit)",
        "False",
        "policy_pages/tests/test_report_files.py::test_an_export_needs_its_right_over_the_unit",
    ),
    one(
        "policy_pages.services.reports",
        "preview_report",
        "not may(actor, Resource.REPORT, Verb.FREEZE)",
        "False",
        "policy_pages/tests/test_frozen_reports.py::test_only_a_moderator_freezes",
    ),
    # --- Notices of decided windows --------------------------------------------------------------------------------
    one(
        "policy_pages.querysets",
        "WindowNoticeQuerySet.visible_to",
        "department__in=departments_with(user, Resource.WINDOW_NOTICE, Verb.READ)",
        "",
    ),
    one(
        "policy_pages.querysets",
        "LateReasonQuerySet.visible_to",
        "change__department__in=departments_with(user, Resource.LATE_REASON, Verb.READ)",
        "",
    ),
    one(
        LATE_LIST,
        "LateReasonView.setup",
        "departments_with(request.user, Resource.LATE_REASON, Verb.READ)",
        "departments_with(request.user, Resource.LATE_REASON, Verb.READ).model.objects.all()",
    ),
    pair(
        (LATE_LIST, "LateReasonView.post", "raise PermissionDenied", "pass"),
        (LATE, "write_reason", "raise PermissionDenied", "pass"),
        (LATE, "_require", "raise PermissionDenied", "pass"),
    ),
    one(
        LATE, "_require", " or reason.written_by_id == actor.pk", "", f"{LATENESS}::test_nobody_agrees_to_his_own_words"
    ),
    pair(
        (WINDOW_LIST, "WindowDetailView.post", "raise PermissionDenied", "pass"),
        (WINDOWS, "_require", "raise PermissionDenied", "pass"),
    ),
    one(
        REGISTER,
        "settle_by_publication",
        "raise PermissionDenied",
        "pass",
        f"{SETTLES}::test_only_a_moderator_settles_so",
    ),
    one(
        WINDOW_LIST,
        "WindowIndexView.get_base_queryset",
        "WindowNotice.objects.visible_to(self.request.user)",
        "WindowNotice.objects.all()",
    ),
    one(
        WINDOW_LIST,
        "WindowDetailView.setup",
        "WindowNotice.objects.visible_to(request.user)",
        "WindowNotice.objects.all()",
    ),
    one(
        LATE_LIST,
        "LateReasonIndexView.get_base_queryset",
        "LateReason.objects.visible_to(self.request.user)",
        "LateReason.objects.all()",
    ),
]

#: As NO_CHECKS in tests/matrix/mutants.py.
REPORT_NO_CHECKS: dict[str, str] = {
    "policy_pages.reports.facts:clocks `heads": "the head of a column; `ClockLines` asks for what stands in it",
    "policy_pages.reports.facts:ClockLines._reasons `": "whoever reads a unit's report reads its reasons of lateness",
    "policy_pages.reports.facts:chases `units": "whoever reads a unit's report reads its duties",
    "policy_pages.reports.facts:returns `drafts": "whoever reads a unit's report reads its drafts",
    "policy_pages.reports.views:OurReportView.get_context_data `may_export": "a button; `export_report` asks",
    "policy_pages.reports.views:OurReportView.get_context_data `may_check": "a link; its page asks",
    "policy_pages.reports.views:FactsView.get_queryset `raise Http404": "a word that is no list",
    'policy_pages.reports.views:_frozen_page `"may_freeze': "a form; `freeze_report` asks",
    "policy_pages.viewsets.late_reasons:LateReasonView.setup `raise Http404": "a change that is not late",
    "policy_pages.viewsets.late_reasons:LateReasonView._act `raise Http404": "nothing was written that could be decided on",
    "policy_pages.viewsets.late_reasons:LateReasonView._show `": "forms that are shown; the services ask",
    "policy_pages.viewsets.windows:WindowDetailView._show `may_act": "forms that are shown; the services ask",
}
