"""Many accounts from an Excel file: checked row by row, then opened in one transaction or not at all (A15)."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts.enums import Role
from accounts.models import Department
from accounts.services.allotment import (
    ALLOTTABLE_ROLES,
    Allotted,
    OneTime,
    allot_account,
    make_one_time,
    require_officer,
)
from accounts.services.assignments import lock_units
from accounts.services.officer import allotment_faults, code_for, existing_codes
from accounts.services.sync import sync_department
from accounts.services.workbook import SheetRow, read_sheet, written
from audit.services import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accounts.models import User

UNIT, ROLES, HOLDER, PHONE, CODE = "单位代码", "角色", "姓名", "电话", "账号"
HEADERS = (UNIT, ROLES, HOLDER, PHONE, CODE)
SHEET, EXPLANATION = "账号", "说明"
ROW_LIMIT, SIZE_LIMIT, UNPACKED_LIMIT = 2000, 5 * 1024 * 1024, 60 * 1024 * 1024
#: Other rows that a fault names.
TWINS_NAMED = 5
#: Header of the column that a field's fault is told under.
COLUMNS = {"username": CODE, "holder_name": HOLDER, "phone": PHONE, "department": UNIT, "roles": ROLES}


@dataclass
class RosterRow:
    """One line of the file as typed, what it means, and everything that is wrong with it."""

    number: int
    texts: dict[str, str]
    formulas: list[str] = field(default_factory=list)
    is_merged: bool = False
    department: Department | None = None
    roles: list[Role] = field(default_factory=list)
    username: str = ""
    faults: list[str] = field(default_factory=list)

    def text(self, header: str) -> str:
        """What stands under a header."""
        return self.texts.get(header, "")


class Opened(NamedTuple):
    """What an import did: every row with its faults, and the accounts opened (none when it was refused)."""

    rows: list[RosterRow]
    accounts: list[Allotted]


def template() -> bytes:
    """The empty workbook, with a sheet that explains each column."""
    roles = "、".join(str(role.label) for role in Role if role in ALLOTTABLE_ROLES)
    lines: list[Sequence[str]] = [
        ("列", "填写方法"),
        (UNIT, _("单位的代码，例如 kjj；见“单位”列表。必填")),
        (ROLES, _("%(roles)s；几个角色用“、”分开。必填") % {"roles": roles}),
        (HOLDER, _("使用人姓名，一个账号只对应一个人。必填")),
        (PHONE, _("能找到使用人的电话：固定电话带区号，或手机号。必填")),
        (CODE, _("可以不填，由系统按单位和角色生成，例如 kjj-edit2")),
        ("", _("每行一个账号，从第二行起；不要合并单元格，不要用公式；最多 %d 行。") % ROW_LIMIT),
    ]
    return written({SHEET: [HEADERS], EXPLANATION: lines}, widths=(16, 40, 16, 22, 20))


def read_roster(content: bytes) -> list[RosterRow]:
    """The filled lines of a workbook. Raises WorkbookError when it cannot be read at all."""
    rows = read_sheet(
        content,
        sheet=SHEET,
        headers=HEADERS,
        required=HEADERS[:-1],
        row_limit=ROW_LIMIT,
        unpacked_limit=UNPACKED_LIMIT,
    )
    return [_from_sheet(row) for row in rows]


def check_roster(rows: Sequence[RosterRow]) -> None:
    """Fill in what each row means and everything that is wrong with it. Reads only."""
    units = {department.code.lower(): department for department in Department.objects.all()}
    for row in rows:
        row.faults = _shape_faults(row)
        row.department = units.get(row.text(UNIT).lower())
        row.roles, unknown = _roles(row.text(ROLES))
        if row.text(UNIT) and not row.department:
            row.faults.append(_("%(column)s：没有单位代码“%(code)s”。") % {"column": UNIT, "code": row.text(UNIT)[:40]})
        row.faults += [_("%(column)s：没有角色“%(name)s”。") % {"column": ROLES, "name": name[:40]} for name in unknown]
        if set(row.roles) - ALLOTTABLE_ROLES:
            row.faults.append(_("%(column)s：账号管理不能在这里分配。") % {"column": ROLES})
        row.username = row.text(CODE)
    _name_twins(rows)
    taken = existing_codes() | {row.text(CODE).lower() for row in rows}
    for row in rows:
        if not row.username and row.department and row.roles:
            row.username = code_for(row.department, row.roles, taken)
            taken.add(row.username)
        _service_faults(row)


@sensitive_variables()
def import_roster(*, rows: Sequence[RosterRow], lenient: bool, actor: User) -> Opened:
    """Open the accounts of all rows in one transaction; with `lenient`, of exactly the right ones.

    Must be called outside a transaction: passwords are hashed before it opens, in threads, so that no lock is held
    meanwhile. Checks anew what was checked in the dry run. Records `account.allotted` and `assignment.granted` for
    each, and one `accounts.imported`. Raises PermissionDenied.
    """
    require_officer(actor)
    check_roster(rows)
    right = [row for row in rows if not row.faults]
    if not right or (len(right) < len(rows) and not lenient):
        return Opened(list(rows), [])
    one_times = _hashed(len(right))
    with transaction.atomic():
        lock_units(row.department.pk for row in right if row.department)
        check_roster(rows)
        if any(row.faults for row in rows) and not lenient:
            return Opened(list(rows), [])
        opened = _open(rows, one_times, actor)
        if not opened or (
            any(row.faults for row in rows) and not lenient
        ):  # a code that another officer took meanwhile
            transaction.set_rollback(True)
            return Opened(list(rows), [])
    return Opened(list(rows), opened)


def seconds_needed(number: int) -> int:
    """A rough guess, in seconds, at how long opening that many accounts takes; hashing is slow on purpose."""
    return max(1, round(number * 0.25 / (os.cpu_count() or 1) + number * 0.03))


def _from_sheet(row: SheetRow) -> RosterRow:
    return RosterRow(row.number, row.texts, row.formulas, row.is_merged)


def _shape_faults(row: RosterRow) -> list[str]:
    faults = [_("%(column)s：是公式，请粘贴为数值。") % {"column": header} for header in row.formulas]
    if row.is_merged:
        faults.append(_("这一行在合并的单元格内，请取消合并，逐行填写。"))
    return faults


def _roles(text: str) -> tuple[list[Role], list[str]]:
    """The roles a cell names, by name or code, and the names that are none."""
    names = {str(role.label): role for role in Role} | {str(role): role for role in Role}
    found, unknown = [], []
    for name in filter(None, re.split(r"[、，,;；/\s]+", text)):
        if name in names:
            found.append(names[name])
        else:
            unknown.append(name)
    return found, unknown


def _name_twins(rows: Sequence[RosterRow]) -> None:
    """A code, or a person of one unit, that stands twice in the file: nobody knows which is meant, so both are wrong."""
    codes: dict[str, list[int]] = defaultdict(list)
    people: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row in rows:
        codes[row.text(CODE).lower()].append(row.number)
        people[_person(row)].append(row.number)
    for row in rows:
        same_code, same_person = codes[row.text(CODE).lower()], people[_person(row)]
        if row.text(CODE) and len(same_code) > 1:
            row.faults.append(_twin(CODE, row, same_code, _("账号“%s”") % row.text(CODE)))
        if row.department and row.text(HOLDER) and len(same_person) > 1:
            row.faults.append(_twin(HOLDER, row, same_person, _("同一单位的“%s”（同一电话）") % row.text(HOLDER)))


def _person(row: RosterRow) -> tuple[str, ...]:
    return row.text(UNIT).lower(), row.text(HOLDER), row.text(PHONE)


def _twin(column: str, row: RosterRow, numbers: list[int], what: str) -> str:
    others = "、".join(str(number) for number in [number for number in numbers if number != row.number][:TWINS_NAMED])
    words = _("%(column)s：%(what)s在文件中不止一行（另见第 %(rows)s 行）。")
    return words % {"column": column, "what": what, "rows": others}


def _service_faults(row: RosterRow) -> None:
    """What the officer's form would say of the row, but for what was said already."""
    told = {header for header in HEADERS for words in row.faults if words.startswith(header)}
    found: dict[str, Any] = allotment_faults(
        username=row.username,
        holder_name=row.text(HOLDER),
        phone=row.text(PHONE),
        roles=row.roles,
        department=row.department,
        valid_from=timezone.localdate(),
    )
    if not row.text(CODE) and not (row.department and row.roles):
        found.pop("username", None)  # no code was asked for; the missing unit or role is told
    for name, words in found.items():
        header = COLUMNS[name]
        if header not in told:
            row.faults += [f"{header}：{word}" for word in words]


