"""Reports of errors afterwards: what is forgotten in time, and what the chain proves of the rest (T9.6)."""

from __future__ import annotations

import datetime
import io
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from django.core.management import call_command
from django.db import connection

from accounts.models import Assignment
from audit.models import Event
from audit.services import record
from audit.services.records import check_records
from audit.services.replay import replay_verdicts
from policy_pages.feedback.records import tickets_told_otherwise
from policy_pages.feedback.services import OBJECT_TYPE, forget, reassign_ticket, supplement_ticket, take_ticket
from policy_pages.models import CorrectionTicket
from policy_pages.tests.corrections_world import CONTACT, NEW, answered, filled, report, ticket_of, travel
from policy_pages.tests.factories import user

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(kjj: Department, gxj: Department) -> CorrectionTicket:
    """About a page of kjj, reported on Monday 16 November 2026: due on Thursday."""
    return ticket_of(kjj)


# --- Forgetting --------------------------------------------------------------------------------------------------------


def tick() -> str:
    out = io.StringIO()
    call_command("tick", stdout=out)
    return out.getvalue()


def test_how_to_reach_the_visitor_is_forgotten_ninety_days_after_the_answer(ticket: CorrectionTicket) -> None:
    answered(ticket)
    with travel("12-31 10:00"):
        forget()
        assert CorrectionTicket.objects.get(pk=ticket.pk).contact == CONTACT
    at = datetime.datetime.fromisoformat("2027-02-16T10:00:01+08:00")
    assert forget(now=at - datetime.timedelta(seconds=2)) == 0
    assert forget(now=at) == 1
    gone = CorrectionTicket.objects.get(pk=ticket.pk)
    assert (gone.contact, gone.address_hash, gone.contact_erased_at) == ("", "", at)
    event = Event.objects.get(action="correction.contact_erased")
    assert CONTACT not in event.payload_json
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM policy_pages_historicalcorrectionticket")
        assert CONTACT not in str(cursor.fetchall())
    assert forget(now=at) == 0
    assert check_records() == []


def test_where_from_is_forgotten_after_a_day_answered_or_not(ticket: CorrectionTicket) -> None:
    with travel("11-17 09:59"):
        forget()
        assert CorrectionTicket.objects.get(pk=ticket.pk).address_hash
    with travel("11-17 10:01"):
        forget()
        assert not CorrectionTicket.objects.get(pk=ticket.pk).address_hash
        assert CorrectionTicket.objects.get(pk=ticket.pk).contact == CONTACT, "an open report keeps it"


def test_tick_forgets(ticket: CorrectionTicket, settings: Any) -> None:
    answered(ticket)
    settings.HUIQITONG_CORRECTION_CONTACT_DAYS = 1
    assert "删除了 1 条纠错的联系方式" in tick()
    assert "删除了" not in tick()


def test_where_nothing_was_left_there_is_nothing_to_forget(kjj: Department) -> None:
    Assignment.objects.update(valid_from=datetime.date(2023, 1, 5))
    with travel("11-16 10:00"):
        answered(report(), actor=user("spj-moder"))
    assert forget(now=datetime.datetime.fromisoformat("2028-01-01T00:00:00+08:00")) == 0


# --- What the chain proves -----------------------------------------------------------------------------------------------


def rewritten(ticket: CorrectionTicket, **facts: Any) -> list[str]:
    CorrectionTicket.objects.filter(pk=ticket.pk).update(**facts)
    return list(tickets_told_otherwise())


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"text": "另一句话"}, "问题描述"),
        ({"path": "/other/"}, "页面地址"),
        ({"kind": "link"}, "差错类型"),
        ({"receipt": "ACDEFGHJKMNP"}, "回执号"),
        ({"answer": "另一个答复"}, "答复"),
        ({"outcome": "right"}, "处理结果"),
        ({"supplement": "没有说过"}, "补充答复"),
        ({"received_at": datetime.datetime(2026, 11, 17, tzinfo=datetime.UTC)}, "收到时间"),
        ({"taken_at": None}, "开始处理时间"),
        ({"taken_at": datetime.datetime(2026, 11, 16, 9, tzinfo=datetime.UTC)}, "开始处理时间"),
        ({"taken_by": None}, "处理人"),
        ({"answered_at": datetime.datetime(2026, 11, 17, 2, tzinfo=datetime.UTC)}, "答复时间"),
        ({"supplemented_at": datetime.datetime(2026, 11, 18, 1, tzinfo=datetime.UTC)}, "补充时间"),
    ],
)
def test_a_report_that_was_rewritten_is_named(ticket: CorrectionTicket, facts: dict[str, Any], word: str) -> None:
    take_ticket(ticket=ticket, actor=user("kjj-edit"))
    done = answered(ticket)
    supplement_ticket(ticket=done, text="周一启用。", actor=user("kjj-edit"))
    assert list(tickets_told_otherwise()) == []
    (found,) = rewritten(done, **facts)
    assert word in found
    assert ticket.title in found


