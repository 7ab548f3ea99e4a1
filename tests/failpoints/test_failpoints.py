"""No error at any write of any path leaves an effect without its event, or an event without its effect (P1)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from policy_pages.tests.factories import hand_in, make_change, make_document, save_draft
from tests.failpoints.harness import sweep
from tests.failpoints.world import (
    Door,
    approve_at_bureau,
    before_bureau,
    command,
    decide_at,
    document_with_attachment,
    live_document,
    make_world,
    register_form,
    repealing_draft,
    submit_on_edit_page,
    withdraw_on_edit_page,
)
from tests.scenes import scene

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from accounts.models import Department

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

#: Wagtail keeps its index of references in a task whose errors it only logs; `rebuild_references_index` mends it.
DERIVED = ("wagtailcore_referenceindex",)
#: After the commit of a publication the search index is written, with its mark for kept searches, in a transaction of its
#: own, whose errors are logged; `tick` mends it (docs/decisions/0012).
INDEX = ("wagtailsearch_indexentry", "policy_pages_publicchange")
#: A publication has two commits: its own, and then the index's.
PUBLISHING = (*DERIVED, *INDEX, "commit 2")
TOMORROW = datetime.timedelta(days=1)


@pytest.fixture
def department() -> Department:
    return scene("small world", make_world)


def prove(
    run: Callable[[], None],
    folder: Path,
    *,
    at_least: int,
    refuses_whole: bool = True,
    may_fail_silently: tuple[str, ...] = DERIVED,
) -> None:
    """Sweep a path; `at_least` so many writes must have been visited, or the sweep proves nothing."""
    report = sweep(run, folder, refuses_whole=refuses_whole)
    print(f"{report.writes} writes, {report.commits} commits, {report.unchanged} unchanged")  # shown with -s
    assert report.problems == []
    assert report.writes >= at_least
    assert report.commits >= 1
    assert [point for point in report.swallowed if not any(name in point for name in may_fail_silently)] == []


def test_first_publication_with_attachment(department: Department, tmp_path: Path) -> None:
    page = before_bureau(document_with_attachment(department))
    prove(approve_at_bureau(page), tmp_path, at_least=25, may_fail_silently=PUBLISHING)


def test_revision_of_a_live_document(department: Department, tmp_path: Path) -> None:
    page = before_bureau(save_draft(live_document(department), summary="提高补助比例。", change_note="勘误"))
    prove(approve_at_bureau(page), tmp_path, at_least=18, may_fail_silently=PUBLISHING)


def test_repeal_of_a_live_document(department: Department, tmp_path: Path) -> None:
    page = before_bureau(repealing_draft(live_document(department)))
    prove(approve_at_bureau(page), tmp_path, at_least=25, may_fail_silently=PUBLISHING)


def test_approval_for_a_later_date(department: Department, tmp_path: Path) -> None:
    page = before_bureau(save_draft(document_with_attachment(department), go_live_at=timezone.now() + TOMORROW))
    prove(approve_at_bureau(page), tmp_path, at_least=12)


def test_approval_of_a_live_document_for_a_later_date(department: Department, tmp_path: Path) -> None:
    live = live_document(department)
    page = before_bureau(save_draft(live, change_note="勘误", go_live_at=timezone.now() + TOMORROW))
    prove(approve_at_bureau(page), tmp_path, at_least=12)


@pytest.mark.parametrize("name", ["tick", "publish_scheduled"])
def test_scheduled_publication(name: str, department: Department, tmp_path: Path) -> None:
    later = timezone.now() + TOMORROW
    approve_at_bureau(before_bureau(save_draft(document_with_attachment(department), go_live_at=later)))()
    revised = save_draft(live_document(department), change_note="勘误", go_live_at=later)
    approve_at_bureau(before_bureau(revised))()
    with time_machine.travel(later + datetime.timedelta(minutes=1)):
        # Two publications, two transactions: one may stand while the other fails.
        silent = (*PUBLISHING, "commit 4")
        prove(command(name), tmp_path, at_least=24, refuses_whole=False, may_fail_silently=silent)


def test_submission_on_the_edit_page(department: Department, tmp_path: Path) -> None:
    prove(submit_on_edit_page(make_document(department)), tmp_path, at_least=10)


def test_resubmission_after_a_return(department: Department, tmp_path: Path) -> None:
    page = hand_in(make_document(department))
    decide_at(Door("kjj-review"), page, "reject", comment="请补充依据")()
    prove(submit_on_edit_page(page), tmp_path, at_least=10)


def test_withdrawal(department: Department, tmp_path: Path) -> None:
    prove(withdraw_on_edit_page(hand_in(make_document(department))), tmp_path, at_least=4)


def test_review_by_the_department(department: Department, tmp_path: Path) -> None:
    page = hand_in(document_with_attachment(department))
    prove(decide_at(Door("kjj-review"), page, "approve"), tmp_path, at_least=8)


@pytest.mark.parametrize("step", ["department", "bureau"])
def test_return_with_a_reason(step: str, department: Department, tmp_path: Path) -> None:
    draft = make_document(department)
    page, who = (hand_in(draft), "kjj-review") if step == "department" else (before_bureau(draft), "spj-moder")
    prove(decide_at(Door(who), page, "reject", comment="第三条引用有误"), tmp_path, at_least=5)


def test_registration_of_a_change(department: Department, tmp_path: Path) -> None:
    prove(register_form(department), tmp_path, at_least=8)


@pytest.mark.parametrize("action", ["correct", "cancel"])
def test_correction_and_cancellation_of_a_change(action: str, department: Department, tmp_path: Path) -> None:
    change = make_change(department)
    door, url = Door("spj-moder"), reverse("changes:edit", args=[change.pk])
    day = (change.trigger_date - datetime.timedelta(days=1)).isoformat()
    data = {"action": action, "trigger_date": day, "reason": "核对收文登记"}
    prove(lambda: door.post(url, data), tmp_path, at_least=4)
