"""All public pages column by column, kept in this process: what a choice leaves, in which order, and how many.

Which pages have a value of a filter is one number, its bits: a count under other choices is `&` and the number of bits set.
The columns are made of the narrow table under its mark (`ListedState`) and made anew when the mark is another; so they
are never older than the transaction that asks for them. Of a day only the windows' states and the order of closing are.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings

from policy_pages import rules
from policy_pages.enums import OPEN_STATUSES, WindowStatus
from policy_pages.models import ListedPage, ListedState
from policy_pages.views.choices import AMOUNT, CLOSING, amount_word
from policy_pages.views.rows import GUIDE, NEWEST_FIRST

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

_FIELDS = (
    *("pk", "type", "department_id", "category_id", "route", "year", "amount_max"),
    *("window_type", "window_start", "window_end", "basis_ended_from"),
)
_STATES = {**dict.fromkeys(OPEN_STATUSES, 0), WindowStatus.UPCOMING: 1, WindowStatus.PENDING: 2}


class Dates(NamedTuple):
    """What decides a guide's state on a day."""

    type: str
    start: datetime.date | None
    end: datetime.date | None
    ended_from: datetime.date | None

    def status(self, today: datetime.date) -> str:
        """`ApplicationGuidePage.window_status` of the copied columns."""
        has_ended = self.ended_from is not None and self.ended_from <= today
        window = rules.Window(self.type, self.start, self.end)
        return rules.window_status(window, today, soon_days=settings.HUIQITONG_CLOSING_SOON_DAYS, basis_ended=has_ended)

    def closing_key(self, today: datetime.date) -> tuple:
        """The place in the order of `rows.closing_first`, without what is newest."""
        ahead = (
            self.start if self.start and self.start > today else self.end if self.end and self.end >= today else None
        )
        last = -self.end.toordinal() if self.end else 1
        return (_STATES.get(self.status(today), 3), ahead or datetime.date.max, last)


class Columns:
    """The public pages, newest first; a page's place in this order is its bit."""

    def __init__(self, values: Sequence[tuple[Any, ...]], terms: Iterable[tuple[int, int]]) -> None:
        self.pks = [value[0] for value in values]
        self.places = {pk: place for place, pk in enumerate(self.pks)}
        self.everything = (1 << len(self.pks)) - 1
        self._amounts = [value[6] for value in values]
        self._dates = {place: Dates(*value[7:]) for place, value in enumerate(values) if value[1] == GUIDE}
        held: dict[tuple[str, Hashable], list[int]] = defaultdict(list)
        for place, (_pk, type_, department, category, route, year, amount, *_dates) in enumerate(values):
            held["type", type_].append(place)
            held["department", department].append(place)
            held["category", category].append(place)
            held["route", route].append(place)
            held["year", year].append(place)
            held["amount", amount_word(amount)].append(place)
        for pk, term in terms:
            held["term", term].append(self.places[pk])
        self._bits = {value: self.of_places(places) for value, places in held.items()}
        self._day = datetime.date.min
        self._windows: dict[str, int] = {}
        self._closing: list[int] = []

    def of_places(self, places: Iterable[int]) -> int:
        """The number whose bits are these places."""
        bits = bytearray((len(self.pks) >> 3) + 1)
        for place in places:
            bits[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(bits, "little")

    def of_pages(self, pks: Iterable[int]) -> int:
        """The number whose bits are these pages'; of what is not public, none."""
        return self.of_places(self.places[pk] for pk in pks if pk in self.places)

    def having(self, kind: str, value: Hashable) -> int:
        """The pages that have a value: a `term` of any list by its number, units and categories by theirs."""
        return self._bits.get((kind, value), 0)

    def values(self, kind: str) -> list[Any]:
        """The values of a kind that some page has."""
        return [value for known, value in self._bits if known == kind and value not in ("", None)]

    def in_state(self, states: Iterable[str], today: datetime.date) -> int:
        """The guides whose window is in one of these states on a day."""
        self._settle(today)
        bits = 0
        for state in states:
            bits |= self._windows.get(str(state), 0)
        return bits

    def ordered(self, bits: int, order: str, today: datetime.date) -> list[int]:
        """The numbers of these pages in an order: what closes first, the highest amount, else the newest."""
        flags = f"{bits:b}"[::-1].ljust(len(self.pks), "0")
        places: Iterable[int] = range(len(self.pks))
        if order == CLOSING:
            self._settle(today)
            places = self._closing
        elif order == AMOUNT:
            places = self._by_amount
        return [self.pks[place] for place in places if flags[place] == "1"]

    @cached_property
    def _by_amount(self) -> list[int]:
        amounts = self._amounts
        return sorted(range(len(amounts)), key=lambda place: (amounts[place] is None, -(amounts[place] or 0)))

    def _settle(self, today: datetime.date) -> None:
        """Say states and order of closing as of a day; they are kept for that one."""
        if today == self._day:
            return
        held: dict[str, list[int]] = defaultdict(list)
        for place, dates in self._dates.items():
            held[dates.status(today)].append(place)
        self._windows = {state: self.of_places(places) for state, places in held.items()}
        last = (max(_STATES.values()) + 1, datetime.date.max, 1)
        keys = {place: dates.closing_key(today) for place, dates in self._dates.items()}
        self._closing = sorted(range(len(self.pks)), key=lambda place: keys.get(place, last))
        self._day = today


_kept: tuple[str, Columns] | None = None


def columns() -> Columns:
    """The columns of the table as this transaction sees it. One query; two more after a change."""
    global _kept
    mark = ListedState.objects.filter(pk=ListedState.ROW).values_list("mark", flat=True).first() or ""
    if not mark or _kept is None or _kept[0] != mark:
        _kept = (mark, _read())
    return _kept[1]


def _read() -> Columns:
    values = list(ListedPage.objects.order_by(*NEWEST_FIRST).values_list(*_FIELDS))
    known = {value[0] for value in values}
    members = ListedPage.terms.through.objects.values_list("listedpage_id", "term_id")
    return Columns(values, (member for member in members if member[0] in known))
