"""The Excel template: written empty, read filled. One sheet of documents, one of guides, one that explains."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from accounts.services.workbook import UNREADABLE, archive_fault, damaged
from policy_pages.enums import DocumentGenre
from policy_pages.imports.files import ImportFileError, RawRow

DOCUMENTS, GUIDES, EXPLANATION = "政策文件", "申报指南", "说明"
#: Columns beyond this are not looked at; rows whose known columns are empty are passed over.
COLUMN_LIMIT = 1000
#: Bytes that the packed workbook may unpack to.
UNPACKED_LIMIT = 500 * 1024 * 1024
#: Rows of the template that offer the choices of a column.
CHOICE_ROWS = 2000
ONE_PER_LINE = "每行一条（单元格内按 Alt+Enter 换行）"
DATE_FORM = "2023-01-05、2023年1月5日、2023/1/5 或 Excel 日期；只有年月的请留空"


@dataclass(frozen=True)
class Column:
    """One column: its header, the name of `records` it fills, how to fill it, and what may be chosen."""

    header: str
    key: str
    form: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()


SHEETS: dict[str, tuple[Column, ...]] = {
    DOCUMENTS: (
        Column("编号", "id", "本单位自编，不重复；再次导入时凭它识别", required=True),
        Column("类别", "kind", "政策或通知；留空为政策", choices=("政策", "通知")),
        Column("标题", "title", "文件全称", required=True),
        Column("制发机关", "issuing_organ", "与单位的全称、简称或别名一致时归入该单位"),
        Column("文号", "document_number", "括号用哪种都可以；多个文号用“；”分开"),
        Column("索引号", "index_number"),
        Column("成文日期", "written_on", DATE_FORM),
        Column("印发日期", "issued_on", DATE_FORM),
        Column("发布日期", "published_on", "在原网站公开的日期；写入来源说明"),
        Column("施行日期", "effective_on", DATE_FORM),
        Column("失效日期", "expires_on", DATE_FORM),
        Column("文件状态", "status", "留空表示来源没有写明", choices=("执行中", "已修订", "已废止", "已失效")),
        Column("废止日期", "repealed_on", DATE_FORM),
        Column("废止依据或原因", "repeal_reason"),
        Column("替代文件编号", "successor", "由哪份文件接替，填它在本表的编号"),
        Column("主题分类", "subject_category", "例如：综合政务\\政务公开"),
        Column("体裁", "genre", choices=tuple(str(label) for _value, label in DocumentGenre.choices)),
        Column("主题标签", "topics", "每行一个，例如：科技创新"),
        Column("摘要", "summary", "一句话；超过 300 字的全文保留在正文"),
        Column("正文", "body", "每段一行；“第一章”“第一条”开头的行自动成为章、条"),
        Column("来源", "source_name", "转载的写明来源网站"),
        Column("原文网址", "source_url", "以 http:// 或 https:// 开头"),
    ),
    GUIDES: (
        Column("编号", "id", "本单位自编，不重复；再次导入时凭它识别", required=True),
        Column("事项名称", "title", required=True),
        Column("责任单位", "issuing_organ", "与单位的全称、简称或别名一致时归入该单位"),
        Column("服务对象", "target_enterprises"),
        Column("依据文件", "basis", "每行一个标题或文号；已导入的同名文件自动关联"),
        Column("申报期限类型", "window.type", choices=("常年申报", "固定期限", "期限待定")),
        Column("申报开始日期", "window.from", DATE_FORM),
        Column("申报截止日期", "window.to", DATE_FORM),
        Column("期限说明", "window.note"),
        Column("支持标准", "funding"),
        Column("申报条件", "conditions", ONE_PER_LINE),
        Column("无需提交材料", "no_materials", "确实不要材料的填“是”", choices=("是",)),
        Column("申报材料", "materials", f"{ONE_PER_LINE}；可写“名称｜必要性｜形式｜份数｜来源｜填报须知”"),
        Column("办理流程", "steps", f"{ONE_PER_LINE}；可写“环节｜办理主体｜时限｜说明”"),
        Column("承诺时限", "time_limit", "例如：20个工作日；不止一个时限的原样写，数字由录入员补"),
        Column("法定时限", "statutory_limit", "例如：30个工作日"),
        Column("责任处室", "responsible_office"),
        Column("咨询电话", "hotline", "每行一个；可写“号码｜科室｜接听时间”"),
        Column("发布日期", "published_on", DATE_FORM),
        Column("主题标签", "topics", "每行一个"),
        Column("摘要", "summary", "一句话；超过 300 字的全文保留在常见问题中"),
        Column("原文", "body", "来源的完整文字，保留在常见问题中"),
        Column("来源", "source_name"),
        Column("原文网址", "source_url", "以 http:// 或 https:// 开头"),
    ),
}
WIDE = frozenset({"title", "body", "summary", "conditions", "materials", "steps", "funding", "basis"})
#: 类别 of a row that does not say one.
DEFAULT_KIND = {DOCUMENTS: "policy", GUIDES: "guide"}


# --- Writing ------------------------------------------------------------------------------------------------


def write_template(path: Path) -> None:
    """Write the empty template; every cell is text, so that Excel neither computes nor reformats what is typed."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    for name, columns in SHEETS.items():
        _write_sheet(workbook.create_sheet(name), columns)
    _write_explanation(workbook.create_sheet(EXPLANATION))
    workbook.save(path)


