"""Texts from other times: fields and blocks that came or went, values of other shapes, never an error and nothing lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy_pages.models import ApplicationGuidePage, PolicyDocumentPage
from policy_pages.tests import factories as f
from policy_pages.tests.public_reading import in_order, words
from policy_pages.tests.test_versions_pages import main
from policy_pages.tests.versions_world import address, make_amended, publish_again, record_of, rewrite, stored, write
from policy_pages.versions.streams import Links, linked_pages, rebuilt
from tests.scenes import scene

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

ADDRESSES = ("", "1/", "1..2/")
NO_LINKS = Links({}, set())
BODY = PolicyDocumentPage._meta.get_field("body").stream_block
MATERIALS = ApplicationGuidePage._meta.get_field("materials").stream_block


@pytest.fixture
def amended(kjj: Department) -> Any:
    return scene("document of two versions", lambda: make_amended(kjj))


@pytest.fixture
def guide(kjj: Department) -> Any:
    def make() -> Any:
        page = f.make_public(f.make_guide(kjj))
        return publish_again(page, summary="改过的摘要")

    return scene("guide of two versions", make)


def texts(client: Client, page: Any) -> dict[str, str]:
    """All three pages about versions, each without an error."""
    return {below: words(main(client, address(page, below))) for below in ADDRESSES}


def test_a_field_of_that_time_does_no_harm_and_is_not_told(client: Client, amended: Any) -> None:
    rewrite(amended, seal_number="内部编号 77", another={"deep": [1]})
    for text in texts(client, amended).values():
        assert "内部编号" not in text, "whether the public ever read it is not known any more"


def test_a_field_that_came_later_reads_as_its_default(client: Client, amended: Any) -> None:
    rewrite(amended, document_status=None, summary=None, editor_in_charge=None, attachments=None, body=None)
    found = texts(client, amended)
    assert "执行中" in found["1/"]
    assert "新增第一条" in found[""]


def test_a_kind_of_block_that_is_no_more_stands_as_its_words_in_its_place(client: Client, amended: Any) -> None:
    body = stored(
        ("article", {"number": "第一条", "text": "<p>前</p>"}),
        ("video", {"caption": "短片<b>说明</b>", "seconds": 30, "is_live": True, "parts": ["其一", None]}),
        ("article", {"number": "第二条", "text": "<p>后</p>"}),
    )
    rewrite(amended, body=body)
    found = texts(client, amended)
    assert in_order(found["1/"], "前", "短片 说明", "30", "其一", "第二条", "后")
    assert "已停用的内容块" in found["1..2/"]


def test_what_no_block_of_an_element_can_take_stands_at_the_end(client: Client, guide: Any) -> None:
    rewrite(guide, conditions=stored(("points", {"text": "积分满 60 分"}), "散落的一句"))
    assert in_order(
        texts(client, guide)["1/"], "本版中现已停用的栏目", "申报条件：积分满 60 分", "申报条件：散落的一句"
    )


def test_a_value_of_a_field_that_cannot_be_read_stands_as_it_is(client: Client, guide: Any) -> None:
    facts = {
        "window_end": "三月底",
        "amount_max": "约五十万",
        "promised_limit": "二十",
        "visits": {"x": 1},
        "window_decided_on": "某日",
    }
    rewrite(guide, **facts)
    text = texts(client, guide)["1/"]
    assert in_order(text, "本版中现已停用的栏目", "申报截止日期：三月底", "约五十万", "承诺时限：二十")
    assert "某日" not in text, "internal"


@pytest.mark.parametrize("value", [None, "", "文字", 7, [], {}, [None], [[]], ["a", 1], {"type": "article"}, True])
@pytest.mark.parametrize(
    "field", ["title", "body", "issued_on", "successor", "attachments", "document_status", "summary"]
)
def test_no_value_of_any_shape_is_an_error_in_a_document(client: Client, amended: Any, field: str, value: Any) -> None:
    content = {**json.loads(record_of(amended).content), field: value}
    write(amended, json.dumps(content))
    texts(client, amended)


@pytest.mark.parametrize(
    "value", [None, "文字", 7, {"document": 1}, [7], [{"document": "x"}], [{"document": 10**30, "sort_order": "a"}]]
)
def test_no_rows_of_any_shape_are_an_error(client: Client, guide: Any, value: Any) -> None:
    content = {**json.loads(record_of(guide).content), "bases": value, "steps": value, "hotlines": value}
    write(guide, json.dumps(content))
    texts(client, guide)


def test_the_rows_of_a_guide_keep_their_order_and_clause(client: Client, kjj: Department) -> None:
    documents = [f.make_public(f.make_document(kjj, title=f"依据{name}")) for name in "甲乙"]
    page = publish_again(f.make_public(f.make_guide(kjj)), summary="改")
    rows = [
        {"pk": 1, "document": documents[0].pk, "sort_order": 2, "clause": "第一条"},
        {"pk": 2, "document": documents[1].pk, "sort_order": 1},
        {"pk": 3, "document": 999_999, "sort_order": 0, "clause": "第九条"},
    ]
    rewrite(page, bases=rows)
    text = words(main(client, address(page, "1/"))).split("依据文件", 1)[1]
    assert in_order(text, "依据乙", "依据甲", "第一条")
    assert "第九条" not in text


def test_a_file_whose_row_is_gone_is_still_named(client: Client, amended: Any) -> None:
    gone = [{"id": 987, "title": "很早的表", "filename": "old.pdf", "sha256": "a" * 64}, {"id": "x"}, "y"]
    body = stored(
        (
            "attachments",
            [{"file": 987, "label": ""}, {"type": "item", "id": "1", "value": {"file": 988, "label": "无"}}],
        )
    )
    rewrite(amended, attachments=gone, body=body)
    assert in_order(texts(client, amended)["1/"], "很早的表", "PDF · 属于早先的版本，不再提供下载")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "value", "id", "number", "text", "file", "cells"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)
BLOCKS = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["article", "chapter", "paragraph", "sheet", "attachments", "gone"]), "value": JSON}
    )
    | JSON,
    max_size=4,
)


@given(BLOCKS)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_a_body_was_it_becomes_blocks_of_today(blocks: Any) -> None:
    for raw in (blocks, json.dumps(blocks)):
        value, left = rebuilt(BODY, raw, NO_LINKS)
        assert left == []
        for block in value:
            assert isinstance(block.render(), str)


def test_words_of_a_body_that_is_no_json_are_kept() -> None:
    value, left = rebuilt(BODY, "不是 <JSON>", NO_LINKS)
    assert [block.value.source for block in value] == ["<p>不是</p>"] or left == []
    assert rebuilt(MATERIALS, "不是 JSON", NO_LINKS)[1] == ["不是 JSON"]
    assert rebuilt(MATERIALS, [{"type": "gone", "value": None}], NO_LINKS)[1] == []


def test_links_to_what_is_not_public_are_taken_out_and_others_stay() -> None:
    html = (
        '<p><a id="1" linktype="page">甲</a><a linktype="page" id="2">乙</a><a href="https://example.com/">丙</a>'
        '<a linktype="document" id="3">丁</a><a linktype="email" href="x">戊</a><a linktype="page">己</a></p>'
    )
    assert Links({}, {1}).kept(html) == (
        '<p><a id="1" linktype="page">甲</a>乙<a href="https://example.com/">丙</a>'
        '丁（附件属于早先的版本，不再提供下载）<a linktype="email" href="x">戊</a>己</p>'
    )
    assert linked_pages(json.dumps(html)) == {1, 2}
    assert linked_pages(None) == set()
