"""Addresses as pure functions."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pages.addresses import rules

# --- Display ----------------------------------------------------------------------------------------


def test_the_content_has_an_address_without_its_look() -> None:
    assert rules.without_display("type=guide&size=l&page=2&scheme=dark") == "type=guide&page=2"
    assert rules.without_display("size=l") == ""


# --- Query strings ----------------------------------------------------------------------------------


def test_what_is_empty_is_not_said() -> None:
    assert rules.query_string({"type": "guide", "window": "", "page": None}) == "type=guide"
    assert rules.address("/policies/", {}) == "/policies/"
    assert rules.address("/policies/", {"page": 2}) == "/policies/?page=2"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_query_is_ascii_that_no_browser_writes_otherwise(text: str) -> None:
    query = rules.query_string({"q": text})
    allowed = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%+=")
    assert set(query) <= allowed
    assert rules.is_plain(query, {"q": text})


def test_raw_letters_are_the_same_address_as_their_percent_encoding() -> None:
    raw = "q=研发".encode().decode("latin-1")
    assert rules.as_sent(raw) == "q=%E7%A0%94%E5%8F%91"
    assert rules.is_plain(raw, {"q": "研发"})
    assert not rules.is_plain("q=%e7%a0%94", {"q": "研"})
    assert not rules.is_plain("q=a&q=a", {"q": "a"})
    assert not rules.is_plain("&q=a", {"q": "a"})


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_path_never_leads_to_another_host(text: str) -> None:
    path = rules.plain_path(text)
    assert path.startswith("/")
    assert not path.startswith("//")
    assert path.isascii()
    assert rules.plain_path("//evil.example/a b") == "/evil.example/a%20b"


# --- Page numbers -----------------------------------------------------------------------------------


def test_the_first_page_has_no_number() -> None:
    assert [rules.page_value(number) for number in (1, 2, 15)] == ["", "2", "15"]


def test_up_to_twenty_pages_all_stand_in_a_row() -> None:
    assert rules.shown_pages(7, 20) == list(range(1, 21))
    assert rules.shown_pages(1, 1) == [1]


def test_of_many_pages_neighbours_and_every_tenth_are_shown() -> None:
    assert rules.shown_pages(1, 45) == [1, 2, 3, 4, 5, 6, None, 10, None, 20, None, 30, None, 40, None, 45]
    assert rules.shown_pages(23, 45)[3:15] == [None, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28]


@given(st.integers(1, 3000), st.data())
def test_every_page_is_two_steps_from_the_first(total: int, data: st.DataObject) -> None:
    page = data.draw(st.integers(1, total))
    first = [number for number in rules.shown_pages(1, total) if number]
    assert page in first or any(page in rules.shown_pages(number, total) for number in first)
    shown = [number for number in rules.shown_pages(page, total) if number]
    assert page in shown
    assert shown == sorted(set(shown))
    assert {1, total} <= set(shown) <= set(range(1, total + 1))
    assert len(shown) <= 25 + max(10, total // 20 + 1)


# --- Words of a wrong address -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/policies/kjj/研发补助/", "研发补助"),
        ("/policies/研发-补助_2026/", "研发 补助 2026"),
        ("/policies/申请表.pdf", ""),
        ("/" + quote("稳岗返还"), "稳岗返还"),
        ("/锡政办发〔2023〕1号", "锡政办发〔2023〕1号"),
        ("/policies/kjj/wj-12/", ""),
        ("/index.php", ""),
        ("/wp-login.php", ""),
        ("/t20230401_123456.html", ""),
        ("/", ""),
        ("", ""),
        ("/%ff%fe研", ""),
        ("/" + "研" * 51, ""),
    ],
)
def test_only_chinese_words_of_the_last_part_are_a_search(path: str, words: str) -> None:
    assert rules.words_of(path) == words


def test_a_telephone_number_is_told_by_its_digits() -> None:
    assert rules.phone_digits("0510-8182 0000 转 8") == "0510818200008"
    assert urlencode({"a": rules.phone_digits("电话")}) == "a="
