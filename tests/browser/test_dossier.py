"""卷宗 by hand: the auditor reads what a correction changed, filters, prints and takes the file with him."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from accounts.models import Department
from audit.models import ChainHead
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LINE = "承诺时限 20 → 15 个工作日"


def test_the_auditor_reads_filters_prints_and_exports_a_dossier(desk: Callable[..., Desk]) -> None:
    auditor = desk("spj-audit")
    kjj = Department.objects.get(code="kjj")
    guide = f.make_guide(kjj, title="企业研发投入后补助申报", promised_limit=20)
    page = f.act(f.hand_in(guide), "kjj-review", "reject", comment="时限太长")
    page = f.save_draft(
        page,
        promised_limit=15,
        fee="免费",
        visits=1,
        address="市民中心三楼",
        office_hours="九点到五点",
        remedies="行政复议",
    )
    page = f.make_public(page)

    auditor.go("/admin/dossiers/")
    auditor.page.get_by_role("link", name="企业研发投入后补助申报").first.click()
    timeline = auditor.page.locator(".hqt-timeline")
    expect(timeline).to_contain_text("时限太长")
    auditor.page.get_by_text("改动 6 处").click()
    expect(auditor.page.get_by_text(LINE)).to_be_visible()
    auditor.shot("24-dossier")

    auditor.page.get_by_label("类别").select_option(label="编辑")
    auditor.page.get_by_role("button", name="筛选").click()
    expect(timeline).not_to_contain_text("时限太长")
    expect(auditor.page.locator(".hqt-timeline tbody tr")).to_have_count(2)
    auditor.page.get_by_label("起始日").fill("昨天")
    auditor.page.get_by_role("button", name="筛选").click()
    expect(auditor.page.get_by_label("起始日")).to_have_value("昨天")
    expect(auditor.page.get_by_role("alert")).to_contain_text("日期写法不对")
    auditor.page.get_by_role("link", name="清除").click()

    with auditor.page.expect_download() as download:
        auditor.page.get_by_role("button", name="导出 Excel").click()
    sheet = load_workbook(io.BytesIO(Path(download.value.path()).read_bytes())).active
    assert any(LINE in str(row[4]) for row in sheet.iter_rows(values_only=True))

    auditor.page.get_by_role("link", name="打印", exact=True).click()
    auditor.page.emulate_media(media="print")
    expect(auditor.page.get_by_text(LINE)).to_be_visible()
    expect(auditor.page.get_by_text(ChainHead.objects.get().hash)).to_be_visible()
    expect(auditor.page.get_by_role("link", name="返回卷宗")).to_be_hidden()
    expect(auditor.page.locator("#wagtail-sidebar")).to_be_hidden()
    paper = auditor.page.pdf(prefer_css_page_size=True)
    assert paper.count(b"/Type /Page\n") or paper.count(b"/Type /Page")
    auditor.page.emulate_media(media="screen")
