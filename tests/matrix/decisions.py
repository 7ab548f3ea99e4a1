"""The one decision about every address: what it is about, so that `accounts.permissions.TABLE` says who may.

HOW TO ADD A ROW: put `"<name of the address>": Decision(see, do)` into the block of its app, where `see` is what a GET
needs and `do` what a POST that changes something needs: `ask(Resource, Verb)` for a right of the table, or PUBLIC (no
login), STAFF (everybody with a role), NOBODY. An address without name goes by its route. A name that ends in `*` stands
for all that begin so; the longest match counts; `name@state` is for one state of the page. What is in no row is a
failure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from accounts.enums import Resource as R
from accounts.enums import Verb as V

if TYPE_CHECKING:
    from tests.matrix.roles import Person


@dataclass(frozen=True)
class Need:
    """What a person must be to be let in: a right of the table over the object's department, or a word."""

    word: str = ""
    rights: tuple[tuple[R, V], ...] = ()

    def is_met_by(self, person: Person, codes: frozenset[str]) -> bool:
        """Whether the regulation lets this person in, to things of all these departments (none: nobody's things)."""
        if self.word == "public":
            return True
        if self.word == "staff":
            return person.is_staff
        return any(all(person.may(*right, code) for code in codes or {""}) for right in self.rights)


def ask(*rights: tuple[R, V] | R | V) -> Need:
    """A right of the table: `ask(R.DRAFT, V.READ)`; several pairs: any of them."""
    if isinstance(rights[0], tuple):
        return Need(rights=rights)
    return Need(rights=((rights[0], rights[1]),))


PUBLIC, STAFF, NOBODY = Need("public"), Need("staff"), Need()


@dataclass(frozen=True)
class Decision:
    """`see`: who gets 200 for a GET; `do`: who may change something. `strict`: each who may see it, gets 200.

    Without `strict` (stock addresses, which narrow further by their own rules) somebody must get in, unless `shut`.
    """

    see: Need
    do: Need = NOBODY
    strict: bool = False
    shut: bool = False
    why: str = ""


def own(see: Need, do: Need = NOBODY, why: str = "") -> Decision:
    """An address of ours: whoever may see it, gets it."""
    return Decision(see, do, strict=True, why=why)


READS, WRITES = ask(R.DRAFT, V.READ), ask(R.DRAFT, V.WRITE)
REPORTS = ask(R.REPORT, V.READ)
CHECKS = ask((R.REPORT, V.FREEZE), (R.EVENT, V.READ))
CLOSED = Decision(NOBODY)
EDITOR = Decision(WRITES, WRITES)
UNDER_REVIEW = Decision(WRITES, NOBODY, why="what two people read stays as it is until they have decided (A6(3))")
FILES = Decision(ask(R.ATTACHMENT, V.READ), ask(R.ATTACHMENT, V.WRITE))
TERMS = own(ask(R.TERM, V.WRITE), ask(R.TERM, V.WRITE))
DAYS = own(ask(R.CALENDAR, V.WRITE), ask(R.CALENDAR, V.WRITE))
READ_ONLY_TERMS, READ_ONLY_DAYS = own(ask(R.TERM, V.READ)), own(ask(R.CALENDAR, V.READ))
ALLOTS = own(ask(R.ACCOUNT, V.ALLOT), ask(R.ACCOUNT, V.ALLOT))
RECOVERS = own(ask(R.SECOND_FACTOR, V.RECOVER), ask(R.SECOND_FACTOR, V.RECOVER))
DECIDES = ask((R.REVIEW, V.DECIDE), (R.CLASSIFICATION, V.DECIDE))

#: Words of our screens that only those may read who have the right, whatever the address.
MARKS: dict[str, Need] = {
    '<h2 id="system-status">': ask(R.SYSTEM_STATE, V.READ),
    "现有授权与本表和任职完全一致": ask((R.SYSTEM_STATE, V.READ), (R.ACCOUNT, V.ALLOT)),
    'id="drift"': ask((R.SYSTEM_STATE, V.READ), (R.ACCOUNT, V.ALLOT)),
}

