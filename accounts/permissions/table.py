"""The one table of rights: role × resource × verb × whose, and what Django, guardian and Wagtail are given for it.

`TABLE` is what people read (the page 权限表), what the predicates ask and what the permission matrix expects; `RIGHTS`,
folded from it through `GRANTS`, is what `sync_permissions` writes and `sync_permissions --check` compares. Written
from A6, A11–A16 and the separated powers (三员分立). Nobody holds Wagtail's `publish` or Django's `add_user` and
`change_user`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

from accounts.enums import Resource, Role, Scope, Verb

R, V = Resource, Verb


class Right(NamedTuple):
    """One cell of the table."""

    resource: Resource
    verb: Verb
    scope: Scope


@dataclass(frozen=True)
class Grants:
    """What a role's group is given so that stock code agrees with the table.

    Attributes:
        on_department: guardian permissions on the Department object (department roles).
        on_section: Wagtail page permissions on the department's section.
        on_collection: document permissions on the department's collection.
        on_home: Wagtail page permissions on the home page (bureau roles).
        models: Django model permissions, `app_label.codename`.
    """

    on_department: tuple[str, ...] = ()
    on_section: tuple[str, ...] = ()
    on_collection: tuple[str, ...] = ()
    on_home: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


def own(resource: Resource, *verbs: Verb) -> frozenset[Right]:
    """Rights over the things of the department in which the role is held."""
    return frozenset(Right(resource, verb, Scope.OWN) for verb in verbs)


def every(resource: Resource, *verbs: Verb) -> frozenset[Right]:
    """Rights over the things of every department, or over what belongs to none."""
    return frozenset(Right(resource, verb, Scope.ALL) for verb in verbs)


TABLE: dict[Role, frozenset[Right]] = {
    Role.EDITOR: own(R.DRAFT, V.READ, V.WRITE, V.DELETE, V.SUBMIT)
    | own(R.ATTACHMENT, V.READ, V.WRITE, V.DELETE)
    | own(R.CHANGE, V.READ, V.WRITE)
    | own(R.SCHEDULE, V.CANCEL)
    | own(R.DUTY, V.READ)
    | own(R.WINDOW_NOTICE, V.READ, V.WRITE)
    | own(R.LATE_REASON, V.READ, V.WRITE)
    | own(R.CORRECTION, V.READ, V.ANSWER, V.CONTACT)
    | own(R.REPORT, V.READ, V.EXPORT)
    | own(R.FILING, V.READ, V.WRITE)
    | every(R.ROLE_TABLE, V.READ),
    Role.REVIEWER: own(R.DRAFT, V.READ)
    | own(R.REVIEW, V.DECIDE)
    | own(R.ATTACHMENT, V.READ)
    | own(R.CHANGE, V.READ)
    | own(R.DUTY, V.READ)
    | own(R.WINDOW_NOTICE, V.READ)
    | own(R.LATE_REASON, V.READ)
    | own(R.CORRECTION, V.READ, V.CONTACT)
    | own(R.REPORT, V.READ, V.EXPORT)
    | own(R.FILING, V.READ, V.WRITE)
    | every(R.ROLE_TABLE, V.READ),
    Role.MODERATOR: every(R.DRAFT, V.READ)
    | every(R.ATTACHMENT, V.READ)
    | every(R.CLASSIFICATION, V.READ, V.DECIDE)
    | every(R.CHANGE, V.READ, V.CORRECT)
    | every(R.SCHEDULE, V.CANCEL)
    | every(R.TERM, V.READ, V.WRITE)
    | every(R.SEARCH, V.READ, V.WRITE, V.EXPORT)
    | every(R.CALENDAR, V.READ, V.WRITE, V.DELETE)
    | every(R.DUTY, V.READ, V.CHASE, V.RELIEVE, V.REJUDGE)
    | every(R.DUTY_RULE, V.READ, V.WRITE)
    | every(R.WINDOW_NOTICE, V.READ, V.ACKNOWLEDGE)
    | every(R.LATE_REASON, V.READ, V.DECIDE)
    | every(R.CORRECTION, V.READ, V.REASSIGN)
    | own(R.CORRECTION, V.ANSWER, V.CONTACT)
    | every(R.SITE, V.READ, V.WRITE)
    | every(R.REPORT, V.READ, V.EXPORT, V.FREEZE)
    | every(R.ROLE_TABLE, V.READ),
    Role.ACCOUNT_OFFICER: every(R.DEPARTMENT, V.READ, V.WRITE)
    | every(R.ASSIGNMENT, V.READ, V.ALLOT)
    | every(R.ACCOUNT, V.READ, V.ALLOT, V.EXPORT)
    | every(R.FILING, V.READ, V.COMPLETE)
    | every(R.SECOND_FACTOR, V.RECOVER)
    | every(R.ROLE_TABLE, V.READ),
    Role.AUDITOR: every(R.DRAFT, V.READ)
    | every(R.ATTACHMENT, V.READ)
    | every(R.CLASSIFICATION, V.READ)
    | every(R.CHANGE, V.READ)
    | every(R.TERM, V.READ)
    | every(R.SEARCH, V.READ, V.EXPORT)
    | every(R.CALENDAR, V.READ)
    | every(R.DUTY, V.READ)
    | every(R.DUTY_RULE, V.READ)
    | every(R.WINDOW_NOTICE, V.READ)
    | every(R.LATE_REASON, V.READ)
    | every(R.CORRECTION, V.READ)
    | every(R.SITE, V.READ)
    | every(R.REPORT, V.READ, V.EXPORT)
    | every(R.EVENT, V.READ)
    | every(R.DEPARTMENT, V.READ)
    | every(R.ASSIGNMENT, V.READ)
    | every(R.ACCOUNT, V.READ, V.EXPORT)
    | every(R.FILING, V.READ)
    | every(R.SYSTEM_STATE, V.READ)
    | every(R.ROLE_TABLE, V.READ),
    Role.SYSTEM_ADMINISTRATOR: every(R.CALENDAR, V.READ)
    | every(R.DUTY_RULE, V.READ)
    | every(R.DEPARTMENT, V.READ)
    | every(R.SECOND_FACTOR, V.RECOVER)
    | every(R.SYSTEM_STATE, V.READ)
    | every(R.ROLE_TABLE, V.READ),
}

ADMIN = "wagtailadmin.access_admin"
#: `bulk_delete_page` is the one page permission that shows the explorer and gives no power of its own: without
#: `change_page` it deletes nothing. It must never be joined with `change_page` in one group.
SEE_EXPLORER = ("bulk_delete_page",)

#: What stock code must be told for a right. A right that stands in none of these is asked through `may` only.
GRANTS: dict[Right, Grants] = {
    Right(R.DRAFT, V.WRITE, Scope.OWN): Grants(on_department=("edit_content",), on_section=("add_page", "change_page")),
    Right(R.REVIEW, V.DECIDE, Scope.OWN): Grants(on_department=("review_content",)),
    Right(R.ATTACHMENT, V.READ, Scope.OWN): Grants(on_collection=("choose_document",)),
    Right(R.ATTACHMENT, V.WRITE, Scope.OWN): Grants(on_collection=("add_document", "change_document")),
    Right(R.DRAFT, V.READ, Scope.ALL): Grants(on_home=SEE_EXPLORER),
    Right(R.CHANGE, V.READ, Scope.ALL): Grants(models=("policy_pages.view_changerecord",)),
    Right(R.CHANGE, V.CORRECT, Scope.ALL): Grants(models=("policy_pages.change_changerecord",)),
    Right(R.CLASSIFICATION, V.READ, Scope.ALL): Grants(models=("policy_pages.view_listing",)),
    Right(R.CLASSIFICATION, V.DECIDE, Scope.ALL): Grants(models=("policy_pages.change_listing",)),
    Right(R.TERM, V.READ, Scope.ALL): Grants(models=("policy_pages.view_term",)),
    Right(R.TERM, V.WRITE, Scope.ALL): Grants(models=("policy_pages.add_term", "policy_pages.change_term")),
    Right(R.SEARCH, V.READ, Scope.ALL): Grants(models=("policy_pages.view_searchword",)),
    Right(R.SEARCH, V.WRITE, Scope.ALL): Grants(
        models=("policy_pages.add_searchword", "policy_pages.change_searchword")
    ),
    Right(R.CALENDAR, V.READ, Scope.ALL): Grants(models=("audit.view_calendaryear", "audit.view_calendaroverride")),
    Right(R.CALENDAR, V.WRITE, Scope.ALL): Grants(
        models=(
            "audit.add_calendaryear",
            "audit.change_calendaryear",
            "audit.add_calendaroverride",
            "audit.change_calendaroverride",
        )
    ),
    Right(R.CALENDAR, V.DELETE, Scope.ALL): Grants(models=("audit.delete_calendaroverride",)),
    Right(R.EVENT, V.READ, Scope.ALL): Grants(models=("audit.view_event",)),
    Right(R.DEPARTMENT, V.READ, Scope.ALL): Grants(models=("accounts.view_department",)),
    Right(R.ASSIGNMENT, V.READ, Scope.ALL): Grants(models=("accounts.view_assignment",)),
    Right(R.ACCOUNT, V.READ, Scope.ALL): Grants(models=("accounts.read_account",)),
    Right(R.ACCOUNT, V.ALLOT, Scope.ALL): Grants(models=("accounts.allot_account",)),
    Right(R.ACCOUNT, V.EXPORT, Scope.ALL): Grants(models=("accounts.export_account",)),
    Right(R.FILING, V.READ, Scope.ALL): Grants(models=("accounts.view_accountfiling",)),
    Right(R.FILING, V.COMPLETE, Scope.ALL): Grants(models=("accounts.complete_accountfiling",)),
    Right(R.SECOND_FACTOR, V.RECOVER, Scope.ALL): Grants(models=("accounts.recover_second_factor",)),
}


def _folded(rights: frozenset[Right]) -> Grants:
    given = [Grants(models=(ADMIN,)), *(GRANTS[right] for right in sorted(rights) if right in GRANTS)]
    kinds = (field.name for field in fields(Grants))
    return Grants(**{kind: tuple(sorted({code for one in given for code in getattr(one, kind)})) for kind in kinds})


RIGHTS: dict[Role, Grants] = {role: _folded(rights) for role, rights in TABLE.items()}


def roles_with(resource: Resource, verb: Verb, scope: Scope) -> tuple[Role, ...]:
    """The roles that have a right."""
    return tuple(role for role, rights in TABLE.items() if Right(resource, verb, scope) in rights)
