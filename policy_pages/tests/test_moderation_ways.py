"""What people at the two desks expect beyond yes and no: schedules, returns, earlier classifications, honest clocks."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone
from wagtail.test.utils.form_data import querydict_from_html

from accounts.models import User
from audit.models import Event
from policy_pages.enums import ChangeKind, ChangeSubject, VocabularyCode
from policy_pages.forms.moderation import ClassificationForm
from policy_pages.models import ApplicationGuidePage, PolicyDocumentPage, Term
from policy_pages.services.moderation import submission_faults
from policy_pages.services.register import cancel_change
from policy_pages.tests import factories as f
from policy_pages.tests.editor import edit_data, edit_url

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

LATER = datetime.timedelta(hours=3)


def scheduled(department: Department) -> PolicyDocumentPage:
    return f.make_public(f.make_document(department, go_live_at=timezone.now() + LATER))


def last_review(page: Any) -> int:
    return page.workflow_states.get().task_states.order_by("pk").last().pk


# --- While two people read ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["kjj-edit", "root"])
def test_a_text_under_review_gets_no_new_revision(kjj: Department, login: Any, username: str) -> None:
    """Stock's page API reverts to an old revision without asking whether the page is locked."""
    page = f.save_draft(f.make_document(kjj), title="第二稿")
    first, data = page.revisions.earliest("pk"), edit_data(login("kjj-edit"), page, title="第三稿")
    page = f.hand_in(page)
    User.objects.create_superuser("root", password=f.PASSWORD)
    before = list(page.revisions.values_list("pk", flat=True))
    client = login(username)
    client.post(edit_url(page), data)
    client.post(
        reverse("wagtailadmin_api:pages:action", args=[page.pk, "revert_to_page_revision"]), {"revision_id": first.pk}
    )
    assert list(page.revisions.values_list("pk", flat=True)) == before
    assert type(page).objects.get(pk=page.pk).latest_revision_id == page.latest_revision_id


# --- Schedules ------------------------------------------------------------------------------------------------------


def test_a_scheduled_item_is_shown_as_such(kjj: Department, login: Any) -> None:
    page = scheduled(kjj)
    for username in ("kjj-edit", "spj-moder"):
        assert "等待定时发布" in login(username).get(reverse("policy_pages_inbox")).content.decode()
    html = login("spj-moder").get(reverse("policy_pages_review", args=[last_review(page)])).content.decode()
    assert "取消定时发布" in html


@pytest.mark.parametrize("username", ["kjj-edit", "spj-moder"])
def test_a_schedule_is_taken_back_with_an_event(kjj: Department, login: Any, username: str) -> None:
    page = scheduled(kjj)
    url = reverse("policy_pages_unschedule", args=[last_review(page)])
    assert login(username).post(url).status_code == 302
    page = PolicyDocumentPage.objects.get(pk=page.pk)
    assert (page.live, page.scheduled_revision) == (False, None)
    assert Event.objects.filter(action="page.schedule_cancelled").count() == 1
    assert login(username).post(url).status_code == 409, "there is nothing to take back any more"


def test_others_take_nothing_back(kjj: Department, gxj: Department, login: Any) -> None:
    page = scheduled(kjj)
    url = reverse("policy_pages_unschedule", args=[last_review(page)])
    for username in ("kjj-review", "gxj-edit", "spj-acct", "spj-audit", "sys-admin"):
        login(username).post(url)
    assert PolicyDocumentPage.objects.get(pk=page.pk).scheduled_revision is not None


def test_a_schedule_past_the_deadline_is_refused(kjj: Department) -> None:
    page = f.make_document(kjj, go_live_at=timezone.now() + datetime.timedelta(days=20))
    assert [fault.field for fault in submission_faults(page)] == ["go_live_at"]


# --- Returns --------------------------------------------------------------------------------------------------------


def test_the_reason_of_a_return_stands_where_one_edits_and_where_one_reviews_again(kjj: Department, login: Any) -> None:
    page = f.act(f.hand_in(f.make_document(kjj)), "kjj-review", "reject", comment="请核对第一条的金额")
    html = login("kjj-edit").get(edit_url(page)).content.decode()
    assert "请核对第一条的金额" in html
    assert "action-restart-workflow" not in html, "one way to hand in again"
    page = f.hand_in(f.save_draft(page, title="改过"))
    url = reverse("policy_pages_review", args=[page.current_workflow_task_state.pk])
    assert "请核对第一条的金额" in login("kjj-review").get(url).content.decode()


# --- Classification of an update ------------------------------------------------------------------------------------


def test_a_correction_starts_from_the_present_classification(kjj: Department, login: Any) -> None:
    theme = Term.objects.filter(vocabulary="theme").first()
    guide = f.act(f.hand_in(f.make_guide(kjj)), "kjj-review")
    guide = f.act(guide, "spj-moder", **f.classification(themes=[str(theme.pk)]))
    guide = f.act(f.hand_in(f.save_draft(guide, change_note="更正错字")), "kjj-review")
    url = reverse("policy_pages_review", args=[guide.current_workflow_task_state.pk])
    shown = querydict_from_html(login("spj-moder").get(url).content.decode(), form_index=0)
    assert shown["category"] == str(guide.listing.category_id)
    assert shown["route"] == guide.listing.route
    assert shown.getlist("themes") == [str(theme.pk)]
    login("spj-moder").post(url, shown)
    assert list(ApplicationGuidePage.objects.get(pk=guide.pk).listing.terms.all()) == [theme]


