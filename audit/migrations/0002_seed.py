"""The working days of 2004–2026 and the duties of the regulation that the first release measures.

The years are fixed, so that every installation starts from the same calendar whatever release of the library it has;
later years are entered from the State Council notice.
"""

from datetime import date, timedelta
from importlib.metadata import version

import chinese_calendar
from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

FIRST_YEAR, LAST_YEAR = 2004, 2026
SATURDAY = 5


def seed_calendar(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Store the years and the days that differ from their weekday."""
    source = f"chinesecalendar {version('chinesecalendar')}"
    years = apps.get_model("audit", "CalendarYear")
    years.objects.bulk_create(
        years(year=year, confirmed=True, notice=source) for year in range(FIRST_YEAR, LAST_YEAR + 1)
    )
    overrides = apps.get_model("audit", "CalendarOverride")
    first = date(FIRST_YEAR, 1, 1)
    days = [first + timedelta(days=i) for i in range((date(LAST_YEAR + 1, 1, 1) - first).days)]
    overrides.objects.bulk_create(
        overrides(day=day, is_workday=chinese_calendar.is_workday(day), source=source)
        for day in days
        if chinese_calendar.is_workday(day) != (day.weekday() < SATURDAY)
    )


def seed_rules(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A12: new, revised and repealed policies are public within 3 working days; in force since 2023-01-05 (A32)."""
    apps.get_model("audit", "DutyRule").objects.create(
        code="publish_change",
        article="第十二条",
        title="政策新增、修订、废止后公开",
        days=3,
        unit="working",
        effective_from=date(2023, 1, 5),
        is_setting=False,
    )


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunPython(seed_calendar, migrations.RunPython.noop),
        migrations.RunPython(seed_rules, migrations.RunPython.noop),
    ]
