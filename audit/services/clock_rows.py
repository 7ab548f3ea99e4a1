"""The rows of clocks as a replay reads them: by the million, and no more of each than it must."""

import json
import re
from collections.abc import Iterator
from datetime import date
from sys import intern
from typing import Any, NamedTuple

from django.db import models
from django.db.models import QuerySet, Value
from django.db.models.functions import Cast, Concat

from ..models import DutyClock, DutyRule
from ..rules import Handover, Judgement, Terms, read_handover, read_judgement, read_terms
from ..rules.replaying import UNREADABLE, hash_moment

#: Rows fetched at once: few enough that they are still in the processor's cache when they are read.
CHUNK = 1_000
#: The object of a clock, or of an event, in one text.
OBJECT = Concat("object_type", Value("\n"), "object_id", Value("\n"), "object_label", output_field=models.TextField())
_TO_THE_SECOND = len("2026-11-23 16:00:00")
#: One that is escaped stays: it is none.
_INSTANT = re.compile(r'"at": "[^"\\]*"')
#: What no history tells stands for what cannot be read of a row.
_UNREADABLE = (Handover(date.min, ""),)


class Said(NamedTuple):
    """What the row of a clock says that a verdict rests on."""

    code: str
    terms: Terms
    handovers: tuple[Handover, ...]
    version: str
    stated: Judgement


class Besides(NamedTuple):
    """What no verdict rests on: who holds the matter now, and hashes as `ClockState` has them."""

    holder: str
    about: int
    handed_at: int


class StoredClock(NamedTuple):
    """The row of a clock: `facts` are what `ClockRows.said` reads, `finished_at` a hash as that of `ClockState`.

    The facts are texts, numbers too: the hash of a text has a secret, to a number another can be found with the same.
    """

    clock: int
    department: str
    finished_at: int
    facts: tuple[str | None, ...]
    besides: Besides | None


class _Codes(dict[int | None, str]):
    """Codes of the units by primary key, read anew when one is unknown: the city may found one while we read."""

    def __missing__(self, pk: int | None) -> str:
        units: Any = DutyClock._meta.get_field("department").related_model
        found = {number: intern(code) for number, code in units._default_manager.values_list("pk", "code")}
        self.update({None: "", **found})
        return found[pk] if pk else ""


class _Rules(dict[str, tuple[str, int, str]]):
    """Code, days and unit of the rules by primary key as text, likewise."""

    def __missing__(self, pk: str) -> tuple[str, int, str]:
        rules = DutyRule.objects.values_list("pk", "code", "days", "unit")
        found = {str(number): (code, days, unit) for number, code, days, unit in rules}
        self.update(found)
        return found[pk]


class ClockRows:
    """Reads the rows without the joins, which a million rows need not repeat."""

    def __init__(self, with_objects: bool = False) -> None:
        """With `with_objects` also what no verdict rests on is read."""
        self._with_objects = with_objects
        self._codes = _Codes()
        self._rules = _Rules()

    def read(self, clocks: QuerySet[DutyClock]) -> Iterator[StoredClock]:
        """Yield the rows, by number."""
        columns = (
            "finished_at",
            "handovers",
            "rule_id",
            "trigger_date",
            "calendar_version",
            "outcome",
            "due_on",
            "used",
        )
        texts = [Cast(name, models.TextField()) for name in (*columns, "bureau_used")]
        objects = ("holder", OBJECT, "basis", "concerned_id") if self._with_objects else ()
        rows = clocks.order_by("pk").values_list("pk", "department_id", *texts, *objects)
        besides = None
        for pk, unit, finished, held, *facts in rows.iterator(chunk_size=CHUNK):
            if self._with_objects:
                *facts, holder, about, basis, concerned = facts
                besides = Besides(holder, hash((about, basis, self._codes[concerned])), _handed_at(held))
            at = hash(finished[:_TO_THE_SECOND]) if finished else 0
            yield StoredClock(pk, self._codes[unit], at, (without_instants(held), *facts), besides)

    def said(self, row: StoredClock) -> Said:
        """Return what a row says that a verdict rests on."""
        held, rule, trigger, version, outcome, due, used, bureau = row.facts
        code, days, unit = self._rules[rule or ""]
        try:
            terms = read_terms(trigger or "", days, unit)
        except ValueError:
            terms = (date.min, days, unit)
        try:
            stated = read_judgement(outcome or "", due, _read_number(used), _read_number(bureau))
        except ValueError:
            stated = Judgement(outcome or "", date.min)
        return Said(code, terms, _read_handovers(held or ""), version or "", stated)


def _read_number(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()):
        raise ValueError("no number of days")
    return int(text)


def without_instants(held: str) -> str:
    """Return the text of handovers without their instants, which no verdict rests on and no two rows share."""
    return _INSTANT.sub('"at": ""', held)  # no group to put back: that takes four times as long


def _handed_at(text: str) -> int:
    """Return the hash of the instants of handovers; -1, which no history has, for what is none."""
    handed_at = 0
    try:
        for entry in json.loads(text):
            handed_at = hash_moment(handed_at, entry["at"])
    except UNREADABLE:
        return -1
    return handed_at


def _read_handovers(text: str) -> tuple[Handover, ...]:
    """Return the handovers of a row; `_UNREADABLE` for what is none."""
    try:
        return tuple([read_handover(entry["on"], entry["side"]) for entry in json.loads(text)])
    except UNREADABLE:
        return _UNREADABLE
