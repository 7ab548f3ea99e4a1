"""One session an account: whoever changes what it may do ends it, and the holder is told why."""

from __future__ import annotations

import secrets

from django.db import transaction

from accounts.enums import SessionEnd
from accounts.models import User
from audit.services import record

NONCE_BYTES = 16


@transaction.atomic
def end_sessions(*, user: User, because: SessionEnd) -> None:
    """End every session of an account at its next request, and remember why (`reliability` F11).

    The nonce in the account is what a session must carry; a new one leaves every session behind, those of a
    deactivated account that is enabled again later included. Writes no event: the caller's own says what happened.
    """
    user.session_nonce = secrets.token_hex(NONCE_BYTES)
    user.session_ended_because = because
    user.save(update_fields=["session_nonce", "session_ended_because"])


@transaction.atomic
def end_every_session(*, because: SessionEnd = SessionEnd.RESTORED) -> None:
    """End the sessions of all accounts at their next request.

    For the operator: after a restore, whose sessions come from another time, and whenever a theft is feared. Records
    `account.sessions_ended`.
    """
    # A new nonce for all, no empty one: a login that waits for its second factor must see that something ended it.
    User.objects.update(session_nonce=secrets.token_hex(NONCE_BYTES), session_ended_because=because)
    record(action="account.sessions_ended", actor=None, payload={"because": str(because)})
