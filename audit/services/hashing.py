"""What stands under an event's hash.

Format, so that anybody can recompute it: `hash = SHA-256(UTF-8 of prev_hash LF head LF payload_json)`, in lower hex,
where `head` is the canonical JSON of the event's other fields (`at` in UTC with microseconds) and canonical means sorted
keys, no spaces, non-ASCII as itself. The first event's `prev_hash` is 64 zeros.

`hashed_text` is the only definition: `event_hash` asks it for one event, the verification for a million rows, which is
why it puts the head together itself; a test holds it against the JSON encoder.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from json.encoder import encode_basestring as quoted
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Func, QuerySet, TextField

from ..models import HASH_LENGTH, Event
from ..querysets import EventQuerySet

ALGORITHM = "sha256"
#: Named per row, so that the algorithm can change one day without touching old rows.
ALGORITHMS: dict[str, Callable[[bytes], Any]] = {ALGORITHM: hashlib.sha256}
ZERO_HASH = "0" * HASH_LENGTH
#: Arguments of `hashed_text`, in order; the names are those of the columns.
HASHED_FIELDS = (
    "prev_hash",
    "at",
    "payload_json",
    "action",
    "actor_id",
    "actor_kind",
    "actor_name",
    "algorithm",
    "department_code",
    "object_id",
    "object_label",
    "object_type",
    "request_id",
    "seq",
)


class UtcText(Func):
    """A stored instant as `utc_text` writes it, made by the database: a million rows need no datetime objects."""

    output_field = TextField()
    arity = 1

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Django keeps UTC there as text, without a fraction when that is zero."""
        template = (
            "replace(%(expressions)s, ' ', 'T')"
            " || CASE length(%(expressions)s) WHEN 19 THEN '.000000' ELSE '' END || '+00:00'"
        )
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Whatever time zone the connection has."""
        template = """to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')"""
        return self.as_sql(compiler, connection, template=template, **context)


def canonical_json(value: object) -> str:
    """Return `value` as canonical JSON. Raises TypeError for what JSON cannot say, ValueError for NaN and infinity."""
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder
    )


def utc_text(at: datetime) -> str:
    """Return an aware instant as it stands under the hash: 2026-11-23T16:00:00.000000+00:00."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def hashed_text(
    prev_hash: str,
    at: str,
    payload_json: str,
    action: str,
    actor_id: int | None,
    actor_kind: str,
    actor_name: str,
    algorithm: str,
    department_code: str,
    object_id: str,
    object_label: str,
    object_type: str,
    request_id: str,
    seq: int,
) -> str:
    """Return the text under an event's hash; `at` is what `utc_text` gives. Raises TypeError for a value of a wrong type."""
    actor = "null" if actor_id is None else actor_id
    return (
        f'{prev_hash}\n{{"action":{quoted(action)},"actor_id":{actor},"actor_kind":{quoted(actor_kind)},'
        f'"actor_name":{quoted(actor_name)},"algorithm":{quoted(algorithm)},"at":{quoted(at)},'
        f'"department_code":{quoted(department_code)},"object_id":{quoted(object_id)},'
        f'"object_label":{quoted(object_label)},"object_type":{quoted(object_type)},'
        f'"request_id":{quoted(request_id)},"seq":{seq}}}\n{payload_json}'
    )


def event_hash(event: Event) -> str:
    """Return the hash that `event` must carry, from its fields alone. Raises KeyError for an unknown algorithm."""
    values = {name: getattr(event, name) for name in HASHED_FIELDS}
    text = hashed_text(**{**values, "at": utc_text(event.at)})
    return ALGORITHMS[event.algorithm](text.encode()).hexdigest()


def hashed_rows(events: EventQuerySet) -> QuerySet[Event, tuple[Any, ...]]:
    """Return the events as tuples of the arguments of `hashed_text`, and the stored hash behind them."""
    names = ["utc" if name == "at" else name for name in HASHED_FIELDS]
    return events.annotate(utc=UtcText("at")).values_list(*names, "hash")
