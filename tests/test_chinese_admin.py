"""The back office speaks Chinese: no role meets a text without a Chinese character, but a few with reasons.

Measured on what the server sends; what Wagtail's scripts add comes from the djangojs catalogue, checked below.
"""

from __future__ import annotations

import ast
import gettext
import re
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

import pytest
import wagtail
from bs4 import BeautifulSoup, NavigableString
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import reverse
from wagtail.models import TaskState

from accounts.models import Department, User
from accounts.tests.factories import make_filing
from audit.models import CalendarOverride, CalendarYear, Event
from policy_pages.models import SearchWord, Term
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Iterator

CATALOGUES = settings.BASE_DIR / "locale" / "zh_Hans" / "LC_MESSAGES"
INVISIBLE = {"script", "style", "template", "svg", "noscript", "code", "pre"}  # code: hashes and codes as recorded
SPOKEN = ("placeholder", "aria-label", "title", "alt")
#: Text -> why it may stand without Chinese.
ALLOWED = {
    "Actions": "aria-label written into Wagtail's own template",
    "Search": "hidden submit button written into Wagtail's own template",
    "chinesecalendar 1.11.0": "name of the program library a year was taken from",
    "zzz": "what was searched for, in the field itself",
}


def spoken(html: str) -> Iterator[str]:
    """Every text a person reads or hears: text nodes, screen-reader texts included, and speaking attributes."""
    soup = BeautifulSoup(html, "html.parser")

    def hidden(tag: object) -> bool:
        return any(p.name in INVISIBLE or p.has_attr("hidden") for p in [tag, *tag.parents] if p.name != "[document]")

    for node in soup.find_all(string=True):
        if type(node) is NavigableString and node.strip() and not hidden(node.parent):
            yield node.strip()
    for tag in soup.find_all(True):
        if not hidden(tag):
            yield from (tag[name] for name in SPOKEN if tag.get(name))
            if tag.name == "input" and tag.get("type") in {"submit", "button"}:
                yield tag.get("value", "")


def foreign(html: str) -> set[str]:
    """Texts with three Latin letters or more and no Chinese character."""
    texts = {text for text in spoken(html) if len(re.findall(r"[A-Za-z]", text)) >= 3}
    return {text for text in texts if not re.search(r"[\u4e00-\u9fff]", text)}


def is_allowed(text: str) -> bool:
    """Codes of accounts, units and terms, names of time zones; what ALLOWED gives a reason for."""
    codes = {*User.objects.values_list("username", flat=True), *Department.objects.values_list("code", flat=True)}
    return text in ALLOWED or text in codes or text in available_timezones() or Term.objects.filter(code=text).exists()


# --- Screens ------------------------------------------------------------------------------------------------


