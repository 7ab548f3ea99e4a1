"""The ladder: which pages a visitor's words find, in which order, and when it says that it widened."""

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail.models import Page
from wagtail.search.backends import get_search_backend

from policy_pages.models import PolicyDocumentPage
from policy_pages.search import queries, ranking
from policy_pages.search.initials import initials
from policy_pages.search.plan import plan
from policy_pages.search.queries import search_pages
from policy_pages.search.ranking import (
    Candidate,
    Holding,
    Judged,
    Standing,
    Statistics,
    judged,
    ranked,
    shares,
    telling,
)
from policy_pages.tests.factories import make_bureau, make_department
from policy_pages.tests.search_world import add_document
from policy_pages.tests.test_public_lists import shelve_document

pytestmark = pytest.mark.django_db
PAGES = PolicyDocumentPage.objects


@pytest.fixture
def department():
    return make_department()


@pytest.fixture
def pages(department):
    loan = add_document(department, "创业担保贷款办法", "对小微企业给予贷款贴息。", doc_number="锡政规〔2024〕5号")
    award = add_document(
        department, "高新技术企业奖励办法", "认定后给予奖励，不含贷款。", doc_number="锡科发〔2024〕15号"
    )
    factory = add_document(department, "技术改造意见", "设备更新给予补助。据锡政规〔2024〕5号制定，贴息另办。")
    return loan, award, factory


def titles(text, queryset=None):
    outcome = search_pages(PAGES.live() if queryset is None else queryset, text)
    by_key = PolicyDocumentPage.objects.in_bulk(outcome.pks)
    return [by_key[key].title for key in outcome.pks], outcome.widened


@pytest.mark.parametrize(
    "text", ["锡政规〔2024〕5号", "锡政规[2024]5号", "政规﹝2024﹞5", "锡政规2024 5号", "錫政規〔2024〕5號"]
)
def test_the_document_of_a_number_comes_before_those_that_cite_it(pages, text):
    assert titles(text) == (["创业担保贷款办法", "技术改造意见"], False)


def test_a_number_of_no_document_is_looked_for_in_parts(pages):
    found, widened = titles("锡科发〔2024〕99号")
    assert widened and found[0] == "高新技术企业奖励办法"


def test_the_whole_phrase_comes_first(department):
    add_document(department, "贷款与担保", "创业者的贷款，另有担保。")
    add_document(department, "其他事项", "办理创业担保贷款。")
    found, widened = titles("创业担保贷款")
    assert (found[0], widened) == ("其他事项", True)
    assert found[1] == "贷款与担保"


def test_all_terms_come_before_any(department):
    add_document(department, "展会展会展会", "展会 展会 展会")
    add_document(department, "其他事项", "办理展会。再办外贸。")
    assert titles("外贸 展会") == (["其他事项", "展会展会展会"], True)


def test_an_exact_page_of_hits_is_not_widened(department):
    for serial in range(queries.ENOUGH):
        add_document(department, f"人才公寓办法{serial}")
    add_document(department, "人才引进")
    outcome = search_pages(PAGES.live(), "人才公寓")
    assert (outcome.total, outcome.widened) == (queries.ENOUGH, False)


def test_the_search_says_whether_it_widened(pages):
    assert search_pages(PAGES.live(), "不含贷款").widened is True
    assert search_pages(PAGES.live(), "贴").widened is False
    assert search_pages(PAGES.live(), "毫无踪影").widened is False


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("厂里想买新机器给不给补", "技术改造意见"),
        ("小店贷款利息能补一点不", "创业担保贷款办法"),
        ("高企 资助", "高新技术企业奖励办法"),
    ],
)
def test_everyday_words_find_policies(pages, text, title):
    assert titles(text)[0][0] == title


def test_only_the_pages_asked_for_are_found(pages):
    loan, award, factory = pages
    PolicyDocumentPage.objects.filter(pk=loan.pk).update(live=False)
    assert titles("贷款贴息办法")[0] == ["高新技术企业奖励办法", "技术改造意见"]
    assert titles("贷款", PAGES.filter(doc_number="锡政规〔2024〕5号", source_name="")) == (
        ["创业担保贷款办法"],
        False,
    )
    nothing = search_pages(PAGES.none(), "贷款贴息办法")
    assert (nothing.pks, nothing.total, nothing.exact) == ((), 0, frozenset())
    assert set(search_pages(Page.objects.live(), "贷款贴息办法").pks) == {award.pk, factory.pk}


