"""Importing rows as drafts: small files of our own, and the real 275 documents where they are at hand."""

from __future__ import annotations

import pytest

from policy_pages.imports.records import simplified
from policy_pages.imports.report import IMPORTED
from policy_pages.imports.services import import_file
from policy_pages.models import ApplicationGuidePage, PolicyDocumentPage
from policy_pages.tests.import_rows import DOCUMENT, GUIDE, shown_text

# --- Documents and guides -----------------------------------------------------------------------------------


def test_a_document_becomes_a_draft_with_its_facts(kjj, write):
    report = import_file(path=write(DOCUMENT))
    page = PolicyDocumentPage.objects.get()
    assert report.counts() == {
        "rows": 1, "imported": 1, "contradictory": 0, "incomplete": 1, "existing": 0, "skipped": 0,
    }  # fmt: skip
    assert (page.live, page.has_unpublished_changes, page.is_stock) == (False, True, False)
    assert page.latest_revision.user is None
    assert (page.department, page.source_id, page.slug) == (kjj, "a-1", "wj-1")
    assert page.doc_number == "锡科发〔2026〕3号"
    assert [str(day) for day in (page.issued_on, page.effective_on)] == ["2026-03-02", "2026-04-01"]
    assert page.written_on is page.expires_on is page.repealed_on is None
    assert page.document_status == "in_force"
    assert (page.genre, page.summary, page.index_number) == ("", "", "")
    assert page.source_url == "https://example.gov.cn/1"
    assert page.source_name == "市政府网站。来源发布日期：2026-03-05"
    assert [block.block_type for block in page.body] == ["chapter", "article", "article"]
    assert page.body[2].value["text"].source == "<p>补助&lt;10%。</p>"
    assert report.outcomes[0].missing == ["成文日期"]


def test_a_guide_becomes_a_draft_with_rows(kjj, write):
    import_file(path=write(GUIDE, DOCUMENT))
    page = ApplicationGuidePage.objects.get()
    assert [row.value["text"] for row in page.conditions] == ["在本市登记", "有研发投入"]
    assert [row.value["name"] for row in page.materials] == ["申请表"]
    assert [(row.value["name"], row.value["description"]) for row in page.steps] == [("受理", "窗口收件"), ("审核", "")]
    assert (page.promised_limit, page.promised_unit, page.promised_note) == (10, "working_days", "不含公示")
    assert (page.statutory_limit, page.statutory_unit) == (20, "working_days")
    assert page.responsible_division == "高新技术处"
    assert [(row.value["number"], row.value["contact"]) for row in page.hotlines] == [
        ("0510-81820000", ""),
        ("81820001", "高新处"),
    ]
    assert (page.window_type, page.window_note) == ("year_round", "随时可报")
    assert (page.amount_text, page.service_object) == ("最高50万元", "本市企业")
    assert page.basis_text.split("\n") == [
        "《关于支持企业研发的若干措施》",
        "苏科规〔2020〕8号",
        "文号：锡科发〔2026〕3号",
    ]
    assert [basis.document.source_id for basis in page.bases.all()] == ["a-1"]
    assert page.missing_elements() == []


def test_nothing_is_invented_where_the_source_is_silent(kjj, write):
    report = import_file(path=write({"id": "g-2", "kind": "guide", "title": "贴息", "issuing_organ": "科学技术局"}))
    page = ApplicationGuidePage.objects.get()
    assert report.outcomes[0].missing == [
        "申报条件", "申报材料", "办理流程", "承诺时限", "责任处室", "咨询电话", "申报期限类型",
    ]  # fmt: skip
    assert (page.window_type, page.fee, page.promised_limit, page.no_materials) == ("", "", None, False)
    import_file(path=write({**GUIDE, "id": "g-3"}))
    page = ApplicationGuidePage.objects.get(source_id="g-3")
    assert page.conditions[0].value["kind"] == ""
    material = page.materials[0].value
    assert (material["necessity"], material["form"], material["source"], material["copies"]) == ("", "", "", None)
    assert page.hotlines[0].value["hours"] == ""


def test_structured_lines_fill_the_columns_of_rows(kjj, write):
    lines = {
        "materials": ["营业执照｜必要｜复印件｜2｜数据共享，免提交｜加盖公章", "其他｜看情况"],
        "steps": ["评审｜高新处｜5个工作日｜专家评审", "公示"],
    }
    import_file(path=write({**GUIDE, **lines}))
    page = ApplicationGuidePage.objects.get()
    first, second = (row.value for row in page.materials)
    assert (first["name"], first["necessity"], first["form"], first["copies"], first["source"], first["note"]) == (
        "营业执照", "required", "copy", 2, "shared", "加盖公章",
    )  # fmt: skip
    assert (second["name"], second["necessity"]) == ("其他", "")
    step = page.steps[0].value
    assert (step["name"], step["actor"], step["limit"], step["description"]) == (
        "评审", "高新处", "5个工作日", "专家评审",
    )  # fmt: skip


def test_what_is_too_long_for_its_field_stays_whole(kjj, write):
    long = "支持企业研发。" * 60
    import_file(
        path=write(
            {**DOCUMENT, "body": None, "digest": long},
            {**GUIDE, "digest": long, "materials": [long], "steps": [long], "target_enterprises": long},
        )
    )
    document, guide = PolicyDocumentPage.objects.get(), ApplicationGuidePage.objects.get()
    assert len(document.summary) <= 300
    assert document.summary.endswith("…")
    assert long in shown_text(document)
    assert [row.value["answer"] for row in guide.questions] == [long, long]
    rows = [row.value for row in guide.materials]
    assert "".join(row["name"] + row["note"] for row in rows) == long
    assert all(len(row["name"]) <= 200 and len(row["note"]) <= 300 for row in rows)
    assert guide.steps[0].value["description"] in long
    assert guide.steps[0].value["name"] == "支持企业研发"


