"""The harness finds what it is for: with one transaction seeded away, each sweep must name a broken promise."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from wagtail.models import TaskState

from policy_pages import admin_views
from policy_pages.models import PolicyPage
from policy_pages.services import schedule
from policy_pages.tests.factories import hand_in, make_document, save_draft
from tests.failpoints.harness import sweep
from tests.failpoints.world import (
    Door,
    approve_at_bureau,
    before_bureau,
    command,
    decide_at,
    document_with_attachment,
    make_world,
    submit_on_edit_page,
)

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper
    from wagtail.models import Revision

    from accounts.models import User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

MIDDLEWARE = "cms.middleware.AtomicUnsafeRequestMiddleware"


@pytest.fixture
def _no_transaction_around_requests(settings: SettingsWrapper) -> None:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != MIDDLEWARE]


def publish_like_stock(revision: Revision, now: datetime.datetime) -> bool:
    revision.publish(log_action="wagtail.publish.scheduled")
    return True


@pytest.mark.parametrize("name", ["tick", "publish_scheduled"])
def test_finds_live_without_event_when_publishing_is_not_atomic(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = timezone.now() + datetime.timedelta(days=1)
    approve_at_bureau(before_bureau(save_draft(document_with_attachment(make_world()), go_live_at=later)))()
    monkeypatch.setattr(PolicyPage, "publish", PolicyPage.publish.__wrapped__)
    monkeypatch.setattr(schedule, "_publish", publish_like_stock)
    with time_machine.travel(later + datetime.timedelta(minutes=1)):
        problems = sweep(command(name), tmp_path, refuses_whole=False).problems
    assert any("no publication record" in problem for problem in problems)
    assert any("no event of publishing" in problem for problem in problems)
    assert any("entries in Wagtail's log" in problem for problem in problems)


@pytest.mark.usefixtures("_no_transaction_around_requests")
def test_finds_a_decision_without_event_when_deciding_is_not_atomic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decide_like_stock(*, task_state_id: int, actor: User, **_rest: object) -> str:
        TaskState.approve.__wrapped__(TaskState.objects.get(pk=task_state_id), user=actor)
        return reverse("policy_pages_inbox")

    page = hand_in(make_document(make_world()))
    run = decide_at(Door("kjj-review"), page, "approve")
    monkeypatch.setattr(admin_views, "decide", decide_like_stock)
    problems = sweep(run, tmp_path).problems
    assert any("no event task.approved" in problem for problem in problems)
    assert any("in_progress, its step: approved" in problem for problem in problems)


@pytest.mark.usefixtures("_no_transaction_around_requests")
def test_finds_a_refused_submission_that_changed_something(tmp_path: Path) -> None:
    problems = sweep(submit_on_edit_page(make_document(make_world())), tmp_path).problems
    assert any("refused" in problem and "has changed" in problem for problem in problems)
