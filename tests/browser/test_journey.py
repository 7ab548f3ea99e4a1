"""One policy from draft to public, revised and repealed, by hand in Chromium (issue: one policy, end to end)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from policy_pages.models import PolicyDocumentPage
from tests.browser.desk import Desk, side_by_side

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DOCUMENT = "关于支持企业开展研发活动的若干措施"
GUIDE = "企业研发投入后补助申报"
FORM = "研发投入后补助申请表"
SENTENCE = "企业上年度研发投入同比增长的，按增长额给予后补助，单个企业每年最高五十万元。"
PHRASE = "增长额给予后补助"
NEW_SENTENCE = "企业上年度研发投入同比增长的，按增长额给予后补助，单个企业每年最高八十万元。"


def today() -> str:
    return f"{timezone.localdate():%Y-%m-%d}"


def write_document(editor: Desk) -> None:
    editor.page.get_by_role("link", name="写政策文件").click()
    editor.page.fill("[name=title]", DOCUMENT)
    editor.page.fill("[name=doc_number]", "锡科发[2026] 8 号")
    editor.page.fill("[name=issuing_body]", "市科学技术局")
    editor.page.fill("[name=written_on]", today())
    editor.page.keyboard.press("Escape")
    editor.page.fill("[name=summary]", "研发投入增长给予后补助，每年最高五十万元。")
    editor.tab("正文")
    editor.add_row("body", "条")
    editor.page.fill("[name=body-0-value-number]", "第一条")
    editor.write("body-0-value-text", SENTENCE)
    editor.shot("01-document-editor")
    editor.tab("变更登记")
    editor.page.select_option("[name=change]", index=1)
    editor.submit()


def upload_form(editor: Desk, folder: Path) -> None:
    path = folder / "form.pdf"
    path.write_bytes(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
    editor.go("/admin/documents/add/")
    editor.page.fill("[name=title]", FORM)
    editor.page.set_input_files("[name=file]", path)
    editor.page.locator("form button[type=submit], form input[type=submit]").last.click()
    expect(editor.page.locator(".messages")).to_be_visible()


def write_guide_without_hotline(editor: Desk) -> None:
    section = PolicyDocumentPage.objects.get(title=DOCUMENT).get_parent()
    editor.go(f"/admin/pages/add/policy_pages/applicationguidepage/{section.pk}/")
    editor.page.fill("[name=title]", GUIDE)
    editor.page.fill("[name=summary]", "研发投入增长额的后补助。")
    editor.page.select_option("[name=window_type]", label="常年申报")
    editor.page.locator("#id_bases-ADD").click()
    editor.choose("id_bases-0-document", DOCUMENT)
    editor.tab("条件与材料")
    editor.add_row("conditions")
    editor.page.fill("[name=conditions-0-value-text]", "在本市登记注册、上年度研发投入同比增长")
    editor.add_row("materials")
    editor.page.fill("[name=materials-0-value-name]", "申请表")
    editor.choose("materials-0-value-blank_form", FORM)
    editor.shot("02-guide-materials")
    editor.tab("流程与时限")
    editor.add_row("steps")
    editor.page.fill("[name=steps-0-value-name]", "受理与审核")
    editor.page.fill("[name=promised_limit]", "20")
    editor.tab("联系方式")
    editor.page.fill("[name=responsible_division]", "高新技术处")


def test_one_policy_from_draft_to_repeal(desk: Callable[..., Desk], tmp_path: Path) -> None:
    editor, reviewer, moderator = desk("kjj-edit"), desk("kjj-review"), desk("spj-moder")
    visitor = desk(width=1280)

    # The editor registers the change, writes document and guide, forgets the hotline and is told so.
    editor.register(kind="新增", title=DOCUMENT, day=today())
    write_document(editor)
    expect(editor.page.locator(".messages")).to_contain_text("提交")
    document = PolicyDocumentPage.objects.get(title=DOCUMENT)
    assert document.get_latest_revision_as_object().doc_number == "锡科发〔2026〕8号"
    upload_form(editor, tmp_path)
    write_guide_without_hotline(editor)
    editor.submit()
    editor.tab("联系方式")
    expect(editor.section("hotlines")).to_contain_text("请填写咨询电话")
    editor.shot("03-hotline-missing")
    expect(editor.page.locator("[name=responsible_division]")).to_have_value("高新技术处")
    editor.add_row("hotlines")
    editor.page.fill("[name=hotlines-0-value-number]", "0510-81820000")
    editor.submit()
    expect(editor.page.locator(".messages")).to_contain_text("提交")
    assert not document.live

    # Nothing of it is public, not even the form.
    form_url = "/documents/1/form.pdf"
    assert visitor.page.request.get(visitor.base + form_url).status == 404
    assert visitor.page.request.get(visitor.base + "/policies/kjj/wj-1/").status == 404

    # The reviewer returns the guide with a reason; the editor reads it and hands it in again.
    reviewer.open_waiting(GUIDE)
    reviewer.page.locator("section", has_text="退回修改").locator("[name=comment]").fill("请在条件里写明登记满一年。")
    reviewer.shot("04-review")
    reviewer.page.get_by_role("button", name="退回修改").click()
    expect(reviewer.page.locator(".messages")).to_contain_text("已退回")
    editor.go("/admin/")
    expect(editor.page.locator("body")).to_contain_text("请在条件里写明登记满一年。")
    editor.shot("05-returned")
    editor.page.get_by_role("link", name=GUIDE, exact=True).first.click()
    editor.tab("条件与材料")
    editor.page.fill("[name=conditions-0-value-text]", "在本市登记注册满一年、上年度研发投入同比增长")
    editor.submit()

    # Both are approved and classified.
    for title in (DOCUMENT, GUIDE):
        reviewer.approve(title)
    moderator.open_waiting(DOCUMENT)
    moderator.shot("06-classify")
    moderator.page.get_by_role("button", name="分类并发布").click()
    expect(moderator.page.locator("body")).to_contain_text("请选择清单类别")
    moderator.classify(DOCUMENT, "财政奖补")
    moderator.classify(GUIDE, "财政奖补", "简易程序")

    # A visitor finds it by words from the middle of its text, sees the verdict, downloads the form.
    visitor.go("/")
    visitor.page.get_by_role("searchbox").or_(visitor.page.locator("[name=q]")).first.fill(PHRASE)
    visitor.page.keyboard.press("Enter")
    visitor.page.get_by_role("link", name=DOCUMENT).first.click()
    expect(visitor.page.locator("main")).to_contain_text(SENTENCE)
    expect(visitor.page.locator("main")).to_contain_text("期限 3 个工作日")
    visitor.shot("07-document")
    visitor.page.get_by_role("link", name=GUIDE).first.click()
    visitor.shot("08-guide")
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("link", name="空表").first.click(modifiers=["Alt"])
    assert download.value.path().read_bytes().startswith(b"%PDF-1.4")

    revise(editor, reviewer, moderator, visitor, document)
    repeal(editor, reviewer, moderator, visitor, document)
    side_by_side(("08-guide", "06-classify"), "readme")


def revise(editor: Desk, reviewer: Desk, moderator: Desk, visitor: Desk, document: PolicyDocumentPage) -> None:
    """The old text stays public until the new one is approved."""
    editor.register(kind="修订", title=DOCUMENT, day=today())
    editor.go(f"/admin/pages/{document.pk}/edit/")
    editor.tab("正文")
    editor.write("body-0-value-text", NEW_SENTENCE)
    editor.tab("变更登记")
    editor.page.select_option("[name=change]", label=f"修订 {DOCUMENT}（{today()}）")
    editor.page.fill("[name=change_note]", "最高补助额由五十万元提高到八十万元。")
    editor.submit()
    reviewer.approve(DOCUMENT)
    visitor.go("/policies/kjj/wj-1/")
    expect(visitor.page.locator("main")).to_contain_text("五十万元")
    expect(visitor.page.locator("main")).not_to_contain_text("八十万元")
    moderator.classify(DOCUMENT, "财政奖补")
    visitor.go("/policies/kjj/wj-1/")
    expect(visitor.page.locator("main")).to_contain_text(NEW_SENTENCE)
    visitor.shot("09-revised")


def repeal(editor: Desk, reviewer: Desk, moderator: Desk, visitor: Desk, document: PolicyDocumentPage) -> None:
    """The page stays, with its banner; the guide's window closes (T12.5)."""
    editor.register(kind="废止", title=DOCUMENT, day=today())
    editor.go(f"/admin/pages/{document.pk}/edit/")
    editor.page.select_option("[name=document_status]", label="已废止")
    editor.tab("废止与替代")
    editor.page.fill("[name=repealed_on]", today())
    editor.page.keyboard.press("Escape")
    editor.page.fill("[name=repeal_reason]", "有效期届满，不再延续。")
    editor.tab("变更登记")
    editor.page.select_option("[name=change]", label=f"废止 {DOCUMENT}（{today()}）")
    editor.submit()
    reviewer.approve(DOCUMENT)
    moderator.classify(DOCUMENT, "财政奖补")
    visitor.go("/policies/kjj/wj-1/")
    expect(visitor.page.locator("main")).to_contain_text("已废止")
    expect(visitor.page.locator("main")).to_contain_text("有效期届满，不再延续。")
    visitor.shot("10-repealed")
    visitor.page.get_by_role("link", name=GUIDE).first.click()
    expect(visitor.page.locator("main")).to_contain_text("已截止")
    visitor.shot("11-guide-closed")
