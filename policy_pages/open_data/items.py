"""One public page with everything that the public may know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policy_pages import enums
from policy_pages.models import (
    POLICY_PAGE_TYPES,
    ApplicationGuidePage,
    InterpretationPage,
    PolicyDocumentPage,
    PublicationRecord,
)
from policy_pages.open_data.answers import instant
from policy_pages.open_data.sets import TYPE_WORDS, addresses, license_facts, word
from policy_pages.open_data.texts import PublicFiles, PublicLinks, body_blocks
from policy_pages.templatetags.public import clause_anchor, source_of
from policy_pages.templatetags.reading import bases_of, explained_by, related_to, verdicts_of
from policy_pages.views.rows import listed_pages, of_any_type

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable

    from wagtail.blocks import StreamValue

    from policy_pages.models import PolicyPage
    from policy_pages.templatetags.reading import VerdictLine
    from policy_pages.views.rows import Row

Data = dict[str, Any]


def find_page(department: str, slug: str) -> PolicyPage | None:
    """The public page of that address, with its unit, listing and terms; None where there is none."""
    units = listed_pages().annotate(unit=of_any_type("department__code"))
    pk = units.filter(slug=slug, unit=department).values_list("pk", flat=True).first()
    for model in sorted(POLICY_PAGE_TYPES, key=lambda model: not slug.startswith(f"{model.slug_prefix}-")):
        pages = model.objects.filter(pk=pk, live=True).select_related("department", "listing__category")
        page = pages.prefetch_related("listing__terms").first() if pk else None
        if page is not None:
            return page
    return None


def item(page: PolicyPage, today: datetime.date) -> Data:
    """All public facts of a page, as they stand on a day (in Shanghai)."""
    files, links = PublicFiles(page), PublicLinks(page)
    return {
        "license": license_facts(),
        "status_on": today.isoformat(),
        "id": page.pk,
        "type": TYPE_WORDS[page._meta.model_name],
        "title": page.title,
        **addresses(page.department.code, page.slug),
        "summary": page.summary,
        "department": {"code": page.department.code, "name": page.department.name},
        **_listing(page),
        "published_at": instant(page.first_published_at),
        "updated_at": instant(page.last_published_at),
        "change_note": page.change_note,
        "source": {"name": source_of(page), "url": page.source_url or None, "id": page.source_id},
        "is_stock": page.is_stock,
        "editor_in_charge": page.editor_in_charge,
        **_own_facts(page, files, today),
        "body": body_blocks(page.body, links, files),
        "attachments": files.all(),
        "versions": _versions(page),
        "verdicts": [_verdict(line) for line in verdicts_of(page)],
    }


def _listing(page: PolicyPage) -> Data:
    listing = page.listing
    order = list(enums.VocabularyCode)
    terms = sorted(listing.terms.all(), key=lambda term: (order.index(term.vocabulary), term.position, term.code))
    return {
        "category": {"code": listing.category.code, "name": listing.category.name},
        "route": word(listing.route, enums.ApplicationRoute),
        "terms": [{"vocabulary": term.vocabulary, "code": term.code, "name": term.name} for term in terms],
    }


def _own_facts(page: PolicyPage, files: PublicFiles, today: datetime.date) -> Data:
    """What only the page's type has: under its name; the other two are null."""
    facts: Data = {"document": None, "guide": None, "interpretation": None}
    if isinstance(page, PolicyDocumentPage):
        facts["document"] = _document(page)
    elif isinstance(page, ApplicationGuidePage):
        facts["guide"] = _guide(page, files, today)
    elif isinstance(page, InterpretationPage):
        documents = [document.pk for document in explained_by(page)]
        facts["interpretation"] = {"author": page.author, "explains": _public(documents)}
    return facts


# --- Documents ------------------------------------------------------------------------------------------------


def _document(page: PolicyDocumentPage) -> Data:
    related = related_to(page)
    has_lapsed = page.is_ended and page.document_status not in enums.ENDED_STATUSES
    status = enums.DocumentStatus.EXPIRED if has_lapsed else page.document_status
    return {
        "doc_number": page.doc_number,
        "index_number": page.index_number,
        "issuing_body": page.issuing_body,
        "written_on": _day(page.written_on),
        "issued_on": _day(page.issued_on),
        "effective_on": _day(page.effective_on),
        "expires_on": _day(page.expires_on),
        "subject_category": page.subject_category,
        "genre": word(page.genre, enums.DocumentGenre),
        "status": word(status, enums.DocumentStatus),
        "repealed_on": _day(page.repealed_on),
        "repeal_reason": page.repeal_reason,
        "successor": _row(related.successor) if related.successor else None,
        "predecessors": [_row(row) for row in before(page.pk, related.chain)],
        "guides": [_row(row) for row in related.guides],
        "interpretations": [_row(row) for row in related.interpretations],
    }


def before(pk: int, chain: list[Row]) -> list[Row]:
    """Of a whole succession, earliest first, the documents that came before this one."""
    places = [row.pk for row in chain]
    return chain[: places.index(pk)] if pk in places else []


def _row(row: Row) -> Data:
    unit, slug = row.url.strip("/").split("/")[1:3]
    return {"id": row.pk, "type": TYPE_WORDS[row.type], "title": row.title, **addresses(unit, slug)}


