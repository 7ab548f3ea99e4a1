"""From the notation to page fields: words in braces, rows, blocks. Needs the models' enums, not the database."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

from policy_pages.demo import notation
from policy_pages.demo.dates import DemoDays, in_words, serial_on, years_later
from policy_pages.enums import ConditionKind, MaterialForm, MaterialNecessity, MaterialSource, StepKind

if TYPE_CHECKING:
    from policy_pages.demo.notation import Document, Guide

REFERENCE = re.compile(r"\{文:([\w-]+)\}")
CONDITIONS = {"": ConditionKind.THRESHOLD, "加成": ConditionKind.BONUS, "裁量": ConditionKind.DISCRETION}
STEPS = {"": StepKind.ORDINARY, "公示": StepKind.NOTICE, "评审": StepKind.EXPERT, "核查": StepKind.INSPECTION}
NECESSITIES = {"可选": MaterialNecessity.OPTIONAL, "容缺": MaterialNecessity.DEFERRED}
FORMS = {"原件": MaterialForm.ORIGINAL, "复印件": MaterialForm.COPY, "电子件": MaterialForm.ELECTRONIC}
SOURCES = {"核发": MaterialSource.GOVERNMENT, "共享": MaterialSource.SHARED}


@dataclass(frozen=True)
class Facts:
    """Dates, number and title of one document on the day of the run."""

    title: str
    number: str
    written: datetime.date
    issued: datetime.date
    effective: datetime.date | None
    expires: datetime.date | None


@dataclass
class Almanac:
    """Everything that depends on the day of the run, worked out once for all documents."""

    days: DemoDays
    facts: dict[str, Facts] = field(default_factory=dict)
    _taken: dict[tuple[str, int], set[int]] = field(default_factory=dict)

    def add(self, documents: list[Document]) -> None:
        """Work out the facts of documents, oldest first, so that serials follow dates."""
        for document in sorted(documents, key=self.issued):
            self.facts[document.key] = self._facts(document)

    def issued(self, document: Document) -> datetime.date:
        """印发日期."""
        if document.workdays_ago is not None:
            return self.days.back(document.workdays_ago)
        return self.days.ago(document.days_ago or 0)

    def _facts(self, document: Document) -> Facts:
        issued = self.issued(document)
        every = 9 + sum(map(ord, document.organ)) % 17  # offices write at their own pace
        serial = serial_on(issued, self._taken.setdefault((document.organ, issued.year), set()), every)
        effective = None if document.effective is None else issued + datetime.timedelta(days=document.effective)
        return Facts(
            title=self.fill(document.title, _year_words(issued.year)),
            number=f"{document.organ}〔{issued.year}〕{serial}号",
            written=self.days.workday_until(issued - datetime.timedelta(days=1)),
            issued=issued,
            effective=effective,
            expires=years_later(effective, document.years) if effective and document.years else None,
        )

    # --- Words --------------------------------------------------------------------------------------

    def document_words(self, key: str) -> dict[str, str]:
        """Words in braces of a document."""
        facts = self.facts[key]
        return {
            **_year_words(facts.issued.year),
            "印发": in_words(facts.issued),
            "施行": in_words(facts.effective) if facts.effective else "",
            "失效": in_words(facts.expires) if facts.expires else "",
        }

    def guide_words(self, guide: Guide) -> dict[str, str]:
        """Words in braces of a guide; the year is that of the first day of its window."""
        window = self.window(guide)
        start, end = window.get("window_start"), window.get("window_end")
        year = (start or self.days.today).year
        words = _year_words(year)
        return {**words, "开始": in_words(start), "截止": in_words(end)} if start and end else words

    def fill(self, text: str, words: dict[str, str]) -> str:
        """Replace the words in braces, and references to other documents by title and number."""
        for name, value in words.items():
            text = text.replace(f"{{{name}}}", value)
        return REFERENCE.sub(lambda match: self.cite(match[1]), text)

    def cite(self, key: str) -> str:
        """《title》（文号）."""
        facts = self.facts[key]
        return f"《{facts.title}》（{facts.number}）"

    def window(self, guide: Guide) -> dict[str, Any]:
        """Type and dates of a guide's window."""
        if guide.window == "常年":
            return {"window_type": "year_round"}
        if guide.window == "待定":
            return {"window_type": "window_pending"}
        start, end = (int(part) for part in guide.window.split())
        return {
            "window_type": "fixed_window",
            "window_start": self.days.ahead(start),
            "window_end": self.days.ahead(end),
        }