def _hashed(number: int) -> list[OneTime]:
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        return list(pool.map(lambda _number: make_one_time(), range(number)))


def _open(rows: Sequence[RosterRow], one_times: list[OneTime], actor: User) -> list[Allotted]:
    ready = [row for row in rows if not row.faults]
    prepared = iter(one_times)
    opened = []
    for row in ready:
        assert row.department is not None  # noqa: S101 -- for the type checker: a row without unit has a fault
        try:
            account = allot_account(
                username=row.username,
                holder_name=row.text(HOLDER),
                phone=row.text(PHONE),
                department=row.department,
                roles=row.roles,
                actor=actor,
                one_time=next(prepared, None),  # a row may have become right since they were made
                sync=False,
            )
        except ValidationError as error:
            row.faults += [
                f"{COLUMNS.get(name, ROLES)}：{word}" for name, words in error.message_dict.items() for word in words
            ]
        else:
            opened.append(account)
    units = {row.department.code: row.department for row in ready if row.department}
    for _code, department in sorted(units.items()):
        sync_department(department)
    payload = {
        "accounts": len(opened),
        "skipped": len(rows) - len(opened),
        "units": sorted(units),
        "codes": [account.user.username for account in opened],
    }
    record(action="accounts.imported", actor=actor, payload=payload)
    return opened
