"""The other duties of the register that have a clock, and the verdicts of clocks that ended before they were kept.

Numbers the regulation leaves open (`is_setting`) are the defaults of the register; the bureau sets its own.
"""

from datetime import date
from zoneinfo import ZoneInfo

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from audit.rules import WorkCalendar, local_date, verdict

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: Code, article, name, working days, whether the number is the bureau's own.
DUTIES = (
    ("notify_window", "第十一条", "申报期限确定后告知审批局", 3, False),
    ("moderate", "第六条", "审批局分类审核", 1, True),
    ("interpret", "第二十二条", "政策公开后发布解读", 3, True),
    ("write_guide", "第十条", "政策公开后发布申报指南", 7, True),
)
DEFAULT = "系统预置：办法未规定天数，由审批局按实际设定。"


def seed_rules(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """In force since 2023-01-05 (A32)."""
    rules = apps.get_model("audit", "DutyRule")
    for code, article, title, days, is_setting in DUTIES:
        rules.objects.create(
            code=code,
            article=article,
            title=title,
            days=days,
            unit="working",
            effective_from=date(2023, 1, 5),
            is_setting=is_setting,
            source=DEFAULT if is_setting else "",
        )


def remove_rules(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Only where no clock rests on them; a clock would keep its rule, and the database says so."""
    apps.get_model("audit", "DutyRule").objects.filter(code__in=[duty[0] for duty in DUTIES]).delete()


def keep_verdicts(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Pronounce what was derived until now."""
    clocks = apps.get_model("audit", "DutyClock").objects
    clocks.filter(cancelled_at__isnull=False).update(outcome="cancelled")
    finished = clocks.filter(finished_at__isnull=False).select_related("rule")
    calendar = _calendar(apps) if finished.exists() else None
    for clock in finished:
        day = local_date(clock.finished_at, SHANGHAI)
        said = verdict(clock.trigger_date, clock.rule.days, day, day, calendar, clock.rule.unit)
        clock.outcome, clock.used = said.code, said.used
        clock.bureau_used = None if said.used is None else 0
        clock.save(update_fields=["outcome", "used", "bureau_used"])


def _calendar(apps: Apps) -> WorkCalendar:
    days = list(apps.get_model("audit", "CalendarOverride").objects.values_list("day", "is_workday"))
    years = apps.get_model("audit", "CalendarYear").objects.filter(confirmed=True)
    return WorkCalendar(
        years=frozenset(years.values_list("year", flat=True)),
        rest_days=frozenset(day for day, is_workday in days if not is_workday),
        work_days=frozenset(day for day, is_workday in days if is_workday),
        version="",
    )


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_duty_engine")]

    operations = [
        migrations.RunPython(seed_rules, remove_rules),
        migrations.RunPython(keep_verdicts, migrations.RunPython.noop),
    ]
