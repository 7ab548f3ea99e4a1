"""Concrete addresses: every parameter filled by its name, with an object of A and one of B.

A parameter that stands in none of the tables below is a failure that names the line to add.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Group
from wagtail.admin.models import EditingSession
from wagtail.models import Site, Task, Workflow

from audit.enums import DutyCode
from audit.models import CalendarOverride, CalendarYear, DutyRule, Event
from policy_pages.enums import VocabularyCode
from policy_pages.models import CorrectionTicket, FrozenReport, SearchWord, Term
from policy_pages.open_data.schemas import SCHEMAS
from policy_pages.open_data.views import SETS
from policy_pages.reports.facts import KINDS
from tests.matrix.inventory import API_ACTION, BULK, GROUP, Address, api_actions, bulk_actions
from tests.matrix.world import SLIP_FROM, STATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.matrix.world import Shelf, World

Value = "Callable[[Shelf, str], Any]"


def page(shelf: Shelf, state: str) -> Any:
    """A page in that state."""
    return shelf.pages[state].pk


def section(shelf: Shelf, state: str) -> Any:
    """The department's section, below which pages are made and listed."""
    return shelf.department.section_page_id


def file(shelf: Shelf, state: str) -> Any:
    """An attachment: the public one of a live page, else the one that only drafts carry."""
    return shelf.files["public" if state == "live" else "secret"].pk


def task_state(shelf: Shelf, state: str) -> Any:
    """The last step of that page, or of the submitted one."""
    return shelf.task_states.get(state, shelf.task_states["submitted"]).pk


def editing_session(shelf: Shelf, state: str) -> Any:
    """B's editor has his draft open."""
    return EditingSession.objects.filter(user=shelf.editor).earliest("pk").pk


