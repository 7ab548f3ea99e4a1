"""The duty that a visitor's report starts (A9(5)): the regulation says "in time", the number is the bureau's."""

from datetime import date

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

CODE = "correct_error"


def seed_rule(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """In force since 2023-01-05 (A32), like the others of the register."""
    apps.get_model("audit", "DutyRule").objects.create(
        code=CODE,
        article="第九条",
        title="收到纠错后答复",
        days=3,
        unit="working",
        effective_from=date(2023, 1, 5),
        is_setting=True,
        source="系统预置：办法未规定天数，由审批局按实际设定。",
    )


def remove_rule(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Only where no clock rests on it; a clock would keep its rule, and the database says so."""
    apps.get_model("audit", "DutyRule").objects.filter(code=CODE).delete()


class Migration(migrations.Migration):
    dependencies = [("policy_pages", "0008_correction_ticket"), ("audit", "0010_any_duty")]

    operations = [migrations.RunPython(seed_rule, remove_rule)]
