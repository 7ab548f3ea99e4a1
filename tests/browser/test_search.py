"""Searching in real Chromium: suggestions by keyboard and mouse, what was widened, and all of it without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from policy_pages.tests import factories as f
from tests.browser.desk import Desk

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route
    from pytest_django.live_server_helper import LiveServer

    from policy_pages.models import ApplicationGuidePage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TITLE = "企业研发投入后补助申报"
#: Pixels that a finger needs, and an elder's.
TARGET, ELDER_TARGET = 44, 60


@pytest.fixture
def guide(transactional_db: None) -> ApplicationGuidePage:
    f.make_bureau()
    kjj = f.make_department("kjj", "市科学技术局")
    document = f.make_public(f.make_document(kjj, title="企业研发投入后补助办法"))
    return f.make_public(f.make_guide(kjj, document=document, title=TITLE))


@pytest.fixture
def visitor(guide: ApplicationGuidePage, chromium: Browser, live_server: LiveServer) -> Desk:
    return Desk(chromium, live_server.url, width=1280)


def test_suggestions_with_the_keyboard(visitor: Desk, guide: ApplicationGuidePage) -> None:
    page = visitor.page
    visitor.go("/")
    box = page.get_by_role("combobox", name="搜索政策、指南、文号")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press_sequentially("yftr")
    options = page.get_by_role("listbox", name="搜索建议").get_by_role("option")
    expect(options).to_have_count(2)
    expect(page.locator(".search [role=status]")).to_have_text("有 2 条建议，按上下方向键选择")
    assert all(option.bounding_box()["height"] >= TARGET for option in options.all())
    visitor.shot("44-suggestions")
    page.keyboard.press("ArrowDown")
    first = options.first
    expect(first).to_have_attribute("aria-selected", "true")
    page.emulate_media(forced_colors="active")  # which paints no background
    assert first.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    assert options.last.evaluate("one => getComputedStyle(one).outlineStyle") == "none"
    page.emulate_media(forced_colors="none")
    expect(box).to_have_attribute("aria-activedescendant", first.get_attribute("id") or "")
    expect(box).to_be_focused()
    page.keyboard.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") is None
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    expect(page.locator(".search [role=status]")).to_be_empty()
    expect(box).to_have_value("yftr")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".search [role=status]")).to_have_text("有 2 条建议，按上下方向键选择")
    while (page.locator("[aria-selected=true]").text_content() or "") != TITLE:
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/policies/kjj/{guide.slug}/")
    visitor.close()


def test_suggestions_with_the_mouse_in_traditional_script_for_elders(
    visitor: Desk, guide: ApplicationGuidePage
) -> None:
    page = visitor.page
    visitor.go("/zh-hant/elder/search/")
    page.get_by_role("combobox").press_sequentially("研發投入")
    options = page.get_by_role("listbox", name="搜索建議").get_by_role("option")
    option = options.filter(has_text="企業研發投入後補助申報")
    expect(option).to_be_visible()
    expect(page.locator(".search [role=status]")).to_have_text("有 2 條建議，按上下方向鍵選擇")
    assert option.bounding_box()["height"] >= ELDER_TARGET
    option.click()
    page.wait_for_url(f"**/zh-hant/elder/policies/kjj/{guide.slug}/")
    visitor.close()


def test_an_answer_under_way_is_awaited_when_the_same_is_typed_again(visitor: Desk) -> None:
    page = visitor.page
    visitor.go("/search/")
    box, options = page.get_by_role("combobox"), page.get_by_role("option")
    box.press_sequentially("研发")
    expect(options).to_have_count(2)
    held: list[Route] = []
    page.route("**/suggest.json?q=%E7%94%B3*", lambda route: held.append(route))
    with page.expect_request("**/suggest.json?q=%E7%94%B3*"):
        box.fill("申报")
    box.fill("申报 ")  # a blank more is the same words
    page.wait_for_timeout(400)  # past the moment it waits for more letters
    assert len(held) == 1
    held[0].continue_()
    expect(options).to_have_count(1)
    expect(page.locator(".search [role=status]")).to_have_text("有 1 条建议，按上下方向键选择")
    box.fill("没有这样的词")
    expect(page.locator(".search [role=status]")).to_have_text("没有建议")
    box.blur()
    expect(page.locator(".search [role=status]")).to_have_text("没有建议")
    visitor.close()


def test_enter_without_a_choice_searches_and_the_page_says_that_it_widened(visitor: Desk) -> None:
    page = visitor.page
    visitor.go("/search/")
    page.get_by_role("combobox").press_sequentially("研发投入后补助口径")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=*")
    expect(page.get_by_text("没有完全匹配，以下为相近结果")).to_be_visible()
    expect(page.get_by_role("link", name=TITLE)).to_be_visible()
    visitor.close()


def test_without_scripts_the_form_just_works(
    guide: ApplicationGuidePage, chromium: Browser, live_server: LiveServer
) -> None:
    visitor = Desk(chromium, live_server.url, has_scripts=False)
    visitor.go("/")
    box = visitor.page.get_by_role("searchbox", name="搜索政策、指南、文号")
    box.fill("研发投入")
    box.press("Enter")
    expect(visitor.page.get_by_role("link", name=TITLE)).to_be_visible()
    assert visitor.page.get_by_role("listbox").count() == 0
    visitor.close()
