"""The narrow table of public pages, kept equal to the page tables in the transaction of whatever changes them.

`relist` is the only writer. The receivers of `policy_pages.signals` call it for every save of a page, of its
listing, its terms and the documents it rests on, by whatever door; `manage.py relist` for everything.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import Case, CharField, F, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services.events import locked_head
from policy_pages.enums import ENDED_STATUSES
from policy_pages.models import GuideBasis, ListedPage, ListedState, Listing
from policy_pages.querysets import DOCUMENT, GUIDE, TYPE_NAMES, listed_pages, of_any_type

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

#: What the table says of a page, by its field's attribute; `terms` as a set of numbers.
Facts = dict[str, Any]

#: Of these days a document that was repealed is over.
EVER_SINCE = datetime.date.min
_COLUMNS = [field.attname for field in ListedPage._meta.concrete_fields if not field.primary_key]
_TERMS = ListedPage.terms.through
#: Rows in one statement: SQLite bounds the parameters of one.
_BATCH = 500


#: Pages to be relisted at the end of what is being done in this thread; None outside of `relisted_once`.
_gathered: ContextVar[set[int] | None] = ContextVar("relisted_once", default=None)


@contextmanager
def relisted_once() -> Iterator[None]:
    """Within: pages are relisted together at the end, once, and not after each of the rows that a publication writes.

    Nothing within may read the table. What raises is rolled back with its transaction, and relists nothing.
    """
    if _gathered.get() is not None:
        yield
        return
    pks: set[int] = set()
    token = _gathered.set(pks)
    try:
        yield
    finally:
        _gathered.reset(token)
    if pks:
        relist(pks)


@transaction.atomic
def relist(pks: Collection[int] | None = None) -> int:
    """Make the rows of these pages, and of the guides that rest on them, what the page tables say; all pages for None.

    Writes only what differs, and then a new mark. Returns how many rows were written, changed or taken away; 0 where
    `relisted_once` will do it.
    On PostgreSQL the chain is locked first, as by an event: of two publications one waits, and neither misses what the
    other writes. So take other row locks before.
    """
    gathered = _gathered.get()
    if gathered is not None and pks is not None:
        gathered.update(pks)
        return 0
    concerned = None if pks is None else _with_guides(pks)
    told, kept = _told(concerned), _kept(concerned)
    if not told and not kept and concerned is not None:
        return 0
    # An empty installation has no chain yet, and nothing that two could publish at once.
    if connection.features.has_select_for_update and (told or kept):
        locked_head()
        concerned = None if pks is None else _with_guides(pks)
        told, kept = _told(concerned), _kept(concerned)
    changed = [pk for pk, facts in told.items() if kept.get(pk) != facts]
    gone = [pk for pk in kept if pk not in told]
    if changed or gone:
        _drop(gone)
        _write({pk: told[pk] for pk in changed}, kept)
    if changed or gone or pks is None:
        ListedState.objects.update_or_create(pk=ListedState.ROW, defaults={"mark": uuid4().hex})
    return len(changed) + len(gone)


def listed_otherwise() -> Iterator[str]:
    """Say in Chinese which public page the table lacks, which it holds too many, and what of a row the page tables say otherwise."""
    told, kept = _told(None), _kept(None)
    words = {field.attname: str(field.verbose_name) for field in ListedPage._meta.concrete_fields}
    words["terms"] = str(ListedPage._meta.get_field("terms").verbose_name)
    for pk, facts in sorted(told.items()):
        names: dict[str, Any] = {"number": pk, "title": facts["title"]}
        row = kept.pop(pk, None)
        if row is None:
            yield _("页面第 %(number)d 号（%(title)s）正在公开，但不在列。") % names
            continue
        wrong = [words[name] for name in (*_COLUMNS, "terms") if row[name] != facts[name]]
        if wrong:
            names["wrong"] = "、".join(wrong)
            yield _("在列页面第 %(number)d 号（%(title)s）与页面不符：%(wrong)s。") % names
    for pk, row in sorted(kept.items()):
        yield _("在列页面第 %(number)d 号（%(title)s）并未公开。") % {"number": pk, "title": row["title"]}


def _with_guides(pks: Collection[int]) -> set[int]:
    resting = GuideBasis.objects.filter(document__in=pks).values_list("guide_id", flat=True)
    return {*pks, *resting}


# --- What the page tables say -----------------------------------------------------------------------------------


def _told(pks: Collection[int] | None) -> dict[int, Facts]:
    pages = listed_pages().order_by()
    listings = Listing.terms.through.objects.all()
    bases = GuideBasis.objects.filter(document__live=True)
    if pks is not None:
        pages = pages.filter(pk__in=pks)
        listings, bases = listings.filter(listing__page__in=pks), bases.filter(guide__in=pks)
    type_ = Case(
        *(When(**{f"{name}__isnull": False}, then=Value(name)) for name in TYPE_NAMES), output_field=CharField()
    )
    values = pages.values(
        *("pk", "title", "slug", "first_published_at", "last_published_at"),
        listed_type=type_,
        department_id=of_any_type("department_id"),
        summary=of_any_type("summary"),
        source_id=of_any_type("source_id"),
        category_id=F("listing__category_id"),
        route=F("listing__route"),
        **{name: F(f"{GUIDE}__{name}") for name in ("window_type", "window_start", "window_end", "window_note")},
        amount_max=F(f"{GUIDE}__amount_max"),
        **{name: F(f"{DOCUMENT}__{name}") for name in ("doc_number", "document_status", "expires_on")},
        written_on=F(f"{DOCUMENT}__written_on"),
        issued_on=F(f"{DOCUMENT}__issued_on"),
    )
    found = {value["pk"]: value for value in values if value["department_id"]}
    if not found:
        return {}
    terms: dict[int, set[int]] = defaultdict(set)
    for pk, term in listings.values_list("listing__page_id", "term_id"):
        terms[pk].add(term)
    rests_on: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    facts = ("guide_id", "document__document_status", "document__expires_on", "document__written_on")
    for guide, *document in bases.values_list(*facts):
        rests_on[guide].append(tuple(document))
    return {pk: _facts(value, terms[pk], rests_on[pk]) for pk, value in found.items()}


def _facts(value: dict[str, Any], terms: set[int], documents: list[tuple[Any, ...]]) -> Facts:
    first = value["first_published_at"]
    published = timezone.localdate(first, timezone.get_default_timezone()) if first else None
    if value["listed_type"] == DOCUMENT:
        day = value["written_on"] or value["issued_on"]
    else:
        day = max((written for *_end, written in documents if written), default=published)
    own = {
        "type": value["listed_type"],
        "year": day.year if day else None,
        "basis_ended_from": ended_from([(status, last_day) for status, last_day, _written in documents]),
        "terms": terms,
    }
    # A column that the page's type does not have is empty, and so is a text that it left out.
    texts = {name: value[name] or "" for name in _TEXTS}
    return {**{name: value[name] for name in _COLUMNS if name not in own}, **own, **texts}


_TEXTS = ("summary", "source_id", "route", "window_type", "window_note", "doc_number", "document_status")


def ended_from(documents: Iterable[tuple[str, datetime.date | None]]) -> datetime.date | None:
    """The first day on which all of these documents, each status and last day, are over; None for no document or no such day."""
    days = []
    for status, last_day in documents:
        if status in ENDED_STATUSES:
            days.append(EVER_SINCE)
        elif last_day is None:
            return None
        else:
            days.append(last_day + datetime.timedelta(days=1))
    return max(days, default=None)


# --- What the table says ------------------------------------------------------------------------------------------


def _kept(pks: Collection[int] | None) -> dict[int, Facts]:
    rows, members = ListedPage.objects.all(), _TERMS.objects.all()
    if pks is not None:
        rows, members = rows.filter(pk__in=pks), members.filter(listedpage__in=pks)
    found: dict[int, Facts] = {row["page_id"]: {**row, "terms": set()} for row in rows.values("page_id", *_COLUMNS)}
    for pk, term in members.values_list("listedpage_id", "term_id") if found else ():
        if pk in found:
            found[pk]["terms"].add(term)
    for row in found.values():
        del row["page_id"]
    return found


def _drop(pks: list[int]) -> None:
    for first in range(0, len(pks), _BATCH):
        batch = pks[first : first + _BATCH]
        _TERMS.objects.filter(listedpage__in=batch).delete()
        ListedPage.objects.filter(pk__in=batch).delete()


def _write(told: dict[int, Facts], kept: dict[int, Facts]) -> None:
    rows = [ListedPage(page_id=pk, **{name: facts[name] for name in _COLUMNS}) for pk, facts in told.items()]
    ListedPage.objects.bulk_create(
        rows,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["page"],
        update_fields=[field.name for field in ListedPage._meta.concrete_fields if not field.primary_key],
    )
    stale = [pk for pk, facts in told.items() if pk in kept and kept[pk]["terms"] - facts["terms"]]
    for first in range(0, len(stale), _BATCH):
        _TERMS.objects.filter(listedpage__in=stale[first : first + _BATCH]).delete()
    members = [
        _TERMS(listedpage_id=pk, term_id=term)
        for pk, facts in told.items()
        for term in facts["terms"] - (kept[pk]["terms"] if pk in kept and pk not in stale else set())
    ]
    _TERMS.objects.bulk_create(members, batch_size=_BATCH)
