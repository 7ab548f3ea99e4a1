"""What Django and axes tell about logins, handed to the services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from accounts.middleware.addresses import address_of
from accounts.middleware.second_factor import open_door
from accounts.services.logins import (
    BEGUN,
    NONCE,
    begin_session,
    close_session,
    open_session,
    record_failure,
    record_lockout,
)

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import User


@receiver(user_logged_in, dispatch_uid="accounts.logged_in")
def logged_in(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Give the session the account's new nonce; where a second factor is due, only once that is proved (`verified_by`)."""
    session, address = request.session, address_of(request)
    carried = session.pop(NONCE, "") or session.pop(BEGUN, {}).get("carried", "")
    if open_door(user):
        session[BEGUN] = begin_session(user=user, address=address, carried=carried)
    else:
        session[NONCE] = open_session(user=user, address=address, carried=carried)


@receiver(user_logged_out, dispatch_uid="accounts.logged_out")
def logged_out(sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    """A logout of somebody; that of nobody, or of somebody not wholly in yet, is none."""
    if user is not None and user.is_authenticated and BEGUN not in request.session:
        close_session(user=user, nonce=request.session.get(NONCE, ""), address=address_of(request))


@receiver(user_login_failed, dispatch_uid="accounts.login_failed")
def login_failed(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, because: str = "", **kwargs: Any
) -> None:
    """A failed login, unless it was refused unread: whoever hammers at a locked account must not fill the chain."""
    if request is not None and not _refused_unread(request):
        record_failure(typed=str(credentials.get("username", "")), address=address_of(request), because=because)


@receiver(user_locked_out, dispatch_uid="accounts.locked_out")
def locked_out(sender: Any, request: HttpRequest, username: str, ip_address: str | None, **kwargs: Any) -> None:
    """The failure that closed the lock; axes sends the signal for every later attempt too, which counts nothing."""
    if not _refused_unread(request):
        record_lockout(typed=username, address=ip_address)


def _refused_unread(request: HttpRequest) -> bool:
    """Whether axes refused this login because of earlier ones: then it is locked, yet has counted nothing."""
    counted = getattr(request, "axes_failures_since_start", None)
    return getattr(request, "axes_locked_out", False) and counted is None
