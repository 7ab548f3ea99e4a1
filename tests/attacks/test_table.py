"""Each attack path has its home, and the home its test."""

from __future__ import annotations

import importlib
import re

import pytest

from tests.attacks.table import HOMES


def test_all_thirty_two_paths_have_a_home() -> None:
    assert sorted(HOMES) == list(range(1, 33))


@pytest.mark.parametrize("number", sorted(HOMES))
def test_the_home_of_a_path_is_a_test_that_names_it(number: int) -> None:
    module, start = HOMES[number][1].split("::")
    found = [name for name in vars(importlib.import_module(module)) if name.startswith(start)]
    assert found, f"no {start} in {module}"
    assert number in map(int, re.findall(r"\d+", start))


def test_no_test_of_the_package_stands_for_a_path_that_lives_elsewhere() -> None:
    strays = []
    for module in {home.split("::")[0] for _what, home in HOMES.values()}:
        for name in vars(importlib.import_module(module)):
            numbers = re.match(r"test_(?:holes?_)?((?:\d+_)+)", name)
            for number in map(int, re.findall(r"\d+", numbers[1])) if numbers else ():
                if not HOMES[number][1].startswith(f"{module}::"):
                    strays.append(f"{module}::{name}")
    assert strays == []
