"""No door of the back office opens before the second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

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
from accounts.permissions import has_factor, must_have_factor

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import User

VERIFY, ENROL = "accounts_second_factor_verify", "accounts_second_factor_enrol"


class SecondFactorMiddleware(MiddlewareMixin):
    """Sends a logged-in person to the one page that is open to him until his session has proved its factor.

    Refuses by default: a view that is not named here stays shut whatever its method. On attachments the person is a
    visitor until then. Needs OTPMiddleware before it. Costs nothing on public pages (the session is not touched), else
    one query, two for those who have no factor. Leaves the name of the open page on the request, as `factor_door`, for
    the gate behind it.
    """

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Redirect to challenge or enrolment; 403 in JSON for scripts; what was typed is kept."""
        if not is_staff_request(request):
            return None
        user = request.user
        if not user.is_authenticated or user.is_verified():  # type: ignore[attr-defined]  # set by OTPMiddleware
            return None
        door = open_door(user)
        if not door:
            return None
        request.factor_door = door  # type: ignore[attr-defined]  # for FirstLoginMiddleware
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in OPEN_ADDRESSES or name == door:
            return None
        if request.path_info.startswith(FILE_PATHS):
            request.user = AnonymousUser()
            return None
        return _refuse(request, door)


def open_door(user: User) -> str:
    """Name of the one page open to a person whose session has not proved its factor; empty when he needs none."""
    if has_factor(user):
        return VERIFY
    return ENROL if must_have_factor(user) else ""


def _refuse(request: HttpRequest, door: str) -> HttpResponse:
    is_bound = door == VERIFY
    words = _("请先验证动态口令。") if is_bound else _("请先绑定动态口令。")
    if wants_json(request):
        return refuse_script(words)
    if request.method not in SAFE_METHODS:
        doing = _("验证动态口令") if is_bound else _("绑定动态口令")
        return keep_at_gate(request, because=words, doing=doing, door=reverse(door))
    asked = "?" + urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
    return redirect(reverse(door) + asked)
