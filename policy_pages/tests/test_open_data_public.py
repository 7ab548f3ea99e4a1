"""Only what is public, at any time; of what was, number, address and instant."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone
from wagtail.models import Page

from audit.models import Event
from policy_pages.enums import VocabularyCode
from policy_pages.models import Listing, Term
from policy_pages.tests import factories as f
from policy_pages.tests.open_data_world import LISTS, POLICIES, every, lines, make_city, titles
from tests.scenes import scene

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

pytestmark = pytest.mark.django_db

SECOND = datetime.timedelta(seconds=1)


def removed(client: Client, query: str = "") -> list[dict[str, Any]]:
    return client.get(f"/open-data/removed.json{query}").json()["items"]


def test_of_a_withdrawn_page_number_address_and_instant_are_told_and_nothing_else(
    client: Client, kjj: Department
) -> None:
    page = f.make_public(f.make_document(kjj, title="将被撤下"))
    f.make_document(kjj, title="从未公开")
    assert removed(client) == []
    with time_machine.travel("2026-11-27 10:00 +0800", tick=False):
        page.unpublish()
    told = removed(client)
    assert told == [
        {
            "id": page.pk,
            "url": f"http://127.0.0.1:8000/policies/kjj/{page.slug}/",
            "removed_at": "2026-11-27T10:00:00+08:00",
        }
    ]
    assert removed(client, "?updated_since=2026-11-27") == told
    assert removed(client, "?updated_since=2026-11-28") == []
    line = lines(client, "/open-data/removed.csv")[0]
    assert line == {"编号": str(page.pk), "网址": told[0]["url"], "撤下时间": "2026-11-27 10:00"}


def test_what_came_back_is_removed_no_more(client: Client, kjj: Department) -> None:
    page = f.make_public(f.make_document(kjj))
    page.unpublish()
    again = f.make_public(
        f.save_draft(type(page).objects.get(pk=page.pk), change=None, change_note="恢复", is_stock=True)
    )
    assert removed(client) == []
    assert [item["id"] for item in every(client, POLICIES)] == [again.pk]


def test_what_vanished_without_an_event_is_told_without_an_instant_at_any_time(client: Client, kjj: Department) -> None:
    page = f.make_public(f.make_document(kjj))
    page.unpublish()
    with time_machine.travel("2026-11-27 10:00 +0800", tick=False):
        draft = f.save_draft(type(page).objects.get(pk=page.pk), change=None, change_note="恢复", is_stock=True)
        f.make_public(draft)
    assert Event.objects.filter(action="page.unpublished").count() == 1
    Page.objects.filter(pk=page.pk).update(live=False)  # behind the system's back
    assert [item["removed_at"] for item in removed(client, "?updated_since=2999-01-01")] == [None]
    assert lines(client, "/open-data/removed.csv")[0]["撤下时间"] == ""


def test_a_deleted_page_is_told_by_its_last_publication(client: Client, kjj: Department) -> None:
    page = f.make_public(f.make_document(kjj))
    slug, pk = page.slug, page.pk
    page.unpublish()
    Listing.objects.filter(page=pk).delete()
    type(page.change).objects.filter(pk=page.change_id).update(page=None)
    type(page).objects.get(pk=pk).delete()
    assert [(item["id"], item["url"]) for item in removed(client)] == [
        (pk, f"http://127.0.0.1:8000/policies/kjj/{slug}/")
    ]


# --- Only what is public, at any time -------------------------------------------------------------------------


TITLE = "到点才公开的研发办法"


def everywhere(client: Client, page: Any) -> dict[str, bool]:
    """Whether each address of ours tells of a page."""
    own = f"/open-data/policies/kjj/{page.slug}.json"
    addresses = [*LISTS, "/open-data/", f"{POLICIES}?type=document&department=kjj", own]
    without = {"/open-data/", "/open-data/terms.json", "/open-data/terms.csv"}
    without |= {f"/open-data/{name}" for name in ("departments.json", "departments.csv", "windows.json", "windows.csv")}
    without |= {"/open-data/removed.json", "/open-data/removed.csv"}
    found = {}
    for address in addresses:
        answer = client.get(address)
        told = TITLE in answer.content.decode() or f"/{page.slug}" in answer.content.decode()
        if address in without:
            assert not told or address.startswith("/open-data/removed")
        else:
            found[address] = told
    return found


def test_a_scheduled_text_is_nowhere_a_second_before_and_everywhere_a_second_after(
    client: Client, kjj: Department
) -> None:
    category = Term.objects.filter(vocabulary=VocabularyCode.CATEGORY).first()
    assert category.code == "category-01"
    moment = timezone.now().replace(microsecond=0) + datetime.timedelta(hours=3)
    page = f.make_public(f.make_document(kjj, title=TITLE, go_live_at=moment))
    with time_machine.travel(moment - SECOND, tick=False):
        call_command("publish_scheduled")
        assert set(everywhere(client, page).values()) == {False}
        assert client.get("/open-data/departments.json").json()["items"][0]["total"] == 0
    with time_machine.travel(moment + SECOND, tick=False):
        call_command("publish_scheduled")
        assert set(everywhere(client, page).values()) == {True}
        assert client.get("/open-data/departments.json").json()["items"][0]["total"] == 1


def test_a_scheduled_update_shows_the_old_text_until_its_second(client: Client, kjj: Department) -> None:
    page = f.make_public(f.make_document(kjj, title="研发办法"))
    moment = timezone.now().replace(microsecond=0) + datetime.timedelta(hours=3)
    f.make_public(f.save_draft(page, title=TITLE, change_note="改名", go_live_at=moment, change=None))
    with time_machine.travel(moment - SECOND, tick=False):
        call_command("publish_scheduled")
        for address in LISTS:
            assert TITLE not in client.get(address).content.decode()
        assert titles(client, POLICIES) == ["研发办法"]
    with time_machine.travel(moment + SECOND, tick=False):
        call_command("publish_scheduled")
        assert titles(client, f"{POLICIES}?updated_since={moment:%Y-%m-%dT%H:%M:%SZ}") == [TITLE]
        assert len(client.get("/feed.atom").content.decode().split("<entry>")) == 3


def test_a_withdrawn_text_is_everywhere_a_second_before_and_nowhere_a_second_after(
    client: Client, kjj: Department
) -> None:
    moment = timezone.now().replace(microsecond=0) + datetime.timedelta(hours=3)
    page = f.make_public(f.make_document(kjj, title=TITLE))
    with time_machine.travel(moment - SECOND, tick=False):
        assert set(everywhere(client, page).values()) == {True}
        assert removed(client) == []
    with time_machine.travel(moment, tick=False):
        page.unpublish()
    with time_machine.travel(moment + SECOND, tick=False):
        assert set(everywhere(client, page).values()) == {False}
        assert [item["id"] for item in removed(client)] == [page.pk]


def test_no_list_tells_of_a_draft_or_an_unlisted_page(client: Client, kjj: Department, gxj: Department) -> None:
    city = scene("open data city", lambda: make_city(kjj, gxj))
    f.save_draft(city["guide"], title="改了一半的标题")
    for address in [*LISTS, "/open-data/search.json?q=绝密草案", "/open-data/search.json?q=改了一半"]:
        text = client.get(address).content.decode()
        assert "绝密" not in text
        assert "改了一半的标题" not in text
