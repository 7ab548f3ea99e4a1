"""The filter form of a list (phones, elders, no scripts): what stands beside an option is what sending the form shows.

The form is read from the page and sent as a browser would send it, one select changed: nothing is known of the addresses.
"""

from __future__ import annotations

import os
import random
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from policy_pages.tests.test_facets_property import GUIDES_ONLY, settle
from tests.matrix.surgery import applied, one

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bs4 import Tag

    from accounts.models import Department

#: No type, each sense of one, and what only guides have, also in a unit's list, where the type stays a filter.
ADDRESSES = ["/policies/kjj/", "/policies/?type=document", "/policies/kjj/?window=open"]
if os.environ.get("HUIQITONG_PROVE"):
    ADDRESSES += [
        "/policies/",
        "/guides/?window=open&q=补助",
        "/policies/?type=interpretation&q=补助",
        "/policies/kjj/?type=document&category=category-01",
        "/policies/kjj/?type=guide&sort=newest",
        "/policies/kjj/?route=simple&sort=amount",
        "/policies/kjj/?amount=10-50",
    ]
PAGES = 20
PAGE_SIZE = 20


def form_at(client: Client, address: str) -> Tag:
    return soup_at(client, address).select_one(".filter-form form")


def soup_at(client: Client, address: str) -> BeautifulSoup:
    response = client.get(address, follow=True)
    assert response.status_code == 200, address
    return BeautifulSoup(response.content, "html.parser")


def defaults(form: Tag) -> dict[str, str]:
    """What the form sends when nothing is touched: hidden fields and the chosen, else the first, option of each select."""
    sent = {field["name"]: field["value"] for field in form.select("input[name]")}
    for select in form.select("select[name]"):
        option = select.select_one("option[selected]") or select.select_one("option:not([disabled])")
        sent[select["name"]] = option["value"]
    return sent


def broken_promises(client: Client, address: str) -> Iterator[str]:
    """Options whose number is not what sending the form with them shows; 全部 that comes back as something chosen."""
    form = form_at(client, address)
    for select in form.select("select[name]:not([name=sort])"):
        chosen = select.select_one("option[selected]")["value"]
        label = select.parent.find(string=True, recursive=False)
        for option in select.select("option"):
            if option["value"] == chosen == "":
                continue
            sent = defaults(form) | {select["name"]: option["value"]}
            soup = soup_at(client, f"{form['action']}?{urlencode(sent)}")
            said = f"{address}: {label}={option.get_text()}"
            if option.has_attr("disabled"):
                yield f"{said} cannot be chosen"
            if not option["value"]:
                if f"{label}：" in chips(soup):
                    yield f"{said} came back as {chips(soup)}"
                continue
            promised = int(re.search(r"（(\d+)）$", option.get_text())[1])
            total, rows = int(soup.select_one(".found strong").get_text()), len(soup.select(".row__title"))
            if (total, rows) != (promised, min(promised, PAGE_SIZE)):
                yield f"{said} shows {total}, {rows} rows"


def chips(soup: BeautifulSoup) -> str:
    return "".join(chip.get_text() for chip in soup.select(".chips"))


@pytest.mark.slow
def test_sending_the_form_shows_what_it_promised(client: Client, kjj: Department, gxj: Department) -> None:
    settle(random.Random(0), [kjj, gxj], PAGES)
    assert [broken for address in ADDRESSES for broken in broken_promises(client, address)] == []


@pytest.mark.once
@pytest.mark.parametrize(
    ("old", "new", "address"),
    [
        ("return OF_GUIDES", "return ()", "/policies/?type=document"),
        ('return ("type",)', "return () ", "/policies/kjj/?window=open"),
    ],
)
def test_a_broken_promise_is_found(kjj: Department, gxj: Department, old: str, new: str, address: str) -> None:
    settle(random.Random(0), [kjj, gxj], PAGES)
    with applied(one("policy_pages.views.choices", "Choice.unasked", old, new)):
        assert next(broken_promises(Client(), address), "")


@pytest.mark.parametrize(
    ("address", "hidden"),
    [
        ("/policies/", {}),
        ("/policies/kjj/?type=guide", {}),
        ("/policies/kjj/?type=interpretation&q=补助", {"q": "补助"}),
        ("/policies/kjj/?window=open", {"type": "guide"}),
        ("/guides/?amount=10-50&q=补助", {"q": "补助"}),
    ],
)
def test_the_form_asks_for_what_can_be_together(
    client: Client, kjj: Department, gxj: Department, address: str, hidden: dict[str, str]
) -> None:
    settle(random.Random(0), [kjj, gxj], PAGES)
    form = form_at(client, address)
    assert {field["name"]: field["value"] for field in form.select("input[name]")} == hidden
    names = {select["name"] for select in form.select("select")}
    assert names.isdisjoint(GUIDES_ONLY) == ("interpretation" in address)
    assert ("type" in names) == (address.startswith("/policies/") and "window" not in address)
