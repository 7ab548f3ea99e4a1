"""The guide page as a visitor reads it: what, until when, how much, who answers (A10, A11)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile

from policy_pages.models import ApplicationGuidePage, GuideBasis, PolicyFile
from policy_pages.tests.factories import material
from policy_pages.tests.public_reading import in_order, read, words
from policy_pages.tests.test_public_lists import day, put_on_shelf, shelve_document, shelve_guide

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

FULL: dict[str, Any] = {
    "service_object": "规上企业",
    "applicable_scope": "本市范围",
    "basis_text": "《科学技术进步法》第三十九条\n\n市长办公会纪要",
    "support_mode": "后补助",
    "amount_text": "按 10% 补助",
    "amount_max": 2_000_000,
    "annual_budget": 180_000_000,
    "payment_limit": "公示后 30 日内",
    "refusal_cases": "失信主体\n重复享受",
    "statutory_limit": 20,
    "promised_note": "不含公示",
    "result_name": "拨付文件",
    "handling_unit": "创新中心",
    "co_issuers": "市财政局",
    "complaint_phone": "0510-82720000",
    "apply_url": "https://example.gov.cn/apply",
    "address": "市民中心",
    "office_hours": "工作日",
    "visits": 1,
    "item_code": "KJ0012",
    "remedies": "行政复议",
    "questions": [("question", {"question": "口径是什么？", "answer": "以加计扣除为准。"})],
    "window_note": "每年一次",
}


def six_elements(**facts: Any) -> dict[str, Any]:
    """A guide's six elements with something of every kind in them."""
    step = {"name": "评审", "actor": "专家组", "limit": "5 个工作日", "kind": "notice", "description": "不计入时限"}
    return {
        "conditions": [
            ("condition", {"text": "在本市登记注册", "kind": "threshold", "clause": "第二条"}),
            ("condition", {"text": "研发占比高的上浮", "kind": "bonus", "clause": ""}),
            ("condition", {"text": "专家评审认定", "kind": "discretion", "clause": ""}),
        ],
        "materials": [("material", material("营业执照", source="shared", copies=0))],
        "steps": [("step", {**step, "kind": "ordinary", "name": "受理"}), ("step", step)],
        "promised_limit": 10,
        "responsible_division": "高新技术处",
        "hotlines": [("hotline", {"number": "0510-81820000 转 1", "contact": "综合处", "hours": "工作日"})],
        **facts,
    }


def test_the_six_elements_stand_in_their_fixed_order(client: Client, kjj: Department) -> None:
    html = read(client, shelve_guide(kjj, "研发后补助", -1, 12, **six_elements(**FULL)))
    headings = re.findall(r'<section class="element element--six" id="\w+"><h2>([^<]+)</h2>', html)
    assert headings == ["申报条件", "申报材料", "办理流程", "承诺时限", "责任处室", "咨询电话"]
    assert "要素待补" not in html


def test_a_guide_answers_what_until_when_how_much_who(client: Client, kjj: Department) -> None:
    html = read(client, shelve_guide(kjj, "研发后补助", -1, 12, **six_elements(**FULL)))
    band = words(html.split('<dl class="band"', 1)[1].split("</dl>", 1)[0])
    assert in_order(
        band,
        "现在能报吗",
        "申报中",
        "还剩 12 天",
        "截止",
        f"{day(12)}",
        "最高金额",
        "200 万元",
        "承诺时限",
        "10 个工作日",
        "咨询电话",
    )
    assert 'href="tel:051081820000,1"' in html


def test_a_guide_shows_every_field_that_is_filled(client: Client, kjj: Department) -> None:
    text = words(read(client, shelve_guide(kjj, "研发后补助", -1, 12, **six_elements(**FULL))))
    for value in (
        "规上企业", "本市范围", "《科学技术进步法》第三十九条", "市长办公会纪要", "后补助", "按 10% 补助", "1.8 亿元", "公示后 30 日内",
        "失信主体", "重复享受", "法定时限", "20 个工作日", "不含公示", "拨付文件", "创新中心", "市财政局", "0510-82720000", "市民中心",
        "1 次", "KJ0012", "行政复议", "口径是什么？", "以加计扣除为准。", "每年一次", "门槛条件", "加成条件", "裁量条件", "数据共享，免提交",
        "公示", "科学技术局 高新技术处", "不收费",
    ):  # fmt: skip
        assert value in text


def test_an_empty_guide_of_stock_lists_what_is_missing(client: Client, kjj: Department) -> None:
    html = read(client, shelve_guide(kjj, "只有标题", is_stock=True, window_type=""))
    assert "这份指南还缺：申报条件、申报材料、办理流程、承诺时限、责任处室、咨询电话" in html
    assert "期限待定" in html
    assert html.count('class="missing">待补') == 8


