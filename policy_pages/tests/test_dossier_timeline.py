"""卷宗 as a timeline: what each entry says, filter, print, export, and what a long history costs."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Revision

from accounts.models import Assignment
from audit.services import record
from policy_pages.dossier.entries import clock_notes
from policy_pages.dossier.histories import replaced_files
from policy_pages.dossier.timeline import Timeline
from policy_pages.enums import EntryKind
from policy_pages.models import ChangeRecord, Term
from policy_pages.services.register import correct_trigger
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department
    from policy_pages.dossier.entries import Entry

DAY = datetime.timedelta(days=1)


def url(page: Any, name: str = "policy_pages_dossier") -> str:
    return reverse(name, args=[page.pk])


def shown(client: Client, page: Any, **asked: str) -> str:
    response = client.get(url(page), asked)
    assert response.status_code == 200
    return response.content.decode()


def rows(client: Client, page: Any, **asked: str) -> list[str]:
    return shown(client, page, **asked).partition("hqt-timeline")[2].partition("</table>")[0].split("<tr>")[2:]


def filled(page: Any) -> list[Entry]:
    timeline = Timeline(type(page).objects.get(pk=page.pk))
    entries = timeline.entries()
    timeline.fill(entries)
    return entries


def told(page: Any, what: str) -> list[Entry]:
    return [entry for entry in filled(page) if entry.what.startswith(what)]


def about(page: Any, action: str, **payload: Any) -> None:
    record(action=action, object_type=page._meta.label_lower, object_id=page.pk, payload=payload)


def returned_and_public(department: Department) -> Any:
    """A guide that was returned, corrected and published."""
    page = f.act(f.hand_in(f.make_guide(department, promised_limit=20)), "kjj-review", "reject", comment="时限太长")
    return f.make_public(f.save_draft(page, promised_limit=15))


# --- What an entry says ---------------------------------------------------------------------------------------------------


def test_each_saved_version_says_what_it_changed_and_the_first_that_it_is_the_first(kjj: Department) -> None:
    page = f.save_draft(returned_and_public(kjj))
    again, second, first = told(page, "保存版本")
    assert first.notes == ["首次录入"]
    assert second.lines == ["承诺时限 20 → 15 个工作日"]
    assert again.notes == ["与上一版内容相同"]


def test_more_than_five_lines_are_folded(kjj: Department, login: Any) -> None:
    page = f.save_draft(
        f.make_guide(kjj), fee="收费", address="大厅", office_hours="九点", handling_unit="中心", visits=1
    )
    assert "<details" not in shown(login("kjj-edit"), page)
    page = f.save_draft(
        page, fee="免费", address="厅", office_hours="十点", handling_unit="处", visits=2, remedies="复议"
    )
    html = shown(login("kjj-edit"), page)
    assert "改动 6 处" in html
    assert "救济渠道 （空） → 复议" in html


def test_a_corrected_trigger_date_shows_both_days_and_the_whole_reason(kjj: Department) -> None:
    page = f.make_document(kjj)
    day, reason = page.change.trigger_date, "收文登记上的日期是收到的日期，" * 10
    for new in (day - DAY, day, day - DAY):
        correct_trigger(change=ChangeRecord.objects.get(), trigger_date=new, reason=reason, actor=f.user("spj-moder"))
    last, middle, first = told(page, "更正变更登记")
    assert first.notes == last.notes == [f"触发日期 {day} → {day - DAY}，理由：{reason}"]
    assert middle.notes == [f"触发日期 {day - DAY} → {day}，理由：{reason}"]
    assert [len(entry.events) for entry in (first, middle, last)] == [1, 1, 1]
    assert len({entry.events[0].seq for entry in (first, middle, last)}) == 3


def test_what_was_registered_stands_as_it_was_whatever_was_corrected_since(kjj: Department) -> None:
    """Registered on Friday 13 March 2026 for Thursday the 12th, due on Tuesday the 17th; corrected to Monday the 9th."""
    with time_machine.travel("2026-03-13 10:00 +0800", tick=False):
        Assignment.objects.update(valid_from=datetime.date(2026, 1, 5))
        page = f.make_document(kjj, change=f.make_change(kjj, trigger_date=datetime.date(2026, 3, 12)))
        correct_trigger(
            change=page.change, trigger_date=datetime.date(2026, 3, 9), reason="看错", actor=f.user("spj-moder")
        )
        (entry,) = told(page, "登记变更：新增")
    assert entry.notes[1:] == [
        "登记时：触发日期 2026-03-12，期限 2026-03-17",
        "现在：触发日期 2026-03-09（周一），期限 2026-03-12（周四）：已超期 1 个工作日",
    ]


def test_a_correction_to_the_same_day_stands_with_its_reason(kjj: Department) -> None:
    page = f.make_document(kjj)
    day = page.change.trigger_date
    correct_trigger(change=ChangeRecord.objects.get(), trigger_date=day, reason="核对无误", actor=f.user("spj-moder"))
    (entry,) = told(page, "更正变更登记")
    assert entry.notes == [f"触发日期 {day} → {day}，理由：核对无误"]


def test_a_change_rewritten_without_an_event_is_told_from_its_history(kjj: Department) -> None:
    page = f.make_document(kjj)
    change = ChangeRecord.objects.get()
    change.title = "另一个名称"
    change.save()
    (entry,) = told(page, "更正变更登记")
    assert entry.notes == ["文件或事项名称 关于支持企业研发的若干措施 → 另一个名称"]
    assert entry.events == []


def test_a_listing_is_told_as_decided_and_later_as_changed(kjj: Department) -> None:
    page = f.make_public(f.make_guide(kjj))
    first, other = Term.objects.filter(vocabulary="category")[:2]
    theme = Term.objects.filter(vocabulary="theme").first()
    page = f.hand_in(f.save_draft(page, fee="免费", change_note="勘误"))
    f.act(page, "kjj-review")
    f.act(page, "spj-moder", **f.classification(category=str(other.pk), route="complex", themes=[str(theme.pk)]))
    later, earlier = told(page, "分类入清单")
    assert earlier.lines == [f"清单类别 {first.name}；申报方式 简易程序"]
    assert later.lines == [
        f"清单类别 {first.name} → {other.name}",
        "申报方式 简易程序 → 复杂程序",
        f"主题、行业等分类 （空） → {theme.name}",
    ]
    assert [len(entry.events) for entry in (later, earlier)] == [1, 1]


def test_a_classification_that_waits_for_its_date_says_so(kjj: Department) -> None:
    page = f.make_public(f.make_document(kjj))
    f.make_public(f.save_draft(page, change_note="勘误", go_live_at=timezone.now() + DAY / 8))
    notes = [note for entry in told(page, "分类入清单") for note in entry.notes]
    assert any(note.endswith("（随定时发布生效）") for note in notes)


def test_clocks_are_entries_of_their_own(kjj: Department) -> None:
    page = f.make_public(f.make_document(kjj))
    (started,) = told(page, "时限起算：政策变更公开")
    assert started.kind == EntryKind.DEADLINE
    assert "限 3 个工作日" in started.notes[0]
    assert "触发日期" in started.notes[0]
    (finished,) = told(page, "时限完成：政策变更公开")
    assert "结论 按时" in finished.notes[0]


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (
            {"article": "A12", "days": 3, "unit": "working", "trigger_date": "2026-11-23", "due_on": "2026-11-26"},
            "A12，限 3 个工作日，触发日期 2026-11-23（周一），期限 2026-11-26（周四）",
        ),
        (
            {
                "trigger_date": "2026-11-05",
                "due_on": None,
                "before": {"trigger_date": "2026-11-03", "due_on": "2026-11-06"},
                "reason": "看错",
            },
            "触发日期 2026-11-03（周二） → 2026-11-05（周四），期限 2026-11-06（周五） → 暂不可计算，理由：看错",
        ),
        ({"side": "bureau", "before": {"side": "department"}}, "办理方 单位 → 审批局"),
        ({"side": "department"}, "办理方 单位"),
        (
            {"outcome": "late", "before": {"outcome": "on_time"}, "used": 5, "unit": "working"},
            "结论 按时 → 逾期，用了 5 个工作日",
        ),
        ({"finished_at": "2026-11-23T01:30:00Z", "outcome": "on_time"}, "完成时间 2026-11-23 09:30，结论 按时"),
        ({"days": 60, "unit": "calendar"}, "限 60 个自然日"),
        (
            {"article": "A11", "before": "x", "outcome": "neues", "trigger_date": "bald", "side": 7},
            "A11，触发日期 bald，办理方 7，结论 neues",
        ),
        ({}, ""),
    ],
)
def test_any_clock_event_is_read_from_what_it_says(payload: dict[str, Any], expected: str) -> None:
    assert clock_notes(payload) == [expected]


def test_events_of_clocks_to_come_and_of_broken_payload_are_told_and_no_error(kjj: Department, login: Any) -> None:
    page = f.make_public(f.make_document(kjj))
    about(page, "clock.handed", code="moderate", side="bureau")
    about(page, "clock.rejudged", code=["x"], before=[1], verdict={"a": 1}, days="x", unit=None, due_on=5)
    for action in (
        "task.submitted",
        "task.approved",
        "page.published",
        "listing.classified",
        "change.corrected",
        "page.later",
    ):
        about(page, action)
    record(action="change.registered", object_type="policy_pages.changerecord", object_id=page.change_id, payload={})
    html = shown(login("spj-audit"), page)
    assert "时限移交" in html
    assert "办理方 审批局" in html
    assert "时限重新裁定" in html
    assert "page.later" in html


def test_a_change_of_a_page_that_is_gone_and_a_page_without_revisions_are_no_error(kjj: Department, login: Any) -> None:
    page, other = f.make_document(kjj), f.make_document(kjj, title="将删除")
    f.save_draft(page, change=other.change)
    other.delete()
    assert "将删除" in shown(login("spj-audit"), page)
    assert login("spj-audit").get(url(other)).status_code == 404
    Revision.objects.page_revisions().filter(object_id=str(page.pk)).update(object_id="0")
    type(page).objects.filter(pk=page.pk).update(latest_revision=None)
    assert login("spj-audit").get(url(page)).status_code == 200


def test_a_file_replaced_between_two_publications_is_found_by_its_hash() -> None:
    old = [{"id": 1, "title": "申请表", "sha256": "a" * 64}, {"id": 2, "title": "旧表", "sha256": "b" * 64}]
    new = [{"id": 1, "title": "申请表", "sha256": "c" * 64}, {"id": 3, "title": "新表", "sha256": "d" * 64}]
    assert replaced_files(old, new) == [
        "附件：删除“旧表”",
        f"附件“申请表”：文件已替换，散列 {'a' * 12} → {'c' * 12}",
        f"附件：新增“新表”，散列 {'d' * 12}",
    ]
    assert replaced_files(new, new) == []