def test_a_short_digest_is_the_summary_and_facts_without_a_field_are_kept(kjj, write):
    row = {**DOCUMENT, "body": None, "body_kind": "none", "digest": "提要。", "conditions": ["本市企业", "有研发"]}
    row |= {"hotline": "12345", "window": {"type": "固定期限", "from": None, "to": "2026-05-01", "note": "网上申报"}}
    import_file(path=write(row))
    page = PolicyDocumentPage.objects.get()
    assert page.summary == "提要。"
    text = shown_text(page)
    for words in (
        "不是原文",
        "申报条件：本市企业有研发",
        "咨询电话：12345",
        "申报期限：固定期限，来源未写至2026-05-01，网上申报",
    ):
        assert words in text


def test_the_text_of_a_guide_is_kept_whole(kjj, write):
    import_file(path=write({**GUIDE, "body": "一、对象\n企业。"}))
    page = ApplicationGuidePage.objects.get()
    assert [block.value.source for block in page.body] == ["<p>一、对象</p><p>企业。</p>"]
    assert len(page.questions) == 0


def test_a_traditional_row_is_stored_simplified(kjj, write):
    row = {
        **DOCUMENT,
        "script": "hant",
        "title": "關於支持企業研發的辦法",
        "body": "第一條 為支持企業。",
        "region": "無錫",
    }
    import_file(path=write(row))
    page = PolicyDocumentPage.objects.get()
    assert page.title == "关于支持企业研发的办法"
    assert page.body[0].value["number"] == "第一条"
    assert page.body[0].value["text"].source == "<p>为支持企业。</p>"
    assert simplified({"id": "發", "window": {"note": "申報"}, "n": 1}) == {
        "id": "發",
        "window": {"note": "申报"},
        "n": 1,
    }


def test_no_address_that_is_none_becomes_a_link(kjj, write):
    report = import_file(path=write({**DOCUMENT, "source_url": "javascript:alert(1)"}))
    page = PolicyDocumentPage.objects.get()
    assert page.source_url == ""
    assert "javascript:alert(1)" in shown_text(page)
    assert "不是有效网址" in report.outcomes[0].warnings[0]


# --- Relations ----------------------------------------------------------------------------------------------


def test_a_replaced_document_names_its_successor(kjj, write):
    old = {**DOCUMENT, "id": "old", "title": "旧办法", "status": "已修订", "document_number": None}
    new = {**DOCUMENT, "id": "new", "title": "新办法", "document_number": None}
    old["relations"] = [{"type": "revised_by", "target": "new"}]
    new["relations"] = [{"type": "revises", "target": "old"}]
    import_file(path=write(old, new))
    page = PolicyDocumentPage.objects.get(source_id="old")
    assert (page.successor.source_id, page.document_status) == ("new", "amended")
    assert page.get_latest_revision_as_object().successor.source_id == "new"


def test_a_circle_of_successors_does_no_harm(kjj, write):
    rows = [
        {**DOCUMENT, "id": name, "document_number": None, "relations": [{"type": "revised_by", "target": other}]}
        for name, other in (("x", "y"), ("y", "x"), ("z", "z"))
    ]
    assert import_file(path=write(*rows)).count(IMPORTED) == 3


def test_a_repeal_day_comes_only_from_a_text_that_states_it(kjj, write):
    old = {**DOCUMENT, "id": "old", "title": "旧办法", "status": "已废止"}
    new = {
        **DOCUMENT,
        "id": "new",
        "title": "新办法",
        "body": "第九条 本办法自2026年5月1日起施行。《旧办法》同时废止。",
    }
    new["relations"] = [{"type": "repeals", "target": "old"}]
    import_file(path=write(old, new), stock=True)
    page = PolicyDocumentPage.objects.get(source_id="old")
    assert (page.document_status, str(page.repealed_on)) == ("repealed", "2026-05-01")
    assert page.repeal_reason == "第九条 本办法自2026年5月1日起施行。《旧办法》同时废止。"


@pytest.mark.parametrize(("stock", "reason"), [(True, "来源标明已废止"), (False, "")])
def test_a_repeal_without_a_day_stays_without_a_day(kjj, write, stock, reason):
    report = import_file(path=write({**DOCUMENT, "status": "已废止"}), stock=stock)
    page = PolicyDocumentPage.objects.get()
    assert (page.document_status, page.repealed_on, page.repeal_reason) == ("repealed", None, reason)
    assert "废止日期" in report.outcomes[0].missing


def test_a_successor_that_comes_later_leaves_the_old_page_alone(kjj, write):
    import_file(path=write({**DOCUMENT, "id": "old", "title": "旧办法"}))
    new = {**DOCUMENT, "id": "new", "title": "新办法", "relations": [{"type": "repeals", "target": "old"}]}
    report = import_file(path=write(new))
    assert PolicyDocumentPage.objects.get(source_id="old").successor is None
    assert "已在库中" in report.outcomes[0].warnings[0]


def test_an_ambiguous_basis_is_not_linked(kjj, gxj, write):
    twins = [{**DOCUMENT, "id": name, "document_number": None} for name in ("t-1", "t-2")]
    import_file(path=write(*twins, GUIDE))
    assert ApplicationGuidePage.objects.get().bases.count() == 0


def test_another_departments_draft_is_not_linked(kjj, gxj, write):
    import_file(path=write({**DOCUMENT, "issuing_organ": "工业和信息化局"}, GUIDE))
    assert ApplicationGuidePage.objects.get().bases.count() == 0
