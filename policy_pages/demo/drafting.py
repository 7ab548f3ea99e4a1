"""Drafts of the demo as a department's editor would save them: pages with their first revision, and their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile

from policy_pages.demo import filling, notation
from policy_pages.demo.dates import serial_on
from policy_pages.demo.files import make_file
from policy_pages.enums import DocumentStatus
from policy_pages.models import (
    ApplicationGuidePage,
    DepartmentSectionPage,
    ExplainedDocument,
    GuideBasis,
    InterpretationPage,
    PolicyDocumentPage,
    PolicyFile,
    PolicyPage,
)

if TYPE_CHECKING:
    import datetime

    from accounts.models import Department, User
    from policy_pages.demo.filling import Almanac, Facts
    from policy_pages.demo.notation import Document, Form, Guide, Interpretation, Unit

#: Plain fields of a guide: their name in the notation and on the page.
PAGE_NAMES = {
    "served": "service_object",
    "scope": "applicable_scope",
    "other_bases": "basis_text",
    "note": "window_note",
    "mode": "support_mode",
    "amount": "amount_text",
    "money": "amount_max",
    "budget": "annual_budget",
    "payment": "payment_limit",
    "refusals": "refusal_cases",
    "limit_note": "promised_note",
    "result": "result_name",
    "division": "responsible_division",
    "handling": "handling_unit",
    "partners": "co_issuers",
    "complaint": "complaint_phone",
    "address": "address",
    "hours": "office_hours",
    "visits": "visits",
    "remedies": "remedies",
}


class Desk:
    """One department's desk: its section, its editor, its files."""

    def __init__(self, *, unit: Unit, department: Department, editor: User, almanac: Almanac) -> None:
        self.unit = unit
        self.department = department
        self.editor = editor
        self.almanac = almanac
        self.section = DepartmentSectionPage.objects.get(pk=department.section_page_id)
        self.index_serials: dict[int, set[int]] = {}
        self.files = {form.key: self._files(form) for form in unit.forms}

    def draft_document(self, document: Document, change: Any) -> PolicyDocumentPage:
        """A document with its header and text."""
        facts, words = self.almanac.facts[document.key], self.almanac.document_words(document.key)
        page = PolicyDocumentPage(
            title=facts.title,
            doc_number=facts.number,
            index_number=self._index_number(facts.issued),
            issuing_body=document.issuing_body or self.unit.name,
            written_on=facts.written,
            issued_on=facts.issued,
            effective_on=facts.effective,
            expires_on=facts.expires,
            subject_category=document.subject,
            genre=document.genre,
            summary=self.almanac.fill(document.summary, words),
            editor_in_charge=document.division,
            document_status=self._status(facts),
            is_stock=document.workdays_ago is None,
            change=change,
        )
        page.body = filling.body_blocks(self.almanac.fill(document.text, words)) + self._attachments(document.files)
        return self._save(page)

    def draft_guide(self, guide: Guide, bases: dict[str, PolicyDocumentPage], change: Any) -> ApplicationGuidePage:
        """A guide with its rows; `bases` are the documents drafted before, by key."""

        def fill(text: str) -> str:
            return self.almanac.fill(text, words)

        words = self.almanac.guide_words(guide)
        rests_on = [notation.basis(line) for line in notation.lines(guide.bases)]
        limit, _, statutory = guide.limit.partition("/")
        facts = {PAGE_NAMES[name]: getattr(guide, name) for name in PAGE_NAMES} | self._place(guide)
        page = ApplicationGuidePage(
            title=fill(guide.title),
            summary=fill(guide.summary),
            editor_in_charge=guide.division,
            promised_limit=int(limit) if limit else None,
            statutory_limit=int(statutory) if statutory else None,
            no_materials=guide.topics.route == "no_application" and not guide.materials,
            is_stock=change is None and all(bases[key].is_stock for key, _clause in rests_on),
            change=change,
            apply_url=self._online(guide),
            **self.almanac.window(guide),
            **{name: fill(value) if isinstance(value, str) else value for name, value in facts.items()},
        )
        page.conditions = filling.condition_rows(fill(guide.conditions))
        page.materials = filling.material_rows(fill(guide.materials), self.files)
        page.steps = filling.step_rows(fill(guide.steps))
        page.hotlines = filling.hotline_rows(guide.hotlines)
        page.questions = filling.question_rows(fill(guide.questions))
        page.bases = [
            GuideBasis(document=bases[key], clause=clause, sort_order=order)
            for order, (key, clause) in enumerate(rests_on)
        ]
        return self._save(page)

    def _online(self, guide: Guide) -> str:
        """Where one applies on the web; nowhere for what comes by itself."""
        return "" if guide.topics.route == "no_application" else f"{self.unit.online}{guide.key}/"

    def _place(self, guide: Guide) -> dict[str, str]:
        """The unit's counter and its hours, for a guide that is applied for and names no place of its own."""
        if guide.address or guide.topics.route == "no_application":
            return {}
        address, hours = notation.cells(self.unit.desk, 2)
        return {"address": address, "office_hours": hours}

    def draft_interpretation(
        self, interpretation: Interpretation, documents: dict[str, PolicyDocumentPage]
    ) -> InterpretationPage:
        """An interpretation of documents drafted before."""
        keys = interpretation.explains.split()
        words = self.almanac.document_words(keys[0])
        page = InterpretationPage(
            title=self.almanac.fill(interpretation.title, words),
            summary=self.almanac.fill(interpretation.summary, words),
            author=interpretation.author,
            editor_in_charge=interpretation.division,
        )
        page.body = filling.body_blocks(self.almanac.fill(interpretation.text, words))
        page.explained = [
            ExplainedDocument(document=documents[key], sort_order=order) for order, key in enumerate(keys)
        ]
        return self._save(page)

    def _index_number(self, issued: datetime.date) -> str:
        serial = serial_on(issued, self.index_serials.setdefault(issued.year, set()), 1)
        return f"{self.unit.index_prefix}/{issued.year}-{serial:05d}"

    def _status(self, facts: Facts) -> DocumentStatus:
        is_over = facts.expires is not None and facts.expires < self.almanac.days.today
        return DocumentStatus.EXPIRED if is_over else DocumentStatus.IN_FORCE

    def _save(self, page: PolicyPage) -> Any:
        page.live = False
        page.owner = self.editor
        self.section.add_child(instance=page)
        page.save_revision(user=self.editor)
        return page

    def _attachments(self, keys: str) -> list[tuple[str, Any]]:
        rows = [{"file": self.files[key][0], "label": ""} for key in keys.split()]
        return [("attachments", rows)] if rows else []

    def _files(self, form: Form) -> tuple[PolicyFile, PolicyFile]:
        """Blank form and filled-in sample of one form."""
        filled = [(label, value) for label, value in (notation.cells(line, 2) for line in notation.lines(form.rows))]
        blank = [(label, "") for label, _value in filled]
        return self._upload(form, form.title, blank), self._upload(form, f"{form.title}（样表）", filled)

    def _upload(self, form: Form, title: str, rows: list[tuple[str, str]]) -> PolicyFile:
        file = PolicyFile(
            title=title,
            file=ContentFile(make_file(form.kind, title, rows), name=f"{title}.{form.kind}"),
            collection=self.department.collection,
            uploaded_by_user=self.editor,
        )
        file._set_document_file_metadata()
        file.save()
        return file
