"""What a public page says of its own punctuality, written from the regulation (A12: 3 working days after the event)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
import time_machine

from audit import rules
from audit.models import CalendarYear
from policy_pages.tests.factories import (
    make_bureau,
    make_change,
    make_department,
    make_document,
    make_public,
    save_draft,
)
from policy_pages.views.verdicts import verdict_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from accounts.models import Department

D = datetime.date
#: The State Council's notice for 2026 around the Spring Festival: off 15–23 February, at work on Saturday the 14th.
CALENDAR = rules.WorkCalendar(
    years=frozenset({2026}),
    rest_days=frozenset(D(2026, 2, day) for day in (16, 17, 18, 19, 20, 23)),
    work_days=frozenset({D(2026, 2, 14)}),
    version="test",
)


@pytest.fixture
def autumn(db: None) -> Iterator[time_machine.Coordinates]:
    """Monday 23 November 2026, ten o'clock; no holiday near."""
    with time_machine.travel("2026-11-23T10:00+08:00") as clock:
        yield clock


@pytest.fixture
def kjj(autumn: time_machine.Coordinates) -> Department:
    """A department of that time: nobody holds a role before the day it was given."""
    make_bureau()
    return make_department()


@pytest.mark.parametrize(
    ("trigger", "published", "basis", "sentence"),
    [
        (D(2026, 2, 12), D(2026, 2, 24), "issued", "印发后第 3 个工作日发布，期限 3 个工作日"),
        (D(2026, 2, 12), D(2026, 2, 14), "written", "成文后第 2 个工作日发布，期限 3 个工作日"),
        (D(2026, 2, 12), D(2026, 2, 12), "issued", "印发后不满 1 个工作日发布，期限 3 个工作日"),
        (D(2026, 2, 14), D(2026, 2, 20), "repeal_decision", "废止决定后不满 1 个工作日发布，期限 3 个工作日"),
        (D(2026, 2, 12), D(2026, 2, 25), "issued", "印发后第 4 个工作日发布，期限 3 个工作日，逾期 1 个工作日"),
        (D(2026, 2, 12), D(2026, 2, 26), "other", "触发后第 5 个工作日发布，期限 3 个工作日，逾期 2 个工作日"),
        (D(2026, 12, 30), D(2027, 1, 7), "issued", "期限所在年份的放假安排待国务院公布，暂不可计算"),
        (D(2026, 12, 30), D(2026, 12, 31), "issued", "印发后第 1 个工作日发布，期限 3 个工作日"),
        # The first day of an unknown year: whatever kind of day it is, the limit cannot have passed.
        (D(2026, 12, 30), D(2027, 1, 1), "issued", "印发后在期限内发布，期限 3 个工作日"),
        # Due in a known year, published in an unknown one: late, by a number nobody can know yet.
        (D(2026, 12, 1), D(2027, 1, 7), "issued", "印发后逾期发布，期限 3 个工作日"),
    ],
)
def test_a_settled_change_says_how_many_days_it_took(trigger: D, published: D, basis: str, sentence: str) -> None:
    verdict = rules.verdict(trigger, 3, published, published, CALENDAR)
    assert verdict_sentence(verdict, basis) == sentence


@pytest.mark.parametrize("today", [D(2026, 2, 13), D(2026, 2, 26)])
def test_an_unfinished_duty_says_nothing_in_public(today: D) -> None:
    assert verdict_sentence(rules.verdict(D(2026, 2, 12), 3, None, today, CALENDAR), "issued") == ""


@pytest.mark.parametrize(
    ("published", "sentence"),
    [
        (D(2026, 2, 5), "印发后第 3 日发布，期限 10 日"),
        # Ten days after 2 February is Thursday the 12th; eleven is Friday the 13th.
        (D(2026, 2, 13), "印发后第 11 日发布，期限 10 日，逾期 1 日"),
    ],
)
def test_a_limit_in_calendar_days_speaks_of_days(published: D, sentence: str) -> None:
    verdict = rules.verdict(D(2026, 2, 2), 10, published, published, CALENDAR, rules.CALENDAR)
    assert verdict_sentence(verdict, "issued") == sentence


