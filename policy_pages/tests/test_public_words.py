"""Words and figures of the public pages."""

from __future__ import annotations

from decimal import Decimal

import pytest

from policy_pages import rules
from policy_pages.templatetags import public


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (None, ""),
        (Decimal("2000000.00"), "200 万元"),
        (Decimal("12000"), "1.2 万元"),
        (Decimal("12345"), "12,345 元"),
        (Decimal("8500.50"), "8,500.5 元"),
        (Decimal("180000000"), "1.8 亿元"),
        (Decimal("123450000"), "12,345 万元"),
        (Decimal("0"), "0 元"),
    ],
)
def test_money_is_said_without_rounding(amount: Decimal | None, words: str) -> None:
    assert public.money(amount) == words


@pytest.mark.parametrize(
    ("number", "unit", "words"),
    [
        (None, "working_days", ""),
        (0, "working_days", "当场办结"),
        (10, "working_days", "10 个工作日"),
        (30, "calendar_days", "30 日（自然日）"),
    ],
)
def test_limits(number: int | None, unit: str, words: str) -> None:
    assert public.limit_words(number, unit) == words


@pytest.mark.parametrize(("days", "words"), [(None, ""), (0, "今天截止"), (12, "还剩 12 天")])
def test_days_left(days: int | None, words: str) -> None:
    assert public.days_left_words(days) == words


@pytest.mark.parametrize(
    ("number", "target"),
    [
        ("0510-81820000", "tel:051081820000"),
        ("0510-81820000 转 8012", "tel:051081820000,8012"),
        ("+86 510 8182 0000", "tel:+8651081820000"),
        ("12345", "tel:12345"),
    ],
)
def test_a_phone_number_dials(number: str, target: str) -> None:
    assert public.phone_link(number) == f'<a class="tel" href="{target}">{number}</a>'


def test_a_phone_link_lets_no_markup_through() -> None:
    assert "<b>" not in public.phone_link('"><b>1')


@pytest.mark.parametrize(
    ("clause", "target"),
    [("第六条第二款", "#第六条"), ("第十条之一", "#第十条之一"), ("第二部分", ""), ("", "")],
)
def test_a_clause_leads_to_its_article(clause: str, target: str) -> None:
    assert public.clause_anchor(clause) == target


@pytest.mark.parametrize(
    ("number", "title", "heading"),
    [("第一章", "总则", "第一章　总则"), ("一、", "怎么算", "一、怎么算"), ("", "附则", "附则")],
)
def test_a_chapter_is_set_as_its_number_asks(number: str, title: str, heading: str) -> None:
    assert rules.chapter_heading(number, title) == heading


def test_words_of_codes() -> None:
    assert public.word_of("shared", "MaterialSource") == "数据共享，免提交"
    assert public.word_of("", "MaterialSource") == ""


@pytest.mark.parametrize(
    ("kind", "name", "word"),
    [
        ("ordinary", "受理", ""),
        ("notice", "公示", ""),
        ("notice", "公告拟支持名单", "公示"),
    ],
)
def test_a_step_names_its_kind_once(kind: str, name: str, word: str) -> None:
    assert public.special_step({"kind": kind, "name": name}) == word
