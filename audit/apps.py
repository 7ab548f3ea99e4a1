"""The audit app: working days, duty clocks and the append-only event chain. Imports none of our other apps."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Loads the checks and the triggers' installer."""

    name = "audit"
    verbose_name = "时限与审计"
