"""Reports of errors in the back office: who reads, answers, sends on (T9.6)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import Department
from audit.errors import Conflict
from audit.models import DutyNotice, Event
from audit.services import registry
from audit.services.notices import reassign, remind_due
from audit.services.records import check_records
from audit.services.replay import replay_verdicts
from policy_pages.feedback.services import (
    answer_ticket,
    reassign_ticket,
    supplement_ticket,
    take_ticket,
)
from policy_pages.inbox import inbox_for
from policy_pages.models import CorrectionTicket
from policy_pages.services.links import ticket_links
from policy_pages.tests.corrections_world import CONTACT, answered, report, ticket_of, travel
from policy_pages.tests.factories import user

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(kjj: Department, gxj: Department) -> CorrectionTicket:
    """About a page of kjj, reported on Monday 16 November 2026: due on Thursday."""
    return ticket_of(kjj)


def url(ticket: CorrectionTicket) -> str:
    return f"/admin/corrections/{ticket.pk}/"


def shown(client: Client, path: str) -> str:
    return " ".join(BeautifulSoup(client.get(path).content, "html.parser").get_text().split())


# --- Who reads ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("username", "reads", "sees_contact", "buttons"),
    [
        ("kjj-edit", True, True, ["take", "answer"]),
        ("kjj-review", True, True, []),
        ("spj-moder", True, False, ["reassign"]),
        ("spj-audit", True, False, []),
        ("gxj-edit", False, False, []),
        ("gxj-review", False, False, []),
        ("spj-acct", False, False, []),
        ("sys-admin", False, False, []),
    ],
)
def test_the_unit_and_the_bureau_read_only_the_unit_sees_who_wrote(
    ticket: CorrectionTicket, login: Any, username: str, reads: bool, sees_contact: bool, buttons: list[str]
) -> None:
    client = login(username)
    answer = client.get(url(ticket))
    assert (answer.status_code == 200) == reads
    if not reads:
        assert answer.status_code == 404
        listed = client.get("/admin/corrections/")
        assert ticket.title not in listed.content.decode()
        return
    html = answer.content.decode()
    assert (CONTACT in html) == sees_contact
    page = BeautifulSoup(html, "html.parser")
    assert [button["value"] for button in page.select('button[name="action"]')] == buttons
    assert ticket.title in shown(client, "/admin/corrections/")


def test_the_list_begins_with_what_is_most_urgent(ticket: CorrectionTicket, login: Any) -> None:
    with travel("11-17 10:00"):
        page = ticket.path
        later = report(page, text="后来的")
        done = answered(report(page, text="已经办了"), "11-17 11:00")
        client = login("kjj-edit")
        rows = BeautifulSoup(client.get("/admin/corrections/").content, "html.parser").select("td.title a")
        assert [link["href"] for link in rows] == [url(ticket), url(later), url(done)]
        by_date = BeautifulSoup(client.get("/admin/corrections/?ordering=received_at").content, "html.parser")
        assert by_date.select("td.title a")[0]["href"] == url(ticket)


def test_the_inbox_shows_what_waits_with_the_days_left(ticket: CorrectionTicket, login: Any) -> None:
    with travel("11-17 10:00"):
        assert [row[0] for row in inbox_for(user("kjj-edit")).corrections] == [ticket]
        assert "还剩 2 个工作日" in shown(login("kjj-edit"), "/admin/inbox/")
        assert "待答复的纠错" in shown(login("kjj-edit"), "/admin/inbox/")
        assert not [owed for owed in inbox_for(user("kjj-edit")).duties if "收到纠错后答复" in owed.title]
        assert len(inbox_for(user("gxj-edit")).corrections) == 0
        # The reviewer answers nothing: he sees it among what his unit owes.
        assert len(inbox_for(user("kjj-review")).corrections) == 0
        assert [owed for owed in inbox_for(user("kjj-review")).duties if "收到纠错后答复" in owed.title]
        assert len(inbox_for(user("spj-moder")).corrections) == 0
        own = report("/timeliness/")
        assert [row[0] for row in inbox_for(user("spj-moder")).corrections] == [own]


def test_its_clock_leads_to_it_and_is_told_to_its_people(ticket: CorrectionTicket, login: Any) -> None:
    assert {person.username for person in registry.people_told(ticket.clock)} == {"kjj-edit", "kjj-review"}
    page = BeautifulSoup(login("kjj-edit").get(f"/admin/duties/{ticket.clock_id}/").content, "html.parser")
    assert page.select_one(f'dd a[href="{url(ticket)}"]') is not None
    with travel("11-20 10:00"):
        own = report("/timeliness/")
        assert {person.username for person in registry.people_told(own.clock)} == {"spj-moder"}
        remind_due()
        assert "超期提醒" in shown(login("kjj-edit"), "/admin/inbox/")


def test_a_link_to_a_report_is_for_its_readers_only(ticket: CorrectionTicket) -> None:
    asked = [str(ticket.pk), ""]
    assert ticket_links(user("kjj-edit"), asked) == {str(ticket.pk): registry.Shown(url=url(ticket))}
    assert ticket_links(user("gxj-edit"), asked) == {}


# --- Answering ---------------------------------------------------------------------------------------------------------


def test_the_editor_takes_up_answers_and_supplements(ticket: CorrectionTicket, login: Any) -> None:
    with travel("11-17 10:00"):
        client = login("kjj-edit")
        client.post(url(ticket), {"action": "take"})
        client.post(url(ticket), {"action": "answer", "outcome": "corrected", "answer": "已改为 81820000。"})
        client.post(url(ticket), {"action": "supplement", "supplement": "新号码周一启用。"})
    ticket.refresh_from_db()
    assert (ticket.outcome, ticket.answer, ticket.supplement) == ("corrected", "已改为 81820000。", "新号码周一启用。")
    assert (ticket.taken_by, ticket.answered_by, ticket.supplemented_by) == (user("kjj-edit"),) * 3
    assert (ticket.clock.outcome, ticket.clock.used) == ("on_time", 1)
    assert ticket.clock.finished_at == ticket.answered_at
    told = [event.action for event in Event.objects.for_object("policy_pages.correctionticket", ticket.pk)]
    assert told == [
        "clock.started",
        "correction.received",
        "correction.taken",
        "clock.finished",
        "correction.answered",
        "correction.supplemented",
    ]
    assert replay_verdicts(with_objects=True).ok
    assert check_records() == []


def test_an_answer_needs_an_outcome_and_words_and_keeps_what_was_typed(ticket: CorrectionTicket, login: Any) -> None:
    client = login("kjj-edit")
    for sent, said in (
        ({"outcome": "", "answer": ""}, ["请选择处理结果。", "请写明答复"]),
        ({"outcome": "corrected", "answer": "长" * 1001}, ["现在 1001 个"]),
        ({"outcome": "made-up", "answer": "好的"}, ["请选择处理结果。"]),
    ):
        page = client.post(url(ticket), {"action": "answer", **sent}).content.decode()
        assert all(words in page for words in said)
        assert sent["answer"] in page
    assert CorrectionTicket.objects.get().is_open


def test_the_service_judges_for_itself(ticket: CorrectionTicket) -> None:
    editor = user("kjj-edit")
    with pytest.raises(ValidationError) as refused:
        answer_ticket(ticket=ticket, outcome="x", answer=" ", actor=editor)
    assert set(refused.value.message_dict) == {"outcome", "answer"}
    with pytest.raises(ValidationError, match="1001"):
        answer_ticket(ticket=ticket, outcome="right", answer="长" * 1001, actor=editor)
    with pytest.raises(ValidationError):
        supplement_ticket(ticket=answered(ticket), text="", actor=editor)


@pytest.mark.parametrize("username", ["kjj-review", "gxj-edit", "spj-moder", "spj-audit", "spj-acct"])
def test_nobody_but_the_unit_s_editor_answers(ticket: CorrectionTicket, login: Any, username: str) -> None:
    actor = user(username)
    for act in (
        lambda: take_ticket(ticket=ticket, actor=actor),
        lambda: answer_ticket(ticket=ticket, outcome="right", answer="核实无误。", actor=actor),
        lambda: supplement_ticket(ticket=ticket, text="补充", actor=actor),
    ):
        with pytest.raises(PermissionDenied):
            act()
    client = login(username)
    for action in ("take", "answer", "supplement"):
        client.post(url(ticket), {"action": action, "outcome": "right", "answer": "核实无误。", "supplement": "补充"})
    ticket.refresh_from_db()
    assert ticket.is_open
    assert ticket.taken_at is None


def test_the_bureau_answers_for_its_own_pages(bureau: Department, login: Any) -> None:
    own = report("/timeliness/", contact=CONTACT)
    client = login("spj-moder")
    assert CONTACT in client.get(url(own)).content.decode()
    client.post(url(own), {"action": "answer", "outcome": "right", "answer": "核实无误。"})
    assert CorrectionTicket.objects.get(pk=own.pk).outcome == "right"
    assert login("spj-audit").get(url(own)).content.decode().count(CONTACT) == 0


def test_an_answer_is_final_and_supplemented_once(ticket: CorrectionTicket) -> None:
    editor, done = user("kjj-edit"), answered(ticket)
    with pytest.raises(Conflict):
        answer_ticket(ticket=done, outcome="right", answer="改口", actor=editor)
    with pytest.raises(Conflict):
        take_ticket(ticket=done, actor=editor)
    with pytest.raises(Conflict):
        reassign_ticket(
            ticket=done, department=Department.objects.get(code="gxj"), reason="错转", actor=user("spj-moder")
        )
    supplement_ticket(ticket=done, text="补充一句", actor=editor)
    with pytest.raises(Conflict):
        supplement_ticket(ticket=done, text="再补充", actor=editor)
    assert CorrectionTicket.objects.get(pk=done.pk).answer == "已改为 81820000。"


def test_an_open_report_has_no_supplement_and_is_taken_up_once(ticket: CorrectionTicket) -> None:
    editor = user("kjj-edit")
    with pytest.raises(Conflict):
        supplement_ticket(ticket=ticket, text="补充", actor=editor)
    take_ticket(ticket=ticket, actor=editor)
    with pytest.raises(Conflict):
        take_ticket(ticket=ticket, actor=editor)


def test_a_word_that_is_no_action_is_a_bad_request(ticket: CorrectionTicket, login: Any) -> None:
    assert login("kjj-edit").post(url(ticket), {"action": "erase"}).status_code == 400


# --- Another unit ------------------------------------------------------------------------------------------------------


def test_the_bureau_sends_a_report_on_and_the_days_stay(ticket: CorrectionTicket, login: Any) -> None:
    gxj = Department.objects.get(code="gxj")
    with travel("11-18 10:00"):
        take_ticket(ticket=ticket, actor=user("kjj-edit"))
        remind_due()
        assert DutyNotice.objects.filter(clock=ticket.clock).count() == 1
        client = login("spj-moder")
        client.post(url(ticket), {"action": "reassign", "department": gxj.pk, "reason": "电话是工信局的"})
        moved = CorrectionTicket.objects.get(pk=ticket.pk)
        assert (moved.department, moved.clock.department, moved.taken_at) == (gxj, gxj, None)
        assert moved.clock.due_on == datetime.date(2026, 11, 19)
        assert "电话是工信局的" in shown(client, url(moved))
        assert moved.history.first().history_change_reason == "电话是工信局的"
        event = Event.objects.get(action="correction.reassigned")
        assert (event.department_code, event.payload["before"]) == ("gxj", "kjj")
        # What the unit before was told is not its matter any more; the new one is told anew.
        assert not DutyNotice.objects.filter(clock=ticket.clock).exists()
        assert Event.objects.filter(action="duty.reminder_withdrawn").exists()
        remind_due()
        assert DutyNotice.objects.get(clock=ticket.clock).department == gxj
        assert login("kjj-edit").get(url(moved)).status_code == 404
        page = login("gxj-edit").get(url(moved)).content.decode()
        assert CONTACT in page
        assert "打开页面的卷宗" not in page, "the page is another unit's"
        assert len(inbox_for(user("kjj-edit")).corrections) == 0
        told = [one.notice.clock_id for one in inbox_for(user("kjj-edit")).notices]
        assert ticket.clock_id not in told
    answered(moved, "11-20 10:00", actor=user("gxj-edit"))
    moved.clock.refresh_from_db()
    assert moved.clock.outcome == "late", "whoever waits for the answer waited for it since Monday"
    assert replay_verdicts(with_objects=True).ok
    assert check_records() == []


def test_a_chase_of_the_unit_before_does_not_stay_in_its_inbox(ticket: CorrectionTicket, login: Any) -> None:
    from audit.services.notices import chase

    with travel("11-18 10:00"):
        chase(clock=ticket.clock, message="请今天答复", actor=user("spj-moder"))
        assert len(inbox_for(user("kjj-edit")).notices) == 1
        reassign_ticket(
            ticket=ticket, department=Department.objects.get(code="gxj"), reason="错转", actor=user("spj-moder")
        )
        assert len(inbox_for(user("kjj-edit")).notices) == 0
        assert len(inbox_for(user("gxj-edit")).notices) == 0


@pytest.mark.parametrize("username", ["kjj-edit", "kjj-review", "gxj-edit", "spj-audit", "spj-acct"])
def test_nobody_but_the_bureau_sends_on(ticket: CorrectionTicket, login: Any, username: str) -> None:
    gxj = Department.objects.get(code="gxj")
    with pytest.raises(PermissionDenied):
        reassign_ticket(ticket=ticket, department=gxj, reason="错转", actor=user(username))
    login(username).post(url(ticket), {"action": "reassign", "department": gxj.pk, "reason": "错转"})
    assert CorrectionTicket.objects.get(pk=ticket.pk).department.code == "kjj"


def test_a_report_is_sent_to_another_unit_in_use_for_a_reason(ticket: CorrectionTicket, login: Any) -> None:
    moderator, gxj = user("spj-moder"), Department.objects.get(code="gxj")
    client = login("spj-moder")
    page = client.post(url(ticket), {"action": "reassign", "department": ticket.department_id, "reason": ""})
    assert "请选择单位。" in page.content.decode()
    assert "请写明转办理由。" in page.content.decode()
    for department, reason in ((ticket.department, "错转"), (gxj, " "), (gxj, "长" * 501)):
        with pytest.raises(ValidationError):
            reassign_ticket(ticket=ticket, department=department, reason=reason, actor=moderator)
    Department.objects.filter(code="gxj").update(is_active=False)
    gxj.refresh_from_db()
    with pytest.raises(ValidationError, match="在用"):
        reassign_ticket(ticket=ticket, department=gxj, reason="错转", actor=moderator)
    assert CorrectionTicket.objects.get(pk=ticket.pk).department.code == "kjj"


def test_who_answers_meanwhile_is_told_that_it_went_elsewhere(ticket: CorrectionTicket) -> None:
    read = CorrectionTicket.objects.get(pk=ticket.pk)
    reassign_ticket(
        ticket=ticket, department=Department.objects.get(code="gxj"), reason="错转", actor=user("spj-moder")
    )
    with pytest.raises(Conflict, match="已转其他单位"):
        answer_ticket(ticket=read, outcome="right", answer="核实无误。", actor=user("kjj-edit"))


def test_a_duty_is_sent_on_for_a_reason_while_it_runs(ticket: CorrectionTicket) -> None:
    gxj, moderator = Department.objects.get(code="gxj"), user("spj-moder")
    with pytest.raises(ValidationError, match="转办理由"):
        reassign(clock=ticket.clock, department=gxj, reason="", actor=moderator)
    done = answered(ticket)
    with pytest.raises(Conflict):
        reassign(clock=done.clock, department=gxj, reason="错转", actor=moderator)
