"""What a rule allows, from when on, and that what clocks were started on never changes."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.models import DutyClock
from audit.services import (
    cancel_clock,
    finish_clock,
    restart_clock,
    start_clock,
    verify_chain,
)

from .factories import DepartmentFactory, DutyRuleFactory, UserFactory

pytestmark = pytest.mark.django_db


def start(trigger: str = "2026-03-12", **kwargs) -> DutyClock:
    values = {
        "code": "publish_change",
        "department": kwargs.pop("department", None) or DepartmentFactory(),
        "object_type": "policy_pages.changerecord",
        "object_id": 5,
        "object_label": "科技创新券管理办法",
        "trigger_date": date.fromisoformat(trigger),
        "basis": "印发日期",
        "actor": None,
    }
    return start_clock(**{**values, **kwargs})


def test_a_rule_that_clocks_rest_on_keeps_its_terms() -> None:
    rule = start().rule
    rule.title = "更好的名称"
    rule.full_clean()
    rule.save()
    rule.days = 5
    with pytest.raises(ValidationError, match="施行日期更晚"):
        rule.full_clean()
    with pytest.raises(ValidationError, match="施行日期更晚"):
        rule.save()


def test_a_rule_without_clocks_may_change() -> None:
    rule = DutyRuleFactory(effective_from=date(2030, 1, 1))
    rule.days = 5
    rule.save()
    assert [h.days for h in rule.history.all()] == [5, 3]
    assert str(rule) == "政策新增、修订、废止后公开（5工作日）"


def test_one_version_per_date() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        DutyRuleFactory()


def test_the_chain_is_whole_after_all_this() -> None:
    clock = start()
    restart_clock(clock=clock, trigger_date=date(2026, 3, 13), reason="更正", actor=UserFactory())
    finish_clock(clock=clock, at=timezone.now(), actor=None)
    cancel_clock(clock=start(), reason="重复登记", actor=None)
    report = verify_chain()
    assert (report.ok, report.count) == (True, 6)
