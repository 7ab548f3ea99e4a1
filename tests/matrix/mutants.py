"""Each permission check of the source, removed: what the matrix must notice.

A mutant replaces text inside one function; the function's code object is compiled from the changed source and put into
the running function, so the work tree is never touched and the world need not be made anew. A pair has several edits:
a check that another layer repeats is removed together with that layer, and the single removal stands in EQUIVALENT.
"""

from __future__ import annotations

from tests.matrix.account_mutants import ACCOUNT_EQUIVALENT, ACCOUNT_MUTANTS
from tests.matrix.surgery import Mutant, one, pair

MIDDLEWARE, HOOKS = "policy_pages.middleware", "policy_pages.wagtail_hooks"
PAGES, VIEWS, LISTS = "policy_pages.permissions", "policy_pages.admin_views", "policy_pages.viewsets"
PREDICATES, POLICY = "accounts.permissions.predicates", "accounts.permissions.policy"
BASE, FORM = "policy_pages.models.base", "policy_pages.forms.pages"
TASKS = "policy_pages.models.tasks"
DOSSIER = "policy_pages.dossier.views"
PUBLICATION, CROSSINGS = "policy_pages.services.publication", "crossings"
MODERATION, REGISTER = "policy_pages.services.moderation", "policy_pages.services.register"
WALL, TESTER = "DepartmentWallMiddleware", "PolicyPagePermissionTester"
EDIT, BULK_PAGE, BULK_FILE = (
    "wagtailadmin_pages:edit",
    "wagtail_bulk_action[wagtailcore",
    "wagtail_bulk_action[policy_pages",
)
INBOX, INBOX_DOOR = "policy_pages.inbox", "policy_pages_inbox"
REVIEW, CHANGE = "policy_pages_review", "changes:"
OWN_OR_PUBLIC = 'pages.filter(Q(live=True) | Q(pk__in=readable_pages(request.user).values("pk")))'
CLOSED = f"{WALL}._check_closed"
DOSSIERS, WAYS = "policy_pages/tests/test_dossier.py", "policy_pages/tests/test_moderation_ways.py"
MEETS, SCOPES = "policy_pages/tests/test_moderation_doors.py", "policy_pages/tests/test_scoping.py"
REGISTERS = "policy_pages/tests/test_register.py"
NO_WALL = (MIDDLEWARE, f"{WALL}._check_pages", "raise Http404", "pass")

