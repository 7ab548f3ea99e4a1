"""Many accounts from Excel: a row report, a dry run, nothing half done; and the list of holders that leaves as Excel."""

from __future__ import annotations

import datetime
import io
import re
import threading
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection, connections
from django.test import Client
from django.urls import get_resolver
from openpyxl import load_workbook

from accounts.enums import Role
from accounts.models import Assignment, Department, User
from accounts.services import assign_role, permission_drift, roster
from accounts.services.allotment import OneTime
from accounts.services.roster import check_roster, import_roster, read_roster
from accounts.services.workbook import WorkbookError, written
from accounts.tests.rosters import ADDRESS, book, confirm, ordinary, upload
from accounts.views.roster import sealed
from audit.models import Event
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Login = "Callable[[str], Client]"
PASSWORD = re.compile(r"[A-Z][a-z]{2}[2-9](?:-[A-Z][a-z]{2}[2-9]){3}")
EXPORT = "/admin/accounts/export/"

#: Place among the 200 (0 is line 2) -> what is changed there: column -> value, and a word of the fault.
WRONG: dict[int, tuple[dict[int, Any], str]] = {
    3: ({0: "xyz"}, "没有单位代码“xyz”"),
    10: ({0: ""}, "单位代码"),
    25: ({1: "局长"}, "没有角色“局长”"),
    40: ({1: "审批局审核"}, "审批局的角色"),
    41: ({1: ""}, "至少选择一个角色"),
    66: ({2: ""}, "姓名"),
    80: ({3: "没有"}, "电话"),
    81: ({3: "2026-11-23"}, "电话"),
    100: ({4: "kjj-edit"}, "已存在"),
    120: ({4: "gxj-same"}, "不止一行"),
    150: ({4: "GXJ-same"}, "不止一行"),
    170: ({3: "=1+1"}, "公式"),
    199: ({1: "账号管理"}, "不能在这里分配"),
}


def two_hundred() -> list[list[Any]]:
    rows: list[list[Any]] = ordinary(200)
    for place, (changes, _words) in WRONG.items():
        for column, value in changes.items():
            rows[place][column] = value
    return rows


def told(html: bytes) -> dict[int, str]:
    """Line -> the faults the report names."""
    from bs4 import BeautifulSoup

    rows = BeautifulSoup(html, "html.parser").select("table.hqt-roster tbody tr")
    return {int(row.td.get_text()): row.select("td")[2].get_text(" ", strip=True) for row in rows}


def snapshot() -> tuple[int, int, int]:
    return User.objects.count(), Assignment.objects.count(), Event.objects.count()


@pytest.fixture
def client(kjj: Department, gxj: Department, login: Login) -> Client:
    return login("spj-acct")


def test_200_accounts_with_13_wrong_rows(client: Client) -> None:
    before = snapshot()
    report = upload(client, book(two_hundred()))
    found = told(report.content)
    assert sorted(found) == sorted(place + 2 for place in WRONG), "exactly the 13"
    for place, (_changes, words) in WRONG.items():
        assert words in found[place + 2]
    assert "共 200 行，正确 187 行，有错误 13 行" in report.content.decode()
    assert snapshot() == before, "the dry run writes nothing"

    strict = confirm(client, report)
    assert sorted(told(strict.content)) == sorted(found)
    assert "一个账号也没有分配" in strict.content.decode()
    assert not PASSWORD.search(strict.content.decode())
    assert snapshot() == before, "the strict run writes nothing"

    lenient = confirm(client, report, lenient="on")
    page = lenient.content.decode()
    assert User.objects.count() == before[0] + 187
    assert len(set(PASSWORD.findall(page))) == 187
    assert page.count('class="hqt-slip"') == 187
    assert "跳过了 13 行" in page
    assert "no-store" in lenient["Cache-Control"]
    names = set(User.objects.filter(holder_name__startswith="张").values_list("holder_name", flat=True))
    assert names == {f"张{place:03d}" for place in range(200) if place not in WRONG}
    event = Event.objects.get(action="accounts.imported")
    assert (event.payload["accounts"], event.payload["skipped"], event.payload["units"]) == (187, 13, ["gxj", "kjj"])
    assert not any(password in item.payload_json for item in Event.objects.all() for password in PASSWORD.findall(page))
    assert permission_drift() == [], "each unit was synced"

    again = confirm(client, report, lenient="on")
    assert User.objects.count() == before[0] + 187, "a reload opens no second account"
    assert not PASSWORD.search(again.content.decode())


