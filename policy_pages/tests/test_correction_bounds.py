"""我要纠错 under load: another who writes, many networks at once, a form that was handed out elsewhere (T9.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core import signing
from django.db import connection, connections

from policy_pages.feedback.forms import new_stamp, read_stamp
from policy_pages.models import CorrectionTicket, SiteProfile
from policy_pages.tests.corrections_world import LOCAL, NEW, filled, send, travel
from policy_pages.tests.factories import make_bureau
from policy_pages.tests.public_reading import in_order, soup

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import SettingsWrapper

    from accounts.models import Department


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


# --- The stamp ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_form_handed_out_elsewhere_comes_back_whole_and_is_taken_the_second_time(
    client: Client, bureau: Department
) -> None:
    """A telephone may have another address by the time its owner has written."""
    typed = {"text": "写在路上", "place": "第二条", "contact": "0510-81820000", "page": "/timeliness/"}
    with travel("11-25 09:30:00"):
        page = soup(client.post(NEW, filled(address="198.51.100.1", **typed), REMOTE_ADDR="198.51.100.2"))
    assert in_order(page.select_one('[role="alert"]').get_text(), "您的网络在填写时换了", "再按一次“提交”")
    assert page.select_one('[role="alert"] a')["href"] == "#send"
    assert page.select_one("#id_text").text.strip() == "写在路上"
    assert page.select_one("#id_place")["value"] == "第二条"
    assert page.select_one("#id_contact")["value"] == "0510-81820000"
    assert page.find("input", {"name": "page"})["value"] == "/timeliness/"
    assert page.find("input", {"name": "kind", "checked": True})["value"] == "phone"
    assert not CorrectionTicket.objects.exists()
    again = filled(**typed) | {"stamp": page.find("input", {"name": "stamp"})["value"]}
    with travel("11-25 09:30:04"):
        assert client.post(NEW, again, REMOTE_ADDR="198.51.100.2").status_code == 302
    assert CorrectionTicket.objects.get().text == "写在路上"


@pytest.mark.django_db
def test_one_form_is_worth_nothing_in_sixty_networks(client: Client, bureau: Department) -> None:
    sent = filled(address="198.51.100.1")
    for last in range(2, 62):
        client.post(NEW, sent, REMOTE_ADDR=f"198.51.100.{last}")
    assert not CorrectionTicket.objects.exists()


@pytest.mark.parametrize(
    ("asked", "sent", "is_same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("", "", True),
        ("", "192.0.2.1", False),
    ],
)
def test_a_stamp_is_of_a_network_and_does_not_name_it(asked: str, sent: str, is_same: bool) -> None:
    stamp = new_stamp(asked)
    read = read_stamp(stamp, sent)
    assert read is not None
    assert read.is_of_network is is_same
    assert not asked or asked not in str(signing.loads(stamp, salt="policy_pages.feedback.form"))


@pytest.mark.parametrize("signed", [1_764_000_000.5, [1], None, "x"])
def test_a_stamp_of_an_older_version_is_none(signed: object) -> None:
    assert read_stamp(signing.dumps(signed, salt="policy_pages.feedback.form"), LOCAL) is None


# --- The whole site -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_above_the_bound_of_the_site_nobody_s_report_is_taken_and_none_is_lost(
    client: Client, bureau: Department, settings: SettingsWrapper
) -> None:
    settings.HUIQITONG_REPORTS_PER_HOUR = 3
    with travel("11-25 09:00"):
        for last in range(3):
            assert send(client, f"198.51.100.{last}").status_code == 302
        answer = send(client, "192.0.2.7", text="第四条", contact="0510-81820000")
        assert answer.status_code == 429
        page = soup(answer)
        said = page.select_one('[role="alert"]').get_text()
        assert in_order(said, "本站一小时内收到的已经很多", "请过一小时再提交", "请拨打 12345")
        assert page.select_one("#id_text").text.strip() == "第四条"
        assert page.select_one("#id_contact")["value"] == "0510-81820000"
        SiteProfile.objects.create(name="惠企通", phone="0510-81820000")
        assert "请拨打 0510-81820000 或 12345" in send(client, "192.0.2.7", text="第四条").content.decode()
        assert send(client, "198.51.100.1").status_code == 302, "sent twice it has its receipt"
        assert CorrectionTicket.objects.count() == 3
    with travel("11-25 10:00:01"):
        assert send(client, "192.0.2.7", text="第四条").status_code == 302
