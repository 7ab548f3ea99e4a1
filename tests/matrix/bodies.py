"""What a form of an address would send: harvested from the form as its owner sees it, or written here.

A body is written here where the form is drawn by scripts, asks for a file, or must name an object of B.
"""

from __future__ import annotations

import contextlib
import datetime
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.services.roster import RosterRow, template
from accounts.views.officer import stamp
from accounts.views.roster import sealed
from audit.models import CalendarOverride, CalendarYear
from audit.services import current_calendar
from policy_pages.models import PolicyDocumentPage, PublicationRecord
from policy_pages.tests import editor
from policy_pages.tests import factories as f
from policy_pages.tests.corrections_world import filled
from policy_pages.tests.editor import add_data, edit_data
from tests.matrix.inventory import API_ACTION, BULK
from tests.matrix.roles import COOKIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.matrix.filling import Case
    from tests.matrix.roles import Person
    from tests.matrix.runner import Answer, Runner
    from tests.matrix.world import Shelf, World

Body = dict[str, Any]
XHR = {"X-Requested-With": "XMLHttpRequest"}


def client_of(shelf: Shelf) -> Client:
    """The department's editor, in the session he has: a new login would end it (T15.4)."""
    client = Client()
    name, _equals, value = COOKIES[shelf.editor.username].partition("=")
    client.cookies[name] = value
    return client


def edited(world: World, shelf: Shelf, state: str) -> Iterator[Body]:
    """A page's editor: saved, handed in, published at once, and approved in passing."""
    # A page under review has no open editor: it is sent the form of a draft.
    page = shelf.pages[state if state in {"draft", "live"} else "draft"]
    data = edit_data(client_of(shelf), page, title="改过的标题").dict()
    for extra in ({}, {"action-submit": "1"}, {"action-publish": "action-publish"}):
        yield {**data, **extra}


def added(world: World, shelf: Shelf, state: str) -> Iterator[Body]:
    """A new page below the department's section, and one that says it carries out B's change."""
    data = add_data(client_of(shelf), PolicyDocumentPage, shelf.department, title="新文件").dict()
    yield data
    yield {**data, "change": str(world.b.changes["open"].pk)}


def registered(world: World, shelf: Shelf, state: str) -> Iterator[Body]:
    """A change of the department."""
    day = timezone.localdate() - datetime.timedelta(days=1)
    yield {
        "department": shelf.department.pk,
        "kind": "created",
        "subject": "document",
        "title": "新登记",
        "doc_number": "",
        "trigger_date": day.isoformat(),
        "trigger_basis": "issued",
        "evidence": "收文",
    }


def late_acts(world: World, shelf: Shelf, state: str) -> Iterator[Body]:
    """The department's new words, the bureau's return and agreement."""
    yield {"action": "write", "text": "放假前漏报"}
    read = shelf.late_reason.text
    yield {"action": "return", "text": read, "because": "写得具体些"}
    yield {"action": "publish", "text": read}


def correction_acts(world: World, shelf: Shelf, state: str) -> Iterator[Body]:
    """The unit takes up, answers, supplements; the bureau sends on."""
    yield {"action": "take"}
    yield {"action": "answer", "outcome": "right", "answer": "核实无误。"}
    yield {"action": "supplement", "supplement": "补充"}
    yield {"action": "reassign", "department": world.county.department.pk, "reason": "分错单位"}


def reported(world: World, shelf: Shelf, state: str) -> Iterator[Body]:
    """A visitor's report, of a page without and with a name."""
    yield filled()
    yield filled(page=shelf.pages["live"].url, text="链接打不开", contact="0510-81820000")


def window_acts(world: World, shelf: Shelf, state: str) -> Iterator[Body]:
    """The bureau signs, corrects and strikes out."""
    day = (timezone.localdate() - datetime.timedelta(days=1)).isoformat()
    yield {"action": "receive"}
    for action in ("correct", "cancel"):
        yield {"action": action, "decided_on": day, "reason": "核对"}


def corrected(world: World, shelf: Shelf, state: str) -> Iterator[Body]:
    """The bureau's correction, and striking out."""
    day = (timezone.localdate() - datetime.timedelta(days=3)).isoformat()
    for action in ("correct", "cancel"):
        yield {"action": action, "trigger_date": day, "reason": "核对"}
    published = PublicationRecord.objects.filter(department_code=shelf.code).latest("published_at")
    yield {"action": "settle", "publication": published.pk, "reason": "核对"}


