"""Pure rules of passwords, sessions and addresses."""

from __future__ import annotations

import datetime

import pytest

from accounts.rules import (
    PASSWORD_PROFILES,
    character_classes,
    client_address,
    is_favourite,
    is_stale,
    session_fault,
)


@pytest.mark.parametrize(
    ("password", "classes"),
    [
        ("", 0),
        ("abc", 1),
        ("ABC", 1),
        ("123", 1),
        ("-_ ", 1),
        ("中文", 1),
        ("aB", 2),
        ("aB3", 3),
        ("aB3中", 4),
        ("aB3 ", 4),
    ],
)
def test_classes_of_characters(password: str, classes: int) -> None:
    assert character_classes(password) == classes


@pytest.mark.parametrize(
    "password",
    [
        *(
            "Wuxi@123456",
            "Admin2026!",
            "P@ssw0rd-2026",
            "Woaini1314520",
            "Huiqitong@2026",
            "1qaz2wsx3edc",
            "Qwer1234!@#$",
        ),
        *("Abc123456789", "123456789012", "20261123wuxi", "Zhengfu-888888", "aaaaaaaaaaaaaaa", "Spj@2026Spj@2026"),
    ],
)
def test_what_everybody_tries_is_found(password: str) -> None:
    assert is_favourite(password)


def test_words_about_the_account_are_no_secret() -> None:
    own = ["gxj-edit2", "gxj", "王建国", "13800138000", "x"]
    assert is_favourite("Gxj-Edit2-王建国", own)
    assert is_favourite("GXJ13800138000!", own)
    assert not is_favourite("Ganlan-Shu7-Yueguang", own)


@pytest.mark.parametrize(
    "password",
    [
        "Ganlan-Shu7-Yueguang",
        "Kpm7-Xqw4-Hat9-Ruv3",
        "correct horse battery staple",
        "春眠不觉晓处处闻啼鸟",
        "t7Lr!vQe2#Zm",
    ],
)
def test_what_nobody_tries_passes(password: str) -> None:
    assert not is_favourite(password)


@pytest.mark.parametrize(
    ("changed", "today", "days", "stale"),
    [
        ("2026-01-01", "2026-04-01", 90, False),
        ("2026-01-01", "2026-04-02", 90, True),
        ("2026-01-01", "2036-01-01", 0, False),
    ],
)
def test_a_password_is_stale_after_its_calendar_days(changed: str, today: str, days: int, stale: bool) -> None:
    assert is_stale(datetime.date.fromisoformat(changed), datetime.date.fromisoformat(today), days) == stale


def test_the_two_profiles_say_what_the_decision_says() -> None:
    """reliability §8."""
    mlps, asvs = PASSWORD_PROFILES["mlps"], PASSWORD_PROFILES["asvs"]
    assert (mlps.length, mlps.classes, mlps.history, mlps.renewed_after) == (12, 3, 5, 90)
    assert (asvs.length, asvs.classes, asvs.history, asvs.renewed_after) == (15, 0, 0, 0)


NOON = datetime.datetime(2026, 11, 23, 12, 0, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("since", "seen", "fault"),
    [(10, 10, ""), (479, 29, ""), (479, 30, "idle"), (480, 1, "absolute"), (480, 30, "idle"), (0, 0, "")],
)
def test_how_long_a_session_lasts(since: int, seen: int, fault: str) -> None:
    found = session_fault(
        since=NOON - datetime.timedelta(minutes=since),
        seen=NOON - datetime.timedelta(minutes=seen),
        now=NOON,
        idle=datetime.timedelta(minutes=30),
        longest=datetime.timedelta(hours=8),
    )
    assert found == fault


@pytest.mark.parametrize(
    ("remote", "forwarded", "proxies", "address"),
    [
        ("10.0.0.1", "", 0, "10.0.0.1"),
        ("10.0.0.1", "1.1.1.1", 0, "10.0.0.1"),
        ("10.0.0.1", "1.1.1.1", 1, "1.1.1.1"),
        ("10.0.0.1", "9.9.9.9, 1.1.1.1", 1, "1.1.1.1"),
        ("10.0.0.1", "9.9.9.9, 1.1.1.1, 10.0.0.2", 2, "1.1.1.1"),
        ("10.0.0.1", "1.1.1.1", 2, "10.0.0.1"),
        ("10.0.0.1", "", 1, "10.0.0.1"),
        ("10.0.0.1", "nonsense", 1, "10.0.0.1"),
        ("10.0.0.1", "1.1.1.1:4433", 1, "1.1.1.1"),
        ("10.0.0.1", "[2001:db8::1]:4433", 1, "2001:db8::1"),
        ("10.0.0.1", "[2001:db8::1]", 1, "2001:db8::1"),
        ("10.0.0.1", "fe80::1%eth0", 1, "fe80::1"),
        ("::ffff:1.2.3.4", "", 0, "1.2.3.4"),
        ("2001:DB8:0::1", "", 0, "2001:db8::1"),
        ("", "", 0, None),
        ("unix:", "x", 1, None),
    ],
)
def test_whose_word_counts_for_an_address(remote: str, forwarded: str, proxies: int, address: str | None) -> None:
    assert client_address(remote, forwarded, proxies) == address
