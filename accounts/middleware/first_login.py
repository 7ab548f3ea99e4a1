"""Nothing opens before the password is the person's own and the undertaking is signed (A15, T15.3, T15.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _

from accounts.middleware.addresses import (
    FILE_PATHS,
    OPEN_ADDRESSES,
    SAFE_METHODS,
    is_staff_request,
    refuse_script,
    wants_json,
)
from accounts.middleware.kept import keep_at_gate
from accounts.services.first_login import owed_by

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PAGE = "accounts_first_login"


class FirstLoginMiddleware(MiddlewareMixin):
    """Sends a logged-in person who owes a new password or the undertaking to the one page where he gives them.

    Refuses by default: every view of a staff path but the ones named here, whatever the method. Where the gate of the
    second factor sends a person (`factor_door`), this one must not send him back. Costs no query.
    """

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Redirect to the page; 403 in JSON for scripts; a visitor's view of attachments; typed text is kept."""
        if not is_staff_request(request) or not request.user.is_authenticated or not owed_by(request.user):
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in OPEN_ADDRESSES or name in {PAGE, getattr(request, "factor_door", PAGE)}:
            return None
        if request.path_info.startswith(FILE_PATHS):
            request.user = AnonymousUser()
            return None
        words = _("请先修改密码并签署承诺书。")
        if wants_json(request):
            return refuse_script(words)
        if request.method not in SAFE_METHODS:
            return keep_at_gate(request, because=words, doing=_("修改密码并签署承诺书"), door=reverse(PAGE))
        return redirect(PAGE)
