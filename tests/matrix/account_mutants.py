"""Checks of the accounts app, removed: accounts, filings, second factor, sessions. Found by the tests of their area."""

from __future__ import annotations

from tests.matrix.surgery import Mutant, one, pair

T = "accounts/tests/test_"
FILINGS, FILING_VIEWS, FILING_LISTS = f"{T}filings.py", f"{T}filing_views.py", f"{T}filing_lists.py"
HANDOVER, ROSTER, ALLOT = f"{T}filing_handover.py", f"{T}officer_roster.py", f"{T}officer_allot.py"
ACCOUNT, LIST, ROLES = f"{T}officer_account.py", f"{T}officer_list.py", f"{T}officer_roles.py"
TABLE, SERVICES, FIRST = f"{T}permissions_page.py", f"{T}services.py", f"{T}first_login.py"
RECOVERY, DOORS, FACTOR = f"{T}second_factor_recovery.py", f"{T}second_factor_doors.py", f"{T}second_factor.py"
RIGHTS = f"{T}service_rights.py"
HALF = f"{T}half_login.py"
SESSIONS, GLASS = f"{T}sessions.py", f"{T}break_glass.py"

PANELS, PERMISSIONS, SERVICE, VIEW = "accounts.panels", "accounts.permissions", "accounts.services", "accounts.views"
ALLOTMENT, OFFICER = f"{SERVICE}.allotment", f"{SERVICE}.officer"
FILES, SETTLING, FACTOR_SERVICE = f"{SERVICE}.filings.filing", f"{SERVICE}.filings.settling", f"{SERVICE}.second_factor"
FILING_LIST, FACTOR_VIEW, DESK = "accounts.viewsets.filings", f"{VIEW}.second_factor", f"{VIEW}.officer"
GATES = "accounts.middleware"
OFFICER_ASKED, OTHER_ASKED = "require_officer(actor)", "require_other(user, actor)"
SEES, SETTLES = ".visible_to(user)", "may(user, Resource.FILING, Verb.COMPLETE)"
ALLOTS_UNASKED = (ALLOTMENT, "allot_account", OFFICER_ASKED, "pass")
NO_RIGHT, RIGHT_ASKED = (FACTOR_SERVICE, "_require_right", "raise PermissionDenied", "pass"), "_require_right(actor)"

