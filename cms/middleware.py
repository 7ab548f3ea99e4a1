"""One transaction per unsafe request, and the page that tells an editor somebody was faster."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin

from audit.errors import Conflict

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class AtomicUnsafeRequestMiddleware(MiddlewareMixin):
    """Runs the view of every POST, PUT, PATCH and DELETE inside one transaction.

    Not `ATOMIC_REQUESTS`: with SQLite's IMMEDIATE that makes every GET take the write lock, and reading fails
    while one writer works (architecture §5). Must stand last in MIDDLEWARE, so that every other `process_view`
    (CSRF above all) has run. A response of 500 and above, like an exception, rolls everything back.
    """

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Call the view of an unsafe request in a transaction; leave the others alone."""
        if request.method in SAFE_METHODS:
            return None
        with transaction.atomic():
            response = view(request, *args, **kwargs)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response


class ConflictMiddleware:
    """Turns `audit.errors.Conflict` into a 409 page in words; the transaction is already rolled back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer 409 with the reason; other exceptions go their way."""
        if not isinstance(exception, Conflict):
            return None
        return render(request, "409.html", {"reason": str(exception)}, status=409)
