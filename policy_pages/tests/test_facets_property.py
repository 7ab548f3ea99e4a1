"""Lists, the numbers beside their filters and the data, held against a recount from the pages themselves.

A city of random pages; addresses of random choices. The recount knows no table, column or SQL of the lists: it asks each
page object. HUIQITONG_PROVE=1 asks a thousand addresses of ten cities.
"""

from __future__ import annotations

import datetime
import os
import random
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from policy_pages.models import (
    ApplicationGuidePage,
    GuideBasis,
    InterpretationPage,
    Listing,
    PolicyDocumentPage,
    PolicyPage,
    Term,
)
from policy_pages.search.queries import search_pages
from policy_pages.services.listed import listed_otherwise
from policy_pages.tests.test_open_data import titles as data_titles
from policy_pages.tests.test_public_lists import day, put_on_shelf
from policy_pages.views.rows import listed_pages
from tests.matrix.surgery import applied, one

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import Department

CITIES, ADDRESSES = (10, 100) if os.environ.get("HUIQITONG_PROVE") else (1, 60)
PAGES = 36
#: Filter → the bureau's list it chooses from.
LISTS = {"term": "theme", "industry": "industry", "scale": "size", "stage": "life_cycle", "region": "region"}
LISTS |= {"qualification": "qualification"}
WORDS = ["研发", "技改", "稳岗", "人才", "补助", "融资"]
#: In yuan, at every edge of the ranges.
MONEY = [1, 99_999, 100_000, Decimal("100000.01"), 500_000, 500_001, 1_000_000, 1_000_001, 5_000_000, 5_000_001]
GUIDES_ONLY = ("window", "route", "amount")

Asked = dict[str, str]


# --- A city -------------------------------------------------------------------------------------------------------


def settle(luck: random.Random, units: list[Department], pages: int = PAGES) -> None:
    """Pages of every type in every state, classified at random; documents first, guides rest on some of them."""
    terms = {vocabulary: list(Term.objects.filter(vocabulary=vocabulary)[:3]) for vocabulary in LISTS.values()}
    documents: list[PolicyDocumentPage] = []
    for number in range(pages):
        title = f"{luck.choice(WORDS)}{luck.choice(WORDS)}{number}"
        page = [make_document, make_guide, make_guide, lambda luck, title: InterpretationPage(title=title)][number % 4]
        shelved = put_on_shelf(
            luck.choice(units),
            page(luck, title),
            category=luck.choice(["category-01", "category-02", "category-03"]),
            route=luck.choice(["simple", "complex", "no_application"]) if number % 4 in (1, 2) else "",
        )
        bearing = [term for chosen in terms.values() for term in luck.sample(chosen, luck.choice([0, 1, 1, 2]))]
        Listing.objects.get(page=shelved.pk).terms.set(bearing)
        if isinstance(shelved, PolicyDocumentPage):
            documents.append(shelved)
        elif isinstance(shelved, ApplicationGuidePage):
            for document in luck.sample(documents, min(len(documents), luck.choice([0, 1, 1, 2]))):
                GuideBasis.objects.create(guide=shelved, document=document)
    assert list(listed_otherwise()) == []


def make_document(luck: random.Random, title: str) -> PolicyDocumentPage:
    return PolicyDocumentPage(
        title=title,
        written_on=luck.choice(
            [None, datetime.date(2023, 12, 31), datetime.date(2024, 1, 1), datetime.date(2025, 7, 1)]
        ),
        document_status=luck.choice(["in_force", "in_force", "repealed", "expired"]),
        expires_on=luck.choice([None, None, day(-1), day(0)]),
    )


def make_guide(luck: random.Random, title: str) -> ApplicationGuidePage:
    start = luck.choice([-30, -9, 0, 1])
    type_ = luck.choice(["fixed_window", "fixed_window", "fixed_window", "year_round", "window_pending"])
    dates = {"window_start": day(start), "window_end": day(start + luck.choice([0, 9, 16, 40]))}
    money = luck.choice([None, *MONEY])
    return ApplicationGuidePage(title=title, window_type=type_, amount_max=money, **(dates if "fixed" in type_ else {}))


# --- The recount ----------------------------------------------------------------------------------------------------


