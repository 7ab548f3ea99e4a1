"""One transaction per unsafe request, and the page that tells an editor somebody was faster."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.datastructures import MultiValueDictKeyError
from django.utils.deprecation import MiddlewareMixin
from django.views.defaults import page_not_found

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
        """Call the view of an unsafe request in a transaction; leave the others alone.

        `Conflict` rolls back and is answered with 409 in words, a form that lacks a field with 400. A view under Django's `non_atomic_requests` opens its
        transaction itself: one that must first compute long, as hashing many passwords or reading the whole chain, would hold SQLite's write lock
        all the while. A test names every such view.
        """
        if request.method in SAFE_METHODS:
            return None
        own = getattr(view, "_non_atomic_requests", ())
        try:
            with nullcontext() if own else transaction.atomic():
                response = view(request, *args, **kwargs)
                if response.status_code >= 500 and not own:
                    transaction.set_rollback(True)
        except MultiValueDictKeyError:
            # Stock's blocks and forms take fields for granted; a form cut short is the sender's fault, not the server's.
            return render(request, "400.html", status=400)
        except Conflict as conflict:
            return render(request, "409.html", {"reason": str(conflict)}, status=409)
        return response


#: What only Django's debug page of a 404 says of itself.
DEBUG_PAGE = b'content="NONE,NOARCHIVE"'


class OwnNotFoundMiddleware(MiddlewareMixin):
    """Dev profile only: visitors of the demo get the site's own 404 page instead of Django's English debug page."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Replace a page that was not found; leave files, data and pages that say it themselves, and the back office alone."""
        is_page = response.get("Content-Type", "").startswith("text/html")
        if (
            response.status_code != 404
            or not is_page
            or DEBUG_PAGE not in response.content
            or request.path.startswith(("/admin/", "/static/"))
        ):
            return response
        return page_not_found(request, Http404())
