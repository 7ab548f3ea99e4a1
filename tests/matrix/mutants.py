"""Each permission check of the source, removed: what the matrix must notice.

A mutant replaces text inside one function; the function's code object is compiled from the changed source and put into
the running function, so the work tree is never touched and the world need not be made anew. A pair has several edits:
a check that another layer repeats is removed together with that layer, and must show what that layer alone does not.
A mutant without tests must show in the matrix; one that names tests in these, because the matrix does not ask there
(gates before every view, two persons, services, buttons): name the narrowest. The checks of a page stand in
`page_mutants`, those of the accounts app in `account_mutants` and `filing_mutants`, those of duties in `duty_mutants`.
"""

from __future__ import annotations

from tests.matrix.account_mutants import ACCOUNT_MUTANTS, ACCOUNT_NO_CHECKS
from tests.matrix.calendar_mutants import CALENDAR_MUTANTS
from tests.matrix.correction_mutants import CORRECTION_MUTANTS, CORRECTION_NO_CHECKS
from tests.matrix.duty_mutants import DUTY_MUTANTS
from tests.matrix.page_mutants import (
    HOOKS,
    LOCKS,
    MIDDLEWARE,
    NO_WALL,
    PAGE_MUTANTS,
    PAGES,
    PREDICATES,
    REGISTER,
    SCOPES,
    WALL,
)
from tests.matrix.report_mutants import REPORT_MUTANTS, REPORT_NO_CHECKS
from tests.matrix.surgery import Mutant, one, pair

LISTS = "policy_pages.viewsets.register"
PEOPLE = "accounts.models.people"
POLICY = "accounts.permissions.policy"
INBOX = "policy_pages.inbox"
OWN_OR_PUBLIC = 'pages.filter(Q(live=True) | Q(pk__in=readable_pages(request.user).values("pk")))'
CLOSED = f"{WALL}._check_closed"
CHANGE_VIEW = "ChangeDetailView"
ALL_UNITS = ("request.user.visible_departments()", "request.user.visible_departments().model.objects.all()")

