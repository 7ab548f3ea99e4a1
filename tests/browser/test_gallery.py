"""What a visitor sees, page by page: nothing is cut off, and the pictures of docs/screenshots are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.visitors.showcase import build

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from pytest_django.live_server_helper import LiveServer

    from tests.visitors.showcase import Showcase

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: How far the page is wider than the window, and the lines of text that are wider than their box without a way to scroll.
WIDER = "document.documentElement.scrollWidth - innerWidth"
CUT = """() => [...document.querySelectorAll('h1, h2, h3, p, li, dd, dt, th, td, a, button, label, strong, span')]
    .filter(one => { const style = getComputedStyle(one);
        return style.overflowX === 'hidden' && one.clientWidth > 1 && one.scrollWidth > one.clientWidth + 1; })
    .map(one => one.textContent.trim().slice(0, 40))"""
#: Pixels of a sheet as CSS counts them, 96 to the inch.
A4 = (794, 1123)


@pytest.fixture
def city(transactional_db: None) -> Showcase:
    return build()


def test_what_a_visitor_sees_is_whole(city: Showcase, chromium: Browser, live_server: LiveServer) -> None:
    """At the widths of a desk and a phone, and one page as it is printed."""
    paths = city.addresses()
    desk, phone = (Desk(chromium, live_server.url, width=width) for width in (1280, 360))
    sheet = Desk(chromium, live_server.url, width=A4[0], height=A4[1])
    sheet.page.emulate_media(media="print")

    def see(visitor: Desk, path: str) -> Desk:
        visitor.go(path)
        expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
        assert visitor.page.evaluate(WIDER) <= 0, path
        assert visitor.page.evaluate(CUT) == [], path
        return visitor

    see(desk, paths["home"]).shot("30-home")
    see(phone, paths["home"]).shot("31-home-phone")
    see(desk, paths["guides"]).shot("32-list")
    see(desk, paths["guide"]).shot("33-guide")
    see(phone, paths["guide"]).shot("34-guide-phone")
    see(desk, paths["document"]).shot("35-document")
    see(desk, paths["compared"]).shot("36-compared")
    see(desk, paths["calendar"]).shot("37-calendar")
    see(desk, "/elder" + paths["guide"]).shot("38-elder")
    see(desk, "/zh-hant" + paths["guide"]).shot("39-traditional")
    see(desk, paths["guide"] + "?scheme=dark").shot("40-dark")
    see(sheet, paths["paper"]).shot("41-paper")
    for visitor in (desk, phone, sheet):
        visitor.close()
