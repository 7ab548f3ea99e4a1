"""What differs between two texts, value by value and row by row, in the order of the page. No Django, no clock.

Everything here keeps both wordings; which characters differ is asked of a `Pen` only when somebody looks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING

from policy_pages.contents.rules import NUMBER, Leaf, Row, Table, matched, moved
from policy_pages.versions.rules.pieces import CHANGED, GONE, NEW, SAME, Pen, Piece, aligned, paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: Up to so many characters both wordings of a value stand in one line.
SHORT = 40
#: Kinds of blocks, as `policy_pages.blocks` names them.
ARTICLE, CHAPTER, PARAGRAPH, SHEET, FILES = "article", "chapter", "paragraph", "sheet", "attachments"
TEXT_KINDS = frozenset({ARTICLE, CHAPTER, PARAGRAPH, SHEET, FILES})
#: Parts of a table pasted from a sheet.
CAPTION, HEADER, CELLS = "caption", "has_header", "cells"
#: Parts of rows that are not values of their own: the number heads the row, the header is seen in the table.
_TOLD_OTHERWISE = {(ARTICLE, NUMBER), (CHAPTER, NUMBER), (SHEET, HEADER)}


@dataclass(frozen=True)
class Value:
    """One value, then and now, in words."""

    label: str
    sign: str
    was: str
    now: str
    pen: Pen = field(repr=False, compare=False)
    is_text: bool = False

    @property
    def is_line(self) -> bool:
        """Whether both wordings are short: shown as 由 … 改为 …."""
        return not self.is_text and all(len(words) <= SHORT and "\n" not in words for words in (self.was, self.now))

    @property
    def is_worded_alike(self) -> bool:
        """Whether it differs in what no word shows: a link, bold type, a file of the same name."""
        return self.sign == CHANGED and self.was == self.now

    @cached_property
    def paragraphs(self) -> list[list[Piece]]:
        """The pieces, paragraph by paragraph."""
        return paragraphs(self.pen.pieces(self.was, self.now))


@dataclass(frozen=True)
class GridLine:
    """One line of a table, cell by cell."""

    sign: str
    cells: list[list[Piece]]


@dataclass(frozen=True)
class Grid:
    """A table: its lines then and now; those that differ are shown, the others counted."""

    was: list[tuple[str, ...]]
    now: list[tuple[str, ...]]
    has_header: bool
    pen: Pen = field(repr=False, compare=False)

    @cached_property
    def lines(self) -> list[GridLine]:
        """Every line in the new order, what is gone where it stood."""
        return [self._line(sign, was, now) for sign, was, now in aligned(self.was, self.now)]

    @property
    def head(self) -> GridLine | None:
        """Its first line, when that names the columns."""
        return self.lines[0] if self.has_header and self.lines else None

    @property
    def shown(self) -> list[GridLine]:
        """The lines that differ, the head left out."""
        return [line for line in self.lines[1 if self.head else 0 :] if line.sign != SAME]

    @property
    def unchanged(self) -> int:
        """How many lines below the head are the same."""
        return len(self.lines) - (1 if self.head else 0) - len(self.shown)

    def _line(self, sign: str, was: tuple[str, ...], now: tuple[str, ...]) -> GridLine:
        width = max((len(line) for line in (*self.was, *self.now)), default=0)
        pairs = [*zip_longest(was, now, fillvalue="")]
        cells = [self.pen.pieces(*pair) for pair in pairs]
        return GridLine(sign, cells + [[] for _missing in range(width - len(cells))])


@dataclass(frozen=True)
class Entry:
    """One row: an article, a material, a step.

    Attributes:
        was_number: the number an article or chapter stood under, where it stands under another now.
        place: its place then and now, where that changed among the others.
    """

    sign: str
    kind: str
    name: str
    values: list[Value | Grid | Rows]
    was_number: str = ""
    place: tuple[int, int] | None = None

    @property
    def is_noted(self) -> bool:
        """Whether there is anything to tell of it."""
        return self.sign != SAME or self.place is not None

    @property
    def title(self) -> str:
        """What it is called where it stands alone: 第六条, 表格“补助标准”, 营业执照."""
        if self.kind == SHEET:
            return f"表格“{self.name}”" if self.name else "表格"
        return {FILES: "附件", PARAGRAPH: "段落"}.get(self.kind, self.name)

    @property
    def differing(self) -> list[Value | Grid | Rows]:
        """What of it differs; of a new or removed row everything it says."""
        return [value for value in self.values if not _is_same(value)]

    @property
    def shown(self) -> list[Value | Grid | Rows]:
        """What is shown of it: what differs, or everything of one that is only folded away."""
        return self.differing if self.is_noted else self.values


@dataclass(frozen=True)
class Fold:
    """Rows one after the other that did not change, told in one line and read on request."""

    entries: list[Entry]
    unit: str

    @property
    def words(self) -> str:
        """第四条至第九条未改动; rows without numbers are counted: 3 项未改动."""
        names = [entry.name for entry in self.entries if entry.kind == ARTICLE and entry.name]
        if not names:
            return f"{len(self.entries)} {self.unit}未改动"
        return f"{names[0]}未改动" if len(names) == 1 else f"{names[0]}至{names[-1]}未改动"


@dataclass(frozen=True)
class Rows:
    """The rows of a text or an element, in the new order, what is gone where it stood."""

    label: str
    entries: list[Entry]
    is_body: bool = False

    @property
    def sign(self) -> str:
        """Whether any row is worth telling."""
        return CHANGED if any(entry.is_noted for entry in self.entries) else SAME

    @property
    def parts(self) -> list[Entry | Fold]:
        """The rows to tell of, and folds of those between them."""
        found: list[Entry | Fold] = []
        for is_noted, run in groupby(self.entries, key=lambda entry: entry.is_noted):
            entries = list(run)
            if is_noted:
                found.extend(entries)
            else:
                found.append(Fold(entries, "段" if self.is_body else "项"))
        return found


@dataclass(frozen=True)
class Section:
    """What stands under one heading of the page."""

    heading: str
    items: list[Value | Rows]

    @property
    def differing(self) -> list[Value | Rows]:
        """What of it differs; the text itself stands with what is the same around it."""
        return [item for item in self.items if not _is_same(item)]

    @property
    def says_something(self) -> bool:
        """Whether either text has anything under this heading."""
        return any(item.entries if isinstance(item, Rows) else item.now for item in self.items)


def compared(
    layout: Sequence[tuple[str, Sequence[str]]],
    before: Mapping[str, Leaf | Table],
    after: Mapping[str, Leaf | Table],
    pen: Pen,
) -> list[Section]:
    """Two texts by the headings and names of a layout; what the layout does not name is not told."""
    found = []
    for heading, names in layout:
        pairs = [(before.get(name), after.get(name)) for name in names]
        items = [_item(old, new, pen) for old, new in pairs if old is not None or new is not None]
        found.append(Section(heading, items))
    return found


def _is_same(item: Value | Grid | Rows) -> bool:
    return item.was == item.now if isinstance(item, Grid) else item.sign == SAME


# --- Values ---------------------------------------------------------------------------------------------------------


def _item(old: Leaf | Table | None, new: Leaf | Table | None, pen: Pen) -> Value | Rows:
    if isinstance(old, Table) or isinstance(new, Table):
        return _rows(old if isinstance(old, Table) else None, new if isinstance(new, Table) else None, pen)
    return _value(old, new, pen)


def _value(old: Leaf | None, new: Leaf | None, pen: Pen) -> Value:
    was, now = _words(old, pen), _words(new, pen)
    known = new or old
    is_same = old is not None and new is not None and (old.raw, old.unit) == (new.raw, new.unit)
    sign = SAME if is_same or not (was or now) else NEW if not was else GONE if not now else CHANGED
    return Value(known.label if known else "", sign, was, now, pen, bool(known and known.is_long))


def _words(leaf: Leaf | None, pen: Pen) -> str:
    words = pen.say(leaf.words()) if leaf else ""
    return f"{words} {leaf.unit}" if leaf and words and leaf.unit else words


# --- Rows -----------------------------------------------------------------------------------------------------------


def _rows(old: Table | None, new: Table | None, pen: Pen) -> Rows:
    before, after = (list(table.rows) if table else [] for table in (old, new))
    label = new.label if new else old.label if old else ""
    pairs = matched(before, after)
    was_of = {now: was for was, now in pairs}
    places = {now: (was + 1, now + 1) for was, now in moved(pairs)}
    kept = {was for was, _now in pairs}
    gone_after = _gone_after(before, kept)
    entries = [_entry(None, row, pen, GONE) for row in gone_after.get(-1, [])]
    for now, row in enumerate(after):
        was = was_of.get(now)
        entries.append(_entry(row, before[was] if was is not None else None, pen, place=places.get(now)))
        entries += [_entry(None, gone, pen, GONE) for gone in gone_after.get(was, [])] if was is not None else []
    is_body = any(row.kind in TEXT_KINDS for row in (*before, *after))
    return Rows(label, entries, is_body)


def _gone_after(before: Sequence[Row], kept: set[int]) -> dict[int, list[Row]]:
    """Rows that are gone, by the place of the last row before them that stayed; -1 for none."""
    found: dict[int, list[Row]] = {}
    last = -1
    for place, row in enumerate(before):
        if place in kept:
            last = place
        else:
            found.setdefault(last, []).append(row)
    return found


def _entry(new: Row | None, old: Row | None, pen: Pen, sign: str = "", place: tuple[int, int] | None = None) -> Entry:
    row: Row = new or old  # type: ignore[assignment]  # one of the two is
    values = list(_values(old, new, row.kind, pen))
    was_number, number = _number(old), _number(new)
    is_changed = any(not _is_same(value) for value in values) or was_number != number
    if not sign:
        sign = NEW if old is None else CHANGED if is_changed else SAME
    is_renumbered = sign == CHANGED and was_number != number
    return Entry(sign, row.kind, _name(row, pen), values, was_number if is_renumbered else "", place)


def _number(row: Row | None) -> str:
    number = row.parts.get(NUMBER) if row and row.kind in {ARTICLE, CHAPTER} else None
    return number.raw.strip() if isinstance(number, Leaf) else ""


def _name(row: Row, pen: Pen) -> str:
    if row.kind == SHEET:
        caption = row.parts.get(CAPTION)
        return caption.words() if isinstance(caption, Leaf) else ""
    return pen.say(row.name)


def _values(old: Row | None, new: Row | None, kind: str, pen: Pen) -> Iterator[Value | Grid | Rows]:
    was, now = (row.parts if row else {} for row in (old, new))
    for key in dict.fromkeys([*now, *was]):
        if (kind, key) == (SHEET, CELLS):
            yield Grid(_lines(was.get(key)), _lines(now.get(key)), _has_header(now or was), pen)
        elif (kind, key) not in _TOLD_OTHERWISE:
            yield _item(was.get(key), now.get(key), pen)


# --- Tables pasted from a sheet ---------------------------------------------------------------------------------------


def _lines(cells: Leaf | Table | None) -> list[tuple[str, ...]]:
    text = cells.raw if isinstance(cells, Leaf) else ""
    return [tuple(line.split("\t")) for line in text.splitlines() if line.strip()]


def _has_header(parts: Mapping[str, Leaf | Table]) -> bool:
    header = parts.get(HEADER)
    return isinstance(header, Leaf) and header.raw == "是"
