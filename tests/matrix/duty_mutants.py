"""Checks of the boards of duties, of their rules and of the day before which a unit owes nothing, removed."""

from __future__ import annotations

from tests.matrix.surgery import Mutant, one, pair

T = "accounts/tests/test_duties.py"
NOTICES = "accounts/tests/test_duty_notices.py"
LIST, VIEW, RULES = "accounts.viewsets.duties", "accounts.views.duties", "accounts.viewsets.duty_rules"
UNIT, FOUNDING = "accounts.views.departments", "accounts.services.departments"
FOUNDED = "accounts/tests/test_founding.py"
BUTTONS = f"{T}::test_only_the_bureau_has_buttons"
READS_ALL = "reaches_all(self.request.user, Resource.DUTY, Verb.READ)"

DUTY_MUTANTS: list[Mutant] = [
    one(LIST, "DutyPolicy.user_has_permission", "may(user, Resource.DUTY, Verb.READ)", "True"),
    one(LIST, "DutyIndexView.reads_all", READS_ALL, "True"),
    one(LIST, "DutyIndexView.scope", "clocks.filter(department__in=own)", "clocks"),
    one(
        LIST,
        "DutyIndexView.scope",
        "departments_with(self.request.user, Resource.DUTY, Verb.READ)",
        "departments_with(self.request.user, Resource.DUTY, Verb.READ).model.objects",
    ),
    one(
        LIST,
        "DutyFilterSet.__init__",
        READS_ALL,
        "True",
        f"{T}::test_a_unit_sees_its_own_and_on_a_second_tab_what_the_bureau_does_about_its_items",
    ),
    one(
        LIST,
        "readable_departments",
        "departments_with(request.user, Resource.DUTY, Verb.READ)",
        "departments_with(request.user, Resource.DUTY, Verb.READ).model.objects",
        f"{T}::test_the_filter_by_unit_names_only_what_the_person_reads",
    ),
    one(
        VIEW,
        "readable_clocks",
        "departments_with(user, Resource.DUTY, Verb.READ)",
        "departments_with(user, Resource.DUTY, Verb.READ).model.objects",
    ),
    one(VIEW, "DutyView.post", "raise PermissionDenied", "pass", BUTTONS),
    one(VIEW, "DutyView.post", "not may(request.user, Resource.DUTY, VERBS[action])", "False"),
    one(VIEW, "DutyView._show", "may(user, Resource.DUTY, VERBS[name])", "True", BUTTONS),
    one(
        VIEW,
        "DutyView._show",
        "may(user, Resource.EVENT, Verb.READ)",
        "True",
        f"{T}::test_a_clock_tells_its_history_in_words",
    ),
    one(RULES, "DutyRuleCreateView.dispatch", "raise PermissionDenied", "pass"),
    one(RULES, "DutyRuleWithdrawView.dispatch", "raise PermissionDenied", "pass"),
    one(
        RULES,
        "WithdrawalColumn.get_cell_context_data",
        'may(parent_context["request"].user, Resource.DUTY_RULE, Verb.WRITE)',
        "True",
        "accounts/tests/test_duty_rules.py::test_only_the_moderator_withdraws",
    ),
    one(
        "policy_pages.inbox",
        "_overdue",
        "reaches_all(user, Resource.DUTY, Verb.READ)",
        "True",
        f"{T}::test_the_bureau_sees_its_units_overdue_first",
    ),
    one(
        "accounts.services.duties",
        "notices_for",
        "user.departments_as(*ANY_HANDS)",
        "user.departments_as(*ANY_HANDS).model.objects.all()",
        f"{NOTICES}::test_the_inbox_tells_each_notice_to_those_who_are_told_by_mail",
    ),
    one(
        "accounts.services.duties",
        "notices_for",
        "user.departments_as(hand)",
        "user.departments_as(hand).model.objects.all()",
        f"{NOTICES}::test_the_inbox_tells_each_notice_to_those_who_are_told_by_mail",
    ),
    one(
        "accounts.views.duties",
        "DutyView.dispatch",
        'request.method == "GET"',
        "True",
        f"{NOTICES}::test_a_notice_of_a_filing_leads_the_account_officer_to_the_filing",
    ),
    one(
        "accounts.services.duties",
        "filing_links",
        "AccountFiling.objects.visible_to(user)",
        "AccountFiling.objects",
        "accounts/tests/test_duty_notices.py::test_a_notice_of_a_filing_leads_the_account_officer_to_the_filing",
    ),
    one(
        "policy_pages.services.links",
        "change_links",
        "visible_to(user)",
        "all()",
        f"{T}::test_links_are_for_readers_only",
    ),
    one(
        "policy_pages.services.links",
        "page_links",
        "readable_pages(user)",
        "readable_pages(user).model.objects.all()",
        f"{T}::test_links_are_for_readers_only",
    ),
    # --- The day a unit was founded ------------------------------------------------------------------------------
    one(
        UNIT,
        "DepartmentView.setup",
        "departments_with(user, Resource.DEPARTMENT, Verb.READ)",
        "departments_with(user, Resource.DEPARTMENT, Verb.READ).model.objects",
    ),
    one(FOUNDING, "set_founding_day", "raise PermissionDenied", "pass", f"{FOUNDED}::test_only_an_officer_sets_it"),
    pair(
        (UNIT, "DepartmentView.post", "raise PermissionDenied", "pass"),
        (FOUNDING, "set_founding_day", "raise PermissionDenied", "pass"),
    ),
]
