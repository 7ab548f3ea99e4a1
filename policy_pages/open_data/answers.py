"""How data are answered: open to every site, never kept without asking, errors in words, 304 for what is known already."""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.services.workbook import written_csv
from policy_pages.open_data.parameters import Untidy, WrongParameter

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Sequence

    from django.http import HttpRequest

HEADERS = {
    # Public, and without cookies: any site's script may read it.
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link",
    # May be kept, but is asked for each time: what was withdrawn lingers nowhere.
    "Cache-Control": "no-cache",
}


def data_view(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view that answers with data: GET and HEAD; WrongParameter → 400, Http404 → 404, Untidy → 301."""

    @require_safe
    @functools.wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = with_etag(request, view(request, *args, **kwargs))
        except WrongParameter as error:
            response = fault(400, str(error))
        except Http404:
            response = fault(404, _("没有这项数据，或者它已不再公开。全部数据集见 /open-data/。"))
        except Untidy as untidy:
            response = HttpResponsePermanentRedirect(untidy.address)
        for name, value in HEADERS.items():
            response[name] = value
        return response

    return answer


def with_etag(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The response, or 304 when the client holds the same bytes.

    No Last-Modified: a withdrawal changes a list without any page in it being newer.
    """
    etag = quote_etag(hashlib.sha256(response.content).hexdigest())
    response["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response


def as_json(data: dict[str, Any]) -> HttpResponse:
    """Data as JSON in UTF-8, Chinese unescaped."""
    return JsonResponse(data, json_dumps_params={"ensure_ascii": False})


def as_csv(name: str, lines: Sequence[Sequence[str]]) -> HttpResponse:
    """Lines as a CSV file that Excel reads, and in which no cell computes."""
    answer = HttpResponse(written_csv(lines), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def fault(status: int, sentence: str) -> HttpResponse:
    """An error as data: one sentence that says what to do."""
    return JsonResponse({"error": sentence}, status=status, json_dumps_params={"ensure_ascii": False})


def instant(at: datetime.datetime) -> str:
    """An instant in Shanghai, as ISO with its zone."""
    return timezone.localtime(at, timezone.get_default_timezone()).isoformat()


def minute(at: datetime.datetime) -> str:
    """An instant in Shanghai as a spreadsheet reads it, to the minute."""
    return f"{timezone.localtime(at, timezone.get_default_timezone()):%Y-%m-%d %H:%M}"