#: Parameters that name a thing of a department, by name. Add a line for a new one: `"filing_id": lambda s, state: ...`.
OWNED: dict[str, Any] = {
    "page_id": page,
    "page_to_move_id": page,
    "page_pk": page,
    "parent_page_id": section,
    "destination_id": section,
    "revision_id": lambda s, state: s.pages[state].latest_revision_id,
    "task_state_id": task_state,
    "workflow_state_id": lambda s, state: s.task_states.get(state, s.task_states["submitted"]).workflow_state_id,
    "document_id": file,
    "doc_id": file,
    "collection_id": lambda s, state: s.department.collection_id,
    "filing_id": lambda s, state: s.filing.pk,
    "recovery_id": lambda s, state: s.recovery.pk,
    "account_id": lambda s, state: s.editor.pk,
    "user_id": lambda s, state: s.editor.pk,
    "department_id": lambda s, state: s.department.pk,
    "change_id": lambda s, state: s.changes["open"].pk,
    "object_id": page,
    "session_id": editing_session,
    "department": lambda s, state: s.code,
    "slug": lambda s, state: s.pages[state].slug,
}
#: What `pk` (or a regular expression's place) means below a namespace or name, by the longest beginning.
OWNED_BELOW: dict[str, dict[str, Any]] = {
    "wagtailadmin_api:pages": {"pk": page},
    "wagtailadmin_api:documents": {"pk": file},
    "wagtaildocs_chooser": {"pk": file},
    "wagtaildocs_serve": {"1": file, "2": lambda s, state: s.files["public" if state == "live" else "secret"].filename},
    "changes": {"pk": lambda s, state: s.changes["open"].pk},
    "wagtailadmin_collections": {"pk": lambda s, state: s.department.collection_id},
    "wagtailusers_users": {"pk": lambda s, state: s.editor.pk},
    "wagtailusers_groups": {"pk": lambda s, state: Group.objects.get(name=f"{s.code}:editor").pk},
    "events": {"pk": lambda s, state: Event.objects.filter(department_code=s.code).last().pk},
    "wagtailadmin_pages:revisions_compare": {
        "1": page,
        "2": lambda s, state: s.pages[state].revisions.order_by("pk").first().pk,
        "3": lambda s, state: s.pages[state].latest_revision_id,
    },
    "wagtail_serve": {"1": lambda s, state: s.pages[state].url_path.strip("/").partition("/")[2] + "/"},
    "accounts": {"pk": lambda s, state: s.editor.pk},
    "filings": {"pk": lambda s, state: s.filing.pk},
    "corrections": {"pk": lambda s, state: s.correction.pk},
    "late_reasons": {"pk": lambda s, state: s.late_reason.change_id},
    "window_notices": {"pk": lambda s, state: s.window_notice.pk},
    "duties": {"pk": lambda s, state: s.changes["open"].clock_id},
    "departments": {"pk": lambda s, state: s.department.pk},
    "department_feed": {"code": lambda s, state: s.code},
    "department": {"code": lambda s, state: s.code},
    **{
        name: {"slug": lambda s, state: s.pages["guide" if state == "live" else state].slug}
        for name in ("guide_check", "guide_print")
    },
}
#: Parameters that belong to no department, by name or below a namespace.
COMMON: dict[str, Callable[[], list[Any]]] = {
    "kind": lambda: ["csv", "json"],
    "month": lambda: ["2026-12"],
    "code": lambda: ["2025"],
    # Of the bureau's: who holds the receipt of another unit's report may read that report.
    "receipt": lambda: [CorrectionTicket.objects.get(department__code="spj").receipt],
    "part": lambda: [1],
    "number": lambda: [1],
    "old": lambda: [1],
    "new": lambda: [2],
    "content_type_app_name": lambda: ["policy_pages"],
    "content_type_model_name": lambda: ["policydocumentpage"],
    "app_name": lambda: ["taggit"],
    "app_label": lambda: ["wagtailcore"],
    "model_name": lambda: ["page"],
    "action_name": lambda: ["approve", "reject"],
    "image_id": lambda: [1],
    "filter_spec": lambda: ["max-100x100"],
    "uploaded_file_id": lambda: [1],
    "workflow_pk": lambda: [Workflow.objects.last().pk],
    "task_id": lambda: [task.pk for task in Task.objects.filter(active=True)],
    "report_id": lambda: [FrozenReport.objects.earliest("pk").pk],
    "which": lambda: ["punctuality", "assessment", "visits"],
    "restriction_id": lambda: [1],
    "page_view_restriction_id": lambda: [1],
    "uidb64": lambda: ["MQ"],
    "token": lambda: ["set-password"],
}
COMMON_BELOW: dict[str, dict[str, Callable[[], list[Any]]]] = {
    "search_words": {"pk": lambda: [SearchWord.objects.first().pk]},
    "terms": {"pk": lambda: [Term.objects.first().pk]},
    "open_data_set": {"name": lambda: sorted({name for name, _form in SETS}), "form": lambda: ["json", "csv", "atom"]},
    "open_data_schema": {"name": lambda: list(SCHEMAS)},
    "category_feed": {"code": lambda: [Term.objects.filter(vocabulary=VocabularyCode.CATEGORY).first().code]},
    "calendar_years": {"pk": lambda: [CalendarYear.objects.first().pk]},
    "duty_rules": {"pk": lambda: [DutyRule.objects.get(effective_from=SLIP_FROM).pk]},
    "calendar_days": {"pk": lambda: [CalendarOverride.objects.first().pk]},
    "wagtailadmin_workflows": {"pk": lambda: [Workflow.objects.last().pk]},
    "wagtailadmin_workflows:edit_task": {"pk": lambda: [Task.objects.last().pk]},
    "wagtailadmin_workflows:disable_task": {"pk": lambda: [Task.objects.last().pk]},
    "wagtailadmin_workflows:enable_task": {"pk": lambda: [Task.objects.last().pk]},
    "wagtailadmin_workflows:add_task": {
        "app_label": lambda: ["policy_pages"],
        "model_name": lambda: ["departmentreviewtask"],
    },
    "wagtailadmin_pages:choose_parent": {
        "app_label": lambda: ["policy_pages"],
        "model_name": lambda: ["policydocumentpage"],
    },
    "wagtailadmin_api:pages:action": {"action_name": lambda: ["ACTION"]},
    "wagtailsites": {"pk": lambda: [Site.objects.first().pk]},
    "wagtailimages": {"pk": lambda: [1]},
    "wagtailadmin_api:images": {"pk": lambda: [1]},
    "wagtailimages_chooser": {"pk": lambda: [1]},
}
#: Queries with which an address is asked besides none: what a search, an export, a chooser or a bulk action names.
QUERIES: dict[str, list[str]] = {
    "wagtailadmin_choose_page_chosen_multiple": ["id={page}"],
    "wagtailadmin_choose_page": ["page_type=policy_pages.policydocumentpage", "allow_external_link=true"],
    "wagtailadmin_choose_page_search": ["q=qz", "q={title}"],
    "wagtailadmin_pages:search": ["q=qz", "q={title}"],
    "wagtailadmin_pages:search_results": ["q=qz", "q={title}"],
    "wagtaildocs_chooser:chosen_multiple": ["id={file}"],
    "wagtaildocs_chooser:choose_results": ["q=qz", "collection_id={collection}"],
    "wagtaildocs:index_results": ["q=qz", "collection_id={collection}"],
    "wagtailadmin_api:pages:listing": ["fields=*", "child_of={section}&for_explorer=1", "search=qz", "id={page}"],
    "wagtailadmin_api:pages:find": ["id={page}"],
    "wagtailadmin_api:documents:find": ["id={file}"],
    "wagtailadmin_pages:add": ["change={change}"],
    "wagtailadmin_reports:site_history": ["export=xlsx", "object_type=1"],
    "wagtailadmin_reports:aging_pages": ["export=xlsx", "export=csv"],
    "wagtailadmin_reports:workflow": ["export=xlsx"],
    "wagtailadmin_reports:workflow_tasks": ["export=csv"],
    "wagtailadmin_reports:locked_pages": ["export=csv"],
    "wagtailadmin_explore": ["export=xlsx", "q=qz"],
    "wagtailadmin_explore_results": ["q=qz"],
    "changes:index": ["export=csv", "q=qz", "department={department}"],
    "assignments:index": ["export=csv", "q=qz"],
    "departments:index": ["export=csv"],
    "events:index": ["export=csv", "q=qz"],
    "accounts:index": ["export=csv", "q=qz", "department={department}"],
    "accounts:export": ["department={department}"],
    "filings:index": ["export=csv", "q=qz", "department={department}"],
    "policy_pages_dossier": ["print=1", "kind=edit"],
    "duties:index": ["tab=bureau", "state=all", "department={department}&overdue=yes"],
    "policy_pages_dossiers": ["export=csv", "q={title}", "department_id={department}"],
    "policy_pages_report": ["unit={department}", "duty=file_account"],
    "policy_pages_report_facts": [
        *(f"duty={code}&unit={{department}}" for code in DutyCode.values),
        *(f"what={what}" for what in KINDS),
    ],
    "policy_pages_assessment": ["unit={department}"],
    "corrections:index": ["export=csv", "q=qz"],
    "corrections": ["receipt=qz"],
    "correction_new": ["page=/policies/", "page={title}"],
    "search": ["q=qz", "q={title}"],
    "search_suggest": ["q=qz", "q={title}"],
    "open_data_search": ["q=qz", "q={title}"],
    "guides": ["window=open"],
    BULK: ["id={page}", "id={file}", "id={user}", "id=all"],
}


