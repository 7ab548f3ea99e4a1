"""Verbs of the people at their desks, in a real browser. Each verb does what a hand would do, and nothing else."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from PIL import Image
from playwright.sync_api import expect

from policy_pages.tests.factories import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

#: `make shots` sets it: the pictures of the journey are then written into docs/screenshots.
SHOTS = os.environ.get("HUIQITONG_SHOTS") == "1"
SHOT_DIR = Path(settings.BASE_DIR) / "docs" / "screenshots"


def shrink(picture: Image.Image, path: Path) -> None:
    """Keep a picture small enough for a repository."""
    picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


def side_by_side(names: tuple[str, ...], target: str, width: int = 900) -> None:
    """Compose pictures of the journey into one, when pictures are asked for."""
    if not SHOTS:
        return
    pictures = [Image.open(SHOT_DIR / f"{name}.png").convert("RGB") for name in names]
    pictures = [picture.resize((width, picture.height * width // picture.width)) for picture in pictures]
    gap = 24
    sheet = Image.new("RGB", (len(names) * (width + gap) - gap, min(picture.height for picture in pictures)), "#d9e0e6")
    for place, picture in enumerate(pictures):
        sheet.paste(picture, (place * (width + gap), 0))
    shrink(sheet, SHOT_DIR / f"{target}.png")


class Desk:
    """One person's browser: his own session, his own window."""

    def __init__(
        self,
        browser: Browser,
        base: str,
        username: str = "",
        *,
        width: int = 1400,
        height: int = 900,
        has_scripts: bool = True,
    ) -> None:
        self.base = base
        self.context: BrowserContext = browser.new_context(
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport={"width": width, "height": height},
            java_script_enabled=has_scripts,
        )
        self.context.set_default_timeout(20_000)
        self.page: Page = self.context.new_page()
        if username:
            self.log_in(username)
            expect(self.page.get_by_role("heading", level=1)).to_contain_text("惠企通")

    def go(self, path: str) -> None:
        self.page.goto(self.base + path)

    def log_in(self, username: str, password: str = PASSWORD) -> None:
        """Type account and password and send them; what comes next is the caller's to look at."""
        self.go("/admin/login/")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", password)
        self.page.click("button[type=submit]")
        self.page.wait_for_load_state()

    def shot(self, name: str) -> None:
        """Keep a picture of the window under a name that no other bears, when pictures are asked for (`make shots`)."""
        if SHOTS:
            SHOT_DIR.mkdir(parents=True, exist_ok=True)
            self.page.wait_for_timeout(300)
            path = SHOT_DIR / f"{name}.png"
            self.page.screenshot(path=path)
            shrink(Image.open(path), path)

    def close(self) -> None:
        self.context.close()

    # --- The editor ------------------------------------------------------------------------------------------

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def section(self, field: str) -> Locator:
        return self.page.locator(f"section[id$='-{field}-section']")

    def add_row(self, field: str, block: str = "") -> None:
        """Insert a block at the end of a StreamField; `block` names it where there are several kinds."""
        self.section(field).locator(".c-sf-add-button").last.click()
        if block:
            self.page.get_by_role("option", name=block, exact=True).click()

    def write(self, name: str, text: str) -> None:
        """Write the rich text field of a block anew."""
        area = self.page.locator(f"[name='{name}'] ~ .Draftail-Editor__wrapper [contenteditable=true]")
        area.click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Delete")
        self.page.keyboard.insert_text(text)
        # The editor hands its text to the form a moment after the last key.
        expect(self.page.locator(f"input[name='{name}']")).to_have_value(re.compile(re.escape(text)))

    def save(self) -> None:
        self.page.get_by_role("button", name="保存草稿").click()
        expect(self.page.locator(".messages")).to_be_visible()

    def submit(self) -> None:
        """Hand in for review."""
        self.page.locator("footer .w-dropdown__toggle").click()
        self.page.locator("[name=action-submit]").click()
        self.page.wait_for_load_state()

    def choose(self, field: str, title: str) -> None:
        """Choose a page or an attachment through a chooser's window."""
        box = self.page.locator(f"[id='{field}-chooser']")
        box.get_by_role("button", name="选择").first.click()
        self.page.locator(".modal").get_by_role("link", name=title).first.click()
        expect(box).to_contain_text(title)

    # --- The register and the review ---------------------------------------------------------------------------

    def register(self, *, kind: str, title: str, day: str, subject: str = "政策文件") -> None:
        self.go("/admin/changes/new/")
        self.page.select_option("[name=kind]", label=kind)
        self.page.select_option("[name=subject]", label=subject)
        self.page.fill("[name=title]", title)
        self.page.fill("[name=trigger_date]", day)
        self.page.keyboard.press("Escape")
        self.page.fill("[name=evidence]", "印发件，收文登记第 12 号")
        self.page.locator("footer button[type=submit]").first.click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(title)

    def open_waiting(self, title: str) -> None:
        """From the inbox to the review page of an item."""
        self.go("/admin/inbox/")
        self.page.locator("section", has_text="等我处理").get_by_role("link", name=title, exact=True).click()
        expect(self.page.frame_locator("iframe.hqt-preview").get_by_role("heading", level=1)).to_contain_text(title)

    def approve(self, title: str) -> None:
        self.open_waiting(title)
        self.page.get_by_role("button", name="审核通过").click()
        expect(self.page.locator(".messages")).to_contain_text("已通过")

    def classify(self, title: str, category: str, route: str = "") -> None:
        self.open_waiting(title)
        self.page.select_option("[name=category]", label=category)
        if route:
            self.page.select_option("[name=route]", label=route)
        self.page.get_by_role("button", name="分类并发布").click()
        expect(self.page.locator(".messages")).to_contain_text("已通过")
