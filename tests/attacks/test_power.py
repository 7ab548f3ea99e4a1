"""With a guard switched off the attack succeeds: the tests of this package can fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from wagtail import hooks
from wagtail.models import Page, Task, TaskState
from wagtail.models import PagePermissionTester as Stock

from accounts.permissions import ScopedIndex
from policy_pages.middleware import DepartmentWallMiddleware
from policy_pages.models import PolicyFile, PolicyPage
from policy_pages.models.tasks import GuardedTask
from policy_pages.permissions import PolicyPagePermissionTester
from policy_pages.tests import factories as f
from tests.attacks.test_writing import bulk
from tests.attacks.world import shown

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department
    from tests.attacks.world import Foreign


def without_hook(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Switch our hooks of these names off."""
    stock = hooks.get_hooks
    monkeypatch.setattr(hooks, "get_hooks", lambda name: [] if name in names else stock(name))


def test_11_succeeds_when_the_stock_right_to_delete_decides(
    foreign: Foreign, login: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PolicyPagePermissionTester, "can_delete", Stock.can_delete)
    without_hook(monkeypatch, "before_delete_page")
    login("kjj-edit").post(f"/admin/pages/{foreign.waiting.pk}/delete/")
    assert not Page.objects.filter(pk=foreign.waiting.pk).exists()


def test_13_succeeds_without_the_chooser_hook(foreign: Foreign, login: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    address = [f"/admin/choose-page/{foreign.department.section_page_id}/"]
    assert shown(login("gxj-edit"), address) == []
    without_hook(monkeypatch, "construct_page_chooser_queryset")
    assert shown(login("gxj-edit"), address) != []


def test_20_succeeds_without_the_hook_of_the_serve_view(
    foreign: Foreign, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_hook(monkeypatch, "before_serve_document")
    assert shown(client, [foreign.file.url]) != []


def test_21_succeeds_with_a_stock_list(foreign: Foreign, login: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(ScopedIndex, "get_base_queryset")
    assert shown(login("gxj-edit"), ["/admin/changes/"]) != []


def test_22_succeeds_with_the_stock_action(
    foreign: Foreign, gxj: Department, login: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock = Task.on_action
    monkeypatch.setattr(
        GuardedTask, "on_action", lambda self, state, user, name, **data: stock(self, state, user, name)
    )
    own, state = f.hand_in(f.make_document(gxj)), foreign.waiting.current_workflow_task_state
    login("gxj-review").post(
        reverse("wagtailadmin_pages:workflow_action", args=[own.pk, "approve", state.pk]), f.decision(foreign.waiting)
    )
    assert TaskState.objects.get(pk=state.pk).status == TaskState.STATUS_APPROVED


def test_25_succeeds_with_the_stock_save(foreign: Foreign, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PolicyPage, "save_revision", Page.save_revision)
    page = f.make_public(f.make_document(foreign.department, title="刚公开"))
    draft = page.get_latest_revision_as_object()
    draft.title = "改写已公开的版本"
    draft.save_revision(user=f.user("kjj-edit"), overwrite_revision=page.live_revision)
    page.live_revision.refresh_from_db()
    assert page.live_revision.content["title"] == "改写已公开的版本"


@pytest.mark.parametrize("spelling", ["{}", "%20{}", "%2B{}"])
def test_f4_succeeds_without_the_wall(
    foreign: Foreign, login: Any, monkeypatch: pytest.MonkeyPatch, spelling: str
) -> None:
    addresses = [bulk("delete", spelling.format(foreign.draft.pk))]
    assert shown(login("gxj-edit"), addresses) == []
    monkeypatch.setattr(DepartmentWallMiddleware, "process_view", lambda *args: None)
    assert shown(login("gxj-edit"), addresses) != []


def test_the_public_title_of_a_public_page_hides_the_title_of_its_draft(
    foreign: Foreign, gxj: Department, login: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by row 10: stock lists a public page by its draft's title, to all who may choose it."""
    page = foreign.live
    addresses = [
        f"/admin/choose-page/{foreign.department.section_page_id}/",
        f"/admin/choose-page/chosen-multiple/?id={page.pk}",
    ]
    client = login("gxj-edit")
    assert shown(client, addresses) == []
    linked = client.post("/admin/choose-page/external-link/", {"external-link-chooser-url": page.full_url})
    assert "金丝雀" not in linked.content.decode()
    monkeypatch.setattr(PolicyPage, "get_admin_display_title", Page.get_admin_display_title)
    assert shown(client, addresses) != []


def test_a_file_that_is_gone_is_not_public(foreign: Foreign, client: Client) -> None:
    """A hash of nothing equals nothing."""
    file = PolicyFile.objects.get(pk=foreign.file.pk)
    file.file.storage.delete(file.file.name)
    assert not file.is_public()
    assert client.get(file.url).status_code == 404
