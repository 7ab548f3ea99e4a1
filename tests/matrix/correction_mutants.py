"""Checks of reports of errors and of the site's facts, removed."""

from __future__ import annotations

from tests.matrix.surgery import Mutant, one, pair

DESK = "policy_pages/tests/test_correction_desk.py"
LIST, TICKETS = "policy_pages.viewsets.corrections", "policy_pages.feedback.services"
PROFILE, SITE = "policy_pages.imprint.services", "policy_pages.imprint.views"
MINE = "CorrectionTicket.objects.visible_to(self.request.user)"

CORRECTION_MUTANTS: list[Mutant] = [
    one(
        "policy_pages.querysets",
        "CorrectionTicketQuerySet.visible_to",
        "department__in=departments_with(user, Resource.CORRECTION, Verb.READ)",
        "",
    ),
    one(LIST, "CorrectionIndexView.get_base_queryset", MINE, "CorrectionTicket.objects.all()"),
    one(LIST, "CorrectionView.setup", "CorrectionTicket.objects.visible_to(request.user)", "CorrectionTicket.objects"),
    one(LIST, "CorrectionView._show", "may(user, Resource.CORRECTION, Verb.CONTACT, ticket.department)", "True"),
    pair(
        (LIST, "CorrectionView.post", "raise PermissionDenied", "pass"),
        (TICKETS, "_require", "raise PermissionDenied", "pass"),
        (TICKETS, "reassign_ticket", "raise PermissionDenied", "pass"),
    ),
    one(
        TICKETS,
        "_require",
        "not may(actor, Resource.CORRECTION, Verb.ANSWER, ticket.department)",
        "False",
        f"{DESK}::test_nobody_but_the_unit_s_editor_answers",
    ),
    one(
        TICKETS,
        "reassign_ticket",
        "not may(actor, Resource.CORRECTION, Verb.REASSIGN)",
        "False",
        f"{DESK}::test_nobody_but_the_bureau_sends_on",
    ),
    one(
        "policy_pages.inbox",
        "_corrections",
        "department__in=departments_with(user, Resource.CORRECTION, Verb.ANSWER)",
        "",
    ),
    one(
        "policy_pages.services.links",
        "ticket_links",
        "visible_to(user)",
        "all()",
        f"{DESK}::test_a_link_to_a_report_is_for_its_readers_only",
    ),
    one(
        "accounts.services.duties",
        "notices_for",
        'department=F("clock__department")',
        "",
        f"{DESK}::test_a_chase_of_the_unit_before_does_not_stay_in_its_inbox",
    ),
    # --- The facts of the site -------------------------------------------------------------------------------------
    one(SITE, "site_profile", "not may(request.user, Resource.SITE, Verb.READ)", "False"),
    pair(
        (SITE, "site_profile", "not may(request.user, Resource.SITE, Verb.WRITE)", "False"),
        (PROFILE, "save_profile", "raise PermissionDenied", "pass"),
    ),
    one(
        PROFILE,
        "save_profile",
        "raise PermissionDenied",
        "pass",
        "policy_pages/tests/test_site_profile.py::test_nobody_but_the_moderator_changes_it",
    ),
]

#: As NO_CHECKS in tests/matrix/mutants.py.
CORRECTION_NO_CHECKS: dict[str, str] = {
    "policy_pages.inbox:_duties `answers": "in which of two lists a report of one's own unit stands",
    "policy_pages.viewsets.corrections:CorrectionView._show `may_answer": "forms that are shown; the services ask",
    "policy_pages.viewsets.corrections:CorrectionView._show `may_reassign": "a form that is shown; the service asks",
    'policy_pages.viewsets.corrections:CorrectionView._show `"has_dossier': "a link; the dossier asks",
    'policy_pages.imprint.views:_show `"may_write': "a form that is shown; the service asks",
    "policy_pages.wagtail_hooks:SiteMenuItem.is_shown `": "a menu item; its page asks",
}
