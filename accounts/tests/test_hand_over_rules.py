"""What a new user of the officer's desk stumbled over: posts that do not mix, and passwords that do not come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.services import allot_account, assign_role, correct_holder, enable_account, reset_password
from accounts.services.filings import complete_filing, file_change
from accounts.services.passwords import change_password
from accounts.validators import HistoryValidator
from audit.models import Event
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from accounts.models import Department

pytestmark = pytest.mark.django_db


def test_nobody_works_in_a_department_and_in_the_bureau(bureau: Department, kjj: Department) -> None:
    """Whoever moderates or audits has no unit whose texts he would judge (三员分立, T15.2)."""
    with pytest.raises(ValidationError, match="不能既在单位又在行政审批局任职"):
        assign_role(user=f.user("kjj-edit"), department=bureau, role=Role.AUDITOR, actor=f.user("spj-acct"))
    with pytest.raises(ValidationError, match="不能既在单位又在行政审批局任职"):
        assign_role(user=f.user("spj-moder"), department=kjj, role=Role.EDITOR, actor=f.user("spj-acct"))
    assert assign_role(user=f.user("kjj-edit"), department=kjj, role=Role.REVIEWER, actor=f.user("spj-acct"))


def test_an_account_that_was_handed_over_does_not_come_back(kjj: Department) -> None:
    """A16: the old account is disabled when the change is filed, and stays so."""
    officer = f.user("spj-acct")
    filing = file_change(
        department=kjj,
        leaver=f.user("kjj-edit"),
        newcomer_name="赵清和",
        newcomer_phone="0510-81820001",
        changed_on=timezone.localdate(),
        reason="调离",
        actor=f.user("kjj-review"),
    )
    complete_filing(filing=filing, username="kjj-edit2", actor=officer)
    with pytest.raises(ValidationError, match="已经备案移交"):
        enable_account(user=f.user("kjj-edit"), reason="手误", actor=officer)
    assert not f.user("kjj-edit").is_active


def test_a_reset_lifts_the_lock_that_sent_the_person_to_the_officer(kjj: Department) -> None:
    client, login = Client(), reverse("wagtailadmin_login")
    for _attempt in range(5):
        response = client.post(login, {"username": "kjj-edit", "password": "wrong-password-2026"})
    assert response.status_code == 429
    password = reset_password(user=f.user("kjj-edit"), reason="忘记密码", actor=f.user("spj-acct"))
    assert client.post(login, {"username": "kjj-edit", "password": password}).status_code == 302


def test_the_printed_password_is_not_taken_again(kjj: Department) -> None:
    """T15.3: who saw the slip knows nothing any more, not even after two changes."""
    account = allot_account(
        username="kjj-edit2",
        holder_name="王启明",
        phone="0510-81820000",
        department=kjj,
        roles=[Role.EDITOR],
        actor=f.user("spj-acct"),
    )
    change_password(user=f.user("kjj-edit2"), password="Own-password-of-Wang-2026")
    with pytest.raises(ValidationError):
        HistoryValidator().validate(account.password, f.user("kjj-edit2"))


def test_a_name_written_wrong_is_corrected_and_the_old_one_stays_in_the_record(kjj: Department) -> None:
    person, officer = f.user("kjj-edit"), f.user("spj-acct")
    with pytest.raises(ValidationError) as refused:
        correct_holder(user=person, holder_name=" ", phone="12", reason="", actor=officer)
    assert set(refused.value.message_dict) == {"holder_name", "phone", "reason"}
    correct_holder(user=person, holder_name="王启明", phone="0510-81820000", reason="录错字", actor=officer)
    assert (f.user("kjj-edit").holder_name, f.user("kjj-edit").phone) == ("王启明", "0510-81820000")
    told = Event.objects.get(action="account.corrected").payload
    assert (told["before"], told["after"]) == ("姓名kjj-edit", "王启明")
    assert "81820000" not in str(told), "no telephone number in the chain"
    with pytest.raises(PermissionDenied):
        correct_holder(user=officer, holder_name="自己", phone="0510-81820000", reason="x", actor=officer)


def test_the_officer_corrects_on_the_account_s_page(kjj: Department) -> None:
    client, person = Client(), f.user("kjj-edit")
    client.force_login(f.user("spj-acct"))
    page = reverse("accounts:detail", args=[person.pk])
    seen = client.get(page).context["forms"]["correct"].initial["seen"]
    data = {"action": "correct", "seen": seen, "holder_name": "王启明", "phone": "0510-81820000", "reason": "录错字"}
    assert client.post(page, data).status_code == 302
    assert f.user("kjj-edit").holder_name == "王启明"
    assert client.post(page, data).status_code == 409, "the form is stale now"
