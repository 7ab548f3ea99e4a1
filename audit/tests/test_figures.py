"""Figures counted by hand."""

import pytest

from audit.rules import Tally, share, total, worst_and_median


def test_a_tally_adds_up_and_its_figures_are_those_of_the_single_duties() -> None:
    tally = Tally()
    tally.add("on_time", 3, 2, 1)
    tally.add("late", 1, 7, None)
    tally.add("on_time", 1)
    tally.add("overdue", 2)
    tally.add("running", 4)
    tally.add("gap", 5)
    # Judged: 4 on time, 1 late, 2 overdue; days 2, 2, 2, 7; of the first six the bureau had three.
    assert (tally.changes, tally.judged, tally.rate) == (16, 7, 4 / 7)
    assert (tally.median, tally.worst, tally.bureau_share) == (2, 7, 0.5)
    with pytest.raises(KeyError):
        tally.add("cancelled", 1)


def test_of_nothing_no_figure_is_invented() -> None:
    empty = total([])
    assert (empty.rate, empty.median, empty.worst, empty.bureau_share, empty.changes) == (None, None, None, None, 0)
    assert share(0, 0) is None


def test_tallies_add_without_touching_the_parts() -> None:
    one, other = Tally(on_time=1, used={2: 1}), Tally(late=1, gap=2, used={2: 2, 5: 1}, bureau_days=3, all_days=9)
    assert total([one, other]) == Tally(1, 1, 0, 0, 2, {2: 3, 5: 1}, 3, 9)
    assert one.used == {2: 1}


@pytest.mark.parametrize(
    ("counts", "expected"),
    [({3: 1}, (3, 3)), ({1: 1, 4: 1}, (4, 2.5)), ({1: 2, 9: 1}, (9, 1)), ({0: 1, 2: 2, 3: 1, 8: 0}, (3, 2))],
)
def test_worst_and_median(counts: dict[int, int], expected: tuple[int, float]) -> None:
    assert worst_and_median(counts) == expected