class Facts:
    """What one public page object says, filter by filter: the words of addresses that would choose it."""

    def __init__(self, page: PolicyPage) -> None:
        self.page = page
        listing = Listing.objects.get(page=page.pk)
        kinds = {PolicyDocumentPage: "document", ApplicationGuidePage: "guide", InterpretationPage: "interpretation"}
        self.said: dict[str, set[str]] = {
            "type": {kinds[type(page)]},
            "category": {listing.category.code},
            "department": {page.department.code},
            "route": {listing.route},
            "year": year_of(page),
        }
        for name, vocabulary in LISTS.items():
            self.said[name] = {term.code for term in listing.terms.all() if term.vocabulary == vocabulary}
        if isinstance(page, ApplicationGuidePage):
            status = str(page.window_status())
            self.said["window"] = {status} | ({"open"} if status in ("closing", "year_round") else set())
            self.said["amount"] = range_of(page.amount_max)

    def suits(self, asked: Asked, found: list[int]) -> bool:
        if asked.get("q") and self.page.pk not in found:
            return False
        return all(word in self.said.get(name, ()) for name, word in asked.items() if name not in ("q", "sort"))


def year_of(page: PolicyPage) -> set[str]:
    if isinstance(page, PolicyDocumentPage):
        return {str(page.written_on.year)} if page.written_on else set()
    days = []
    if isinstance(page, ApplicationGuidePage):
        days = [row.document.written_on for row in page.bases.all() if row.document.written_on]
    return {str(max(days, default=timezone.localdate(page.first_published_at)).year)}


def range_of(money: Decimal | None) -> set[str]:
    if money is None:
        return set()
    for word, top in (("to-10", 10), ("10-50", 50), ("50-100", 100), ("100-500", 500)):
        if money <= top * 10_000:
            return {word}
    return {"over-500"}


def followed(asked: Asked, name: str, word: str) -> Asked:
    """What is asked for after following an option: only guides have windows, routes and amounts."""
    then = {**asked, name: word}
    if name in GUIDES_ONLY and word:
        then["type"] = "guide"
    if then.get("type") in ("document", "interpretation"):
        then = {key: value for key, value in then.items() if key not in GUIDES_ONLY}
    elif any(then.get(key) for key in GUIDES_ONLY):
        then["type"] = "guide"
    return {key: value for key, value in then.items() if value}


class City:
    """The pages of a city as objects, and a visitor who asks for lists."""

    def __init__(self) -> None:
        models = (PolicyDocumentPage, ApplicationGuidePage, InterpretationPage)
        self.pages = [Facts(page) for model in models for page in model.objects.live().select_related("department")]
        self.client = Client()
        self.options: dict[str, list[str]] = {}

    def disagreement(self, path: str, own: Asked, asked: Asked) -> str:
        """The first difference between a list with its numbers, its data and the recount; empty for none."""
        address = f"{path}?{urlencode(asked)}" if asked else path
        soup = BeautifulSoup(self.client.get(address, follow=True).content, "html.parser")
        whole = followed({**asked, **own}, "", "")
        found = list(search_pages(listed_pages(), asked["q"], complete=True).pks) if asked.get("q") else []
        suiting = {facts.page.title for facts in self.pages if facts.suits(whole, found)}
        total = int(soup.select_one(".found strong").get_text())
        if total != len(suiting):
            return f"{address}: {total} listed, {len(suiting)} counted"
        shown = {link.get_text() for link in soup.select(".row__title a")}
        if not shown <= suiting or len(shown) != min(20, len(suiting)):
            return f"{address}: shown {sorted(shown - suiting)}"
        for select in soup.select(".filter-form select:not([name=sort])"):
            for option in select.select("option[value]:not([value=''])"):
                name, word = select["name"], option["value"]
                self.options.setdefault(name, [])
                self.options[name] += [word] if word not in self.options[name] else []
                said = int(re.search(r"（(\d+)）$", option.get_text()).group(1))
                then = followed(whole, name, word)
                counted = sum(facts.suits(then, found) for facts in self.pages)
                if said != counted or option.has_attr("disabled"):
                    return f"{address}: {name}={word} says {said}, {counted} counted"
        for link in soup.select(".facets a:has(.count)"):
            way, _, query = link["href"].partition("?")
            then = followed({**dict(parse_qsl(query)), **LISTS_OF[way]}, "", "")
            counted = sum(facts.suits(then, found) for facts in self.pages)
            if link.select_one(".count").get_text() != str(counted):
                return f"{address}: the way {link['href']} says {link.get_text()}, {counted} counted"
        if [mark for mark in soup.select(".facets a:not([aria-current]) .count") if mark.get_text() == "0"]:
            return f"{address}: a link to nothing"
        twin = soup.select_one('link[type="application/json"]')["href"]
        data = set(data_titles(self.client, twin + ("&" if "?" in twin else "?") + "page_size=500"))
        return "" if data == suiting else f"{twin}: {sorted(data ^ suiting)}"

    def ask(self, luck: random.Random, times: int) -> str:
        """The first disagreement at random addresses."""
        for path, own in LISTS_OF.items():
            if fault := self.disagreement(path, own, {}):
                return fault
        for _number in range(times):
            path, own = luck.choice(list(LISTS_OF.items()))
            names = luck.sample(sorted(self.options), luck.choice([1, 1, 2, 2, 3]))
            asked = {name: luck.choice(self.options[name]) for name in names if name not in own}
            if luck.random() < 0.25:
                asked["q"] = luck.choice(WORDS)
            if luck.random() < 0.25:
                asked["sort"] = luck.choice(["newest", "closing", "amount", "relevance"])
            if fault := self.disagreement(path, own, asked):
                return fault
        return ""


