"""The audit app: working days, duty clocks and the append-only event chain. Imports none of our other apps."""

from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    """Loads the checks and the triggers' installer."""

    name = "audit"
    verbose_name = "时限与审计"

    def ready(self) -> None:
        """Give Wagtail's log its twins, protect the events, install triggers after every migrate, register the checks."""
        from . import signals, triggers  # the app registry must be ready
        from .checks import check_calendar, check_pragmas, check_triggers

        signals.connect()
        triggers.protect("audit_event", ("id", "seq"))
        triggers.protect("audit_calendarversion", ("id", "version"))
        # Sent for our app once per migrate or flush, after the migrations of all apps have run.
        post_migrate.connect(triggers.install, sender=self, dispatch_uid="audit.triggers.install")
        for check in (check_triggers, check_pragmas, check_calendar):
            checks.register(check)
