"""Source B, destination A: one request that names things of both, as somebody who works for A."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tests.matrix.bodies import XHR, client_of, edit_data
from tests.matrix.filling import Case
from tests.matrix.inventory import Address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.matrix.world import World


#: Who tries: people of A, of its county unit, and those of the bureau.
CROSSERS = ("editor A", "reviewer A", "editor of the county unit", "moderator", "account officer", "auditor")


class Crossing(NamedTuple):
    """What is tried, and how."""

    what: str
    method: str
    case: Case
    body: dict[str, Any]


def crossing(what: str, key: str, path: str, method: str = "POST", **body: Any) -> Crossing:
    """One attempt."""
    return Crossing(what, method, Case(Address(path, key, ""), key, path, "crossed"), body)


def crossings(world: World) -> Iterator[Crossing]:
    """Every attempt. What the addresses themselves mix (two parameters, several ids) the sweep does."""
    yield from through_the_editor(world)
    yield from through_choosers(world)
    yield from through_folders(world)
    yield from through_kinds(world)


def through_the_editor(world: World) -> Iterator[Crossing]:
    """A page of A that names a change, a successor, a file or a page of B."""
    a, b = world.a, world.b
    page, key = a.pages["draft"], "wagtailadmin_pages:edit"
    path, data = f"/admin/pages/{page.pk}/edit/", edit_data(client_of(a), page).dict()
    yield crossing("edit with B's change", key, path, **{**data, "change": b.changes["open"].pk})
    yield crossing("edit with B's draft as successor", key, path, **{**data, "successor": b.pages["draft"].pk})
    yield crossing(
        "edit with B's waiting draft as successor", key, path, **{**data, "successor": b.pages["submitted"].pk}
    )
    for name in ("secret", "loose"):
        carried = {"body-count": "1", "body-0-deleted": "", "body-0-order": "0", "body-0-type": "attachments"}
        rows = {"count": "1", "0-deleted": "", "0-order": "0", "0-type": "item", "0-value-file": b.files[name].pk}
        carried |= {f"body-0-value-{field}": value for field, value in rows.items()} | {
            "body-0-value-0-value-label": ""
        }
        yield crossing(f"edit with B's {name} file", key, path, **{**data, **carried})
    section = a.department.section_page_id
    add = f"/admin/pages/add/policy_pages/policydocumentpage/{section}/"
    change = b.changes["open"].pk
    yield crossing("add opened for B's change", "wagtailadmin_pages:add", f"{add}?change={change}", "GET")
    copy = f"/admin/pages/{b.pages['live'].pk}/copy/"
    place = {"new_title": "副本", "new_slug": "fu-ben-7", "new_parent_page": section}
    yield crossing("copy B's public page into A", "wagtailadmin_pages:copy", copy, **place)
    yield crossing("alias of B's public page in A", "wagtailadmin_pages:copy", copy, **place, alias="on")
    action = f"/admin/api/main/pages/{b.pages['live'].pk}/action"
    for name in ("copy", "create_alias", "move"):
        body = {"destination_page_id": section, "slug": "fu-ben-6"}
        yield crossing(
            f"API {name} of B's page into A", f"wagtailadmin_api:pages:action[{name}]", f"{action}/{name}/", **body
        )


def through_choosers(world: World) -> Iterator[Crossing]:
    """Choosers and lists asked for what belongs to B."""
    a, b = world.a, world.b
    ids = f"id={a.pages['draft'].pk}&id={b.pages['draft'].pk}"
    files = f"id={a.files['secret'].pk}&id={b.files['secret'].pk}"
    multiple, chosen = "wagtailadmin_choose_page_chosen_multiple", "wagtaildocs_chooser:chosen_multiple"
    yield crossing("choose A's and B's draft", multiple, f"/admin/choose-page/chosen-multiple/?{ids}", "GET")
    yield crossing("choose A's and B's file", chosen, f"/admin/documents/chooser/chosen-multiple/?{files}", "GET")
    b_only = f"id={b.pages['live'].pk}"
    yield crossing("choose B's public page", multiple, f"/admin/choose-page/chosen-multiple/?{b_only}", "GET")
    target = f"page_type=wagtailcore.page&target_pages[]={b.pages['draft'].pk}&match_subclass=false"
    section = b.department.section_page_id
    yield crossing(
        "browse B's section", "wagtailadmin_choose_page_child", f"/admin/choose-page/{section}/?{target}", "GET"
    )
    listing = "/admin/api/main/pages/"
    for query in (f"child_of={section}", f"descendant_of={section}&fields=*", "search=qz", f"translation_of={section}"):
        yield crossing(f"API listing {query}", "wagtailadmin_api:pages:listing", f"{listing}?{query}", "GET")


def through_folders(world: World) -> Iterator[Crossing]:
    """A file of A into B's folder, and the other way round."""
    a, b = world.a, world.b
    mine, theirs = a.files["loose"], b.files["loose"]
    for file, folder in ((mine, b), (theirs, a)):
        data = {"title": "改名", "collection": folder.department.collection_id}
        yield crossing(
            "edit a file into another folder", "wagtaildocs:edit", f"/admin/documents/edit/{file.pk}/", **data
        )
        prefixed = {f"doc-{file.pk}-{name}": value for name, value in data.items()}
        path = f"/admin/documents/multiple/{file.pk}/"
        yield crossing("the same, many at once", "wagtaildocs:edit_multiple", path, **prefixed, **XHR)
        bulk = f"/admin/bulk/policy_pages/policyfile/add_to_collection/?id={mine.pk}&id={file.pk}"
        key = "wagtail_bulk_action[policy_pages.policyfile.add_to_collection]"
        yield crossing("the same in bulk", key, bulk, collection=folder.department.collection_id)


def through_kinds(world: World) -> Iterator[Crossing]:
    """An id of one kind where another is asked for."""
    b = world.b
    page, file, change = b.pages["draft"].pk, b.files["secret"].pk, b.changes["open"].pk
    for app, model, name, key in (
        ("policy_pages", "policyfile", "delete", page),
        ("wagtailcore", "page", "delete", file),
        ("policy_pages", "policydocumentpage", "delete", page),
        ("policy_pages", "changerecord", "delete", change),
        ("accounts", "accountfiling", "delete", b.filing.pk),
        ("wagtailcore", "revision", "delete", b.pages["draft"].latest_revision_id),
    ):
        label, path = f"{app}.{model}.{name}", f"/admin/bulk/{app}/{model}/{name}/?id={key}"
        for method in ("GET", "POST"):
            yield crossing(f"bulk {label}", f"wagtail_bulk_action[{label}]", path, method)
    for app, model, key in (
        ("policy_pages", "policydocumentpage", page),
        ("wagtailcore", "page", page),
        ("policy_pages", "changerecord", change),
        ("policy_pages", "policyfile", file),
    ):
        path = f"/admin/editing-sessions/ping/{app}/{model}/{key}/1/"
        yield crossing(f"who edits {app}.{model}", "wagtailadmin_editing_sessions:ping", path)
    yield crossing("a page as a file", "wagtaildocs_chooser:chosen", f"/admin/documents/chooser/chosen/{page}/", "GET")
    yield crossing("a change as a page", "wagtailadmin_pages:edit", f"/admin/pages/{change}/edit/", "GET")
    yield crossing("a file as a page", "wagtailadmin_pages:history", f"/admin/pages/{file}/history/", "GET")
    yield crossing(
        "a revision as a step", "policy_pages_review", f"/admin/review/{b.pages['draft'].latest_revision_id}/", "GET"
    )
