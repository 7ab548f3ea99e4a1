"""The duties a page brings with it, through the real workflow: who holds the change, the bureau's limit, what is owed."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from audit.models import DutyClock, Event
from audit.services.replay import replay_verdicts
from policy_pages.enums import ChangeKind, DocumentStatus
from policy_pages.models import ExplainedDocument, InterpretationPage
from policy_pages.services import moderation
from policy_pages.services.duties import open_clocks
from policy_pages.services.register import correct_trigger
from policy_pages.services.schedule import publish_due
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from accounts.models import Department
    from policy_pages.models import PolicyDocumentPage

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
BODY = [("article", {"number": "", "text": "<p>说明</p>"})]


@pytest.fixture
def day(db: None) -> Iterator[Callable[[str], None]]:
    """Set the clock: "03-16 09:00" of 2026. It starts on Thursday 12 March; no festival is near."""
    with time_machine.travel(datetime.datetime(2026, 3, 12, 9, tzinfo=SHANGHAI), tick=False) as traveller:
        yield lambda text: traveller.move_to(datetime.datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI))


@pytest.fixture
def bureau(day: Callable[[str], None]) -> Department:
    """The bureau, whose people have had their roles since that day."""
    return f.make_bureau()


@pytest.fixture
def kjj(bureau: Department) -> Department:
    """A department, likewise."""
    return f.make_department("kjj", "科学技术局")


def draft(department: Department, **facts: Any) -> PolicyDocumentPage:
    """A document whose change was triggered today."""
    return f.make_document(department, change=f.make_change(department, days_ago=0), **facts)


def clock(page: Any, code: str) -> DutyClock:
    """The newest clock of a duty about a page."""
    clocks = DutyClock.objects.filter(object_type=page._meta.label_lower, object_id=str(page.pk), rule__code=code)
    return clocks.order_by("-pk")[0]


def change_clock(page: Any) -> DutyClock:
    return DutyClock.objects.get(pk=page.change.clock_id)


def holders(page: Any) -> list[tuple[str, str]]:
    return [(entry["side"], entry["on"]) for entry in change_clock(page).handovers]


# --- Who holds the change -------------------------------------------------------------------------------------------


def test_the_department_s_own_review_leaves_the_change_with_it(kjj: Department, day: Any) -> None:
    page = f.hand_in(draft(kjj))
    assert change_clock(page).holder == "department"
    assert not DutyClock.objects.filter(rule__code="moderate").exists()


def test_submission_return_and_approval_attribute_each_day(kjj: Department, bureau: Department, day: Any) -> None:
    """Triggered Thursday 12; handed to the bureau on Friday 13; returned on Tuesday 17; handed over again on Wednesday
    18; approved on Friday 20. Friday and Wednesday are the department's; Monday, Tuesday, Thursday, Friday the bureau's.
    """
    page = draft(kjj)
    day("03-13 10:00")
    f.act(f.hand_in(page), "kjj-review")
    limit = clock(page, "moderate")
    assert (limit.department, limit.concerned, limit.trigger_date) == (bureau, kjj, datetime.date(2026, 3, 13))
    assert (limit.due_on, change_clock(page).holder) == (datetime.date(2026, 3, 16), "bureau")
    day("03-17 10:00")
    f.act(page, "spj-moder", "reject", comment="请补充附件")
    limit.refresh_from_db()
    assert (limit.outcome, limit.used) == ("late", 2)
    assert change_clock(page).holder == "department"
    day("03-18 10:00")
    f.act(f.hand_in(f.save_draft(page, summary="补充后")), "kjj-review")
    assert clock(page, "moderate").is_open
    day("03-20 10:00")
    f.act(page, "spj-moder", **f.classification())
    assert holders(page)[:3] == [("bureau", "2026-03-13"), ("department", "2026-03-17"), ("bureau", "2026-03-18")]
    done = change_clock(page)
    assert (done.outcome, done.used, done.bureau_used, done.due_on) == ("late", 6, 4, datetime.date(2026, 3, 17))
    second = clock(page, "moderate")
    assert (second.outcome, second.used) == ("late", 2)
    assert replay_verdicts().ok


@pytest.mark.parametrize(
    ("withdrawn", "outcome", "used"),
    # Handed over on Friday the 13th; the bureau's one working day is Monday the 16th.
    [("03-16 18:00", "cancelled", None), ("03-17 09:00", "late", 2), ("03-20 10:00", "late", 5)],
)
def test_a_withdrawal_takes_it_back_but_not_the_bureau_s_lateness(
    kjj: Department, day: Any, withdrawn: str, outcome: str, used: int | None
) -> None:
    page = draft(kjj)
    day("03-13 10:00")
    page = f.act(f.hand_in(page), "kjj-review")
    day(withdrawn)
    page.current_workflow_state.cancel(user=f.user("kjj-edit"))
    limit = clock(page, "moderate")
    assert (limit.outcome, limit.used) == (outcome, used)
    assert holders(page) == [("bureau", "2026-03-13"), ("department", f"2026-{withdrawn[:5]}")]
    assert not open_clocks(page, "moderate").exists()
    assert replay_verdicts().ok


def test_a_withdrawal_before_the_bureau_s_step_touches_no_limit(kjj: Department, day: Any) -> None:
    page = f.hand_in(draft(kjj))
    page.current_workflow_state.cancel(user=f.user("kjj-edit"))
    assert holders(page) == []


def test_a_second_text_for_a_change_under_way_is_refused(kjj: Department, day: Any) -> None:
    """Else a dummy at the bureau would make the bureau's days of the department's own."""
    page = f.hand_in(draft(kjj))
    other = f.make_document(kjj, change=page.change, title="另一份")
    with pytest.raises(ValidationError, match=f"正由“{page.title}”办理"):
        f.hand_in(other)
    page.current_workflow_state.cancel(user=f.user("kjj-edit"))
    f.hand_in(other)


def test_a_second_text_for_a_change_waiting_for_its_date_is_refused(kjj: Department, day: Any) -> None:
    later = datetime.datetime(2026, 3, 16, 9, tzinfo=SHANGHAI)
    page = f.make_public(f.save_draft(draft(kjj), go_live_at=later))
    with pytest.raises(ValidationError, match="正由"):
        f.hand_in(f.make_document(kjj, change=page.change, title="另一份"))


def test_a_change_stays_with_the_bureau_while_another_text_of_it_lies_there(
    kjj: Department, day: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two texts that came in before the second could be refused: the one returned takes nothing away from the other."""
    page = draft(kjj)
    other = f.make_document(kjj, change=page.change, title="另一份")
    monkeypatch.setattr(moderation, "_carried_by_another", lambda change, page: None)
    for one in (page, other):
        f.act(f.hand_in(one), "kjj-review")
    day("03-13 10:00")
    f.act(other, "spj-moder", "reject", comment="重复")
    assert change_clock(page).holder == "bureau"
    day("03-16 10:00")
    f.act(page, "spj-moder", "reject", comment="请补充附件")
    assert holders(page) == [("bureau", "2026-03-12"), ("department", "2026-03-16")]


