"""A million clocks with their events, written past the services: row by row they would take a day."""

from __future__ import annotations

import hashlib
import heapq
import json
import random
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
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
    twenty is still open. Triggers are spread over 2023 to 2026 and over the given departments. Clocks and events stand in
    the order of time, as in a city's chain: while one clock runs, others start and finish.
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
        #: What is still to happen: instant, number of the clock, and the rest that `_event` takes.
        self.coming: list[tuple[datetime, int, tuple[Any, ...], dict[str, Any]]] = []

    def fill(self, number: int) -> None:
        """Write `number` clocks; the triggers of the append-only tables are off meanwhile."""
        with guard.lifted():
            triggers.remove()
        numbers = count(DutyClock.objects.count() + 1)
        days = sorted(self.rng.choices(self.days, k=number))
        while days:
            batch, days = days[:BATCH], days[BATCH:]
            clocks = [self._one(next(numbers), day) for day in batch]
            self._write(clocks, self._happened(datetime.combine(days[0], time.min, SHANGHAI) if days else None))
        ChainHead.objects.update(seq=self.seq, hash=self.hash)
        with guard.lifted():
            triggers.install()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def _write(self, clocks: list[tuple], events: list[tuple]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            _insert(cursor, DutyClock, clocks)
            _insert(cursor, Event, events)

    def _one(self, pk: int, trigger: date) -> tuple:
        """Return the row of a clock; its events are coming."""
        rng, rule, unit = self.rng, self.rule, self.rng.choice(self.departments)
        started = self._instant(trigger, 8)
        handed = min(trigger + rng.choice((0, 1, 1, 2, 3, 6)) * DAY, LAST)
        handed_at = self._instant(handed, 10)
        is_open = rng.random() < 0.05
        end = None if is_open else min(handed + rng.choice((0, 1, 1, 2, 3, 5, 9, 15)) * DAY, LAST)
        held = (Handover(handed, "bureau"),)
        before = self._judge(trigger, None, ())
        said = self._judge(trigger, end, held)
        about = (unit, pk, trigger)
        self._will(started, "clock.started", about, before, basis="印发日期", concerned="")
        self._will(handed_at, "clock.handed", about, before, side="bureau", handed_at=handed_at, handed_on=handed)
        end_at = end and self._instant(end, 14)
        if end:
            self._will(end_at, "clock.finished", about, said, finished_at=end_at, finished_on=end)
        entry = {"side": "bureau", "at": handed_at.isoformat(), "on": handed.isoformat()}
        return (
            pk, rule.pk, unit.pk, None, OBJECT_TYPE, str(pk), "关于支持企业研发的若干措施", trigger, "印发日期", said.due,
            self.calendar.version, started, "bureau", json.dumps([entry]), end_at, None, said.outcome, said.used,
            said.bureau_used,
        )  # fmt: skip

    def _instant(self, day: date, hour: int) -> datetime:
        """Some instant of the two hours that begin then."""
        within = timedelta(microseconds=self.rng.randrange(2 * 3600 * 10**6))
        return datetime.combine(day, time(hour), SHANGHAI).astimezone(UTC) + within

    def _will(self, at: datetime, action: str, about: tuple, said: Judgement, **told: Any) -> None:
        unit, pk, trigger = about
        heapq.heappush(self.coming, (at, pk, (action, unit, pk, trigger, said), told))

    def _happened(self, before: datetime | None) -> list[tuple]:
        """Return the rows of the events before that instant, of all for None."""
        events = []
        while self.coming and (before is None or self.coming[0][0] < before):
            _at, _pk, event, told = heapq.heappop(self.coming)
            events.append(self._event(*event, **told))
        return events

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
