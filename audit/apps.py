"""The audit app: working days, duty clocks and the append-only event chain. Imports none of our other apps."""

from django.apps import AppConfig
from django.core import checks
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate


class AuditConfig(AppConfig):
    """Loads the checks and the triggers' installer."""

    name = "audit"
    verbose_name = "时限与审计"

    def ready(self) -> None:
        """Give Wagtail's log its twins, protect the events (triggers after every migrate, connection guard), register the checks."""
        from . import guard, signals, triggers  # the app registry must be ready
        from .checks import check_calendar, check_guard, check_pragmas, check_roles, check_triggers

        signals.connect()
        triggers.protect("audit_event", ("id", "seq"))
        triggers.protect("audit_calendarversion", ("id", "version"))
        # Sent for our app once per migrate or flush, after the migrations of all apps have run.
        post_migrate.connect(triggers.install, sender=self, dispatch_uid="audit.triggers.install")
        connection_created.connect(guard.install, dispatch_uid="audit.guard.install")
        pre_migrate.connect(guard.lift_for_migrations, sender=self, dispatch_uid="audit.guard.lift")
        post_migrate.connect(guard.lower_after_migrations, sender=self, dispatch_uid="audit.guard.lower")
        for check in (check_triggers, check_pragmas, check_guard, check_calendar):
            checks.register(check)
        checks.register(check_roles, deploy=True)