MUTANTS: list[Mutant] = [
    # --- The wall between departments ---------------------------------------------------------------------------
    one(*NO_WALL),
    *(
        one(MIDDLEWARE, f"{WALL}._look", f"self._check_{what}", "pass")
        for what in (
            "closed(request)",
            "listing(request)",
            "pages(request, pages)",
            "files(request, files)",
        )
    ),
    one(MIDDLEWARE, f"{WALL}._check_files", *ALL_UNITS),
    one(MIDDLEWARE, f"{WALL}._check_listing", "raise Http404", "return"),
    one(MIDDLEWARE, f"{WALL}._check_files", "raise Http404", "pass"),
    one(MIDDLEWARE, CLOSED, '"/api/main/documents/" in request.path', "False"),
    one(MIDDLEWARE, CLOSED, '"/api/main/pages/" in request.path', "False"),
    one(
        MIDDLEWARE,
        CLOSED,
        "request.path.startswith(IMAGES)",
        "False",
        "tests/media/test_states.py::test_no_role_adds_sees_or_fetches_an_image",
    ),
    one(MIDDLEWARE, CLOSED, "is_stock and not may_read_reports(request.user)", "False"),
    one(MIDDLEWARE, CLOSED, 'request.path.startswith("/admin/workflows/")', "False"),
    one(MIDDLEWARE, "may_read_reports", "may(user, Resource.EVENT, Verb.READ)", "True"),
    one(MIDDLEWARE, f"{WALL}.process_view", "take_back_ended(user=request.user)", "pass"),
    one(PAGES, "readable_pages", "reaches_all(user, Resource.DRAFT, Verb.READ)", "True"),
    one(PAGES, "readable_pages", "pages_of(user.visible_departments())", ""),
    # --- Predicates ----------------------------------------------------------------------------------------------
    one(
        PEOPLE,
        "User.visible_departments",
        "self.departments_as(*DEPARTMENT_ROLES)",
        "Department.objects.all()",
    ),
    one(
        PEOPLE,
        "User.departments_as",
        'Department.objects.filter(pk__in=held.values("department_id"))',
        "Department.objects.all()",
    ),
    one(PEOPLE, "User.holds", "role__in=roles", "role__isnull=False"),
    one(PEOPLE, "User.departments_as", "self._held if role in roles", "self._held"),
    one(PEOPLE, "User.holds", "any(role in roles for", "any(True for"),
    one(
        PEOPLE, "User.remember_roles", "objects.current()", "objects", f"{LOCKS}::test_a_role_counts_until_its_last_day"
    ),
    one(
        PEOPLE, "User.departments_as", "objects.current()", "objects", f"{LOCKS}::test_a_role_counts_until_its_last_day"
    ),
    one("accounts.services.sync", "take_back_ended", "objects.current()", "objects"),
    one(PEOPLE, "User.holds", "objects.current()", "objects", f"{LOCKS}::test_a_role_counts_until_its_last_day"),
    one(PEOPLE, "User.visible_departments", "if self.is_superuser or", "if True or"),
    one(PREDICATES, "reaches_all", "user.holds(*roles)", "True"),
    one(PREDICATES, "departments_with", "if reaches_all(user, resource, verb)", "if True"),
    one(PREDICATES, "may", "if reaches_all(user, resource, verb)", "if True"),
    one(
        PREDICATES,
        "may",
        "departments_with(user, resource, verb)",
        "departments_with(user, resource, verb).model.objects",
    ),
    pair(
        (PREDICATES, "editable_departments", '.filter(pk__in=user.departments_as(role).values("pk"))', ""),
        (MIDDLEWARE, f"{WALL}.process_view", "take_back_ended(user=request.user)", "pass"),
    ),
    one(PREDICATES, "may", "held.exists() if department is None", "True if department is None"),
    one(PREDICATES, "is_moderator", "user.holds(Role.MODERATOR)", "True"),
    # --- Rows of lists -------------------------------------------------------------------------------------------
    one(
        POLICY,
        "DepartmentScopedPolicy.instances_user_has_any_permission_for",
        'rows.filter(**{f"{self.lookup}__in": editable_departments(user)})',
        "rows",
    ),
    one(POLICY, "DepartmentScopedPolicy.user_has_any_permission", "editable_departments(user).exists()", "True"),
    one(POLICY, "DepartmentScopedPolicy._reaches_all", "user.is_superuser or", "True or"),
    one(POLICY, "ScopedIndex.get_base_queryset", '.filter(pk__in=allowed.values("pk"))', ""),
    one(
        POLICY,
        "ScopedIndex.get_base_queryset",
        'self.permission_policy.instances_user_has_any_permission_for(self.request.user, ["view", "change"])',
        "self.permission_policy.model._default_manager.all()",
    ),
    one(
        POLICY,
        "DepartmentScopedPolicy.user_has_any_permission_for_instance",
        "self.instances_user_has_any_permission_for(user, actions)",
        "self.model._default_manager",
        f"{LOCKS}::test_one_row_of_the_register_is_asked_for_by_its_department",
    ),
    one(LISTS, "readable_departments", *ALL_UNITS, f"{SCOPES}::test_the_register_s_filter_offers_own_units"),
    one(
        LISTS,
        f"{CHANGE_VIEW}._show",
        "and section.permissions_for_user(request.user).can_add_subpage()",
        "",
        f"{LOCKS}::test_the_page_of_a_change_offers_writing_to_editors_and_correcting_to_the_bureau",
    ),
    one(
        LISTS,
        f"{CHANGE_VIEW}._show",
        "is_moderator(request.user) and",
        "",
        f"{LOCKS}::test_the_page_of_a_change_offers_writing_to_editors_and_correcting_to_the_bureau",
    ),
    one(
        "policy_pages.querysets",
        "ChangeRecordQuerySet.visible_to",
        "self.filter(department__in=user.visible_departments())",
        "self.all()",
    ),
    one(LISTS, "ChangeDetailView.setup", ".visible_to(request.user)", ".all()"),
    pair(
        (LISTS, "ChangeDetailView.post", "not is_moderator(request.user)", "False"),
        (REGISTER, "correct_trigger", "not is_moderator(actor)", "False"),
    ),
    pair(
        (LISTS, "ChangeDetailView.post", "not is_moderator(request.user)", "False"),
        (REGISTER, "cancel_change", "not is_moderator(actor)", "False"),
    ),
    one(
        "policy_pages.forms.register",
        "ChangeRecordForm.__init__",
        "editable_departments(self.for_user)",
        "self.fields['department'].queryset",
    ),
    one(INBOX, "inbox_for", "ChangeRecord.objects.open().visible_to(user)", "ChangeRecord.objects.open()"),
    pair(
        (INBOX, "inbox_for", "_among(mine, readable)", "mine"),
        (INBOX, "_to_decide", 'decidable(user, step, pages).values("pk")', 'pages.values("pk")'),
    ),
    one(INBOX, "inbox_for", "readable_pages(user)", "Page.objects.all()"),
    one(INBOX, "inbox_for", "user.departments_as(Role.EDITOR)", "Department.objects.all()"),
    one(INBOX, "inbox_for", "_among(returned, editing)", "returned"),
    one(INBOX, "inbox_for", "_among(others, readable)", "others"),
    one(INBOX, "inbox_for", "_among(_scheduled(), readable)", "_scheduled()"),
    one(
        INBOX,
        "_to_decide",
        'decidable(user, step, pages).values("pk")',
        'pages.values("pk")',
        f"{LOCKS}::test_each_step_offers_its_actions_and_what_waits_to_those_who_decide_it",
    ),
    one(INBOX, "_windows", "department__in=departments_with(user, Resource.WINDOW_NOTICE, Verb.ACKNOWLEDGE)", ""),
    one(
        INBOX,
        "_unexplained",
        "departments_with(user, Resource.LATE_REASON, Verb.WRITE)",
        "Department.objects.all()",
        "policy_pages/tests/test_lateness.py::test_the_unit_finds_in_its_inbox_what_it_has_not_explained",
    ),
    one(
        INBOX,
        "_duties",
        "user.departments_as(Role.EDITOR, Role.REVIEWER)",
        "Department.objects.all()",
        "policy_pages/tests/test_lateness.py::test_the_inbox_tells_what_a_unit_owes_besides",
    ),
    one(INBOX, "_late_reasons", "change__department__in=departments_with(user, Resource.LATE_REASON, Verb.DECIDE)", ""),
    one(
        INBOX,
        "_late_reasons",
        "change__department__in=departments_with(user, Resource.LATE_REASON, Verb.WRITE)",
        "",
        "policy_pages/tests/test_lateness.py::test_each_side_has_it_among_its_tasks",
    ),
    # --- Hooks ---------------------------------------------------------------------------------------------------
    one(HOOKS, "own_or_public", OWN_OR_PUBLIC, "pages"),
    one(HOOKS, "only_published_files", "raise Http404", "return"),
    one(HOOKS, "only_published_files", ".filter(collection=document.collection)", ""),
    one(
        HOOKS,
        "opened_for_a_change",
        ".visible_to(request.user).filter(department__section_page=parent_page)",
        "",
        "policy_pages/tests/test_register.py::test_another_departments_change_is_not_told",
    ),
    *ACCOUNT_MUTANTS,
    *CALENDAR_MUTANTS,
    *PAGE_MUTANTS,
    *REPORT_MUTANTS,
    *DUTY_MUTANTS,
    *CORRECTION_MUTANTS,
]
#: Lines that look like a check and are none: beginning of the line, by function, each with what it is instead.
NO_CHECKS: dict[str, str] = {
    "policy_pages.baking.following:Follower.may_serve": "whether a kept page may still be shown: nobody's right",
    "policy_pages.baking.rules:may_be_kept": "whether an answer is everybody's: tests/serving",
    "policy_pages.baking.wsgi:BakedApplication.": "whether a kept page is served or made: tests/serving",
    'policy_pages.reports.searches:searches `"may_': "shows a link; the address behind it asks by itself",
    "policy_pages.wagtail_hooks:SearchesMenuItem.is_shown": "shows a link; the address behind it asks by itself",
    "policy_pages.admin_views:review `raise PermissionDenied": "a word that is no action",
    "policy_pages.models.tasks:GuardedTask.on_action `raise PermissionDenied": "a word that is no action, or an incomplete form",
    "policy_pages.models.tasks:GuardedTask.may_decide `raise NotImplementedError": "abstract: each step has its own",
    "policy_pages.services.publication:write_publication `raise PermissionDenied": "a classification that is missing",
    "policy_pages.views.pages:shelf_page `raise Http404": "no list was found: there is nothing to show",
    "policy_pages.views.pages:policy_page `raise Http404": "no page was found: there is nothing to show",
    "policy_pages.guides.finding:public_guide `raise Http404": "no guide was found: there is nothing to show",
    "policy_pages.guides.views:calendar `raise Http404": "a word that is no month",
    "policy_pages.guides.views:guide_window `raise Http404": "a guide without a day to write down",
    "policy_pages.versions.views:_published `raise Http404": "no page was found: there is nothing to show",
    "policy_pages.views.indexes:sitemap_part `raise Http404": "a part that the index does not name",
    "policy_pages.versions.views:_chosen `raise Http404": "a number that is no version",
    "policy_pages.middleware:DepartmentWallMiddleware._look `raise Http404": "a number that is none, or too big for a key",
    "policy_pages.middleware:DepartmentWallMiddleware._dossier `": "where a link leads; stock's view and the dossier ask for themselves",
    'policy_pages.viewsets.register:ChangeDetailView._show `"may_explain': "a link; its page asks",
    "policy_pages.viewsets.register:dossier_of `": "a link; the dossier asks",
    "policy_pages.wagtail_hooks:FrozenMenuItem.is_shown `": "a menu item; its page asks",
    "policy_pages.open_data.views:open_data_set `raise Http404": "a set or form that there is not",
    "policy_pages.open_data.views:open_data_item `raise Http404": "no page was found: there is nothing to show",
    "policy_pages.open_data.views:open_data_schema `raise Http404": "a schema that there is not",
    "policy_pages.views.timeliness:timeliness_data `raise Http404": "a word that is no period",
    "policy_pages.views.timeliness:_edition `raise Http404": "an edition that there is not",
    "policy_pages.wagtail_hooks:ReportMenuItem.is_shown `": "a menu item; its pages ask",
    "policy_pages.wagtail_hooks:hide_unused `has_reports": "a menu; its pages ask",
    **ACCOUNT_NO_CHECKS,
    **REPORT_NO_CHECKS,
    **CORRECTION_NO_CHECKS,
}
