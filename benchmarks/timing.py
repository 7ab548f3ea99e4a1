"""The clock of all measurements."""

from __future__ import annotations

from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def say(what: str, seconds: float) -> None:
    """One line of progress."""
    print(f"{what}: {seconds:.4f} s", flush=True)


def timed(work: Callable[[], Any]) -> float:
    """Seconds of one run."""
    start = perf_counter()
    work()
    return perf_counter() - start


def best(work: Callable[[], Any], times: int = 5) -> float:
    """Seconds of the median of some runs."""
    return median(timed(work) for _ in range(times))