def decided(world: World, shelf: Shelf, state: str) -> Iterator[Body]:
    """Approving and returning what waits, with the revision and hash that were read."""
    page = shelf.pages[state if state in {"submitted", "reviewed"} else "submitted"]
    read = f.decision(page, comment="理由")
    yield {"decision": "reject", **read}
    yield {"decision": "approve", **read, **f.classification()}


def years(world: World, shelf: Shelf, state: str) -> Iterator[Body]:
    """The year after the last, not confirmed; on a form of an old one only its notice is another."""
    yield {"year": CalendarYear.objects.latest("year").year + 1, "notice": "新通知", "confirmed": ""}


def days(world: World, shelf: Shelf, state: str) -> Iterator[Body]:
    """A day off in the last year that is registered: a weekday that no row names yet."""
    known = set(CalendarOverride.objects.values_list("day", flat=True))
    first = datetime.date(CalendarYear.objects.latest("year").year, 3, 1)
    free = (first + datetime.timedelta(days=number) for number in range(31))
    yield {
        "day": next(day for day in free if day.weekday() == 0 and day not in known),
        "source": "新通知",
        "checked": "on",
    }


def notices(world: World, shelf: Shelf, state: str) -> Iterator[Body]:
    """The notice of the year after the last, previewed and confirmed."""
    year = CalendarYear.objects.latest("year").year + 1
    pasted = {
        "year": year,
        "name": "放假通知",
        "number": "国办〔2026〕9号",
        "text": f"{year}-01-03 放假 {year}-01-04 放假",
    }
    for step in ("preview", "confirm"):
        yield {**pasted, "step": step, "checked": "on", "reason": "核对", "seen": current_calendar().version}


def allotted(world: World, shelf: Shelf, state: str) -> Iterator[Body]:
    """A second editor of the department."""
    yield {
        "department": shelf.department.pk,
        "roles": ["editor"],
        "holder_name": "新人",
        "phone": "0510-81820000",
        "valid_from": timezone.localdate().isoformat(),
    }


def imported(world: World, shelf: Shelf, state: str) -> Iterator[Body]:
    """Rows of a roster that the officer's dry run has sealed, and the file itself."""
    texts = {"单位代码": shelf.code, "角色": "录入员", "姓名": "新人", "电话": "0510-81820000"}
    yield {"rows": sealed([RosterRow(2, texts)], f.user("spj-acct").pk)}
    yield {"file": SimpleUploadedFile("roster.xlsx", template())}


def account_acts(world: World, shelf: Shelf, state: str) -> Iterator[Body]:
    """What the desk of the officer does to an account, each as his own form would send it."""
    account, today = f.user(shelf.editor.username), timezone.localdate()
    post = account.assignments.latest("pk")
    for facts in (
        {"action": "reset"},
        {"action": "disable"},
        {"action": "give", "department": world.county.department.pk, "role": "editor", "valid_from": today.isoformat()},
        {"action": "end", "assignment": post.pk, "last_day": today.isoformat()},
    ):
        yield {**facts, "seen": stamp(account), "reason": "本人申请"}


def filed(world: World, shelf: Shelf, state: str) -> Iterator[Body]:
    """The department's reviewer left, somebody came; and the same of B's reviewer."""
    facts = {"newcomer_name": "新人", "newcomer_phone": "0510-81820000", "reason": "调离"}
    for unit in dict.fromkeys((shelf.code, world.b.code)):
        leaver = f.user(f"{unit}-review").pk
        department = shelf.department.pk
        yield {**facts, "department": department, "leaver": leaver, "changed_on": timezone.localdate().isoformat()}


def recovered(world: World, shelf: Shelf, state: str) -> Iterator[Body]:
    """The reset of somebody's factor is asked for."""
    yield {"account": f"{shelf.code}-bound", "reason": "手机遗失"}


def upload(shelf: Shelf, prefix: str = "") -> Body:
    """A new attachment for the department's folder."""
    file = SimpleUploadedFile("new.pdf", b"%PDF-1.4 new", content_type="application/pdf")
    return {f"{prefix}title": "新附件", f"{prefix}file": file, f"{prefix}collection": shelf.department.collection_id}


def page_copy(world: World, shelf: Shelf, state: str) -> Iterator[Body]:
    """A copy into A's section and into B's, published, and as an alias."""
    for target in (world.a, world.b):
        for extra in ({}, {"publish_copies": "on", "alias": "on"}):
            place = {"new_parent_page": target.department.section_page_id}
            yield {"new_title": "副本", "new_slug": "fu-ben-9", **place, **extra}


