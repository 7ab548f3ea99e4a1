"""Attacks that want to change, move, copy, delete or publish."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from wagtail.models import Page, TaskState

from accounts.enums import Role
from accounts.services import assign_role
from policy_pages.models import PolicyDocumentPage, PublicationRecord
from policy_pages.tests import factories as f
from policy_pages.tests.editor import add_data, add_url, edit_data, edit_url
from tests.attacks.world import changed, everything, shown, shows

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department
    from tests.attacks.world import Foreign

MODEL = "policy_pages/policydocumentpage"


def bulk(action: str, *pks: Any, model: str = "wagtailcore/page", extra: str = "") -> str:
    return f"/admin/bulk/{model}/{action}/?" + "&".join([*(f"id={pk}" for pk in pks), *([extra] if extra else [])])


def test_04_nothing_is_added_under_another_department(foreign: Foreign, login: Any) -> None:
    section = foreign.department.section_page_id
    data = add_data(login("kjj-edit"), PolicyDocumentPage, foreign.department, title="外来文件")
    people = [login(name) for name in ("gxj-edit", "gxj-review", "spj-moder", "spj-acct", "spj-audit", "sys-admin")]
    before = everything()
    for client in people:
        for address in (
            add_url(PolicyDocumentPage, foreign.department),
            f"/admin/pages/add/{MODEL}/{section}/preview/",
            f"/admin/pages/add/{MODEL}/{section}/preview/?in_preview_panel=true",
            f"/admin/pages/{section}/add_subpage/",
        ):
            assert client.get(address).status_code != 200 or "add_subpage" in address or "preview" in address
            for action in ("", "action-submit", "action-publish"):
                posted = data.copy()
                posted.update({action: action} if action else {})
                client.post(address, posted)
    assert changed(before) == []
    assert not Page.objects.filter(title="外来文件").exists()


def move_addresses(page: Page, target: int) -> list[str]:
    return [
        reverse("wagtailadmin_pages:move_confirm", args=[page.pk, target]),
        reverse("wagtailadmin_pages:set_page_position", args=[page.pk]) + "?position=0",
        bulk("move", page.pk),
    ]


def try_to_move(client: Client, page: Page, target: int) -> None:
    data = {"chooser": target, "new_parent_page": target, "destination": target, "move_applicable": "on"}
    for address in move_addresses(page, target):
        client.post(address, data)


def test_05_no_page_moves_between_departments(foreign: Foreign, gxj: Department, login: Any) -> None:
    own = f.make_document(gxj)
    client = login("gxj-edit")
    before = everything()
    try_to_move(client, own, foreign.department.section_page_id)
    for page in foreign.pages:
        try_to_move(client, page, gxj.section_page_id)
    client.post(bulk("move", own.pk, foreign.draft.pk), {"chooser": gxj.section_page_id})
    client.post(
        bulk("move", "all", extra=f"childOf={foreign.department.section_page_id}"), {"chooser": gxj.section_page_id}
    )
    assert changed(before) == []


def test_06_a_user_of_both_departments_cannot_move_a_draft(foreign: Foreign, gxj: Department, login: Any) -> None:
    assign_role(user=f.user("kjj-edit"), department=gxj, role=Role.EDITOR)
    client = login("kjj-edit")
    assert client.get(edit_url(foreign.draft)).status_code == 200, "he may edit it"
    before = everything()
    try_to_move(client, foreign.draft, gxj.section_page_id)
    assert changed(before) == []
    assert Page.objects.get(pk=foreign.draft.pk).get_parent().pk == foreign.department.section_page_id


def copy_data(parent: int, slug: str = "fu-ben", **extra: str) -> dict[str, Any]:
    return {"new_title": "副本", "new_slug": slug, "new_parent_page": parent, **extra}


def test_07_no_page_is_copied_between_departments(foreign: Foreign, gxj: Department, login: Any) -> None:
    own = f.make_document(gxj)
    client, section = login("gxj-edit"), foreign.department.section_page_id
    before = everything()
    for extra in ({}, {"alias": "on"}, {"publish_copies": "on"}, {"copy_subpages": "on"}):
        for page in foreign.pages:
            assert not shows(client.post(f"/admin/pages/{page.pk}/copy/", copy_data(gxj.section_page_id, **extra)))
        client.post(f"/admin/pages/{own.pk}/copy/", copy_data(section, **extra))
    client.post(f"/admin/pages/{foreign.department.section_page_id}/copy/", copy_data(gxj.section_page.get_parent().pk))
    assert changed(before) == []


def test_10_nothing_is_deleted_alone_or_in_bulk(foreign: Foreign, gxj: Department, login: Any) -> None:
    live = f.make_public(f.make_document(gxj))
    draft = f.make_document(gxj)
    client = login("gxj-edit")
    before = everything()
    client.post(f"/admin/pages/{live.pk}/delete/", {"confirm_site_name": "惠企通"})
    for page in foreign.pages:
        client.post(f"/admin/pages/{page.pk}/delete/")
        for chosen in ((live.pk, page.pk), (draft.pk, page.pk), (page.pk,), (f"%20{page.pk}",), (f"%2B{page.pk}",)):
            address = bulk("delete", *chosen)
            assert shown(client, [address]) == []
            client.post(address, {"confirm_site_name": "惠企通"})
    everywhere = bulk("delete", "all", extra=f"childOf={foreign.department.section_page_id}")
    assert shown(client, [everywhere]) == []
    client.post(everywhere)
    files = bulk("delete", foreign.file.pk, model="policy_pages/policyfile")
    assert shown(client, [files]) == []
    client.post(files)
    assert changed(before) == []


def test_12_a_draft_of_a_public_page_changes_nothing_public(foreign: Foreign, login: Any) -> None:
    """The saved row of the page and what the public reads stay; only a revision is added."""
    client, page = login("kjj-edit"), foreign.live
    row = PolicyDocumentPage.objects.filter(pk=page.pk).values("title", "live", "live_revision", "expire_at", "slug")
    before, shown_before = row.get(), client.get(page.url).content
    data = edit_data(client, page)
    data.update(
        {"title": "改题", "slug": "gai-ming", "expire_at": "2026-11-24 08:00", "go_live_at": "2026-11-24 07:00"}
    )
    client.post(edit_url(page), data)
    assert row.get() == before
    assert client.get(page.url).content == shown_before


def test_24_during_moderation_the_editor_saves_reverts_and_decides_nothing(foreign: Foreign, login: Any) -> None:
    page, state = foreign.waiting, foreign.waiting.current_workflow_task_state
    first = page.revisions.order_by("pk").first().pk
    data = edit_data(login("kjj-edit"), foreign.draft)
    editors = [login("kjj-edit"), login("spj-moder")]
    before = everything()
    for client in editors:
        for action in ("", "action-submit", "action-publish", "action-restart-workflow", "action-workflow-action"):
            posted = data.copy()
            posted.update({"title": "改写", "revision": first, "overwrite_revision_id": page.latest_revision_id})
            posted.update(
                {"workflow-action-name": "approve", "workflow-action-extra-data": json.dumps(f.decision(page))}
            )
            posted.update({action: action} if action else {})
            client.post(edit_url(page), posted)
            client.post(edit_url(page), posted, headers={"accept": "application/json"})
        client.post(f"/admin/pages/{page.pk}/revisions/{first}/revert/", data)
        for verb in ("approve", "reject"):
            client.post(f"/admin/pages/workflow/action/{page.pk}/{verb}/{state.pk}/", f.decision(page, comment="x"))
    assert set(changed(before)) <= {"wagtailcore_pagesubscription"}, "whether he wants notices of comments"


def test_27_a_moderator_does_not_publish_or_unpublish_past_the_two_steps(foreign: Foreign, login: Any) -> None:
    data = edit_data(login("kjj-edit"), foreign.draft)
    data.update({"action-publish": "action-publish", "action-unpublish": "action-unpublish"})
    client = login("spj-moder")
    before = everything()
    for page in foreign.pages:
        client.post(edit_url(page), data)
        client.post(f"/admin/pages/{page.pk}/unpublish/", {"include_descendants": "on"})
        for action in ("publish", "unpublish"):
            client.post(bulk(action, page.pk), {"include_descendants": "on"})
            client.post(bulk(action, "all", extra=f"childOf={foreign.department.section_page_id}"))
    assert changed(before) == []


def test_29_a_decided_or_withdrawn_step_is_not_decided_again(foreign: Foreign, gxj: Department, login: Any) -> None:
    """The old form sent once more, after a return and after a withdrawal."""
    returned, page = foreign.waiting, f.hand_in(f.make_document(gxj))
    worlds = []
    for item, unit in ((returned, "kjj"), (page, "gxj")):
        worlds.append((item, item.current_workflow_task_state, f.decision(item, comment="x"), login(f"{unit}-review")))
    f.act(returned, "kjj-review", "reject", comment="请改")
    page.current_workflow_state.cancel(user=f.user("gxj-edit"))
    states = {state.pk: TaskState.objects.get(pk=state.pk).status for _item, state, _data, _client in worlds}
    assert set(states.values()) == {TaskState.STATUS_REJECTED, TaskState.STATUS_CANCELLED}
    before = everything()
    for item, state, data, client in worlds:
        for verb in ("approve", "reject"):
            client.post(reverse("policy_pages_review", args=[state.pk]), {"decision": verb, **data})
            client.post(f"/admin/pages/workflow/action/{item.pk}/{verb}/{state.pk}/", data)
    assert changed(before) == []
    assert not PublicationRecord.objects.filter(page_id__in=[returned.pk, page.pk]).exists()
