"""No door of the back office opens before the second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.conf import settings
from django.http import JsonResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _

from accounts.permissions import has_factor, must_have_factor

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

#: Everything that shows or does more than the public site.
STAFF_PATHS = ("/admin/", "/documents/", "/_util/")
#: What a person without his factor needs: another login, the way out, and what every page of the admin loads.
OPEN_ADDRESSES = frozenset(
    {"wagtailadmin_login", "wagtailadmin_logout", "wagtailadmin_javascript_catalog", "wagtailadmin_sprite"}
)
VERIFY, ENROL = "accounts_second_factor_verify", "accounts_second_factor_enrol"


class SecondFactorMiddleware(MiddlewareMixin):
    """Sends a logged-in person to the one page that is open to him until his session has proved its factor.

    Refuses by default: an address that is not named here, or does not exist, stays shut whatever its method. Needs
    OTPMiddleware before it. Costs nothing on public pages (the session is not touched), else one query, two for those
    who have no factor.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """Redirect to challenge or enrolment; 403 in JSON for scripts."""
        # Without the cookie nobody is logged in, and a public attachment stays free of sessions.
        if not request.path_info.startswith(STAFF_PATHS) or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        user = request.user
        if not user.is_authenticated or user.is_verified():  # type: ignore[attr-defined]  # set by OTPMiddleware
            return None
        if has_factor(user):
            open_door = VERIFY
        elif must_have_factor(user):
            open_door = ENROL
        else:
            return None
        if _address(request) in OPEN_ADDRESSES | {open_door}:
            return None
        return _refuse(request, open_door)


def _address(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""


def _refuse(request: HttpRequest, door: str) -> HttpResponse:
    asks_for_json = request.headers.get("accept", "").startswith("application/json")
    if asks_for_json or request.headers.get("x-requested-with") == "XMLHttpRequest":
        words = _("请先验证动态口令。") if door == VERIFY else _("请先绑定动态口令。")
        return JsonResponse({"error": words}, status=403)
    target = reverse(door)
    if request.method == "GET":
        target += "?" + urlencode({"next": request.get_full_path()})
    return redirect(target)
