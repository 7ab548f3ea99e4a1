"""Whether a mutant is found: by the matrix at its addresses, or by the tests of its area, which this plugin runs.

A kill is something that got out, a row that changed, a door that opened, or a failing assertion about these; and it is
gone when the check is back. A server error or an exception of another kind is none: it says only that code broke.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.outcomes import Failed
from _pytest.runner import runtestprotocol

from tests.matrix.mutants import MUTANTS
from tests.matrix.surgery import applied

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from tests.matrix.surgery import Mutant
    from tests.matrix.sweep import Matrix

ROOT = Path(__file__).resolve().parents[2]
#: Places of the mutants to try, and the file to write to, for the process that runs the tests of their areas.
WANTED, ANSWER = "HUIQITONG_MUTANTS", "HUIQITONG_KILLS"


class Found(Exception):
    """The matrix saw something: the request, to be asked again of the unchanged program."""


def found_by_matrix(matrix: Matrix, mutant: Mutant) -> str:
    """What the matrix says of the mutant, empty when nothing that the unchanged program does not do too."""

    def look(*asked: Any) -> None:
        *request, _answer, problems = asked
        if any(not problem.startswith("server error") for problem in problems):
            raise Found(request)

    matrix.failures.clear()
    matrix.on_answer = look
    try:
        with applied(mutant):
            matrix.finds(mutant.doors)
    except Found as found:
        said, again = matrix.failures[-1], found.args[0]
    else:
        return ""
    finally:
        matrix.on_answer = None
    matrix.failures.clear()
    matrix.ask(*again)
    assert matrix.failures == [], "guilty without any mutant"
    return said


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
    """Each mutant in turn against the tests of its area, up to the first that finds it and passes without it."""
    if WANTED not in os.environ or session.testsfailed:
        return None
    by_file: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in session.items:
        if not commits(item):
            by_file[str(item.path.relative_to(ROOT))].append(item)
    kills = {}
    for place in map(int, os.environ[WANTED].split(",")):
        items = [item for file in MUTANTS[place].tests for item in by_file[file]]
        kills[place] = first_that_finds(session, MUTANTS[place], items)
        print(f"{place}: {kills[place] or 'SURVIVES'}  {MUTANTS[place]}", flush=True)
    Path(os.environ[ANSWER]).write_text(json.dumps(kills), encoding="utf-8")
    return True


def first_that_finds(session: pytest.Session, mutant: Mutant, items: list[pytest.Item]) -> str:
    """Name of the test, or nothing."""
    for item in items:
        with applied(mutant):
            reports = run(session, item)
        if any(report.when == "call" and report.failed and report.asserted for report in reports):
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
