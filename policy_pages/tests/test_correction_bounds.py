"""我要纠错 under load: another who writes, many networks at once, a form that was handed out elsewhere (T9.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection, connections

from policy_pages.models import CorrectionTicket
from policy_pages.tests.corrections_world import NEW, filled
from policy_pages.tests.factories import make_bureau

if TYPE_CHECKING:
    from django.test import Client


@pytest.mark.django_db(transaction=True)
def test_a_form_with_a_fault_waits_for_nobody_who_writes(client: Client) -> None:
    """On SQLite a transaction of the whole request would wait for the lock, then answer 500."""
    if connection.vendor != "sqlite":
        pytest.skip("writers lock rows there")
    make_bureau()
    other = type(connections["default"])({**connection.settings_dict}, alias="other")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout=0")
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            assert client.post(NEW, {}).status_code == 200
            page = client.post(NEW, filled(text="")).content.decode()
            cursor.execute("ROLLBACK")
    finally:
        other.close()
        connection.close()
    assert "请写明问题是什么" in page
    assert not CorrectionTicket.objects.exists()
