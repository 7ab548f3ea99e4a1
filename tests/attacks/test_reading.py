"""Attacks that want to read another department's unpublished work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from policy_pages.tests import factories as f
from policy_pages.tests.editor import edit_data, edit_url
from tests.attacks.world import STRANGERS, changed, everything, make_foreign, shown, shows

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department
    from tests.attacks.world import Foreign


@pytest.mark.slow
def test_01_the_explorer_lists_no_other_departments_work(foreign: Foreign, login: Any) -> None:
    section = foreign.department.section_page
    tree = [page.pk for page in section.get_ancestors(inclusive=True)]
    addresses = [f"/admin/pages/{pk}/{tail}" for pk in tree for tail in ("", "results/", "?q=草稿", "?ordering=title")]
    for username in STRANGERS:
        assert shown(login(username), ["/admin/pages/", *addresses]) == [], username
    assert shown(login("kjj-edit"), [f"/admin/pages/{foreign.department.section_page_id}/"]) != [], "power"


def test_02_the_editor_of_a_foreign_page_neither_opens_nor_saves(foreign: Foreign, login: Any) -> None:
    owner = login("kjj-edit")
    forms = {page.pk: edit_data(owner, page) for page in (foreign.draft, foreign.live)}
    people = [login(username) for username in (*STRANGERS, "spj-moder", "spj-audit")]
    before = everything()
    for client in people:
        if client in people[: len(STRANGERS)]:
            assert shown(client, map(edit_url, foreign.pages)) == []
        for page in (foreign.draft, foreign.live):
            for action in ("action-submit", "action-publish"):
                data = forms[page.pk].copy()
                data.update({"title": "改写", action: action})
                client.post(edit_url(page), data)
            client.post(edit_url(page), forms[page.pk], headers={"accept": "application/json"})
    assert changed(before) == []


#: Row 3: the page's side views, GET and POST. `{old}` and `{new}` are revisions of the page, `{state}` its submission.
SIDE_VIEWS = [
    "view_draft/",
    "history/",
    "history/results/",
    "revisions/",
    "revisions/{new}/view/",
    "revisions/{new}/revert/",
    "revisions/compare/{old}...{new}/",
    "revisions/compare/earliest...latest/",
    "revisions/compare/live...latest/",
    "revisions/{new}/unschedule/",
    "usage/",
    "workflow_history/",
    "workflow_history/detail/{state}/",
    "privacy/",
    "edit/preview/",
    "edit/preview/?in_preview_panel=true",
    "delete/",
    "unpublish/",
    "copy/",
    "move/",
    "move/{section}/",
    "move/{section}/confirm/",
    "lock/",
    "unlock/",
    "convert_alias/",
    "workflow/confirm_cancellation/",
    "workflow/preview/{task}/",
    "workflow/action/{task_state}/approve/{task_state}/",
    "workflow/collect_action_data/{task_state}/approve/{task_state}/",
    "workflow/status/",
]


def side_addresses(foreign: Foreign, section: int) -> list[str]:
    state = foreign.waiting.current_workflow_task_state
    found = []
    for page in foreign.pages:
        revisions = list(page.revisions.order_by("pk").values_list("pk", flat=True))
        known = {
            "old": revisions[0],
            "new": revisions[-1],
            "state": state.workflow_state_id,
            "task": state.task_id,
            "task_state": state.pk,
            "section": section,
        }
        found += [f"/admin/pages/{page.pk}/{tail.format(**known)}" for tail in SIDE_VIEWS]
        found += [f"/admin/pages/workflow/preview/{page.pk}/{state.task_id}/"]
        for word in ("action", "collect_action_data"):
            found += [f"/admin/pages/workflow/{word}/{page.pk}/{verb}/{state.pk}/" for verb in ("approve", "reject")]
    return found


@pytest.mark.parametrize("username", STRANGERS[:3])
def test_03_no_side_view_of_a_foreign_page_shows_or_does_anything(
    foreign: Foreign, gxj: Department, login: Any, username: str
) -> None:
    client = login(username)
    addresses = side_addresses(foreign, gxj.section_page_id)
    before = everything()
    assert shown(client, addresses) == []
    for address in addresses:
        assert not shows(client.post(address, {"comment": "x", "title": "改写"}, follow=True)), address
    assert changed(before) == []


@pytest.mark.slow
def test_03_power_the_owner_sees_most_side_views(foreign: Foreign, gxj: Department, login: Any) -> None:
    seen = shown(login("kjj-edit"), side_addresses(foreign, gxj.section_page_id))
    assert [line for line in seen if line.endswith("500")] == []
    assert len(seen) >= 13


def test_15_search_api_and_type_lists_name_nothing_foreign(foreign: Foreign, login: Any) -> None:
    page, kind = foreign.draft, "policy_pages/policydocumentpage"
    addresses = [
        "/admin/pages/search/?q=草稿",
        "/admin/pages/search/results/?q=修改稿",
        "/admin/choose-page/search/?q=草稿",
        "/admin/documents/?q=附件",
        "/admin/documents/results/?q=附件",
        "/admin/documents/chooser/?q=附件",
        "/admin/documents/chooser/results/?q=附件",
        f"/admin/pages/usage/{kind}/",
        f"/admin/pages/usage/{kind}/results/",
        "/admin/api/main/pages/",
        "/admin/api/main/pages/?type=policy_pages.PolicyDocumentPage&fields=*",
        f"/admin/api/main/pages/?child_of={foreign.department.section_page_id}&fields=*&for_explorer=1",
        f"/admin/api/main/pages/?descendant_of={foreign.department.section_page_id}&fields=_,title",
        f"/admin/api/main/pages/{page.pk}/",
        f"/admin/api/main/pages/{foreign.live.pk}/?fields=*",
        f"/admin/api/main/pages/find/?html_path=/policies/kjj/{page.slug}/",
        "/admin/api/main/documents/?fields=*",
        "/admin/api/main/images/",
    ]
    for username in STRANGERS:
        assert shown(login(username), addresses) == [], username
    assert len(shown(login("kjj-edit"), addresses)) >= 4, "power: the owner finds it"


def test_17_reports_and_home_name_nothing_foreign(foreign: Foreign, login: Any) -> None:
    reports = ("workflow", "workflow_tasks", "site-history", "aging-pages", "locked", "page-types-usage")
    tails = ("", "results/", "?export=csv", "?export=xlsx")
    addresses = ["/admin/", "/admin/inbox/", "/admin/account/"]
    addresses += [f"/admin/reports/{report}/{tail}" for report in reports for tail in tails]
    for username in STRANGERS:
        assert shown(login(username), addresses) == [], username
    assert shown(login("spj-audit"), ["/admin/reports/site-history/"]) != [], "power: found where it may be shown"


def test_31_neither_the_public_nor_a_log_in_finds_a_draft_on_the_public_side(
    foreign: Foreign, login: Any, client: Client
) -> None:
    page = foreign.draft
    addresses = [
        f"/policies/kjj/{page.slug}/",
        f"/policies/kjj/{foreign.waiting.slug}/",
        f"/policies/kjj/{foreign.live.slug}/",
        "/",
        "/policies/",
        "/policies/kjj/",
        "/policies/?unit=kjj&sort=new",
        "/search/?q=正文",
        "/api/v2/pages/",
        f"/api/v2/pages/{page.pk}/",
        f"/api/v2/documents/{foreign.file.pk}/",
        f"/pages/{page.pk}/",
        "/sitemap.xml",
        "/feed/",
    ]
    assert shown(client, addresses) == []
    assert client.get(f"/policies/kjj/{page.slug}/").status_code == 404
    for username in STRANGERS:
        assert shown(login(username), addresses) == [], username


# --- County units ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_county_unit_and_its_city_department_see_nothing_of_each_other(gxj: Department, login: Any) -> None:
    """A4, A6: a unit below another has no right over it, nor the city over the county's unpublished work."""
    county = f.make_department("jy-gxj", "江阴市工业和信息化局", level="county", parent=gxj)
    words = {county: "县里的鹦鹉", gxj: "市里的孔雀"}
    worlds = {unit: make_foreign(unit, word) for unit, word in words.items()}
    for attacked, attacker in ((county, gxj), (gxj, county)):
        world, word = worlds[attacked], words[attacked]
        addresses = side_addresses(world, attacker.section_page_id) + list(map(edit_url, world.pages))
        addresses += ["/admin/", "/admin/pages/", f"/admin/pages/{attacked.section_page_id}/", "/admin/inbox/"]
        addresses += [f"/policies/{attacked.code}/{page.slug}/" for page in world.pages]
        addresses += ["/admin/changes/", f"/admin/changes/edit/{world.change.pk}/", "/admin/documents/", world.file.url]
        addresses += [f"/admin/documents/edit/{world.file.pk}/", "/admin/choose-page/search/?q=草稿"]
        addresses += [reverse("policy_pages_review", args=[world.waiting.current_workflow_task_state.pk])]
        for role in ("edit", "review"):
            client = login(f"{attacker.code}-{role}")
            before = everything()
            assert shown(client, addresses, word) == []
            for page in world.pages:
                client.post(edit_url(page), {"title": "改写"})
                client.post(f"/admin/pages/{page.pk}/delete/")
            assert changed(before) == []
        assert len(shown(login(f"{attacked.code}-edit"), addresses, word)) > 10, "power"