@pytest.mark.parametrize("text", ["", " ", '"', "😀", "()", "\x00", "\ud800", "〔〕"])
def test_a_text_without_letters_finds_nothing(pages, text):
    outcome = search_pages(PAGES.live(), text)
    assert (outcome.pks, outcome.total, outcome.exact) == ((), 0, frozenset())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.one_of(st.characters(), st.sampled_from("贷款贴息〔2024〕5号\"'()*:&|!-%\\ ")), max_size=230))
def test_no_text_makes_a_search_fail(pages, text):
    outcome = search_pages(PAGES.live(), text)
    assert outcome.total <= 3
    assert len(outcome.pks) == len(set(outcome.pks)) == outcome.total


def test_two_hundred_different_characters_are_searched(pages):
    dice = random.Random(1)
    text = "".join(chr(dice.randint(0x4E00, 0x9F00)) for _ in range(190))
    assert titles("贷款贴" + text)[0] == ["创业担保贷款办法", "高新技术企业奖励办法"]


def test_the_same_words_find_the_same_order(pages, department):
    for _ in range(3):
        add_document(department, "贴息事项", "贴息贷款")
    first = search_pages(PAGES.live(), "贷款贴息补助")
    assert search_pages(PAGES.live(), "贷款贴息补助").pks == first.pks
    newest_first = [key for key in first.pks if PAGES.get(pk=key).title == "贴息事项"]
    assert newest_first == sorted(newest_first, reverse=True)


def test_the_number_of_queries_does_not_grow_with_the_hits(pages, department, django_assert_max_num_queries):
    for serial in range(5):
        add_document(department, f"贷款办法{serial}", "贴息")
    # vocabulary, phrase, terms, statistics, holders, keys (two), texts, standings; on PostgreSQL two transactions beside.
    with django_assert_max_num_queries(17):
        assert search_pages(PAGES.live(), "贷款 贴息").pks


def test_a_count_puts_nothing_in_order(pages, django_assert_num_queries):
    for text in ("贷款", "贷款贴息办法口径"):  # as typed, and parts alone
        outcome = search_pages(PAGES.live(), text)
        with django_assert_num_queries(0):
            assert outcome.total == 2 + outcome.near_only
            assert outcome.widened or outcome.exact
        with CaptureQueriesContext(connection) as ordering:
            assert len(outcome.pks) == outcome.total
        assert len(ordering) > 1
        with django_assert_num_queries(0):
            assert outcome.pks


@pytest.mark.parametrize("text", ["贴息", "贴息 办理 材料 窗口 时限 电话 地址"])
def test_of_many_pages_the_index_chooses_those_that_are_ranked(department, monkeypatch, text):
    monkeypatch.setattr(queries, "_RANKED", 2)
    told = "办理材料窗口时限电话地址，贴息另办。"
    titled = add_document(department, "贴息办法", told)
    others = [add_document(department, f"其他事项{serial}", told).pk for serial in range(queries.ENOUGH)]
    add_document(department, "贴息办法草稿", told, live=False)
    assert search_pages(PAGES.live(), text).pks == (titled.pk, *sorted(others, reverse=True))


def test_what_left_the_index_meanwhile_comes_last(department, monkeypatch):
    """The order is asked for later than the count; it holds as many."""
    monkeypatch.setattr(queries, "_RANKED", 2)
    monkeypatch.setattr(queries, "ENOUGH", 5)
    found = [add_document(department, f"贴息办法{serial}", "办理").pk for serial in range(5)]
    outcome = search_pages(PAGES.live(), "贴息办法")
    assert outcome.total == 5
    get_search_backend().index_class(get_search_backend()).entries.filter(object_id=str(found[-1])).delete()
    assert set(outcome.pks) == set(found)
    assert outcome.pks[-1] == found[-1], "the newest would come first"


def test_a_long_list_of_terms_is_read_as_parts(department):
    """No page is said to hold the whole query because it holds its first sixteen terms."""
    terms = [f"甲{character}" for character in "天地玄黄宇宙洪荒日月盈昃辰宿列张"]
    add_document(department, "千字", "，".join(terms))
    assert search_pages(PAGES.live(), " ".join(terms)).exact
    outcome = search_pages(PAGES.live(), " ".join([*terms, "寒来"]))
    assert (outcome.total, len(outcome.exact), outcome.near_only) == (1, 0, True)


def test_candidates_come_from_the_rarest_tokens(monkeypatch):
    monkeypatch.setattr(ranking, "_TELLING_HITS", 100)
    statistics = Statistics(1000, {"企业": 900, "贷款": 60, "贴息": 30, "没有": 0})
    assert telling(statistics) == ["贴息", "贷款"]
    assert telling(Statistics(1000, {"企业": 900})) == ["企业"]


def rank(text, candidates, statistics):
    return ranked(judged(plan(text).loose, candidates, statistics))


