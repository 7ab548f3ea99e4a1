"""A second sink of the events: one JSON line each to the logger `huiqitong.audit` (setting HUIQITONG_AUDIT_LOG)."""

import logging

from ..models import Event
from .hashing import HASHED_FIELDS, canonical_json, utc_text

logger = logging.getLogger("huiqitong.audit")
#: What JSON leaves as it is and readers of lines take for the end of one.
_LINE_ENDS = {ord(sign): f"\\u{ord(sign):04x}" for sign in "\x7f\x85\u2028\u2029"}


def event_line(event: Event) -> str:
    """Return the event as one line of JSON: its columns, the payload as it stands under the hash."""
    names = [name for name in HASHED_FIELDS if name not in {"payload_json", "at"}]
    head = canonical_json(
        {**{name: getattr(event, name) for name in names}, "at": utc_text(event.at), "hash": event.hash}
    )
    return f'{head[:-1]},"payload":{event.payload_json}}}'.translate(_LINE_ENDS)


def send(event: Event) -> None:
    """Write the line. What becomes of it is the log's business: a full disk there stops nothing here."""
    logger.info(event_line(event))
