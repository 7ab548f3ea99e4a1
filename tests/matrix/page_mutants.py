"""Checks of a page, removed: its rights, review, dossier, publication, and what its text refers to."""

from __future__ import annotations

from tests.matrix.surgery import Mutant, one, pair

MIDDLEWARE, HOOKS = "policy_pages.middleware", "policy_pages.wagtail_hooks"
PAGES, VIEWS = "policy_pages.permissions", "policy_pages.admin_views"
PREDICATES = "accounts.permissions.predicates"
BASE, FORM = "policy_pages.models.base", "policy_pages.forms.pages"
TASKS = "policy_pages.models.tasks"
DOSSIER = "policy_pages.dossier.views"
PUBLICATION = "policy_pages.services.publication"
MODERATION, REGISTER = "policy_pages.services.moderation", "policy_pages.services.register"
WALL, TESTER = "DepartmentWallMiddleware", "PolicyPagePermissionTester"
DOSSIERS = "policy_pages/tests/test_dossier.py"
MEETS, SCOPES = "policy_pages/tests/test_moderation_doors.py", "policy_pages/tests/test_scoping.py"
LOCKS = "policy_pages/tests/test_second_locks.py"
GUIDES, GLANCE = "policy_pages.guides.finding", "policy_pages/tests/test_guide_glance.py"
NOT_PUBLIC = "test_nothing_stands_beside_a_guide_that_is_not_open_to_all"
AS_WAGTAIL = "test_a_page_without_pages_below_is_deleted_by_those_whom_wagtail_lets"
STOCK_MOVE = "from wagtail.admin.views.pages.move import move_confirm; return move_confirm(request, **ids)"
NO_WALL = (MIDDLEWARE, f"{WALL}._check_pages", "raise Http404", "pass")

