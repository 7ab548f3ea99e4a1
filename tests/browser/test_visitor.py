"""A visitor's main path in real Chromium: with the keyboard alone, without scripts, and with a look that stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from policy_pages.tests import factories as f
from tests.browser.desk import Desk

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

    from policy_pages.models import ApplicationGuidePage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: The element with the focus, and whether a reader sees where he is: an outline, within the window.
FOCUS = """() => { const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
    return {tag: one.tagName, text: (one.textContent || one.value || one.name || '').trim(),
        isSeen: one === document.body || (parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== 'none'
            && box.bottom > 0 && box.top < innerHeight && box.width > 0)}; }"""


@pytest.fixture
def guide(transactional_db: None) -> ApplicationGuidePage:
    f.make_bureau()
    kjj = f.make_department("kjj", "市科学技术局")
    document = f.make_public(f.make_document(kjj))
    return f.make_public(f.make_guide(kjj, document=document, title="企业研发投入后补助申报"))


def press_until(page: Page, text: str, most: int = 60) -> None:
    """Press Tab until an element with this text has the focus; every stop on the way must be seen."""
    for _step in range(most):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        assert focus["isSeen"], f"the focus cannot be seen on {focus}"
        if text in focus["text"]:
            return
    pytest.fail(f"{text} is not reached with the keyboard")


def test_the_main_path_is_walked_with_the_keyboard_alone(
    guide: ApplicationGuidePage, chromium: Browser, live_server: LiveServer
) -> None:
    visitor = Desk(chromium, live_server.url, width=1280)
    page = visitor.page
    visitor.go("/")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUS)["text"] == "跳到正文"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "q", "behind the skip link comes the search"
    page.keyboard.type("研发")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=*")
    press_until(page, guide.title)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=guide.title, level=1)).to_be_visible()
    press_until(page, "第一条")
    page.keyboard.press("Enter")
    page.wait_for_url("**/policies/kjj/wj-*/#*")
    visitor.close()


def test_no_page_holds_the_keyboard(guide: ApplicationGuidePage, chromium: Browser, live_server: LiveServer) -> None:
    visitor = Desk(chromium, live_server.url, width=1280)
    page = visitor.page
    for path in ("/", "/policies/", f"/policies/kjj/{guide.slug}/"):
        visitor.go(path)
        stops = page.locator("a[href], button, input, select, summary, [tabindex='0']").count()
        seen = []
        for _step in range(stops + 2):
            page.keyboard.press("Tab")
            seen.append(page.evaluate("document.activeElement === document.body"))
        assert any(seen), f"{path}: from the last stop the keyboard leaves the page"
    visitor.close()


def test_without_scripts_the_look_and_the_mode_stay_from_page_to_page(
    guide: ApplicationGuidePage, chromium: Browser, live_server: LiveServer
) -> None:
    visitor = Desk(chromium, live_server.url, width=1280, has_scripts=False)
    page = visitor.page
    visitor.go("/")
    page.get_by_role("link", name="长者模式").click()
    page.locator(".ways summary").click()
    page.locator(".ways").get_by_role("link", name="高", exact=True).click()
    page.get_by_label("搜索政策、指南、文号").fill("研發")
    page.get_by_role("button", name="搜索").click()
    page.get_by_role("link", name=guide.title).click()
    assert page.url.endswith(f"/elder/policies/kjj/{guide.slug}/?contrast=high")
    assert page.locator("html.elder.contrast-high").count() == 1
    page.get_by_role("link", name="繁體").click()
    expect(page.get_by_role("heading", name="企業研發投入後補助申報", level=1)).to_be_visible()
    page.get_by_role("link", name="首頁").first.click()
    assert page.url.endswith("/zh-hant/elder/?contrast=high")
    assert page.context.cookies() == []
    visitor.close()


def test_with_scripts_the_device_remembers_the_look(
    guide: ApplicationGuidePage, chromium: Browser, live_server: LiveServer
) -> None:
    visitor = Desk(chromium, live_server.url, width=1280)
    page = visitor.page
    visitor.go("/?size=l")
    visitor.go("/policies/")
    assert page.locator("html.size-l").count() == 1
    page.locator(".ways summary").click()
    page.locator(".ways").get_by_role("link", name="深色").click()
    assert page.url.endswith("/policies/"), "the address stays plain"
    visitor.go("/")
    assert page.locator("html.size-l.scheme-dark").count() == 1
    assert page.context.cookies() == []
    visitor.go("/?size=s")
    page.locator(".ways summary").click()
    page.locator(".ways").get_by_role("link", name="中", exact=True).click()
    page.wait_for_url("**/")
    assert page.locator("html.size-m").count() == 1, "what is chosen last holds"
    visitor.close()
