"""First letters of titles: how they are read, indexed and asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pages.search import initials, rules
from policy_pages.search.expressions import NOTHING, All, needle


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("加计扣除", "jjkc"),
        ("創業擔保貸款", "cydbdk"),
        ("高新技术企业", "gxjsqy"),
        ("无锡市人民政府", "wxsrmzf"),
        ("银行业行政", "yhyxz"),
        ("稳增长调结构", "wzzdjg"),
        ("调整", "tz"),
        ("深圳", "sz"),
        ("ＡＩ算力券2026", "aislq2026"),
        ("阿鹅昂", "aea"),
        ("左座做", "zzz"),
        ("甲，乙", "j y"),
        ("𠮷丙", " b"),
        ("", ""),
    ],
)
def test_letters(text, letters):
    assert initials.initials(text) == letters


@given(st.text(max_size=60))
def test_every_text_has_letters_and_no_token_is_typed(text):
    assert len(initials.initials(text)) <= 4 * len(rules.normalise(text)) + 4
    assert all(token[0] == "\ue000" for token in initials.index_tokens(text).split())


def test_any_part_of_a_title_is_found():
    tokens = f" {initials.index_tokens('研发费用加计扣除')} "
    assert all(needle(initials.expression(asked)) in tokens for asked in ("jjkc", "yf", "fyjj", "YFFYJJKC"))
    assert needle(initials.expression("jjkcc")) not in tokens


def test_a_line_ends_a_run():
    assert initials.index_tokens("甲乙\n丙丁") == "\ue000jy \ue000bd"


@pytest.mark.parametrize("asked", ["j", "jjkc 扣除", "5g", "2026", "x" * 21, "", "'"])
def test_what_can_be_no_initials(asked):
    assert initials.expression(asked) == NOTHING


def test_several_words_are_all_asked_for():
    assert isinstance(initials.expression("yffy jjkc"), All)
