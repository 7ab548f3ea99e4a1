"""A million clocks with their events, written past the services: row by row they would take a day."""

from __future__ import annotations

import hashlib
import json
import random
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.core.management import call_command
from django.db import connection, transaction

from audit import guard, triggers
from audit.models import ChainHead, DutyClock, DutyRule, Event
from audit.rules import Handover, Judgement, WorkCalendar, judge
from audit.services import current_calendar, record
from audit.services.calendar import keep_version
from audit.services.hashing import ALGORITHM, HASHED_FIELDS, canonical_json, hashed_text, utc_text
from policy_pages.tests import factories

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import Department

DAY = timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST, LAST = date(2023, 1, 5), date(2026, 11, 20)
BATCH = 20_000
DEPARTMENTS = 40
OBJECT_TYPE = "policy_pages.changerecord"


def make_city(clocks: int) -> None:
    """Make the tables, forty departments `b0`, `b1`, … beside the bureau, and so many clocks of theirs."""
    call_command("migrate", verbosity=0)
    factories.make_bureau()
    Filler([factories.make_department(f"b{n}", f"第{n}局") for n in range(DEPARTMENTS)]).fill(clocks)


class Filler:
    """Writes clocks and their events, correctly judged and correctly chained.

    A clock has two or three events: started, handed to the bureau, and finished within some 15 working days; one in
    twenty is still open. Triggers are spread over 2023 to 2026 and over the given departments.
    """

    def __init__(self, departments: list[Department], seed: int = 1) -> None:
        record(action="audit.benchmark")
        self.rng = random.Random(seed)  # noqa: S311 -- data, no secrets
        self.departments = departments
        self.rule = DutyRule.objects.get(code="publish_change")
        self.calendar: WorkCalendar = current_calendar()
        keep_version(self.calendar)
        head = ChainHead.objects.get()
        self.seq, self.hash = head.seq, head.hash
        self.days = [FIRST + n * DAY for n in range((LAST - FIRST).days)]
        self.judged: dict[tuple, Judgement] = {}

    def fill(self, number: int) -> None:
        """Write `number` clocks; the triggers of the append-only tables are off meanwhile."""
        with guard.lifted():
            triggers.remove()
        start = DutyClock.objects.count() + 1
        for first in range(start, start + number, BATCH):
            clocks, events = [], []
            for pk in range(first, min(first + BATCH, start + number)):
                self._one(pk, clocks, events)
            with transaction.atomic(), connection.cursor() as cursor:
                _insert(cursor, DutyClock, clocks)
                _insert(cursor, Event, events)
        ChainHead.objects.update(seq=self.seq, hash=self.hash)
        with guard.lifted():
            triggers.install()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def _one(self, pk: int, clocks: list[tuple], events: list[tuple]) -> None:
        rng, rule, unit = self.rng, self.rule, self.rng.choice(self.departments)
        trigger = rng.choice(self.days)
        handed = trigger + rng.choice((0, 1, 1, 2, 3, 6)) * DAY
        is_open = rng.random() < 0.05
        end = None if is_open else min(handed + rng.choice((0, 1, 1, 2, 3, 5, 9, 15)) * DAY, LAST)
        held = (Handover(handed, "bureau"),)
        before = self._judge(trigger, None, ())
        said = self._judge(trigger, end, held)
        entry = {"side": "bureau", "at": _noon(handed).isoformat(), "on": handed.isoformat()}
        clocks.append((
            pk, rule.pk, unit.pk, None, OBJECT_TYPE, str(pk), "关于支持企业研发的若干措施", trigger, "印发日期", said.due,
            self.calendar.version, _noon(trigger), "bureau", json.dumps([entry]), end and _noon(end), None, said.outcome,
            said.used, said.bureau_used,
        ))  # fmt: skip
        events.append(self._event("clock.started", unit, pk, trigger, before, basis="印发日期", concerned=""))
        told = {"side": "bureau", "handed_at": _noon(handed), "handed_on": handed}
        events.append(self._event("clock.handed", unit, pk, trigger, before, **told))
        if end:
            told = {"finished_at": _noon(end), "finished_on": end}
            events.append(self._event("clock.finished", unit, pk, trigger, said, **told))

    def _judge(self, trigger: date, end: date | None, held: tuple[Handover, ...]) -> Judgement:
        key = (trigger, end, held)
        if key not in self.judged:
            self.judged[key] = judge(trigger, self.rule.days, self.rule.unit, end, held, False, self.calendar)
        return self.judged[key]

    def _event(
        self, action: str, unit: Department, pk: int, trigger: date, said: Judgement, **told: Any
    ) -> tuple[Any, ...]:
        rule = self.rule
        payload = canonical_json({
            "clock": pk, "code": rule.code, "article": rule.article, "days": rule.days, "unit": rule.unit,
            "trigger_date": trigger, "due_on": said.due, "outcome": said.outcome, "used": said.used,
            "bureau_used": said.bureau_used, "calendar_version": self.calendar.version, **told,
        })  # fmt: skip
        self.seq += 1
        at = datetime(2026, 11, 20, 4, tzinfo=UTC) + timedelta(microseconds=self.seq)
        fields = {
            "algorithm": ALGORITHM, "seq": self.seq, "actor_kind": "system", "actor_id": None, "actor_name": "系统",
            "department_code": unit.code, "action": action, "object_type": OBJECT_TYPE, "object_id": str(pk),
            "object_label": "关于支持企业研发的若干措施", "request_id": "",
        }  # fmt: skip
        previous = self.hash
        text = hashed_text(prev_hash=previous, at=utc_text(at), payload_json=payload, **fields)
        self.hash = hashlib.sha256(text.encode()).hexdigest()
        row = {**fields, "id": self.seq, "at": at, "payload_json": payload, "prev_hash": previous, "hash": self.hash}
        return tuple(row[field.column] for field in Event._meta.concrete_fields)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI).astimezone(UTC)


def _insert(cursor: Any, model: Any, rows: list[tuple]) -> None:
    columns = [field.column for field in model._meta.concrete_fields]
    marks = ", ".join(["%s"] * len(columns))
    sql = f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 -- our own names
    cursor.executemany(sql, [tuple(map(_plain, row)) for row in rows])


def _plain(value: Any) -> Any:
    """As Django's SQLite backend stores it."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date) else value


def hashed_texts(batch: int = BATCH) -> Iterator[list[bytes]]:
    """Yield the bytes under every hash of the chain, by batches: what a bare hashing hashes."""
    texts: list[bytes] = []
    for event in Event.objects.order_by("seq").iterator(chunk_size=batch):
        values = {name: getattr(event, name) for name in HASHED_FIELDS}
        texts.append(hashed_text(**{**values, "at": utc_text(event.at)}).encode())
        if len(texts) == batch:
            yield texts
            texts = []
    yield texts
