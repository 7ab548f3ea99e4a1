"""`/calendar/`: which windows open and close on which day, month by month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from bs4 import BeautifulSoup

from policy_pages.models import GuideBasis
from policy_pages.tests import factories as f
from policy_pages.tests.public_reading import in_order, words
from policy_pages.tests.test_public_lists import day, put_on_shelf, queries_of, shelve_document, shelve_guide

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

# Today is Wednesday 25 November 2026.


def read(client: Client, address: str = "/calendar/") -> str:
    response = client.get(address, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def days_of(html: str) -> dict[str, list[str]]:
    """Heading of each day with its lines."""
    soup = BeautifulSoup(html, "html.parser")
    return {
        section.select_one("h2, h3").get_text(" ", strip=True): [
            "".join(item.find_all(string=True, recursive=True)).split("\n", 1)[0].strip()
            for item in section.select("li")
        ]
        for section in soup.select("section.day")
    }


def neighbours(html: str) -> dict[str, str]:
    soup = BeautifulSoup(html, "html.parser")
    return {link["rel"][0]: link["href"] for link in soup.select(".periods a[rel]")}


def test_a_day_lists_what_closes_and_what_opens(client: Client, kjj: Department, gxj: Department) -> None:
    shelve_guide(kjj, "技改补助", -10, 2)
    shelve_guide(gxj, "研发补助", 2, 20)
    html = read(client)
    found = days_of(html)
    assert list(found) == ["11月25日（周三） 今天", "11月27日（周五）", "11月15日（周日）"]
    closing, opening = found["11月27日（周五）"]
    assert closing.startswith("截止：技改补助")
    assert opening.startswith("开始：研发补助")
    text = words(html)
    assert in_order(text, "11月27日", "截止：", "技改补助", "即将截止", "还剩 2 天", "科学技术局")
    assert in_order(text, "开始：", "研发补助", "未开始", "工业和信息化局")
    december = days_of(read(client, "/calendar/2026-12/"))
    assert list(december) == ["12月15日（周二）"]


def test_today_is_marked_though_nothing_happens(client: Client, kjj: Department) -> None:
    shelve_guide(kjj, "技改补助", -10, 2)
    html = read(client)
    assert "今天没有申报开始或截止" in html
    soup = BeautifulSoup(html, "html.parser")
    assert [cell.get_text(strip=True) for cell in soup.select('td[aria-current="date"]')] == ["25"]
    assert not BeautifulSoup(read(client, "/calendar/2026-12/"), "html.parser").select('[aria-current="date"]')


def parts_of(html: str) -> dict[str, list[str]]:
    """Days by the heading they stand under; those under none by ''."""
    found: dict[str, list[str]] = {}
    for section in BeautifulSoup(html, "html.parser").select("section.day"):
        above = section.find_parent("section")
        heading = above.h2.get_text(strip=True) if above else ""
        found.setdefault(heading, []).append(section["id"])
    return found


def test_this_month_begins_today_and_looks_beyond_its_end(client: Client, kjj: Department) -> None:
    """25 November: fourteen days reach to 9 December."""
    shelve_guide(kjj, "已开始的", -10, 2)
    shelve_guide(kjj, "下月初截止", -3, 14)
    shelve_guide(kjj, "下月再晚", 6, 15)
    html = read(client)
    assert parts_of(html) == {
        "": ["d11-25", "d11-27"],
        "接下来": ["d12-01", "d12-09"],
        "本月已过的日子": ["d11-15", "d11-22"],
    }
    assert in_order(words(html), "11月25日", "接下来", "订阅", "本月已过的日子", "11月15日")
    assert parts_of(read(client, "/calendar/2026-12/")) == {"": ["d12-01", "d12-09", "d12-10"]}
    with time_machine.travel("2026-11-16 12:00 +0800"):
        assert "接下来" not in parts_of(read(client)), "a month with fourteen days left speaks of itself"
        assert list(parts_of(read(client))) == ["", "本月已过的日子"]
    with time_machine.travel("2026-11-01 12:00 +0800"):
        assert list(parts_of(read(client))) == [""]


def test_a_month_with_nothing_left_tells_what_comes_next(client: Client, kjj: Department) -> None:
    shelve_guide(kjj, "下月初开始", 6, 40)
    html = read(client)
    assert in_order(words(html), "这个月没有申报开始或截止。", "接下来", "12月1日", "下月初开始")
    assert parts_of(html) == {"": ["d11-25"], "接下来": ["d12-01"]}


def test_the_table_leads_to_the_days(client: Client, kjj: Department) -> None:
    shelve_guide(kjj, "技改补助", -10, 2)
    shelve_guide(kjj, "又一项", 2, 30)
    soup = BeautifulSoup(read(client), "html.parser")
    table = soup.select_one(".month-table table")
    assert [th["abbr"] for th in table.select("th")] == [f"星期{word}" for word in "一二三四五六日"]
    links = {link["href"]: link.get_text(" ", strip=True) for link in table.select("a")}
    assert links == {"#d11-15": "15 开始 1", "#d11-27": "27 截止 1 开始 1"}
    assert all(soup.select_one(target) for target in links)
    first_week = [cell.get_text(strip=True) for cell in table.select("tbody tr")[0].select("td")]
    assert first_week == ["", "", "", "", "", "", "1"], "1 November 2026 is a Sunday"
    assert sum(len(row.select("td")) for row in table.select("tbody tr")) % 7 == 0


def test_this_month_is_that_of_shanghai(client: Client, kjj: Department) -> None:
    for moment, heading in (
        ("2026-11-30 23:59:59 +0800", "2026 年 11 月"),
        ("2026-12-01 00:00:00 +0800", "2026 年 12 月"),
        ("2026-12-31 16:00:00 +0000", "2027 年 1 月"),
    ):
        with time_machine.travel(moment, tick=False):
            assert f'<strong aria-current="true">{heading}</strong>' in read(client)


def test_only_months_with_something_in_them_are_led_to(client: Client, kjj: Department) -> None:
    assert neighbours(read(client)) == {}
    shelve_guide(kjj, "早的", -300, -200)
    shelve_guide(kjj, "晚的", 100, 400)
    html = read(client)
    assert neighbours(html) == {"prev": "/calendar/2026-05/", "next": "/calendar/2027-03/"}
    assert "这个月没有申报开始或截止" in html
    last = read(client, "/calendar/2027-12/")
    assert neighbours(last) == {"prev": "/calendar/2027-03/"}
    assert '<a href="/calendar/">回到本月</a>' in last
    assert neighbours(read(client, "/calendar/2026-01/")) == {"next": "/calendar/2026-05/"}


@pytest.mark.parametrize(
    "month", ["2026-13", "2026-00", "1989-12", "2101-01", "2026-1", "26-12", "x", "2026-12-01", "0000-00", "9" * 300]
)
def test_what_is_no_month_is_not_found(client: Client, db: None, month: str) -> None:
    assert client.get(f"/calendar/{month}/").status_code == 404


@pytest.mark.parametrize("month", ["1990-01", "2100-12", "2028-02"])
def test_the_edges_of_the_calendar_can_be_read(client: Client, db: None, month: str) -> None:
    assert "这个月没有申报开始或截止" in read(client, f"/calendar/{month}/")


def test_it_is_narrowed_by_unit_and_category(client: Client, kjj: Department, gxj: Department, settings: Any) -> None:
    settings.WAGTAILADMIN_BASE_URL = "https://hqt.example.gov.cn"
    shelve_guide(kjj, "科技的", -5, 2)
    shelve_guide(gxj, "工信的", -5, 2)
    other = shelve_guide(gxj, "另一类的", -60, 2)
    other.listing.category = type(other.listing.category).objects.get(code="category-02")
    other.listing.save()

    def closing(query: str) -> set[str]:
        lines = days_of(read(client, f"/calendar/{query}")).get("11月27日（周五）", [])
        return {line.removeprefix("截止：") for line in lines}

    assert closing("") == {"科技的", "工信的", "另一类的"}
    assert closing("?department=kjj") == {"科技的"}
    assert closing("?category=category-02&department=gxj") == {"另一类的"}
    assert closing("?category=category-02&department=kjj") == set()
    assert closing("?department=%00&category=%F0%9F&page=2") == {"科技的", "工信的", "另一类的"}
    html = read(client, "/calendar/?category=category-02&department=gxj")
    assert neighbours(html) == {"prev": "/calendar/2026-09/?category=category-02&department=gxj"}
    assert 'href="/calendar/feed.ics?category=category-02&amp;department=gxj"' in html
    assert BeautifulSoup(html, "html.parser").select_one('a[href^="webcal"]')["href"] == (
        "webcal://hqt.example.gov.cn/calendar/feed.ics?category=category-02&department=gxj"
    )
    assert 'href="/guides/?window=year_round&amp;category=category-02&amp;department=gxj"' in html
    assert "没有符合这些条件" in read(client, "/calendar/?category=category-02&department=kjj")


def test_year_round_and_pending_are_led_to_and_not_listed(client: Client, kjj: Department) -> None:
    shelve_guide(kjj, "常年的补助")
    shelve_guide(kjj, "待定的补助", window_type="window_pending")
    html = read(client)
    assert "常年的补助" not in html
    assert "待定的补助" not in html
    for window, title in (("year_round", "常年的补助"), ("pending", "待定的补助")):
        assert f'href="/guides/?window={window}"' in html
        listed = read(client, f"/guides/?window={window}")
        assert title in listed
        assert "共 <strong>1</strong> 条" in listed


def test_drafts_and_what_is_closed_for_ever_are_not_listed(client: Client, kjj: Department) -> None:
    f.make_guide(kjj, title="草稿", window_type="fixed_window", window_start=day(-5), window_end=day(2))
    ended = shelve_guide(kjj, "旧补助", -5, 2)
    GuideBasis.objects.create(guide=ended, document=shelve_document(kjj, "旧办法", document_status="repealed"))
    html = read(client)
    assert "草稿" not in html
    assert "旧补助" not in html
    assert neighbours(html) == {}


def test_a_scheduled_window_appears_when_it_is_published(client: Client, kjj: Department) -> None:
    guide = f.make_guide(kjj, window_type="fixed_window", window_start=day(-5), window_end=day(2))
    assert guide.title not in read(client)
    f.make_public(guide)
    assert guide.title in read(client)


@pytest.mark.parametrize("address", ["/calendar/", "/calendar/2026-11/?department=kjj"])
def test_many_windows_cost_the_queries_of_one(client: Client, kjj: Department, address: str) -> None:
    document = shelve_document(kjj, "办法")
    GuideBasis.objects.create(guide=shelve_guide(kjj, "一项", -5, 2), document=document)
    few = queries_of(client, address)
    for number in range(30):
        guide = shelve_guide(kjj, f"指南{number}", -20 + number, number)
        GuideBasis.objects.create(guide=guide, document=document)
    put_on_shelf(kjj, type(guide)(title="常年", window_type="year_round"))
    assert queries_of(client, address) == few
    assert few <= 15


def test_it_can_only_be_read(client: Client, db: None) -> None:
    for address in ("/calendar/", "/calendar/2026-12/", "/calendar/feed.ics"):
        assert client.post(address).status_code == 405
        assert client.head(address).status_code == 200
