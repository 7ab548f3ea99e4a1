"""Guides in a real browser: one page of paper, the self-check with scripts and without, long input on a phone."""

from __future__ import annotations

import io
import itertools
import re
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from policy_pages.guides import rules
from policy_pages.models import GuideBasis
from policy_pages.tests import factories as f
from policy_pages.tests.factories import material
from policy_pages.tests.test_guide_glance import condition
from policy_pages.tests.test_public_guides import FULL, six_elements
from policy_pages.tests.test_public_lists import shelve_document, shelve_guide

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pypdf import PageObject
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def unit(live_server: LiveServer) -> Any:
    f.make_bureau()
    return f.make_department("kjj", "科学技术局")


def address(live_server: LiveServer, page: Any, more: str = "") -> str:
    return f"{live_server.url}/policies/kjj/{page.slug}/{more}"


def printed(page: Page, url: str) -> PdfReader:
    """The page as the browser prints it, by its own style sheet."""
    page.goto(url)
    return PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))


def text_of(sheet: PageObject) -> str:
    """Its text without blanks. A font may name some characters by their radicals (⼊ for 入)."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", sheet.extract_text()))


# --- Paper --------------------------------------------------------------------------------------------------------------


def test_an_ordinary_guide_is_one_page_of_a4(page: Page, live_server: LiveServer, unit: Any) -> None:
    guide = shelve_guide(unit, "研发投入后补助", -3, 9, **six_elements(**FULL))
    GuideBasis.objects.create(guide=guide, document=shelve_document(unit, "实施办法"), clause="第二条")
    reader = printed(page, address(live_server, guide, "print/"))
    assert len(reader.pages) == 1
    assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == pytest.approx([595, 842], abs=1)
    text = text_of(reader.pages[0])
    for piece in ("研发投入后补助", "在本市登记注册", "营业执照", "0510-81820000", "以网上为准", "高新技术处"):
        assert piece in text
    assert "主办单位" not in text, "neither head nor foot of the site is printed"
    assert "回到申报指南" not in text


def test_of_a_very_long_guide_nothing_is_cut_off(page: Page, live_server: LiveServer, unit: Any) -> None:
    reader = printed(page, address(live_server, very_long(unit), "print/"))
    sheets = [text_of(sheet) for sheet in reader.pages]
    assert len(sheets) > 1
    text = "".join(sheets)
    for number in range(80):
        assert f"第{number}号材料" in text
    assert "研" * 200 in text
    assert "以网上为准" in text
    assert all(sheets), "no sheet is empty"


def very_long(unit: Any) -> Any:
    """80 papers, a title of 200 characters, a table of 12 columns and words without a blank."""
    cells = "\n".join("\t".join(f"第{column}列的数值" for column in range(12)) for _row in range(4))
    return shelve_guide(
        unit,
        "研" * 200,
        -3,
        9,
        conditions=[condition("第四条", text="x" * 300), condition(text="条件" * 150)],
        materials=[("material", material(f"第{number}号材料", note="须知" * 40)) for number in range(80)],
        steps=[("step", {"name": "受理" * 20, "actor": "处" * 90, "limit": "60 个工作日", "kind": "expert"})],
        body=[("sheet", {"caption": "很宽的表", "has_header": True, "cells": cells})],
        hotlines=[("hotline", {"number": "0510-81820000 转 8888", "contact": "科" * 60, "hours": "时" * 100})],
        apply_url="https://example.gov.cn/" + "a" * 300,
        address="址" * 300,
        promised_note="注" * 300,
        window_note="明" * 300,
    )


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_long_input_overflows_no_page_sideways(
    chromium: Browser, live_server: LiveServer, unit: Any, width: int
) -> None:
    guide = very_long(unit)
    context = chromium.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    for path in ("", "print/", "check/"):
        page.goto(address(live_server, guide, path))
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.goto(f"{live_server.url}/calendar/")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


# --- Self-check ---------------------------------------------------------------------------------------------------------

KINDS = ("threshold", "threshold", "bonus", "discretion")


def checkable(unit: Any) -> Any:
    rows = [condition(kind=kind, text=f"条件{place}") for place, kind in enumerate(KINDS, 1)]
    return shelve_guide(unit, "研发补助", conditions=rows)


def seen(page: Page) -> tuple[str, list[str]]:
    """The overall sentences and the badge of each condition, as a visitor sees them."""
    result = " ".join(one.inner_text() for one in page.locator("[data-result] :is(strong, p):visible").all())
    return result, [one.inner_text().strip() for one in page.locator("fieldset .badge:visible").all()]


def looks(page: Page) -> set[str]:
    """The classes of the box with the result."""
    return set((page.locator("[data-result]").get_attribute("class") or "").split())


def tick(page: Page, answers: tuple[str, ...]) -> None:
    for place, answer in enumerate(answers):
        if answer:
            page.locator("fieldset").nth(place).locator(f"input[value={answer}]").check()


def test_the_browser_says_what_the_site_says(chromium: Browser, live_server: LiveServer, unit: Any) -> None:
    """Every combination of answers, with scripts and without: the same sentences; and scripts send nothing."""
    guide = checkable(unit)
    with_scripts = chromium.new_context()
    without = chromium.new_context(java_script_enabled=False)
    here, there = with_scripts.new_page(), without.new_page()
    sent: list[str] = []
    here.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    here.goto(address(live_server, guide, "check/"))
    sent.clear()
    for answers in itertools.product(("", "yes", "no", "unclear"), ("yes", "no", "unclear"), ("yes", "no")):
        here.get_by_role("button", name="清除").click()
        tick(here, answers)
        here.get_by_role("button", name="看结果").click()
        there.goto(address(live_server, guide, "check/"))
        tick(there, answers)
        there.get_by_role("button", name="看结果").click()
        assert seen(here) == seen(there), answers
        assert looks(here) == looks(there), "in the same colour"
        asked = [rules.Asked(str(place), kind) for place, kind in enumerate(KINDS)]
        outcome = rules.check(asked, {str(place): answer for place, answer in enumerate(answers)}).outcome
        words = {"yes": "从您勾选的看符合", "no": "从您勾选的看不符合", "unclear": "还有门槛条件待核实"}
        assert words[outcome] in seen(here)[0]
        assert "?" not in there.url
    assert [one for one in sent if not one.endswith(".svg")] == [], "the icon apart, which a browser may fetch late"
    assert "?" not in here.url
    assert with_scripts.cookies() == without.cookies() == []
    with_scripts.close()
    without.close()


def test_answers_stay_in_the_tab_until_they_are_cleared(page: Page, live_server: LiveServer, unit: Any) -> None:
    url = address(live_server, checkable(unit), "check/")
    page.goto(url)
    tick(page, ("yes", "no", "yes"))
    page.reload()
    expect(page.locator("input:checked")).to_have_count(3)
    page.get_by_role("button", name="看结果").click()
    expect(page.locator("[data-result]")).to_be_focused()
    page.get_by_role("button", name="清除").click()
    expect(page.locator("input:checked")).to_have_count(0)
    expect(page.locator("[data-result]")).to_be_hidden()
    assert page.evaluate("sessionStorage.length") == 0
    page.reload()
    expect(page.locator("input:checked")).to_have_count(0)


def test_it_is_answered_where_storage_holds_garbage(page: Page, live_server: LiveServer, unit: Any) -> None:
    url = address(live_server, checkable(unit), "check/")
    page.goto(url)
    for garbage in ("{", "null", "[]", '"x"', "7"):
        page.evaluate("words => sessionStorage.setItem('self-check:' + location.pathname, words)", garbage)
        page.reload()
        page.get_by_role("button", name="看结果").click()
        expect(page.get_by_text("还有门槛条件待核实")).to_be_visible()


# --- The guide on a wide screen -----------------------------------------------------------------------------------------


def test_the_summary_stays_in_sight_without_scripts(chromium: Browser, live_server: LiveServer, unit: Any) -> None:
    guide = shelve_guide(unit, "研发补助", -3, 9, **six_elements(**FULL))
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(address(live_server, guide))
    page.mouse.wheel(0, 2000)
    page.wait_for_timeout(300)
    expect(page.locator(".glance")).to_be_in_viewport()
    expect(page.locator(".glance")).to_contain_text("还剩")
    page.set_viewport_size({"width": 360, "height": 800})
    expect(page.locator(".glance")).to_be_hidden()
    context.close()
