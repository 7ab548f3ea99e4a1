"""A11: a pending window that was decided is told to the bureau within 3 working days of the decision."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from accounts.models import Assignment, Department
from audit.errors import Conflict
from audit.models import Event
from audit.services.replay import replay_verdicts
from policy_pages.models import WindowNotice
from policy_pages.services.moderation import submission_faults
from policy_pages.services.windows import cancel_notice, correct_notice, decision_faults, receive_notice
from policy_pages.tests.editor import edit_data
from policy_pages.tests.factories import act, classification, hand_in, make_guide, make_public, save_draft, user

if TYPE_CHECKING:
    from policy_pages.models import ApplicationGuidePage

pytestmark = pytest.mark.django_db

D = datetime.date


@pytest.fixture(autouse=True)
def in_office(bureau: Department, kjj: Department, gxj: Department) -> None:
    """Everybody had the role before the days of which the tests speak."""
    Assignment.objects.update(valid_from=D(2023, 1, 5))


FIXED = {
    "window_type": "fixed_window",
    "window_start": D(2026, 4, 1),
    "window_end": D(2026, 5, 31),
    "window_decided_on": D(2026, 3, 12),  # a Thursday: Friday, Monday and Tuesday the 17th are the three days
    "change_note": "申报期限已确定",
}


@pytest.fixture
def pending(kjj: Department) -> ApplicationGuidePage:
    """A public guide with 期限待定, on Monday 2 March 2026."""
    with time_machine.travel("2026-03-02 10:00 +0800", tick=False):
        return make_public(make_guide(kjj, window_type="window_pending"))


def decide_window(page: ApplicationGuidePage, at: str, **facts: Any) -> ApplicationGuidePage:
    """The editor saves the fixed dates at that time in Shanghai."""
    with time_machine.travel(f"2026-{at} +0800", tick=False):
        return save_draft(page, **{**FIXED, **facts})


@pytest.mark.parametrize(
    ("saved", "outcome", "used"),
    [("03-12 18:00", "on_time", 0), ("03-17 23:59:59", "on_time", 3), ("03-18 00:00", "late", 4)],
)
def test_t11_4_saving_is_telling_on_time_or_late(
    pending: ApplicationGuidePage, saved: str, outcome: str, used: int
) -> None:
    decide_window(pending, saved)
    notice = WindowNotice.objects.get()
    assert (notice.guide_id, notice.decided_on, notice.notified_by) == (pending.pk, D(2026, 3, 12), user("kjj-edit"))
    assert (notice.clock.due_on, notice.clock.outcome, notice.clock.used) == (D(2026, 3, 17), outcome, used)
    assert Event.objects.filter(action="window.notified", object_id=str(notice.pk)).count() == 1
    assert replay_verdicts().ok


def test_a_guide_that_was_never_public_has_nothing_to_tell(kjj: Department) -> None:
    page = make_guide(kjj, window_type="window_pending")
    decide_window(page, "03-13 10:00")
    assert not WindowNotice.objects.exists()


def test_a_draft_that_stays_pending_tells_nothing(pending: ApplicationGuidePage) -> None:
    with time_machine.travel("2026-03-13 10:00 +0800"):
        save_draft(pending, summary="每年组织一次。")
    assert not WindowNotice.objects.exists()


def test_the_day_of_decision_is_asked_for_and_may_not_be_impossible(pending: ApplicationGuidePage) -> None:
    def words(**facts: Any) -> list[str]:
        with time_machine.travel("2026-03-13 10:00 +0800"):
            page = save_draft(pending, **{**FIXED, **facts}).get_latest_revision_as_object()
            return [fault.message for fault in submission_faults(page) if fault.field == "window_decided_on"]

    assert "请填写期限确定日期" in words(window_decided_on=None)[0]
    assert "晚于今天" in words(window_decided_on=D(2026, 3, 14))[0]
    assert "早于办法施行之日（2023-01-05）" in words(window_decided_on=D(2022, 3, 12))[0]
    assert not WindowNotice.objects.exists()


def test_a_unit_decided_nothing_before_it_was_founded(pending: ApplicationGuidePage, kjj: Department) -> None:
    Department.objects.filter(pk=kjj.pk).update(established_on=D(2026, 3, 12))
    words = "期限确定日期早于科学技术局设立之日（2026-03-12）"
    with time_machine.travel("2026-03-13 10:00 +0800"):
        page = save_draft(pending, **{**FIXED, "window_decided_on": D(2026, 3, 11)})
        faults = submission_faults(page.get_latest_revision_as_object())
        assert [fault.message.startswith(words) for fault in faults if fault.field == "window_decided_on"] == [True]
        assert not WindowNotice.objects.exists()
        decide_window(page, "03-13 11:00")
        with pytest.raises(ValidationError) as found:
            correct_notice(
                notice=WindowNotice.objects.get(), decided_on=D(2026, 3, 11), reason="核对", actor=user("spj-moder")
            )
    assert found.value.message_dict["decided_on"][0].startswith(words)


def test_other_dates_later_change_the_notice_but_neither_its_day_nor_its_verdict(pending: ApplicationGuidePage) -> None:
    page = decide_window(pending, "03-18 09:00")
    decide_window(page, "03-19 09:00", window_end=D(2026, 6, 30))
    notice = WindowNotice.objects.get()
    assert (notice.window_end, notice.clock.outcome) == (D(2026, 6, 30), "late")
    assert notice.history.count() == 2
    faults = submission_faults(
        decide_window(page, "03-19 10:00", window_decided_on=D(2026, 3, 18)).get_latest_revision_as_object()
    )
    assert [fault.field for fault in faults] == ["window_decided_on"]
    assert WindowNotice.objects.get().decided_on == D(2026, 3, 12)


def test_the_publication_settles_the_notice(pending: ApplicationGuidePage) -> None:
    page = decide_window(pending, "03-16 09:00")
    with time_machine.travel("2026-03-17 09:00 +0800", tick=False):
        page = make_public(page)
    notice = WindowNotice.objects.get()
    assert (notice.is_open, notice.published_at) == (False, page.last_published_at)
    decide_window(page, "03-18 09:00", window_end=D(2026, 7, 31))
    assert WindowNotice.objects.count() == 1


def pending_again(page: ApplicationGuidePage) -> ApplicationGuidePage:
    """Told, public with its dates on Tuesday 17 March; on Monday 1 June public as pending for the next year."""
    with time_machine.travel("2026-03-17 09:00 +0800", tick=False):
        page = make_public(decide_window(page, "03-17 09:00"))
    with time_machine.travel("2026-06-01 09:00 +0800", tick=False):
        blank = {"window_start": None, "window_end": None}
        return make_public(save_draft(page, window_type="window_pending", change_note="明年的期限待定", **blank))


def test_the_day_of_an_earlier_window_goes_with_it(pending: ApplicationGuidePage) -> None:
    assert pending_again(pending).window_decided_on is None


def test_the_day_of_an_earlier_window_convicts_nobody(pending: ApplicationGuidePage) -> None:
    """Decided anew on Thursday 11 June and told the next day: on time, whatever day was left in the field before."""
    page = pending_again(pending)
    next_year = {"window_start": D(2027, 4, 1), "window_end": D(2027, 5, 31)}
    for stale in (D(2026, 3, 12), D(2026, 3, 17)):
        draft = decide_window(page, "06-12 09:00", window_decided_on=stale, **next_year).get_latest_revision_as_object()
        with time_machine.travel("2026-06-12 09:00 +0800", tick=False):
            (fault,) = [found for found in submission_faults(draft) if found.field == "window_decided_on"]
        assert "已于 2026-03-17 公开" in fault.message
    assert WindowNotice.objects.count() == 1
    decide_window(page, "06-12 10:00", window_decided_on=D(2026, 6, 11), **next_year)
    notice = WindowNotice.objects.open().get()
    assert (notice.decided_on, notice.clock.outcome, notice.clock.used) == (D(2026, 6, 11), "on_time", 1)


def test_a_day_without_fixed_dates_is_asked_about(pending: ApplicationGuidePage) -> None:
    pending.window_decided_on = D(2026, 3, 12)
    assert "就请改为“固定期限”" in decision_faults(pending)[0].message
    pending.window_decided_on = None
    assert decision_faults(pending) == []


def test_what_the_bureau_struck_out_is_not_told_again_by_the_next_save(pending: ApplicationGuidePage) -> None:
    page = decide_window(pending, "03-13 09:00")
    cancel_notice(notice=WindowNotice.objects.get(), reason="会议没有定下来", actor=user("spj-moder"))
    page = decide_window(page, "03-30 09:00")
    assert not WindowNotice.objects.open().exists()
    decide_window(page, "03-31 09:00", window_decided_on=D(2026, 3, 30))
    assert WindowNotice.objects.open().get().clock.outcome == "on_time"


def test_other_dates_wait_for_the_bureau_s_signature_again(pending: ApplicationGuidePage) -> None:
    page = decide_window(pending, "03-16 09:00")
    receive_notice(notice=WindowNotice.objects.get(), actor=user("spj-moder"))
    page = decide_window(page, "03-16 10:00", summary="只改了摘要")
    assert WindowNotice.objects.get().received_by == user("spj-moder")
    decide_window(page, "03-17 09:00", window_end=D(2026, 6, 30))
    notice = WindowNotice.objects.get()
    assert (notice.received_by, notice.received_at) == (None, None)
    assert WindowNotice.objects.unreceived().get() == notice
    assert notice.history.filter(received_by=user("spj-moder")).exists()


def test_the_day_cannot_be_corrected_to_one_after_the_telling(pending: ApplicationGuidePage) -> None:
    decide_window(pending, "03-18 09:00")
    notice = WindowNotice.objects.get()
    with pytest.raises(ValidationError) as found:
        correct_notice(notice=notice, decided_on=D(2026, 3, 19), reason="改期", actor=user("spj-moder"))
    assert "晚于告知之日（2026-03-18）" in found.value.message_dict["decided_on"][0]
    notice.refresh_from_db()
    assert (notice.decided_on, notice.clock.outcome) == (D(2026, 3, 12), "late")


def test_a_day_changed_behind_the_history_is_found(pending: ApplicationGuidePage) -> None:
    decide_window(pending, "03-18 09:00")
    WindowNotice.objects.update(decided_on=D(2026, 3, 16))
    (found,) = replay_verdicts().differences
    assert (found.clock, found.detail) == (WindowNotice.objects.get().clock_id, "登记的日期是 2026-03-16")


def test_an_update_that_stays_pending_settles_nothing(pending: ApplicationGuidePage) -> None:
    page = decide_window(pending, "03-16 09:00")
    with time_machine.travel("2026-03-16 10:00 +0800"):
        blank = {"window_start": None, "window_end": None, "window_decided_on": None}
        make_public(save_draft(page, window_type="window_pending", change_note="电话更正", **blank))
    assert WindowNotice.objects.get().is_open


def test_the_bureau_signs_once(pending: ApplicationGuidePage) -> None:
    decide_window(pending, "03-16 09:00")
    notice = WindowNotice.objects.get()
    with pytest.raises(PermissionDenied):
        receive_notice(notice=notice, actor=user("kjj-edit"))
    receive_notice(notice=notice, actor=user("spj-moder"))
    assert (notice.received_by, WindowNotice.objects.unreceived().exists()) == (user("spj-moder"), False)
    with pytest.raises(Conflict):
        receive_notice(notice=notice, actor=user("spj-moder"))


def test_the_bureau_corrects_the_day_with_a_reason_and_both_stay(pending: ApplicationGuidePage) -> None:
    decide_window(pending, "03-18 09:00")
    notice = WindowNotice.objects.get()
    with pytest.raises(ValidationError) as found:
        correct_notice(notice=notice, decided_on=D(2022, 1, 1), reason=" ", actor=user("spj-moder"))
    assert set(found.value.message_dict) == {"decided_on", "reason"}
    correct_notice(notice=notice, decided_on=D(2026, 3, 13), reason="会议纪要是 13 日", actor=user("spj-moder"))
    notice.refresh_from_db()
    # From Friday the 13th the three days are Monday to Wednesday the 18th.
    assert (notice.clock.due_on, notice.clock.outcome, notice.clock.used) == (D(2026, 3, 18), "on_time", 3)
    assert list(notice.history.values_list("decided_on", flat=True)) == [D(2026, 3, 13), D(2026, 3, 12)]
    assert replay_verdicts().ok


def test_a_notice_made_by_mistake_is_struck_out_and_counts_nowhere(pending: ApplicationGuidePage) -> None:
    decide_window(pending, "03-18 09:00")
    notice = WindowNotice.objects.get()
    with pytest.raises(ValidationError):
        cancel_notice(notice=notice, reason="", actor=user("spj-moder"))
    cancel_notice(notice=notice, reason="仍未定", actor=user("spj-moder"))
    assert (notice.is_open, notice.clock.outcome) == (False, "cancelled")
    for again in (
        lambda: cancel_notice(notice=notice, reason="再撤", actor=user("spj-moder")),
        lambda: correct_notice(notice=notice, decided_on=D(2026, 3, 13), reason="改", actor=user("spj-moder")),
    ):
        with pytest.raises(Conflict):
            again()
    assert replay_verdicts().ok


def test_the_editor_tells_by_saving_the_form_and_a_wrong_day_keeps_what_was_typed(
    pending: ApplicationGuidePage, login: Any
) -> None:
    client = login("kjj-edit")
    url = reverse("wagtailadmin_pages:edit", args=[pending.pk])
    today = datetime.date.today()
    data = edit_data(client, pending) | {
        "window_type": "fixed_window",
        "window_start": "2027-04-01",
        "window_end": "2027-05-31",
        "window_decided_on": (today + datetime.timedelta(days=1)).isoformat(),
    }
    html = client.post(url, data).content.decode()
    assert "期限确定日期晚于今天" in html
    assert "2027-05-31" in html
    client.post(url, data | {"window_decided_on": today.isoformat()})
    assert WindowNotice.objects.get().window_end == D(2027, 5, 31)


def test_the_bureau_reads_and_signs_in_the_back_office(pending: ApplicationGuidePage, login: Any) -> None:
    decide_window(pending, "03-18 09:00")
    notice = WindowNotice.objects.get()
    client = login("spj-moder")
    listing = client.get(reverse("window_notices:index")).content.decode()
    assert "逾期 1 个工作日" in listing
    assert "待签收" in listing
    url = reverse("window_notices:detail", args=[notice.pk])
    assert "期限确定日期" in client.get(url).content.decode()
    assert client.post(url, {"action": "", "decided_on": "2026-03-13", "reason": "试"}).status_code == 400
    client.post(url, {"action": "receive"})
    client.post(url, {"action": "correct", "decided_on": "2026-03-13", "reason": "会议纪要是 13 日"})
    notice.refresh_from_db()
    assert (notice.received_by, notice.clock.outcome) == (user("spj-moder"), "on_time")
    assert "请写明理由" in client.post(url, {"action": "cancel", "decided_on": "2026-03-13"}).content.decode()
    assert (
        "晚于今天"
        in client.post(url, {"action": "correct", "decided_on": "2099-01-01", "reason": "试"}).content.decode()
    )
    client.post(url, {"action": "cancel", "decided_on": "2026-03-13", "reason": "误报"})
    assert "已撤销" in client.get(reverse("window_notices:index")).content.decode()


def test_a_department_reads_its_own_notices_and_nobody_elses(
    pending: ApplicationGuidePage, gxj: Department, login: Any
) -> None:
    decide_window(pending, "03-18 09:00")
    url = reverse("window_notices:detail", args=[WindowNotice.objects.get().pk])
    own = login("kjj-review")
    assert own.get(url).status_code == 200
    assert own.post(url, {"action": "correct", "decided_on": "2026-03-13", "reason": "改"}).status_code in {302, 403}
    other = login("gxj-edit")
    assert other.get(url).status_code == 404
    assert pending.title not in other.get(reverse("window_notices:index")).content.decode()
    assert WindowNotice.objects.get().decided_on == D(2026, 3, 12)


def test_the_list_asks_as_often_for_one_row_as_for_many(
    kjj: Department, pending: ApplicationGuidePage, login: Any, django_assert_num_queries: Any
) -> None:
    decide_window(pending, "03-18 09:00")
    client = login("spj-moder")
    url = reverse("window_notices:index")
    client.get(url)

    def number() -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        return len(queries)

    one = number()
    for _count in range(4):
        with time_machine.travel("2026-03-02 10:00 +0800", tick=False):
            page = make_public(make_guide(kjj, window_type="window_pending"))
        decide_window(page, "03-18 09:00")
    assert number() == one


def test_a_window_decided_is_public_by_the_ordinary_way(pending: ApplicationGuidePage) -> None:
    page = hand_in(decide_window(pending, "03-16 09:00"))
    page = act(page, "kjj-review")
    assert page.window_type == "window_pending"
    assert act(page, "spj-moder", **classification()).window_type == "fixed_window"


def test_t11_3_the_bureau_has_it_among_its_tasks_at_once_until_it_signs(
    pending: ApplicationGuidePage, login: Any
) -> None:
    decide_window(pending, "03-16 09:00")
    client, inbox = login("spj-moder"), reverse("policy_pages_inbox")
    assert "申报期限已确定，待签收" in client.get(inbox).content.decode()
    assert "待签收" not in login("spj-audit").get(inbox).content.decode()
    assert "待签收" not in login("kjj-edit").get(inbox).content.decode()
    receive_notice(notice=WindowNotice.objects.get(), actor=user("spj-moder"))
    assert "待签收" not in client.get(inbox).content.decode()
