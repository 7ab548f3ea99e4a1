"""Pure rules of the guide's public side: self-check, papers, clauses, earlier windows, months."""

from __future__ import annotations

import datetime
import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pages.guides import rules
from policy_pages.guides.rules import Asked, Month

ANSWERS = ("yes", "no", "unclear", "", "YES", "1", "是")


def asked(*kinds: str) -> list[Asked]:
    return [Asked(f"c{place}", kind) for place, kind in enumerate(kinds)]


def outcome(kinds: tuple[str, ...], answers: tuple[str, ...]) -> str:
    return rules.check(asked(*kinds), {f"c{place}": answer for place, answer in enumerate(answers)}).outcome


# --- Self-check -------------------------------------------------------------------------------------------------


def test_one_threshold_that_is_not_met_decides() -> None:
    assert outcome(("threshold", "threshold", "threshold"), ("yes", "no", "unclear")) == "no"


def test_all_thresholds_met_say_yes_and_one_open_does_not() -> None:
    assert outcome(("threshold", "threshold"), ("yes", "yes")) == "yes"
    assert outcome(("threshold", "threshold"), ("yes", "unclear")) == "unclear"


def test_bonus_and_discretion_change_no_outcome() -> None:
    for bonus, discretion in itertools.product(ANSWERS, repeat=2):
        for first in ("yes", "no", "unclear"):
            assert outcome(("threshold", "bonus", "discretion"), (first, bonus, discretion)) == first


def test_a_discretion_is_judged_by_people_whatever_was_sent() -> None:
    for answer in ANSWERS:
        finding = rules.check(asked("discretion"), {"c0": answer})
        assert finding.answers == ("unclear",)
        assert finding.judged == (1,)
        assert finding.outcome == "unclear"


def test_where_nothing_is_a_threshold_nothing_is_promised() -> None:
    assert outcome((), ()) == "unclear"
    assert outcome(("bonus", "discretion"), ("yes", "yes")) == "unclear"


def test_what_is_missing_or_garbage_counts_as_unclear() -> None:
    finding = rules.check(asked("threshold", "threshold", "bonus"), {"c1": "maybe", "c2": "", "other": "no"})
    assert finding.answers == ("unclear", "unclear", "unclear")
    assert finding.open == (1, 2)
    assert finding.outcome == "unclear"


def test_a_finding_names_the_places() -> None:
    kinds = ("threshold", "bonus", "threshold", "discretion", "threshold", "bonus")
    finding = rules.check(asked(*kinds), {"c0": "no", "c1": "yes", "c2": "yes", "c5": "no"})
    assert (finding.failed, finding.open, finding.bonuses, finding.judged) == ((1,), (5,), (2,), (4,))


@given(st.lists(st.tuples(st.sampled_from(["threshold", "bonus", "discretion"]), st.sampled_from(ANSWERS))))
def test_the_outcome_is_that_of_the_regulation_for_all_answers(rows: list[tuple[str, str]]) -> None:
    """An oracle in other words: count the thresholds."""
    thresholds = [answer if answer in {"yes", "no"} else "unclear" for kind, answer in rows if kind == "threshold"]
    if "no" in thresholds:
        expected = "no"
    elif thresholds and set(thresholds) == {"yes"}:
        expected = "yes"
    else:
        expected = "unclear"
    assert outcome(tuple(kind for kind, _answer in rows), tuple(answer for _kind, answer in rows)) == expected


def test_an_answer_belongs_to_the_words_it_was_given_to() -> None:
    before = rules.question_names(["在本市登记注册", "研发费用不低于 100 万元"])
    after = rules.question_names(["研发费用不低于 200 万元", "在本市登记注册"])
    assert after[1] == before[0]
    assert after[0] not in before
    twice = rules.question_names(["同一句话", "同一句话 ", "同一句话"])
    assert len(set(twice)) == 3