def _public(documents: Iterable[int]) -> list[Data]:
    """Those documents of them that are public, in the order given. Two queries."""
    wanted = list(documents)
    pages = listed_pages().filter(pk__in=wanted).order_by()
    found = {
        pk: {"id": pk, "type": "document", "title": title, **addresses(unit, slug)}
        for pk, title, unit, slug in pages.values_list("pk", "title", of_any_type("department__code"), "slug")
    }
    return [found[pk] for pk in dict.fromkeys(wanted) if pk in found]


# --- Guides ---------------------------------------------------------------------------------------------------


def _guide(page: ApplicationGuidePage, files: PublicFiles, today: datetime.date) -> Data:
    bases = bases_of(page)  # first: the window's status reads the same rows
    return {
        "service_object": page.service_object,
        "applicable_scope": page.applicable_scope,
        "item_code": page.item_code,
        "window": _window(page, today),
        "support_mode": page.support_mode,
        "amount_text": page.amount_text,
        "amount_max": _money(page.amount_max),
        "annual_budget": _money(page.annual_budget),
        "payment_limit": page.payment_limit,
        "fee": page.fee,
        "elements": _elements(page, files),
        "missing_elements": page.missing_elements(),
        "refusal_cases": page.refusal_cases,
        "statutory_limit": _limit(page.statutory_limit, page.statutory_unit, ""),
        "result_name": page.result_name,
        "handling_unit": page.handling_unit,
        "co_issuers": page.co_issuers,
        "complaint_phone": page.complaint_phone,
        "apply_url": page.apply_url or None,
        "address": page.address,
        "office_hours": page.office_hours,
        "visits": page.visits,
        "questions": [_texts(row, "question", "answer") for row in page.questions],
        "remedies": page.remedies,
        "bases": _bases(bases),
        "other_bases": [line.strip() for line in page.basis_text.splitlines() if line.strip()],
    }


def _window(page: ApplicationGuidePage, today: datetime.date) -> Data:
    return {
        "type": word(page.window_type, enums.WindowType),
        "first_day": _day(page.window_start),
        "last_day": _day(page.window_end),
        "note": page.window_note,
        "status": word(page.window_status(today), enums.WindowStatus),
    }


def _elements(page: ApplicationGuidePage, files: PublicFiles) -> Data:
    """The six elements of A10, in the order of the page."""
    return {
        "conditions": [
            {**_texts(row, "text", "clause"), "kind": word(row.value["kind"], enums.ConditionKind)}
            for row in page.conditions
        ],
        "no_materials": page.no_materials,
        "materials": _materials(page.materials, files),
        "steps": [
            {**_texts(row, "name", "actor", "limit", "description"), "kind": word(row.value["kind"], enums.StepKind)}
            for row in page.steps
        ],
        "promised_limit": _limit(page.promised_limit, page.promised_unit, page.promised_note),
        "responsible_division": page.responsible_division,
        "hotlines": [_texts(row, "number", "contact", "hours") for row in page.hotlines],
    }


def _materials(materials: StreamValue, files: PublicFiles) -> list[Data]:
    return [
        {
            **_texts(row, "name", "note"),
            "necessity": word(row.value["necessity"], enums.MaterialNecessity),
            "form": word(row.value["form"], enums.MaterialForm),
            "copies": row.value["copies"],
            "source": word(row.value["source"], enums.MaterialSource),
            "blank_form": files.one(row.value["blank_form"]),
            "sample_form": files.one(row.value["sample_form"]),
        }
        for row in materials
    ]


def _texts(row: Any, *names: str) -> Data:
    return {name: row.value[name] or "" for name in names}


def _limit(number: int | None, unit: str, note: str) -> Data | None:
    return None if number is None else {"number": number, "unit": word(unit, enums.LimitUnit), "note": note}


def _bases(bases: Iterable[Any]) -> list[Data]:
    """The public documents a guide rests on, each with the clause and where the page has it."""
    rows = list(bases)
    known = {told["id"]: told for told in _public([row.document_id for row in rows])}
    return [
        {**known[row.document_id], "clause": row.clause, "anchor": clause_anchor(row.clause).removeprefix("#")}
        for row in rows
        if row.document_id in known
    ]


# --- History --------------------------------------------------------------------------------------------------


def _versions(page: PolicyPage) -> list[Data]:
    """Every publication, oldest first; the content itself is not read."""
    records = PublicationRecord.objects.filter(page_id=page.pk).order_by("version")
    names = ("version", "kind", "published_at", "content_hash", "change_note")
    return [
        {
            **record,
            "kind": word(record["kind"], enums.PublicationKind),
            "published_at": instant(record["published_at"]),
        }
        for record in records.values(*names)
    ]


def _verdict(line: VerdictLine) -> Data:
    """Whether one change went public within the limit (A12): the code, and the sentence of the page."""
    return {
        "change": word(line.change.kind, enums.ChangeKind),
        "code": line.code,
        "sentence": line.sentence,
        "trigger_date": _day(line.change.clock.trigger_date),
        "due_on": _day(line.change.clock.due_on),
        "settled_at": instant(line.finished_at),
        "late_reason": line.reason,
        "correction": line.correction,
    }


def _day(day: datetime.date | None) -> str | None:
    return day.isoformat() if day else None


def _money(amount: Any) -> str | None:
    return None if amount is None else str(amount)