DECISIONS: dict[str, Decision] = {
    # --- Ours: public -------------------------------------------------------------------------------------------
    "healthz": own(PUBLIC),
    "readyz": own(PUBLIC),
    "search": own(PUBLIC),
    "search_suggest": own(PUBLIC),
    "visit": Decision(NOBODY, why="by POST only: a line in a file, no row"),
    "visit_image": own(PUBLIC),
    "open_data": own(PUBLIC),
    "open_data_search": own(PUBLIC),
    "open_data_description": own(PUBLIC),
    "open_data_schema": own(PUBLIC),
    "open_data_set": Decision(PUBLIC, why="404 for a set or form that there is not"),
    "open_data_item": Decision(PUBLIC, why="as policy_page"),
    "feed": own(PUBLIC),
    "department_feed": own(PUBLIC),
    "category_feed": own(PUBLIC),
    "departments": own(PUBLIC),
    "department": own(PUBLIC),
    "favicon": Decision(PUBLIC, shut=True, why="leads on to the mark"),
    "guides": own(PUBLIC),
    "robots": own(PUBLIC),
    "site_map": own(PUBLIC),
    "sitemap": own(PUBLIC),
    "sitemap_part": Decision(PUBLIC, shut=True, why="404 while one file holds all addresses"),
    "calendar": own(PUBLIC),
    "calendar_month": own(PUBLIC),
    "calendar_feed": own(PUBLIC),
    "guide_window": Decision(
        PUBLIC, shut=True, why="404 for a guide without a fixed window, as those of the matrix are"
    ),
    "guide_print": Decision(PUBLIC, why="404 for what is no public guide"),
    "guide_check": Decision(PUBLIC, why="404 for what is no public guide; a POST is answered and changes nothing"),
    "library": own(PUBLIC),
    "section": Decision(PUBLIC, why="what it lists is public"),
    "policy_page": Decision(PUBLIC, why="a draft is 404 for everybody"),
    "wagtail_serve": Decision(PUBLIC, why="as policy_page"),
    "policy_versions": Decision(PUBLIC, why="as policy_page"),
    "policy_version": Decision(PUBLIC, shut=True, why="the only version leads to the page itself"),
    "policy_comparison": Decision(PUBLIC, shut=True, why="404 for a page of one version"),
    "wagtaildocs_serve": Decision(PUBLIC, why="an attachment that no live text carries is 404 but for its readers"),
    # --- Ours: back office --------------------------------------------------------------------------------------
    "wagtailadmin_home": own(STAFF),
    "policy_pages_inbox": own(STAFF),
    "policy_pages_review": own(READS, ask(R.REVIEW, V.DECIDE)),
    "policy_pages_review@reviewed": own(READS, ask(R.CLASSIFICATION, V.DECIDE)),
    "policy_pages_review_preview": own(READS),
    "policy_pages_unschedule": Decision(NOBODY, ask(R.SCHEDULE, V.CANCEL), why="by POST only"),
    "changes:index*": Decision(ask(R.CHANGE, V.READ), why="a reviewer reads each change on its page, not the list"),
    "changes:add": own(ask(R.CHANGE, V.WRITE), ask(R.CHANGE, V.WRITE)),
    "changes:edit": own(ask(R.CHANGE, V.READ), ask(R.CHANGE, V.CORRECT)),
    "timeliness": own(PUBLIC),
    "timeliness_data": Decision(PUBLIC, why="404 for a word that is no period and a form that is none"),
    "frozen_report*": Decision(PUBLIC, why="404 for a period without one"),
    "corrections": own(PUBLIC),
    "correction": own(PUBLIC, why="whoever holds the receipt; never who wrote it"),
    "correction_new": own(PUBLIC, PUBLIC, why="a visitor reports an error"),
    "corrections:index*": own(ask(R.CORRECTION, V.READ)),
    "corrections:detail": own(ask(R.CORRECTION, V.READ), ask((R.CORRECTION, V.ANSWER), (R.CORRECTION, V.REASSIGN))),
    "policy_pages_site": own(ask(R.SITE, V.READ), ask(R.SITE, V.WRITE)),
    "late_reasons:index*": own(ask(R.LATE_REASON, V.READ)),
    "late_reasons:detail": own(ask(R.LATE_REASON, V.READ), ask((R.LATE_REASON, V.WRITE), (R.LATE_REASON, V.DECIDE))),
    "window_notices:index*": own(ask(R.WINDOW_NOTICE, V.READ)),
    "window_notices:detail": own(ask(R.WINDOW_NOTICE, V.READ), ask(R.WINDOW_NOTICE, V.ACKNOWLEDGE)),
    "terms:index*": READ_ONLY_TERMS,
    "terms:history*": own(ask(R.TERM, V.WRITE)),
    "terms:usage": own(ask(R.TERM, V.WRITE)),
    "terms:*": TERMS,
    "search_words:index*": own(ask(R.SEARCH, V.READ)),
    "search_words:history*": own(ask(R.SEARCH, V.WRITE)),
    "search_words:*": own(ask(R.SEARCH, V.WRITE), ask(R.SEARCH, V.WRITE)),
    "calendar_years:index*": READ_ONLY_DAYS,
    "calendar_years:*": DAYS,
    "calendar_days:index*": READ_ONLY_DAYS,
    "calendar_days:delete": own(ask(R.CALENDAR, V.DELETE), ask(R.CALENDAR, V.DELETE)),
    "calendar_days:*": DAYS,
    "calendar_notice": DAYS,
    "events:*": own(ask(R.EVENT, V.READ)),
    "departments:index*": own(ask(R.DEPARTMENT, V.READ)),
    "departments:detail": own(ask(R.DEPARTMENT, V.READ), ask(R.DEPARTMENT, V.WRITE)),
    "assignments:*": own(ask(R.ASSIGNMENT, V.READ)),
    "accounts:index*": own(ask(R.ACCOUNT, V.READ)),
    "accounts:allot": ALLOTS,
    "accounts:import": ALLOTS,
    "accounts:import_template": own(ask(R.ACCOUNT, V.ALLOT)),
    "accounts:detail": own(ask(R.ACCOUNT, V.READ), ask(R.ACCOUNT, V.ALLOT)),
    "accounts:export": own(ask(R.ACCOUNT, V.EXPORT), ask(R.ACCOUNT, V.EXPORT), why="the download is recorded"),
    "filings:index*": own(ask(R.FILING, V.READ)),
    "filings:add": own(ask(R.FILING, V.WRITE), ask(R.FILING, V.WRITE)),
    "filings:detail": own(ask(R.FILING, V.READ), ask(R.FILING, V.COMPLETE)),
    "duties:index*": own(ask(R.DUTY, V.READ)),
    "duties:detail": own(ask(R.DUTY, V.READ), ask((R.DUTY, V.CHASE), (R.DUTY, V.RELIEVE), (R.DUTY, V.REJUDGE))),
    "duty_rules:index*": own(ask(R.DUTY_RULE, V.READ)),
    "duty_rules:add": own(ask(R.DUTY_RULE, V.WRITE), ask(R.DUTY_RULE, V.WRITE)),
    "duty_rules:withdraw": own(ask(R.DUTY_RULE, V.WRITE), ask(R.DUTY_RULE, V.WRITE)),
    "factor_recoveries:index": RECOVERS,
    "factor_recoveries:confirm": Decision(NOBODY, ask(R.SECOND_FACTOR, V.RECOVER), why="by POST only"),
    "factor_recoveries:cancel": Decision(NOBODY, ask(R.SECOND_FACTOR, V.RECOVER), why="by POST only"),
    "roles:index": own(ask(R.ROLE_TABLE, V.READ)),
    "policy_pages_dossiers*": own(READS),
    "policy_pages_dossier": own(READS),
    "policy_pages_dossier_export": Decision(NOBODY, READS, why="by POST only: the download is recorded"),
    "policy_pages_dossier_revision": own(READS),
    "policy_pages_report": own(REPORTS),
    "policy_pages_report_facts": own(REPORTS),
    "policy_pages_assessment": own(REPORTS),
    "policy_pages_report_export": Decision(
        NOBODY, ask(R.REPORT, V.EXPORT), why="by POST only: the download is recorded"
    ),
    "policy_pages_searches": own(ask(R.SEARCH, V.READ)),
    "policy_pages_searches_export": Decision(
        NOBODY, ask(R.SEARCH, V.EXPORT), why="by POST only: the download is recorded"
    ),
    "policy_pages_frozen_reports": own(CHECKS, ask(R.REPORT, V.FREEZE)),
    "policy_pages_frozen_check": own(CHECKS),
    "accounts_second_factor": own(STAFF, why="one's own factor"),
    "accounts_second_factor_enrol": own(STAFF, why="one's own factor; a wrong code binds nothing"),
    "accounts_second_factor_verify": Decision(NOBODY, why="leads on: nobody here has bound a factor and not proved it"),
    "accounts_first_login": Decision(NOBODY, why="leads home: nobody here owes a password or the undertaking"),
    "admin/account/": own(STAFF, why="one's own account, which the runner does not count as a change"),
    "_util/login/": Decision(PUBLIC, shut=True, why="leads to the one login page"),
    # --- Closed by an address of ours before Wagtail's ----------------------------------------------------------
    "^admin/reports/page-types-usage/": Decision(NOBODY, why="names the last edited page of any department"),
    "admin/pages/<int:page_to_move_id>/move/<int:destination_id>/confirm/": Decision(NOBODY, why="asks for no right"),
    "wagtailadmin_error_test": Decision(NOBODY, why="never reached: the address above stands before it"),
    "admin/choose-external-link/": Decision(STAFF, why="an address typed by hand"),
    "admin/failwhale/": Decision(NOBODY, why="stock's test of the error page"),
    "admin/documents/delete/<int:document_id>/": Decision(
        ask(R.ATTACHMENT, V.DELETE), ask(R.ATTACHMENT, V.DELETE), why="a frozen file stays"
    ),
    # --- Wagtail: for whoever works here, shows nobody's things --------------------------------------------------
    "admin/test404/": Decision(STAFF, why="the not-found page"),
    "admin/^.*/$": Decision(NOBODY, why="the not-found page"),
    "wagtailadmin_sprite": Decision(PUBLIC),
    "wagtailadmin_javascript_catalog": Decision(PUBLIC),
    "wagtailadmin_login": Decision(PUBLIC),
    "wagtailcore_login": Decision(PUBLIC, shut=True, why="never reached: the address of ours stands before it"),
    "wagtailadmin_logout": Decision(NOBODY, why="by POST; a session is bookkeeping"),
    "wagtailadmin_password_reset*": Decision(PUBLIC, shut=True, why="switched off"),
    "wagtailadmin_account": Decision(STAFF, shut=True, why="never reached: ours of the same address stands before it"),
    "wagtailadmin_dismissibles": Decision(STAFF, shut=True, why="one's own profile"),
    "wagtailadmin_tag*": Decision(STAFF, shut=True, why="tags are not used: there is no model of them"),
    "wagtailadmin_block_preview": Decision(STAFF, shut=True),
    "wagtailadmin_editing_sessions:*": Decision(STAFF, shut=True, why="who has one's own page open"),
    "wagtailadmin_choose_*": Decision(STAFF, why="offers what is public and one's own"),
    "wagtailcore_authenticate_with_password": Decision(PUBLIC, shut=True, why="no shared passwords"),
    "wagtaildocs_authenticate_with_password": Decision(PUBLIC, shut=True, why="no shared passwords"),
    # --- Wagtail: pages -----------------------------------------------------------------------------------------
    "wagtailadmin_explore_root": Decision(READS, shut=True, why="leads on to the section"),
    "wagtailadmin_explore*": Decision(READS),
    "wagtailadmin_api:pages:action*": CLOSED,
    "wagtailadmin_api:pages:find": Decision(STAFF, shut=True, why="leads on to the detail"),
    "wagtailadmin_api:pages:*": Decision(STAFF, why="lists what is live or in one's explorer"),
    "wagtailadmin_api:documents:*": CLOSED,
    "wagtailadmin_api:images:*": Decision(NOBODY, why="there are no images"),
    "wagtailadmin_pages:add": EDITOR,
    "wagtailadmin_pages:preview_on_add": Decision(WRITES),
    "wagtailadmin_pages:add_subpage": Decision(WRITES, shut=True, why="leads on to the form"),
    "wagtailadmin_pages:choose_parent": Decision(STAFF, why="offers the sections below which one may add"),
    "wagtailadmin_pages:type_use*": Decision(READS, why="pages of one's explorer"),
    "wagtailadmin_pages:search*": Decision(READS, why="pages of one's explorer"),
    "wagtailadmin_pages:usage": Decision(WRITES),
    "wagtailadmin_pages:edit": EDITOR,
    "wagtailadmin_pages:edit@submitted": UNDER_REVIEW,
    "wagtailadmin_pages:edit@reviewed": UNDER_REVIEW,
    "wagtailadmin_pages:edit@scheduled": UNDER_REVIEW,
    "wagtailadmin_pages:preview_on_edit": Decision(WRITES),
    "wagtailadmin_pages:view_draft": Decision(WRITES),
    "wagtailadmin_pages:delete": Decision(ask(R.DRAFT, V.DELETE), ask(R.DRAFT, V.DELETE)),
    "wagtailadmin_pages:copy": EDITOR,
    "wagtailadmin_pages:workflow_action": Decision(DECIDES, ask(R.REVIEW, V.DECIDE), shut=True),
    "wagtailadmin_pages:workflow_action@reviewed": Decision(DECIDES, ask(R.CLASSIFICATION, V.DECIDE), shut=True),
    "wagtailadmin_pages:collect_workflow_action_data": Decision(DECIDES, shut=True),
    "wagtailadmin_pages:confirm_workflow_cancellation": Decision(READS, shut=True, why="a question, no act"),
    "wagtailadmin_pages:workflow_preview": Decision(READS, shut=True, why="our review page has its own"),
    "wagtailadmin_pages:workflow_history*": Decision(WRITES),
    "wagtailadmin_pages:history*": Decision(WRITES),
    "wagtailadmin_pages:revisions_index": Decision(WRITES, shut=True, why="leads on to the history"),
    "wagtailadmin_pages:revisions_view": Decision(WRITES),
    "wagtailadmin_pages:revisions_compare": Decision(WRITES),
    "wagtailadmin_pages:revisions_revert": Decision(WRITES),
    "wagtailadmin_pages:*": Decision(NOBODY, why="publish, unpublish, move, lock, hide, order: nobody (A6(3), T12.5)"),
    "wagtail_bulk_action[wagtailcore.page.delete]": Decision(READS, ask(R.DRAFT, V.DELETE)),
    "wagtail_bulk_action[wagtailcore.page.*": Decision(READS, why="the confirmation; nobody confirms"),
    "wagtail_bulk_action[policy_pages.policyfile.delete]": Decision(
        ask(R.ATTACHMENT, V.READ), ask(R.ATTACHMENT, V.DELETE)
    ),
    "wagtail_bulk_action[policy_pages.policyfile.add_to_collection]": Decision(
        ask(R.ATTACHMENT, V.READ), why="nobody here has a second folder of his own to move a file to"
    ),
    "wagtail_bulk_action[policy_pages.policyfile.*": FILES,
    "wagtail_bulk_action*": CLOSED,
    # --- Wagtail: attachments -----------------------------------------------------------------------------------
    "wagtaildocs:index*": Decision(ask(R.ATTACHMENT, V.READ)),
    "wagtaildocs:add*": Decision(ask(R.ATTACHMENT, V.WRITE), ask(R.ATTACHMENT, V.WRITE)),
    "wagtaildocs:edit": Decision(ask(R.ATTACHMENT, V.WRITE), ask(R.ATTACHMENT, V.WRITE)),
    "wagtaildocs:edit_multiple": Decision(NOBODY, ask(R.ATTACHMENT, V.WRITE)),
    "wagtaildocs:delete": Decision(ask(R.ATTACHMENT, V.DELETE), ask(R.ATTACHMENT, V.DELETE)),
    "wagtaildocs:delete_multiple": Decision(NOBODY, ask(R.ATTACHMENT, V.DELETE)),
    "wagtaildocs:document_usage": Decision(ask(R.ATTACHMENT, V.READ)),
    "wagtaildocs:*": CLOSED,
    "wagtaildocs_chooser:create": Decision(STAFF, ask(R.ATTACHMENT, V.WRITE)),
    "wagtaildocs_chooser:*": Decision(STAFF, why="offers one's own folder"),
    # --- Wagtail: administration that no role has (三员分立) ------------------------------------------------------
    "wagtailadmin_reports:page_types_usage*": CLOSED,
    "wagtailadmin_reports:site_history*": Decision(ask(R.EVENT, V.READ), why="names people of every department"),
    "wagtailadmin_reports:*": Decision(NOBODY, why="stock asks for the right to edit, which the auditor has not"),
    "wagtailadmin_collections:*": CLOSED,
    "wagtailadmin_workflows:*": CLOSED,
    "wagtailusers_users:*": CLOSED,
    "wagtailusers_groups:*": CLOSED,
    "wagtailsites:*": CLOSED,
    "wagtailimages:*": CLOSED,
    "wagtailimages_chooser:*": Decision(NOBODY, why="there are no images, and nobody adds one"),
}


class Undecided(Exception):
    """An address in no row."""


def decision(key: str, state: str = "") -> Decision:
    """The row of `key@state` where the state decides, else of the longest match. Raises Undecided with the line to add."""
    if f"{key}@{state}" in DECISIONS:
        return DECISIONS[f"{key}@{state}"]
    if key in DECISIONS:
        return DECISIONS[key]
    starts = [row for row in DECISIONS if row.endswith("*") and key.startswith(row[:-1])]
    if not starts:
        raise Undecided(f'"{key}": Decision(see, do)  - add this line to DECISIONS in tests/matrix/decisions.py')
    return DECISIONS[max(starts, key=len)]
