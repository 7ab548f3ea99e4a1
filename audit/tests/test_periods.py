"""A period is read as in an address and as clerks write it; anything else is none."""

import pytest

from audit.rules import read_period


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("2026", "2026"),
        ("2026年", "2026"),
        ("2026 年度", "2026"),
        ("2026年全年", "2026"),
        ("２０２６年", "2026"),
        ("2026-Q3", "2026-Q3"),
        ("2026q3", "2026-Q3"),
        ("２０２６Ｑ３", "2026-Q3"),
        ("2026年第三季度", "2026-Q3"),
        ("2026 年第三季度", "2026-Q3"),
        ("2026年三季度", "2026-Q3"),
        ("2026年3季度", "2026-Q3"),
        ("2026年第一季", "2026-Q1"),
        ("2026-11", "2026-11"),
        ("2026-4", "2026-04"),
        ("2026/11", "2026-11"),
        ("2026.11", "2026-11"),
        ("2026年11月", "2026-11"),
        ("2026年4月", "2026-04"),
        ("\u30002026　年１１月 ", "2026-11"),
    ],
)
def test_every_usual_writing_is_the_same_period(typed: str, code: str) -> None:
    period = read_period(typed)
    assert period is not None
    assert period.code == code
    assert read_period(period.label) == read_period(period.code) == period


@pytest.mark.parametrize(
    "typed",
    ["", "去年", "1999", "20264", "2026-13", "2026-0", "2026-Q5", "2026-11-30", "2026年五季度", "Q3", "26年", "٢٠٢٦"],
)
def test_what_is_no_period_is_none(typed: str) -> None:
    assert read_period(typed) is None
