"""What a filing ends and what it passes on: roles, account, sessions; drafts stay; settled or struck out once."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError, connection, transaction

from accounts.enums import Role, SessionEnd
from accounts.models import AccountFiling, Assignment, Department, User
from accounts.services import (
    assign_role,
    cancel_filing,
    complete_filing,
    file_change,
    permission_drift,
)
from accounts.services.filings import OBJECT_TYPE, suggested_code
from accounts.tests.factories import facts, faults, make_filing, make_leaver, on, wide_state
from audit.errors import Conflict
from audit.models import Event
from audit.services import verify_chain
from policy_pages.inbox import inbox_for
from policy_pages.permissions import can_review
from policy_pages.services.moderation import submit
from policy_pages.tests import factories as f
from tests.failpoints.harness import Failpoint, Trap

if TYPE_CHECKING:
    from accounts.models import Department, User

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


def actions() -> list[str]:
    return list(Event.objects.order_by("seq").values_list("action", flat=True))


# --- What filing does -----------------------------------------------------------------------------------------------


def test_filing_ends_roles_account_and_sessions_and_remembers(thursday: datetime.date, kjj: Department) -> None:
    leaver = make_leaver(kjj, Role.EDITOR, Role.REVIEWER)
    nonce = leaver.session_nonce
    filing = make_filing(kjj, leaver)
    leaver = f.user("kjj-old")
    assert (leaver.is_active, leaver.disabled_at is not None) == (False, True)
    assert leaver.disabled_reason == f"人员变更备案第 {filing.pk} 号"
    assert leaver.session_nonce != nonce
    assert leaver.session_ended_because == SessionEnd.HANDED_OVER
    assert sorted(filing.handed_roles) == [Role.EDITOR, Role.REVIEWER]
    assert filing.roles_in_words() == "录入员、审核员"
    assert set(leaver.assignments.values_list("valid_until", flat=True)) == {thursday - DAY}
    assert not leaver.groups.exists()
    assert permission_drift() == []
    assert filing.filed_at == filing.filing_clock.finished_at
    assert filing.leaver_name == "姓名kjj-old"
    told = Event.objects.for_object(OBJECT_TYPE, filing.pk)
    assert [event.action for event in told] == ["clock.started", "clock.started", "clock.finished", "filing.filed"]
    payload = told.last().payload
    assert (payload["leaver"], payload["reason"], payload["roles"]) == ("kjj-old", "调离", ["editor", "reviewer"])
    assert "0510" not in told.last().payload_json, "the chain keeps no telephone numbers"
    assert actions().count("clock.started") == 2
    assert Event.objects.filter(action="account.disabled").get().payload["username"] == "kjj-old"
    assert verify_chain().ok


def test_who_works_elsewhere_too_keeps_his_account_and_that_role(
    thursday: datetime.date, kjj: Department, gxj: Department
) -> None:
    leaver = make_leaver(kjj)
    make_leaver(gxj, Role.REVIEWER, code="kjj-old")
    nonce = f.user("kjj-old").session_nonce
    filing = make_filing(kjj, leaver)
    leaver = f.user("kjj-old")
    assert leaver.is_active
    assert leaver.session_nonce != nonce
    assert [(held.department, held.role) for held in leaver.current_assignments()] == [(gxj, Role.REVIEWER)]
    assert filing.handed_roles == [Role.EDITOR]
    assert permission_drift() == []


def test_a_role_that_began_today_is_dead_too(thursday: datetime.date, kjj: Department) -> None:
    leaver = f.make_user("kjj-new", kjj, Role.EDITOR)
    make_filing(kjj, leaver, changed_on=thursday)
    assert not f.user("kjj-new").current_assignments().exists()
    assert not f.user("kjj-new").holds(Role.EDITOR)
    assert permission_drift() == []


def test_a_role_of_today_of_who_works_elsewhere_waits_for_tomorrow(
    thursday: datetime.date, kjj: Department, gxj: Department
) -> None:
    leaver = make_leaver(gxj, code="both")
    assign_role(user=leaver, department=kjj, role=Role.EDITOR)
    found = faults(leaver=leaver, actor=f.user("kjj-edit"), **facts(kjj, changed_on=thursday))
    assert "请明天再备案" in found["leaver"][0]
    with on("2026-03-13"):
        make_filing(kjj, leaver, changed_on=thursday)
        assert [held.department for held in f.user("both").current_assignments()] == [gxj]


def test_the_leaver_files_his_own_departure(thursday: datetime.date, kjj: Department) -> None:
    filing = make_filing(kjj, make_leaver(kjj), actor=f.user("kjj-old"))
    assert (filing.filed_by.username, f.user("kjj-old").is_active) == ("kjj-old", False)


def test_a_failure_at_any_write_leaves_nothing(thursday: datetime.date, kjj: Department) -> None:
    """The same filing again and again, each time with an error one write later."""
    leaver, actor = make_leaver(kjj, Role.EDITOR, Role.REVIEWER), f.user("kjj-edit")
    before, number = wide_state(), 0
    while True:
        number += 1
        trap = Trap(at=number)
        try:
            with connection.execute_wrapper(trap), transaction.atomic():
                file_change(leaver=f.user("kjj-old"), actor=actor, **facts(kjj))
        except (Failpoint, OperationalError):
            assert wide_state() == before, trap.sprung
        else:
            break
    assert number > 20, "power check: there was something to break"
    assert wide_state() != before
    assert leaver.username == "kjj-old"


# --- Drafts stay with the department ----------------------------------------------------------------------------------


def test_drafts_and_submissions_stay_and_the_newcomer_goes_on(thursday: datetime.date, kjj: Department) -> None:
    leaver = make_leaver(kjj)
    draft = f.save_draft(f.make_document(kjj, title="半成品"), author=leaver, summary="离任者写的摘要。")
    waiting = f.make_document(kjj, title="待审的办法")
    waiting = f.save_draft(waiting, author=leaver)
    submit(page=waiting, actor=leaver)
    owner = draft.owner_id
    filing = make_filing(kjj, leaver)
    complete_filing(filing=filing, username="kjj-edit2", actor=f.user("spj-acct"))
    newcomer = f.user("kjj-edit2")

    draft, waiting = type(draft).objects.get(pk=draft.pk), type(waiting).objects.get(pk=waiting.pk)
    assert (draft.owner_id, draft.latest_revision.user.username) == (owner, "kjj-old")
    assert draft.permissions_for_user(newcomer).can_edit()
    assert waiting.current_workflow_state.requested_by.username == "kjj-old"
    assert [item.page_id for item in inbox_for(newcomer).under_way] == [waiting.pk]
    assert can_review(f.user("kjj-review"), waiting)

    draft = f.save_draft(draft, author=newcomer, summary="接任者改好的摘要。")
    submit(page=draft, actor=newcomer)
    live = f.act(f.act(draft, "kjj-review"), "spj-moder", **f.classification())
    assert live.live
    assert f.act(waiting, "kjj-review").current_workflow_state is not None


def test_four_eyes_count_what_the_leaver_wrote(thursday: datetime.date, kjj: Department) -> None:
    """Neither the leaver called back nor the heir of both roles may pass a text of his own; the leaver's, the heir may."""
    leaver = make_leaver(kjj, Role.EDITOR, Role.REVIEWER)
    page = f.save_draft(f.make_document(kjj), author=leaver)
    submit(page=page, actor=leaver)
    page = type(page).objects.get(pk=page.pk)
    filing = make_filing(kjj, leaver)
    complete_filing(filing=filing, username="kjj-edit2", actor=f.user("spj-acct"))
    heir = f.user("kjj-edit2")
    assert can_review(heir, page), "another person than the writer"
    page = f.save_draft(page, author=heir)
    assert not can_review(heir, page)
    assert can_review(f.user("kjj-review"), page)


