"""卷宗 as a timeline: what each entry says, filter, print, export, and what a long history costs."""

from __future__ import annotations

import csv
import datetime
import io
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from wagtail.models import Revision

from audit.models import ChainHead, Event
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
        f"主题、行业、规模、生命周期 （空） → {theme.name}",
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
            {"verdict": "late", "before": {"verdict": "on_time"}, "used": 5, "unit": "working"},
            "结论 按时 → 逾期，用了 5 个工作日",
        ),
        ({"finished_at": "2026-11-23T01:30:00Z", "verdict": "on_time"}, "完成时间 2026-11-23 09:30，结论 按时"),
        ({"days": 60, "unit": "calendar"}, "限 60 个自然日"),
        (
            {"article": "A11", "before": "x", "verdict": "neues", "trigger_date": "bald", "side": 7},
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
    assert "时限重新认定" in html
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


# --- Filter -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "has", "lacks"),
    [
        ("deadline", "登记变更", "保存版本"),
        ("edit", "保存版本", "登记变更"),
        ("review", "退回修改", "保存版本"),
        ("publication", "公开第 1 版", "退回修改"),
    ],
)
def test_entries_of_one_kind(kjj: Department, login: Any, kind: str, has: str, lacks: str) -> None:
    found = "".join(rows(login("kjj-edit"), returned_and_public(kjj), kind=kind))
    assert has in found
    assert lacks not in found


def test_entries_of_one_person_and_of_some_days(kjj: Department, login: Any) -> None:
    page, client = returned_and_public(kjj), login("kjj-edit")
    found = rows(client, page, person="kjj-review")
    assert found
    assert all("kjj-review" in row for row in found)
    today = timezone.localdate()
    everything = rows(client, page)
    assert rows(client, page, first=f"{today:%Y年%m月%d日}", last=f"{today}") == everything
    assert "没有符合条件的事项" in rows(client, page, last=f"{today - DAY}")[0]
    assert "没有符合条件的事项" in rows(client, page, first=f"{today + DAY}")[0]


def test_a_day_is_a_day_in_shanghai(kjj: Department, login: Any) -> None:
    page = f.make_document(kjj)
    late = datetime.datetime(2026, 11, 2, 16, 30, tzinfo=datetime.UTC)  # half past midnight of the third
    page.revisions.update(created_at=late)
    client = login("kjj-edit")
    assert "保存版本" in "".join(rows(client, page, first="2026-11-03", last="2026-11-03"))
    assert "保存版本" not in "".join(rows(client, page, last="2026-11-02"))


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"kind": "x"}, "没有“x”这个类别"),
        ({"person": "没有这个人"}, "没有“没有这个人”经办的事项"),
        ({"first": "昨天"}, "日期写法不对"),
        ({"first": "2026-02-30"}, "不是有效的日期"),
        ({"first": "2026-11-24", "last": "2026-11-23"}, "截止日早于起始日"),
    ],
)
def test_what_is_typed_wrong_is_told_and_kept(kjj: Department, login: Any, asked: dict[str, str], says: str) -> None:
    page, client = f.make_document(kjj), login("kjj-edit")
    html = shown(client, page, **asked)
    assert says in html
    assert "筛选条件有误" in html
    for name, value in asked.items():
        assert name == "kind" or f'value="{value}"' in html
    assert len(rows(client, page, **asked)) == len(rows(client, page))


@pytest.mark.parametrize(
    "asked", [{"p": "x"}, {"p": "999"}, {"p": "-1"}, {"print": "x"}, {"person": "\x00"}, {"first": "9" * 500}]
)
def test_bad_parameters_are_no_error(kjj: Department, login: Any, asked: dict[str, str]) -> None:
    shown(login("kjj-edit"), f.make_document(kjj), **asked)


def test_a_hundred_entries_stand_on_a_page(kjj: Department, login: Any) -> None:
    page, client = f.make_document(kjj), login("spj-audit")
    for number in range(120):
        about(page, "page.later", reason=f"理由{number}")
    assert len(rows(client, page)) == 100
    assert len(rows(client, page, p="2")) == len(rows(client, page, print="1")) - 100
    assert "p=2" in shown(client, page, person="系统")
    assert "person=%E7%B3%BB" in shown(client, page, person="系统"), "the next page is filtered too"


# --- Print ------------------------------------------------------------------------------------------------------------------


def test_the_print_tells_all_from_the_beginning_and_how_to_check_it(kjj: Department, login: Any) -> None:
    page = f.save_draft(
        f.make_document(kjj, doc_number="锡科〔2026〕7号"),
        summary="甲",
        source_name="乙",
        issuing_body="丙",
        index_number="丁",
        genre="notice",
        title="戊",
    )
    html = shown(login("kjj-review"), page, print="1")
    head = ChainHead.objects.get()
    for word in ("锡科〔2026〕7号", "科学技术局", "姓名kjj-review", f"#{head.seq}", head.hash, "<details open>"):
        assert word in html, word
    assert html.index("登记变更") < html.index("首次录入") < html.index("改动 6 处")
    assert "导出 Excel" not in html
    assert "hqt-filter" not in html


def test_the_print_keeps_the_filter_and_says_so(kjj: Department, login: Any) -> None:
    html = shown(login("kjj-review"), f.make_document(kjj), print="1", kind="edit")
    assert "只列出符合筛选条件的 1 条" in html


