"""What a person owes before the back office opens: a password of his own and the undertaking of A15."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction
from django.utils import timezone

from accounts.services.logins import record_own
from accounts.services.passwords import needs_renewal

if TYPE_CHECKING:
    from accounts.models import User

#: A15 and A16 in the first person. Not translated: exactly these characters are what is signed and hashed. Whoever
#: changes them changes the hash of later signatures; the text of earlier ones stands in their events.
UNDERTAKING = (
    "本账号由行政审批局分配给我本人和我所在的单位，仅用于惠企政策的录入、审核、发布和管理工作。",
    "我一人一号，只使用自己的账号，以本账号所做的一切操作由我本人负责。",
    "我妥善保管账号、密码和动态口令，不告诉他人，不转借他人，也不借用他人的账号。",
    "账号、密码或动态口令遗失、泄露，或发现有人冒用的，我立即报告行政审批局账号管理员。",
    "我调离、离职或不再负责此项工作的，由所在单位在变动之日起 3 个工作日内向行政审批局备案，我不再使用本账号。",
)


class Owed(NamedTuple):
    """What is still missing; true when anything is."""

    password: bool
    renewal: bool
    undertaking: bool

    def __bool__(self) -> bool:
        """Whether anything is missing."""
        return any(self)


def owed_by(user: User) -> Owed:
    """What keeps this person from the back office (T15.3, T15.6). Costs no query.

    The break-glass account belongs to no single person and signs nothing; its password is renewed like any other.
    """
    renewal = not user.must_change_password and needs_renewal(user)
    return Owed(
        password=user.must_change_password or renewal,
        renewal=renewal,
        undertaking=user.undertaking_signed_at is None and not user.is_superuser,
    )


def undertaking_hash() -> str:
    """SHA-256 of the undertaking, its sentences joined by line feeds, in lower hex."""
    return hashlib.sha256("\n".join(UNDERTAKING).encode()).hexdigest()


@transaction.atomic
def sign_undertaking(*, user: User) -> None:
    """Keep that the person ticked the undertaking, and which text; records `account.undertaking_signed` with the text."""
    user.undertaking_signed_at = timezone.now()
    user.undertaking_hash = undertaking_hash()
    user.save(update_fields=["undertaking_signed_at", "undertaking_hash"])
    record_own("account.undertaking_signed", user, {"sha256": user.undertaking_hash, "text": list(UNDERTAKING)})
