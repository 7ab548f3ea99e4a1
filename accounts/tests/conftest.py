"""A bureau and two departments, and how to be one of their people."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from accounts.models import Assignment
from accounts.tests.factories import LONG_AGO, on
from policy_pages.tests import factories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from accounts.models import Department

#: One account of each role.
ACCOUNTS = ("kjj-edit", "kjj-review", "spj-moder", "spj-acct", "spj-audit", "sys-admin")


@pytest.fixture
def bureau(db: None) -> Department:
    return factories.make_bureau()


@pytest.fixture
def kjj(bureau: Department) -> Department:
    return factories.make_department("kjj", "科学技术局")


@pytest.fixture
def gxj(bureau: Department) -> Department:
    return factories.make_department("gxj", "工业和信息化局")


@pytest.fixture
def login() -> Callable[[str], Client]:
    """A logged-in client of an account, by its code."""

    def make(username: str) -> Client:
        client = Client()
        client.force_login(factories.user(username))
        return client

    return make


@pytest.fixture
def settled_in(bureau: Department, kjj: Department, gxj: Department) -> None:
    """Everybody has had his role since long ago."""
    Assignment.objects.update(valid_from=LONG_AGO)


@pytest.fixture
def thursday(settled_in: None) -> Iterator[datetime.date]:
    """12 March 2026, between two plain weeks."""
    with on("2026-03-12"):
        yield datetime.date(2026, 3, 12)
