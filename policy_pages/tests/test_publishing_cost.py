"""What a publication may cost, and that what it no longer asks the database is still held: by the row, or by stock's own way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from wagtail.models import Page, PageQuerySet, PageViewRestriction, ReferenceIndex

from policy_pages.models import (
    ApplicationGuidePage,
    ExplainedDocument,
    GuideBasis,
    InterpretationPage,
    PolicyDocumentPage,
    PolicyPage,
)
from policy_pages.querysets import PolicyPageQuerySet
from policy_pages.services.indexing import index_now
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from wagtail.models import Revision

    from accounts.models import Department

pytestmark = pytest.mark.django_db

#: Statements of the bureau's approval of a new document up to its commit, savepoints included. May only go down.
APPROVAL = 195
#: On PostgreSQL the lists are asked again with the chain locked.
ASKED_AGAIN = 7
#: Of the index after the commit: a savepoint in a test, lock, page, entry; the mark has been made.
INDEXING = 5
GONE = 10**6


def approval(department: Department) -> int:
    page = f.hand_in(f.make_document(department, body=[("paragraph", "<p>正文</p>")]))
    f.act(page, f"{department.code}-review")
    with CaptureQueriesContext(connection) as asked:
        f.act(page, "spj-moder", **f.classification())
    return len(asked)


def test_an_approval_costs_so_many_statements_among_few_pages_and_among_more(kjj: Department) -> None:
    approval(kjj)  # fills what Django keeps of content types
    few = approval(kjj)
    for _ in range(5):
        f.make_public(f.make_document(kjj))
    limit = APPROVAL + (ASKED_AGAIN if connection.features.has_select_for_update else 0)
    assert approval(kjj) == few <= limit


def test_only_the_type_of_what_changed_is_read_for_the_index(kjj: Department) -> None:
    page = f.make_public(f.make_document(kjj))
    with CaptureQueriesContext(connection) as asked:
        index_now([page.pk])
    assert len(asked) <= INDEXING
    assert not [query for query in asked if "applicationguidepage" in query["sql"]]


# --- A text as a page ------------------------------------------------------------------------------------------------


def texts(department: Department) -> list[tuple[PolicyPage, Revision]]:
    """A document that is public and drafted anew, under another change; a guide, an interpretation and a text of another author."""
    document = f.make_public(f.make_document(department))
    f.save_draft(document, title="改过的题目", change=f.make_change(department))
    guide = f.make_guide(department, document=document)
    explained = [ExplainedDocument(document=document)]
    interpretation = f.add_draft(department, InterpretationPage(title="解读", explained=explained))
    other = f.make_document(department)
    Page.objects.filter(pk=other.pk).update(owner=f.user("kjj-review"), locked=True, locked_by=f.user("kjj-review"))
    pages = [
        PolicyDocumentPage.objects.get(pk=document.pk),
        ApplicationGuidePage.objects.get(pk=guide.pk),
        InterpretationPage.objects.get(pk=interpretation.pk),
        PolicyDocumentPage.objects.get(pk=other.pk),
    ]
    return [(page, page.latest_revision) for page in pages]


def test_a_text_is_the_same_page_as_stock_makes_of_it(kjj: Department) -> None:
    for page, revision in texts(kjj):
        ours, stocks = page.with_content_json(revision.content), Page.with_content_json(page, dict(revision.content))
        assert ours.serializable_data() == stocks.serializable_data()
        assert {field.attname: getattr(ours, field.attname) for field in page._meta.concrete_fields} == {
            field.attname: getattr(stocks, field.attname) for field in page._meta.concrete_fields
        }
        assert ours.department == stocks.department
        assert ours.get_parent() == stocks.get_parent()


def test_a_text_under_a_change_that_is_gone_is_refused_as_by_stock(kjj: Department) -> None:
    page = f.make_document(kjj)
    content = {**page.latest_revision.content, "change": GONE}
    for make in (page.with_content_json, lambda content: Page.with_content_json(page, content)):
        with pytest.raises(Exception, match="on_delete"):
            make(content)


# --- Saving a public text --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["department", "change", "owner", "locale"])
def test_the_database_refuses_a_public_text_that_refers_to_what_is_gone(kjj: Department, name: str) -> None:
    page = f.make_public(f.make_document(kjj))
    setattr(page, f"{name}_id", GONE)
    with pytest.raises(IntegrityError), transaction.atomic():
        page.save()
        connection.check_constraints()


def test_the_database_refuses_a_second_page_at_one_place_in_the_tree(kjj: Department) -> None:
    first, second = (f.make_public(f.make_document(kjj)) for _ in range(2))
    second.path = first.path
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()


@pytest.mark.parametrize(("name", "value"), [("title", ""), ("source_url", "无"), ("slug", None)])
def test_a_public_text_is_checked_as_before(kjj: Department, name: str, value: Any) -> None:
    first, second = (f.make_public(f.make_document(kjj)) for _ in range(2))
    setattr(second, name, first.slug if value is None else value)
    with pytest.raises(ValidationError) as refused:
        second.save()
    assert list(refused.value.message_dict) == [name]


# --- Aliases, references, barred pages ---------------------------------------------------------------------------------


def test_an_alias_that_came_by_another_way_is_still_met(kjj: Department) -> None:
    page, other = (f.make_public(f.make_document(kjj, title=title)) for title in ("原文", "别名"))
    Page.objects.filter(pk=other.pk).update(alias_of=page)
    revision = page.live_revision
    PolicyDocumentPage.objects.get(pk=page.pk).update_aliases(revision=revision, _content=revision.content)
    assert Page.objects.get(pk=other.pk).title == "原文"


def test_nobody_asks_for_aliases_in_the_order_of_the_tree(kjj: Department) -> None:
    revision = f.make_public(f.make_document(kjj)).live_revision
    page = PolicyDocumentPage.objects.get(pk=revision.object_id)
    with CaptureQueriesContext(connection) as asked:
        page.update_aliases(revision=revision)
    assert len(asked) == 1
    assert "ORDER BY" not in asked[0]["sql"]


def test_the_references_of_a_guide_are_those_of_its_public_text(kjj: Department) -> None:
    first, second = (f.make_public(f.make_document(kjj)) for _ in range(2))
    guide = f.make_public(f.make_guide(kjj, document=first))

    def referring(document: PolicyPage) -> bool:
        return ReferenceIndex.get_references_to(document).filter(object_id=str(guide.pk)).exists()

    assert referring(first)
    draft = guide.get_latest_revision_as_object()
    draft.bases = [GuideBasis(document=second)]
    draft.change_note = "改了依据"
    draft.save_revision(user=f.user("kjj-edit"))
    f.make_public(ApplicationGuidePage.objects.get(pk=guide.pk))
    assert (referring(first), referring(second)) == (False, True)


def test_barred_pages_are_those_of_stock_and_no_table_is_joined_for_them(kjj: Department, gxj: Department) -> None:
    pages = [f.make_public(f.make_document(unit)) for unit in (kjj, kjj, gxj)]
    for barred in (None, pages[0].page_ptr, gxj.section_page):
        if barred is not None:
            PageViewRestriction.objects.create(page=barred, restriction_type="login")
        with CaptureQueriesContext(connection) as asked:
            ours = set(PolicyPageQuerySet(Page).public())
        assert ours == set(PageQuerySet(Page).public())
        assert not [query for query in asked if "JOIN" in query["sql"]]
        assert pages[1].page_ptr in ours
    assert not {pages[0].page_ptr, pages[2].page_ptr} & ours
