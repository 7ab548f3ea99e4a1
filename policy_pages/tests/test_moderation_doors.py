"""Every door to the public, tried by the wrong person or with the wrong thing. Each test names the stock hole it closes.

Numbers are those of the measured table (technical §1.4) and of the findings F1–F7 (reliability §0). What is asserted
is the effect on the database, not only the status code: Wagtail answers a refusal with a redirect.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.urls import reverse
from wagtail.models import GroupPagePermission, Page, Revision, TaskState
from wagtail.test.utils.form_data import querydict_from_html

from accounts.enums import Role
from accounts.models import Assignment, User
from accounts.services import assign_role, group_name, sync_department
from audit.errors import Conflict
from audit.models import Event
from policy_pages.models import Listing, PolicyDocumentPage, PublicationRecord
from policy_pages.services.moderation import decide, submit
from policy_pages.tests import factories as f
from policy_pages.tests.editor import add_data, add_url, edit_data, edit_url, post_edit

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

ALL_ROLES = ("kjj-edit", "kjj-review", "spj-moder", "spj-acct", "spj-audit", "sys-admin", "gxj-edit", "gxj-review")


def current(page: Page) -> Any:
    return type(page).objects.get(pk=page.pk)


def is_untouched(page: Page) -> bool:
    """Not public, nothing recorded as public, still waiting where it waited."""
    page = current(page)
    return not page.live and not PublicationRecord.objects.filter(page_id=page.pk).exists()


def review_url(page: Page) -> str:
    return reverse("policy_pages_review", args=[current(page).current_workflow_task_state.pk])


def stock_action_url(page: Page, action: str, state: TaskState) -> str:
    return reverse("wagtailadmin_pages:workflow_action", args=[page.pk, action, state.pk])


# --- The way itself ---------------------------------------------------------------------------------------------


def test_two_persons_make_it_public(kjj: Department, login: Any) -> None:
    page = f.hand_in(f.make_document(kjj))
    response = login("kjj-review").post(review_url(page), {"decision": "approve", **f.decision(page)})
    assert response.status_code == 302
    assert not current(page).live, "after one of two steps nothing is public yet (A6(3), T6.3)"
    data = {"decision": "approve", **f.decision(page), **f.classification()}
    assert login("spj-moder").post(review_url(page), data).status_code == 302
    page = current(page)
    assert page.live
    record = PublicationRecord.objects.get(page_id=page.pk)
    assert record.revision_id == page.live_revision_id
    assert [approval["user"] for approval in record.approvals] == ["kjj-review", "spj-moder"]
    assert Listing.objects.get(page=page).revision_id == page.live_revision_id
    assert Event.objects.filter(action="page.published", object_id=str(page.pk)).count() == 1
    assert page.change.clock.finished_at == page.first_published_at


def test_a_return_needs_a_reason_and_the_editor_reads_it(kjj: Department, login: Any) -> None:
    page = f.hand_in(f.make_document(kjj))
    reviewer = login("kjj-review")
    response = reviewer.post(review_url(page), {"decision": "reject", **f.decision(page)})
    assert "请写明退回理由" in response.content.decode()
    assert current(page).current_workflow_task_state.status == TaskState.STATUS_IN_PROGRESS
    data = {"decision": "reject", **f.decision(page, comment="第一条与附件不一致")}
    assert reviewer.post(review_url(page), data).status_code == 302
    assert "第一条与附件不一致" in login("kjj-edit").get(reverse("policy_pages_inbox")).content.decode()


# --- Approving with the wrong form ------------------------------------------------------------------------------


def test_hole_23_an_empty_classification_publishes_nothing(kjj: Department, login: Any) -> None:
    """Stock takes any JSON from the browser: a naive task published unclassified."""
    page = f.act(f.hand_in(f.make_document(kjj)), "kjj-review")
    state = page.current_workflow_task_state
    moderator = login("spj-moder")
    response = moderator.post(review_url(page), {"decision": "approve", **f.decision(page)})
    assert "请选择清单类别" in response.content.decode()
    moderator.post(stock_action_url(page, "approve", state), {})
    moderator.post(stock_action_url(page, "approve", state), f.decision(page))
    with pytest.raises(PermissionDenied):
        state.task.specific.on_action(state, f.user("spj-moder"), "approve")
    with pytest.raises(PermissionDenied):
        state.task.specific.on_action(state, f.user("spj-moder"), "publish")
    assert is_untouched(page)
    assert not Listing.objects.exists()


def test_a_guide_is_not_classified_without_its_route(kjj: Department, login: Any) -> None:
    page = f.act(f.hand_in(f.make_guide(kjj)), "kjj-review")
    data = {"decision": "approve", **f.decision(page), **f.classification(route="")}
    response = login("spj-moder").post(review_url(page), data)
    assert "请选择申报方式" in response.content.decode()
    login("spj-moder").post(stock_action_url(page, "approve", page.current_workflow_task_state), data)
    assert is_untouched(page)


def test_the_classification_form_opens_with_nothing_chosen(kjj: Department, login: Any) -> None:
    page = f.act(f.hand_in(f.make_guide(kjj)), "kjj-review")
    data = querydict_from_html(login("spj-moder").get(review_url(page)).content.decode(), form_index=0)
    assert data.get("category") == ""
    assert data.get("route") == ""


# --- Somebody else's item ---------------------------------------------------------------------------------------


def test_hole_22_a_task_of_b_is_not_approved_through_a_page_of_a(kjj: Department, gxj: Department, login: Any) -> None:
    """Stock never ties the task state in the address to the page in it."""
    own = f.hand_in(f.make_document(gxj))
    foreign = f.hand_in(f.make_document(kjj))
    state = foreign.current_workflow_task_state
    client = login("gxj-review")
    for action in ("approve", "reject"):
        client.post(stock_action_url(own, action, state), f.decision(foreign, comment="越权"))
    assert client.post(review_url(foreign), {"decision": "approve", **f.decision(foreign)}).status_code == 404
    state.refresh_from_db()
    assert state.status == TaskState.STATUS_IN_PROGRESS
    assert is_untouched(foreign)


def test_another_department_cannot_even_see_that_it_waits(kjj: Department, gxj: Department, login: Any) -> None:
    page = f.hand_in(f.make_document(kjj, title="金丝雀文件"))
    for username in ("gxj-edit", "gxj-review", "spj-acct", "sys-admin"):
        client = login(username)
        assert client.get(review_url(page)).status_code == 404
        assert client.get(review_url(page) + "preview/").status_code == 404
        assert "金丝雀文件" not in client.get(reverse("policy_pages_inbox")).content.decode()
        assert "金丝雀文件" not in client.get(reverse("wagtailadmin_home")).content.decode()


# --- The author and the second person -----------------------------------------------------------------------------


def test_the_author_does_not_approve_his_own_text(kjj: Department, login: Any) -> None:
    """T6.4: a person who is editor and reviewer both may review others' texts, never his own."""
    assign_role(user=f.user("kjj-edit"), department=kjj, role=Role.REVIEWER)
    page = f.hand_in(f.make_document(kjj))
    client = login("kjj-edit")
    data = {"decision": "approve", **f.decision(page)}
    client.post(review_url(page), data)
    client.post(stock_action_url(page, "approve", page.current_workflow_task_state), data)
    assert current(page).current_workflow_task_state.status == TaskState.STATUS_IN_PROGRESS
    assert current(page).current_workflow_task_state.task.name == "单位审核"


