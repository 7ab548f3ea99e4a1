"""Units and accounts of the demo, opened and assigned through the real services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.enums import DepartmentKind, Role
from accounts.models import Department, User
from accounts.services import assign_role
from policy_pages.demo.notation import Person, Unit
from policy_pages.models import DepartmentSectionPage
from policy_pages.services.departments import open_department

if TYPE_CHECKING:
    from collections.abc import Iterable

PASSWORD = "Huiqitong-demo-2026"  # noqa: S105 -- announced in the README; the command is refused outside the demo

BUREAU_CODE = "spj"
MODERATOR = "spj-moder"
BUREAU_PEOPLE = (
    Person(MODERATOR, "陆知夏", Role.MODERATOR),
    Person("spj-acct", "孟怀章", Role.ACCOUNT_OFFICER),
    Person("spj-audit", "韩叙言", Role.AUDITOR),
    Person("sys-admin", "丁一舟", Role.SYSTEM_ADMINISTRATOR),
)


def open_bureau(hashed: str) -> Department:
    """The approval bureau with its four separated roles."""
    bureau = open_department(
        code=BUREAU_CODE,
        name="无锡市行政审批局",
        short_name="行政审批局",
        kind=DepartmentKind.BUREAU,
        other_names="市行政审批局\n无锡市行政审批和数据管理局（演示）",
    )
    allot(bureau, BUREAU_PEOPLE, hashed)
    return bureau


def open_unit(unit: Unit, hashed: str) -> Department:
    """A department with its section's introduction and its two accounts."""
    parent = Department.objects.get(code=unit.parent) if unit.parent else None
    department = open_department(
        code=unit.code,
        name=unit.name,
        short_name=unit.short_name,
        level=unit.level,
        parent=parent,
        other_names=unit.other_names,
    )
    DepartmentSectionPage.objects.filter(pk=department.section_page_id, introduction="").update(
        introduction=unit.introduction
    )
    allot(department, unit.people, hashed)
    return department


def allot(department: Department, people: Iterable[Person], hashed: str) -> None:
    """The accounts that do not exist yet, and their roles."""
    for person in people:
        facts = {"holder_name": person.name, "password": hashed, "undertaking_signed_at": timezone.now()}
        user, _created = User.objects.get_or_create(username=person.code, defaults=facts)
        assign_role(user=user, department=department, role=Role(person.role))


def hashed_password() -> str:
    """The demo password, hashed once for all accounts: hashing is slow on purpose."""
    return make_password(PASSWORD)