def test_the_bureau_chooses_from_every_list_of_terms(kjj: Department, login: Any, client: Client) -> None:
    """What can be chosen is what visitors filter by (domain §3.6); a list without a field would be a filter that stays empty."""
    guide = f.act(f.hand_in(f.make_guide(kjj)), "kjj-review")
    url = reverse("policy_pages_review", args=[guide.current_workflow_task_state.pk])
    data = querydict_from_html(login("spj-moder").get(url).content.decode(), form_index=0).copy()
    chosen = [Term.objects.filter(vocabulary=vocabulary).last() for vocabulary in VocabularyCode]
    for name in ("category", "themes", "industries", "sizes", "life_cycle", "qualifications", "regions"):
        data[name] = str(next(term.pk for term in chosen if term.vocabulary == ClassificationForm.VOCABULARIES[name]))
    login("spj-moder").post(url, {**data.dict(), "route": "simple"})
    listing = ApplicationGuidePage.objects.get(pk=guide.pk).listing
    assert {listing.category, *listing.terms.all()} == set(chosen)
    region = next(term for term in chosen if term.vocabulary == VocabularyCode.REGION)
    assert guide.title in client.get("/guides/", {"region": region.code}).content.decode()


# --- Clocks that cannot be dodged -----------------------------------------------------------------------------------


def test_one_registration_does_not_serve_two_new_documents(kjj: Department) -> None:
    change = f.make_change(kjj)
    first, second = f.make_document(kjj, change=change), f.make_document(kjj, change=change, title="搭便车")
    f.make_public(first)
    assert [fault.field for fault in submission_faults(type(second).objects.get(pk=second.pk))] == ["change"]


def test_a_cancelled_registration_serves_none(kjj: Department) -> None:
    change = f.make_change(kjj)
    page = f.make_document(kjj, change=change)
    cancel_change(change=change, reason="误登", actor=f.user("spj-moder"))
    assert [fault.field for fault in submission_faults(type(page).objects.get(pk=page.pk))] == ["change"]


@pytest.mark.parametrize(
    ("registered", "typed", "field"),
    [
        ({"doc_number": "锡科发〔2026〕8号"}, {"doc_number": "锡科发〔2026〕9号"}, "doc_number"),
        ({"days_ago": 0}, {"issued_on": -3}, "issued_on"),
        ({"days_ago": 0, "trigger_basis": "written"}, {"written_on": -3}, "written_on"),
    ],
)
def test_a_registration_must_speak_of_this_document(
    kjj: Department, registered: dict[str, Any], typed: dict[str, Any], field: str
) -> None:
    days = {
        name: timezone.localdate() + datetime.timedelta(days=value) if isinstance(value, int) else value
        for name, value in typed.items()
    }
    values = {"written_on": timezone.localdate() - datetime.timedelta(days=5), **days}
    page = f.make_document(kjj, change=f.make_change(kjj, **registered), **values)
    assert [fault.field for fault in submission_faults(page)] == [field]


def test_a_typing_error_mended_does_not_settle_a_new_policy(kjj: Department) -> None:
    old = f.make_public(f.make_document(kjj))
    fresh = f.make_change(kjj, title="另一个新政策")
    page = f.save_draft(old, change=fresh, change_note="更正错字")
    assert [fault.field for fault in submission_faults(page.get_latest_revision_as_object())] == ["change"]


def test_a_revision_settles_a_revision(kjj: Department) -> None:
    old = f.make_public(f.make_document(kjj))
    change = f.make_change(kjj, kind=ChangeKind.AMENDED)
    page = f.make_public(f.save_draft(old, change=change, title="修订后的标题"))
    change.refresh_from_db()
    assert change.clock.finished_at is not None
    assert change.page_id == page.pk


def test_a_guide_is_not_repealed_by_itself(kjj: Department, login: Any) -> None:
    data = {
        "department": kjj.pk,
        "kind": ChangeKind.REPEALED,
        "subject": ChangeSubject.GUIDE,
        "title": "指南",
        "trigger_date": f"{timezone.localdate():%Y-%m-%d}",
        "trigger_basis": "issued",
        "evidence": "通知",
    }
    response = login("kjj-edit").post(reverse("changes:add"), data)
    assert "请登记政策文件的废止" in response.content.decode()


def test_a_trunk_page_takes_nothing_but_children(kjj: Department, login: Any) -> None:
    """The sections carry every policy: nobody publishes, hides or submits one, and none of it is a 500."""
    section = kjj.section_page
    client = login("kjj-edit")
    for name in ("edit", "unpublish", "delete", "copy"):
        assert client.get(reverse(f"wagtailadmin_pages:{name}", args=[section.pk])).status_code in {302, 404}
    assert client.get(reverse("wagtailadmin_explore", args=[section.pk])).status_code == 200
    page = f.make_public(f.make_document(kjj))
    client.post(reverse("wagtailadmin_pages:unpublish", args=[section.pk]))
    client.post(reverse("wagtailadmin_pages:set_privacy", args=[section.pk]), {"restriction_type": "login"})
    assert client.get(page.url).status_code == 200


def test_why_it_came_back_is_no_fault_of_the_form(kjj: Department, login: Any) -> None:
    """The tab's badge counts `.error-message` and `.help-critical` (Wagtail's w-count controller)."""
    page = f.act(f.hand_in(f.make_document(kjj)), "kjj-review", "reject", comment="金额写错了")
    soup = BeautifulSoup(login("kjj-edit").get(f"/admin/pages/{page.pk}/edit/").content, "html.parser")
    assert "金额写错了" in soup.select_one("[id^=tab-] .hqt-returned").text
    assert soup.select("[id^=tab-] .error-message, [id^=tab-] .help-critical") == []
