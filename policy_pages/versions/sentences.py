"""What one publication changed against the one before, in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy_pages.contents.rules import EMPTY
from policy_pages.versions.rules import ARTICLE, CHAPTER, FILES, PARAGRAPH, SHEET, Entry, Rows, Value
from policy_pages.versions.rules.pieces import GONE, NEW, SAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policy_pages.versions.rules import Section
    from policy_pages.versions.rules.pieces import FileChanges

NOTHING = "公开的文字没有改动"
#: Values, and articles of one verb, that are named before the rest is counted.
VALUES_NAMED, ROWS_NAMED = 4, 6
#: What each kind of row without a number of its own is counted as.
COUNTED = {PARAGRAPH: "段", SHEET: "张表"}


def sentence(sections: Iterable[Section], files: FileChanges) -> str:
    """修改第三条、第七条，新增第九条，删去第十二条；附件更换 1 个. Without a full stop; never empty."""
    values: list[str] = []
    rows: list[str] = []
    for section in sections:
        for item in section.differing:
            if isinstance(item, Rows):
                rows += _rows_words(item)
            elif isinstance(item, Value):
                values.append(_value_words(item))
    more = [f"另改 {len(values) - VALUES_NAMED} 项"] if len(values) > VALUES_NAMED else []
    parts = [*values[:VALUES_NAMED], *more, *rows, *_file_words(files)]
    return "；".join(parts) or NOTHING


def _value_words(value: Value) -> str:
    """申报截止日期由 2026-03-01 改为 2026-04-01; a long text is only said to have changed."""
    if value.is_worded_alike or not value.is_line:
        return f"{_verb(value.sign)}{value.label}"
    return f"{value.label}由{_in_sentence(value.was)}改为{_in_sentence(value.now).rstrip()}"


def _in_sentence(words: str) -> str:
    """A value with the spaces that Chinese wants around figures and Latin letters."""
    if not words:
        return EMPTY
    left = " " if words[0].isascii() else ""
    right = " " if words[-1].isascii() else ""
    return f"{left}{words}{right}"


def _verb(sign: str) -> str:
    return {NEW: "新增", GONE: "删去"}.get(sign, "修改")


def _rows_words(rows: Rows) -> list[str]:
    if rows.is_body:
        # Files are told apart, by their bytes.
        entries = [entry for entry in rows.entries if entry.is_noted and entry.kind != FILES]
        words = [_body_words(verb, some) for verb, some in _by_verb(entries) if some]
        return ["，".join(words)] if words else []
    entries = [entry for entry in rows.entries if entry.is_noted]
    return [f"{verb}{rows.label} {len(some)} 项" for verb, some in _by_verb(entries) if some]


def _by_verb(entries: Sequence[Entry]) -> list[tuple[str, list[Entry]]]:
    found: dict[str, list[Entry]] = {"修改": [], "新增": [], "删去": [], "调整顺序：": []}
    for entry in entries:
        moved = entry.sign == SAME
        found["调整顺序：" if moved else _verb(entry.sign)].append(entry)
    return list(found.items())


def _body_words(verb: str, entries: Sequence[Entry]) -> str:
    named = [_title(entry) for entry in entries if entry.kind in {ARTICLE, CHAPTER} or _is_one_table(entry, entries)]
    rest = [entry for entry in entries if entry.kind not in {ARTICLE, CHAPTER} and not _is_one_table(entry, entries)]
    words = "、".join(named[:ROWS_NAMED])
    if len(named) > ROWS_NAMED:
        words += f"等 {len(named)} 条"
    counts = [
        f"{number} {unit}"
        for unit in dict.fromkeys(COUNTED.get(entry.kind, "处") for entry in rest)
        if (number := sum(COUNTED.get(entry.kind, "处") == unit for entry in rest))
    ]
    if counts and named:
        return f"{verb}{words}及其他 {'、'.join(counts)}"
    return f"{verb}{words}" if named else f"{verb}正文 {'、'.join(counts)}"


def _is_one_table(entry: Entry, entries: Sequence[Entry]) -> bool:
    """A table with a caption is named where it is the only one."""
    return entry.kind == SHEET and bool(entry.name) and sum(other.kind == SHEET for other in entries) == 1


def _title(entry: Entry) -> str:
    """第三条; under its old number too where it got another: 第四条（原第三条）."""
    return f"{entry.title}（原{entry.was_number}）" if entry.was_number else entry.title


def _file_words(files: FileChanges) -> list[str]:
    words = [
        f"附件{verb} {len(titles)} 个"
        for verb, titles in (("更换", files.replaced), ("新增", files.new), ("删去", files.gone))
        if titles
    ]
    return ["，".join(words)] if words else []
