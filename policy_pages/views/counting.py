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
from django.db.models import FloatField
from django.db.models.functions import Cast

from policy_pages import rules
from policy_pages.enums import OPEN_STATUSES, WindowStatus
from policy_pages.models import ListedPage, ListedState
from policy_pages.views.choices import AMOUNT, CLOSING, amount_word
from policy_pages.views.rows import GUIDE, NEWEST_FIRST

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

_FIELDS = (
    *("pk", "type", "department_id", "category_id", "route", "year", "amount"),
    *("window_type", "window_start", "window_end", "basis_ended_from"),
)
#: Rows fetched at once.
_CHUNK = 5000
_LAST = (3, datetime.date.max, 1)
_STATES: dict[str, int] = {**dict.fromkeys(OPEN_STATUSES, 0), WindowStatus.UPCOMING: 1, WindowStatus.PENDING: 2}


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


class _Settled(NamedTuple):
    """What holds of one day: the guides in each state as bits, and all places in the order of closing."""

    day: datetime.date
    windows: dict[str, int]
    closing: list[int]


class Columns:
    """The public pages, newest first; a page's place in this order is its bit."""

    def __init__(self, values: Iterable[tuple[Any, ...]], terms: Iterable[tuple[int, int]]) -> None:
        self.pks: list[int] = []
        self._amounts: list[float | None] = []
        #: Windows that are alike are asked for their state once.
        self._dates: dict[Dates, list[int]] = defaultdict(list)
        kinds = ("type", "department", "category", "route", "year", "amount", "term")
        held: dict[str, dict[Hashable, list[int]]] = {kind: defaultdict(list) for kind in kinds}
        for place, (pk, type_, department, category, route, year, amount, *dates) in enumerate(values):
            self.pks.append(pk)
            self._amounts.append(amount)
            held["type"][type_].append(place)
            held["department"][department].append(place)
            held["category"][category].append(place)
            held["route"][route].append(place)
            held["year"][year].append(place)
            held["amount"][amount_word(amount)].append(place)
            if type_ == GUIDE:
                self._dates[Dates(*dates)].append(place)
        self.places = {pk: place for place, pk in enumerate(self.pks)}
        for pk, term in terms:
            if pk in self.places:
                held["term"][term].append(self.places[pk])
        self.everything = (1 << len(self.pks)) - 1
        self._bits = {(kind, value): self.of_places(places) for kind in kinds for value, places in held[kind].items()}
        self._settled = _Settled(datetime.date.min, {}, [])

    def of_places(self, places: Iterable[int]) -> int:
        """The number whose bits are these places."""
        bits = bytearray((len(self.pks) >> 3) + 1)
        for place in places:
            bits[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(bits, "little")

    def flags(self, bits: int) -> str:
        """A letter for each place, `1` where the bit is set."""
        return f"{bits:b}"[::-1].ljust(len(self.pks), "0")[: len(self.pks)]

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
        windows = self._settle(today).windows
        bits = 0
        for state in states:
            bits |= windows.get(str(state), 0)
        return bits

    def ordered(self, bits: int, order: str, today: datetime.date) -> list[int]:
        """The numbers of these pages in an order: what closes first, the highest amount, else the newest."""
        flags = self.flags(bits)
        places: Iterable[int] = range(len(self.pks))
        if order == CLOSING:
            places = self._settle(today).closing
        elif order == AMOUNT:
            places = self._by_amount
        return [self.pks[place] for place in places if flags[place] == "1"]

    @cached_property
    def _by_amount(self) -> list[int]:
        amounts = self._amounts
        return sorted(range(len(amounts)), key=lambda place: (amounts[place] is None, -(amounts[place] or 0)))

    def _settle(self, today: datetime.date) -> _Settled:
        """States and order of closing as of a day; they are kept for that one. Threads may ask at once, for two days too."""
        settled = self._settled
        if settled.day == today:
            return settled
        held: dict[str, list[int]] = defaultdict(list)
        closing: dict[tuple, list[int]] = defaultdict(list)
        for dates, places in self._dates.items():
            held[dates.status(today)] += places
            closing[dates.closing_key(today)] += places
        windows = {state: self.of_places(places) for state, places in held.items()}
        guides = self.flags(self.having("type", GUIDE))
        # What is no guide stands with the closed ones that say no day.
        closing[_LAST] += [place for place, flag in enumerate(guides) if flag == "0"]
        order = [place for key in sorted(closing) for place in sorted(closing[key])]
        self._settled = settled = _Settled(today, windows, order)
        return settled


_kept: tuple[str, Columns] | None = None


def columns() -> Columns:
    """The columns of the table as this transaction sees it. One query; two more after a change."""
    global _kept
    mark = ListedState.objects.filter(pk=ListedState.ROW).values_list("mark", flat=True).first() or ""
    # Read once: another thread may put its own there meanwhile.
    kept = _kept
    if not mark or kept is None or kept[0] != mark:
        kept = _kept = (mark, _read())
    return kept[1]


def _read() -> Columns:
    # Amounts as floats: 14 digits fit, and SQLite's decimals cost more than all the rest.
    rows = ListedPage.objects.order_by(*NEWEST_FIRST).annotate(amount=Cast("amount_max", FloatField()))
    members = ListedPage.terms.through.objects.values_list("listedpage_id", "term_id")
    # Row by row, so that the collector of garbage does not meet tens of thousands of them.
    return Columns(rows.values_list(*_FIELDS).iterator(_CHUNK), members.iterator(_CHUNK))