def test_an_appointed_publication_takes_back_no_newer_submission(kjj: Department, day: Any) -> None:
    """An amendment approved for Monday the 16th; a second one lies at the bureau since Friday the 13th."""
    page = f.make_public(draft(kjj))
    later = datetime.datetime(2026, 3, 16, 9, tzinfo=SHANGHAI)
    page = f.make_public(f.save_draft(page, change=None, change_note="勘误", summary="勘误", go_live_at=later))
    amended = f.make_change(kjj, days_ago=0, kind=ChangeKind.AMENDED, title=page.title)
    day("03-13 10:00")
    page = f.act(f.hand_in(f.save_draft(page, change=amended, summary="修订", go_live_at=None)), "kjj-review")
    day("03-16 09:05")
    assert len(publish_due().published) == 1
    amended.refresh_from_db()
    assert (amended.clock.holder, clock(page, "moderate").outcome) == ("bureau", "open")
    f.act(page, "spj-moder", **f.classification())
    amended.clock.refresh_from_db()
    assert (amended.clock.outcome, amended.clock.used, amended.clock.bureau_used) == ("on_time", 2, 1)
    page.refresh_from_db()
    assert page.summary == "修订"
    assert replay_verdicts().ok


def test_a_workflow_that_is_switched_off_blames_no_department(kjj: Department, day: Any) -> None:
    page = f.act(f.hand_in(draft(kjj)), "kjj-review")
    page.current_workflow_state.cancel()
    said = Event.objects.filter(action="clock.cancelled").get()
    assert said.payload["reason"] == "审核流程已取消"


