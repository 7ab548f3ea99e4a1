"""One address per content: everything else leads to it, and nothing is a second copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.template import Context, RequestContext, Template
from django.test import Client, RequestFactory
from django.views.defaults import page_not_found

from policy_pages.addresses import canonical_redirect, takes
from policy_pages.models import InterpretationPage, Listing, Term
from policy_pages.tests.test_public_lists import put_on_shelf, shelve_document, shelve_guide

if TYPE_CHECKING:
    from accounts.models import Department


@pytest.fixture
def shelf(kjj: Department, gxj: Department) -> None:
    for number in range(21):
        shelve_document(kjj, f"研发文件{number}")
    guide = shelve_guide(kjj, "研发指南", -5, 3)
    put_on_shelf(gxj, InterpretationPage(title="技改解读"))
    listing = Listing.objects.get(page=guide.pk)
    listing.terms.add(Term.objects.get(code="theme-02"), Term.objects.get(code="industry-01"))


def led(client: Client, address: str) -> str:
    """Where an address leads; itself if it is answered."""
    response = client.get(address)
    if response.status_code == 200:
        return address
    assert response.status_code == 301, address
    assert response["Cache-Control"] == "no-store"
    assert client.get(response["Location"]).status_code == 200, "one step, and there"
    return response["Location"]


CASES = {
    # Nothing chosen, whatever was said.
    "/?utm_source=x": "/",
    "/?page=1": "/",
    "/policies/?": "/policies/",
    "/policies/?foo=1": "/policies/",
    "/policies/?type=": "/policies/",
    "/policies/?type=x": "/policies/",
    "/policies/?type[]=guide": "/policies/",
    "/policies/?page=1": "/policies/",
    "/policies/?page=0": "/policies/",
    "/policies/?page=-1": "/policies/",
    "/guides/?page=-1": "/guides/",
    "/search/?q=%E7%A0%94%E5%8F%91&page=-3": "/search/?q=%E7%A0%94%E5%8F%91",
    "/policies/?page=abc": "/policies/",
    "/policies/?page=%EF%BC%91": "/policies/",
    "/policies/?page=%EF%BC%92": "/policies/?page=2",
    "/policies/?page=2.0": "/policies/",
    "/policies/?page=02": "/policies/?page=2",
    "/policies/?page=999999": "/policies/?page=2",
    "/policies/?category=nobody&department=nobody&term=nobody": "/policies/",
    "/policies/?term=industry-01": "/policies/",
    "/policies/?year=1999&amount=1&scale=x&region=x&qualification=x&stage=x&sort=best": "/policies/",
    "/policies/?sort=relevance": "/policies/",
    "/policies/?q=%20+%00": "/policies/",
    "/policies/?type=%ff%fe": "/policies/",
    "/policies/?type=document%00": "/policies/",
    # One order, nothing twice, one spelling.
    "/policies/?page=2&type=document": "/policies/?type=document&page=2",
    "/policies/?type=interpretation&type=document": "/policies/?type=document",
    "/policies/?type=documen%74": "/policies/?type=document",
    "/policies/?department=kjj&type=document&size=l": "/policies/?type=document&department=kjj&size=l",
    # Guides have a list of their own.
    "/policies/?type=guide": "/guides/",
    "/policies/?window=open": "/guides/?window=open",
    "/policies/?type=guide&window=open&department=kjj&page=9": "/guides/?window=open&department=kjj",
    "/policies/?type=guide&term=theme-02&size=l": "/guides/?term=theme-02&size=l",
    "/policies/?type=document&window=open": "/policies/?type=document",
    "/policies/?route=simple": "/guides/?route=simple",
    "/policies/?amount=to-10&type=interpretation": "/policies/?type=interpretation",
    "/policies/?sort=newest": "/policies/",
    "/policies/?sort=amount&type=document": "/policies/?type=document",
    "/policies/?sort=closing&q=%E7%A0%94%20%E5%8F%91": "/policies/?q=%E7%A0%94+%E5%8F%91&sort=closing",
    "/policies/?sort=relevance&q=%E7%A0%94": "/policies/?q=%E7%A0%94",
    "/guides/?q=%E7%A0%94&industry=industry-01": "/guides/?industry=industry-01&q=%E7%A0%94",
    "/guides/?type=guide": "/guides/",
    "/guides/?sort=closing": "/guides/",
    "/guides/?sort=newest&window=open&route=simple": "/guides/?window=open&route=simple&sort=newest",
    # A section.
    "/policies/kjj/?department=gxj": "/policies/kjj/",
    "/policies/kjj/?window=open": "/policies/kjj/?type=guide&window=open",
    "/policies/kjj/?type=interpretation&window=open": "/policies/kjj/?type=interpretation",
    "/policies/kjj/?page=7": "/policies/kjj/?page=2",
    # Search.
    "/search/?q=": "/search/",
    "/search/?page=2": "/search/",
    "/search/?q=%20%E7%A0%94%E5%8F%91++": "/search/?q=%E7%A0%94%E5%8F%91",
    "/search/?page=99&q=%E7%A0%94%E5%8F%91": "/search/?q=%E7%A0%94%E5%8F%91&page=2",
    "/search/?q=%e7%a0%94": "/search/?q=%E7%A0%94",
    "/search/?q=%00": "/search/",
    "/search/?q=" + "a" * 199 + "+b": "/search/?q=" + "a" * 199,
    # A page, and how it is shown.
    "/policies/kjj/wj-1/?x=1": "/policies/kjj/wj-1/",
    "/policies/kjj/wj-1/?size=m": "/policies/kjj/wj-1/",
    "/policies/kjj/wj-1/?size=xl&contrast=1&scheme=pink": "/policies/kjj/wj-1/",
    "/policies/kjj/wj-1/?scheme=dark&contrast=high&size=s": "/policies/kjj/wj-1/?size=s&contrast=high&scheme=dark",
    # The rest.
    "/timeliness/?foo=1": "/timeliness/",
    "/departments/?a=b": "/departments/",
    "/departments/kjj/?page=2&size=l": "/departments/kjj/?size=l",
    "/site-map/?x": "/site-map/",
    "/sitemap.xml?x=1": "/sitemap.xml",
    "/sitemap.xml?size=l": "/sitemap.xml",
    "/robots.txt?x=1": "/robots.txt",
    "/timeliness/data.csv?period=2026-Q1&x=1": "/timeliness/data.csv?period=2026-Q1",
}


@pytest.mark.usefixtures("shelf")
def test_every_other_spelling_leads_to_the_one_address(client: Client) -> None:
    client.raise_request_exception = False
    assert {address: led(client, address) for address in CASES if address != "/policies/?"} == {
        address: wanted for address, wanted in CASES.items() if address != "/policies/?"
    }


@pytest.mark.usefixtures("shelf")
def test_the_one_address_is_answered(client: Client) -> None:
    assert {wanted: led(client, wanted) for wanted in CASES.values()} == {wanted: wanted for wanted in CASES.values()}


@pytest.mark.usefixtures("shelf")
def test_a_redirect_comes_from_the_path_that_the_view_was_found_by() -> None:
    """A prefix that a middleware has taken off is written back by it, not here."""
    request = RequestFactory().get("/zh-hant/policies/", {"x": "1"})
    request.path_info = "/policies/"
    assert canonical_redirect(request)["Location"] == "/policies/"


def test_a_view_takes_the_parameters_it_names() -> None:
    @takes("month", "department")
    def view(request: Any, code: str) -> HttpResponse:
        return HttpResponse(code)

    ask = RequestFactory().get
    assert view(ask("/calendar/?month=2026-11&department=kjj"), code="a").content == b"a"
    assert view(ask("/calendar/?department=kjj&month=2026-11&x="), "a")["Location"] == (
        "/calendar/?month=2026-11&department=kjj"
    )


# --- Absurd addresses -------------------------------------------------------------------------------

LONG = "研" * 700
MANY = "&".join(f"a{number}=1" for number in range(10_000))


@pytest.mark.parametrize("path", ["/", "/policies/", "/guides/", "/search/", "/no/such/", "/documents/1/x.pdf"])
def test_an_address_too_long_to_be_meant_is_a_400_in_words(client: Client, path: str, db: None) -> None:
    for query in (MANY, "&".join("a" * 25_000), "q=" + "%E7%A0%94" * 1000):
        response = client.get(path, QUERY_STRING=query)
        assert response.status_code == 400
        html = response.content.decode()
        assert "网址无法识别" in html
        assert 'action="/search/"' in html
        assert "Content-Security-Policy" in response
        assert not response.cookies
    assert client.get(f"{path}{LONG * 2}").status_code == 400


def test_a_long_path_and_a_wrong_encoding_are_a_404_in_words(client: Client, db: None) -> None:
    for path in (
        "/policies/" + "a" * 900 + "/",
        "/policies/kjj/" + "%E7%A0%94" * 200 + "/",
        "/%ff%fe/",
        "/policies/%00/",
        "/a%0Ab/",
    ):
        response = client.get(path)
        assert response.status_code == 404
        assert "没有这个页面" in response.content.decode()
    assert client.get("/policies/" + "研" * 1100 + "/").status_code == 400


def test_the_back_office_keeps_its_long_addresses(client: Client, db: None) -> None:
    assert client.get("/admin/login/", QUERY_STRING="next=" + "a" * 9000).status_code == 200


# --- Pages of errors --------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_404_offers_what_was_looked_for(client: Client) -> None:
    html = client.get("/policies/kjj/研发补助/").content.decode()
    assert 'value="研发补助"' in html
    for address in ("/guides/?window=open", "/policies/", "/departments/", "/site-map/", "/"):
        assert f'href="{address}"' in html
    plain = client.get("/policies/kjj/wj-404/").content.decode()
    assert 'value=""' in plain
    assert "已按网址填好" not in plain
    assert "<script>" not in client.get("/<script>研</script>/").content.decode()


def test_the_pages_of_errors_stand_while_the_database_is_away(client: Client, db: None) -> None:
    """The foot then says what the settings know."""

    def refuse(*_call: Any) -> None:
        raise OperationalError("database is away")

    with connection.execute_wrapper(refuse):
        html = page_not_found(RequestFactory().get("/a/"), Exception()).content.decode()
        assert "没有这个页面" in html
        assert "主办单位：市行政审批局" in html
        assert client.get("/no.such").status_code == 404


# --- The canonical link -----------------------------------------------------------------------------

TAG = Template("{% load addresses %}{% canonical_url %}")


def canonical(query: str, path: str = "/policies/", **more: Any) -> str:
    request = RequestFactory().get(path, QUERY_STRING=query)
    for name, value in more.items():
        setattr(request, name, value)
    return TAG.render(Context({"request": request}))


def test_the_canonical_link_is_absolute_and_says_nothing_of_display(settings: Any) -> None:
    settings.WAGTAILADMIN_BASE_URL = "https://hqt.example.gov.cn/admin/"
    assert canonical("") == "https://hqt.example.gov.cn/policies/"
    assert canonical("type=document&page=2&size=l&scheme=dark") == (
        "https://hqt.example.gov.cn/policies/?type=document&amp;page=2"
    )
    raw = "q=研".encode().decode("latin-1")
    assert canonical(raw, "/search/") == "https://hqt.example.gov.cn/search/?q=%E7%A0%94"


@pytest.mark.django_db
def test_each_script_is_an_address_of_its_own_and_mode_and_look_are_not(client: Client, settings: Any) -> None:
    """As `hreflang` asks: the address a page gives for its own language is the one it says is its own."""
    settings.WAGTAILADMIN_BASE_URL = "https://hqt.example.gov.cn/admin/"
    for prefix, own in (("", ""), ("/elder", ""), ("/zh-hant", "/zh-hant"), ("/zh-hant/elder", "/zh-hant")):
        head = BeautifulSoup(client.get(f"{prefix}/policies/?size=l").content, "html.parser").head
        [canonical] = [link["href"] for link in head.find_all("link", rel="canonical")]
        assert canonical == f"https://hqt.example.gov.cn{own}/policies/"
        language = BeautifulSoup(client.get(f"{prefix}/policies/").content, "html.parser").html["lang"]
        assert [link["href"] for link in head.find_all("link", hreflang=language)] == [canonical]


def test_what_is_not_public_has_no_canonical_link() -> None:
    assert canonical("", is_preview=True) == ""
    assert canonical("", method="POST") == ""
    assert TAG.render(Context({})) == ""
    request = RequestFactory().get("/nowhere/")
    assert TAG.render(RequestContext(request, {"request": request, "exception": "Http404"})) == ""
    words = Template("{% load addresses %}{% words_of_address %}")
    assert words.render(Context({})) == ""
