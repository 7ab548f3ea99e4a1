"""报表 by hand: the moderator reads the charts beside their table, follows a figure, freezes and checks; without scripts too."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Assignment, Department
from audit.enums import Side
from audit.rules import quarter_of
from audit.services import finish_clock, hand_clock
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser
    from pytest_django.live_server_helper import LiveServer

    from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: Value and text of each labelled bar of the department's days.
BARS = """() => echarts.getInstanceByDom(document.querySelector("[data-chart=days]")).getOption().series[0].data
    .filter(bar => bar.label.show).map(bar => [bar.value, bar.label.formatter])"""


def make_changes() -> None:
    """Each unit's changes of the days behind us, public after some days, some held by the bureau for a while."""
    Assignment.objects.update(valid_from=timezone.localdate() - datetime.timedelta(days=400))
    for code, name in (("rsj", "人力资源和社会保障局"), ("swj", "商务局"), ("zrzyj", "自然资源和规划局")):
        f.make_department(code, name)
    Assignment.objects.update(valid_from=timezone.localdate() - datetime.timedelta(days=400))
    for place, unit in enumerate(Department.objects.exclude(kind="bureau")):
        for ago in range(20, 320, 13):
            clock = f.make_change(unit, days_ago=ago).clock
            done = timezone.now() - datetime.timedelta(days=ago - 2 - (ago * (place + 1)) % 6)
            if ago % 3:
                hand_clock(clock=clock, side=Side.BUREAU, at=done - datetime.timedelta(days=1), actor=None)
            finish_clock(clock=clock, at=done, actor=None)


def test_the_moderator_reads_the_report_and_freezes_a_quarter(desk: Callable[..., Desk]) -> None:
    make_changes()
    moderator = desk("spj-moder")
    page = moderator.page
    year = timezone.localdate().year
    moderator.go(f"/admin/reports/punctuality/?period={year}")
    expect(page.locator(".hqt-charts canvas")).to_have_count(3)
    expect(page.get_by_role("table").first).to_contain_text("商务局")
    assert page.locator(".hqt-charts").first.get_attribute("aria-hidden") == "true"
    bars = page.evaluate(BARS)
    assert [value for value, text in bars if text.startswith("部门")] == [max(value for value, _text in bars)]
    moderator.shot("25-report")
    total = page.locator("table.hqt-figures").first.locator("tfoot a").first
    number = total.inner_text()
    total.click()
    expect(page.locator(".hqt-report")).to_contain_text(f"共 {number} 条")
    moderator.go("/admin/reports/assessment/")
    expect(page.locator("table.hqt-figures")).to_contain_text("本期系统尚无兑现数据")
    moderator.shot("26-assessment")
    moderator.go("/admin/reports/frozen/")
    page.fill("[name=period]", quarter_of(timezone.localdate()).previous.code)
    page.get_by_role("button", name="预览数字").click()
    expect(page.locator("table.hqt-figures")).to_contain_text("商务局")
    page.get_by_role("button", name="确认固定并公开").click()
    expect(page.locator(".messages")).to_contain_text("已固定并公开")
    page.get_by_role("link", name="重算核对").click()
    expect(page.locator(".nice-padding .help-info").first).to_contain_text("每一个数字都相同")


def test_the_report_is_complete_without_scripts(
    chromium: Browser, live_server: LiveServer, desk: Callable[..., Desk]
) -> None:
    make_changes()
    moderator = desk("spj-moder")
    cookies = moderator.context.cookies()
    context = chromium.new_context(java_script_enabled=False, locale="zh-CN")
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(f"{live_server.url}/admin/reports/punctuality/")
    expect(page.locator("table.hqt-figures").first).to_contain_text("商务局")
    expect(page.locator("figure.hqt-chart:visible")).to_have_count(0)
    page.fill("[name=period]", "昨天")
    page.get_by_role("button", name="查看").click()
    expect(page.locator(".hqt-filter")).to_contain_text("“昨天”不是一个期间")
    context.close()
