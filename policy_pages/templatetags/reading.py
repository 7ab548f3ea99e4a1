"""What stands around a policy page: its contents, relatives and verdicts: `{% load reading %}`.

Every tag serves a live page in at most one or two queries, and an unsaved draft under preview without failing.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import template
from django.conf import settings
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.utils import timezone

from audit.enums import Outcome
from audit.services import current_calendar
from policy_pages.enums import OPEN_STATUSES
from policy_pages.models import (
    ApplicationGuidePage,
    ChangeRecord,
    ExplainedDocument,
    GuideBasis,
    InterpretationPage,
    PolicyDocumentPage,
)
from policy_pages.rules import anchor, articles_named, chapter_heading, succession
from policy_pages.services.corrections import corrections_of, was_corrected
from policy_pages.services.prepared import Prepared
from policy_pages.views.rows import DOCUMENT, GUIDE, INTERPRETATION, NEWEST_FIRST, Row, all_rows, row_values, rows
from policy_pages.views.verdicts import correction_sentence, event_words, public_reason, verdict_sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.utils.safestring import SafeString
    from wagtail.blocks import StreamValue

    from policy_pages.models import PolicyPage

register = template.Library()


# --- Contents ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """One block of a text with its anchor (empty for one that has none) and, if it is a chapter, its articles."""

    block: Any
    anchor: str
    label: str
    is_chapter: bool

    @property
    def html(self) -> SafeString:
        """The block as it is read, under its anchor."""
        return self.block.render({"anchor": self.anchor})


@dataclass(frozen=True)
class ContentsEntry:
    """One line of the contents: a chapter with its articles; articles before any chapter stand under an empty one."""

    chapter: Part | None
    articles: list[Part]


@register.filter
def parts(body: StreamValue) -> list[Part]:
    """The blocks of a text, each with an anchor no other has."""
    taken: set[str] = set()
    return [_part(block, taken) for block in body]


@register.filter
def contents(body_parts: list[Part]) -> list[ContentsEntry]:
    """Chapters and articles; empty when there are fewer than three, for then nobody needs them."""
    named = [part for part in body_parts if part.anchor]
    entries: list[ContentsEntry] = []
    for part in named:
        if part.is_chapter:
            entries.append(ContentsEntry(part, []))
            continue
        if not entries:
            entries.append(ContentsEntry(None, []))
        entries[-1].articles.append(part)
    return entries if len(named) > 2 else []


def _part(block: Any, taken: set[str]) -> Part:
    if block.block_type not in {"chapter", "article"}:
        return Part(block, "", "", False)
    is_chapter = block.block_type == "chapter"
    value = block.value
    label = chapter_heading(value["number"], value["title"]) if is_chapter else value["number"].strip()
    name = anchor(value["number"] or label) or block.block_type
    unique, serial = name, 1
    while unique in taken:
        serial += 1
        unique = f"{name}-{serial}"
    taken.add(unique)
    return Part(block, unique, label, is_chapter)


# --- Relatives --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Related:
    """The public pages around a document: made from it, explaining it, taking its place, replaced by it.

    `chain` is its whole succession, the earliest first, the document itself in it; empty for one that has none.
    `clauses` are the clauses that guides rest on: number of the guide, clause as typed.
    """

    guides: list[Row]
    interpretations: list[Row]
    successor: Row | None
    chain: list[Row]
    clauses: list[tuple[int, str]]


#: Every document before and after one, however far: UNION leaves out what is there already, so a circle ends.
_KIN = """
    WITH RECURSIVE
    later(id) AS (
        SELECT successor_id FROM policy_pages_policydocumentpage WHERE page_ptr_id = %s AND successor_id IS NOT NULL
        UNION SELECT d.successor_id FROM policy_pages_policydocumentpage d JOIN later ON d.page_ptr_id = later.id
        WHERE d.successor_id IS NOT NULL
    ),
    earlier(id) AS (
        SELECT page_ptr_id FROM policy_pages_policydocumentpage WHERE successor_id = %s
        UNION SELECT d.page_ptr_id FROM policy_pages_policydocumentpage d JOIN earlier ON d.successor_id = earlier.id
    )
    SELECT id FROM later UNION SELECT id FROM earlier
