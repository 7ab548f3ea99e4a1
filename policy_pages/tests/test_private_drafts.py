"""What is not public stays private: attachments, choosers, reports. Each test names the stock hole it closes.

Numbers are those of the measured table (technical §1.4) and of the findings F4 and F7 (reliability §0).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.urls import reverse

from policy_pages.models import PolicyDocumentPage, PolicyFile
from policy_pages.tests import factories as f
from policy_pages.tests.editor import post_edit
from policy_pages.tests.factories import make_file

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department


# --- Attachments (F7) ---------------------------------------------------------------------------------------------------


def fetch(client: Client, form: PolicyFile) -> bytes:
    """The bytes a reader gets."""
    response = client.get(form.url)
    return b"".join(response.streaming_content)


def test_f7_a_draft_attachment_does_not_exist_for_a_stranger(
    kjj: Department, gxj: Department, login: Any, client: Client
) -> None:
    form = make_file(kjj)
    guide = f.make_guide(kjj, materials=[("material", f.material("申请表", blank_form=form))])
    missing = client.get(form.url.replace(str(form.pk), "99999", 1))
    for reader in (client, login("gxj-edit"), login("spj-acct"), login("sys-admin")):
        answer = reader.get(form.url)
        assert answer.status_code == missing.status_code == 404
    assert fetch(login("kjj-review"), form) == b"%PDF-1.4 form"
    assert fetch(login("spj-moder"), form) == b"%PDF-1.4 form"
    f.make_public(guide)
    assert fetch(client, form) == b"%PDF-1.4 form"


def test_a_new_attachment_of_a_public_page_stays_closed_until_it_is_approved(kjj: Department, client: Client) -> None:
    page = f.make_public(f.make_guide(kjj))
    form = make_file(kjj)
    f.save_draft(page, materials=[("material", f.material("新申请表", blank_form=form))], change_note="换用新表")
    assert client.get(form.url).status_code == 404


def test_a_public_attachment_is_neither_replaced_nor_deleted(kjj: Department, login: Any, client: Client) -> None:
    """Replacing the bytes would make public what nobody approved; the hash closes even a swap behind Wagtail."""
    form = make_file(kjj)
    f.make_public(f.make_guide(kjj, materials=[("material", f.material("申请表", blank_form=form))]))
    editor = login("kjj-edit")
    new = ContentFile(b"%PDF-1.4 swapped", name="swapped.pdf")
    answer = editor.post(
        reverse("wagtaildocs:edit", args=[form.pk]), {"title": "申请表", "file": new, "collection": kjj.collection_id}
    )
    assert "不能更改" in answer.content.decode()
    editor.post(reverse("wagtaildocs:delete", args=[form.pk]))
    editor.post(reverse("wagtail_bulk_action", args=["policy_pages", "policyfile", "delete"]) + f"?id={form.pk}")
    assert fetch(client, form) == b"%PDF-1.4 form"
    form.file.storage.delete(form.file.name)
    form.file.storage.save(form.file.name, ContentFile(b"%PDF-1.4 swapped on disk"))
    assert client.get(form.url).status_code == 404


# --- Choosers and reports (F4) ------------------------------------------------------------------------------------------


def test_holes_13_16_choosers_and_reports_keep_other_departments_drafts(
    kjj: Department, gxj: Department, login: Any
) -> None:
    f.make_document(kjj, title="金丝雀草稿")
    f.make_public(f.make_document(kjj, title="已公开文件"))
    client = login("gxj-edit")
    chooser = reverse("wagtailadmin_choose_page_child", args=[kjj.section_page_id])
    browsed = client.get(chooser).json()["html"]
    assert "已公开文件" in browsed
    assert "金丝雀草稿" not in browsed
    search = reverse("wagtailadmin_choose_page_search")
    assert "已公开文件" in client.get(search, {"q": "已公开"}).content.decode()
    assert "金丝雀草稿" not in client.get(search, {"q": "金丝雀"}).content.decode()
    assert "金丝雀草稿" in login("kjj-edit").get(search, {"q": "金丝雀"}).content.decode(), "the search can find it"
    assert client.get("/admin/reports/page-types-usage/").status_code == 404


def test_hole_14_a_draft_of_another_department_is_not_linked_by_its_number(
    kjj: Department, gxj: Department, login: Any
) -> None:
    foreign = f.make_document(kjj, title="金丝雀草稿")
    own = f.make_document(gxj)
    response = post_edit(login("gxj-edit"), own, successor=str(foreign.pk))
    assert "金丝雀草稿" not in response.content.decode()
    assert PolicyDocumentPage.objects.get(pk=own.pk).get_latest_revision_as_object().successor_id is None


def test_another_departments_file_is_not_carried_into_the_public(kjj: Department, gxj: Department, login: Any) -> None:
    """A StreamField takes any id: the other department's secret bytes would go public with the text."""
    secret = make_file(gxj, b"%PDF-1.4 secret", title="金丝雀附件")
    page = f.make_document(kjj)
    body = [("attachments", [{"file": secret, "label": ""}])]
    response = post_edit(login("kjj-edit"), page, body=body)
    assert "金丝雀附件" not in response.content.decode()
    assert not PolicyDocumentPage.objects.get(pk=page.pk).get_latest_revision_as_object().has_foreign_files()
    smuggled = f.save_draft(page, body=[("attachments", [{"file": secret, "label": ""}])])
    with pytest.raises(ValidationError):
        f.hand_in(smuggled)


