"""卷宗: whoever may read a page's drafts reads all that is known of it, and nobody changes anything there."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import TaskState

from accounts.enums import Role
from accounts.services import end_assignment
from audit.models import Event
from policy_pages.enums import PageState
from policy_pages.models import Listing, PolicyDocumentPage, PublicationRecord
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department
    from policy_pages.models import PolicyPage

READERS = ["kjj-edit", "kjj-review", "spj-moder", "spj-audit"]
OTHERS = ["gxj-edit", "gxj-review", "spj-acct", "sys-admin"]


def listing(client: Client, **asked: str) -> str:
    response = client.get(reverse("policy_pages_dossiers"), asked)
    assert response.status_code == 200
    return response.content.decode()


def shown(client: Client, page: PolicyPage) -> str:
    response = client.get(reverse("policy_pages_dossier", args=[page.pk]))
    assert response.status_code == 200
    return response.content.decode()


def preview(page: PolicyPage, revision_id: int | None = None) -> str:
    return reverse("policy_pages_dossier_revision", args=[page.pk, revision_id or page.latest_revision_id])


# --- Who ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", READERS)
def test_who_may_read_the_drafts_reads_the_dossier(kjj: Department, login: Any, username: str) -> None:
    page = f.make_document(kjj, title="关于人才公寓的办法")
    client = login(username)
    assert "关于人才公寓的办法" in listing(client)
    assert "关于人才公寓的办法" in shown(client, page)
    assert "关于人才公寓的办法" in client.get(preview(page)).content.decode()


@pytest.mark.parametrize("username", OTHERS)
def test_to_all_others_it_does_not_exist(kjj: Department, gxj: Department, login: Any, username: str) -> None:
    page = f.make_public(f.make_document(kjj, title="金丝雀"))
    f.save_draft(page, title="金丝雀之二", change_note="勘误")
    client = login(username)
    assert "金丝雀" not in client.get(reverse("policy_pages_dossiers"), follow=True).content.decode()
    missing = client.get(reverse("policy_pages_dossier", args=[999_999]))
    for url in (reverse("policy_pages_dossier", args=[page.pk]), preview(page)):
        answer = client.get(url)
        assert answer.status_code == missing.status_code == 404
        assert "金丝雀" not in answer.content.decode()


def test_a_visitor_is_asked_to_log_in(kjj: Department, client: Client) -> None:
    page = f.make_document(kjj)
    for url in (reverse("policy_pages_dossiers"), reverse("policy_pages_dossier", args=[page.pk]), preview(page)):
        assert client.get(url).status_code == 302


def test_a_revision_of_another_page_is_not_found(kjj: Department, login: Any) -> None:
    one, other = f.make_document(kjj), f.make_document(kjj, title="另一个办法")
    client = login("spj-audit")
    assert client.get(preview(one, other.latest_revision_id)).status_code == 404
    assert client.get(preview(other)).status_code == 200


def test_a_section_has_no_dossier(kjj: Department, login: Any) -> None:
    assert login("spj-audit").get(reverse("policy_pages_dossier", args=[kjj.section_page_id])).status_code == 404


def test_an_ended_assignment_closes_it_at_the_next_request(kjj: Department, login: Any) -> None:
    page = f.make_document(kjj)
    client = login("kjj-edit")
    shown(client, page)
    assignment = f.user("kjj-edit").assignments.get(role=Role.EDITOR)
    assignment.valid_from -= datetime.timedelta(days=9)
    assignment.save()
    end_assignment(assignment=assignment, last_day=timezone.localdate() - datetime.timedelta(days=1))
    assert client.get(reverse("policy_pages_dossier", args=[page.pk])).status_code in {302, 404}


def test_a_county_unit_sees_its_own_and_the_city_s_does_not_see_the_county_s(gxj: Department, login: Any) -> None:
    county = f.make_department("jy-gxj", "江阴市工业和信息化局", parent=gxj, level="county")
    f.make_document(county, title="江阴的草稿")
    f.make_document(gxj, title="无锡的草稿")
    assert "江阴的草稿" in listing(login("jy-gxj-edit"))
    assert "无锡的草稿" not in listing(login("jy-gxj-edit"))
    assert "江阴的草稿" not in listing(login("gxj-edit"))


# --- What ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_there_changes_anything(kjj: Department, login: Any, method: str) -> None:
    page = f.make_document(kjj)
    client = login("spj-moder")
    before = Event.objects.count()
    for url in (reverse("policy_pages_dossier", args=[page.pk]), preview(page), reverse("policy_pages_dossiers")):
        assert getattr(client, method)(url).status_code == 405
    assert Event.objects.count() == before
    main = shown(client, page).partition('<div class="nice-padding hqt-dossier">')[2]
    posting = re.findall(r'<form method="post" action="([^"]+)"', main.partition("</main>")[0])
    assert posting == [reverse("policy_pages_dossier_export", args=[page.pk])], "an export leaves its event, no more"


def test_the_dossier_tells_the_whole_story(kjj: Department, login: Any) -> None:
    page = f.hand_in(f.make_document(kjj, title="关于人才公寓的办法"))
    page = f.act(page, "kjj-review", "reject", comment="缺少依据")
    page = f.make_public(f.save_draft(page, summary="补了依据"))
    html = shown(login("kjj-review"), page)
    record = PublicationRecord.objects.get(page_id=page.pk)
    for told in (
        "登记变更：新增",
        "提交：单位审核",
        "退回修改",
        "缺少依据",
        "单位审核：审核通过",
        "转审批局分类审核",
        "公开第 1 版：首次发布",
        record.content_hash[:12],
        "姓名kjj-review",
        "姓名spj-moder",
        "现在公开",
    ):
        assert told in html, told
    assert "已公开" in html
    assert html.count("保存版本") == page.revisions.count() == 2


def test_the_resubmitter_is_named_not_the_first_submitter(kjj: Department, login: Any) -> None:
    f.make_user("kjj-edit2", kjj, Role.EDITOR)
    page = f.act(f.hand_in(f.make_document(kjj)), "kjj-review", "reject", comment="缺少依据")
    page = f.save_draft(page, author=f.user("kjj-edit2"), summary="补了依据")
    from policy_pages.services.moderation import submit

    submit(page=page, actor=f.user("kjj-edit2"))
    rows = re.findall(r"<tr>.*?</tr>", shown(login("kjj-review"), page), re.S)
    submissions = [row for row in rows if "提交：单位审核" in row]
    assert ["姓名kjj-edit2" in row for row in submissions] == [True, False], "the latest first"


def test_only_the_auditor_is_led_into_the_event_chain(kjj: Department, login: Any) -> None:
    page = f.make_public(f.make_document(kjj))
    published = Event.objects.get(action="page.published", object_id=str(page.pk))
    link = reverse("events:inspect", args=[published.pk])
    assert link in shown(login("spj-audit"), page)
    for username in ("kjj-edit", "kjj-review", "spj-moder"):
        assert "/admin/events/inspect/" not in shown(login(username), page)


def test_every_event_about_the_page_stands_in_it(kjj: Department, login: Any) -> None:
    page = f.act(f.hand_in(f.make_document(kjj)), "kjj-review", "reject", comment="缺少依据")
    page = f.make_public(f.save_draft(page, summary="补了依据"))
    html = shown(login("spj-audit"), page)
    about = Event.objects.filter(object_type="policy_pages.policydocumentpage", object_id=str(page.pk))
    about |= Event.objects.filter(object_type="policy_pages.changerecord", object_id=str(page.change_id))
    about = about.exclude(action__startswith="wagtail.")  # the twin of Wagtail's log, told already in our words
    assert about.count() > 8, "power check"
    assert [event.action for event in about if f">#{event.seq}</a>" not in html] == []


def test_files_stand_with_the_hash_of_their_bytes(kjj: Department, login: Any) -> None:
    form = f.make_file(kjj)
    page = f.make_public(f.make_guide(kjj, materials=[("material", f.material("申请表", blank_form=form))]))
    html = shown(login("kjj-review"), page)
    assert form.sha256() in html
    assert "与公开时不一致" not in html
    form.file.storage.delete(form.file.name)
    assert "与公开时不一致" in shown(login("kjj-review"), page)


def test_links_to_the_editor_are_for_the_editor(kjj: Department, login: Any) -> None:
    page = f.make_document(kjj)
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    assert edit in shown(login("kjj-edit"), page)
    for username in ("kjj-review", "spj-moder", "spj-audit"):
        assert edit not in shown(login(username), page)
    page = f.hand_in(page)
    step = TaskState.objects.get(status=TaskState.STATUS_IN_PROGRESS)
    assert reverse("policy_pages_review", args=[step.pk]) in shown(login("kjj-review"), page)


def test_the_preview_shows_exactly_that_revision(kjj: Department, login: Any) -> None:
    page = f.make_public(f.make_document(kjj, summary="第一稿"))
    first = page.live_revision_id
    page = f.save_draft(page, summary="第二稿", change_note="勘误")
    client = login("spj-audit")
    assert "第一稿" in client.get(preview(page, first)).content.decode()
    assert "第二稿" in client.get(preview(page)).content.decode()


# --- The list -----------------------------------------------------------------------------------------------------------


def in_state(kjj: Department, state: PageState) -> PolicyPage:
    """A document brought into a state by the way a person would."""
    page = f.make_document(kjj, title=f"办法{state}")
    if state == PageState.DRAFT:
        return page
    if state == PageState.SCHEDULED:
        page = f.save_draft(page, go_live_at=timezone.now() + datetime.timedelta(hours=1))
        return f.make_public(page)
    if state in {PageState.DEPARTMENT_REVIEW, PageState.BUREAU_REVIEW, PageState.RETURNED}:
        page = f.hand_in(page)
        if state == PageState.DEPARTMENT_REVIEW:
            return page
        action = "approve" if state == PageState.BUREAU_REVIEW else "reject"
        return f.act(page, "kjj-review", action, comment="说明")
    page = f.make_public(page)
    if state == PageState.CHANGED:
        return f.save_draft(page, summary="改了")
    if state == PageState.REPEALED:
        change = f.make_change(kjj, title=page.title, kind="repealed")
        today = timezone.localdate()
        facts = {"document_status": "repealed", "repealed_on": today, "repeal_reason": "到期", "change": change}
        return f.make_public(f.save_draft(page, **facts))
    if state == PageState.WITHDRAWN:
        page.unpublish(log_action=False)
    return page


@pytest.mark.parametrize("state", list(PageState))
def test_each_state_is_told_in_words_and_found_by_its_filter(kjj: Department, login: Any, state: PageState) -> None:
    page = in_state(kjj, state)
    f.make_document(kjj, title="别的草稿") if state != PageState.DRAFT else f.hand_in(
        f.make_document(kjj, title="别的草稿")
    )
    client = login("kjj-review")
    assert f"<dd>{state.label}" in shown(client, PolicyDocumentPage.objects.get(pk=page.pk))
    found = listing(client, state=state)
    assert page.title in found
    assert "别的草稿" not in found
    cells = re.findall(r"<td[^>]*>\s*(.*?)\s*</td>", found, re.S)
    assert str(state.label) in cells


def test_stock_without_a_register_entry_has_its_dossier_too(kjj: Department, login: Any) -> None:
    page = f.make_public(f.make_document(kjj, is_stock=True))
    client = login("spj-audit")
    assert page.title in listing(client)
    assert "不计 3 个工作日期限" in shown(client, page)


def test_unit_type_and_words_find_a_page(kjj: Department, gxj: Department, login: Any) -> None:
    f.make_document(kjj, title="科技办法", doc_number="锡科〔2026〕7号")
    f.make_guide(gxj, title="工信指南")
    client = login("spj-moder")
    finds = {
        "department_id": (str(kjj.pk), "科技办法"),
        "content_type": ("applicationguidepage", "工信指南"),
        "q": ("〔2026〕7号", "科技办法"),
    }
    for name, (value, title) in finds.items():
        html = listing(client, **{name: value})
        assert title in html, name
        assert ({"科技办法", "工信指南"} - {title}).pop() not in html, name


def test_a_draft_is_found_by_what_its_latest_text_says(kjj: Department, login: Any) -> None:
    page = f.make_document(kjj, title="旧名")
    f.save_draft(page, title="新名", doc_number="锡科〔2026〕9号")
    client = login("kjj-review")
    assert "新名" in listing(client, q="新名")
    assert "新名" in listing(client, q="〔2026〕9号")


def test_the_unit_filter_offers_own_units_only(kjj: Department, gxj: Department, login: Any) -> None:
    assert "工业和信息化局" not in listing(login("kjj-edit"))
    f.make_document(gxj, title="工信草稿")
    assert "工信草稿" not in listing(login("kjj-edit"), department_id=str(gxj.pk))
    assert "工业和信息化局" in listing(login("spj-moder"))


@pytest.mark.parametrize(
    "asked", [{"state": "x"}, {"department_id": "x"}, {"content_type": "page"}, {"p": "999"}, {"q": "%"}]
)
def test_bad_filters_are_no_error(kjj: Department, login: Any, asked: dict[str, str]) -> None:
    f.make_document(kjj)
    assert login("kjj-edit").get(reverse("policy_pages_dossiers"), asked).status_code in {200, 404}


def test_the_open_change_stands_with_its_days(kjj: Department, login: Any) -> None:
    f.make_document(kjj)
    assert re.search(r"还剩 \d 个工作日|今天到期", listing(login("spj-moder")))


def queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize("username", ["kjj-edit", "spj-moder", "spj-audit"])
def test_the_list_costs_the_same_with_one_page_and_with_many(
    kjj: Department, gxj: Department, login: Any, username: str
) -> None:
    f.make_document(kjj)
    client = login(username)
    one = queries(client, reverse("policy_pages_dossiers"))
    for number in range(4):
        f.make_document(kjj, title=f"办法{number}")
        f.hand_in(f.make_guide(kjj, title=f"指南{number}"))
        f.make_document(gxj, title=f"工信{number}")
    assert queries(client, reverse("policy_pages_dossiers")) == one


def test_the_dossier_costs_the_same_with_a_short_history_and_a_long_one(kjj: Department, login: Any) -> None:
    page = f.make_public(f.make_document(kjj))
    client, url = login("spj-audit"), reverse("policy_pages_dossier", args=[page.pk])
    short = queries(client, url)
    for number in range(3):
        page = f.act(
            f.hand_in(f.save_draft(page, summary=f"{number}", change_note="勘误")),
            "kjj-review",
            "reject",
            comment="再改",
        )
        page = f.make_public(f.save_draft(page, summary=f"{number}改", change_note="勘误"))
    assert Listing.objects.count() == 1
    assert queries(client, url) == short


# --- The way there ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["spj-moder", "spj-audit", "kjj-review"])
@pytest.mark.parametrize("name", ["edit", "view_draft", "history"])
def test_who_may_only_read_is_led_from_the_editor_to_the_dossier(
    kjj: Department, login: Any, username: str, name: str
) -> None:
    for page in (f.make_document(kjj), f.make_public(f.make_document(kjj, title="已公开的办法"))):
        url = reverse(f"wagtailadmin_pages:{name}", args=[page.pk])
        answer = login(username).get(url)
        assert answer["Location"] == reverse("policy_pages_dossier", args=[page.pk])
        assert login("kjj-edit").get(url).status_code == 200, "the editor edits"


def test_a_stranger_is_not_led_anywhere_new(kjj: Department, gxj: Department, login: Any) -> None:
    draft, public = f.make_document(kjj), f.make_public(f.make_document(kjj, title="已公开的办法"))
    client = login("gxj-edit")
    assert client.get(reverse("wagtailadmin_pages:edit", args=[draft.pk])).status_code == 404
    assert "dossiers" not in client.get(reverse("wagtailadmin_pages:edit", args=[public.pk])).get("Location", "")


@pytest.mark.parametrize("username", ["kjj-edit", "spj-moder", "spj-audit"])
def test_the_explorer_offers_the_dossier(kjj: Department, login: Any, username: str) -> None:
    page = f.make_document(kjj)
    html = login(username).get(reverse("wagtailadmin_explore", args=[kjj.section_page_id])).content.decode()
    assert reverse("policy_pages_dossier", args=[page.pk]) in html


def test_the_editor_s_page_offers_the_dossier(kjj: Department, login: Any) -> None:
    page = f.make_document(kjj)
    html = login("kjj-edit").get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert reverse("policy_pages_dossier", args=[page.pk]) in html


def test_a_link_to_a_withdrawn_submission_says_so_and_leads_on(kjj: Department, login: Any) -> None:
    page = f.hand_in(f.make_document(kjj))
    step = TaskState.objects.get(status=TaskState.STATUS_IN_PROGRESS)
    page.current_workflow_state.cancel(user=f.user("kjj-edit"))
    url = reverse("policy_pages_review", args=[step.pk])
    for username in READERS:
        html = login(username).get(url).content.decode()
        assert "这次提交已撤回" in html
        assert reverse("policy_pages_dossier", args=[page.pk]) in html
    assert login("spj-acct").get(url).status_code == 404
