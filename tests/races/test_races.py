"""However two persons meet: one outcome, one event, and the loser hears of it; nothing is live and returned."""

from __future__ import annotations

import datetime
import threading
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone
from wagtail.models import TaskState

from accounts.enums import Role
from audit.errors import Conflict
from audit.models import CalendarOverride, CalendarYear
from audit.services import refresh_clocks, start_clock
from audit.services.calendar import change_calendar
from policy_pages.models import PublicationRecord
from policy_pages.services.moderation import submit
from policy_pages.services.register import cancel_change, correct_trigger
from policy_pages.services.schedule import publish_due
from policy_pages.tests.factories import (
    act,
    classification,
    decision,
    hand_in,
    make_document,
    make_guide,
    make_public,
    make_user,
    save_draft,
    user,
)
from tests.failpoints.harness import Prepared
from tests.failpoints.invariants import violations
from tests.failpoints.world import Door, Refused, before_bureau, decide_at, make_world, withdraw_on_edit_page
from tests.races.ring import PATIENCE, Outcome, Ring, decider, decision_faults, rounds, waiting
from tests.scenes import scene

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from accounts.models import Department
    from policy_pages.models import PolicyPage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

RETURN = {"comment": "第三条引用有误"}


@pytest.fixture
def department() -> Department:
    """The small world, with a second reviewer and a second moderator."""

    def build() -> Department:
        department = make_world()
        make_user("kjj-review2", department, Role.REVIEWER)
        make_user("spj-moder2", user("spj-moder").departments_as(Role.MODERATOR).get(), Role.MODERATOR)
        return department

    return scene("two of each", build)


@pytest.fixture
def ring() -> Iterator[Ring]:
    with Ring() as ring:
        yield ring


def one_won(page: PolicyPage, state: TaskState, outcomes: tuple[Outcome, Outcome]) -> list[str]:
    """Faults of a race in which one must win and the other hear of a conflict."""
    faults = decision_faults(page, state)
    if [outcome.won for outcome in outcomes].count(True) != 1:
        faults.append(f"page {page.pk}: accepted {[outcome.won for outcome in outcomes]}")
    for outcome in outcomes:
        refused = isinstance(outcome.error, Refused) and "409" in str(outcome.error)
        if not (outcome.won or refused or isinstance(outcome.error, Conflict)):
            faults.append(f"page {page.pk}: the loser got {outcome.error!r}")
    return faults


def drafts(department: Department, number: int) -> list[Any]:
    return [make_document(department, title=f"关于支持企业研发的若干措施（{index}）") for index in range(number)]


def approval(page: PolicyPage, username: str) -> Any:
    return decider(page, username, "approve", decision(page, **classification()))


def test_approve_and_reject_at_the_bureau(department: Department, ring: Ring, tmp_path: Path) -> None:
    """Two hundred races on PostgreSQL: twenty items, raced for and laid back ten times."""
    pairs = []
    for page in [before_bureau(page) for page in drafts(department, 20)]:
        reject = decider(page, "spj-moder2", "reject", decision(page, **RETURN))
        pairs.append((page, waiting(page), approval(page, "spj-moder"), reject))
    prepared = Prepared(tmp_path)
    faults, approved, races = [], 0, 0
    for turn in range(rounds(10)):
        for page, state, *contenders in pairs:
            # The one that is started first wins more often than not: take turns.
            first, second = contenders if turn % 2 else reversed(contenders)
            faults += one_won(page, state, ring.race(first, second))
            races += 1
        approved += PublicationRecord.objects.count()
        faults += violations()
        prepared.lay_back()
    print(f"{races} races, {approved} approved")  # shown with -s
    assert faults == []
    assert races >= 60
    assert 0 < approved < races


def test_two_moderators_approve(department: Department, ring: Ring) -> None:
    faults = []
    for page in [before_bureau(page) for page in drafts(department, rounds(30))]:
        state = waiting(page)
        outcomes = ring.race(approval(page, "spj-moder"), approval(page, "spj-moder2"))
        faults += one_won(page, state, outcomes)
        faults += [] if PublicationRecord.objects.filter(page_id=page.pk).count() == 1 else [f"page {page.pk}: records"]
    assert faults == []
    assert violations() == []


def test_two_reviewers_of_the_department(department: Department, ring: Ring) -> None:
    faults = []
    for page in [hand_in(page) for page in drafts(department, rounds(30))]:
        state = waiting(page)
        approve = decider(page, "kjj-review", "approve", decision(page))
        reject = decider(page, "kjj-review2", "reject", decision(page, **RETURN))
        faults += one_won(page, state, ring.race(approve, reject))
    assert faults == []
    assert violations() == []