def test_a_file_without_a_fault_is_opened_with_codes_of_its_own(client: Client) -> None:
    rows = [*ordinary(6), ["KJJ", "editor；reviewer", "赵六", 13912345678.0, "kjj-zhao"]]
    page = confirm(client, upload(client, book(rows)))
    made = User.objects.filter(must_change_password=True).order_by("pk")
    assert [user.username for user in made] == [
        *("kjj-edit2", "gxj-review2", "kjj-edit3", "gxj-edit2", "kjj-review2", "gxj-edit3", "kjj-zhao"),
    ]
    zhao = User.objects.get(username="kjj-zhao")
    assert zhao.phone == "13912345678"
    assert {row.role for row in zhao.assignments.all()} == {"editor", "reviewer"}
    shown = dict(
        re.findall(
            r'<code>([a-z0-9-]+)</code></dd></div>\s*<div class="hqt-slip__key"><dt>初始密码</dt><dd><code>([^<]+)',
            page.content.decode(),
        )
    )
    assert len(shown) == 7
    assert all(User.objects.get(username=code).check_password(password) for code, password in shown.items())


def test_all_faults_of_a_row_are_told_at_once(client: Client) -> None:
    report = upload(client, book([["xyz", "局长", "", "没有", "Admin"], *ordinary(1)]))
    words = told(report.content)[2]
    for word in ("没有单位代码", "没有角色", "姓名", "电话", "账号"):
        assert word in words


def test_a_person_twice_and_a_person_who_is_there_are_told(client: Client, kjj: Department) -> None:
    person = ["kjj", "录入员", "赵六", "13912345678", ""]
    known = f.make_user("kjj-old", kjj, Role.REVIEWER)
    User.objects.filter(pk=known.pk).update(holder_name="钱七", phone="13912340000")
    rows = [person, person, ["gxj", *person[1:]], ["kjj", "录入员", "钱七", "13912340000", ""]]
    found = told(upload(client, book(rows)).content)
    assert sorted(found) == [2, 3, 5]
    assert "另见第 3 行" in found[2]
    assert "已有账号 kjj-old" in found[5]


def test_merged_cells_are_told(client: Client) -> None:
    rows = ordinary(4)
    found = told(upload(client, book(rows, merge="A2:A4")).content)
    assert sorted(found) == [2, 3, 4]
    assert "取消合并" in found[3]


def test_what_happened_since_the_dry_run_counts(client: Client, kjj: Department) -> None:
    rows = ordinary(2)
    rows[0][4] = "kjj-new"
    report = upload(client, book(rows))
    f.make_user("kjj-new", kjj, Role.EDITOR)
    before = snapshot()
    assert "已存在" in told(confirm(client, report).content)[2]
    assert snapshot() == before


def test_a_failure_in_the_middle_leaves_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    report = upload(client, book(ordinary(5)))
    before = snapshot()
    opened = []

    def broken(**facts: Any) -> Any:
        opened.append(facts["username"])
        if len(opened) == 4:
            raise RuntimeError("disk full")
        return allot(**facts)

    allot = roster.allot_account
    monkeypatch.setattr(roster, "allot_account", broken)
    with pytest.raises(RuntimeError):
        confirm(client, report)
    assert len(opened) == 4
    assert snapshot() == before


def test_rows_are_sealed_for_the_officer_who_checked_them(client: Client) -> None:
    before = User.objects.count()
    rows = read_roster(book(ordinary(1)))
    for text in ("", "forged", sealed(rows, f.user("spj-audit").pk)):
        response = client.post(ADDRESS, {"rows": text, "lenient": "on"})
        assert "已过期" in response.content.decode()
    assert User.objects.count() == before


# --- Files that are none -------------------------------------------------------------------------------------------


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "x")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (61 * 1024 * 1024))
    return file.getvalue()


def word_file() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "x")
        archive.writestr("word/document.xml", "x")
    return file.getvalue()


