"""Checks behind a check: what the layer before them refuses already, asked by itself.

No request gets as far as here while the layer before stands; so each is asked directly, as code of ours or of Wagtail's
would ask it on the day when a new door forgets to ask.
"""

from __future__ import annotations

import contextlib
import datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from wagtail.models import GroupPagePermission, PagePermissionTester, TaskState

from accounts.enums import Role
from accounts.models import Assignment, User
from accounts.permissions import DepartmentScopedPolicy, can_edit_content
from accounts.services.filings import file_change
from accounts.views.officer import DetailView
from policy_pages.inbox import inbox_for
from policy_pages.models import ChangeRecord, ClassificationTask, DepartmentReviewTask, PolicyFile
from policy_pages.permissions import LeafPermissionTester, can_moderate
from policy_pages.services.moderation import decide, file_faults, submit
from policy_pages.services.publication import require_approval, write_publication
from policy_pages.tests import factories as f
from policy_pages.wagtail_hooks import undeletable

if TYPE_CHECKING:
    from accounts.models import Department

EVERYBODY = ("kjj-edit", "kjj-review", "gxj-edit", "spj-moder", "spj-audit", "spj-acct", "sys-admin", "root")


@pytest.fixture(autouse=True)
def root(bureau: Department) -> User:
    """The break-glass account."""
    return User.objects.create_superuser("root", password=f.PASSWORD)


def those_who(asked: Any) -> set[str]:
    """Who of everybody gets a yes."""
    return {name for name in EVERYBODY if asked(f.user(name))}


def test_a6_3_nobody_publishes_or_orders_a_policy_by_its_rights(kjj: Department, gxj: Department) -> None:
    page = f.make_document(kjj)
    for right in ("can_publish", "can_publish_subpage", "can_reorder_children"):
        assert those_who(lambda user, right=right: getattr(page.permissions_for_user(user), right)()) == set(), right


def test_only_the_departments_editors_hand_in(kjj: Department, gxj: Department) -> None:
    page = f.make_document(kjj)
    assert those_who(lambda user: page.permissions_for_user(user).can_submit_for_moderation()) == {"kjj-edit"}


@pytest.mark.parametrize("is_public", [False, True])
def test_a_page_without_pages_below_is_deleted_by_those_whom_wagtail_lets(
    kjj: Department, gxj: Department, is_public: bool
) -> None:
    """Below our own rule, which lets fewer: the shorter question gives the answers of the long one."""
    page = f.make_document(kjj)
    page = f.make_public(page) if is_public else page
    allowed = those_who(lambda user: LeafPermissionTester(user, page).can_delete())
    assert allowed == ({"root"} if is_public else {"root", "kjj-edit"})
    assert allowed == those_who(lambda user: PagePermissionTester(user, page).can_delete())


def test_nobody_deletes_a_section(kjj: Department, gxj: Department) -> None:
    section = kjj.section_page.specific
    assert those_who(lambda user: section.permissions_for_user(user).can_delete()) == set()
    assert undeletable(section) != ""


def test_t12_5_a_page_is_neither_copied_into_another_section_nor_shown_there_as_an_alias(
    kjj: Department, gxj: Department
) -> None:
    page = f.make_public(f.make_document(kjj))
    with pytest.raises(PermissionDenied):
        page.copy(to=gxj.section_page, user=f.user("gxj-edit"))
    with pytest.raises(PermissionDenied):
        page.create_alias(parent=kjj.section_page, update_slug="fu-ben", user=f.user("kjj-edit"))
    assert not gxj.section_page.get_children().exists()
    assert not page.can_move_to(gxj.section_page)


def test_each_step_offers_its_actions_and_what_waits_to_those_who_decide_it(kjj: Department, gxj: Department) -> None:
    page = f.hand_in(f.make_document(kjj))
    steps = [(DepartmentReviewTask, "kjj-review"), (ClassificationTask, "spj-moder")]
    for model, decider in steps:
        task, state = model.objects.get(), page.current_workflow_task_state
        assert state.task_id == task.pk
        assert those_who(lambda user, task=task, page=page: task.get_actions(page, user)) == {decider}
        assert those_who(lambda user, task=task: task.get_task_states_user_can_moderate(user)) == {decider}
        assert those_who(lambda user: len(inbox_for(user).to_decide) > 0) == {decider}
        if decider == "kjj-review":
            page = f.act(page, decider)