def test_days_of_waiting_for_the_chosen_date_are_the_department_s(kjj: Department, day: Any) -> None:
    """Triggered Thursday 12, handed over and approved that day for Monday 16 at 9: both days are the department's."""
    later = datetime.datetime(2026, 3, 16, 9, tzinfo=SHANGHAI)
    page = f.make_public(f.save_draft(draft(kjj), go_live_at=later))
    assert (change_clock(page).holder, clock(page, "moderate").outcome) == ("department", "on_time")
    day("03-16 09:05")
    assert len(publish_due().published) == 1
    done = change_clock(page)
    assert (done.outcome, done.used, done.bureau_used) == ("on_time", 2, 0)
    assert replay_verdicts().ok


def test_a_page_without_an_open_change_still_has_the_bureau_s_limit(kjj: Department, day: Any) -> None:
    page = f.make_public(f.make_document(kjj, is_stock=True))
    assert clock(page, "moderate").outcome == "on_time"
    assert not DutyClock.objects.exclude(rule__code="moderate").exists()


# --- What a public document owes ------------------------------------------------------------------------------------


def explained(department: Department, document: PolicyDocumentPage) -> InterpretationPage:
    page = InterpretationPage(title="一文读懂", body=BODY)
    page.explained = [ExplainedDocument(document=document)]
    return f.add_draft(department, page)


def test_the_first_publication_starts_interpretation_and_guide_and_their_pages_settle_them(
    kjj: Department, day: Any
) -> None:
    document = f.make_public(draft(kjj))
    owed = {code: clock(document, code) for code in ("interpret", "write_guide")}
    # Thursday 12 March 2026 and three, seven working days.
    assert {code: (one.due_on, one.department) for code, one in owed.items()} == {
        "interpret": (datetime.date(2026, 3, 17), kjj),
        "write_guide": (datetime.date(2026, 3, 23), kjj),
    }
    day("03-18 10:00")
    f.make_public(explained(kjj, document))
    assert (clock(document, "interpret").outcome, clock(document, "write_guide").outcome) == ("late", "open")
    f.make_public(f.make_guide(kjj, document=document))
    assert clock(document, "write_guide").outcome == "on_time"
    assert replay_verdicts().ok


def test_a_second_publication_owes_nothing_anew(kjj: Department, day: Any) -> None:
    document = f.make_public(draft(kjj))
    f.make_public(f.save_draft(document, change=None, change_note="更正错别字"))
    assert DutyClock.objects.filter(rule__code__in=["interpret", "write_guide"]).count() == 2


def test_stock_owes_neither(kjj: Department, day: Any) -> None:
    f.make_public(f.make_document(kjj, is_stock=True))
    assert not DutyClock.objects.filter(rule__code__in=["interpret", "write_guide"]).exists()


def test_a_text_taken_from_the_public_owes_nothing_until_it_comes_back(kjj: Department, day: Any) -> None:
    """Public on Thursday the 12th; of what it owes only the guide had time left when it was taken away on the 18th."""
    document = f.make_public(draft(kjj))
    day("03-18 10:00")
    document.unpublish()
    assert [clock(document, code).outcome for code in ("interpret", "write_guide")] == ["late", "cancelled"]
    day("03-25 10:00")
    f.make_public(f.save_draft(document, change=None, change_note="恢复公开"))
    again = clock(document, "write_guide")
    assert (again.outcome, again.trigger_date) == ("open", datetime.date(2026, 3, 25))
    assert clock(document, "interpret").outcome == "late"
    f.make_public(f.save_draft(document, change=None, change_note="更正错别字"))
    assert open_clocks(document, "interpret", "write_guide").get() == again
    assert replay_verdicts().ok


def test_a_repeal_cancels_what_is_owed_and_keeps_what_was_late(kjj: Department, day: Any) -> None:
    document = f.make_public(draft(kjj))
    change = f.make_change(kjj, days_ago=0, kind=ChangeKind.REPEALED, title=document.title)
    facts = {
        "document_status": DocumentStatus.REPEALED,
        "repealed_on": timezone.localdate(),
        "repeal_reason": "新办法施行",
    }
    facts["change"] = change
    day("03-18 10:00")  # the interpretation was due on Tuesday the 17th, the guide is due on Monday the 23rd
    f.make_public(f.save_draft(document, **facts))
    found = {code: (clock(document, code).outcome, clock(document, code).used) for code in ("interpret", "write_guide")}
    assert found == {"interpret": ("late", 4), "write_guide": ("cancelled", None)}
    assert replay_verdicts().ok


