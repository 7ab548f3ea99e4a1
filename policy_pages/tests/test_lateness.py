"""逾期说明: two persons before the public reads why (优化营商环境条例 第36条: overdue is explained openly)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts.models import Assignment
from audit.errors import Conflict
from audit.models import Event
from audit.templatetags.deadlines import chinese_date
from policy_pages.models import LateReason
from policy_pages.services.lateness import publish_reason, return_reason, write_reason
from policy_pages.services.register import cancel_change, correct_trigger
from policy_pages.tests.factories import make_change, make_document, make_public, user

if TYPE_CHECKING:
    from accounts.models import Department
    from policy_pages.models import ChangeRecord

pytestmark = pytest.mark.django_db

D = datetime.date
WORDS = "机房搬迁，网络中断两天。"


@pytest.fixture(autouse=True)
def in_office(bureau: Department, kjj: Department, gxj: Department) -> None:
    """Everybody had the role before the days of which the tests speak."""
    Assignment.objects.update(valid_from=D(2023, 1, 5))


@pytest.fixture
def late(kjj: Department) -> ChangeRecord:
    """Triggered on Thursday 12 March 2026, public on Friday the 20th: three working days after its last day."""
    with time_machine.travel("2026-03-20 10:00 +0800", tick=False):
        change = make_change(kjj, trigger_date=D(2026, 3, 12))
        make_public(make_document(kjj, change=change, written_on=D(2026, 3, 10)))
    change.refresh_from_db()
    return change


def write(change: ChangeRecord, text: str = WORDS) -> LateReason:
    return write_reason(change=change, text=text, actor=user("kjj-edit"))


def public(client: Any) -> str:
    return client.get("/timeliness/?period=2026-Q1", follow=True).content.decode()


def test_the_public_reads_the_reason_once_the_bureau_has_agreed(late: ChangeRecord, client: Any) -> None:
    assert "未公布原因" in public(client)
    reason = write(late)
    assert WORDS not in public(client)
    publish_reason(reason=reason, text=WORDS, actor=user("spj-moder"))
    assert f"原因：{WORDS}" in public(client)
    actions = Event.objects.filter(object_type="policy_pages.latereason").values_list("action", flat=True)
    assert list(actions) == ["late_reason.written", "late_reason.published"]


def test_new_words_are_agreed_to_anew_and_the_old_stay_public_meanwhile(late: ChangeRecord, client: Any) -> None:
    publish_reason(reason=write(late), text=WORDS, actor=user("spj-moder"))
    reason = write(late, "另一个说法")
    assert (reason.waits, LateReason.objects.waiting().count()) == (True, 1)
    html = public(client)
    assert WORDS in html
    assert "另一个说法" not in html


def test_who_agrees_has_read_exactly_these_words(late: ChangeRecord) -> None:
    reason = write(late)
    write(late, "悄悄改过的说法")
    with pytest.raises(Conflict):
        publish_reason(reason=reason, text=WORDS, actor=user("spj-moder"))
    publish_reason(reason=reason, text="悄悄改过的说法", actor=user("spj-moder"))
    with pytest.raises(Conflict):
        publish_reason(reason=reason, text="悄悄改过的说法", actor=user("spj-moder"))


def test_a_return_has_a_reason_and_the_department_writes_again(late: ChangeRecord) -> None:
    reason = write(late)
    with pytest.raises(ValidationError):
        return_reason(reason=reason, text=WORDS, because=" ", actor=user("spj-moder"))
    return_reason(reason=reason, text=WORDS, because="写明哪两天", actor=user("spj-moder"))
    assert (reason.waits, LateReason.objects.waiting().exists()) == (False, False)
    assert write(late, "3 月 17、18 日网络中断。").waits


def test_only_the_departments_editors_write(late: ChangeRecord) -> None:
    for name in ("kjj-review", "gxj-edit", "spj-moder", "spj-audit", "sys-admin"):
        with pytest.raises(PermissionDenied):
            write_reason(change=late, text=WORDS, actor=user(name))


def test_nobody_agrees_to_his_own_words(late: ChangeRecord) -> None:
    reason = write(late)
    LateReason.objects.filter(pk=reason.pk).update(written_by=user("spj-moder"))
    reason.refresh_from_db()
    with pytest.raises(PermissionDenied):
        publish_reason(reason=reason, text=WORDS, actor=user("spj-moder"))
    with pytest.raises(PermissionDenied):
        publish_reason(reason=reason, text=WORDS, actor=user("kjj-review"))


def test_what_is_on_time_or_struck_out_needs_no_reason(kjj: Department) -> None:
    with time_machine.travel("2026-03-13 10:00 +0800", tick=False):
        change = make_change(kjj, trigger_date=D(2026, 3, 12))
        with pytest.raises(ValidationError):
            write(change)
    cancel_change(change=change, reason="重复", actor=user("spj-moder"))
    with pytest.raises(ValidationError):
        write(change)


@pytest.mark.parametrize("text", ["", "  ", "长" * 301])
def test_an_empty_or_endless_reason_is_refused_in_words(late: ChangeRecord, text: str) -> None:
    with pytest.raises(ValidationError) as found:
        write(late, text)
    assert "不超过 300 个字" in found.value.messages[0]


def test_it_goes_through_the_back_office(late: ChangeRecord, login: Any, client: Any) -> None:
    url = reverse("late_reasons:detail", args=[late.pk])
    editor, moderator = login("kjj-edit"), login("spj-moder")
    assert "逾期说明" in editor.get(reverse("changes:edit", args=[late.pk])).content.decode()
    html = editor.post(url, {"action": "write", "text": "长" * 301}).content.decode()
    assert "请不要超过 300 个字（现在 301 个）" in html
    assert "长" * 301 in html
    editor.post(url, {"action": "write", "text": WORDS})
    assert "待审批局审核" in moderator.get(reverse("late_reasons:index")).content.decode()
    html = moderator.post(url, {"action": "return", "text": WORDS}).content.decode()
    assert "请写明退回理由" in html
    moderator.post(url, {"action": "return", "text": WORDS, "because": "写明哪两天"})
    assert "写明哪两天" in editor.get(url).content.decode()
    editor.post(url, {"action": "write", "text": "3 月 17、18 日网络中断。"})
    moderator.post(url, {"action": "publish", "text": "3 月 17、18 日网络中断。"})
    assert "已公开" in editor.get(reverse("late_reasons:index")).content.decode()
    assert "原因：3 月 17、18 日网络中断。" in public(client)


@pytest.mark.parametrize("action", ["", "request", "approve"])
def test_an_action_there_is_not_publishes_nothing(late: ChangeRecord, login: Any, client: Any, action: str) -> None:
    write(late)
    url = reverse("late_reasons:detail", args=[late.pk])
    for text in ("", WORDS):
        assert login("spj-moder").post(url, {"action": action, "text": text}).status_code == 400
    assert WORDS not in public(client)


def test_a_change_that_is_late_no_more_shows_no_reason(late: ChangeRecord, client: Any) -> None:
    publish_reason(reason=write(late), text=WORDS, actor=user("spj-moder"))
    data = "/timeliness/data.json?period=2026-Q1"
    assert [row["late_reason"] for row in client.get(data).json()["changes"]] == [WORDS]
    correct_trigger(change=late, trigger_date=D(2026, 3, 18), reason="以印发日期为准", actor=user("spj-moder"))
    assert [row["late_reason"] for row in client.get(data).json()["changes"]] == [""]
    assert WORDS not in public(client)


def test_the_public_reads_both_days_of_a_corrected_change_and_why(late: ChangeRecord, client: Any) -> None:
    """A late item that a correction made punctual does not vanish without a word."""
    assert "更正过触发日期" not in public(client)
    correct_trigger(change=late, trigger_date=D(2026, 3, 18), reason="以印发日期为准", actor=user("spj-moder"))
    sentence = f"触发日期原登记为 2026-03-12（周四），{chinese_date(timezone.now())}由审批局更正，理由：以印发日期为准"
    meter = public(client)
    assert "更正过触发日期、现为按时的" in meter
    assert sentence in meter
    late.refresh_from_db()
    assert sentence in client.get(late.page.url).content.decode()
    row = client.get("/timeliness/data.json?period=2026-Q1").json()["changes"][0]
    assert (row["registered_trigger_date"], row["trigger_date"]) == ("2026-03-12", "2026-03-18")
    assert row["correction_reason"] == "以印发日期为准"
    correct_trigger(change=late, trigger_date=D(2026, 3, 12), reason="更正有误", actor=user("spj-moder"))
    assert "由审批局更正" not in public(client), "it is what was registered again"


def test_the_unit_finds_in_its_inbox_what_it_has_not_explained(late: ChangeRecord, login: Any) -> None:
    def inbox(username: str) -> str:
        return login(username).get(reverse("policy_pages_inbox")).content.decode()

    address = reverse("late_reasons:detail", args=[late.pk])
    assert address in inbox("kjj-edit")
    assert address not in inbox("gxj-edit")
    assert address not in inbox("spj-moder")
    write(late)
    assert address not in inbox("kjj-edit")


def test_the_inbox_tells_what_a_unit_owes_besides(late: ChangeRecord, login: Any) -> None:
    """What went public on Friday 20 March 2026 is to be explained by Wednesday the 25th."""
    with time_machine.travel("2026-03-20 11:00 +0800", tick=False):
        shown = login("kjj-edit").get(reverse("policy_pages_inbox")).content.decode()
        assert "本单位其他时限" in shown
        assert "2026-03-25（周三）" in shown
        assert "本单位其他时限" not in login("gxj-edit").get(reverse("policy_pages_inbox")).content.decode()


def test_the_reason_stands_on_the_policy_s_own_page_too(late: ChangeRecord, client: Any) -> None:
    publish_reason(reason=write(late), text=WORDS, actor=user("spj-moder"))
    late.refresh_from_db()
    assert f"原因：{WORDS}" in client.get(late.page.url).content.decode()


def test_nothing_is_decided_where_nothing_was_written(late: ChangeRecord, login: Any) -> None:
    url = reverse("late_reasons:detail", args=[late.pk])
    assert login("spj-moder").post(url, {"action": "publish", "text": "x"}).status_code == 404
    assert login("gxj-edit").get(url).status_code == 404


def test_a_change_that_is_not_late_has_no_such_page(kjj: Department, login: Any) -> None:
    change = make_change(kjj, days_ago=0)
    assert login("kjj-edit").get(reverse("late_reasons:detail", args=[change.pk])).status_code == 404


def test_each_side_has_it_among_its_tasks(late: ChangeRecord, login: Any) -> None:
    inbox = reverse("policy_pages_inbox")
    editor, moderator = login("kjj-edit"), login("spj-moder")
    reason = write(late)
    assert WORDS in moderator.get(inbox).content.decode()
    assert WORDS not in editor.get(inbox).content.decode()
    return_reason(reason=reason, text=WORDS, because="写明哪两天", actor=user("spj-moder"))
    assert "退回：写明哪两天" in editor.get(inbox).content.decode()
    assert WORDS not in moderator.get(inbox).content.decode()
    assert WORDS not in login("gxj-edit").get(inbox).content.decode()
