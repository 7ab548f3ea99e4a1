"""Two departments that hold the same things in every state, a county unit below the first, and the bureau."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice
from wagtail.admin.models import EditingSession
from wagtail.models import Page, TaskState

from accounts.enums import DepartmentLevel
from accounts.models import AccountFiling, Department, SecondFactorRecovery, User
from accounts.services.second_factor import ask_recovery
from audit.enums import DutyCode
from audit.services import finish_clock, start_clock
from audit.services.duty_rules import set_rule
from policy_pages.enums import ChangeKind, DocumentStatus
from policy_pages.feedback.pages import NamedPage
from policy_pages.feedback.services import Report, receive_ticket
from policy_pages.models import CorrectionTicket, LateReason, PolicyFile, WindowNotice
from policy_pages.services.reports import freeze_report
from policy_pages.tests import factories as f
from tests.matrix.canaries import Canary, secret_keys, start_keys_at, word

if TYPE_CHECKING:
    from policy_pages.models import ChangeRecord, PolicyPage

#: Code of a department -> where its keys start.
RANGES = {"kjj": 91_000_000, "jyk": 92_000_000, "gxj": 93_000_000}
#: Rows that a request makes get keys from here on: nobody's.
AFTER = 95_000_000
#: From when on a version of a rule would hold that was a slip.
SLIP_FROM = datetime.date(2031, 1, 1)
STATES = ("draft", "submitted", "reviewed", "returned", "scheduled", "live", "repealed", "guide")


@dataclass
class Shelf:
    """What one department holds."""

    department: Department
    pages: dict[str, PolicyPage] = field(default_factory=dict)
    task_states: dict[str, TaskState] = field(default_factory=dict)
    files: dict[str, PolicyFile] = field(default_factory=dict)
    changes: dict[str, ChangeRecord] = field(default_factory=dict)
    filing: AccountFiling | None = None
    recovery: SecondFactorRecovery | None = None
    window_notice: WindowNotice | None = None
    late_reason: LateReason | None = None
    correction: CorrectionTicket | None = None
    editor: User | None = None

    @property
    def code(self) -> str:
        """The department's code, which its canaries carry."""
        return self.department.code


@dataclass
class World:
    """A (`own` for its people), B (`other`), the county unit below A, the bureau."""

    bureau: Department
    a: Shelf
    county: Shelf
    b: Shelf
    secrets: dict[int, Canary] = field(default_factory=dict)

    def shelf(self, owner: str) -> Shelf:
        """`A` or `B` or `county`."""
        return {"A": self.a, "B": self.b, "county": self.county}[owner]


def make_world() -> World:
    """Make it through the services a person's click would use."""
    bureau = f.make_bureau()
    freeze_report(code="2025", actor=f.user("spj-moder"))
    slip = {"code": "interpret", "days": 7, "unit": "working", "effective_from": SLIP_FROM, "source": "会议决定"}
    set_rule(actor=f.user("spj-moder"), **slip)
    shelves = [
        make_shelf("kjj"),
        make_shelf("jyk", level=DepartmentLevel.COUNTY, parent_code="kjj"),
        make_shelf("gxj"),
    ]
    make_correction(bureau, "/timeliness/", "按时率")
    world = World(bureau, *shelves)
    for shelf in shelves:
        public = [page.pk for page in shelf.pages.values() if page.live] + [shelf.department.section_page_id]
        public += [page.live_revision_id for page in shelf.pages.values() if page.live]
        public += [shelf.files["public"].pk]
        world.secrets |= secret_keys(shelf.code, RANGES[shelf.code], public)
    start_keys_at(AFTER)
    return world


def make_shelf(code: str, parent_code: str = "", **facts: Any) -> Shelf:
    """A department with one thing of each kind in each state, every word of it a canary."""
    start_keys_at(RANGES[code])
    parent = Department.objects.filter(code=parent_code).first()
    department = f.make_department(code, f"单位{code}", parent=parent, **facts)
    shelf = Shelf(department, editor=f.user(f"{code}-edit"))
    for user in User.objects.filter(username__startswith=f"{code}-"):
        user.holder_name, user.phone = word("person", code), word("account", code)
        user.save()
    make_files(shelf)
    make_pages(shelf)
    make_filing(shelf)
    make_recovery(shelf)
    make_window_notice(shelf)
    make_late_reason(shelf)
    shelf.correction = make_correction(department, f"/policies/{code}/wj-1/", word("correction", code))
    # The department's editor has his draft open.
    EditingSession.objects.create(
        user=shelf.editor, content_object=shelf.pages["draft"].page_ptr, last_seen_at=timezone.now()
    )
    return shelf


