"""Whether a mutant is found: by the matrix at its addresses, or by the tests of its area, which this plugin runs.

A kill is something that got out, a row that changed, a door that opened, or a failing assertion about these; and it is
gone when the check is back. A server error or an exception of another kind is none: it says only that code broke.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from _pytest.outcomes import Failed
from _pytest.runner import runtestprotocol

from tests.matrix.inventory import addresses
from tests.matrix.mutants import MUTANTS
from tests.matrix.surgery import applied
from tests.matrix.trace import Trace, traced

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from tests.matrix.filling import Case
    from tests.matrix.roles import Person
    from tests.matrix.surgery import Mutant
    from tests.matrix.sweep import Matrix

ROOT = Path(__file__).resolve().parents[2]
#: Places of the mutants to try, and the file to write to, for the process that runs the tests of their areas.
WANTED, ANSWER = "HUIQITONG_MUTANTS", "HUIQITONG_KILLS"


#: Requests tried against one mutant at most.
MOST_REQUESTS = 1500
#: Addresses where the state of the page decides who may.
STATES_DECIDE = ("policy_pages_review", "policy_pages_unschedule")


class Request(NamedTuple):
    """One request of the plan, as `Matrix.ask` takes it."""

    person: Person
    method: str
    case: Case
    body: dict[str, Any] | None
    code: str


def record(matrix: Matrix, mutants: Iterable[Mutant], doors: tuple[str, ...] = ("",)) -> Trace:
    """The ordinary plan at these addresses, asked once of the unchanged program: which request runs which statements.

    Where the state of a page decides who may, everybody is asked in every state. What the program is found guilty of
    without any mutant is no evidence against one.
    """

    def look(*asked: Any) -> None:
        *request, _answer, problems = asked
        if problems:
            trace.ran.clear()
        else:
            trace.note(Request(*request))

    with traced({f"{edit.module}:{edit.where}" for mutant in mutants for edit in mutant.edits}) as trace:
        matrix.on_answer, before = look, matrix.full
        try:
            matrix.cross()
            for address in addresses():
                if not address.key.startswith(doors) and not any(door.startswith(f"{address.key}[") for door in doors):
                    continue
                matrix.full = address.key.startswith(STATES_DECIDE)
                matrix.gets(address, doors)
                matrix.posts(address, doors)
                matrix.full = False
                if doors == ("",):
                    matrix.others(address)
        finally:
            matrix.on_answer = None
            matrix.full = before
    return trace


def found_by_matrix(matrix: Matrix, trace: Trace, mutant: Mutant) -> str:
    """What the matrix says of the mutant, empty when nothing that the program does not do too without it.

    Of a pair: nothing that it does not do with the repeating layers alone removed.
    """
    requests = iter(in_turn(trace, mutant)[:MOST_REQUESTS])
    while True:
        with applied(mutant):
            request, seen = next(((one, said) for one in requests if (said := faults(matrix, one))), (None, set()))
        if request is None:
            return ""
        if mutant.layers:
            with applied(mutant.layers):
                seen -= faults(matrix, request)
        assert not faults(matrix, request), "guilty without any mutant"
        if seen:
            return f"{request.person.name}: {request.method} {request.case}: {min(seen)}"


def faults(matrix: Matrix, request: Request) -> set[str]:
    """What the matrix has against the answer; a server error says only that code broke."""
    said: set[str] = set()
    matrix.on_answer = lambda *asked: said.update(asked[-1])
    try:
        matrix.ask(*request)
    finally:
        matrix.on_answer = None
    return {problem for problem in said if not problem.startswith("server error")}


def in_turn(trace: Trace, mutant: Mutant) -> list[Request]:
    """Requests that can tell the mutant: those that the check turned away first, and of each address one by one."""
    requests = []
    for ran in trace.of(mutant):
        turns: Counter[str] = Counter()
        placed = []
        for request in random.Random(len(ran)).sample(ran, len(ran)):
            turns[request.case.key] += 1
            placed.append((turns[request.case.key], request))
        requests += [request for _turn, request in sorted(placed, key=lambda one: one[0])]
    return requests


def found_by_tests(places: Iterable[int]) -> dict[int, str]:
    """By the place of each mutant in MUTANTS: which test found it, or an empty word. One process runs them all."""
    answer = Path(os.environ.get("TMPDIR", "/tmp")) / f"huiqitong-kills-{os.getpid()}.json"  # noqa: S108 -- ours alone
    wanted = [str(place) for place in places]
    files = sorted({file for place in wanted for file in MUTANTS[int(place)].tests})
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.matrix.kills", "-p", "no:cacheprovider", *files]
    environment = {**os.environ, WANTED: ",".join(wanted), ANSWER: str(answer)}
    environment.pop("DATABASE_URL", None)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert answer.exists(), done.stdout[-3000:] + done.stderr[-3000:]
    kills = json.loads(answer.read_text(encoding="utf-8"))
    answer.unlink()
    return {int(place): said for place, said in kills.items()}


# --- The plugin, in the other process ---------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Generator[None, Any, Any]:
    """Remember what was raised."""
    report = yield
    report.asserted = call.excinfo is not None and isinstance(call.excinfo.value, AssertionError | Failed)
    return report


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Each mutant in turn against the tests of its area, up to the first that finds it and passes without it.

    All run once before, without any mutant, so that each is tried against those alone that run what it changes.
    """
    if WANTED not in os.environ or session.testsfailed:
        return None
    places = [int(place) for place in os.environ[WANTED].split(",")]
    with traced({f"{edit.module}:{edit.where}" for place in places for edit in MUTANTS[place].edits}) as trace:
        for item in session.items:
            if not commits(item) and all(report.passed for report in run(session, item)):
                trace.note(item)
            trace.ran.clear()
    kills = {}
    for place in places:
        began, files = time.monotonic(), {ROOT / file for file in MUTANTS[place].tests}
        items = [item for ran in trace.of(MUTANTS[place]) for item in ran if item.path in files]
        kills[place] = first_that_finds(session, MUTANTS[place], items)
        told = kills[place] or f"SURVIVES {len(items)} tests"
        print(f"{time.monotonic() - began:5.1f} s {place}: {told}  {MUTANTS[place]}", flush=True)
    Path(os.environ[ANSWER]).write_text(json.dumps(kills), encoding="utf-8")
    return True


def first_that_finds(session: pytest.Session, mutant: Mutant, items: list[pytest.Item]) -> str:
    """Name of the test, or nothing."""
    for item in items:
        with applied(mutant):
            reports = run(session, item)
        if not any(report.when == "call" and report.failed and report.asserted for report in reports):
            continue
        if mutant.layers:
            with applied(mutant.layers):
                if not all(report.passed for report in run(session, item)):
                    continue
        again = run(session, item)
        if all(report.passed for report in again):
            return item.nodeid
        print(f"fails without any mutant: {item.nodeid}", *(r.longreprtext for r in again if r.failed), flush=True)
    return ""


def run(session: pytest.Session, item: pytest.Item) -> list[Any]:
    """The test, and what it needed taken down but for what the next may share."""
    session._setupstate.teardown_exact(item)  # what the one before left standing for a neighbour that did not come
    other = session.items[0] if item is not session.items[0] else session.items[-1]
    return runtestprotocol(item, log=False, nextitem=other)


def commits(item: pytest.Item) -> bool:
    """Whether a test writes for good, which would be seen by all that run after it."""
    mark = item.get_closest_marker("django_db")
    fixtures = getattr(item, "fixturenames", ())
    return bool(mark and mark.kwargs.get("transaction")) or "transactional_db" in fixtures