def test_a_decision_names_the_step_that_waits(kjj: Department, gxj: Department) -> None:
    """The right to decide one step is no right to decide it under another's name."""
    page = f.hand_in(f.make_document(kjj))
    state, other = page.current_workflow_task_state, ClassificationTask.objects.get()
    with pytest.raises(PermissionDenied):
        decide(
            task_state_id=state.pk,
            task_id=other.pk,
            actor=f.user("kjj-review"),
            action="approve",
            data=f.decision(page),
        )


def test_promise_1_nothing_of_a_publication_is_written_without_two_approvals(kjj: Department) -> None:
    page = f.make_document(kjj)
    revision = page.get_latest_revision()
    with pytest.raises(PermissionDenied, match="两人审核通过"):
        write_publication(page=page, revision=revision)
    with pytest.raises(PermissionDenied):
        require_approval(revision)


def test_nothing_is_published_without_two_approvals(kjj: Department) -> None:
    revision = f.make_document(kjj).get_latest_revision()
    with pytest.raises(PermissionDenied, match="两人审核通过"):
        revision.publish(skip_permission_checks=True)


def test_content_is_written_and_handed_in_by_its_departments_editors(kjj: Department, gxj: Department) -> None:
    assert those_who(lambda user: can_edit_content(user, kjj)) == {"kjj-edit"}
    page = f.make_document(kjj)
    with pytest.raises(PermissionDenied):
        submit(page=page, actor=f.user("gxj-edit"))


def test_deleting_another_departments_file_does_not_tell_of_it(kjj: Department, gxj: Department, login: Any) -> None:
    file = f.make_file(kjj, title="未公开的附件")
    f.hand_in(f.save_draft(f.make_document(kjj), body=[("attachments", [{"file": file, "label": ""}])]))
    answer = login("gxj-edit").get(f"/admin/documents/delete/{file.pk}/", follow=True)
    assert "未公开的附件" not in answer.content.decode()


def test_a_file_under_review_stays(kjj: Department) -> None:
    file = f.make_file(kjj)
    f.hand_in(f.save_draft(f.make_document(kjj), body=[("attachments", [{"file": file, "label": ""}])]))
    with pytest.raises(PermissionDenied):
        file.delete()
    assert PolicyFile.objects.filter(pk=file.pk).exists()


def test_a_text_with_another_departments_file_is_not_handed_in(kjj: Department, gxj: Department) -> None:
    page = f.make_document(kjj)
    carried = f.save_draft(page, body=[("attachments", [{"file": f.make_file(gxj), "label": ""}])])
    assert [fault.field for fault in file_faults(carried.get_latest_revision_as_object())] == ["body"]
    own = f.save_draft(page, body=[("attachments", [{"file": f.make_file(kjj), "label": ""}])])
    assert file_faults(own.get_latest_revision_as_object()) == []


def test_one_row_of_the_register_is_asked_for_by_its_department(kjj: Department, gxj: Department) -> None:
    change, policy = f.make_change(kjj), DepartmentScopedPolicy(ChangeRecord)
    assert those_who(lambda user: policy.user_has_permission_for_instance(user, "add", change)) == {"kjj-edit", "root"}


def test_a_change_is_registered_by_the_departments_editors_and_the_bureau(kjj: Department, gxj: Department) -> None:
    registered = set()
    for name in EVERYBODY:
        with contextlib.suppress(PermissionDenied):
            registered.add(f.make_change(kjj, title=name, actor=f.user(name)).title)
    assert registered == {"kjj-edit", "spj-moder"}
    assert set(ChangeRecord.objects.values_list("title", flat=True)) == registered


@pytest.mark.parametrize("step", ["submitted", "reviewed"])
def test_the_review_page_shows_its_form_to_those_who_decide(
    kjj: Department, gxj: Department, login: Any, step: str
) -> None:
    page = f.hand_in(f.make_document(kjj))
    page = page if step == "submitted" else f.act(page, "kjj-review")
    path = f"/admin/review/{page.current_workflow_task_state.pk}/"
    shown = {name for name in EVERYBODY if 'name="decision"' in login(name).get(path).content.decode()}
    assert shown == ({"kjj-review"} if step == "submitted" else {"spj-moder"})


