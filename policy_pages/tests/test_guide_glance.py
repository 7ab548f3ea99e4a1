"""The guide page at a glance: clauses led to their articles, papers in one sentence, last year's window, what stands beside."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from django.core.files.base import ContentFile
from wagtail.models import PageViewRestriction

from policy_pages.models import ApplicationGuidePage, GuideBasis, InterpretationPage, PolicyFile, PublicationRecord
from policy_pages.services.listed import relist
from policy_pages.tests import factories as f
from policy_pages.tests.factories import material
from policy_pages.tests.public_reading import in_order, read, words
from policy_pages.tests.test_public_lists import day, put_on_shelf, queries_of, shelve_document, shelve_guide

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department


def condition(clause: str = "", kind: str = "threshold", text: str = "在本市登记注册") -> tuple[str, dict[str, str]]:
    return ("condition", {"text": text, "kind": kind, "clause": clause})


def clause_links(html: str) -> dict[str, str]:
    """Words and address of each linked clause of the conditions."""
    soup = BeautifulSoup(html, "html.parser")
    return {link.text: link["href"] for link in soup.select("#conditions .tail a")}


# --- Conditions and clauses ---------------------------------------------------------------------------------------------


def test_a_clause_leads_to_the_article_of_the_only_basis(client: Client, kjj: Department) -> None:
    document = shelve_document(kjj, "实施办法")
    rows = [condition("第四条第一项"), condition("第五部分"), condition()]
    guide = shelve_guide(kjj, "补助", conditions=rows)
    GuideBasis.objects.create(guide=guide, document=document, clause="")
    address = f"/policies/kjj/{document.slug}/"
    assert clause_links(read(client, guide)) == {"第四条第一项": f"{address}#第四条", "第五部分": address}


def test_of_several_bases_the_one_whose_clause_matches(client: Client, kjj: Department) -> None:
    one, other = shelve_document(kjj, "办法甲"), shelve_document(kjj, "办法乙")
    guide = shelve_guide(kjj, "补助", conditions=[condition("第六条"), condition("第二十条")])
    GuideBasis.objects.create(guide=guide, document=one, clause="第一条至第三条")
    GuideBasis.objects.create(guide=guide, document=other, clause="第四条至第八条")
    html = read(client, guide)
    assert clause_links(html) == {"第六条": f"/policies/kjj/{other.slug}/#第六条"}
    assert "依据 第二十条" in words(html), "what nobody can tell stays words"


def test_a_clause_never_leads_to_what_is_not_public(client: Client, kjj: Department) -> None:
    draft = f.make_document(kjj, title="还没有公开的办法")
    guide = shelve_guide(kjj, "补助", conditions=[condition("第一条")])
    GuideBasis.objects.create(guide=guide, document=draft, clause="第一条")
    html = read(client, guide)
    assert clause_links(html) == {}
    assert "还没有公开的办法" not in html


# --- Papers -------------------------------------------------------------------------------------------------------------


def test_the_papers_are_told_in_one_sentence_before_their_table(client: Client, kjj: Department) -> None:
    rows = [material("申请表"), material("纳税证明", source="shared"), material("营业执照", source="government")]
    html = read(client, shelve_guide(kjj, "补助", materials=[("material", row) for row in rows]))
    assert in_order(
        words(html), "共 3 项：自备 1 项，政府已有 2 项，其中数据共享 1 项、不用提交。", "材料名称", "申请表"
    )


def test_a_form_tells_its_type_and_size(client: Client, kjj: Department) -> None:
    file = PolicyFile(title="申请表", collection=kjj.collection, file_size=2048)
    file.file.save("form.docx", ContentFile(b"x"))
    html = read(client, shelve_guide(kjj, "补助", materials=[("material", material("申请表", blank_form=file))]))
    assert "DOCX · 2.0" in html


# --- At a glance --------------------------------------------------------------------------------------------------------


def test_the_phone_says_when_it_is_answered(client: Client, kjj: Department) -> None:
    hotline = {"number": "0510-81820000", "contact": "", "hours": "工作日 9:00–17:00"}
    html = read(client, shelve_guide(kjj, "补助", -3, 9, hotlines=[("hotline", hotline)]))
    soup = BeautifulSoup(html, "html.parser")
    for part in (".band", ".glance"):
        text = soup.select_one(part).get_text(" ", strip=True)
        assert in_order(text, "0510-81820000", "工作日 9:00–17:00"), part
    assert in_order(soup.select_one(".glance").get_text(" ", strip=True), "申报中", "还剩 9 天", f"{day(9)} 24:00 截止")


def acts(html: str) -> dict[str, str]:
    return {link.get_text(strip=True): link["href"] for link in BeautifulSoup(html, "html.parser").select(".acts a")}


def test_what_can_be_done_stands_below_the_band(client: Client, kjj: Department) -> None:
    guide = shelve_guide(kjj, "补助", -3, 9, apply_url="https://example.gov.cn/apply")
    address = f"/policies/kjj/{guide.slug}/"
    assert acts(read(client, guide)) == {
        "自查条件": f"{address}check/",
        "加入日历": f"{address}window.ics",
        "打印一页纸": f"{address}print/",
        "网上办理": "https://example.gov.cn/apply",
    }


@pytest.mark.parametrize(
    "facts", [{"window_type": "year_round"}, {"window_type": "window_pending"}, {"start": -9, "end": -1}]
)
def test_no_calendar_is_offered_without_a_day_to_come(client: Client, kjj: Department, facts: dict[str, Any]) -> None:
    assert "加入日历" not in acts(read(client, shelve_guide(kjj, "补助", **facts)))


def test_a_closed_window_promises_no_next_one(client: Client, kjj: Department) -> None:
    text = words(read(client, shelve_guide(kjj, "补助", -30, -3)))
    assert "本次申报已截止；再次开放的，日期在此公布" in text
    ended = shelve_guide(kjj, "旧补助", -30, -3)
    GuideBasis.objects.create(guide=ended, document=shelve_document(kjj, "旧办法", document_status="repealed"))
    assert "再次开放" not in words(read(client, ended))


# --- The window of last time --------------------------------------------------------------------------------------------


def fixed(start: str, end: str) -> dict[str, Any]:
    first, last = datetime.date.fromisoformat(start), datetime.date.fromisoformat(end)
    return {"window_type": "fixed_window", "window_start": first, "window_end": last}


PENDING = {"window_type": "window_pending", "window_start": None, "window_end": None, "change_note": "等待通知"}


def test_a_pending_window_shows_the_last_one_that_was_public(client: Client, kjj: Department) -> None:
    guide = f.make_public(f.make_guide(kjj, **fixed("2024-03-01", "2024-04-30")))
    for facts in (fixed("2025-03-01", "2025-04-30") | {"change_note": "今年的日期"}, PENDING):
        guide = f.make_public(f.save_draft(guide, **facts))
    # A draft of dates that nobody approved yet is no history.
    f.save_draft(guide, **fixed("2027-01-01", "2027-02-01"))
    text = words(read(client, guide))
    assert "上一次申报：2025-03-01 至 2025-04-30（第 2 版所载）" in text
    assert "2027" not in text
    assert text.count("上一次申报") == 1


def test_without_history_nothing_is_said_of_it(client: Client, kjj: Department) -> None:
    never = f.make_public(f.make_guide(kjj, window_type="window_pending"))
    assert "上一次申报" not in read(client, never)


def test_a_window_that_is_known_needs_no_earlier_one(client: Client, kjj: Department) -> None:
    guide = f.make_public(f.make_guide(kjj, **fixed("2025-03-01", "2025-04-30")))
    guide = f.make_public(f.save_draft(guide, **fixed("2026-11-01", "2026-12-30"), change_note="今年的日期"))
    assert PublicationRecord.objects.filter(page_id=guide.pk).count() == 2
    assert "上一次申报" not in read(client, guide)


def test_words_that_look_like_a_window_are_no_window(client: Client, kjj: Department) -> None:
    guide = f.make_public(
        f.make_guide(kjj, summary='"window_type":"fixed_window","window_start":"2025-01-01"', window_type="year_round")
    )
    guide = f.make_public(f.save_draft(guide, **PENDING))
    assert "上一次申报" not in read(client, guide)


# --- Elsewhere ----------------------------------------------------------------------------------------------------------


def test_a_draft_offers_nothing_that_is_not_public(kjj: Department, login: Any) -> None:
    guide = f.make_guide(kjj)
    html = login("kjj-edit").get(f"/admin/pages/{guide.pk}/view_draft/").content.decode()
    assert "在本市登记注册" in html
    assert acts(html) == {}


def test_a_guide_costs_few_queries(client: Client, kjj: Department) -> None:
    guide = f.make_public(f.make_guide(kjj, **fixed("2025-03-01", "2025-04-30")))
    guide = f.make_public(f.save_draft(guide, **PENDING))
    few = queries_of(client, f"/policies/kjj/{guide.slug}/")
    assert few <= 8
    rows = [condition(f"第{number}条", text=f"条件{number}") for number in range(1, 81)]
    many = shelve_guide(kjj, "很长", conditions=rows, window_type="window_pending")
    for number in range(4):
        GuideBasis.objects.create(guide=many, document=shelve_document(kjj, f"办法{number}"), clause=f"第{number}条")
    assert queries_of(client, f"/policies/kjj/{many.slug}/") <= few


def test_nothing_stands_beside_a_guide_that_is_not_open_to_all(client: Client, kjj: Department) -> None:
    window = fixed("2026-11-01", "2026-12-30")
    draft, public = f.make_guide(kjj, **window), shelve_guide(kjj, "公开的", **window)
    unlisted = put_on_shelf(kjj, type(public)(title="没有分类的", **window))
    unlisted.listing.delete()
    withdrawn = shelve_guide(kjj, "撤下的", **window)
    type(public).objects.filter(pk=withdrawn.pk).update(live=False)
    relist()
    hidden = shelve_guide(kjj, "只给登录者的", **window)
    PageViewRestriction.objects.create(page=hidden.page_ptr, restriction_type=PageViewRestriction.LOGIN)
    for name in ("print/", "check/", "window.ics"):  # first what would be shown, not what would fail, were it not asked
        for page, status in ((public, 200), (withdrawn, 404), (hidden, 404), (draft, 404), (unlisted, 404)):
            assert client.get(f"/policies/kjj/{page.slug}/{name}").status_code == status, (page.title, name)
    feed = client.get("/calendar/feed.ics").content.decode()
    calendar = client.get("/calendar/").content.decode()
    for text in (feed, calendar):
        assert "公开的" in text
        assert not any(title in text for title in (draft.title, "没有分类的", "撤下的", "只给登录者的"))


@pytest.mark.parametrize("name", ["window.ics", "print/", "check/"])
def test_beside_what_is_not_a_public_guide_there_is_nothing(client: Client, kjj: Department, name: str) -> None:
    draft = f.make_guide(kjj, **fixed("2026-11-01", "2026-12-30"))
    document = shelve_document(kjj, "办法")
    interpretation = put_on_shelf(kjj, InterpretationPage(title="解读"))
    for slug in (draft.slug, document.slug, interpretation.slug, "zn-999", "x"):
        assert client.get(f"/policies/kjj/{slug}/{name}").status_code == 404
    guide = f.make_public(draft)
    assert client.get(f"/policies/kjj/{guide.slug}/{name}").status_code == 200
    assert client.get(f"/policies/gxj/{guide.slug}/{name}").status_code == 404
    assert client.put(f"/policies/kjj/{guide.slug}/{name}").status_code == 405


# --- Closed for ever ----------------------------------------------------------------------------------------------------


def closed_for_ever(unit: Department, **facts: Any) -> Any:
    """A guide whose only basis was repealed."""
    guide = shelve_guide(unit, "旧补助", -3, 9)
    document = shelve_document(unit, "旧办法", document_status="repealed", **facts)
    GuideBasis.objects.create(guide=guide, document=document)
    return guide


def red_box(html: str) -> dict[str, str]:
    """Words and address of each link in the box that says why it is closed."""
    box = next(box for box in BeautifulSoup(html, "html.parser").select(".notice--late") if "申报已关闭" in box.text)
    return {link.text: link["href"] for link in box.select("a")}


def test_a_guide_closed_by_a_repeal_leads_to_what_came_after(client: Client, kjj: Department, gxj: Department) -> None:
    newest = shelve_document(gxj, "新办法", doc_number="锡科规〔2026〕9号")
    between = shelve_document(kjj, "中间的办法", document_status="repealed", successor=newest)
    guide = closed_for_ever(kjj, successor=between)
    for title, distance in (("新补助", 9), ("新的已截止", -1)):
        after = shelve_guide(gxj, title, -5, distance)
        GuideBasis.objects.create(guide=after, document=newest)
    html = read(client, guide)
    new = ApplicationGuidePage.objects.get(title="新补助")
    assert red_box(html) == {"新办法": f"/policies/gxj/{newest.slug}/", "新补助": f"/policies/gxj/{new.slug}/"}
    assert in_order(
        words(html), "申报已关闭", "接替的文件：", "新办法", "锡科规〔2026〕9号", "现在可以申报的：", "新补助"
    )
    assert list(acts(html)) == ["打印一页纸"], "nobody checks conditions of what nobody can apply for"
    assert queries_of(client, f"/policies/kjj/{guide.slug}/") <= 8


def test_what_came_after_is_named_only_when_it_is_public(client: Client, kjj: Department) -> None:
    draft = f.make_document(kjj, title="还没有公开的新办法")
    guide = closed_for_ever(kjj, successor=draft)
    GuideBasis.objects.create(guide=shelve_guide(kjj, "靠草稿的补助", -3, 9), document=draft)
    assert red_box(read(client, guide)) == {}
    hidden = shelve_document(kjj, "只给登录者的新办法")
    PageViewRestriction.objects.create(page=hidden.page_ptr, restriction_type=PageViewRestriction.LOGIN)
    other = closed_for_ever(kjj, successor=hidden)
    html = read(client, other)
    assert red_box(html) == {}
    assert "只给登录者" not in html


def test_a_circle_of_successors_ends(client: Client, kjj: Department) -> None:
    guide = closed_for_ever(kjj)
    document = guide.bases.get().document
    other = shelve_document(kjj, "又一件", document_status="repealed", successor=document)
    type(document).objects.filter(pk=document.pk).update(successor=other)
    assert red_box(read(client, guide)) == {}
