"""Rows of import files, written by us."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

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


def write_rows(path: Path, *rows: dict[str, Any] | str) -> Path:
    """Write rows as a JSON Lines file; a row that is a string stands as it is."""
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def table_counts() -> dict[str, int]:
    """Rows of every table, whoever made it."""
    with connection.cursor() as cursor:
        counts = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 -- our own names
            counts[table] = cursor.fetchone()[0]
    return counts


def shown_text(page: Any) -> str:
    """The characters that a reader of the page's blocks sees, blanks aside."""
    parts = []
    for block in page.body:
        values = [block.value] if block.block_type == "paragraph" else list(block.value.values())
        parts += [getattr(value, "source", value) for value in values]
    return re.sub(r"\s", "", html.unescape(re.sub(r"</?p>", "", "".join(parts))))
