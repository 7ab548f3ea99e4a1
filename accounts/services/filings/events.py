"""What the event chain is told of a filing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from audit.services import record

if TYPE_CHECKING:
    from accounts.models import AccountFiling, User

#: `object_type` under which a filing stands in clocks and events.
OBJECT_TYPE = "accounts.accountfiling"


def record_filing(action: str, filing: AccountFiling, actor: User, extra: dict[str, Any]) -> None:
    """Record one event of a filing: who left, who came, which roles and clocks, and `extra`; no telephone numbers."""
    record(
        action=action,
        actor=actor,
        department_code=filing.department.code,
        object_type=OBJECT_TYPE,
        object_id=filing.pk,
        object_label=str(filing),
        payload={
            "leaver": filing.leaver.username,
            "leaver_name": filing.leaver_name,
            "newcomer_name": filing.newcomer_name,
            "changed_on": filing.changed_on,
            "roles": [entry["role"] for entry in filing.roles],
            "clocks": [filing.filing_clock_id, filing.completion_clock_id],
            **extra,
        },
    )


def record_phone(filing: AccountFiling, account: User, actor: User) -> None:
    """Record that an account took over the telephone a filing reports; which number, the chain is not told."""
    record(
        action="account.phone_changed",
        actor=actor,
        department_code=filing.department.code,
        object_type="accounts.user",
        object_id=account.pk,
        object_label=f"{account.username}（{account.holder_name}）",
        payload={"username": account.username, "filing": filing.pk},
    )
