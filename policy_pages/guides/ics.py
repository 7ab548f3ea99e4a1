"""Windows of guides as iCalendar (RFC 5545): one file a guide, one feed of all. icalendar folds and escapes.

Days are all-day dates: the closing day is the last on which one may apply, until 24:00 in Shanghai, and the exclusive DTEND
is the day after it. Whoever takes a file twice, or a file and the feed, gets each event once: its UID never changes.
"""

from __future__ import annotations

import datetime
import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Max, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import STATUS, TRANSP, Alarm, Calendar, Event

from policy_pages.enums import WindowType
from policy_pages.guides.finding import permanent_address
from policy_pages.models import ApplicationGuidePage, PublicationRecord
from policy_pages.templatetags.public import money

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

CONTENT_TYPE = "text/calendar; charset=utf-8"
#: Days before the closing day on which a reminder comes, at nine in the morning of whoever keeps the calendar.
REMINDERS = (14, 3, 1)
_NINE = datetime.timedelta(hours=9)
_DAY = datetime.timedelta(days=1)
_END = b"END:VCALENDAR\r\n"
#: How often a subscriber's program should ask again.
REFRESH = _DAY


def has_events(page: ApplicationGuidePage) -> bool:
    """Whether a guide has a day to write into a calendar: a fixed window, and at least one of its days."""
    return page.window_type == WindowType.FIXED and bool(page.window_start or page.window_end)


def with_versions(guides: QuerySet[ApplicationGuidePage]) -> QuerySet[ApplicationGuidePage]:
    """The guides, each with `published_version`, unit and category, so that writing them asks nothing more."""
    records = PublicationRecord.objects.filter(page_id=OuterRef("pk")).order_by().values("page_id")
    newest = Subquery(records.annotate(last=Max("version")).values("last"))
    return guides.annotate(published_version=newest).select_related("department", "listing__category")


def calendar_of(events: Iterable[bytes], *, name: str = "") -> bytes:
    """One VCALENDAR of what `events_of` wrote; `name` makes it a feed to subscribe."""
    calendar = Calendar()  # not `new`: that makes up a UID of the calendar, another one each time
    calendar.add("PRODID", f"-//{settings.WAGTAIL_SITE_NAME}//{_('申报日历')}//ZH")
    calendar.add("VERSION", "2.0")
    calendar.add("X-WR-TIMEZONE", settings.TIME_ZONE)
    if name:
        calendar.add("NAME", name)
        calendar.add("X-WR-CALNAME", name)
        calendar.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
        calendar.add("X-PUBLISHED-TTL", f"P{REFRESH.days}D")
    return calendar.to_ical().removesuffix(_END) + b"".join(events) + _END


def events_of(page: ApplicationGuidePage, *, cancelled: bool = False) -> bytes:
    """The VEVENTs of a guide that comes from `with_versions`.

    `cancelled` writes STATUS:CANCELLED: every basis of the guide was repealed or has lapsed, nobody can apply any more
    (T12.5). The file of one guide says so, because a copy of it may lie in somebody's calendar, and taking it anew then
    strikes the event out there; from the feed such a guide is simply gone, for what a subscribed calendar no longer has,
    its reader no longer sees.
    """
    return b"".join(event.to_ical() for event in _events(page, cancelled))


def _events(page: ApplicationGuidePage, cancelled: bool) -> list[Event]:
    events = []
    if page.window_start and not _is_needless(page, cancelled):
        events.append(_event(page, "opens", _("申报开始：%s") % page.title, page.window_start, cancelled))
    if page.window_end:
        closing = _event(page, "closes", _("申报截止：%s") % page.title, page.window_end, cancelled)
        for days in () if cancelled else REMINDERS:
            closing.add_component(_reminder(page, days))
        events.append(closing)
    return events


def _is_needless(page: ApplicationGuidePage, cancelled: bool) -> bool:
    """Whether the opening day is over and says nothing any more: only where a closing day is left to tell, and nothing to strike out."""
    return bool(page.window_end) and page.window_start < timezone.localdate() and not cancelled


def _event(page: ApplicationGuidePage, kind: str, summary: str, day: datetime.date, cancelled: bool) -> Event:
    return Event.new(
        # Of the key that the page was born with and keeps, not of its title, its number or the name of the site.
        uid=uuid.uuid5(page.translation_key, kind),
        summary=summary,
        description=_description(page),
        start=day,
        end=day + _DAY,
        # The record's instant, not that of the asking: the same state is always the same file.
        stamp=_modified(page),
        last_modified=_modified(page),
        sequence=_sequence(page, cancelled),
        status=STATUS.CANCELLED if cancelled else STATUS.CONFIRMED,
        transparency=TRANSP.TRANSPARENT,
        categories=[_("惠企政策申报"), page.listing.category.name],
        url=permanent_address(page),
    )


def _sequence(page: ApplicationGuidePage, cancelled: bool) -> int:
    """Two steps a version: a cancellation comes after the version it strikes out and before the next."""
    version = getattr(page, "published_version", None) or 1
    return 2 * (version - 1) + cancelled


def _modified(page: ApplicationGuidePage) -> datetime.datetime:
    moment = page.last_published_at or page.first_published_at
    return moment.astimezone(datetime.UTC).replace(microsecond=0)


def _reminder(page: ApplicationGuidePage, days: int) -> Alarm:
    alarm = Alarm.new(description=_("还剩 %(days)d 天：%(title)s") % {"days": days, "title": page.title})
    alarm.add("ACTION", "DISPLAY")
    alarm.add("TRIGGER", _NINE - days * _DAY)
    return alarm


def _description(page: ApplicationGuidePage) -> str:
    """Amount, last instant, who answers when, and where the whole text stands."""
    lines = [_("最高金额：%s") % money(page.amount_max)] if page.amount_max is not None else []
    if page.window_end:
        lines.append(_("截止：%s，含当日，到 24:00 止（北京时间）") % f"{page.window_end:%Y-%m-%d}")
    lines.append(_("责任单位：%s") % page.department.name)
    for row in page.hotlines:
        hours = f"（{row.value['hours']}）" if row.value["hours"] else ""
        lines.append(_("咨询电话：%s") % f"{row.value['number']}{hours}")
    lines.append(_("以网页为准：%s") % permanent_address(page))
    return "\n".join(lines)
