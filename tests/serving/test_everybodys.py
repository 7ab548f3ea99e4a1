"""Whatever is kept is everybody's, all day, and made of watched tables only: asked of every public address there is."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from policy_pages.baking import rules
from tests.serving.asking import ask
from tests.visitors.showcase import build

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

pytestmark = [pytest.mark.slow, pytest.mark.once]

DATA = (
    *("/sitemap.xml", "/sitemap-1.xml", "/robots.txt", "/feed.atom", "/calendar/feed.ics", "/timeliness/data.csv"),
    *("/open-data/policies.json", "/open-data/policies.csv", "/open-data/policies.atom", "/departments/kjj/feed.atom"),
    *("/open-data/search.json?q=%E8%A1%A5%E5%8A%A9", "/open-data/departments.json", "/open-data/changes.json"),
)


def tables_read(statements: list[str]) -> set[str]:
    """Every table that statements name after FROM or JOIN."""
    named = r'(?:FROM|JOIN|,)\s+"?([a-z]+_\w+)"?(?=[\s)",]|$)'
    return {table for sql in statements for table in re.findall(named, sql)}


def is_watched(table: str) -> bool:
    """Whether an update of it makes a new epoch, or the rules say why it need not."""
    return (
        rules.changes_public(f"UPDATE {table} SET a = 1")  # noqa: S608 -- read only
        or table in rules.SHOWN_AS_OF_A_DAY | rules.TOLD_WITH_ITS_WRITE
    )


@pytest.mark.django_db(transaction=True)  # a request closes its connection
def test_no_hour_no_visitor_and_no_private_table_shows(settings: SettingsWrapper) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    application = get_wsgi_application()
    morning = timezone.localtime().replace(hour=8, minute=0, second=0, microsecond=0)
    read: set[str] = set()
    compared = 0
    for address in [*build().addresses().values(), *DATA]:
        with time_machine.travel(morning, tick=False), CaptureQueriesContext(connection) as queries:
            one = ask(application, address, user_agent="Mozilla/5.0", accept_language="zh-CN")
            statements = [query["sql"] for query in queries]
        if not rules.may_be_kept(str(one.status), one.headers.items()):
            continue
        with time_machine.travel(morning + datetime.timedelta(hours=13), tick=False):
            other = ask(
                application,
                address,
                host="other.example",
                user_agent="curl/8",
                accept_language="en",
                cookie="csrftoken=1; theme=dark",
                x_forwarded_for="198.51.100.7",
                referer="https://example.com/",
                accept="*/*",
            )
        compared += 1
        read |= tables_read(statements)
        assert one.body == other.body, address
    assert compared > 25
    assert {"wagtailcore_page", "policy_pages_listing", "accounts_department", "audit_dutyclock"} <= read
    assert [table for table in sorted(read) if not is_watched(table)] == []


def test_a_private_table_would_be_found() -> None:
    """A page that read accounts, or a join with them, would not pass."""
    read = tables_read(
        ['SELECT "a"."x" FROM "wagtailcore_page" "a" LEFT OUTER JOIN "accounts_user" ON (1)', "SELECT 1"]
    )
    assert read == {"wagtailcore_page", "accounts_user"}
    assert [table for table in sorted(read) if not is_watched(table)] == ["accounts_user"]
