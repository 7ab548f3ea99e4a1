"""Narrowing a list in real Chromium: on a desk with the facets beside it, on a phone with one form, without scripts on both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from policy_pages.models import Listing, Term
from policy_pages.tests import factories as f
from policy_pages.tests.test_public_lists import shelve_document, shelve_guide
from tests.browser.desk import Desk

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def city(transactional_db: None) -> None:
    f.make_bureau()
    names = {"kjj": "市科学技术局", "gxj": "市工业和信息化局", "rsj": "市人力资源和社会保障局"}
    units = [f.make_department(code, name) for code, name in names.items()]
    terms = list(Term.objects.filter(code__in=["theme-02", "theme-05", "industry-03", "size-03", "life-cycle-02"]))
    for number in range(14):
        facts = {"amount_max": [50_000, 300_000, 2_000_000][number % 3], "summary": "对符合条件的企业给予一次性补助。"}
        title = f"{['研发投入后补助', '技术改造奖补', '稳岗就业补贴'][number % 3]}（第{number + 1}批）"
        guide = shelve_guide(units[number % 3], title, -10, 2 + number * 5, **facts)
        Listing.objects.get(page=guide.pk).terms.set(terms[: 1 + number % 5])
    shelve_guide(units[0], "高新技术企业认定", 10, 40, summary="国家级资质认定。")
    shelve_document(units[0], "关于支持企业研发的若干措施", doc_number="锡科规〔2026〕3号")


def test_facets_narrow_and_lead_back_on_a_desk(city: None, chromium: Browser, live_server: LiveServer) -> None:
    visitor = Desk(chromium, live_server.url, width=1280, has_scripts=False)
    page = visitor.page
    visitor.go("/guides/")
    facets, total = page.get_by_role("navigation", name="筛选"), page.locator(".found strong")
    expect(total).to_have_text("15")
    expect(facets.get_by_text("500 万元以上")).to_have_text("500 万元以上0")
    assert facets.get_by_role("link", name="500 万元以上").count() == 0, "no way to nothing"
    for name, number in (("正在申报", 14), ("100 万至 500 万元", 4)):
        link = facets.get_by_role("link", name=name)
        expect(link).to_contain_text(str(number))
        link.click()
        expect(total).to_have_text(str(number))
    page.get_by_role("searchbox").fill("就业补贴")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_role("list", name="已选条件").get_by_role("link")).to_have_count(4)
    expect(page.locator(".sorts [aria-current]")).to_have_text("最相关")
    visitor.shot("42-facets")
    page.go_back()
    expect(total).to_have_text("4")
    page.get_by_role("link", name="最高金额：100 万至 500 万元").click()
    expect(total).to_have_text("14")
    visitor.close()


def test_one_form_narrows_on_a_phone(city: None, chromium: Browser, live_server: LiveServer) -> None:
    visitor = Desk(chromium, live_server.url, width=360, height=740, has_scripts=False)
    page = visitor.page
    visitor.go("/guides/?q=%E8%A1%A5%E5%8A%A9")
    expect(page.get_by_role("navigation", name="筛选")).to_be_hidden()
    page.locator("summary", has_text="筛选").click()
    none = page.get_by_label("最高金额").locator("option[value=over-500]")
    expect(none).to_have_text("500 万元以上（0）")
    expect(none).to_be_enabled()  # another choice beside it may have some
    page.get_by_label("单位").select_option("kjj")
    page.get_by_label("申报状态").select_option("open")
    visitor.shot("43-facets-phone")
    page.get_by_role("button", name="查看结果").click()
    page.wait_for_url("**/guides/?window=open&department=kjj&q=*")
    expect(page.get_by_role("list", name="已选条件").get_by_role("link")).to_have_count(4)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("link", name="清除全部").click()
    page.wait_for_url("**/guides/")
    expect(page.locator(".found strong")).to_have_text("15")
    visitor.go("/policies/kjj/?window=open")
    page.locator("summary", has_text="筛选").click()
    expect(page.get_by_label("类型")).to_have_count(0)
    page.get_by_label("申报状态").select_option("upcoming")
    page.get_by_role("button", name="查看结果").click()
    page.wait_for_url("**/policies/kjj/?type=guide&window=upcoming")
    page.get_by_role("link", name="类型：申报指南").click()
    page.locator("summary", has_text="筛选").click()
    page.get_by_label("类型").select_option("document")
    page.get_by_role("button", name="查看结果").click()
    page.wait_for_url("**/policies/kjj/?type=document")
    page.locator("summary", has_text="筛选").click()
    for name in ("申报状态", "申报方式", "最高金额"):
        expect(page.get_by_label(name, exact=True)).to_have_count(0)
    visitor.close()
