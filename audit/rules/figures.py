"""Figures of punctuality from counted verdicts: rates, median, worst, shares."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from audit.rules.verdicts import GAP, LATE, ON_TIME, OVERDUE, RUNNING


@dataclass
class Tally:
    """How often each verdict was given, for one unit and one duty.

    `overdue` and `running` are unfinished duties past their last day and before it; `gap` those that the calendar does
    not reach, finished or not. `used` counts finished duties by the days they took, `bureau_days` and `all_days` add up
    the days of those whose days are known.
    """

    on_time: int = 0
    late: int = 0
    overdue: int = 0
    running: int = 0
    gap: int = 0
    used: dict[int, int] = field(default_factory=dict)
    bureau_days: int = 0
    all_days: int = 0

    def add(self, code: str, count: int, used: int | None = None, bureau: int | None = None) -> None:
        """Add `count` duties of verdict `code`; `used` and `bureau` are the days of a finished one. Raises KeyError."""
        name = {ON_TIME: "on_time", LATE: "late", OVERDUE: "overdue", RUNNING: "running", GAP: "gap"}[code]
        setattr(self, name, getattr(self, name) + count)
        if used is None:
            return
        self.used[used] = self.used.get(used, 0) + count
        if bureau is not None:
            self.bureau_days += bureau * count
            self.all_days += used * count

    @property
    def changes(self) -> int:
        """All of them."""
        return self.on_time + self.late + self.overdue + self.running + self.gap

    @property
    def judged(self) -> int:
        """Those of which it is certain: on time, late, or overdue and still not done."""
        return self.on_time + self.late + self.overdue

    @property
    def rate(self) -> float | None:
        """Share on time of those judged, 0 to 1; None when there is none: no figure is invented."""
        return share(self.on_time, self.judged)

    @property
    def bureau_share(self) -> float | None:
        """Share of the bureau in the days used, 0 to 1; None when no day was used."""
        return share(self.bureau_days, self.all_days)

    @property
    def median(self) -> float | None:
        """Median of the days used by finished duties."""
        return worst_and_median(self.used)[1]

    @property
    def worst(self) -> int | None:
        """Most days used by a finished duty."""
        return worst_and_median(self.used)[0]

    def __add__(self, other: "Tally") -> "Tally":
        total = Tally(
            self.on_time + other.on_time,
            self.late + other.late,
            self.overdue + other.overdue,
            self.running + other.running,
            self.gap + other.gap,
            dict(self.used),
            self.bureau_days + other.bureau_days,
            self.all_days + other.all_days,
        )
        for days, count in other.used.items():
            total.used[days] = total.used.get(days, 0) + count
        return total


#: Tallies by unit.
Tallies = dict[int, Tally]


def total(tallies: Iterable[Tally]) -> Tally:
    """Return the tally of all together."""
    result = Tally()
    for tally in tallies:
        result += tally
    return result


def share(part: int, whole: int) -> float | None:
    """Return `part` of `whole`, 0 to 1; None of nothing."""
    return part / whole if whole else None


def worst_and_median(counts: Mapping[int, int]) -> tuple[int | None, float | None]:
    """Return the largest value and the median of values counted as value → how often; (None, None) for none.

    The median of an even number of values is the mean of the middle two.
    """
    number = sum(counts.values())
    if not number:
        return None, None
    low, high = (number - 1) // 2, number // 2
    found: list[int] = []
    seen = 0
    for value in sorted(counts):
        seen += counts[value]
        found += [value] * sum(1 for place in (low, high)[len(found) :] if place < seen)
    return max(value for value in counts if counts[value]), sum(found) / 2
