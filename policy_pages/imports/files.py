"""Opening an import file: JSON Lines here, Excel in `xlsx`. Whatever it is named, its content must agree."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

#: Bytes. A city's whole stock of policies is some ten megabytes.
SIZE_LIMIT = 100 * 1024 * 1024
ZIP_HEAD, OLE_HEAD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


class ImportFileError(Exception):
    """The file cannot be imported at all; the message is a Chinese sentence that says what to do."""


@dataclass
class RawRow:
    """One row as it stands in the file: its values under the names of `records`, or why it cannot be read."""

    place: str
    values: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    warnings: list[str] = field(default_factory=list)


def read_rows(path: Path) -> tuple[list[RawRow], list[str]]:
    """Every row of a file, and remarks on the file as a whole. Raises ImportFileError."""
    content = _content(path)
    if content.startswith(OLE_HEAD):
        raise ImportFileError(_("这是旧版 .xls 文件或加密的 Excel 文件，请在 Excel 中另存为不加密的 .xlsx 后再导入。"))
    if path.suffix.lower() == ".xlsx":
        if not content.startswith(ZIP_HEAD):
            raise ImportFileError(_("文件内容不是 Excel 工作簿，请用 Excel 打开原文件并另存为 .xlsx 后再导入。"))
        from policy_pages.imports.xlsx import read_workbook

        return read_workbook(content)
    if path.suffix.lower() not in {".jsonl", ".json", ".ndjson"}:
        raise ImportFileError(_("只能导入 .xlsx 或 .jsonl 文件。"))
    if content.startswith(ZIP_HEAD):
        raise ImportFileError(_("文件内容是压缩包或 Excel 工作簿，与扩展名不符；如果是 Excel 文件，请改名为 .xlsx。"))
    rows = list(_json_rows(content))
    if not any(row.values for row in rows):
        raise ImportFileError(_("文件中没有一条可读的记录；每行应是一个 JSON 对象。"))
    return rows, []


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > SIZE_LIMIT:
            raise ImportFileError(_("文件超过 100 MB，请拆分后导入。"))
        content = path.read_bytes()
    except OSError as error:
        raise ImportFileError(_("打不开文件 %(path)s，请检查路径和权限。") % {"path": path}) from error
    if not content.strip():
        raise ImportFileError(_("文件是空的。"))
    return content


def _json_rows(content: bytes) -> Iterator[RawRow]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportFileError(_("文件不是 UTF-8 编码的文本，请另存为 UTF-8 后再导入。")) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        row = RawRow(place=_("第 %(number)d 行") % {"number": number})
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            row.error = _("不是一条完整的 JSON 记录。")
        else:
            if isinstance(values, dict):
                row.values = values
            else:
                row.error = _("不是一条记录（应为花括号括起的 JSON 对象）。")
        yield row
