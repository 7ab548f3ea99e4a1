"""Comparison of plain structures: what a clerk reads of two versions. No database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pages.contents.rules import Leaf, Row, Table, matched, moved
from policy_pages.dossier.rules import EXCERPT, differences, excerpts


def leaf(label: str, words: str, unit: str = "", *, is_long: bool = False) -> Leaf:
    return Leaf(label, words, lambda: words, unit, is_long)


def material(pk: str, name: str, copies: str = "1") -> Row:
    return Row(
        pk, "material", name, f"申报材料“{name}”", {"name": leaf("材料名称", name), "copies": leaf("份数", copies)}
    )


def table(*rows: Row) -> dict[str, Table]:
    return {
        "materials": Table(
            "申报材料", repr([(row.id, row.name, row.parts["copies"].raw) for row in rows]), lambda: rows
        )
    }


def lines(before: Leaf | None, after: Leaf | None) -> list[str]:
    return differences({"x": before} if before else {}, {"x": after} if after else {})


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (leaf("承诺时限", "20", "个工作日"), leaf("承诺时限", "15", "个工作日"), "承诺时限 20 → 15 个工作日"),
        (leaf("承诺时限", "", "个工作日"), leaf("承诺时限", "15", "个工作日"), "承诺时限 （空） → 15 个工作日"),
        (leaf("承诺时限", "15", "个工作日"), leaf("承诺时限", "", "个工作日"), "承诺时限 15 个工作日 → （空）"),
        (leaf("承诺时限", "20", "个工作日"), leaf("承诺时限", "20", "日"), "承诺时限 20 个工作日 → 20 日"),
        (leaf("承诺时限", "", "个工作日"), leaf("承诺时限", "", "日"), "承诺时限单位 个工作日 → 日"),
        (leaf("责任处室", "高新处"), leaf("责任处室", "综合处"), "责任处室 高新处 → 综合处"),
        (leaf("责任处室", ""), leaf("责任处室", "综合处"), "责任处室 （空） → 综合处"),
        (leaf("责任处室", "高新处"), None, "责任处室 高新处 → （空）"),
        (None, leaf("责任处室", "综合处"), "责任处室 （空） → 综合处"),
        (leaf("条文", "甲乙", is_long=True), leaf("条文", "甲丙", is_long=True), "条文 改为：“甲丙”（原为：“甲乙”）"),
        (leaf("条文", "", is_long=True), leaf("条文", "甲丙", is_long=True), "条文 改为：“甲丙”（原为：（空））"),
        (
            Leaf("条文", "<p>甲</p>", lambda: "甲"),
            Leaf("条文", "<b>甲</b>", lambda: "甲"),
            "条文 有改动，显示的文字相同",
        ),
        (leaf("条文", "甲\n乙", is_long=True), leaf("条文", "甲 乙", is_long=True), "条文 有改动，显示的文字相同"),
    ],
)
def test_a_changed_value_reads_as_a_clerk_would_say_it(before: Leaf, after: Leaf, expected: str) -> None:
    assert lines(before, after) == [expected]


def test_what_is_the_same_is_not_told() -> None:
    assert lines(leaf("标题", "甲"), leaf("标题", "甲")) == []
    assert differences(table(material("1", "甲")), table(material("1", "甲"))) == []


def test_a_long_text_is_shown_around_its_first_difference_with_both_sides() -> None:
    text = "为支持企业研发，" * 100
    before, after = text + "最高五十万元。" + text, text + "最高八十万元。" + text
    (line,) = lines(leaf("支持标准", before), leaf("支持标准", after))
    assert line.startswith("支持标准 改为：“…")
    assert "最高八十万元" in line
    assert "原为：“…" in line
    assert "最高五十万元" in line
    assert len(line) < 120


def test_rows_are_known_by_their_id_and_told_by_their_name() -> None:
    before = table(material("1", "营业执照"), material("2", "申请表"))
    after = table(material("1", "营业执照", "2"), material("3", "承诺书"))
    assert differences(before, after) == [
        "申报材料：删除“申请表”",
        "申报材料“营业执照”：份数 1 → 2",
        "申报材料：新增“承诺书”",
    ]


def test_rows_that_were_pasted_anew_are_the_same_rows() -> None:
    before = table(material("1", "营业执照"), material("2", "申请表"))
    assert differences(before, table(material("8", "营业执照"), material("9", "申请表"))) == []
    assert differences(before, table(material("", "营业执照"), material("", "申请表", "3"))) == [
        "申报材料“申请表”：份数 1 → 3"
    ]


def test_an_article_that_only_got_another_number_is_the_same_article() -> None:
    def article(number: str, text: str) -> Row:
        return Row("", "article", number, number, {"number": leaf("条号", number), "text": leaf("", text)})

    old = [article("第一条", "甲"), article("第二条", "乙"), article("第三条", "")]
    new = [article("第一条", "新的"), article("第二条", "甲"), article("第三条", "乙"), article("第四条", "")]
    assert matched(old, new) == [(0, 1), (1, 2)], "and one without a text is known by its number only"


def test_rows_of_two_kinds_and_rows_without_a_name_are_never_taken_for_each_other() -> None:
    one, other = Row("1", "article", "", "条", {}), Row("1", "sheet", "", "表", {})
    assert matched([one], [other]) == []
    changed = Row("2", "article", "", "条", {"x": leaf("x", "1")})
    assert matched([one], [changed]) == []


def test_a_row_that_moved_is_named_and_those_that_made_way_are_not() -> None:
    rows = [material(str(number), name) for number, name in enumerate("甲乙丙丁")]
    after = [rows[3], *rows[:3]]
    assert differences(table(*rows), table(*after)) == ["申报材料：调整顺序，“丁”由第 4 位移到第 1 位"]


def test_a_new_row_with_a_text_of_its_own_shows_its_beginning() -> None:
    article = Row("1", "article", "第六条", "第六条", {"text": leaf("", "字" * 200, is_long=True)})
    named = Row("2", "paragraph", "前言", "段落“前言”", {"": leaf("", "前言", is_long=True)})
    short = Row("3", "article", "第七条", "第七条", {"text": leaf("", "短", is_long=True)})
    found = differences({}, {"body": Table("正文", "x", lambda: [article, named, short])})
    assert found == [f"正文：新增“第六条”：“{'字' * EXCERPT}…”", "正文：新增“前言”", "正文：新增“第七条”：“短”"]


def test_a_value_that_became_a_table_is_told_as_its_rows() -> None:
    after = table(material("1", "营业执照"))
    assert differences({"materials": leaf("申报材料", "营业执照")}, after) == ["申报材料：新增“营业执照”"]
    assert differences(after, {}) == ["申报材料：删除“营业执照”"]


def test_a_table_within_a_row_is_told_below_it() -> None:
    def row(*inner: Row) -> Row:
        return Row("1", "attachments", "附件", "正文“附件”", {"": Table("附件列表", repr(len(inner)), lambda: inner)})

    old = {"body": Table("正文", "a", lambda: [row()])}
    new = {"body": Table("正文", "b", lambda: [row(material("5", "样表"))])}
    assert differences(old, new) == ["正文“附件”：附件列表：新增“样表”"]


@given(st.text(), st.text())
def test_an_excerpt_shows_the_first_difference(one: str, other: str) -> None:
    was, now = excerpts(one, other)
    assert max(len(was), len(now)) <= EXCERPT + 2
    if was == now:
        assert one.split() == other.split() or "".join(one.split()) == "".join(other.split()) or one == other


@given(st.permutations(list(range(8))))
def test_moving_the_named_rows_gives_the_new_order(order: list[int]) -> None:
    pairs = [(was, now) for now, was in enumerate(order)]
    named = moved(pairs)
    rest = [was for was, _now in pairs if (was, _now) not in named]
    assert rest == sorted(rest), "what is not named kept its order"
    assert bool(named) == (order != sorted(order))


@given(st.lists(st.sampled_from("甲乙丙丁戊"), max_size=6), st.lists(st.sampled_from("甲乙丙丁戊"), max_size=6))
def test_every_row_is_matched_once_deleted_or_added(old: list[str], new: list[str]) -> None:
    before, after = ([material("", name) for name in names] for names in (old, new))
    pairs = matched(before, after)
    assert len({was for was, _now in pairs}) == len({now for _was, now in pairs}) == len(pairs)
    common = sum(min(old.count(name), new.count(name)) for name in set(old))
    assert len(pairs) == common
