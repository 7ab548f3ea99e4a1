"""`/guides/`: every guide, what closes first at the head; filters and orders through the address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup

from policy_pages.enums import VocabularyCode
from policy_pages.models import InterpretationPage, Listing, Term
from policy_pages.services.listed import relist
from policy_pages.tests.test_public_lists import put_on_shelf, shelve_document, shelve_guide, titles

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department


def give_term(page: Any, name: str, vocabulary: VocabularyCode = VocabularyCode.THEME) -> Term:
    """Classify a public page under a term of that name."""
    term = Term.objects.get(vocabulary=vocabulary, name=name)
    Listing.objects.get(page=page.pk).terms.add(term)
    return term


@pytest.fixture
def guides(kjj: Department, gxj: Department) -> None:
    shelve_guide(kjj, "早已截止", -30, -20, amount_max=1)
    shelve_guide(kjj, "昨天截止", -30, -1)
    shelve_guide(gxj, "期限待定", window_type="window_pending", amount_max=9_000_000)
    shelve_guide(gxj, "下月开放", 30, 31, amount_max=500_000)
    shelve_guide(gxj, "明天开放", 1, 90)
    shelve_guide(kjj, "常年受理", amount_max=200_000)
    shelve_guide(kjj, "还有很久", -5, 60)
    give_term(shelve_guide(kjj, "今天截止", -5, 0, amount_max=1_000_000), "科技创新")
    Listing.objects.filter(page__title="常年受理").update(route="no_application")
    relist()
    shelve_document(kjj, "一份文件")
    put_on_shelf(gxj, InterpretationPage(title="一份解读"))


@pytest.mark.usefixtures("guides")
def test_what_closes_first_stands_first_and_what_is_closed_last(client: Client) -> None:
    assert titles(client, "/guides/") == [
        *("今天截止", "还有很久", "常年受理"),
        *("明天开放", "下月开放"),
        "期限待定",
        *("昨天截止", "早已截止"),
    ]


@pytest.mark.usefixtures("guides")
def test_another_order_may_be_chosen(client: Client) -> None:
    assert titles(client, "/guides/?sort=newest")[:3] == ["今天截止", "还有很久", "常年受理"]
    amounts = titles(client, "/guides/?sort=amount")
    assert amounts[:5] == ["期限待定", "今天截止", "下月开放", "常年受理", "早已截止"], "without an amount last"
    soup = BeautifulSoup(client.get("/guides/?window=open&sort=amount").content, "html.parser")
    sorts = {link.get_text(): (link["href"], link.get("aria-current")) for link in soup.select(".sorts a")}
    assert sorts == {
        "最先截止": ("/guides/?window=open", None),
        "最近发布": ("/guides/?window=open&sort=newest", None),
        "金额最高": ("/guides/?window=open&sort=amount", "true"),
    }


@pytest.mark.usefixtures("guides")
def test_filters_narrow_it_and_combine(client: Client) -> None:
    term = Term.objects.get(name="科技创新")
    expected = {
        "window=open": ["今天截止", "还有很久", "常年受理"],
        "window=closing": ["今天截止"],
        "window=upcoming": ["明天开放", "下月开放"],
        "window=pending": ["期限待定"],
        "window=closed": ["昨天截止", "早已截止"],
        "route=no_application": ["常年受理"],
        f"term={term.code}": ["今天截止"],
        "department=gxj": ["明天开放", "下月开放", "期限待定"],
        "window=open&route=simple&department=kjj": ["今天截止", "还有很久"],
        f"window=closed&term={term.code}": [],
    }
    assert {query: titles(client, f"/guides/?{query}") for query in expected} == expected


@pytest.mark.usefixtures("guides")
def test_only_themes_that_hold_something_are_offered(client: Client) -> None:
    soup = BeautifulSoup(client.get("/guides/").content, "html.parser")
    offered = [option.get_text() for option in soup.select("select[name=term] option")]
    assert offered == ["全部", "科技创新（1）"]
    Term.objects.filter(name="科技创新").update(is_active=False)
    assert 'name="term"' not in client.get("/guides/").content.decode()
    assert client.get("/guides/?term=theme-02")["Location"] == "/guides/"


@pytest.mark.usefixtures("guides")
def test_every_chip_takes_its_own_filter_away(client: Client) -> None:
    soup = BeautifulSoup(client.get("/guides/?window=open&department=kjj").content, "html.parser")
    assert [link["href"] for link in soup.select(".chips a")] == [
        "/guides/?department=kjj",
        "/guides/?window=open",
        "/guides/",
    ], "and the last takes all"


@pytest.mark.usefixtures("guides")
def test_combinations_say_that_they_need_not_be_followed(client: Client) -> None:
    """One filter at a time is a page of its own; the thousands of combinations are the same rows again."""
    plain = BeautifulSoup(client.get("/guides/").content, "html.parser")
    assert not plain.select(".facets a[rel=nofollow]")
    chosen = BeautifulSoup(client.get("/guides/?window=open").content, "html.parser")
    followed = [link["href"] for link in chosen.select(".facets a:not([rel])")]
    assert "/guides/?department=kjj" not in followed
    assert all(address.count("=") <= 1 for address in followed)
    assert chosen.select('.facets a[href="/guides/?window=open&department=kjj"][rel=nofollow]')


def test_without_scripts_a_form_and_links_choose_the_same(client: Client, guides: None) -> None:
    html = client.get("/guides/").content.decode()
    assert '<form method="get" action="/guides/" autocomplete="off">' in html
    sent = "/guides/?window=open&route=&category=&department=&term=&sort="
    assert client.get(sent)["Location"] == "/guides/?window=open"


def order(client: Client, address: str) -> str:
    """The order that a list says it has."""
    soup = BeautifulSoup(client.get(address).content, "html.parser")
    return soup.select_one(".sorts a[aria-current]").get_text()


@pytest.mark.usefixtures("guides")
def test_the_library_and_a_section_lead_to_guides(client: Client) -> None:
    library = BeautifulSoup(client.get("/policies/?type=document&department=kjj").content, "html.parser")
    addresses = {link["href"] for link in library.select(".facets a")}
    assert {"/guides/?department=kjj", "/guides/?window=open&department=kjj"} <= addresses
    section = BeautifulSoup(client.get("/policies/kjj/?type=guide&window=closed").content, "html.parser")
    assert [link["href"] for link in section.select(".chips a")] == [
        *("/policies/kjj/", "/policies/kjj/?type=guide", "/policies/kjj/"),
    ]
    assert titles(client, "/policies/kjj/?type=guide&window=closed") == ["昨天截止", "早已截止"]
    assert order(client, "/policies/kjj/?type=guide&window=open") == "最先截止"
    assert order(client, "/policies/kjj/") == "最近发布"


def test_an_ended_unit_is_offered_while_something_of_it_is_public(
    client: Client, kjj: Department, gxj: Department
) -> None:
    shelve_guide(kjj, "老指南")
    type(kjj).objects.update(is_active=False)
    assert titles(client, "/guides/?department=kjj") == ["老指南"]
    assert client.get("/guides/?department=gxj")["Location"] == "/guides/"


def test_a_retired_category_is_offered_while_it_holds_something(client: Client, kjj: Department) -> None:
    shelve_guide(kjj, "指南")
    category = Listing.objects.get().category
    other = Term.objects.filter(vocabulary=VocabularyCode.CATEGORY).exclude(pk=category.pk).first()
    Term.objects.filter(pk__in=[category.pk, other.pk]).update(is_active=False)
    assert titles(client, f"/guides/?category={category.code}") == ["指南"]
    assert client.get(f"/guides/?category={other.code}")["Location"] == "/guides/"


def test_the_home_page_leads_by_need_with_counts(client: Client, kjj: Department) -> None:
    """按需要找: the bureau's themes, edited as terms; those without anything public are not shown."""
    for number in range(2):
        give_term(shelve_document(kjj, f"文件{number}"), "科技创新")
    give_term(shelve_guide(kjj, "指南"), "人才培养")
    unlisted = shelve_document(kjj, "撤下的")
    give_term(unlisted, "消费促进")
    type(unlisted).objects.filter(pk=unlisted.pk).update(live=False)
    relist()
    html = client.get("/").content.decode()
    need = html[html.index('id="by-need"') : html.index('id="by-category"')]
    names = BeautifulSoup(need, "html.parser").select("a")
    assert [(link["href"], link.get_text()) for link in names] == [
        ("/policies/?term=theme-02", "科技创新2"),
        ("/policies/?term=theme-05", "人才培养1"),
    ]
    assert titles(client, "/policies/?term=theme-02") == ["文件1", "文件0"]
    Term.objects.filter(code="theme-02").update(name="要技术")
    assert "要技术" in client.get("/").content.decode()


def test_long_lists_show_all_page_numbers_without_the_first_s(client: Client, kjj: Department) -> None:
    for number in range(61):
        shelve_guide(kjj, f"指南{number}")
    soup = BeautifulSoup(client.get("/guides/?window=open&page=2").content, "html.parser")
    assert [link["href"] for link in soup.select(".pages a")] == [
        "/guides/?window=open",
        "/guides/?window=open&page=3",
        "/guides/?window=open&page=4",
    ]
