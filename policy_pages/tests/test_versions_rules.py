"""What differs between two texts and the sentence on it, on plain structures: expectations by hand, no database."""

from __future__ import annotations

from typing import Any

import pytest

from policy_pages.contents.rules import Leaf, Row, Table
from policy_pages.versions.rules import Entry, Fold, Rows, Value, compared
from policy_pages.versions.rules.pieces import (
    CHANGED,
    GONE,
    NEW,
    SAME,
    FileChanges,
    Pen,
    Piece,
    aligned,
    changed_files,
)
from policy_pages.versions.sentences import NOTHING, sentence

PEN = Pen(lambda was, now: [Piece(GONE, was), Piece(NEW, now)], lambda words: words.replace("@", "#"))
NO_FILES = FileChanges([], [], [])


def leaf(label: str, words: str, unit: str = "", *, raw: str | None = None, is_long: bool = False) -> Leaf:
    return Leaf(label, words if raw is None else raw, lambda: words, unit, is_long)


def article(number: str, text: str, pk: str = "") -> Row:
    parts = {"number": leaf("条号", number), "text": leaf("", text, is_long=True)}
    return Row(pk or number, "article", number, number, parts)


def chapter(number: str, title: str) -> Row:
    return Row(number, "chapter", number, number, {"number": leaf("章号", number), "title": leaf("章名", title)})


def paragraph(pk: str, text: str) -> Row:
    return Row(pk, "paragraph", text[:20], f"正文“{text}”", {"": leaf("", text, is_long=True)})


def sheet(pk: str, caption: str, cells: str, header: str = "是") -> Row:
    parts = {
        "caption": leaf("表名", caption),
        "has_header": leaf("第一行是表头", header),
        "cells": leaf("表格内容", cells, is_long=True),
    }
    return Row(pk, "sheet", caption or "是", f"正文“{caption}”", parts)


def material(pk: str, name: str, copies: str = "1") -> Row:
    return Row(
        pk, "material", name, f"申报材料“{name}”", {"name": leaf("材料名称", name), "copies": leaf("份数", copies)}
    )


def table(label: str, *rows: Row) -> Table:
    return Table(
        label, repr([(row.id, row.name, [part.raw for part in row.parts.values()]) for row in rows]), lambda: rows
    )


def rows_of(old: list[Row], new: list[Row], label: str = "正文") -> Rows:
    (section,) = compared([("正文", ["body"])], {"body": table(label, *old)}, {"body": table(label, *new)}, PEN)
    return section.items[0]


def told(rows: Rows) -> list[Any]:
    """Each part: a fold's words, or sign and title of an entry."""
    return [part.words if isinstance(part, Fold) else (part.sign, part.title) for part in rows.parts]


def value_of(old: Leaf | None, new: Leaf | None) -> Value:
    before, after = ({"x": one} if one else {} for one in (old, new))
    (section,) = compared([("", ["x"])], before, after, PEN)
    return section.items[0]


def says(old: dict[str, Any], new: dict[str, Any], files: FileChanges = NO_FILES) -> str:
    return sentence(compared([("", [*dict.fromkeys([*old, *new])])], old, new, PEN), files)


# --- Values ---------------------------------------------------------------------------------------------------------


def test_a_value_is_new_gone_changed_or_the_same() -> None:
    cases = [
        (leaf("文号", ""), leaf("文号", "甲"), NEW),
        (leaf("文号", "甲"), leaf("文号", ""), GONE),
        (leaf("文号", "甲"), leaf("文号", "乙"), CHANGED),
        (leaf("文号", "甲"), leaf("文号", "甲"), SAME),
        (None, leaf("文号", ""), SAME),
        (None, leaf("文号", "甲"), NEW),
        (leaf("文号", "甲"), None, GONE),
        (leaf("时限", "20", "日"), leaf("时限", "20", "个工作日"), CHANGED),
    ]
    assert [value_of(old, new).sign for old, new, _sign in cases] == [sign for _old, _new, sign in cases]


def test_an_amount_is_told_with_its_unit_and_nothing_without() -> None:
    value = value_of(leaf("承诺时限", "20", "日"), leaf("承诺时限", "", "个工作日"))
    assert (value.was, value.now) == ("20 日", "")


def test_short_values_stand_in_one_line_and_long_ones_as_paragraphs() -> None:
    short = value_of(leaf("处室", "甲"), leaf("处室", "乙"))
    assert short.is_line
    assert short.paragraphs == [[Piece(GONE, "甲"), Piece(NEW, "乙")]]
    assert not value_of(leaf("标准", "甲"), leaf("标准", "甲\n乙")).is_line
    assert not value_of(leaf("标准", "甲"), leaf("标准", "乙" * 41)).is_line
    assert not value_of(leaf("", "甲", is_long=True), leaf("", "乙", is_long=True)).is_line


