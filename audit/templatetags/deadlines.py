"""Days and verdicts in words: `{% load deadlines %}`."""

from datetime import date, datetime

from django import template
from django.utils import timezone

from audit.enums import VerdictCode
from audit.rules import Verdict, local_date

register = template.Library()

_WEEKDAYS = "一二三四五六日"


@register.filter
def chinese_date(value: date | datetime | None) -> str:
    """Return a day as 2026-11-23（周一）; an aware datetime gives its day in Asia/Shanghai, None an empty string."""
    if not value:
        return ""
    day = local_date(value, timezone.get_default_timezone()) if isinstance(value, datetime) else value
    return f"{day:%Y-%m-%d}（周{_WEEKDAYS[day.weekday()]}）"


@register.filter
def verdict_label(verdict: Verdict | str) -> str:
    """Return the Chinese word for a verdict or its code. Raises ValueError for an unknown code."""
    code = verdict.code if isinstance(verdict, Verdict) else verdict
    return str(VerdictCode(code).label)
