"""网站信息: the facts in the foot, checked, kept by the bureau, each change told (国办发〔2017〕47号)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from audit.errors import Conflict
from audit.models import Event
from policy_pages.imprint.rules import profile_faults
from policy_pages.imprint.services import current_profile, save_profile, stamp
from policy_pages.models import SiteProfile
from policy_pages.templatetags.public import site_facts
from policy_pages.tests.factories import user

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import DjangoAssertNumQueries

    from accounts.models import Department

URL = "/admin/site-profile/"
FACTS = {
    "name": "无锡惠企通",
    "id_code": "3202000001",
    "host_unit": "无锡市行政审批局",
    "phone": "0510-81820000",
    "address": "无锡市观山路199号",
    "postcode": "214131",
    "icp_number": "苏ICP备12345678号-1",
    "psb_number": "苏公网安备32020002000001号",
    "psb_url": "https://beian.mps.gov.cn/#/query/webSearch?code=32020002000001",
    "notice": "政策内容以正式文件为准。",
    "find_error_url": "https://zfwzgl.www.gov.cn/exposure/jiucuo.html?site_code=3202000001",
}


# --- How the numbers are written -----------------------------------------------------------------------------------


def test_the_facts_of_a_site_are_in_order_and_so_is_an_empty_one() -> None:
    assert profile_faults(FACTS) == {}
    assert profile_faults({}) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id_code", "320200001"),
        ("id_code", "32020000011"),
        ("id_code", "３２０２００００01"),
        ("icp_number", "ICP备12345678号"),
        ("icp_number", "苏ICP备12345678"),
        ("icp_number", "苏ICP证12345678号"),
        ("psb_number", "苏公网安备3202号"),
        ("psb_number", "公网安备32020002000001号"),
        ("psb_url", "beian.mps.gov.cn"),
        ("psb_url", "https://example.com/"),
        ("psb_url", "https://gov.cn@example.com/"),
        ("psb_url", "https://x@beian.mps.gov.cn/"),
        ("psb_url", "javascript:alert(1)//x.gov.cn"),
        ("psb_url", "https://[::1/.gov.cn"),
        ("find_error_url", "http://evilgov.cn/"),
        ("phone", "2026-11-25"),
        ("phone", "电话"),
        ("postcode", "21413"),
    ],
)
def test_a_number_written_otherwise_is_refused_at_its_field(name: str, value: str) -> None:
    assert list(profile_faults({**FACTS, name: value})) == [name]


@pytest.mark.parametrize("number", ["苏ICP备12345678号", "京ICP备05070218号-12", "粤ICP备2021123456号-1"])
def test_icp_numbers_as_they_are_given(number: str) -> None:
    assert profile_faults({"icp_number": number}) == {}


def test_an_address_to_look_up_a_number_needs_the_number() -> None:
    assert list(profile_faults({**FACTS, "psb_number": ""})) == ["psb_number"]


# --- Changing ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_change_is_told_with_before_and_after(bureau: Department) -> None:
    moderator = user("spj-moder")
    assert save_profile(facts=FACTS, seen="", actor=moderator)
    event = Event.objects.get(action="site.changed")
    assert event.actor_id == moderator.pk
    assert event.payload["before"] == dict.fromkeys(FACTS, "")
    assert event.payload["after"] == FACTS
    profile = current_profile()
    assert save_profile(facts={**FACTS, "phone": "0510-81820001"}, seen=stamp(profile), actor=moderator)
    assert Event.objects.filter(action="site.changed").last().payload == {
        "before": {"phone": "0510-81820000"},
        "after": {"phone": "0510-81820001"},
    }
    assert not save_profile(facts={**FACTS, "phone": "0510-81820001"}, seen=stamp(current_profile()), actor=moderator)
    assert Event.objects.filter(action="site.changed").count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("username", ["spj-audit", "spj-acct", "sys-admin", "kjj-edit", "kjj-review"])
def test_nobody_but_the_moderator_changes_it(kjj: Department, login: Any, username: str) -> None:
    with pytest.raises(PermissionDenied):
        save_profile(facts=FACTS, seen="", actor=user(username))
    client = login(username)
    assert (client.get(URL).status_code == 200) == (username == "spj-audit")
    client.post(URL, FACTS)
    assert not SiteProfile.objects.exists()


@pytest.mark.django_db
def test_who_read_an_older_profile_is_told_so(bureau: Department) -> None:
    save_profile(facts=FACTS, seen="", actor=user("spj-moder"))
    with pytest.raises(Conflict):
        save_profile(facts={**FACTS, "name": "惠企"}, seen="", actor=user("spj-moder"))


@pytest.mark.django_db
def test_every_fault_is_told_at_once(bureau: Department) -> None:
    with pytest.raises(ValidationError) as refused:
        save_profile(facts={"id_code": "1", "phone": "x", "notice": "长" * 301}, seen="", actor=user("spj-moder"))
    assert set(refused.value.message_dict) == {"id_code", "phone", "notice"}
    assert not SiteProfile.objects.exists()


@pytest.mark.django_db
def test_there_is_one_row() -> None:
    SiteProfile.objects.create()
    with pytest.raises(IntegrityError), transaction.atomic():
        SiteProfile.objects.create(pk=2)
    assert str(SiteProfile.objects.get()) == "网站信息"


# --- The page ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_moderator_changes_it_on_its_page_and_the_auditor_reads_what_was_changed(
    bureau: Department, login: Any
) -> None:
    client = login("spj-moder")
    page = BeautifulSoup(client.get(URL).content, "html.parser")
    assert "还没有更改过" in page.get_text()
    bad = client.post(URL, {**FACTS, "id_code": "12", "phone": "x"}).content.decode()
    assert "网站标识码是 10 位数字" in bad
    assert "这不是电话号码" in bad
    assert "无锡惠企通" in bad, "what was typed stays"
    assert client.post(URL, {**FACTS, "seen": ""}).status_code == 302
    again = BeautifulSoup(client.get(URL).content, "html.parser")
    seen = again.find("input", {"name": "seen"})["value"]
    client.post(URL, {**FACTS, "seen": seen})
    assert Event.objects.filter(action="site.changed").count() == 1
    client.post(URL, {**FACTS, "phone": "", "seen": seen})
    assert client.post(URL, {**FACTS, "name": "旧", "seen": seen}).status_code == 409
    watcher = BeautifulSoup(login("spj-audit").get(URL).content, "html.parser")
    assert "联系电话：0510-81820000 → （空）" in watcher.get_text()
    assert watcher.select_one('form [name="phone"]') is None


# --- What the public pages are given ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_without_a_profile_the_settings_speak(settings: Any) -> None:
    settings.HUIQITONG_SITE_ID_CODE = "3202009999"
    facts = site_facts()
    assert (facts["name"], facts["id_code"], facts["host_unit"]) == ("惠企通", "3202009999", "市行政审批局")
    empty = {name: value for name, value in facts.items() if not value}
    assert set(empty) == {"icp_number", "psb_number", "psb_url", "phone", "address", "notice", "find_error_url"}


@pytest.mark.django_db
def test_the_next_page_shows_the_change_and_asks_once(
    client: Client, bureau: Department, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    save_profile(facts=FACTS, seen="", actor=user("spj-moder"))
    with django_assert_num_queries(1):
        facts = site_facts()
    wanted = {name: value for name, value in FACTS.items() if name not in {"address", "postcode"}}
    assert {name: facts[name] for name in wanted} == wanted
    assert facts["address"] == "无锡市观山路199号（邮编 214131）"
    page = BeautifulSoup(client.get("/").content, "html.parser")
    assert page.find("meta", {"name": "SiteName"})["content"] == "无锡惠企通"
    assert page.find("meta", {"name": "SiteIDCode"})["content"] == "3202000001"
    save_profile(facts={**FACTS, "name": "惠企通"}, seen=stamp(current_profile()), actor=user("spj-moder"))
    page = BeautifulSoup(client.get("/").content, "html.parser")
    assert page.find("meta", {"name": "SiteName"})["content"] == "惠企通"
