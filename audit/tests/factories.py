"""Factories of the audit tests."""

from datetime import date, timedelta

import chinese_calendar
import factory
from django.conf import settings
from django.contrib.auth import get_user_model

from audit.models import CalendarOverride, CalendarYear, DutyRule
from audit.rules import WorkCalendar

FIRST_DAY, LAST_DAY = date(2004, 1, 1), date(2026, 12, 31)


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = get_user_model()

    username = factory.Sequence(lambda n: f"kjj-{n}")


class DepartmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = "accounts.Department"

    code = factory.Sequence(lambda n: f"dep{n}")
    name = factory.Sequence(lambda n: f"无锡市第{n}局")
    short_name = factory.Sequence(lambda n: f"第{n}局")


class CalendarYearFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CalendarYear

    year = 2027
    confirmed = True
    notice = "国务院办公厅关于2027年部分节假日安排的通知"


class CalendarOverrideFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CalendarOverride

    day = date(2027, 1, 1)
    is_workday = False
    source = "国务院办公厅关于2027年部分节假日安排的通知"


class DutyRuleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DutyRule

    code = "publish_change"
    article = "第十二条"
    title = "政策新增、修订、废止后公开"
    days = 3
    effective_from = date(2023, 1, 5)


def library_calendar() -> WorkCalendar:
    """The calendar of the library's years, from the library's own answer for every day."""
    days = [FIRST_DAY + timedelta(days=i) for i in range((LAST_DAY - FIRST_DAY).days + 1)]
    return WorkCalendar(
        years=frozenset(range(2004, 2027)),
        rest_days=frozenset(d for d in days if d.weekday() < 5 and not chinese_calendar.is_workday(d)),
        work_days=frozenset(d for d in days if d.weekday() > 4 and chinese_calendar.is_workday(d)),
        version="library",
    )


def shared_workdays() -> list[tuple[date, date | None]]:
    """The hand-checked rows of the shared data, empty where the folder is absent."""
    path = settings.BASE_DIR.parent / "shared" / "data" / "workdays.csv"
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    rows = [line.split(",") for line in lines]
    return [(date.fromisoformat(start), date.fromisoformat(due) if due else None) for start, due, *_ in rows]