MUTANTS: list[Mutant] = [
    # --- The wall between departments ---------------------------------------------------------------------------
    one(*NO_WALL, BULK_PAGE),
    one(MIDDLEWARE, f"{WALL}._check_listing", "raise Http404", "return", BULK_PAGE),
    one(MIDDLEWARE, f"{WALL}._check_files", "raise Http404", "pass", BULK_FILE),
    one(MIDDLEWARE, CLOSED, '"/api/main/documents/" in request.path', "False", "wagtailadmin_api:documents"),
    one(MIDDLEWARE, CLOSED, "request.path.startswith(IMAGES)", "False", SCOPES, "tests/media/test_states.py"),
    one(MIDDLEWARE, CLOSED, 'request.path.startswith("/admin/reports/")', "False", "wagtailadmin_reports"),
    one(
        MIDDLEWARE, CLOSED, 'request.path.startswith("/admin/workflows/")', "False", "wagtailadmin_workflows:task_choo"
    ),
    one(MIDDLEWARE, "may_read_reports", "may(user, Resource.EVENT, Verb.READ)", "True", "wagtailadmin_reports"),
    one(MIDDLEWARE, f"{WALL}.process_view", "take_back_ended(user=request.user)", "pass", "wagtailadmin_explore"),
    one(PAGES, "readable_pages", "reaches_all(user, Resource.DRAFT, Verb.READ)", "True", BULK_PAGE, DOSSIERS),
    one(PAGES, "readable_pages", "pages_of(user.visible_departments())", "", BULK_PAGE, DOSSIERS),
    # --- Predicates ----------------------------------------------------------------------------------------------
    one(
        "accounts.models.people",
        "User.visible_departments",
        "self.departments_as(*DEPARTMENT_ROLES)",
        "Department.objects.all()",
        REVIEW,
        CHANGE,
    ),
    one(
        "accounts.models.people",
        "User.departments_as",
        'Department.objects.filter(pk__in=held.values("department_id"))',
        "Department.objects.all()",
        REVIEW,
        CHANGE,
    ),
    one("accounts.models.people", "User.holds", "role__in=roles", "role__isnull=False", REVIEW),
    one(PREDICATES, "reaches_all", "user.holds(*roles)", "True", "wagtailadmin_reports"),
    pair(
        (PREDICATES, "editable_departments", '.filter(pk__in=user.departments_as(role).values("pk"))', ""),
        (MIDDLEWARE, f"{WALL}.process_view", "take_back_ended(user=request.user)", "pass"),
        shown_by=(CHANGE,),
    ),
    one(PREDICATES, "may", "held.exists() if department is None", "True if department is None", "wagtailadmin_reports"),
    one(PREDICATES, "is_moderator", "user.holds(Role.MODERATOR)", "True", CHANGE, REVIEW),
    # --- Rows of lists -------------------------------------------------------------------------------------------
    one(
        POLICY,
        "DepartmentScopedPolicy.instances_user_has_any_permission_for",
        'rows.filter(**{f"{self.lookup}__in": editable_departments(user)})',
        "rows",
        CHANGE,
    ),
    one(
        POLICY, "DepartmentScopedPolicy.user_has_any_permission", "editable_departments(user).exists()", "True", CHANGE
    ),
    one(POLICY, "DepartmentScopedPolicy._reaches_all", "user.is_superuser or", "True or", CHANGE),
    one(POLICY, "ScopedIndex.get_base_queryset", '.filter(pk__in=allowed.values("pk"))', "", CHANGE),
    one(
        "policy_pages.querysets",
        "ChangeRecordQuerySet.visible_to",
        "self.filter(department__in=user.visible_departments())",
        "self.all()",
        CHANGE,
        "policy_pages_inbox",
    ),
    one(LISTS, "ChangeDetailView.setup", ".visible_to(request.user)", ".all()", CHANGE),
    pair(
        (LISTS, "ChangeDetailView.post", "not is_moderator(request.user)", "False"),
        (REGISTER, "correct_trigger", "not is_moderator(actor)", "False"),
        shown_by=(CHANGE,),
    ),
    pair(
        (LISTS, "ChangeDetailView.post", "not is_moderator(request.user)", "False"),
        (REGISTER, "cancel_change", "not is_moderator(actor)", "False"),
        shown_by=(CHANGE,),
    ),
    one(
        "policy_pages.forms.register",
        "ChangeRecordForm.__init__",
        "editable_departments(self.for_user)",
        "self.fields['department'].queryset",
        CHANGE,
    ),
    one(INBOX, "inbox_for", "ChangeRecord.objects.open().visible_to(user)", "ChangeRecord.objects.open()", INBOX_DOOR),
    pair(
        (INBOX, "inbox_for", "_among(mine, readable)", "mine"),
        (INBOX, "_to_decide", 'decidable(user, step, pages).values("pk")', 'pages.values("pk")'),
        shown_by=(INBOX_DOOR,),
    ),
    one(INBOX, "inbox_for", "_among(returned, editing)", "returned", INBOX_DOOR),
    one(INBOX, "inbox_for", "_among(others, readable)", "others", INBOX_DOOR),
    one(INBOX, "inbox_for", "_among(_scheduled(), readable)", "_scheduled()", INBOX_DOOR),
    one(
        INBOX, "_to_decide", 'decidable(user, step, pages).values("pk")', 'pages.values("pk")', INBOX_DOOR, MEETS, WAYS
    ),
    # --- Hooks ---------------------------------------------------------------------------------------------------
    one(HOOKS, "own_or_public", OWN_OR_PUBLIC, "pages", "wagtailadmin_choose_page"),
    one(HOOKS, "only_published_files", "raise Http404", "return", "wagtaildocs_serve"),
    one(HOOKS, "only_published_files", ".filter(collection=document.collection)", "", "wagtaildocs_serve"),
    pair(
        (HOOKS, "opened_for_a_change", ".visible_to(request.user).filter(department__section_page=parent_page)", ""),
        (FORM, "PolicyPageForm._limit_changes", "department=self._department(), ", ""),
        shown_by=("wagtailadmin_pages:add",),
    ),
    # --- Our views -----------------------------------------------------------------------------------------------
    one(VIEWS, "_readable_state", "not can_read_draft(request.user, page)", "False", REVIEW),
    one(PAGES, "can_read_draft", "user.visible_departments().filter(pk=page.department_id).exists()", "True", REVIEW),
    one(PAGES, "can_review", "return decidable", "return True or decidable", REVIEW),
    one(PAGES, "can_moderate", "return decidable", "return True or decidable", REVIEW),
    one(
        PAGES,
        "decidable",
        'pages.filter(pages_of(editable_departments(user, "accounts.review_content")))',
        "pages",
        REVIEW,
    ),
    one(PAGES, "decidable", "not is_moderator(user)", "False", REVIEW),
    one(PAGES, "_wrote_latest", "Q(Exists(drafts)) | Q(Exists(handed_in))", "Q(pk__in=[])", MEETS, WAYS),
    one(PAGES, "_reviewed_latest", "Q(Exists(approved))", "Q(pk__in=[])", MEETS, WAYS),
    one(
        PREDICATES,
        "can_edit_content",
        '_may(user, "accounts.edit_content", department)',
        "True",
        MEETS,
        WAYS,
        REGISTERS,
    ),
    one(PREDICATES, "_may", ".filter(pk=department.pk)", "", MEETS, WAYS, REGISTERS, SCOPES),
    one(MODERATION, "submit", "not can_edit_content(actor, page.department)", "False", MEETS, WAYS),
    one(
        REGISTER,
        "register_change",
        "can_edit_content(actor, department) or is_moderator(actor)",
        "True",
        REGISTERS,
        SCOPES,
    ),
    # --- Dossier -------------------------------------------------------------------------------------------------
    one("policy_pages.dossier.listing", "DossierIndexView.dispatch", "raise PermissionDenied", "pass", DOSSIERS),
    one(
        "policy_pages.dossier.listing",
        "DossierIndexView.get_base_queryset",
        "readable_pages(self.request.user)",
        "Page.objects.all()",
        DOSSIERS,
    ),
    one(
        "policy_pages.dossier.listing",
        "own_departments",
        "request.user.visible_departments()",
        "Department.objects.all()",
        DOSSIERS,
    ),
    one(DOSSIER, "dossier", "can_edit_content(request.user, page.department)", "True", DOSSIERS),
    one(DOSSIER, "dossier", "may(request.user, Resource.EVENT, Verb.READ)", "True", DOSSIERS),
    pair((DOSSIER, "readable_page", "not can_read_draft(request.user, page)", "False"), NO_WALL, shown_by=(DOSSIERS,)),
    one(HOOKS, "DossierMenuItem.is_shown", "request.user.visible_departments().exists()", "True", DOSSIERS),
    one(TASKS, "DepartmentReviewTask.may_decide", "can_review(user, page)", "True", REVIEW),
    one(TASKS, "ClassificationTask.may_decide", "can_moderate(user, page)", "True", REVIEW),
    one(MODERATION, "decide", "not task.may_decide(actor, page)", "False", REVIEW),
    one(
        MODERATION,
        "cancel_schedule",
        "not (is_moderator(actor) or can_edit_content(actor, page.department))",
        "False",
        "policy_pages_unschedule",
    ),
    pair(
        (
            VIEWS,
            "delete_file",
            'PolicyFile.objects.filter(collection__in=request.user.visible_departments().values("collection"))',
            "PolicyFile.objects.all()",
        ),
        (MIDDLEWARE, f"{WALL}._check_files", "raise Http404", "pass"),
        shown_by=("wagtaildocs_chooser", "admin/documents/delete"),
    ),
    # --- Rights of a page ----------------------------------------------------------------------------------------
    one(PAGES, f"{TESTER}.can_unpublish", "return False", "return True", "wagtailadmin_pages:unpublish"),
    one(PAGES, f"{TESTER}.can_lock", "return False", "return True", "wagtailadmin_pages:lock"),
    one(PAGES, f"{TESTER}.can_unlock", "return False", "return True", "wagtailadmin_pages:unlock"),
    one(PAGES, f"{TESTER}.can_unschedule", "return False", "return True", "wagtailadmin_pages:revisions_unschedule"),
    one(PAGES, f"{TESTER}.can_set_view_restrictions", "return False", "return True", "wagtailadmin_pages:set_privacy"),
    one(PAGES, f"{TESTER}.can_move", "return False", "return True", "wagtailadmin_pages:move"),
    one(
        PAGES,
        f"{TESTER}.can_delete",
        "self._edits() and super().can_delete(ignore_bulk)",
        "True or super()",
        "wagtailadmin_pages:delete",
        "wagtailadmin_api:pages:action",
    ),
    pair(
        (PREDICATES, "editable_department_ids", "editable_departments(user)", "user.departments_as().model.objects"),
        (PAGES, f"{TESTER}.can_delete", "and super().can_delete(ignore_bulk)", "and bool(super())"),
        shown_by=("wagtailadmin_pages:delete",),
    ),
    one(
        PAGES,
        f"{TESTER}.can_copy",
        "self._edits() and super().can_copy()",
        "True or super()",
        "wagtailadmin_pages:copy",
    ),
    one(PAGES, "TrunkPagePermissionTester.can_edit", "return False", "return True", EDIT),
    pair(
        (PAGES, "TrunkPagePermissionTester.can_delete", "return False", "return True"),
        (HOOKS, "undeletable", "isinstance(page, TrunkPage)", "False"),
        shown_by=("wagtailadmin_pages:delete",),
    ),
    pair(
        (BASE, "PolicyPage.can_move_to", "return False", "return True"),
        (PAGES, f"{TESTER}.can_move", "return False", "return True"),
        shown_by=("wagtailadmin_pages:move", "wagtailadmin_api:pages:action"),
    ),
    # --- Publishing past two approvals ----------------------------------------------------------------------------
    pair(
        (PAGES, f"{TESTER}.can_publish", "return False", "return True"),
        (PUBLICATION, "require_approval", "raise PermissionDenied(_(", "str(_("),
        shown_by=(EDIT,),
    ),
    pair(
        (PAGES, f"{TESTER}.can_publish", "return False", "return True"),
        (BASE, "PolicyPage.publish", "require_approval(revision)", "pass"),
        shown_by=(EDIT,),
    ),
    # --- Texts and files of others in one's own page -------------------------------------------------------------
    one(FORM, "PolicyPageForm._limit_changes", "department=self._department(), ", "", CROSSINGS),
    one(FORM, "PolicyPageForm._check_choosers", "successor and not self._may_refer_to(successor)", "False", CROSSINGS),
    one(FORM, "PolicyPageForm._may_refer_to", "document.live or", "True or", CROSSINGS),
    one(FORM, "PolicyPageForm._post_clean", "self.instance.has_foreign_files()", "False", CROSSINGS),
    # --- Replaced addresses and panels ---------------------------------------------------------------------------
    one(VIEWS, "refuse", "raise PermissionDenied", "pass", "admin/failwhale", "^admin/reports"),
    one(
        "accounts.wagtail_hooks",
        "status_panel",
        "request.user.is_superuser or request.user.holds(*WATCHING_ROLES)",
        "True",
        "wagtailadmin_home",
    ),
    *ACCOUNT_MUTANTS,
]
#: Checks that came or moved after the last run of the mutants and have none yet. `make prove` is red while any stands here.
UNTRIED = frozenset(
    {
        "accounts.middleware.second_factor:SecondFactorMiddleware.process_view",
        "accounts.middleware.second_factor:open_door",
        "accounts.services.allotment:correct_holder",
        "accounts.services.filings.filing:file_change",
        "accounts.services.filings.settling:_require_officer",
        "accounts.services.filings.settling:cancel_filing",
        "accounts.services.filings.settling:complete_filing",
        "accounts.services.filings.settling:correct_filing",
        "policy_pages.middleware:DepartmentWallMiddleware._look",
        "policy_pages.viewsets:readable_departments",
    }
)

