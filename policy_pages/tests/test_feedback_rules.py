"""Rules of 我要纠错: receipts, paths, contacts, ages, networks."""

from __future__ import annotations

import random

import pytest

from policy_pages.feedback import rules


def test_a_receipt_has_twelve_characters_none_of_which_is_taken_for_another() -> None:
    receipt = rules.new_receipt(random.choice)
    assert len(receipt) == 12
    assert set(receipt) <= set(rules.ALPHABET)
    for alike in ("0O", "1IL", "2Z", "5S", "6G", "8B", "UV"):
        assert len(set(alike) & set(rules.ALPHABET)) <= 1
    assert rules.read_receipt(rules.grouped(receipt)) == receipt


@pytest.mark.parametrize(
    ("typed", "receipt"),
    [
        ("ACDE-FGHJ-KMNP", "ACDEFGHJKMNP"),
        (" acde fghj kmnp ", "ACDEFGHJKMNP"),
        ("ＡＣＤＥ－ＦＧＨＪ－ＫＭＮＰ", "ACDEFGHJKMNP"),
        ("acde—fghj—kmnp", "ACDEFGHJKMNP"),
        ("ACDEFGHJKMN", ""),
        ("ACDEFGHJKMNPA", ""),
        ("ACDEFGHJKMN0", ""),
        ("", ""),
        ("回执号", ""),
    ],
)
def test_a_receipt_is_read_however_it_is_typed(typed: str, receipt: str) -> None:
    assert rules.read_receipt(typed) == receipt


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("/policies/kjj/wj-1/", "/policies/kjj/wj-1/"),
        ("/policies/?type=guide#x", "/policies/"),
        ("https://huiqitong.example.gov.cn/policies/kjj/wj-1/?size=l", "/policies/kjj/wj-1/"),
        ("huiqitong.example.gov.cn/policies/", "/policies/"),
        ("huiqitong.example.gov.cn", "/"),
        ("policies/kjj/", "/policies/kjj/"),
        ("/search/?q=%E8%A1%A5", "/search/"),
        ("/%E6%94%BF%E7%AD%96/", "/政策/"),
        ("//evil.example.com/x", "/x"),
        ("/%2F/evil.example.com", "/evil.example.com"),
        ("javascript:alert(1)", "/javascript:alert(1)"),
        ("javascript://x/%0Aalert(1)", ""),
        ("ftp://example.gov.cn/a", ""),
        ("/\\evil.example.com", ""),
        ("/a\x00b", ""),
        ("/a%00b", ""),
        ("http://[::1", ""),
        ("/" + "a" * 501, ""),
        ("/" + "%41" * 1000, ""),
        ("   ", ""),
    ],
)
def test_a_path_is_read_from_what_is_given_and_leads_nowhere_else(given: str, path: str) -> None:
    assert rules.read_path(given) == path


@pytest.mark.parametrize(
    ("path", "policy"),
    [
        ("/policies/kjj/wj-1/", ("kjj", "wj-1")),
        ("/policies/kjj/wj-1", ("kjj", "wj-1")),
        ("/policies/kjj/wj-1/versions/1..2/", ("kjj", "wj-1")),
        ("/zh-hant/policies/jy-gxj/zn-3/", ("jy-gxj", "zn-3")),
        ("/elder/policies/jy-gxj/zn-3/", ("jy-gxj", "zn-3")),
        ("/zh-hant/elder/policies/jy-gxj/zn-3/", ("jy-gxj", "zn-3")),
        ("/elder/zh-hant/policies/jy-gxj/zn-3/", None),
        ("/policies/kjj/", None),
        ("/policies/", None),
        ("/", None),
        ("/x/policies/kjj/wj-1/", None),
    ],
)
def test_a_policy_page_is_known_by_its_path_and_by_what_lies_below(path: str, policy: tuple[str, str] | None) -> None:
    assert rules.policy_of(path) == policy


@pytest.mark.parametrize("contact", ["0510-81820000", "13800138000", "12345", "a.b@example.gov.cn", " x@y.cn "])
def test_somebody_can_be_reached_by_telephone_or_mail(contact: str) -> None:
    assert rules.is_contact(contact)


@pytest.mark.parametrize("contact", ["微信 abc", "a@b", "a@b@c.cn", "@x.cn", "张三", "a b@c.cn", "99"])
def test_nobody_can_be_reached_by_anything_else(contact: str) -> None:
    assert not rules.is_contact(contact)


@pytest.mark.parametrize(
    ("age", "is_fast", "is_old"),
    [(0, True, False), (2.9, True, False), (3, False, False), (86_400, False, False), (86_400.1, False, True)],
)
def test_a_form_is_good_from_three_seconds_to_a_day(age: float, is_fast: bool, is_old: bool) -> None:
    assert (rules.is_too_fast(age), rules.is_too_old(age)) == (is_fast, is_old)


def test_a_network_is_an_address_or_a_subscriber_s_part_of_version_6() -> None:
    assert rules.network_of("10.1.2.3") == "10.1.2.3/32"
    assert rules.network_of("10.1.2.3") != rules.network_of("10.1.2.4")
    assert rules.network_of("2001:db8:1:2:3::4") == rules.network_of("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert rules.network_of("2001:db8:1:3::1") != rules.network_of("2001:db8:1:2::1")
    assert rules.network_of("") == rules.network_of("somewhere") == ""


def test_a_digest_proves_words_in_their_places() -> None:
    assert rules.digest("a", "b") != rules.digest("ab", "") != rules.digest("", "ab")
