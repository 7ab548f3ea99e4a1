"""The narrow table of lists follows whatever changes what the public may read, in the same transaction, by every door."""

from __future__ import annotations

import datetime
import io
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import Page, PageViewRestriction

from policy_pages.enums import VocabularyCode, WindowStatus
from policy_pages.models import GuideBasis, ListedPage, ListedState, Listing, Term
from policy_pages.services.listed import listed_otherwise, relist, relisted_once
from policy_pages.services.schedule import publish_due
from policy_pages.signals import fill
from policy_pages.tests import factories as f
from policy_pages.tests.test_public_lists import day, shelve_document, shelve_guide, titles
from policy_pages.views.counting import Columns, columns, read_columns
from tests.matrix.surgery import applied, one

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from accounts.models import Department
    from policy_pages.models import PolicyPage


def row(page: PolicyPage) -> ListedPage:
    return ListedPage.objects.get(pk=page.pk)


def is_listed(page: PolicyPage) -> bool:
    """Whether it has a row; every row is right at any time."""
    assert list(listed_otherwise()) == []
    return ListedPage.objects.filter(pk=page.pk).exists()


def term(vocabulary: str, place: int = 0) -> Term:
    return Term.objects.filter(vocabulary=vocabulary)[place]


# --- What changes it ----------------------------------------------------------------------------------------------


def test_a_publication_lists_and_a_draft_does_not(kjj: Department) -> None:
    page = f.make_document(
        kjj, title="研发办法", written_on=datetime.date(2024, 12, 31), doc_number="锡科规〔2024〕3号"
    )
    f.hand_in(page)
    assert not is_listed(page)
    f.act(page, "kjj-review")
    assert not is_listed(page)
    page = f.act(page, "spj-moder", **f.classification(themes=[str(term(VocabularyCode.THEME).pk)]))
    assert is_listed(page)
    assert (row(page).title, row(page).year, row(page).department) == ("研发办法", 2024, kjj)
    assert [one.pk for one in row(page).terms.all()] == [term(VocabularyCode.THEME).pk]
    mark = ListedState.objects.get().mark
    f.save_draft(page, title="另一个标题", written_on=datetime.date(2020, 1, 1))
    assert is_listed(page)
    assert (row(page).title, ListedState.objects.get().mark) == ("研发办法", mark), "a draft changes nothing"


def test_a_scheduled_text_and_its_classification_come_together(kjj: Department) -> None:
    page = f.make_public(f.make_document(kjj, summary="旧摘要"))
    later = timezone.now() + datetime.timedelta(hours=2)
    page = f.hand_in(f.save_draft(page, change=None, change_note="勘误", summary="新摘要", go_live_at=later))
    f.act(page, "kjj-review")
    second = term(VocabularyCode.CATEGORY, 1)
    f.act(page, "spj-moder", **f.classification(category=str(second.pk)))
    assert is_listed(page)
    assert (row(page).summary, row(page).category) == ("旧摘要", term(VocabularyCode.CATEGORY))
    with time_machine.travel(later + datetime.timedelta(seconds=1)):
        publish_due()
    assert is_listed(page)
    assert (row(page).summary, row(page).category) == ("新摘要", second)


def test_the_bureau_classifies_what_is_public_already(kjj: Department) -> None:
    page = shelve_guide(kjj, "指南")
    listing = Listing.objects.get(page=page.pk)
    listing.route, listing.category = "complex", term(VocabularyCode.CATEGORY, 2)
    listing.save()
    assert is_listed(page)
    assert (row(page).route, row(page).category) == ("complex", term(VocabularyCode.CATEGORY, 2))
    theme, industry = term(VocabularyCode.THEME), term(VocabularyCode.INDUSTRY)
    for change in (
        lambda: listing.terms.add(theme),
        lambda: listing.terms.set([industry]),
        lambda: industry.listings.remove(listing),
        lambda: theme.listings.add(listing),
        lambda: theme.listings.clear(),
    ):
        change()
        assert is_listed(page)
        assert set(row(page).terms.all()) == set(listing.terms.all())


def test_what_leaves_the_public_leaves_the_table(kjj: Department) -> None:
    page = f.make_public(f.make_document(kjj))
    page.unpublish()
    assert not is_listed(page)
    other = shelve_document(kjj, "另一件")
    Listing.objects.filter(page=other.pk).delete()
    assert not is_listed(other)
    third = shelve_document(kjj, "第三件")
    barred = PageViewRestriction.objects.create(page=kjj.section_page, restriction_type="login")
    assert not is_listed(third)
    barred.delete()
    assert is_listed(third)


