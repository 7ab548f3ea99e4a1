"""When the search index is written: drafts by their title alone, publications after their commit, and what a crash left by `tick`."""

from __future__ import annotations

import io
import itertools
import random
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import Page, ReferenceIndex
from wagtail.search.models import IndexEntry

from policy_pages.models import PolicyDocumentPage
from policy_pages.search.queries import search_pages
from policy_pages.search.suggestions import suggestions
from policy_pages.services import indexing
from policy_pages.tests import factories as f
from policy_pages.tests.search_world import add_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from accounts.models import Department

pytestmark = pytest.mark.django_db
BODY = [("paragraph", "<p>对首台套装备给予奖励。</p>")]


def found(text: str) -> set[str]:
    """Draft titles of every document that a search through the text finds, public or not."""
    return {page.draft_title for page in PolicyDocumentPage.objects.search(text)}


def typed(text: str) -> set[str]:
    """The same, as the back office asks: while one types."""
    return {page.draft_title for page in PolicyDocumentPage.objects.autocomplete(text)}


def writes(context: CaptureQueriesContext) -> list[str]:
    return [
        query["sql"] for query in context.captured_queries if "INTO" in query["sql"] and "indexentry" in query["sql"]
    ]


def test_a_draft_is_found_by_its_latest_title_and_number_and_by_nothing_else(kjj: Department) -> None:
    page = f.make_document(kjj, title="首版题目", doc_number="锡科规〔2026〕7号", body=BODY)
    assert typed("首版题目") == typed("锡科规〔2026〕7号") == {"首版题目"}
    f.save_draft(page, title="改过的题目", doc_number="锡科规〔2026〕8号")
    assert typed("改过的题") == typed("锡科规〔2026〕8号") == found("改过的题目") == {"改过的题目"}
    assert typed("首版题目") == typed("锡科规〔2026〕7号") == found("首台套") == set()


def test_the_editor_finds_the_draft_in_the_explorer(kjj: Department, login: Callable[[str], Client]) -> None:
    f.save_draft(f.make_document(kjj, title="首版题目"), title="改过的题目")
    for address in (f"/admin/pages/{kjj.section_page_id}/", "/admin/pages/search/"):
        html = login("kjj-edit").get(address, {"q": "改过的题"}).content.decode()
        assert "改过的题目" in html, address


def test_a_draft_of_a_public_page_writes_no_entry_and_tells_nothing(kjj: Department) -> None:
    page = f.make_public(f.make_document(kjj, title="公开题目", body=BODY))
    with CaptureQueriesContext(connection) as context:
        f.save_draft(page, title="未公开的题目", body=[("paragraph", "<p>未公开的正文。</p>")])
    assert not writes(context)
    assert found("未公开") == typed("未公开") == set()
    assert found("首台套") == typed("公开题目") == {"未公开的题目"}  # by its public text; listed by its latest draft


def test_a_draft_leaves_the_references_of_the_public_text(kjj: Department) -> None:
    file = f.make_file(kjj)
    annex = [("attachments", [{"file": file, "label": ""}])]
    page = f.make_public(f.make_document(kjj, body=annex))
    f.save_draft(page, body=BODY)
    assert ReferenceIndex.get_references_to(file).filter(object_id=str(page.pk)).exists()
    f.make_public(f.save_draft(page, change_note="附件撤下"))
    assert not ReferenceIndex.get_references_to(file).filter(object_id=str(page.pk)).exists()


def test_a_publication_is_indexed_once_and_after_its_commit(
    kjj: Department, django_capture_on_commit_callbacks: Any
) -> None:
    page = f.hand_in(f.make_document(kjj, title="研发办法", body=BODY))
    f.act(page, "kjj-review")
    with CaptureQueriesContext(connection) as before, django_capture_on_commit_callbacks() as callbacks:
        f.act(page, "spj-moder", **f.classification())
    assert not writes(before)
    assert found("首台套") == set()
    with CaptureQueriesContext(connection) as after:
        for callback in callbacks:
            callback()
    assert len(writes(after)) == 1
    assert found("首台套") == {"研发办法"}


