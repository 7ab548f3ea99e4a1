"""What a measurement says: a value against its limit, from ratios of rounds. Pure: no clock, no files."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, TypedDict

from benchmarks.limits import LINES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Rounds that differ more than this, highest by lowest, are called noisy.
NOISY = 2.0


class Result(TypedDict):
    """One line of the results. `value` is None when it could not be measured: then `method` says why, and it is not ok."""

    name: str
    value: float | None
    limit: float
    sense: str
    ok: bool
    method: str


def meets(value: float, limit: float, sense: str) -> bool:
    """Whether a value keeps its limit: "max" from below, "min" from above."""
    return value >= limit if sense == "min" else value <= limit


def judged(key: str, value: float, method: str) -> Result:
    """One measured value of a line."""
    line = LINES[key]
    return Result(
        name=line.name,
        value=float(f"{value:.6g}"),
        limit=float(f"{line.limit:.6g}"),
        sense=line.sense,
        ok=meets(value, line.limit, line.sense),
        method=method,
    )


def missing(key: str, reason: str) -> Result:
    """A line that was not measured; it is not met."""
    line = LINES[key]
    return Result(
        name=line.name, value=None, limit=float(f"{line.limit:.6g}"), sense=line.sense, ok=False, method=reason
    )


def ratios(part: Sequence[float], whole: Sequence[float]) -> list[float]:
    """The ratio of each round; both sides were measured in turn, so a round's two values met the same machine."""
    return [one / other for one, other in zip(part, whole, strict=True)]


def from_rounds(key: str, rounds: Sequence[float], method: str) -> Result:
    """The median of the rounds' ratios, with their spread, and a word where the rounds do not agree."""
    line = LINES[key]
    kept = sum(meets(value, line.limit, line.sense) for value in rounds)
    said = f"median of {len(rounds)} rounds ({min(rounds):.3g} to {max(rounds):.3g}); {method}"
    if 0 < kept < len(rounds):
        said += f"; met in {kept} of {len(rounds)} rounds"
    if max(rounds) > NOISY * min(rounds):
        said += "; NOISY: believe the order of magnitude only"
    return judged(key, median(rounds), said)


def growth(hits: Sequence[int], seconds: Sequence[float]) -> float:
    """The steepest step: by how much more than the hits the time grew between two neighbours (1: in proportion)."""
    steps = zip(hits, hits[1:], seconds, seconds[1:], strict=False)
    return max((later / earlier) / (more / few) for few, more, earlier, later in steps)


def completed(found: Mapping[str, Result], keys: Sequence[str], reason: str) -> list[Result]:
    """The results of all these lines in the order of the table; what a part did not return is missing, with the reason."""
    return [found.get(key) or missing(key, reason) for key in keys]


def share(result: Result) -> float | None:
    """How much of the limit is used, 1 at the limit and less when better, in both senses; None if it was not measured."""
    if result["value"] is None:
        return None
    used = result["value"] / result["limit"]
    return used if result["sense"] == "max" else 1 / used if used else float("inf")


def exit_status(results: Sequence[Result], is_full: bool = True) -> int:
    """1 if a limit is missed or was not measured; of a run that was made smaller only the latter counts."""
    good = [result["ok"] if is_full else result["value"] is not None for result in results]
    return 0 if good and all(good) else 1
