"""Words of an address into values; names that never change (RFC 3339, RFC 4151)."""

from __future__ import annotations

import datetime
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pages.open_data import rules

SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))
UTC = datetime.UTC
#: RFC 4151: tag:<DNS name or mail address>,<year[-month[-day]]>:<characters of a path or query>
TAG = re.compile(r"tag:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?,\d{4}(?:-\d\d(?:-\d\d)?)?:[\w\-.~!$&'()*+,;=:@/?%]*", re.ASCII)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-11-01", datetime.datetime(2026, 10, 31, 16, tzinfo=UTC)),
        ("2026-11-01T09:30:00+08:00", datetime.datetime(2026, 11, 1, 1, 30, tzinfo=UTC)),
        ("2026-11-01T09:30:00 08:00", datetime.datetime(2026, 11, 1, 1, 30, tzinfo=UTC)),
        ("2026-11-01T09:30Z", datetime.datetime(2026, 11, 1, 9, 30, tzinfo=UTC)),
        ("2026-11-01T09:30:00.25-05:30", datetime.datetime(2026, 11, 1, 15, 0, 0, 250_000, tzinfo=UTC)),
        (" 2026-11-01 ", datetime.datetime(2026, 10, 31, 16, tzinfo=UTC)),
    ],
)
def test_a_day_begins_in_shanghai_and_an_instant_has_its_own_zone(typed: str, meant: datetime.datetime) -> None:
    assert rules.read_instant(typed, SHANGHAI) == meant


@pytest.mark.parametrize(
    "typed",
    [
        *("", "昨天", "2026", "2026-11", "20261101", "2026-W45-1", "2026-13-01", "2026-02-30", "0001-01-01"),
        *("9999-12-31", "1969-12-31", "2026-11-01T09:30:00", "2026-11-01 09:30:00+08:00", "2026-11-01T25:00:00Z"),
        *("２０２６-11-01", "2026-11-01T09:30:00+99:99", "2026-11-01\0", "1'; DROP TABLE--", "1" * 5000),
    ],
)
def test_what_is_no_instant_is_none(typed: str) -> None:
    assert rules.read_instant(typed, SHANGHAI) is None


@given(
    st.datetimes(datetime.datetime(1970, 1, 2), datetime.datetime(2999, 12, 30), timezones=st.just(UTC)),
    st.integers(0, 10**18 - 1),
)
def test_a_cursor_is_read_as_it_was_written(at: datetime.datetime, pk: int) -> None:
    word = rules.write_cursor(rules.Place(at, pk))
    assert rules.read_cursor(word) == (at, pk)
    assert re.fullmatch(r"[0-9-]+", word)


@pytest.mark.parametrize("typed", ["", "-", "1", "1-", "-1", "a-1", "1-1-1", "１-１", "9" * 18 + "-1", "1-" + "9" * 19])
def test_what_is_no_cursor_is_none(typed: str) -> None:
    assert rules.read_cursor(typed) is None


def test_a_number_is_within_its_bounds_or_none() -> None:
    read = {text: rules.read_number(text, smallest=1, largest=500) for text in ("1", "500", "0", "501", "", "x", "-1")}
    assert read == {"1": 1, "500": 500, "0": None, "501": None, "": None, "x": None, "-1": None}


def test_a_bounded_number_is_cut_and_garbage_is_the_default() -> None:
    asked = {text: rules.bounded_number(text, default=20, largest=500) for text in ("3", "9999", "0", "", "x", "-5")}
    assert asked == {"3": 3, "9999": 500, "0": 20, "": 20, "x": 20, "-5": 20}
    assert rules.bounded_number("9" * 400, default=20, largest=500) == 20


def test_the_next_time_begins_a_little_before_what_was_seen() -> None:
    seen, asked = datetime.datetime(2026, 11, 2, tzinfo=UTC), datetime.datetime(2026, 11, 1, tzinfo=UTC)
    assert rules.resume_since(seen, asked) == datetime.datetime(2026, 11, 1, 23, 50, tzinfo=UTC)
    assert rules.resume_since(None, asked) == asked
    assert rules.resume_since(None, None) is None


@pytest.mark.parametrize("host", ["hqt.example.gov.cn", "127.0.0.1", "Example.COM", "::1", "", "例子.中国"])
def test_a_tag_has_the_form_of_its_rfc(host: str) -> None:
    assert TAG.fullmatch(rules.tag_uri(rules.authority_of(host, 2026), "policy", 12, "v3"))


def test_a_tag_names_authority_and_thing() -> None:
    assert rules.tag_uri("hqt.example.gov.cn,2026", "policy", 12, "v3") == "tag:hqt.example.gov.cn,2026:policy/12/v3"
