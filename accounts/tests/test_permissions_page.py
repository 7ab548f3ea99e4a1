"""docs/permissions.md names every address and command of ours, and says the truth about each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.management import get_commands
from django.urls import URLResolver, get_resolver, reverse
from wagtail.admin.viewsets import viewsets
from wagtail.models import TaskState

from accounts.enums import Role
from accounts.permissions import RIGHTS
from accounts.tests.conftest import ACCOUNTS
from accounts.tests.factories import make_filing
from audit.models import CalendarOverride, CalendarYear, Event
from policy_pages.models import ChangeRecord, SearchWord, Term
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.test import Client

    from accounts.models import Department

OURS = {"audit", "accounts", "policy_pages", "cms"}
PAGE = settings.BASE_DIR / "docs" / "permissions.md"
COLUMNS = ["editor", "reviewer", "moderator", "account officer", "auditor", "system administrator"]


def rows() -> dict[str, list[str]]:
    """First cell, without its backticks -> the other cells, of every table of the page."""
    found = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if cells and (name := re.fullmatch(r"`(.+)`", cells[0])):
            found[name[1]] = cells[1:]
    return found


def is_ours(pattern: object, spaces: tuple[str, ...], own_spaces: set[str]) -> bool:
    """A view of our viewsets, a function of our packages, or whatever cms.urls itself maps to a view."""
    view = getattr(pattern.callback, "view_class", pattern.callback)
    return bool(spaces and spaces[0] in own_spaces) or view.__module__.partition(".")[0] in OURS


def own_addresses() -> set[str]:
    """Name of every address of ours; its pattern where it has no name."""
    own_spaces = {v.url_namespace for v in viewsets.viewsets if type(v).__module__.partition(".")[0] in OURS}

    def walk(patterns: list, spaces: tuple[str, ...] = (), top: bool = False) -> Iterator[str]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
                yield from walk(pattern.url_patterns, inner)
            elif top or is_ours(pattern, spaces, own_spaces):
                yield ":".join([*spaces, pattern.name or str(pattern.pattern)])

    return set(walk(get_resolver().url_patterns, top=True))


def own_commands() -> set[str]:
    return {name for name, app in get_commands().items() if app in OURS}


def test_every_address_of_ours_has_a_row() -> None:
    addresses = own_addresses()
    assert {"policy_pages_inbox", "events:inspect", "terms:add", "search", "healthz"} <= addresses, "power check"
    assert sorted(addresses - set(rows())) == []


def test_every_command_of_ours_has_a_row() -> None:
    assert {"tick", "sync_permissions"} <= own_commands(), "power check"
    assert sorted(own_commands() - set(rows())) == []


def test_no_row_outlived_what_it_describes() -> None:
    extra = {"documents/<id>/<name>"}
    assert sorted(set(rows()) - own_addresses() - own_commands() - extra) == []


def test_every_role_has_its_line() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [
        role for role in Role if f"| {role.label} " not in text.replace("审批局审核 moderator", "审批局审核 ")
    ] == []
    assert set(RIGHTS) == set(Role)


@pytest.fixture
def arguments(kjj: Department) -> dict[str, int]:
    """An object of each kind, of the department kjj."""
    page = f.hand_in(f.make_document(kjj))
    state = TaskState.objects.get(pk=page.current_workflow_task_state.pk)
    return {
        "policy_pages_review": state.pk,
        "policy_pages_review_preview": state.pk,
        "policy_pages_dossier": page.pk,
        "changes": ChangeRecord.objects.get().pk,
        "search_words": SearchWord.objects.first().pk,
        "terms": Term.objects.first().pk,
        "events": Event.objects.first().pk,
        "accounts:detail": f.user("kjj-edit").pk,
        "calendar_years": CalendarYear.objects.first().pk,
        "calendar_days": CalendarOverride.objects.first().pk,
        "filings": make_filing(kjj).pk,
    }


def address(name: str, arguments: dict[str, int]) -> str | None:
    key = name if name in arguments else name.partition(":")[0]
    for args in ([], [arguments.get(key)]):
        try:
            return reverse(name, args=args)
        except Exception:  # noqa: S112 -- the next form of the address
            continue
    return None


#: Answered to POST only, since it is recorded.
BY_POST = {"policy_pages_searches_export"}


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.no_cover
def test_every_row_is_true(arguments: dict[str, int], gxj: Department, login: Callable[[str], Client]) -> None:
    """Each role opens exactly what its cell says; another department's editor what is not `own`."""
    table = {name: cells for name, cells in rows().items() if len(cells) == 1 + len(COLUMNS)}
    urls = {name: url for name in table if (url := address(name, arguments))}
    assert len(urls) > 25, "power check"
    wrong = []
    for column, username in enumerate(ACCOUNTS, start=1):
        client = login(username)
        for name, url in urls.items():
            answer = client.post(url, {"format": "csv"}) if name in BY_POST else client.get(url)
            opens, says = answer.status_code == 200, table[name][column] != "—"
            wrong += [(username, name)] if opens != says else []
    assert wrong == []


def test_own_means_own(arguments: dict[str, int], gxj: Department, login: Callable[[str], Client]) -> None:
    stranger = login("gxj-edit")
    for name in ("policy_pages_review", "policy_pages_review_preview", "changes:edit", "filings:detail"):
        assert stranger.get(address(name, arguments)).status_code == 404
    assert "关于支持企业研发" not in stranger.get(reverse("changes:index")).content.decode()
    assert "关于支持企业研发" in login("kjj-edit").get(reverse("changes:index")).content.decode()