#: List → what it says of every page of it.
LISTS_OF: dict[str, Asked] = {
    "/policies/": {},
    "/guides/": {"type": "guide"},
    "/policies/kjj/": {"department": "kjj"},
}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(CITIES))
def test_every_number_is_the_recount(kjj: Department, gxj: Department, seed: int) -> None:
    luck = random.Random(seed)
    settle(luck, [kjj, gxj])
    assert City().ask(luck, ADDRESSES) == ""


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize(
    ("module", "where", "old", "new"),
    [
        ("policy_pages.views.choices", "amount_word", "amount <= to", "amount < to"),
        ("policy_pages.views.facets", "Counter._bits", "self._ground)", "self.table.everything)"),
        ("policy_pages.views.facets", "Counter.options", "self.total(then)", "self.total(choice)"),
        ("policy_pages.views.counting", "Columns._settle", "dates.status(today)", "dates.status(day)"),
        ("policy_pages.views.lists", "chosen_pages", "amount_max__lte", "amount_max__lt"),
        ("policy_pages.services.listed", "ended_from", "return None", "continue"),
    ],
)
def test_a_wrong_number_is_found(
    kjj: Department, gxj: Department, module: str, where: str, old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    luck = random.Random(0)
    # What another test's columns say of the same windows on the same day would be taken over, uncounted.
    monkeypatch.setattr("policy_pages.views.counting._kept", None)
    with applied(one(module, where, old, new)):
        settle(luck, [kjj, gxj])
        assert City().ask(luck, 40) != ""


# --- Orders ---------------------------------------------------------------------------------------------------------


def test_each_order_is_that_of_the_pages(client: Client, kjj: Department, gxj: Department) -> None:
    settle(random.Random(3), [kjj, gxj])
    pages = [facts.page for facts in City().pages]
    guides = [page for page in pages if isinstance(page, ApplicationGuidePage)]
    newest: Callable[[Any], Any] = lambda page: (-page.first_published_at.timestamp(), -page.pk)  # noqa: E731
    money = lambda page: (page.amount_max is None, -(page.amount_max or 0), *newest(page))  # noqa: E731
    soon = lambda page: (page.window_end or datetime.date.max, *newest(page))  # noqa: E731
    opened = [page for page in guides if page.window_status() in ("open", "closing", "year_round")]
    found = search_pages(listed_pages(), "补助", complete=True).pks
    expected = {
        "/policies/": sorted(pages, key=newest),
        "/guides/?sort=newest": sorted(guides, key=newest),
        "/guides/?sort=amount": sorted(guides, key=money),
        "/guides/?window=open": sorted(opened, key=soon),
        "/guides/?q=补助": [page for pk in found for page in guides if page.pk == pk],
        "/guides/?q=补助&sort=newest": sorted((page for page in guides if page.pk in found), key=newest),
    }
    for address, wanted in expected.items():
        soup = BeautifulSoup(client.get(address, follow=True).content, "html.parser")
        shown = [link.get_text() for link in soup.select(".row__title a")]
        assert shown == [page.title for page in wanted][:20], address


# --- Cost ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/policies/", "/guides/", "/guides/?window=open&term=theme-01", "/policies/kjj/"])
def test_a_cold_list_with_all_facets_costs_eight_queries(
    client: Client, kjj: Department, gxj: Department, address: str
) -> None:
    settle(random.Random(1), [kjj, gxj])
    client.get("/timeliness/")  # content types, the site: once a process
    for limit in (10, 8):  # the columns made anew after a change; then kept
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        assert len(captured) <= limit, [query["sql"][-300:] for query in captured]
    assert not [query for query in captured if "policy_pages_applicationguidepage" in query["sql"]]
