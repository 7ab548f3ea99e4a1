"""Where the things that have a duty are shown to a person: the change in the register, the page in its dossier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from audit.services.registry import Shown
from policy_pages.models import ChangeRecord, CorrectionTicket
from policy_pages.permissions import readable_pages

if TYPE_CHECKING:
    from accounts.models import User


def change_links(user: User, ids: list[str]) -> dict[str, Shown]:
    """The changes the person may read."""
    found = ChangeRecord.objects.visible_to(user).filter(pk__in=[pk for pk in ids if pk])
    return {str(pk): Shown(url=reverse("changes:edit", args=[pk])) for pk in found.values_list("pk", flat=True)}


def page_links(user: User, ids: list[str]) -> dict[str, Shown]:
    """The dossiers the person may read; a deleted page has none."""
    found = readable_pages(user).filter(pk__in=ids)
    return {str(pk): Shown(url=reverse("policy_pages_dossier", args=[pk])) for pk in found.values_list("pk", flat=True)}


def ticket_links(user: User, ids: list[str]) -> dict[str, Shown]:
    """The reports of visitors that the person may read."""
    found = CorrectionTicket.objects.visible_to(user).filter(pk__in=[pk for pk in ids if pk])
    return {str(pk): Shown(url=reverse("corrections:detail", args=[pk])) for pk in found.values_list("pk", flat=True)}
