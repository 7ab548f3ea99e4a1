"""`…/versions/`: the list, and an old text."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.utils import timezone
from wagtail.models import Page, Revision

from policy_pages.models import Listing, PublicationRecord, PublishedFile
from policy_pages.tests import factories as f
from policy_pages.tests.public_reading import in_order, words
from policy_pages.tests.test_public_lists import queries_of
from policy_pages.tests.versions_world import (
    FIRST,
    address,
    main,
    make_amended,
    publish_again,
    record_of,
    tight,
)
from policy_pages.versions.views import PAGE_SIZE
from tests.scenes import scene

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

#: Words that say how things stand today.
OF_TODAY = (
    "申报中",
    "即将截止",
    "还剩",
    "今天截止",
    "已截止",
    "未开始",
    "不再受理",
    "要素待补",
    "badge--on_time",
    "工作日发布",
)


@pytest.fixture
def amended(kjj: Department) -> Any:
    return scene("document of two versions", lambda: make_amended(kjj))


# --- The list -------------------------------------------------------------------------------------------------------


def test_the_list_says_of_each_version_when_what_why_and_what_changed(client: Client, amended: Any) -> None:
    html = main(client, address(amended))
    at = timezone.localtime(record_of(amended, 2).published_at)
    assert in_order(
        words(html),
        "历次版本", amended.title, "共 2 版",
        "第 2 版", "最新版", "更新", f"{at:%Y-%m-%d %H:%M}", "改动：修改第二条，新增第五条，删去第四条。", "更新说明：修改有关条文。",
        "第 1 版", "首次发布",
    )  # fmt: skip
    assert f'href="{address(amended, "1/")}"' in html
    assert f'href="{address(amended, "1..2/")}"' in html
    assert f'href="/policies/kjj/{amended.slug}/">第 2 版' in html
    for below in ("", "1..2/"):
        crumbs = client.get(address(amended, below)).content.decode().split('class="crumbs', 1)[1].split("</nav>")[0]
        assert f'<li><a href="/policies/kjj/{amended.slug}/">{amended.title}</a></li>' in crumbs


def test_a_page_with_one_version_says_so_calmly(client: Client, kjj: Department) -> None:
    page = f.make_public(f.make_document(kjj))
    html = main(client, address(page))
    assert "这份内容只发布过一次，还没有改动。" in html
    assert "<select" not in html


def test_two_selects_without_script_lead_to_the_comparison(client: Client, amended: Any) -> None:
    html = main(client, address(amended))
    assert f'<form class="pick" method="get" action="{address(amended)}">' in html
    assert in_order(html, '<select name="old">', '<option value="1" selected>', '<select name="new">')
    for query in ("old=1&new=2", "old=2&new=1"):
        response = client.get(address(amended, f"?{query}"))
        assert (response.status_code, response.url) == (302, address(amended, "1..2/"))


def test_a_version_compared_with_itself_is_asked_for_again(client: Client, amended: Any) -> None:
    html = main(client, address(amended, "?old=1&new=1"))
    assert "请选择两个不同的版本" in html
    assert "第 2 版" in html


@pytest.mark.parametrize(
    "query",
    [
        *("page=99999999999999999999", "page=x", "what=ever&%ff"),
        *("old=9&new=1", "old=a&new=%C2%B2", "old=%00", "new=-1", f"old={'9' * 400}&new=1"),
    ],
)
def test_garbage_in_the_query_leads_to_the_list(client: Client, amended: Any, query: str) -> None:
    response = client.get(address(amended, f"?{query}"))
    assert (response.status_code, response.url) == (301, address(amended))
    assert "请选择" not in main(client, address(amended))


def test_a_long_history_is_parted_and_costs_no_more_queries(client: Client, amended: Any) -> None:
    few = queries_of(client, address(amended))
    record = record_of(amended, 2)
    facts = {name: getattr(record, name) for name in ("page_id", "department_code", "kind", "published_at", "content")}
    facts |= {"content_hash": record.content_hash, "approvals": [], "classification": {}}
    PublicationRecord.objects.bulk_create(
        PublicationRecord(version=number, revision_id=10_000 + number, **facts) for number in range(3, 46)
    )
    assert queries_of(client, address(amended)) <= few <= 15
    html = main(client, address(amended))
    assert html.count('class="row version"') == PAGE_SIZE
    assert "公开的文字没有改动" in html
    assert "第 1 版" in main(client, address(amended, "?page=3"))


# --- An old text ----------------------------------------------------------------------------------------------------


def test_an_old_version_reads_as_it_was_under_a_notice(client: Client, amended: Any) -> None:
    response = client.get(address(amended, "1/"))
    html = response.content.decode()
    at = timezone.localtime(record_of(amended).published_at)
    assert in_order(
        words(html), f"这是第 1 版（{at:%Y-%m-%d %H:%M} 发布），不是最新版。", "最新版（第 2 版）", "锡科规〔2026〕3号",
        amended.title, "第二条", "最高补助30万元。", "第四条", "另行规定。",
    )  # fmt: skip
    assert "50万元" not in html
    assert f'href="/policies/kjj/{amended.slug}/"' in html
    assert f'href="{address(amended, "1..2/")}"' in html
    assert '<meta name="robots" content="noindex">' in html
    assert f'<link rel="canonical" href="http://127.0.0.1:8000/policies/kjj/{amended.slug}/">' in html
    assert "（第 1 版，非最新）" in html.split("</title>", 1)[0]
    assert not response.cookies


def test_the_current_version_leads_to_the_page_for_now(client: Client, amended: Any) -> None:
    response = client.get(address(amended, "2/"))
    assert (response.status_code, response.url) == (302, f"/policies/kjj/{amended.slug}/")
    publish_again(amended, body=FIRST)
    assert "50万元" in main(client, address(amended, "2/")), "with the next one it is the address of that text"


def test_it_is_the_record_that_is_read_and_not_the_revision(client: Client, amended: Any) -> None:
    revision = Revision.objects.get(pk=record_of(amended).revision_id)
    revision.content = {**revision.content, "title": "后来改写的标题"}
    revision.save()
    assert "后来改写的标题" not in main(client, address(amended, "1/"))
    Revision.objects.filter(pk=revision.pk).delete()
    assert "最高补助30万元。" in main(client, address(amended, "1/"))


def test_an_old_guide_says_nothing_of_today(client: Client, kjj: Department) -> None:
    document = f.make_public(f.make_document(kjj))
    today = timezone.localdate()
    window = {"window_type": "fixed_window", "window_start": today - datetime.timedelta(5)}
    page = f.make_guide(
        kjj,
        change=f.make_change(kjj, subject="guide"),
        document=document,
        window_end=today + datetime.timedelta(3),
        **window,
    )
    page = publish_again(f.make_public(page), window_end=today + datetime.timedelta(30), change=None)
    now, old = main(client, f"/policies/kjj/{page.slug}/"), main(client, address(page, "1/"))
    assert "申报中" in now
    for word in OF_TODAY:
        assert word not in old, word
    assert in_order(
        words(old), "现在能报吗", "看最新版", "旧版本不作判断", "本版所载期限", f"{today + datetime.timedelta(3)}"
    )
    assert document.title in old, "the documents it rested on are its own words"


def test_an_old_document_has_no_relatives_and_no_verdict(client: Client, kjj: Department) -> None:
    page = make_amended(kjj, expires_on=timezone.localdate() + datetime.timedelta(days=1))
    f.make_public(f.make_guide(kjj, change=f.make_change(kjj, subject="guide"), document=page))
    assert in_order(main(client, f"/policies/kjj/{page.slug}/"), "badge--on_time", "企业研发投入后补助")
    with time_machine.travel(timezone.now() + datetime.timedelta(days=40)):
        assert "本文件已失效" in main(client, f"/policies/kjj/{page.slug}/")
        old = main(client, address(page, "1/"))
    for word in ("本文件已失效", "已失效", "企业研发投入后补助", "依据本文件的申报指南", "存量", *OF_TODAY):
        assert word not in old, word
    assert "执行中（本版所载）" in tight(old)


def test_the_classification_of_an_old_version_is_that_of_its_day(client: Client, amended: Any) -> None:
    category = Listing.objects.get(page=amended.pk).category
    type(category).objects.filter(pk=category.pk).update(name="后来的类别")
    assert "后来的类别" in main(client, f"/policies/kjj/{amended.slug}/")
    old = main(client, address(amended, "1/"))
    assert "后来的类别" not in old
    assert record_of(amended).classification["category"] in old


def test_a_repealed_document_s_first_text_stays_readable(client: Client, amended: Any) -> None:
    facts = {"document_status": "repealed", "repealed_on": timezone.localdate(), "repeal_reason": "已有新办法"}
    change = f.make_change(amended.department, kind="repealed", title=amended.title)
    page = publish_again(amended, change=change, **facts)
    html = main(client, address(page))
    assert in_order(words(html), "文件状态： 已废止", "第 3 版", "最新版", "废止", "文件状态由执行中改为已废止")
    compared = main(client, address(page, "2..3/"))
    assert in_order(words(compared), "文件状态： 已废止", "最新版")
    assert "badge--open" not in html + compared, "the newest text of what no longer holds is not called in force"
    assert "本文件已废止" not in main(client, address(page, "1/"))
    page = publish_again(page, document_status="in_force", change=None)
    assert f"本版所载废止日期：{timezone.localdate()}，已有新办法" in tight(main(client, address(page, "3/")))


def test_a_file_that_is_public_no_more_is_named_without_a_link(client: Client, kjj: Department) -> None:
    old_form, kept = f.make_file(kjj, b"%PDF-1.4 old", "旧申请表"), f.make_file(kjj, b"%PDF-1.4 kept", "样表")
    link = f'<p>填<a id="{old_form.pk}" linktype="document">这张表</a>，看<a id="{kept.pk}" linktype="document">样表</a>。</p>'
    rest = ("attachments", [{"file": old_form, "label": "附件 1"}, {"file": kept, "label": ""}])
    page = f.make_public(f.make_document(kjj, body=[FIRST[0], ("paragraph", link), rest]))
    new_form = f.make_file(kjj, b"%PDF-1.4 new", "旧申请表")
    page = publish_again(page, body=[("attachments", [{"file": new_form, "label": ""}, {"file": kept, "label": ""}])])
    old = main(client, address(page, "1/"))
    assert "附件 1</span>" in old
    assert "这张表（附件属于早先的版本，不再提供下载）" in old
    assert "属于早先的版本，不再提供下载" in old.split('class="attachments"', 1)[1]
    assert old_form.url not in old
    assert old.count(f'href="{kept.url}"') == 2
    assert client.get(old_form.url).status_code == 404
    assert "附件更换 1 个" in main(client, address(page, "1..2/"))
    # The same file public again with other bytes is not the file of that day.
    PublishedFile.objects.filter(file=kept).update(sha256="f" * 64)
    assert kept.url not in main(client, address(page, "1/"))


def test_the_forms_of_an_old_guide_are_named_without_a_link(client: Client, kjj: Department) -> None:
    form = f.make_file(kjj, b"%PDF-1.4 old")
    page = f.make_public(f.make_guide(kjj, materials=[("material", f.material("申请表", blank_form=form))]))
    page = publish_again(page, materials=[("material", f.material("申请表"))])
    assert form.url not in main(client, address(page, "1/"))
    assert "空表</span>" in main(client, address(page, "1/"))


def test_what_an_old_text_names_and_is_public_no_more_is_not_named(client: Client, kjj: Department) -> None:
    document = f.make_public(f.make_document(kjj, title="后来撤下的文件"))
    linked = f'<p>见<a id="{document.pk}" linktype="page">该文件</a>。</p>'
    change = f.make_change(kjj, subject="guide")
    page = f.make_public(f.make_guide(kjj, change=change, document=document, body=[("paragraph", linked)]))
    page = publish_again(page, bases=[], change=None, summary="改")
    assert "后来撤下的文件" in main(client, address(page, "1/"))
    assert "《后来撤下的文件》" in main(client, address(page, "1..2/"))
    assert f'href="/policies/kjj/{document.slug}/"' in main(client, address(page, "1/"))
    Page.objects.get(pk=document.pk).specific.unpublish()
    for below in ("1/", "1..2/", ""):
        assert "后来撤下的文件" not in main(client, address(page, below))
    old = main(client, address(page, "1/"))
    assert "见该文件。" in tight(old)
    assert document.slug not in old
    assert "未公开的页面" in main(client, address(page, "1..2/"))