@dataclass(frozen=True)
class Case:
    """One concrete address. `owner` is A, B, county, "" (nobody's) or "crossed" (parameters of both)."""

    address: Address
    key: str
    path: str
    owner: str
    state: str = "draft"

    def __str__(self) -> str:
        return f"{self.key} [{self.owner or '-'} {self.state}] {self.path}"


class Unfilled(Exception):
    """A parameter no table knows."""


def below(table: dict[str, dict[str, Any]], key: str, parameter: str) -> Any:
    """The entry of the longest beginning of the key that names the parameter."""
    for start in sorted(table, key=len, reverse=True):
        if (key == start or key.startswith(f"{start}:")) and parameter in table[start]:
            return table[start][parameter]
    return None


def choices(address: Address, parameter: str, world: World, state: str, owners: tuple[str, ...]) -> list[tuple]:
    """(owner, value) of each way to fill a parameter; owner "" for what belongs to none."""
    owned = below(OWNED_BELOW, address.key, parameter)
    common = below(COMMON_BELOW, address.key, parameter)
    if owned is None and common is None:
        owned, common = OWNED.get(parameter), COMMON.get(parameter)
    if owned is not None:
        return [(owner, owned(world.shelf(owner), state)) for owner in owners]
    if common is not None:
        return [("", value) for value in common()]
    raise Unfilled(
        f"{address.route}: parameter `{parameter}` - add a line to OWNED, OWNED_BELOW, COMMON or COMMON_BELOW "
        "in tests/matrix/filling.py"
    )