def test_a_guide_without_materials_says_none_are_needed(client: Client, kjj: Department) -> None:
    html = read(client, shelve_guide(kjj, "免申即享", **six_elements(materials=[], no_materials=True)))
    assert "无需提交材料。" in html
    assert "要素待补" not in html


def test_blank_and_sample_forms_can_be_taken(client: Client, kjj: Department) -> None:
    file = PolicyFile(title="申请表", collection=kjj.collection, file_size=10)
    file.file.save("form.docx", ContentFile(b"x"))
    rows = [("material", material("申请表", blank_form=file, sample_form=file, note="盖章"))]
    html = read(client, shelve_guide(kjj, "要填表的", **six_elements(materials=rows)))
    assert f'<a href="{file.url}">空表</a>' in html
    assert f'<a href="{file.url}">样表</a>' in html
    assert 'data-label="必要性"' in html


def test_the_window_is_told_by_today(client: Client, kjj: Department) -> None:
    windows = {(5, 9): "未开始", (-5, 20): "申报中", (-5, 3): "即将截止", (-5, 0): "今天截止", (-5, -1): "已截止"}
    for (start, end), expected in windows.items():
        assert expected in words(read(client, shelve_guide(kjj, "指南", start, end)))


def test_a_guide_whose_basis_was_repealed_is_closed(client: Client, kjj: Department) -> None:
    guide = shelve_guide(kjj, "旧指南")
    GuideBasis.objects.create(guide=guide, document=shelve_document(kjj, "旧办法", document_status="repealed"))
    text = words(read(client, guide))
    assert in_order(text, "现在能报吗", "已截止", "不再受理", "申报已关闭", "已废止")
    assert "常年可报" not in text


def test_the_full_text_of_a_guide_follows_its_elements(client: Client, kjj: Department) -> None:
    body = [("article", {"number": "一", "text": "<p>申报通知的原文。</p>"})]
    html = read(client, shelve_guide(kjj, "带原文", **six_elements(body=body)))
    assert in_order(html, 'id="hotlines"', 'id="text"', "申报通知的原文。", '<a href="#text">')


def test_what_nobody_said_is_not_shown(client: Client, kjj: Department) -> None:
    html = read(client, shelve_guide(kjj, "只有要素", **six_elements(fee="", visits=None)))
    assert "到现场" not in html
    assert "不用到现场" in read(client, shelve_guide(kjj, "全程网办", **six_elements(visits=0)))


def test_a_guide_without_a_way_to_apply_says_whom_to_call(client: Client, kjj: Department) -> None:
    html = read(client, shelve_guide(kjj, "没写在哪里办", **six_elements(visits=0)))
    assert in_order(html, 'id="where"', "申报方式未写明，请先拨打咨询电话确认。", "不用到现场", '<a href="#where">')
    html = read(client, shelve_guide(kjj, "也没有电话", **six_elements(hotlines=[])))
    assert "申报方式未写明，请先向责任单位确认。" in html
    for facts in ({"apply_url": "https://example.com/apply"}, {"address": "市民中心"}):
        assert "申报方式未写明" not in read(client, shelve_guide(kjj, "写了的", **facts))
    ended = shelve_guide(kjj, "旧指南")
    GuideBasis.objects.create(guide=ended, document=shelve_document(kjj, "旧办法", document_status="repealed"))
    assert in_order(read(client, ended), 'id="where"', "不再受理申报。")


def answer(html: str) -> str:
    """What the band says to 现在能报吗."""
    return words(html.split("现在能报吗", 1)[1].split("</dd>", 1)[0])


def test_nobody_applies_for_what_comes_by_itself(client: Client, kjj: Department) -> None:
    html = read(
        client, put_on_shelf(kjj, ApplicationGuidePage(title="免申", window_type="year_round"), route="no_application")
    )
    assert in_order(answer(html), "不用申报", "符合条件的自动兑现")
    assert "常年申报" not in answer(html)
    assert in_order(html, 'id="where"', "不用申报，符合条件的自动兑现。")
    closed = {"window_type": "fixed_window", "window_start": day(-9), "window_end": day(-1)}
    html = read(client, put_on_shelf(kjj, ApplicationGuidePage(title="免申过期", **closed), route="no_application"))
    assert "已截止" in answer(html)
    assert "自动兑现" not in answer(html)
    assert "常年申报" in answer(read(client, shelve_guide(kjj, "要申报的")))


def test_the_answer_to_an_elder_begins_with_yes_or_no(client: Client, kjj: Department) -> None:
    said = {(-5, 20): "能报，申报中", (-5, 3): "能报，即将截止", (5, 9): "还不能报，未开始", (-5, -1): "不能报，已截止"}
    for (start, end), expected in said.items():
        page = shelve_guide(kjj, "指南", start, end)
        html = client.get(f"/elder/policies/kjj/{page.slug}/").content.decode()
        assert expected in answer(html)
        assert "能报，" not in answer(read(client, page))
