"""Where Wagtail's log tells the chain."""

from typing import Any

from django.db.models.signals import post_save
from wagtail.models.audit_log import BaseLogEntry

from .services.twins import log_models, record_twin


def connect() -> None:
    """Give every log entry its twin from now on, in the transaction of the entry."""
    for model in log_models():
        post_save.connect(_twin, sender=model, dispatch_uid=f"audit.twin.{model._meta.label_lower}")


def _twin(sender: type[BaseLogEntry], instance: BaseLogEntry, created: bool, raw: bool, **kwargs: Any) -> None:
    if created and not raw:
        record_twin(entry=instance)
