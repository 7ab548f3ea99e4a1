"""Importing rows as drafts: small files of our own, and the real 275 documents where they are at hand."""

from __future__ import annotations

import html
import json
import re

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from audit.models import Event
from audit.services import verify_chain
from policy_pages.imports import services
from policy_pages.imports.records import RowError, read_record, simplified
from policy_pages.imports.report import EXISTING, IMPORTED, SKIPPED
from policy_pages.imports.services import ImportFileError, import_file
from policy_pages.models import ApplicationGuidePage, PolicyDocumentPage, PolicyPage

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


# --- Contradictions -----------------------------------------------------------------------------------------


CONTRADICTORY = [
    ({**DOCUMENT, "effective_on": "2026-05-01", "expires_on": "2026-04-01"}, "失效日期早于施行日期"),
    ({**DOCUMENT, "written_on": "2026-03-09"}, "印发日期早于成文日期"),
    ({**DOCUMENT, "published_on": "2026-03-01"}, "来源发布日期早于印发日期"),
    ({**DOCUMENT, "issued_on": "2090-01-01"}, "印发日期 2090-01-01 晚于今天"),
    ({**DOCUMENT, "effective_on": None, "expires_on": "2020-01-01"}, "失效日期 2020-01-01 已过"),
    ({**GUIDE, "window": {"type": "固定期限", "from": "2026-05-01", "to": "2026-04-01"}}, "截止日期早于开始日期"),
    ({**GUIDE, "window": {"type": "常年申报", "to": "2026-04-01"}}, "常年申报没有截止日期"),
    ({**GUIDE, "window": {"type": "待定", "from": "2026-04-01"}}, "期限待定的事项不能填写日期"),
    ({**GUIDE, "time_limit": "30个工作日"}, "不得超过法定时限"),
    ({**GUIDE, "statutory_limit": "20日"}, "单位不同"),
]


@pytest.mark.parametrize(("row", "words"), CONTRADICTORY, ids=[words for _row, words in CONTRADICTORY])
def test_a_contradictory_row_is_a_draft_with_a_warning(kjj, write, row, words):
    report = import_file(path=write(row))
    assert report.counts()["imported"] == report.counts()["contradictory"] == 1
    assert words in "；".join(report.outcomes[0].conflicts)
    assert "矛盾：" in report.outcomes[0].line()


def test_one_number_of_two_documents(kjj, write):
    other = {**DOCUMENT, "id": "a-2", "title": "另一份文件", "document_number": "苏府〔2020〕1号；锡科发〔2026〕3号"}
    report = import_file(path=write(DOCUMENT, other))
    assert len(report.contradictory) == 2
    assert "文号“锡科发〔2026〕3号”与《另一份文件》相同" in report.outcomes[0].line()
    later = import_file(path=write({**DOCUMENT, "id": "a-3", "issued_on": "2026-03-04"}))
    assert "日期不同" in later.outcomes[0].line()
    again = import_file(path=write({**DOCUMENT, "id": "a-4"}))
    assert "可能重复" in again.outcomes[0].line()


def test_a_guide_may_carry_the_number_of_its_document(kjj, write):
    assert not import_file(path=write(DOCUMENT, GUIDE)).contradictory


def test_a_fixed_window_without_a_date_is_missing_not_contradictory(kjj, write):
    report = import_file(path=write({**GUIDE, "window": {"type": "固定期限", "to": "2026-04-01"}}))
    page = ApplicationGuidePage.objects.get()
    assert (page.window_type, page.window_start, str(page.window_end)) == ("fixed_window", None, "2026-04-01")
    assert report.outcomes[0].conflicts == []
    assert report.outcomes[0].missing == ["申报开始日期"]


# --- Rows that stay out -------------------------------------------------------------------------------------


SKIPPED_ROWS = [
    ({**DOCUMENT, "id": None}, "缺少编号"),
    ({**DOCUMENT, "title": " "}, "缺少标题"),
    ({**DOCUMENT, "kind": None}, "缺少类别"),
    ({**DOCUMENT, "kind": "law"}, "类别“law”无法识别"),
    ({**DOCUMENT, "title": {"a": 1}}, "应为文字"),
    ({**GUIDE, "conditions": [{"a": 1}]}, "应为文字"),
    ({**GUIDE, "window": {"note": {"a": 1}}}, "应为文字"),
    ({**DOCUMENT, "issuing_organ": "火星局"}, "制发机关“火星局”没有对应的单位"),
    ({**DOCUMENT, "issuing_organ": None}, "没有写制发机关"),
    ({**DOCUMENT, "title": "长" * 256}, "标题有 256 字"),
    ({**DOCUMENT, "index_number": "长" * 61}, "索引号"),
    ({**DOCUMENT, "id": "长" * 121}, "来源编号"),
    ('{"id": "broken"', "不是一条完整的 JSON 记录"),
    ("[1]", "不是一条记录"),
    ('{"id": "a", "kind": "policy", "title": "\\ud800"}', "残缺字符"),
]


@pytest.mark.parametrize(("row", "words"), SKIPPED_ROWS, ids=[words for _row, words in SKIPPED_ROWS])
def test_a_bad_row_is_skipped_with_its_reason_and_stops_no_other(kjj, write, row, words):
    good = {**DOCUMENT, "id": "good", "document_number": None}
    report = import_file(path=write(row, "", good))
    assert [outcome.status for outcome in report.outcomes] == [SKIPPED, IMPORTED]
    assert words in report.outcomes[0].reason
    assert report.outcomes[0].place == "第 1 行"
    assert report.outcomes[1].place == "第 3 行"
    assert PolicyDocumentPage.objects.get().source_id == "good"


