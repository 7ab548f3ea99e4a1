"""After a restore nobody is still logged in: the sessions that came back are another day's (reliability §5)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command

from accounts.enums import SessionEnd
from accounts.tests.doors import sign_in
from audit.models import Event

if TYPE_CHECKING:
    from accounts.models import Department

pytestmark = pytest.mark.django_db


def test_the_operator_sends_everybody_back_to_the_login(kjj: Department) -> None:
    clients = [sign_in("kjj-edit"), sign_in("spj-audit")]
    assert [client.get("/admin/inbox/").status_code for client in clients] == [200, 200]
    call_command("end_sessions", stdout=io.StringIO())
    for client in clients:
        response = client.get("/admin/inbox/")
        assert response.url.endswith(f"ended={SessionEnd.RESTORED}")
    assert Event.objects.filter(action="account.sessions_ended").count() == 1
    assert sign_in("kjj-edit").get("/admin/inbox/").status_code == 200
