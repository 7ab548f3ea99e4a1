"""Checks of the accounts app, removed: gates after the login, table of rights, accounts and roles."""

from __future__ import annotations

from tests.matrix.filing_mutants import FACTOR_SERVICE, FILING_MUTANTS, PERMISSIONS, RECOVERY, RIGHTS, SERVICE, VIEW, T
from tests.matrix.surgery import Mutant, one, pair

ROSTER, ALLOT = f"{T}officer_roster.py", f"{T}officer_allot.py"
ACCOUNT, LIST, ROLES = f"{T}officer_account.py", f"{T}officer_list.py", f"{T}officer_roles.py"
FIRST = f"{T}first_login.py"
DOORS, FACTOR = f"{T}second_factor_doors.py", f"{T}second_factor.py"
HALF, HAND_OVER = f"{T}half_login.py", f"{T}hand_over_rules.py"
SESSIONS, GLASS = f"{T}sessions.py", f"{T}break_glass.py"
ALLOTMENT, OFFICER = f"{SERVICE}.allotment", f"{SERVICE}.officer"
DESK = f"{VIEW}.officer"
GATES = "accounts.middleware"
OFFICER_ASKED, OTHER_ASKED = "require_officer(actor)", "require_other(user, actor)"
ALLOTS_UNASKED = (ALLOTMENT, "allot_account", OFFICER_ASKED, "pass")

