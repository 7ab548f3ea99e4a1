"""What changed between two texts, as lines a clerk reads: plain structures in, sentences out. No Django, no clock."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

EMPTY = "（空）"
SAME_WORDS = "有改动，显示的文字相同"
#: Up to so many characters both sides of a change stand in full.
SHORT = 40
#: Characters of an excerpt before and after the first difference, and at most in all.
CONTEXT, EXCERPT = 12, 80


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


def differences(before: Mapping[str, Leaf | Table], after: Mapping[str, Leaf | Table]) -> list[str]:
    """Lines that name everything that differs, in the order of the later text; no line when nothing does."""
    return list(_differences("", before, after))


def _differences(title: str, before: Mapping[str, Leaf | Table], after: Mapping[str, Leaf | Table]) -> Iterator[str]:
    for key in dict.fromkeys([*after, *before]):
        old, new = before.get(key), after.get(key)
        if isinstance(old, Table) or isinstance(new, Table):
            yield from _table_lines(title, _as_table(old, new), _as_table(new, old))
        elif line := _leaf_line(title, _as_leaf(old, new), _as_leaf(new, old)):
            yield line


def _as_leaf(one: Leaf | None, other: Leaf | None) -> Leaf:
    """The value, or for one that is not there the other one emptied."""
    return one or Leaf(other.label if other else "", "", str, "", bool(other and other.is_long))


def _as_table(one: Leaf | Table | None, other: Leaf | Table | None) -> Table:
    """The table; nothing, and a value that was no table then, are a table without rows."""
    if isinstance(one, Table):
        return one
    assert isinstance(other, Table)  # noqa: S101 -- one of the two is
    return Table(other.label, "", list)


def _leaf_line(title: str, old: Leaf, new: Leaf) -> str:
    if (old.raw, old.unit) == (new.raw, new.unit):
        return ""
    head = "：".join(part for part in (title, new.label) if part)
    was, now = old.words(), new.words()
    if old.unit or new.unit:
        return f"{head}{_amounts(was, old.unit, now, new.unit)}"
    if was == now:
        return f"{head} {SAME_WORDS}"
    if not (old.is_long or new.is_long) and is_short(was) and is_short(now):
        return f"{head} {was or EMPTY} → {now or EMPTY}"
    was, now = excerpts(was, now)
    if was == now:
        return f"{head} {SAME_WORDS}"
    return f"{head} 改为：{quoted(now)}（原为：{quoted(was)}）"


def _amounts(was: str, old_unit: str, now: str, new_unit: str) -> str:
    """Two numbers with their units: 20 → 15 个工作日."""
    if not was and not now:
        return f"单位 {old_unit or EMPTY} → {new_unit or EMPTY}"
    if was and now and old_unit == new_unit:
        return f" {was} → {now} {new_unit}"
    return f" {f'{was} {old_unit}' if was else EMPTY} → {f'{now} {new_unit}' if now else EMPTY}"


def is_short(words: str) -> bool:
    """Whether a value is shown in full."""
    return len(words) <= SHORT and "\n" not in words


def quoted(words: str) -> str:
    """In quotation marks; nothing in words."""
    return f"“{words}”" if words else EMPTY


def excerpts(was: str, now: str) -> tuple[str, str]:
    """Both texts around their first difference, each at most EXCERPT characters and the dots."""
    start = _common(was, now)
    limit = min(len(was), len(now)) - start
    tail = min(_common(was[::-1], now[::-1]), limit)
    return _cut(was, start, len(was) - tail), _cut(now, start, len(now) - tail)


def _common(one: str, other: str) -> int:
    """Length of the common beginning; by halves, because texts are long and slices are cheap."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _cut(words: str, start: int, end: int) -> str:
    start, end = max(0, start - CONTEXT), min(len(words), end + CONTEXT)
    end = min(end, start + EXCERPT)
    piece = " ".join(words[start:end].split())
    return f"{'…' if start else ''}{piece}{'…' if end < len(words) else ''}"


# --- Rows -------------------------------------------------------------------------------------------------------


def _table_lines(title: str, old: Table, new: Table) -> Iterator[str]:
    if old.raw == new.raw:
        return
    label = "：".join(part for part in (title, new.label) if part)
    pairs = matched(old.rows, new.rows)
    kept = {was for was, _now in pairs}
    now_of = {now: was for was, now in pairs}
    yield from (f"{label}：删除“{row.name}”" for place, row in enumerate(old.rows) if place not in kept)
    for place, row in enumerate(new.rows):
        if place in now_of:
            yield from _differences(row.title, old.rows[now_of[place]].parts, row.parts)
        else:
            yield f"{label}：新增“{row.name}”{_gist(row)}"
    for was, now in moved(pairs):
        yield f"{label}：调整顺序，“{new.rows[now].name}”由第 {was + 1} 位移到第 {now + 1} 位"


def _gist(row: Row) -> str:
    """The beginning of a new row's own text, where it is a text and not its name."""
    texts = [part.words() for part in row.parts.values() if isinstance(part, Leaf) and part.is_long]
    text = " ".join(" ".join(texts).split())
    if not text or text == row.name:
        return ""
    return f"：“{text[:EXCERPT]}{'…' if len(text) > EXCERPT else ''}”"


def matched(old: Sequence[Row], new: Sequence[Row]) -> list[tuple[int, int]]:
    """Places of each row that stands in both, old and new, in the new order.

    By its id; then, for what was pasted anew, by the same content; then by the same name.
    """
    pairs: list[tuple[int, int]] = []
    left, right = list(range(len(old))), list(range(len(new)))
    for key in (_by_id, _content, _by_name):
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
