from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template

from audit.rules import CALENDAR, Verdict
from audit.templatetags.deadlines import verdict_words


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (date(2026, 11, 23), "2026-11-23（周一）"),
        (date(2026, 10, 10), "2026-10-10（周六）"),
        (date(2026, 11, 22), "2026-11-22（周日）"),
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), "2026-11-23（周一）"),
        (None, ""),
        ("", ""),
    ],
)
def test_days_in_words(value: object, expected: str) -> None:
    template = Template("{% load deadlines %}{{ value|chinese_date }}")
    assert template.render(Context({"value": value})) == expected


def test_verdicts_and_their_codes_in_words() -> None:
    template = Template("{% load deadlines %}{{ verdict|verdict_label }}、{{ 'gap'|verdict_label }}")
    verdict = Verdict("late", date(2026, 3, 17), 4, 3, None)
    assert template.render(Context({"verdict": verdict})) == "逾期、暂不可计算"


@pytest.mark.parametrize(
    ("end", "code", "words"),
    [
        (date(2026, 10, 6), "running", "还剩 2 日"),
        (date(2026, 10, 8), "running", "今天到期"),
        (date(2026, 10, 9), "overdue", "已超期 1 日"),
        (date(2026, 10, 12), "late", "逾期 4 日"),
        (date(2026, 10, 8), "on_time", "按时"),
    ],
)
def test_the_days_of_a_calendar_limit_count_from_its_last_day(end: date, code: str, words: str) -> None:
    """Five days after Tuesday 29 September 2026 fall into National Day; the last day is Thursday 8 October."""
    used = (end - date(2026, 9, 29)).days
    verdict = Verdict(code, date(2026, 10, 8), used, 5, None, end, CALENDAR)
    assert verdict_words(verdict) == words


@pytest.mark.parametrize(
    ("code", "used", "words"),
    [
        ("running", 1, "还剩 2 个工作日"),
        ("running", 3, "今天到期"),
        ("overdue", 4, "已超期 1 个工作日"),
        ("late", 8, "逾期 5 个工作日"),
        ("on_time", 2, "按时"),
        ("gap", None, "待国务院公布 2027 年放假安排"),
        ("gap", 2, "待国务院公布 2027 年放假安排"),
        ("late", None, "逾期"),
        ("late", 3, "逾期"),  # the last day was a Saturday worked, finished on the Sunday
        ("overdue", 3, "已超期未完成"),
    ],
)
def test_a_verdict_in_words_tells_its_working_days(code: str, used: int | None, words: str) -> None:
    verdict = Verdict(code=code, due=date(2026, 11, 26), used=used, limit=3, gap_year=2027 if code == "gap" else None)
    assert verdict_words(verdict) == words