def test_a_change_that_no_word_shows_is_known_as_such() -> None:
    value = value_of(leaf("", "甲", raw="<p>甲</p>"), leaf("", "甲", raw="<b>甲</b>"))
    assert value.sign == CHANGED
    assert value.is_worded_alike
    assert value.paragraphs == [[Piece(SAME, "甲")]]


def test_things_are_told_by_what_the_pen_says() -> None:
    assert value_of(leaf("文件", "@1"), leaf("文件", "@2")).now == "#2"
    row = Row("1", "row", "@9", "依据“@9”", {"document": leaf("政策文件", "@9")})
    assert told(rows_of([], [row], "依据文件")) == [(NEW, "#9")]


def test_equal_and_empty_wordings_are_not_compared() -> None:
    assert PEN.pieces("甲", "甲") == [Piece(SAME, "甲")]
    assert PEN.pieces("", "") == []
    assert PEN.pieces("", "甲") == [Piece(NEW, "甲")]
    assert PEN.pieces("甲", "") == [Piece(GONE, "甲")]


# --- Rows -----------------------------------------------------------------------------------------------------------


def test_articles_between_changes_are_folded_into_one_line() -> None:
    old = [article(f"第{number}条", f"条文{number}") for number in "一二三四五六七八九"]
    new = [*old]
    new[2] = article("第三条", "新条文")
    assert told(rows_of(old, new)) == ["第一条至第二条未改动", (CHANGED, "第三条"), "第四条至第九条未改动"]
    assert told(rows_of(old[:2], [old[0], article("第二条", "新")])) == ["第一条未改动", (CHANGED, "第二条")]


def test_what_is_gone_stands_where_it_stood() -> None:
    old = [article("第一条", "甲"), article("第二条", "乙"), article("第三条", "丙")]
    assert told(rows_of(old, [old[0], old[2]])) == ["第一条未改动", (GONE, "第二条"), "第三条未改动"]
    assert told(rows_of(old, old[1:])) == [(GONE, "第一条"), "第二条至第三条未改动"]
    assert told(rows_of(old, [])) == [(GONE, "第一条"), (GONE, "第二条"), (GONE, "第三条")]


def test_an_article_under_another_number_says_under_which_it_stood() -> None:
    old = [article("第一条", "甲", "a"), article("第二条", "乙", "b")]
    new = [article("第一条", "新", "n"), article("第二条", "甲", "a"), article("第三条", "乙", "b")]
    entries = [part for part in rows_of(old, new).parts if isinstance(part, Entry)]
    assert [(entry.sign, entry.title, entry.was_number) for entry in entries] == [
        (NEW, "第一条", ""),
        (CHANGED, "第二条", "第一条"),
        (CHANGED, "第三条", "第二条"),
    ]
    assert [entry.shown for entry in entries[1:]] == [[], []], "the text itself is the same"


def test_a_row_that_moved_says_from_where_to_where() -> None:
    rows = [material(str(number), name) for number, name in enumerate("甲乙丙丁")]
    (moved,) = [part for part in rows_of(rows, [rows[3], *rows[:3]], "申报材料").parts if isinstance(part, Entry)]
    assert (moved.sign, moved.name, moved.place) == (SAME, "丁", (4, 1))
    assert told(rows_of(rows, [rows[3], *rows[:3]], "申报材料")) == [(SAME, "丁"), "3 项未改动"]


def test_a_new_row_shows_what_it_says_and_a_folded_one_everything() -> None:
    parts = rows_of([material("1", "甲")], [material("1", "甲"), material("2", "乙", "")], "申报材料").parts
    assert [value.now for value in parts[1].shown] == ["乙"]
    assert [value.now for value in parts[0].entries[0].shown] == ["甲", "1"]


def test_rows_without_a_number_are_called_by_their_kind() -> None:
    files = Row("f", "attachments", "附件列表", "正文“附件列表”", {"": table("附件列表")})
    rows = rows_of(
        [], [paragraph("p", "附则"), sheet("s", "标准", "甲"), sheet("t", "", "甲"), files, chapter("第一章", "总则")]
    )
    assert told(rows) == [(NEW, "段落"), (NEW, "表格“标准”"), (NEW, "表格"), (NEW, "附件"), (NEW, "第一章")]
    assert told(rows_of([paragraph("p", "附则")], [paragraph("p", "附则")])) == ["1 段未改动"]