def _year_words(year: int) -> dict[str, str]:
    return {"年": str(year), "上年": str(year - 1), "下年": str(year + 1)}


def rich(paragraphs: list[str]) -> str:
    """Paragraphs as the editor stores them."""
    return "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)


def body_blocks(text: str) -> list[tuple[str, Any]]:
    """A text as values of the body's StreamField."""
    blocks: list[tuple[str, Any]] = []
    for kind, value in notation.body(text):
        if kind == "article":
            blocks.append((kind, {"number": value["number"], "text": rich(value["paragraphs"])}))
        elif kind == "paragraph":
            blocks.append((kind, rich(value["paragraphs"])))
        elif kind == "sheet":
            cells = "\n".join("\t".join(row) for row in value["rows"])
            blocks.append((kind, {"caption": value["caption"], "has_header": True, "cells": cells}))
        else:
            blocks.append((kind, value))
    return blocks


def condition_rows(text: str) -> list[tuple[str, dict]]:
    """申报条件."""
    rows = []
    for line in notation.lines(text):
        mark, rest = notation.marked(line)
        words, clause = notation.cells(rest, 2)
        rows.append(("condition", {"text": words, "kind": CONDITIONS[mark], "clause": clause}))
    return rows


def material_rows(text: str, files: dict[str, tuple[Any, Any]]) -> list[tuple[str, dict]]:
    """申报材料; `files` gives blank form and sample of a key."""
    return [("material", _material(notation.cells(line, 3), files)) for line in notation.lines(text)]


def _material(cells: list[str], files: dict[str, tuple[Any, Any]]) -> dict:
    name, flags, note = cells
    row: dict[str, Any] = {
        "name": name,
        "necessity": MaterialNecessity.REQUIRED,
        "form": MaterialForm.ELECTRONIC,
        "copies": 1,
        "source": MaterialSource.SELF,
        "note": note,
    }
    for flag in flags.split():
        if flag.startswith("表:"):
            row["blank_form"], row["sample_form"] = files[flag.removeprefix("表:")]
        elif flag.endswith("份"):
            row["copies"] = int(flag.removesuffix("份"))
        elif flag in NECESSITIES:
            row["necessity"] = NECESSITIES[flag]
        elif flag in FORMS:
            row["form"] = FORMS[flag]
        else:
            row["source"] = SOURCES[flag]
    return row


def step_rows(text: str) -> list[tuple[str, dict]]:
    """办理流程."""
    rows = []
    for line in notation.lines(text):
        mark, rest = notation.marked(line)
        name, actor, limit, description = notation.cells(rest, 4)
        value = {"name": name, "actor": actor, "limit": limit, "kind": STEPS[mark], "description": description}
        rows.append(("step", value))
    return rows


def hotline_rows(text: str) -> list[tuple[str, dict]]:
    """咨询电话."""
    rows = []
    for line in notation.lines(text):
        number, contact, hours = notation.cells(line, 3)
        hours = hours or "工作日 9:00–12:00，13:30–17:00"
        rows.append(("hotline", {"number": number, "contact": contact, "hours": hours}))
    return rows


def question_rows(text: str) -> list[tuple[str, dict]]:
    """常见问题."""
    pairs = (notation.cells(line, 2) for line in notation.lines(text))
    return [("question", {"question": question, "answer": answer}) for question, answer in pairs]
