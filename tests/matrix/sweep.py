"""Which requests are made, and what each answer is held against."""

from __future__ import annotations

import datetime
import os
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from accounts.models import User
from tests.matrix.bodies import XHR, Harvest, bodies
from tests.matrix.crossings import CROSSERS, crossings
from tests.matrix.decisions import MARKS, NOBODY, decision
from tests.matrix.filling import Case, cases
from tests.matrix.inventory import Address, addresses
from tests.matrix.roles import make_owners, make_people
from tests.matrix.runner import Answer, Runner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.matrix.roles import Person
    from tests.matrix.world import Shelf, World

#: Among the doors of a mutant: the crossed requests.
CROSSINGS = "crossings"
#: `make prove` asks everything. The ordinary run asks every address as everybody, for own and other, by GET and by POST;
#: of states, queries, filled forms and other methods it asks what one of each kind of person would see, as named here.
FULL = bool(os.environ.get("HUIQITONG_PROVE"))
#: In every state of a page these are judged; the others in the first only, where nothing hangs on the state.
IN_EVERY_STATE = ("editor A", "reviewer A", "moderator", "account officer", "auditor", "superuser")
#: In the ordinary run: state -> those for whom something hangs on it.
IN_STATE = {
    "submitted": ("editor A", "reviewer A"),
    "reviewed": ("reviewer A", "moderator"),
    "scheduled": ("editor A", "moderator"),
    "live": ("editor A",),
}
#: Who asks with a query, and for things of the county unit or of both departments at once.
QUERIERS = ("editor A", "moderator", "account officer", "system administrator")
NEAR = ("editor A", "editor of the county unit", "moderator", "account officer")
#: Whose likes send forms that would work: another editor's, and one who is so no more.
ALIKE = ("editor of the county unit", "lapsed editor A, no sync yet", "superuser")
#: What the break-glass account may least do.
BREAK_GLASS = ("wagtailadmin_pages:", "wagtail_bulk_action", "wagtailadmin_api:pages", "policy_pages_review")
#: Who sends the forms that would work: everybody who gets past the login.
SENDERS_NOT = ("anonymous", "account without role", "disabled editor A, live cookie", "revoked editor A, live cookie")
POSTED_STATES = ("draft", "submitted", "reviewed", "scheduled", "live")
#: Methods that views answer like GET, or not at all.
OTHER_METHODS = ("HEAD", "PUT", "PATCH", "DELETE")
OTHER_ASKERS = ("anonymous", "editor A", "reviewer A", "system administrator")
#: What nobody changes by request, the break-glass account included: publications and their record.
PUBLISHING = ("policy_pages_review", "wagtailadmin_pages:workflow_action")
PUBLICATION_TABLES = ("policy_pages_publicationrecord", "policy_pages_publishedfile", "policy_pages_listing")


