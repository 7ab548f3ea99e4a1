from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import enums, rules
from audit.rules import CalendarGap, WorkCalendar, add_workdays, due_at, due_date, local_date, verdict, workdays_elapsed

from .factories import FIRST_DAY, LAST_DAY, library_calendar, shared_workdays

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = library_calendar()


def day(text: str) -> date:
    return date.fromisoformat(text)


def naive_nth_workday(start: date, n: int) -> date:
    """Ask the library day by day; it knows nothing of our code."""
    while n > 0:
        start += timedelta(days=1)
        if chinese_calendar.is_workday(start):
            n -= 1
    return start


# --- Working days -------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not shared_workdays(), reason="../shared/data/workdays.csv is not here")
def test_there_are_24_hand_checked_rows() -> None:
    assert len(shared_workdays()) == 24


@pytest.mark.parametrize(("start", "due"), shared_workdays())
def test_third_working_day_as_checked_by_hand(calendar: WorkCalendar, start: date, due: date | None) -> None:
    if due is None:
        with pytest.raises(CalendarGap):
            add_workdays(start, 3, calendar)
    else:
        assert add_workdays(start, 3, calendar) == due


@given(st.dates(FIRST_DAY, LAST_DAY - timedelta(days=60)), st.integers(0, 30))
def test_agrees_with_a_walk_day_by_day(start: date, n: int) -> None:
    assert add_workdays(start, n, CALENDAR) == naive_nth_workday(start, n)


@given(st.dates(FIRST_DAY, LAST_DAY), st.dates(FIRST_DAY, LAST_DAY))
def test_elapsed_agrees_with_the_library(start: date, end: date) -> None:
    later = [start + timedelta(days=i) for i in range(1, (end - start).days + 1)]
    assert workdays_elapsed(start, end, CALENDAR) == sum(map(chinese_calendar.is_workday, later))


@given(st.dates(FIRST_DAY, LAST_DAY - timedelta(days=60)), st.integers(1, 30))
def test_elapsed_undoes_adding(start: date, n: int) -> None:
    due = add_workdays(start, n, CALENDAR)
    assert workdays_elapsed(start, due, CALENDAR) == n
    assert workdays_elapsed(start, due - timedelta(days=1), CALENDAR) == n - 1


def test_every_day_of_the_library_is_the_same(calendar: WorkCalendar) -> None:
    current = FIRST_DAY
    while current <= LAST_DAY:
        assert calendar.is_workday(current) == chinese_calendar.is_workday(current), current
        current += timedelta(days=1)


def test_zero_days_is_the_day_itself_even_a_rest_day_or_an_unknown_one(calendar: WorkCalendar) -> None:
    assert add_workdays(day("2026-10-01"), 0, calendar) == day("2026-10-01")
    assert add_workdays(day("2030-01-01"), 0, calendar) == day("2030-01-01")


def test_across_new_year_2027_is_a_gap_that_names_the_year(calendar: WorkCalendar) -> None:
    with pytest.raises(CalendarGap) as caught:
        add_workdays(day("2026-12-29"), 3, calendar)
    assert caught.value.year == 2027
    assert "2027" in str(caught.value)


def test_a_year_before_the_first_known_is_a_gap(calendar: WorkCalendar) -> None:
    with pytest.raises(CalendarGap):
        calendar.is_workday(day("2003-12-31"))


def test_negative_limits_are_refused(calendar: WorkCalendar) -> None:
    with pytest.raises(ValueError, match="negative"):
        add_workdays(day("2026-03-02"), -1, calendar)
    with pytest.raises(ValueError, match="negative"):
        due_date(day("2026-03-02"), -1, calendar, rules.CALENDAR)


def test_elapsed_is_zero_backwards_and_on_the_same_day(calendar: WorkCalendar) -> None:
    assert workdays_elapsed(day("2026-03-12"), day("2026-03-12"), calendar) == 0
    assert workdays_elapsed(day("2026-03-12"), day("2026-03-02"), calendar) == 0


