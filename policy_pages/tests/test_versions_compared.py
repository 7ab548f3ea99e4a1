"""Two versions compared, what is shown when the record was altered, and who may see any of it."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.utils import timezone
from wagtail.models import Page, PageViewRestriction

from policy_pages.models import Listing, PolicyFile
from policy_pages.services.schedule import publish_due
from policy_pages.tests import factories as f
from policy_pages.tests.public_reading import in_order, read, words
from policy_pages.tests.test_public_lists import queries_of, shelve_document
from policy_pages.tests.versions_world import (
    FIRST,
    SECOND,
    address,
    article,
    main,
    make_amended,
    publish_again,
    record_of,
    rewrite,
    write,
)
from policy_pages.versions.layout import INTERNAL, UNITS, layout_of
from tests.scenes import scene

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

ADDRESSES = ("", "1/", "2/", "1..2/", "2..1/", "?old=1&new=2")


@pytest.fixture
def amended(kjj: Department) -> Any:
    return scene("document of two versions", lambda: make_amended(kjj))


# --- Two versions compared ------------------------------------------------------------------------------------------


def test_two_versions_are_compared_article_by_article_in_marks_and_words(client: Client, amended: Any) -> None:
    html = main(client, address(amended, "1..2/"))
    assert in_order(
        html, "第 1 版与第 2 版对比", "修改第二条，新增第五条，删去第四条。", "标记", "正文", "第一条未改动", "第二条",
        '最高补助<del><span class="vh">删去：</span>30<span class="vh">（删去完）</span></del>'
        '<ins><span class="vh">新增：</span>50<span class="vh">（新增完）</span></ins>万元。',
        "第三条未改动", "第四条", "－删去", "第五条", "＋新增",
    )  # fmt: skip
    assert in_order(html, '<details class="fold"><summary>第三条未改动</summary>', "由市财政承担。", "</details>")
    assert "<script" not in html
    assert "文件信息" in html.split("未改动的部分", 1)[1]


def test_the_other_order_leads_to_the_right_one_and_no_other_pair_exists(client: Client, amended: Any) -> None:
    response = client.get(address(amended, "2..1/"))
    assert (response.status_code, response.url) == (302, address(amended, "1..2/"))
    for below in (
        "1..1/",
        "1..3/",
        "0..1/",
        "3..4/",
        "01..2/",
        "1...2/",
        "a..b/",
        "3/",
        "0/",
        "01/",
        "-1/",
        f"{'9' * 30}/",
    ):
        assert client.get(address(amended, below)).status_code == 404, below


def test_a_guide_is_compared_by_element_and_row(client: Client, kjj: Department) -> None:
    window = {"window_type": "fixed_window", "window_start": datetime.date(2026, 1, 1)}
    page = f.make_guide(kjj, window_end=datetime.date(2026, 3, 1), **window)
    materials = [("material", f.material("申请表", copies=2)), ("material", f.material("承诺书"))]
    page = publish_again(
        f.make_public(page), window_end=datetime.date(2026, 4, 1), materials=materials, promised_limit=5
    )
    html = main(client, address(page, "1..2/"))
    text = words(html)
    assert "申报截止日期由 2026-03-01 改为 2026-04-01；承诺时限由 10 个工作日改为 5 个工作日" in text or (
        in_order(text, "申报截止日期由 2026-03-01 改为 2026-04-01", "修改申报材料 1 项", "新增申报材料 1 项")
    )
    assert in_order(
        html,
        "申报期限",
        "2026-03-01</del>",
        "2026-04-01</ins>",
        "二、申报材料",
        "申请表",
        "份数",
        "承诺书",
        "四、承诺时限",
    )
    assert "办理流程" in html.split("未改动的部分", 1)[1]


def test_a_table_is_compared_line_by_line(client: Client, kjj: Department) -> None:
    def sheet(cells: str) -> list[Any]:
        return [("sheet", {"caption": "标准", "has_header": True, "cells": cells})]

    page = f.make_public(f.make_document(kjj, body=sheet("类型\t比例\n规上\t10%\n规下\t5%")))
    html = main(client, address(publish_again(page, body=sheet("类型\t比例\n规上\t15%\n规下\t5%")), "1..2/"))
    assert in_order(
        html, "修改表格“标准”", '<th scope="col">', "类型", "比例", "±修改", "规上", "10%", "15%", "其余 1 行未改动"
    )


def test_text_is_escaped_wherever_it_stands(client: Client, kjj: Department) -> None:
    evil = "<script>alert(1)</script>"
    page = f.make_public(
        f.make_document(kjj, title=f"甲{evil}", body=[article(f"第一条{evil}", f"{evil.replace('<', '&lt;')}甲")])
    )
    page = publish_again(
        page, title=f"乙{evil}", change_note=evil, body=[article(f"第二条{evil}", f"{evil.replace('<', '&lt;')}乙")]
    )
    for below in ("", "1/", "1..2/"):
        html = client.get(address(page, below)).content.decode()
        assert "<script>" not in html, below
        assert "&lt;script&gt;" in html, below


def test_a_document_of_60_000_characters_compares_within_queries_and_time(client: Client, kjj: Department) -> None:
    body = [
        article(f"第{number}条", f"本条规定第{number}项扶持的对象和标准，由主管部门会同财政部门执行。" * 6)
        for number in range(300)
    ]
    changed = [
        article(one[1]["number"], one[1]["text"][3:-4].replace("财政部门", "审计部门") + "另有规定的除外。")
        for one in body[::2]
    ]
    both = [changed[place // 2] if place % 2 == 0 else one for place, one in enumerate(body)]
    page = f.make_public(f.make_document(kjj, body=body))
    page = publish_again(page, body=both)
    assert len(record_of(page).content) > 60_000
    for below in ("", "1/", "1..2/"):
        begun = datetime.datetime.now(datetime.UTC)
        assert queries_of(client, address(page, below)) <= 18
        assert datetime.datetime.now(datetime.UTC) - begun < datetime.timedelta(seconds=8), "two readings"
    assert "等 150 条" in main(client, address(page))
    assert main(client, address(page, "1..2/")).count("审计") == 150 * 6


# --- What is kept and what was published ------------------------------------------------------------------------------


def test_a_text_that_is_not_what_was_published_is_never_shown(client: Client, amended: Any) -> None:
    rewrite(amended, title="被改过的标题", rehash=False)
    for below in ("1/", "1..2/"):
        response = client.get(address(amended, below))
        html = response.content.decode()
        assert response.status_code == 503
        assert "第 1 版的存档与发布时记下的散列不一致" in html
        assert "被改过的标题" not in html
        assert "noindex" in html
    html = main(client, address(amended))
    assert "存档核对不符，暂不能阅读和对比。" in html
    assert f'href="{address(amended, "1/")}"' not in html
    assert "被改过的标题" not in html
    page = read(client, amended)
    assert "历次版本（2）" in page
    assert "逐条对比" not in page


@pytest.mark.parametrize("text", ["", "no JSON", "[1]", "null", '"\\ud800"'])
def test_a_text_that_cannot_be_read_is_never_shown(client: Client, amended: Any, text: str) -> None:
    write(amended, text)
    assert client.get(address(amended, "1/")).status_code == 503
    assert client.get(address(amended)).status_code == 200


# --- Who may see them -------------------------------------------------------------------------------------------------


def test_all_addresses_go_with_the_page(client: Client, amended: Any) -> None:
    assert {client.get(address(amended, below)).status_code for below in ADDRESSES} == {200, 302}
    Page.objects.get(pk=amended.pk).specific.unpublish()
    assert {client.get(address(amended, below)).status_code for below in ADDRESSES} == {404}


def test_a_page_without_listing_restricted_or_never_published_has_none(
    client: Client, amended: Any, kjj: Department
) -> None:
    restriction = PageViewRestriction.objects.create(page=kjj.section_page, restriction_type="login")
    assert {client.get(address(amended, below)).status_code for below in ADDRESSES} == {404}
    restriction.delete()
    Listing.objects.filter(page=amended.pk).delete()
    assert {client.get(address(amended, below)).status_code for below in ADDRESSES} == {404}
    assert client.get(address(shelve_document(kjj, "没有记录"))).status_code == 404
    assert client.get(address(f.make_document(kjj, title="草稿"))).status_code == 404
    for path in ("kjj/wj-999", "gxj/wj-1", "nobody/wj-1", "kjj/versions"):
        assert client.get(f"/policies/{path}/versions/").status_code == 404


def test_a_scheduled_version_appears_with_its_second_and_not_before(client: Client, amended: Any) -> None:
    at = timezone.now().replace(microsecond=0) + datetime.timedelta(hours=1)
    change = f.make_change(amended.department, kind="amended", title=amended.title)
    f.make_public(f.save_draft(amended, body=FIRST, change=change, change_note="明天的说明", go_live_at=at))
    with time_machine.travel(at - datetime.timedelta(seconds=1), tick=False):
        publish_due()
        html = main(client, address(amended))
        assert "第 3 版" not in html
        assert "明天的说明" not in html
        assert client.get(address(amended, "3/")).status_code == 404
        assert client.get(address(amended, "2..3/")).status_code == 404
        assert client.get(address(amended, "2/")).status_code == 302
    with time_machine.travel(at + datetime.timedelta(seconds=1), tick=False):
        publish_due()
        assert in_order(main(client, address(amended)), "第 3 版", "明天的说明")
        assert client.get(address(amended, "3/")).status_code == 302
        assert "另行规定。" in main(client, address(amended, "2..3/"))
        assert "50万元" in main(client, address(amended, "2/"))


def test_drafts_and_what_was_returned_are_no_versions(client: Client, amended: Any) -> None:
    f.save_draft(amended, title="草稿的标题", change_note="草稿的说明")
    for below in ("", "1/", "1..2/"):
        html = main(client, address(amended, below))
        assert "草稿的" not in html
    assert client.get(address(amended, "3/")).status_code == 404


def test_only_reading_is_allowed(client: Client, amended: Any) -> None:
    for below in ("", "1/", "1..2/"):
        assert client.post(address(amended, below)).status_code == 405
        assert client.head(address(amended, below)).status_code == 200


def test_an_old_version_cannot_be_saved_by_mistake(amended: Any) -> None:
    from policy_pages.versions.history import records_of
    from policy_pages.versions.rebuilding import page_of

    records = records_of(amended)
    old = page_of(amended, records[-1], records)
    with pytest.raises(TypeError):
        old.save()


# --- On the page itself -----------------------------------------------------------------------------------------------


def test_the_page_says_what_its_last_version_changed_and_leads_to_all(client: Client, amended: Any) -> None:
    html = read(client, amended)
    assert in_order(
        html,
        "第 2 版改动：修改第二条，新增第五条，删去第四条。",
        f'href="{address(amended, "1..2/")}"',
        "历次版本（2）",
    )
    one = f.make_public(f.make_guide(amended.department))
    assert "历次版本（1）" in read(client, one)
    assert "版改动" not in read(client, one)


def test_a_page_without_publication_and_a_draft_have_no_line_of_versions(client: Client, kjj: Department) -> None:
    from policy_pages.tests.test_public_pages import preview

    assert "历次版本" not in read(client, shelve_document(kjj, "没有记录"))
    page = f.make_public(f.make_document(kjj, title="有记录"))
    assert "历次版本" not in preview(page.get_latest_revision_as_object())


def test_versions_of_every_kind_of_page_stay_within_their_queries(client: Client, kjj: Department) -> None:
    from policy_pages.models import ExplainedDocument, InterpretationPage

    file = PolicyFile(title="申请表", collection=kjj.collection, file_size=10)
    file.file.save("form.docx", ContentFile(b"x"))
    link = f'<p>见<a linktype="page" id="1">首页</a>和<a linktype="document" id="{file.pk}">附件</a>。</p>'
    body = [*SECOND, ("paragraph", link), ("attachments", [{"file": file, "label": ""}])]
    document = f.make_public(f.make_document(kjj, body=body))
    materials = [("material", f.material("申请表", blank_form=file, sample_form=file))]
    change = f.make_change(kjj, subject="guide")
    guide = f.make_guide(kjj, change=change, document=document, materials=materials, body=[*SECOND, body[-1]])
    interpretation = InterpretationPage(title="一文读懂", body=body, is_stock=True)
    interpretation.explained = [ExplainedDocument(document=document)]
    pages = [document, f.make_public(guide), f.make_public(f.add_draft(kjj, interpretation))]
    for page in pages:
        publish_again(page, summary="改过的摘要", change=None)
    for page in pages:
        for below in ("", "1/", "1..2/"):
            assert queries_of(client, address(page, below)) <= 18, (page.slug, below)
        # Eight, as of every page; and one for links in the text, of which Wagtail asks what they lead to.
        assert queries_of(client, f"/policies/kjj/{page.slug}/") <= 9
    assert document.title in main(client, address(pages[2], "1/"))


def test_every_field_of_a_page_is_either_compared_or_kept_from_the_public() -> None:
    """A new field must be put under its heading in `versions.layout`, or be named internal there."""
    from modelcluster.models import get_all_child_relations

    from policy_pages.models import POLICY_PAGE_TYPES
    from policy_pages.services.publication import HOUSEKEEPING

    for model in POLICY_PAGE_TYPES:
        shown = [name for _heading, names in layout_of(model) for name in names]
        fields = {field.name for field in model._meta.concrete_fields if not field.primary_key}
        fields |= {relation.get_accessor_name() for relation in get_all_child_relations(model)}
        assert len(shown) == len(set(shown))
        assert set(shown) == fields - HOUSEKEEPING - INTERNAL - UNITS, model
