"""Changes that a publication had carried out before they were registered, or together with another (A12)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from accounts.models import Assignment
from audit.errors import Conflict
from audit.models import Event
from audit.services.replay import replay_verdicts
from policy_pages.enums import ChangeKind, ChangeSubject
from policy_pages.models import ChangeRecord, PublicationRecord
from policy_pages.services.register import cancel_change, correct_trigger, publications_for, settle_by_publication
from policy_pages.tests.factories import (
    act,
    classification,
    hand_in,
    make_change,
    make_document,
    make_guide,
    make_public,
    save_draft,
    user,
)

if TYPE_CHECKING:
    from accounts.models import Department
    from policy_pages.models import PolicyDocumentPage

pytestmark = pytest.mark.django_db

D = datetime.date


@pytest.fixture(autouse=True)
def in_office(bureau: Department, kjj: Department, gxj: Department) -> None:
    """Everybody had the role before the days of which the tests speak."""
    Assignment.objects.update(valid_from=D(2023, 1, 5))


@pytest.fixture
def corrected(kjj: Department) -> PolicyDocumentPage:
    """A document public since Monday 2 March 2026 and updated, without a registered change, on Monday the 16th."""
    with time_machine.travel("2026-03-02 10:00 +0800", tick=False):
        page = make_public(make_document(kjj))
    with time_machine.travel("2026-03-16 10:00 +0800", tick=False):
        return make_public(save_draft(page, change=None, change_note="按修订后的文本更新"))


def register(kjj: Department, day: D) -> ChangeRecord:
    """Register, days later, the amendment that was already carried out."""
    with time_machine.travel("2026-03-20 10:00 +0800", tick=False):
        return make_change(kjj, kind=ChangeKind.AMENDED, trigger_date=day)


def latest() -> PublicationRecord:
    return PublicationRecord.objects.latest("published_at")


def test_a_change_registered_after_its_publication_ends_when_the_server_published(
    kjj: Department, corrected: PolicyDocumentPage
) -> None:
    change = register(kjj, D(2026, 3, 12))
    settle_by_publication(change=change, publication=latest(), reason="16 日已按新文本公开", actor=user("spj-moder"))
    change.refresh_from_db()
    # Thursday the 12th; Monday the 16th is the second working day.
    assert (change.clock.outcome, change.clock.used, change.clock.finished_at) == ("on_time", 2, latest().published_at)
    assert change.page_id == corrected.pk
    event = Event.objects.get(action="change.settled")
    assert (event.payload["reason"], event.payload["publication"]) == ("16 日已按新文本公开", latest().pk)
    assert replay_verdicts().ok


def test_the_bureau_bears_its_own_days_of_a_change_settled_afterwards(kjj: Department) -> None:
    """Two changes of Thursday 12 March. The text of both, naming none, comes to the bureau on Friday the 13th, is returned
    on Tuesday the 17th, comes again on Wednesday the 18th and is approved on Friday the 20th: of six working days Monday,
    Tuesday, Thursday and Friday were the bureau's.
    """
    with time_machine.travel("2026-03-02 10:00 +0800", tick=False):
        page = make_public(make_document(kjj))
    with time_machine.travel("2026-03-13 10:00 +0800", tick=False):
        page = act(hand_in(save_draft(page, change=None, change_note="按修订后的文本更新")), "kjj-review")
    with time_machine.travel("2026-03-17 10:00 +0800", tick=False):
        page = act(page, "spj-moder", "reject", comment="请补充附件")
    with time_machine.travel("2026-03-18 10:00 +0800", tick=False):
        page = act(hand_in(save_draft(page, summary="补充后")), "kjj-review")
    with time_machine.travel("2026-03-20 10:00 +0800", tick=False):
        act(page, "spj-moder", **classification())
    change = register(kjj, D(2026, 3, 12))
    settle_by_publication(change=change, publication=latest(), reason="20 日已公开", actor=user("spj-moder"))
    change.refresh_from_db()
    assert (change.clock.outcome, change.clock.used, change.clock.bureau_used) == ("late", 6, 4)
    assert replay_verdicts().ok


def test_what_was_handed_over_before_stands_and_the_text_s_own_days_are_added(kjj: Department) -> None:
    """A change of Thursday 12 March whose own text lay at the bureau from Friday the 13th to Monday the 16th. It is carried
    out by another, which lay there from that Friday to Friday the 20th: the bureau had every day from Monday on.
    """
    with time_machine.travel("2026-03-02 10:00 +0800", tick=False):
        page, own = make_public(make_document(kjj)), make_public(make_document(kjj, title="单独一份"))
    with time_machine.travel("2026-03-12 10:00 +0800", tick=False):
        change = make_change(kjj, days_ago=0, kind=ChangeKind.AMENDED)
    with time_machine.travel("2026-03-13 10:00 +0800", tick=False):
        own = act(hand_in(save_draft(own, change=change, summary="修订")), "kjj-review")
        page = act(hand_in(save_draft(page, change=None, change_note="合并修订")), "kjj-review")
    with time_machine.travel("2026-03-16 10:00 +0800", tick=False):
        act(own, "spj-moder", "reject", comment="并入另一份")
    with time_machine.travel("2026-03-20 10:00 +0800", tick=False):
        act(page, "spj-moder", **classification())
    settle_by_publication(change=change, publication=latest(), reason="已合并公开", actor=user("spj-moder"))
    change.refresh_from_db()
    assert (change.clock.outcome, change.clock.used, change.clock.bureau_used) == ("late", 6, 5)
    assert replay_verdicts().ok


def test_a_trigger_corrected_meanwhile_is_seen(kjj: Department, corrected: PolicyDocumentPage) -> None:
    """Whoever settles read the change before another moved its day behind that publication."""
    change = register(kjj, D(2026, 3, 12))
    stale = ChangeRecord.objects.get(pk=change.pk)
    with time_machine.travel("2026-03-20 11:00 +0800", tick=False):
        correct_trigger(change=change, trigger_date=D(2026, 3, 18), reason="以红头文件为准", actor=user("spj-moder"))
        with pytest.raises(ValidationError, match="触发日期以后"):
            settle_by_publication(change=stale, publication=latest(), reason="已公开", actor=user("spj-moder"))


def test_one_publication_may_settle_two_changes(kjj: Department, corrected: PolicyDocumentPage) -> None:
    for day in (D(2026, 3, 9), D(2026, 3, 12)):
        change = register(kjj, day)
        settle_by_publication(change=change, publication=latest(), reason="两次修订一并公开", actor=user("spj-moder"))
    outcomes = Event.objects.filter(action="change.settled").count()
    assert outcomes == 2
    # Monday the 9th: Thursday the 12th was the last day, and the 16th is two working days later.
    first = kjj.changes.get(trigger_date=D(2026, 3, 9))
    assert (first.clock.outcome, first.clock.used) == ("late", 5)


def test_what_cannot_have_carried_it_out_is_not_offered(
    kjj: Department, gxj: Department, corrected: PolicyDocumentPage
) -> None:
    make_public(make_document(gxj))
    make_public(make_guide(kjj))
    change = register(kjj, D(2026, 3, 17))
    assert not publications_for(change).exists()
    assert [row.pk for row in publications_for(register(kjj, D(2026, 3, 16)))] == [
        PublicationRecord.objects.get(page_id=corrected.pk, version=2).pk
    ]
    with pytest.raises(ValidationError):
        settle_by_publication(change=change, publication=latest(), reason="试", actor=user("spj-moder"))
    guide = make_change(kjj, subject=ChangeSubject.GUIDE, trigger_date=D(2026, 3, 16))
    assert {row.page_id for row in publications_for(guide)}.isdisjoint({corrected.pk})


def test_only_a_moderator_settles_so(kjj: Department, corrected: PolicyDocumentPage) -> None:
    change = register(kjj, D(2026, 3, 12))
    for name in ("kjj-edit", "kjj-review", "spj-audit", "sys-admin"):
        with pytest.raises(PermissionDenied):
            settle_by_publication(change=change, publication=latest(), reason="试", actor=user(name))


def test_a_reason_is_asked_for_and_what_is_settled_stays(kjj: Department, corrected: PolicyDocumentPage) -> None:
    change = register(kjj, D(2026, 3, 12))
    with pytest.raises(ValidationError):
        settle_by_publication(change=change, publication=latest(), reason=" ", actor=user("spj-moder"))
    cancel_change(change=change, reason="重复登记", actor=user("spj-moder"))
    with pytest.raises(Conflict):
        settle_by_publication(change=change, publication=latest(), reason="试", actor=user("spj-moder"))


def test_the_bureau_settles_on_the_page_of_the_change(
    kjj: Department, corrected: PolicyDocumentPage, login: Any
) -> None:
    change = register(kjj, D(2026, 3, 12))
    client, url = login("spj-moder"), reverse("changes:edit", args=[change.pk])
    html = client.post(url, {"action": "settle", "reason": "16 日已按新文本公开"}).content.decode()
    assert "请选择由哪一次公开办结" in html
    assert "16 日已按新文本公开" in html
    client.post(url, {"action": "settle", "publication": latest().pk, "reason": "16 日已按新文本公开"})
    change.refresh_from_db()
    assert change.clock.outcome == "on_time"
    assert "按时" in client.get(url).content.decode()


def test_a_unit_owes_nothing_from_before_it_was_founded(kjj: Department) -> None:
    kjj.established_on = D(2026, 3, 12)
    kjj.save()
    with pytest.raises(ValidationError) as found:
        register(kjj, D(2026, 3, 11))
    assert "设立之日（2026-03-12）" in found.value.message_dict["trigger_date"][0]
    assert register(kjj, D(2026, 3, 12)).clock.due_on == D(2026, 3, 17)


def test_the_form_says_so_too(kjj: Department, login: Any) -> None:
    kjj.established_on = datetime.date.today()
    kjj.save()
    data = {
        "department": kjj.pk,
        "kind": "created",
        "subject": "document",
        "title": "若干措施",
        "trigger_date": "2026-03-11",
        "trigger_basis": "issued",
        "evidence": "印发件",
    }
    html = login("kjj-edit").post(reverse("changes:add"), data).content.decode()
    assert "设立之日" in html
    assert "若干措施" in html


def test_a_trigger_date_changed_behind_the_history_is_found(kjj: Department) -> None:
    change = make_change(kjj)
    ChangeRecord.objects.filter(pk=change.pk).update(trigger_date=D(2026, 1, 5))
    (found,) = replay_verdicts().differences
    assert (found.clock, found.detail) == (change.clock_id, "登记的日期是 2026-01-05")