def test_the_leaver_called_back_may_not_review_his_own_text(thursday: datetime.date, kjj: Department) -> None:
    leaver = make_leaver(kjj, Role.EDITOR, Role.REVIEWER)
    page = f.save_draft(f.make_document(kjj), author=leaver)
    cancel_filing(filing=make_filing(kjj, leaver), reason="人没有走", actor=f.user("spj-acct"))
    assert f.user("kjj-old").holds(Role.REVIEWER)
    assert not can_review(f.user("kjj-old"), page)


# --- Settling -----------------------------------------------------------------------------------------------------


def test_settling_allots_the_newcomer_s_account(thursday: datetime.date, kjj: Department) -> None:
    filing = make_filing(kjj, make_leaver(kjj, Role.EDITOR, Role.REVIEWER))
    allotted = complete_filing(filing=filing, username="kjj-edit2", actor=f.user("spj-acct"))
    newcomer = f.user("kjj-edit2")
    assert newcomer.check_password(allotted.password)
    assert (newcomer.holder_name, newcomer.phone) == ("李接任", "0510-81820000")
    assert newcomer.must_change_password
    assert sorted(held.role for held in newcomer.current_assignments()) == ["editor", "reviewer"]
    filing.refresh_from_db()
    assert (filing.successor, filing.completed_by.username, filing.is_open) == (newcomer, "spj-acct", False)
    assert filing.completion_clock.finished_at == filing.completed_at
    assert actions()[-1] == "filing.completed"
    assert allotted.password not in "".join(Event.objects.values_list("payload_json", flat=True))
    assert permission_drift() == []
    assert verify_chain().ok


