"""Snippets and the places to mark in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pages.search.excerpts import Excerpt, excerpt

FILLER = "各有关单位要高度重视认真组织"


def marked(text, query, length=90):
    found = excerpt(text, query, length)
    return [part for part, is_hit in found.parts() if is_hit]


@pytest.mark.parametrize(
    ("text", "query", "hits"),
    [
        ("对贷款贴息给予支持", "贷款贴息", ["贷款贴息"]),
        ("無錫市創業擔保貸款", "创业担保", ["創業擔保"]),
        ("无锡市创业担保贷款", "創業擔保", ["创业担保"]),
        ("根据锡政规﹝2024﹞5号文件", "锡政规[2024]5号", ["锡政规﹝2024﹞5号"]),
        ("①㎡补贴 ＡＩ 平台", "ai", ["ＡＩ"]),
        ("贷款，贴息", "贷款 贴息", ["贷款，贴息"]),
        ("贴息给个体工商户", "小店贷款利息", ["贴息", "个体工商户"]),
        ("贷款方面", "房贷款项", ["贷款"]),
        ("某乙丙丁，丙丁", "甲乙丙丁戊", ["乙丙丁", "丙丁"]),
        ("没有", "创业", []),
        ("没有", "", []),
        ("", "创业", []),
    ],
)
def test_marks(text, query, hits):
    assert marked(text, query) == hits


def test_the_strictest_reading_that_hits_is_marked():
    assert marked("贷款很多，贷款贴息也有", "贷款贴息") == ["贷款贴息"]


def test_a_hit_in_the_middle_is_shown_with_what_surrounds_it():
    found = excerpt(FILLER * 20 + "贷款贴息" + FILLER * 20, "贷款贴息", 40)
    start, end = found.hits[0]
    assert found.text[start:end] == "贷款贴息"
    assert found.text.startswith("…") and found.text.endswith("…")
    assert len(found.text) == 42
    assert start > 5


def test_a_hit_at_the_end_fills_the_room_before_it():
    found = excerpt(FILLER * 20 + "贷款贴息", "贷款贴息", 40)
    assert len(found.text) == 41 and found.text.endswith("贷款贴息")
    assert found.hits == ((37, 41),)


def test_lines_become_one():
    assert excerpt("第一条\n\n 总则", "总则").text == "第一条 总则"


def test_a_conversion_that_changes_the_length_leaves_positions_true():
    text = "甲" * 600 + "½" + "乙" * 600 + "创业担保"
    found = excerpt(text, "创业担保")
    assert [found.text[start:end] for start, end in found.hits] == ["创业担保"]


@given(text=st.text(max_size=700), query=st.text(max_size=12), length=st.integers(1, 50))
def test_the_parts_make_the_snippet(text, query, length):
    found = excerpt(text, query, length)
    assert "".join(part for part, _hit in found.parts()) == found.text
    assert len(found.text) <= length + 2
    assert all(0 <= start < end <= len(found.text) for start, end in found.hits)


def test_parts_of_a_snippet_without_hits():
    assert Excerpt("总则", ()).parts() == [("总则", False)]
