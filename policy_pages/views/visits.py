"""The counter of visits: a page that is served as a file tells from the browser that somebody opened it.

With scripts by `navigator.sendBeacon` (static/js/visits.js), without by an image in `<noscript>`. Neither sets a cookie, opens
a session or asks the database; what is no visit gets the same answer as what is one (docs/visits.md).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from accounts.middleware.addresses import address_of
from policy_pages.addresses import takes
from policy_pages.visits.collecting import folder
from policy_pages.visits.log import append, bound
from policy_pages.visits.rules import is_visit, network, page_number

if TYPE_CHECKING:
    from django.http import HttpRequest

logger = logging.getLogger(__name__)

#: The smallest picture there is: one transparent point.
POINT = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
NOT_KEPT = {"Cache-Control": "no-store"}


# Without a token: a page that is a file carries none, and a forged request adds one to a number, which opening the page does
# as well. Without a transaction: nothing is written to the database, and on SQLite one would wait for the lock of writers.
@csrf_exempt
@transaction.non_atomic_requests
@require_POST
def visit(request: HttpRequest, page_id: str) -> HttpResponse:
    """`/visits/<page>/`: somebody opened the page. 204 whatever is sent; the body is not read."""
    _note(request, page_id)
    return HttpResponse(status=204, headers=NOT_KEPT)


@require_safe
@takes(has_display=False)
def visit_image(request: HttpRequest, page_id: str) -> HttpResponse:
    """`/visits/<page>.gif`: the same for a browser without scripts; one transparent point whatever is asked."""
    if request.method == "GET":
        _note(request, page_id)
    return HttpResponse(POINT, content_type="image/gif", headers=NOT_KEPT)


def _note(request: HttpRequest, page_id: str) -> None:
    page = page_number(page_id)
    if page is None or not is_visit(request.headers):
        return
    at = timezone.localtime(timezone.now(), timezone.get_default_timezone())
    address = network(address_of(request) or "")
    if not bound.allows(address, page, at, settings.HUIQITONG_VISITS_PER_ADDRESS):
        return
    try:
        append(folder(), at, page)
    except OSError:
        logger.warning("a visit was not counted", exc_info=True)
