"""The working-day calendar as the tables hold it now."""

import hashlib
from datetime import date
from functools import lru_cache

from ..models import CalendarOverride, CalendarYear
from ..rules import WorkCalendar

_VERSION_LENGTH = 16


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
    lines += [f"{day:%Y-%m-%d} {'work' if is_workday else 'rest'}" for day, is_workday in overrides]
    return WorkCalendar(
        years=frozenset(years),
        rest_days=frozenset(day for day, is_workday in overrides if not is_workday),
        work_days=frozenset(day for day, is_workday in overrides if is_workday),
        version=hashlib.sha256("\n".join(lines).encode()).hexdigest()[:_VERSION_LENGTH],
    )
