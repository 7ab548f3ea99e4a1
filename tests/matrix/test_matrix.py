"""Every address × role × own or other × method: no foreign word, no foreign row, no server error, nothing undecided."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.matrix.decisions import Undecided, decision
from tests.matrix.filling import cases
from tests.matrix.inventory import addresses

if TYPE_CHECKING:
    from tests.matrix.sweep import Matrix
    from tests.matrix.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_every_address_is_filled_and_decided(world: World) -> None:
    undecided = []
    for address in addresses():
        for case in cases(address, world, states=("draft",)):
            try:
                decision(case.key)
            except Undecided as error:
                undecided.append(str(error))
    assert sorted(set(undecided)) == []


def test_nobody_meets_or_changes_what_is_not_his(matrix: Matrix) -> None:
    started, cpu, before = time.monotonic(), time.process_time(), matrix.runner.requests.copy()
    matrix.run()
    requests = matrix.runner.requests - before
    asked = requests.total()
    print(
        f"\npermission matrix: {len(addresses())} addresses, {len(matrix.people)} people, {asked} requests "
        f"({dict(requests)}), {time.monotonic() - started:.0f} s ({time.process_time() - cpu:.0f} s CPU)"
    )
    shown, broken = matrix.kinds["shows"], matrix.kinds["server"]
    written = sum(matrix.kinds.values()) - shown - broken - matrix.kinds["opens,"]
    print(
        f"canary hits: {shown}, foreign writes: {written}, server errors: {broken}, opened without right: {matrix.kinds['opens,']}"
    )
    assert matrix.failures == []
    assert list(matrix.shut_doors()) == []
    assert asked > (20_000 if matrix.full else 8_000), "power check"