@dataclass
class Matrix:
    """The people, the world they meet, and what was found."""

    world: World
    people: list[Person] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    opened: set[tuple[str, str, str]] = field(default_factory=set)
    done: set[tuple[str, str]] = field(default_factory=set)
    seconds: Counter[str] = field(default_factory=Counter)
    #: Other code than ours may look at every request and answer: the power check counts, a trace writes.
    on_answer: Callable[..., None] | None = None
    full: bool = FULL
    kinds: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Log everybody in and look at the rows before."""
        self.people = make_people(self.world)
        by_name = {person.name: person for person in self.people}
        owner_b = make_owners()["B"]
        # Seen in a moment to come: no session runs out while the machine is slow, and none notes its minute.
        User.objects.update(session_seen_at=timezone.now() + datetime.timedelta(hours=6))
        self.runner = Runner(self.world)
        askers = [by_name["superuser"], by_name["editor A"], owner_b, by_name["moderator"]]
        self.harvest = Harvest(self.runner, askers)

    def person(self, name: str) -> Person:
        """By name."""
        return next(person for person in self.people if person.name == name)

    # --- Asking ---------------------------------------------------------------------------------------------------

    def ask(self, person: Person, method: str, case: Case, body: dict[str, Any] | None = None, code: str = "") -> None:
        """One request, judged. `code` is the department a body without an object in its address speaks of."""
        started = time.monotonic()
        for value in (body or {}).values():
            if hasattr(value, "seek"):
                value.seek(0)
        headers = XHR if body and "X-Requested-With" in body else {}
        answer = self.runner.ask(person, method, case.path, body, **headers)
        self.seconds[case.key] += time.monotonic() - started
        problems = list(self.problems(person, method, case, answer))
        self.failures += [f"{person.name}: {method} {case} -> {answer.status}: {problem}" for problem in problems]
        self.kinds.update(problem.split(" ")[0] for problem in problems)
        if method == "GET":
            self.harvest.note(person, case.path, answer)
        if method == "GET" and answer.status == 200:
            self.opened.add((case.key, person.name, case.owner))
        if answer.changes:
            self.done.add((case.key, person.name))
        if self.on_answer:
            self.on_answer(person, method, case, body, code, answer, problems)

    def problems(self, person: Person, method: str, case: Case, answer: Answer) -> Iterator[str]:
        """What is wrong with an answer."""
        if answer.status >= 500:
            yield f"server error {answer.error}"
        met = {canary for canary in answer.canaries if not person.may_meet(canary)}
        met |= {self.world.secrets[key] for key in answer.keys if not person.may_meet(self.world.secrets[key])}
        if met:
            yield f"shows {', '.join(sorted(f'{kind} of {code}' for kind, code in met))}"
        for mark, need in MARKS.items():
            if mark in answer.text and not (person.is_superuser or need.is_met_by(person, frozenset())):
                yield f"shows {mark}"
        if answer.changes:
            yield from self.wrong_changes(person, method, case, answer)
        if method in {"GET", "POST"} and answer.status == 200 and not self.may_see(person, case):
            yield "opens, and no right of the table says so"

    def may_see(self, person: Person, case: Case) -> bool:
        """Whether a 200 is in order."""
        rule = decision(case.key, case.state)
        codes = self.codes(case)
        return person.is_superuser or rule.see.is_met_by(person, codes) or rule.do.is_met_by(person, codes)

    def codes(self, case: Case) -> frozenset[str]:
        """Departments whose things an address names."""
        if case.owner == "crossed":
            return frozenset()  # what a person sees of his own half is in order; secrets and rows are judged apart
        return frozenset({self.world.shelf(case.owner).code}) if case.owner else frozenset()

    def wrong_changes(self, person: Person, method: str, case: Case, answer: Answer) -> Iterator[str]:
        """Rows that this person may not touch, or touched by asking for a page."""
        if person.is_superuser:
            for change in answer.changes:
                if change.table in PUBLICATION_TABLES:
                    yield f"break-glass publishes: {change}"
            return
        rule = decision(case.key, case.state).do
        if method in {"GET", "HEAD"}:
            yield f"writes: {', '.join(map(str, answer.changes[:3]))}"
        for change in answer.changes:
            if change.table in PUBLICATION_TABLES and case.key not in PUBLISHING:
                yield f"publishes: {change}"
            if change.table != "audit_event" and not rule.is_met_by(person, change.codes):
                whose = ", ".join(sorted(change.codes)) or "nobody"
                yield f"{change} (of {whose}), and no right of the table says so"
                return

    # --- The plan -------------------------------------------------------------------------------------------------

    def gets(self, address: Address, doors: tuple[str, ...] = ("",)) -> None:
        """Every case of an address as everybody."""
        for case in cases(address, self.world):
            if not case.key.startswith(doors):
                continue
            for person in self.people:
                if self.is_asked(person, case):
                    self.ask(person, "GET", case)

    def is_asked(self, person: Person, case: Case) -> bool:
        """Whether this person asks for this case: in the first state everybody does for own and other."""
        if self.full:
            return case.state == "draft" or person.name in IN_EVERY_STATE
        if case.state != "draft":
            return person.name in IN_STATE.get(case.state, ())
        if not person.holds and not person.is_superuser:
            is_plain = "?" not in case.path or "/bulk/" in case.path
            return is_plain and case.owner in {"A", ""}  # to whom nothing belongs B's things are as A's
        if "?" in case.path and "/bulk/" not in case.path:
            return person.name in QUERIERS
        return case.owner not in {"county", "crossed"} or person.name in NEAR

    def sends(self, person: Person, case: Case) -> bool:
        """Whether this person sends the forms that would work."""
        if person.name in SENDERS_NOT:
            return False
        if self.full or person.name not in ALIKE:
            return True
        return person.is_superuser and case.key.startswith(BREAK_GLASS)

    def posts(self, address: Address, doors: tuple[str, ...] = ("",)) -> None:
        """The empty form as everybody, the plausible ones as whoever gets past the login."""
        for case in cases(address, self.world, states=POSTED_STATES):
            if not case.key.startswith(doors) or ("?" in case.path and "/bulk/" not in case.path):
                continue
            for shelf in self.shelves(case):
                for place, body in enumerate(bodies(case, self.world, shelf, self.harvest)):
                    if place == 0 and not case.owner and shelf is self.world.b:
                        continue
                    self.post(case, body, shelf, place)

    def post(self, case: Case, body: dict[str, Any], shelf: Shelf, place: int) -> None:
        """One form as everybody who may try it."""
        for person in self.people:
            if (place == 0 or self.sends(person, case)) and self.is_asked(person, case):
                self.ask(person, "POST", case, body, shelf.code)

    def shelves(self, case: Case) -> list[Shelf]:
        """Of which departments the bodies speak."""
        if case.owner in {"A", "B"}:
            return [self.world.shelf(case.owner)]
        return [] if case.owner == "county" else [self.world.a, self.world.b]

    def others(self, address: Address) -> None:
        """HEAD, PUT, PATCH and DELETE on B's things and nobody's; on A's as the one who edits there.

        In the ordinary run as that one only.
        """
        for case in cases(address, self.world, states=("draft",)):
            if "?" in case.path and "/bulk/" not in case.path:
                continue
            if not self.full and case.owner in {"county", "crossed"}:
                continue
            for name in OTHER_ASKERS if self.full and case.owner in {"B", ""} else ("editor A",):
                for method in OTHER_METHODS:
                    self.ask(self.person(name), method, case)

    def run(self) -> None:
        """Everything."""
        for address in addresses():
            self.gets(address)
            self.posts(address)
            self.others(address)

    def cross(self) -> int:
        """Requests that name things of A and of B at once. Returns how many kinds were tried."""
        tried = list(crossings(self.world))
        for attempt in tried:
            for person in (person for person in self.people if person.name in CROSSERS):
                self.ask(person, attempt.method, attempt.case, dict(attempt.body))
        return len(tried)

    def finds(self, doors: tuple[str, ...]) -> bool:
        """Whether the part of the matrix at these addresses (beginnings of keys) has a failure; stops at the first."""
        self.failures.clear()
        self.full = True
        try:
            return self._finds(doors)
        finally:
            self.full = FULL

    def _finds(self, doors: tuple[str, ...]) -> bool:
        if CROSSINGS in doors:
            self.cross()
        for address in addresses():
            if self.failures:
                return True
            if any(address.key.startswith(door.partition("[")[0]) for door in doors):
                for part in (self.gets, self.posts):
                    part(address, tuple(doors))
        return bool(self.failures)

    # --- The other half: what is allowed works ---------------------------------------------------------------------

    def shut_doors(self) -> Iterator[str]:
        """Rights of the table that open nothing: with everything refused the rest would pass."""
        keys = sorted({case.key for address in addresses() for case in cases(address, self.world, states=("draft",))})
        for key in keys:
            rule = decision(key)
            entitled = [person for person in self.people if not person.is_superuser]
            seers = [
                p for p in entitled if rule.see.is_met_by(p, frozenset()) and p.name != "editor of the county unit"
            ]
            got = {name for seen, name, owner in self.opened if seen == key and owner != "B"}
            missing = [person.name for person in seers if person.name not in got]
            if missing and rule.strict:
                yield f"{key}: not opened by {', '.join(missing)}, whom the table lets in"
            elif seers and not rule.shut and len(missing) == len(seers):
                yield f"{key}: opened by nobody, though the table lets in {', '.join(p.name for p in seers)}"
            doers = [person.name for person in entitled if rule.do.is_met_by(person, frozenset())]
            if rule.do != NOBODY and not any((key, name) in self.done for name in doers):
                yield f"{key}: nobody changed anything, though the table lets {', '.join(doers)}"