def test_settling_gives_the_roles_to_an_account_the_newcomer_has(thursday: datetime.date, kjj: Department) -> None:
    heir = make_leaver(kjj, Role.REVIEWER, code="kjj-heir")
    filing = make_filing(kjj, make_leaver(kjj), newcomer_name="姓名 kjj-heir", newcomer_phone="13812345678")
    assert complete_filing(filing=filing, account=heir, actor=f.user("spj-acct")) is None
    heir = f.user("kjj-heir")
    assert sorted(held.role for held in heir.current_assignments()) == ["editor", "reviewer"]
    assert heir.phone == "13812345678"
    assert filing.successor == heir
    assert permission_drift() == []


@pytest.mark.parametrize("username", ["kjj-edit", "gxj-edit", "kjj-old", "spj-moder", "shut"])
def test_no_other_person_s_account_inherits(thursday: datetime.date, kjj: Department, username: str) -> None:
    """Under another name, of another unit, the leaver's own, the bureau's, disabled."""
    User.objects.filter(pk=make_leaver(kjj, code="shut").pk).update(is_active=False, holder_name="李接任")
    User.objects.filter(username="gxj-edit").update(holder_name="李接任")
    filing, before = make_filing(kjj), Assignment.objects.count()
    with pytest.raises(ValidationError) as caught:
        complete_filing(filing=filing, account=f.user(username), actor=f.user("spj-acct"))
    assert "接任人本人" in caught.value.message_dict["account"][0]
    assert Assignment.objects.count() == before
    filing.refresh_from_db()
    assert filing.is_open


def test_settling_without_a_newcomer_only_settles(thursday: datetime.date, kjj: Department) -> None:
    filing = make_filing(kjj, newcomer_name="", newcomer_phone="")
    before = User.objects.count()
    with pytest.raises(ValidationError, match="没有接任人"):
        complete_filing(filing=filing, username="kjj-edit2", actor=f.user("spj-acct"))
    assert complete_filing(filing=filing, actor=f.user("spj-acct")) is None
    assert (User.objects.count(), filing.successor) == (before, None)
    assert filing.completion_verdict().code == "on_time"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "二者选一"),
        ({"username": "admin"}, "默认账号名"),
        ({"username": "KJJ 2"}, "小写字母"),
        ({"username": "kjj-edit"}, "已存在"),
        ({"username": "kjj-old"}, "已存在"),
    ],
)
def test_a_bad_code_is_told_and_nothing_is_written(
    thursday: datetime.date, kjj: Department, given: dict[str, str], words: str
) -> None:
    filing = make_filing(kjj)
    before = wide_state()
    with pytest.raises(ValidationError) as caught:
        complete_filing(filing=filing, actor=f.user("spj-acct"), **given)
    assert words in caught.value.message_dict["username"][0]
    assert wide_state() == before


@pytest.mark.parametrize("username", ["kjj-edit", "kjj-review", "spj-moder", "spj-audit", "sys-admin"])
def test_only_the_officer_settles_or_strikes_out(thursday: datetime.date, kjj: Department, username: str) -> None:
    filing, actor = make_filing(kjj), f.user(username)
    before = wide_state()
    with pytest.raises(PermissionDenied):
        complete_filing(filing=filing, username="kjj-edit2", actor=actor)
    with pytest.raises(PermissionDenied):
        cancel_filing(filing=filing, reason="误报", actor=actor)
    assert wide_state() == before


def test_what_is_settled_is_settled_once(thursday: datetime.date, kjj: Department) -> None:
    filing, officer = make_filing(kjj), f.user("spj-acct")
    read_before = AccountFiling.objects.get(pk=filing.pk)
    complete_filing(filing=filing, username="kjj-edit2", actor=officer)
    before = wide_state()
    with pytest.raises(Conflict):
        complete_filing(filing=read_before, username="kjj-edit3", actor=officer)
    with pytest.raises(Conflict):
        cancel_filing(filing=AccountFiling.objects.get(pk=filing.pk), reason="误报", actor=officer)
    assert wide_state() == before


def test_the_suggested_code_is_free(thursday: datetime.date, kjj: Department) -> None:
    f.make_user("kjj-edit2", kjj, Role.EDITOR)
    filing = make_filing(kjj)
    assert suggested_code(filing) == "kjj-edit3"
    filing.newcomer_name = ""
    assert suggested_code(filing) == ""