def test_a_public_file_keeps_its_title(kjj: Department, login: Any) -> None:
    form = make_file(kjj)
    f.make_public(f.make_guide(kjj, materials=[("material", f.material("申请表", blank_form=form))]))
    for url in (reverse("wagtaildocs:edit", args=[form.pk]), reverse("wagtaildocs:edit_multiple", args=[form.pk])):
        login("kjj-edit").post(
            url,
            {"title": "悄悄改名", f"doc-{form.pk}-title": "悄悄改名", "collection": kjj.collection_id},
            headers={"x-requested-with": "XMLHttpRequest"},
        )
    assert PolicyFile.objects.get(pk=form.pk).title == "申请表"


def test_a_file_of_an_earlier_version_stays_as_evidence(kjj: Department, login: Any, client: Client) -> None:
    form = make_file(kjj)
    guide = f.make_public(f.make_guide(kjj, materials=[("material", f.material("申请表", blank_form=form))]))
    f.make_public(f.save_draft(guide, materials=[("material", f.material("新表"))], change_note="换表"))
    assert client.get(form.url).status_code == 404, "no longer public with its text"
    login("kjj-edit").post(reverse("wagtaildocs:delete", args=[form.pk]))
    assert PolicyFile.objects.filter(pk=form.pk).exists()


FORGOTTEN = [
    "/admin/choose-page/chosen-multiple/?id={page}",
    "/admin/choose-page/chosen/{page}/",
    "/admin/pages/workflow/action/{page}/approve/{state}/",
    "/admin/pages/workflow/preview/{page}/{task}/",
    "/admin/pages/{page}/move/{section}/confirm/",
    "/admin/pages/{page}/history/",
    "/admin/bulk/wagtailcore/page/delete/?id={page}",
    "/admin/bulk/wagtailcore/page/move/?id={page}",
    "/admin/bulk/policy_pages/policyfile/delete/?id={file}",
    "/admin/bulk/policy_pages/policyfile/add_tags/?id={file}",
    "/admin/api/main/documents/",
    "/admin/api/main/documents/{file}/",
    "/admin/documents/delete/{file}/",
    "/admin/documents/edit/{file}/",
    "/admin/documents/chooser/chosen/{file}/",
]


@pytest.mark.parametrize("username", ["gxj-edit", "gxj-review", "spj-acct", "sys-admin"])
def test_stock_views_that_forget_to_ask_name_nothing(
    kjj: Department, gxj: Department, login: Any, username: str
) -> None:
    """F4 and the rest of it: titles of another department's drafts and files, by address (critic's sweep)."""
    form = make_file(kjj, title="金丝雀附件")
    page = f.hand_in(f.make_document(kjj, title="金丝雀草稿"))
    state = page.current_workflow_task_state
    ids = {
        "page": page.pk,
        "state": state.pk,
        "task": state.task_id,
        "file": form.pk,
        "section": gxj.section_page_id,
    }
    client = login(username)
    for address in FORGOTTEN:
        response = client.get(address.format(**ids), follow=True)
        assert "金丝雀" not in response.content.decode(), address
        assert "\\u91d1\\u4e1d\\u96c0" not in response.content.decode(), address


def test_the_owner_still_reaches_what_the_wall_hides_from_others(kjj: Department, login: Any) -> None:
    page = f.make_document(kjj, title="金丝雀草稿")
    html = login("kjj-edit").get(f"/admin/pages/{page.pk}/history/").content.decode()
    assert "金丝雀草稿" in html
