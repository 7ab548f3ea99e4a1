"""The Excel template and whatever people make of it."""

from __future__ import annotations

import datetime
import io
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from openpyxl import Workbook, load_workbook

from policy_pages.imports import xlsx
from policy_pages.imports.files import ImportFileError, read_rows
from policy_pages.imports.services import import_file
from policy_pages.imports.xlsx import DOCUMENTS, EXPLANATION, GUIDES, SHEETS, write_template
from policy_pages.models import ApplicationGuidePage, PolicyDocumentPage

DOCUMENT = {
    "编号": "w-1",
    "标题": "关于支持技术改造的通知",
    "制发机关": "科学技术局",
    "文号": "锡科发[2026]8号",
    "印发日期": datetime.datetime(2026, 3, 2),
    "成文日期": "2026年3月1日",
    "体裁": "通知",
    "主题标签": "科技创新、工业",
    "正文": "各单位：\n一、范围\n企业。",
}
GUIDE = {
    "编号": 12,
    "事项名称": "技术改造贴息",
    "责任单位": "科学技术局",
    "依据文件": "关于支持技术改造的通知",
    "申报期限类型": "固定期限",
    "申报开始日期": "2026/4/1",
    "申报截止日期": datetime.date(2026, 5, 1),
    "申报条件": "在本市登记\n有项目备案",
    "申报材料": "申请表｜必要｜原件｜1",
    "办理流程": "受理\n审核",
    "承诺时限": "15个工作日",
    "责任处室": "工业处",
    "咨询电话": 81820000,
}


@pytest.fixture
def book(tmp_path):
    """Write a workbook: sheet name → rows of header → value, or raw rows."""

    def make(**sheets):
        workbook = Workbook()
        workbook.remove(workbook.active)
        for name, rows in sheets.items():
            sheet = workbook.create_sheet(name)
            if rows and isinstance(rows[0], dict):
                headers = list(dict.fromkeys(key for row in rows for key in row))
                rows = [headers, *([row.get(key) for key in headers] for row in rows)]
            for row in rows:
                sheet.append(row)
        path = tmp_path / "rows.xlsx"
        workbook.save(path)
        return path

    return make


def values(path):
    """What the reader makes of a file: the values of every row."""
    return [row.values for row in read_rows(path)[0]]


# --- The template -------------------------------------------------------------------------------------------


def test_the_template_has_the_documented_sheets_and_columns(tmp_path):
    path = tmp_path / "模板.xlsx"
    call_command("import_template", str(path))
    workbook = load_workbook(path)
    assert workbook.sheetnames == [DOCUMENTS, GUIDES, EXPLANATION]
    handbook = (Path(settings.BASE_DIR) / "docs" / "import.md").read_text(encoding="utf-8")
    for name, columns in SHEETS.items():
        headers = [cell.value for cell in workbook[name][1]]
        assert [header.rstrip("*") for header in headers] == [column.header for column in columns]
        section = handbook.split(f"### {name}")[1].split("###")[0]
        assert [column.header for column in columns if column.header not in section] == []
    explained = {(row[0].value, row[1].value) for row in workbook[EXPLANATION].iter_rows(min_row=2) if row[1].value}
    assert explained == {(name, column.header) for name, columns in SHEETS.items() for column in columns}


def test_an_empty_template_says_that_it_is_empty(tmp_path):
    write_template(tmp_path / "a.xlsx")
    with pytest.raises(ImportFileError, match="没有数据"):
        read_rows(tmp_path / "a.xlsx")


def test_a_filled_template_is_read(kjj, tmp_path):
    path = tmp_path / "a.xlsx"
    write_template(path)
    workbook = load_workbook(path)
    for name, row in ((DOCUMENTS, DOCUMENT), (GUIDES, GUIDE)):
        for cell in workbook[name][1]:
            workbook[name].cell(row=2, column=cell.column, value=row.get(cell.value.rstrip("*")))
    workbook.save(path)
    report = import_file(path=path)
    assert [outcome.status for outcome in report.outcomes] == ["imported", "imported"]


