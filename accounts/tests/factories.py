"""Builders of filings: an account that leaves, its report through the service, and what all that may touch."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.enums import Role
from accounts.models import AccountFiling, Assignment, User
from accounts.services import file_change
from audit.models import DutyClock, Event
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from accounts.models import Department

#: Long before every change of a test, and after the regulation came into force.
LONG_AGO = datetime.date(2023, 1, 5)


def on(day: str, hour: str = "10:00") -> time_machine.travel:
    """That moment in Shanghai."""
    return time_machine.travel(f"{day} {hour} +0800", tick=False)


def make_leaver(department: Department, *roles: Role, code: str = "") -> User:
    """An account that has worked in the department since long ago: `kjj-old`, editor."""
    leaver = f.make_user(code or f"{department.code}-old", department, (roles or (Role.EDITOR,))[0])
    for role in roles[1:]:
        f.make_user(leaver.username, department, role)
    Assignment.objects.filter(user=leaver).update(valid_from=LONG_AGO)
    return f.user(leaver.username)


def facts(department: Department, **changed: Any) -> dict[str, Any]:
    """A report that is in order: who left yesterday and who came."""
    values: dict[str, Any] = {
        "department": department,
        "changed_on": timezone.localdate() - datetime.timedelta(days=1),
        "newcomer_name": "李接任",
        "newcomer_phone": "0510-81820000",
        "reason": "调离",
    }
    return {**values, **changed}


def make_filing(department: Department, leaver: User | None = None, **changed: Any) -> AccountFiling:
    """A filed change of `kjj-old`, by the department's reviewer."""
    leaver = leaver or make_leaver(department)
    actor = changed.pop("actor", None) or f.user(f"{department.code}-review")
    return file_change(leaver=leaver, actor=actor, **facts(department, **changed))


def faults(**given: Any) -> dict[str, list[str]]:
    """The faults that keep this from being filed."""
    with pytest.raises(ValidationError) as caught:
        file_change(**given)
    return caught.value.message_dict


def wide_state() -> dict[str, Any]:
    """All that a filing may touch."""
    return {
        "events": Event.objects.count(),
        "clocks": list(DutyClock.objects.order_by("pk").values()),
        "filings": list(AccountFiling.objects.order_by("pk").values()),
        "history": AccountFiling.history.count(),
        "assignments": list(Assignment.objects.order_by("pk").values()),
        "users": list(User.objects.order_by("pk").values()),
        "members": sorted(Group.objects.exclude(user=None).values_list("name", "user__username")),
    }
