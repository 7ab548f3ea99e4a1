"""The working-day calendar: as the tables hold it now, and the one way to change it."""

import hashlib
from datetime import date
from functools import lru_cache
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils import timezone

from ..models import CalendarOverride, CalendarVersion, CalendarYear
from ..rules import WorkCalendar
from .events import record

_VERSION_LENGTH = 32
_WORK, _REST = "work", "rest"
#: What of a row is told in the event of its change.
_TOLD = {CalendarYear: ("year", "confirmed", "notice"), CalendarOverride: ("day", "is_workday", "source")}


def current_calendar() -> WorkCalendar:
    """Return the calendar of the confirmed years. Two small queries, no side effect.

    The rows themselves are the key of the cache, so it cannot be stale: not after a bulk update, a rolled back
    transaction or another process's change. The version is a hash of the contents: equal contents, equal version.
    """
    years = CalendarYear.objects.filter(confirmed=True).order_by("year").values_list("year", flat=True)
    overrides = CalendarOverride.objects.order_by("day").values_list("day", "is_workday")
    return _build(tuple(years), tuple(overrides))


@lru_cache(maxsize=4)
def _build(years: tuple[int, ...], overrides: tuple[tuple[date, bool], ...]) -> WorkCalendar:
    lines = [str(year) for year in years]
    lines += [f"{day:%Y-%m-%d} {_WORK if is_workday else _REST}" for day, is_workday in overrides]
    return read_calendar("\n".join(lines))


def read_calendar(content: str) -> WorkCalendar:
    """Return the calendar that the content of a `CalendarVersion` describes, named by the hash of that content."""
    years, days = [], {_WORK: [], _REST: []}  # type: ignore[var-annotated]
    for line in content.splitlines():
        day, _space, kind = line.partition(" ")
        if kind:
            days[kind].append(date.fromisoformat(day))
        else:
            years.append(int(day))
    return WorkCalendar(
        years=frozenset(years),
        rest_days=frozenset(days[_REST]),
        work_days=frozenset(days[_WORK]),
        version=hashlib.sha256(content.encode()).hexdigest()[:_VERSION_LENGTH],
    )


def calendar_content(calendar: WorkCalendar) -> str:
    """Return what `read_calendar` reads: a line for each year, then one for each day that differs from its weekday."""
    days = [(day, _REST) for day in calendar.rest_days] + [(day, _WORK) for day in calendar.work_days]
    return "\n".join([*map(str, sorted(calendar.years)), *(f"{day:%Y-%m-%d} {kind}" for day, kind in sorted(days))])


def keep_version(calendar: WorkCalendar) -> None:
    """Keep the calendar's contents for ever, unless they are kept: something is about to be computed with it."""
    if not CalendarVersion.objects.filter(version=calendar.version).exists():
        CalendarVersion.objects.get_or_create(
            version=calendar.version, defaults={"content": calendar_content(calendar), "kept_at": timezone.now()}
        )


@transaction.atomic
def change_calendar(*, row: CalendarYear | CalendarOverride, actor: AbstractUser | None) -> int:
    """Save a new or changed row, announce the clocks' last days anew and return how many moved.

    Writes "clock.refreshed" for each clock that moved, then "calendar.changed"; nothing at all if nothing changed.
    """
    before = _told(type(row), row.pk)
    row._history_user = actor  # type: ignore[union-attr]  # read by simple-history
    row.save()
    return _announce(row, row.pk, before, _told(type(row), row.pk), actor)


@transaction.atomic
def remove_override(*, override: CalendarOverride, actor: AbstractUser | None) -> int:
    """Delete a day that was entered, so that it follows its weekday again; else as `change_calendar`."""
    pk, before = override.pk, _told(CalendarOverride, override.pk)
    override._history_user = actor  # type: ignore[attr-defined]  # read by simple-history
    override.delete()
    return _announce(override, pk, before, None, actor)


def _told(model: type[CalendarYear] | type[CalendarOverride], pk: Any) -> dict[str, Any] | None:
    """Return the row as it is stored, under lock; None if it is not."""
    return model._base_manager.select_for_update().filter(pk=pk).values(*_TOLD[model]).first()


def _announce(
    row: CalendarYear | CalendarOverride,
    pk: int | None,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    actor: AbstractUser | None,
) -> int:
    from .clocks import refresh_clocks  # the clocks read the calendar

    if before == after:
        return 0
    # First the clocks, which locks their rows: the chain is locked last of all.
    refreshed = refresh_clocks(actor=actor)
    record(
        action="calendar.changed",
        actor=actor,
        object_type=row._meta.label_lower,
        object_id=pk,
        object_label=str(row),
        payload={
            "before": before,
            "after": after,
            "calendar_version": current_calendar().version,
            "clocks_refreshed": refreshed,
        },
    )
    return refreshed
