"""Whether a mutant is found: by the matrix at its addresses, or by a test that it names, which this plugin runs.

A kill is something that got out, a row that changed, a door that opened, or a failing assertion about these; and it is
gone when the check is back. A server error or an exception of another kind is none: it says only that code broke.
"""

from __future__ import annotations

import gc
import json
import os
import random
import subprocess
import sys
import time
import warnings
from collections import Counter
from itertools import zip_longest
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
    from collections.abc import Callable, Generator, Iterable

    from tests.matrix.filling import Case
    from tests.matrix.roles import Person
    from tests.matrix.surgery import Mutant
    from tests.matrix.sweep import Matrix

ROOT = Path(__file__).resolve().parents[2]
#: Places of the mutants to try with the tests of each, and the file to write to, for the process that runs the tests they name.
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
    """Requests that can tell the mutant: by turns those that the check turned away and those that it let pass.

    Of each address one by one, and of each person one by one: a hole may be at one address alone, or for one person.
    """
    queues = [
        one_by_one(ran, of)
        for ran in trace.of(mutant)
        for of in (lambda request: request.case.key, lambda request: request.person.name)
    ]
    merged = (request for turn in zip_longest(*queues) for request in turn if request is not None)
    return list({id(request): request for request in merged}.values())


def one_by_one(requests: list[Request], of: Callable[[Request], str]) -> list[Request]:
    """One request of each kind, then a second of each, chosen by chance that is the same in every run."""
    turns: Counter[str] = Counter()
    placed = []
    for request in random.Random(len(requests)).sample(requests, len(requests)):
        turns[of(request)] += 1
        placed.append((turns[of(request)], request))
    return [request for _turn, request in sorted(placed, key=lambda one: one[0])]


def found_by_tests(wanted: dict[int, tuple[str, ...]]) -> dict[int, str]:
    """By the place of each mutant in MUTANTS: which of these tests found it, or an empty word.

    One process runs them all and prints each as it is judged. A named test that does not exist is an error.
    """
    answer = Path(os.environ.get("TMPDIR", "/tmp")) / f"huiqitong-kills-{os.getpid()}.json"  # noqa: S108 -- ours alone
    tests = sorted({test for named in wanted.values() for test in named})
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.matrix.kills", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, WANTED: json.dumps(list(wanted.items())), ANSWER: str(answer)}
    environment.pop("DATABASE_URL", None)
    subprocess.run(command, cwd=ROOT, env=environment, check=False)
    assert answer.exists(), "the process that runs the named tests did not come to its end: its words stand above"
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
    """Each mutant in turn against its tests, up to the first that finds it."""
    if WANTED not in os.environ or session.testsfailed:
        return None
    shown = session.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled
    kills, sound = {}, set[pytest.Item]()
    for place, tests in json.loads(os.environ[WANTED]):
        began, mutant = time.monotonic(), MUTANTS[place]
        items = [item for item in session.items if item.nodeid.partition("[")[0] in tests]
        said = kills[place] = first_that_finds(session, mutant, items, sound)
        told = f"killed by {said}" if said else f"SURVIVES {len(items)} tests"
        with shown():
            print(f"{time.monotonic() - began:5.1f} s  {place} {mutant}: {told}", flush=True)
    session._setupstate.teardown_exact(None)  # before pytest clears away the folder of the database
    Path(os.environ[ANSWER]).write_text(json.dumps(kills), encoding="utf-8")
    return True


def first_that_finds(session: pytest.Session, mutant: Mutant, items: list[pytest.Item], sound: set[pytest.Item]) -> str:
    """Name of the test that passes without the mutant and fails with it, or nothing; `sound` are those seen to pass."""
    for item in items:
        assert not commits(item), f"{item.nodeid} writes for good: name another test"
        assert item in sound or passes(session, item), f"{item.nodeid} fails without any mutant"
        sound.add(item)
        with applied(mutant):
            reports = run(session, item)
        forget()
        if not any(report.when == "call" and report.failed and report.asserted for report in reports):
            continue
        if mutant.layers:
            with applied(mutant.layers):
                if not passes(session, item):
                    continue
        assert passes(session, item), f"{item.nodeid} fails after a mutant that is gone"
        return item.nodeid
    return ""


def passes(session: pytest.Session, item: pytest.Item) -> bool:
    """Whether the test passes; why not is printed by pytest's own report at the end."""
    reports = run(session, item)
    for report in reports:
        if report.failed:
            session.config.hook.pytest_runtest_logreport(report=report)
    return all(report.passed for report in reports)


def run(session: pytest.Session, item: pytest.Item) -> list[Any]:
    """The test, and what it needed taken down but for what others of its file may share."""
    session._setupstate.teardown_exact(item)  # what the file before left standing
    return runtestprotocol(item, log=False, nextitem=item.parent)  # type: ignore[arg-type]  # only its chain is asked


def forget() -> None:
    """Close what a failing run left open: pytest would count the warning against the run after it."""
    for name in ("last_exc", "last_type", "last_value", "last_traceback"):
        vars(sys).pop(name, None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def commits(item: pytest.Item) -> bool:
    """Whether a test writes for good, which would be seen by all that run after it."""
    mark = item.get_closest_marker("django_db")
    fixtures = getattr(item, "fixturenames", ())
    return bool(mark and mark.kwargs.get("transaction")) or "transactional_db" in fixtures
