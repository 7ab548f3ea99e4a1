"""Excel files: read with suspicion, written so that no cell ever computes."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

#: What openpyxl raises on a damaged workbook: it says so in many ways (SyntaxError is the XML parser's).
UNREADABLE = (
    *(InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, SyntaxError),
    *(IndexError, EOFError, OSError, zlib.error),
)
OLE_HEAD = b"\xd0\xcf\x11\xe0"
#: Columns that are looked at.
COLUMN_LIMIT = 50
#: What a spreadsheet takes for the beginning of a formula when it opens a CSV.
FORMULA_SIGNS = tuple("=+-@\t\r\n＝＋－＠")
#: What may be written as a number: no more digits than a spreadsheet keeps, no sign, no leading nought.
NUMBER = re.compile(r"(?:0|[1-9]\d{0,14})(?:\.\d{1,6})?(?P<percent>%?)", re.ASCII)
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z0-9:$]{1,30})"')


class WorkbookError(Exception):
    """The file cannot be read at all; the message is a Chinese sentence that says what to do."""


class SheetRow(NamedTuple):
    """One line with something in it: its number, its texts by header, and the headers that hold a formula or error."""

    number: int
    texts: dict[str, str]
    formulas: list[str]
    is_merged: bool


def damaged() -> str:
    """What is said of a workbook that cannot be read."""
    return _("Excel 文件已损坏，读不出内容；请用 Excel 打开并另存后再导入。")


def archive_fault(content: bytes, unpacked_limit: int) -> str:
    """What keeps bytes from being a workbook of bounded size, as a sentence; empty when nothing does. Unpacks nothing."""
    if content.startswith(OLE_HEAD):
        return _("这是旧版 .xls 文件或加密的 Excel 文件，请在 Excel 中另存为不加密的 .xlsx 后再导入。")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            names = archive.namelist()
    except zipfile.BadZipFile:
        return damaged()
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        return _("文件内容不是 Excel 工作簿，请用 Excel 打开原文件并另存为 .xlsx 后再导入。")
    return _("文件解压后过大，请拆分后导入。") if unpacked > unpacked_limit else ""


def read_sheet(
    content: bytes, *, sheet: str, headers: Sequence[str], required: Sequence[str], row_limit: int, unpacked_limit: int
) -> list[SheetRow]:
    """The filled lines of one sheet (the first when none has that name), under the headers we know.

    Numbers become digits, dates their ISO text; formulas are named and not read. Raises WorkbookError.
    """
    if fault := archive_fault(content, unpacked_limit):
        raise WorkbookError(fault)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles and validations it will not keep; we only read
        try:
            book = load_workbook(io.BytesIO(content), read_only=True)
            try:
                return _read(book, sheet, headers, required, row_limit)
            finally:
                book.close()
        except UNREADABLE as error:
            raise WorkbookError(damaged()) from error


def _read(book: Any, name: str, headers: Sequence[str], required: Sequence[str], row_limit: int) -> list[SheetRow]:
    if not book.worksheets:
        raise WorkbookError(_("文件中没有工作表。请使用下载的模板填写。"))
    sheet = book[name] if name in book.sheetnames else book.worksheets[0]
    merged = _merged_rows(book, sheet)
    sheet.reset_dimensions()  # what a file says of its own size may be wrong
    lines = sheet.iter_rows(max_col=COLUMN_LIMIT)
    places = _places([cell.value for cell in next(lines, ())], headers, required)
    rows: list[SheetRow] = []
    for number, cells in enumerate(lines, start=2):
        row = _row(number, cells, places, number in merged)
        if row is not None:
            rows.append(row)
        if len(rows) > row_limit:
            raise WorkbookError(_("超过 %(limit)d 行，请拆分成几个文件导入。") % {"limit": row_limit})
    if not rows:
        raise WorkbookError(_("工作表中没有数据，请从第二行起填写。"))
    return rows


def _places(found: list[Any], headers: Sequence[str], required: Sequence[str]) -> dict[int, str]:
    places: dict[int, str] = {}
    for place, value in enumerate(found):
        header = "".join(str(value or "").split()).rstrip("*＊")
        if header not in headers:
            continue
        if header in places.values():
            raise WorkbookError(_("列“%(header)s”出现了两次。") % {"header": header})
        places[place] = header
    missing = [header for header in required if header not in places.values()]
    if missing:
        words = _("缺少列：%(columns)s。第一行应是表头，列名与模板一致。")
        raise WorkbookError(words % {"columns": "、".join(missing)})
    return places


def _row(number: int, cells: Sequence[Any], places: dict[int, str], is_merged: bool) -> SheetRow | None:
    texts: dict[str, str] = {}
    formulas = []
    for place, header in places.items():
        cell = cells[place] if place < len(cells) else None
        if cell is None or cell.value is None:
            continue
        if cell.data_type in {"f", "e"}:
            formulas.append(header)
        elif words := as_text(cell.value):
            texts[header] = words
    return SheetRow(number, texts, formulas, is_merged) if texts or formulas else None


def as_text(value: Any) -> str:
    """A cell's value as a person reads it: 13812345678.0 is 13812345678."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _merged_rows(book: Any, sheet: Any) -> set[int]:
    """Numbers of the lines that a merged cell reaches across: only its first one carries the text."""
    with book._archive.open(sheet._worksheet_path) as file:
        found = MERGED.findall(file.read())
    rows: set[int] = set()
    for reference in found:
        _left, top, _right, bottom = range_boundaries(reference.decode())
        if top and bottom and bottom > top:
            rows.update(range(top, min(bottom, top + 10_000) + 1))
    return rows


def written(
    sheets: dict[str, list[Sequence[str]]], widths: Iterable[int] = (), numbered: Collection[str] = ()
) -> bytes:
    """A workbook of texts: the first line of each sheet is its header. Whatever a text begins with, it stays a text.

    In the sheets named in `numbered`, right of the first column, 12, 2.5 and 83.3% are written as the numbers they are.
    """
    book = Workbook()
    book.remove(book.active)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for number, line in enumerate(lines, start=1):
            for place, value in enumerate(line, start=1):
                cell = sheet.cell(row=number, column=place, value=ILLEGAL_CHARACTERS_RE.sub("", value))
                # openpyxl takes a leading "=" for a formula and "#N/A" for an error.
                cell.data_type, cell.number_format = "s", "@"
                if number == 1:
                    cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="DDEBF7")
                elif place > 1 and name in numbered:
                    _make_number(cell, value)
        for place, width in enumerate(widths, start=1):
            letter = get_column_letter(place)
            sheet.column_dimensions[letter].width = width
            sheet.column_dimensions[letter].number_format = "@"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _make_number(cell: Any, text: str) -> None:
    """Turn the cell of a text that is a number or a percentage into that; leave any other."""
    found = NUMBER.fullmatch(text)
    if not found:
        return
    if found["percent"]:
        cell.value, cell.number_format = round(float(text[:-1]) / 100, 8), "0.0%"
    else:
        cell.value, cell.number_format = (float(text) if "." in text else int(text)), "General"


def written_csv(lines: Iterable[Sequence[str]]) -> bytes:
    """Lines as CSV in UTF-8 with its mark, so that Excel reads the Chinese; no cell computes when it is opened."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    for line in lines:
        writer.writerow([inert(value) for value in line])
    return file.getvalue().encode("utf-8-sig")


def inert(value: str) -> str:
    """The text with an apostrophe before what would be a formula: CSV has no types that could say so."""
    text = ILLEGAL_CHARACTERS_RE.sub("", value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_SIGNS) else text
