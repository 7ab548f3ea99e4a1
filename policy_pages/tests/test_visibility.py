"""A second before its time nothing of a page is public at any address; a second after, it is at all of them."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.utils import timezone

from policy_pages.models import Listing, Term
from policy_pages.services.indexing import mend_index
from policy_pages.services.schedule import publish_due
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from accounts.models import Department

WORD = "量子芝麻"
SECOND = datetime.timedelta(seconds=1)


def hotline(number: str) -> list[tuple[str, dict[str, str]]]:
    return [("hotline", {"number": number, "contact": "", "hours": ""})]


#: Every HTML address and the map, with what it says of the page once it is public.
SAYS = {
    "/": WORD,
    "/policies/": WORD,
    "/policies/kjj/": WORD,
    "/guides/": WORD,
    "/guides/?window=open": WORD,
    "/guides/?department=kjj&sort=newest": WORD,
    "/policies/?term=theme-02": "共 <strong>1</strong> 条",
    f"/search/?q={WORD}": "共找到 <strong>1</strong> 条",
    "/departments/": "已公开 1 项",
    "/departments/kjj/": "0510-81828888",
    "/site-map/": "/policies/?term=theme-02",
    "/sitemap.xml": "/policies/kjj/zn-1/",
    "/policies/kjj/zn-1/": WORD,
}


def saying(client: Client) -> set[str]:
    """Addresses that say it. What is not answered, or leads elsewhere because its filter holds nothing, says nothing."""
    mend_index()  # for a commit that no test reaches
    answers = {address: client.get(address) for address in SAYS}
    return {
        address
        for address, answer in answers.items()
        if answer.status_code == 200 and SAYS[address] in answer.content.decode()
    }


@pytest.fixture
def theme(kjj: Department) -> dict[str, list[str]]:
    return {"themes": [str(Term.objects.get(code="theme-02").pk)]}


def make(kjj: Department, **facts: Any) -> Any:
    return f.make_guide(kjj, title=f"{WORD}补助", hotlines=hotline("0510-81828888"), **facts)


def approve(page: Any, theme: dict[str, Any]) -> Any:
    f.hand_in(page)
    f.act(page, "kjj-review")
    return f.act(page, "spj-moder", **f.classification(**theme))


def test_a_draft_is_nowhere_until_the_second_approval(client: Client, kjj: Department, theme: dict[str, Any]) -> None:
    page = make(kjj)
    assert saying(client) == set()
    f.hand_in(page)
    assert saying(client) == set()
    f.act(page, "kjj-review")
    assert saying(client) == set()
    f.act(page, "spj-moder", **f.classification(**theme))
    assert saying(client) == set(SAYS)


@pytest.fixture
def appointed(kjj: Department, theme: dict[str, Any]) -> Iterator[datetime.datetime]:
    """Approved on Wednesday for Friday 08:00."""
    instant = (timezone.localtime() + datetime.timedelta(days=2)).replace(hour=8, minute=0, second=0, microsecond=0)
    approve(make(kjj, go_live_at=instant), theme)
    return instant


def test_a_scheduled_page_is_public_from_its_second_on(client: Client, appointed: datetime.datetime) -> None:
    assert Listing.objects.exists(), "classified already"
    with time_machine.travel(appointed - SECOND, tick=False):
        assert publish_due().published == []
        assert saying(client) == set()
    with time_machine.travel(appointed + SECOND, tick=False):
        assert len(publish_due().published) == 1
        assert saying(client) == set(SAYS)


def test_a_scheduled_page_waits_for_the_timer_not_for_the_clock_alone(
    client: Client, appointed: datetime.datetime
) -> None:
    """Public is what the service has published with its record and event; the hour alone makes nothing public."""
    with time_machine.travel(appointed + SECOND, tick=False):
        assert saying(client) == set()


def test_what_is_taken_down_is_nowhere_at_once(client: Client, kjj: Department, theme: dict[str, Any]) -> None:
    page = approve(make(kjj), theme)
    with time_machine.travel(timezone.now() + SECOND, tick=False):
        assert saying(client) == set(SAYS)
        page.unpublish()
        assert saying(client) == set()


def test_the_next_version_is_nowhere_before_its_second(client: Client, kjj: Department, theme: dict[str, Any]) -> None:
    page = approve(f.make_guide(kjj, title="旧名称", hotlines=hotline("0510-81820000")), theme)
    instant = (timezone.localtime() + datetime.timedelta(days=2)).replace(hour=8, minute=0, second=0, microsecond=0)
    texts = {"title": f"{WORD}补助", "change_note": "更名", "hotlines": hotline("0510-81828888"), "change": None}
    approve(f.save_draft(page, go_live_at=instant, **texts), theme)
    same = {"/policies/?term=theme-02", "/departments/", "/site-map/", "/sitemap.xml"}
    with time_machine.travel(instant - SECOND, tick=False):
        publish_due()
        assert saying(client) == same, "what says only that there is a page"
        assert "旧名称" in client.get("/policies/kjj/zn-1/").content.decode()
    with time_machine.travel(instant + SECOND, tick=False):
        publish_due()
        assert saying(client) == set(SAYS)
        assert "旧名称" not in client.get("/guides/").content.decode()
