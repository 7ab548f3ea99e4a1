"""An event of the chain leads to what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from audit.models import Event
from audit.services import record
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from accounts.models import Department

pytestmark = pytest.mark.django_db


def test_an_event_leads_back_to_the_dossier_while_there_is_one(kjj: Department, login: Any) -> None:
    page = f.save_draft(f.make_document(kjj), summary="改了摘要")
    event = Event.objects.filter(object_type=page._meta.label_lower, object_id=str(page.pk)).latest("seq")
    inspect, auditor = reverse("events:inspect", args=[event.pk]), login("spj-audit")
    dossier = f'<a href="{reverse("policy_pages_dossier", args=[page.pk])}">'
    assert dossier in auditor.get(inspect).content.decode()
    page.delete()
    assert dossier not in auditor.get(inspect).content.decode()


@pytest.mark.parametrize("named", ["昨天", "", "²"])
def test_an_event_that_names_no_object_of_ours_is_shown_all_the_same(kjj: Department, login: Any, named: str) -> None:
    record(action="audit.probe", object_type="policy_pages.policydocumentpage", object_id=named)
    shown_event = login("spj-audit").get(reverse("events:inspect", args=[Event.objects.latest("seq").pk]))
    assert "校验值" in shown_event.content.decode()