UNREADABLE = [
    ({**DOCUMENT, "issued_on": "2026年3月"}, "印发日期：“2026年3月”不是一个完整的日期，未导入"),
    ({**DOCUMENT, "status": "征求意见"}, "文件状态“征求意见”"),
    ({**DOCUMENT, "genre": "诗歌"}, "体裁“诗歌”"),
    ({**DOCUMENT, "relations": "revises x"}, "关系无法识别"),
    ({**DOCUMENT, "relations": [{"type": "likes", "target": "x"}]}, "“likes x”无法识别"),
    ({**GUIDE, "window": "常年"}, "申报期限的写法无法识别"),
    ({**GUIDE, "window": {"type": "随缘"}}, "申报期限类型“随缘”无法识别"),
]


@pytest.mark.parametrize(("row", "words"), UNREADABLE, ids=[words for _row, words in UNREADABLE])
def test_what_cannot_be_read_is_left_empty_and_told(kjj, write, row, words):
    report = import_file(path=write(row))
    assert report.count(IMPORTED) == 1
    assert words in "；".join(report.outcomes[0].warnings)


def test_a_row_that_the_database_refuses_is_skipped(kjj, write, monkeypatch):
    from django.db import IntegrityError

    def refuse(*args, **kwargs):
        raise IntegrityError("no")

    monkeypatch.setattr(services, "record_page_event", refuse)
    report = import_file(path=write(DOCUMENT))
    assert report.outcomes[0].reason == "数据库不接受这条记录：no"
    assert not PolicyDocumentPage.objects.exists()


def test_record_errors_are_sentences():
    with pytest.raises(RowError, match="缺少编号"):
        read_record({}, "第 1 行")


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
    path = write(DOCUMENT, GUIDE, {**GUIDE, "id": None}, CONTRADICTORY[0][0] | {"id": "c", "document_number": None})
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


# --- Files and command --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.jsonl", b"", "文件是空的"),
        ("a.jsonl", b"\n \n", "文件是空的"),
        ("a.jsonl", "标题".encode("gbk"), "不是 UTF-8"),
        ("a.jsonl", b"hello\n", "没有一条可读的记录"),
        ("a.jsonl", b"PK\x03\x04rest", "与扩展名不符"),
        ("a.jsonl", b"\xd0\xcf\x11\xe0rest", "旧版 .xls"),
        ("a.txt", b"{}", "只能导入"),
    ],
)
def test_a_file_that_cannot_be_read_says_so(db, tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CommandError, match=words):
        call_command("import_policies", str(path))


def test_a_file_that_is_not_there(db, tmp_path):
    with pytest.raises(CommandError, match="打不开文件"):
        call_command("import_policies", str(tmp_path / "none.jsonl"))


def test_a_file_that_is_too_large(db, write, monkeypatch):
    monkeypatch.setattr("policy_pages.imports.files.SIZE_LIMIT", 10)
    with pytest.raises(CommandError, match="请拆分后导入"):
        call_command("import_policies", str(write(DOCUMENT)))


def test_the_command_reports_every_row(kjj, write, capsys):
    path = write(DOCUMENT, {**GUIDE, "materials": None}, {**GUIDE, "id": None})
    call_command("import_policies", str(path), dry_run=True)
    printed = capsys.readouterr().out
    assert "试运行，未写入任何数据。共 3 条：导入 2 条" in printed
    assert not PolicyPage.__subclasses__()[0].objects.exists()
    call_command("import_policies", str(path))
    printed = capsys.readouterr().out
    assert "第 1 行 a-1 《关于支持企业研发的若干措施》 已导入草稿（科学技术局）" in printed
    assert "缺少：申报材料" in printed
    assert "跳过：缺少编号" in printed
    assert "共 3 条：导入 2 条（其中内容矛盾 0 条、内容待补 2 条），已存在 0 条，跳过 1 条。" in printed


# --- The real documents -------------------------------------------------------------------------------------


@needs_real_file
@pytest.mark.slow
def test_all_real_documents_are_accounted_for_and_none_loses_a_character(kjj):
    rows = [json.loads(line) for line in REAL_FILE.read_text(encoding="utf-8").splitlines()]
    report = import_file(path=REAL_FILE, department_code="kjj", stock=True)
    assert (len(rows), report.count(IMPORTED)) == (275, 275)
    assert {outcome.source_id for outcome in report.contradictory} == {"bp-064-p767", "bp-065-p769"}
    pages = {
        page.source_id: page for model in (PolicyDocumentPage, ApplicationGuidePage) for page in model.objects.all()
    }
    assert len(pages) == 275
    for row in rows:
        page = pages[row["id"]]
        wanted = simplified(row) if row["script"] == "hant" else row
        assert isinstance(page, ApplicationGuidePage) == (row["kind"] == "guide"), row["id"]
        assert re.sub(r"\s", "", wanted["body"] or "") in shown_text(page), row["id"]
        assert (page.is_stock, page.live, page.department_id) == (True, False, kjj.pk)
        assert (page.title, page.source_url) == (wanted["title"], row["source_url"] or "")
    guide = pages["gz-pension-claim-2025"]
    assert (guide.promised_limit, guide.statutory_limit) == (10, 20)
    repealed = pages["law-gtgsh-2016"]
    assert (str(repealed.repealed_on), repealed.successor.source_id) == ("2022-11-01", "law-gtgsh-2022")
    before = table_counts()
    again = import_file(path=REAL_FILE, department_code="kjj", stock=True)
    assert again.count(EXISTING) == 275
    after = table_counts()
    assert {table for table in after if after[table] != before[table]} == {"audit_event"}
