"""The other arms: things of A and B in one request, lists against details, values that name nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from tests.matrix.filling import Case, filled
from tests.matrix.inventory import addresses
from tests.matrix.sweep import FULL

if TYPE_CHECKING:
    from tests.matrix.roles import Person
    from tests.matrix.sweep import Matrix
    from tests.matrix.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

#: Where lists are: each is asked as everybody.
LISTS = (
    "/admin/",
    "/admin/inbox/",
    "/admin/changes/",
    "/admin/changes/?q=qz",
    "/admin/documents/",
    "/admin/pages/search/?q=qz",
    "/admin/pages/{section}/",
    "/admin/pages/usage/policy_pages/policydocumentpage/",
    "/admin/events/",
    "/admin/assignments/",
    "/admin/accounts/",
    "/admin/filings/",
    "/admin/dossiers/",
    "/admin/corrections/",
)
#: An address of one marked thing, as our lists and the attachments' link it. Stock's explorer links more than it opens
#: (history of a section, a draft's view for a reader): those answer with a refusal and nothing else.
DETAIL = re.compile(
    r'href="(/admin/(?:review|changes/edit|events/inspect|documents/edit|accounts|filings|dossiers|corrections)/9[1-9]\d{6}/)'
)
#: How many things of each kind a person opens from the lists of the ordinary run; `make prove` opens all.
OPENED = 10_000 if FULL else 4
#: Not bigger than a key, nor one that a column holds, nor a number.
ODD_ASKERS = (("superuser", "GET"), ("superuser", "POST"), ("editor A", "GET"), ("anonymous", "POST"))[
    : 4 if FULL else 3
]
ODD = ("0", str(2**63), "..%2F", "x")


def test_no_request_joins_what_is_of_a_with_what_is_of_b(matrix: Matrix) -> None:
    tried = matrix.cross()
    assert matrix.failures == []
    assert tried > 40, "power check"


def links(matrix: Matrix, person: Person, path: str) -> set[str]:
    """Addresses of single things that a list shows to this person, on all its pages."""
    found: set[str] = set()
    for number in range(1, 9):
        joint = "&" if "?" in path else "?"
        answer = matrix.runner.ask(person, "GET", f"{path}{joint}p={number}")
        new = set(DETAIL.findall(answer.text)) - found if answer.status == 200 else set()
        found |= new
        if not new:
            break
    return found


def opens(matrix: Matrix, person: Person, path: str) -> bool:
    """Whether it is a page for him, or leads on to one; stock refuses by leading home."""
    answer = matrix.runner.ask(person, "GET", path)
    return answer.status in {200, 405} or (answer.status == 302 and answer.location not in {"/admin/", "/admin/login/"})


def test_what_a_list_shows_its_reader_opens(matrix: Matrix, world: World) -> None:
    closed, shown = [], 0
    for person in matrix.people:
        found = {
            link
            for path in LISTS
            for section in ([world.a.department.section_page_id] if "{" in path else [0])
            for link in links(matrix, person, path.format(section=section))
        }
        shown += len(found)
        closed += [f"{person.name}: {path}" for path in some_of_each(found) if not opens(matrix, person, path)]
    assert closed == []
    assert shown > 100, "power check"


def some_of_each(found: set[str]) -> list[str]:
    """The first of each kind of address."""
    kinds: dict[str, list[str]] = {}
    for link in sorted(found):
        kinds.setdefault(link.rstrip("/0123456789"), []).append(link)
    return [link for links_ in kinds.values() for link in links_[:OPENED]]


def test_what_opens_is_in_its_list(matrix: Matrix, world: World) -> None:
    """Every change, step and file of every department, as everybody: 200 in detail exactly when the list shows it."""
    wrong = []
    details = {
        "/admin/changes/": [reverse("changes:edit", args=[c.pk]) for s in shelves(world) for c in s.changes.values()],
        "/admin/inbox/": [
            reverse("policy_pages_review", args=[s.task_states[state].pk])
            for s in shelves(world)
            for state in ("submitted", "reviewed")
        ],
        "/admin/documents/": [
            reverse("wagtaildocs:edit", args=[file.pk]) for s in shelves(world) for file in s.files.values()
        ],
        "/admin/accounts/": [reverse("accounts:detail", args=[s.editor.pk]) for s in shelves(world)],
        "/admin/filings/": [reverse("filings:detail", args=[s.filing.pk]) for s in shelves(world)],
        "/admin/corrections/": [reverse("corrections:detail", args=[s.correction.pk]) for s in shelves(world)],
        "/admin/dossiers/": [
            reverse("policy_pages_dossier", args=[page.pk]) for s in shelves(world) for page in s.pages.values()
        ],
    }
    for person in matrix.people:
        for listed, paths in details.items():
            # The reviewer has no register and no folder: he comes by his inbox. The break-glass account decides nothing.
            if person.is_superuser or (
                person.name == "reviewer A" and listed in {"/admin/changes/", "/admin/documents/"}
            ):
                continue
            shown = links(matrix, person, listed)
            opened = {path for path in paths if matrix.runner.ask(person, "GET", path).status == 200}
            wrong += [f"{person.name}: {path} opens and {listed} does not show it" for path in sorted(opened - shown)]
            wrong += [f"{person.name}: {listed} shows {path}" for path in sorted((shown & set(paths)) - opened)]
    assert wrong == []


def shelves(world: World) -> list:
    return [world.a, world.county, world.b]


def test_a_value_that_names_nothing_is_never_a_server_error(matrix: Matrix) -> None:
    broken, asked = [], 0
    for address in addresses():
        parameters = address.parameters()
        for value in ODD if parameters else ():
            case = Case(address, address.key, filled(address, [value] * len(parameters)), "")
            for name, method in ODD_ASKERS if FULL or value != "0" else ODD_ASKERS[:1]:
                answer = matrix.runner.ask(matrix.person(name), method, case.path)
                asked += 1
                broken += [f"{name}: {method} {case} {answer.error}"] if answer.status >= 500 else []
    assert broken == []
    assert asked > 800, "power check"
