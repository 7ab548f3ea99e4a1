"""The working-day calendar: as the tables hold it now, and the one way to change it."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ..errors import Conflict
from ..models import CalendarOverride, CalendarVersion, CalendarYear, DutyClock
from ..rules import WorkCalendar
from .events import record

_VERSION_LENGTH = 32
_WORK, _REST = "work", "rest"
_SATURDAY = 5
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


# --- A whole year from its notice ------------------------------------------------------------------------------


@dataclass(frozen=True)
class DayChange:
    """A day that will not be what it is stored as. None: it follows, or will follow, its weekday."""

    day: date
    was: bool | None
    becomes: bool | None


@dataclass(frozen=True)
class ClockEffect:
    """What a calendar does to the running clocks: gaps that close, last days that move, last days that get lost."""

    settled: int
    moved: int
    hidden: int


@dataclass(frozen=True)
class YearPlan:
    """What entering a year would do; nothing is written.

    `stored` and `entered` are day -> worked, as it is and as it will be, without the days that a neighbour's notice
    keeps; `calendar` the calendar afterwards, `seen` the version it would replace. `is_again`: the year is confirmed
    already; a change of it then needs a reason.
    """

    year: int
    notice: str
    stored: dict[date, bool]
    entered: dict[date, bool]
    sources: dict[date, str]
    calendar: WorkCalendar
    seen: str
    is_again: bool
    is_same_notice: bool

    @property
    def changes(self) -> list[DayChange]:
        """The days that differ, in order."""
        days = sorted(self.stored.keys() | self.entered.keys())
        changes = [DayChange(day, self.stored.get(day), self.entered.get(day)) for day in days]
        return [change for change in changes if change.was != change.becomes]

    @property
    def is_needless(self) -> bool:
        """The year stands so already."""
        return self.is_again and self.is_same_notice and not self.changes

    @property
    def needs_reason(self) -> bool:
        """Verdicts may rest on what is changed here."""
        return self.is_again and not self.is_needless


@dataclass(frozen=True)
class EnteredYear:
    """What came of entering a year; `refreshed` clocks were announced anew, `running` tells of those that still run."""

    plan: YearPlan
    refreshed: int
    running: ClockEffect


def plan_year(*, year: int, notice: str, rest_days: Collection[date], work_days: Collection[date]) -> YearPlan:
    """Compare the days of `notice` (name and document number) with what is stored. Four small queries, no write.

    `rest_days` are weekdays off, `work_days` weekend days worked; December before and January after the year may be
    among them. The days of a year belong to its own notice, but for those that a neighbour's notice has set in these
    two months. Raises ValueError for what no notice of this year can say.
    """
    entered = {**dict.fromkeys(rest_days, False), **dict.fromkeys(work_days, True)}
    _refuse_impossible(year, notice, rest_days, work_days)
    notices = dict(CalendarYear.objects.filter(year__in=(year - 1, year, year + 1)).values_list("year", "notice"))
    own = notices.pop(year, None)
    around = CalendarOverride.objects.filter(day__range=(date(year - 1, 12, 1), date(year + 1, 1, 31)))
    rows = [row for row in around if row.day in entered or _belongs(row, year, own, set(notices.values()))]
    stored = {row.day: row.is_workday for row in rows}
    before = current_calendar()
    return YearPlan(
        year=year,
        notice=notice,
        stored=stored,
        entered=dict(sorted(entered.items())),
        sources={row.day: row.source for row in rows},
        calendar=_with(before, year, stored, entered),
        seen=before.version,
        is_again=year in before.years,
        is_same_notice=own == notice and all(row.source == notice for row in rows),
    )


def _refuse_impossible(year: int, notice: str, rest_days: Collection[date], work_days: Collection[date]) -> None:
    near = (date(year - 1, 12, 1), date(year + 1, 1, 31))
    if not notice.strip():
        raise ValueError(_("请填写依据：国务院办公厅通知的名称和文号。"))
    if not any(day.year == year for day in rest_days):
        raise ValueError(_("%s 年没有放假的工作日。") % year)
    if not all(near[0] <= day <= near[1] for day in (*rest_days, *work_days)):
        raise ValueError(_("只能录入 %s 年及其前后一个月的日子。") % year)
    if any(day.weekday() >= _SATURDAY for day in rest_days) or any(day.weekday() < _SATURDAY for day in work_days):
        raise ValueError(_("只录与平常不同的日子：周一至周五放假，周六、周日上班。"))


def _belongs(row: CalendarOverride, year: int, own: str | None, neighbours: set[str]) -> bool:
    """Whether the row falls when the year is entered: by its day, or as a day that the year's own notice set beside it."""
    is_inside = row.day.year == year
    if row.source == own:
        return is_inside or own not in neighbours
    return is_inside and not (row.day.month in {1, 12} and row.source in neighbours)


def _with(before: WorkCalendar, year: int, stored: dict[date, bool], entered: dict[date, bool]) -> WorkCalendar:
    days = dict.fromkeys(before.rest_days, False) | dict.fromkeys(before.work_days, True)
    kept = {day: is_workday for day, is_workday in days.items() if day not in stored}
    return _build(tuple(sorted(before.years | {year})), tuple(sorted((kept | entered).items())))


