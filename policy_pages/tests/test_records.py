"""Publications, changes and reasons held against the chain: what honest work leaves is silent, what was rewritten is named."""

from __future__ import annotations

import datetime
import io
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import Page, PageLogEntry

from accounts.models import Assignment, Department
from audit.models import DutyClock, Event
from audit.services import record
from audit.services.hashing import canonical_json
from audit.services.records import check_records
from audit.tests.attacks import tamper
from policy_pages.enums import ChangeKind, DocumentStatus
from policy_pages.models import ChangeRecord, LateReason, PublicationRecord
from policy_pages.services.lateness import publish_reason, return_reason, write_reason
from policy_pages.services.records import rows_told_otherwise
from policy_pages.services.register import cancel_change, correct_trigger, settle_by_publication
from policy_pages.tests import factories as f
from tests.scenes import scene

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

D = datetime.date


def at(day: str) -> Any:
    return time_machine.travel(f"2026-{day} 10:00 +0800", tick=False)


def live(kjj: Department) -> None:
    """March 2026: public late with its reason, corrected; amended; repealed; settled afterwards; struck out; withdrawn."""
    Assignment.objects.update(valid_from=D(2023, 1, 5))
    moderator = f.user("spj-moder")
    with at("03-20"):
        change = f.make_change(kjj, trigger_date=D(2026, 3, 12))
        page = f.make_public(f.make_document(kjj, change=change, written_on=D(2026, 3, 10)))
        correct_trigger(change=change, trigger_date=D(2026, 3, 11), reason="登记有误", actor=moderator)
        change.refresh_from_db()
        reason = write_reason(change=change, text="机房搬迁", actor=f.user("kjj-edit"))
        return_reason(reason=reason, text="机房搬迁", because="请写日期", actor=moderator)
        reason = write_reason(change=change, text="机房 13 日搬迁", actor=f.user("kjj-edit"))
        publish_reason(reason=reason, text="机房 13 日搬迁", actor=moderator)
    with at("03-23"):
        f.make_public(f.save_draft(page, change=None, change_note="改错字"))
        amended = f.make_change(kjj, kind=ChangeKind.AMENDED, trigger_date=D(2026, 3, 23))
        last = PublicationRecord.objects.latest("pk")
        settle_by_publication(change=amended, publication=last, reason="当日已公开", actor=moderator)
        cancel_change(change=f.make_change(kjj, title="误登的措施"), reason="误登", actor=moderator)
        f.make_document(kjj, title="没写完的措施").delete()
        f.make_public(f.make_guide(kjj)).unpublish()
    with at("03-24"):
        repeal = f.make_change(kjj, kind=ChangeKind.REPEALED, trigger_date=D(2026, 3, 24))
        facts = {"document_status": DocumentStatus.REPEALED, "repealed_on": D(2026, 3, 24), "repeal_reason": "废止"}
        f.make_public(f.save_draft(page, change=repeal, **facts))


@pytest.fixture
def world(bureau: Department, kjj: Department, gxj: Department) -> None:
    """What a busy month leaves."""
    scene("busy month", lambda: live(kjj))


def verify() -> str:
    out = io.StringIO()
    call_command("audit_verify", "--records", stdout=out)
    return out.getvalue()


def first_of(model: Any) -> Any:
    return model.objects.order_by("pk").first()


# --- Honest work ----------------------------------------------------------------------------------------------------


def test_honest_work_gives_no_alarm(world: None) -> None:
    assert check_records() == []
    assert "各表的记录与审计链一致" in verify()
    kinds = set(PublicationRecord.objects.values_list("kind", flat=True))
    assert kinds == {"first", "update", "repeal"}, "power check"
    assert ChangeRecord.objects.filter(page=None).exists(), "power check"


def test_the_number_of_queries_does_not_grow(world: None, kjj: Department) -> None:
    with CaptureQueriesContext(connection) as before:
        check_records()
    f.make_public(f.make_document(kjj))
    with CaptureQueriesContext(connection) as after:
        check_records()
    assert len(before) == len(after)


