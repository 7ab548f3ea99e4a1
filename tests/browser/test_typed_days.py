"""A day typed by hand reaches the server as it was typed; the date picker puts no other day in its place (T1, bad input)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from accounts.models import Department
from policy_pages.models import ChangeRecord
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: As typed, and as the day that each of the fields would be given by stock's picker is not.
READ = {"2026年11月20日": "2026-11-20", "2026/11/19": "2026-11-19", "２０２６－１１－１８": "2026-11-18"}
REFUSED = {"2026/11/31": "“2026/11/31”不是有效的日期", "昨天": "日期写法不对", "26-11-20": "年份请写四位"}


def type_day(one: Desk, name: str, text: str) -> None:
    """Type as a clerk does: click, keys, Tab."""
    field = one.page.locator(f"[name={name}]")
    field.click()
    field.press("Control+A")
    one.page.keyboard.insert_text(text)
    field.press("Tab")
    one.page.keyboard.press("Escape")
    expect(field).to_have_value(text)


@pytest.mark.slow
def test_the_register_reads_a_day_as_written_or_says_why_not(desk: Callable[..., Desk]) -> None:
    editor = desk("kjj-edit")
    page = editor.page
    editor.go("/admin/changes/new/")
    page.fill("[name=title]", "按手写日期登记")
    page.fill("[name=evidence]", "收文登记第 12 号")
    page.select_option("[name=kind]", index=1)
    for typed, words in REFUSED.items():
        type_day(editor, "trigger_date", typed)
        page.locator("footer button[type=submit]").first.click()
        expect(page.locator("#panel-child-trigger_date-section, body")).to_contain_text(words)
        expect(page.locator("[name=trigger_date]")).to_have_value(typed)
    assert not ChangeRecord.objects.exists()
    for number, (typed, day) in enumerate(READ.items(), start=1):
        editor.go("/admin/changes/new/")
        page.fill("[name=title]", f"按手写日期登记 {number}")
        page.fill("[name=evidence]", "收文登记第 12 号")
        page.select_option("[name=kind]", index=1)
        type_day(editor, "trigger_date", typed)
        page.locator("footer button[type=submit]").first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(f"按手写日期登记 {number}")
        assert str(ChangeRecord.objects.get(title=f"按手写日期登记 {number}").trigger_date) == day


def test_the_calendar_and_the_page_editor_refuse_in_words(desk: Callable[..., Desk]) -> None:
    moderator, editor = desk("spj-moder"), desk("kjj-edit")
    moderator.go("/admin/calendar/days/new/")
    moderator.page.fill("[name=source]", "国办发明电〔2026〕7号")
    type_day(moderator, "day", "2026/11/31")
    moderator.page.locator("footer button[type=submit]").first.click()
    expect(moderator.page.locator(".error-message")).to_contain_text("“2026/11/31”不是有效的日期")

    document = f.make_document(Department.objects.get(code="kjj"), title="研发补助办法")
    editor.go(f"/admin/pages/{document.pk}/edit/")
    type_day(editor, "written_on", "2026/11/31")
    editor.page.get_by_role("button", name="保存草稿").click()
    expect(editor.page.locator("body")).to_contain_text("“2026/11/31”不是有效的日期")
    type_day(editor, "written_on", "２０２６年１１月２０日")
    editor.save()
    expect(editor.page.locator("[name=written_on]")).to_have_value("2026-11-20")


def test_the_boards_filter_reads_the_same_days(desk: Callable[..., Desk]) -> None:
    moderator = desk("spj-moder")
    f.make_change(Department.objects.get(code="kjj"), days_ago=0, title="今天登记的")
    page = moderator.page
    moderator.go("/admin/duties/")
    page.get_by_role("button", name="显示筛选条件").or_(
        page.locator(".w-dropdown--drilldown .w-dropdown__toggle")
    ).first.click()
    page.locator(".w-drilldown__toggle", has_text="截止日期").click()
    type_day(moderator, "due_on_to", "2020/2/31")
    expect(page.locator(".hqt-filter-faults")).to_contain_text("截止日期：“2020/2/31”不是有效的日期")
    expect(page.get_by_role("link", name="今天登记的")).to_be_visible()
    moderator.go("/admin/duties/?due_on_to=２０２０年２月１日")
    expect(page.locator("body")).to_contain_text("没有符合条件的时限")
