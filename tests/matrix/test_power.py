"""Power check: with any one permission check taken out of the source, the matrix must find it."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from tests.matrix.checks import functions_with_checks
from tests.matrix.mutants import EQUIVALENT, MUTANTS, Mutant, applied

if TYPE_CHECKING:
    from tests.matrix.sweep import Matrix

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

#: `make prove` tries all; the ordinary run all of the module that stands before every view.
SAMPLE = "policy_pages.middleware"


def chosen() -> list[Mutant]:
    return [mutant for mutant in MUTANTS if os.environ.get("HUIQITONG_PROVE") or mutant.edits[0].module == SAMPLE]


def test_every_removed_check_is_found(matrix: Matrix) -> None:
    started = time.monotonic()
    survivors = []
    for mutant in chosen():
        with applied(mutant):
            if not matrix.finds(mutant.doors):
                survivors.append(str(mutant))
    tried = len(chosen())
    print(f"\nmutants: {tried}, killed: {tried - len(survivors)}, {time.monotonic() - started:.0f} s")
    assert survivors == []
    assert tried >= (40 if os.environ.get("HUIQITONG_PROVE") else 5), "power check"


def test_the_unchanged_source_is_not_found_guilty(matrix: Matrix) -> None:
    """The other half: the doors at which mutants are found are clean without them."""
    doors = sorted({door for mutant in chosen() for door in mutant.doors})
    assert not matrix.finds(tuple(doors)), matrix.failures


def test_no_check_of_the_source_is_left_out() -> None:
    tried = {f"{edit.module}:{edit.where}" for mutant in MUTANTS for edit in mutant.edits}
    found = functions_with_checks()
    assert len(found) > 50, "power check"
    new = sorted(found - tried - set(EQUIVALENT))
    assert new == [], (
        "a permission check without a mutant: add one to MUTANTS in tests/matrix/mutants.py, or its reason to EQUIVALENT"
    )
    assert sorted(set(EQUIVALENT) - found) == [], "no such check any more: take the line out of EQUIVALENT"
    assert sorted(tried & set(EQUIVALENT)) == []