# --- Export -----------------------------------------------------------------------------------------------------------------


def export(client: Client, page: Any, form: str, **asked: str) -> list[list[str]]:
    response = client.post(url(page, "policy_pages_dossier_export"), {"format": form, **asked})
    assert response.status_code == 200
    name = f"dossier-{page.pk}-{timezone.localdate():%Y%m%d}.{form}"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    if form == "csv":
        assert response.content.startswith(b"\xef\xbb\xbf")
        return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(response.content)).active
    assert {cell.data_type for line in sheet.iter_rows() for cell in line if cell.value} == {"s"}
    return [["" if value is None else value for value in line] for line in sheet.iter_rows(values_only=True)]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_export_holds_what_is_shown(kjj: Department, login: Any, kind: str) -> None:
    page = returned_and_public(kjj)
    header, *lines = export(login("spj-audit"), page, kind)
    assert header == ["时间", "类别", "事项", "经办人", "说明", "版本", "审计事件序号", "校验值"]
    assert any("承诺时限 20 → 15 个工作日" in line[4] for line in lines)
    published = Event.objects.get(action="page.published")
    assert [str(published.seq), published.hash] in [line[6:] for line in lines]
    header, *lines = export(login("kjj-edit"), page, kind, kind="edit")
    assert header == ["时间", "类别", "事项", "经办人", "说明", "版本"]
    assert [line[1] for line in lines] == ["编辑", "编辑"]


@pytest.mark.parametrize("typed", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1"])
def test_no_cell_computes(kjj: Department, login: Any, typed: str) -> None:
    page = f.act(f.hand_in(f.make_document(kjj)), "kjj-review", "reject", comment=typed)
    lines = export(login("kjj-edit"), page, "csv")
    told = [line[4] for line in lines if "退回" in line[2]]
    assert told
    assert all(text.startswith("'") for text in told)
    assert any(typed.strip() in line[4] for line in export(login("kjj-edit"), page, "xlsx"))


def test_an_export_leaves_its_event_and_stands_in_the_dossier(kjj: Department, login: Any) -> None:
    page, client = f.make_document(kjj), login("spj-audit")
    number = len(export(client, page, "csv", kind="edit")) - 1
    event = Event.objects.get(action="dossier.exported")
    assert event.payload == {"format": "csv", "rows": number, "asked": {"kind": "edit"}}
    assert (event.actor_name, event.object_id) == ("姓名spj-audit", str(page.pk))
    assert "导出卷宗" in shown(client, page, kind="other")


@pytest.mark.parametrize("data", [{}, {"format": "pdf"}, {"format": "csv", "first": "昨天"}])
def test_a_wrong_export_leads_back_with_what_was_typed(kjj: Department, login: Any, data: dict[str, str]) -> None:
    page = f.make_document(kjj)
    answer = login("kjj-edit").post(url(page, "policy_pages_dossier_export"), data, follow=True)
    assert answer.redirect_chain[0][0].startswith(url(page))
    assert ("日期写法不对" in answer.content.decode()) == ("first" in data)
    assert not Event.objects.filter(action="dossier.exported").exists()


def test_who_may_not_read_the_dossier_exports_nothing(
    kjj: Department, gxj: Department, login: Any, client: Client
) -> None:
    page = f.make_public(f.make_document(kjj))
    address = url(page, "policy_pages_dossier_export")
    for username in ("gxj-edit", "gxj-review", "spj-acct", "sys-admin"):
        assert login(username).post(address, {"format": "csv"}).status_code == 404
    assert client.post(address, {"format": "csv"}).status_code in {302, 403}
    assert login("spj-audit").get(address).status_code == 405
    assert not Event.objects.filter(action="dossier.exported").exists()


# --- Cost -------------------------------------------------------------------------------------------------------------------


def lengthened(page: Any, number: int) -> None:
    """Give a page many more revisions, each with another word in a text of 40,000 characters."""
    first = page.latest_revision
    text = "为支持企业研发，对年度投入给予后补助。" * 2106
    made = []
    for n in range(number):
        block = [
            {
                "type": "article",
                "id": "a",
                "value": {"number": "第一条", "text": f"<p>{text[:20000]}{n}{text[20000:]}</p>"},
            }
        ]
        content = {**first.content, "body": json.dumps(block)}
        made.append(
            Revision(
                content_type=first.content_type,
                base_content_type=first.base_content_type,
                object_id=first.object_id,
                user=first.user,
                content=content,
                created_at=first.created_at + n * DAY / 86400,
                object_str="",
            )
        )
    Revision.objects.bulk_create(made, batch_size=50)


@pytest.mark.slow
@pytest.mark.no_cover
def test_500_revisions_of_40000_characters_open_in_two_seconds_with_as_many_queries_as_three(
    kjj: Department, login: Any
) -> None:
    page, client = f.save_draft(f.make_document(kjj), summary="甲"), login("spj-audit")
    client.get(url(page))
    with CaptureQueriesContext(connection) as few:
        client.get(url(page))
    lengthened(page, 500)
    with CaptureQueriesContext(connection) as many:
        began = time.perf_counter()
        html = shown(client, page)
        took = time.perf_counter() - began
    assert html.count("第一条 改为") >= 90
    assert len(many) == len(few)
    assert took < 2, f"{took:.2f} s"