def test_what_is_taken_from_the_public_is_found_by_its_title_only(
    kjj: Department, django_capture_on_commit_callbacks: Any
) -> None:
    page = f.make_public(f.make_document(kjj, title="研发办法", body=BODY))
    with django_capture_on_commit_callbacks(execute=True):
        page.unpublish()
    assert found("首台套") == set()
    assert typed("研发办法") == {"研发办法"}


def test_no_public_answer_tells_which_words_a_draft_holds(kjj: Department) -> None:
    luck = random.Random(7)
    words = ["研发", "技改", "稳岗", "人才", "蓝鲸", "白鹭", "用地", "ai"]
    for number in range(40):
        body = ["。".join(luck.choices(words, [8, 8, 8, 8, 1, 1, 4, 1], k=luck.randrange(5, 40)))]
        add_document(kjj, f"关于{''.join(luck.sample(words, 2))}的办法{number}", *body)
    asked = [f"{one}{blank}{other}" for one in words for other in words if one != other for blank in (" ", "")]
    asked += [f"{one} {other} 某某某" for one, other in itertools.combinations(words, 2)] + [
        "锡蓝鲸〔2026〕9号",
        "lj",
        "by ai",
    ]
    public = PolicyDocumentPage.objects.live()
    answers = lambda: {text: (search_pages(public, text).pks, suggestions(public, text)) for text in asked}  # noqa: E731
    draft = f.make_document(kjj, title="关于某某某的某某", doc_number="锡某规〔2026〕9号")
    before = answers()
    f.save_draft(draft, title="蓝鲸白鹭蓝鲸蓝鲸", doc_number="锡蓝鲸〔2026〕9号")
    for number in range(5):
        f.make_document(kjj, title=f"关于蓝鲸ai白鹭计划的办法 {number}")
    after = answers()
    assert [text for text in asked if before[text] != after[text]] == []
    assert typed("锡蓝鲸〔2026〕9号") == found("白鹭蓝鲸蓝") - found("的") == {"蓝鲸白鹭蓝鲸蓝鲸"}


def test_a_deleted_page_leaves_no_entry(kjj: Department) -> None:
    page = f.make_document(kjj)
    entries = IndexEntry.objects.filter(object_id=str(page.pk))
    assert entries.count() == 1
    Page.objects.get(pk=page.pk).delete()
    assert not entries.exists()


def test_tick_indexes_what_a_crash_after_the_commit_left(kjj: Department) -> None:
    old, new = (f.make_public(f.make_document(kjj, title=title, body=BODY)) for title in ("旧文", "新文"))
    lost = f.make_document(kjj, title="草案")
    assert indexing.mend_index() == 0
    f.hand_in(f.save_draft(old, change_note="勘误", body=[("paragraph", "<p>改为贴息。</p>")]))
    f.act(old, "kjj-review")
    f.act(old, "spj-moder", **f.classification())  # committed, but the callback never came
    IndexEntry.objects.filter(object_id__in=[str(new.pk), str(lost.pk)]).delete()
    assert (found("贴息"), found("首台套"), typed("草案")) == (set(), {"旧文"}, set())
    output = io.StringIO()
    call_command("tick", stdout=output)
    assert "补建了 3 页的搜索索引。" in output.getvalue()
    assert (found("贴息"), found("首台套"), typed("草案")) == ({"旧文"}, {"新文"}, {"草案"})
    assert indexing.mend_index() == 0


def test_an_index_in_order_costs_tick_one_query(kjj: Department) -> None:
    f.make_public(f.make_document(kjj))
    indexing.mend_index()
    with CaptureQueriesContext(connection) as context:
        assert indexing.mend_index() == 0
    assert len(context) == 1