def _write_sheet(sheet: Any, columns: tuple[Column, ...]) -> None:
    sheet.freeze_panes = "C2"
    for index, column in enumerate(columns, start=1):
        cell = sheet.cell(row=1, column=index, value=column.header + ("*" if column.required else ""))
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="DDEBF7")
        letter = get_column_letter(index)
        sheet.column_dimensions[letter].width = 40 if column.key in WIDE else 20
        sheet.column_dimensions[letter].number_format = "@"
        if column.choices:
            # Offered, not forced: an unknown value is reported by the import in words.
            offered = DataValidation(type="list", formula1=f'"{",".join(column.choices)}"', showErrorMessage=False)
            offered.add(f"{letter}2:{letter}{CHOICE_ROWS}")
            sheet.add_data_validation(offered)
    for row in range(2, 102):
        for index in range(1, len(columns) + 1):
            cell = sheet.cell(row=row, column=index)
            cell.number_format = "@"
            cell.alignment = Alignment(wrap_text=True, vertical="top")


def _write_explanation(sheet: Any) -> None:
    sheet.append(["工作表", "列", "必填", "填写方法"])
    for name, columns in SHEETS.items():
        for column in columns:
            form = column.form or ("可选：" + "、".join(column.choices) if column.choices else "照来源填写")
            sheet.append([name, column.header, "是" if column.required else "", form])
    sheet.append([])
    for line in (
        "来源没有写明的一律留空，不要推测。",
        "导入后都是草稿，经单位审核和审批局审核后才公开。",
        "第一行是表头，请不要改动列名；列的次序可以变，多出来的列不导入。",
    ):
        sheet.append([line])
    for letter, width in (("A", 14), ("B", 18), ("C", 8), ("D", 70)):
        sheet.column_dimensions[letter].width = width


# --- Reading ------------------------------------------------------------------------------------------------