def to_sections(name: str) -> Callable[[World, Shelf, str], Iterator[Body]]:
    """A body that names a section as destination."""

    def made(world: World, shelf: Shelf, state: str) -> Iterator[Body]:
        for target in (world.a, world.b):
            yield {name: target.department.section_page_id, "move_applicable": "on"}

    return made


def to_collections(world: World, shelf: Shelf, state: str) -> Iterator[Body]:
    """Into A's folder and into B's."""
    for target in (world.a, world.b):
        yield {"collection": target.department.collection_id}


def api_acts(world: World, shelf: Shelf, state: str) -> Iterator[Body]:
    """What an action of the page API takes, each a part of it: a section of A or of B, and the page's first revision."""
    first = shelf.pages[state].revisions.earliest("pk").pk
    for target in (world.a, world.b):
        place = {"destination_page_id": target.department.section_page_id, "slug": "fu-ben-8"}
        yield {**place, "alias": "on", "revision_id": first}


def linked(world: World, shelf: Shelf, state: str) -> Iterator[Body]:
    """The address of a public page with a newer draft."""
    for url in (shelf.pages["live"].url, f"http://localhost{shelf.pages['live'].url}"):
        yield {"external-link-chooser-url": url, "external-link-chooser-link_text": "x"}


def just(**data: Any) -> Callable[[World, Shelf, str], Iterator[Body]]:
    """The same for everybody."""

    def made(world: World, shelf: Shelf, state: str) -> Iterator[Body]:
        yield dict(data)

    return made


#: Key of `decisions.py` -> bodies. `[` and what follows may be left out.
BODIES: dict[str, Callable[[World, Shelf, str], Iterator[Body]]] = {
    "wagtailadmin_pages:edit": edited,
    "wagtailadmin_pages:preview_on_edit": edited,
    "wagtailadmin_pages:add": added,
    "wagtailadmin_pages:preview_on_add": added,
    "wagtailadmin_pages:copy": page_copy,
    "wagtailadmin_pages:set_privacy": just(restriction_type="login"),
    "wagtailadmin_pages:set_page_position": just(position="0"),
    "wagtailadmin_pages:workflow_action": decided,
    "wagtailadmin_pages:move": to_sections("new_parent_page"),
    "policy_pages_review": decided,
    "policy_pages_dossier_export": just(format="csv"),
    "policy_pages_report_export": lambda w, s, state: iter([{"format": "csv", "unit": s.department.pk}]),
    "policy_pages_searches_export": just(format="csv"),
    "policy_pages_frozen_reports": just(period="2024", note="再出一版", confirm="yes"),
    "changes:add": registered,
    "search_words:add": just(kind="equal", word="新词", others="另词", is_active="on"),
    "terms:add": just(vocabulary="theme", code="xin-ci", name="新词", position="1", is_active="on"),
    "calendar_years:add": years,
    "calendar_years:edit": just(notice="国办发明电〔2026〕9号", confirmed="on", checked="on"),
    "calendar_days:add": days,
    "calendar_days:edit": days,
    "calendar_notice": notices,
    "changes:edit": corrected,
    "window_notices:detail": window_acts,
    "late_reasons:detail": late_acts,
    "corrections:detail": correction_acts,
    "correction_new": reported,
    "policy_pages_site": just(name="惠企", phone="0510-81820000", seen=""),
    "accounts:allot": allotted,
    "accounts:import": imported,
    "accounts:detail": account_acts,
    "accounts:export": lambda w, s, state: iter([{"department": s.department.pk}]),
    "filings:add": filed,
    "filings:detail": lambda w, s, state: iter([{"username": "xin-ren"}, {"action": "cancel", "reason": "误报"}]),
    "duties:detail": lambda w, s, state: iter(
        [{"action": action, "text": "请今天办理"} for action in ("chase", "relieve", "rejudge")]
    ),
    "duty_rules:add": just(
        code="interpret", days="5", unit="working", effective_from="2030-01-01", source="会议决定〔2026〕1号"
    ),
    "departments:detail": just(established_on="2019-03-01", reason="编发〔2019〕1号"),
    "duty_rules:withdraw": just(reason="天数输错"),
    "factor_recoveries:index": recovered,
    "accounts_second_factor": just(action="remove", code="000000"),
    "wagtaildocs:add": lambda w, s, state: iter([upload(s)]),
    "wagtaildocs:add_multiple": lambda w, s, state: iter([{"files[]": upload(s)["file"], **upload(s), **XHR}]),
    "wagtaildocs:edit": lambda w, s, state: iter([{"title": "改名", "collection": w.a.department.collection_id}]),
    "wagtaildocs:edit_multiple": lambda w, s, state: iter(
        [{f"doc-{file.pk}-{k}": v for k, v in upload(s).items() if k != "file"} | XHR for file in s.files.values()]
    ),
    "wagtaildocs:delete_multiple": just(**XHR),
    "wagtaildocs_chooser:create": lambda w, s, state: iter([upload(s, "document-chooser-upload-")]),
    "admin/choose-external-link/": linked,
    f"{BULK}[wagtailcore.page.move]": to_sections("chooser"),
    f"{BULK}[wagtailcore.page.publish]": just(include_descendants="on"),
    f"{BULK}[wagtailcore.page.unpublish]": just(include_descendants="on"),
    f"{BULK}[policy_pages.policyfile.add_to_collection]": to_collections,
    f"{BULK}[policy_pages.policyfile.add_tags]": just(tags="标签"),
    API_ACTION: api_acts,
    "wagtailadmin_login": just(username="gxj-edit", password="wrong"),
    "wagtailcore_login": just(username="gxj-edit", password="wrong"),
    "wagtailadmin_collections:set_privacy": just(restriction_type="login"),
}


