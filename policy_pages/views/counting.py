"""All public pages column by column, kept in this process: what a choice leaves, in which order, and how many.

Which pages have a value of a filter is one number, in which the page's primary key is its bit: a count under other choices
is `&` and the number of bits set. The columns are made of the narrow table under its mark (`ListedState`) and made anew when
the mark is another; so they are never older than the transaction that asks for them. Of a day only the windows' states and
the order of closing are.
"""

from __future__ import annotations

import datetime
import json
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.db.models import Aggregate, Q, TextField

from policy_pages import rules
from policy_pages.enums import OPEN_STATUSES, WindowStatus
from policy_pages.models import ListedPage, ListedState
from policy_pages.services.prepared import Prepared
from policy_pages.views.choices import AMOUNT, CLOSING, amount_word
from policy_pages.views.rows import GUIDE

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from django.db.models import Model, QuerySet


#: Name of a column → its field: what every page has, and what only a guide has.
_OF_PAGES = {
    "pk": "pk",
    "published": "first_published_at",
    "type": "type",
    "year": "year",
    "department": "department_id",
    "category": "category_id",
}
_OF_GUIDES = {
    "guide": "pk",
    "route": "route",
    "amount": "amount_max",
    "window": "window_type",
    "start": "window_start",
    "end": "window_end",
    "ended_from": "basis_ended_from",
}
#: Which page has which term.
_OF_MEMBERS = {"member": "listedpage_id", "term": "term_id"}
#: The columns of which a window's state on a day follows.
_OF_WINDOWS = ("guide", "window", "start", "end", "ended_from")
_ONE = ord("1")
_STATES: dict[str, int] = {**dict.fromkeys(OPEN_STATUSES, 0), WindowStatus.UPCOMING: 1, WindowStatus.PENDING: 2}
#: What is no guide stands with the closed ones that say no day.
_LAST = (3, datetime.date.max, 1)


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


class Held(NamedTuple):
    """Which pages have each value of a column, as bits; beside it the two arrays in JSON that say so, page by page."""

    pages: str
    values: str
    bits: dict[Any, int]


class Columns:
    """The public pages; a page's primary key is its bit.

    `texts` are columns by name, each an array in JSON: those of `_OF_PAGES` of every page, those of `_OF_GUIDES` of every
    guide, those of `_OF_MEMBERS` of every term of every page. What they say as those `before` did is taken from there.
    """

    def __init__(self, texts: Mapping[str, str], before: Columns | None = None) -> None:
        self._texts = texts
        kinds = {"pk": ("type", "department", "category", "year"), "guide": ("route", "amount"), "member": ("term",)}
        self._having: dict[str, Held] = {
            kind: _held(texts[pages], texts[kind], before._having[kind] if before else None)
            for pages, names in kinds.items()
            for kind in names
        }
        self._bits: dict[str, dict[Any, int]] = {kind: held.bits for kind, held in self._having.items()}
        words: dict[str, int] = defaultdict(int)
        for amount, bits in self._having["amount"].bits.items():
            words[amount_word(amount)] |= bits
        self._bits["amount"] = words
        pks = json.loads(texts["pk"])
        self._size = max(pks, default=0) + 1
        self.everything = _bits(pks, self._size)
        #: The newest first, and of those that were published at once the last to be made.
        published = dict(zip(pks, json.loads(texts["published"]), strict=True))
        self._newest = sorted(sorted(pks, reverse=True), key=lambda pk: published[pk] or "", reverse=True)
        # Of one day each: the guides in each state, and all pages in the order of closing.
        self._settled: tuple[datetime.date, dict[str, int]] = (datetime.date.min, {})
        self._closing: tuple[datetime.date, list[int]] = (datetime.date.min, [])
        self._dates: dict[Dates, list[int]]
        if before and all(texts[name] == before._texts[name] for name in _OF_WINDOWS):
            self._dates, self._settled = before._dates, before._settled
        else:
            guides, *dates = (json.loads(texts[name]) for name in _OF_WINDOWS)
            #: Windows that are alike are asked for their state once.
            self._dates = {_dates(*said): having for said, having in _alike(zip(*dates, strict=True), guides).items()}

    def of_pages(self, pks: Iterable[int]) -> int:
        """The number whose bits are these pages'; of what is not public, none."""
        return _bits((pk for pk in pks if pk < self._size), self._size) & self.everything

    def chosen(self, pks: Iterable[int], bits: int) -> list[int]:
        """Those of these pages whose bits are set, in their order."""
        flags = f"{bits:0{self._size}b}"[::-1]
        return [pk for pk in pks if pk < self._size and flags[pk] == "1"]

    def having(self, kind: str, value: Hashable) -> int:
        """The pages that have a value: a `term` of any list by its number, units and categories by theirs."""
        return self._bits[kind].get(value, 0)

    def values(self, kind: str) -> list[Any]:
        """The values of a kind that some page has."""
        return [value for value in self._bits[kind] if value not in ("", None)]

    def in_state(self, states: Iterable[str], today: datetime.date) -> int:
        """The guides whose window is in one of these states on a day."""
        windows = self._settle(today)
        bits = 0
        for state in states:
            bits |= windows.get(str(state), 0)
        return bits

    def ordered(self, bits: int, order: str, today: datetime.date) -> list[int]:
        """The numbers of these pages in an order: what closes first, the highest amount, else the newest."""
        if order == CLOSING:
            return self.chosen(self._closing_first(today), bits)
        return self.chosen(self._by_amount if order == AMOUNT else self._newest, bits)

    @cached_property
    def _by_amount(self) -> list[int]:
        amounts = dict(zip(json.loads(self._texts["guide"]), json.loads(self._texts["amount"]), strict=True))

        def place(pk: int) -> float:
            amount = amounts.get(pk)
            return 1 if amount is None else -amount

        return sorted(self._newest, key=place)

    def _closing_first(self, today: datetime.date) -> list[int]:
        """All pages in the order of closing on a day; kept for that one. Threads may ask at once, for two days too."""
        day, order = self._closing
        if day != today:
            places = {pk: key for dates, pks in self._dates.items() for key in [dates.closing_key(today)] for pk in pks}
            order = sorted(self._newest, key=lambda pk: places.get(pk, _LAST))
            self._closing = (today, order)
        return order

    def _settle(self, today: datetime.date) -> dict[str, int]:
        """The guides in each state on a day; kept as the order is."""
        day, windows = self._settled
        if day != today:
            held: dict[str, list[int]] = defaultdict(list)
            for dates, pks in self._dates.items():
                held[dates.status(today)] += pks
            windows = {state: _bits(pks, self._size) for state, pks in held.items()}
            self._settled = (today, windows)
        return windows