def test_the_template_never_overwrites_unasked(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_text("mine")
    with pytest.raises(CommandError, match="已存在"):
        call_command("import_template", str(path))
    assert path.read_text() == "mine"
    call_command("import_template", str(path), force=True)
    assert load_workbook(path).sheetnames[0] == DOCUMENTS
    with pytest.raises(CommandError, match="xlsx 结尾"):
        call_command("import_template", str(tmp_path / "a.xls"))
    with pytest.raises(CommandError, match="写不了文件"):
        call_command("import_template", str(tmp_path / "no" / "a.xlsx"))


# --- Reading ------------------------------------------------------------------------------------------------


def test_documents_and_guides_of_a_workbook(kjj, book):
    report = import_file(path=book(**{DOCUMENTS: [DOCUMENT], GUIDES: [GUIDE]}))
    assert [outcome.place for outcome in report.outcomes] == ["“政策文件”第 2 行", "“申报指南”第 2 行"]
    document, guide = PolicyDocumentPage.objects.get(), ApplicationGuidePage.objects.get()
    assert (document.source_id, document.doc_number, document.genre) == ("w-1", "锡科发〔2026〕8号", "notice")
    assert (document.issued_on, document.written_on) == (datetime.date(2026, 3, 2), datetime.date(2026, 3, 1))
    assert [block.block_type for block in document.body] == ["paragraph", "paragraph"]
    assert (guide.source_id, guide.title) == ("12", "技术改造贴息")
    assert (guide.window_start, guide.window_end) == (datetime.date(2026, 4, 1), datetime.date(2026, 5, 1))
    assert [row.value["text"] for row in guide.conditions] == ["在本市登记", "有项目备案"]
    assert guide.materials[0].value["form"] == "original"
    assert (guide.promised_limit, guide.hotlines[0].value["number"]) == (15, "81820000")
    assert guide.bases.get().document == document
    assert (guide.missing_elements(), report.contradictory) == ([], [])


def test_a_successor_by_its_number_in_the_sheet(kjj, book):
    rows = [
        DOCUMENT | {"编号": "旧", "文件状态": "已修订", "替代文件编号": "新", "文号": None},
        DOCUMENT | {"编号": "新"},
    ]
    import_file(path=book(**{DOCUMENTS: rows}))
    assert PolicyDocumentPage.objects.get(source_id="旧").successor.source_id == "新"


def test_no_materials_is_ticked_by_a_word(kjj, book):
    rows = [
        GUIDE | {"申报材料": None, "无需提交材料": "是"},
        GUIDE | {"编号": 13, "申报材料": None, "无需提交材料": "否"},
    ]
    import_file(path=book(**{GUIDES: rows}))
    assert [page.no_materials for page in ApplicationGuidePage.objects.order_by("pk")] == [True, False]


def test_text_that_looks_like_a_formula_is_text(book, tmp_path):
    path = book(**{DOCUMENTS: [{"编号": "x", "标题": "t"}]})
    workbook = load_workbook(path)
    texts = ["=1+1", "+86 510", "-5%", "@所有企业"]
    for row, text in enumerate(texts, start=2):
        workbook[DOCUMENTS].cell(row=row, column=1, value=str(row))
        cell = workbook[DOCUMENTS].cell(row=row, column=2, value=text)
        cell.data_type = "s"
    workbook.save(path)
    assert [row["title"] for row in values(path)] == texts


def test_a_formula_gives_its_value_or_a_word_of_warning(kjj, book):
    path = book(**{DOCUMENTS: [DOCUMENT | {"索引号": "=1+1", "摘要": "#REF!"}]})
    workbook = load_workbook(path)
    for cell in workbook[DOCUMENTS][2]:
        if cell.value == "#REF!":
            cell.data_type = "e"
    workbook.save(path)
    report = import_file(path=path)
    assert "“索引号”的公式没有计算结果，未导入" in report.outcomes[0].warnings
    assert "“摘要”是出错的公式（#REF!），未导入" in report.outcomes[0].warnings
    computed = path.with_name("computed.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(computed, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>"))
    assert values(computed)[0]["index_number"] == 2


def test_empty_rows_hundreds_of_columns_and_any_order(book):
    wide = {f"列{n}": "x" for n in range(300)}
    rows = [{"备注": "x", "标题 *": "甲", **wide, "编号＊": "1"}, {}, {"编号＊": " "}, {"标题 *": "乙", "编号＊": "2"}]
    path = book(**{"别的": [["x"]], DOCUMENTS: rows})
    found, notes = read_rows(path)
    assert [(row.place, row.values["title"]) for row in found] == [
        ("“政策文件”第 2 行", "甲"),
        ("“政策文件”第 5 行", "乙"),
    ]
    assert notes[0].startswith("“政策文件”表中没有导入的列：备注、列0、")


def test_a_size_that_the_file_misstates_is_not_believed(book, tmp_path):
    path, lying = book(**{DOCUMENTS: [DOCUMENT]}), tmp_path / "lying.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(lying, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.startswith("xl/worksheets/"):
                content = content.replace(b'<dimension ref="A1:I2" />', b'<dimension ref="A1" />')
                assert b'ref="A1" />' in content
            new.writestr(name, content)
    assert values(lying)[0]["title"] == DOCUMENT["标题"]


# --- Files that cannot be imported --------------------------------------------------------------------------


def packed(**files):
    """The bytes of an archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"id,title\n1,a\n", "不是 Excel 工作簿"),
        (b"<html>", "不是 Excel 工作簿"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "另存为不加密的 .xlsx"),
        (b"PK\x03\x04" + b"x" * 100, "已损坏"),
        (packed(readme="x"), "不是 Excel 工作簿"),
        (packed(**{"[Content_Types].xml": "<x", "xl/workbook.xml": "<x"}), "已损坏"),
        (packed(**{"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<x/>"}), "已损坏"),
    ],
)
def test_a_disguised_or_damaged_file_is_refused_in_a_sentence(db, tmp_path, content, words):
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=words):
        call_command("import_policies", str(path))


def test_half_a_workbook(db, book):
    path = book(**{DOCUMENTS: [DOCUMENT] * 50})
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(CommandError, match="已损坏"):
        call_command("import_policies", str(path))


def test_a_file_that_unpacks_too_large(db, book, monkeypatch):
    monkeypatch.setattr(xlsx, "UNPACKED_LIMIT", 100)
    with pytest.raises(CommandError, match="解压后过大"):
        call_command("import_policies", str(book(**{DOCUMENTS: [DOCUMENT]})))


@pytest.mark.parametrize(
    ("sheets", "words"),
    [
        ({"Sheet1": [["编号", "标题"]]}, "没有找到工作表“政策文件”或“申报指南”，文件中的工作表是：Sheet1"),
        ({DOCUMENTS: [["编号", "文号"], ["1", "x"]]}, "“政策文件”表缺少列：标题"),
        ({GUIDES: [["x"]]}, "“申报指南”表缺少列：编号、事项名称"),
        ({GUIDES: []}, "“申报指南”表缺少列"),
        ({DOCUMENTS: [["编号", "标题", "标题"]]}, "列“标题”出现了两次"),
        ({DOCUMENTS: [["编号", "标题"]]}, "没有数据"),
    ],
)
def test_a_workbook_of_another_form(db, book, sheets, words):
    with pytest.raises(CommandError, match=words):
        call_command("import_policies", str(book(**sheets)))
