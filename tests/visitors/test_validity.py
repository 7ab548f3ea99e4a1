"""Every public page is valid HTML, judged offline by the checker that validator.w3.org runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.visitors import validator
from tests.visitors.showcase import build

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.once]


def test_the_checker_finds_a_seeded_fault(tmp_path: Path) -> None:
    validator.require()
    page = "<!doctype html><html lang='zh'><title>题</title><p>一<div>二</div></p>"
    assert any("No “p” element in scope" in one for one in validator.messages({"seeded": page}, tmp_path))


def test_every_page_is_valid_in_every_variant(client: Client, tmp_path: Path) -> None:
    validator.require()
    pages = {}
    for name, path in build().addresses().items():
        for prefix in ("", "/zh-hant", "/elder"):
            pages[f"{name}{prefix.replace('/', '-')}"] = client.get(prefix + path).content.decode()
    assert validator.messages(pages, tmp_path) == []
