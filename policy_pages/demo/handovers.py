"""人员变更备案 of the demo: one settled on time, one filed late that waits for the bureau. All people are invented."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.enums import Role
from accounts.models import Department, User
from accounts.services import assign_role, complete_filing, file_change

if TYPE_CHECKING:
    from policy_pages.demo.dates import DemoDays

UNIT, FILER, OFFICER = "swj", "swj-review", "spj-acct"
#: Beside the two accounts of the contract, which nobody takes away: code and holder.
LEAVERS = {"swj-edit2": "许慕贤", "swj-edit3": "葛明澈"}
NEWCOMER_CODE = "swj-edit4"
#: Working days for which the leavers had been there.
SERVED = 40


def seed_filings(days: DemoDays, hashed: str) -> None:
    """File and settle through the services. The first changed two working days ago, the second five: two too late."""
    department = Department.objects.get(code=UNIT)
    leavers = [_open_account(department, code, name, days, hashed) for code, name in LEAVERS.items()]
    filer, officer = (User.objects.get(username=code) for code in (FILER, OFFICER))
    settled = file_change(
        department=department,
        leaver=leavers[0],
        newcomer_name="邵一苇",
        newcomer_phone="0510-81820461",
        changed_on=days.back(2),
        reason="许慕贤调任市会展中心，政策录入由邵一苇接任。",
        actor=filer,
    )
    complete_filing(filing=settled, username=NEWCOMER_CODE, actor=officer)
    file_change(
        department=department,
        leaver=leavers[1],
        newcomer_name="陶听澜",
        newcomer_phone="0510-81820462",
        changed_on=days.back(5),
        reason="葛明澈借调省商务厅半年，期间由陶听澜接任。",
        actor=filer,
    )


def _open_account(department: Department, code: str, name: str, days: DemoDays, hashed: str) -> User:
    user = User.objects.create(username=code, holder_name=name, password=hashed)
    assign_role(user=user, department=department, role=Role.EDITOR, valid_from=days.back(SERVED))
    return user