PAGE_MUTANTS: list[Mutant] = [
    # --- Beside a public guide -----------------------------------------------------------------------------------
    one(GUIDES, "public_guide", ".live_listed()", ".all()", f"{GLANCE}::{NOT_PUBLIC}"),
    one(GUIDES, "public_guide", ".live_listed()", ".live()", f"{GLANCE}::{NOT_PUBLIC}"),
    one(GUIDES, "public_guide", ".live_listed()", ".live().filter(listing__isnull=False)", f"{GLANCE}::{NOT_PUBLIC}"),
    # --- Our views -----------------------------------------------------------------------------------------------
    one(VIEWS, "_readable_state", "not can_read_draft(request.user, page)", "False"),
    one(PAGES, "can_read_draft", "user.visible_departments().filter(pk=page.department_id).exists()", "True"),
    one(PAGES, "can_review", "return decidable", "return True or decidable"),
    one(PAGES, "can_moderate", "return decidable", "return True or decidable"),
    one(
        PAGES,
        "decidable",
        'pages.filter(pages_of(editable_departments(user, "accounts.review_content")))',
        "pages",
    ),
    one(PAGES, "decidable", "not is_moderator(user)", "False"),
    one(
        PAGES,
        "_wrote_latest",
        "Q(Exists(drafts)) | Q(Exists(handed_in))",
        "Q(pk__in=[])",
        f"{MEETS}::test_the_author_does_not_approve_his_own_text",
    ),
    one(
        PAGES,
        "_reviewed_latest",
        "Q(Exists(approved))",
        "Q(pk__in=[])",
        f"{LOCKS}::test_t6_4_who_reviewed_a_text_does_not_classify_it",
    ),
    one(
        PREDICATES,
        "can_edit_content",
        '_may(user, "accounts.edit_content", department)',
        "True",
    ),
    one(
        PREDICATES,
        "_may",
        ".filter(pk=department.pk)",
        "",
        f"{LOCKS}::test_content_is_written_and_handed_in_by_its_departments_editors",
    ),
    one(
        MODERATION,
        "submit",
        "not can_edit_content(actor, page.department)",
        "False",
        f"{LOCKS}::test_content_is_written_and_handed_in_by_its_departments_editors",
    ),
    one(
        REGISTER,
        "register_change",
        "can_edit_content(actor, department) or is_moderator(actor)",
        "True",
        f"{LOCKS}::test_a_change_is_registered_by_the_departments_editors_and_the_bureau",
    ),
    # --- Dossier -------------------------------------------------------------------------------------------------
    one("policy_pages.dossier.listing", "DossierIndexView.dispatch", "raise PermissionDenied", "pass"),
    one(
        "policy_pages.dossier.listing",
        "DossierIndexView.get_base_queryset",
        "readable_pages(self.request.user)",
        "Page.objects.all()",
    ),
    one(
        "policy_pages.dossier.listing",
        "own_departments",
        "request.user.visible_departments()",
        "Department.objects.all()",
        f"{DOSSIERS}::test_the_unit_filter_offers_own_units_only",
    ),
    one(
        DOSSIER,
        "dossier",
        "can_edit_content(request.user, page.department)",
        "True",
        f"{LOCKS}::test_the_dossier_leads_its_editors_to_the_page",
    ),
    one(
        DOSSIER,
        "dossier",
        "and page.permissions_for_user(request.user).can_edit()",
        "",
        f"{LOCKS}::test_the_dossier_leads_nobody_whom_wagtail_turns_away",
    ),
    one(
        DOSSIER,
        "dossier",
        "may(request.user, Resource.EVENT, Verb.READ)",
        "True",
        f"{DOSSIERS}::test_only_the_auditor_is_led_into_the_event_chain",
    ),
    one(
        DOSSIER,
        "dossier_export",
        "may(request.user, Resource.EVENT, Verb.READ)",
        "True",
        "policy_pages/tests/test_dossier_exports.py::test_the_export_holds_what_is_shown",
    ),
    pair((DOSSIER, "readable_page", "not can_read_draft(request.user, page)", "False"), NO_WALL),
    one(
        HOOKS,
        "DossierMenuItem.is_shown",
        "request.user.visible_departments().exists()",
        "True",
        f"{LOCKS}::test_the_menu_leads_to_dossiers_those_who_read_drafts",
    ),
    one(
        VIEWS,
        "review",
        "task.may_decide(request.user, page)",
        "True",
        f"{LOCKS}::test_the_review_page_shows_its_form_to_those_who_decide",
    ),
    one(
        VIEWS,
        "review",
        "is_moderator(request.user) or can_edit_content(request.user, page.department)",
        "True",
        f"{LOCKS}::test_the_review_page_offers_to_take_a_publication_back_to_those_who_may",
    ),
    one(
        TASKS,
        "GuardedTask.get_actions",
        "not self.may_decide(user, obj.specific)",
        "False",
        f"{LOCKS}::test_each_step_offers_its_actions_and_what_waits_to_those_who_decide_it",
    ),
    one(
        TASKS,
        "GuardedTask.get_task_states_user_can_moderate",
        'page__in=decidable(user, self.step, pages).values("pk")',
        "",
        f"{LOCKS}::test_each_step_offers_its_actions_and_what_waits_to_those_who_decide_it",
    ),
    one(TASKS, "DepartmentReviewTask.may_decide", "can_review(user, page)", "True"),
    one(TASKS, "ClassificationTask.may_decide", "can_moderate(user, page)", "True"),
    one(MODERATION, "decide", "not task.may_decide(actor, page)", "False"),
    one(
        MODERATION,
        "decide",
        "task.pk != task_id or waiting is None",
        "False",
        f"{LOCKS}::test_a_decision_names_the_step_that_waits",
    ),
    one(
        MODERATION,
        "file_faults",
        "page.has_foreign_files()",
        "False",
        f"{LOCKS}::test_a_text_with_another_departments_file_is_not_handed_in",
    ),
    one(
        MODERATION,
        "cancel_schedule",
        "not (is_moderator(actor) or can_edit_content(actor, page.department))",
        "False",
    ),
    pair(
        (
            VIEWS,
            "delete_file",
            'PolicyFile.objects.filter(collection__in=request.user.visible_departments().values("collection"))',
            "PolicyFile.objects.all()",
        ),
        (MIDDLEWARE, f"{WALL}._check_files", "raise Http404", "pass"),
        tests=(f"{LOCKS}::test_deleting_another_departments_file_does_not_tell_of_it",),
    ),
    # --- Rights of a page ----------------------------------------------------------------------------------------
    one(PAGES, f"{TESTER}.can_unpublish", "return False", "return True"),
    one(PAGES, f"{TESTER}.can_lock", "return False", "return True"),
    one(PAGES, f"{TESTER}.can_unlock", "return False", "return True"),
    one(PAGES, f"{TESTER}.can_unschedule", "return False", "return True"),
    one(PAGES, f"{TESTER}.can_set_view_restrictions", "return False", "return True"),
    one(PAGES, f"{TESTER}.can_move", "return False", "return True"),
    one(
        PAGES,
        f"{TESTER}.can_delete",
        "self._edits() and super().can_delete(ignore_bulk)",
        "True or super()",
    ),
    pair(
        (PREDICATES, "editable_department_ids", "editable_departments(user)", "user.departments_as().model.objects"),
        (PAGES, f"{TESTER}.can_delete", "and super().can_delete(ignore_bulk)", "and bool(super())"),
    ),
    *(
        one(PAGES, "LeafPermissionTester.can_delete", *edit, f"{LOCKS}::{AS_WAGTAIL}")
        for edit in (("return self.can_edit()", "return True"), ("and not self.page.live", ""))
    ),
    one(
        PAGES,
        f"{TESTER}.can_copy",
        "self._edits() and super().can_copy()",
        "True or super()",
    ),
    one(PAGES, "TrunkPagePermissionTester.can_edit", "return False", "return True"),
    one(
        PAGES,
        "TrunkPagePermissionTester.can_delete",
        "return False",
        "return True",
        f"{LOCKS}::test_nobody_deletes_a_section",
    ),
    one(HOOKS, "undeletable", "isinstance(page, TrunkPage)", "False", f"{LOCKS}::test_nobody_deletes_a_section"),
    *(
        one(
            PAGES,
            f"{TESTER}.{right}",
            "return False",
            "return True",
            f"{LOCKS}::test_a6_3_nobody_publishes_or_orders_a_policy_by_its_rights",
        )
        for right in ("can_publish", "can_publish_subpage", "can_reorder_children")
    ),
    one(
        PAGES,
        f"{TESTER}.can_submit_for_moderation",
        "self._edits() and",
        "",
        f"{LOCKS}::test_only_the_departments_editors_hand_in",
    ),
    one(
        BASE,
        "PolicyPage.copy",
        "raise PermissionDenied",
        "pass",
        f"{LOCKS}::test_t12_5_a_page_is_neither_copied_into_another_section_nor_shown_there_as_an_alias",
    ),
    one(
        BASE,
        "PolicyPage.create_alias",
        "raise PermissionDenied",
        "pass",
        f"{LOCKS}::test_t12_5_a_page_is_neither_copied_into_another_section_nor_shown_there_as_an_alias",
    ),
    one(
        "policy_pages.models.files",
        "PolicyFile.delete",
        "if self.is_frozen()",
        "if False",
        f"{LOCKS}::test_a_file_under_review_stays",
    ),
    one(
        BASE,
        "PolicyPage.can_move_to",
        "return False",
        "return True",
        f"{LOCKS}::test_t12_5_a_page_is_neither_copied_into_another_section_nor_shown_there_as_an_alias",
    ),
    # --- Publishing past two approvals ----------------------------------------------------------------------------
    one(
        PUBLICATION,
        "require_approval",
        "raise PermissionDenied(_(",
        "str(_(",
        f"{LOCKS}::test_promise_1_nothing_of_a_publication_is_written_without_two_approvals",
    ),
    pair(
        (BASE, "PolicyPage.publish", "require_approval(revision)", "pass"),
        (PUBLICATION, "write_publication", "require_approval(revision)", "[]"),
        tests=(f"{LOCKS}::test_nothing_is_published_without_two_approvals",),
    ),
    one(
        PUBLICATION,
        "write_publication",
        "require_approval(revision)",
        "[]",
        f"{LOCKS}::test_promise_1_nothing_of_a_publication_is_written_without_two_approvals",
    ),
    # --- Texts and files of others in one's own page -------------------------------------------------------------
    one(FORM, "PolicyPageForm._limit_changes", "department=self._department(), ", ""),
    one(FORM, "PolicyPageForm._check_choosers", "successor and not self._may_refer_to(successor)", "False"),
    one(
        FORM,
        "PolicyPageForm._check_choosers",
        "document and not self._may_refer_to(document)",
        "False",
        f"{SCOPES}::test_a_hidden_document_is_not_linked_from_a_row",
    ),
    one(
        FORM,
        "PolicyPageForm._post_clean",
        "self.instance.has_foreign_links()",
        "False",
        f"{SCOPES}::test_a_link_in_the_text_does_not_tell_of_a_foreign_draft",
    ),
    one(FORM, "PolicyPageForm._may_refer_to", "document.live or", "True or"),
    one(FORM, "PolicyPageForm._post_clean", "self.instance.has_foreign_files()", "False"),
    # --- Replaced addresses and panels ---------------------------------------------------------------------------
    one(VIEWS, "refuse", "raise PermissionDenied", STOCK_MOVE),
    one(
        "accounts.wagtail_hooks",
        "status_panel",
        "request.user.is_superuser or request.user.holds(*WATCHING_ROLES)",
        "True",
    ),
]