def test_a_value_that_became_a_table_is_told_by_its_rows() -> None:
    (section,) = compared(
        [("", ["x"])], {"x": leaf("材料", "营业执照")}, {"x": table("材料", material("1", "执照"))}, PEN
    )
    assert told(section.items[0]) == [(NEW, "执照")]
    (section,) = compared([("", ["x"])], {"x": table("材料", material("1", "执照"))}, {"x": leaf("材料", "")}, PEN)
    assert told(section.items[0]) == [(GONE, "执照")]


def test_headings_say_whether_anything_under_them_differs() -> None:
    layout = [("甲", ["a"]), ("乙", ["b"]), ("丙", ["c"]), ("丁", ["nothing"])]
    old = {"a": leaf("a", "1"), "b": leaf("b", "1"), "c": leaf("c", "")}
    sections = compared(layout, old, {**old, "a": leaf("a", "2")}, PEN)
    assert [bool(section.differing) for section in sections] == [True, False, False, False]
    assert [section.says_something for section in sections] == [True, True, False, False]
    (section,) = compared([("", ["r"])], {}, {"r": table("材料", material("1", "执照"))}, PEN)
    assert section.says_something


# --- Tables pasted from a sheet ---------------------------------------------------------------------------------------


def grid_of(was: str, now: str, header: str = "是") -> Any:
    (entry,) = rows_of([sheet("s", "标准", was, header)], [sheet("s", "标准", now, header)]).entries
    return entry.values[-1]


def test_a_table_is_compared_line_by_line_and_cell_by_cell() -> None:
    grid = grid_of("类型\t比例\n规上\t10%\n规下\t5%\n其他\t1%", "类型\t比例\n规上\t15%\n规下\t5%\n初创\t8%\t新")
    assert [piece.text for cell in grid.head.cells for piece in cell] == ["类型", "比例"]
    assert [(line.sign, line.cells) for line in grid.shown] == [
        (CHANGED, [[Piece(SAME, "规上")], [Piece(GONE, "10%"), Piece(NEW, "15%")], []]),
        (
            CHANGED,
            [[Piece(GONE, "其他"), Piece(NEW, "初创")], [Piece(GONE, "1%"), Piece(NEW, "8%")], [Piece(NEW, "新")]],
        ),
    ]
    assert grid.unchanged == 1


def test_a_table_without_a_header_shows_its_first_line_as_any_other() -> None:
    grid = grid_of("甲\t1\n乙\t2", "甲\t1\n丙\t3\n乙\t2", header="否")
    assert grid.head is None
    assert [line.sign for line in grid.lines] == [SAME, NEW, SAME]
    assert grid.unchanged == 2
    assert grid_of("", "", header="是").head is None


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        ("甲乙丙", "甲丙", [(SAME, "甲", "甲"), (GONE, "乙", ""), (SAME, "丙", "丙")]),
        ("甲丙", "甲乙丙", [(SAME, "甲", "甲"), (NEW, "", "乙"), (SAME, "丙", "丙")]),
        ("甲乙", "丙丁", [(CHANGED, "甲", "丙"), (CHANGED, "乙", "丁")]),
        ("甲乙丙丁", "乙己丁", [(GONE, "甲", ""), (SAME, "乙", "乙"), (CHANGED, "丙", "己"), (SAME, "丁", "丁")]),
        ("", "", []),
    ],
)
def test_lines_of_two_tables_stand_side_by_side(was: str, now: str, expected: list[tuple[str, str, str]]) -> None:
    found = aligned([(one,) for one in was], [(one,) for one in now])
    assert [(sign, "".join(one), "".join(other)) for sign, one, other in found] == expected


def test_tables_too_large_to_search_are_compared_as_one_stretch() -> None:
    one, other = ([(f"{word}{number}",) for number in range(600)] for word in ("甲", "乙"))
    found = list(aligned([("头",), *one, ("尾",)], [("头",), *other, ("尾",)]))
    assert len(found) == 602
    assert [sign for sign, _old, _new in found].count(CHANGED) == 600


# --- Files ------------------------------------------------------------------------------------------------------------


def test_a_file_of_the_same_title_with_other_bytes_was_replaced() -> None:
    before = [("申请表", "a"), ("样表", "b"), ("旧表", "c")]
    after = [("申请表", "x"), ("样表", "b"), ("新表", "d")]
    assert changed_files(before, after) == FileChanges(new=["新表"], gone=["旧表"], replaced=["申请表"])
    assert changed_files(before, before) == NO_FILES


