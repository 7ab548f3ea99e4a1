"""Nothing typed is lost at a gate, and nobody sends what somebody else wrote (T15.4; house rule: nothing typed is lost)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from accounts.enums import Role
from accounts.tests.conftest import verified
from accounts.tests.doors import GOOD, allot, sign_in
from policy_pages.models import ApplicationGuidePage, ChangeRecord, PolicyDocumentPage
from policy_pages.tests import factories as f
from policy_pages.tests.editor import edit_data, edit_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from accounts.models import Department
    from accounts.tests.conftest import Phone

    Bind = Callable[[str], tuple[Phone, list[str]]]

ELSEWHERE = "192.0.2.9"
FIRST_LOGIN = "/admin/first-login/"


def kept(response: HttpResponse) -> dict[str, str]:
    """Every hidden field of the page that keeps a form, as the browser would send it again."""
    soup = BeautifulSoup(response.content, "html.parser")
    fields = {field["name"]: field["value"] for field in soup.select("form[action] input[type=hidden]")}
    fields.pop("csrfmiddlewaretoken", None)
    return fields


def typed(fields: dict[str, str]) -> dict[str, str]:
    """Without the mark of whose form it is; line ends as typed."""
    return {name: value.replace("\r\n", "\n") for name, value in fields.items() if name != "kept_for"}


def draft_title(page: PolicyDocumentPage) -> str:
    return PolicyDocumentPage.objects.get(pk=page.pk).get_latest_revision().content["title"]


# --- Whole forms --------------------------------------------------------------------------------------------


def test_the_form_of_a_guide_is_kept_whole_and_goes_through(kjj: Department) -> None:
    """Its `item_code` is a number of the service catalogue and proves nothing."""
    guide = f.make_guide(kjj)
    client = sign_in("kjj-edit")
    data = edit_data(client, guide, title="写了很久的指南")
    assert any("code" in name for name in data), "power check"
    sign_in("kjj-edit", address=ELSEWHERE)
    response = client.post(edit_url(guide), data)
    assert response.status_code == 403
    fields = kept(response)
    assert typed(fields) == {name: str(value).replace("\r\n", "\n") for name, value in data.items()}
    sign_in("kjj-edit", client=client)
    assert client.post(edit_url(guide), fields).status_code == 302
    latest = ApplicationGuidePage.objects.get(pk=guide.pk).get_latest_revision()
    assert latest.content["title"] == "写了很久的指南"


@pytest.mark.parametrize(
    ("name", "repeated"),
    [
        ("code", False),
        ("old", False),
        ("rows", False),
        ("profile-code", False),
        ("password-new_password1", False),
        ("client_secret", False),
        ("item_code", True),
        ("body-0-value-code_name", True),
        ("decoded", True),
    ],
)
def test_only_secrets_are_not_sent_back(kjj: Department, name: str, repeated: bool) -> None:
    client = sign_in("kjj-edit")
    sign_in("kjj-edit", address=ELSEWHERE)
    response = client.post("/admin/account/", {name: "Mimi-Wenzi-9", "title": "标题"})
    assert ("Mimi-Wenzi-9" in response.content.decode()) == repeated
    assert ("标题" in kept(response).values()) == repeated


# --- The two gates ------------------------------------------------------------------------------------------


def test_a_form_sent_before_the_second_factor_is_kept_and_goes_through_after_it(kjj: Department, bind: Bind) -> None:
    page = f.make_document(kjj)
    phone, codes = bind("kjj-edit")
    client = verified(sign_in("kjj-edit"), phone)
    data = edit_data(client, page, title="打了一小时的字")
    client = sign_in("kjj-edit", client=client)
    response = client.post(edit_url(page), data)
    assert response.status_code == 403
    assert "请先验证动态口令" in response.content.decode()
    assert 'href="/admin/second-factor/verify/"' in response.content.decode()
    assert draft_title(page) != "打了一小时的字"
    fields = kept(response)
    assert typed(fields)["title"] == "打了一小时的字"
    assert client.post("/admin/second-factor/verify/", {"code": codes[0]}).status_code == 302
    assert client.post(edit_url(page), fields).status_code == 302
    assert draft_title(page) == "打了一小时的字"


def test_a_form_sent_before_the_first_login_is_done_is_kept_and_read_after_it(kjj: Department) -> None:
    client = sign_in("kjj-new", allot(kjj).password)
    response = client.post("/admin/changes/new/", {"kind": "created", "title": "先写的登记"})
    page = response.content.decode()
    assert response.status_code == 403
    assert "请先修改密码并签署承诺书" in page
    assert f'href="{FIRST_LOGIN}"' in page
    fields = kept(response)
    done = {"new_password1": GOOD, "new_password2": GOOD, "undertaking": "on"}
    assert client.post(FIRST_LOGIN, done).status_code == 302
    again = client.post("/admin/changes/new/", fields)
    assert again.status_code == 200, "the form itself answers, with what is missing"
    assert "先写的登记" in again.content.decode()
    assert not ChangeRecord.objects.filter(title="先写的登记").exists()


def test_a_form_without_anything_typed_only_leads_to_the_gate(kjj: Department) -> None:
    client = sign_in("kjj-new", allot(kjj).password)
    assert client.post("/admin/changes/new/", {"csrfmiddlewaretoken": "x"}).url == FIRST_LOGIN


def test_a_gate_repeats_no_forged_form(kjj: Department, bind: Bind) -> None:
    bind("kjj-edit")
    client = Client(enforce_csrf_checks=True)
    client.force_login(f.user("kjj-edit"))
    response = client.post("/admin/changes/new/", {"title": "别人写的"})
    assert response.status_code == 403
    assert "别人写的" not in response.content.decode()


# --- Whose form it is ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_flushed", [False, True])
def test_a_kept_form_is_saved_by_nobody_but_who_wrote_it(kjj: Department, is_flushed: bool) -> None:
    f.make_user("kjj-edit2", kjj, Role.EDITOR)
    page = f.make_document(kjj)
    client = sign_in("kjj-edit")
    data = edit_data(client, page, title="甲写的标题")
    sign_in("kjj-edit", address=ELSEWHERE)
    if is_flushed:  # another tab has found out first, and the session is gone
        client.get("/admin/inbox/")
    fields = kept(client.post(edit_url(page), data))
    sign_in("kjj-edit2", client=client)
    refused = client.post(edit_url(page), fields)
    assert refused.status_code == 403
    assert "这些内容是另一个账号填写的" in refused.content.decode()
    assert draft_title(page) != "甲写的标题"
    assert kept(refused) == fields, "nothing is lost, and it is still the first one's"
    client.post("/admin/logout/")
    sign_in("kjj-edit", client=client)
    assert client.post(edit_url(page), kept(refused)).status_code == 302
    revision = PolicyDocumentPage.objects.get(pk=page.pk).get_latest_revision()
    assert (revision.content["title"], revision.user.username) == ("甲写的标题", "kjj-edit")


@pytest.mark.parametrize("mark", ["", "1", "1:x", ":", "é:\x00", "9" * 5000])
def test_a_made_up_mark_is_none(kjj: Department, mark: str) -> None:
    client = sign_in("kjj-edit")
    response = client.post("/admin/changes/new/", {"title": "自己写的", "kept_for": mark})
    assert response.status_code == 200
    assert "自己写的" in response.content.decode()