@pytest.fixture
def screens(db: None) -> dict[str, list[str]]:
    """The screens of each role in a world where every kind of page state occurs."""
    f.make_bureau()
    kjj, gxj = f.make_department("kjj", "科学技术局"), f.make_department("gxj", "工业和信息化局")
    draft = f.make_document(kjj)
    live = f.make_public(f.make_document(kjj, title="关于促进科技成果转化的意见"))
    guide = f.make_guide(kjj, document=live)
    waiting, classified = (
        f.hand_in(f.make_document(kjj, title="待审的办法")),
        f.make_document(gxj, title="待分类的办法"),
    )
    f.hand_in(classified)
    f.act(classified, "gxj-review")
    returned = f.hand_in(f.make_document(kjj, title="退回的办法"))
    f.act(returned, "kjj-review", "reject", comment="请补充依据。")
    section, moderated = kjj.section_page_id, gxj.section_page_id
    pages = {"draft": draft, "live": live, "guide": guide, "returned": returned, "waiting": waiting}
    step = {
        page.title: state.pk
        for state in TaskState.objects.filter(status=TaskState.STATUS_IN_PROGRESS)
        for page in [state.workflow_state.content_object]
    }
    filing = make_filing(kjj)
    year, day = CalendarYear.objects.first().pk, CalendarOverride.objects.first().pk
    new = [
        f"/admin/pages/add/policy_pages/{kind}/{section}/"
        for kind in ("policydocumentpage", "applicationguidepage", "interpretationpage")
    ]
    everybody = ["/admin/", "/admin/inbox/", "/admin/account/"]
    everybody += ["/admin/second-factor/", "/admin/second-factor/enrol/"]
    return {
        "kjj-edit": [
            *everybody,
            *new,
            *(f"/admin/pages/{page.pk}/edit/" for page in pages.values()),
            *(
                f"/admin/pages/{draft.pk}/{view}/"
                for view in ("history", "workflow_history", "usage", "copy", "delete")
            ),
            f"/admin/pages/{section}/",
            f"/admin/pages/{section}/add_subpage/",
            f"/admin/pages/{section}/?q=zzz",
            f"/admin/pages/{live.pk}/revisions/compare/earliest...latest/",
            "/admin/pages/search/?q=研发",
            "/admin/documents/",
            "/admin/documents/add/",
            "/admin/documents/multiple/add/",
            "/admin/documents/chooser/",
            "/admin/choose-page/",
            f"/admin/choose-page/{section}/",
            "/admin/choose-page/search/?q=研发",
            "/admin/choose-external-link/",
            "/admin/choose-email-link/",
            "/admin/choose-phone-link/",
            "/admin/choose-anchor-link/",
            "/admin/changes/",
            "/admin/changes/new/",
            f"/admin/changes/edit/{draft.change_id}/",
            "/admin/filings/",
            "/admin/filings/new/",
            f"/admin/filings/{filing.pk}/",
        ],
        "kjj-review": [*everybody, f"/admin/review/{step['待审的办法']}/", f"/admin/changes/edit/{draft.change_id}/"],
        "spj-moder": [
            *everybody,
            *(f"/admin/reports/{view}/" for view in ("punctuality", "punctuality/facts", "assessment", "frozen")),
            f"/admin/pages/{moderated}/",
            f"/admin/review/{step['待分类的办法']}/",
            "/admin/changes/",
            "/admin/search-words/",
            "/admin/search-words/new/",
            f"/admin/search-words/edit/{SearchWord.objects.first().pk}/",
            f"/admin/search-words/history/{SearchWord.objects.first().pk}/",
            "/admin/reports/searches/",
            "/admin/terms/",
            "/admin/terms/new/",
            f"/admin/terms/edit/{Term.objects.first().pk}/",
            f"/admin/terms/history/{Term.objects.first().pk}/",
            f"/admin/terms/usage/{Term.objects.first().pk}/",
            "/admin/calendar/years/",
            "/admin/calendar/years/new/",
            f"/admin/calendar/years/edit/{year}/",
            "/admin/calendar/days/",
            "/admin/calendar/days/new/",
            f"/admin/calendar/days/edit/{day}/",
            f"/admin/calendar/days/delete/{day}/",
            "/admin/calendar/notice/",
        ],
        "spj-acct": [
            *everybody,
            "/admin/roles/",
            *(f"/admin/accounts/{view}" for view in ("", "?q=zzz", "new/", "import/", "export/")),
            f"/admin/accounts/{f.user('kjj-edit').pk}/",
            "/admin/departments/",
            "/admin/assignments/",
            "/admin/assignments/?q=zzz",
            "/admin/factor-recoveries/",
            f"/admin/filings/{filing.pk}/",
        ],
        "spj-audit": [
            *everybody,
            "/admin/events/",
            "/admin/events/?q=没有的事",
            f"/admin/events/inspect/{Event.objects.latest('seq').pk}/",
            "/admin/calendar/years/",
            "/admin/calendar/days/",
            "/admin/terms/",
            "/admin/changes/",
            "/admin/dossiers/",
            "/admin/dossiers/?q=zzz",
            *(f"/admin/dossiers/{page.pk}/" for page in pages.values()),
            f"/admin/review/{step['待审的办法']}/",
        ],
        "sys-admin": [*everybody, "/admin/departments/", "/admin/calendar/years/", "/admin/calendar/days/"],
    }


def fetch(client: Client, url: str) -> str:
    """The page; of a chooser, the HTML inside its JSON."""
    response = client.get(url)
    assert response.status_code == 200, url
    is_modal = response["Content-Type"].startswith("application/json")
    return response.json()["html"] if is_modal else response.content.decode()


@pytest.mark.slow
@pytest.mark.once
def test_no_role_meets_a_text_without_chinese(screens: dict[str, list[str]]) -> None:
    found: dict[str, str] = {}
    seen = 0
    for username, urls in screens.items():
        client = Client()
        client.force_login(f.user(username))
        for url in urls:
            html = fetch(client, url)
            seen += sum(1 for text in spoken(html) if re.search(r"[\u4e00-\u9fff]", text))
            found.update(dict.fromkeys(foreign(html), f"{username} {url}"))
    assert seen > 2000, "power check: there was something to read"
    assert {text: where for text, where in found.items() if not is_allowed(text)} == {}


def test_the_log_in_page_is_chinese(client: Client, db: None) -> None:
    assert foreign(client.get("/admin/login/").content.decode()) == set()
    wrong = client.post("/admin/login/", {"username": "x", "password": "y"})
    assert foreign(wrong.content.decode()) == set()