# --- Papers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sources", "sentence"),
    [
        ([], ""),
        (["self"], "共 1 项，都由申请人自备。"),
        (["self"] * 4 + ["shared"] * 2, "共 6 项：自备 4 项，政府已有 2 项、不用提交。"),
        (["shared"], "共 1 项：政府已有 1 项、不用提交。"),
        (["self", "government"], "共 2 项：自备 1 项，政府部门核发 1 项。"),
        (["self", "government", "shared"], "共 3 项：自备 1 项，政府已有 2 项，其中数据共享 1 项、不用提交。"),
    ],
)
def test_the_papers_in_one_sentence(sources: list[str], sentence: str) -> None:
    assert rules.materials_sentence(sources) == sentence


# --- Clauses ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("7", 7), ("23", 23), ("三", 3), ("十", 10), ("十二", 12), ("二十", 20), ("二十三", 23), ("一百", 100),
        ("一百零五", 105), ("一百一十", 110), ("两百", 200), ("一千零二十", 1020), ("〇", 0), ("2十", 20),
    ],
)  # fmt: skip
def test_numbers_in_chinese_figures(words: str, number: int) -> None:
    assert rules.number_of(words) == number


@pytest.mark.parametrize(
    ("clause", "articles"),
    [
        ("第六条第二款", {6}),
        ("第四条至第六条、第九条第二款", {4, 5, 6, 9}),
        ("第10条-第12条", {10, 11, 12}),
        ("第六条至第四条", {4, 6}),
        ("第一条至第九千条", {1, 9000}),
        ("第五部分", set()),
        ("", set()),
    ],
)
def test_the_articles_that_a_clause_names(clause: str, articles: set[int]) -> None:
    assert rules.articles_of(clause) == articles


@pytest.mark.parametrize(
    ("clause", "bases", "place"),
    [
        ("第六条", ["第一条"], 0),
        ("第六条", [""], 0),
        ("", ["第六条"], None),
        ("第六条", [], None),
        ("第六条第二款", ["第一条", "第四条至第八条"], 1),
        ("第六条", ["第六条", "第四条至第八条"], None),
        ("第六条", ["第一条", "第二条"], None),
        ("第五部分", ["第一条", "第二条"], None),
    ],
)
def test_the_basis_of_a_clause_is_told_only_where_it_is_sure(clause: str, bases: list[str], place: int | None) -> None:
    assert rules.basis_of(clause, bases) == place


# --- Earlier windows --------------------------------------------------------------------------------------------


def test_an_earlier_window_is_read_from_what_was_published() -> None:
    told = {"window_type": "fixed_window", "window_start": "2025-03-01", "window_end": "2025-04-30"}
    window = rules.earlier_window(2, json.dumps(told))
    assert window == rules.EarlierWindow(datetime.date(2025, 3, 1), datetime.date(2025, 4, 30), 2)
    for change in ({"window_type": "window_pending"}, {"window_start": None}, {"window_end": ""}):
        assert rules.earlier_window(2, json.dumps(told | change)) is None
    assert rules.earlier_window(1, "{}") is None


# --- Months -----------------------------------------------------------------------------------------------------


def test_a_month_is_read_strictly() -> None:
    assert rules.read_month("2026-12") == Month(2026, 12)
    assert str(Month(2026, 3)) == "2026-03"
    assert rules.read_month("1990-01") == Month(1990, 1)
    assert rules.read_month("2100-12") == Month(2100, 12)
    bad = (
        "",
        "2026",
        "2026-1",
        "2026-00",
        "2026-13",
        "1989-12",
        "2101-01",
        "2026-12-01",
        " 2026-12",
        "２０２６-12",
        "x",
    )
    assert [rules.read_month(text) for text in bad] == [None] * len(bad)


def test_a_month_knows_its_edges() -> None:
    assert Month(2026, 12).first == datetime.date(2026, 12, 1)
    assert Month(2026, 12).after == datetime.date(2027, 1, 1)
    assert Month(2028, 2).after == datetime.date(2028, 3, 1)
    assert rules.month_of(datetime.date(2026, 11, 25)) == Month(2026, 11)
    assert Month(2026, 12) < Month(2027, 1)