def test_the_review_page_offers_to_take_a_publication_back_to_those_who_may(
    kjj: Department, gxj: Department, login: Any
) -> None:
    later = timezone.now() + datetime.timedelta(hours=6)
    page = f.make_public(f.save_draft(f.make_document(kjj), go_live_at=later))
    state = TaskState.objects.filter(revision=page.latest_revision_id).latest("pk")
    path = f"/admin/review/{state.pk}/"
    assert {name for name in EVERYBODY if "取消定时发布" in login(name).get(path).content.decode()} == {
        "kjj-edit",
        "spj-moder",
    }


def test_the_page_of_a_change_offers_writing_to_editors_and_correcting_to_the_bureau(
    kjj: Department, gxj: Department, login: Any
) -> None:
    path = f"/admin/changes/edit/{f.make_change(kjj).pk}/"
    pages = {name: response.context for name in EVERYBODY if (response := login(name).get(path)).status_code == 200}
    assert {name for name, page in pages.items() if page["may_correct"]} == {"spj-moder"}
    assert "kjj-edit" in {name for name, page in pages.items() if page["write_url"]} <= {"kjj-edit", "root"}


@pytest.mark.parametrize("is_remembered", [False, True])
def test_a_role_counts_until_its_last_day(kjj: Department, is_remembered: bool) -> None:
    """Before any sync, and before the wall takes back what the role gave."""
    today = timezone.localdate()
    for last_day, is_held in ((None, True), (today, True), (today - datetime.timedelta(days=1), False)):
        Assignment.objects.filter(user__username="kjj-edit").update(
            valid_from=today - datetime.timedelta(days=9), valid_until=last_day
        )
        user = f.user("kjj-edit")
        if is_remembered:
            user.remember_roles()
        assert user.holds(Role.EDITOR) is is_held
        assert user.departments_as(Role.EDITOR).exists() is is_held


def test_t6_4_who_reviewed_a_text_does_not_classify_it(kjj: Department, gxj: Department, bureau: Department) -> None:
    page = f.act(f.hand_in(f.make_document(kjj)), "kjj-review")
    Assignment.objects.create(
        user=f.user("kjj-review"), department=bureau, role=Role.MODERATOR, valid_from=timezone.localdate()
    )
    assert those_who(lambda user: can_moderate(user, page)) == {"spj-moder"}


def test_the_page_of_an_account_shows_the_filings_its_reader_may_read(
    kjj: Department, gxj: Department, rf: Any
) -> None:
    leaver = f.user("kjj-review")
    facts = {"newcomer_name": "", "newcomer_phone": "", "changed_on": timezone.localdate(), "reason": "调离"}
    file_change(department=kjj, leaver=leaver, actor=f.user("kjj-edit"), **facts)
    shown = set()
    for name in EVERYBODY:
        request = rf.get("/")
        request.user = f.user(name)
        if DetailView()._show(request, leaver).context_data["filings"]:
            shown.add(name)
    assert shown == {"kjj-edit", "spj-acct", "spj-audit"}


LINK = "打开编辑页面"


@pytest.mark.parametrize("is_handed_in", [False, True])
def test_the_dossier_leads_its_editors_to_the_page(
    kjj: Department, gxj: Department, login: Any, is_handed_in: bool
) -> None:
    """Nor the reviewer, whom Wagtail lets into the editor while he reviews, nor the break-glass account."""
    page = f.make_document(kjj)
    path = f"/admin/dossiers/{(f.hand_in(page) if is_handed_in else page).pk}/"
    assert {name for name in EVERYBODY if LINK in login(name).get(path).content.decode()} == {"kjj-edit"}


def test_the_dossier_leads_nobody_whom_wagtail_turns_away(kjj: Department, login: Any) -> None:
    path = f"/admin/dossiers/{f.make_document(kjj).pk}/"
    GroupPagePermission.objects.all().delete()
    page = login("kjj-edit").get(path)
    assert page.status_code == 200
    assert LINK not in page.content.decode()


def test_the_menu_leads_to_dossiers_those_who_read_drafts(kjj: Department, gxj: Department, login: Any) -> None:
    shown = {name for name in EVERYBODY if "/admin/dossiers/" in login(name).get("/admin/").content.decode()}
    assert shown == {"kjj-edit", "kjj-review", "gxj-edit", "spj-moder", "spj-audit", "root"}
