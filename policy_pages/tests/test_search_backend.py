"""The backend behind Wagtail's own search calls, on whichever database the tests run."""

import random

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from modelsearch.index import AutocompleteField, FilterField, RelatedFields, SearchField
from modelsearch.query import And, Not, Or, Phrase, PlainText
from wagtail.models import Page
from wagtail.search.backends import get_search_backend
from wagtail.search.index import insert_or_update_object, remove_object
from wagtail.search.query import MATCH_ALL

from policy_pages.models import PolicyDocumentPage
from policy_pages.search import indexes
from policy_pages.search.indexing import IndexedTexts, columns_of, texts_of
from policy_pages.tests.factories import make_department
from policy_pages.tests.search_world import add_document

pytestmark = pytest.mark.django_db

HOSTILE = [
    *(
        "",
        " ",
        '"',
        "'",
        "\\",
        "(",
        "{title} : x",
        "*",
        "^",
        "a AND",
        "NOT",
        "NEAR(a b)",
        "& | !",
        "<->",
        ":*",
        "%s",
        "%",
    ),
    *("😀", "a\x00b", "\x00", "\ud800", "〔〕", "贷款\"'()", "政" * 5000, "x" * 5000, "-- ; DROP TABLE", "𠮷"),
]


@pytest.fixture
def department():
    return make_department("fgw", "发展改革委员会")


@pytest.fixture
def pages(department):
    loan = add_document(department, "创业担保贷款办法", "对小微企业给予贷款贴息。", doc_number="锡政规〔2024〕5号")
    award = add_document(department, "高新技术企业奖励办法", "认定后给予奖励，不含贷款，AI 企业优先。")
    factory = add_document(department, "技术改造实施意见", "设备更新给予补助。据锡政规〔2024〕5号制定。")
    return loan, award, factory


def found(query, **options):
    return {page.title for page in PolicyDocumentPage.objects.search(query, **options)}


def test_the_settings_name_this_backend():
    assert type(get_search_backend()).__module__ in {"policy_pages.search.sqlite", "policy_pages.search.postgres"}


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("担保贷款", {"创业担保贷款办法"}),
        ("保贷", {"创业担保贷款办法"}),
        ("貸款貼息", {"创业担保贷款办法"}),
        ("贷款", {"创业担保贷款办法", "高新技术企业奖励办法"}),
        ("款办", {"创业担保贷款办法"}),
        ("款贴款", set()),
        ("贷贴", set()),
        ("贷款 奖励", {"高新技术企业奖励办法"}),
        ("ＡＩ", {"高新技术企业奖励办法"}),
        ("政规［2024］5号", {"创业担保贷款办法", "技术改造实施意见"}),
        ("2024 15号", set()),
        ("贴", {"创业担保贷款办法"}),
        ("法", {"创业担保贷款办法", "高新技术企业奖励办法"}),
        ("技", {"高新技术企业奖励办法", "技术改造实施意见"}),
        ("给予，贷款", set()),
    ],
)
def test_a_query_finds_what_contains_it_and_nothing_else(pages, query, titles):
    assert found(query) == titles


def test_any_term(pages):
    assert found("贴息 补助", operator="or") == {"创业担保贷款办法", "技术改造实施意见"}


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        (Phrase("给予贷款"), {"创业担保贷款办法"}),
        (And([PlainText("贷款"), Not(PlainText("贴息"))]), {"高新技术企业奖励办法"}),
        (Or([PlainText("贴息"), Not(PlainText("贷款"))]), {"创业担保贷款办法", "技术改造实施意见"}),
        (Not(PlainText("贷款")), {"技术改造实施意见"}),
        (And([PlainText("贴息"), MATCH_ALL]), {"创业担保贷款办法"}),
        (MATCH_ALL, {"创业担保贷款办法", "高新技术企业奖励办法", "技术改造实施意见"}),
        (Not(MATCH_ALL), set()),
    ],
)
def test_query_trees(pages, query, titles):
    assert found(query) == titles


def test_named_fields_choose_the_column(pages):
    assert found("贷款", fields=["title"]) == {"创业担保贷款办法"}
    assert found("锡政规〔2024〕5号", fields=["doc_number"]) == {"创业担保贷款办法"}
    assert found("贷款", fields=["search_text"]) == {"创业担保贷款办法", "高新技术企业奖励办法"}
    assert columns_of(["search_text", "title"]) == ("title", "body")


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("创业", {"创业担保贷款办法"}),
        ("业担保", {"创业担保贷款办法"}),
        ("技", {"高新技术企业奖励办法", "技术改造实施意见"}),
        ("业保", set()),
        ("贴息", set()),
        ("", set()),
    ],
)
def test_autocomplete_reads_titles_as_one_types(pages, query, titles):
    assert {page.title for page in PolicyDocumentPage.objects.autocomplete(query)} == titles


def test_autocomplete_completes_a_word_of_letters(department):
    add_document(department, "AIGC 算力券")
    assert [page.title for page in PolicyDocumentPage.objects.autocomplete("aig")] == ["AIGC 算力券"]


@pytest.mark.parametrize("query", HOSTILE)
def test_no_text_makes_a_search_fail(pages, query):
    for search in (PolicyDocumentPage.objects.search, PolicyDocumentPage.objects.autocomplete):
        assert len(search(query)) <= 3
        assert search(query).count() <= 3
    assert len(Page.objects.search(query, operator="or", order_by_relevance=False)) <= 3


