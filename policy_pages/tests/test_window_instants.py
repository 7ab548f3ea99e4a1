"""The window status, second by second: page, list and an oracle of their own agree, and nothing of it is stored (A11, T11.5).

The oracle speaks of instants and not of days: a window is open from 00:00 of its first day to 24:00 of its last, in
Shanghai, whatever the server's clock or the date elsewhere says.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, example, find, given, settings
from hypothesis import strategies as st

from policy_pages.enums import WindowStatus
from policy_pages.models import ApplicationGuidePage
from policy_pages.services.listed import relist
from policy_pages.tests.public_reading import in_order, words
from policy_pages.tests.test_public_lists import shelve_guide
from policy_pages.views.counting import columns
from policy_pages.views.rows import all_rows, row_values
from tests.matrix.surgery import applied, one

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from accounts.models import Department

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = datetime.timedelta(days=1)
#: 即将截止 begins so many days before the end (HUIQITONG_CLOSING_SOON_DAYS).
SOON = 7 * DAY
Window = tuple[str, datetime.date | None, datetime.date | None]


# --- Oracle -------------------------------------------------------------------------------------------------------------


def instant(day: datetime.date) -> datetime.datetime:
    """00:00 of a day in Shanghai."""
    return datetime.datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def oracle(window: Window, now: datetime.datetime) -> str:
    """What the regulation says of a window at an instant."""
    type_, start, end = window
    if type_ != "fixed_window":
        return "year_round" if type_ == "year_round" else "pending"
    if end and now >= instant(end + DAY):
        return "closed"
    if start and now < instant(start):
        return "upcoming"
    if not start or not end:
        return "pending"
    return "closing" if instant(end + DAY) - now <= SOON else "open"


def moments(window: Window) -> Iterator[datetime.datetime]:
    """Two seconds before to two seconds after each instant at which something could change, and the turn of the year."""
    _type, start, end = window
    edges = {instant(datetime.date(2027, 1, 1))}
    if start:
        edges |= {instant(start), instant(start + DAY)}
    if end:
        edges |= {instant(end), instant(end + DAY), instant(end + DAY) - SOON}
    for edge in sorted(edges):
        for seconds in range(-2, 3):
            yield edge + datetime.timedelta(seconds=seconds)


# --- What is held against it --------------------------------------------------------------------------------------------


def set_window(guide: ApplicationGuidePage, window: Window) -> ApplicationGuidePage:
    type_, start, end = window
    ApplicationGuidePage.objects.filter(pk=guide.pk).update(window_type=type_, window_start=start, window_end=end)
    relist([guide.pk])
    return ApplicationGuidePage.objects.get(pk=guide.pk)


def disagreement(guide: ApplicationGuidePage, window: Window) -> str:
    """The first instant at which page or list says something else than the oracle; empty for none."""
    page = set_window(guide, window)
    for now in moments(window):
        # The clock of the server is that of Greenwich: only the zone can bring the day of Shanghai.
        with time_machine.travel(now.astimezone(datetime.UTC), tick=False):
            today = datetime.datetime.now(SHANGHAI).date()
            listed = row_values(all_rows().filter(pk=guide.pk), today).get()["window"]
            counted = [state for state in WindowStatus if columns().in_state([state], today)]
            said = {"oracle": oracle(window, now), "page": str(page.window_status()), "list": listed}
            said |= {"facets": "、".join(counted)}
        if len(set(said.values())) > 1:
            return f"{window} at {now}: {said}"
    return ""


days = st.dates(datetime.date(2026, 1, 1), datetime.date(2027, 12, 31))
#: Every type; fixed windows of one day to two years, some of which lack a day as stock may.
windows = st.one_of(
    st.tuples(st.sampled_from(["year_round", "window_pending", ""]), st.none(), st.none()),
    st.tuples(st.just("year_round"), days, st.none()),
    st.tuples(days, st.integers(0, 700)).map(lambda pair: ("fixed_window", pair[0], pair[0] + pair[1] * DAY)),
    st.tuples(st.just("fixed_window"), days | st.none(), st.none()),
    st.tuples(st.just("fixed_window"), st.none(), days),
)
#: Any counterexample will do; the smallest would take minutes.
QUICK = settings(max_examples=50, phases=[Phase.generate])
NEW_YEARS_EVE: Window = ("fixed_window", datetime.date(2026, 12, 31), datetime.date(2026, 12, 31))
ACROSS: Window = ("fixed_window", datetime.date(2026, 12, 28), datetime.date(2027, 1, 1))


@pytest.fixture
def guide(kjj: Department) -> Any:
    return shelve_guide(kjj, "研发补助")


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(window=windows)
@example(window=NEW_YEARS_EVE)
@example(window=ACROSS)
@example(window=("fixed_window", datetime.date(2028, 2, 29), datetime.date(2028, 2, 29)))
def test_page_and_list_agree_with_the_oracle_at_every_second(guide: Any, window: Window) -> None:
    assert disagreement(guide, window) == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "where", "old", "new"),
    [
        ("policy_pages.rules", "window_status", "today > window.end", "today >= window.end"),
        ("policy_pages.rules", "window_status", "today < window.start", "today <= window.start"),
        ("policy_pages.rules", "window_status", "< soon_days", "<= soon_days"),
        ("policy_pages.views.rows", "with_window", "window_end__lt=today", "window_end__lte=today"),
        ("policy_pages.views.rows", "with_window", "window_start__gt=", "window_start__gte="),
    ],
)
def test_a_window_that_ends_too_early_is_found(guide: Any, module: str, where: str, old: str, new: str) -> None:
    """The power of the property: a window that ends at 00:00 of its last day, or is off by a day elsewhere."""
    fixed = windows.filter(lambda window: window[1] and window[2])
    with applied(one(module, where, old, new)):
        found = find(fixed, lambda window: disagreement(guide, window) != "", settings=QUICK)
    assert disagreement(guide, found) == ""


# --- What a visitor reads -----------------------------------------------------------------------------------------------

LABELS = {value: str(label) for value, label in WindowStatus.choices}


@pytest.mark.parametrize("window", [NEW_YEARS_EVE, ACROSS, ("year_round", None, None), ("window_pending", None, None)])
def test_the_public_page_says_it_at_every_second(client: Client, guide: Any, window: Window) -> None:
    page = set_window(guide, window)
    edges = [moment for edge in ("2026-12-28", "2026-12-31", "2027-01-01", "2027-01-02") for moment in around(edge)]
    for now in edges:
        with time_machine.travel(now, tick=False):
            html = client.get(f"/policies/kjj/{page.slug}/").content.decode()
            listed = client.get("/guides/").content.decode()
        label = LABELS[oracle(window, now)]
        band = words(html.split('<dl class="band"', 1)[1].split("</dl>", 1)[0])
        assert in_order(band, "现在能报吗", label, "截止"), now
        row = words(listed.split('<p class="row__state">', 1)[1].split("</p>", 1)[0])
        assert row.strip().startswith(label), now


def around(day: str) -> list[datetime.datetime]:
    edge = instant(datetime.date.fromisoformat(day))
    return [edge - datetime.timedelta(seconds=1), edge, edge + datetime.timedelta(seconds=1)]


def test_a_status_is_stored_nowhere(client: Client, guide: Any) -> None:
    stored = {field.name for field in ApplicationGuidePage._meta.concrete_fields}
    assert {name for name in stored if "window" in name} == {
        "window_type",
        "window_start",
        "window_end",
        "window_decided_on",
        "window_note",
    }
    values = set(WindowStatus.values) - {"year_round"}  # which is a type too
    for field in ApplicationGuidePage._meta.concrete_fields:
        assert not values & {value for value, _label in field.flatchoices}, field
    set_window(guide, NEW_YEARS_EVE)
    before = ApplicationGuidePage.objects.filter(pk=guide.pk).values().get()
    for moment in moments(NEW_YEARS_EVE):
        with time_machine.travel(moment, tick=False):
            client.get(f"/policies/kjj/{guide.slug}/")
    assert ApplicationGuidePage.objects.filter(pk=guide.pk).values().get() == before
