"""No text makes the search fail: page, data and suggestions. `HUIQITONG_PROVE=1` asks 20,000 instead of 500."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from policy_pages.search import rules
from policy_pages.tests.search_noise import noise
from policy_pages.tests.test_public_lists import shelve_document, shelve_guide

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

NUMBER = 20_000 if os.environ.get("HUIQITONG_PROVE") == "1" else 500
ADDRESSES = ("/search/", "/open-data/search.json", "/search/suggest.json")
#: A public address may be that long (policy_pages.middleware); longer ones are refused, in words.
LONGEST = 8192


def faults(client: Client, texts: list[str]) -> list[tuple[int, str, str]]:
    """What failed: status, address, text. Each text is asked of one address, in turn; redirects are followed."""
    found = []
    for place, text in enumerate(texts):
        # A long text is asked for as long as an address may be: nine bytes a character at most.
        typed = quote(text, errors="surrogatepass")[: LONGEST - 10]
        typed = typed[: typed.rfind("%")] if "%" in typed[-2:] else typed
        address = ADDRESSES[place % len(ADDRESSES)]
        answer = client.get(f"{address}?q={typed}", follow=True)
        if answer.status_code != 200 or (address.endswith(".json") and not isinstance(answer.json(), dict)):
            found.append((answer.status_code, address, text))
    return found


@pytest.fixture
def shelf(kjj: Department) -> None:
    shelve_document(kjj, "创业担保贷款办法", doc_number="锡政规〔2024〕5号", summary="给予贴息。")
    shelve_guide(kjj, "加计扣除指南")


@pytest.mark.usefixtures("shelf")
def test_no_text_makes_it_fail(client: Client) -> None:
    assert faults(client, list(noise(NUMBER, seed=20261125))) == []


@pytest.mark.usefixtures("shelf")
def test_a_text_of_ten_thousand_characters_is_refused_in_words(client: Client) -> None:
    for address in ADDRESSES:
        answer = client.get(f"{address}?q={'a' * 10_000}")
        assert answer.status_code == 400


@pytest.mark.usefixtures("shelf")
def test_the_noise_finds_a_seeded_defect(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Power check: an operator that got through to the database's query language."""
    monkeypatch.setattr(rules, "runs", lambda text: rules.normalise(text).split())
    client.raise_request_exception = False
    assert faults(client, list(noise(60, seed=3)))


def test_the_noise_has_what_it_says() -> None:
    texts = list(noise(500, seed=20261125))
    whole = "".join(texts)
    assert all(one in whole for one in ('"', "NEAR(", "😀", "\0", "\ud800", "\u202e"))
    assert max(map(len, texts)) == 10_000
    assert json.dumps(texts) == json.dumps(list(noise(500, seed=20261125)))