def test_titles_come_first(pages):
    assert next(page.title for page in PolicyDocumentPage.objects.search("贷款")) == "创业担保贷款办法"


def test_equal_hits_come_newest_first(department):
    pages = [add_document(department, "贷款办法", "贷款") for _ in range(3)]
    assert list(PolicyDocumentPage.objects.search("贷款")) == pages[::-1]


def test_the_caller_may_order(pages):
    by_title = PolicyDocumentPage.objects.order_by("title").search("办法", order_by_relevance=False)
    assert [page.title for page in by_title] == ["创业担保贷款办法", "高新技术企业奖励办法"]
    newest = PolicyDocumentPage.objects.order_by().search("办法", order_by_relevance=False)
    assert [page.title for page in newest] == ["高新技术企业奖励办法", "创业担保贷款办法"]


def test_filters_pages_counts_scores_and_facets(pages):
    loan, award, _factory = pages
    PolicyDocumentPage.objects.filter(pk=award.pk).update(live=False)
    assert list(PolicyDocumentPage.objects.live().search("贷款")) == [loan]
    assert PolicyDocumentPage.objects.search("贷款").count() == 2
    assert len(PolicyDocumentPage.objects.search("贷款")[1:2]) == 1
    assert PolicyDocumentPage.objects.search("贷款").facet("live") == {True: 1, False: 1}
    assert [page.score is not None for page in PolicyDocumentPage.objects.search("贷款").annotate_score("score")] == [
        True,
        True,
    ]
    unordered = PolicyDocumentPage.objects.search("贴息", order_by_relevance=False).annotate_score("score")
    assert [page.score is not None for page in unordered] == [True]
    assert Page.objects.search("贴息").count() == 1


def test_a_changed_page_is_found_by_its_new_text_only(pages):
    loan = pages[0]
    loan.title = "融资担保办法"
    loan.save()
    insert_or_update_object(loan)
    assert found("创业担保") == set()
    assert found("融资担保") == {"融资担保办法"}
    remove_object(loan)
    assert found("融资担保") == set()


def test_reindexing_a_batch_with_a_repeated_page(pages):
    index = get_search_backend().get_index_for_model(PolicyDocumentPage)
    index.add_items(PolicyDocumentPage, [pages[0], pages[1], pages[0]])
    assert found("贷款") == {"创业担保贷款办法", "高新技术企业奖励办法"}


def test_rebuilding_the_whole_index(pages):
    apps.get_model("wagtailsearch", "IndexEntry").objects.all().delete()
    assert found("贷款") == set()
    call_command("update_index", verbosity=0)
    assert found("贷款") == {"创业担保贷款办法", "高新技术企业奖励办法"}


def test_the_end_of_a_very_long_text_is_found(department):
    """PostgreSQL numbers 16,383 positions and keeps 256 of a token; both would lose this phrase."""
    filler = "企业" * 20_000
    add_document(department, "很长的文件", filler + "企业业务补贴申领")
    add_document(department, "另一个文件", filler + "补贴业务申领，企业申领补贴。")
    assert found("企业业务补贴申领") == {"很长的文件"}
    assert found("业务补贴") == {"很长的文件"}


def test_a_text_of_more_tokens_than_a_tsvector_holds_is_still_indexed(department):
    dice = random.Random(1)
    text = "".join(chr(dice.randint(0x4E00, 0x9FA0)) for _ in range(250_000))
    add_document(department, "巨大的文件", text)
    assert found(text[1000:1006]) == {"巨大的文件"}


def test_rare_characters_beyond_the_first_plane(department):
    add_document(department, "𠮷野路企业目录", "含𰻝面店一家。")
    assert found("𠮷野") == found("𰻝面") == found("𰻝") == {"𠮷野路企业目录"}


def test_what_is_indexed_of_related_and_composed_values(pages):
    page = pages[0]
    page.parts = {"a": ["甲乙", ("丙",)], "b": 5}
    page.get_search_fields = lambda: [
        SearchField("parts"),
        SearchField("expires_on"),
        FilterField("live"),
        RelatedFields("department", [SearchField("name"), AutocompleteField("code")]),
        RelatedFields("successor", [SearchField("title")]),
        RelatedFields("predecessors", [SearchField("doc_number")]),
    ]
    pages[1].successor, pages[1].doc_number = page, "旧〔2020〕1号"
    pages[1].save()
    assert texts_of(page) == IndexedTexts(
        title="旧 2020 1 号", body="甲乙 乙 丙 5 发展 展改 改革 革委 委员 员会 会", autocomplete="fgw"
    )


def test_postgresql_has_the_index_and_can_drop_it():
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL only")

    def exists():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_indexes WHERE indexname = 'policy_pages_search_title_body'")
            return cursor.fetchone()[0] == 1

    assert exists()
    with connection.schema_editor() as editor:
        indexes.drop_postgres_index(apps, editor)
        assert not exists()
        indexes.create_postgres_index(apps, editor)
    assert exists()


def test_other_databases_need_no_index():
    if connection.vendor == "postgresql":
        pytest.skip("not on PostgreSQL")

    class Editor:
        connection = connection

    indexes.create_postgres_index(apps, Editor)
    indexes.drop_postgres_index(apps, Editor)