ACCOUNT_MUTANTS: list[Mutant] = [
    # --- Gates between a login and the back office ---------------------------------------------------------------
    one(
        f"{GATES}.first_login",
        "FirstLoginMiddleware.process_view",
        "not owed_by(request.user)",
        "True",
        f"{FIRST}::test_no_address_opens_before_the_first_login_is_done",
    ),
    one(
        f"{GATES}.second_factor",
        "SecondFactorMiddleware.process_view",
        "user.is_verified()",
        "True",
        f"{DOORS}::test_scripts_are_told_in_json",
    ),
    one(
        f"{GATES}.second_factor",
        "SecondFactorMiddleware.process_view",
        "name in OPEN_ADDRESSES or",
        "True or",
        f"{DOORS}::test_scripts_are_told_in_json",
    ),
    one(
        f"{GATES}.second_factor",
        "SecondFactorMiddleware.process_view",
        "request.user = AnonymousUser()",
        "pass",
        f"{DOORS}::test_on_attachments_an_unproved_session_is_a_visitor",
    ),
    one(f"{GATES}.second_factor", "open_door", "has_factor(user)", "False", f"{DOORS}::test_scripts_are_told_in_json"),
    one(
        f"{GATES}.second_factor",
        "open_door",
        "must_have_factor(user)",
        "False",
        f"{FACTOR}::test_bureau_and_superuser_go_nowhere_before_they_have_bound_one",
    ),
    one(
        f"{GATES}.sessions",
        "SessionGuardMiddleware.process_request",
        "and not because",
        "",
        f"{SESSIONS}::test_a_second_login_ends_the_first_and_the_first_is_told_when_and_from_where",
    ),
    one(
        f"{GATES}.sessions",
        "SessionGuardMiddleware.process_request",
        "ended_because(account, nonce, begun)",
        "None",
        f"{SESSIONS}::test_a_second_login_ends_the_first_and_the_first_is_told_when_and_from_where",
    ),
    one(
        f"{GATES}.sessions",
        "ended_because",
        "begun_ended(account, begun) or",
        "",
        f"{HALF}::test_of_two_logins_that_wait_one_comes_in",
    ),
    one(
        f"{GATES}.sessions",
        "ended_because",
        "else SessionEnd.FACTOR_REMOVED",
        "else None",
        f"{HALF}::test_unbinding_opens_no_door_to_a_login_that_waits",
    ),
    one(
        f"{GATES}.sessions",
        "ended_because",
        "timed_out(account, timezone.now())",
        "None",
        f"{SESSIONS}::test_half_an_hour_without_a_request_ends_a_session",
    ),
    one(
        f"{GATES}.sessions",
        "ended_because",
        "nonce != account.session_nonce",
        "False",
        f"{SESSIONS}::test_a_second_login_ends_the_first_and_the_first_is_told_when_and_from_where",
    ),
    one(
        f"{GATES}.sessions",
        "ended_because",
        "SessionEnd(fault) if fault else None",
        "None",
        f"{SESSIONS}::test_half_an_hour_without_a_request_ends_a_session",
    ),
    # --- A login that waits for its factor, and guesses at a running session --------------------------------------
    one(
        f"{GATES}.second_factor",
        "SecondFactorMiddleware.process_view",
        "door = open_door(user)",
        'door = ""',
        f"{DOORS}::test_scripts_are_told_in_json",
    ),
    one(
        "accounts.signals",
        "logged_in",
        "open_door(user)",
        "False",
        f"{HALF}::test_the_password_alone_throws_nobody_out",
    ),
    one(
        f"{SERVICE}.logins",
        "finish_session",
        "begun_ended(User.objects.select_for_update(no_key=True).get(pk=user.pk), begun)",
        "False",
        f"{HALF}::test_an_end_in_the_same_moment_wins",
    ),
    one(
        f"{SERVICE}.logins",
        "begun_ended",
        "(has_logged_in or not is_logged_out)",
        "not is_logged_out",
        f"{HALF}::test_what_ended_before_the_holder_s_next_login_does_not_come_back_with_his_logout",
    ),
    one(
        "accounts.forms.passwords",
        "PasswordChangeForm.clean_old_password",
        "check_own_password(user=self.user, typed=typed) if",
        '"" if',
        f"{T}passwords.py::test_the_present_password_is_not_guessed_at_somebody_else_s_desk",
    ),
    one(
        FACTOR_SERVICE,
        "enrol",
        "replaces, code = has_factor(user)",
        "replaces, code = False",
        f"{T}second_factor_page.py::test_a_new_phone_replaces_the_old_against_a_code_of_the_old",
    ),
    one(
        f"{SERVICE}.independence",
        "require_no_part_in_recovery",
        "has_factor(user)",
        "True",
        f"{T}recovery_hands.py::test_asker_and_confirmer_do_not_reset_the_password_until_a_new_phone_is_bound",
    ),
    one(
        f"{GATES}.break_glass",
        "BreakGlassMiddleware.process_view",
        "request.user.is_superuser",
        "False",
        f"{GLASS}::test_login_and_every_unsafe_request_are_recorded_and_reading_is_not",
    ),
    one(
        f"{SERVICE}.logins",
        "open_session",
        "if user.is_superuser",
        "if False",
        f"{GLASS}::test_login_and_every_unsafe_request_are_recorded_and_reading_is_not",
    ),
    one(
        f"{SERVICE}.first_login",
        "owed_by",
        "user.must_change_password or renewal",
        "False",
        f"{FIRST}::test_the_page_asks_for_all_that_is_owed_in_chinese",
    ),
    one(
        f"{SERVICE}.first_login",
        "owed_by",
        "user.undertaking_signed_at is None",
        "False",
        f"{FIRST}::test_the_page_asks_for_all_that_is_owed_in_chinese",
    ),
    one(
        f"{PERMISSIONS}.factor",
        "must_have_factor",
        "user.holds(*BUREAU_ROLES)",
        "False",
        f"{FACTOR}::test_bureau_and_superuser_go_nowhere_before_they_have_bound_one",
    ),
    one(
        f"{PERMISSIONS}.factor",
        "must_have_factor",
        "user.is_superuser",
        "False",
        f"{FACTOR}::test_bureau_and_superuser_go_nowhere_before_they_have_bound_one",
    ),
    one(
        FACTOR_SERVICE,
        "remove_factor",
        "must_have_factor(user)",
        "False",
        "accounts/tests/test_second_factor_page.py::test_a_required_role_cannot_unbind",
    ),
    # --- The table of rights -------------------------------------------------------------------------------------
    one(
        f"{PERMISSIONS}.policy",
        "TablePolicy.user_has_permission",
        "reaches_all(user, self.resource, verb)",
        "True",
    ),
    one(
        f"{VIEW}.roles",
        "role_page",
        "raise PermissionDenied",
        "pass",
        f"{ROLES}::test_a_superuser_and_a_stranger_see_no_table",
    ),
    one(f"{VIEW}.roles", "role_page", "may_see_drift(request.user)", "True"),
    one("accounts.reports", "may_see_drift", "may(user, Resource.ACCOUNT, Verb.READ)", "True"),
    one(
        "accounts.viewsets.people",
        "RoleTableMenuItem.is_shown",
        "may(request.user, Resource.ROLE_TABLE, Verb.READ)",
        "True",
        f"{RIGHTS}::test_the_break_glass_account_has_no_table_in_its_menu",
    ),
    one(
        "accounts.viewsets.recoveries",
        "RecoveryMenuItem.is_shown",
        "may(request.user, Resource.SECOND_FACTOR, Verb.RECOVER)",
        "True",
        f"{RECOVERY}::test_the_page_is_for_holders_of_the_right",
    ),
    one(
        "accounts.wagtail_hooks",
        "break_glass_panel",
        "request.user.holds(*ALERTED_ROLES)",
        "True",
        f"{GLASS}::test_auditor_and_account_officer_see_that_it_was_used",
    ),
    # --- Allotting, disabling, roles -----------------------------------------------------------------------------
    one(
        ALLOTMENT,
        "require_officer",
        "raise PermissionDenied",
        "pass",
        f"{ACCOUNT}::test_the_services_hold_the_same_line",
    ),
    one(
        ALLOTMENT,
        "require_other",
        OFFICER_ASKED,
        "pass",
        f"{RIGHTS}::test_only_an_officer_resets_or_disables_and_never_his_own",
    ),
    one(
        ALLOTMENT,
        "require_other",
        "actor.pk == user.pk",
        "False",
        f"{RIGHTS}::test_only_an_officer_resets_or_disables_and_never_his_own",
    ),
    one(
        ALLOTMENT,
        "require_other",
        "user.is_superuser",
        "False",
        f"{RIGHTS}::test_the_break_glass_account_is_no_officer_s",
    ),
    one(*ALLOTS_UNASKED, f"{RIGHTS}::test_only_an_officer_allots_and_never_an_officer_s_account"),
    one(
        ALLOTMENT,
        "allot_account",
        "not set(roles) <= ALLOTTABLE_ROLES",
        "False",
        f"{RIGHTS}::test_only_an_officer_allots_and_never_an_officer_s_account",
    ),
    one(
        ALLOTMENT,
        "reset_password",
        OTHER_ASKED,
        "pass",
        f"{RIGHTS}::test_only_an_officer_resets_or_disables_and_never_his_own",
    ),
    one(
        ALLOTMENT,
        "disable_account",
        OTHER_ASKED,
        "pass",
        f"{RIGHTS}::test_only_an_officer_resets_or_disables_and_never_his_own",
    ),
    one(ALLOTMENT, "enable_account", OTHER_ASKED, "pass", f"{RIGHTS}::test_only_an_officer_enables"),
    one(
        ALLOTMENT,
        "correct_holder",
        OTHER_ASKED,
        "pass",
        f"{HAND_OVER}::test_a_name_written_wrong_is_corrected_and_the_old_one_stays_in_the_record",
    ),
    pair(
        (OFFICER, "allot_for_holder", OFFICER_ASKED, "pass"),
        ALLOTS_UNASKED,
        tests=(f"{ALLOT}::test_nobody_else_allots",),
    ),
    one(f"{SERVICE}.roster", "import_roster", OFFICER_ASKED, "pass", f"{RIGHTS}::test_only_an_officer_imports"),
    one(
        f"{SERVICE}.roster",
        "check_roster",
        "set(row.roles) - ALLOTTABLE_ROLES",
        "False",
        f"{ROSTER}::test_200_accounts_with_13_wrong_rows",
    ),
    one(
        OFFICER, "give_role", OTHER_ASKED, "pass", f"{ACCOUNT}::test_an_officer_touches_neither_himself_nor_a_superuser"
    ),
    one(
        OFFICER,
        "give_role",
        "role not in ALLOTTABLE_ROLES",
        "False",
        f"{ACCOUNT}::test_the_services_hold_the_same_line",
    ),
    one(
        OFFICER,
        "end_role",
        "require_other(assignment.user, actor)",
        "pass",
        f"{ACCOUNT}::test_an_officer_touches_neither_himself_nor_a_superuser",
    ),
    one(
        f"{SERVICE}.assignments",
        "assign_role",
        "actor is not None and actor.pk == user.pk",
        "False",
        f"{RIGHTS}::test_nobody_gives_himself_a_role",
    ),
    one(DESK, "AccountView.dispatch", "raise PermissionDenied", "pass"),
    one(
        DESK,
        "DetailView._show",
        "may(request.user, Resource.ACCOUNT, Verb.ALLOT)",
        "True",
        f"{ACCOUNT}::test_the_page_of_an_account_tells_its_story",
    ),
    one(
        DESK,
        "DetailView._show",
        "not user.is_superuser",
        "True",
        f"{ACCOUNT}::test_an_officer_touches_neither_himself_nor_a_superuser",
    ),
    one(
        "accounts.viewsets.people",
        "AccountIndexView.header_buttons",
        "may(user, Resource.ACCOUNT, Verb.ALLOT)",
        "True",
        f"{LIST}::test_officer_and_auditor_read_the_list",
    ),
    one(
        "accounts.viewsets.people",
        "AccountIndexView.header_buttons",
        "may(user, Resource.ACCOUNT, Verb.EXPORT)",
        "True",
        f"{RIGHTS}::test_the_list_of_accounts_offers_what_its_reader_may_do",
    ),
    one(
        DESK,
        "DetailView._show",
        ".visible_to(request.user).of_account",
        ".of_account",
        "policy_pages/tests/test_second_locks.py::test_the_page_of_an_account_shows_the_filings_its_reader_may_read",
    ),
    one(
        "accounts.forms.officer",
        "offered_roles",
        "if role in ALLOTTABLE_ROLES",
        "if True",
        f"{ALLOT}::test_bad_input_is_told_in_words",
    ),
    *FILING_MUTANTS,
]

#: As NO_CHECKS in tests/matrix/mutants.py.
ACCOUNT_NO_CHECKS: dict[str, str] = {
    "accounts.reports:account_state `if user.is_superuser": "a word in a list",
    "accounts.services.logins:open_session `is_open =": "whether the event says that an earlier session was ended; it is ended anyway",
    "accounts.services.roster:template `roles =": "words that explain the workbook",
    'accounts.views.departments:DepartmentView._show `"may_write': "a form that is shown; the service asks",
    "accounts.views.doors:first_login `owed =": "which fields are shown: who owes nothing has none to fill in",
    "accounts.views.officer:DetailView.post `raise Http404": "a word that is no action",
    "accounts.views.second_factor:enrol `": "a sentence of the page; whether the old code is asked for is no matter of roles",
    "accounts.views.second_factor:status `": "a sentence of the page; `remove_factor` asks",
    "accounts.views.second_factor:verify `if not has_factor": "who has bound none has nothing to prove, and is led on",
    "accounts.views.second_factor:verify `if request.user.is_verified": "who is proved already is led on",
    "accounts.services.second_factor:_person_fault `return": "nothing is bound, so there is nothing to reset",
}