def bodies(case: Case, world: World, shelf: Shelf, harvest: Harvest) -> Iterator[Body]:
    """The empty body, and every plausible one for things of this department."""
    yield {}
    written = BODIES.get(case.key) or BODIES.get(case.key.partition("[")[0])
    if written is None:
        yield from harvest.form(case)
        return
    with contextlib.suppress(editor_is_closed):
        yield from written(world, shelf, case.state)


#: `edit_data` expects an open editor; a page under review has none.
editor_is_closed = AssertionError


class Harvest:
    """Forms as those see them who may; kept, so that each is asked for once."""

    def __init__(self, runner: Runner, people: list[Person]) -> None:
        self.runner, self.people = runner, people
        self.kept: dict[str, list[Body]] = {}
        #: Path -> page with a form for those of our people whom the sweep has asked already, empty without one.
        self.seen: dict[str, dict[str, str]] = defaultdict(dict)

    def note(self, person: Person, path: str, answer: Answer) -> None:
        """An answer to a GET, so that it need not be asked for again."""
        if person in self.people:
            self.seen[path][person.name] = answer.text if answer.status == 200 and "<form" in answer.text else ""

    def form(self, case: Case) -> list[Body]:
        """Bodies of the forms on that page that post to itself, as the first who opens it would send them."""
        if case.path not in self.kept:
            self.kept[case.path] = []
            for person in self.people:
                if person.name not in self.seen[case.path]:
                    self.note(person, case.path, self.runner.ask(person, "GET", case.path))
                if page := self.seen[case.path][person.name]:
                    self.kept[case.path] = list(forms_in(page, case.path))
                    break
            del self.seen[case.path]
        return self.kept[case.path]


def forms_in(html: str, path: str) -> Iterator[Body]:
    """What the forms that post to this address send."""
    html = html.encode().decode("unicode_escape", "ignore") if html.lstrip().startswith("{") else html
    for form in BeautifulSoup(html, "html.parser").find_all("form"):
        action = urljoin(path, form.get("action") or path)
        if form.get("method", "").lower() == "post" and action.partition("?")[0] == path.partition("?")[0]:
            yield dict(fields_of(form))


def fields_of(form: Any) -> Iterator[tuple[str, Any]]:
    """Name and value of each field that the browser would send; an empty text gets a word."""
    for field in form.find_all(["input", "select", "textarea"]):
        name, kind = field.get("name"), field.get("type", "text")
        if not name or name == "csrfmiddlewaretoken" or kind in {"submit", "file", "button"}:
            continue
        if kind in {"checkbox", "radio"} and not field.has_attr("checked"):
            continue
        if field.name == "select":
            options = field.find_all("option")
            chosen = next((o for o in options if o.has_attr("selected")), options[-1] if options else None)
            yield name, chosen.get("value", "") if chosen else ""
        else:
            value = field.get("value") if field.name == "input" else field.text
            yield name, value or ("" if kind in {"hidden", "number", "checkbox", "password"} else "2030-01-01")


__all__ = ["BODIES", "XHR", "Harvest", "bodies", "editor"]
