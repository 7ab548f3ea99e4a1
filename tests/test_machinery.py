"""The tests' own ground holds: databases come back, the browser browses, missing coverage is found."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import coverage
import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import connection, connections, transaction
from wagtail.models import Page as WagtailPage

from tests.coverage_gate import incomplete
from tests.postgres import is_postgres

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer


def state() -> dict[str, object]:
    return {
        "pages": list(WagtailPage.objects.order_by("path").values_list("path", "title", "pk")),
        "groups": list(Group.objects.order_by("pk").values_list("pk", "name")),
        "permissions": Permission.objects.count(),
        "users": get_user_model().objects.count(),
    }


@pytest.fixture(scope="module")
def seen() -> list[dict[str, object]]:
    return []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_every_committing_test_starts_from_the_migrated_state(turn: int, seen: list[dict[str, object]]) -> None:
    seen.append(state())
    assert seen[0]["pages"], "Wagtail's own migrations make a root page"
    assert seen[-1] == seen[0]
    get_user_model().objects.create_user(username=f"left-over-{turn}")
    Group.objects.all().delete()
    WagtailPage.objects.filter(depth__gt=1).update(title="changed")
    WagtailPage.get_first_root_node().add_child(instance=WagtailPage(title="left over", slug=f"left-over-{turn}"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(2))
def test_what_forbids_deletion_does_not_stop_the_reset(turn: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE append_only (id integer)")  # fails in the second turn if the first one stayed
        cursor.execute("INSERT INTO append_only VALUES (1)")
        if connection.vendor == "sqlite":
            cursor.execute(
                "CREATE TRIGGER t BEFORE DELETE ON accounts_user BEGIN SELECT RAISE(ABORT, 'append-only'); END"
            )
        else:
            cursor.execute(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'append-only'; END $$"
            )
            cursor.execute("CREATE TRIGGER t BEFORE TRUNCATE ON accounts_user EXECUTE FUNCTION refuse()")
    get_user_model().objects.create_user(username="left-over")


@pytest.mark.django_db(transaction=True)
def test_another_thread_sees_what_was_committed() -> None:
    get_user_model().objects.create_user(username="somebody")
    found = []

    def look() -> None:
        found.append(get_user_model().objects.filter(username="somebody").exists())
        connections.close_all()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [True]


@pytest.mark.django_db
def test_a_rolled_back_test_meets_no_left_over() -> None:
    assert not get_user_model().objects.filter(username__startswith="left-over").exists()
    with transaction.atomic():
        get_user_model().objects.create_user(username="left-over-rolled-back")


def test_uploads_land_in_a_temporary_folder(media_root: Path, tmp_path: Path) -> None:
    assert media_root.is_relative_to(tmp_path)


@pytest.mark.parametrize(
    ("url", "expected"),
    [("postgres://u@/d", True), ("postgresql://u@h/d", True), ("sqlite:///x", False), ("", False)],
)
def test_only_an_address_of_postgresql_replaces_our_own_server(url: str, expected: bool) -> None:
    assert is_postgres(url) is expected


def test_the_coverage_gate_finds_a_line_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rules.py").write_text("def never():\n    return 1\n")
    monkeypatch.chdir(tmp_path)
    data = coverage.CoverageData(basename=".coverage")
    data.add_lines({str(tmp_path / "rules.py"): {1}})
    data.write()
    assert "rules.py" in incomplete(["*rules.py"])
    assert incomplete(["*other.py"]) == ""
    data.add_lines({str(tmp_path / "rules.py"): {2}})
    data.write()
    assert incomplete(["*rules.py"]) == ""


@pytest.mark.browser
def test_the_browser_opens_the_login_page_in_chinese(live_server: LiveServer, page: Page) -> None:
    get_user_model().objects.create_superuser(username="somebody", password="a-long-password-2026")
    page.goto(f"{live_server.url}/admin/")
    assert page.locator("html").get_attribute("lang") == "zh-hans"
    page.fill("input[name=username]", "somebody")
    page.fill("input[name=password]", "a-long-password-2026")
    page.click("button[type=submit]")
    page.wait_for_selector("text=somebody")


@pytest.mark.browser
def test_a_script_error_is_noticed(page: Page) -> None:
    caught = []
    page.on("pageerror", lambda error: caught.append(str(error)))
    page.set_content("<script>window.failed = () => { throw new Error('seeded') }</script>")
    with pytest.raises(Exception, match="seeded"):
        page.evaluate("failed()")
    assert page.evaluate("navigator.language") == "zh-CN"