@pytest.mark.django_db
def test_names_are_read_when_they_are_shown(client: Client, kjj: Department) -> None:
    page = shelve_document(kjj, "文件")
    Listing.objects.get(page=page.pk).terms.add(term(VocabularyCode.THEME))
    client.get("/policies/")
    type(kjj).objects.filter(pk=kjj.pk).update(short_name="科工局")
    Term.objects.filter(pk=term(VocabularyCode.THEME).pk).update(name="要技术")
    html = client.get("/policies/").content.decode()
    assert html.count("科工局") >= 2, "the row and the filter"
    assert "要技术" in html


def test_the_end_of_its_documents_closes_a_guide_on_the_day(kjj: Department) -> None:
    first, second = shelve_document(kjj, "甲"), shelve_document(kjj, "乙")
    guide = shelve_guide(kjj, "指南", -5, 60)
    for document in (first, second):
        GuideBasis.objects.create(guide=guide, document=document)

    def status(today: datetime.date) -> list[str]:
        assert is_listed(guide)
        return [state for state in WindowStatus if columns().in_state([state], today)]

    assert status(day(0)) == ["open"]
    first.document_status = "repealed"
    first.save()
    assert status(day(0)) == ["open"], "one of two still holds"
    second.expires_on = day(3)
    second.save()
    assert row(guide).basis_ended_from == day(4)
    assert (status(day(3)), status(day(4))) == (["open"], ["closed"])
    second.live = False
    second.save()
    assert status(day(0)) == ["closed"], "the only public basis is repealed"
    GuideBasis.objects.filter(guide=guide).delete()
    assert status(day(0)) == ["open"]


def test_a_repeal_through_the_workflow_reaches_the_guides(kjj: Department) -> None:
    document = f.make_public(f.make_document(kjj, written_on=datetime.date(2023, 5, 6)))
    guide = f.make_public(f.make_guide(kjj, document=document))
    assert (row(guide).basis_ended_from, row(guide).year) == (None, 2023)
    change = f.make_change(kjj, kind="repealed", title=document.title, trigger_basis="repeal_decision")
    facts = {"document_status": "repealed", "repealed_on": timezone.localdate(), "repeal_reason": "到期"}
    f.make_public(f.save_draft(document, change=change, change_note="废止", **facts))
    assert is_listed(guide)
    assert row(guide).basis_ended_from is not None


def test_what_fails_leaves_the_table_as_it_was(client: Client, kjj: Department) -> None:
    page = shelve_document(kjj, "文件")
    assert titles(client, "/policies/") == ["文件"]
    with pytest.raises(RuntimeError), transaction.atomic():
        page.title = "没有成的"
        page.save()
        assert titles(client, "/policies/") == ["没有成的"]
        raise RuntimeError
    assert titles(client, "/policies/") == ["文件"], "columns of a change that was rolled back are not kept"


def test_saving_a_draft_of_a_public_page_asks_the_table_nothing(kjj: Department) -> None:
    page = f.make_public(f.make_document(kjj))
    with CaptureQueriesContext(connection) as captured:
        f.save_draft(page, summary="还没有提交")
    assert not [query["sql"] for query in captured if "listedpage" in query["sql"]]


# --- Columns kept from one mark to the next -------------------------------------------------------------------------


def said(table: Columns) -> dict[str, Any]:
    """All that columns can be asked for on a day."""
    kinds = ("type", "department", "category", "year", "route", "amount", "term")
    return {
        **{kind: {value: table.having(kind, value) for value in table.values(kind)} for kind in kinds},
        **{state: table.in_state([state], day(0)) for state in WindowStatus},
        **{order: table.ordered(table.everything, order, day(0)) for order in ("newest", "closing", "amount")},
    }


def differences(kjj: Department) -> list[int]:
    """After which of many changes the columns that were kept say something else than columns made anew."""
    early = f.make_document(kjj, title="先起草、后公开的")
    first, guide = shelve_document(kjj, "甲"), shelve_guide(kjj, "指南", -5, 60)
    themes = [term(VocabularyCode.THEME, place) for place in range(2)]
    listing, of_guide = Listing.objects.get(page=first.pk), Listing.objects.get(page=guide.pk)
    GuideBasis.objects.create(guide=guide, document=first)
    changes: list[Callable[[], object]] = [
        lambda: listing.terms.set(themes),
        lambda: shelve_document(kjj, "乙"),  # at the end of every column
        lambda: shelve_guide(kjj, "又一指南", 3, 9),
        lambda: f.make_public(early),  # in the middle
        lambda: of_guide.terms.add(themes[0]),
        lambda: listing.terms.set(themes[1:]),
        lambda: change(first, document_status="repealed"),  # which closes the guide
        lambda: change(guide, amount_max=500_001),
        lambda: change(guide, live=False),
        lambda: change(first, live=False),
    ]
    seen, found = [said(columns())], []
    for number, carry_out in enumerate(changes):
        carry_out()
        seen.append(said(columns()))
        if seen[-1] != said(read_columns(None)):
            found.append(number)
    assert found or all(before != after for before, after in pairwise(seen)), "each change shows"
    return found


