"""The whole demo, in one transaction: units, people, policies through the real workflow, changes on time and late."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from wagtail.models import Page

from audit.models import Event
from audit.services import current_calendar, record
from policy_pages.demo import filling, notation, people
from policy_pages.demo.carrying import Carrier
from policy_pages.demo.content import UNITS
from policy_pages.demo.dates import DemoDays, in_words
from policy_pages.demo.drafting import Desk
from policy_pages.demo.handovers import seed_filings
from policy_pages.demo.reports import seed_corrections, seed_site
from policy_pages.enums import ChangeKind, ChangeSubject, DocumentStatus, TriggerBasis
from policy_pages.models import ChangeRecord
from policy_pages.services.lateness import is_late, publish_reason, write_reason
from policy_pages.services.register import correct_trigger, register_change

if TYPE_CHECKING:
    from policy_pages.demo.notation import Amendment, Document, Guide, Interpretation, OpenChange, Repeal
    from policy_pages.models import PolicyDocumentPage

#: Event that says the demo stands; nothing is seeded twice.
SEEDED = "demo.seeded"


@dataclass(frozen=True)
class SeedReport:
    """What one run did; `was_there` means nothing at all."""

    was_there: bool
    units: int = 0
    documents: int = 0
    guides: int = 0
    interpretations: int = 0


def is_seeded() -> bool:
    """Whether the demo stands already: one look at the event chain."""
    return Event.objects.filter(action=SEEDED).exists()


def seed(today: datetime.date | None = None) -> SeedReport:
    """Seed the demo, once: a second call changes nothing. All or nothing: one transaction, ended by `demo.seeded`.

    Writes departments, accounts, files and pages, carries them through `submit` and `decide`, and registers changes
    with their clocks; every one of those services writes its own events.
    """
    if is_seeded():
        return SeedReport(was_there=True)
    with transaction.atomic():
        return Seeding(today or timezone.localdate()).run()


class Seeding:
    """One run; remembers the documents by key, so that guides, successors and interpretations find them."""

    def __init__(self, today: datetime.date) -> None:
        self.days = DemoDays(today, current_calendar())
        self.almanac = filling.Almanac(self.days)
        self.documents: dict[str, PolicyDocumentPage] = {}
        self.sources: dict[str, Document] = {}

    def run(self) -> SeedReport:
        """Everything, in the order in which one thing rests on another."""
        self._open()
        self._publish_documents()
        for unit in UNITS:
            for guide in unit.guides:
                self._guide(self.desks[unit.code], guide)
            for interpretation in unit.interpretations:
                self._interpretation(self.desks[unit.code], interpretation)
        for unit in UNITS:
            for amendment in unit.amendments:
                self._amend(self.desks[unit.code], amendment)
            for repeal in unit.repeals:
                self._repeal(self.desks[unit.code], repeal)
            for change in unit.open_changes:
                self._register_open(self.desks[unit.code], change)
            for document in unit.documents:
                self._explain(self.desks[unit.code], document)
        seed_filings(self.days, self.hashed)
        seed_corrections(self.days)
        seed_site()
        report = SeedReport(
            was_there=False,
            units=len(UNITS) + 1,
            documents=len(self.documents),
            guides=sum(len(unit.guides) for unit in UNITS),
            interpretations=sum(len(unit.interpretations) for unit in UNITS),
        )
        record(action=SEEDED, payload={"documents": report.documents, "guides": report.guides})
        return report

    def _open(self) -> None:
        self.hashed = people.hashed_password()
        people.open_bureau(self.hashed)
        departments = {unit.code: people.open_unit(unit, self.hashed) for unit in UNITS}
        self.carrier = Carrier()
        self.almanac.add([document for unit in UNITS for document in unit.documents])
        self.desks = {
            unit.code: Desk(
                unit=unit,
                department=departments[unit.code],
                editor=self.carrier.editor(unit.code),
                almanac=self.almanac,
            )
            for unit in UNITS
        }

    # --- First versions ------------------------------------------------------------------------------

    def _publish_documents(self) -> None:
        entries = [(unit.code, document) for unit in UNITS for document in unit.documents]
        for code, document in sorted(entries, key=lambda entry: self.almanac.facts[entry[1].key].issued):
            self._document(self.desks[code], document)

    def _document(self, desk: Desk, document: Document) -> None:
        facts = self.almanac.facts[document.key]
        change = None
        if document.workdays_ago is not None:
            change = self._register(
                desk,
                title=facts.title,
                doc_number=facts.number,
                trigger_date=facts.issued,
                evidence=f"{facts.number}印发件，版记载明{in_words(facts.issued)}印发。",
            )
        page = desk.draft_document(document, change)
        self.carrier.carry(page, document.topics, until=document.state, reason=document.reason)
        self.documents[document.key] = page
        self.sources[document.key] = document

    def _guide(self, desk: Desk, guide: Guide) -> None:
        change = None
        if guide.change_ago is not None:
            signed = self.days.back(guide.change_ago)
            change = self._register(
                desk,
                title=self.almanac.fill(guide.title, self.almanac.guide_words(guide)),
                trigger_date=signed,
                evidence=f"申报通知发文稿纸，局领导于{in_words(signed)}签发。",
                subject=ChangeSubject.GUIDE,
                trigger_basis=TriggerBasis.OTHER,
            )
        page = desk.draft_guide(guide, self.documents, change)
        self.carrier.carry(page, guide.topics, until=guide.state, reason=guide.reason)

    def _interpretation(self, desk: Desk, interpretation: Interpretation) -> None:
        page = desk.draft_interpretation(interpretation, self.documents)
        self.carrier.carry(page, interpretation.topics, until=interpretation.state)

    # --- Second versions, and what is still owed -------------------------------------------------------

    def _amend(self, desk: Desk, amendment: Amendment) -> None:
        page = self._latest(amendment.document)
        wordings = notation.articles(amendment.articles)
        for block in page.body:
            if block.block_type == "article" and block.value["number"] in wordings:
                field = block.block.child_blocks["text"]
                block.value["text"] = field.normalize(filling.rich(wordings[block.value["number"]]))
        page.document_status = DocumentStatus.AMENDED
        page.summary = amendment.summary or page.summary
        page.change_note = amendment.note
        page.change = self._register(
            desk,
            kind=ChangeKind.AMENDED,
            title=page.title,
            doc_number=page.doc_number,
            trigger_date=self.days.back(amendment.workdays_ago),
            evidence=amendment.evidence,
        )
        self._carry_again(desk, page, amendment.document)

    def _repeal(self, desk: Desk, repeal: Repeal) -> None:
        page = self._latest(repeal.document)
        decided = self.days.back(repeal.workdays_ago)
        successor = self.almanac.cite(repeal.successor)
        page.document_status = DocumentStatus.REPEALED
        page.repealed_on = decided
        page.repeal_reason = repeal.reason.replace("{替代}", successor)
        page.successor = self.documents[repeal.successor]
        page.change_note = f"自{in_words(decided)}起废止，由{successor}接替。"
        page.change = self._register(
            desk,
            kind=ChangeKind.REPEALED,
            title=page.title,
            doc_number=page.doc_number,
            trigger_date=decided,
            trigger_basis=TriggerBasis.REPEAL_DECISION,
            evidence=repeal.evidence.replace("{替代}", successor),
        )
        self._carry_again(desk, page, repeal.document)

    def _register_open(self, desk: Desk, change: OpenChange) -> None:
        trigger = self.days.back(change.workdays_ago)
        words = {"年": str(trigger.year), "印发": in_words(trigger)}
        registered = self._register(
            desk,
            kind=ChangeKind(change.kind),
            subject=ChangeSubject(change.subject),
            title=self.almanac.fill(change.title, words),
            trigger_date=trigger if not change.corrected_from else self.days.back(change.corrected_from),
            evidence=self.almanac.fill(change.evidence, words),
        )
        if change.corrected_from:
            moderator = self.carrier.users[people.MODERATOR]
            correct_trigger(change=registered, trigger_date=trigger, reason=change.correction, actor=moderator)

    def _explain(self, desk: Desk, document: Document) -> None:
        """Write why a document was late, and agree to it. In a year without a calendar nothing is late."""
        if not document.late_reason:
            return
        waiting, text = notation.marked(document.late_reason)
        change = ChangeRecord.objects.get(pk=self.documents[document.key].change_id)
        if not is_late(change):
            return
        reason = write_reason(change=change, text=text, actor=desk.editor)
        if not waiting:
            publish_reason(reason=reason, text=reason.text, actor=self.carrier.users[people.MODERATOR])

    def _register(self, desk: Desk, *, kind: ChangeKind = ChangeKind.CREATED, **facts: Any) -> ChangeRecord:
        return register_change(department=desk.department, kind=kind, actor=desk.editor, **facts)

    def _latest(self, key: str) -> PolicyDocumentPage:
        return Page.objects.get(pk=self.documents[key].pk).specific.get_latest_revision_as_object()

    def _carry_again(self, desk: Desk, page: PolicyDocumentPage, key: str) -> None:
        page.save_revision(user=desk.editor)
        self.carrier.carry(page, self.sources[key].topics)
