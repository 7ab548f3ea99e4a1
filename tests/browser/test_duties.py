"""A department sees how long it has, is chased by the bureau, and finds the chase in its inbox (A12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from accounts.models import Department
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TITLE = "关于支持企业研发的若干措施"
WORDS = "请今天完成公开，并说明原因"


def test_a_department_sees_days_left_and_is_chased(desk: Callable[..., Desk]) -> None:
    editor, moderator = desk("kjj-edit"), desk("spj-moder")
    f.make_change(Department.objects.get(code="kjj"), days_ago=0, title=TITLE)

    editor.go("/admin/duties/")
    row = editor.page.get_by_role("row", name=TITLE)
    expect(row).to_contain_text("还剩 3 个工作日")
    expect(row.locator("svg.hqt-verdict__icon")).to_be_visible()
    editor.shot("22-duties")

    moderator.go("/admin/duties/")
    moderator.page.get_by_role("row", name=TITLE).get_by_role("link").first.click()
    moderator.page.get_by_role("button", name="督办").click()
    expect(moderator.page.locator(".error-message")).to_contain_text("请写明督办内容")
    moderator.page.get_by_label("督办内容").fill(WORDS)
    moderator.page.get_by_role("button", name="督办").click()
    expect(moderator.page.locator(".messages")).to_contain_text("已督办")
    moderator.shot("23-chased")

    editor.go("/admin/inbox/")
    told = editor.page.get_by_role("region", name="提醒与督办")
    expect(told).to_contain_text(WORDS)
    told.get_by_role("link").click()
    expect(editor.page.get_by_role("heading", level=1)).to_contain_text("公开")
    expect(editor.page.get_by_role("button", name="督办")).to_have_count(0)
