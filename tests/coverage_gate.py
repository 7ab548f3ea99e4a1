"""Pytest plugin of the last run of `make test`: some code must be covered without any exception.

The patterns stand in pyproject.toml, `[tool.huiqitong.coverage] complete`. A plugin and not a command after pytest,
because pytest's own summary must be the last thing `make test` prints.
"""

from __future__ import annotations

import io
import tomllib
from typing import TYPE_CHECKING

import coverage
import pytest
from coverage.exceptions import NoDataError

if TYPE_CHECKING:
    from collections.abc import Generator


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Judge after pytest-cov has combined its data, before the outcome is fixed."""
    result = yield
    if hasattr(session.config, "workerinput"):
        return result
    settings = tomllib.loads((session.config.rootpath / "pyproject.toml").read_text(encoding="utf-8"))
    gaps = incomplete(settings["tool"]["huiqitong"]["coverage"]["complete"])
    if gaps:
        session.testsfailed += 1
        session.config.stash[GAPS] = gaps
    return result


GAPS = pytest.StashKey[str]()


def incomplete(patterns: list[str], data_file: str = ".coverage") -> str:
    """Return the report of the files that match and are not wholly covered; empty if there are none."""
    report = io.StringIO()
    measured = coverage.Coverage(data_file=data_file)
    measured.load()
    try:
        total = measured.report(include=patterns, skip_covered=True, show_missing=True, precision=1, file=report)
    except NoDataError:
        return ""
    return "" if total == 100 else report.getvalue()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which lines are missing."""
    gaps = terminalreporter.config.stash.get(GAPS, "")
    if gaps:
        terminalreporter.section("must be covered wholly, and is not", sep="=", red=True)
        terminalreporter.write_line(gaps)
