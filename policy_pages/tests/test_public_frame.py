"""What stands around every public page: which part of the site is marked, what a page is said to be, what a list leads to."""

from __future__ import annotations

import html as markup
from typing import TYPE_CHECKING

import pytest

from policy_pages.models import ApplicationGuidePage
from policy_pages.services.listed import relist
from policy_pages.tests.factories import make_document, make_public
from policy_pages.tests.public_reading import path_of, soup
from policy_pages.tests.test_public_lists import day, shelve_document, shelve_guide

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department


@pytest.mark.parametrize(
    ("address", "marked"),
    [
        ("/guides/?window=open", {"正在申报": "page"}),
        ("/elder/guides/?window=open&size=l", {"正在申报": "page"}),
        ("/guides/", {"正在申报": "true"}),
        ("/zh-hant/calendar/", {"申報日曆": "page"}),
        ("/calendar/?scheme=dark", {"申报日历": "page"}),
        ("/calendar/2026-12/", {"申报日历": "true"}),
        ("/policies/", {"政策库": "page"}),
        ("/policies/kjj/", {"政策库": "true"}),
        ("/search/?q=x", {"搜索": "true"}),
        ("/departments/", {}),
        ("/policies/nobody/", {}),
    ],
)
def test_the_part_of_the_site_is_marked(client: Client, kjj: Department, address: str, marked: dict[str, str]) -> None:
    links = soup(client.get(address)).select(".sections a[aria-current]")
    assert {link.get_text(strip=True): link["aria-current"] for link in links} == marked


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/guides/",
        "/policies/",
        "/policies/kjj/",
        "/departments/",
        "/departments/kjj/",
        "/calendar/",
        "/open-data/",
    ],
)
def test_every_list_says_once_what_it_is(client: Client, kjj: Department, address: str) -> None:
    said = soup(client.get(address)).select('meta[name="Description"]')
    assert len(said) == 1
    assert 15 <= len(said[0]["content"]) <= 150


def test_a_document_says_what_it_is_even_without_a_summary(client: Client, kjj: Department) -> None:
    facts = {"issuing_body": "市科技局", "doc_number": "锡科规〔2026〕3号"}
    pages = {
        "市科技局的政策文件：《关于印发〈办法〉的通知》（锡科规〔2026〕3号）": shelve_document(
            kjj, "关于印发《办法》的通知", **facts
        ),
        "甲<乙": shelve_document(kjj, "有摘要的", summary="甲<乙", **facts),
        "科学技术局的申报指南：《补助》": shelve_guide(kjj, "补助"),
    }
    for words, page in pages.items():
        found = soup(client.get(path_of(page))).select('meta[name="Description"]')
        assert [one["content"] for one in found] == [words]
    page = make_public(make_document(kjj))
    below = soup(client.get(f"{path_of(page)}versions/")).select_one('meta[name="Description"]')
    assert below["content"] == f"“{page.title}”历次公布的文字，共 1 版，可逐条对比。"


def test_a_row_names_the_day_it_closes(client: Client, kjj: Department) -> None:
    shelve_guide(kjj, "还有几天", -5, 20)
    shelve_guide(kjj, "今天", -5, 0)
    said = [
        state.get_text(strip=True) for state in soup(client.get("/guides/?window=open")).select(".row__state .left")
    ]
    last = day(20)
    assert said == ["今天截止", f"还剩 20 天，{last.month}月{last.day}日截止"]


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("/guides/?window=open&department=kjj&sort=amount", "?type=guide&window=open&department=kjj"),
        ("/guides/", "?type=guide"),
        ("/policies/", ""),
        ("/policies/kjj/?type=guide", "?type=guide&department=kjj"),
    ],
)
def test_a_list_is_taken_along_with_its_filters(client: Client, kjj: Department, address: str, query: str) -> None:
    shelve_guide(kjj, "补助", -5, 20)
    html = client.get(address).content.decode()
    for form in ("csv", "json", "atom"):
        link = f"/open-data/policies.{form}{query}"
        assert f'<a href="{markup.escape(link)}" rel="nofollow">' in html
        answer = client.get(link)
        assert answer.status_code == 200
        assert form == "atom" or "补助" in answer.content.decode(), "what was never published by anybody is no change"
    ApplicationGuidePage.objects.update(live=False)
    relist()
    assert "把这个列表带走" not in client.get(address).content.decode(), "nothing to take along"
    assert "把这个列表带走" not in client.get(f"/elder{address}").content.decode()
