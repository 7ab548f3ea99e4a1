"""Trigger dates that the bureau corrected, as the event chain tells them: nobody hides a lateness by a correction (A12)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import CharField, Exists, OuterRef
from django.db.models.functions import Cast

from audit.models import Event
from policy_pages.services.register import OBJECT_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policy_pages.models import ChangeRecord


class Correction(NamedTuple):
    """What was corrected: the day (in Shanghai) registered first, the reason of the last correction and its instant."""

    registered: datetime.date
    reason: str
    at: datetime.datetime


def was_corrected() -> Exists:
    """Whether the day of a change was ever corrected, for a queryset of changes."""
    number = Cast(OuterRef("pk"), CharField())
    return Exists(Event.objects.filter(object_type=OBJECT_TYPE, object_id=number, action="change.corrected"))


def corrections_of(changes: Iterable[ChangeRecord]) -> dict[int, Correction]:
    """Return, by key of the change, what was corrected of those whose day is another than first registered. One query."""
    now = {str(change.pk): change.trigger_date for change in changes}
    events = Event.objects.filter(object_type=OBJECT_TYPE, object_id__in=now, action="change.corrected").order_by("seq")
    found: dict[str, Correction] = {}
    for event in events:
        payload, known = event.payload, found.get(event.object_id)
        first = known.registered if known else datetime.date.fromisoformat(payload["before"])
        found[event.object_id] = Correction(first, payload["reason"], event.at)
    return {int(pk): correction for pk, correction in found.items() if correction.registered != now[pk]}


def corrected_numbers() -> list[int]:
    """Return the keys of all changes whose day was ever corrected: few. One query."""
    events = Event.objects.filter(action="change.corrected").order_by()
    return [int(number) for number in events.values_list("object_id", flat=True).distinct()]
