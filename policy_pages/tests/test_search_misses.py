"""Searches without hits: noted in a file, counted by tick, shown to the bureau, forgotten; nothing of who searched."""

from __future__ import annotations

import csv
import datetime
import io
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from audit.models import Event
from policy_pages.models import SearchMiss, VisitFile
from policy_pages.search import misses
from policy_pages.search.misses import collect_searches, countable, tally
from policy_pages.tests import factories as f
from policy_pages.tests.test_public_lists import shelve_document
from policy_pages.tests.visit_files import at

if TYPE_CHECKING:
    from pathlib import Path

    from accounts.models import Department

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_process")]


def search(browser: Client, text: str, before: str = "", **extra: str) -> int:
    return browser.get(f"{before}/search/?{urlencode({'q': text})}", **extra).status_code


def counts() -> dict[str, int]:
    return dict(SearchMiss.objects.values_list("text", "number"))


def written(visits_dir: Path) -> str:
    return "".join(path.read_text() for path in (visits_dir / "searches").glob("*.log"))


# --- Noting and counting ---------------------------------------------------------------------------------------------


def test_what_found_nothing_is_counted_by_text_and_day(browser: Client, kjj: Department) -> None:
    shelve_document(kjj, "研发补助")
    with at("11-24T23:59:00"):
        search(browser, "量子纠缠")
    with at("11-25T09:30:00"):
        search(browser, "量子纠缠", REMOTE_ADDR="192.0.2.1")
        search(browser, "量子糾纏", "/zh-hant", REMOTE_ADDR="192.0.2.2")
        search(browser, "研发")
        search(browser, "")
        assert collect_searches() == 3
        assert collect_searches() == 0, "the second run finds nothing"
    days = SearchMiss.objects.order_by("day").values_list("text", "day__day", "number")
    assert list(days) == [("量子纠缠", 24, 1), ("量子纠缠", 25, 2)]


def test_a_search_writes_nothing_to_the_database_and_nothing_of_the_person(browser: Client, visits_dir: Path) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        search(browser, "量子纠缠", REMOTE_ADDR="198.51.100.77")
    assert not [
        query for query in queries.captured_queries if query["sql"].split()[0] in {"INSERT", "UPDATE", "DELETE"}
    ]
    instant, text = written(visits_dir).split()
    assert (text, abs(int(instant) - timezone.now().timestamp()) < 60) == ("量子纠缠", True)


@pytest.mark.usefixtures("kjj")  # tick signs a chain that has begun
def test_tick_collects_and_says_so(browser: Client, capsys: pytest.CaptureFixture) -> None:
    search(browser, "量子纠缠")
    call_command("tick")
    assert "汇总了 1 次没有结果的搜索" in capsys.readouterr().out
    assert counts() == {"量子纠缠": 1}


def test_programs_heads_and_pages_loaded_ahead_are_not_counted(browser: Client, visits_dir: Path) -> None:
    search(Client(headers={"user-agent": "Googlebot/2.1"}), "量子纠缠")
    search(Client(), "量子纠缠")
    browser.head("/search/?q=%E9%87%8F")
    search(browser, "量子纠缠", HTTP_SEC_PURPOSE="prefetch")
    assert not (visits_dir / "searches").exists()


