"""The counter in a real browser: with scripts and without, once a reader and never for a program or a page nobody looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from policy_pages.models import VisitCount
from policy_pages.tests import factories as f
from policy_pages.tests.test_visit_rules import PEOPLE
from policy_pages.visits import log
from policy_pages.visits.collecting import collect_visits

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext
    from pytest_django.live_server_helper import LiveServer

    from policy_pages.models import PolicyDocumentPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: A browser that a test drives says that it is driven; a reader's says that it is not.
UNDRIVEN = "Object.defineProperty(Navigator.prototype, 'webdriver', { get: () => false })"
#: A page that the browser makes ready before anybody opens it, until the test says that somebody does.
AHEAD = """let ahead = true;
Object.defineProperty(Document.prototype, 'prerendering', { get: () => ahead });
window.openIt = () => { ahead = false; document.dispatchEvent(new Event('prerenderingchange')); };"""


@pytest.fixture(autouse=True)
def _own_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policy_pages.views.visits.bound", log.HourlyBound())
    monkeypatch.setattr(log, "_process", log._Process())


@pytest.fixture
def document() -> PolicyDocumentPage:
    f.make_bureau()
    return f.make_public(f.make_document(f.make_department("kjj", "科学技术局")))


def reader(chromium: Browser, *scripts: str, **facts: Any) -> BrowserContext:
    context = chromium.new_context(**{"user_agent": PEOPLE[0], "locale": "zh-CN", **facts})
    for script in scripts:
        context.add_init_script(script)
    return context


def noted(folder: Path) -> int:
    return sum(len(path.read_bytes().splitlines()) for path in folder.glob("*.log"))


def visit(context: BrowserContext, server: LiveServer, page: PolicyDocumentPage) -> Any:
    """Open the page and wait until nothing is loaded any more; no script of it may fail."""
    tab, errors = context.new_page(), []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    tab.goto(f"{server.url}/policies/kjj/{page.slug}/", wait_until="networkidle")
    assert errors == []
    return tab


@pytest.mark.parametrize("has_scripts", [True, False], ids=["with scripts", "without"])
def test_each_opening_by_a_reader_counts_once(
    chromium: Browser, live_server: LiveServer, visits_dir: Path, document: PolicyDocumentPage, has_scripts: bool
) -> None:
    context = reader(chromium, UNDRIVEN, java_script_enabled=has_scripts)
    tab = visit(context, live_server, document)
    assert noted(visits_dir) == 1
    tab.reload(wait_until="networkidle")
    assert noted(visits_dir) == 2
    assert context.cookies() == [], "nothing is left behind on the reader's device"
    context.close()
    assert collect_visits() == 2
    assert VisitCount.objects.get().page == document.pk


@pytest.mark.parametrize(
    ("scripts", "agent"),
    [((), PEOPLE[0]), ((UNDRIVEN,), "Mozilla/5.0 (compatible; Baiduspider-render/2.0)")],
    ids=["a driven browser", "a crawler that runs scripts"],
)
def test_t24_2_a_program_that_runs_scripts_does_not(
    chromium: Browser, live_server: LiveServer, visits_dir: Path, document: PolicyDocumentPage, scripts: Any, agent: str
) -> None:
    context = reader(chromium, *scripts, user_agent=agent)
    visit(context, live_server, document)
    context.close()
    assert noted(visits_dir) == 0


def test_a_page_made_ready_counts_when_it_is_opened(
    chromium: Browser, live_server: LiveServer, visits_dir: Path, document: PolicyDocumentPage
) -> None:
    context = reader(chromium, UNDRIVEN, AHEAD)
    tab = visit(context, live_server, document)
    assert noted(visits_dir) == 0
    with tab.expect_request("**/visits/*/"):
        tab.evaluate("openIt()")
    tab.wait_for_load_state("networkidle")
    tab.wait_for_timeout(300)
    context.close()
    assert noted(visits_dir) == 1


def test_another_site_cannot_count_for_us(
    chromium: Browser, live_server: LiveServer, visits_dir: Path, document: PolicyDocumentPage
) -> None:
    """The same server by another name is another site to the browser."""
    context = reader(chromium, UNDRIVEN)
    tab = context.new_page()
    tab.goto(live_server.url.replace("localhost", "127.0.0.1") + "/static/img/mark.svg")
    with tab.expect_response(f"{live_server.url}/visits/*") as answer:
        tab.evaluate("address => { new Image().src = address; }", f"{live_server.url}/visits/{document.pk}.gif")
    assert answer.value.status == 200
    assert answer.value.request.all_headers()["sec-fetch-site"] == "cross-site"
    context.close()
    assert noted(visits_dir) == 0