def test_ranking_of_nothing():
    assert rank("贷款", [], Statistics(0, {})) == []


def test_ranking_weighs_title_rarity_and_length():
    statistics = Statistics(100, {"贷款": 50, "贴息": 2})
    candidates = [
        Candidate(1, "", "贷款 贷款 贷款"),
        Candidate(2, "", "贴息"),
        Candidate(3, "贴息", ""),
        Candidate(4, "", "贴息 " + "其他 " * 9),
    ]
    assert rank("贷款贴息", candidates, statistics) == [3, 2, 4, 1]


def test_what_holds_today_comes_first_among_equals_only():
    found = [Judged(1, 10.0), Judged(2, 9.2), Judged(3, 9.1), Judged(4, 8.9)]
    ended, waiting = {1: Standing.ENDED}, {2: Standing.WAITING}
    assert ranked(found) == [1, 2, 3, 4]
    assert ranked(found, ended | waiting) == [3, 2, 1, 4]


def test_a_share_is_of_what_any_page_holds():
    statistics = Statistics(100, {"器人": 1, "机器": 5, "补助": 50})
    holdings = [Holding(1, ["机器", "器人", "补助"], ["机器", "器人"]), Holding(2, ["补助"], [])]
    both, common = shares(plan("机器人补助").loose, holdings, statistics)
    assert both.held > 0.9
    assert common.held < 0.2
    assert common.titled == 0 < both.titled < both.held


# --- Parts of a query ------------------------------------------------------------------------------------------


def test_a_page_with_the_common_word_alone_is_left_out(department, monkeypatch):
    monkeypatch.setattr(queries, "TELLING_ENTRIES", 8)
    for serial in range(8):
        add_document(department, f"补助办法{serial}", "给予补助。")
    add_document(department, "机器人典型应用", "征集机器人应用场景。")
    found, widened = titles("机器人补助")
    assert (found, widened) == (["机器人典型应用"], True)


def test_a_title_with_all_the_words_comes_before_a_text_with_the_phrase(department):
    add_document(department, "招商引资若干措施", "鼓励跨国公司地区总部认定。")
    add_document(department, "跨国公司在本市设立地区总部的认定", "条件如下。")
    for serial in range(8):
        add_document(department, f"老字号{serial}", "条件如下。")
    assert titles("跨国公司地区总部认定")[0][:2] == ["跨国公司在本市设立地区总部的认定", "招商引资若干措施"]


def test_initials_find_a_title_and_the_department(department):
    add_document(department, "研发费用加计扣除办法", "正文。")
    add_document(department, "加工贸易办法", "正文。")
    assert titles("jjkc") == (["研发费用加计扣除办法"], False)
    assert titles("YFFY") == (["研发费用加计扣除办法"], False)
    assert titles("yffy jjkc") == (["研发费用加计扣除办法"], False)
    assert len(titles(initials(department.short_name))[0]) == 2
    assert titles("xyz") == ([], False)


def test_initials_are_no_words_of_a_text(department):
    add_document(department, "其他办法", "jjkc 是系统代号。")
    add_document(department, "加计扣除", "正文。")
    assert titles("jjkc")[0] == ["其他办法", "加计扣除"]


def test_what_is_near_only_says_so(pages):
    assert search_pages(PAGES.live(), "贷款贴息办法口径").near_only
    assert not search_pages(PAGES.live(), "不含贷款").near_only
    assert not search_pages(PAGES.live(), "毫无踪影").near_only


def test_repealed_and_closed_pages_come_after_those_that_hold(department):
    make_bureau()
    for status in ("repealed", "in_force", "expired"):
        shelve_document(department, "研发补助办法", summary="研发补助。", document_status=status)
    outcome = search_pages(PAGES.live(), "研发补助")
    by_key = PAGES.in_bulk(outcome.pks)
    assert [by_key[pk].document_status for pk in outcome.pks] == ["in_force", "expired", "repealed"]


def test_a_better_page_that_ended_stays_before_a_poor_one_that_holds(department):
    add_document(department, "研发补助办法", "研发补助。", document_status="repealed")
    add_document(department, "其他办法", "其他事项。" * 30 + "研发补助。", document_status="in_force")
    outcome = search_pages(PAGES.live(), "研发补助")
    assert PAGES.get(pk=outcome.pks[0]).document_status == "repealed"


def test_a_narrowed_list_widened_only_by_what_it_shows(pages):
    outcome = search_pages(PAGES.live(), "不含贷款")
    assert outcome.widened
    exact, near = outcome.exact, set(outcome.pks) - outcome.exact
    assert not outcome.among(exact).widened
    assert not outcome.among([]).near_only
    assert outcome.among(near).near_only
