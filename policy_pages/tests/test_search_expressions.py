"""Wagtail's query trees as expressions, and expressions in each database's language."""

import modelsearch.query as stock
import pytest

from policy_pages.search.expressions import (
    NOTHING,
    All,
    Any,
    Everything,
    Not,
    Phrase,
    from_query,
    is_positive,
    needle,
    phrases,
    to_fts5,
    to_tsquery,
)

LOAN = Phrase(("贷款",))
SUBSIDY = Phrase(("补贴",))


def or_drafted(phrase):
    """What the back office asks for: the phrase, or the same as drafts hold it."""
    return Any((phrase, Phrase(tuple("\ue001" + token for token in phrase.tokens), phrase.prefix)))


LOANS, SUBSIDIES = or_drafted(LOAN), or_drafted(SUBSIDY)
EITHER_AND_PREFIX = All((Any((Phrase(("贷款", "款贴")), SUBSIDY)), Phrase(("政",), prefix=True)))


@pytest.mark.parametrize(
    ("query", "node"),
    [
        (stock.PlainText("贷款 补贴"), All((LOANS, SUBSIDIES))),
        (stock.PlainText("贷款 补贴", operator="or"), Any((LOANS, SUBSIDIES))),
        (stock.PlainText('贷款 " ('), LOANS),
        (stock.PlainText(" ' "), NOTHING),
        (stock.Fuzzy("贷款"), LOANS),
        (stock.Phrase("贷款贴"), or_drafted(Phrase(("贷款", "款贴")))),
        (stock.PlainText("政"), or_drafted(Phrase(("政",), prefix=True))),
        (stock.And([stock.PlainText("贷款"), stock.Not(stock.PlainText("补贴"))]), All((LOANS, Not(SUBSIDIES)))),
        (stock.Or([stock.PlainText("贷款"), stock.PlainText("补贴")]), Any((LOANS, SUBSIDIES))),
        (stock.Boost(stock.PlainText("贷款"), 2), LOANS),
        (stock.MATCH_ALL, Everything()),
        (stock.MATCH_NONE, NOTHING),
        (LOAN, LOAN),
    ],
)
def test_from_wagtails_query(query, node):
    assert from_query(query) == node


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("贷款 ai", All((LOANS, or_drafted(Phrase(("ai",), prefix=True))))),
        ("ai 贷款", All((or_drafted(Phrase(("ai",))), LOANS))),
    ],
)
def test_autocomplete_leaves_the_last_word_open(text, node):
    assert from_query(stock.PlainText(text), open_end=True) == node


def test_fts5_language():
    assert to_fts5(EITHER_AND_PREFIX) == '(("贷款 款贴" OR "补贴") AND "政"*)'


def test_tsquery_language():
    assert to_tsquery(EITHER_AND_PREFIX, positions=True) == "((('贷款' <-> '款贴') | ('补贴')) & ('政':*))"
    assert to_tsquery(EITHER_AND_PREFIX, positions=False) == "((('贷款' & '款贴') | ('补贴')) & ('政':*))"


def test_needles_end_where_a_token_ends():
    assert needle(Phrase(("5", "号"))) == " 5 号 "
    assert needle(Phrase(("5", "号"), prefix=True)) == " 5 号"


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (EITHER_AND_PREFIX, True),
        (NOTHING, False),
        (Everything(), False),
        (All((LOAN, Not(SUBSIDY))), False),
    ],
)
def test_what_an_index_alone_can_answer(node, expected):
    assert is_positive(node) is expected


def test_phrases_are_found_below_negations():
    assert list(phrases(All((LOAN, Not(SUBSIDY), Everything())))) == [LOAN, SUBSIDY]
