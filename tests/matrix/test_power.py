"""Power check: with any one permission check taken out of the source, the matrix must find it, or the test it names."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.matrix.checks import lines_with_checks, touched
from tests.matrix.kills import MOST_REQUESTS, ROOT, found_by_matrix, found_by_tests, in_turn, record
from tests.matrix.mutants import MUTANTS, NO_CHECKS

if TYPE_CHECKING:
    from tests.matrix.sweep import Matrix

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

#: `make prove` tries all; a pattern in HUIQITONG_PROVE those it finds.
PROVE = os.environ.get("HUIQITONG_PROVE", "")
#: The ordinary run proves the proof on one of each kind: the wall, lists, single things, the right to decide, files.
SAMPLE = re.compile(
    r"_check_pages `raise|_check_listing|ScopedIndex.* `\.filter|ChangeRecordQuerySet|_readable_state|can_read_draft|"
    r"decide `not task|_check_files `raise|only_published_files `raise|^\S+FilingView.setup"
)
#: Addresses whose part of the plan is enough for these.
SAMPLE_DOORS = (
    "changes:",
    "filings:detail",
    "policy_pages_dossier",
    "policy_pages_review",
    "wagtail_bulk_action[wagtailcore.page.delete]",
    "wagtaildocs_serve",
)


def test_every_removed_check_is_found(matrix: Matrix) -> None:
    started = time.monotonic()
    wanted = {place: mutant for place, mutant in enumerate(MUTANTS) if PROVE == "1" or re.search(PROVE, str(mutant))}
    if not PROVE:
        wanted = {place: mutant for place, mutant in wanted.items() if SAMPLE.search(str(mutant)) and not mutant.tests}
    by_matrix = {place: mutant for place, mutant in wanted.items() if not mutant.tests}
    by_tests = {place: mutant.tests for place, mutant in wanted.items() if mutant.tests}
    found, tried = found_by_tests(by_tests) if by_tests else {}, 0
    if by_matrix:
        trace = record(matrix, by_matrix.values(), ("",) if PROVE else SAMPLE_DOORS)
        print(
            f"\nthe plan, traced: {sum(matrix.runner.requests.values())} requests, {time.monotonic() - started:.0f} s"
        )
        for place, mutant in by_matrix.items():
            began, asked = time.monotonic(), sum(matrix.runner.requests.values())
            found[place] = found_by_matrix(matrix, trace, mutant)
            asked = sum(matrix.runner.requests.values()) - asked
            tried += asked
            told = found[place] or f"SURVIVES {asked} of {len(in_turn(trace, mutant))} requests"
            print(f"{time.monotonic() - began:5.1f} s {mutant}: {told}", flush=True)
    survivors = [str(MUTANTS[place]) for place, said in found.items() if not said]
    print(
        f"\nmutants: {len(found)}, killed by the matrix: {sum(bool(found[place]) for place in by_matrix)} of "
        f"{len(by_matrix)} ({tried} requests, {MOST_REQUESTS} at most for each), by tests they name: "
        f"{sum(bool(found[place]) for place in by_tests)} of {len(by_tests)}; lines that only look like a check: "
        f"{len(NO_CHECKS)}; {time.monotonic() - started:.0f} s"
    )
    print("\n".join(f"survives: {name}" for name in survivors))
    assert survivors == []
    assert len(found) >= (150 if PROVE == "1" else 1 if PROVE else 8), "power check"


def test_a_named_test_finds_what_it_looks_at_and_nothing_else() -> None:
    """Power check of the half that names tests."""
    deleting, copying = (
        next(place for place, mutant in enumerate(MUTANTS) if what in str(mutant) and mutant.tests)
        for what in ("wagtail_hooks:undeletable", "PolicyPage.copy")
    )
    [test] = MUTANTS[deleting].tests
    assert found_by_tests({deleting: (test,), copying: (test,)}) == {deleting: test, copying: ""}


def test_every_named_test_is_there() -> None:
    for test in sorted({test for mutant in MUTANTS for test in mutant.tests}):
        path, _colons, name = test.partition("::")
        assert re.search(rf"^def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.M), test


def test_no_check_of_the_source_is_left_out() -> None:
    lines, changed = lines_with_checks(), touched(MUTANTS)
    assert len(lines) > 200, "power check"
    left = [str(line) for line in lines if not changed[line.module] & set(line.numbers)]
    assert [line for line in left if not line.startswith(tuple(NO_CHECKS))] == [], (
        "a permission check without a mutant: add one to MUTANTS in tests/matrix/mutants.py"
    )
    gone = [start for start in NO_CHECKS if not any(line.startswith(start) for line in left)]
    assert gone == [], "no such line any more: take it out of NO_CHECKS"


def test_a_new_check_is_seen_to_be_without_a_mutant() -> None:
    """Power check of the list itself: without the mutants of one function its lines stand there."""
    fewer = [mutant for mutant in MUTANTS if "_check_files" not in str(mutant)]
    changed = touched(fewer)
    left = {line.where for line in lines_with_checks() if not changed[line.module] & set(line.numbers)}
    assert "DepartmentWallMiddleware._check_files" in left
