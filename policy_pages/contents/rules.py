"""Values and rows of a text, and which row of one text is which of another: plain structures. No Django, no clock."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

#: How a value that says nothing reads.
EMPTY = "（空）"
#: Key of the part that numbers a row: 第六条.
NUMBER = "number"


@dataclass(frozen=True)
class Leaf:
    """One value of a text.

    Attributes:
        label: what a clerk calls it; empty for the main text of a row.
        raw: what is compared.
        words: how it reads; asked for only when it differs.
        unit: of a number, in words: 个工作日.
        is_long: shown as an excerpt, however short it is.
    """

    label: str
    raw: str
    words: Callable[[], str]
    unit: str = ""
    is_long: bool = False


@dataclass(frozen=True)
class Row:
    """One row of a table: a material, an article, a basis.

    Attributes:
        id: what it is known by through all versions; empty when it has none.
        kind: code of its type; rows of two kinds are never the same row.
        name: what a clerk calls it: 营业执照, 第六条.
        title: how a line about it begins: 申报材料“营业执照”.
        parts: its values by key.
    """

    id: str
    kind: str
    name: str
    title: str
    parts: Mapping[str, Leaf | Table] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """Repeatable rows. `make` gives them; it is asked only when `raw` differs."""

    label: str
    raw: str
    make: Callable[[], Sequence[Row]]

    @cached_property
    def rows(self) -> Sequence[Row]:
        """Its rows in order."""
        return self.make()


def matched(old: Sequence[Row], new: Sequence[Row]) -> list[tuple[int, int]]:
    """Places of each row that stands in both, old and new, in the new order.

    By its id; then, for what was pasted anew, by the same content; by the same text under another number; by the same name.
    """
    pairs: list[tuple[int, int]] = []
    left, right = list(range(len(old))), list(range(len(new)))
    for key in (_by_id, _content, _by_text, _by_name):
        waiting: dict[object, list[int]] = {}
        for place in left:
            waiting.setdefault(key(old[place]), []).append(place)
        waiting.pop(None, None)
        for place in list(right):
            places = waiting.get(key(new[place]))
            if places:
                pairs.append((places.pop(0), place))
                right.remove(place)
        taken = {was for was, _now in pairs}
        left = [place for place in left if place not in taken]
    return sorted(pairs, key=lambda pair: pair[1])


def _by_id(row: Row) -> object:
    return (row.kind, row.id) if row.id else None


def _by_name(row: Row) -> object:
    return (row.kind, row.name) if row.name else None


def _by_text(row: Row) -> object:
    """An article that only got another number."""
    text = tuple((key, part.raw) for key, part in row.parts.items() if key != NUMBER)
    return (row.kind, text) if NUMBER in row.parts and any(raw for _key, raw in text) else None


def _content(row: Row) -> object:
    return (row.kind, tuple((key, part.raw) for key, part in row.parts.items()))


def moved(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those pairs that changed their place among the others: as few as tell the new order (the rest ascends)."""
    ends: list[int] = []
    heads: list[int] = []
    before: list[int] = []
    for index, (was, _now) in enumerate(pairs):
        place = bisect_left(ends, was)
        before.append(heads[place - 1] if place else -1)
        ends[place : place + 1], heads[place : place + 1] = [was], [index]
    stays = set()
    index = heads[-1] if heads else -1
    while index >= 0:
        stays.add(index)
        index = before[index]
    return [pair for index, pair in enumerate(pairs) if index not in stays]