def test_an_older_event_is_silent_about_what_it_does_not_tell(world: None) -> None:
    for event in Event.objects.filter(action__startswith="page."):
        told = event.payload
        for name in ("kind", "classification", "change_note"):
            told.pop(name, None)
        older(event, told)
    for event in Event.objects.filter(action__startswith="change."):
        older(event, {name: value for name, value in event.payload.items() if name != "doc_number"})
    ChangeRecord.objects.update(doc_number="澄科〔2026〕9号")
    assert check_records() == []


def older(event: Event, payload: dict[str, Any]) -> None:
    tamper("UPDATE audit_event SET payload_json = %s WHERE seq = %s", canonical_json(payload), event.seq)


# --- What was rewritten ---------------------------------------------------------------------------------------------


def other_unit() -> int:
    return Department.objects.get(code="gxj").pk


REWRITTEN: list[tuple[str, str, Any, str]] = [
    ("changerecord", "department_id", other_unit, "单位"),
    ("changerecord", "kind", "amended", "变更类型"),
    ("changerecord", "subject", "guide", "变更对象"),
    ("changerecord", "title", "别的措施", "名称"),
    ("changerecord", "doc_number", "澄科〔2026〕9号", "文号"),
    ("changerecord", "trigger_date", "2026-03-17", "触发日期"),
    ("changerecord", "trigger_basis", "signed", "日期依据"),
    ("changerecord", "evidence", "别的", "依据说明"),
    ("changerecord", "registered_by_id", lambda: f.user("gxj-edit").pk, "登记人"),
    ("changerecord", "page_id", lambda: Page.objects.get(depth=1).pk, "页面"),
    ("changerecord", "page_id", None, "页面"),
    ("latereason", "text", "机房失火", "逾期原因"),
    ("latereason", "public_text", "机房失火", "公开的原因"),
    ("latereason", "returned_because", "不行", "退回理由"),
    ("latereason", "written_by_id", lambda: f.user("gxj-edit").pk, "填写人"),
    ("latereason", "published_by_id", lambda: f.user("gxj-edit").pk, "审核人"),
    ("latereason", "change_id", lambda: ChangeRecord.objects.latest("pk").pk, "变更登记"),
    ("publicationrecord", "page_id", 1, "页面"),
    ("publicationrecord", "department_code", "gxj", "单位"),
    ("publicationrecord", "version", 9, "版本"),
    ("publicationrecord", "kind", "repeal", "公开或废止、类型"),
    ("publicationrecord", "kind", "update", "类型"),
    ("publicationrecord", "revision_id", 999999, "修订编号"),
    ("publicationrecord", "published_at", "2026-03-12 02:00:00", "发布时间"),
    ("publicationrecord", "content", "{}", "内容"),
    ("publicationrecord", "content_hash", "0" * 64, "内容散列"),
    ("publicationrecord", "approvals", "[]", "审核人"),
    ("publicationrecord", "classification", "{}", "分类"),
    ("publicationrecord", "change_id", 77, "变更登记"),
    ("publicationrecord", "change_note", "改错字", "更新说明"),
]