"""


@register.simple_tag
def related_to(document: PolicyDocumentPage) -> Related:
    """Everything public around a document, newest first, in two queries; nothing around an old version of it."""
    if document.pk is None or document.shown_version is not None:
        return Related([], [], None, [], [])
    today = timezone.localdate()
    numbers = {"document": document.pk, "successor": document.successor_id or 0}
    values = _AROUND.rows(today, settings.HUIQITONG_CLOSING_SOON_DAYS, **numbers)
    found = rows({value["pk"]: value for value in values}.values(), today)
    # Its own successor as it says itself: a draft under preview may name another than the public page.
    pairs = {**{one["pk"]: one["replaced_by"] for one in values}, document.pk: document.successor_id}
    steps = dict(succession([(old, new) for old, new in pairs.items() if new], document.pk))
    chain = sorted((row for row in found if row.pk in steps), key=lambda row: (steps[row.pk], row.published_at))
    return Related(
        guides=[row for row in found if row.type == GUIDE],
        interpretations=[row for row in found if row.type == INTERPRETATION],
        successor=next((row for row in chain if row.pk == document.successor_id), None),
        chain=chain if len(chain) > 1 else [],
        clauses=[(one["pk"], one["clause"]) for one in values if one["basis"] == document.pk],
    )


def _around(today: datetime.date, soon_days: int, document: int, successor: int) -> QuerySet:
    """The values of `rows` of every public page around a document; `soon_days` is what the settings say, read anew when it changes."""
    resting = GuideBasis.objects.filter(document=document).values("guide_id")
    explaining = ExplainedDocument.objects.filter(document=document).values("interpretation_id")
    kin = RawSQL(_KIN, [document, document])  # noqa: S611 -- names of ours and two numbers as parameters
    around = Q(pk__in=resting) | Q(pk__in=explaining) | Q(pk__in=kin) | Q(pk__in=[document, successor])
    pages = row_values(all_rows().filter(around).order_by(*NEWEST_FIRST), today)
    # A guide comes once for each document it rests on.
    basis = {"basis": F(f"page__{GUIDE}__bases__document"), "clause": F(f"page__{GUIDE}__bases__clause")}
    return pages.annotate(replaced_by=F(f"page__{DOCUMENT}__successor"), **basis)


_AROUND = Prepared(_around, document=int, successor=int)


@register.simple_tag
def guides_of_articles(body_parts: list[Part], related: Related) -> dict[str, list[Row]]:
    """By the anchor of an article, the public guides that rest on it (T10.5, the document's side of the clause)."""
    anchors = [part.anchor for part in body_parts if part.anchor and not part.is_chapter]
    guides = {row.pk: row for row in related.guides}
    found: dict[str, list[Row]] = {}
    for pk, clause in related.clauses if guides else []:
        for name in articles_named(clause, anchors):
            if pk in guides and guides[pk] not in found.setdefault(name, []):
                found[name].append(guides[pk])
    return found


@register.filter
def at(found: dict[str, Any], key: str) -> Any:
    """What stands under a key; None for nothing."""
    return found.get(key) if found else None


def _bases(guide: int) -> QuerySet:
    bases = GuideBasis.objects.filter(guide=guide).order_by("sort_order", "pk")
    return bases.select_related("document__department").defer("document__body")


def _explained(interpretation: int) -> QuerySet:
    explained = ExplainedDocument.objects.filter(interpretation=interpretation).order_by("sort_order", "pk")
    return explained.select_related("document__department").defer("document__body")


_BASES, _EXPLAINED = Prepared(_bases, guide=int), Prepared(_explained, interpretation=int)


def _keep(page: PolicyPage, name: str, read: Callable[[], list[Any]]) -> None:
    """Let a relation yield the rows that `read` gives, without queries of its own, as after a prefetch; a draft keeps its own."""
    relation = getattr(page, name)
    if relation.is_deferring:
        return
    kept = relation.all()
    kept._result_cache, kept._prefetch_done = read(), True
    page.__dict__.setdefault("_prefetched_objects_cache", {})[name] = kept


@register.simple_tag
def bases_of(guide: ApplicationGuidePage, is_preview: bool = False) -> list[GuideBasis]:
    """The documents a guide rests on; an unpublished one is shown in a preview only.

    Also lets `guide.window_status()` read the same rows without queries of its own.
    """
    if guide.pk is not None and guide.shown_version is None:
        _keep(guide, "bases", lambda: _BASES.rows(guide=guide.pk))
    return [basis for basis in guide.bases.all() if basis.document and (basis.document.live or is_preview)]


#: Guides and documents named after a closed guide.
_NAMED_AFTER = 10
#: Every document that came, however far, after some; the braces stand for their marks.
_LATER = """
    WITH RECURSIVE later(id) AS (
        SELECT successor_id FROM policy_pages_policydocumentpage WHERE page_ptr_id IN ({}) AND successor_id IS NOT NULL
        UNION SELECT d.successor_id FROM policy_pages_policydocumentpage d JOIN later ON d.page_ptr_id = later.id
        WHERE d.successor_id IS NOT NULL
    )
    SELECT id FROM later
"""


@dataclass(frozen=True)
class Successors:
    """What holds after the documents of a closed guide: public documents in their place, and open guides that rest on those."""

    documents: list[Row]
    guides: list[Row]


@register.simple_tag
def successors_of(bases: list[GuideBasis], guide: ApplicationGuidePage) -> Successors:
    """What came after the bases of a guide that have ended, in one query beside that of view restrictions; what itself ended is left out."""
    ended = [basis.document_id for basis in bases if basis.document.is_ended and basis.document.successor_id]
    if not ended:
        return Successors([], [])
    today = timezone.localdate()
    marks = ", ".join(["%s"] * len(ended))
    later = RawSQL(_LATER.format(marks), ended)  # noqa: S611 -- names of ours and numbers as parameters
    public = all_rows()
    successors = public.filter(pk__in=later).values("pk")
    resting = GuideBasis.objects.filter(document__in=successors).values("guide_id")
    around = public.filter(Q(pk__in=later) | Q(pk__in=resting)).exclude(pk=guide.pk).order_by(*NEWEST_FIRST)
    found = rows(row_values(around, today), today)
    return Successors(
        documents=[row for row in found if row.type == DOCUMENT and row.ended is None][:_NAMED_AFTER],
        guides=[row for row in found if row.type == GUIDE and row.status in OPEN_STATUSES][:_NAMED_AFTER],
    )


@register.simple_tag
def explained_by(interpretation: InterpretationPage, is_preview: bool = False) -> list[PolicyDocumentPage]:
    """The documents an interpretation explains; an unpublished one is shown in a preview only."""
    if interpretation.pk is not None and interpretation.shown_version is None:
        _keep(interpretation, "explained", lambda: _EXPLAINED.rows(interpretation=interpretation.pk))
    documents = [row.document for row in interpretation.explained.all() if row.document]
    return [document for document in documents if document.live or is_preview]


# --- Verdicts ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class VerdictLine:
    """What one settled change says of the page's punctuality, with the reason of a lateness and both trigger dates."""

    change: ChangeRecord
    code: str
    event: str
    sentence: str
    finished_at: datetime.datetime
    correction: str
    reason: str


def _settled(page: int) -> QuerySet:
    settled = ChangeRecord.objects.filter(page=page, clock__finished_at__isnull=False)
    asked = settled.select_related("clock__rule", "late_reason").annotate(is_corrected=was_corrected())
    return asked.order_by("-clock__finished_at", "-pk")


_SETTLED = Prepared(_settled, page=int)


@register.simple_tag
def verdicts_of(page: PolicyPage) -> list[VerdictLine]:
    """The verdict on each settled change of a page, newest first; none for a page that has none (stock), or for an old version."""
    if page.pk is None or page.shown_version is not None:
        return []
    changes: list[Any] = _SETTLED.rows(page=page.pk)
    # Asked for where it is needed only: what was pronounced needs no calendar, and few days are ever corrected.
    calendar = current_calendar() if any(change.clock.outcome == Outcome.GAP for change in changes) else None
    corrections = corrections_of(changes) if any(change.is_corrected for change in changes) else {}
    found = []
    for change in changes:
        verdict = change.clock.verdict(calendar=calendar)
        sentence = verdict_sentence(verdict, change.trigger_basis)
        correction = correction_sentence(corrections.get(change.pk))
        reason = public_reason(change)
        found.append(
            VerdictLine(
                change, verdict.code, event_words(change), sentence, change.clock.finished_at, correction, reason
            )
        )
    return found
