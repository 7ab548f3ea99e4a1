"""Days and verdicts in words: `{% load deadlines %}`."""

from datetime import date, datetime

from django import template
from django.utils import timezone

from audit.enums import Outcome, VerdictCode
from audit.models import DutyClock
from audit.rules import WORKING, Verdict, local_date

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


def number_of_days(number: int, unit: str) -> str:
    """Return a number of days in their unit: 3 个工作日, or 3 日 of the calendar."""
    return f"{number} 个工作日" if unit == WORKING else f"{number} 日"


@register.filter
def verdict_words(verdict: Verdict) -> str:
    """Return a verdict in words with its days: 还剩 2 个工作日, 今天到期, 已超期 1 个工作日, 逾期 2 日, 按时.

    A gap names the year it waits for: 待国务院公布 2027 年放假安排.
    """
    if verdict.code == VerdictCode.GAP:
        return f"待国务院公布 {verdict.gap_year} 年放假安排"
    over = verdict.over
    if over is None:
        return verdict_label(verdict)
    days = number_of_days(abs(over), verdict.unit)
    if verdict.code == VerdictCode.RUNNING:
        return f"还剩 {days}" if over < 0 else "今天到期"
    if over == 0:  # on a rest day after the last day: late, and yet by no working day
        return verdict_label(verdict)
    if verdict.code == VerdictCode.OVERDUE:
        return f"已超期 {days}"
    if verdict.code == VerdictCode.LATE:
        return f"逾期 {days}"
    return verdict_label(verdict)


#: Icon of each state, from Wagtail's own.
_ICONS = {
    VerdictCode.ON_TIME: "circle-check",
    VerdictCode.LATE: "warning",
    VerdictCode.OVERDUE: "warning",
    VerdictCode.GAP: "help",
}


#: Beside a cancelled clock nothing is judged any more.
_CANCELLED = {"code": str(Outcome.CANCELLED), "icon": "minus", "words": str(Outcome.CANCELLED.label)}


@register.inclusion_tag("audit/admin/_verdict.html")
def clock_badge(clock: DutyClock, verdict: Verdict) -> dict[str, str]:
    """Show how a clock stands: its verdict, or that it was cancelled."""
    return _CANCELLED if clock.cancelled_at else verdict_badge(verdict)


@register.inclusion_tag("audit/admin/_verdict.html")
def verdict_badge(verdict: Verdict) -> dict[str, str]:
    """Show a verdict in the back office in word, icon and colour: amber from one day left on, red when overdue (T12.3).

    The one badge of boards, inbox, register and dossier; days are those of the rule's unit.
    """
    code = verdict.code
    if code == VerdictCode.RUNNING and verdict.over is not None and verdict.over >= -1:
        code = "due_soon"
    icon = _ICONS.get(VerdictCode(verdict.code), "time")
    return {"code": code, "icon": icon, "words": verdict_words(verdict)}
