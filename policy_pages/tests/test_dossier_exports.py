"""卷宗 as a list to work with: filter, pages, print, export, and what a long history costs."""

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
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

DAY = datetime.timedelta(days=1)


def url(page: Any, name: str = "policy_pages_dossier") -> str:
    return reverse(name, args=[page.pk])


def shown(client: Client, page: Any, **asked: str) -> str:
    response = client.get(url(page), asked)
    assert response.status_code == 200
    return response.content.decode()


def rows(client: Client, page: Any, **asked: str) -> list[str]:
    return shown(client, page, **asked).partition("hqt-timeline")[2].partition("</table>")[0].split("<tr>")[2:]


def returned_and_public(department: Department) -> Any:
    """A guide that was returned, corrected and published."""
    page = f.act(f.hand_in(f.make_guide(department, promised_limit=20)), "kjj-review", "reject", comment="时限太长")
    return f.make_public(f.save_draft(page, promised_limit=15))


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
        label = page._meta.label_lower
        record(action="page.later", object_type=label, object_id=page.pk, payload={"reason": f"理由{number}"})
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
    client.get("/admin/")  # after a minute without a request the session writes that its holder is still there
    with CaptureQueriesContext(connection) as many:
        began = time.process_time()  # what others do on the machine meanwhile is not the page's
        html = shown(client, page)
        took = time.process_time() - began
    assert html.count("第一条 改为") >= 90
    assert len(many) == len(few)
    assert took < 2, f"{took:.2f} s"