def test_approve_and_reject_on_the_review_page(department: Department, ring: Ring) -> None:
    faults, one, other = [], Door("spj-moder"), Door("spj-moder2")
    for page in [before_bureau(page) for page in drafts(department, rounds(20))]:
        state = waiting(page)
        approve = decide_at(one, page, "approve", **classification())
        reject = decide_at(other, page, "reject", **RETURN)
        faults += one_won(page, state, ring.race(approve, reject))
    assert faults == []
    assert violations() == []


def test_withdrawal_and_approval(department: Department, ring: Ring) -> None:
    """The editor takes it back in Wagtail's editor while the moderator approves."""
    faults = []
    for page in [before_bureau(page) for page in drafts(department, rounds(20))]:
        state = waiting(page)
        withdraw, approve = ring.race(withdraw_on_edit_page(page), approval(page, "spj-moder"))
        if approve.won and str(withdraw.error).endswith(": 302"):
            # Came after the decision: Wagtail knows of nothing to take back, and saves the text as a new draft.
            withdraw = Outcome(error=Conflict("too late"))
        faults += one_won(page, state, (withdraw, approve))
    assert faults == []
    assert violations() == []


def test_withdrawal_of_what_was_decided_since_it_was_read(department: Department) -> None:
    """The same in slow motion: Wagtail's view reads the workflow, somebody approves, Wagtail writes what it read."""
    page = before_bureau(make_document(department))
    read = page.current_workflow_state
    act(page, "spj-moder", **classification())
    with pytest.raises(Conflict), transaction.atomic():
        read.cancel(user=user("kjj-edit"))
    assert violations() == []


def test_new_draft_and_approval(department: Department, ring: Ring) -> None:
    """What goes live is what was read, or nothing; a later text stays a draft."""
    for page in [before_bureau(page) for page in drafts(department, rounds(30))]:
        read = page.latest_revision_id
        save, approve = ring.race(lambda page=page: save_draft(page, summary="未经审核"), approval(page, "spj-moder"))
        now = type(page).objects.get(pk=page.pk)
        assert save.won or isinstance(save.error, Conflict)
        assert approve.won or isinstance(approve.error, Conflict)
        assert (now.live_revision_id, now.live) == ((read, True) if approve.won else (None, False))
        assert now.summary != "未经审核"
    assert violations() == []


def test_two_submissions(department: Department, ring: Ring) -> None:
    for page in drafts(department, rounds(30)):
        outcomes = ring.race(*2 * [lambda page=page: submit(page=page, actor=user("kjj-edit"))])
        assert sorted(type(outcome.error) for outcome in outcomes if not outcome.won) == [Conflict]
        assert TaskState.objects.filter(workflow_state__object_id=str(page.pk)).count() == 1
    assert violations() == []


def test_document_and_its_guide_are_approved(department: Department, ring: Ring) -> None:
    """Two items that hang together: neither waits for the other for ever."""
    for index in range(rounds(20)):
        document = make_public(make_document(department, title=f"办法（{index}）"))
        guide = before_bureau(make_guide(department, document=document, title=f"指南（{index}）"))
        before_bureau(save_draft(document, summary="更清楚的摘要", change_note="勘误"))
        route = decision(guide, **classification(route="complex"))
        outcomes = ring.race(approval(document, "spj-moder"), decider(guide, "spj-moder2", "approve", route))
        assert [outcome.error for outcome in outcomes] == [None, None]
    assert violations() == []


def amendment(page: PolicyPage, action: str) -> Callable[[], None]:
    """The bureau corrects or strikes out the change that a page carries out; read before the race, as a view does."""
    change, moderator = page.get_latest_revision_as_object().change, user("spj-moder2")
    day = change.trigger_date - datetime.timedelta(days=1)

    def run() -> None:
        with transaction.atomic():
            if action == "cancel":
                cancel_change(change=change, reason="重复登记", actor=moderator)
            else:
                correct_trigger(change=change, trigger_date=day, reason="核对收文登记", actor=moderator)

    return run


