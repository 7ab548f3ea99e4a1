"""The bureau enters the next year's notice by hand in Chromium, and a clock that waited for it settles (A12)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from accounts.models import Department
from audit.models import CalendarYear, DutyClock
from audit.services import start_clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WRONG = """一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（周五）至11日（周四）放假调休，共7天。1月31日（周日）、2月14日（周一）上班。
三、清明节：4月3日至5日放假，共3天。
四、劳动节：5月1日至5日放假调休，共5天。5月8日（周六）上班。
五、端午节：6月9日（周三）放假。6月10日放假。
六、中秋节：9月15日（周三）放假。
七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。10月9日（周六）上班。"""
DOUBTFUL = WRONG.replace("2月14日（周一）", "2月14日（周日）")


def waiting_clock() -> DutyClock:
    """A duty whose three working days end in 2027."""
    return start_clock(
        code="publish_change",
        department=Department.objects.get(code="kjj"),
        object_type="policy_pages.changerecord",
        object_id=1,
        object_label="跨年的文件",
        trigger_date=datetime.date(2026, 12, 30),
        basis="印发日期",
        actor=None,
    )


@pytest.mark.slow
def test_the_bureau_enters_a_year_and_a_waiting_clock_settles(desk: Callable[..., Desk]) -> None:
    moderator = desk("spj-moder")
    clock = waiting_clock()
    assert clock.due_on is None
    page = moderator.page
    moderator.go("/admin/calendar/years/")
    page.locator("#calendar-panel ~ p").get_by_role("link", name="录入放假通知").click()
    page.fill("[name=year]", "2027")
    page.fill("[name=name]", "国务院办公厅关于2027年部分节假日安排的通知")
    page.fill("[name=number]", "国办发明电〔2026〕9号")
    page.fill("[name=text]", WRONG)
    moderator.shot("20-notice")
    page.get_by_role("button", name="读取并预览").click()
    expect(page.locator(".error-message")).to_contain_text("2027年2月14日是周日，与所写的“周一”不符")
    expect(page.locator("[name=text]")).to_have_value(WRONG)

    page.fill("[name=text]", DOUBTFUL)
    page.get_by_role("button", name="读取并预览").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("核对放假安排")
    expect(page.locator(".hqt-month")).to_have_count(12)
    expect(page.locator("main")).to_contain_text("1 个等待安排的时限将算出截止日期")
    page.get_by_role("button", name="确认录入 2027 年").click()
    expect(page.locator(".error-message")).to_contain_text("已核对")
    page.get_by_role("button", name="返回修改").click()
    page.fill("[name=text]", DOUBTFUL.replace("6月10日放假。", ""))
    page.get_by_role("button", name="读取并预览").click()
    moderator.shot("21-year")
    page.get_by_role("button", name="确认录入 2027 年").click()
    expect(page.locator(".messages")).to_contain_text("1 个等待安排的时限已算出截止日期")
    clock.refresh_from_db()
    assert clock.due_on == datetime.date(2027, 1, 5)
    assert CalendarYear.objects.get(year=2027).confirmed
