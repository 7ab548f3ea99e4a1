"""The three policy pages as a visitor reads them, and the pages that say something went wrong."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.base import ContentFile
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone

from policy_pages.models import (
    ApplicationGuidePage,
    ExplainedDocument,
    GuideBasis,
    InterpretationPage,
    PolicyDocumentPage,
    PolicyFile,
)
from policy_pages.tests.factories import make_change, make_document, make_guide, make_public, material
from policy_pages.tests.public_reading import in_order, read, words
from policy_pages.tests.test_public_lists import day, put_on_shelf, queries_of, shelve_document, shelve_guide

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

D = datetime.date
BODY = [
    ("chapter", {"number": "第一章", "title": "总则"}),
    ("article", {"number": "第一条", "text": "<p>为支持企业研发，制定本措施。</p>"}),
    ("article", {"number": "第 二 条", "text": "<p>本措施适用于本市企业。</p><ul><li>规上企业</li></ul>"}),
    ("article", {"number": "第一条", "text": "<p>编号重复的一条。</p>"}),
    ("paragraph", "<p>附则说明。</p>"),
    ("sheet", {"caption": "补助标准", "has_header": True, "cells": "类型\t比例\n规上\t10%\t备注"}),
]


# --- Document ---------------------------------------------------------------------------------------


@pytest.fixture
def document(kjj: Department) -> PolicyDocumentPage:
    return shelve_document(
        kjj,
        "关于支持企业研发的若干措施",
        doc_number="锡科规〔2026〕3号",
        index_number="014006438/2026-00123",
        issuing_body="市科学技术局、市财政局",
        written_on=D(2026, 3, 2),
        issued_on=D(2026, 3, 4),
        effective_on=D(2026, 4, 1),
        expires_on=D(2099, 3, 31),
        subject_category="科技\\创新",
        genre="notice",
        source_name="市政府网站",
        source_url="https://example.gov.cn/1",
        editor_in_charge="法规处",
        summary="研发后补助。",
        body=BODY,
    )


def test_a_document_has_its_official_header_in_order(client: Client, document: PolicyDocumentPage) -> None:
    text = words(read(client, document).split("<main", 1)[1])
    assert in_order(
        text, "锡科规〔2026〕3号", "关于支持企业研发的若干措施", "索引号", "制发机关", "成文日期", "印发日期", "施行日期",
        "失效日期", "主题分类", "体裁", "文件状态", "发布时间", "更新时间", "来源", "责任编辑", "第一章",
    )  # fmt: skip
    for value in ("014006438/2026-00123", "2026-03-02", "2026-03-04", "通知", "执行中", "市政府网站", "法规处"):
        assert value in text


def test_a_document_carries_the_metadata_of_47(client: Client, document: PolicyDocumentPage) -> None:
    html = read(client, document)
    assert '<html lang="zh-Hans"' in html
    assert '<meta name="SiteName" content="惠企通">' in html
    assert '<meta name="ColumnType" content="政策文件">' in html
    assert '<meta name="ArticleTitle" content="关于支持企业研发的若干措施">' in html
    assert re.search(r'<meta name="PubDate" content="\d{4}-\d\d-\d\d \d\d:\d\d">', html)
    assert '<meta name="ContentSource" content="市政府网站">' in html
    assert "SiteIDCode" not in html


def test_the_site_code_is_shown_once_it_is_set(client: Client, document: PolicyDocumentPage, settings: Any) -> None:
    settings.HUIQITONG_SITE_ID_CODE = "3202000001"
    html = read(client, document)
    assert '<meta name="SiteIDCode" content="3202000001">' in html
    assert "网站标识码：3202000001" in html


def test_articles_have_anchors_of_their_own_and_contents_lead_to_them(
    client: Client, document: PolicyDocumentPage
) -> None:
    html = read(client, document)
    assert re.findall(r'<div class="article" id="([^"]+)"', html) == ["第一条", "第二条", "第一条-2"]
    for name in ("第一章", "第一条", "第二条", "第一条-2"):
        assert f'href="#{name}"' in html.split('class="toc-side"', 1)[1]
    assert html.index('id="第一章"') < html.index('id="第一条"')


def test_a_table_is_filled_up_and_can_be_scrolled(client: Client, document: PolicyDocumentPage) -> None:
    html = read(client, document)
    assert '<div class="scroll" role="region" tabindex="0" aria-label="补助标准">' in html
    assert html.count('<th scope="col">') == 3


def test_a_short_text_needs_no_contents(client: Client, kjj: Department) -> None:
    page = shelve_document(kjj, "短文件", body=BODY[:2])
    assert "目录" not in read(client, page)


def test_a_document_of_facts_leads_to_its_source(client: Client, kjj: Department) -> None:
    page = shelve_document(kjj, "只有摘要", summary="摘要在此。", source_url="https://example.gov.cn/2")
    html = read(client, page)
    assert "摘要在此。" in html
    assert "全文见" in html
    assert 'href="https://example.gov.cn/2"' in html


def test_attachments_say_type_and_size(client: Client, kjj: Department) -> None:
    file = PolicyFile(title="申请表", collection=kjj.collection, file_size=34567)
    file.file.save("form.docx", ContentFile(b"x" * 10))
    gone = PolicyFile.objects.create(title="不见了的文件", collection=kjj.collection, file="documents/gone.pdf")
    items = [{"file": file, "label": "附件 1"}, {"file": gone, "label": ""}]
    html = read(client, shelve_document(kjj, "带附件", body=[("attachments", items)]))
    assert f'<a href="{file.url}">附件 1</a> <span class="kind-size">DOCX · 33.8' in html
    assert '不见了的文件</a> <span class="kind-size">PDF</span>' in html
    gone.refresh_from_db()
    assert gone.file_size is None, "reading must not write"


def test_a_file_without_a_stored_size_is_measured(client: Client, kjj: Department) -> None:
    file = PolicyFile(title="申请表", collection=kjj.collection)
    file.file.save("form.pdf", ContentFile(b"x" * 2048))
    PolicyFile.objects.filter(pk=file.pk).update(file_size=None)
    page = shelve_document(kjj, "带附件", body=[("attachments", [{"file": file, "label": ""}])])
    assert "PDF · 2.0" in read(client, page)


def test_a_repealed_document_says_so_and_leads_on(
    client: Client, kjj: Department, document: PolicyDocumentPage
) -> None:
    old = shelve_document(
        kjj,
        "旧办法",
        document_status="repealed",
        repealed_on=D(2026, 3, 4),
        repeal_reason="新措施第九条",
        successor=document,
    )
    html = read(client, old)
    assert in_order(words(html), "本文件已废止", "废止日期：2026-03-04", "新措施第九条", "替代文件", document.title)
    assert f'href="/policies/kjj/{document.slug}/"' in html
    assert in_order(words(read(client, document)), "文件沿革", "旧办法", document.title, "本文件")


def test_a_repeal_without_successor_says_there_is_none(client: Client, kjj: Department) -> None:
    page = shelve_document(
        kjj, "旧办法", document_status="repealed", successor=make_document(kjj, title="未公开的新办法")
    )
    assert "替代文件：无" in re.sub(r"\s", "", words(read(client, page)))
    assert "未公开的新办法" not in read(client, page)


def test_an_expired_document_says_so_by_its_date(client: Client, kjj: Department) -> None:
    html = read(client, shelve_document(kjj, "旧通知", expires_on=day(-1)))
    assert "本文件已失效" in html
    assert "badge--expired" in html
    assert "执行中" not in html
    assert "本文件已失效" not in read(client, shelve_document(kjj, "今天到期", expires_on=day(0)))


def test_an_amended_document_with_a_successor_leads_on(client: Client, kjj: Department, document: Any) -> None:
    html = read(client, shelve_document(kjj, "修订过的", document_status="amended", successor=document))
    assert "已修订" in html
    assert "现行有效" not in html
    assert "已有接替的文件" in html


def test_an_amended_document_is_said_to_be_in_force(client: Client, kjj: Department) -> None:
    html = read(client, shelve_document(kjj, "修订过的", document_status="amended"))
    assert "现行有效（已修订）" in html
    assert html.count("badge--open") == 1


def test_documents_guides_and_interpretations_lead_to_each_other(
    client: Client, kjj: Department, document: PolicyDocumentPage
) -> None:
    guide = shelve_guide(kjj, "研发后补助", -1, 20)
    GuideBasis.objects.create(guide=guide, document=document, clause="第二条第一款")
    draft = make_document(kjj, title="依据的草稿")
    GuideBasis.objects.create(guide=guide, document=draft)
    interpretation = put_on_shelf(kjj, InterpretationPage(title="一文读懂", author="法规处", body=BODY))
    ExplainedDocument.objects.create(interpretation=interpretation, document=document)
    ExplainedDocument.objects.create(interpretation=interpretation, document=draft)
    text = read(client, document)
    assert in_order(text, "依据本文件的申报指南", "研发后补助", "还剩 20 天", "政策解读", "一文读懂")
    text = read(client, guide)
    assert f'href="/policies/kjj/{document.slug}/#第二条">第二条第一款</a>' in text
    assert "依据的草稿" not in text
    text = read(client, interpretation)
    assert f'href="/policies/kjj/{document.slug}/"' in text
    assert "依据的草稿" not in text
    assert "解读：法规处" in re.sub(r"\s", "", words(text))


@pytest.mark.parametrize(
    ("query", "classes", "used"),
    [
        ("", "size-m contrast-normal scheme-auto", {"m", "normal", "auto"}),
        ("?size=s", "size-s contrast-normal scheme-auto", {"s", "normal", "auto"}),
        ("?size=l&contrast=high&scheme=dark", "size-l contrast-high scheme-dark", {"l", "high", "dark"}),
    ],
)
def test_the_look_is_in_the_address(
    client: Client, document: PolicyDocumentPage, query: str, classes: str, used: set[str]
) -> None:
    html = read(client, document, query)
    assert f'class="{classes}"' in html
    assert set(re.findall(r'data-value="(\w+)" aria-current="true"', html)) == used
    assert 'class="js-only" type="button" data-print' in html


def test_a_look_that_holds_anyway_has_no_address_of_its_own(client: Client, document: PolicyDocumentPage) -> None:
    for query in ("?size=m", "?size=%22x", "?contrast=normal&scheme=auto"):
        assert client.get(f"/policies/kjj/{document.slug}/{query}")["Location"] == f"/policies/kjj/{document.slug}/"


# --- Cost and previews ------------------------------------------------------------------------------


def test_no_page_costs_more_than_eighteen_queries(client: Client, kjj: Department) -> None:
    file = PolicyFile(title="申请表", collection=kjj.collection, file_size=10)
    file.file.save("form.docx", ContentFile(b"x"))
    link = '<p>见<a linktype="page" id="1">首页</a>和<a linktype="document" id="1">附件</a>。</p>'
    body = [*BODY, ("paragraph", link), ("attachments", [{"file": file, "label": ""}])]
    document = make_public(make_document(kjj, change=make_change(kjj), body=body))
    old = shelve_document(kjj, "旧办法", document_status="repealed", successor=document)
    PolicyDocumentPage.objects.filter(pk=document.pk).update(successor=old)
    materials = [("material", material("申请表", blank_form=file, sample_form=file))]
    guide = make_public(
        make_guide(kjj, change=make_change(kjj, subject="guide"), document=document, materials=materials)
    )
    interpretation = put_on_shelf(kjj, InterpretationPage(title="一文读懂", body=body))
    ExplainedDocument.objects.create(interpretation=interpretation, document=document)
    for page in (document, guide, interpretation):
        assert queries_of(client, f"/policies/kjj/{page.slug}/") <= 18


def test_more_relatives_cost_no_more_queries(client: Client, kjj: Department) -> None:
    document = shelve_document(kjj, "文件", body=BODY)
    guide = shelve_guide(kjj, "指南")
    GuideBasis.objects.create(guide=guide, document=document)
    few = [queries_of(client, f"/policies/kjj/{page.slug}/") for page in (document, guide)]
    for number in range(5):
        other = shelve_document(kjj, f"文件{number}", successor=document)
        GuideBasis.objects.create(guide=guide, document=other)
        GuideBasis.objects.create(guide=shelve_guide(kjj, f"指南{number}"), document=document)
    many = [queries_of(client, f"/policies/kjj/{page.slug}/") for page in (document, guide)]
    assert many == few


def preview(page: Any) -> str:
    request = RequestFactory().get("/")
    request.is_preview = True
    return page.serve_preview(request, page.default_preview_mode).render().content.decode()


def test_drafts_can_be_previewed(kjj: Department) -> None:
    document = make_document(kjj, body=BODY)
    guide = make_guide(kjj, document=document)
    interpretation = InterpretationPage(title="一文读懂", body=BODY)
    interpretation.explained = [ExplainedDocument(document=document)]
    put_on_shelf(kjj, interpretation)
    for page in (document, guide):
        html = preview(page.get_latest_revision_as_object())
        assert "预览：这一版尚未公开" in html
        assert "尚未发布" in html
    # The review page shows a revision with `serve`, which takes itself for public.
    served = document.get_latest_revision_as_object().serve(RequestFactory().get("/")).render().content.decode()
    assert "预览：这一版尚未公开" in served
    # In a preview the reviewer sees what the text will rest on.
    assert document.title in preview(guide.get_latest_revision_as_object())
    assert document.title in preview(interpretation)


@pytest.mark.parametrize("model", [PolicyDocumentPage, ApplicationGuidePage, InterpretationPage])
def test_a_page_never_saved_can_be_previewed(db: None, model: type) -> None:
    assert "一份新内容" in preview(model(title="一份新内容"))


# --- When something is wrong ------------------------------------------------------------------------


def test_a_missing_page_offers_the_search(client: Client, db: None) -> None:
    for path in ("nichts", "policies/nobody", "policies/kjj/wj-99", "policies/kjj/irgendwas", "policies/kjj/-"):
        response = client.get(f"/{path}/")
        assert response.status_code == 404
        assert "没有这个页面" in response.content.decode()
        assert 'action="/search/"' in response.content.decode()
        assert not response.cookies


def test_without_a_site_there_is_no_page(client: Client, db: None) -> None:
    from wagtail.models import Site

    Site.objects.all().delete()
    assert client.get("/policies/kjj/wj-1/").status_code == 404


def test_a_conflict_says_what_happened_and_leads_back(db: None) -> None:
    html = render_to_string("409.html", {"reason": "这一项已由张三处理。"}, request=RequestFactory().get("/admin/"))
    assert "这一项已由张三处理。" in html
    assert 'href="/admin/inbox/"' in html


def test_the_sign_in_page_is_ours_and_in_chinese(client: Client, db: None) -> None:
    html = client.get("/admin/login/").content.decode()
    text = words(html)
    for value in ("惠企通", "账号由行政审批局分配", "账号", "密码", "登录"):
        assert value in text
    assert "Wagtail" not in text
    assert timezone.get_current_timezone_name() == "Asia/Shanghai"
