"""Appending to the event chain; `hashing` says what stands under a hash."""

import re
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ..enums import ActorKind
from ..errors import ChainBroken
from ..models import ID_LENGTH, LABEL_LENGTH, NAME_LENGTH, ChainHead, Event
from . import mirror
from .hashing import ALGORITHM, ZERO_HASH, canonical_json, event_hash

GENESIS = "chain.genesis"
STEPPED_BACK = "time.stepped_back"
#: A clock that is corrected by less is not worth an event; a larger step back is said in the chain itself.
STEP_BACK = timedelta(seconds=60)
SYSTEM_NAME = "系统"
_ACTION = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


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
    On PostgreSQL the chain stays locked until that transaction ends, so take other row locks before. A clock that went
    back by more than a minute appends "time.stepped_back" first. With HUIQITONG_AUDIT_LOG each goes there on commit.

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
        head = locked_head()
        if head.seq == 0:
            _append(head, _genesis_fields())
        elif head.at and (now := timezone.now()) < head.at - STEP_BACK:
            _append(head, _step_fields(head.at, now))
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


def _step_fields(before: datetime, now: datetime) -> dict[str, Any]:
    payload = {"from": before, "to": now, "seconds": round((before - now).total_seconds())}
    return {**_actor_fields(None), "action": STEPPED_BACK, "payload_json": canonical_json(payload)}


def locked_head() -> ChainHead:
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
    head.seq, head.hash, head.at = event.seq, event.hash, event.at
    ChainHead.objects.filter(pk=head.pk).update(seq=head.seq, hash=head.hash, at=head.at)
    if settings.HUIQITONG_AUDIT_LOG:
        transaction.on_commit(partial(mirror.send, event), robust=True)
    return event
