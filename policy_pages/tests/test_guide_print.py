"""A guide on one page of paper: everything a company takes along, as of the day it is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import segno
import time_machine
from bs4 import BeautifulSoup

from policy_pages.models import GuideBasis
from policy_pages.tests.factories import material
from policy_pages.tests.public_reading import in_order
from policy_pages.tests.test_guide_glance import condition
from policy_pages.tests.test_public_guides import FULL, six_elements
from policy_pages.tests.test_public_lists import day, queries_of, shelve_document, shelve_guide

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department


def sheet(client: Client, page: Any) -> BeautifulSoup:
    response = client.get(f"/policies/kjj/{page.slug}/print/")
    assert response.status_code == 200
    assert not response.cookies
    return BeautifulSoup(response.content, "html.parser").select_one(".paper")


def text_of(client: Client, page: Any) -> str:
    return " ".join(sheet(client, page).get_text(" ", strip=True).split())


def test_the_sheet_holds_what_is_taken_along(client: Client, kjj: Department, settings: Any) -> None:
    settings.WAGTAILADMIN_BASE_URL = "https://hqt.example.gov.cn"
    page = shelve_guide(kjj, "研发后补助", -1, 12, **six_elements(**FULL))
    GuideBasis.objects.create(guide=page, document=shelve_document(kjj, "实施办法", doc_number="锡科规〔2026〕3号"))
    assert in_order(
        text_of(client, page),
        "科学技术局", "研发后补助", "申报中", "还剩 12 天", f"{day(-1)} 至 {day(12)} 24:00", "200 万元", "支持方式", "后补助", "支持标准",
        "按 10% 补助", "10 个工作日（不含公示）",
        "法定时限 20 个工作日", "申报条件", "在本市登记注册", "第二条", "申报材料", "营业执照", "办理流程", "受理", "专家组", "5 个工作日",
        "高新技术处", "创新中心", "0510-81820000 转 1", "综合处", "工作日", "0510-82720000", "https://example.gov.cn/apply", "市民中心",
        "《实施办法》", "锡科规〔2026〕3号", "《科学技术进步法》第三十九条", f"https://hqt.example.gov.cn/policies/kjj/{page.slug}/",
        "打印于 2026-11-25，以网上为准。",
    )  # fmt: skip


def test_conditions_and_papers_have_empty_boxes(client: Client, kjj: Department) -> None:
    papers = [
        material("申请表", copies=2),
        material("纳税证明", source="shared"),
        material("执照", source="government"),
    ]
    rows = [condition(), condition(kind="bonus", text="首次入规")]
    page = shelve_guide(kjj, "补助", conditions=rows, materials=[("material", row) for row in papers])
    conditions, materials = sheet(client, page).select(".paper-list")
    assert len(conditions.select(".box")) == 2
    assert [item.get_text(" ", strip=True) for item in materials.select("li")] == [
        "申请表 电子件 2 份",
        "纳税证明 数据共享，免提交",
        "执照 电子件 1 份　政府部门核发",
    ]
    assert len(materials.select(".box")) == 2, "what need not be handed in is not ticked"


def test_the_code_leads_to_the_permanent_address(client: Client, kjj: Department, settings: Any) -> None:
    settings.WAGTAILADMIN_BASE_URL = "https://hqt.example.gov.cn/"
    page = shelve_guide(kjj, "补助")
    address = f"https://hqt.example.gov.cn/policies/kjj/{page.slug}/"
    box = sheet(client, page).select_one(".qr-box")
    assert box["role"] == "img"
    assert address in box["aria-label"]
    code = segno.make(address, error="m", micro=False)
    side = code.symbol_size(border=4)[0]
    assert box.svg["viewbox"] == f"0 0 {side} {side}"
    assert len([one for one in box.svg.select("path") if "stroke" in one.attrs]) == 1
    drawn = str(box.svg)
    assert "style" not in drawn, "the CSP allows none"
    assert code.svg_inline(border=4).split(' d="')[1].split('"')[0] in drawn, "the same modules"
    other = shelve_guide(kjj, "另一项")
    assert str(sheet(client, other).select_one(".qr-box").svg) != drawn


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"window_type": "year_round"}, ("常年申报", "常年可报")),
        ({"window_type": "window_pending"}, ("期限待定", "待定，以网上公布为准")),
        ({"start": 5, "end": 9}, ("未开始", "24:00")),
        ({"start": -9, "end": -1}, ("已截止", "24:00")),
        ({"window_type": "fixed_window", "window_end": None}, ("期限待定",)),
    ],
)
def test_every_window_is_said(client: Client, kjj: Department, facts: dict[str, Any], said: tuple[str, ...]) -> None:
    assert in_order(text_of(client, shelve_guide(kjj, "补助", **facts)), *said)


def test_the_state_is_that_of_the_day_of_printing(client: Client, kjj: Department) -> None:
    page = shelve_guide(kjj, "补助", 0, 10)
    for moment, said in (("2026-12-05 23:59:59 +0800", "今天截止"), ("2026-12-06 00:00:00 +0800", "已截止")):
        with time_machine.travel(moment, tick=False):
            text = text_of(client, page)
        assert said in text
        assert f"打印于 {moment[:10]}" in text


def test_what_is_missing_is_said_on_paper_too(client: Client, kjj: Department) -> None:
    text = text_of(client, shelve_guide(kjj, "只有标题", is_stock=True, window_type=""))
    assert text.count("待补") == 6
    assert "未写明" in text
    ended = shelve_guide(kjj, "旧补助", -9, 9, no_materials=True, amount_text="按合同")
    GuideBasis.objects.create(guide=ended, document=shelve_document(kjj, "旧办法", document_status="repealed"))
    assert in_order(text_of(client, ended), "已截止", "不再受理", "按合同", "无需提交材料")


def test_it_costs_few_queries(client: Client, kjj: Department) -> None:
    page = shelve_guide(kjj, "研发后补助", -1, 12, **six_elements(**FULL))
    assert queries_of(client, f"/policies/kjj/{page.slug}/print/") <= 15


def test_what_is_given_is_cut_where_it_would_fill_the_sheet(client: Client, kjj: Department) -> None:
    text = text_of(client, shelve_guide(kjj, "补助", amount_text="按" * 200))
    assert "按" * 200 in text
    assert "全文见网址" not in text
    text = text_of(client, shelve_guide(kjj, "很长的", amount_text="按" * 201))
    assert "按" * 200 + "……（全文见网址）" in text
    assert "按" * 201 not in text
