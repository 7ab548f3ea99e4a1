"""The command, the files it refuses, and the real 275 documents where they are at hand."""

from __future__ import annotations

import json
import re

import pytest
from django.core.management import CommandError, call_command

from policy_pages.imports.records import simplified
from policy_pages.imports.report import EXISTING, IMPORTED
from policy_pages.imports.services import import_file
from policy_pages.models import ApplicationGuidePage, PolicyDocumentPage
from policy_pages.tests.import_rows import (
    DOCUMENT,
    GUIDE,
    REAL_FILE,
    needs_real_file,
    shown_text,
    table_counts,
)

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
    assert not PolicyDocumentPage.objects.exists()
    call_command("import_policies", str(path))
    printed = capsys.readouterr().out
    assert "第 1 行 a-1 《关于支持企业研发的若干措施》 已导入草稿（科学技术局）" in printed
    assert "缺少：申报材料" in printed
    assert "跳过：缺少编号" in printed
    assert "共 3 条：导入 2 条（其中内容矛盾 0 条、内容待补 2 条），已存在 0 条，跳过 1 条。" in printed


# --- The real documents -------------------------------------------------------------------------------------


@pytest.mark.no_cover
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
