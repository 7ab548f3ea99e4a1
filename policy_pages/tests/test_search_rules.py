"""Cutting, 文号, the plan of a query and the vocabulary: pure functions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pages.search import expressions, rules, vocabulary
from policy_pages.search.expressions import NOTHING, All, Any, Phrase
from policy_pages.search.plan import plan

CJK = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
POLICY_TEXT = st.text(st.one_of(CJK, st.sampled_from("，。、〔〕 0123456789abcABC𠮷")), max_size=60)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ＡＩ（２０２４）", "ai(2024)"),
        ("惠企通平臺管理辦法", "惠企通平台管理办法"),
        ("乾燥設備", "干燥设备"),
        ("二〇二四年", "二零二四年"),
        ("锡政规［2024］ 5 号", "锡政规〔2024〕5号"),
        ("锡政规﹝2024﹞第5号", "锡政规〔2024〕5号"),
        ("a\x00b\ud800c", "a b c"),
    ],
)
def test_normal_form(text, expected):
    assert rules.normalise(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("惠企通", "惠企 企通 通"),
        ("5G网络", "5g 网络 络"),
        ("锡政规〔2024〕5号", "锡政 政规 规 2024 5 号"),
        ("𠮷野家😀 𰻝面", "𠮷野 野家 家 𰻝面 面"),
        ("a_b", "a b"),
        ("x" * 70, "x" * 64),
        ("", ""),
    ],
)
def test_index_tokens(text, expected):
    assert rules.bigram_index(text) == expected


@pytest.mark.parametrize(
    ("text", "tokens", "prefix"),
    [
        ("惠企通", ("惠企", "企通"), False),
        ("政", ("政",), True),
        ("2024年", ("2024", "年"), True),
        ("规〔2024〕", ("规", "2024"), False),
        ("😀", (), False),
        ("", (), False),
    ],
)
def test_query_tokens(text, tokens, prefix):
    assert rules.bigram_query(text) == (tokens, prefix)


def test_a_query_is_read_up_to_its_limit():
    assert len(rules.bigram_query("政策" * 500).tokens) == rules.QUERY_LIMIT - 1


@given(text=POLICY_TEXT, data=st.data())
def test_every_substring_of_cjk_is_a_run_of_index_tokens(text, data):
    start = data.draw(st.integers(0, len(text)))
    part = text[start : data.draw(st.integers(start, len(text)))]
    # Words of letters and digits are whole: a part that cuts one is another word.
    if (part[:1].isascii() and text[start - 1 : start].isalnum()) or part[-1:].isascii():
        return
    node = expressions.phrase(part)
    # OpenCC reads phrases: a character may convert differently out of its context. Our texts are Simplified.
    if node == NOTHING or rules.normalise(part) not in rules.normalise(text):
        return
    assert expressions.needle(node) in f" {rules.bigram_index(text)} "


def test_a_number_of_two_digits_finds_no_page_by_itself():
    """Every page has a 1: a 文号 that there is not would find them all."""
    assert set(plan("锡政办发〔2023〕1号").loose.tokens) == {"锡政", "政办", "办发", "2023"}
    assert plan("100强").loose.tokens == ("100",)


@given(st.text(max_size=250))
def test_no_text_makes_the_rules_fail(text):
    tokens = [token for node in expressions.phrases(plan(text).terms) for token in node.tokens]
    assert all(token.isalnum() or rules.is_cjk(token) for token in [*tokens, *rules.bigram_query(text).tokens])


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("锡政规〔2024〕5号", "锡政规〔2024〕5号"),
        ("京科发2022 7号", "京科发〔2022〕7号"),
        ("国办发(2023)11号文", "国办发〔2023〕11号"),
        ("政规［2024］5", "政规〔2024〕5号"),
        ("公告2024年第3号", "公告〔2024〕3号"),
        ("〔2024〕12号", "〔2024〕12号"),
        ("锡人社规发2026 15", "锡人社规发〔2026〕15号"),
        ("关于印发2026 15项措施", None),
        ("技改补贴 2026 15", None),
        ("陈永发 1990 0312", None),
        ("怎么办2023 5", None),
        ("20245号", None),
        ("2024年5月", None),
        ("锡政规2024", None),
        ("贷款", None),
    ],
)
def test_document_number(text, number):
    assert rules.document_number(text) == number


def test_plan_of_a_number():
    assert plan("京科发2022 7号").number == Phrase(("京科", "科发", "发", "2022", "7", "号"), prefix=True)
    assert plan("贷款贴息").number == NOTHING


def test_all_terms_with_other_words_for_one():
    terms = plan("江阴 技术改造").terms
    assert terms == All((Phrase(("江阴",)), Any((Phrase(("技术", "术改", "改造")), Phrase(("技改",))))))


def test_stop_phrases_part_a_sentence():
    assert plan("请问贷款贴息怎么申请").terms == All((Phrase(("贷款", "款贴", "贴息")), Phrase(("申请",))))
    assert plan("智能制造").loose.tokens == ("智能", "能制", "制造")


def test_only_stop_phrases_are_searched_as_typed():
    assert plan("怎么办").terms == Phrase(("怎么", "么办"))


def test_everyday_words_bring_those_of_policies():
    loose = plan("老板想买机器").loose
    assert "设备" not in loose.tokens
    assert {"设备", "技术", "企业"} <= set(loose.all_tokens())


def test_longer_words_win():
    assert [concept.own for concept in plan("买新机器").loose.concepts] == [("买新", "新机", "机器")]


def test_the_vocabulary_is_in_normal_form():
    words = [word for row in vocabulary.EQUAL_WORDS for word in row]
    words += [word for key, answers in vocabulary.SPOKEN.items() for word in (key, *answers)]
    words += [*vocabulary.STOP_PHRASES, *vocabulary.STOP_OPENINGS, *vocabulary.STOP_ENDINGS]
    assert [word for word in words if rules.runs(word) != [word]] == []


def test_no_word_stands_in_two_rows_nor_is_also_a_stop_phrase():
    words = [word for row in vocabulary.EQUAL_WORDS for word in row]
    assert len(words) == len(set(words))
    assert not {*words, *vocabulary.SPOKEN} & set(vocabulary.STOP_PHRASES)


@given(st.text(max_size=40), st.text(max_size=40))
def test_nobody_types_nor_publishes_the_mark_of_drafts(before, after):
    text = f"{before}\ue001贷款{after}\ue001ai"
    assert "\ue001" not in rules.bigram_index(text)
    assert "\ue001" not in "".join(rules.bigram_query(text).tokens)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("锡政规〔2024〕5号 贴息", "贴息"),
        ("京科发2022 7号", ""),
        ("政规[2024]15", ""),
        ("2024 补贴", "2024 补贴"),
        ("82701234", "82701234"),
    ],
)
def test_a_text_without_its_document_numbers(text, rest):
    assert rules.without_document_numbers(text).strip() == rest
