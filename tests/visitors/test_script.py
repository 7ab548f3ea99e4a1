"""Under `/zh-hant/` no simplified character is left, by MediaWiki's tables and not by those the pages were made with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from policy_pages.tests.public_reading import leftovers, words_in_script
from tests.visitors.showcase import build

if TYPE_CHECKING:
    from django.test import Client

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.once]


def test_no_page_mixes_the_two_scripts(client: Client) -> None:
    addresses = build().addresses()
    plain = {name: leftovers(words_in_script(client.get(path).content.decode())) for name, path in addresses.items()}
    assert all(plain.values()), "each of these pages has something to convert"
    found = {
        name: leftovers(words_in_script(client.get("/zh-hant" + path).content.decode()))
        for name, path in addresses.items()
    }
    assert {name: chars for name, chars in found.items() if chars} == {}