# --- Instants -----------------------------------------------------------------------------------------------------


def test_due_instant_is_midnight_after_the_day_in_shanghai() -> None:
    assert due_at(day("2026-03-12"), SHANGHAI).isoformat() == "2026-03-13T00:00:00+08:00"


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (datetime(2026, 3, 8, 15, 59, 59, tzinfo=UTC), "2026-03-08"),
        (datetime(2026, 3, 8, 16, 0, tzinfo=UTC), "2026-03-09"),
        (datetime(2026, 3, 12, 23, 59, 59, tzinfo=SHANGHAI), "2026-03-12"),
        (datetime(2026, 3, 13, 0, 0, tzinfo=SHANGHAI), "2026-03-13"),
    ],
)
def test_local_date_turns_at_shanghai_midnight(instant: datetime, expected: str) -> None:
    assert local_date(instant, SHANGHAI) == day(expected)


def test_local_date_refuses_naive() -> None:
    with pytest.raises(ValueError, match="time zone"):
        local_date(datetime(2026, 3, 12), SHANGHAI)


@pytest.mark.parametrize(("utc", "due"), [("15:59", "2026-03-11"), ("16:30", "2026-03-12")])
def test_the_trigger_day_is_the_local_one(calendar: WorkCalendar, utc: str, due: str) -> None:
    trigger = local_date(datetime.fromisoformat(f"2026-03-08T{utc}:00+00:00"), SHANGHAI)
    assert add_workdays(trigger, 3, calendar) == day(due)


# --- Calendar days (A20 "10日": calendar days, roll forward, 民法典203) ---------------------------------------------


@pytest.mark.parametrize(
    ("trigger", "limit", "due"),
    [
        ("2026-03-02", 10, "2026-03-12"),  # a Thursday
        ("2026-03-03", 11, "2026-03-16"),  # Saturday 14 rolls to Monday
        ("2026-09-21", 10, "2026-10-08"),  # National Day rolls behind the holidays
        ("2026-09-10", 10, "2026-09-20"),  # a make-up Sunday is a working day
    ],
)
def test_calendar_days_roll_to_a_working_day(calendar: WorkCalendar, trigger: str, limit: int, due: str) -> None:
    assert due_date(day(trigger), limit, calendar, rules.CALENDAR) == day(due)


# --- Verdicts -----------------------------------------------------------------------------------------------------

#: trigger, finished, today, code, due, used, gap year; limit 3 working days (A12)
VERDICTS = [
    # trigger Thu 2026-03-12: Fri 13, Mon 16, Tue 17
    ("2026-03-12", "2026-03-12", "2026-06-01", "on_time", "2026-03-17", 0, None),
    ("2026-03-12", "2026-03-10", "2026-06-01", "on_time", "2026-03-17", 0, None),  # public before its trigger
    ("2026-03-12", "2026-03-17", "2026-06-01", "on_time", "2026-03-17", 3, None),
    ("2026-03-12", "2026-03-18", "2026-06-01", "late", "2026-03-17", 4, None),
    ("2026-03-12", None, "2026-03-12", "running", "2026-03-17", 0, None),
    ("2026-03-12", None, "2026-03-17", "running", "2026-03-17", 3, None),
    ("2026-03-12", None, "2026-03-18", "overdue", "2026-03-17", 4, None),
    # due on a Friday, done on the Saturday: the limit ended at 24:00 of Friday
    ("2026-03-10", "2026-03-14", "2026-06-01", "late", "2026-03-13", 3, None),
    # over Spring Festival
    ("2026-02-13", "2026-02-25", "2026-06-01", "on_time", "2026-02-25", 3, None),
    ("2026-02-13", "2026-02-26", "2026-06-01", "late", "2026-02-25", 4, None),
    # the due date lies in the unknown 2027
    ("2026-12-29", None, "2026-12-30", "gap", None, 1, 2027),
    ("2026-12-29", None, "2027-06-01", "gap", None, None, 2027),
    ("2026-12-29", "2026-12-29", "2027-06-01", "on_time", None, 0, 2027),
    ("2026-12-29", "2026-12-31", "2027-06-01", "on_time", None, 2, 2027),
    # only two working days lie before 1 January, so it is in time whatever that day is
    ("2026-12-29", "2027-01-01", "2027-06-01", "on_time", None, None, 2027),
    ("2026-12-29", "2027-01-02", "2027-06-01", "gap", None, None, 2027),
    ("2026-12-29", "2027-06-01", "2027-06-01", "gap", None, None, 2027),  # never late on a guess
    # the due date is known, the days since lead into the gap: the dates alone decide
    ("2026-12-28", None, "2027-02-01", "overdue", "2026-12-31", None, None),
    ("2026-12-28", "2027-01-01", "2027-02-01", "late", "2026-12-31", None, None),
    # wholly in the unknown
    ("2027-03-01", "2027-03-01", "2027-06-01", "on_time", None, 0, 2027),
    ("2027-03-01", "2027-03-02", "2027-06-01", "on_time", None, None, 2027),
    # three days at most lie in it, whatever they are; a fourth could be one too many
    ("2027-03-01", "2027-03-04", "2027-06-01", "on_time", None, None, 2027),
    ("2027-03-01", "2027-03-05", "2027-06-01", "gap", None, None, 2027),
]


