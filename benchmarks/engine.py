"""The five limits on the speed of the duty engine."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

from chinese_calendar import is_workday
from django.db import transaction
from django.db.models import F

from accounts.enums import Resource, Verb
from accounts.models import Department
from accounts.permissions import departments_with
from accounts.viewsets.duties import summary
from audit.enums import Outcome
from audit.models import DutyClock
from audit.rules import Period, year_of
from audit.services import record, verify_chain
from audit.services.replay import replay_verdicts
from audit.viewsets.duties import rows
from benchmarks.filling import FIRST, LAST, hashed_texts
from benchmarks.results import judged
from benchmarks.timing import best, say, timed
from policy_pages.reports.asking import Question
from policy_pages.reports.figures import Figures
from policy_pages.tests import factories

if TYPE_CHECKING:
    from accounts.models import User
    from audit.viewsets.duties import Row
    from benchmarks.results import Result

DAY = timedelta(days=1)
TODAY = date(2026, 11, 20)
#: So many rows are judged in the loop, a tenth of them after each tenth of all.
SAMPLE, PARTS = 100_000, 10
PUBLISHED = 12


def judge_all(clocks: int) -> dict[str, Result]:
    """Measure everything in the database of `filling.make_city(clocks)`, smallest disturbance first."""
    unit = Department.objects.get(code="b0")
    loop, sample = loop_seconds(clocks)
    say(f"loop with chinesecalendar ({sample} rows measured)", loop)
    results = counted(loop, clocks, sample, unit)
    replay = timed(replay_all)
    say("replay", replay)
    results["replay"] = ratio("replay", replay, loop, f"{replay:.1f} s / {loop:.0f} s")
    results["chain"] = chain()
    results["event"] = publish(unit)
    return results


def ratio(key: str, part: float, whole: float, method: str) -> Result:
    """One line: `part` of `whole`."""
    return judged(key, part / whole, method)


# --- Counting -------------------------------------------------------------------------------------------------------


def loop_seconds(clocks: int) -> tuple[float, int]:
    """Seconds that judging every row with chinesecalendar takes, and how many rows of all years were really judged."""
    start, judged = perf_counter(), 0
    rows = DutyClock.objects.order_by("pk").values_list("department_id", "trigger_date", "finished_at", "rule__days")
    counts: dict[tuple, int] = {}
    for first in range(0, clocks, -(-clocks // PARTS)):
        for unit, trigger, finished_at, limit in rows.filter(pk__gt=first)[: SAMPLE // PARTS].iterator():
            key = (unit, *naive(trigger, finished_at.date() if finished_at else None, limit))
            counts[key] = counts.get(key, 0) + 1
            judged += 1
    return (perf_counter() - start) * clocks / judged, judged


def naive(trigger: date, finished: date | None, limit: int) -> tuple[str, int]:
    """Verdict and days used, day by day; what a report without kept verdicts does for each row."""
    due, left = trigger, limit
    while left:
        due += DAY
        left -= is_workday(due)
    day, used, end = trigger, 0, finished or TODAY
    if finished is None:  # as generous as can be: of an open one only the last day is asked
        return ("overdue" if due < TODAY else "running"), 0
    while day < end:
        day += DAY
        used += is_workday(day)
    return ("late" if finished > due else "on_time"), used


def counted(loop: float, clocks: int, sample: int, unit: Department) -> dict[str, Result]:
    """The report by unit, as its page computes it, and a unit's board, as its page fetches it."""
    whole = Period("2023-2026", "2023 年至 2026 年", FIRST, LAST)
    report = best(lambda: report_by_unit(whole))
    year = best(lambda: report_by_unit(year_of(LAST)))
    quarters = best(lambda: Figures(question(year_of(LAST))).quarters)
    reader = factories.user(f"{unit.code}-edit")
    board = best(lambda: board_of(reader), 9)
    say("report by unit", report)
    say("report by unit, one year", year)
    say("its line of eight quarters", quarters)
    say("board", board)
    how = f"{report * 1000:.0f} ms for all {clocks} rows (one year: {year * 1000:.0f} ms, its line of eight quarters {quarters * 1000:.0f} ms more) / {loop:.0f} s; the loop was measured on {sample} rows and scaled"  # fmt: skip  # noqa: E501
    return {
        "report": ratio("report", report, loop, how),
        "board": ratio("board", board, report, f"{board * 1000:.1f} ms / {report * 1000:.0f} ms"),
    }


def question(period: Period) -> Question:
    """What the moderator asks: that period, the duty of A12, every unit."""
    units = tuple(Department.objects.order_by("code"))
    return Question(period, "publish_change", units, None, TODAY, factories.user("spj-moder"))


def report_by_unit(period: Period) -> list[tuple[Any, ...]]:
    """Every figure of the report by unit, and of all together: clocks of every duty, returns, guides, accounts."""
    figures = Figures(question(period))
    tallies = [row.of("publish_change") for row in (*figures.rows, figures.total)]
    return [(t.changes, t.rate, t.median, t.worst, t.bureau_share, t.overdue, t.gap) for t in tallies]


def board_of(reader: User) -> tuple[dict[str, Any], list[Row]]:
    """What the reader's unit owes: how many of each duty, and the twenty that are due first with all that is shown of them."""
    own = list(departments_with(reader, Resource.DUTY, Verb.READ).values_list("pk", flat=True))
    scope = DutyClock.objects.filter(department__in=own)
    urgent = scope.filter(outcome=Outcome.OPEN).order_by(F("due_on").asc(nulls_last=True), "pk")
    pks = list(urgent.values_list("pk", flat=True)[:20])
    found = DutyClock.objects.select_related("rule", "department").in_bulk(pks)
    return summary(scope), rows([found[pk] for pk in pks], reader)


# --- History --------------------------------------------------------------------------------------------------------


def replay_all() -> None:
    """Every verdict recomputed; there is no difference to find."""
    report = replay_verdicts()
    if not report.ok:
        raise AssertionError(report.differences[:3])


def chain() -> Result:
    """The verification of the whole chain against the bare hashing of the same bytes."""
    number, bare = 0, 0.0
    for texts in hashed_texts():
        number += len(texts)
        bare += timed(lambda texts=texts: [hashlib.sha256(text).hexdigest() for text in texts])  # type: ignore[misc]
    start = perf_counter()
    report = verify_chain()
    verify = perf_counter() - start
    if not report.ok:
        raise AssertionError(report.problem)
    say(f"verify {number} events", verify)
    return ratio("chain", verify, bare, f"{number} events: {verify:.1f} s / {bare:.2f} s")


def publish(unit: Department) -> Result:
    """One event against one real publication: the bureau's approval, with everything it writes."""
    times = []
    for number in range(PUBLISHED):
        page = factories.hand_in(factories.make_document(unit, title=f"第{number}号若干措施"))
        factories.act(page, f"{unit.code}-review")
        facts = factories.classification()
        times.append(timed(lambda page=page, facts=facts: factories.act(page, "spj-moder", **facts)))  # type: ignore[misc]
    publication = median(times)

    @transaction.atomic
    def append() -> None:
        for _ in range(100):
            record(action="audit.benchmark", payload={"text": "一" * 50})

    event = best(append) / 100
    say("publication", publication)
    say("event", event)
    how = f"{event * 1000:.2f} ms / {publication * 1000:.0f} ms, median of {PUBLISHED} publications"
    return ratio("event", event, publication, how)