def torn() -> bytes:
    content = bytearray(book(ordinary(3)))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        start = archive.getinfo("xl/worksheets/sheet1.xml").header_offset
    content[start + 60 : start + 90] = b"\x00" * 30
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: b"", "文件是空的"),
        (lambda: b"\xd0\xcf\x11\xe0 old", "旧版 .xls"),
        (lambda: b"PK\x03\x04 broken", "已损坏"),
        (lambda: "单位代码,角色".encode(), "已损坏"),
        (word_file, "不是 Excel 工作簿"),
        (bomb, "解压后过大"),
        (torn, "已损坏"),
        (lambda: b"0" * (5 * 1024 * 1024 + 1), "超过 5 MB"),
        (lambda: book([]), "没有数据"),
        (lambda: book([["kjj", "录入员"]], headers=("单位代码", "角色")), "缺少列：姓名、电话"),
        (lambda: book([["a", "b"]], headers=("角色", "角色")), "出现了两次"),
        (lambda: book([["kjj", "录入员", "张三", "13800001234", ""]] * 2001), "超过 2000 行"),
    ],
)
def test_what_is_no_roster_is_told_in_words(client: Client, content: Callable[[], bytes], words: str) -> None:
    response = upload(client, content())
    assert response.status_code == 200
    assert words in str(response.context_data["form"].errors["file"])


def test_nothing_chosen_is_told(client: Client) -> None:
    assert "请选择填好的" in client.post(ADDRESS).content.decode()


def test_the_template_is_read_by_the_import(client: Client, kjj: Department) -> None:
    content = client.get(f"{ADDRESS}template/").content
    with pytest.raises(WorkbookError, match="没有数据"):
        read_roster(content)
    workbook = load_workbook(io.BytesIO(content))
    workbook["账号"].append(["kjj", "录入员", "张三", "13800001234"])
    file = io.BytesIO()
    workbook.save(file)
    rows = read_roster(file.getvalue())
    check_roster(rows)
    assert [row.faults for row in rows] == [[]]


def test_only_import_frozen_report_counter_self_check_and_report_are_outside_the_one_transaction() -> None:
    """`non_atomic_requests` takes a view out of the one transaction of a request: it must be a reasoned exception."""

    def walk(patterns: list, spaces: str = "") -> Iterator[str]:
        for pattern in patterns:
            yield from walk(getattr(pattern, "url_patterns", []), f"{getattr(pattern, 'namespace', '') or ''}:")
            if getattr(pattern.callback, "_non_atomic_requests", None):
                yield f"{spaces}{pattern.name}"

    known = {"accounts:import", ":policy_pages_frozen_reports", "visit", "guide_check", "correction_new"}
    assert known == set(walk(get_resolver().url_patterns))


