"""`/calendar/`: which windows open and close on which day of a month, and what a visitor may subscribe to."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db.models import F, Max, Min, Q
from django.utils.translation import gettext as _

from policy_pages.enums import WindowType
from policy_pages.guides.rules import Month, month_of
from policy_pages.views.choices import GUIDES, Choice, Facet, Shelf, options
from policy_pages.views.facets import filter_labels
from policy_pages.views.rows import Row, all_rows, row_values, rows

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import QueryDict

START, END = "window_start", "window_end"
#: Days for which a subscribed calendar still shows a window that is over.
SHOWN_AFTER_END = 30
#: Days from today of which this month tells, across its end.
SHOWN_AHEAD = 14


def shelf(path: str) -> Shelf:
    """The calendar at an address, or its feed: what it can be narrowed by."""
    return Shelf(path, ("category", "department"))


@dataclass(frozen=True)
class Filters:
    """The choice made at an address and the words there are to choose from, by name: code to label."""

    shelf: Shelf
    choice: Choice
    labels: dict[str, dict[str, str]]

    @property
    def query(self) -> str:
        """The query string of the choice, empty for none."""
        return self.shelf.query(self.choice)

    def facets(self) -> list[Facet]:
        """Categories and units, the first of each 全部."""
        headings = {"category": _("清单类别"), "department": _("单位")}
        return [
            Facet(name, headings[name], options(self.shelf, self.choice, name, {"": _("全部"), **words}))
            for name, words in self.labels.items()
        ]

    def listed(self, window: str) -> str:
        """The address of the list of guides in that state of window, narrowed in the same way."""
        return GUIDES.address(replace(self.choice, window=window))

    def words(self) -> str:
        """What is chosen, in words; empty for everything."""
        return "、".join(self.labels[name][code] for name, code in self.shelf.words(self.choice).items())


@dataclass(frozen=True)
class Entry:
    """A window that opens, or closes, on a day."""

    is_end: bool
    row: Row


@dataclass(frozen=True)
class Day:
    """One day with what happens on it: closing first."""

    date: datetime.date
    is_today: bool
    entries: tuple[Entry, ...]

    @property
    def anchor(self) -> str:
        """Its name on the page, which may show days of two months."""
        return f"d{self.date:%m-%d}"

    @property
    def closing(self) -> int:
        """How many windows close."""
        return sum(entry.is_end for entry in self.entries)

    @property
    def opening(self) -> int:
        """How many windows open."""
        return len(self.entries) - self.closing


def read_filters(asked: QueryDict, path: str) -> Filters:
    """What `?category=&department=` chooses; a word that is none of ours chooses nothing. Three queries."""
    own = shelf(path)
    labels = filter_labels(own)
    chosen = {name: asked.get(name, "") for name in labels}
    choice = Choice(**{name: value for name, value in chosen.items() if value in labels[name]})
    return Filters(own, choice, labels)


def windows(choice: Choice, today: datetime.date) -> QuerySet:
    """Public guides with a fixed window. One closed for ever, because every basis of it was repealed or lapsed, is none (T12.5)."""
    pages = all_rows().filter(window_type=WindowType.FIXED).exclude(basis_ended_from__lte=today)
    if choice.department:
        pages = pages.filter(department__code=choice.department)
    if choice.category:
        pages = pages.filter(category__code=choice.category)
    return pages


def days_of(month: Month, pages: QuerySet, today: datetime.date) -> list[Day]:
    """The days of a month on which something opens or closes, in order; one query.

    Of this month also today, and whatever follows within 14 days beyond its end.
    """
    is_now = month_of(today) == month
    after = max(month.after, today + datetime.timedelta(days=SHOWN_AHEAD + 1)) if is_now else month.after
    in_month = {"gte": month.first, "lt": after}
    here = Q(**{f"{START}__{k}": v for k, v in in_month.items()}) | Q(**{f"{END}__{k}": v for k, v in in_month.items()})
    found: dict[datetime.date, list[Entry]] = {today: []} if is_now else {}
    for row in rows(row_values(pages.filter(here), today).order_by("title", "pk"), today):
        for day, is_end in ((row.closes_on, True), (row.opens_on, False)):
            if day and month.first <= day < after:
                found.setdefault(day, []).append(Entry(is_end, row))
    return [
        Day(day, day == today, tuple(sorted(entries, key=lambda entry: not entry.is_end)))
        for day, entries in sorted(found.items())
    ]


def groups_of(month: Month, days: list[Day], today: datetime.date) -> dict[str, list[Day]]:
    """The days as a page lists them: of this month first what is to come, then beyond its end, what is over last."""
    is_now = month_of(today) == month
    past = [day for day in days if is_now and day.date < today]
    ahead = [day for day in days if day.date >= month.after]
    return {"days": days[len(past) : len(days) - len(ahead)], "ahead": ahead, "past": past}


def neighbours(month: Month, pages: QuerySet) -> tuple[Month | None, Month | None]:
    """The nearest months before and after in which something opens or closes; None where there is none. One query."""
    edges = pages.order_by().aggregate(
        start_before=Max(START, filter=Q(**{f"{START}__lt": month.first})),
        end_before=Max(END, filter=Q(**{f"{END}__lt": month.first})),
        start_after=Min(START, filter=Q(**{f"{START}__gte": month.after})),
        end_after=Min(END, filter=Q(**{f"{END}__gte": month.after})),
    )
    before = [edges[name] for name in ("start_before", "end_before") if edges[name]]
    after = [edges[name] for name in ("start_after", "end_after") if edges[name]]
    return (month_of(max(before)) if before else None, month_of(min(after)) if after else None)


def weeks_of(month: Month, days: list[Day]) -> list[list[Day | None]]:
    """The month as weeks from Monday, for a table: None outside the month, a day without entries where nothing happens."""
    known = {day.date: day for day in days}
    length = (month.after - month.first).days
    dates = [month.first + datetime.timedelta(days=number) for number in range(length)]
    cells: list[Day | None] = [None] * month.first.weekday()
    cells += [known.get(date, Day(date, is_today=False, entries=())) for date in dates]
    cells += [None] * (-len(cells) % 7)
    return [cells[place : place + 7] for place in range(0, len(cells), 7)]


def subscribed(choice: Choice, today: datetime.date) -> QuerySet:
    """Ids of the guides in the feed: what closes in the future, or closed at most 30 days ago."""
    since = today - datetime.timedelta(days=SHOWN_AFTER_END)
    return windows(choice, today).filter(**{f"{END}__gte": since}).values(guide=F("pk"))


def context(month: Month, filters: Filters, today: datetime.date) -> dict[str, Any]:
    """Everything `calendar.html` shows of a month."""
    pages = windows(filters.choice, today)
    days = days_of(month, pages, today)
    before, after = neighbours(month, pages)
    facets = filters.facets()
    return {
        "month": month,
        "this_month": month_of(today),
        "today": today,
        "groups": groups_of(month, days, today),
        "has_entries": any(day.entries for day in days if day.date < month.after),
        "has_days": any(day.entries for day in days),
        "weeks": weeks_of(month, days),
        "before": before,
        "after": after,
        "shelf": filters.shelf,
        "query": filters.query,
        "chosen_words": filters.words(),
        "facets": facets,
        "chips": [facet for facet in facets if facet.chosen],
        "year_round": filters.listed("year_round"),
        "pending": filters.listed("pending"),
    }
