"""`/departments/`: who answers, how punctual, what is public, of each unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup

from policy_pages.models import InterpretationPage, PolicyDocumentPage
from policy_pages.services.listed import relist
from policy_pages.tests.factories import make_department, make_guide, make_public
from policy_pages.tests.public_reading import words
from policy_pages.tests.test_public_lists import put_on_shelf, queries_of, shelve_document, shelve_guide, titles

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department


def hotline(number: str, contact: str = "", hours: str = "") -> tuple[str, dict[str, str]]:
    return ("hotline", {"number": number, "contact": contact, "hours": hours})


def told(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return words(response.content.decode())


def soup_of(client: Client, address: str = "/departments/") -> BeautifulSoup:
    return BeautifulSoup(client.get(address).content, "html.parser")


# --- The list ---------------------------------------------------------------------------------------


def test_units_stand_by_level_with_how_much_is_public(client: Client, kjj: Department, gxj: Department) -> None:
    make_department("jy-gxj", "江阴市工业和信息化局", level="county", parent=gxj)
    shelve_document(kjj, "文件")
    shelve_guide(kjj, "指南")
    text = told(client, "/departments/")
    assert text.index("市级") < text.index("科学技术局 已公开 2 项，其中申报指南 1 项") < text.index("市(县)、区级")
    assert text.index("市(县)、区级") < text.index("江阴市工业和信息化局 已公开 0 项")
    assert "行政审批局 已公开" not in text, "without a public section"
    assert "已撤并" not in text


def test_each_unit_is_called_by_the_number_of_most_guides(client: Client, kjj: Department, gxj: Department) -> None:
    for title in ("甲", "乙"):
        shelve_guide(kjj, title, hotlines=[hotline("0510-81820001"), hotline(f"0510-8182009{len(title)}")])
    shelve_guide(kjj, "丙", hotlines=[hotline("0510 8182 0001 转 8")])
    make_guide(gxj, title="草稿", hotlines=[hotline("0510-99999999")])
    lines = {line.a.get_text(): line for line in soup_of(client).select(".units li")}
    assert [link["href"] for link in lines["科学技术局"].select("a.tel")] == ["tel:051081820001"]
    assert not lines["工业和信息化局"].select("a.tel"), "nothing is said where nothing is known"
    assert "电话" not in lines["工业和信息化局"].get_text()


@pytest.mark.usefixtures("quarter")
def test_the_rate_of_each_unit_is_that_of_the_meter(client: Client) -> None:
    rates = {link.get_text() for link in soup_of(client).select('.units a[href="/timeliness/"]')}
    assert rates == {"按时率 66.7%", "按时率 0.0%"}
    assert "按时率是2026 年第三季度的。" in told(client, "/departments/")


def test_an_empty_city_says_so(client: Client, bureau: Department) -> None:
    assert "还没有开通的单位" in told(client, "/departments/")


def test_an_ended_unit_stays_while_it_has_something_public(client: Client, kjj: Department, gxj: Department) -> None:
    page = shelve_document(kjj, "文件")
    type(kjj).objects.update(is_active=False)
    text = told(client, "/departments/")
    assert text.index("已撤并的单位") < text.index("科学技术局")
    assert "工业和信息化局" not in text
    assert "本单位已经撤并" in told(client, "/departments/kjj/")
    assert client.get("/departments/gxj/").status_code == 404
    PolicyDocumentPage.objects.filter(pk=page.pk).update(live=False)
    relist()
    assert client.get("/departments/kjj/").status_code == 404


def test_who_is_no_public_unit_has_no_page(client: Client, kjj: Department) -> None:
    assert client.get("/departments/spj/").status_code == 404, "the bureau has no section"
    assert client.get("/departments/nobody/").status_code == 404
    kjj.section_page.specific.unpublish()
    assert client.get("/departments/kjj/").status_code == 404
    assert client.post("/departments/kjj/").status_code == 405
    assert client.post("/departments/").status_code == 405


# --- A unit -----------------------------------------------------------------------------------------


def test_each_number_stands_once_with_its_hours_and_all_its_names(client: Client, kjj: Department) -> None:
    one = [hotline("0510-81820000", "王老师", "工作日 9:00–12:00"), hotline("0510-81820009")]
    shelve_guide(kjj, "甲", responsible_division="高新技术处", hotlines=one)
    shelve_guide(
        kjj, "乙", responsible_division="成果处", hotlines=[hotline("0510 8182 0000", "王老师", "工作日 9:00–12:00")]
    )
    shelve_guide(kjj, "丙", responsible_division="资源配置处")
    soup = BeautifulSoup(client.get("/departments/kjj/").content, "html.parser")
    lines = [line.get_text("|", strip=True) for line in soup.select(".phones li")]
    assert lines == ["0510 8182 0000|成果处、王老师、高新技术处|工作日 9:00–12:00", "0510-81820009|高新技术处"]
    assert "没有单列电话的责任处室：资源配置处" in soup.get_text()
    assert not soup.select("details.qa")


def test_only_what_is_public_tells_whom_to_call(client: Client, kjj: Department, gxj: Department) -> None:
    make_guide(kjj, title="草稿", responsible_division="保密处", hotlines=[hotline("0510-99999999")])
    shelve_guide(gxj, "别家", responsible_division="别处", hotlines=[hotline("0510-88888888")])
    withdrawn = shelve_guide(kjj, "撤下的", responsible_division="旧处", hotlines=[hotline("0510-77777777")])
    type(withdrawn).objects.filter(pk=withdrawn.pk).update(live=False)
    relist()
    text = told(client, "/departments/kjj/")
    for secret in ("保密处", "99999999", "别处", "88888888", "旧处", "77777777"):
        assert secret not in text
    assert "本单位还没有公开咨询电话" in text


def test_many_numbers_unfold_those_of_most_guides_first(client: Client, kjj: Department) -> None:
    shelve_guide(kjj, "常用", hotlines=[hotline("0510-81820111")])
    shelve_guide(kjj, "多个", hotlines=[hotline(f"0510-818201{number}") for number in range(11, 23)])
    soup = BeautifulSoup(client.get("/departments/kjj/").content, "html.parser")
    assert "其余 2 个电话" in soup.select_one("details.qa summary").get_text()
    assert len(soup.select(".phones li")) == 12
    assert soup.select_one(".phones li").get_text(strip=True) == "0510-81820111"


def test_counts_lead_to_the_section(client: Client, kjj: Department) -> None:
    shelve_document(kjj, "文件")
    shelve_guide(kjj, "开放的", -1, 9)
    shelve_guide(kjj, "截止的", -9, -1)
    soup = BeautifulSoup(client.get("/departments/kjj/").content, "html.parser")
    links = {link["href"]: link.get_text() for link in soup.select(".side .links a")}
    assert links == {
        "/policies/kjj/": "全部3",
        "/policies/kjj/?type=document": "政策文件1",
        "/policies/kjj/?type=guide": "申报指南2",
        "/departments/kjj/feed.atom": "订阅更新（Atom）",
    }
    assert titles(client, "/departments/kjj/", "正在申报") == ["开放的"]
    assert soup.select_one('a[href="/policies/kjj/?type=guide&window=open"]')
    assert all(client.get(address).status_code == 200 for address in links)


def test_the_introduction_of_the_section_is_shown(client: Client, kjj: Department) -> None:
    assert "本单位负责的惠企政策" in told(client, "/departments/kjj/")
    section = kjj.section_page.specific
    section.introduction = "负责<全市>科技创新。"
    section.save()
    assert "负责&lt;全市&gt;科技创新。" in told(client, "/departments/kjj/")


def test_units_above_and_below_are_linked_both_ways(client: Client, gxj: Department) -> None:
    make_department("jy-gxj", "江阴市工业和信息化局", level="county", parent=gxj)
    assert 'href="/departments/jy-gxj/"' in client.get("/departments/gxj/").content.decode()
    html = client.get("/departments/jy-gxj/").content.decode()
    assert 'href="/departments/gxj/"' in html
    assert "市(县)、区级" in html
    type(gxj).objects.filter(pk=gxj.pk).update(is_active=False)
    assert 'href="/departments/gxj/"' not in client.get("/departments/jy-gxj/").content.decode(), "no page, no link"


@pytest.mark.usefixtures("quarter")
def test_punctuality_is_that_of_the_meter(client: Client) -> None:
    """Of the third quarter: on time, on time, late for one unit; one that nobody published for the other."""
    assert "2026 年第三季度已有结论的 3 项政策变更，按时公开 66.7%" in told(client, "/departments/kjj/")
    assert "2026 年第三季度已有结论的 1 项政策变更，按时公开 0.0%" in told(client, "/departments/gxj/")
    assert 'href="/timeliness/"' in client.get("/departments/kjj/").content.decode()


def test_a_unit_without_a_verdict_has_no_figure(client: Client, kjj: Department) -> None:
    assert "还没有已有结论的政策变更，不计算按时率" in told(client, "/departments/kjj/")


def test_the_feed_is_linked(client: Client, kjj: Department) -> None:
    feed = 'href="/departments/kjj/feed.atom"'
    assert client.get("/departments/kjj/").content.decode().count(feed) == 2
    assert client.get("/departments/kjj/feed.atom").status_code == 200


# --- Cost -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/departments/", "/departments/kjj/", "/site-map/"])
def test_many_pages_and_units_cost_the_queries_of_few(
    client: Client, kjj: Department, gxj: Department, address: str
) -> None:
    make_public(make_guide(kjj))
    few = queries_of(client, address)
    make_department("swj", "商务局", parent=kjj)
    make_department("rsj", "人社局", parent=kjj)
    for number in range(8):
        shelve_document(kjj, f"文件{number}")
        shelve_guide(kjj, f"指南{number}", hotlines=[hotline(f"0510-8182000{number}")])
        put_on_shelf(gxj, InterpretationPage(title=f"解读{number}"))
    assert queries_of(client, address) == few
    assert few <= 15