# --- The sentence -----------------------------------------------------------------------------------------------------


def test_the_sentence_on_a_document_names_its_articles() -> None:
    old = [article(f"第{number}条", number) for number in ("三", "七", "八", "十二")]
    new = [article("第三条", "新"), article("第七条", "新"), old[2], article("第九条", "九")]
    files = FileChanges([], [], ["申请表"])
    assert says({"body": table("正文", *old)}, {"body": table("正文", *new)}, files) == (
        "修改第三条、第七条，新增第九条，删去第十二条；附件更换 1 个"
    )


def test_the_sentence_on_a_guide_names_its_dates_and_counts_its_rows() -> None:
    old = {"end": leaf("申报截止日期", "2026-03-01"), "materials": table("申报材料", material("1", "甲"))}
    new = {
        "end": leaf("申报截止日期", "2026-04-01"),
        "materials": table("申报材料", material("1", "甲"), material("2", "乙")),
    }
    assert says(old, new) == "申报截止日期由 2026-03-01 改为 2026-04-01；新增申报材料 1 项"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({}, {}, NOTHING),
        ({"a": leaf("责任处室", "")}, {"a": leaf("责任处室", "综合处")}, "责任处室由（空）改为综合处"),
        ({"a": leaf("责任处室", "综合处")}, {"a": leaf("责任处室", "")}, "责任处室由综合处改为（空）"),
        ({"a": leaf("支持标准", "甲" * 50)}, {"a": leaf("支持标准", "乙")}, "修改支持标准"),
        ({"a": leaf("支持标准", "")}, {"a": leaf("支持标准", "乙" * 50)}, "新增支持标准"),
        ({"a": leaf("支持标准", "乙" * 50)}, {"a": leaf("支持标准", "")}, "删去支持标准"),
        ({"a": leaf("空表", "甲", raw="1")}, {"a": leaf("空表", "甲", raw="2")}, "修改空表"),
    ],
)
def test_the_sentence_on_one_value(old: dict[str, Any], new: dict[str, Any], expected: str) -> None:
    assert says(old, new) == expected


def test_many_values_and_many_articles_are_counted_after_the_first() -> None:
    old = {str(n): leaf(f"项{n}", "甲") for n in range(6)}
    new = {str(n): leaf(f"项{n}", "乙") for n in range(6)}
    assert says(old, new) == "；".join([*(f"项{n}由甲改为乙" for n in range(4)), "另改 2 项"])
    numbers = "一二三四五六七八"
    bodies = [{"body": table("正文", *(article(f"第{n}条", text) for n in numbers))} for text in ("甲", "乙")]
    assert says(*bodies) == "修改第一条、第二条、第三条、第四条、第五条、第六条等 8 条"


def test_paragraphs_and_tables_are_counted_and_a_single_table_named() -> None:
    def body(*rows: Row) -> dict[str, Any]:
        return {"body": table("正文", *rows)}

    assert says(body(paragraph("1", "甲")), body(paragraph("1", "乙"))) == "修改正文 1 段"
    assert says(body(sheet("1", "标准", "甲")), body(sheet("1", "标准", "乙"))) == "修改表格“标准”"
    two = [body(sheet("1", "标准", text), sheet("2", "目录", text)) for text in "甲乙"]
    assert says(*two) == "修改正文 2 张表"
    mixed = [body(article("第一条", text), paragraph("2", text)) for text in "甲乙"]
    assert says(*mixed) == "修改第一条及其他 1 段"
    retired = [body(Row("1", "video", "块", "块", {"": leaf("", text)})) for text in "甲乙"]
    assert says(*retired) == "修改正文 1 项"


def test_a_number_a_move_and_a_list_of_files_in_the_sentence() -> None:
    old = {"body": table("正文", article("第一条", "甲", "a"))}
    assert says(old, {"body": table("正文", article("第二条", "甲", "a"))}) == "修改第二条（原第一条）"
    rows = [material(str(number), name) for number, name in enumerate("甲乙丙")]
    moved = [{"materials": table("申报材料", *some)} for some in (rows, [rows[2], *rows[:2]])]
    assert says(*moved) == "调整顺序：申报材料 1 项"
    files = [Row("f", "attachments", "附件", "附件", {"": leaf("", text)}) for text in "甲乙"]
    bodies = [{"body": table("正文", one)} for one in files]
    assert says(*bodies, FileChanges(["乙"], ["甲"], [])) == "附件新增 1 个，附件删去 1 个"
    assert says(*bodies) == NOTHING, "of a list of files only what the bytes say is told"
