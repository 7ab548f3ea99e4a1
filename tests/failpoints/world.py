"""The small world of the paths, and the doors a person or a timer uses. No service is called but through a door."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.test.utils.form_data import nested_form_data, querydict_from_html, rich_text, streamfield

from policy_pages.enums import ChangeKind, DocumentStatus
from policy_pages.models import PolicyDocumentPage, PolicyFile, PolicyPage
from policy_pages.tests.factories import (
    act,
    classification,
    decision,
    hand_in,
    make_bureau,
    make_change,
    make_department,
    make_document,
    make_public,
    save_draft,
    user,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import Department

TEXT = ("article", {"number": "第一条", "text": "<p>对企业年度研发投入给予后补助。</p>"})


class Refused(Exception):
    """A door answered with something else than what it answers when all went well."""


class Door:
    """A person at the back office, logged in before any trial; every use is a fresh browser with that session."""

    def __init__(self, username: str) -> None:
        client = Client()
        client.force_login(user(username))
        self.cookies = client.cookies

    def client(self) -> Client:
        """A browser that gets the error page, as in production, not the exception."""
        client = Client(raise_request_exception=False)
        client.cookies = self.cookies.copy()
        return client

    def get(self, url: str) -> str:
        """A page as text; raises Refused for any answer but 200."""
        response = self.client().get(url)
        if response.status_code != 200:
            raise Refused(f"GET {url}: {response.status_code}")
        return response.content.decode()

    def post(self, url: str, data: dict[str, Any], *, wanted: int = 302) -> None:
        """Send a form; raises Refused for any answer but `wanted`."""
        response = self.client().post(url, data)
        if response.status_code != wanted:
            raise Refused(f"POST {url}: {response.status_code}")


def make_world() -> Department:
    """The bureau and one department."""
    make_bureau()
    return make_department()


def document_with_attachment(department: Department, **facts: Any) -> PolicyDocumentPage:
    """A complete draft document that carries a file."""
    file = PolicyFile(title="申请表", collection=department.collection)
    file.file.save("form.pdf", ContentFile(b"%PDF-1.7 form"), save=False)
    file._set_document_file_metadata()
    file.file.close()
    file.save()
    body = [TEXT, ("attachments", [{"file": file, "label": ""}])]
    return make_document(department, body=body, **facts)


def before_bureau(page: PolicyPage) -> Any:
    """Carry a draft to the bureau's step."""
    hand_in(page)
    return act(page, f"{page.department.code}-review")


def live_document(department: Department) -> PolicyDocumentPage:
    """A published document with an attachment."""
    return make_public(document_with_attachment(department, title="关于促进人才发展的实施意见"))


def repealing_draft(page: PolicyDocumentPage) -> PolicyDocumentPage:
    """A draft over a live document that repeals it, for a registered change."""
    change = make_change(page.department, kind=ChangeKind.REPEALED, title=page.title)
    return save_draft(
        page,
        document_status=DocumentStatus.REPEALED,
        repealed_on=timezone.localdate() - datetime.timedelta(days=1),
        repeal_reason="有效期届满",
        change=change,
    )


def decide_at(door: Door, page: PolicyPage, action: str, **facts: Any) -> Callable[[], None]:
    """What the review page would send for what waits now."""
    state = type(page).objects.get(pk=page.pk).current_workflow_task_state
    url = reverse("policy_pages_review", args=[state.pk])
    data = {**decision(page, **facts), "decision": action}
    return lambda: door.post(url, data)


def approve_at_bureau(page: PolicyPage) -> Callable[[], None]:
    """The last click: the moderator classifies and publishes."""
    return decide_at(Door("spj-moder"), page, "approve", **classification())


def edit_form(door: Door, page: PolicyDocumentPage) -> tuple[str, dict[str, Any]]:
    """Address of Wagtail's edit page and what its form would send; blocks are put in, as the browser's script does."""
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    sent = querydict_from_html(door.get(url), form_id="page-edit-form")
    number, text = TEXT[1]["number"], rich_text(TEXT[1]["text"])
    blocks = nested_form_data({"body": streamfield([("article", {"number": number, "text": text})])})
    data = {name: value for name, value in sent.items() if not name.startswith("action-")}
    return url, {**data, **blocks}


def submit_on_edit_page(page: PolicyDocumentPage) -> Callable[[], None]:
    """The editor presses 提交审核 in Wagtail's editor."""
    door = Door("kjj-edit")
    url, data = edit_form(door, page)
    return lambda: door.post(url, {**data, "action-submit": "1"})


def withdraw_on_edit_page(page: PolicyDocumentPage) -> Callable[[], None]:
    """The editor takes a submission back; Wagtail shows the editor again (200), as the page was locked."""
    door = Door("kjj-edit")
    url, data = edit_form(door, page)
    return lambda: door.post(url, {**data, "action-cancel-workflow": "1"}, wanted=200)


def register_form(department: Department) -> Callable[[], None]:
    """The editor registers a change."""
    door = Door("kjj-edit")
    data = {
        "department": department.pk,
        "kind": ChangeKind.CREATED,
        "subject": "document",
        "title": "关于支持企业研发的若干措施",
        "doc_number": "锡科规〔2026〕1号",
        "trigger_date": (timezone.localdate() - datetime.timedelta(days=1)).isoformat(),
        "trigger_basis": "issued",
        "evidence": "印发件",
    }
    return lambda: door.post(reverse("changes:add"), data)


def command(*arguments: str) -> Callable[[], None]:
    """A management command, as the timer runs it."""
    return lambda: call_command(*arguments)
