"""A bureau and two departments, and how to be one of their people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client

from policy_pages.tests import factories

if TYPE_CHECKING:
    from collections.abc import Callable

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