@pytest.mark.parametrize("action", ["correct", "cancel"])
def test_approval_and_correction_of_its_change(action: str, department: Department, ring: Ring) -> None:
    """Either order is a true story: what is settled can be corrected, but not struck out."""
    for page in [before_bureau(page) for page in drafts(department, rounds(20))]:
        amended, approved = ring.race(amendment(page, action), approval(page, "spj-moder"))
        assert approved.error is None
        assert amended.won or (action == "cancel" and isinstance(amended.error, Conflict))
    assert violations() == []


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one lock for all, which cannot deadlock")
def test_approval_and_correction_lock_in_one_order(department: Department, ring: Ring) -> None:
    """In slow motion: the correction, once it holds the clock, lets the approval take the chain if it can.

    With two orders each then waits for the other, and PostgreSQL ends one of them (a deadlock, answered with 500).
    """
    page = before_bureau(make_document(department))
    clock_is_held, chain_is_held = threading.Event(), threading.Event()

    def correcting(execute: Any, sql: str, *rest: Any) -> Any:
        result = execute(sql, *rest)
        if locks("audit_dutyclock", sql):
            clock_is_held.set()
            chain_is_held.wait(timeout=1)
        return result

    def approving(execute: Any, sql: str, *rest: Any) -> Any:
        if locks("audit_dutyclock", sql):
            clock_is_held.wait(timeout=PATIENCE)
        result = execute(sql, *rest)
        if locks("audit_chainhead", sql):
            chain_is_held.set()
        return result

    outcomes = ring.race(
        watched(amendment(page, "correct"), correcting), watched(approval(page, "spj-moder"), approving)
    )
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert violations() == []


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one lock for all: nobody reads before he waits")
def test_a_timer_that_waited_for_a_new_calendar_announces_by_it(department: Department, ring: Ring) -> None:
    """In slow motion: the timer comes while a year is being entered, and waits for the clocks that this settles.

    Who reads the calendar before he waits takes the last day away again. Wednesday 30 December 2026 and three working
    days, with New Year's Day off alone: Thursday, Monday the 4th, Tuesday 5 January.
    """
    clock = start_clock(
        code="publish_change", department=department, object_type="x.x", object_id=1, object_label="跨年的文件",
        trigger_date=datetime.date(2026, 12, 30), basis="印发日期", actor=None,
    )  # fmt: skip
    clocks_are_held, timer_waits = threading.Event(), threading.Event()

    def enter() -> None:
        with transaction.atomic():
            new_year = CalendarOverride(day=datetime.date(2027, 1, 1), is_workday=False, source="通知")
            change_calendar(row=new_year, actor=None)
            change_calendar(row=CalendarYear(year=2027, confirmed=True, notice="通知"), actor=None)

    def entering(execute: Any, sql: str, *rest: Any) -> Any:
        result = execute(sql, *rest)
        if locks("audit_dutyclock", sql):
            clocks_are_held.set()
            timer_waits.wait(timeout=PATIENCE)
        return result

    def tick() -> None:
        clocks_are_held.wait(timeout=PATIENCE)
        refresh_clocks(actor=None)

    def ticking(execute: Any, sql: str, *rest: Any) -> Any:
        if locks("audit_dutyclock", sql):
            timer_waits.set()
        return execute(sql, *rest)

    outcomes = ring.race(watched(enter, entering), watched(tick, ticking))
    assert [outcome.error for outcome in outcomes] == [None, None]
    clock.refresh_from_db()
    assert clock.due_on == datetime.date(2027, 1, 5)


def locks(table: str, sql: str) -> bool:
    """Whether a statement locks rows of this table."""
    return "FOR UPDATE" in sql and f'FROM "{table}"' in sql


def watched(run: Callable[[], object], wrapper: Any) -> Callable[[], object]:
    """The same, with a wrapper around every statement of its thread."""

    def inside() -> object:
        with connection.execute_wrapper(wrapper):
            return run()

    return inside


def test_two_timers(department: Department, ring: Ring) -> None:
    """Two ticks at once publish each revision once, and none of the two fails."""
    later = timezone.now() + datetime.timedelta(hours=1)
    for page in drafts(department, rounds(30)):
        act(before_bureau(save_draft(page, go_live_at=later)), "spj-moder", **classification())
    with time_machine.travel(later + datetime.timedelta(minutes=1)):
        one, other = ring.race(publish_due, publish_due)
    assert (one.error, other.error) == (None, None)
    published = [*one.value.published, *other.value.published]
    assert len(published) == len(set(published)) == rounds(30)
    assert one.value.failed + other.value.failed == []
    assert violations() == []


def test_the_harness_finds_two_outcomes_when_the_lock_is_seeded_away(department: Department, ring: Ring) -> None:
    """Stock's way, finding F2: the status is checked on an object that was read before the other one wrote."""
    seen_by_both = threading.Barrier(2)

    def stock(page: PolicyPage, username: str, action: str) -> Any:
        state, actor = waiting(page).pk, user(username)

        def run() -> None:
            read = TaskState.objects.get(pk=state)
            seen_by_both.wait(timeout=60)
            with transaction.atomic():
                getattr(read, action)(user=actor)

        return run

    faults = []
    for page in [hand_in(page) for page in drafts(department, 5)]:
        state = waiting(page)
        outcomes = ring.race(stock(page, "kjj-review", "approve"), stock(page, "kjj-review2", "reject"))
        faults += one_won(page, state, outcomes)
    assert any("accepted [True, True]" in fault for fault in faults)
    assert any("decisions told: ['task." in fault and "', '" in fault for fault in faults)
    assert violations() != []