def change(page: PolicyPage, **facts: object) -> None:
    for name, value in facts.items():
        setattr(page, name, value)
    page.save()


def test_kept_columns_say_what_columns_made_anew_say(kjj: Department) -> None:
    assert differences(kjj) == []


def test_a_value_that_forgets_its_older_pages_is_found(kjj: Department) -> None:
    with applied(one("policy_pages.views.counting", "_held", "bits.get(value, 0) | 1 << pk", "1 << pk")):
        assert differences(kjj) != []


# --- Held against the pages, and made anew ---------------------------------------------------------------------------


def check() -> list[str]:
    try:
        call_command("relist", "--check", stdout=io.StringIO())
    except CommandError as error:
        return str(error).splitlines()
    return []


def test_drift_is_found_in_words_and_mended(kjj: Department) -> None:
    kept, withdrawn, missing = (shelve_document(kjj, title) for title in ("留下的", "撤下的", "漏掉的"))
    Listing.objects.get(page=kept.pk).terms.add(term(VocabularyCode.THEME))
    assert check() == []
    ListedPage.objects.filter(pk=kept.pk).update(title="改过", year=1999, route="complex")
    ListedPage.objects.get(pk=kept.pk).terms.clear()
    Page.objects.filter(pk=withdrawn.pk).update(live=False)
    ListedPage.objects.filter(pk=missing.pk).delete()
    assert check() == [
        f"在列页面第 {kept.pk} 号（留下的）与页面不符：申报方式、年份、标题、主题、行业等分类。",
        f"页面第 {missing.pk} 号（漏掉的）正在公开，但不在列。",
        f"在列页面第 {withdrawn.pk} 号（撤下的）并未公开。",
    ]
    said = io.StringIO()
    call_command("relist", stdout=said)
    assert "改正 3 行" in said.getvalue()
    assert check() == []


@pytest.mark.parametrize("field", [field.attname for field in ListedPage._meta.concrete_fields if field.null])
def test_no_column_escapes_the_check(kjj: Department, field: str) -> None:
    shelve_guide(kjj, "指南", -1, 1, amount_max=5)
    value: Any = {"year": 1, "amount_max": 1}.get(field, timezone.now() if field.endswith("_at") else day(1))
    ListedPage.objects.update(
        **{field: None if ListedPage.objects.values_list(field, flat=True).get() == value else value}
    )
    assert len(check()) == 1


def test_an_installation_that_had_pages_gets_its_rows(client: Client, kjj: Department) -> None:
    shelve_document(kjj, "早就有的")
    ListedPage.objects.all().delete()
    ListedState.objects.all().delete()
    config = apps.get_app_config("policy_pages")
    fill(config, apps=apps)
    assert titles(client, "/policies/") == ["早就有的"]
    ListedPage.objects.all().delete()
    fill(config, apps=apps)
    assert not ListedPage.objects.exists(), "only once: afterwards `relist` is asked for"
    assert relist() == 1


def test_an_approval_that_classifies_and_publishes_lists_once(kjj: Department) -> None:
    guide = f.make_guide(kjj, document=f.make_public(f.make_document(kjj)))
    with CaptureQueriesContext(connection) as asked:
        f.make_public(guide)
    written = [query["sql"] for query in asked if 'INTO "policy_pages_listedpage" ' in query["sql"]]
    assert len(written) == 1
    assert is_listed(guide)


def test_what_fails_lists_nothing(kjj: Department) -> None:
    page = f.make_public(f.make_document(kjj))
    with pytest.raises(RuntimeError), transaction.atomic(), relisted_once():
        Listing.objects.get(page=page.pk).save()
        ListedPage.objects.filter(pk=page.pk).update(title="别的")
        raise RuntimeError
    assert is_listed(page)
    assert relist([page.pk]) == 0  # nothing is gathered any more: it looked, and all was right
