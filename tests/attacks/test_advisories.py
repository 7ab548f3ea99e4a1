"""Wagtail's published side-door advisories (reliability.md §2 B1): each id shut here, by effect or by absence.

The installed Wagtail is fixed for all of them; these tests hold when an upgrade, a setting or an app of ours opens one
again. GHSA-jm5p-837g-rv8g was not found in the sources at hand: only the fixed version speaks for it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import wagtail
from django.apps import apps
from django.core.files.base import ContentFile
from django.urls import get_resolver
from wagtail.models import Collection, CollectionViewRestriction
from wagtail.snippets.models import get_snippet_models

from accounts.models import User
from policy_pages.models import PolicyDocumentPage
from policy_pages.tests import factories as f
from policy_pages.tests.editor import edit_data, edit_url
from tests.attacks.world import STRANGERS, changed, everything, shown

if TYPE_CHECKING:
    from accounts.models import Department
    from tests.attacks.world import Foreign

ROOT = Path(__file__).resolve().parents[2]
#: Ids whose code is not installed at all: the app, and what it would give.
ABSENT = {
    "CVE-2024-32882 CVE-2024-35228": "wagtail.contrib.settings",
    "CVE-2026-44199": "wagtail.contrib.forms",
    "CVE-2026-44201 GHSA-c2xx-cjmh-9q8f": "wagtail.api.v2",
    "CVE-2026-54262": "wagtail.contrib.simple_translation",
    "GHSA-x5cx-w6p2-mxf2": "wagtail.snippets",
}


def test_ghsa_jm5p_837g_rv8g_and_all_others_the_installed_wagtail_is_at_or_above_the_fixes() -> None:
    assert wagtail.VERSION[:3] >= (7, 4, 4)


@pytest.mark.parametrize("ids", ABSENT)
def test_what_is_not_installed_has_no_side_door(ids: str) -> None:
    assert not apps.is_installed(ABSENT[ids])
    assert get_snippet_models() == []
    served = str(get_resolver().url_patterns)
    assert "api/v2" not in served


def test_cve_2023_45809_bulk_actions_name_no_account(foreign: Foreign, login: Any) -> None:
    User.objects.filter(username="spj-audit").update(holder_name="金丝雀审计")
    pk = f.user("spj-audit").pk
    actions = ("assign_role", "set_active_state", "delete")
    addresses = [f"/admin/bulk/accounts/user/{action}/?id={pk}" for action in actions]
    addresses += [f"/admin/users/{pk}/", f"/admin/users/edit/{pk}/", "/admin/users/", "/admin/users/results/"]
    for username in STRANGERS:
        assert shown(login(username), addresses) == [], username


def test_cve_2026_25517_preview_endpoints_show_nothing_foreign(foreign: Foreign, login: Any) -> None:
    owner = login("kjj-edit")
    data = edit_data(owner, foreign.draft)
    for page in foreign.pages:
        owner.post(f"/admin/pages/{page.pk}/edit/preview/", data)
    for username in STRANGERS:
        client = login(username)
        assert shown(client, [f"/admin/pages/{page.pk}/edit/preview/?mode=" for page in foreign.pages]) == [], username
        for page in foreign.pages:
            client.post(f"/admin/pages/{page.pk}/edit/preview/", data)
            assert client.get(f"/admin/pages/{page.pk}/edit/preview/").status_code != 200


@pytest.mark.parametrize(
    ("advisory", "address"),
    [
        ("CVE-2026-44197 compare", "revisions/compare/{old}...{new}/"),
        ("CVE-2026-44198 history", "history/"),
        ("CVE-2026-44200 copy", "copy/"),
    ],
)
def test_page_side_views_ask_for_the_page(foreign: Foreign, login: Any, advisory: str, address: str) -> None:
    for page in foreign.pages:
        known = {"old": page.revisions.order_by("pk").first().pk, "new": page.latest_revision_id}
        for username in STRANGERS:
            found = shown(login(username), [f"/admin/pages/{page.pk}/{address.format(**known)}"])
            assert found == [], (advisory, username)


def test_cve_2026_44197_the_revision_of_a_foreign_page_is_not_shown_under_an_own_one(
    foreign: Foreign, gxj: Department, login: Any
) -> None:
    own, theirs = f.make_document(gxj), foreign.draft.latest_revision_id
    mine = own.latest_revision_id
    tails = [f"revisions/{theirs}/view/", f"revisions/{theirs}/revert/", f"revisions/compare/{mine}...{theirs}/"]
    client = login("gxj-edit")
    before = everything()
    assert shown(client, [f"/admin/pages/{own.pk}/{tail}" for tail in tails]) == []
    for tail in tails:
        client.post(f"/admin/pages/{own.pk}/{tail}")
    assert set(changed(before)) <= {"wagtailcore_pagesubscription"}


def test_cve_2026_54259_chosen_endpoints_show_no_foreign_file_or_page(foreign: Foreign, login: Any) -> None:
    addresses = [
        f"/admin/documents/chooser/chosen/{foreign.file.pk}/",
        f"/admin/documents/chooser/chosen-multiple/?id={foreign.file.pk}",
        f"/admin/choose-page/chosen-multiple/?id={foreign.draft.pk}&id={foreign.live.pk}",
        "/admin/images/chooser/chosen-multiple/?id=1",
    ]
    for username in STRANGERS:
        assert shown(login(username), addresses) == [], username


def test_cve_2026_54261_no_role_previews_an_image(foreign: Foreign, login: Any) -> None:
    from tests.media.test_states import make_image

    image = make_image()
    for username in (*STRANGERS, "kjj-edit", "spj-moder"):
        response = login(username).get(f"/admin/images/{image.pk}/preview/max-2x2/")
        assert response.status_code != 200, username


def test_cve_2026_55468_the_admin_api_gives_no_field_of_a_foreign_draft(foreign: Foreign, login: Any) -> None:
    """Also the `type` filter of 7.4.4, with types that are not pages."""
    api = "/admin/api/main/pages/"
    addresses = [f"{api}{page.pk}/?fields=*" for page in foreign.pages]
    addresses += [
        f"{api}?type={kind}&fields=*" for kind in ("policy_pages.PolicyDocumentPage", "policy_pages.PolicyFile")
    ]
    addresses += [f"{api}?type=accounts.User&fields=*", f"{api}?type=wagtailcore.Page&fields=*&search=草稿"]
    for username in STRANGERS:
        assert shown(login(username), addresses) == [], username


def test_7_4_4_nobody_sets_the_privacy_of_a_folder(foreign: Foreign, login: Any) -> None:
    folders = [foreign.department.collection_id, Collection.get_first_root_node().pk]
    for username in (*STRANGERS, "kjj-edit", "spj-moder", "spj-audit"):
        for folder in folders:
            login(username).post(f"/admin/collections/{folder}/privacy/", {"restriction_type": "login"})
    assert not CollectionViewRestriction.objects.exists()


def test_cve_2024_32882_a_crafted_post_sets_no_field_that_the_form_lacks(
    foreign: Foreign, gxj: Department, login: Any
) -> None:
    """Every column of the page, posted by its own editor: only what the screen offers changes."""
    page = foreign.draft
    closed = [
        "department", "is_stock", "source_id", "live", "live_revision", "first_published_at", "last_published_at",
        "owner", "path", "depth", "url_path", "slug", "locked", "alias_of", "translation_key", "content_type",
    ]  # fmt: skip
    values = {name: getattr(page, f"{name}_id" if hasattr(page, f"{name}_id") else name) for name in closed}
    client = login("kjj-edit")
    data = edit_data(client, page)
    for name in closed:
        data[name] = {"department": gxj.pk, "owner": f.user("gxj-edit").pk}.get(name, "1")
        data[f"{name}_id"] = data[name]
    client.post(edit_url(page), data)
    saved = PolicyDocumentPage.objects.get(pk=page.pk)
    latest = saved.get_latest_revision_as_object()
    for name, value in values.items():
        attribute = f"{name}_id" if hasattr(page, f"{name}_id") else name
        assert getattr(saved, attribute) == value, name
        assert getattr(latest, attribute) == value, name


def test_ghsa_92hv_j533_69wc_headers_confirm_no_hash_of_a_closed_file(foreign: Foreign, client: Any) -> None:
    file, missing = foreign.file, foreign.file.url.replace(f"/{foreign.file.pk}/", "/999999/")
    for name in ("If-None-Match", "If-Match"):
        answers = [client.get(address, headers={name: f'"{file.get_file_hash()}"'}) for address in (file.url, missing)]
        assert {answer.status_code for answer in answers} == {404}
        assert answers[0].content == answers[1].content
        assert "ETag" not in answers[0].headers


def test_guardian_756_no_view_of_ours_trusts_guardian_s_mixins_or_admin() -> None:
    """Its admin mixin does not check the object; our views ask `may` and scoped querysets."""
    sources = [path for app in ("accounts", "audit", "policy_pages", "cms") for path in (ROOT / app).rglob("*.py")]
    assert len(sources) > 50
    taken = [
        path.name for path in sources if re.search(r"guardian\.(mixins|admin|decorators)", path.read_text("utf-8"))
    ]
    assert taken == []


def test_an_upload_that_failed_half_way_is_finished_by_its_uploader_only(
    foreign: Foreign, gxj: Department, login: Any
) -> None:
    """`create_from_uploaded_document` takes the id of a waiting upload: another's id brings nothing."""
    from wagtail.models import UploadedFile

    up = {
        "title": "x" * 300,
        "collection": foreign.department.collection_id,
        "files[]": ContentFile(b"%PDF-1.4 canary", name="x.pdf"),
    }
    login("kjj-edit").post("/admin/documents/multiple/add/", up, headers={"x-requested-with": "XMLHttpRequest"})
    waiting = UploadedFile.objects.get()
    client, before = login("gxj-edit"), everything()
    form = {
        f"uploaded-document-{waiting.pk}-title": "夺取",
        f"uploaded-document-{waiting.pk}-collection": gxj.collection_id,
    }
    for tail in ("create_from_uploaded_document", "delete_upload"):
        client.post(
            f"/admin/documents/multiple/{tail}/{waiting.pk}/", form, headers={"x-requested-with": "XMLHttpRequest"}
        )
    assert changed(before) == []
