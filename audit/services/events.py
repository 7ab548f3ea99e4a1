"""Appending to the event chain.

Format, so that anybody can recompute it: `hash = SHA-256(UTF-8 of prev_hash LF head LF payload_json)`, in lower hex,
where `head` is the canonical JSON of HASHED_FIELDS (`at` in UTC with microseconds) and canonical means sorted keys, no
spaces, non-ASCII as itself. The first event's `prev_hash` is 64 zeros.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ..enums import ActorKind
from ..errors import ChainBroken
from ..models import HASH_LENGTH, ID_LENGTH, LABEL_LENGTH, NAME_LENGTH, ChainHead, Event

ALGORITHM = "sha256"
#: Named per row, so that the algorithm can change one day without touching old rows.
ALGORITHMS: dict[str, Callable[[bytes], Any]] = {ALGORITHM: hashlib.sha256}
GENESIS = "chain.genesis"
ZERO_HASH = "0" * HASH_LENGTH
SYSTEM_NAME = "系统"
HASHED_FIELDS = (
    "algorithm",
    "seq",
    "actor_kind",
    "actor_id",
    "actor_name",
    "department_code",
    "action",
    "object_type",
    "object_id",
    "object_label",
    "request_id",
)
_ACTION = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


def canonical_json(value: object) -> str:
    """Return `value` as canonical JSON. Raises TypeError for what JSON cannot say, ValueError for NaN and infinity."""
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder
    )


def event_hash(event: Event) -> str:
    """Return the hash that `event` must carry, from its fields alone. Raises KeyError for an unknown algorithm."""
    head = {name: getattr(event, name) for name in HASHED_FIELDS}
    head["at"] = event.at.astimezone(UTC).isoformat(timespec="microseconds")
    text = "\n".join([event.prev_hash, canonical_json(head), event.payload_json])
    return ALGORITHMS[event.algorithm](text.encode()).hexdigest()


def record(
    *,
    action: str,
    actor: AbstractUser | None = None,
    department_code: str = "",
    object_type: str = "",
    object_id: object = "",
    object_label: str = "",
    payload: Mapping[str, Any] | None = None,
    request_id: str = "",
) -> Event:
    """Append one event to the chain and return it (A30). The only writer of events.

    `action` is dotted ("page.published"); `actor` a saved user, None for the system; `payload` any mapping that JSON
    can say (dates, decimals, UUIDs and lazy strings included). Names and labels longer than their columns are cut. Time
    is the server's. Joins the caller's transaction, or opens one: if the event fails, what it tells of must fail too.
    On PostgreSQL the chain stays locked until that transaction ends, so take other row locks before.

    Raises ValueError (action, unsaved actor, NaN), TypeError (payload), ChainBroken (head row gone).
    """
    if not _ACTION.fullmatch(action):
        raise ValueError(f"not a dotted action: {action!r}")
    fields = {
        **_actor_fields(actor),
        "action": action,
        "department_code": department_code,
        "object_type": object_type,
        "object_id": str(object_id),
        "object_label": str(object_label)[:LABEL_LENGTH],
        "payload_json": canonical_json(dict(payload or {})),
        "request_id": request_id[:ID_LENGTH],
    }
    # No savepoint: a failed event must take the caller's transaction with it even if the caller swallows the error.
    with transaction.atomic(savepoint=False):
        head = _locked_head()
        if head.seq == 0:
            _append(head, _genesis_fields())
        return _append(head, fields)


def _actor_fields(actor: AbstractUser | None) -> dict[str, Any]:
    if actor is None:
        return {"actor_kind": ActorKind.SYSTEM, "actor_id": None, "actor_name": SYSTEM_NAME}
    if actor.pk is None:
        raise ValueError("an actor is a saved user, or None for the system")
    name = actor.get_full_name() or actor.get_username()
    return {"actor_kind": ActorKind.USER, "actor_id": actor.pk, "actor_name": name[:NAME_LENGTH]}


def _genesis_fields() -> dict[str, Any]:
    payload = {"instance": uuid.uuid4(), "date": timezone.localdate(timezone=timezone.get_default_timezone())}
    return {**_actor_fields(None), "action": GENESIS, "payload_json": canonical_json(payload)}


def _locked_head() -> ChainHead:
    """Return the head row under lock, creating it for an empty chain. Raises ChainBroken if it was taken away."""
    heads = ChainHead.objects.select_for_update().filter(pk=ChainHead.ROW)
    head = heads.first()
    if head is None:
        # Created before events are looked for: another process may just be writing the first ones, head included.
        _row, created = ChainHead.objects.get_or_create(pk=ChainHead.ROW, defaults={"hash": ZERO_HASH})
        # Starting anew here would hide a cut tail for ever.
        if created and Event.objects.exists():
            raise ChainBroken(_("审计链头记录缺失，暂停写入；请立即联系系统管理员核查。"))
        head = heads.get()
    return head


def _append(head: ChainHead, fields: dict[str, Any]) -> Event:
    event = Event(seq=head.seq + 1, at=timezone.now(), algorithm=ALGORITHM, prev_hash=head.hash, **fields)
    event.hash = event_hash(event)
    event.save()
    head.seq, head.hash = event.seq, event.hash
    head.save()
    return event
