"""Who asks: every role of the regulation, and every kind of account that must get nothing."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.test import Client
from django.utils import timezone

from accounts.enums import Resource, Role, Scope, Verb
from accounts.models import Assignment, User
from accounts.permissions import TABLE, Right
from accounts.services import assign_role, disable_account, end_assignment
from policy_pages.tests import factories as f
from tests.matrix.canaries import READERS, Canary

if TYPE_CHECKING:
    from tests.matrix.world import World


@dataclass(frozen=True)
class Person:
    """Somebody with a browser. `holds` is what the regulation gives him today: role and code of the department."""

    name: str
    cookies: str = ""
    holds: tuple[tuple[Role, str], ...] = ()
    pk: int = 0
    is_superuser: bool = False
    #: Name and telephone of his own account, which he may meet everywhere.
    own_words: str = ""

    @property
    def is_staff(self) -> bool:
        """Whether he works in the back office at all."""
        return bool(self.holds) or self.is_superuser

    def may(self, resource: Resource, verb: Verb, code: str = "") -> bool:
        """What the one table says: over the things of that department, or of any when none is named."""
        for role, unit in self.holds:
            if Right(resource, verb, Scope.ALL) in TABLE[role]:
                return True
            if Right(resource, verb, Scope.OWN) in TABLE[role] and code in ("", unit):
                return True
        return False

    def may_meet(self, canary: Canary) -> bool:
        """Whether this text may appear in an answer to him. The break-glass account sees every list."""
        if canary.kind == "public" or self.is_superuser:
            return True
        return any(self.may(*right, canary.code) for right in READERS[canary.kind])


#: Account -> its one living session: a second login would end the first.
COOKIES: dict[str, str] = {}


def cookies_of(username: str) -> str:
    """A live session of the account, as a browser sends it."""
    client = Client()
    client.force_login(f.user(username))
    COOKIES[username] = client.cookies.output(header="", sep=";").strip().partition(";")[0]
    return COOKIES[username]


def person(name: str, username: str, *holds: tuple[Role, str]) -> Person:
    """Somebody logged in."""
    account = f.user(username)
    words = f"{account.holder_name} {account.phone}"
    return Person(name, cookies_of(username), holds, account.pk, own_words=words)


def make_people(world: World) -> list[Person]:
    """Everybody, logged in; last those whose rights were taken away after they had logged in."""
    User.objects.create_superuser("root", password=f.PASSWORD)
    f.make_user("norole")
    root = Person("superuser", cookies_of("root"), (), f.user("root").pk, is_superuser=True)
    return [
        Person("anonymous"),
        person("account without role", "norole"),
        person("editor A", "kjj-edit", (Role.EDITOR, "kjj")),
        person("reviewer A", "kjj-review", (Role.REVIEWER, "kjj")),
        person("editor of the county unit", "jyk-edit", (Role.EDITOR, "jyk")),
        person("moderator", "spj-moder", (Role.MODERATOR, "spj")),
        person("account officer", "spj-acct", (Role.ACCOUNT_OFFICER, "spj")),
        person("auditor", "spj-audit", (Role.AUDITOR, "spj")),
        person("system administrator", "sys-admin", (Role.SYSTEM_ADMINISTRATOR, "spj")),
        root,
        *former_people(world),
    ]


def former_people(world: World) -> list[Person]:
    """Editors of A who are so no more: account disabled, role revoked, last day past and no sync run since."""
    today, unit = timezone.localdate(), world.a.department
    before, yesterday = today - datetime.timedelta(days=9), today - datetime.timedelta(days=1)
    for username in ("kjj-disabled", "kjj-revoked", "kjj-lapsed"):
        user = f.make_user(username)
        assign_role(user=user, department=unit, role=Role.EDITOR, valid_from=before)
    people = [
        person("disabled editor A, live cookie", "kjj-disabled"),
        person("revoked editor A, live cookie", "kjj-revoked"),
        person("lapsed editor A, no sync yet", "kjj-lapsed"),
    ]
    disable_account(user=f.user("kjj-disabled"), reason="离职", actor=None)
    end_assignment(assignment=Assignment.objects.get(user__username="kjj-revoked"), last_day=yesterday)
    Assignment.objects.filter(user__username="kjj-lapsed").update(valid_until=yesterday)
    return people


def make_owners() -> dict[str, Person]:
    """People of B, who show what B's forms look like; they are not judged."""
    return {"B": person("editor B", "gxj-edit", (Role.EDITOR, "gxj"))}