ACCOUNT_MUTANTS: list[Mutant] = [
    # --- Gates between a login and the back office ---------------------------------------------------------------
    one(f"{GATES}.first_login", "FirstLoginMiddleware.process_view", "not owed_by(request.user)", "True", FIRST),
    one(f"{GATES}.second_factor", "SecondFactorMiddleware.process_view", "user.is_verified()", "True", DOORS),
    one(f"{GATES}.second_factor", "SecondFactorMiddleware.process_view", "name in OPEN_ADDRESSES or", "True or", DOORS),
    one(
        f"{GATES}.second_factor", "SecondFactorMiddleware.process_view", "request.user = AnonymousUser()", "pass", DOORS
    ),
    one(f"{GATES}.second_factor", "open_door", "has_factor(user)", "False", DOORS),
    one(f"{GATES}.second_factor", "open_door", "must_have_factor(user)", "False", FACTOR),
    one(f"{GATES}.sessions", "SessionGuardMiddleware.process_request", "and not because", "", SESSIONS),
    one(
        f"{GATES}.sessions",
        "SessionGuardMiddleware.process_request",
        "ended_because(account, nonce, begun)",
        "None",
        SESSIONS,
    ),
    one(f"{GATES}.sessions", "ended_because", "begun_ended(account, begun) or", "", HALF),
    one(f"{GATES}.sessions", "ended_because", "else SessionEnd.FACTOR_RESET", "else None", HALF),
    one(f"{GATES}.sessions", "ended_because", "timed_out(account, timezone.now())", "None", SESSIONS),
    one(f"{GATES}.sessions", "ended_because", "nonce != account.session_nonce", "False", SESSIONS),
    one(f"{GATES}.sessions", "ended_because", "SessionEnd(fault) if fault else None", "None", SESSIONS),
    one(f"{GATES}.break_glass", "BreakGlassMiddleware.process_view", "request.user.is_superuser", "False", GLASS),
    one(f"{SERVICE}.logins", "open_session", "if user.is_superuser", "if False", GLASS),
    one(f"{SERVICE}.first_login", "owed_by", "user.must_change_password or renewal", "False", FIRST),
    one(f"{SERVICE}.first_login", "owed_by", "user.undertaking_signed_at is None", "False", FIRST),
    one(f"{PERMISSIONS}.factor", "must_have_factor", "user.holds(*BUREAU_ROLES)", "False", FACTOR),
    one(f"{PERMISSIONS}.factor", "must_have_factor", "user.is_superuser", "False", FACTOR),
    one(FACTOR_SERVICE, "remove_factor", "must_have_factor(user)", "False", FACTOR, f"{T}second_factor_page.py"),
    # --- The table of rights -------------------------------------------------------------------------------------
    one(
        f"{PERMISSIONS}.policy",
        "TablePolicy.user_has_permission",
        "reaches_all(user, self.resource, verb)",
        "True",
    ),
    one(f"{VIEW}.roles", "role_page", "raise PermissionDenied", "pass", ROLES),
    one(f"{VIEW}.roles", "role_page", "may_see_drift(request.user)", "True"),
    one("accounts.reports", "may_see_drift", "may(user, Resource.ACCOUNT, Verb.READ)", "True"),
    one(
        "accounts.viewsets.people",
        "RoleTableMenuItem.is_shown",
        "may(request.user, Resource.ROLE_TABLE, Verb.READ)",
        "True",
        RIGHTS,
    ),
    one(
        "accounts.viewsets.recoveries",
        "RecoveryMenuItem.is_shown",
        "may(request.user, Resource.SECOND_FACTOR, Verb.RECOVER)",
        "True",
        RECOVERY,
    ),
    one("accounts.wagtail_hooks", "break_glass_panel", "request.user.holds(*ALERTED_ROLES)", "True", GLASS),
    # --- Allotting, disabling, roles -----------------------------------------------------------------------------
    one(ALLOTMENT, "require_officer", "raise PermissionDenied", "pass", RIGHTS, ACCOUNT, ALLOT),
    one(ALLOTMENT, "require_other", OFFICER_ASKED, "pass", RIGHTS),
    one(ALLOTMENT, "require_other", "actor.pk == user.pk", "False", RIGHTS),
    one(ALLOTMENT, "require_other", "user.is_superuser", "False", RIGHTS),
    one(*ALLOTS_UNASKED, RIGHTS),
    one(ALLOTMENT, "allot_account", "not set(roles) <= ALLOTTABLE_ROLES", "False", RIGHTS),
    one(ALLOTMENT, "reset_password", OTHER_ASKED, "pass", RIGHTS),
    one(ALLOTMENT, "disable_account", OTHER_ASKED, "pass", RIGHTS),
    one(ALLOTMENT, "enable_account", OTHER_ASKED, "pass", RIGHTS),
    one(ALLOTMENT, "correct_holder", OTHER_ASKED, "pass", RIGHTS),
    pair((OFFICER, "allot_for_holder", OFFICER_ASKED, "pass"), ALLOTS_UNASKED, tests=(ALLOT,)),
    one(f"{SERVICE}.roster", "import_roster", OFFICER_ASKED, "pass", RIGHTS),
    one(f"{SERVICE}.roster", "check_roster", "set(row.roles) - ALLOTTABLE_ROLES", "False", ROSTER),
    one(OFFICER, "give_role", OTHER_ASKED, "pass", ACCOUNT),
    one(OFFICER, "give_role", "role not in ALLOTTABLE_ROLES", "False", ACCOUNT),
    one(OFFICER, "end_role", "require_other(assignment.user, actor)", "pass", ACCOUNT),
    one(
        f"{SERVICE}.assignments",
        "assign_role",
        "actor is not None and actor.pk == user.pk",
        "False",
        RIGHTS,
    ),
    one(DESK, "AccountView.dispatch", "raise PermissionDenied", "pass"),
    one(DESK, "DetailView._show", "may(request.user, Resource.ACCOUNT, Verb.ALLOT)", "True", ACCOUNT),
    one(DESK, "DetailView._show", "not user.is_superuser", "True", ACCOUNT),
    one(
        "accounts.viewsets.people",
        "AccountIndexView.header_buttons",
        "may(user, Resource.ACCOUNT, Verb.ALLOT)",
        "True",
        LIST,
    ),
    one(
        "accounts.viewsets.people",
        "AccountIndexView.header_buttons",
        "may(user, Resource.ACCOUNT, Verb.EXPORT)",
        "True",
        LIST,
    ),
    one(
        DESK,
        "DetailView._show",
        ".visible_to(request.user).of_account",
        ".of_account",
        "policy_pages/tests/test_second_locks.py",
    ),
    one("accounts.forms.officer", "offered_roles", "if role in ALLOTTABLE_ROLES", "if True", ALLOT, ACCOUNT),
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
    one(FILES, "file_change", "raise PermissionDenied", "pass", FILINGS),
    one(SETTLING, "_require_officer", "raise PermissionDenied", "pass", HANDOVER, FILINGS),
    one(SETTLING, "complete_filing", "_require_officer(actor)", "pass", HANDOVER),
    one(SETTLING, "cancel_filing", "_require_officer(actor)", "pass", HANDOVER),
    one(SETTLING, "correct_filing", "_require_officer(actor)", "pass", HANDOVER),
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
    one(PANELS, "FilingsPanel.__init__", SETTLES, "True", FILING_LISTS),
    pair(
        (PANELS, "filings_panel", "not may(user, Resource.FILING, Verb.READ)", "False"),
        (PANELS, "FilingsPanel.__init__", SEES, ""),
    ),
    one(
        f"{VIEW}.filings",
        "FilingCreateView.post",
        "not AccountFiling.objects.visible_to(request.user).filter(pk=filing.pk).exists()",
        "False",
        FILING_VIEWS,
    ),
    one(f"{VIEW}.filings", "FilingCreateView.dispatch", "raise PermissionDenied", "pass"),
    one(f"{VIEW}.filings", "FilingView.setup", ".visible_to(_person(request))", ""),
    one(
        f"{VIEW}.filings", "FilingView._show", "may(request.user, Resource.FILING, Verb.COMPLETE)", "True", FILING_VIEWS
    ),
    pair(
        (f"{VIEW}.filings", "FilingView.post", "raise PermissionDenied", "pass"),
        (SETTLING, "_require_officer", "raise PermissionDenied", "pass"),
    ),
    one(FILING_LIST, "FilingIndexView.get_base_queryset", ".visible_to(self.request.user)", ""),
    one(
        FILING_LIST,
        "FilingPolicy.user_has_permission",
        "may(user, Resource.FILING, self.VERBS[action])",
        "True",
    ),
    one(
        FILING_LIST,
        "readable_departments",
        "departments_with(request.user, Resource.FILING, Verb.READ)",
        "departments_with(request.user, Resource.FILING, Verb.READ).model.objects",
        FILING_LISTS,
    ),
    # --- The second factor's reset -------------------------------------------------------------------------------
    one(*NO_RIGHT, RECOVERY),
    one(FACTOR_SERVICE, "ask_recovery", RIGHT_ASKED, "pass", RECOVERY),
    one(FACTOR_SERVICE, "confirm_recovery", RIGHT_ASKED, "pass", RECOVERY),
    one(FACTOR_SERVICE, "cancel_recovery", RIGHT_ASKED, "pass", RECOVERY),
    one(FACTOR_SERVICE, "confirm_recovery", "actor.pk == recovery.asked_by_id", "False", RECOVERY),
    one(FACTOR_SERVICE, "confirm_recovery", "_person_fault(user, actor) or", "", RECOVERY),
    one(FACTOR_SERVICE, "_person_fault", "user.pk == actor.pk", "False", RECOVERY),
    one(FACTOR_SERVICE, "_recovery_fault", "_person_fault(user, actor) or", "", RECOVERY),
    one(FACTOR_VIEW, "recoveries", "raise PermissionDenied", "pass"),
    pair((FACTOR_VIEW, "_recovery", "raise PermissionDenied", "pass"), NO_RIGHT),
]

#: As NO_CHECKS in tests/matrix/mutants.py.
ACCOUNT_NO_CHECKS: dict[str, str] = {
    "accounts.reports:account_state `if user.is_superuser": "a word in a list",
    "accounts.services.logins:open_session `is_open =": "whether the event says that an earlier session was ended; it is ended anyway",
    "accounts.services.roster:template `roles =": "words that explain the workbook",
    "accounts.views.doors:first_login `owed =": "which fields are shown: who owes nothing has none to fill in",
    "accounts.views.officer:DetailView.post `raise Http404": "a word that is no action",
    "accounts.views.second_factor:enrol `": "a sentence of the page; whether the old code is asked for is no matter of roles",
    "accounts.views.second_factor:status `": "a sentence of the page; `remove_factor` asks",
    "accounts.views.second_factor:verify `if request.user.is_verified": "who is proved already is led on",
}
