"""The counted report against a count by hand, clock by clock."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.enums import DutyCode
from audit.models import DutyClock, DutyRule
from audit.rules import Tally

from .factories import DepartmentFactory, DutyRuleFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 6, 15)
INSTANT = datetime(2026, 6, 1, 4, tzinfo=UTC)


def row(department, rule: DutyRule, trigger: date, **facts) -> DutyClock:
    """A row as the services leave it; `tallies` reads rows, whoever wrote them."""
    return DutyClock(
        rule=rule, department=department, object_type="x", object_id="1", object_label="x", basis="x",
        trigger_date=trigger, calendar_version="v", started_at=INSTANT, **facts,
    )  # fmt: skip


def finished(outcome: str, used: int | None, bureau: int | None) -> dict:
    return {"outcome": outcome, "used": used, "bureau_used": bureau, "finished_at": INSTANT}


@pytest.fixture
def clocks() -> list[DutyClock]:
    """Some hundred of three units, two versions of the rule and another duty, in every state."""
    rng = random.Random(4)
    old, other = DutyRule.objects.get(code="publish_change"), DutyRule.objects.get(code="file_account")
    rules = [old, DutyRuleFactory(days=2, effective_from=date(2026, 3, 1)), other]
    units = [DepartmentFactory() for _ in range(3)]

    def facts() -> dict:
        used = rng.randrange(12)
        due = TODAY + timedelta(days=rng.randrange(-3, 4))
        return rng.choice([
            finished("on_time", used, rng.randrange(used + 1)), finished("late", used, 0), finished("gap", None, 0),
            finished("on_time", None, 0), {"due_on": due}, {"due_on": due}, {"due_on": None},
            {"outcome": "cancelled", "cancelled_at": INSTANT, "due_on": due},
        ])  # fmt: skip

    trigger = date(2026, 1, 1)
    return DutyClock.objects.bulk_create(
        row(rng.choice(units), rng.choice(rules), trigger + timedelta(days=rng.randrange(160)), **facts())
        for _ in range(400)
    )


def by_hand(clocks: list[DutyClock], since: date | None, until: date | None) -> dict[int, Tally]:
    tallies: dict[int, Tally] = {}
    for clock in clocks:
        early, late = since and clock.trigger_date < since, until and clock.trigger_date > until
        if clock.rule.code != "publish_change" or clock.cancelled_at or early or late:
            continue
        tally = tallies.setdefault(clock.department_id, Tally())
        if clock.finished_at:
            name = clock.outcome
        elif clock.due_on is None:
            name = "gap"
        else:
            name = "overdue" if clock.due_on < TODAY else "running"
        setattr(tally, name, getattr(tally, name) + 1)
        if clock.used is not None:
            tally.used[clock.used] = tally.used.get(clock.used, 0) + 1
            tally.all_days += clock.used
            tally.bureau_days += clock.bureau_used
    return tallies


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (None, None),
        (date(2026, 2, 1), None),
        (None, date(2026, 4, 30)),
        (date(2026, 2, 1), date(2026, 4, 30)),
        (date(2026, 2, 10), date(2026, 2, 10)),
        (date(2027, 1, 1), None),
    ],
)
def test_the_counted_report_is_the_count_by_hand(
    clocks: list[DutyClock], since: date | None, until: date | None
) -> None:
    found = DutyClock.objects.tallies("publish_change", since=since, until=until, today=TODAY)
    assert found == by_hand(clocks, since, until)


def test_the_period_is_inclusive_at_both_ends() -> None:
    rule, unit = DutyRule.objects.get(code="publish_change"), DepartmentFactory()
    days = [date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 30), date(2026, 5, 1)]
    DutyClock.objects.bulk_create(row(unit, rule, day, **finished("late", 4, 1)) for day in days)
    april = DutyClock.objects.tallies("publish_change", since=days[1], until=days[2], today=TODAY)
    assert april == {unit.pk: Tally(late=2, used={4: 2}, bureau_days=2, all_days=8)}


def test_the_last_day_itself_is_not_overdue() -> None:
    rule, unit = DutyRule.objects.get(code="publish_change"), DepartmentFactory()
    DutyClock.objects.bulk_create(
        row(unit, rule, date(2026, 6, 10), due_on=TODAY + timedelta(days=n)) for n in (-1, 0, 1)
    )
    tally = DutyClock.objects.tallies("publish_change", today=TODAY)[unit.pk]
    assert (tally.overdue, tally.running, tally.gap) == (1, 2, 0)


def test_the_whole_comes_in_two_queries_and_a_narrower_set_is_respected(clocks: list[DutyClock]) -> None:
    unit = clocks[0].department_id
    with CaptureQueriesContext(connection) as queries:
        every = DutyClock.objects.tallies("publish_change", today=TODAY)
    assert len(queries) == 2
    one = DutyClock.objects.filter(department_id=unit).tallies("publish_change", today=TODAY)
    assert one == {unit: every[unit]}
    assert DutyClock.objects.tallies("unheard_of", today=TODAY) == {}


@pytest.fixture
def plan(clocks: list[DutyClock], sqlite_only: None) -> Iterator[str]:
    with CaptureQueriesContext(connection) as queries:
        DutyClock.objects.tallies("publish_change", since=date(2026, 2, 1), until=date(2026, 4, 30), today=TODAY)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + queries[-1]["sql"].replace("%", "%%"))
        yield " ".join(str(line[-1]) for line in cursor.fetchall())


def test_the_report_is_read_from_its_index_alone_and_not_sorted(plan: str) -> None:
    assert "COVERING INDEX audit_clock_report" in plan
    assert "TEMP B-TREE" not in plan


def test_every_duty_has_a_name_a_later_one_that_of_its_newest_rule() -> None:
    named = {**dict(DutyCode.choices), "correct_error": "收到纠错后答复"}
    assert DutyRule.objects.duties() == named
    DutyRuleFactory(code="publish_change", title="另一个名称", effective_from=date(2026, 3, 1))
    DutyRuleFactory(code="answer_post", title="更正信息差错", effective_from=date(2026, 3, 1))
    DutyRuleFactory(code="answer_post", title="更正差错", effective_from=date(2023, 1, 5))
    assert DutyRule.objects.duties() == {**named, "answer_post": "更正信息差错"}
