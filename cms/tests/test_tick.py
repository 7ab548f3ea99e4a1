"""`tick`: everything periodic, idempotent."""

from __future__ import annotations

import datetime
import io
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.services import permission_drift
from audit.models import CalendarYear, Event
from policy_pages.models import PolicyDocumentPage
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

    from accounts.models import Department

pytestmark = pytest.mark.django_db


@pytest.fixture
def kjj() -> Department:
    f.make_bureau()
    return f.make_department()


def tick() -> str:
    out = io.StringIO()
    call_command("tick", stdout=out)
    return out.getvalue()


def scheduled(department: Department, hours: int = 2) -> PolicyDocumentPage:
    page = f.make_document(department, go_live_at=timezone.now() + datetime.timedelta(hours=hours))
    return f.make_public(page)


def test_what_was_approved_for_later_goes_public_at_its_time_and_not_before(kjj: Department) -> None:
    page = scheduled(kjj)
    tick()
    assert not PolicyDocumentPage.objects.get(pk=page.pk).live
    with time_machine.travel(timezone.now() + datetime.timedelta(hours=3)):
        assert "已按时发布" in tick()
        page = PolicyDocumentPage.objects.get(pk=page.pk)
        assert page.live
        assert page.change.clock.finished_at == page.first_published_at
        events = Event.objects.count()
        tick()
        assert Event.objects.count() == events, "the second run finds nothing to do"


def test_a_file_swapped_on_disk_after_approval_keeps_the_text_from_going_public(kjj: Department) -> None:
    """Promise 1: what goes public is what was approved, bytes of attachments included."""
    file = f.make_file(kjj)
    body = [("attachments", [{"file": file, "label": ""}])]
    page = f.make_document(kjj, body=body, go_live_at=timezone.now() + datetime.timedelta(hours=2))
    f.make_public(page)
    with file.file.storage.open(file.file.name, "wb") as stored:
        stored.write(b"%PDF-1.4 something else")
    with (
        time_machine.travel(timezone.now() + datetime.timedelta(hours=3)),
        pytest.raises(CommandError, match="与审核通过的不一致"),
    ):
        tick()
    assert not PolicyDocumentPage.objects.get(pk=page.pk).live
    assert not Event.objects.filter(action="page.published").exists()


def test_one_that_fails_does_not_hold_up_the_others(kjj: Department) -> None:
    broken, sound = scheduled(kjj), scheduled(kjj)
    broken.listing.delete()
    with (
        time_machine.travel(timezone.now() + datetime.timedelta(hours=3)),
        pytest.raises(CommandError, match="未能发布"),
    ):
        tick()
    assert not PolicyDocumentPage.objects.get(pk=broken.pk).live
    assert PolicyDocumentPage.objects.get(pk=sound.pk).live


def test_a_gap_is_settled_when_the_year_is_entered(kjj: Department) -> None:
    with time_machine.travel(datetime.datetime(2026, 12, 30, 2, tzinfo=datetime.UTC)):
        change = f.make_change(kjj, days_ago=0)
        assert change.clock.due_on is None
        CalendarYear.objects.create(year=2027, confirmed=True)
        assert "更新了 1 个期限" in tick()
    change.clock.refresh_from_db()
    # No rest day of 2027 is entered here but weekends: 12-31, then Friday 01-01 and Monday 01-04.
    assert change.clock.due_on == datetime.date(2027, 1, 4)


def test_a_unit_is_reminded_once_of_what_is_due_by_the_next_working_day(kjj: Department) -> None:
    with time_machine.travel(datetime.datetime(2026, 12, 14, 2, tzinfo=datetime.UTC)):
        f.make_change(kjj, trigger_date=datetime.date(2026, 12, 10))  # ends on Tuesday the 15th
        assert "提醒了 1 项" in tick()
        assert "提醒了" not in tick()


def test_an_assignment_that_ran_out_loses_its_rights(kjj: Department) -> None:
    assignment = f.user("kjj-edit").assignments.get()
    type(assignment).objects.filter(pk=assignment.pk).update(valid_from="2023-01-01", valid_until="2023-12-31")
    assert permission_drift()
    tick()
    assert permission_drift() == []
    assert not f.user("kjj-edit").groups.exists()


def test_a_scheduled_update_brings_its_classification_along_and_not_before(kjj: Department) -> None:
    page = f.make_public(f.make_guide(kjj))
    later = timezone.now() + datetime.timedelta(hours=2)
    f.hand_in(f.save_draft(page, title="改后的指南", change_note="标题改正", go_live_at=later))
    f.act(page, "kjj-review")
    f.act(page, "spj-moder", **f.classification(route="complex"))
    assert (page.listing.route, type(page).objects.get(pk=page.pk).title) == ("simple", "企业研发投入后补助")
    with time_machine.travel(later + datetime.timedelta(minutes=1)):
        call_command("publish_scheduled", stdout=io.StringIO())
    page = type(page).objects.get(pk=page.pk)
    assert (page.title, page.listing.route, page.listing.revision_id) == (
        "改后的指南",
        "complex",
        page.live_revision_id,
    )
    assert page.listing.scheduled is None


def test_the_chain_is_signed_once_a_day_and_a_missing_key_is_said(
    kjj: Department, settings: SettingsWrapper, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    settings.HUIQITONG_DIGEST_DIR, settings.HUIQITONG_DIGEST_KEY = str(tmp_path / "out"), str(tmp_path / "key.pem")
    settings.HUIQITONG_DIGEST_KEY_MADE = False
    with pytest.raises(CommandError, match="今日的审计摘要未能签署：签名私钥"):
        tick()
    settings.HUIQITONG_DIGEST_KEY_MADE = True
    with django_capture_on_commit_callbacks(execute=True):
        assert "已写出今日的审计摘要" in tick()
    assert len(list((tmp_path / "out").glob("20*.json"))) == 1
    assert "审计摘要" not in tick()