def cases(address: Address, world: World, *, states: tuple[str, ...] = STATES) -> Iterator[Case]:
    """Every case of an address: own and other in every state, both mixed, and its queries."""
    if address.name == BULK:
        yield from bulk_cases(address, world)
        return
    parameters = address.parameters()
    seen = set()
    for state, owners in [*((state, ("A", "B")) for state in states), ("draft", ("county",))]:
        ways = [choices(address, parameter, world, state, owners) for parameter in parameters]
        for way in itertools.product(*ways):
            used = {owner for owner, _value in way if owner}
            owner = used.pop() if len(used) == 1 else "crossed" if used else ""
            path = filled(address, [value for _owner, value in way])
            if path not in seen and not (state != "draft" and owner == "crossed"):
                seen.add(path)
                yield from with_queries(address, world, path, owner, state)


def with_queries(address: Address, world: World, path: str, owner: str, state: str) -> Iterator[Case]:
    """The case, and one more for each query that the address takes."""
    if address.key == API_ACTION:
        for action in api_actions():
            yield Case(address, f"{API_ACTION}[{action}]", path.replace("ACTION", action), owner, state)
        return
    yield Case(address, address.key, path, owner, state)
    if state == "draft":
        for query in QUERIES.get(address.key, []):
            shelves = [owner] if owner in {"A", "B"} else ["A", "B"]
            # Asked for B's things a list of one's own stays one's own: what it shows is judged, not that it opens.
            for words in dict.fromkeys(asked(query, world.shelf(whose), state) for whose in shelves):
                yield Case(address, address.key, f"{path}?{words}", owner, state)


def asked(query: str, shelf: Shelf, state: str) -> str:
    """A query with the department's ids and words."""
    return query.format(
        page=shelf.pages[state].pk,
        title=shelf.pages["draft"].title,
        file=file(shelf, state),
        user=shelf.editor.pk,
        collection=shelf.department.collection_id,
        section=shelf.department.section_page_id,
        change=shelf.changes["open"].pk,
        department=shelf.department.pk,
    )


def bulk_cases(address: Address, world: World) -> Iterator[Case]:
    """Each bulk action on one page, file or account of A, of B, and of both at once."""
    for action in bulk_actions():
        app, model, name = action.split(".")
        path = f"/admin/bulk/{app}/{model}/{name}/"
        wanted = {"page": "id={page}", "policyfile": "id={file}", "user": "id={user}"}.get(model, "id=1")
        for state in ("draft", "submitted", "live"):
            for owner in ("A", "B"):
                query = asked(wanted, world.shelf(owner), state)
                yield Case(address, f"{BULK}[{action}]", f"{path}?{query}", owner, state)
        mixed = "&".join(asked(wanted, world.shelf(owner), "draft") for owner in ("A", "B"))
        yield Case(address, f"{BULK}[{action}]", f"{path}?{mixed}", "crossed")
        yield Case(address, f"{BULK}[{action}]", f"{path}?id=all", "crossed")


def filled(address: Address, values: list[Any]) -> str:
    """The route with its parameters written in."""
    route, rest = address.route, list(values)
    if "<" in re.sub(r"\(\?P?<", "", route):
        route = re.sub(r"<(?:\w+:)?(\w+)>", lambda _found: str(rest.pop(0)), route)
    else:
        route = GROUP.sub(lambda _found: str(rest.pop(0)), route)
    route = route.replace("^.*/$", "no-such-address/")
    return "/" + route.replace("^", "").replace("$", "").replace("\\.", ".")
