"""The public meter in a real browser with scripts switched off: a visitor reads it on a phone and on a desk."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Assignment
from audit.rules import quarter_of, year_of
from policy_pages.services.reports import freeze_report
from policy_pages.tests import factories as f
from tests.browser.desk import Desk

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: Boxes that hold more than they show, which nothing would tell the reader.
HIDDEN = """() => [...document.querySelectorAll('.scroll')].map(box => [box.clientWidth, box.scrollWidth])
    .filter(([shown, held]) => held > shown)"""
DESK = 1280


@pytest.mark.parametrize("width", [360, 768, DESK])
def test_a_visitor_reads_the_meter_without_javascript(chromium: Browser, live_server: LiveServer, width: int) -> None:
    f.make_bureau()
    unit = f.make_department("kjj", "科学技术局")
    Assignment.objects.update(valid_from=timezone.localdate() - datetime.timedelta(days=60))
    change = f.make_change(unit, days_ago=20)
    f.make_public(f.make_document(unit, change=change, written_on=change.trigger_date, title="迟到的办法"))
    period = quarter_of(change.trigger_date)
    visitor = Desk(chromium, live_server.url, width=width, has_scripts=False)
    page = visitor.page
    visitor.go(f"/timeliness/?period={period.code}")
    expect(page.get_by_role("heading", name="政策公开按时率", level=1)).to_be_visible()
    expect(page.get_by_text("已有结论的 1 项，按时公开 0 项，按时率 0.0%")).to_be_visible()
    expect(page.get_by_role("link", name="迟到的办法")).to_be_visible()
    expect(page.get_by_text("未公布原因")).to_be_visible()
    assert page.evaluate(HIDDEN) == [], "no figure stands beyond the edge of its box"
    if width == DESK:
        visitor.shot("27-meter")
    with page.expect_download() as download:
        page.get_by_role("link", name="逐项数据（CSV").click()
    assert download.value.suggested_filename == f"timeliness-{period.code}.csv"
    page.get_by_role("link", name="迟到的办法").click()
    expect(page.locator(".badge--late")).to_be_visible()
    visitor.close()


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_every_figure_of_a_frozen_report_is_seen(chromium: Browser, live_server: LiveServer, width: int) -> None:
    f.make_bureau()
    f.make_change(f.make_department("kjj", "无锡市人力资源和社会保障局"), days_ago=1)
    period = year_of(timezone.localdate()).previous
    freeze_report(code=period.code, actor=f.user("spj-moder"))
    context = chromium.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(f"{live_server.url}/timeliness/reports/{period.code}/")
    expect(page.get_by_role("row", name="合计")).to_be_visible()
    assert page.get_by_role("row", name="合计").get_by_role("cell").count() == 12
    if width < 1024:
        label = "getComputedStyle(document.querySelector('.meter tfoot td'), '::before').content"
        assert page.evaluate(label) == '"变更"', "a card names its figures"
    assert page.evaluate(HIDDEN) == []
    context.close()