def test_the_submitter_is_an_author_too(kjj: Department) -> None:
    """One writes, another hands in: neither of them is the second pair of eyes."""
    second = f.make_user("kjj-edit-2", kjj, Role.EDITOR)
    assign_role(user=second, department=kjj, role=Role.REVIEWER)
    page = f.make_document(kjj)
    submit(page=page, actor=f.user("kjj-edit-2"))
    with pytest.raises(PermissionDenied):
        f.act(page, "kjj-edit-2")
    assert is_untouched(page)


def test_one_person_cannot_take_both_steps(kjj: Department, bureau: Department) -> None:
    """Promise 1 counts persons, not steps, even where both roles came into one hand behind the rules' back."""
    with pytest.raises(ValidationError, match="不能既在单位又在行政审批局任职"):
        assign_role(user=f.user("spj-moder"), department=kjj, role=Role.REVIEWER)
    Assignment.objects.create(user=f.user("spj-moder"), department=kjj, role=Role.REVIEWER)
    sync_department(kjj)
    page = f.act(f.hand_in(f.make_document(kjj)), "spj-moder")
    with pytest.raises(PermissionDenied):
        f.act(page, "spj-moder", **f.classification())
    assert is_untouched(page)


def test_edit_and_approve_in_one_post_changes_nothing(kjj: Department, login: Any) -> None:
    """style §3.1: Wagtail saves the approver's text, then calls the task; his own words went live."""
    page = f.make_document(kjj)
    data = edit_data(login("kjj-edit"), page)
    page = f.hand_in(page)
    before = page.latest_revision_id
    reviewer = login("kjj-review")
    data.update(
        {
            "title": "审核人自己改的标题",
            "action-workflow-action": "true",
            "workflow-action-name": "approve",
            "workflow-action-extra-data": json.dumps(f.decision(page)),
        }
    )
    for client in (reviewer, login("kjj-edit"), login("spj-moder")):
        client.post(edit_url(page), data)
        page = current(page)
        assert page.latest_revision_id == before
        assert page.current_workflow_task_state.task.name == "单位审核"
        assert is_untouched(page)


