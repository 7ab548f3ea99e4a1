"""Importing rows as drafts: small files of our own, and the real 275 documents where they are at hand."""

from __future__ import annotations

import html
import json
import re

import pytest
from django.conf import settings
from django.db import connection

from audit.models import Event
from audit.services import verify_chain
from policy_pages.imports.records import simplified
from policy_pages.imports.report import EXISTING, IMPORTED, SKIPPED
from policy_pages.imports.services import ImportFileError, import_file
from policy_pages.models import ApplicationGuidePage, PolicyDocumentPage

REAL_FILE = settings.BASE_DIR.parent / "shared" / "data" / "policies.jsonl"
needs_real_file = pytest.mark.skipif(not REAL_FILE.exists(), reason=f"the real documents are not here: {REAL_FILE}")

DOCUMENT = {
    "id": "a-1",
    "kind": "policy",
    "title": "关于支持企业研发的若干措施",
    "issuing_organ": "科学技术局",
    "document_number": "锡科发[2026]3 号",
    "issued_on": "2026年3月2日",
    "published_on": "2026/3/5",
    "effective_on": "2026-04-01",
    "status": "有效",
    "topics": ["科技创新"],
    "region": "江苏省无锡市",
    "body": "第一章 总则\n第一条 为支持企业研发，制定本措施。\n第二条 补助<10%。",
    "source_url": "https://example.gov.cn/1",
    "source_note": "市政府网站",
}
GUIDE = {
    "id": "g-1",
    "kind": "guide",
    "title": "企业研发后补助",
    "issuing_organ": "科学技术局",
    "conditions": ["在本市登记", "有研发投入"],
    "materials": ["申请表"],
    "steps": ["受理。窗口收件", "审核"],
    "time_limit": "10个工作日（不含公示）",
    "statutory_limit": "20个工作日",
    "responsible_office": "高新技术处",
    "hotline": "0510-81820000、高新处：81820001",
    "window": {"type": "常年", "from": None, "to": None, "note": "随时可报"},
    "funding": "最高50万元",
    "target_enterprises": "本市企业",
    "basis": ["《关于支持企业研发的若干措施》", "苏科规〔2020〕8号"],
    "document_number": "锡科发〔2026〕3号",
}


def write_rows(path, *rows):
    """Write rows as a JSON Lines file; a row that is a string stands as it is."""
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def write(tmp_path):
    """Write rows into a file of the test's own."""
    return lambda *rows: write_rows(tmp_path / "rows.jsonl", *rows)


def table_counts():
    """Rows of every table, whoever made it."""
    with connection.cursor() as cursor:
        counts = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 -- our own names
            counts[table] = cursor.fetchone()[0]
    return counts


def shown_text(page):
    """The characters that a reader of the page's blocks sees, blanks aside."""
    if isinstance(page, ApplicationGuidePage):
        raw = "".join(row.value["answer"] for row in page.questions)
        return re.sub(r"\s", "", raw)
    parts = []
    for block in page.body:
        values = [block.value] if block.block_type == "paragraph" else list(block.value.values())
        parts += [getattr(value, "source", value) for value in values]
    return re.sub(r"\s", "", html.unescape(re.sub(r"</?p>", "", "".join(parts))))


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
    (row,) = ApplicationGuidePage.objects.get().questions
    assert row.value["answer"] == "一、对象\n企业。"


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


# --- Departments --------------------------------------------------------------------------------------------


def test_organs_find_their_department_by_name_short_name_or_alias(kjj, gxj, write):
    kjj.other_names = "科委\n科学技术委员会"
    kjj.short_name = "科技局"
    kjj.save()
    organs = ["科学技术局", "科技局", "科委", "市财政局、科学技术委员会", "工业和信息化局、科学技术局"]
    rows = [
        {**DOCUMENT, "id": str(n), "document_number": None, "issuing_organ": organ} for n, organ in enumerate(organs)
    ]
    report = import_file(path=write(*rows))
    assert [outcome.department for outcome in report.outcomes] == ["科技局"] * 4 + ["工业和信息化局"]


def test_the_named_department_takes_the_rest(kjj, gxj, write):
    rows = [{**DOCUMENT, "issuing_organ": "火星局"}, {**GUIDE, "issuing_organ": "工业和信息化局"}]
    import_file(path=write(*rows), department_code="kjj")
    assert PolicyDocumentPage.objects.get().department == kjj
    assert ApplicationGuidePage.objects.get().department == gxj


@pytest.mark.parametrize("code", ["nobody", "spj"])
def test_a_department_without_section_takes_nothing(kjj, write, code):
    with pytest.raises(ImportFileError, match="没有代码为"):
        import_file(path=write(DOCUMENT), department_code=code)


# --- Repetition and dry run ---------------------------------------------------------------------------------


def test_the_second_run_changes_nothing(kjj, write):
    path = write(DOCUMENT, GUIDE)
    import_file(path=path)
    before = table_counts()
    report = import_file(path=path)
    after = table_counts()
    assert [outcome.status for outcome in report.outcomes] == [EXISTING, EXISTING]
    assert {table for table in after if after[table] != before[table]} == {"audit_event"}
    assert after["audit_event"] - before["audit_event"] == 1  # the run itself
    assert "已存在" in report.outcomes[0].line()


def test_one_id_twice_in_a_file(kjj, gxj, write):
    report = import_file(
        path=write(DOCUMENT, {**DOCUMENT, "title": "别的"}, {**DOCUMENT, "issuing_organ": "工业和信息化局"})
    )
    assert [outcome.status for outcome in report.outcomes] == [IMPORTED, SKIPPED, IMPORTED]
    assert "编号重复" in report.outcomes[1].reason


def test_a_dry_run_writes_nothing_and_reports_the_same(kjj, write):
    path = write(
        DOCUMENT,
        GUIDE,
        {**GUIDE, "id": None},
        {**DOCUMENT, "id": "c", "document_number": None, "published_on": "2026-03-01"},
    )
    before = table_counts()
    trial = import_file(path=path, dry_run=True)
    assert table_counts() == before
    real = import_file(path=path)
    assert trial.counts() == real.counts()
    for outcome in (*trial.outcomes, *real.outcomes):
        outcome.page_id = None
    assert trial.outcomes == real.outcomes


def test_every_import_leaves_its_events(kjj, write):
    import_file(path=write(DOCUMENT, {**GUIDE, "id": None}), stock=True)
    (page_event,) = Event.objects.filter(action="page.imported")
    (run_event,) = Event.objects.filter(action="import.finished")
    assert page_event.department_code == "kjj"
    source = json.loads(page_event.payload_json)
    assert (source["topics"], source["region"], source["published_on"]) == (["科技创新"], "江苏省无锡市", "2026-03-05")
    counts = json.loads(run_event.payload_json)
    assert (counts["imported"], counts["skipped"], counts["stock"]) == (1, 1, True)
    assert run_event.object_label == "rows.jsonl"
    assert PolicyDocumentPage.objects.get().is_stock
    assert verify_chain().ok