def planned_calendar(row: CalendarYear | CalendarOverride, *, is_removed: bool = False) -> WorkCalendar:
    """Return the calendar as it would be with this row saved, or removed. Two or three small queries, no write."""
    now = current_calendar()
    years, days = set(now.years), dict.fromkeys(now.rest_days, False) | dict.fromkeys(now.work_days, True)
    if isinstance(row, CalendarYear):
        (years.add if row.confirmed else years.discard)(row.year)
    else:
        stored = CalendarOverride.objects.filter(pk=row.pk).values_list("day", flat=True).first()
        if stored:
            days.pop(stored, None)
        if not is_removed:
            days[row.day] = row.is_workday
    return _build(tuple(sorted(years)), tuple(sorted(days.items())))


def clock_effect(calendar: WorkCalendar) -> ClockEffect:
    """Tell what `calendar` would do to the clocks that run. One query, no write."""
    clocks = DutyClock.objects.open().select_related("rule")
    return _effect((clock.due_on, clock.verdict(calendar=calendar).due) for clock in clocks.iterator())


def _effect(dues: Any) -> ClockEffect:
    """Count pairs of last day before and after."""
    settled = moved = hidden = 0
    for before, after in dues:
        if before != after:
            settled += before is None
            hidden += after is None
            moved += None not in (before, after)
    return ClockEffect(settled, moved, hidden)


@transaction.atomic
def enter_year(
    *,
    year: int,
    notice: str,
    rest_days: Collection[date],
    work_days: Collection[date],
    actor: AbstractUser | None,
    reason: str = "",
    seen: str = "",
) -> EnteredYear:
    """Replace the days of `year` by those of its notice, confirm the year and announce the clocks' last days anew.

    Arguments as of `plan_year`; each row's source is the notice. A year that is confirmed already needs a `reason` to
    be changed. `seen` is the version of the calendar on which the actor decided, empty to decide on any. Writes
    "clock.refreshed" for each clock that moved, then one "calendar.year_entered"; nothing at all if the year stands
    so already. Raises ValueError for what no notice can say and without a reason, Conflict if another has changed the
    calendar since `seen`.
    """
    from .clocks import refresh_clocks  # the clocks read the calendar

    _refuse_impossible(year, notice, rest_days, work_days)
    row, _created = CalendarYear.objects.get_or_create(year=year)
    row = CalendarYear.objects.select_for_update().get(pk=row.pk)
    was = {"confirmed": row.confirmed, "notice": row.notice}
    plan = plan_year(year=year, notice=notice, rest_days=rest_days, work_days=work_days)
    if seen and plan.seen != seen:
        raise Conflict(_("其间有人修改了工作日历，请重新核对后再确认。"))
    if plan.is_needless:
        return EnteredYear(plan, 0, ClockEffect(0, 0, 0))
    if plan.needs_reason and not reason.strip():
        raise ValueError(_("%s 年已经录入并确认，修改要写明理由。") % year)
    _replace_days(plan, actor)
    row.confirmed, row.notice = True, notice
    row._history_user = actor  # type: ignore[attr-defined]  # read by simple-history
    row.save()
    # First the clocks, which locks their rows: the chain is locked last of all.
    before = dict(DutyClock.objects.open().values_list("pk", "due_on"))
    refreshed = refresh_clocks(actor=actor)
    after = dict(DutyClock.objects.open().values_list("pk", "due_on"))
    running = _effect((before[pk], after[pk]) for pk in before.keys() & after.keys())
    _record_year(plan, was, refreshed, running, reason, row, actor)
    return EnteredYear(plan, refreshed, running)


def _replace_days(plan: YearPlan, actor: AbstractUser | None) -> None:
    """Write what differs, row by row, so that simple-history keeps each."""
    rows = {
        row.day: row
        for row in CalendarOverride.objects.select_for_update().filter(day__in=[*plan.stored, *plan.entered])
    }
    for day, row in rows.items():
        if day not in plan.entered:
            row._history_user = actor  # type: ignore[attr-defined]  # read by simple-history
            row.delete()
    for day, is_workday in plan.entered.items():
        row = rows.get(day) or CalendarOverride(day=day)
        if (row.is_workday, row.source) != (is_workday, plan.notice):
            row.is_workday, row.source = is_workday, plan.notice
            row._history_user = actor  # type: ignore[attr-defined]  # read by simple-history
            row.save()


def _record_year(
    plan: YearPlan,
    was: dict[str, Any],
    refreshed: int,
    running: ClockEffect,
    reason: str,
    row: CalendarYear,
    actor: AbstractUser | None,
) -> None:
    record(
        action="calendar.year_entered",
        actor=actor,
        object_type=row._meta.label_lower,
        object_id=row.pk,
        object_label=str(row),
        payload={
            "year": plan.year,
            "before": {**was, **_lists(plan.stored)},
            "after": {"confirmed": True, "notice": plan.notice, **_lists(plan.entered)},
            "reason": reason.strip(),
            "calendar_version": current_calendar().version,
            "clocks_refreshed": refreshed,
            "clocks_settled": running.settled,
            "clocks_moved": running.moved,
            "clocks_hidden": running.hidden,
        },
    )


def _lists(days: dict[date, bool]) -> dict[str, list[date]]:
    return {
        "rest_days": sorted(day for day, is_workday in days.items() if not is_workday),
        "work_days": sorted(day for day, is_workday in days.items() if is_workday),
    }