@pytest.mark.parametrize(("trigger", "finished", "today", "code", "due", "used", "gap_year"), VERDICTS)
def test_verdict_of_three_working_days(
    calendar: WorkCalendar,
    trigger: str,
    finished: str | None,
    today: str,
    code: str,
    due: str | None,
    used: int | None,
    gap_year: int | None,
) -> None:
    found = verdict(day(trigger), 3, day(finished) if finished else None, day(today), calendar)
    end = day(finished or today)
    assert found == rules.Verdict(code, day(due) if due else None, used, 3, gap_year, end, rules.WORKING)


@pytest.mark.parametrize(
    ("finished", "code", "used"),
    [("2026-12-30", "on_time", 9), ("2027-01-02", "on_time", 12), ("2027-01-03", "gap", 13), (None, "gap", 14)],
)
def test_calendar_days_in_a_gap_count_but_do_not_roll(
    calendar: WorkCalendar, finished: str | None, code: str, used: int
) -> None:
    finished_on = day(finished) if finished else None
    found = verdict(day("2026-12-21"), 12, finished_on, day("2027-01-04"), calendar, rules.CALENDAR)
    assert found == rules.Verdict(code, None, used, 12, 2027, finished_on or day("2027-01-04"), rules.CALENDAR)


@given(st.dates(FIRST_DAY, LAST_DAY - timedelta(days=60)), st.integers(0, 15), st.integers(-5, 40))
def test_finished_is_late_exactly_after_the_due_day(trigger: date, limit: int, after: int) -> None:
    finished = trigger + timedelta(days=after)
    expected = "late" if finished > naive_nth_workday(trigger, limit) else "on_time"
    assert verdict(trigger, limit, finished, LAST_DAY, CALENDAR).code == expected


@given(st.dates(FIRST_DAY, LAST_DAY - timedelta(days=60)), st.integers(0, 15), st.integers(-5, 40))
def test_an_unknown_year_never_changes_a_verdict_but_to_gap(trigger: date, limit: int, after: int) -> None:
    known = verdict(trigger, limit, trigger + timedelta(days=after), LAST_DAY, CALENDAR)
    years = CALENDAR.years - {trigger.year + 1}
    blind = WorkCalendar(years, CALENDAR.rest_days, CALENDAR.work_days, "blind")
    assert verdict(trigger, limit, trigger + timedelta(days=after), LAST_DAY, blind).code in {known.code, "gap"}


def test_codes_and_units_are_those_of_the_enums() -> None:
    codes = {rules.ON_TIME, rules.LATE, rules.RUNNING, rules.OVERDUE, rules.GAP}
    assert codes == set(enums.VerdictCode.values)
    assert {rules.WORKING, rules.CALENDAR} == set(enums.DayUnit.values)