def test_what_is_said_after_saving_is_chinese(screens: dict[str, list[str]]) -> None:
    client = Client()
    client.force_login(f.user("spj-moder"))
    html = client.post(
        "/admin/calendar/years/new/", {"year": 2027, "notice": "国办发明电"}, follow=True
    ).content.decode()
    assert "工作日年度“2027”已创建" in html
    assert {text for text in foreign(html) if not is_allowed(text)} == set()


@pytest.mark.parametrize(
    ("html", "texts"),
    [
        ("<p>Save draft</p>", {"Save draft"}),
        ('<span class="w-sr-only">Toggle</span>', {"Toggle"}),
        ('<input placeholder="Search all pages…">', {"Search all pages…"}),
        ('<button aria-label="Close">×</button>', {"Close"}),
        ('<input type="submit" value="Create">', {"Create"}),
        ("<p>保存 draft</p><p>2026</p><p>OK</p><p>PDF</p>", {"PDF"}),
        ("<script>let english</script><template><p>Hidden</p></template><div hidden>None</div>", set()),
    ],
)
def test_the_gate_sees_english(html: str, texts: set[str]) -> None:
    assert foreign(html) == texts


def test_the_gate_fails_without_our_catalogue(
    screens: dict[str, list[str]], settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Power check: with stock's catalogues alone the same screens are full of English."""
    from django.utils.translation import trans_real

    settings.LOCALE_PATHS = []
    for name in ("_translations", "_active"):
        monkeypatch.setattr(trans_real, name, {} if name == "_translations" else trans_real.Local())
    monkeypatch.setattr(trans_real, "_default", None)
    client = Client()
    client.force_login(f.user("kjj-edit"))
    found = set().union(*(foreign(fetch(client, url)) for url in screens["kjj-edit"][:8]))
    assert {"Actions (footer)", "Toggle checks"} <= {text for text in found if not is_allowed(text)}


# --- Catalogues ---------------------------------------------------------------------------------------------


def entries(path: Path) -> dict[str, str]:
    """msgid -> text (of a plural: the only form of Chinese) of a .po file; the header is the empty msgid."""
    found: dict[str, str] = {}
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        parts: dict[str, str] = {}
        key = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            keyword = re.match(r'(msg\w+(?:\[\d\])?) (?=")', line)
            key = keyword[1] if keyword else key
            parts[key] = parts.get(key, "") + ast.literal_eval(line[keyword.end() :] if keyword else line)
        if "msgid" in parts:
            found[parts["msgid"]] = parts.get("msgstr", parts.get("msgstr[0]", ""))
    return found


def compiled(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog
    return {key[0] if isinstance(key, tuple) else key: text for key, text in catalogue.items() if key}


def wagtail_texts(domain: str) -> set[str]:
    """Every text of the installed Wagtail apps, from the English catalogues Wagtail ships."""
    folders = [Path(config.path) for config in apps.get_app_configs() if config.name.partition(".")[0] == "wagtail"]
    files = [folder / "locale" / "en" / "LC_MESSAGES" / f"{domain}.po" for folder in folders]
    return {text for file in files if file.exists() for text in entries(file) if text}


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_the_compiled_catalogue_is_the_written_one(domain: str) -> None:
    written = {key: text for key, text in entries(CATALOGUES / f"{domain}.po").items() if key}
    assert compiled(CATALOGUES / f"{domain}.mo") == written


@pytest.mark.parametrize(("domain", "least"), [("django", 1000), ("djangojs", 50)])
def test_every_text_of_wagtail_has_its_chinese(domain: str, least: int) -> None:
    """A new Wagtail brings new texts: they fail here before a clerk meets them."""
    texts = wagtail_texts(domain)
    assert len(texts) > least, "power check"
    ours = entries(CATALOGUES / f"{domain}.po")
    root = Path(wagtail.__file__).parent
    stock = [entries(path) for path in root.rglob(f"locale/zh_Hans/LC_MESSAGES/{domain}.po")]
    known = {key for catalogue in [ours, *stock] for key, text in catalogue.items() if text}
    assert sorted(texts - known) == []
    assert sorted(set(ours) - texts - {""}) == [], "ours that Wagtail no longer asks for"


def test_placeholders_survive_translation() -> None:
    fields = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
    wrong = {
        key: text
        for domain in ("django", "djangojs")
        for key, text in entries(CATALOGUES / f"{domain}.po").items()
        if not set(fields.findall(text)) >= set(fields.findall(key))
    }
    assert wrong == {}


def test_scripts_get_our_texts(client: Client, db: None) -> None:
    """Django adds LOCALE_PATHS to the catalogue Wagtail serves its scripts, so the address needs no replacement."""
    script = client.get(reverse("wagtailadmin_javascript_catalog")).content.decode()
    assert "插入内容块".encode("unicode_escape").decode() in script or "插入内容块" in script
    assert '"Insert a block"' in script
