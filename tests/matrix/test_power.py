"""Power check: with any one permission check taken out of the source, the matrix must find it."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.matrix.checks import functions_with_checks
from tests.matrix.kills import found_by_matrix, found_by_tests
from tests.matrix.mutants import EQUIVALENT, MUTANTS, UNTRIED

if TYPE_CHECKING:
    from tests.matrix.mutants import Mutant
    from tests.matrix.sweep import Matrix

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

PROVE = bool(os.environ.get("HUIQITONG_PROVE"))
#: `make prove` tries all (a pattern in HUIQITONG_PROVE: those it finds); the ordinary run all of the module that stands before every view.
SAMPLE = "policy_pages.middleware"


def is_sample(mutant: Mutant) -> bool:
    """Single checks of the module that stands before every view; pairs, which take minutes, are for `make prove`."""
    return len(mutant.edits) == 1 and mutant.edits[0].module == SAMPLE and bool(mutant.doors)


def chosen() -> dict[int, str]:
    """Places of the mutants to try, without any word yet of who found them."""
    wanted = os.environ.get("HUIQITONG_PROVE", SAMPLE)
    return {
        place: ""
        for place, mutant in enumerate(MUTANTS)
        if wanted == "1" or (re.search(wanted, str(mutant)) if PROVE else is_sample(mutant))
    }


@pytest.mark.skipif(not PROVE, reason="minutes: make prove")
def test_every_removed_check_is_found(matrix: Matrix) -> None:
    started, found = time.monotonic(), chosen()
    for place in found:
        if MUTANTS[place].doors:
            began = time.monotonic()
            found[place] = found_by_matrix(matrix, MUTANTS[place])
            print(
                f"{time.monotonic() - began:5.1f} s {MUTANTS[place]}: {found[place] or 'not by the matrix'}", flush=True
            )
    others = [place for place, said in found.items() if not said and MUTANTS[place].tests]
    if others:
        found |= found_by_tests(others)
    survivors = [str(MUTANTS[place]) for place, said in found.items() if not said]
    print(
        f"\nmutants: {len(found)}, killed: {len(found) - len(survivors)}, equivalent: {len(EQUIVALENT)}, "
        f"{time.monotonic() - started:.0f} s; by tests of their area: {len(others)}"
    )
    print("\n".join(f"survives: {name}" for name in survivors))
    assert (survivors, sorted(UNTRIED)) == ([], [])
    assert len(found) >= (100 if os.environ.get("HUIQITONG_PROVE") == "1" else 5), "power check"


def test_no_check_of_the_source_is_left_out() -> None:
    tried = {f"{edit.module}:{edit.where}" for mutant in MUTANTS for edit in mutant.edits}
    found = functions_with_checks()
    assert len(found) > 50, "power check"
    new = sorted(found - tried - set(EQUIVALENT) - UNTRIED)
    assert new == [], (
        "a permission check without a mutant: add one to MUTANTS in tests/matrix/mutants.py, or its reason to EQUIVALENT"
    )
    assert sorted(set(EQUIVALENT) - found) == [], "no such check any more: take the line out of EQUIVALENT"