@pytest.mark.parametrize(
    ("table", "column", "value", "words"), REWRITTEN, ids=lambda value: getattr(value, "__name__", str(value)[:30])
)
def test_what_was_rewritten_is_named(world: None, table: str, column: str, value: Any, words: str) -> None:
    value = value() if callable(value) else value
    number = {"changerecord": ChangeRecord, "latereason": LateReason, "publicationrecord": PublicationRecord}[table]
    pk = first_of(number).pk
    tamper(f"UPDATE policy_pages_{table} SET {column} = %s WHERE id = %s", value, pk)  # noqa: S608
    [fault] = rows_told_otherwise()
    assert f"第 {pk} 号" in fault
    assert fault.endswith(f"与审计链不符：{words}。")
    with pytest.raises(CommandError, match=words) as caught:
        verify()
    assert caught.value.returncode == 1


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"department_id": other_unit}, "时限的责任单位"),
        ({"object_id": "0"}, "时限所指的变更"),
        ({"object_type": "x.y"}, "时限所指的变更"),
    ],
)
def test_the_clock_of_a_change_is_its_own(world: None, facts: dict[str, Any], words: str) -> None:
    change = first_of(ChangeRecord)
    facts = {name: value() if callable(value) else value for name, value in facts.items()}
    DutyClock.objects.filter(pk=change.clock_id).update(**facts)
    assert check_records() == [f"变更登记第 {change.pk} 号（{change.title}）与审计链不符：{words}。"]


def test_a_change_with_another_clock_is_found(world: None) -> None:
    clock = DutyClock.objects.exclude(change__isnull=False).first()
    change = first_of(ChangeRecord)
    ChangeRecord.objects.filter(pk=change.pk).update(clock=clock)
    [fault] = check_records()
    assert fault.startswith(f"变更登记第 {change.pk} 号")
    assert "：时限、" in fault
    assert "时限所指的变更" in fault


def test_rows_taken_away_and_put_in_are_named(world: None) -> None:
    gone = first_of(PublicationRecord)
    reason = first_of(LateReason)
    change = reason.change
    tamper("DELETE FROM policy_pages_publicationrecord WHERE id = %s", gone.pk)
    tamper("DELETE FROM policy_pages_latereason")
    struck = ChangeRecord.objects.get(title="误登的措施")
    tamper("DELETE FROM policy_pages_changerecord WHERE id = %s", struck.pk)
    LateReason.objects.create(
        pk=900, change=change, text="编的", written_by=f.user("kjj-edit"), written_at=reason.written_at
    )
    assert list(rows_told_otherwise()) == [
        f"发布记录第 {gone.pk} 号（{change.title}）已不在，审计链记有它。",
        f"变更登记第 {struck.pk} 号（误登的措施）已不在，审计链记有它。",
        f"逾期说明第 900 号（{change.title}）在审计链中没有记载。",
        f"逾期说明第 {reason.pk} 号（{change.title}）已不在，审计链记有它。",
    ]


def test_every_fault_of_both_comparisons_is_listed(world: None) -> None:
    ChangeRecord.objects.update(kind="created", trigger_basis="signed")
    PageLogEntry.objects.update(label="别的")
    with pytest.raises(CommandError) as caught:
        call_command("audit_verify", "--records", "--logs", stdout=io.StringIO())
    lines = str(caught.value).splitlines()
    assert sum("变更登记" in line for line in lines) == ChangeRecord.objects.count()
    assert any("日期依据" in line for line in lines)
    assert any("操作记录" in line or "页面" in line for line in lines)
    assert len(lines) > ChangeRecord.objects.count()


@pytest.mark.parametrize(
    "forge",
    [
        lambda: record(action="page.published", object_id=1, payload={}),
        lambda: record(action="change.corrected", object_id="x", payload={}),
        lambda: record(action="change.settled", object_id=1, payload={"publication": []}),
        lambda: record(action="late_reason.returned", object_id=7, payload={"change": 1}),
    ],
)
def test_an_event_that_cannot_be_read_is_named(world: None, forge: Callable[[], Event]) -> None:
    event = forge()
    assert f"第 {event.seq} 号事件无法读取。" in check_records()


def test_a_publication_told_twice_is_named(world: None) -> None:
    event = Event.objects.filter(action="page.repealed").get()
    again = record(
        action=event.action,
        department_code=event.department_code,
        object_id=event.object_id,
        payload=event.payload,
    )
    number = event.payload["publication"]
    assert check_records() == [f"第 {again.seq} 号事件再次记下发布记录第 {number} 号。"]