def make_files(shelf: Shelf) -> None:
    """An attachment of a draft, one that becomes public, and one that no text carries."""
    for name, kind in (("secret", "attachment"), ("public", "public"), ("loose", "attachment")):
        token = word(kind, shelf.code)
        file = PolicyFile(title=token, collection=shelf.department.collection, uploaded_by_user=shelf.editor)
        file.file.save(f"{token}.pdf", ContentFile(f"%PDF-1.4 {word(kind, shelf.code)}".encode()), save=False)
        file._set_document_file_metadata()
        file.file.close()
        file.save()
        shelf.files[name] = PolicyFile.objects.get(pk=file.pk)


def texts(shelf: Shelf, kind: str) -> dict[str, Any]:
    """Every free text of a document, a canary each."""
    article = {"number": "第一条", "text": f"<p>{word(kind, shelf.code)}</p>"}
    names = ("title", "summary", "source_name", "editor_in_charge", "issuing_body", "subject_category")
    return {name: word(kind, shelf.code) for name in names} | {"body": [("article", article)]}


def make_pages(shelf: Shelf) -> None:
    """One page in each state, two revisions each."""
    unit, pages = shelf.department, shelf.pages
    reviewer, reason = f"{shelf.code}-review", word("draft", shelf.code)
    later = timezone.now() + datetime.timedelta(hours=6)
    pages["draft"] = second(shelf, draft(shelf, "draft", "draft"))
    pages["submitted"] = f.hand_in(second(shelf, draft(shelf, "submitted", "draft")))
    pages["returned"] = f.act(
        f.hand_in(second(shelf, draft(shelf, "returned", "draft"))), reviewer, "reject", comment=reason
    )
    pages["reviewed"] = f.act(f.hand_in(second(shelf, draft(shelf, "reviewed", "draft"))), reviewer)
    pages["scheduled"] = f.make_public(f.save_draft(draft(shelf, "scheduled", "draft"), go_live_at=later))
    pages["live"] = f.make_public(second(shelf, draft(shelf, "live", "public"), kind="public"))
    pages["repealed"] = repealed(shelf)
    guide = f.make_guide(
        unit,
        title=word("public", shelf.code),
        materials=[("material", f.material("申请表", blank_form=shelf.files["public"]))],
    )
    pages["guide"] = f.make_public(guide)
    secret_form = [("material", f.material(word("draft", shelf.code), blank_form=shelf.files["secret"]))]
    for name, facts in (("live", {}), ("guide", {"materials": secret_form})):
        pages[name] = f.save_draft(pages[name], **{"title": word("draft", shelf.code), "change_note": reason} | facts)
    pages["draft"] = f.save_draft(
        pages["draft"], body=[("attachments", [{"file": shelf.files["secret"], "label": reason}])]
    )
    # Nobody can lock a page by request; one that is locked shows whether somebody can unlock it.
    Page.objects.filter(pk=pages["scheduled"].pk).update(locked=True)
    for name, page in pages.items():
        pages[name] = type(page).objects.get(pk=page.pk)
        state = TaskState.objects.filter(workflow_state__object_id=str(page.pk)).order_by("-pk").first()
        if state:
            shelf.task_states[name] = state


def draft(shelf: Shelf, name: str, kind: str) -> PolicyPage:
    """A document of which every word is a canary, with its own change."""
    facts = texts(shelf, kind)
    change = f.make_change(shelf.department, title=facts["title"], evidence=word("change", shelf.code))
    shelf.changes[name] = change
    return f.make_document(shelf.department, change=change, **facts)


def second(shelf: Shelf, page: PolicyPage, kind: str = "draft") -> PolicyPage:
    """The page with a second revision."""
    return f.save_draft(page, summary=word(kind, shelf.code))


