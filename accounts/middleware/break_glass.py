"""The break-glass account leaves a trace with every step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.deprecation import MiddlewareMixin

from accounts.middleware.addresses import SAFE_METHODS, is_background, is_staff_request
from accounts.services.logins import record_break_glass

if TYPE_CHECKING:
    from django.http import HttpRequest


class BreakGlassMiddleware(MiddlewareMixin):
    """Records each unsafe back-office request of a superuser before its view runs, in a transaction of its own.

    So the event stands even when the view fails. Method and address only: what the form said is in the events of the
    services. Stands after the gates: what they stop is no use of the account.
    """

    def process_view(self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Record, and let the request pass."""
        if request.method in SAFE_METHODS or not is_staff_request(request) or is_background(request):
            return
        if request.user.is_authenticated and request.user.is_superuser:
            record_break_glass(actor=request.user, method=str(request.method), path=request.path_info)
