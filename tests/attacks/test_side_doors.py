"""Attacks through lists, files, administration and open sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Assignment, User
from accounts.services import end_assignment, group_name
from policy_pages.models import ChangeRecord, PolicyFile
from policy_pages.tests import factories as f
from policy_pages.tests.editor import edit_data, edit_url
from tests.attacks.world import CANARY, STRANGERS, changed, everything, shown, shows

if TYPE_CHECKING:
    from accounts.models import Department
    from tests.attacks.world import Foreign

ROLES = ("kjj-edit", "kjj-review", "spj-moder", "spj-acct", "spj-audit", "sys-admin")
AJAX = {"x-requested-with": "XMLHttpRequest"}


def test_18_nobody_administers_groups_users_folders_workflows_or_sites(foreign: Foreign, login: Any) -> None:
    """By POST too: what a screen does not offer is not done."""
    group = Group.objects.get(name=group_name(Role.EDITOR, foreign.department))
    victim, folder = f.user("spj-audit"), foreign.department.collection_id
    posts = {
        "groups/new/": {"name": "自立组"},
        f"groups/edit/{group.pk}/": {"name": "改名"},
        f"groups/delete/{group.pk}/": {},
        "users/new/": {"username": "evil", "password1": f.PASSWORD, "password2": f.PASSWORD, "is_superuser": "on"},
        f"users/edit/{victim.pk}/": {"username": "evil", "is_superuser": "on", "is_active": "on"},
        f"users/delete/{victim.pk}/": {},
        "collections/add/": {"name": "新夹", "parent": 1},
        f"collections/{folder}/": {"name": "改名"},
        f"collections/{folder}/delete/": {},
        f"collections/{folder}/privacy/": {"restriction_type": "none"},
        "workflows/add/": {"name": "捷径", "active": "on"},
        "workflows/edit/1/": {"name": "捷径"},
        "workflows/disable/1/": {},
        "workflows/tasks/disable/1/": {},
        "workflows/tasks/edit/1/": {"name": "捷径"},
        "workflows/add_to_page/1/": {"workflow": 1},
        f"workflows/remove/{foreign.department.section_page_id}/": {},
        "sites/new/": {"hostname": "evil", "port": 80, "root_page": 1},
        "sites/edit/1/": {"hostname": "evil", "port": 80, "root_page": 1},
        "sites/delete/1/": {},
    }
    people = {username: login(username) for username in ROLES}
    before = everything()
    for username, client in people.items():
        for address, data in posts.items():
            client.post(f"/admin/{address}", data)
        assert changed(before) == [], username


def test_19_foreign_files_are_not_listed_chosen_edited_or_added_to(
    foreign: Foreign, gxj: Department, login: Any
) -> None:
    pk, folder = foreign.file.pk, foreign.department.collection_id
    addresses = [
        "/admin/documents/",
        "/admin/documents/?q=附件",
        f"/admin/documents/?collection_id={folder}",
        "/admin/documents/results/",
        "/admin/documents/chooser/",
        "/admin/documents/chooser/results/?q=附件",
        f"/admin/documents/chooser/results/?collection_id={folder}",
        f"/admin/documents/chooser/chosen/{pk}/",
        f"/admin/documents/chooser/chosen-multiple/?id={pk}",
        f"/admin/documents/chooser/chosen-multiple/?id=%20{pk}",
        f"/admin/documents/edit/{pk}/",
        f"/admin/documents/usage/{pk}/",
        f"/admin/documents/delete/{pk}/",
        *(
            f"/admin/bulk/policy_pages/policyfile/{a}/?id={i}"
            for a in ("delete", "add_tags", "add_to_collection")
            for i in (pk, f"%20{pk}", f"%2B{pk}", "all")
        ),
        foreign.file.url,
    ]
    people = {username: login(username) for username in (*STRANGERS[1:], "spj-moder", "spj-audit", "gxj-edit")}
    before = everything()
    for username, client in people.items():
        if username in STRANGERS:
            assert shown(client, addresses) == [], username
            assert not shows(client.get(f"/admin/documents/chooser/chosen/{pk}/", headers=AJAX))
        for address in (f"/admin/documents/edit/{pk}/", f"/admin/documents/multiple/{pk}/"):
            data = {"title": "改名", f"doc-{pk}-title": "改名", f"doc-{pk}-collection": folder, "collection": folder}
            client.post(address, {**data, "file": ContentFile(b"%PDF-1.4 swap", name="x.pdf")}, headers=AJAX)
        for address in addresses[:-1]:
            client.post(address, headers=AJAX)
        client.post(f"/admin/documents/multiple/{pk}/delete/", headers=AJAX)
        for field, address in (
            ("file", "documents/add/"),
            ("file", "documents/chooser/create/"),
            ("files[]", "documents/multiple/add/"),
        ):
            up = {"title": "塞入", "collection": folder, "document-chooser-upload-collection": folder}
            up |= {field: ContentFile(b"%PDF-1.4", name="x.pdf"), "document-chooser-upload-title": "塞入"}
            up["document-chooser-upload-file"] = ContentFile(b"%PDF-1.4", name="x.pdf")
            client.post(f"/admin/{address}", up, headers=AJAX)
        if username != "gxj-edit":
            assert changed(before) == [], username
    # Stock puts the attacker's upload into the one folder that is his own.
    assert {file.collection_id for file in PolicyFile.objects.exclude(pk=pk)} <= {gxj.collection_id}
    now = PolicyFile.objects.get(pk=pk)
    assert (now.title, now.file.name, now.sha256()) == (
        foreign.file.title,
        foreign.file.file.name,
        foreign.file.sha256(),
    )
    assert list(PolicyFile.objects.filter(collection_id=folder)) == [foreign.file]


#: Row 21: every view a stock viewset would offer on one row; what ours lack must not answer either.
CHANGE_VIEWS = (
    "edit/{pk}/", "delete/{pk}/", "history/{pk}/", "history_results/{pk}/", "usage/{pk}/", "inspect/{pk}/", "copy/{pk}/",
    "revisions/{pk}/", "revert/{pk}/", "compare/{pk}/", "{pk}/", "{pk}/delete/", "{pk}/history/", "unpublish/{pk}/",
)  # fmt: skip
CHANGE_LISTS = (
    "",
    "results/",
    "?q=草稿",
    "results/?q=草稿",
    "?department={department}",
    "?export=csv",
    "?export=xlsx",
    "new/",
)


def test_21_the_eighteen_doors_of_a_list_know_whose_row_it_is(foreign: Foreign, gxj: Department, login: Any) -> None:
    """Stock viewsets ask per model, not per row (wagtail#13314)."""
    change = foreign.change
    assert CANARY in change.title
    known = {"pk": change.pk, "department": foreign.department.pk}
    ones = [f"/admin/changes/{view.format(**known)}" for view in CHANGE_VIEWS]
    lists = [f"/admin/changes/{view.format(**known)}" for view in CHANGE_LISTS]
    assert len(ones + lists) >= 18
    registration = {
        "department": foreign.department.pk, "kind": "created", "subject": "document", "title": "替人登记",
        "trigger_date": str(change.trigger_date), "trigger_basis": "issued", "evidence": "印发件",
    }  # fmt: skip
    people = {username: login(username) for username in STRANGERS}
    before = everything()
    for username, client in people.items():
        assert shown(client, ones + lists) == [], username
        for address in ones:
            client.post(address, {"action": "cancel", "reason": "x", "title": "改写", "trigger_date": "2026-01-01"})
        client.post("/admin/changes/new/", registration)
        assert changed(before) == [], username
    own = f.make_change(gxj, title="自己的登记")
    client, before = people["gxj-edit"], everything()
    for data in ({"department": foreign.department.pk}, registration):
        client.post(f"/admin/changes/edit/{own.pk}/", data)
    assert changed(before) == [], "nothing is given away"
    assert len(shown(login("kjj-edit"), ones + lists)) >= 4, "power: the owner finds it in list, search and detail"
    assert not ChangeRecord.objects.filter(title="替人登记").exists()


def test_21_no_role_reaches_rows_that_are_not_its_own_in_other_lists(foreign: Foreign, login: Any) -> None:
    """Terms, calendar, units, assignments, events: written only by who may, also by a crafted POST."""
    assignment = Assignment.objects.filter(user__username="kjj-edit").get()
    addresses = [f"/admin/{name}/{view}" for name in ("terms", "calendar_years", "calendar_days", "departments", "assignments", "events")
                 for view in ("new/", "edit/1/", "delete/1/", f"edit/{assignment.pk}/", f"delete/{assignment.pk}/", "copy/1/")]  # fmt: skip
    data = {"name": "改写", "code": "x", "year": 2030, "confirmed": "on", "role": "moderator", "user": 1, "department": 1,
            "vocabulary": "theme", "position": 1, "day": "2026-12-01", "is_workday": "on", "source": "x"}  # fmt: skip
    people = {username: login(username) for username in ROLES if username != "spj-moder"}
    before = everything()
    for username, client in people.items():
        for address in addresses:
            client.post(address, data)
        assert changed(before) == [], username


def test_30_the_account_officer_makes_no_superuser_and_takes_no_account(foreign: Foreign, login: Any) -> None:
    root = User.objects.create_superuser("root", password=f.PASSWORD)
    everyone = Group.objects.values_list("pk", flat=True)
    new = {"password1": "Another-pass-2026", "password2": "Another-pass-2026", "is_superuser": "on", "is_active": "on"}
    new |= {
        "first_name": "a",
        "last_name": "b",
        "email": "a@example.com",
        "holder_name": "夺权",
        "groups": list(everyone),
    }
    people = {username: login(username) for username in (*ROLES, "gxj-edit")}
    before = everything()
    for username, client in people.items():
        client.post("/admin/users/new/", {"username": "evil", **new})
        for victim in (root, f.user(username), f.user("spj-audit")):
            client.post(f"/admin/users/edit/{victim.pk}/", {"username": victim.username, **new})
            client.post(f"/admin/users/delete/{victim.pk}/")
            for action in ("assign_role", "set_active_state", "delete"):
                address = f"/admin/bulk/accounts/user/{action}/?id={victim.pk}"
                client.post(address, {"role": everyone[0], "mark_as_active": "on"})
        client.post("/admin/password_reset/", {"email": "a@example.com"})
        assert changed(before) == [], username
    assert list(User.objects.filter(is_superuser=True)) == [root]


def test_32_a_dead_account_and_an_ended_role_are_out_at_the_next_request(foreign: Foreign, login: Any) -> None:
    """Even as the owner of the page."""
    editor, reviewer = login("kjj-edit"), login("kjj-review")
    data = edit_data(editor, foreign.draft)
    addresses = [
        edit_url(foreign.draft),
        f"/admin/pages/{foreign.draft.pk}/history/",
        foreign.file.url,
        "/admin/inbox/",
    ]
    assert len(shown(editor, addresses)) >= 3
    User.objects.filter(username="kjj-review").update(is_active=False)
    Assignment.objects.update(valid_from="2026-01-01")
    end_assignment(assignment=Assignment.objects.get(user__username="kjj-edit"), last_day=_yesterday())
    before = everything()
    waiting = reverse("policy_pages_review", args=[foreign.waiting.current_workflow_task_state.pk])
    for client in (editor, reviewer):
        assert shown(client, [*addresses, waiting]) == []
        client.post(edit_url(foreign.draft), data)
        client.post(f"/admin/pages/{foreign.draft.pk}/delete/")
        client.post(waiting, {"decision": "approve", **f.decision(foreign.waiting)})
    assert foreign.draft.owner == f.user("kjj-edit")
    assert set(changed(before)) <= {"django_session"}


def _yesterday() -> Any:
    import datetime

    from django.utils import timezone

    return timezone.localdate() - datetime.timedelta(days=1)