def repealed(shelf: Shelf) -> PolicyPage:
    """A page that was public and is repealed; it stays readable (T12.5)."""
    page = f.make_public(draft(shelf, "repealed", "public"))
    change = f.make_change(
        shelf.department, kind=ChangeKind.REPEALED, title=page.title, evidence=word("change", shelf.code)
    )
    facts = {
        "change": change,
        "document_status": DocumentStatus.REPEALED,
        "repealed_on": timezone.localdate() - datetime.timedelta(days=1),
        "repeal_reason": word("public", shelf.code),
    }
    return f.make_public(f.save_draft(page, **facts))


def make_filing(shelf: Shelf) -> None:
    """A change of person the bureau has not settled yet, and a change of policy no page carries out yet."""
    shelf.changes["open"] = f.make_change(
        shelf.department, title=word("change", shelf.code), evidence=word("change", shelf.code)
    )
    leaver = f.make_user(f"{shelf.code}-leaver")
    leaver.holder_name, leaver.phone = word("person", shelf.code), word("account", shelf.code)
    leaver.save()
    today = timezone.localdate()
    clock = {
        "department": shelf.department,
        "object_type": "accounts.accountfiling",
        "object_id": "",
        "object_label": word("filing", shelf.code),
        "trigger_date": today - datetime.timedelta(days=1),
        "basis": "人员变更",
        "actor": shelf.editor,
    }
    shelf.filing = AccountFiling.objects.create(
        department=shelf.department,
        leaver=leaver,
        leaver_name=leaver.holder_name,
        newcomer_name=word("filing", shelf.code),
        newcomer_phone=word("filing", shelf.code),
        changed_on=today,
        reason=word("filing", shelf.code),
        filed_by=shelf.editor,
        filed_at=timezone.now(),
        filing_clock=finish_clock(
            clock=start_clock(code=DutyCode.FILE_ACCOUNT, **clock), at=timezone.now(), actor=shelf.editor
        ),
        completion_clock=start_clock(code=DutyCode.COMPLETE_FILING, **clock),
    )


def make_window_notice(shelf: Shelf) -> None:
    """The department told the bureau that a window is decided; nobody signed for it yet."""
    today, label = timezone.localdate(), word("window", shelf.code)
    clock = start_clock(
        code=DutyCode.NOTIFY_WINDOW,
        department=shelf.department,
        object_type="policy_pages.windownotice",
        object_id="",
        object_label=label,
        trigger_date=today,
        basis="期限确定之日",
        actor=shelf.editor,
    )
    shelf.window_notice = WindowNotice.objects.create(
        department=shelf.department,
        guide_id=shelf.pages["draft"].pk,
        title=label,
        decided_on=today,
        window_start=today,
        window_end=today + datetime.timedelta(days=30),
        clock=finish_clock(clock=clock, at=timezone.now(), actor=shelf.editor),
        notified_by=shelf.editor,
        notified_at=timezone.now(),
    )


def make_late_reason(shelf: Shelf) -> None:
    """A change long overdue, whose reason waits for the bureau."""
    title = word("change", shelf.code)
    change = f.make_change(shelf.department, days_ago=60, title=title, evidence=word("change", shelf.code))
    shelf.changes["late"] = change
    shelf.late_reason = LateReason.objects.create(
        change=change, text=word("late", shelf.code), written_by=shelf.editor, written_at=timezone.now()
    )


def make_correction(department: Department, path: str, name: str) -> CorrectionTicket:
    """A visitor found something wrong and said how to reach him; nobody answered yet."""
    page = NamedPage(path, name, department)
    return receive_ticket(report=Report(page, "wording", name, place=name, contact=word("contact", department.code)))


def make_recovery(shelf: Shelf) -> None:
    """Two without a role have bound a factor; one lost his phone: the system administrator asked for the reset, nobody confirmed it."""
    for name in ("lost", "bound"):
        account = f.make_user(f"{shelf.code}-{name}")
        account.holder_name, account.phone = word("recovery", shelf.code), word("account", shelf.code)
        account.save()
        TOTPDevice.objects.create(user=account, name="动态口令", confirmed=True)
    shelf.recovery = ask_recovery(
        user=f.user(f"{shelf.code}-lost"), reason=word("recovery", shelf.code), actor=f.user("sys-admin")
    )
