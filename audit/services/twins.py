"""Wagtail's own log has its twin in the chain: its rows can be changed by anybody with the database, the twins cannot."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _
from wagtail.models.audit_log import BaseLogEntry

from ..models import ACTION_LENGTH, ID_LENGTH, LABEL_LENGTH, Event
from .events import record
from .hashing import canonical_json

PREFIX = "wagtail."
#: Nothing sorts between: every name that begins with the prefix, found through the index on either database.
_BEHIND = "wagtail/"
_TOLERANCE = timedelta(seconds=1)


def log_models() -> list[type[BaseLogEntry]]:
    """Return the models that hold Wagtail's log."""
    return [model for model in apps.get_models() if issubclass(model, BaseLogEntry)]


def event_action(action: str) -> str:
    """Return the event's name of a logged action: dotted and below "wagtail.", whatever the action is called."""
    parts = [re.sub(r"[^a-z0-9_]", "_", part) for part in action.lower().split(".") if part]
    parts = [part if part[0].isalpha() else f"x{part}" for part in parts]
    name = ".".join(parts if parts[:1] == ["wagtail"] else ["wagtail", *parts])
    return (name if name != "wagtail" else f"{PREFIX}log")[:ACTION_LENGTH].rstrip(".")


def record_twin(*, entry: BaseLogEntry) -> Event:
    """Append the event that tells what this log entry tells, joined to the caller's transaction."""
    return record(
        action=event_action(entry.action),
        actor=entry.user,
        object_type=_kind(entry.content_type_id),
        object_id=str(entry.object_id)[:ID_LENGTH],
        object_label=entry.label,
        payload={
            "log": entry._meta.label_lower,
            "entry": entry.pk,
            "timestamp": entry.timestamp,
            **_facts(entry),
        },
    )


def check_twins() -> list[str]:
    """Return, in Chinese, every log entry without exactly one twin and every one that its twin contradicts.

    Entries older than the first twin of their log are from before there were twins, and pass.
    """
    twins: dict[str, dict[int, list[Event]]] = {}
    events = Event.objects.filter(action__gte=PREFIX, action__lt=_BEHIND).order_by("seq")
    for event in events.iterator():
        payload = event.payload
        twins.setdefault(payload["log"], {}).setdefault(payload["entry"], []).append(event)
    return [fault for model in log_models() for fault in _faults(model, twins.get(model._meta.label_lower, {}))]


def _faults(model: type[BaseLogEntry], twins: dict[int, list[Event]]) -> Iterator[str]:
    if not twins:
        return
    seen = set()
    for entry in model._default_manager.filter(pk__gte=min(twins)).order_by("pk").iterator():
        seen.add(entry.pk)
        words = {"entry": entry.pk, "log": model._meta.verbose_name}
        found = twins.get(entry.pk, [])
        if not found:
            yield _("%(log)s第 %(entry)d 条没有对应的事件。") % words
        elif len(found) > 1:
            yield _("%(log)s第 %(entry)d 条有多个对应的事件。") % words
        elif _contradicts(entry, found[0]):
            yield _("%(log)s第 %(entry)d 条与第 %(seq)d 号事件不符。") % {**words, "seq": found[0].seq}
    for pk in sorted(set(twins) - seen):
        words = {"entry": pk, "log": model._meta.verbose_name, "seq": twins[pk][0].seq}
        yield _("%(log)s第 %(entry)d 条已不在，第 %(seq)d 号事件记有它。") % words


def _facts(entry: BaseLogEntry) -> dict[str, Any]:
    """Return what entry and twin must both say beside person, object, label and time; `data` has reasons and comments."""
    return {
        "uuid": entry.uuid,
        "action": entry.action,
        "revision": entry.revision_id,
        "data": entry.data,
        "content_changed": entry.content_changed,
        "deleted": entry.deleted,
    }


def _contradicts(entry: BaseLogEntry, event: Event) -> bool:
    """Tell whether an entry says anything else than its twin; what an older twin does not tell is no contradiction."""
    told, facts = event.payload, _facts(entry)
    logged = (entry.user_id, _kind(entry.content_type_id), str(entry.object_id)[:ID_LENGTH], entry.label[:LABEL_LENGTH])
    if logged != (event.actor_id, event.object_type, event.object_id, event.object_label):
        return True
    if abs(entry.timestamp - datetime.fromisoformat(told["timestamp"])) > _TOLERANCE:
        return True
    said = {name: facts[name] for name in facts if name in told}
    return canonical_json(said) != canonical_json({name: told[name] for name in said})


def _kind(content_type: Any) -> str:
    """Return app and model of a content type, which stays even when the model's code is gone."""
    if content_type is None:
        return ""
    kind = ContentType.objects.get_for_id(content_type)
    return f"{kind.app_label}.{kind.model}"[:ID_LENGTH]
