"""Every list and every form offers a person what is his or public: titles of department B seen by A's editor are a fault.

The canary stands in the title of a draft, a file, a change, a folder and an account's name of the other department.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.rich_text import RichText

from accounts.enums import Role
from policy_pages.models import ApplicationGuidePage, InterpretationPage, PolicyDocumentPage, PolicyFile
from policy_pages.tests import factories as f
from policy_pages.tests.editor import post_add, post_edit
from tests.scenes import scene

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department
    from policy_pages.models import PolicyPage

CANARY = "金丝雀"

#: Lists, searches, exports and choosers; `{own}`, `{section}`: page and section of the asker, `{page}`, `{other}`,
#: `{file}`, `{folder}`, `{revision}`: page, section, file, folder and revision of the other department.
LISTS = [
    "/admin/",
    "/admin/inbox/",
    "/admin/inbox/?under_way=1&owed=99",
    "/admin/dossiers/",
    "/admin/dossiers/?q=金丝雀",
    "/admin/dossiers/?department_id={department}",
    "/admin/dossiers/results/?q=金丝雀",
    "/admin/dossiers/?export=csv",
    "/admin/changes/",
    "/admin/changes/?q=金丝雀",
    "/admin/changes/?department={department}",
    "/admin/changes/?export=csv",
    "/admin/changes/?export=xlsx",
    "/admin/pages/",
    "/admin/pages/{other}/",
    "/admin/pages/{other}/results/",
    "/admin/pages/{section}/?q=金丝雀&search_all=1",
    "/admin/pages/{section}/?export=csv",
    "/admin/pages/search/?q=金丝雀",
    "/admin/pages/search/results/?q=金丝雀",
    "/admin/pages/search/?q=金丝雀&content_type=policy_pages.policydocumentpage",
    "/admin/pages/usage/policy_pages/policydocumentpage/",
    "/admin/pages/usage/policy_pages/policydocumentpage/results/",
    "/admin/pages/{own}/usage/",
    "/admin/pages/{own}/copy/",
    "/admin/pages/{own}/workflow_history/",
    "/admin/pages/{section}/add_subpage/",
    "/admin/documents/",
    "/admin/documents/?q=金丝雀",
    "/admin/documents/?collection_id={folder}",
    "/admin/documents/?export=csv",
    "/admin/documents/results/?q=金丝雀",
    "/admin/documents/add/",
    "/admin/documents/multiple/add/",
    "/admin/documents/chooser/",
    "/admin/documents/chooser/results/?q=金丝雀",
    "/admin/documents/chooser/results/?collection_id={folder}",
    "/admin/collections/",
    "/admin/users/?q=金丝雀",
    "/admin/choose-page/",
    "/admin/choose-page/{other}/",
    "/admin/choose-page/{other}/?page_type=policy_pages.policydocumentpage",
    "/admin/choose-page/search/?q=金丝雀",
    "/admin/choose-page/search/?q=金丝雀&page_type=policy_pages.policydocumentpage",
    "/admin/reports/workflow/",
    "/admin/reports/workflow/?export=csv",
    "/admin/reports/workflow_tasks/?export=csv",
    "/admin/reports/site-history/",
    "/admin/reports/site-history/?export=csv",
    "/admin/reports/aging-pages/?export=csv",
    "/admin/reports/locked/?export=csv",
    "/admin/reports/page-types-usage/?export=csv",
    "/admin/workflows/list/",
    "/admin/api/main/pages/",
    "/admin/api/main/pages/?type=policy_pages.PolicyDocumentPage&fields=*",
    "/admin/api/main/pages/?child_of={other}",
    "/admin/api/main/pages/?search=金丝雀",
    "/admin/api/main/pages/?for_explorer=1&child_of={other}",
    "/admin/api/main/documents/?search=金丝雀",
    "/admin/api/main/images/",
    "/admin/choose-page/?id=²",
]
ONE_OBJECT = [
    "/admin/dossiers/{page}/",
    "/admin/dossiers/{page}/revisions/{revision}/",
    "/admin/dossiers/{own}/revisions/{revision}/",
    "/admin/changes/edit/{change}/",
    "/admin/pages/{page}/edit/",
    "/admin/pages/{page}/view_draft/",
    "/admin/pages/{page}/history/",
    "/admin/pages/{page}/history/results/",
    "/admin/pages/{page}/workflow_history/",
    "/admin/pages/{page}/usage/",
    "/admin/pages/{page}/privacy/",
    "/admin/pages/{page}/copy/",
    "/admin/pages/{page}/delete/",
    "/admin/pages/{page}/move/",
    "/admin/pages/{page}/unpublish/",
    "/admin/pages/{page}/convert_alias/",
    "/admin/pages/{page}/revisions/{revision}/view/",
    "/admin/pages/{page}/revisions/{revision}/revert/",
    "/admin/pages/{page}/revisions/compare/earliest...latest/",
    "/admin/pages/{own}/revisions/{revision}/view/",
    "/admin/pages/{own}/revisions/{revision}/revert/",
    "/admin/pages/{own}/revisions/compare/{revision}...latest/",
    "/admin/pages/{page}/edit/preview/",
    "/admin/pages/{page}/workflow/status/",
    "/admin/pages/workflow/preview/{page}/1/",
    "/admin/api/main/pages/{page}/",
    "/admin/api/main/pages/{page}/?fields=*",
    "/admin/api/main/documents/{file}/",
    "/admin/documents/edit/{file}/",
    "/admin/documents/usage/{file}/",
    "/admin/documents/delete/{file}/",
    "/admin/documents/chooser/{file}/",
]


@pytest.fixture
def ids(kjj: Department, gxj: Department) -> dict[str, int]:
    """A page of kjj, who asks; and of gxj a draft that waits, a live page with a new draft, file, folder and change."""

    def build() -> dict[str, int]:
        editor = f.user("gxj-edit")
        editor.holder_name = f"{CANARY}姓名"
        editor.save()
        form = f.make_file(gxj, title=f"{CANARY}附件")
        hidden = f.hand_in(f.make_document(gxj, title=f"{CANARY}草稿"))
        live = f.make_public(f.make_document(gxj, title="已公开的办法"))
        f.save_draft(live, title=f"{CANARY}新稿", change_note="勘误")
        own = f.make_document(kjj, title="自己的草稿")
        return {
            "own": own.pk,
            "section": kjj.section_page_id,
            "department": gxj.pk,
            "page": hidden.pk,
            "other": gxj.section_page_id,
            "revision": hidden.latest_revision_id,
            "change": hidden.change_id,
            "file": form.pk,
            "folder": gxj.collection_id,
        }

    return scene("canaries", build)


def told(client: Client, url: str) -> str:
    """Everything an answer says, redirects followed; an error of ours fails the test."""
    response = client.get(url, follow=True)
    assert response.status_code < 500, url
    content = b"".join(response.streaming_content) if response.streaming else response.content
    text = content.decode("utf-8", errors="replace")
    return re.sub(r"\\u([0-9a-f]{4})", lambda escape: chr(int(escape[1], 16)), text)  # HTML inside JSON


@pytest.mark.slow
@pytest.mark.no_cover
@pytest.mark.parametrize("username", ["kjj-edit", "kjj-review", "spj-acct", "sys-admin"])
def test_no_list_and_no_address_names_what_is_another_department_s(
    ids: dict[str, int], login: Any, username: str
) -> None:
    client = login(username)
    asked = [address.format(**ids) for address in [*LISTS, *ONE_OBJECT]]
    # A search page repeats what was searched for.
    found = [
        url for url in asked if any(word in told(client, url) for word in (f"{CANARY}草", f"{CANARY}新", f"{CANARY}附"))
    ]
    assert found == []


def test_the_owner_finds_it_all(ids: dict[str, int], login: Any) -> None:
    """Power check: what the test above looks for is there to be found."""
    client = login("gxj-edit")
    for url in ("/admin/dossiers/", "/admin/pages/{other}/", "/admin/choose-page/search/?q=金丝雀", "/admin/inbox/"):
        assert f"{CANARY}草稿" in told(client, url.format(**ids)), url
    assert f"{CANARY}附件" in told(client, "/admin/documents/chooser/results/?q=金丝雀")


# --- Forms --------------------------------------------------------------------------------------------------------------


def test_the_folders_offered_for_a_file_are_own(
    ids: dict[str, int], kjj: Department, gxj: Department, login: Any
) -> None:
    client = login("kjj-edit")
    own = f.make_file(kjj)
    for url in ("/admin/documents/add/", f"/admin/documents/edit/{own.pk}/", "/admin/documents/multiple/add/"):
        assert gxj.name not in told(client, url), url
    client.post(f"/admin/documents/edit/{own.pk}/", {"title": "申请表", "collection": gxj.collection_id})
    assert PolicyFile.objects.get(pk=own.pk).collection_id == kjj.collection_id


def test_the_changes_offered_to_a_page_are_own(ids: dict[str, int], kjj: Department, login: Any) -> None:
    client, own = login("kjj-edit"), PolicyDocumentPage.objects.get(pk=ids["own"])
    html = told(client, reverse("wagtailadmin_pages:edit", args=[own.pk]))
    assert CANARY not in html
    post_edit(client, own, change=str(ids["change"]))
    assert PolicyDocumentPage.objects.get(pk=own.pk).get_latest_revision_as_object().change_id == own.change_id


@pytest.mark.parametrize(("model", "rows"), [(ApplicationGuidePage, "bases"), (InterpretationPage, "explained")])
def test_a_hidden_document_is_not_linked_from_a_row(
    ids: dict[str, int], kjj: Department, login: Any, model: type[PolicyPage], rows: str
) -> None:
    client = login("kjj-edit")
    row = {"document": str(ids["page"]), "clause": "", "id": "", "ORDER": "1", "DELETE": ""}
    response = post_add(client, model, kjj, title="试探", **{rows: [row]})
    assert CANARY not in response.content.decode()
    assert not model.objects.filter(title="试探").exists()


def test_a_link_in_the_text_does_not_tell_of_a_foreign_draft(kjj: Department, gxj: Department, login: Any) -> None:
    """A crafted link by id: stock saves it and then shows address and unit of what it names."""
    foreign, own = f.make_document(gxj, title="工信局尚未公开的办法"), f.make_document(kjj)
    client = login("kjj-edit")

    def link_to(page: Any) -> Any:
        text = RichText(f'<p><a linktype="page" id="{page.pk}">见此</a></p>')
        return post_edit(client, own, body=[("paragraph", text)])

    before = own.latest_revision_id
    link_to(foreign)
    own.refresh_from_db()
    assert own.latest_revision_id == before, "nothing is saved"
    link_to(f.make_public(f.make_document(gxj, title="工信局公开的办法")))
    own.refresh_from_db()
    assert own.latest_revision_id != before, "what is public may be linked to"


def test_a_copy_stays_in_its_section(ids: dict[str, int], kjj: Department, gxj: Department, login: Any) -> None:
    client = login("kjj-edit")
    f.make_user("kjj-edit", gxj, Role.EDITOR)  # even who edits for both
    before = PolicyDocumentPage.objects.filter(department=gxj).count()
    data = {"new_title": "副本", "new_slug": "fb", "new_parent_page": str(gxj.section_page_id)}
    client.post(reverse("wagtailadmin_pages:copy", args=[ids["own"]]), data)
    assert PolicyDocumentPage.objects.filter(department=gxj).count() == before
    assert not gxj.section_page.get_children().filter(title="副本").exists()


def test_the_register_s_form_offers_own_units(ids: dict[str, int], gxj: Department, login: Any) -> None:
    client = login("kjj-edit")
    assert gxj.name not in told(client, reverse("changes:add"))
    client.post(reverse("changes:add"), {"department": gxj.pk, "kind": "created", "title": "试探"})
    assert not gxj.changes.filter(title="试探").exists()


def test_the_register_s_filter_offers_own_units(ids: dict[str, int], gxj: Department, login: Any) -> None:
    assert gxj.name not in told(login("kjj-edit"), reverse("changes:index"))
    assert gxj.name in told(login("spj-moder"), reverse("changes:index"))


# --- County units -------------------------------------------------------------------------------------------------------


def test_a_county_unit_and_its_city_s_see_each_their_own(gxj: Department, login: Any) -> None:
    county = f.make_department("jy-gxj", "江阴市工业和信息化局", parent=gxj, level="county")
    theirs = f.make_document(county, title="江阴的草稿")
    ours = f.make_document(gxj, title="无锡的草稿")
    for username, own, other in (("jy-gxj-edit", theirs, ours), ("gxj-edit", ours, theirs)):
        client = login(username)
        for url in ("/admin/dossiers/", "/admin/changes/", "/admin/inbox/", "/admin/choose-page/search/?q=草稿"):
            html = told(client, url)
            assert own.title in html, (username, url)
            assert other.title not in html, (username, url)
        assert client.get(f"/admin/dossiers/{other.pk}/").status_code == 404
        assert client.get(f"/admin/pages/{other.pk}/edit/").status_code == 404


# --- Queries ------------------------------------------------------------------------------------------------------------


def queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize("username", ["kjj-edit", "kjj-review", "spj-moder", "spj-audit"])
def test_lists_cost_the_same_with_one_row_and_with_many(kjj: Department, login: Any, username: str) -> None:
    """Inbox, home, register, explorer and dossiers; every kind of item once, then many times."""

    def one_of_each(name: str) -> None:
        f.make_document(kjj, title=f"草稿{name}")
        f.hand_in(f.make_document(kjj, title=f"待审{name}"))
        f.act(f.hand_in(f.make_guide(kjj, title=f"待分类{name}")), "kjj-review")
        f.act(f.hand_in(f.make_document(kjj, title=f"退回{name}")), "kjj-review", "reject", comment="再改")

    one_of_each("一")
    f.make_public(f.make_document(kjj, title="已公开"))
    client = login(username)
    urls = [reverse("wagtailadmin_home"), reverse("policy_pages_inbox"), reverse("policy_pages_dossiers")]
    if username != "kjj-review":
        urls += [reverse("changes:index"), reverse("wagtailadmin_explore", args=[kjj.section_page_id])]
    few = {url: queries(client, url) for url in urls}
    for number in range(3):
        one_of_each(str(number))
    assert {url: queries(client, url) for url in urls} == few


def test_a_long_inbox_is_turned_page_by_page(kjj: Department, login: Any) -> None:
    for number in range(22):
        f.make_change(kjj, title=f"变更第{number:02}号")
    client = login("kjj-edit")
    first, second = (told(client, f"/admin/inbox/?owed={page}") for page in (1, 2))
    assert "第 1–20 项，共 22 项" in first
    shown = [[number for number in range(22) if f"变更第{number:02}号" in html] for html in (first, second)]
    assert sorted(shown[0] + shown[1]) == list(range(22))
    assert '<span class="hqt-count">22</span>' in first
    assert told(client, "/admin/inbox/?owed=x")