def test_who_took_up_what_was_sent_on_is_nobody(ticket: CorrectionTicket, gxj: Department) -> None:
    take_ticket(ticket=ticket, actor=user("kjj-edit"))
    reassign_ticket(ticket=ticket, department=gxj, reason="电话是工信局的", actor=user("spj-moder"))
    assert list(tickets_told_otherwise()) == []
    (found,) = rewritten(ticket, taken_at=ticket.received_at)
    assert "开始处理时间" in found


def test_what_an_event_of_an_older_version_does_not_tell_is_not_compared(ticket: CorrectionTicket) -> None:
    told = {"actor": user("kjj-edit"), "department_code": "kjj", "object_type": OBJECT_TYPE, "object_id": ticket.pk}
    record(action="correction.taken", object_label=str(ticket), payload={"clock": ticket.clock_id}, **told)
    (found,) = rewritten(ticket, taken_at=ticket.received_at)
    assert "处理人" in found
    assert "开始处理时间" not in found
    assert rewritten(ticket, taken_by=user("kjj-edit")) == []


def test_a_false_time_of_the_answer_is_neither_shown_nor_acted_upon(client: Client, ticket: CorrectionTicket) -> None:
    done = answered(ticket)
    rewritten(done, answered_at=datetime.datetime(2026, 1, 5, 2, tzinfo=datetime.UTC))
    page = client.get(f"/corrections/{ticket.receipt}/").content.decode()
    assert "2026-11-18 10:00" in page
    assert "2026-01-05" not in page
    assert forget(now=datetime.datetime(2026, 12, 1, tzinfo=datetime.UTC)) == 0
    assert CorrectionTicket.objects.get(pk=ticket.pk).contact == CONTACT


@pytest.mark.parametrize(
    "typed", ["13800138000", "张三 13800138000", "/calendar/13800138000/", "/policies/kjj/wj-1/13800138000", "/张三/"]
)
def test_an_address_that_is_none_of_ours_stands_in_no_event_and_no_clock(
    client: Client, bureau: Department, typed: str
) -> None:
    """It may be anything; the report keeps it beside its words, the chain what proves it."""
    client.post(NEW, filled(page=typed))
    told = "".join(f"{event.payload_json}{event.object_label}" for event in Event.objects.all())
    ticket = CorrectionTicket.objects.get()
    for secret in ("13800138000", "张三"):
        assert secret not in told + ticket.title + ticket.clock.object_label
    assert typed in ticket.path
    assert list(tickets_told_otherwise()) == []
    assert replay_verdicts(with_objects=True).ok
    (found,) = rewritten(ticket, path="/other/")
    assert "填写的页面地址" in found


def test_no_receipt_stands_in_a_report_about_a_receipt(client: Client, bureau: Department) -> None:
    first = report()
    own = f"/corrections/{first.receipt}/"
    foot = BeautifulSoup(client.get(own).content, "html.parser").find("a", string="我要纠错")["href"]
    assert foot == "/corrections/new/?page=/corrections/"
    form = BeautifulSoup(client.get(f"{NEW}?page={own}").content, "html.parser").main
    assert "/corrections/" in str(form)
    assert first.receipt not in str(form)
    client.post(NEW, filled(page=own, text="这一页写错了。"))
    ticket = CorrectionTicket.objects.latest("pk")
    assert (ticket.path, ticket.title) == ("/corrections/", "我要纠错")
    told = "".join(f"{event.payload_json}{event.object_label}" for event in Event.objects.all())
    assert first.receipt not in told


def test_a_report_of_another_unit_or_day_is_named(ticket: CorrectionTicket, gxj: Department) -> None:
    assert "单位" in rewritten(ticket, department=gxj)[0]
    CorrectionTicket.objects.update(received_at=datetime.datetime(2026, 11, 10, tzinfo=datetime.UTC))
    assert [one.clock for one in replay_verdicts().differences] == [ticket.clock_id]


def test_a_report_put_in_or_taken_away_is_named(ticket: CorrectionTicket) -> None:
    second = CorrectionTicket.objects.get(pk=ticket.pk)
    other = report("/timeliness/")
    second.pk, second.receipt, clock = None, "ACDEFGHJKMNP", other.clock
    CorrectionTicket.objects.filter(pk=other.pk).delete()
    second.clock = clock
    second.save()
    said = list(tickets_told_otherwise())
    assert any("没有记载" in words for words in said)
    assert any("已不在" in words for words in said)


def test_an_event_that_cannot_be_read_is_named(ticket: CorrectionTicket) -> None:
    record(action="correction.answered", object_type=OBJECT_TYPE, object_id="x", payload={})
    assert "无法读取" in next(tickets_told_otherwise())


def test_a_clock_of_another_thing_is_found(ticket: CorrectionTicket) -> None:
    type(ticket.clock).objects.filter(pk=ticket.clock_id).update(object_type="other.thing")
    assert "时限所指的纠错" in next(tickets_told_otherwise())


def test_its_name_is_what_was_wrong_and_where(ticket: CorrectionTicket) -> None:
    assert str(ticket) == f"电话打不通：{ticket.title}"
