"""Every public page is open to everyone: axe in real Chromium, in every mode and width; keyboard; no scripts; 400 %."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.visitors.axe import violations
from tests.visitors.showcase import build

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = (360, 768, 1280)
#: Classes of the root element that make a mode of the ordinary page.
MODES = {"normal": "scheme-light", "dark": "scheme-dark", "high": "contrast-high"}
WEAR = """name => { const root = document.documentElement;
    root.classList.remove('scheme-auto', 'scheme-light', 'scheme-dark', 'contrast-high', 'contrast-normal');
    root.classList.add(name); }"""

#: What can be touched and is smaller than so many pixels; links within a sentence are as high as its lines (WCAG 2.5.8).
SMALL = """least => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')].filter(one => {
    const target = one.closest('label') || one;  // a button of a choice is touched by its words too
    const box = target.getBoundingClientRect(), style = getComputedStyle(one);
    if (!box.width || style.visibility === 'hidden' || one.matches('.skip')) return false;
    if (one.closest('.article__number, .chapter')) return false;  // of the text: leads to itself, to be copied
    const isInSentence = style.display === 'inline' && [...one.parentElement.childNodes].some(
        node => node.nodeType === 3 && node.textContent.trim());
    return !isInSentence && box.height < least;
}).map(one => `${Math.round((one.closest('label') || one).getBoundingClientRect().height)} px: ${one.outerHTML.slice(0, 90)}`)"""


def test_axe_finds_a_seeded_defect(page: Page) -> None:
    page.set_content('<html lang="zh"><title>x</title><main><h1>题</h1><img src="x.png"></main></html>')
    assert any(one.startswith("image-alt: ") for one in violations(page))


def test_every_page_keeps_wcag_in_every_mode_and_width(chromium: Browser, live_server: LiveServer) -> None:
    addresses = build().addresses()
    context = chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    page, found = context.new_page(), []
    for name, path in addresses.items():
        for prefix in ("", "/elder"):
            page.goto(live_server.url + prefix + path)
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                for mode, wear in MODES.items() if not prefix else [("elder", "scheme-light")]:
                    page.evaluate(WEAR, wear)
                    found += [f"{name} {prefix} {width} {mode} {one}" for one in violations(page)]
                wide = page.evaluate("document.documentElement.scrollWidth")
                found += [f"{name} {prefix} {width}: {wide} pixels wide"] if wide > width else []
            page.set_viewport_size({"width": 320, "height": 256})  # 1280 by 1024 at 400 %
            wide = page.evaluate("document.documentElement.scrollWidth")
            found += [f"{name} {prefix} at 400 %: {wide} pixels wide"] if wide > 320 else []
            if prefix:
                found += [f"{name} {one}" for one in page.evaluate(SMALL, 60)]
    context.close()
    assert found == [], "\n".join(found)
