"""One session an account, and no longer than it may last (A15, T15.4)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _

from accounts.enums import SessionEnd
from accounts.middleware.addresses import (
    FILE_PATHS,
    OPEN_ADDRESSES,
    SAFE_METHODS,
    is_background,
    is_staff_request,
    refuse_script,
    wants_json,
)
from accounts.middleware.kept import LAST_ACCOUNT, keep_what_was_typed, refuse_foreign_form
from accounts.middleware.second_factor import open_door
from accounts.models import User
from accounts.services.logins import BEGUN, NONCE, begun_ended, note_activity, timed_out

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

#: Activity is written no oftener than this.
ACTIVITY_STEP = datetime.timedelta(minutes=1)


class SessionGuardMiddleware(MiddlewareMixin):
    """Ends the session of a logged-in person that a newer login, an officer or time has ended, and says why.

    Looks at staff paths only; public pages never touch the session. Reads go to the login page with the reason as a
    code; scripts get 403 in JSON; a form is answered with a page that keeps what was typed until the person has logged
    in again. On attachments an ended session is a visitor's. Costs one UPDATE a minute beyond what a login costs anyway.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """Let a living session pass and note its activity; end the others."""
        if not is_staff_request(request):
            return None
        # Read before `request.user`: Django flushes a session whose password changed, and the reason with it.
        pk, nonce = request.session.get(SESSION_KEY), request.session.get(NONCE, "")
        begun = request.session.get(BEGUN)
        if pk is None:
            return None
        account = request.user if request.user.is_authenticated else User.objects.filter(pk=pk).first()
        because = ended_because(account, nonce, begun)
        if request.user.is_authenticated and not because:
            if begun is None:  # who has proved no factor keeps nobody's session alive
                _note(request, request.user)
            if request.method in SAFE_METHODS:
                request.user.remember_roles()
            return None
        if not because:  # refused by Django itself: a door of the operator's, not of our services
            because = SessionEnd.PASSWORD_RESET if account and account.is_active else SessionEnd.DISABLED
        return self._end(request, account, because)

    def _end(self, request: HttpRequest, account: User | None, because: SessionEnd) -> HttpResponse | None:
        request.user = AnonymousUser()
        if request.path_info.startswith(FILE_PATHS):
            return None
        if wants_json(request):
            # The session stays for the person's own next click, which then says why; it opens nothing.
            return refuse_script(str(because.label), ended=because.value)
        if request.method not in SAFE_METHODS:
            # For process_view, once the form is known to be ours.
            request.session_ended = because, account.pk if account else None  # type: ignore[attr-defined]
            return None
        _flush(request, account.pk if account else None)
        if because == SessionEnd.NEW_LOGIN and account:
            messages.warning(request, newer_login(account))
        query = {"next": request.get_full_path()} if request.path_info != reverse("wagtailadmin_login") else {}
        return redirect(f"{reverse('wagtailadmin_login')}?{urlencode({**query, 'ended': because.value})}")

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Answer a form of somebody whose session is over, and one kept for somebody else, once it is known to be no forgery."""
        if request.method in SAFE_METHODS or not request.path_info.startswith("/admin/"):
            return None
        because, sender = getattr(request, "session_ended", (None, request.session.get(LAST_ACCOUNT)))
        if because:
            _flush(request, sender)
            request.user = AnonymousUser()
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in OPEN_ADDRESSES or name.startswith("wagtailadmin_password_reset") or wants_json(request):
            return None
        return refuse_foreign_form(request) if request.user.is_authenticated else _kept(request, because, sender)


def ended_because(account: User | None, nonce: str, begun: Mapping[str, Any] | None = None) -> SessionEnd | None:
    """Why a session that carries this nonce, or a login `begun` without its factor, is over; None while it lives."""
    if account is None:
        return SessionEnd.DISABLED
    if begun is not None:
        # Unbound meanwhile: what waits for a factor must not come in because none is due any more.
        return begun_ended(account, begun) or (None if open_door(account) else SessionEnd.FACTOR_RESET)
    if not nonce or nonce != account.session_nonce:
        return SessionEnd(account.session_ended_because or SessionEnd.NEW_LOGIN)
    fault = timed_out(account, timezone.now())
    return SessionEnd(fault) if fault else None


def newer_login(account: User) -> str:
    """When and from where the account was used last, for the holder of the session this ended."""
    moment = timezone.localtime(account.login_at).strftime("%Y-%m-%d %H:%M") if account.login_at else "—"
    return _("较新的登录：%(moment)s，来自 %(address)s。") % {
        "moment": moment,
        "address": account.login_address or _("未知地址"),
    }


def _kept(request: HttpRequest, because: SessionEnd | None, sender: int | None) -> HttpResponse:
    """The form of somebody who is not logged in, or no longer."""
    login = reverse("wagtailadmin_login")
    return keep_what_was_typed(
        request,
        because=str(because.label) if because else _("您还没有登录，或登录已经失效。"),
        doing=_("重新登录"),
        door=f"{login}?{urlencode({'ended': because.value})}" if because else login,
        account=sender,
    )


def _flush(request: HttpRequest, account: int | None) -> None:
    """End the session and remember whose it was: a form still open in the browser is his."""
    request.session.flush()
    if account is not None:
        request.session[LAST_ACCOUNT] = account


def _note(request: HttpRequest, account: User) -> None:
    """Write that the person is at work, at most once a minute; an editor with unsaved text is at work."""
    if is_background(request) and not request.POST.get("is_editing"):
        return
    if account.session_seen_at is None or timezone.now() - account.session_seen_at >= ACTIVITY_STEP:
        note_activity(account)
