"""我要纠错: which page is named, and which unit answers for it (T9.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from accounts.models import Department
from policy_pages.feedback.pages import named_page
from policy_pages.tests.corrections_world import NEW
from policy_pages.tests.factories import make_document, make_public
from policy_pages.tests.public_reading import in_order, path_of, soup

if TYPE_CHECKING:
    from django.test import Client

    from policy_pages.models import PolicyDocumentPage

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(kjj: Department) -> PolicyDocumentPage:
    """A public page of the unit kjj."""
    return make_public(make_document(kjj))


def test_each_policy_page_leads_to_the_form_that_names_it_and_its_unit(client: Client, document: Any) -> None:
    page = soup(client.get(path_of(document)))
    link = page.find("a", string="我要纠错")
    form = soup(client.get(link["href"]))
    text = form.get_text()
    assert in_order(text, document.title, "科学技术局")
    assert form.find("input", {"name": "page"})["value"] == path_of(document)


@pytest.mark.parametrize("prefix", ["", "/zh-hant", "/elder", "/zh-hant/elder"])
def test_what_lies_below_a_policy_page_is_its_unit_s_too_in_every_variant(document: Any, prefix: str) -> None:
    for path in (prefix + path_of(document), prefix + path_of(document) + "versions/"):
        named = named_page(path)
        assert (named.department, named.page_id, named.path) == (document.department, document.pk, path)


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/search/", "搜索"),
        ("/timeliness/", "政策公开按时率"),
        ("/policies/", "政策库"),
        ("/policies/kjj/", "科学技术局"),
        ("/policies/kjj/wj-99/", "网站其他页面"),
        ("/no-such-page/", "网站其他页面"),
        ("/calendar/13800138000/", "申报日历"),
        ("/zh-hant/search/", "搜索"),
        ("/elder/search/", "搜索"),
        ("/zh-hant/elder/policies/kjj/", "科学技术局"),
    ],
)
def test_every_other_page_can_be_named_and_is_the_bureau_s(kjj: Department, path: str, title: str) -> None:
    named = named_page(path)
    assert (named.title, named.department, named.page_id) == (title, Department.objects.bureau(), None)


def test_a_page_that_is_not_public_has_no_name(kjj: Department) -> None:
    draft = make_document(kjj, title="尚未公开的措施")
    named = named_page(path_of(draft))
    assert (named.title, named.is_told) == ("网站其他页面", False)
    assert named.department == Department.objects.bureau()


def test_the_pages_of_a_unit_that_is_closed_are_the_bureau_s(document: Any) -> None:
    Department.objects.filter(code="kjj").update(is_active=False)
    assert named_page(path_of(document)).department == Department.objects.bureau()


@pytest.mark.parametrize("prefix", ["", "/zh-hant", "/elder", "/zh-hant/elder"])
def test_an_address_is_told_where_nothing_in_it_is_the_visitor_s(document: Any, prefix: str) -> None:
    for below in ("", "versions/", "print/"):
        assert named_page(prefix + path_of(document) + below).is_told
    for below in ("13800138000/", "versions/13800138000/", "张三"):
        named = named_page(prefix + path_of(document) + below)
        assert (named.title, named.is_told) == (document.title, False)
    for path, is_told in (
        ("/", True),
        ("/policies/", True),
        ("/policies/kjj/", True),
        ("/search/", True),
        ("/policies/kjj/13800138000/", False),
        ("/13800138000", False),
        ("/calendar/13800138000/", False),
        ("/departments/zhang-san/", False),
        ("/timeliness/reports/zhang-san/", False),
    ):
        assert named_page(prefix + path).is_told is is_told, path


@pytest.mark.parametrize("prefix", ["", "/zh-hant", "/elder", "/zh-hant/elder"])
@pytest.mark.parametrize("below", ["", "new/", "ACDEFGHJKMNP/", "ACDE-FGHJ-KMNP", "ACDEFGHJKMNP/x/"])
def test_the_address_of_a_receipt_is_that_of_all(bureau: Department, prefix: str, below: str) -> None:
    named = named_page(f"{prefix}/corrections/{below}")
    assert named == (f"{prefix}/corrections/", "我要纠错", bureau, None, True)


def test_before_there_is_a_site_nothing_has_a_title(db: None) -> None:
    from wagtail.models import Site

    Site.objects.all().delete()
    assert named_page("/x/") == ("/x/", "网站其他页面", None, None, False)


def test_without_a_page_its_address_is_asked_for(client: Client, bureau: Department) -> None:
    for asked in ("", "?page=", "?page=ftp://x/", "?page=" + "a" * 3000):
        form = soup(client.get(NEW + asked))
        assert form.find("input", {"name": "page"})["type"] == "text"
