"""Putting back the triggers of the append-only tables."""

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from .. import guard, triggers
from .events import record


@transaction.atomic
def restore_triggers(*, actor: AbstractUser | None) -> list[str]:
    """Create the triggers that are missing, changed or disabled and return their names.

    Writes the event "audit.triggers_restored" if there were any: while they were off the tables could be rewritten, and
    whoever reads the chain must know since when they hold again. The connection guard is lifted meanwhile: a changed
    trigger must be dropped first.
    """
    names = triggers.missing()
    if names:
        with guard.lifted():
            triggers.install()
        record(action="audit.triggers_restored", actor=actor, payload={"triggers": names})
    return names