def _bits(pks: Iterable[int], size: int) -> int:
    """The number whose bits are these pages', all of them below `size`."""
    digits = bytearray(b"0") * size
    for pk in pks:
        digits[pk] = _ONE
    return int(digits[::-1], 2)


def _alike(values: Iterable[Any], pks: Iterable[int]) -> dict[Any, list[int]]:
    """The pages that have each value."""
    having: dict[Any, list[int]] = defaultdict(list)
    for value, pk in zip(values, pks, strict=True):
        having[value].append(pk)
    return having


def _dates(type_: str, *days: str | None) -> Dates:
    return Dates(type_, *(datetime.date.fromisoformat(day) if day else None for day in days))


# --- Reading ------------------------------------------------------------------------------------------------------


def _mark() -> QuerySet:
    return ListedState.objects.filter(pk=ListedState.ROW).values_list("mark", flat=True)


_MARK = Prepared(_mark)
_kept: tuple[str, Columns] | None = None


def columns() -> Columns:
    """The columns of the table as this transaction sees it. One query; two more after a change."""
    global _kept
    mark = next(iter(_MARK.rows()), "")
    # Read once: another thread may put its own there meanwhile.
    kept = _kept
    if not mark or kept is None or kept[0] != mark:
        kept = _kept = (mark, read_columns(kept[1] if kept else None))
    return kept[1]


class _Listed(Aggregate):
    """A column of a whole table as one text in JSON; all columns of one query come in the same order.

    Fetched row by row, and each value converted by itself, they cost several times as much.
    """

    function = "JSON_GROUP_ARRAY"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        """The same under its other name; as text, or the driver would parse it by itself."""
        sql, params = self.as_sql(compiler, connection, function="JSON_AGG", **context)
        return f"({sql})::text", params


def read_columns(before: Columns | None) -> Columns:
    """The columns as the table has them, in two queries; what it says as `before` did is not taken apart again."""
    of_guides = Q(type=GUIDE)
    asked = {name: _Listed(field) for name, field in _OF_PAGES.items()}
    asked |= {name: _Listed(field, filter=of_guides) for name, field in _OF_GUIDES.items()}
    members = {name: _Listed(field) for name, field in _OF_MEMBERS.items()}
    return Columns(_texts(ListedPage, asked) | _texts(ListedPage.terms.through, members), before)


def _texts(model: type[Model], asked: dict[str, _Listed]) -> dict[str, str]:
    # Under names that no field has. Of nothing PostgreSQL makes no array.
    found = model._default_manager.aggregate(**{f"all_{name}": column for name, column in asked.items()})
    return {name: found[f"all_{name}"] or "[]" for name in asked}


def _held(pages: str, values: str, before: Held | None) -> Held:
    """The pages that have each value. What begins as `before` does is not taken apart again: what is new comes at the end, mostly."""
    if (
        before
        and (more := _after(before.pages, pages)) is not None
        and (of := _after(before.values, values)) is not None
    ):
        bits = dict(before.bits)
        for pk, value in zip(more, of, strict=True):
            bits[value] = bits.get(value, 0) | 1 << pk
        return Held(pages, values, bits)
    pks = json.loads(pages)
    size = max(pks, default=0) + 1
    return Held(pages, values, {value: _bits(pks, size) for value, pks in _alike(json.loads(values), pks).items()})


def _after(old: str, new: str) -> list[Any] | None:
    """The items by which an array in JSON is longer than an old one; None unless it begins with all of that."""
    if new == old:
        return []
    begun = old.removesuffix("]") + ","
    return json.loads(f"[{new.removeprefix(begun)}") if new.startswith(begun) else None
