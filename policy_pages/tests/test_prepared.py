"""Querysets compiled once: the right values in the right places, nothing frozen that can change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.db.models import F, Q, QuerySet
from django.test.utils import CaptureQueriesContext
from wagtail.models import Page, PageViewRestriction

from policy_pages.models import PolicyDocumentPage
from policy_pages.services.prepared import Prepared
from policy_pages.tests import factories as f
from policy_pages.tests.test_public_lists import queries_of, shelve_document, shelve_guide

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

pytestmark = pytest.mark.django_db


def either(title: str, page: int, other: int) -> QuerySet:
    return PolicyDocumentPage.objects.filter(Q(pk__in=[page, other]) | Q(title=title)).order_by("pk")


def test_each_call_gets_what_the_queryset_itself_would(kjj: Department) -> None:
    pages = [shelve_document(kjj, title) for title in ("甲", "乙", "丙", "丁")]
    prepared = Prepared(either, title=str, page=int, other=int)
    for asked in (("甲", pages[2].pk, 0), ("", pages[1].pk, pages[0].pk), ("丁", 0, pages[3].pk), ("没有", 0, 0)):
        values: dict[str, Any] = dict(zip(("title", "page", "other"), asked, strict=True))
        with CaptureQueriesContext(connection) as context:
            assert prepared.rows(**values) == list(either(**values))
        assert len(context) == 2


def test_a_value_with_marks_of_sql_is_a_value(kjj: Department) -> None:
    page = shelve_document(kjj, "' OR 1=1 -- %s \"")
    shelve_document(kjj, "别的")
    prepared = Prepared(either, title=str, page=int, other=int)
    assert prepared.rows(title=page.title, page=0, other=0) == [page]
    with pytest.raises(KeyError):
        prepared.rows(title=page.title, page=0)


@pytest.mark.parametrize(
    "build",
    [
        lambda page: PolicyDocumentPage.objects.filter(pk=page + 1),
        lambda page: PolicyDocumentPage.objects.filter(title__contains=page),
        lambda page: PolicyDocumentPage.objects.filter(pk=F("page_ptr")),
    ],
)
def test_a_value_that_does_not_stand_in_the_query_as_it_is_is_refused(build: Any) -> None:
    with pytest.raises(ValueError, match="as it is"):
        Prepared(build, page=int).rows(page=1)


def test_another_key_is_another_query(kjj: Department) -> None:
    page = shelve_document(kjj, "甲")
    by_state = Prepared(lambda live, page: PolicyDocumentPage.objects.filter(live=live, pk=page), page=int)
    assert [by_state.rows(live, page=page.pk) for live in (True, False, True)] == [[page], [], [page]]
    for number in range(40):
        by_state.rows(bool(number % 2), page=number)
    assert len(by_state.local.kept) == 2


def test_a_restriction_holds_from_the_next_request_on_and_no_longer(client: Client, kjj: Department) -> None:
    document = f.make_public(f.make_document(kjj, title="研发办法"))
    guide = f.make_public(f.make_guide(kjj, document=document, title="研发补助"))
    address = f"/policies/kjj/{document.slug}/"

    def named() -> bool:
        return "研发补助" in client.get(address).content.decode()

    assert named()
    restriction = PageViewRestriction.objects.create(page=guide.page_ptr, restriction_type="login")
    assert not named()
    assert client.get(f"/policies/kjj/{guide.slug}/").status_code == 302
    restriction.delete()
    assert named()
    whole = PageViewRestriction.objects.create(page=Page.objects.get(pk=kjj.section_page_id), restriction_type="login")
    assert client.get(address).status_code == 302
    whole.delete()
    assert named()


def test_a_page_of_each_type_costs_at_most_eight_queries(client: Client, kjj: Department) -> None:
    document = f.make_public(f.make_document(kjj, title="研发办法"))
    form = f.make_file(kjj)
    materials = [("material", f.material("申请表", blank_form=form, sample_form=form))]
    guide = f.make_public(f.make_guide(kjj, document=document, materials=materials))
    f.make_public(f.save_draft(guide, change=None, change_note="勘误", summary="改过"))
    shelve_guide(kjj, "另一项")
    for page in (document, guide):
        client.get(f"/policies/kjj/{page.slug}/")
        assert queries_of(client, f"/policies/kjj/{page.slug}/") <= 8