def test_a_last_day_that_rolled_on_is_where_lateness_counts_from() -> None:
    """Fifteen days after 2 February is the 17th, in the Spring Festival; the limit rolls on to Tuesday the 24th."""
    verdict = rules.verdict(D(2026, 2, 2), 15, D(2026, 2, 25), D(2026, 2, 25), CALENDAR, rules.CALENDAR)
    assert verdict.due == D(2026, 2, 24)
    assert verdict_sentence(verdict, "issued") == "印发后第 23 日发布，期限 15 日，逾期 1 日"


def test_published_on_a_rest_day_after_the_last_day_is_late_by_no_working_day() -> None:
    """The third working day after Wednesday 11 February is Saturday the 14th, which is worked."""
    verdict = rules.verdict(D(2026, 2, 11), 3, D(2026, 2, 15), D(2026, 2, 15), CALENDAR)
    assert (verdict.due, verdict.code) == (D(2026, 2, 14), "late")
    assert verdict_sentence(verdict, "issued") == "印发后第 3 个工作日发布，期限 3 个工作日，逾期"


def test_the_page_shows_its_verdict(client: Client, kjj: Department) -> None:
    change = make_change(kjj, trigger_date=D(2026, 11, 19))
    page = make_public(make_document(kjj, change=change, written_on=D(2026, 11, 18)))
    html = client.get(page.get_url()).content.decode()
    assert "新增（2026-11-19 印发，2026-11-23 公开）" in html
    assert "印发后第 2 个工作日发布，期限 3 个工作日" in html
    assert "badge--on_time" in html
    assert "存量" not in html


def test_a_late_page_says_by_how_much(client: Client, kjj: Department) -> None:
    change = make_change(kjj, trigger_date=D(2026, 11, 16))
    page = make_public(make_document(kjj, change=change, written_on=D(2026, 11, 12)))
    html = client.get(page.get_url()).content.decode()
    assert "印发后第 5 个工作日发布，期限 3 个工作日，逾期 2 个工作日" in html
    assert "badge--late" in html


def test_a_gap_in_the_calendar_is_no_lateness(client: Client, kjj: Department) -> None:
    change = make_change(kjj, trigger_date=D(2026, 11, 16))
    CalendarYear.objects.filter(year=2026).update(confirmed=False)
    page = make_public(make_document(kjj, change=change, written_on=D(2026, 11, 12)))
    html = client.get(page.get_url()).content.decode()
    assert "期限所在年份的放假安排待国务院公布，暂不可计算" in html
    assert "逾期" not in html


def test_stock_has_no_clock_and_says_so(client: Client, kjj: Department) -> None:
    page = make_public(make_document(kjj, is_stock=True))
    html = client.get(page.get_url()).content.decode()
    assert "首次公开：平台上线前已发布，不计时限" in html
    assert "存量" not in html
    assert "badge--on_time" not in html


def test_every_settled_change_has_its_line(client: Client, kjj: Department, autumn: time_machine.Coordinates) -> None:
    first = make_change(kjj, trigger_date=D(2026, 11, 20))
    page = make_public(make_document(kjj, change=first, written_on=D(2026, 11, 12)))
    autumn.move_to("2026-11-26T10:00+08:00")
    second = make_change(kjj, kind="amended", trigger_date=D(2026, 11, 24), trigger_basis="written")
    page = make_public(save_draft(page, change=second, change_note="提高补助比例", document_status="amended"))
    html = client.get(page.get_url()).content.decode()
    lines = html[html.index('class="verdicts"') :]
    assert lines.index("成文后第 2 个工作日发布") < lines.index("印发后第 1 个工作日发布")
    assert "修订（2026-11-24 成文，2026-11-26 公开）" in lines
    assert "新增（2026-11-20 印发，2026-11-23 公开）" in lines
    assert "提高补助比例" in html


def test_stock_that_changed_later_shows_both(client: Client, kjj: Department) -> None:
    page = make_public(make_document(kjj, is_stock=True, written_on=D(2025, 1, 6)))
    change = make_change(kjj, kind="amended", trigger_date=D(2026, 11, 20))
    page = make_public(save_draft(page, change=change, change_note="提高比例", document_status="amended"))
    html = client.get(page.get_url()).content.decode()
    assert "修订（2026-11-20 印发，2026-11-23 公开）" in html
    assert "印发后第 1 个工作日发布，期限 3 个工作日" in html
    assert "首次公开：平台上线前已发布，不计时限" in html
    assert "存量" not in html
