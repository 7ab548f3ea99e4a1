"""A hundred thousand events: the chain is verified, every verdict replayed, and the pages over them open as before."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import DutyClock, Event
from audit.services import verify_chain
from audit.services.replay import replay_verdicts
from benchmarks.filling import Filler
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from accounts.models import Department

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.once, pytest.mark.no_cover]

CLOCKS = 35_000
#: Seconds that a page may take on two cores that do other things too; on idle ones each takes a tenth of it.
PATIENCE = 3.0


@pytest.fixture
def units() -> list[Department]:
    """The bureau, and departments with some thousand clocks each."""
    f.make_bureau()
    units = [f.make_department(f"b{n}", f"第{n}局") for n in range(10)]
    Filler(units).fill(CLOCKS)
    return units


def test_chain_replay_and_pages_over_a_hundred_thousand_events(units: list[Department]) -> None:
    assert Event.objects.count() > 100_000
    report = verify_chain()
    assert (report.ok, report.count) == (True, Event.objects.count())
    replayed = replay_verdicts()
    assert (replayed.clocks, replayed.differences) == (CLOCKS, [])

    clock = DutyClock.objects.latest("pk")
    seen = {}
    for username, address in [
        ("spj-audit", reverse("events:index")),
        ("spj-audit", reverse("events:index") + "?p=1000"),
        ("spj-audit", reverse("events:index") + "?action=clock.handed"),
        ("spj-audit", reverse("events:index") + "?department_code=b3"),
        ("spj-audit", reverse("events:index") + "?q=研发"),
        ("spj-audit", reverse("duties:detail", args=[clock.pk])),
        ("spj-moder", reverse("duties:index")),
        ("spj-moder", reverse("duties:index") + "?state=all"),
        ("spj-moder", reverse("policy_pages_report") + "?period=2026"),
        ("b3-edit", reverse("duties:index")),
        ("b3-edit", reverse("policy_pages_inbox")),
        ("", "/timeliness/?period=2026"),
    ]:
        client = Client()
        if username:
            client.force_login(f.user(username))
        start = time.perf_counter()
        assert client.get(address).status_code == 200
        seen[f"{username} {address}"] = time.perf_counter() - start
    print(seen)  # shown with -s
    assert {page: round(seconds, 2) for page, seconds in seen.items() if seconds > PATIENCE} == {}
