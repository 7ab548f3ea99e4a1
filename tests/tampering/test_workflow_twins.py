"""After the real workflow each entry of Wagtail's log has exactly one twin in the chain."""

from __future__ import annotations

from collections import Counter

import pytest
from wagtail.models import PageLogEntry

from audit.models import Event
from audit.services.twins import check_twins, log_models
from policy_pages.tests import factories as f

pytestmark = pytest.mark.django_db


def test_each_log_entry_of_the_workflow_has_one_twin() -> None:
    f.make_bureau()
    kjj = f.make_department()
    page = f.act(f.hand_in(f.make_document(kjj)), "kjj-review", "reject", comment="缺少依据")
    f.make_public(f.save_draft(page, summary="补了依据"))
    assert PageLogEntry.objects.count() > 8, "power check"
    entries = {
        (model._meta.label_lower, pk) for model in log_models() for pk in model.objects.values_list("pk", flat=True)
    }
    told = Counter(
        (event.payload["log"], event.payload["entry"]) for event in Event.objects.filter(action__startswith="wagtail.")
    )
    assert set(told) == entries
    assert set(told.values()) == {1}
    assert check_twins() == []
    PageLogEntry.objects.first().delete()
    assert len(check_twins()) == 1, "power check"
