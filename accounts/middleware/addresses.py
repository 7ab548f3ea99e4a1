"""What of the site is for staff, who calls it from where, and in which words he is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import JsonResponse

from accounts.rules import client_address

if TYPE_CHECKING:
    from django.http import HttpRequest

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
#: Everything that shows or does more than the public site.
STAFF_PATHS = ("/admin/", "/documents/", "/_util/")
#: Attachments: whoever may not go on is a visitor there, and gets what visitors get.
FILE_PATHS = "/documents/"
#: An open editor asks here every few seconds whether somebody else is at it; nobody needs to touch a key for that.
BACKGROUND_PATHS = "/admin/editing-sessions/"
#: What a person who may not go on still needs: another login, the way out, and what every page of the admin loads.
OPEN_ADDRESSES = frozenset(
    {"wagtailadmin_login", "wagtailadmin_logout", "wagtailadmin_javascript_catalog", "wagtailadmin_sprite"}
)


def address_of(request: HttpRequest) -> str | None:
    """The visitor's network address, believing exactly `HUIQITONG_PROXY_COUNT` proxies."""
    meta = request.META
    return client_address(
        meta.get("REMOTE_ADDR", ""), meta.get("HTTP_X_FORWARDED_FOR", ""), settings.HUIQITONG_PROXY_COUNT
    )


def lockout_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The account a login tries, for counting failures: capitals and outer spaces make no other account of it."""
    typed = (credentials or {}).get("username")
    return (typed or request.POST.get("username") or "").strip().casefold()[:255]


def is_staff_request(request: HttpRequest) -> bool:
    """Whether somebody who may be logged in asks for more than the public site.

    Without the cookie nobody is logged in, and a public attachment stays free of sessions.
    """
    return request.path_info.startswith(STAFF_PATHS) and settings.SESSION_COOKIE_NAME in request.COOKIES


def is_background(request: HttpRequest) -> bool:
    """Whether a page asks by itself, without its reader doing anything."""
    return request.path_info.startswith(BACKGROUND_PATHS)


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asked, which can do nothing with a page to log in."""
    return (
        is_background(request)
        or request.headers.get("x-requested-with") == "XMLHttpRequest"
        or request.headers.get("accept", "").startswith("application/json")
    )


def refuse_script(words: str, **facts: str) -> JsonResponse:
    """403 with the reason, for a script."""
    return JsonResponse({"error": words, **facts}, status=403)
