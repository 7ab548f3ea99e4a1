"""Logins and logouts, the failed ones too: one session an account, each step in the chain (A15, T15.4, T15.5)."""

from __future__ import annotations

import datetime
import logging
import secrets
from typing import TYPE_CHECKING, Any

from axes.models import AccessAttempt
from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.enums import SessionEnd
from accounts.models import User
from accounts.rules import session_fault
from accounts.services.sessions import NONCE_BYTES
from audit.errors import Conflict
from audit.services import record

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Key of the session's data under which the account's nonce stands.
NONCE = "account_nonce"
#: Key under which a login stands whose second factor is not proved yet (`begin_session`); it has no nonce.
BEGUN = "login_begun"
#: Hex digits kept of a name that is no account's.
DIGEST_LENGTH = 12

logger = logging.getLogger(__name__)


@transaction.atomic
def open_session(*, user: User, address: str | None, carried: str = "") -> str:
    """Begin the account's one session and return its nonce; every other session ends at its next request.

    `address` is the visitor's; `carried` the nonce the browser already had, so that logging in twice in one browser
    ends nobody. Records `account.login`, before it `account.session_ended` when another session was open, and for a
    superuser `account.break_glass`. Side effects: the time and place of the login before are kept on the account.
    """
    before = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    now = timezone.now()
    is_open = before.session_nonce and not before.session_ended_because and not timed_out(before, now)
    ends_another = is_open and carried != before.session_nonce
    user.previous_login_at, user.previous_login_address = before.login_at, before.login_address
    user.login_at = user.session_seen_at = now
    user.login_address = address
    user.session_nonce = secrets.token_hex(NONCE_BYTES)
    user.session_ended_because = ""
    user.save(
        update_fields=[
            "previous_login_at",
            "previous_login_address",
            "login_at",
            "login_address",
            "session_seen_at",
            "session_nonce",
            "session_ended_because",
        ]
    )
    if ends_another:
        earlier = {"began": before.login_at, "address": before.login_address, "newer_address": address}
        record_own("account.session_ended", user, earlier)
    record_own("account.login", user, {"address": address})
    if user.is_superuser:
        record_own("account.break_glass", user, {"step": "login", "address": address})
    return user.session_nonce


@transaction.atomic
def begin_session(*, user: User, address: str | None, carried: str = "") -> dict[str, Any]:
    """Note a right password of somebody who still owes the second factor; return what his session keeps under `BEGUN`.

    The account's running session goes on: whoever knows no more than the password ends nobody's work. `carried` as in
    `open_session`. Records `account.login_begun`.
    """
    record_own("account.login_begun", user, {"address": address})
    return {
        "nonce": User.objects.values_list("session_nonce", flat=True).get(pk=user.pk),
        "since": timezone.now().isoformat(),
        "address": address,
        "carried": carried,
    }


@transaction.atomic
def finish_session(*, user: User, begun: Mapping[str, Any]) -> str:
    """Open the session whose factor was proved just now, as `open_session` does; return its nonce.

    Raises Conflict when a reset, a hand-over or another login has ended it in this very moment.
    """
    if begun_ended(User.objects.select_for_update(no_key=True).get(pk=user.pk), begun):
        raise Conflict(_("本次登录刚刚被结束（账号有变动，或已在别处登录），请重新登录。"))
    return open_session(user=user, address=begun["address"], carried=begun["carried"])


def begun_ended(account: User, begun: Mapping[str, Any]) -> SessionEnd | None:
    """Why a login that has not proved its factor is over; None while it may still do so.

    It stands as long as nothing ended the account's sessions since, the holder's own logout excepted.
    """
    is_logged_out = not account.session_nonce and not account.session_ended_because
    if account.session_nonce != begun["nonce"] and not is_logged_out:
        return SessionEnd(account.session_ended_because or SessionEnd.NEW_LOGIN)
    age = timezone.now() - datetime.datetime.fromisoformat(begun["since"])
    return SessionEnd.IDLE if age >= datetime.timedelta(minutes=settings.HUIQITONG_SESSION_IDLE_MINUTES) else None


@transaction.atomic
def close_session(*, user: User, nonce: str, address: str | None) -> None:
    """Note that the person logged out himself; records `account.logout`."""
    User.objects.filter(pk=user.pk, session_nonce=nonce).update(session_nonce="")
    record_own("account.logout", user, {"address": address})


def timed_out(account: User, now: datetime.datetime) -> str:
    """Whether the account's session has lasted too long at that instant: `idle`, `absolute`, or empty."""
    since = account.login_at or account.date_joined
    return session_fault(
        since=since,
        seen=account.session_seen_at or since,
        now=now,
        idle=datetime.timedelta(minutes=settings.HUIQITONG_SESSION_IDLE_MINUTES),
        longest=datetime.timedelta(hours=settings.HUIQITONG_SESSION_HOURS),
    )


def note_activity(user: User) -> None:
    """Remember that the person is at work, in a transaction of its own. Records nothing.

    Raises nothing: while somebody else holds the database for long, reading goes on and the note waits a minute.
    """
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk, session_nonce=user.session_nonce).update(session_seen_at=timezone.now())
    except OperationalError:
        logger.warning("activity of account %s not noted: the database is busy", user.pk)


def record_failure(*, typed: str, address: str | None, because: str = "") -> None:
    """Record `account.login_failed` under the account's code; what was typed and is no code is not kept (`_tried`).

    `because` tells why a right password was refused: `disabled` or `expired`.
    """
    label, digest = _tried(typed)
    payload = {"address": address, **digest, **({"because": because} if because else {})}
    record(action="account.login_failed", object_type="accounts.user", object_label=label, payload=payload)


def record_lockout(*, typed: str, address: str | None) -> None:
    """Record `account.locked_out`: this name from this address has failed too often. Named as in `record_failure`."""
    label, digest = _tried(typed)
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    payload = {"address": address, "minutes": minutes, **digest}
    record(action="account.locked_out", object_type="accounts.user", object_label=label, payload=payload)


def _tried(typed: str) -> tuple[str, dict[str, str]]:
    """The code of the account a login tried; for a name nobody has, a short keyed digest for the payload instead.

    A name nobody has may be a password in the wrong field, and the chain forgets nothing. The digest shows that two
    attempts tried the same, to nobody what; capitals and outer spaces make no difference.
    """
    name = typed.strip().casefold()
    code = User.objects.filter(username__iexact=name).values_list("username", flat=True).first()
    if code is not None:
        return code, {}
    return "", {"typed": salted_hmac("accounts.typed_name", name, algorithm="sha256").hexdigest()[:DIGEST_LENGTH]}


def record_break_glass(*, actor: User, method: str, path: str) -> None:
    """Record one unsafe request of the break-glass account as `account.break_glass`; commits by itself."""
    with transaction.atomic():
        record_own("account.break_glass", actor, {"method": method, "path": path[:500]})


def forget_old_attempts() -> int:
    """Delete failed logins that no longer count; return how many. Records nothing: the chain has each of them."""
    old = AccessAttempt.objects.filter(attempt_time__lt=timezone.now() - settings.AXES_COOLOFF_TIME)
    return old.delete()[0]


def record_own(action: str, user: User, payload: Mapping[str, Any]) -> None:
    """Record what a person did with his own account, under his unit when he works in one only."""
    units = set(user.current_assignments().values_list("department__code", flat=True))
    record(
        action=action,
        actor=user,
        department_code=units.pop() if len(units) == 1 else "",
        object_type="accounts.user",
        object_id=user.pk,
        object_label=f"{user.username}（{user.get_full_name()}）",
        payload=payload,
    )
