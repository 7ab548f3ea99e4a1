"""Checks of filings and of the reset of a second factor, removed."""

from __future__ import annotations

from tests.matrix.surgery import Mutant, one, pair

T = "accounts/tests/test_"
FILINGS, FILING_VIEWS, FILING_LISTS = f"{T}filings.py", f"{T}filing_views.py", f"{T}filing_lists.py"
RECOVERY = f"{T}second_factor_recovery.py"
RIGHTS = f"{T}service_rights.py"
SETTLED = f"{T}filing_settling.py"
PANELS, PERMISSIONS, SERVICE, VIEW = "accounts.panels", "accounts.permissions", "accounts.services", "accounts.views"
FILES, SETTLING, FACTOR_SERVICE = f"{SERVICE}.filings.filing", f"{SERVICE}.filings.settling", f"{SERVICE}.second_factor"
FILING_LIST, FACTOR_VIEW = "accounts.viewsets.filings", f"{VIEW}.second_factor"
SEES, SETTLES = ".visible_to(user)", "may(user, Resource.FILING, Verb.COMPLETE)"
NO_RIGHT, RIGHT_ASKED = (FACTOR_SERVICE, "_require_right", "raise PermissionDenied", "pass"), "_require_right(actor)"

FILING_MUTANTS: list[Mutant] = [
    # --- Filings -------------------------------------------------------------------------------------------------
    one(
        "accounts.querysets",
        "AccountFilingQuerySet.visible_to",
        "department__in=departments_with(user, Resource.FILING, Verb.READ)",
        "",
    ),
    one(
        "accounts.querysets",
        "AccountFilingQuerySet.visible_to",
        "reaches_all(user, Resource.FILING, Verb.READ)",
        "True",
    ),
    one(
        f"{PERMISSIONS}.predicates",
        "departments_with",
        "user.departments_as(*roles_with(resource, verb, Scope.OWN))",
        "Department.objects.all()",
    ),
    one(
        FILES, "file_change", "raise PermissionDenied", "pass", f"{FILINGS}::test_only_the_department_s_own_people_file"
    ),
    one(
        SETTLING,
        "_require_officer",
        "raise PermissionDenied",
        "pass",
        f"{RIGHTS}::test_only_an_officer_settles_a_filing_that_gives_nobody_an_account",
    ),
    one(
        SETTLING,
        "complete_filing",
        "_require_officer(actor)",
        "pass",
        f"{RIGHTS}::test_only_an_officer_settles_a_filing_that_gives_nobody_an_account",
    ),
    one(
        SETTLING,
        "cancel_filing",
        "_require_officer(actor)",
        "pass",
        f"{RIGHTS}::test_only_an_officer_strikes_out_a_filing_whose_account_works_again",
    ),
    one(
        SETTLING,
        "correct_filing",
        "_require_officer(actor)",
        "pass",
        f"{SETTLED}::test_only_the_officer_corrects_and_nothing_struck_out",
    ),
    one(
        "accounts.forms.filings",
        "FilingForm.__init__",
        "departments_with(user, Resource.FILING, Verb.WRITE)",
        "Department.objects.all()",
    ),
    one(
        "accounts.forms.filings",
        "FilingForm.__init__",
        "User.objects.fileable_in(own)",
        "User.objects.all()",
    ),
    one(PANELS, "FilingsPanel.__init__", SEES, ""),
    one(
        PANELS,
        "FilingsPanel.__init__",
        SETTLES,
        "True",
        f"{FILING_LISTS}::test_home_tells_the_officer_what_is_owed_and_the_department_where_it_stands",
    ),
    pair(
        (PANELS, "filings_panel", "not may(user, Resource.FILING, Verb.READ)", "False"),
        (PANELS, "FilingsPanel.__init__", SEES, ""),
    ),
    one(
        f"{VIEW}.filings",
        "FilingCreateView.post",
        "not AccountFiling.objects.visible_to(request.user).filter(pk=filing.pk).exists()",
        "False",
        f"{FILING_VIEWS}::test_who_files_his_own_departure_is_told_and_then_out",
    ),
    one(f"{VIEW}.filings", "FilingCreateView.dispatch", "raise PermissionDenied", "pass"),
    one(f"{VIEW}.filings", "FilingView.setup", ".visible_to(_person(request))", ""),
    one(
        f"{VIEW}.filings",
        "FilingView._show",
        "may(request.user, Resource.FILING, Verb.COMPLETE)",
        "True",
        f"{FILING_VIEWS}::test_a_department_files_and_sees_its_filing",
    ),
    pair(
        (f"{VIEW}.filings", "FilingView.post", "raise PermissionDenied", "pass"),
        (SETTLING, "_require_officer", "raise PermissionDenied", "pass"),
    ),
    one(FILING_LIST, "FilingIndexView.get_base_queryset", ".visible_to(self.request.user)", ""),
    one(
        "accounts.permissions.policy",
        "OwnOrAllPolicy.user_has_permission",
        "may(user, self.resource, verb)",
        "True",
    ),
    one(
        FILING_LIST,
        "readable_departments",
        "departments_with(request.user, Resource.FILING, Verb.READ)",
        "departments_with(request.user, Resource.FILING, Verb.READ).model.objects",
        f"{RIGHTS}::test_the_filter_of_filings_offers_the_units_whose_filings_one_reads",
    ),
    # --- The second factor's reset -------------------------------------------------------------------------------
    one(*NO_RIGHT, f"{RECOVERY}::test_a_superuser_by_being_one_has_no_part_in_it"),
    one(
        FACTOR_SERVICE,
        "ask_recovery",
        RIGHT_ASKED,
        "pass",
        f"{RIGHTS}::test_who_has_no_part_in_lost_factors_asks_for_no_reset",
    ),
    one(FACTOR_SERVICE, "confirm_recovery", RIGHT_ASKED, "pass", f"{RECOVERY}::test_nobody_else_has_a_part_in_it"),
    one(FACTOR_SERVICE, "cancel_recovery", RIGHT_ASKED, "pass", f"{RECOVERY}::test_nobody_else_has_a_part_in_it"),
    one(
        FACTOR_SERVICE,
        "confirm_recovery",
        "actor.pk == recovery.asked_by_id",
        "False",
        f"{RECOVERY}::test_the_asker_cannot_confirm",
    ),
    one(
        FACTOR_SERVICE,
        "confirm_recovery",
        "_person_fault(user, actor) or",
        "",
        f"{RECOVERY}::test_a_disabled_account_is_enabled_first",
    ),
    one(
        FACTOR_SERVICE,
        "_person_fault",
        "user.pk == actor.pk",
        "False",
        f"{RECOVERY}::test_the_person_concerned_neither_asks_nor_confirms",
    ),
    one(
        FACTOR_SERVICE,
        "_recovery_fault",
        "_person_fault(user, actor) or",
        "",
        f"{RECOVERY}::test_the_person_concerned_neither_asks_nor_confirms",
    ),
    one(FACTOR_VIEW, "recoveries", "raise PermissionDenied", "pass"),
    pair((FACTOR_VIEW, "_recovery", "raise PermissionDenied", "pass"), NO_RIGHT),
]
