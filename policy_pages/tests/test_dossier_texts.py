"""What a revision changed in its text and in what it refers to; and old and broken revisions."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pages.dossier.diffs import References, revision_lines
from policy_pages.models import ApplicationGuidePage, InterpretationPage, PolicyDocumentPage
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from accounts.models import Department

from policy_pages.tests.test_dossier_diffs import DOCUMENT_VALUES, GUIDE_VALUES, ROWS, content, guide, in_row, lines_of

# --- The text -------------------------------------------------------------------------------------------------------------


def body(*blocks: tuple[str, Any]) -> dict[str, Any]:
    return {
        "body": json.dumps([{"type": kind, "value": value, "id": str(n)} for n, (kind, value) in enumerate(blocks)])
    }


def text_lines(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return lines_of(PolicyDocumentPage, before, after)


def test_an_article_is_called_by_its_number() -> None:
    old = body(("article", {"number": "第六条", "text": "<p>每年最高五十万元。</p>"}))
    new = body(("article", {"number": "第六条", "text": "<p>每年最高八十万元。</p>"}))
    assert text_lines(old, new) == ["第六条 改为：“每年最高八十万元。”（原为：“每年最高五十万元。”）"]
    added = body(
        ("article", {"number": "第六条", "text": "<p>每年最高五十万元。</p>"}),
        ("article", {"number": "第七条", "text": "<p>本办法&amp;细则</p>"}),
    )
    assert text_lines(old, added) == ["正文：新增“第七条”：“本办法&细则”"]
    assert text_lines(added, old) == ["正文：删除“第七条”"]
    bold = body(("article", {"number": "第六条", "text": "<p>每年<b>最高</b>五十万元。</p>"}))
    assert text_lines(old, bold) == ["第六条 有改动，显示的文字相同"]


def test_chapters_paragraphs_and_sheets_are_called_by_what_they_say() -> None:
    old = body(
        ("chapter", {"number": "第一章", "title": "总则"}),
        ("paragraph", "<p>各有关单位：</p>"),
        ("sheet", {"caption": "标准表", "has_header": True, "cells": "a\tb"}),
    )
    new = body(
        ("chapter", {"number": "第一章", "title": "附则"}),
        ("paragraph", "<p>各单位：</p>"),
        ("sheet", {"caption": "标准表", "has_header": False, "cells": "a\tc"}),
    )
    assert text_lines(old, new) == [
        "第一章：章名 总则 → 附则",
        "正文“各单位：” 改为：“各单位：”（原为：“各有关单位：”）",
        "正文“标准表”：第一行是表头 是 → 否",
        "正文“标准表”：表格内容 改为：“a c”（原为：“a b”）",
    ]


def test_attachments_of_old_and_new_form_are_named(kjj: Department) -> None:
    first, second = f.make_file(kjj, title="申请表"), f.make_file(kjj, title="样表")
    page = f.make_document(kjj)
    old = body(("attachments", [{"file": first.pk, "label": ""}]))
    new = body(("attachments", [{"type": "item", "id": "q", "value": {"file": second.pk, "label": "样表一"}}]))
    lines = References(page).resolve({1: revision_lines(type(page), old, new)})[1]
    assert lines == [
        f"正文“附件列表”：附件列表：删除“申请表（附件 {first.pk}）”",
        f"正文“附件列表”：附件列表：新增“样表（附件 {second.pk}）”",
    ]


# --- Things by their names ----------------------------------------------------------------------------------------------


def test_things_are_named_and_another_departments_draft_is_not(kjj: Department, gxj: Department) -> None:
    own, secret = f.make_document(kjj, title="本单位的草稿"), f.make_document(gxj, title="金丝雀")
    public = f.make_public(f.make_document(gxj, title="工信公开的办法"))
    page = f.make_guide(kjj)
    after = {
        "bases": [
            {"pk": n, "document": pk, "clause": "第一条"}
            for n, pk in enumerate([own.pk, secret.pk, public.pk, 999_999])
        ],
        "change": own.change_id,
    }
    told = "\n".join(References(page).resolve({1: revision_lines(type(page), {"change": secret.change_id}, after)})[1])
    for word in (
        "依据文件：新增“本单位的草稿”",
        "依据文件：新增“工信公开的办法”",
        f"页面 {secret.pk}",
        "页面 999999",
        own.change.title,
    ):
        assert word in told, word
    assert f"变更登记 {secret.change_id} →" in told
    assert "金丝雀" not in told


def test_a_published_file_stands_with_its_hash_and_a_deleted_one_with_its_number(kjj: Department) -> None:
    form, gone = f.make_file(kjj), f.make_file(kjj, data=b"%PDF-1.4 gone", title="旧表")
    page = f.make_public(f.make_guide(kjj, materials=[("material", f.material("申请表", blank_form=form))]))
    before, after = page.live_revision.content, copy.deepcopy(page.live_revision.content)
    rows = json.loads(after["materials"])
    rows[0]["value"]["blank_form"] = gone.pk
    after["materials"] = json.dumps(rows)
    gone.delete()
    (line,) = References(page).resolve({1: revision_lines(type(page), before, after)})[1]
    assert (
        line
        == f"申报材料“申请表”：空表 申请表（附件 {form.pk}，散列 {form.sha256()[:12]}） → 附件 {rows[0]['value']['blank_form']}"
    )


def test_a_real_revision_against_itself_and_against_the_next(kjj: Department) -> None:
    page = f.make_guide(kjj)
    before = page.latest_revision.content
    page = f.save_draft(page, promised_limit=15)
    after = page.latest_revision.content
    assert revision_lines(type(page), before, before) == []
    assert revision_lines(type(page), before, after) == ["承诺时限 10 → 15 个工作日"], (
        "and nothing of Wagtail's own bookkeeping"
    )


# --- Old and broken revisions -----------------------------------------------------------------------------------------


def test_a_revision_from_before_a_field_had_the_field_s_default() -> None:
    old = {
        name: value for name, value in guide().items() if name not in {"fee", "no_materials", "visits", "promised_unit"}
    }
    assert lines_of(ApplicationGuidePage, old, guide()) == []


def test_fields_and_blocks_that_are_no_more_are_told_under_their_old_name() -> None:
    old = {**guide(), "retired": "甲", **body(("retired_block", {"a": 1}))}
    new = {**guide(), "retired": "乙", **body(("retired_block", {"a": 2}))}
    assert lines_of(ApplicationGuidePage, old, new) == [
        '正文“已停用的内容块” 改为：“{"a": 2}”（原为：“{"a": 1}”）',
        "已停用的项目“retired” 甲 → 乙",
    ]
    extra = guide()
    in_row(extra, "materials", "colour", "红")
    assert lines_of(ApplicationGuidePage, guide(), extra) == ["申报材料“营业执照”：已停用的项目“colour” （空） → 红"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "value", "id", "text", "file", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)
NAMES = [*GUIDE_VALUES, *ROWS, "body", "bases", "promised_unit", "change", "pk", "nothing"]
BLOCK = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["article", "paragraph", "sheet", "attachments", "material", "gone"]),
        "value": JSON,
        "id": JSON,
    }
)
VALUE = JSON | st.lists(BLOCK, max_size=3) | st.lists(BLOCK, max_size=3).map(json.dumps)


@given(st.dictionaries(st.sampled_from(NAMES), VALUE), st.dictionaries(st.sampled_from(NAMES), VALUE))
def test_nothing_that_may_stand_in_a_revision_breaks_the_diff(before: dict[str, Any], after: dict[str, Any]) -> None:
    for model in (ApplicationGuidePage, PolicyDocumentPage, InterpretationPage):
        assert all(isinstance(line, str) for line in lines_of(model, before, after))
        assert lines_of(model, after, copy.deepcopy(after)) == []


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        "x",
        {"body": "{"},
        {"amount_max": "1e999999"},
        {"amount_max": "NaN"},
        {"go_live_at": "2026-99-99T00:00:00Z"},
    ],
)
def test_a_broken_revision_is_no_error(broken: Any) -> None:
    assert isinstance(lines_of(ApplicationGuidePage, broken, guide()), list)
    assert isinstance(lines_of(ApplicationGuidePage, guide(), broken), list)


def test_a_mark_typed_by_hand_names_nothing(kjj: Department) -> None:
    page = f.make_document(kjj)
    typed = {**content(DOCUMENT_VALUES), "title": "\x01page:1\x02"}
    (line,) = References(page).resolve({1: lines_of(PolicyDocumentPage, content(DOCUMENT_VALUES), typed)})[1]
    assert line == "标题 甲办法 → page:1"
