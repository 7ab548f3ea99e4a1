"""An unsaved draft page for a record.

Nothing is filled in that the source does not say; what is too long for its field stays whole in the text.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, URLValidator
from django.utils.translation import gettext as _

from policy_pages.enums import (
    DocumentGenre,
    DocumentStatus,
    MaterialForm,
    MaterialNecessity,
    MaterialSource,
)
from policy_pages.imports import rules, texts
from policy_pages.imports.records import Record
from policy_pages.models import ApplicationGuidePage, GuideBasis, PolicyDocumentPage, PolicyPage

#: Reason of a repeal that the source states without saying when or why.
STATED_REPEAL = "来源标明已废止"
FACTS_HEADING = "以下为来源记载的要点，不是原文："
GENRES = {str(label): value for value, label in DocumentGenre.choices} | {"命令": "order", "令": "order"}


class _Fitter:
    """Fits texts into a model's fields and keeps whole what had to be shortened."""

    def __init__(self, model: type[PolicyPage]) -> None:
        self.model = model
        self.overflow: list[tuple[str, str]] = []

    def __call__(self, name: str, text: str) -> str:
        field = self.model._meta.get_field(name)
        if field.max_length is None or len(text) <= field.max_length:
            return text
        self.overflow.append((str(field.verbose_name), text))
        return rules.shorten(text, field.max_length)


def build_document(
    record: Record,
    *,
    stock: bool,
    successor: PolicyDocumentPage | None = None,
    repeal: tuple[datetime.date, str] | None = None,
) -> PolicyDocumentPage:
    """A policy document; `successor` replaces it, `repeal` is day and reason where the successor's text states them."""
    fit = _Fitter(PolicyDocumentPage)
    page = PolicyDocumentPage(**_common(record, fit, stock))
    page.doc_number = record.number
    page.index_number = record.index_number
    page.issuing_body = record.organ
    page.written_on = record.written_on
    page.issued_on = record.issued_on
    page.effective_on = record.effective_on
    page.expires_on = record.expires_on
    page.subject_category = fit("subject_category", record.subject_category)
    page.genre = GENRES.get(record.genre, "")
    if record.genre and not page.genre:
        record.warnings.append(_("体裁“%(genre)s”不在十五种公文之列，未导入") % {"genre": record.genre})
    _set_status(page, record, fit, stock, repeal)
    page.successor = successor
    page.body = [*texts.blocks_of(record.body), *_remarks(record, fit)]
    return page


def _common(record: Record, fit: _Fitter, stock: bool) -> dict[str, Any]:
    return {
        "title": record.title,
        "live": False,
        "has_unpublished_changes": True,
        "is_stock": stock,
        "source_id": record.source_id,
        "source_name": fit("source_name", record.source_name),
        "source_url": _address(record, fit),
        "summary": fit("summary", record.summary),
    }


def _address(record: Record, fit: _Fitter) -> str:
    """The source's address; one that a browser cannot open goes into the text, never into a link."""
    url = record.source_url
    if not url:
        return ""
    try:
        URLValidator(schemes=["http", "https"])(url)
        MaxLengthValidator(PolicyPage._meta.get_field("source_url").max_length)(url)
    except ValidationError:
        record.warnings.append(_("原文网址“%(url)s”不是有效网址，已写入正文") % {"url": url})
        fit.overflow.append((_("原文网址"), url))
        return ""
    return url


def _set_status(
    page: PolicyDocumentPage,
    record: Record,
    fit: _Fitter,
    stock: bool,
    repeal: tuple[datetime.date, str] | None,
) -> None:
    page.document_status = record.status or DocumentStatus.UNSTATED
    if page.document_status != DocumentStatus.REPEALED:
        return
    day, reason = repeal or (None, STATED_REPEAL if stock else "")
    page.repealed_on = record.repealed_on or day
    page.repeal_reason = fit("repeal_reason", record.repeal_reason or reason)


def _remarks(record: Record, fit: _Fitter) -> list[texts.Block]:
    """Paragraphs for what a document has no field for; the whole official text holds its facts itself."""
    groups = [[FACTS_HEADING]] if record.facts and not record.is_full_text else []
    if groups:
        groups += [_labelled(label, entries) for label, entries in record.facts.items()]
    groups += [_labelled(label, text.split("\n")) for label, text in fit.overflow]
    return [("paragraph", texts.paragraphs(lines)) for lines in groups]


def _labelled(label: str, entries: list[str]) -> list[str]:
    return [f"{label}：{entries[0]}"] if len(entries) == 1 else [f"{label}：", *entries]


