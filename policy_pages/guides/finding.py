"""A public guide by its address, and what of its own published history it may tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404

from policy_pages.addresses import absolute
from policy_pages.enums import WindowStatus
from policy_pages.guides import rules
from policy_pages.models import ApplicationGuidePage, PublicationRecord
from policy_pages.templatetags.public import page_url

if TYPE_CHECKING:
    from policy_pages.guides.rules import EarlierWindow

#: How a frozen publication writes a fixed window: within a text of the page a quotation mark is escaped, so no text looks like it.
_FIXED = '"window_type":"fixed_window"'


def public_guide(department: str, slug: str) -> ApplicationGuidePage:
    """The guide of `/policies/<department>/<slug>/` with its unit and category. Raises Http404 unless it is live, listed and open to all."""
    guides = ApplicationGuidePage.objects.live_listed().filter(department__code=department, slug=slug)
    page = guides.select_related("department", "listing__category").first()
    if page is None:
        raise Http404
    return page


def permanent_address(page: ApplicationGuidePage) -> str:
    """The whole address of a guide, for paper and for calendars: by the site's configured name, never by what a request says."""
    return absolute(page_url(page))


def last_window(page: ApplicationGuidePage) -> EarlierWindow | None:
    """Of a guide whose window is pending: the last fixed one among its own earlier publications; None for none (A11).

    Published history only: a draft that once had dates tells nothing.
    """
    if page.pk is None or page.window_status() != WindowStatus.PENDING:
        return None
    records = PublicationRecord.objects.filter(page_id=page.pk, content__contains=_FIXED).order_by("-version")
    told = (rules.earlier_window(*row) for row in records.values_list("version", "content")[:_LOOKED_AT])
    return next((window for window in told if window is not None), None)


#: Earlier versions looked at, newest first: a guide is revised a few times a year.
_LOOKED_AT = 5