def test_a_guide_of_its_own_settles_nobody_else_s_duty(kjj: Department, day: Any) -> None:
    document = f.make_public(draft(kjj))
    f.make_public(f.make_guide(kjj, change=f.make_change(kjj, days_ago=0, subject="guide", title="企业研发投入后补助")))
    assert clock(document, "write_guide").is_open


# --- Bad input ------------------------------------------------------------------------------------------------------


def test_a_page_deleted_under_its_clocks_leaves_the_change_owed_by_the_department(kjj: Department, day: Any) -> None:
    """Deleted on Friday the 13th at the bureau, carried out by another page on Wednesday the 25th: nine working days
    after Thursday the 12th, of which the bureau held it on Friday only.
    """
    page = f.act(f.hand_in(draft(kjj)), "kjj-review")
    limit, change = clock(page, "moderate"), change_clock(page)
    day("03-13 10:00")
    page.delete()
    limit.refresh_from_db()
    change.refresh_from_db()
    assert (limit.outcome, change.outcome, change.holder) == ("cancelled", "open", "department")
    day("03-25 10:00")
    f.make_public(f.make_document(kjj, change=change.change))
    change.refresh_from_db()
    assert (change.outcome, change.used, change.bureau_used) == ("late", 9, 1)
    assert replay_verdicts().ok


def test_a_clock_that_steps_back_a_day_leaves_no_negative_and_no_double_day(kjj: Department, day: Any) -> None:
    """Handed over on Tuesday the 17th by a clock a day ahead, returned on what it now calls Monday the 16th."""
    page = draft(kjj)
    day("03-17 10:00")
    f.act(f.hand_in(page), "kjj-review")
    day("03-16 10:00")
    f.act(page, "spj-moder", "reject", comment="请补充附件")
    day("03-18 10:00")
    f.make_public(f.save_draft(page, summary="补充后"))
    done = change_clock(page)
    assert (done.outcome, done.used, done.bureau_used) == ("late", 4, 0)
    assert replay_verdicts().ok


def test_two_open_changes_of_one_page_are_settled_one_by_one(kjj: Department, day: Any) -> None:
    page = draft(kjj)
    other = f.make_change(kjj, days_ago=0)
    page = f.make_public(page)
    other.refresh_from_db()
    assert (change_clock(page).outcome, other.clock.outcome) == ("on_time", "open")


def test_the_correction_of_a_settled_change_turns_its_verdict_and_keeps_both(kjj: Department, day: Any) -> None:
    page = draft(kjj)
    day("03-18 10:00")
    page = f.make_public(page)
    assert change_clock(page).outcome == "late"
    correct_trigger(
        change=page.change, trigger_date=datetime.date(2026, 3, 13), reason="以红头文件为准", actor=f.user("spj-moder")
    )
    assert change_clock(page).outcome == "on_time"
    assert {row.outcome for row in change_clock(page).history.all()} == {"open", "late", "on_time"}


def test_a_settled_change_cannot_have_happened_after_its_publication(kjj: Department, day: Any) -> None:
    day("03-18 10:00")
    page = f.make_public(f.make_document(kjj, change=f.make_change(kjj, days_ago=6)))
    assert change_clock(page).outcome == "late"
    for wanted in (datetime.date(2026, 3, 19), datetime.date(2026, 3, 20)):
        day("03-25 10:00")
        with pytest.raises(ValidationError) as found:
            correct_trigger(change=page.change, trigger_date=wanted, reason="改期", actor=f.user("spj-moder"))
        assert "晚于公开之日（2026-03-18）" in found.value.message_dict["trigger_date"][0]
    assert (change_clock(page).outcome, change_clock(page).used) == ("late", 4)


@pytest.mark.parametrize(
    ("now", "trigger", "due"),
    [
        ("05-09 09:00", "2026-05-09", "2026-05-13"),  # a worked Saturday; 11, 12, 13 May
        ("03-12 23:59:59", "2026-03-12", "2026-03-17"),
        ("03-13 00:00:00", "2026-03-13", "2026-03-18"),
    ],
)
def test_a_change_registered_on_a_worked_saturday_or_at_the_last_second(
    kjj: Department, day: Any, now: str, trigger: str, due: str
) -> None:
    day(now)
    change = f.make_change(kjj, days_ago=0)
    assert (change.trigger_date.isoformat(), change.clock.due_on.isoformat()) == (trigger, due)
