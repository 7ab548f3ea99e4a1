from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template

from audit.rules import Verdict


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
