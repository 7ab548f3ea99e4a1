"""Workbooks as people fill them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from accounts.services.roster import HEADERS, SHEET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse
    from django.test import Client

ADDRESS = "/admin/accounts/import/"


def book(rows: Sequence[Sequence[Any]], headers: Sequence[str] = HEADERS, merge: str = "", name: str = SHEET) -> bytes:
    """A workbook with these lines under the headers."""
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = name
    sheet.append(list(headers))
    for row in rows:
        sheet.append(list(row))
    if merge:
        sheet.merge_cells(merge)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def upload(client: Client, content: bytes, name: str = "账号.xlsx") -> HttpResponse:
    """The dry run."""
    return client.post(ADDRESS, {"file": SimpleUploadedFile(name, content)})


def confirm(client: Client, report: HttpResponse, **choices: str) -> HttpResponse:
    """The import of what the dry run showed."""
    return client.post(ADDRESS, {"rows": report.context_data["confirm"].initial["rows"], **choices})


def ordinary(number: int) -> list[list[str]]:
    """That many lines without a fault, in the units kjj and gxj."""
    return [
        [("kjj", "gxj")[i % 2], ("录入员", "审核员", "录入员、审核员")[i % 3], f"张{i:03d}", f"138{i:08d}", ""]
        for i in range(number)
    ]
