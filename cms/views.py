"""Answers for machines: is the process up, can it serve."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

TEXT = "text/plain; charset=utf-8"
#: They tell of this moment.
NOT_KEPT = {"Cache-Control": "no-store"}


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process lives; touches nothing."""
    return HttpResponse("ok", content_type=TEXT, headers=NOT_KEPT)


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 while the database answers, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        return HttpResponse("database unavailable", status=503, content_type=TEXT, headers=NOT_KEPT)
    return HttpResponse("ready", content_type=TEXT, headers=NOT_KEPT)