#: A check whose removal alone changes nothing, each with the reason: the layer that says the same, or no way to it.
EQUIVALENT: dict[str, str] = {
    "accounts.permissions.policy:DepartmentScopedPolicy.user_has_any_permission_for_instance": (
        "no stock view of one row of ours is left; `changes:edit` finds its row by `visible_to`"
    ),
    "policy_pages.admin_views:review": "a word that is no action; `decide` asks for the right",
    "policy_pages.models.base:PolicyPage.copy": "the copy view offers and accepts the page's own section only to its editors",
    "policy_pages.models.base:PolicyPage.create_alias": "an alias asks for the right to publish, which nobody has",
    "policy_pages.models.files:PolicyFile.delete": "keeps a frozen file for its own editors; the hook and the view refuse first",
    "policy_pages.models.tasks:GuardedTask.get_actions": "which buttons are drawn; `decide` asks again",
    "policy_pages.models.tasks:GuardedTask.get_task_states_user_can_moderate": "stock's panels and reports that ask are closed",
    "policy_pages.models.tasks:GuardedTask.on_action": "a word that is no action, or an incomplete form",
    "policy_pages.permissions:PolicyPagePermissionTester.can_submit_for_moderation": (
        "asked by the editor's view alone, which only the department's editors open"
    ),
    "policy_pages.services.moderation:file_faults": "a second look when handing in; `_post_clean` refuses before",
    "policy_pages.services.publication:write_publication": "a publication without a classification: completeness, not a right",
    "policy_pages.viewsets:ChangeDetailView._show": "whether the form is drawn; `post` asks again",
    "policy_pages.views.pages:policy_page": "a page that is not live is not found; there is nothing to show",
    "policy_pages.middleware:DepartmentWallMiddleware._dossier": "leads a reader to the dossier; stock's view refuses him",
    "policy_pages.models.tasks:GuardedTask.may_decide": "abstract: each step has its own",
    "policy_pages.permissions:PolicyPagePermissionTester.can_publish_subpage": (
        "nothing stands below a policy page; stock asks the section's tester"
    ),
    "policy_pages.permissions:PolicyPagePermissionTester.can_reorder_children": "nothing stands below a policy page",
    **ACCOUNT_EQUIVALENT,
}
