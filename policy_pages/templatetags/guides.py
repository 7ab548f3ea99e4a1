"""What a guide page shows of itself beyond its own fields: `{% load guides %}`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from policy_pages.enums import OPEN_STATUSES, ApplicationRoute
from policy_pages.guides import finding, ics, rules
from policy_pages.guides.rows import Condition, conditions_of

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from policy_pages.enums import WindowStatus
    from policy_pages.guides.rules import EarlierWindow
    from policy_pages.models import ApplicationGuidePage, GuideBasis

register = template.Library()


@register.simple_tag
def condition_rows(page: ApplicationGuidePage, bases: Sequence[GuideBasis]) -> list[Condition]:
    """The conditions, each with the address of the article it rests on."""
    return conditions_of(page, bases)


@register.filter
def materials_told(page: ApplicationGuidePage) -> str:
    """How many papers, and which of them the government already has, in one sentence."""
    return rules.materials_sentence([row.value["source"] for row in page.materials])


@register.filter
def last_window(page: ApplicationGuidePage) -> EarlierWindow | None:
    """The last window that was public, of a guide whose next is pending."""
    return finding.last_window(page)


@register.filter
def beside(page: ApplicationGuidePage, name: str) -> str:
    """The address of what stands beside a public guide (`print`, `check`, `window`); empty for a page that is not public."""
    if not page.live or page.department is None or (name == "window" and not ics.has_events(page)):
        return ""
    return reverse(f"guide_{name}", args=[page.department.code, page.slug])


@register.filter
def day_words(day: datetime.date) -> str:
    """A day of the month shown: 12月5日（周六）."""
    return f"{day.month}月{day.day}日（周{'一二三四五六日'[day.weekday()]}）"


@register.filter
def is_open(status: WindowStatus) -> bool:
    """Whether a company can apply in that state."""
    return status in OPEN_STATUSES


@register.filter
def is_automatic(page: ApplicationGuidePage) -> bool:
    """Whether nobody applies because the money comes by itself (免申即享), by the bureau's classification of today."""
    listing = None if page.shown_version is not None else getattr(page, "listing", None)
    return listing is not None and listing.route == ApplicationRoute.NO_APPLICATION


@register.filter
def way_told(page: ApplicationGuidePage) -> str:
    """What stands under 在哪里办 of a guide that names neither an address of the web nor a place; empty for one that does."""
    if page.apply_url or page.address:
        return ""
    if page.shown_version is not None:
        return _("这一版没有写明申报方式。")
    if page.basis_ended():
        return _("不再受理申报。")
    if is_automatic(page):
        return _("不用申报，符合条件的自动兑现。")
    return _("申报方式未写明，请先拨打咨询电话确认。") if page.hotlines else _("申报方式未写明，请先向责任单位确认。")