# --- Publishing past the workflow -----------------------------------------------------------------------------------


def superuser_client(login: Any) -> Client:
    User.objects.create_superuser("root", password=f.PASSWORD)
    return login("root")


@pytest.mark.parametrize("username", [*ALL_ROLES, "root"])
def test_holes_9_28_nobody_publishes_directly_or_in_bulk(
    kjj: Department, gxj: Department, login: Any, username: str
) -> None:
    page = f.make_document(kjj)
    client = superuser_client(login) if username == "root" else login(username)
    data = edit_data(login("kjj-edit"), page)
    data.update({"action-publish": "action-publish"})
    client.post(edit_url(page), data)
    bulk = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    client.post(f"{bulk}?id={page.pk}", {"include_descendants": "on"})
    client.post(f"{bulk}?id={kjj.section_page_id}", {"include_descendants": "on"})
    assert is_untouched(page)
    new = add_data(login("kjj-edit"), PolicyDocumentPage, kjj, title="直接公开", change=str(page.change_id))
    new.update({"action-publish": "action-publish"})
    client.post(add_url(PolicyDocumentPage, kjj), new)
    assert not PolicyDocumentPage.objects.filter(live=True).exists()


def test_publish_permission_given_by_hand_opens_no_door(kjj: Department, login: Any) -> None:
    """Even a drifted group that holds Wagtail's `publish` publishes nothing past the two approvals."""
    from django.contrib.auth.models import Group

    publish = Permission.objects.get(content_type__app_label="wagtailcore", codename="publish_page")
    group = Group.objects.get(name=group_name(Role.EDITOR, kjj))
    GroupPagePermission.objects.create(group=group, page=kjj.section_page, permission=publish)
    page = f.make_document(kjj)
    post_edit(login("kjj-edit"), page, **{"action-publish": "action-publish"})
    login("kjj-edit").post(reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"]) + f"?id={page.pk}")
    assert is_untouched(page)


def test_code_that_publishes_an_unapproved_revision_is_refused(kjj: Department) -> None:
    page = f.make_document(kjj)
    with pytest.raises(PermissionDenied):
        page.get_latest_revision().publish()
    assert is_untouched(page)


@pytest.mark.parametrize("username", [*ALL_ROLES, "root"])
def test_nobody_unpublishes_moves_or_hides_what_is_public(
    kjj: Department, gxj: Department, login: Any, username: str
) -> None:
    """T12.5: a policy stays readable; its address is permanent; privacy acts outside moderation."""
    page = f.make_public(f.make_document(kjj))
    client = superuser_client(login) if username == "root" else login(username)
    address = page.url
    client.post(reverse("wagtailadmin_pages:unpublish", args=[page.pk]))
    client.post(reverse("wagtail_bulk_action", args=["wagtailcore", "page", "unpublish"]) + f"?id={page.pk}")
    client.post(reverse("wagtailadmin_pages:move_confirm", args=[page.pk, gxj.section_page_id]))
    client.post(reverse("wagtailadmin_pages:delete", args=[page.pk]))
    client.post(reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"]) + f"?id={page.pk}")
    client.post(reverse("wagtailadmin_pages:set_privacy", args=[page.pk]), {"restriction_type": "login"})
    page = current(page)
    assert page.live
    assert page.url == address
    assert page.get_view_restrictions().count() == 0


def test_hole_8_a_copy_of_a_public_page_is_a_draft(kjj: Department, login: Any) -> None:
    """`publish_copies` and `alias` ask for a right, not for two approvals."""
    page = f.make_public(f.make_document(kjj))
    for client in (login("kjj-edit"), superuser_client(login)):
        for extra in ({"publish_copies": "on"}, {"alias": "on"}):
            data = {
                "new_title": "副本",
                "new_slug": f"fu-ben-{len(extra)}",
                "new_parent_page": kjj.section_page_id,
                **extra,
            }
            client.post(reverse("wagtailadmin_pages:copy", args=[page.pk]), data)
    copies = PolicyDocumentPage.objects.exclude(pk=page.pk)
    assert [copy.live for copy in copies] == [False] * copies.count()
    assert not copies.filter(alias_of__isnull=False).exists()


# --- The revision that was read ---------------------------------------------------------------------------------------


def test_holes_25_26_an_approved_or_submitted_revision_is_not_overwritten(kjj: Department) -> None:
    live = f.make_public(f.make_document(kjj))
    approved = live.live_revision
    text = json.dumps(approved.content, sort_keys=True)
    draft = live.get_latest_revision_as_object()
    draft.title = "改写已通过的版本"
    draft.save_revision(user=f.user("kjj-edit"), overwrite_revision=approved)
    assert json.dumps(Revision.objects.get(pk=approved.pk).content, sort_keys=True) == text
    waiting = f.hand_in(f.make_document(kjj, title="另一文件"))
    submitted = waiting.latest_revision
    draft = waiting.get_latest_revision_as_object()
    draft.title = "改写已提交的版本"
    draft.save_revision(user=f.user("kjj-edit"), overwrite_revision=submitted)
    assert Revision.objects.get(pk=submitted.pk).content["title"] == "另一文件"


@pytest.mark.parametrize("username", ["kjj-edit", "root"])
def test_a_text_under_review_gets_no_new_revision(kjj: Department, login: Any, username: str) -> None:
    """Stock's page API reverts to an old revision without asking whether the page is locked."""
    page = f.save_draft(f.make_document(kjj), title="第二稿")
    first, data = page.revisions.earliest("pk"), edit_data(login("kjj-edit"), page, title="第三稿")
    page = f.hand_in(page)
    before = list(page.revisions.values_list("pk", flat=True))
    client = superuser_client(login) if username == "root" else login(username)
    client.post(edit_url(page), data)
    client.post(
        reverse("wagtailadmin_api:pages:action", args=[page.pk, "revert_to_page_revision"]), {"revision_id": first.pk}
    )
    assert list(page.revisions.values_list("pk", flat=True)) == before
    assert current(page).latest_revision_id == page.latest_revision_id


def test_f3_what_changed_after_it_was_opened_is_answered_409(kjj: Department, login: Any) -> None:
    page = f.act(f.hand_in(f.make_document(kjj)), "kjj-review")
    read = {"decision": "approve", **f.decision(page), **f.classification()}
    f.save_draft(page, title="打开之后又改了")
    response = login("spj-moder").post(review_url(page), read)
    assert response.status_code == 409
    assert "有了变化" in response.content.decode()
    assert is_untouched(page)
    assert not Listing.objects.exists()


def test_f3_a_replaced_attachment_is_a_changed_text(kjj: Department, login: Any) -> None:
    """The revision is the same, the bytes of its form are not."""
    form = f.make_file(kjj, b"%PDF-1.4 original")
    guide = f.make_guide(kjj, materials=[("material", f.material("申请表", blank_form=form))])
    page = f.hand_in(guide)
    read = {"decision": "approve", **f.decision(page)}
    form.file.storage.delete(form.file.name)
    form.file.storage.save(form.file.name, ContentFile(b"%PDF-1.4 replaced"))
    assert login("kjj-review").post(review_url(page), read).status_code == 409
    assert current(page).current_workflow_task_state.task.name == "单位审核"


def test_f2_the_second_decision_on_one_item_is_a_conflict(kjj: Department, login: Any) -> None:
    page = f.hand_in(f.make_document(kjj))
    state = page.current_workflow_task_state
    data = f.decision(page, comment="退回")
    f.act(page, "kjj-review", "reject", comment="退回")
    with pytest.raises(Conflict):
        decide(task_state_id=state.pk, task_id=state.task_id, actor=f.user("kjj-review"), action="approve", data=data)
    url = reverse("policy_pages_review", args=[state.pk])
    assert login("kjj-review").post(url, {"decision": "approve", **data}).status_code == 409


def test_a_newer_draft_does_not_go_live_with_an_older_approval(kjj: Department) -> None:
    """Stock's finish publishes the latest revision, not the approved one."""
    page = f.act(f.hand_in(f.make_document(kjj)), "kjj-review")
    state = page.current_workflow_task_state
    f.save_draft(page, title="没人审过的标题")
    with pytest.raises(Conflict):
        decide(
            task_state_id=state.pk,
            task_id=state.task_id,
            actor=f.user("spj-moder"),
            action="approve",
            data={**f.decision(page), **f.classification()},
        )
    assert is_untouched(page)


def test_a_returned_and_rewritten_text_starts_again_at_the_first_step(kjj: Department) -> None:
    page = f.act(f.hand_in(f.make_document(kjj)), "kjj-review")
    f.act(page, "spj-moder", "reject", comment="请补附件")
    page = f.hand_in(f.save_draft(current(page), title="改过的标题"))
    assert page.current_workflow_task_state.task.name == "单位审核"


# --- Deleting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", ["single", "bulk"])
def test_hole_11_a_draft_in_moderation_is_not_deleted(kjj: Department, login: Any, door: str) -> None:
    """Stock deleted it, and WorkflowState, TaskState and revisions with it."""
    page = f.hand_in(f.make_document(kjj))
    if door == "single":
        url = reverse("wagtailadmin_pages:delete", args=[page.pk])
    else:
        url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"]) + f"?id={page.pk}"
    login("kjj-edit").post(url)
    superuser_client(login).post(url)
    assert PolicyDocumentPage.objects.filter(pk=page.pk).exists()
    assert current(page).current_workflow_task_state.status == TaskState.STATUS_IN_PROGRESS


def test_an_editor_deletes_his_own_never_submitted_draft(kjj: Department, login: Any) -> None:
    page = f.make_document(kjj)
    login("kjj-edit").post(reverse("wagtailadmin_pages:delete", args=[page.pk]))
    assert not PolicyDocumentPage.objects.filter(pk=page.pk).exists()