@pytest.mark.django_db(transaction=True)
def test_no_lock_is_held_while_passwords_are_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Meanwhile another desk writes, on SQLite too."""
    f.make_bureau()
    f.make_department("kjj", "科学技术局")
    f.make_department("gxj", "工业和信息化局")
    seen: list[bool] = []
    first = iter([True])  # passwords are hashed in several threads
    real = roster.make_one_time

    def slow() -> OneTime:
        if next(first, False):
            seen.append(connection.in_atomic_block)
            Department.objects.filter(code="kjj").update(other_names="written meanwhile")
            connections.close_all()
        return real()

    monkeypatch.setattr(roster, "make_one_time", slow)
    client = Client()
    client.force_login(f.user("spj-acct"))
    response = confirm(client, upload(client, book(ordinary(3))))
    assert len(set(PASSWORD.findall(response.content.decode()))) == 3
    assert seen == [False]
    assert Department.objects.get(code="kjj").other_names == "written meanwhile"


def test_passwords_are_hashed_at_full_strength(kjj: Department, gxj: Department, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    rows = read_roster(book(ordinary(2)))
    opened = import_roster(rows=rows, lenient=False, actor=f.user("spj-acct"))
    wanted = make_password("x").split("$")[:2]
    assert [account.user.password.split("$")[:2] for account in opened.accounts] == [wanted, wanted]
    assert threading.active_count() < 20


# --- Export -----------------------------------------------------------------------------------------------------


def exported(client: Client, **choices: Any) -> list[tuple[Any, ...]]:
    response = client.post(EXPORT, choices)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    sheet = load_workbook(io.BytesIO(response.content)).active
    assert all(cell.data_type == "s" for row in sheet.iter_rows() for cell in row if cell.value is not None)
    return list(sheet.iter_rows(values_only=True))


@pytest.mark.parametrize("username", ["spj-acct", "spj-audit"])
def test_holders_leave_with_their_contacts_by_unit(
    kjj: Department, gxj: Department, login: Login, username: str
) -> None:
    User.objects.filter(username="kjj-edit").update(
        phone="0510-81820000", login_at=datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
    )
    assign_role(user=f.user("kjj-edit"), department=gxj, role=Role.EDITOR)
    header, *lines = exported(login(username))
    assert header[:6] == ("单位代码", "单位", "使用人", "联系电话", "账号", "角色")
    assert [line[0] for line in lines] == ["gxj"] * 3 + ["kjj"] * 2 + ["spj"] * 4
    [row] = [line for line in lines if line[0] == "kjj" and line[4] == "kjj-edit"]
    assert row[1:6] == ("科学技术局", "姓名kjj-edit", "0510-81820000", "kjj-edit", "录入员")
    assert row[9] == "2026-11-01"
    event = Event.objects.latest("seq")
    assert (event.action, event.actor_name) == ("accounts.exported", f"姓名{username}")
    assert event.payload == {"department": "", "role": "", "state": "", "rows": 9}


def test_the_export_is_filtered_and_says_so(kjj: Department, gxj: Department, login: Login) -> None:
    client = login("spj-acct")
    User.objects.filter(username="kjj-edit").update(is_active=False)
    lines = exported(client, department=kjj.pk, role="editor", state="disabled")[1:]
    assert [line[4] for line in lines] == ["kjj-edit"]
    assert Event.objects.latest("seq").payload == {
        "department": "kjj",
        "role": "editor",
        "state": "disabled",
        "rows": 1,
    }
    number = Event.objects.count()
    assert "有 1 行" in client.get(EXPORT, {"department": kjj.pk, "role": "editor"}).content.decode()
    assert "没有这个单位" in client.post(EXPORT, {"department": "999"}).content.decode()
    assert Event.objects.count() == number, "only a download is an export"


@pytest.mark.parametrize(
    "text", ["=1+1", "+86", "-1", "@SUM(A1)", "\tx", "\rx", "#N/A", "=cmd|' /C calc'!A0", "a\x00b"]
)
def test_no_cell_ever_computes(text: str) -> None:
    sheet = load_workbook(io.BytesIO(written({"x": [("名", "值"), (text, "y")]}))).active
    cell = sheet["A2"]
    assert cell.data_type == "s"
    assert cell.value.strip() == text.replace("\x00", "").strip()


def test_hostile_names_leave_as_text(kjj: Department, login: Login) -> None:
    User.objects.filter(username="kjj-edit").update(holder_name='=HYPERLINK("http://x","y")', phone="+1")
    [row] = [line for line in exported(login("spj-acct")) if line[4] == "kjj-edit"]
    assert row[2:4] == ('=HYPERLINK("http://x","y")', "+1")


def test_the_break_glass_account_is_not_in_the_list_of_holders(kjj: Department, login: Login) -> None:
    User.objects.create_superuser("root", password=f.PASSWORD)
    f.make_user("nobody")
    codes = [line[4] for line in exported(login("spj-acct"))]
    assert "root" not in codes
    assert codes[-1] == "nobody", "without a unit: last"


@pytest.mark.parametrize("username", ["kjj-edit", "kjj-review", "spj-moder", "sys-admin"])
def test_nobody_else_exports_or_imports(kjj: Department, gxj: Department, login: Login, username: str) -> None:
    client, before = login(username), snapshot()
    for url in (EXPORT, ADDRESS, f"{ADDRESS}template/"):
        assert client.get(url).status_code == 302
        assert client.post(url).status_code == 302
    rows = read_roster(book(ordinary(1)))
    forged = {"rows": sealed(rows, f.user(username).pk), "lenient": "on"}
    assert client.post(ADDRESS, forged).status_code == 302
    assert snapshot() == before


def test_the_auditor_exports_but_does_not_import(kjj: Department, login: Login) -> None:
    assert login("spj-audit").get(EXPORT).status_code == 200
    assert login("spj-audit").get(ADDRESS).status_code == 302