def read_workbook(content: bytes) -> tuple[list[RawRow], list[str]]:
    """The rows of both sheets, and remarks on ignored columns. Raises ImportFileError."""
    _check_archive(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles and validations it will not keep; we only read
        try:
            return _read(content)
        except ImportFileError:
            raise
        except UNREADABLE as error:
            raise ImportFileError(damaged()) from error


def _check_archive(content: bytes) -> None:
    if fault := archive_fault(content, UNPACKED_LIMIT):
        raise ImportFileError(fault)


def _read(content: bytes) -> tuple[list[RawRow], list[str]]:
    values = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    formulas = load_workbook(io.BytesIO(content), read_only=True)
    try:
        present = [name for name in SHEETS if name in values.sheetnames]
        if not present:
            raise ImportFileError(
                _("没有找到工作表“%(wanted)s”，文件中的工作表是：%(found)s。请使用 import_template 生成的模板。")
                % {"wanted": "”或“".join(SHEETS), "found": "、".join(values.sheetnames)}
            )
        rows: list[RawRow] = []
        notes: list[str] = []
        for name in present:
            found, ignored = _read_sheet(name, values[name], formulas[name])
            rows += found
            if ignored:
                notes.append(
                    _("“%(sheet)s”表中没有导入的列：%(columns)s。") % {"sheet": name, "columns": "、".join(ignored)}
                )
        if not rows:
            raise ImportFileError(_("工作表中没有数据，请从第二行起填写。"))
        return rows, notes
    finally:
        values.close()
        formulas.close()


def _read_sheet(name: str, sheet: Any, formulas: Any) -> tuple[list[RawRow], list[str]]:
    for each in (sheet, formulas):
        each.reset_dimensions()  # what a file says of its own size may be wrong
    lines = zip(sheet.iter_rows(max_col=COLUMN_LIMIT), formulas.iter_rows(max_col=COLUMN_LIMIT), strict=False)
    header, _same = next(lines, ((), ()))
    positions, ignored = _columns(name, [cell.value for cell in header])
    rows = []
    for number, (cells, sources) in enumerate(lines, start=2):
        row = _row(name, number, positions, cells, sources)
        if row is not None:
            rows.append(row)
    return rows, ignored


def _columns(name: str, headers: list[Any]) -> tuple[dict[int, Column], list[str]]:
    """Where each known column stands, and the headers that are none of ours."""
    known = {column.header: column for column in SHEETS[name]}
    found: dict[int, Column] = {}
    ignored = []
    for position, value in enumerate(headers):
        header = "".join(str(value or "").split()).rstrip("*＊")
        if header in known and known[header] in found.values():
            raise ImportFileError(_("“%(sheet)s”表的列“%(header)s”出现了两次。") % {"sheet": name, "header": header})
        if header in known:
            found[position] = known[header]
        elif header:
            ignored.append(header[:30])
    missing = [column.header for column in SHEETS[name] if column.required and column not in found.values()]
    if missing:
        raise ImportFileError(
            _("“%(sheet)s”表缺少列：%(columns)s。第一行应是表头，列名与模板一致。")
            % {"sheet": name, "columns": "、".join(missing)}
        )
    return found, ignored


def _row(
    name: str, number: int, positions: dict[int, Column], cells: tuple[Any, ...], sources: tuple[Any, ...]
) -> RawRow | None:
    """The values of one line; None for an empty one."""
    row = RawRow(place=_("“%(sheet)s”第 %(number)d 行") % {"sheet": name, "number": number})
    values: dict[str, Any] = {}
    for position, column in positions.items():
        cell = cells[position] if position < len(cells) else None
        value = cell.value if cell is not None else None
        source = sources[position] if position < len(sources) else None
        if value is None and source is not None and source.data_type == "f":
            row.warnings.append(_("“%(header)s”的公式没有计算结果，未导入") % {"header": column.header})
        elif cell is not None and cell.data_type == "e":
            row.warnings.append(
                _("“%(header)s”是出错的公式（%(value)s），未导入") % {"header": column.header, "value": value}
            )
        elif value is not None and str(value).strip():
            values[column.key] = value
    if not values and not row.warnings:
        return None
    row.values = dict(_named(values, DEFAULT_KIND[name]))
    return row


def _named(values: dict[str, Any], kind: str) -> Iterator[tuple[str, Any]]:
    """The values as a line of JSON would name them."""
    window = {key.removeprefix("window."): value for key, value in values.items() if key.startswith("window.")}
    yield "kind", values.get("kind", kind) if kind == "policy" else kind
    if window:
        yield "window", window
    if "successor" in values:
        yield "relations", [{"type": "revised_by", "target": values["successor"]}]
    if "topics" in values:
        yield "topics", [topic for topic in str(values["topics"]).replace("、", "\n").split("\n") if topic.strip()]
    for key, value in values.items():
        if key not in {"kind", "successor", "topics"} and not key.startswith("window."):
            yield key, value
