"""我要纠错 as a visitor meets it: the form, the receipt, the page of how it works (T9.6)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Assignment, Department
from audit.models import CalendarYear, DutyClock, DutyRule, Event
from policy_pages.feedback.forms import new_stamp
from policy_pages.feedback.services import answer_ticket, supplement_ticket, take_ticket
from policy_pages.models import CorrectionTicket
from policy_pages.tests.corrections_world import LOCAL, NEW, filled, report, send, travel
from policy_pages.tests.factories import make_document, make_public, user
from policy_pages.tests.public_reading import in_order, path_of, soup, words

if TYPE_CHECKING:
    from pytest_django.fixtures import DjangoAssertNumQueries, SettingsWrapper

    from policy_pages.models import PolicyDocumentPage

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(kjj: Department) -> PolicyDocumentPage:
    """A public page of the unit kjj."""
    return make_public(make_document(kjj))


# --- Sending ---------------------------------------------------------------------------------------------------------


def test_a_report_gets_a_receipt_a_unit_and_a_clock(client: Client, document: Any) -> None:
    answer = client.post(
        NEW, filled(page=path_of(document), kind="wording", text="第一条写成了“研法”。", place="第一条")
    )
    ticket = CorrectionTicket.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == f"/corrections/{ticket.receipt}/"
    assert (ticket.department.code, ticket.page_id, ticket.path) == ("kjj", document.pk, path_of(document))
    assert (ticket.title, ticket.kind, ticket.place) == (document.title, "wording", "第一条")
    assert ticket.clock.rule.code == "correct_error"
    assert ticket.clock.rule.is_setting
    assert ticket.clock.rule.article == "第九条"
    assert ticket.clock.trigger_date == timezone.localdate(ticket.received_at)
    page = words(client.get(answer["Location"]).content.decode())
    assert in_order(page, ticket.receipt_words, "收到", document.title, "第一条写成了“研法”。", "科学技术局")


def test_three_working_days_are_counted_over_the_holiday(client: Client, kjj: Department) -> None:
    """Thursday 12 February 2026: the 13th, Saturday the 14th (worked), then Tuesday the 24th after the Spring Festival."""
    Assignment.objects.update(valid_from=datetime.date(2023, 1, 5))
    with travel("02-12 10:00"):
        ticket = report()
        assert ticket.clock.due_on == datetime.date(2026, 2, 24)
        page = words(client.get(f"/corrections/{ticket.receipt}/").content.decode())
        assert "2026-02-24（周二），还剩 3 个工作日" in page


@pytest.mark.parametrize(("answered", "outcome"), [("02-24 23:59", "on_time"), ("02-25 00:01", "late")])
def test_the_answer_is_in_time_until_the_last_day_is_over(
    client: Client, kjj: Department, answered: str, outcome: str
) -> None:
    Assignment.objects.update(valid_from=datetime.date(2023, 1, 5))
    with travel("02-12 10:00"):
        ticket = report()
    with travel(answered):
        answer_ticket(ticket=ticket, outcome="corrected", answer="已改为 81820000。", actor=user("spj-moder"))
        ticket.clock.refresh_from_db()
        assert ticket.clock.outcome == outcome
        page = words(client.get(f"/corrections/{ticket.receipt}/").content.decode())
        assert ("按时" if outcome == "on_time" else "逾期 1 个工作日") in page


def test_three_faults_are_told_at_once_and_what_was_typed_stays(client: Client, bureau: Department) -> None:
    sent = filled(kind="", text="长" * 1001, contact="微信 abc", place="申报材料第 3 项", page="/timeliness/")
    answer = client.post(NEW, sent)
    page = soup(answer)
    assert not CorrectionTicket.objects.exists()
    summary = page.select_one('[role="alert"]')
    assert "有 3 处需要修改" in summary.get_text()
    links = {link["href"] for link in summary.select("a")}
    assert links == {"#id_kind_0", "#id_text", "#id_contact"}
    for link in links:
        assert page.select_one(link) is not None
    assert "现在 1001 个" in summary.get_text()
    for name in ("text", "contact"):
        field = page.select_one(f"#id_{name}")
        described = field["aria-describedby"].split()
        assert f"id_{name}_error" in described
        assert field["aria-invalid"] == "true"
        assert all(page.find(id=one) for one in described)
    assert page.select_one("#id_text").text.strip() == "长" * 1001
    assert page.select_one("#id_contact")["value"] == "微信 abc"
    assert page.select_one("#id_place")["value"] == "申报材料第 3 项"
    assert page.find("input", {"name": "page"})["value"] == "/timeliness/"
    assert page.title.get_text().startswith("没有提交成功")


def test_every_text_has_its_bound(client: Client, bureau: Department) -> None:
    sent = filled(page="/" + "a" * 2000, place="长" * 201, contact="1" * 101, kind="none")
    text = soup(client.post(NEW, sent)).get_text()
    assert not CorrectionTicket.objects.exists()
    for said in ("现在 201 个", "现在 101 个", "现在 2001 个", "请从列出的几类中选择一类"):
        assert said in text


def test_an_address_that_is_none_is_asked_for_again(client: Client, bureau: Department) -> None:
    page = soup(client.post(NEW, filled(page="ftp://x/")))
    assert page.select_one("#id_page")["value"] == "ftp://x/"
    assert "这不是网页地址" in page.select_one("#id_page_error").get_text()


def test_no_page_means_the_site(client: Client, bureau: Department) -> None:
    client.post(NEW, filled(page=""))
    assert CorrectionTicket.objects.get().path == "/"


def test_the_form_of_nobody_s_system_is_shown_again_and_not_kept(client: Client, db: None) -> None:
    answer = client.post(NEW, filled())
    assert answer.status_code == 503
    assert "还没有设置受理单位" in answer.content.decode()
    assert not CorrectionTicket.objects.exists()


# --- Programs -----------------------------------------------------------------------------------------------------------


def test_what_is_sent_too_fast_is_not_kept_and_may_be_sent_again(client: Client, bureau: Department) -> None:
    with travel("11-25 09:30:00"):
        stamp = new_stamp(LOCAL)
        answer = client.post(NEW, filled(stamp=stamp, text="马上就发"))
    assert answer.status_code == 200
    page = soup(answer)
    assert "提交得太快了" in page.get_text()
    assert page.select_one("#id_text").text.strip() == "马上就发"
    kept = page.find("input", {"name": "stamp"})["value"]
    assert page.select_one('[role="alert"] a')["href"] == "#send"
    assert not CorrectionTicket.objects.exists()
    with travel("11-25 09:30:03"):
        assert client.post(NEW, filled(stamp=kept, text="马上就发")).status_code == 302


@pytest.mark.parametrize("stamp", ["", "made-up", "old"])
def test_a_form_that_is_a_day_old_or_not_ours_comes_back_with_everything_typed(
    client: Client, bureau: Department, stamp: str
) -> None:
    if stamp == "old":
        with travel("11-23 09:30"):
            stamp = new_stamp(LOCAL)
    with travel("11-25 09:30"):
        page = soup(client.post(NEW, filled(stamp=stamp, text="写了一天", contact="0510-81820000")))
        assert "已超过一天" in page.get_text()
        assert page.select_one("#id_text").text.strip() == "写了一天"
        assert page.select_one("#id_contact")["value"] == "0510-81820000"
        fresh = page.find("input", {"name": "stamp"})["value"]
    assert not CorrectionTicket.objects.exists()
    with travel("11-25 09:30:05"):
        assert client.post(NEW, filled(stamp=fresh)).status_code == 302


def test_whoever_fills_in_the_trap_is_told_so_and_nothing_is_kept(client: Client, bureau: Department) -> None:
    page = soup(client.get(NEW))
    assert page.select_one(".trap #id_website") is not None, "no person sees it"
    page = soup(client.post(NEW, filled(website="https://example.com", text="正文")))
    assert page.select_one(".trap #id_website") is None, "a person whose browser filled it in can empty it"
    assert "请清空后再提交" in page.select_one('[role="alert"]').get_text()
    assert page.select_one("#id_text").text.strip() == "正文"
    assert not CorrectionTicket.objects.exists()


def test_above_the_bound_a_network_is_refused_for_the_hour_and_loses_nothing(
    client: Client, bureau: Department, settings: SettingsWrapper
) -> None:
    settings.HUIQITONG_CORRECTIONS_PER_HOUR = 3
    with travel("11-25 09:00"):
        for number in range(3):
            assert send(client, "192.0.2.7", text=f"第 {number} 条").status_code == 302
        answer = send(client, "192.0.2.7", text="第四条", contact="0510-81820000")
        assert answer.status_code == 429
        page = soup(answer)
        assert in_order(page.get_text(), "这个网络一小时内提交的已经很多", "12345")
        assert page.select_one("#id_text").text.strip() == "第四条"
        assert page.select_one("#id_contact")["value"] == "0510-81820000"
        assert CorrectionTicket.objects.count() == 3
        assert send(client, "192.0.2.8", text="别处来的").status_code == 302
    with travel("11-25 10:00:01"):
        assert send(client, "192.0.2.7", text="第四条").status_code == 302


def test_the_address_itself_is_kept_nowhere(client: Client, bureau: Department) -> None:
    send(client, "192.0.2.77", contact="someone@example.gov.cn")
    ticket = CorrectionTicket.objects.get()
    assert len(ticket.address_hash) == 64
    assert not any("192.0.2" in str(value) for value in CorrectionTicket.objects.values_list().get())
    told = "".join(Event.objects.values_list("payload_json", flat=True))
    for secret in ("192.0.2", "someone@example.gov.cn", ticket.address_hash, ticket.receipt):
        assert secret not in told
    assert not hasattr(ticket.history.get(), "contact")
    assert not hasattr(ticket.history.get(), "address_hash")


def test_sent_twice_a_report_is_one(client: Client, bureau: Department) -> None:
    first = send(client, "192.0.2.7")
    again = send(client, "192.0.2.7")
    assert first["Location"] == again["Location"]
    send(client, "192.0.2.8")
    send(client, "192.0.2.7", text="另一处")
    assert CorrectionTicket.objects.count() == 3


def test_a_body_beyond_all_measure_is_not_read(client: Client, bureau: Department) -> None:
    answer = client.post(NEW, filled(text="长" * 60_000))
    assert answer.status_code == 413
    assert "内容太长" in answer.content.decode()
    assert not CorrectionTicket.objects.exists()


@pytest.mark.parametrize("length", ["", "x", "-1"])
def test_a_length_that_is_none_is_no_error_of_the_server(client: Client, bureau: Department, length: str) -> None:
    assert client.post(NEW, filled(), CONTENT_LENGTH=length).status_code in {200, 400}


def test_bytes_that_are_no_text_are_no_error_of_the_server(client: Client, bureau: Department) -> None:
    body = b"page=%FF%FE&kind=phone&text=%00%FF&contact=%80"
    answer = client.post(NEW, body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    assert client.put(NEW).status_code == 405


# --- What the browser is given -------------------------------------------------------------------------------------------


def test_the_pages_set_no_cookie_and_are_kept_by_nobody(bureau: Department) -> None:
    strict = Client(enforce_csrf_checks=True)
    ticket = report()
    for answer in (
        strict.get("/corrections/"),
        strict.get(NEW),
        strict.get(f"/corrections/{ticket.receipt}/"),
        strict.post(NEW, filled(text="没有令牌")),
        strict.post(NEW, {}),
    ):
        assert answer.status_code in {200, 302}
        assert "no-store" in answer["Cache-Control"]
        assert not answer.cookies
    assert CorrectionTicket.objects.count() == 2, "no token is asked for"


def test_the_pages_are_made_in_few_queries(
    client: Client, document: Any, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ticket = report(path_of(document))
    for path in ("/corrections/", NEW, f"{NEW}?page={path_of(document)}", f"/corrections/{ticket.receipt}/"):
        with django_assert_max_num_queries(15):
            assert client.get(path).status_code == 200


def test_a_receipt_is_for_nobody_s_index(client: Client, bureau: Department) -> None:
    ticket = report()
    for path in (NEW, f"/corrections/{ticket.receipt}/"):
        assert soup(client.get(path)).find("meta", {"name": "robots"})["content"] == "noindex"


# --- The receipt ---------------------------------------------------------------------------------------------------------


def test_the_receipt_tells_how_it_stands_and_never_who_wrote(client: Client, kjj: Department) -> None:
    ticket = report("/timeliness/", contact="0510-81820000")
    url = f"/corrections/{ticket.receipt}/"
    assert in_order(words(client.get(url).content.decode()), "请记下回执号", "收到", "电话打不通", "行政审批局")
    take_ticket(ticket=ticket, actor=user("spj-moder"))
    assert "处理中" in words(client.get(url).content.decode())
    answer_ticket(ticket=ticket, outcome="corrected", answer="已改为新号码。", actor=user("spj-moder"))
    page = words(client.get(url).content.decode())
    assert in_order(page, "已答复", "已更正", "已改为新号码。")
    assert "请记下回执号" not in page
    supplement_ticket(ticket=ticket, text="新号码周一启用。", actor=user("spj-moder"))
    page = words(client.get(url).content.decode())
    assert in_order(page, "已改为新号码。", "新号码周一启用。")
    assert "0510-81820000" not in page
    assert "姓名spj-moder" not in page, "no clerk is named either"


def test_an_overdue_report_says_so_to_the_visitor(client: Client, kjj: Department) -> None:
    with travel("11-16 10:00"):
        ticket = report()
    with travel("11-20 10:00"):
        assert "已超期 1 个工作日" in words(client.get(f"/corrections/{ticket.receipt}/").content.decode())


def test_a_gap_of_the_calendar_is_said_to_be_one(client: Client, kjj: Department) -> None:
    CalendarYear.objects.filter(year=2027).delete()
    with travel("12-30 10:00"):
        ticket = report()
        page = words(client.get(f"/corrections/{ticket.receipt}/").content.decode())
        assert "待国务院公布 2027 年放假安排" in page


@pytest.mark.parametrize("receipt", ["ACDEFGHJKMNP", "x", "0" * 12, "new-", "a" * 300])
def test_a_receipt_that_is_none_is_not_found(client: Client, bureau: Department, receipt: str) -> None:
    answer = client.get(f"/corrections/{receipt}/")
    assert answer.status_code == 404
    page = soup(answer)
    said = words(str(page.main)).replace(receipt[:60], "…")
    assert "没有“…”这个回执号，请核对后再查。" in said, "the same words, could it be one or not"
    assert page.select_one('form[action="/corrections/"] #receipt')["value"] == receipt[:60]
    assert not page.select('link[rel="canonical"]')


def test_an_empty_receipt_is_asked_for(client: Client, bureau: Department) -> None:
    for typed in ("", " ", "\u3000"):
        assert "请填写回执号。" in soup(client.get("/corrections/", {"receipt": typed})).get_text()
    assert "请填写回执号。" not in soup(client.get("/corrections/")).get_text()


def test_a_receipt_is_looked_up_however_it_is_typed(client: Client, bureau: Department) -> None:
    ticket = report()
    answer = client.get("/corrections/", {"receipt": f" {ticket.receipt_words.lower()} "})
    assert answer["Location"] == f"/corrections/{ticket.receipt}/"
    page = soup(client.get("/corrections/", {"receipt": "ACDE-FGHJ-KMNP<b>\x00"}))
    assert "没有“ACDE-FGHJ-KMNP<b>”这个回执号" in page.get_text()
    assert page.select_one("#receipt")["value"] == "ACDE-FGHJ-KMNP<b>"


# --- How it works --------------------------------------------------------------------------------------------------------


def test_the_quarter_is_told_in_one_sentence(client: Client, kjj: Department) -> None:
    Assignment.objects.update(valid_from=datetime.date(2023, 1, 5))
    with travel("11-16 10:00"):
        assert "还没有收到纠错" in words(client.get("/corrections/").content.decode())
        tickets = [report(text=f"第 {number} 条") for number in range(3)]
    with travel("11-17 10:00"):
        answer_ticket(ticket=tickets[0], outcome="right", answer="核实无误。", actor=user("spj-moder"))
    with travel("11-20 10:00"):
        answer_ticket(ticket=tickets[1], outcome="right", answer="核实无误。", actor=user("spj-moder"))
        report(text="今天的")
        page = words(client.get("/corrections/").content.decode()).replace(" ", "")
        assert "2026年第四季度收到4条，已答复或到期的3条中，按时答复1条，1条超过期限还没有答复。" in page


def test_the_days_are_those_of_the_rule(client: Client, kjj: Department) -> None:
    DutyRule.objects.create(
        code="correct_error",
        article="第九条",
        title="收到纠错后答复",
        days=2,
        effective_from=timezone.localdate(),
        is_setting=True,
    )
    assert "2 个工作日内答复" in words(client.get("/corrections/").content.decode())
    assert report().clock.rule.days == 2
    assert DutyClock.objects.filter(rule__code="correct_error").count() == 1
