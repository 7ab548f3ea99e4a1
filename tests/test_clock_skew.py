"""A server whose clock runs a day ahead and is set back: real processes under faketime, the real database (P11, A12).

The day judged: a change of Thursday 12 March 2026, to be public by Tuesday the 17th. On that Tuesday the clock of the server
says Wednesday for a while.
"""

from __future__ import annotations

import datetime
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from audit.models import DutyClock, DutyNotice, Event
from audit.services import verify_chain
from audit.services.replay import replay_verdicts
from conftest import ON_CI
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
SHANGHAI = ZoneInfo("Asia/Shanghai")


def database_url() -> str:
    """The address of the test's own database, for another process."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"


@pytest.fixture
def digests(tmp_path: Path) -> Path:
    return tmp_path / "digests"


def tick(at: str, digests: Path) -> None:
    """Run the timer as a process of its own, whose clock says `at` of March 2026 in Shanghai."""
    faketime = shutil.which("faketime")
    if faketime is None:
        (pytest.fail if ON_CI else pytest.skip)("faketime is not installed (make install-browser)")
    connection.close()  # the other process must find nothing locked
    environment = {
        **os.environ,
        "TZ": "Asia/Shanghai",
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "cms.settings.test",
        "HUIQITONG_DIGEST_DIR": str(digests),
    }
    command = [faketime, f"2026-03-{at}", sys.executable, "manage.py", "tick", "--skip-checks"]
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


def reminders() -> list[tuple[str, str]]:
    """Kind and local day of what the unit was told of its change, as the inbox would show it."""
    told = DutyNotice.objects.filter(clock__rule__code="publish_change").order_by("pk")
    return [(notice.kind, f"{notice.created_at.astimezone(SHANGHAI):%d}") for notice in told]


def test_a_day_ahead_and_back_turns_no_verdict_and_loses_no_reminder_and_no_digest(digests: Path) -> None:
    with time_machine.travel(datetime.datetime(2026, 3, 12, 10, tzinfo=SHANGHAI), tick=True):
        f.make_bureau()
        kjj = f.make_department()
        change = f.make_change(kjj, days_ago=0)
    clock = DutyClock.objects.get(pk=change.clock_id)

    tick("18 10:00:00", digests)  # it is Tuesday the 17th
    assert reminders() == [("overdue", "18")], "power check: the skewed clock does think it late"
    tick("17 10:30:00", digests)
    assert reminders() == [("due_soon", "17")]
    clock.refresh_from_db()
    assert (clock.outcome, clock.due_on) == ("open", datetime.date(2026, 3, 17))

    tick("18 09:00:00", digests)
    assert reminders() == [("due_soon", "17"), ("overdue", "18")]
    days = Event.objects.filter(action="digest.signed").order_by("seq").values_list("object_id", flat=True)
    assert list(days) == ["2026-03-18", "2026-03-17", "2026-03-18"]
    assert len(list(digests.glob("2026-03-1*.json"))) == 3

    with time_machine.travel(datetime.datetime(2026, 3, 18, 10, tzinfo=SHANGHAI), tick=True):
        f.make_public(f.make_document(kjj, change=change))
    clock.refresh_from_db()
    assert (clock.outcome, clock.used) == ("late", 4)
    assert list(Event.objects.order_by("seq").values_list("seq", flat=True)) == list(
        range(1, Event.objects.count() + 1)
    )
    assert Event.objects.filter(action="time.stepped_back").count() == 1
    assert replay_verdicts().ok
    report = verify_chain()
    assert report.ok
    assert len(report.notices) == 1
    call_command("audit_verify", "--since-digest", *map(str, sorted(digests.glob("*.json"))))
