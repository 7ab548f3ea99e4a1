from datetime import date

import pytest
from django.db import transaction

from audit.enums import DutyCode
from audit.models import CalendarOverride, CalendarYear, DutyRule
from audit.rules import CalendarGap, WorkCalendar, add_workdays
from audit.services import current_calendar

from .factories import CalendarOverrideFactory, CalendarYearFactory

pytestmark = pytest.mark.django_db


def test_seed_is_the_library_s_calendar(calendar: WorkCalendar) -> None:
    seeded = current_calendar()
    assert (seeded.years, seeded.rest_days, seeded.work_days) == (
        calendar.years,
        calendar.rest_days,
        calendar.work_days,
    )
    assert set(CalendarOverride.objects.values_list("source", flat=True)) == {"chinesecalendar 1.11.0"}


def test_seed_holds_only_days_that_differ_from_their_weekday() -> None:
    assert all(o.is_workday == (o.day.weekday() > 4) for o in CalendarOverride.objects.all())


@pytest.mark.parametrize(
    ("code", "article", "days"),
    [("publish_change", "第十二条", 3), ("file_account", "第十六条", 3), ("complete_filing", "第十六条", 2)],
)
def test_seed_of_the_rules_is_what_the_regulation_says(code: str, article: str, days: int) -> None:
    rule = DutyRule.objects.get(code=code)
    assert (rule.article, rule.days, rule.unit) == (article, days, "working")
    assert rule.effective_from == date(2023, 1, 5), "A32"
    assert not rule.is_setting


def test_every_duty_that_has_a_clock_has_its_rule() -> None:
    """And the one that has nothing but its rule: the answer to a visitor's report (A9(5), policy_pages.feedback)."""
    assert set(DutyRule.objects.values_list("code", flat=True)) == {*DutyCode.values, "correct_error"}


def test_a_confirmed_year_closes_the_gap() -> None:
    CalendarOverrideFactory()
    CalendarYearFactory()
    # 30, 31 December, 1 January off, then the weekend, so Monday 4 January
    assert add_workdays(date(2026, 12, 29), 3, current_calendar()) == date(2027, 1, 4)


def test_an_unconfirmed_year_stays_a_gap() -> None:
    CalendarYearFactory(confirmed=False)
    with pytest.raises(CalendarGap):
        add_workdays(date(2026, 12, 29), 3, current_calendar())


def test_version_follows_the_contents_and_nothing_else() -> None:
    before = current_calendar().version
    assert current_calendar().version == before
    override = CalendarOverrideFactory(day=date(2026, 12, 31))
    changed = current_calendar().version
    assert changed != before
    CalendarOverride.objects.filter(pk=override.pk).update(is_workday=True)
    assert current_calendar().version not in {before, changed}
    override.delete()
    assert current_calendar().version == before


def test_a_rolled_back_change_is_forgotten() -> None:
    before = current_calendar()
    with transaction.atomic():
        CalendarYearFactory()
        assert 2027 in current_calendar().years
        transaction.set_rollback(True)
    assert current_calendar() is before


def test_two_queries(django_assert_num_queries) -> None:
    with django_assert_num_queries(2):
        current_calendar()


def test_both_tables_keep_their_history() -> None:
    year = CalendarYearFactory(confirmed=False)
    year.confirmed = True
    year.save()
    override = CalendarOverrideFactory()
    override.delete()
    assert [h.confirmed for h in year.history.all()] == [True, False]
    assert [h.history_type for h in CalendarOverride.history.filter(day=date(2027, 1, 1))] == ["-", "+"]


def test_names() -> None:
    assert str(CalendarYear(year=2027)) == "2027"
    assert str(CalendarOverride(day=date(2026, 10, 10), is_workday=True)) == "2026-10-10 上班"
    assert str(CalendarOverride(day=date(2026, 10, 1))) == "2026-10-01 放假"