def test_one_address_is_bounded(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(misses, "PER_ADDRESS", 3)
    for number in range(5):
        search(browser, f"量子{number}号")
        search(browser, f"量子{number}号")
    collect_searches()
    assert counts() == {"量子0号": 1, "量子1号": 1, "量子2号": 1}


def test_a_day_holds_so_many_texts(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(misses, "A_DAY", 2)
    for text in ("甲乙丙", "丁戊己", "庚辛壬"):
        search(browser, text)
    assert collect_searches() == 2
    assert len(counts()) == 2


@pytest.mark.parametrize(
    ("typed", "counted"),
    [
        (" ＡＩ  算力\n券 ", "ai 算力 券"),
        ("張三 13812345678", ""),
        ("320281199001011234", ""),
        ("陈永发 1990 312", ""),
        ("138 1234 5678", ""),
        ("a@b.cn", ""),
        ("电话8270-1234", ""),
        ("8270 1234", ""),
        ("138.1234.5678", ""),
        ("138–1234–5678", ""),
        ("138（移动）1234转5678", ""),
        ("13x812y345z678", ""),
        ("٨٢٧٠١٢٣٤", ""),
        ("①③⑧①②③④⑤", ""),
        ("一三八一二三四五六七八", ""),
        ("幺三八 一二三四 五六七八", ""),
        ("壹叁捌壹貳叁肆", ""),
        ("138一二三四", ""),
        ("锡政规〔2024〕5号 8270-1234", ""),
        ("zhangsan at qq.com", ""),
        ("zhang艾特163点com", ""),
        ("zhang＠b.cn", ""),
        ("微信 wxid_abc", ""),
        ("wxid-9", ""),
        ("加微信号：zhang_san88", ""),
        ("微信：zhangsan", ""),
        ("QQ 12345", ""),
        ("扣扣号是54321", ""),
        ("微信支付", "微信支付"),
        ("qq群", "qq群"),
        ("2026年最高100万元", "2026年最高100万元"),
        ("一二三产业融合", "一二三产业融合"),
        ("锡政规〔2024〕125号", "锡政规〔2024〕125号"),
        ("锡科发2024 125号 锡政规〔2025〕5号", "锡科发2024 125号 锡政规〔2025〕5号"),
        ("锡政规〔2024〕5号", "锡政规〔2024〕5号"),
        ("量" * 200, "量" * 60),
        ("？！", ""),
        ("\0\ud800量子", "量子"),
        ("", ""),
    ],
)
def test_what_is_counted_of_a_text(typed: str, counted: str) -> None:
    assert countable(typed) == counted


def test_what_is_no_line_counts_nothing() -> None:
    lines = (
        "1764000000 量子\n1764000000 13812345678\n12 量子\n量子\n\n1764000000 \n".encode() + b"1764000000 \xff\xfe\n"
    )
    zone = timezone.get_default_timezone()
    assert list(tally(lines, zone).values()) == [1]


def test_a_full_disk_breaks_no_search(browser: Client, visits_dir: Path) -> None:
    visits_dir.mkdir(parents=True, exist_ok=True)
    (visits_dir / "searches").write_text("in the way")
    assert search(browser, "量子纠缠") == 200


@pytest.mark.usefixtures("kjj")
def test_files_of_visits_and_of_searches_may_bear_one_name(browser: Client, visits_dir: Path) -> None:
    search(browser, "量子纠缠")
    collect_searches()
    name = VisitFile.objects.get().name
    assert name.startswith("s/") and len(name) <= 60
    call_command("tick")
    assert counts() == {"量子纠缠": 1}


def test_it_is_forgotten_after_400_days() -> None:
    today = timezone.localdate()
    for days in (400, 401):
        SearchMiss.objects.create(text="量子", day=today - datetime.timedelta(days=days), number=1)
    collect_searches()
    assert [row.day for row in SearchMiss.objects.all()] == [today - datetime.timedelta(days=400)]


# --- In the back office ---------------------------------------------------------------------------------------------


@pytest.fixture
def rows() -> None:
    today = timezone.localdate()
    for text, days, number in (("量子", 0, 2), ("量子", 89, 3), ("=1+1", 1, 1), ("旧词", 90, 9)):
        SearchMiss.objects.create(text=text, day=today - datetime.timedelta(days=days), number=number)


@pytest.mark.usefixtures("rows")
def test_the_moderator_sees_the_last_90_days_with_a_way_to_a_new_word(client: Client) -> None:
    client.force_login(f.make_user("moder", f.make_bureau(), Role.MODERATOR))
    html = client.get("/admin/reports/searches/").content.decode()
    assert "<td>量子</td><td>5</td>" in html
    assert "旧词" not in html
    assert html.index("量子") < html.index("=1+1")
    assert 'href="/admin/search-words/new/?word=%E9%87%8F%E5%AD%90"' in html


@pytest.mark.usefixtures("rows")
def test_the_export_is_recorded_and_computes_nothing(client: Client) -> None:
    client.force_login(f.make_user("audit", f.make_bureau(), Role.AUDITOR))
    assert "添加同义词" not in client.get("/admin/reports/searches/").content.decode()
    answer = client.post("/admin/reports/searches/export/", {"format": "csv"})
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[0] == ["搜索词", "次数", "最近一天"]
    assert lines[1][:2] == ["量子", "5"]
    assert not lines[2][0].startswith("=")
    assert Event.objects.filter(action="report.exported").count() == 1
    assert client.post("/admin/reports/searches/export/", {"format": "xlsx"}).content[:2] == b"PK"
    assert client.post("/admin/reports/searches/export/", {"format": "exe"}).status_code == 302


def test_a_department_sees_none_of_it(client: Client, kjj: Department) -> None:
    client.force_login(f.make_user("edit", kjj, Role.EDITOR))
    assert client.get("/admin/reports/searches/").status_code != 200
    assert client.post("/admin/reports/searches/export/", {"format": "csv"}).status_code != 200
    assert not Event.objects.filter(action="report.exported").exists()