def test_after_settling_the_account_may_change_hands_again(thursday: datetime.date, kjj: Department) -> None:
    complete_filing(filing=make_filing(kjj), username="kjj-edit2", actor=f.user("spj-acct"))
    with on("2026-03-16"):
        make_filing(kjj, f.user("kjj-edit2"), changed_on=datetime.date(2026, 3, 13), newcomer_name="王三任")
    assert AccountFiling.objects.count() == 2


# --- Striking out -------------------------------------------------------------------------------------------------


def test_striking_out_gives_everything_back(thursday: datetime.date, kjj: Department) -> None:
    leaver = make_leaver(kjj, Role.EDITOR, Role.REVIEWER)
    limit = datetime.date(2026, 12, 31)
    Assignment.objects.filter(user=leaver, role=Role.REVIEWER).update(valid_until=limit)
    before = list(Assignment.objects.filter(user=leaver).order_by("pk").values())
    filing = make_filing(kjj, leaver)
    nonce = f.user("kjj-old").session_nonce
    with on("2026-03-13"):
        cancel_filing(filing=filing, reason=" 误报 ", actor=f.user("spj-acct"))
    leaver = f.user("kjj-old")
    assert (leaver.is_active, leaver.disabled_at, leaver.disabled_reason) == (True, None, "")
    assert leaver.check_password(f.PASSWORD)
    assert leaver.session_nonce != nonce, "sessions of before stay dead"
    assert list(Assignment.objects.filter(user=leaver).order_by("pk").values()) == before
    filing.refresh_from_db()
    assert (filing.is_open, filing.cancelled_reason) == (False, "误报")
    assert filing.completion_clock.cancelled_at is not None
    assert filing.filing_clock.cancelled_at is not None
    assert filing.filing_clock.finished_at is None, "counted neither as on time nor as late"
    told = Event.objects.get(action="clock.voided").payload
    assert (told["clock"], told["reason"], told["before"]["outcome"]) == (filing.filing_clock_id, "误报", "on_time")
    assert filing.filing_clock.history.exclude(finished_at=None).exists(), "the history keeps what it was"
    assert actions()[-1] == "filing.cancelled"
    assert Event.objects.last().payload["reason"] == "误报"
    assert permission_drift() == []
    with on("2026-03-13"):
        make_filing(kjj, leaver)  # and the true one can be filed


def test_striking_out_on_the_same_day_of_a_role_that_began_today(thursday: datetime.date, kjj: Department) -> None:
    leaver = f.make_user("kjj-new", kjj, Role.EDITOR)
    cancel_filing(filing=make_filing(kjj, leaver, changed_on=thursday), reason="误报", actor=f.user("spj-acct"))
    assert f.user("kjj-new").current_assignments().get().valid_until is None
    assert permission_drift() == []


def test_striking_out_gives_no_role_twice_and_none_that_has_run_out(
    thursday: datetime.date, kjj: Department, gxj: Department
) -> None:
    leaver = make_leaver(kjj, Role.EDITOR, Role.REVIEWER)
    make_leaver(gxj, code="kjj-old")
    Assignment.objects.filter(user=leaver, role=Role.REVIEWER).update(valid_until=thursday)
    filing = make_filing(kjj, leaver)
    assign_role(user=leaver, department=kjj, role=Role.EDITOR)
    with on("2026-03-16"):
        cancel_filing(filing=filing, reason="误报", actor=f.user("spj-acct"))
        held = [(row.department.code, row.role) for row in f.user("kjj-old").current_assignments()]
    assert sorted(held) == [("gxj", "editor"), ("kjj", "editor")]


def test_striking_out_needs_a_reason(thursday: datetime.date, kjj: Department) -> None:
    filing = make_filing(kjj)
    before = wide_state()
    with pytest.raises(ValidationError, match="撤销理由"):
        cancel_filing(filing=filing, reason=" ", actor=f.user("spj-acct"))
    assert wide_state() == before


def test_who_sees_which_filings(thursday: datetime.date, kjj: Department, gxj: Department) -> None:
    make_filing(kjj)
    seen = {name: AccountFiling.objects.visible_to(f.user(name)).count() for name in ("kjj-edit", "kjj-review")}
    seen |= {name: AccountFiling.objects.visible_to(f.user(name)).count() for name in ("spj-acct", "spj-audit")}
    assert set(seen.values()) == {1}
    for name in ("gxj-edit", "gxj-review", "spj-moder", "sys-admin", "kjj-old"):
        assert not AccountFiling.objects.visible_to(f.user(name)).exists()
