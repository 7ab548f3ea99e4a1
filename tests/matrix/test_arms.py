"""The other arms: things of A and B in one request, lists against details, values that name nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from tests.matrix.filling import Case, filled
from tests.matrix.inventory import addresses

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
)
#: An address of one marked thing, as our lists and the attachments' link it. Stock's explorer links more than it opens
#: (history of a section, a draft's view for a reader): those answer with a refusal and nothing else.
DETAIL = re.compile(r'href="(/admin/(?:review|changes/edit|events/inspect|documents/edit)/9[1-9]\d{6}/)')
#: Not bigger than a key, nor one that a column holds, nor a number.
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
        closed += [f"{person.name}: {path}" for path in sorted(found) if not opens(matrix, person, path)]
    assert closed == []
    assert shown > 100, "power check"


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
    }
    for person in matrix.people:
        for listed, paths in details.items():
            # The reviewer has no register and no folder: he comes by his inbox. The break-glass account decides nothing.
            if person.is_superuser or (person.name == "reviewer A" and listed != "/admin/inbox/"):
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
            for name, method in (
                ("superuser", "GET"),
                ("editor A", "GET"),
                ("superuser", "POST"),
                ("anonymous", "POST"),
            ):
                answer = matrix.runner.ask(matrix.person(name), method, case.path)
                asked += 1
                broken += [f"{name}: {method} {case} {answer.error}"] if answer.status >= 500 else []
    assert broken == []
    assert asked > 1000, "power check"
