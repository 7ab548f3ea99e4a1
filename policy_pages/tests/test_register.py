"""From the change register to its page: what was registered is not typed a second time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from policy_pages.enums import ChangeSubject
from policy_pages.models import ApplicationGuidePage, PolicyDocumentPage
from policy_pages.tests import editor
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department
    from policy_pages.models import ChangeRecord, PolicyPage

pytestmark = pytest.mark.django_db


def opened(client: Client, model: type[PolicyPage], change: ChangeRecord, section: Department) -> dict[str, Any]:
    """Initial values of the editor for a new page opened from a change."""
    response = client.get(f"{editor.add_url(model, section)}?change={change.pk}")
    form = response.context["form"]
    return {name: form[name].value() for name in ("title", "doc_number", "issued_on", "change") if name in form.fields}


def test_a_page_opened_from_the_register_starts_with_what_was_registered(kjj: Department, login: Any) -> None:
    change = f.make_change(kjj, title="关于支持小微企业的通知", doc_number="澄科〔2026〕9号")
    client = login("kjj-edit")
    page = client.get(reverse("changes:edit", args=[change.pk]))
    assert page.context["write_url"].endswith(f"?change={change.pk}")
    assert opened(client, PolicyDocumentPage, change, kjj) == {
        "title": "关于支持小微企业的通知",
        "doc_number": "澄科〔2026〕9号",
        "issued_on": change.trigger_date,
        "change": change.pk,
    }


def test_a_guide_takes_the_title_and_nothing_it_has_no_field_for(kjj: Department, login: Any) -> None:
    change = f.make_change(kjj, title="研发后补助", subject=ChangeSubject.GUIDE)
    found = opened(login("kjj-edit"), ApplicationGuidePage, change, kjj)
    assert found == {"title": "研发后补助", "change": change.pk}


def test_another_departments_change_is_not_told(kjj: Department, gxj: Department, login: Any) -> None:
    foreign = f.make_change(gxj, title="工信局尚未公开的文件")
    client = login("kjj-edit")
    assert opened(client, PolicyDocumentPage, foreign, kjj)["title"] in ("", None)
    for nonsense in ("0", "x", "9" * 30):
        assert client.get(f"{editor.add_url(PolicyDocumentPage, kjj)}?change={nonsense}").status_code == 200
