"""What changed between two texts, as lines a clerk reads: plain structures in, sentences out. No Django, no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy_pages.contents.rules import EMPTY, Leaf, Row, Table, matched, moved

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SAME_WORDS = "有改动，显示的文字相同"
#: Up to so many characters both sides of a change stand in full.
SHORT = 40
#: Characters of an excerpt before and after the first difference, and at most in all.
CONTEXT, EXCERPT = 12, 80


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