def build_guide(
    record: Record, *, stock: bool, own_names: Iterable[str], documents: Iterable[PolicyDocumentPage] = ()
) -> ApplicationGuidePage:
    """An application guide that rests on `documents`; `own_names` are those of the department it belongs to."""
    fit = _Fitter(ApplicationGuidePage)
    page = ApplicationGuidePage(**_common(record, fit, stock))
    page.service_object = fit("service_object", record.target)
    page.basis_text = fit("basis_text", "\n".join(_basis_lines(record, set(own_names))))
    page.window_type = record.window_type
    page.window_start = record.window_start
    page.window_end = record.window_end
    page.window_note = fit("window_note", record.window_note)
    page.amount_text = fit("amount_text", record.funding)
    page.fee = ""
    page.conditions = [("condition", {"text": text, "kind": "", "clause": ""}) for text in record.conditions]
    page.no_materials = record.no_materials
    page.materials = [("material", row) for text in record.materials for row in _material_rows(text)]
    page.steps = [("step", _step(text)) for text in record.steps]
    _set_limits(page, record, fit)
    page.responsible_division = fit("responsible_division", record.division)
    page.hotlines = [("hotline", _hotline(row)) for row in record.hotlines]
    page.body = texts.blocks_of(record.body) if record.body else []
    page.questions = [("question", row) for row in _questions(fit)]
    page.bases = [GuideBasis(document=document, sort_order=order) for order, document in enumerate(documents)]
    return page


def _basis_lines(record: Record, own_names: set[str]) -> list[str]:
    """The basis, and what a guide has no field for; a line each."""
    lines = list(record.basis)
    named = [
        ("发文机关", "" if record.organ in own_names else record.organ),
        ("文号", record.number),
        ("索引号", record.index_number),
        ("文件状态", record.status_text),
    ]
    dated = [
        ("成文日期", record.written_on),
        ("印发日期", record.issued_on),
        ("施行日期", record.effective_on),
        ("失效日期", record.expires_on),
    ]
    lines += [f"{label}：{text}" for label, text in named if text]
    return lines + [f"{label}：{day:%Y-%m-%d}" for label, day in dated if day]


def _material_rows(text: str) -> list[dict[str, Any]]:
    """Row of a material; its form, number and origin stay empty where the source does not say them.

    A name too long for its field goes on in the note, and in a further row if need be.
    """
    cells = [*rules.split_cells(text), "", "", "", "", ""][:6]
    name, rest = rules.cut(cells[0], 200)
    note, rest = rules.cut("\n".join(filter(None, [rest, cells[5]])), 300)
    row = {
        "name": name,
        "necessity": _code(MaterialNecessity, cells[1]),
        "form": _code(MaterialForm, cells[2]),
        "copies": int(cells[3]) if cells[3].isdecimal() and len(cells[3]) < 3 else None,
        "source": _code(MaterialSource, cells[4]),
        "note": note,
    }
    return [row, *(_material_rows(rest) if rest else [])]


def _code(choices: Any, label: str) -> str:
    return next((value for value, name in choices.choices if str(name) == label), "")


def _step(text: str) -> dict[str, Any]:
    cells = rules.split_cells(text)
    if len(cells) > 1:
        name, actor, limit, description = [*cells, "", "", ""][:4]
        description = "\n".join([part for part in (description, *cells[4:]) if part])
        if len(name) <= 100 and len(actor) <= 100 and len(limit) <= 60:
            return {"name": name, "actor": actor, "limit": limit, "kind": "", "description": description}
    name, description = rules.split_step(text)
    return {"name": name, "actor": "", "limit": "", "kind": "", "description": description}


def _set_limits(page: ApplicationGuidePage, record: Record, fit: _Fitter) -> None:
    page.promised_limit, page.promised_unit = record.promised.number, record.promised.unit
    page.statutory_limit, page.statutory_unit = record.statutory.number, record.statutory.unit
    notes = [record.promised.note]
    if record.statutory.note:
        notes.append(_("法定时限：%(note)s") % {"note": record.statutory.note})
    page.promised_note = fit("promised_note", "；".join(filter(None, notes)))


def _hotline(row: rules.Hotline) -> dict[str, str]:
    number, rest = rules.cut(row.number, 40)
    return {"number": number, "contact": f"{row.contact}{rest}"[:60], "hours": row.hours[:100]}


def _questions(fit: _Fitter) -> list[dict[str, str]]:
    """What was too long for its field, whole."""
    rows = [(_("“%(label)s”全文") % {"label": label}, text) for label, text in fit.overflow]
    return [{"question": question, "answer": answer} for question, answer in rows]
